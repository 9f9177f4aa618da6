package flows_test

import (
	"maps"
	"slices"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/stretchr/testify/require"

	"github.com/offercheck/offercheck/flows"
	"github.com/offercheck/offercheck/locales"
)

// telling are words that must not stand on a card or button of the danger talk,
// in any language: whoever looks over the shoulder must read about a job.
var telling = map[string][]string{
	"en": {
		"police", "rescue", "hotline", "help line", "helpline", "traffick", "sold", "captiv", "captor", "prison", "jail", "escape", "victim", "threat",
		"violen", "kidnap", "ransom", "slave", "hostage", "danger", "beat", "locked", "guard", "compound", "safe", "report", "crime", "scam", "embassy",
	},
	"zh": {"警", "公安", "救援", "营救", "解救", "热线", "贩", "被卖", "囚", "监禁", "监狱", "拘", "逃", "受害", "威胁", "暴力", "绑架", "赎", "奴", "人质", "危险", "园区", "安全", "举报", "诈骗", "使馆"},
	"id": {
		"polisi", "penyelamat", "hotline", "saluran bantuan", "perdagangan", "dijual", "tawan", "tahan", "penjara", "kabur", "korban", "ancam", "kekerasan",
		"culik", "tebusan", "budak", "sandera", "bahaya", "disekap", "kompleks", "aman", "lapor", "penipu", "kedutaan", "kbri",
	},
	"vi": {
		"cảnh sát", "công an", "giải cứu", "đường dây nóng", "buôn", "bị bán", "giam", "nhà tù", "ngục", "trốn", "nạn nhân", "đe dọa", "bạo lực", "bắt cóc",
		"chuộc", "nô lệ", "con tin", "nguy hiểm", "an toàn", "tố cáo", "lừa đảo", "đại sứ quán",
	},
	"th": {
		"ตำรวจ", "กู้ภัย", "ช่วยชีวิต", "สายด่วน", "ค้ามนุษย์", "ถูกขาย", "กักขัง", "คุก", "เรือนจำ", "หนี", "เหยื่อ", "ข่มขู่", "รุนแรง", "ลักพา", "ค่าไถ่", "ทาส", "ตัวประกัน",
		"อันตราย", "ปลอดภัย", "แจ้งความ", "มิจฉาชีพ", "สถานทูต",
	},
	"my": {
		"ရဲစခန်း", "ရဲတပ်", "ပုလိပ်", "ကယ်တင်", "ကယ်ဆယ်", "ဟော့လိုင်း", "လူကုန်ကူး", "ရောင်းစား", "ဖမ်းဆီး", "အကျဉ်း", "ထောင်ကျ", "ထွက်ပြေး", "သားကောင်", "ခြိမ်းခြောက်", "အကြမ်းဖက်",
		"ပြန်ပေးဆွဲ", "ပြန်ပေးငွေ", "ကျွန်အဖြစ်", "ဓားစာခံ", "အန္တရာယ်", "ဘေးကင်း", "လုံခြုံ", "တိုင်ကြား", "လိမ်လည်", "သံရုံး",
	},
}

func dangerBook(t *testing.T) (*flows.Book, *locales.Words) {
	t.Helper()
	w, err := locales.Load()
	require.NoError(t, err)
	return flows.New(flows.With{}), w
}

// The shoulder test: no telling word on any card or button of the danger talk.
func TestCardsReadAsQuestionsAboutAJob(t *testing.T) {
	b, w := dangerBook(t)
	n := 0
	for _, l := range w.Languages() {
		require.NotEmpty(t, telling[l.Code], "which words would tell in %s?", l.Code)
		for _, k := range b.Keys() {
			if !strings.HasPrefix(string(k), "dg_") {
				continue
			}
			n++
			text := strings.ToLower(w.Plain(l.Code, string(k), map[string]any{"count": 2, "number": "2", "most": "4", "text": "", "hours": "07:00", "date": "2026-01-01"}))
			for _, word := range telling[l.Code] {
				require.NotContains(t, text, word, "%s %s", l.Code, k)
			}
		}
	}
	require.Greater(t, n, 100)
}

// Every pop-up fits, filled or not, and every card in every language, too.
func TestPopUpsFit(t *testing.T) {
	b, w := dangerBook(t)
	for _, l := range w.Languages() {
		for _, k := range b.Keys() {
			if !strings.HasPrefix(string(k), "dgp_") {
				continue
			}
			text := w.Plain(l.Code, string(k), map[string]any{"name": "A hotline with a long name", "number": "+66 2 000 0000, 1300", "text": ""})
			require.LessOrEqual(t, len(utf16.Encode([]rune(text))), 200, "%s %s: %s", l.Code, k, text)
			require.NotContains(t, text, "<", "%s %s", l.Code, k)
		}
	}
}

// What stands on the first card before its first button: the device line and
// the two sentences about what can be taken away and what cannot.
func TestFirstCardSaysWhatErasingCannotDo(t *testing.T) {
	_, w := dangerBook(t)
	book := flows.New(flows.With{
		Languages: []flows.Language{{Code: "en"}}, Match: func(...string) string { return "en" },
		Door: func(string) bool { return true },
	})
	turn := book.Turn(flows.Session{}, flows.Input{Tap: &flows.Tap{Step: "go", Value: "help", Message: 7}})
	var keys []flows.Key
	for _, p := range turn.Say[0].Parts {
		keys = append(keys, p.Key)
		require.Zero(t, p.Drop)
	}
	require.Equal(t, []flows.Key{"dg_device", "dg_erase", "dg_phone"}, keys)
	for _, l := range w.Languages() {
		long := ""
		for _, p := range turn.Say[0].Parts {
			require.True(t, w.Has(l.Code, string(p.Key)), "%s %s", l.Code, p.Key)
			long += w.Say(l.Code, string(p.Key), nil)
		}
		require.LessOrEqual(t, len(utf16.Encode([]rune(long))), 1000, "one screen of a small phone")
	}
}

// The sentences that may be sent first are ordinary ones, and each fits a button.
func TestSentencesFitButtons(t *testing.T) {
	_, w := dangerBook(t)
	for _, l := range w.Languages() {
		seen := map[string]bool{}
		for _, k := range flows.Sentences() {
			seen[w.Plain(l.Code, string(k), nil)] = true
			require.LessOrEqual(t, len([]rune(w.Plain(l.Code, string(k), nil))), 64, "%s %s", l.Code, k)
		}
		require.Len(t, seen, len(flows.Sentences()), "%s: %v", l.Code, slices.Collect(maps.Keys(seen)))
	}
}
