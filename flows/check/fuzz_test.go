package check

import (
	"testing"
	"unicode/utf8"
)

// FuzzCheck holds that any bytes get a verdict whose spans lie in the text.
func FuzzCheck(f *testing.F) {
	for _, s := range []string{"", "free flight to Myawaddy", "包 机票 @hr", "\xff\xfe\x00", "\u202eevil", "W r i t e  m e", "usdt T9yD14Nj9j7xAB4dbGeiX9h8unkKHxuWwb"} {
		f.Add(s)
	}
	c := checker(f)
	f.Fuzz(func(t *testing.T, text string) {
		v := c.Check(text)
		if v.Outcome == "" || v.Kind == "" || v.Score < 0 || v.Score > 1 {
			t.Fatalf("verdict %+v", v)
		}
		for _, s := range v.Signs {
			for i, span := range s.Spans {
				if span[0] < 0 || span[1] > len(text) || span[0] >= span[1] || !utf8.ValidString(s.Quotes[i]) {
					t.Fatalf("sign %s: span %v of %d", s.ID, span, len(text))
				}
			}
		}
		for _, e := range v.Entities {
			if e.Span[0] < 0 || e.Span[1] > len(text) || e.Span[0] > e.Span[1] {
				t.Fatalf("entity %+v of %d", e, len(text))
			}
		}
		c.Greeting(text)
	})
}

// FuzzPhrase holds that a phrase is read or refused, never a crash, and that a
// phrase of plain words finds itself.
func FuzzPhrase(f *testing.F) {
	for _, s := range []string{"a … b", "(a|b c) ~ <x>", "[the] #money", "*x* …… y", "a + b", "((", "…", "~ ~"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, phrase string) {
		comp := newCompiler(0)
		comp.book.owners = []owner{{kind: ownSign}}
		if len(phrase) > 200 || comp.add(0, phrase, map[string][]string{"x": {"y"}}) != nil {
			return
		}
		book := comp.finish()
		s := book.newPool().Get().(*scratch)
		s.fold(phrase)
		book.scan(s)
		book.run(s)
	})
}
