package flows

import "github.com/offercheck/offercheck/flows/check"

// groupSigns is how many signs a short answer names.
const groupSigns = 2

// group answers in a group chat only when called, in short and without buttons,
// and never to words of danger.
func (b *Book) group(s Session, in Input) Turn {
	t := Turn{Session: s}
	if !in.Called || in.Tap != nil || in.Edited {
		return t
	}
	text := fullText(in)
	if text == "" && in.Command == "check" {
		text = clean(in.Arg)
	}
	switch {
	case in.Command != "" && in.Command != "check":
		if in.Command == "start" || in.Command == "help" {
			t.Say = []Say{say("group_how")}
		}
		return t
	case !readable(text) || b.greeting(text):
		t.Say = []Say{say("group_how")}
		return t
	}
	v := b.judge(check.Case{Texts: []string{text}})
	if len(unreadFiles(in)) > 0 && !warned(v.Outcome) {
		t.Say = []Say{say("group_how")} // what was not read may say something else
		return t
	}
	t.Verdict = &v
	if v.Outcome == check.Danger {
		return t
	}
	p := Say{Parts: append(shortParts(v), Part{Key: "group_more", Drop: 1})}
	t.Say = []Say{p}
	return t
}

// Inline answers the words typed into an inline query: a short result that says
// that only its beginning could be read. Nil when there is nothing to check or
// nothing that may be said in front of others.
func (b *Book) Inline(query string) *Say {
	query = clean(query)
	if !readable(query) || b.greeting(query) {
		return nil
	}
	v := b.judge(check.Case{Texts: []string{query}})
	if v.Outcome == check.Danger {
		return nil
	}
	return &Say{Parts: append(shortParts(v), Part{Key: "inline_short"})}
}

// shortParts are the outcome and the names of its first signs, without quotes:
// others read along.
func shortParts(v check.Verdict) []Part {
	parts := outcomeParts(v)
	for i, f := range v.Signs {
		if i == groupSigns {
			break
		}
		parts = append(parts, Part{Key: "sign_plain", Args: map[string]any{"name": Key("sign_" + f.ID)}, Under: i > 0, Drop: 2})
	}
	return parts
}
