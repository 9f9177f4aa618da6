package flows

import (
	"fmt"
	"strings"
)

// Transcript writes a turn in keys, one message a line, as the golden
// transcripts in testdata hold it: "< q_pay [deposit|fee|no]" is a message with
// its buttons, "< (vote_thanks)" a pop-up, "= …" what happened beside.
func (t Turn) Transcript() string {
	var b strings.Builder
	for _, s := range t.Say {
		var keys []string
		for _, p := range s.Parts {
			keys = append(keys, p.transcript())
		}
		line := strings.Join(keys, " ")
		if s.Pop {
			line = "(" + line + ")"
		}
		var values []string
		for _, r := range s.Rows {
			for _, btn := range r {
				values = append(values, btn.Value)
			}
		}
		if len(values) > 0 {
			line += " [" + strings.Join(values, "|") + "]"
		}
		if s.Edit != 0 {
			line += " (in place)"
		}
		b.WriteString("< " + line + "\n")
	}
	if len(t.Say) == 0 {
		b.WriteString("< …\n")
	}
	if t.Vote != "" {
		b.WriteString("= vote " + t.Vote + "\n")
	}
	if len(t.Wipe) > 0 {
		b.WriteString("= wipe " + strings.Trim(fmt.Sprint(t.Wipe), "[]") + "\n")
	}
	if t.Forget {
		b.WriteString("= forget\n")
	}
	return b.String()
}

// transcript is a part's key, with what is filled in where that tells the story.
func (p Part) transcript() string {
	switch {
	case p.Key == "item":
		return fmt.Sprint(p.Args["text"])
	case p.Args["name"] != nil && strings.HasPrefix(string(p.Key), "sign_"):
		s := fmt.Sprint(p.Args["name"])
		if q, ok := p.Args["quote"]; ok {
			s += fmt.Sprintf("“%s”", q)
		}
		return s
	case p.Args["count"] != nil:
		return fmt.Sprintf("%s(%v)", p.Key, p.Args["count"])
	}
	return string(p.Key)
}
