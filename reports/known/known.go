// Package known remembers texts that were confirmed to be scams, by fingerprint:
// no word of them, who said so only as an opaque token, when only as a day. A
// checker that is given them never says less of a near-duplicate.
//
// That others were sent the same is said only from three different sources on;
// one person who reports a text thrice is one source. What was taken in can be
// taken out again, by the batch it came with or by its source.
//
// The map of the room:
//
//   - known.go: Text, Kinds, Of, and the list a checker takes
//   - store.go: Add, Forget, All, Batches and Changes in the database
package known

import (
	"fmt"
	"slices"
	"strings"
	"unicode"

	"github.com/offercheck/offercheck/flows/check"
)

// Text is one confirmed text, as one source was sent it.
type Text struct {
	Print  check.Fingerprint
	Kind   check.Kind
	Script string // what most of its letters are written in
	Source string // opaque; the same for all a person or a batch without names sent
}

// Kinds are those a text can be confirmed as.
func Kinds() []check.Kind { return slices.Clone(kinds) }

var kinds = []check.Kind{
	check.Recruitment, check.Task, check.Fee, check.Investment, check.Romance, check.Impersonation, check.Recovery,
	check.Loan, check.Gambling, check.Mule, check.Phishing, check.Other,
}

// Of answers the confirmed text of a message. ok is false when it is too short to
// be told from others. The error names the kind when there is no such.
func Of(c *check.Checker, text string, kind check.Kind, source string) (t Text, ok bool, err error) {
	if !slices.Contains(kinds, kind) {
		return Text{}, false, fmt.Errorf("take known text: no kind %q", kind)
	}
	print, ok := c.Fingerprint(text)
	return Text{Print: print, Kind: kind, Script: scriptOf(text), Source: source}, ok, nil
}

// List makes of texts what a checker takes: each fingerprint of a kind once, with
// all its sources.
func List(texts []Text) []check.Known {
	sorted := slices.Clone(texts)
	slices.SortFunc(sorted, func(a, b Text) int {
		switch {
		case a.Print < b.Print:
			return -1
		case a.Print > b.Print:
			return 1
		case a.Kind != b.Kind:
			return strings.Compare(string(a.Kind), string(b.Kind))
		}
		return strings.Compare(a.Source, b.Source)
	})
	var out []check.Known
	for _, t := range sorted {
		if n := len(out); n > 0 && out[n-1].Print == t.Print && out[n-1].Kind == t.Kind {
			k := &out[n-1]
			if k.Sources[len(k.Sources)-1] != t.Source {
				k.Sources = append(k.Sources, t.Source)
			}
			continue
		}
		out = append(out, check.Known{
			ID: fmt.Sprintf("%016x", uint64(t.Print)), Print: t.Print, Outcome: outcome(t.Kind), Kind: t.Kind, Sources: []string{t.Source},
		})
	}
	return out
}

// outcome is what a confirmed text of a kind is.
func outcome(k check.Kind) check.Outcome {
	if k == check.Recruitment {
		return check.Trafficking
	}
	return check.Scam
}

// scripts are those that texts are told apart by.
var scripts = []string{"Latin", "Han", "Thai", "Myanmar", "Khmer", "Lao", "Cyrillic", "Arabic", "Devanagari", "Bengali", "Hangul", "Tamil", "Ethiopic"}

// scriptOf is the script most letters of a text are of, "" when of none known.
func scriptOf(text string) string {
	counts := make([]int, len(scripts))
	most := 0
	best := ""
	for _, r := range text {
		for i, s := range scripts {
			if unicode.Is(unicode.Scripts[s], r) {
				if counts[i]++; counts[i] > most {
					most, best = counts[i], s
				}
				break
			}
		}
	}
	return best
}
