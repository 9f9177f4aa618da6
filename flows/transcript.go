package flows

import (
	"fmt"
	"slices"
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
		if s.Packet != nil {
			line += fmt.Sprintf(" (%s of %d payments)", s.Packet.Form, len(s.Packet.Payments))
		}
		switch {
		case s.Cover:
			line += " (cover)"
		case s.Danger && s.Edit == 0:
			line += " (into a start card)"
		case s.Edit != 0:
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
	if t.Report != nil {
		b.WriteString("= report" + t.Report.transcript() + "\n")
	}
	if t.Remind != nil {
		b.WriteString("= remind")
		for _, d := range t.Remind.Due {
			b.WriteString(" " + string(d.Key))
		}
		b.WriteString("\n")
	}
	if t.Ask != nil {
		b.WriteString("= ask " + strings.TrimSpace(t.Ask.Do+" "+t.Ask.Order) + strings.Trim(fmt.Sprint(t.Ask.Pictures), "[]") + "\n")
	}
	if len(t.Wipe) > 0 {
		b.WriteString("= wipe " + strings.Trim(fmt.Sprint(t.Wipe), "[]") + "\n")
	}
	if t.Forget {
		b.WriteString("= forget\n")
	}
	return b.String()
}

// transcript is what a turn adds to a report.
func (f *Filing) transcript() string {
	var b strings.Builder
	word := func(yes bool, s string) {
		if yes {
			b.WriteString(" " + s)
		}
	}
	word(f.Begin, "begins")
	for _, e := range f.Entries {
		b.WriteString(" " + e.Part + ":" + e.Step + "=" + strings.Join(e.Values, "+"))
		word(e.Replaces != "", "(for "+e.Replaces+")")
	}
	for _, v := range f.Values {
		b.WriteString(" " + v.Kind + ":" + v.Value)
	}
	word(len(f.Files) > 0, fmt.Sprint(len(f.Files), " file"))
	if f.Way != nil {
		b.WriteString(" way " + f.Way.Order + strings.Trim(fmt.Sprint(f.Way.Pictures, f.Way.Duress), "[]"))
	}
	if f.Contact != nil {
		b.WriteString(" contact " + f.Contact.Country + f.Contact.From + "-" + f.Contact.To)
	}
	var taps []string
	for name, v := range f.Taps {
		taps = append(taps, name+"="+v)
	}
	slices.Sort(taps)
	word(len(taps) > 0, "{"+strings.Join(taps, " ")+"}")
	word(f.Erase, "is erased")
	word(f.End, "ends")
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
