package check

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
)

func TestWallets(t *testing.T) {
	f := testFacts(t)
	for _, l := range rows(t, "wallets.txt") {
		part := strings.Fields(l)
		t.Run(part[2], func(t *testing.T) {
			got := f.entities("send it to " + part[2] + ", then wait")
			require.Len(t, got, 1)
			require.Equal(t, part[0], got[0].Type)
			require.Equal(t, part[1] == "valid", got[0].Valid)
			require.Equal(t, part[2], got[0].Value)
		})
	}
	for _, l := range rows(t, "not_wallets.txt") {
		for _, e := range f.entities(l) {
			require.NotContains(t, []string{"btc", "eth", "tron", "sol"}, e.Type, l)
		}
	}
}

func TestMoney(t *testing.T) {
	f := testFacts(t)
	for _, l := range rows(t, "money.txt") {
		text, want, ok := strings.Cut(l, " | ")
		require.True(t, ok, l)
		t.Run(text, func(t *testing.T) {
			got := "-"
			for _, e := range f.entities(text) {
				if e.Type == "money" {
					require.Equal(t, "-", got, "one amount only")
					got = e.Value
				}
			}
			require.Equal(t, want, got)
		})
	}
}

func TestLinks(t *testing.T) {
	f := testFacts(t)
	for _, l := range rows(t, "links.txt") {
		text, want, ok := strings.Cut(l, " | ")
		require.True(t, ok, l)
		t.Run(text, func(t *testing.T) {
			var got []string
			for _, e := range f.entities(text) {
				got = append(got, e.Type+" "+e.Value)
			}
			if got == nil {
				got = []string{"-"}
			}
			require.Equal(t, want, strings.Join(got, ", "))
		})
	}
}

func TestPlaces(t *testing.T) {
	f := testFacts(t)
	for text, want := range map[string]string{
		"Office is in Myawaddy, we pick you up in Mae Sot": "mm-myawaddy th-mae-sot",
		"妙瓦底KK园区招人":                                        "mm-myawaddy mm-kk-park",
		"柬埔寨西港包机票":                                         "kh kh-sihanoukville",
		"kerja di Kamboja, Poipet":                         "kh kh-poipet",
		"làm việc ở Campuchia":                             "kh",
		"đi lao động":                                      "",
		"thuốc lào":                                        "",
		"sang Lào làm":                                     "la",
		"ทำงานที่ปอยเปตมีเวลาว่าง": "kh-poipet",
		"มีเวลาว่าง":               "",
		"မြဝတီမှာ အလုပ်":           "mm-myawaddy",
		"ထိုင်းနိုင်ငံ မဲဆောက်":    "th th-mae-sot",
		"работа в Камбодже":        "kh",
		"MYAWADDY":                 "mm-myawaddy",
		"kk-park":                  "mm-kk-park",
		"Ha Long Bay":              "",
		"Indianapolis":             "",
		"the chinaware shop":       "",
		"poipet.com":               "",
		"Ｍyawaddy":                 "mm-myawaddy",
		"কম্বোডিয়ায় কাজ, সিহানুকভিলে অফিস":          "kh kh-sihanoukville",
		"মিয়ানমারের মিয়াওয়াদিতে, পরে দুবাইয়ে":     "mm mm-myawaddy ae-dubai",
		"থাইল্যান্ডে চাকরি":                           "th",
		"trabalho na Malásia e na Birmânia":           "my mm",
		"empleo en Birmania o en el Triángulo de Oro": "mm la-gtsez",
		"travail en Malaisie, aux Émirats":            "my ae",
		"Arbeit in Kambodscha und Phnom Penh":         "kh kh-phnom-penh",
		"Job auf den Philippinen":                     "ph",
		"работа в Дубае, потом Филиппин":              "ae-dubai ph",
		"trabajo en España":                           "",
		"شغل في كمبوديا وبعدها لميانمار":              "kh mm",
		"مكتبنا بدبي والسائق من ماي سوت":              "ae-dubai th-mae-sot",
	} {
		t.Run(text, func(t *testing.T) {
			var got []string
			for _, e := range f.entities(text) {
				if e.Type == "place" {
					got = append(got, e.Place)
				}
			}
			require.Equal(t, want, strings.Join(got, " "))
		})
	}
	require.True(t, f.destination("KH"))
	require.False(t, f.destination("KE"))
}

// Spans always point at whole letters of the text as given, in order.
func checkSpans(t *testing.T, f *facts, text string) {
	t.Helper()
	last := 0
	for _, e := range f.entities(text) {
		require.GreaterOrEqual(t, e.Span[0], last)
		require.Greater(t, e.Span[1], e.Span[0])
		require.LessOrEqual(t, e.Span[1], len(text))
		require.NotEmpty(t, e.Type)
		require.NotEmpty(t, e.Value)
		if utf8.ValidString(text) {
			require.True(t, utf8.ValidString(text[e.Span[0]:e.Span[1]]))
			require.True(t, utf8.ValidString(e.Value))
		}
		last = e.Span[0]
	}
}

// A text made to be slow is not: the cost grows with the length alone.
func TestEntitiesWallOfMarks(t *testing.T) {
	f := testFacts(t)
	for _, unit := range []string{"a.", "@", "a@a.", "1-", "1 ", "$", "[.]a", "://", "http://a", "一", "万", "t.me/", "line ", "0x", "é.", "0 0", "(", "a dot com "} {
		short := testing.AllocsPerRun(1, func() { f.entities(strings.Repeat(unit, 500)) })
		long := testing.AllocsPerRun(1, func() { f.entities(strings.Repeat(unit, 5000)) })
		require.LessOrEqual(t, long, 12*short+200, "%q", unit)
		checkSpans(t, f, strings.Repeat(unit, 700))
	}
}

func seeds(f *testing.F) {
	for _, s := range []string{
		"", "\xff\xfe@\xc3(", "Customer service in Cambodia, USD 2000 a month @hr_lily88", "月薪一万五到三万，柬埔寨西港 t.me/+AbC",
		"เดือนละ 3 หมื่น ไลน์ไอดี: abc123", "လစာ ၁၅ သိန်း ကျပ်သိန်း ၃၀", "lương 20tr/tháng zalo 0912345678 đ", "gaji 15-30 juta WA 0812-3456-7890",
		"hxxps://evil[.]com/a(b)c. a@b.c@d.co [.] . :// tg://x", "1.2.3.4 1,2,3 00000 +++1 1 000 000 $", "bc1q 0x T1 3J98t1WpEZ73CNmQviecrnyiWrnqRhWNLy",
		"。．：＠abc。com ０１２ ๑๒๓", "9:3 2025-13-40 2025年1", "Line: LINE ID WhatsApp: Telegram id ", "0-", "5 to ", "USD", "一",
	} {
		f.Add(s)
	}
}

func FuzzEntities(f *testing.F) {
	facts := testFacts(f)
	seeds(f)
	f.Fuzz(func(t *testing.T, text string) { checkSpans(t, facts, text) })
}

func FuzzMoney(f *testing.F) {
	facts := testFacts(f)
	seeds(f)
	f.Fuzz(func(t *testing.T, text string) {
		for i := range text {
			s := scan{f: facts, text: text}
			if to, ok := s.money(i); ok {
				require.Greater(t, to, i)
				require.LessOrEqual(t, to, len(text))
				e := s.out[len(s.out)-1]
				require.Positive(t, e.Amount)
				require.LessOrEqual(t, e.Span[0], i)
			}
		}
		checkSpans(t, facts, "salary "+text+" USD a month")
	})
}

func BenchmarkEntities(b *testing.B) {
	f := testFacts(b)
	for _, l := range []struct{ name, text string }{
		{"en", "Customer service in Cambodia, USD 2000 a month, no experience, free flight and a room. Write to the manager on Telegram @hr_lily88 or see https://example.com/jobs today. "},
		{"zh", "诚聘客服人员，月薪3万，包机票包食宿，工作地点柬埔寨西港，无需经验，有意者请加飞机 @hr888888 联系经理，名额有限，速来报名参加我们的团队。"},
		{"id", "Lowongan kerja admin online di Kamboja, gaji 15 juta per bulan, tiket dan akomodasi gratis, hubungi WA 0812-3456-7890 sekarang juga. "},
		{"vi", "Tuyển nhân viên chăm sóc khách hàng tại Campuchia, lương 20 triệu một tháng, không cần kinh nghiệm, liên hệ zalo 0912345678 ngay. "},
		{"th", "รับสมัครแอดมินออนไลน์ ตอบแชทลูกค้า ทำงานที่ปอยเปต เงินเดือน 30,000 บาท มีที่พักและอาหารให้ สนใจแอดไลน์ไอดี: abc123 ได้เลย "},
		{"my", "အွန်လိုင်းအက်ဒမင် အလိုရှိသည်။ လစာ ၁၅ သိန်း၊ နေစရာ ကျွေးစရာ ပေးမည်။ မြဝတီမြို့တွင် အလုပ်လုပ်ရမည်။ ဆက်သွယ်ရန် 09 7777 12345 သို့ ခေါ်ပါ။ "},
	} {
		for _, n := range []int{300, 1000, 4000} {
			text := string([]rune(strings.Repeat(l.text, 1+n/utf8.RuneCountInString(l.text)))[:n])
			b.Run(l.name+"/"+map[int]string{300: "300", 1000: "1000", 4000: "4000"}[n], func(b *testing.B) {
				b.ReportAllocs()
				b.SetBytes(int64(len(text)))
				for b.Loop() {
					f.entities(text)
				}
			})
		}
	}
}
