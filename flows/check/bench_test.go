package check

import (
	"fmt"
	"strings"
	"testing"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

// benchText strings a language's test messages together and cuts at n letters.
func benchText(b *testing.B, lang string, n int) string {
	lures, _ := messages(b, lang, "lures")
	ordinary, _ := messages(b, lang, "ordinary")
	var all []string
	for i := range max(len(lures), len(ordinary)) {
		all = append(all, lures[i%len(lures)], ordinary[i%len(ordinary)])
	}
	text := []rune(strings.Join(all, "\n"))
	for len(text) < n {
		text = append(text, text...)
	}
	return string(text[:n])
}

// BenchmarkCheck is a whole check of a text of 300, 1,000 and 4,000 letters in
// every language; fold is the yardstick, NFKC and case folding of the same text
// by x/text in the same run.
func BenchmarkCheck(b *testing.B) {
	c := checker(b)
	caser := cases.Fold()
	for _, lang := range languages {
		for _, n := range []int{300, 1000, 4000} {
			text := benchText(b, lang, n)
			b.Run(fmt.Sprintf("%s/%d/check", lang, n), func(b *testing.B) {
				b.ReportAllocs()
				b.SetBytes(int64(len(text)))
				for b.Loop() {
					c.Check(text)
				}
			})
			b.Run(fmt.Sprintf("%s/%d/fold", lang, n), func(b *testing.B) {
				b.SetBytes(int64(len(text)))
				for b.Loop() {
					caser.String(norm.NFKC.String(text))
				}
			})
		}
	}
}

// BenchmarkLoad is reading facts and languages: what a start costs.
func BenchmarkLoad(b *testing.B) {
	fsys := languageFiles()
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Load(Files(), fsys); err != nil {
			b.Fatal(err)
		}
	}
}
