package check

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestCorridor(t *testing.T) {
	f := testFacts(t)
	require.GreaterOrEqual(t, len(f.corridors), 40)
	for _, c := range []struct {
		name, text string
		signs      []string
		tags       []string
		want       string
	}{
		{"tourist to Cambodia", "Customer service in Cambodia, tourist visa", []string{"REC-05"}, nil, "any-kh-tourist"},
		{"KK Park", "Work in KK Park", nil, nil, "any-mm-kkpark"},
		{"Bangkok to Mae Sot", "The Bangkok office is full, the driver takes you to Mae Sot", []string{"REC-07"}, nil, "any-th-maesot"},
		{"a Kenyan and a fee", "Sales job in Bangkok, Thailand", []string{"REC-03", "REC-15"}, []string{"origin:KE"}, "ke-th-desk-fee"},
		{"an Indian, typing test", "Data entry in Myanmar by Bangkok", []string{"REC-09", "REC-05"}, []string{"origin:IN"}, "in-mm-desk-tourist"},
		{"a Filipina as tourist", "encoder in Cambodia", []string{"REC-03", "REC-06"}, []string{"origin:PH", "visa:tourist"}, "ph-kh-tourist"},
		{"Bavet from Viet Nam", "việc ở Bavet qua Mộc Bài", nil, []string{"origin:VN"}, "vn-kh-bavet"},
		{"model from Russia", "модели в Таиланд", []string{"REC-22"}, []string{"origin:RU"}, "ru-th-model"},
		{"a work visa is not a tourist's", "hotel in Dubai", nil, []string{"visa:work"}, ""},
		{"no place", "earn from home", []string{"REC-05"}, nil, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			row := f.corridor(f.entities(c.text), f.setOf(c.signs...), c.tags)
			if c.want == "" {
				if row != nil {
					require.NotEqual(t, "tourist", row.Visa)
				}
				return
			}
			require.NotNil(t, row)
			require.Equal(t, c.want, row.ID)
			require.NotEmpty(t, row.Advice)
		})
	}
}

func TestStageOf(t *testing.T) {
	f := testFacts(t)
	for _, c := range []struct {
		sign, tag string
		want      Stage
	}{
		{"", "", StageContact},
		{"GEN-03", "", StageMoved},
		{"TSK-04", "", StageTrust},
		{"TSK-05", "", StagePayment},
		{"INV-09", "", StageBlocked},
		{"RCV-01", "", StageRecovery},
		{"RCV-01", "stage:travelling", StageTravelling},
		{"", "paid", StagePayment},
		{"", "stage:recovery", StageRecovery},
	} {
		require.Equal(t, c.want, f.stageOf(f.setOf(c.sign), []string{c.tag}), "%v", c)
	}
	seen := map[idSet]bool{}
	for _, s := range []Stage{StageContact, StageMoved, StageTrust, StagePayment, StageBlocked, StageRecovery, StageTravelling} {
		advice := f.stageAdvice(s)
		require.NotEmpty(t, advice)
		require.False(t, seen[advice], "every stage has advice of its own: %s", s)
		seen[advice] = true
	}
}
