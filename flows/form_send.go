package flows

import (
	"slices"
	"strconv"
	"strings"
	"time"
)

// The steps of a report's buttons that are no question.
const (
	stepForm = "ff_do"   // what to do with the report
	stepEdit = "ff_edit" // value: a question to ask again
	// stepGone takes away the message it hangs on, however old.
	stepGone = "ff_gone"
	// stepCalm ends the reminders; it works on any message.
	stepCalm = "ff_calm"
)

// office is who would read the report as it stands.
func (f *sheet) office() Office {
	if f.b.office == nil {
		return Office{}
	}
	o := f.b.office(f.d.Kind, f.facts(), f.in.Now)
	o.Known = o.Known && f.in.Refused != NoOffice
	return o
}

// facts are the answers that routing and priority read.
func (f *sheet) facts() map[string]string {
	out := map[string]string{}
	kept := f.counted()
	if c := f.country(); c != "" {
		out[TapCountry] = c
	}
	if v := kept.Of("lf_paying"); len(v) == 1 {
		out[TapPaying] = v[0]
	}
	if v := kept.Of("lf_last"); len(v) == 1 {
		out[TapPaid] = paidSince()[v[0]]
	}
	if kept.Is(stepShare, "police") {
		out[TapPolice] = "yes"
	}
	if v := kept.Of("tf_travel"); len(v) == 1 {
		if hours, ok := hoursUntil(f.reading(), v[0]); ok {
			out[TapTravel] = strconv.FormatInt(hours, 10)
		}
	}
	return out
}

// reader says who gets the report and when.
func readerParts(o Office) []Part {
	parts := []Part{{Key: "ff_reader", Args: map[string]any{"name": o.Name}}}
	switch {
	case o.Open:
		parts = append(parts, Part{Key: "ff_open", Under: true})
	case o.Opens != "":
		parts = append(parts, Part{Key: "ff_opens", Args: map[string]any{"hours": o.Opens}, Under: true})
	default:
		parts = append(parts, Part{Key: "ff_closed", Under: true})
	}
	if slices.Contains(withins(), o.Within) {
		parts = append(parts, Part{Key: o.Within, Under: true})
	}
	return parts
}

// linesPerPage is how many answers one page of the summary shows.
const linesPerPage = 10

// told are the answers with something in them.
func told(kept Answers) Answers {
	return slices.DeleteFunc(slices.Clone(kept), func(a Answer) bool { return a.Skipped || len(a.Values) == 0 })
}

// summary shows every answer, each to be changed, and who will read them.
func (f *sheet) summary(Answers) Say {
	p := say("ff_summary")
	all := slices.DeleteFunc(told(f.counted()), func(a Answer) bool { // another one stands below
		return strings.HasPrefix(a.Step, "lf_more_") && slices.Contains(a.Values, "yes")
	})
	if len(all) == 0 {
		p = say("ff_summary_none")
	}
	last := max(0, len(all)-1) / linesPerPage
	page := min(max(f.d.Page, 0), last)
	var nums []Button
	turn := 0
	for i, a := range all[page*linesPerPage : min((page+1)*linesPerPage, len(all))] {
		x := f.field(a.Step)
		n := page*linesPerPage + i + 1
		line := Part{Key: "ff_line", Args: map[string]any{"number": n, "name": Key(x.base), "text": f.all(x, a.Values)}, Under: i > 0}
		if x.turn > 0 && x.turn != turn {
			p.Parts = append(p.Parts, Part{Key: "pk_bank_payment", Args: map[string]any{"number": x.turn}})
			line.Under = true
		}
		turn = x.turn
		p.Parts = append(p.Parts, line)
		nums = append(nums, Button{Label: strconv.Itoa(n), Step: stepEdit, Value: x.ID})
	}
	p.Rows = slices.Collect(slices.Chunk(nums, 5))
	p.Rows = turned(p.Rows, stepForm, page, last)
	p.Parts = append(p.Parts, readerParts(f.office())...)
	p.Parts = append(p.Parts, Part{Key: "ff_sealed"})
	ways := row(button("btn_stop", stepForm, Stop))
	if _, next := f.flow.Route(f.d.Answers); f.d.Short && next != nil {
		ways = append(row(button("ff_more", stepForm, "more")), ways...)
	} else if len(f.d.Answers) > 0 {
		ways = append(row(button("btn_back", stepForm, Back)), ways...)
	}
	if len(all) > 0 {
		p.Rows = append(p.Rows, row(button("ff_send", stepForm, "send")))
	}
	p.Rows = append(p.Rows, ways)
	return p
}

// all are the values of one answer in one line.
func (f *sheet) all(x *field, values []string) any {
	var keys []Key
	var texts []string
	for _, v := range values {
		switch said := f.value(x, v).(type) {
		case Key:
			keys = append(keys, said)
		case Quote:
			texts = append(texts, string(said))
		}
	}
	if len(texts) == 0 {
		return keys
	}
	return Quote(quote(strings.Join(texts, " · "), quoteRunes))
}

// control answers the buttons of the summary and of what comes after.
func (f *sheet) control(v string) Turn {
	kept, x := f.at()
	n, isPage := strings.CutPrefix(v, "page_")
	switch {
	case v == "throw":
		f.s.Draft, f.s.Flow = nil, ""
		return Turn{Session: f.s, Say: []Say{say("ff_thrown").rows(row(button("btn_new", stepGo, "new")))}}
	case f.d.Filed:
		return f.later(v)
	case v == Stop:
		return f.stop()
	case x != nil:
	case isPage:
		f.d.Page = atoi(n)
		t := f.here()
		t.Say[0].Edit = f.in.Tap.Message
		return t
	case v == "more":
		f.d.Short = false
		return f.here()
	case v == Back && len(kept) > 0:
		last, _ := f.d.Answers.find(&Step{ID: kept[len(kept)-1].Step})
		last.Again, last.Skipped = true, false
		f.d.Answers, f.d.Short = f.d.Answers.Give(last), false
		return f.here()
	case v == "send" && len(told(kept)) > 0:
		return f.send()
	}
	return f.b.stale(f.s)
}

// change asks a question of the summary again.
func (f *sheet) change(id string) Turn {
	if _, x := f.at(); x != nil || f.d.Filed || f.field(id) == nil || !f.counted().Has(id) {
		return f.b.stale(f.s)
	}
	f.clear()
	f.d.Edit = id
	return f.here()
}

// send files the report: one case, whole.
func (f *sheet) send() Turn {
	o := f.office()
	if f.in.Refused == TooMany {
		return f.here(Part{Key: "ff_too_many"})
	}
	if !o.Known {
		say := f.b.noOffice(f.country())
		say.Parts = append([]Part{{Key: "ff_kept"}}, say.Parts...)
		return Turn{Session: f.s, Say: []Say{say}}
	}
	filing := &Filing{Kind: f.d.Kind, For: ForSelf, Taps: f.facts(), Begin: true, End: true}
	if f.d.Kind == Tip {
		filing.For = ForPublic
	}
	x := f.reading()
	for _, a := range told(f.counted()) {
		q := f.field(a.Step)
		if q.ID == stepNumber || q.base == "lf_more" {
			continue
		}
		filing.Entries = append(filing.Entries, Entry{Part: strconv.Itoa(len(filing.Entries) + 1), Step: q.ID, Values: a.Values})
		if q.reads == nil {
			continue
		}
		for _, v := range a.Values {
			if strings.HasPrefix(v, unsure) {
				continue
			}
			for _, named := range q.reads(x, v).values {
				if !slices.Contains(filing.Values, named) {
					filing.Values = append(filing.Values, named)
				}
			}
			if q.base == stepStory || q.base == stepOffer {
				filing.Words = joined(filing.Words, v)
			}
		}
	}
	if f.counted().Is(stepNumber, "yes") && len(f.in.Random) == orderSize && strings.Trim(f.in.Random, "0123456789") == "" {
		f.d.Order = f.in.Random
		filing.Way = &Way{Order: f.d.Order}
	}
	f.d.Filed, f.d.Until, f.d.At = true, f.in.Now+filesTaken, f.in.Now
	f.clear()
	t := f.here()
	t.Say[0].Parts = append(append([]Part{{Key: "ff_sent"}}, readerParts(o)...), t.Say[0].Parts...)
	t.Report = filing
	return t
}

// after is what somebody can do when the report was sent.
func (f *sheet) after() Say {
	var p Say
	if f.d.Order != "" {
		p.Parts = append(p.Parts, Part{Key: "ff_order", Args: map[string]any{"number": grouped(f.d.Order)}})
	}
	if f.d.Kind == Loss {
		p.Parts = append(p.Parts, Part{Key: "act_recovery"})
	}
	if f.d.Open(f.in.Now) {
		p.Parts = append(p.Parts, Part{Key: "ff_files", Args: map[string]any{"most": mostFiles}})
	}
	if f.d.Kind == Loss {
		p.Parts = append(p.Parts, Part{Key: "pk_offer"})
		p.Rows = append(p.Rows, row(button("pk_bank", stepForm, "bank")), row(button("pk_page", stepForm, "page"), button("pk_table", stepForm, "table")))
		switch {
		case f.d.Remind:
			p.Rows = append(p.Rows, row(button("ff_calm", stepCalm, "off")))
		case len(f.due()) > 0 && !f.s.Quiet: // who had to be careful here is never written to
			p.Rows = append(p.Rows, row(button("ff_remind", stepForm, "remind")))
		}
	}
	if f.d.Open(f.in.Now) {
		p.Rows = append(p.Rows, row(button("ff_erase", stepForm, "erase")))
	}
	p.Rows = append(p.Rows, row(button("ff_done", stepForm, "done")))
	if len(p.Parts) == 0 {
		p.Parts = []Part{{Key: "ff_after"}}
	}
	return p
}

// due are the reminders of the country.
func (f *sheet) due() []Due {
	if f.b.acts == nil {
		return nil
	}
	return f.b.acts(f.country()).Due
}

// later answers the buttons of a report that was sent.
func (f *sheet) later(v string) Turn {
	only := func(p Say) Turn { return Turn{Session: f.s, Say: []Say{p}} }
	gone := row(button("pk_gone", stepGone, "this"))
	switch {
	case v == "done":
		f.s.Draft, f.s.Flow = nil, ""
		return only(say("ff_bye").rows(row(button("btn_new", stepGo, "new"))))
	case strings.HasPrefix(v, "erase") && !f.d.Open(f.in.Now): // only its number leads to it now
	case v == "erase":
		return only(say("ff_erase_ask").rows(row(button("ff_erase_yes", stepForm, "erase_yes"), button("ff_erase_no", stepForm, "show"))))
	case v == "erase_yes":
		kind := f.d.Kind
		f.s.Draft, f.s.Flow = nil, ""
		t := only(say("ff_erased"))
		t.Report = &Filing{Kind: kind, Erase: true, End: true}
		return t
	case v == "show":
		return f.here()
	case f.d.Kind != Loss:
	case v == "bank":
		p := f.bankText()
		p.Rows = [][]Button{gone}
		return only(p)
	case v == "page" || v == "table":
		p := say(Key("pk_" + v + "_note"))
		p.Packet, p.Rows = f.packet(v), [][]Button{gone}
		return only(p)
	case v == "remind" && !f.d.Remind && !f.s.Quiet && len(f.due()) > 0:
		f.d.Remind = true
		t := f.here(Part{Key: "ff_reminded"})
		t.Remind = &Remind{}
		for _, d := range f.due() {
			t.Remind.Due = append(t.Remind.Due, Due{Key: d.Key, After: d.After})
		}
		return t
	}
	return f.b.stale(f.s)
}

// evidence adds files, and what else is written, to a report that was sent.
func (f *sheet) evidence() Turn {
	in := f.in
	text := clean(in.Text)
	note := func(key Key, args map[string]any) Turn {
		p := f.after()
		p.Parts, p.Slot = []Part{{Key: key, Args: args}}, "form"
		return Turn{Session: f.s, Say: []Say{p}}
	}
	if !f.d.Open(in.Now) {
		f.s.Flow = ""
		return f.b.message(f.s, in)
	}
	if in.Refused != "" {
		return note("ff_not_added", nil)
	}
	filing := &Filing{Kind: f.d.Kind, Taps: map[string]string{}}
	for _, x := range in.Files {
		switch {
		case x.Kind == "location":
			return note(wrongPlace, nil)
		case !isProof(x):
			return note(wrongTap, nil)
		case x.Size > mostFile:
			return note(wrongLarge, nil)
		case f.d.Sent >= mostFiles || f.d.Size+x.Size > mostBytes:
			return note(wrongMany, map[string]any{"most": mostFiles})
		}
		f.d.Sent, f.d.Size = f.d.Sent+1, f.d.Size+x.Size
		x.Text, x.Unread = "", ""
		filing.Files = append(filing.Files, x)
	}
	switch {
	case !readable(text) && len(filing.Files) == 0:
		return note(wrongTap, nil)
	case secret(text):
		t := note(wrongCode, nil)
		t.Wipe = wiped(in.Message)
		return t
	case readable(text):
		text = cutTo(text, longestStory)
		filing.Entries = []Entry{{Part: "m" + strconv.Itoa(in.Message), Step: "ff_added", Values: []string{text}}}
		filing.Words = text
	}
	t := note("ff_added", map[string]any{"count": f.d.Sent})
	if len(filing.Files) == 0 {
		t = note("ff_added_words", nil)
	}
	t.Report = filing
	return t
}

// Reminder is what somebody asked to be reminded of, and the way to end that.
func Reminder(key Key) Say {
	return Say{Parts: []Part{{Key: key}}, Rows: [][]Button{row(button("ff_calm", stepCalm, "off"))}, Silent: true}
}

// entry leads to the reports that are taken here, and to the public lines.
func (b *Book) entry(s Session, now int64) Say {
	if !b.takes(Loss, now) && !b.takes(Tip, now) {
		p := b.report(s)
		if b.acts != nil { // what to do now is known all the same
			p.Rows = append([][]Button{row(button("lf_begin", stepGo, Loss))}, p.Rows...)
		}
		return p
	}
	p := say("ff_entry")
	if s.Draft != nil {
		p.Rows = append(p.Rows, row(button("ff_go_on", stepGo, "resume")))
	}
	if b.takes(Loss, now) {
		p.Rows = append(p.Rows, row(button("lf_begin", stepGo, "loss")))
	}
	if b.takes(Tip, now) {
		p.Rows = append(p.Rows, row(button("tf_begin", stepGo, "tip")))
	}
	p.Rows = append(p.Rows, row(button("ff_have_number", stepGo, "number")), row(button("btn_help", stepGo, "lines")))
	return p
}

// takes says whether anybody takes reports of a kind at all.
func (b *Book) takes(kind string, now int64) bool {
	return b.office != nil && b.office(kind, map[string]string{}, now).Known
}

// begin opens a report. One that was not sent gives way to it.
func (b *Book) begin(s Session, in Input, kind string) Turn {
	switch {
	case b.takes(kind, in.Now):
	case kind == Loss && b.acts != nil: // nobody takes it, and the first hour counts all the same
		if s.Country == "" {
			return Turn{Session: s, Say: []Say{b.firstWhere(0)}}
		}
		return Turn{Session: s, Say: []Say{b.firstHour(s.Country, "", false).rows(row(button("btn_country", stepFirst, "page_0")))}}
	default:
		return Turn{Session: s, Say: []Say{b.report(s)}}
	}
	s.Flow, s.Draft = kind, &Draft{Kind: kind, At: in.Now}
	t := b.sheet(s, in).here()
	t.Say[0].Parts = append([]Part{{Key: Key(map[string]string{Loss: "lf_hello", Tip: "tf_hello"}[kind])}}, t.Say[0].Parts...)
	return t
}

// resume goes on with a report that was left.
func (b *Book) resume(s Session, in Input) Turn {
	if s.Draft == nil {
		return Turn{Session: s, Say: []Say{b.entry(s, in.Now)}}
	}
	s.Flow = s.Draft.Kind
	return b.sheet(s, in).here()
}

// noOffice says that no report is taken, and shows what there is instead.
func (b *Book) noOffice(country string) Say {
	if country == "" || len(b.lines) == 0 {
		return b.linesPick("report", 0)
	}
	p := b.linesOf(country)
	p.Parts = append([]Part{{Key: "ff_no_office"}}, p.Parts...)
	return p
}

// askNumber asks for the number that leads back to a report.
func (b *Book) askNumber(s Session) Turn {
	s.Flow, s.Number = flowNumber, ""
	if s.Draft != nil && s.Draft.Filed { // one case in hand at a time
		s.Draft = nil
	}
	return Turn{Session: s, Say: []Say{say("ff_number_ask").rows(row(button("btn_stop", stepGo, "new")))}}
}

// eraseAsk asks once more before a report is erased that its number led to.
func (b *Book) eraseAsk(s Session) Turn {
	return Turn{Session: s, Say: []Say{say("ff_erase_ask").rows(
		row(button("ff_erase_yes", stepForm, "erase_now"), button("ff_erase_no", stepGo, "new")))}}
}

// numbered takes the number somebody typed, or erases the report it led to.
func (b *Book) numbered(s Session, in Input, erase bool) Turn {
	typed := s.Number
	if !erase {
		typed = strings.Map(func(r rune) rune {
			if r >= '0' && r <= '9' {
				return r
			}
			return -1
		}, digits(in.Text))
	}
	only := func(p Say) Turn { return Turn{Session: s, Say: []Say{p}} }
	back := row(button("ff_have_number", stepGo, "number"), button("btn_new", stepGo, "new"))
	switch found := in.Found; {
	case len(typed) != orderSize:
		return only(say("ff_number_form").rows(back))
	case found == nil:
		return Turn{Session: s, Ask: &Ask{Order: typed}}
	case found.Slow:
		return only(say("ff_number_slow").rows(back))
	case !found.OK || found.Kind == Compound: // what is about someone in danger is never sent
		return only(say("ff_number_wrong").rows(back))
	case erase:
		s.Flow, s.Number = "", ""
		t := only(say("ff_erased"))
		t.Session, t.Report = s, &Filing{Kind: found.Kind, Erase: true, End: true}
		return t
	default:
		s.Number, s.Draft, s.Flow = typed, nil, ""
		p := say(found.Status)
		for i, l := range found.Letters {
			p.Parts = append(p.Parts, Part{Key: "ff_letter", Args: map[string]any{"text": Quote(clean(l))}, Drop: i})
		}
		if len(found.Letters) == 0 {
			p.Parts = append(p.Parts, Part{Key: "ff_no_letter"})
		}
		if found.Ends != 0 {
			day := time.Unix(found.Ends, 0).UTC()
			p.Parts = append(p.Parts, Part{Key: "ff_ends", Args: map[string]any{"date": shownDay(s.Lang, day)}})
		}
		t := only(p.rows(row(button("ff_erase", stepForm, "erase_old")), row(button("ff_done", stepGo, "new"))))
		t.Session, t.Wipe = s, wiped(in.Message)
		return t
	}
}
