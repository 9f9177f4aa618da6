package check

import (
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestMendedWords(t *testing.T) {
	mend := checker(t).Mender()
	for name, c := range map[string]struct{ read, want string }{
		"marks lost":           {"တိုးရစဗီဇာနဲ့ရတယ်", "တိုးရစ်ဗီဇာနဲ့ရတယ်"},
		"a mark lost":          {"လေယာဉ်လက်မှတ်ကသမ်းထားမယ်", "လေယာဉ်လက်မှတ်ကသိမ်းထားမယ်"},
		"a mark too many":      {"ကမ္ဘော့ဒီးယားမှာအလုပ်", "ကမ္ဘောဒီးယားမှာအလုပ်"},
		"Thai letters alike":   {"วงเงินคู้ 50,000 บาท ประคันกำไร", "วงเงินกู้ 50,000 บาท ประกันกำไร"},
		"Thai marks lost":      {"เข้าแบบนักท่องเทียวแล้วค่อย", "เข้าแบบนักท่องเที่ยวแล้วค่อย"},
		"read well":            {"ပတ်စပို့ကို HR က သိမ်းထားမယ်။ @hr_lily88", "ပတ်စပို့ကို HR က သိမ်းထားမယ်။ @hr_lily88"},
		"another script":       {"Customer servlce in Cambodla, no experlence", "Customer servlce in Cambodla, no experlence"},
		"too little":           {"ရစဗီဇ", "ရစဗီဇ"},
		"broken text":          {"\xff\xfe ရစ\xff", "\xff\xfe ရစ\xff"},
		"needed, not unneeded": {"အတွေ့အကြုံလိုတယ်", "အတွေ့အကြုံလိုတယ်"},
		"not needed":           {"အတွေ့အကြုံမလိုတယ်", "အတွေ့အကြုံမလိုတယ်"},
	} {
		got := mend(c.read)
		require.Equal(t, c.want, got, name)
		require.Equal(t, got, mend(got), "%s: mended twice", name)
	}
}

// TestMendedOrdinary holds that a text which was read well is not made a warning
// by mending, nor a warning no warning.
func TestMendedOrdinary(t *testing.T) {
	c := checker(t)
	mend := c.Mender()
	for _, lang := range []string{"my", "th"} {
		for _, file := range []string{"ordinary", "warnings", "captive_not"} {
			data, err := os.ReadFile("testdata/" + lang + "/" + file + ".txt")
			require.NoError(t, err)
			n, warned := 0, 0
			for i, text := range strings.Split(string(data), "\n---\n") {
				if i%4 != 0 {
					continue // enough of them; it takes long
				}
				n++
				before, after := c.Check(text).Outcome, c.Check(mend(text)).Outcome
				if rank(after) > rank(before) && rank(after) >= rank(Caution) {
					warned++
				}
				require.False(t, rank(after) > rank(before) && rank(after) > rank(Caution), "%s: %s, then %s: %s", lang, before, after, text)
			}
			require.LessOrEqual(t, warned*200, n, "%s %s: %d of %d", lang, file, warned, n)
		}
	}
}
