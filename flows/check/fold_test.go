package check

import (
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestFold(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{"Free  Flight!", "free flight"},
		{"Don't pay. Now", "dont pay\nnow"},
		{"việc nhẹ lương cao", "viec nhe luong cao"},
		{"Ｆｕｌｌ　ｗｉｄｔｈ", "full width"},
		{"包 机票，高 薪", "包机票高薪"},
		{"加 V 信", "加v信"},
		{"ea5y m0ney 0nline", "easy money online"},
		{"covid19 trc20 1st", "covid19 trc20 1st"},
		{"pa\u200byment", "payment"},
		{"W r i t e  t o  m e", "write to me"},
		{"I a b", "i a b"},
		{"Рaбoтa", "работа"},
		{"koмaнду", "команду"},
		{"pаypal", "paypal"},
		{"t.me/abc v1.5.", "t me abc v1 5"},
		{"𝐄𝐚𝐬𝐲 🅹🅾🅱", "easy job"},
		{"၂၀၀၀ ๕๐", "2000 50"},
		{"ĐĂNG KÝ", "dang ky"},
		{"สวัสดี ครับ", "สวัสดีครับ"},
		{"เเอดมิน ตม. ไทย", "แอดมินตมไทย"},
		{"န\u103a\u1037", "န\u1037\u103a"},
		{"က\u1036\u102f", "က\u102f\u1036"},
		{"၀ယ် ၀ိုင်း ၂၀ကျပ်", "ဝယ်ဝိုင်း20ကျပ်"},
		{"tr\u073fou\u073fble l\u07ecog\u0301in", "trouble login"},
		{"Voc&ecirc; possui R&#36; 50&nbsp;hoje", "voce possui r 50 hoje"},
		{"Tom&Jerry; &nosuch; ours&", "tom jerry nosuch ours"},
		{"أُعْطِيَ الوظيفةَ إلى ســارة فى مكتبی", "اعطي الوظيفه الي ساره في مكتبي"},
		{"", ""},
		{"\xff\xfe", ""},
	} {
		var f folded
		f.fold(c.in)
		require.Equal(t, c.want, string(f.text), "%q", c.in)
	}
}

// TestDisguise holds which words are disguised and which only look so.
func TestDisguise(t *testing.T) {
	for in, want := range map[string]bool{
		"Рaбoтaeм ОНЛАЙН":             true,
		"pаypal login":                true,
		"pa\u200bssword":              true,
		"W r i t e  m e":              true,
		"tr\u073fou\u073fble":         true,
		"Voc&ecirc; tem cr&#233;dito": false,
		"our news&shy;letter of may":  false,
		"𝐄𝐚𝐬𝐲 money":                  true,
		"Наш IT-отдел и SMSка":        false,
		"Wi-Fi роутер для дома":       false,
		"Добрий день, як справи":      false,
		"Καλημέρα σας":                false,
		"Добар дан, како сте":         false,
		"می\u200cخواهم بروم":          false,
		"नमस्\u200dते दोस्त":          false,
		"用iPhone打开微信":                 false,
		"ใช้ LINE กับ iPhone":         false,
		"👨\u200d👩\u200d👧 family":      false,
		"ភាសា\u200bខ្មែរ \u200bok":    false,
	} {
		var f folded
		f.fold(in)
		require.Equal(t, want, len(f.mixed)+len(f.hidden)+len(f.fancy) > 0, "%q", in)
	}
}

// TestFoldOffsets holds that every folded byte leads into the text as written.
func TestFoldOffsets(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.OneOf(rapid.String(), rapid.StringOf(rapid.RuneFrom([]rune("aЯ包ไ.! \n0𝐄\u200bạ"))),
			rapid.Map(rapid.SliceOf(rapid.Byte()), func(b []byte) string { return string(b) })).Draw(t, "text")
		var f folded
		f.fold(text)
		if len(f.off) != len(f.text)+1 || len(f.class) != len(f.text) {
			t.Fatalf("%d bytes, %d offsets, %d classes", len(f.text), len(f.off), len(f.class))
		}
		for i := range f.text {
			if i > 0 && f.off[i] < f.off[i-1] || int(f.off[i]) >= len(text) {
				t.Fatalf("offset %d is %d", i, f.off[i])
			}
			a, b := f.source(text, int32(i), int32(i+1))
			if a < 0 || b > len(text) || a > b {
				t.Fatalf("span %d %d of %d", a, b, len(text))
			}
		}
	})
}
