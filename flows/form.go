package flows

import (
	"reflect"
	"slices"
	"strings"
	"time"
)

// The wishes of a report that is written in an ordinary talk, in Session.Flow.
const (
	flowLoss   = Loss
	flowTip    = Tip
	flowNumber = "number" // somebody types the number of a report
)

// Draft is a loss report or a tip that is being written. Its answers stay here
// for at most a day after the last one, so that somebody can call a bank in
// between, look at all of it and change it.
type Draft struct {
	Kind    string  `json:"kind"`
	Answers Answers `json:"answers,omitempty"`
	At      int64   `json:"at,omitempty"`   // of the last answer, by the house's clock
	Edit    string  `json:"edit,omitempty"` // the question that is asked again, out of turn
	// Short: no more questions; what was answered is looked at and sent.
	Short bool `json:"short,omitempty"`
	// Refused is what was typed last and not understood; it can still be kept.
	Refused string `json:"refused,omitempty"`
	Step    string `json:"step,omitempty"` // the question it was an answer to
	Page    int    `json:"page,omitempty"` // of a long list of options, or of the summary
	From    []int  `json:"from,omitempty"` // messages of the person, for whoever leaves in a hurry
	// Filed: it was sent. From then on only files are added, until Until.
	Filed bool   `json:"filed,omitempty"`
	Until int64  `json:"until,omitempty"`
	Sent  int    `json:"sent,omitempty"`  // files that were added
	Size  int64  `json:"size,omitempty"`  // their bytes
	Order string `json:"order,omitempty"` // the number that leads back to it
	// Remind: reminders were asked for.
	Remind bool `json:"remind,omitempty"`
}

const (
	// draftKept is for how many seconds a draft is kept after its last answer.
	draftKept = 24 * 60 * 60
	// filesTaken is for how many seconds files are taken after a report was sent.
	filesTaken = 60 * 60
	// mostFiles and mostBytes are what one case holds.
	mostFiles = 10
	mostBytes = 50 << 20
)

// Over says whether a draft's time is over.
func (d *Draft) Over(now int64) bool {
	return now != 0 && d.At != 0 && now-d.At >= draftKept
}

// Open says whether files can still be added to a report that was sent.
func (d *Draft) Open(now int64) bool { return d.Filed && (now == 0 || now < d.Until) }

func (d *Draft) copy() *Draft {
	if d == nil {
		return nil
	}
	c := *d
	c.Answers, c.From = slices.Clone(d.Answers), slices.Clone(d.From)
	return &c
}

// same says whether two drafts ask and answer the same.
func (d *Draft) same(e *Draft) bool {
	if d == nil || e == nil {
		return d == e
	}
	a, b := *d, *e
	a.At, b.At, a.From, b.From, a.Until, b.Until = 0, 0, nil, nil, 0, 0
	return reflect.DeepEqual(a, b)
}

// field is one question of a report. Its words are named after base: a payment's
// questions are asked again for each.
type field struct {
	Step
	base  string
	wide  int    // buttons a row
	reads reader // what is typed; nil where only buttons answer
	long  bool   // its options are turned over by pages
	grows bool   // each message adds a value
	turn  int    // which payment, from 1
	tap   string // routing reads it under this name
}

// sheet is one turn of a report in an ordinary talk.
type sheet struct {
	b      *Book
	s      Session
	in     Input
	d      *Draft
	flow   *Flow
	fields []field
}

func (b *Book) sheet(s Session, in Input) *sheet {
	f := &sheet{b: b, s: s, in: in, d: s.Draft}
	if f.in.Now == 0 {
		f.in.Now = f.d.At
	}
	f.fields = b.lossFields()
	if f.d.Kind == Tip {
		f.fields = b.tipFields()
	}
	f.flow = &Flow{ID: f.d.Kind}
	for _, x := range f.fields {
		f.flow.Steps = append(f.flow.Steps, x.Step)
	}
	return f
}

// writing says whether the next input belongs to a report.
func (s Session) writing() bool { return s.Draft != nil && (s.Flow == flowLoss || s.Flow == flowTip) }

func (f *sheet) field(id string) *field {
	i := slices.IndexFunc(f.fields, func(x field) bool { return x.ID == id })
	if i < 0 {
		return nil
	}
	return &f.fields[i]
}

// at is where the report stands: the answers that count, and the question at
// hand, nil at the summary.
func (f *sheet) at() (Answers, *field) {
	kept, next := f.flow.Route(f.d.Answers)
	if f.d.Edit != "" {
		if x := f.field(f.d.Edit); x != nil && (x.When == nil || x.When(kept)) {
			return kept, x
		}
	}
	if f.d.Short {
		kept = f.counted()
		if x := f.field(f.fields[0].ID); x.ID == stepCountry && !kept.Has(stepCountry) {
			return kept, x
		}
		return kept, nil
	}
	if next == nil {
		return kept, nil
	}
	return kept, f.field(next.ID)
}

// counted are the answers on the route when the questions in between are left
// out, as somebody does who wants to send now.
func (f *sheet) counted() Answers {
	given := slices.Clone(f.d.Answers)
	for range f.fields {
		_, next := f.flow.Route(given)
		if next == nil || !next.Optional {
			break
		}
		a, ok := given.find(next)
		if ok && (a.Open || a.Again) && len(a.Values) > 0 {
			a.Open, a.Again = false, false
		} else {
			a = Answer{Step: next.ID, Skipped: true}
		}
		given = given.Give(a)
	}
	kept, _ := f.flow.Route(given)
	return kept
}

// reading is what the readers of this turn know.
func (f *sheet) reading() *reading {
	x := &reading{b: f.b, lang: f.s.Lang, country: f.country(), now: time.Unix(f.in.Now, 0).UTC()}
	if f.b.clock != nil {
		if at := f.b.clock(x.country); at != nil {
			x.now = x.now.In(at)
		}
	}
	return x
}

// country is where the person is, "" when unknown.
func (f *sheet) country() string {
	v := f.d.Answers.Of(stepCountry)
	switch {
	case len(v) == 1 && len(v[0]) == 2:
		return strings.ToUpper(v[0])
	case len(v) > 0: // another one, that is not listed
		return ""
	}
	return f.s.Country
}

// give takes an answer and remembers when and where it came from.
func (f *sheet) give(x *field, a Answer) {
	a.Step = x.ID
	if f.in.Tap == nil {
		a.Message = f.in.Message
		f.d.From = append(f.d.From, f.in.Message)
	}
	f.d.Answers = f.d.Answers.Give(a)
	f.clear()
	if !a.Open {
		f.d.Edit = ""
	}
	f.d.At = f.in.Now
}

func (f *sheet) clear() { f.d.Refused, f.d.Step, f.d.Page = "", "", 0 }

// here shows the question at hand, the summary, or what comes after sending.
func (f *sheet) here(notes ...Part) Turn {
	var p Say
	kept, x := f.at()
	switch {
	case f.d.Filed:
		p = f.after()
	case x == nil:
		p = f.summary(kept)
	default:
		p = f.ask(kept, x)
	}
	p.Parts = append(notes, p.Parts...)
	p.Slot = "form"
	return Turn{Session: f.s, Say: []Say{p}}
}

// ask is a question with its options and the ways around it.
func (f *sheet) ask(kept Answers, x *field) Say {
	p := Say{Parts: []Part{{Key: Key(x.base)}}}
	if x.turn > 1 {
		p.Parts[0] = Part{Key: "lf_turn", Args: map[string]any{"number": x.turn, "text": Key(x.base)}}
	}
	if x.reads != nil {
		p.Parts = append(p.Parts, Part{Key: Key(x.base + "_hint"), Under: true})
	}
	old, had := f.d.Answers.find(&x.Step)
	had = had && len(old.Values) > 0
	if had {
		p.Parts = append(p.Parts, Part{Key: "ff_so_far"})
		for i, v := range old.Values {
			p.Parts = append(p.Parts, Part{Key: "item", Args: map[string]any{"text": f.value(x, v)}, Under: true, Drop: 10 + i})
		}
	}
	p.Rows = append(p.Rows, f.options(x)...)
	if x.ID == stepOffer && len(f.s.Texts) > 0 && !slices.Contains(old.Values, f.checked()) {
		p.Rows = append(p.Rows, row(button("tf_take", x.ID, takeCase)))
	}
	if f.d.Refused != "" && f.d.Step == x.ID {
		p.Rows = append(p.Rows, row(button("ff_keep_typed", x.ID, keepTyped)))
	}
	switch {
	case had && (x.Many || x.grows):
		p.Rows = append(p.Rows, row(button("btn_next", x.ID, keepOld)))
	case had && (old.Again || f.d.Edit == x.ID):
		p.Rows = append(p.Rows, row(button("ff_keep", x.ID, keepOld)))
	}
	var ways []Button
	if len(kept) > 0 || f.d.Edit != "" {
		ways = append(ways, button("btn_back", x.ID, Back))
	}
	if x.Optional && !(had && old.Open) {
		ways = append(ways, button("btn_skip", x.ID, Skip))
	}
	p.Rows = append(p.Rows, append(ways, button("btn_stop", x.ID, Stop)))
	if len(kept) >= startsAt && f.d.Edit == "" {
		p.Rows = append(p.Rows, row(button("ff_short", x.ID, toEnd)))
	}
	return p
}

// checked is the case that was checked, as an offer.
func (f *sheet) checked() string { return cutTo(strings.Join(f.s.Texts, "\n"), longestOpening) }

// startsAt is after how many answers one may go to the end at once.
const startsAt = 3

// The values of buttons beside Back, Skip and Stop.
const (
	keepTyped = "typed" // what was not understood is kept as it is
	keepOld   = "keep"  // what was answered before stays
	toEnd     = "end"
	takeCase  = "take" // the case that was checked is the offer
)

// options are the buttons that answer a question.
func (f *sheet) options(x *field) [][]Button {
	options := x.Options
	if x.long {
		last := (len(options) - 1) / countriesPerPage
		page := min(max(f.d.Page, 0), last)
		options = options[page*countriesPerPage : min((page+1)*countriesPerPage, len(options))]
		return append(turned(f.rowsOf(x, options), x.ID, page, last), row(button("ff_country_other", x.ID, "other")))
	}
	return f.rowsOf(x, options)
}

func (f *sheet) rowsOf(x *field, options []string) [][]Button {
	old := f.d.Answers.Of(x.ID)
	var all []Button
	for _, o := range options {
		if x.long && o == "other" {
			continue
		}
		b := button(x.label(o), x.ID, o)
		if x.Many && slices.Contains(old, o) {
			continue // it stands above
		}
		all = append(all, b)
	}
	return slices.Collect(slices.Chunk(all, max(1, x.wide)))
}

// label is the key of an option.
func (x *field) label(option string) Key {
	switch {
	case x.long && len(option) == 2:
		return Key("country_" + strings.ToUpper(option))
	case x.long:
		return "ff_country_other"
	case slices.Contains([]string{"yes", "no", "other", "unknown"}, option):
		return Key("ff_" + option)
	}
	return Key(x.base + "_" + option)
}

// value is an answer as it is shown: an option by its label, what was typed as it
// was understood.
func (f *sheet) value(x *field, v string) any {
	if slices.Contains(x.Options, v) {
		return x.label(v)
	}
	return Quote(quote(shown(f.s.Lang, strings.TrimPrefix(v, unsure)), quoteRunes))
}

// unsure stands before a value that was kept although it was not understood.
const unsure = "?"

// tap takes a button.
func (f *sheet) tap() Turn {
	tap := f.in.Tap
	if tap.Step == stepForm {
		return f.control(tap.Value)
	}
	kept, x := f.at()
	if f.d.Filed || x == nil || x.ID != tap.Step {
		return f.b.stale(f.s)
	}
	old, _ := f.d.Answers.find(&x.Step)
	switch v := tap.Value; {
	case v == Stop:
		return f.stop()
	case v == toEnd:
		f.d.Short, f.d.At = true, f.in.Now
		f.clear()
	case v == Back && f.d.Edit != "":
		f.d.Edit = ""
		f.clear()
	case v == Back && len(kept) > 0:
		last, _ := f.d.Answers.find(&Step{ID: kept[len(kept)-1].Step})
		last.Again, last.Skipped = true, false
		f.d.Answers = f.d.Answers.Give(last)
		f.clear()
	case v == Skip && old.Open && len(old.Values) > 0: // what was chosen before stays
		old.Open = false
		f.give(x, old)
	case v == Skip && x.Optional:
		f.give(x, Answer{Skipped: true})
	case v == keepOld && len(old.Values) > 0:
		old.Open, old.Again = false, false
		f.give(x, old)
	case v == keepTyped && f.d.Refused != "" && f.d.Step == x.ID && x.reads != nil:
		if h := x.reads(f.reading(), f.d.Refused); h.wrong == "" { // it was only too long
			f.add(x, h.value)
		} else {
			f.add(x, unsure+f.d.Refused)
		}
	case v == takeCase && x.ID == stepOffer && len(f.s.Texts) > 0:
		f.add(x, f.checked())
	case x.long && strings.HasPrefix(v, "page_"):
		f.d.Page = atoi(strings.TrimPrefix(v, "page_"))
		t := f.here()
		t.Say[0].Edit = tap.Message
		return t
	case slices.Contains(x.Options, v) && x.Many:
		values := slices.Clone(old.Values)
		if !slices.Contains(values, v) {
			values = append(values, v)
		}
		f.give(x, Answer{Values: values, Open: true})
	case slices.Contains(x.Options, v):
		if x.ID == stepCountry && v != "other" {
			f.s.Country = strings.ToUpper(v)
		}
		f.give(x, Answer{Values: []string{v}})
		return f.chosen(x, v)
	default:
		return f.b.stale(f.s)
	}
	return f.here()
}

// add takes a value: the answer, or one more of several.
func (f *sheet) add(x *field, v string) {
	old, _ := f.d.Answers.find(&x.Step)
	if !x.grows {
		f.give(x, Answer{Values: []string{v}})
		return
	}
	values := slices.Clone(old.Values)
	if !slices.Contains(values, v) && len(values) < mostParts {
		values = append(values, v)
	}
	f.give(x, Answer{Values: values, Open: true})
}

// chosen is what follows from some answers beside the next question.
func (f *sheet) chosen(x *field, v string) Turn {
	switch {
	case x.ID == stepCountry:
		if !f.office().Known {
			t := Turn{Say: []Say{f.b.noOffice(f.country())}}
			if f.d.Kind == Loss && f.b.acts != nil { // what to do now is said all the same
				t.Say = append([]Say{f.b.firstHour(f.country(), "", false)}, t.Say...)
			}
			f.s.Draft, f.s.Flow = nil, ""
			t.Session = f.s
			return t
		}
		t := f.here()
		if f.d.Kind == Loss {
			t.Say = append([]Say{f.b.firstHour(f.country(), "", false)}, t.Say...)
		}
		return t
	case x.ID == "lf_way_1" && called(v) != "act_bank": // said when it is known
		return f.here(Part{Key: called(v)})
	case x.ID == "lf_paying" && v == "yes":
		return f.here(Part{Key: "lf_stop_paying"})
	case x.ID == "lf_recovery" && v == "yes":
		return f.here(Part{Key: "act_recovery"})
	}
	return f.here()
}

// message takes what was typed or sent while a report is written.
func (f *sheet) message() Turn {
	in := f.in
	text := clean(in.Text)
	if f.d.Filed {
		return f.evidence()
	}
	_, x := f.at()
	if w := sent(in.Files); w != "" && (x == nil || x.ID != stepOffer || !readable(fullText(in))) {
		if w != wrongPicture || !readable(text) || x == nil || x.reads == nil {
			return f.here(Part{Key: w})
		}
		// What stands under a picture is an answer; the picture comes later.
	}
	switch {
	case x != nil && x.ID == stepOffer:
		text = fullText(in)
	case !readable(text):
		return f.here(Part{Key: wrongTap})
	}
	if x == nil || x.reads == nil {
		return f.here(Part{Key: wrongTap})
	}
	h := x.reads(f.reading(), text)
	switch {
	case h.wrong == wrongLong:
		f.d.Refused, f.d.Step = cutTo(text, longest(x)-10), x.ID
		return f.here(Part{Key: wrongLong, Args: map[string]any{"count": runes([]string{text}), "most": longest(x)}})
	case h.wrong == wrongCode:
		t := f.here(Part{Key: wrongCode})
		t.Wipe = wiped(in.Message)
		return t
	case h.wrong != "":
		f.d.Refused, f.d.Step = cutTo(text, longestLine), x.ID
		f.d.From = append(f.d.From, in.Message)
		return f.here(Part{Key: h.wrong})
	}
	f.add(x, h.value)
	if slices.ContainsFunc(in.Files, isProof) && x.ID != stepOffer {
		return f.here(Part{Key: wrongPicture})
	}
	return f.here()
}

func longest(x *field) int {
	if x.base == stepStory {
		return longestStory
	}
	return longestLine
}

// sent names what was sent where words are asked, "" for nothing.
func sent(files []File) Key {
	for _, f := range files {
		switch {
		case f.Size > mostFile:
			return wrongLarge
		case f.Kind == "location":
			return wrongPlace
		case f.Kind == "voice" || f.Kind == "video":
			return wrongVoice
		case f.Kind == "photo" || f.Kind == "document":
			return wrongPicture
		case f.Kind == "sticker":
			return wrongTap
		}
	}
	return ""
}

// edited takes the change of a message that was an answer.
func (f *sheet) edited() (Turn, bool) {
	for _, a := range f.d.Answers {
		if a.Message == 0 || a.Message != f.in.Message || f.d.Filed {
			continue
		}
		x := f.field(a.Step)
		text := clean(f.in.Text)
		if x == nil || x.reads == nil || x.grows || !readable(text) {
			return Turn{}, false
		}
		h := x.reads(f.reading(), text)
		if h.wrong != "" {
			return f.here(Part{Key: h.wrong, Args: map[string]any{"count": runes([]string{text}), "most": longest(x)}}), true
		}
		a.Values = []string{h.value}
		f.d.Answers, f.d.At = f.d.Answers.Give(a), f.in.Now
		return f.here(Part{Key: "ff_changed"}), true
	}
	return Turn{}, false
}

// stop leaves the report for later.
func (f *sheet) stop() Turn {
	f.s.Flow = ""
	f.clear()
	if len(f.counted()) == 0 || !slices.ContainsFunc(f.d.Answers, func(a Answer) bool { return !a.Skipped }) {
		f.s.Draft = nil
		return Turn{Session: f.s, Say: []Say{stopped()}}
	}
	return Turn{Session: f.s, Say: []Say{say("ff_stopped").rows(
		row(button("ff_go_on", stepGo, "resume")), row(button("ff_throw", stepForm, "throw")))}}
}

// formKeys are all messages of the reports that are written in an ordinary talk.
func (b *Book) formKeys() []Key {
	keys := []Key{
		wrongDate, wrongDay, wrongFuture, wrongPast, wrongWords, wrongMoney, wrongNoMoney, wrongWallet, wrongNoWallet, wrongHash,
		wrongAccount, wrongPhone, wrongEmail, wrongSite, wrongLong, wrongCode, wrongVoice, wrongPicture, wrongPlace, wrongTap,
		wrongLarge, wrongMany, "lines_loss", "lines_scam", "lines_work", "lines_from", "lines_from_ask", "line_inside", "lf_hello", "tf_hello", "lf_turn", "lf_begin", "tf_begin", "tf_take", "lf_stop_paying", "act_heading", "act_bank", "lf_how", "lf_all_steps", "lf_less", "lf_where", "lf_call_card", "lf_call_crypto", "lf_call_gift", "lf_call_cash", "ff_added_words", "lf_said", "lf_now",
		"pk_l_when", "pk_l_amount", "pk_l_bank", "pk_l_account", "pk_l_to", "pk_l_hash", "pk_l_exchange", "act_recovery",
		"ff_yes", "ff_no", "ff_other", "ff_unknown", "ff_country_other", "ff_so_far", "ff_keep", "ff_keep_typed", "ff_short", "ff_stopped", "ff_go_on",
		"ff_throw", "ff_thrown", "ff_changed", "ff_reader", "ff_open", "ff_opens", "ff_closed", "ff_summary", "ff_summary_none", "ff_line",
		"ff_sealed", "ff_more", "ff_send", "ff_too_many", "ff_kept", "ff_sent", "ff_order", "ff_files", "ff_after", "ff_remind",
		"ff_calm", "ff_calmed", "ff_reminded", "ff_erase", "ff_erase_ask", "ff_erase_yes", "ff_erase_no", "ff_erased", "ff_done", "ff_bye",
		"ff_not_added", "ff_added", "ff_entry", "ff_have_number", "ff_no_office", "ff_number_ask", "ff_number_form", "ff_number_slow",
		"ff_number_wrong", "ff_letter", "ff_no_letter", "ff_ends",
		"pk_offer", "pk_bank", "pk_page", "pk_table", "pk_gone", "pk_is_gone", "pk_bank_text", "pk_bank_payment", "pk_bank_line", "pk_bank_ask",
		"pk_bank_never", "pk_page_note", "pk_table_note", "pk_title", "pk_made", "pk_payments", "pk_total", "pk_name_line", "pk_unsure", "pk_currency",
	}
	keys = append(keys, withins()...)
	for _, x := range append(b.lossFields(), b.tipFields()...) {
		keys = append(keys, Key(x.base))
		if x.reads != nil {
			keys = append(keys, Key(x.base+"_hint"))
		}
		for _, o := range x.Options {
			keys = append(keys, x.label(o))
		}
	}
	return keys
}
