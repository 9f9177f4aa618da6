package flows

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/offercheck/offercheck/flows/check"
)

// The wishes of a danger talk in Session.Flow.
const (
	flowDanger = "danger" // the questions are on
	flowOrder  = "order"  // somebody wants back into a case
	flowMail   = "mail"   // its mailbox is open
)

const (
	// longestOpening is how much is kept of the words that opened the door.
	longestOpening = 8000
	// orderKept is for how many seconds an order number can be shown again.
	orderKept = 24 * 60 * 60
	// mostFile is the size of a file that can still be fetched.
	mostFile = 20 << 20
)

// opens says whether reports from people in danger are taken in the language of a
// chat.
func (b *Book) opens(s Session) bool { return b.door != nil && b.door(s.Lang) }

// leads says whether the neutral button leads anywhere: to a report or, where none
// is taken in this language, to public lines.
func (b *Book) leads(s Session) bool { return b.opens(s) || b.held != nil }

// doors are the languages in which reports from people in danger are taken.
func (b *Book) doors() []Language {
	if b.door == nil {
		return nil
	}
	return slices.DeleteFunc(slices.Clone(b.languages), func(l Language) bool { return !b.door(l.Code) })
}

func (s Session) live() bool { return s.Report != nil && s.Report.Kind == Compound && s.Report.Live }

// calls takes words in the first person that say somebody is held: they open
// the door and are taken away. What was forwarded, quoted or read from a picture
// is not the person's own, and then a neutral button is all there is.
func (b *Book) calls(s Session, in Input) (Turn, bool) {
	text := clean(in.Text)
	if in.Forwarded || !readable(text) || !b.leads(s) {
		return Turn{}, false
	}
	v := b.judge(check.Case{Texts: []string{text}})
	if v.Outcome != check.Danger {
		return Turn{}, false
	}
	t := b.cried(s, in, text)
	t.Verdict = &v
	return t, true
}

// cried answers a cry: the door opens and the words go into a case at once.
// What the person sent in the same moment stands beside it and goes with it.
// Read late nothing is said: nobody knows who holds the phone by now.
func (b *Book) cried(s Session, in Input, text string) Turn {
	wipe := []int{in.Message}
	if near(s.Last, in.Sent) {
		var beside []string
		for i, id := range s.From {
			if id != in.Message {
				beside, wipe = append(beside, s.Texts[i]), append(wipe, id)
			}
		}
		album := s.Album
		text = joined(strings.Join(beside, "\n"), text)
		s = s.fresh()
		s.Album = album
	}
	return b.openedBy(s, in, text, wipe)
}

// openedBy opens the door with words that are taken away.
func (b *Book) openedBy(s Session, in Input, text string, wipe []int) Turn {
	in.Files = s.beside(in)
	var t Turn
	if in.Late {
		t = b.criedLate(s, in, text)
	} else {
		t = b.enter(s, in, 0, text)
		if b.despairing(text) {
			t.Say = []Say{b.talk(t.Session, Input{}).warm()}
		}
	}
	for _, f := range in.Files {
		wipe = append(wipe, f.Message)
	}
	t.Wipe, t.Session.Album = wiped(append(wipe, in.Message)...), nil
	if t.Report != nil { // their messages go when the files are sealed
		for _, f := range t.Report.Files {
			t.Wipe = slices.DeleteFunc(t.Wipe, func(id int) bool { return id == cmp.Or(f.Message, in.Message) })
		}
	}
	return t
}

// coming keeps the files of an album that is still coming.
func (b *Book) coming(s Session, in Input, t Turn) Turn {
	files := proofs(in.Files)
	if in.Album == "" || len(files) == 0 || in.Forwarded || in.Edited || t.Session.live() || len(t.Wipe) > 0 || t.Report != nil || !b.leads(s) {
		return t
	}
	a := &Album{ID: in.Album}
	if s.Album != nil {
		a.Files = slices.Clone(s.Album.Files)
	}
	for _, f := range files {
		if f.Text, f.Unread, f.Message = "", "", in.Message; len(a.Files) < mostFiles {
			a.Files = append(a.Files, f)
		}
	}
	t.Session.Album = a
	return t
}

// beside are the files of an input, and those of its album that came before.
func (s Session) beside(in Input) []File {
	files := slices.Clone(in.Files)
	if s.Album != nil && in.Album == s.Album.ID {
		files = append(files, s.Album.Files...)
	}
	return files
}

// criedLate makes a case of its own of a cry that was read late. Where nobody
// takes one it waits for the next time the door opens.
func (b *Book) criedLate(s Session, in Input, text string) Turn {
	r := Report{Kind: Compound}
	if s.Report != nil && s.Report.Kind == Compound {
		r = *s.Report
	}
	s.Quiet = true
	if !b.opens(s) { // nobody takes it in this language, and nothing is kept
		return Turn{Session: s}
	}
	r.Opening = cutTo(joined(r.Opening, text), longestOpening)
	s.Report = &r
	k := b.talk(Session{Lang: s.Lang, Report: &r}, in) // what was answered in a check is no part of it
	if !k.begun() {
		return Turn{Session: s}
	}
	k.take(small(proofs(in.Files)))
	s.Report, k.f.End = r.kept(), true
	return Turn{Session: s, Report: k.filing()}
}

// callsTogether is the same for words in several messages of one case.
func (b *Book) callsTogether(t Turn, in Input) Turn {
	s := t.Session
	if t.Verdict == nil || t.Verdict.Outcome != check.Danger || s.Quoted || in.Forwarded || len(s.Texts) == 0 || !b.leads(s) {
		return t
	}
	f := s.fresh()
	f.Album = s.Album
	n := b.openedBy(f, in, strings.Join(s.Texts, "\n"), s.From)
	n.Verdict = t.Verdict
	return n
}

// enter opens the door: the first card, in the place of a message that is there
// or, without one, of a start card that is sent first. A check in hand is
// forgotten. The words that opened it are the first answer: where somebody takes
// them they are a case before anything was tapped.
func (b *Book) enter(s Session, in Input, message int, opening string) Turn {
	n := s.fresh()
	was := &Report{}
	if r := s.Report; r != nil && r.Kind == Compound && !r.Live {
		was, opening = r, joined(r.Opening, opening)
	}
	n.Flow, n.Quiet = flowDanger, true
	n.Report = &Report{Kind: Compound, Live: true, Card: message, Opening: cutTo(opening, longestOpening)}
	n.Report.Kept, n.Report.Till = was.Kept, was.Till
	if !b.opens(s) {
		n.Report.Lines, n.Report.Opening = true, ""
	}
	if in.Tap == nil { // its other messages are on their way
		n.Report.Since, n.Report.Album = in.Sent, in.Album
	} else {
		n.Report.Last = LastTap{in.Now, in.Tap.Nonce, tapped(in.Tap)}
	}
	k := b.talk(n, in)
	if n.Report.Opening != "" && k.begun() {
		k.take(small(proofs(in.Files)))
	}
	return Turn{Session: n, Say: []Say{k.here()}, Report: k.filing()}
}

// Cover ends a danger talk from outside: its time ran out, or an update could
// not be read. The card becomes the start card, the same bytes as for everybody.
func (b *Book) Cover(s Session) Turn {
	s = s.copy()
	if !s.live() {
		return Turn{Session: s}
	}
	t := b.leave(s, nil)
	t.Session.Nonce = nonceAfter(s.Nonce, 0)
	return t
}

// leave covers the card and forgets the talk. What was sealed stays sealed;
// nothing is announced.
func (b *Book) leave(s Session, f *Filing) Turn {
	r := s.Report
	t := Turn{Session: s.fresh()}
	t.Session.Report, t.Session.Quiet = nil, true
	if f == nil || !f.Erase { // all of an erased case goes
		if r.Order != "" && r.Both {
			r.Kept, r.Till = r.Order, r.Until
		}
		t.Session.Report = r.kept()
	}
	if f != nil || r.Filed {
		if f == nil {
			f = &Filing{}
		}
		f.Kind, f.End = Compound, true
		t.Report = f
	}
	if r.Card != 0 && !r.Gap {
		t.Say = []Say{b.cover(s)}
	}
	return t
}

// kept is what stays of a talk that is over: an order number that its pictures can
// show again, nil for nothing.
func (r *Report) kept() *Report {
	if r.Kept == "" {
		return nil
	}
	return &Report{Kind: Compound, Kept: r.Kept, Till: r.Till}
}

// cover is the start card in the place of the danger card.
func (b *Book) cover(s Session) Say {
	c := b.start()
	c.Edit, c.Cover, c.Silent = s.Report.Card, true, true
	return c
}

// stranger covers the card and answers as a bot that knows nothing.
func (b *Book) stranger(s Session, in Input) Turn {
	left := b.leave(s, nil)
	in.Found = nil
	t := b.plain(left.Session, in)
	t.Say = append(left.Say, t.Say...)
	if t.Report == nil {
		t.Report = left.Report
	}
	return t
}

// talk is one turn of a danger talk that is on.
type talk struct {
	b    *Book
	s    Session
	in   Input
	f    Filing
	form *Flow
	all  []card
}

func (b *Book) talk(s Session, in Input) *talk {
	k := &talk{b: b, s: s, in: in}
	k.form, k.all = s.Report.form()
	if in.Refused != "" {
		k.lost()
	}
	if s.Report.Order != "" && in.Now > s.Report.Until {
		s.Report.Order = ""
	}
	return k
}

// danger answers an input while the talk is on: the live card's own buttons,
// words where words are asked, and the way out. Anything else meets a bot that
// knows nothing.
func (b *Book) danger(s Session, in Input) Turn {
	k := b.talk(s, in)
	switch {
	case in.Late:
		return k.late()
	case s.Report.Gap:
		return b.stranger(s, in)
	case in.Tap != nil:
		if t, ok := k.tap(); ok {
			if t.Session.live() && redrawn(t) { // the buttons before are old now
				t.Session.Report.Last = LastTap{in.Now, in.Tap.Nonce, tapped(in.Tap)}
			}
			return t
		}
	case k.leaves():
		t := b.leave(s, nil)
		t.Wipe = wiped(in.Message)
		return t
	case in.Command == "":
		if t, ok := k.words(); ok {
			return t
		}
	}
	return b.stranger(s, in)
}

// late seals what was done while nobody could read it and covers the card:
// by now somebody else may hold the phone. Nothing is sent.
func (k *talk) late() Turn {
	in, r := k.in, k.s.Report
	text := clean(in.Text)
	own := in.Command == "" && !in.Forwarded && in.Tap == nil
	if k.leaves() {
		t := k.b.leave(k.s, nil)
		t.Wipe = wiped(in.Message)
		return t
	}
	var t Turn
	switch {
	case in.Tap != nil && !r.Gap:
		if left, ok := k.tap(); ok && !left.Session.live() {
			left.Say = slices.DeleteFunc(left.Say, func(s Say) bool { return !s.Cover })
			return left
		}
	case own && k.ownOrder(text): // it is sealed nowhere
		t.Wipe = wiped(in.Message)
	case own && readable(text):
		k.keep(text)
		t.Wipe = wiped(in.Message)
	}
	if r.Opening != "" || own && len(proofs(in.Files)) > 0 {
		k.begun()
	}
	if own && r.Filed {
		k.take(proofs(in.Files))
	}
	if len(k.f.Files) > 0 {
		t.Wipe = nil // it goes when the file is sealed
	}
	t.Session, t.Report = k.s, k.filing()
	if !r.Gap && r.Card != 0 {
		t.Say = []Say{k.b.cover(k.s)}
	}
	r.Gap = true
	return t
}

// leaves says whether something typed is the way out.
func (k *talk) leaves() bool {
	if k.in.Command != "" {
		return k.in.Command == "exit"
	}
	if k.in.Tap != nil || k.in.Forwarded || len(k.in.Files) > 0 {
		return false
	}
	switch strings.ToLower(digits(strings.TrimSpace(k.in.Text))) {
	case "x", "ｘ", "exit":
		return true
	case "0":
		_, c := k.at()
		return k.s.Flow != flowOrder && (c == nil || !c.number)
	}
	return false
}

// at is where the talk stands: the answers that count and the question at hand.
func (k *talk) at() (Answers, *card) {
	kept, next := k.form.Route(k.s.Answers)
	if next == nil {
		return kept, nil
	}
	return kept, k.card(next.ID)
}

func (k *talk) card(id string) *card {
	i := slices.IndexFunc(k.all, func(c card) bool { return c.ID == id })
	if i < 0 {
		return nil
	}
	return &k.all[i]
}

// office is who would read the report as it stands.
func (k *talk) office() Office {
	kept, _ := k.form.Route(k.s.Answers)
	if told := facts(kept); k.s.Report.Lines {
		return Office{Lines: k.b.held(told[TapCountry], told[TapNationality])}
	}
	if k.b.office == nil {
		return Office{}
	}
	o := k.b.office(Compound, facts(kept), k.in.Now)
	o.Known = o.Known && k.in.Refused == ""
	return o
}

// seal adds a part and names it.
func (k *talk) seal(step, replaces string, values ...string) string {
	r := k.s.Report
	r.Parts++
	part := r.Run + strconv.Itoa(r.Parts)
	k.f.Entries = append(k.f.Entries, Entry{Part: part, Step: step, Values: values, Replaces: replaces})
	return part
}

// begun makes a case of the first answers as soon as somebody would take it,
// and says whether there is one.
func (k *talk) begun() bool {
	r := k.s.Report
	if r.Filed {
		return true
	}
	if !k.office().Known {
		return false
	}
	r.Filed, k.f.Begin = true, true
	k.opening()
	for i, a := range k.s.Answers {
		if a.Part == "" && len(a.Values) > 0 {
			k.s.Answers[i].Part = k.seal(a.Step, "", a.Values...)
		}
	}
	return true
}

// lost forgets that there is a case: it was not taken, or is gone. What is
// sealed nowhere has not been answered.
func (k *talk) lost() {
	k.s.Report.Filed = false
	k.s.Answers = slices.DeleteFunc(k.s.Answers, func(a Answer) bool { return len(a.Values) == 0 })
	for i := range k.s.Answers {
		k.s.Answers[i].Part = ""
	}
}

// opening seals the words that opened the door.
func (k *talk) opening() {
	if r := k.s.Report; r.Opening != "" {
		k.seal(stepWords, "", r.Opening)
		k.f.Words, r.Opening = joined(k.f.Words, r.Opening), ""
	}
}

// keep seals words that belong to no question; until somebody takes them they
// wait with those that opened the door.
func (k *talk) keep(text string) {
	if k.s.Report.Lines {
		return
	}
	if !k.begun() {
		r := k.s.Report
		r.Opening = cutTo(joined(r.Opening, text), longestOpening)
		return
	}
	k.seal(stepWords, "", cutTo(text, longestOpening))
	k.f.Words = joined(k.f.Words, text)
}

// answer takes the answer to a question that is not private into the session
// and into a part, a private one into a part only.
func (k *talk) answer(c *card, values ...string) {
	old, _ := k.s.Answers.find(&c.Step)
	a := Answer{Step: c.ID, Part: old.Part}
	if !c.Private {
		a.Values = values
	}
	if k.s.Report.Filed || c.Private {
		a.Part = k.seal(c.ID, old.Part, values...)
	}
	k.s.Answers = k.s.Answers.Give(a)
	k.begun()
}

// skip goes on without an answer, or with those chosen so far. An earlier
// answer is taken back.
func (k *talk) skip(c *card) {
	old, ok := k.s.Answers.find(&c.Step)
	switch {
	case ok && c.Many && (old.Open || old.Again) && (c.Private && old.Part != "" || len(old.Values) > 0):
		old.Open, old.Again = false, false // what was chosen before stays
		k.s.Answers = k.s.Answers.Give(old)
		return
	case old.Again && old.Part != "" && k.s.Report.Filed && old.Part != wayPart:
		k.seal(c.ID, old.Part)
	}
	k.s.Answers = k.s.Answers.Give(Answer{Step: c.ID, Skipped: true})
}

// back asks the question before again.
func (k *talk) back() bool {
	kept, _ := k.form.Route(k.s.Answers)
	if len(kept) == 0 {
		return false
	}
	last := kept[len(kept)-1]
	last.Again, last.Skipped = true, false
	k.s.Answers = k.s.Answers.Give(last)
	return true
}

// choose takes a tap on an option of the question at hand. Several may be
// chosen at some: each private one is a part of its own, and the card stays as
// it is; others are marked.
func (k *talk) choose(v string) (stays bool) {
	_, c := k.at()
	if !c.Many {
		k.answer(c, v)
		return false
	}
	old, _ := k.s.Answers.find(&c.Step)
	a := Answer{Step: c.ID, Open: true, Part: old.Part}
	if c.Private {
		replaces := ""
		if old.Again {
			replaces = old.Part
		}
		part := k.seal(c.ID, replaces, v)
		if !old.Open {
			a.Part = part
		}
		k.s.Answers = k.s.Answers.Give(a)
		return true
	}
	a.Values = slices.Clone(old.Values)
	if i := slices.Index(a.Values, v); i >= 0 {
		a.Values = slices.Delete(a.Values, i, i+1)
	} else {
		a.Values = append(a.Values, v)
	}
	a.Part = k.seal(c.ID, old.Part, a.Values...)
	k.s.Answers = k.s.Answers.Give(a)
	return false
}

// filing is what this turn adds, nil when nothing.
func (k *talk) filing() *Filing {
	f := k.f
	if len(f.Entries) == 0 && len(f.Files) == 0 && f.Way == nil && f.Contact == nil && !f.Erase && !f.Begin {
		return nil
	}
	kept, _ := k.form.Route(k.open())
	f.Kind, f.Taps = Compound, facts(kept)
	f.For = f.Taps[TapFor]
	return &f
}

// open are the answers with those that are still being chosen.
func (k *talk) open() Answers {
	out := slices.Clone(k.s.Answers)
	for i := range out {
		if out[i].Open && len(out[i].Values) > 0 {
			out[i].Open = false
		}
	}
	return out
}

// done ends the turn with the card as it stands now.
func (k *talk) done(says ...Say) (Turn, bool) {
	if r := k.s.Report; r.Warm && r.Card != 0 {
		r.Warm = false
		return k.show(k.warm(), says...)
	}
	return Turn{Session: k.s, Say: append(says, k.here()), Report: k.filing()}, true
}

// stay ends the turn and leaves the card as it is.
func (k *talk) stay(says ...Say) (Turn, bool) {
	return Turn{Session: k.s, Say: says, Report: k.filing()}, true
}

// digits writes the digits of any script as 0 to 9.
func digits(s string) string {
	return strings.Map(func(r rune) rune {
		if !unicode.IsDigit(r) {
			return r
		}
		if r >= 0x1D7CE && r <= 0x1D7FF { // five sets without a gap
			return '0' + (r-0x1D7CE)%10
		}
		zero := r
		for unicode.IsDigit(zero-1) && r-zero < 9 {
			zero--
		}
		return '0' + r - zero
	}, s)
}

// proofs are the files that may show something.
func proofs(files []File) []File {
	return slices.DeleteFunc(slices.Clone(files), func(f File) bool { return !isProof(f) })
}

// small are the files that can be fetched: one that is too large takes no other of
// its album along.
func small(files []File) []File {
	return slices.DeleteFunc(files, func(f File) bool { return f.Size > mostFile })
}

func wiped(messages ...int) []int {
	out := slices.DeleteFunc(slices.Clone(messages), func(id int) bool { return id <= 0 })
	slices.Sort(out)
	return slices.Compact(out)
}

func joined(a, b string) string { return strings.TrimSpace(a + "\n" + b) }

func cutTo(s string, most int) string {
	if utf8.RuneCountInString(s) <= most {
		return s
	}
	return cut(s, most)
}

// ours says whether a tap is on the live card as it stands.
func (k *talk) ours() bool {
	tap, r := k.in.Tap, k.s.Report
	return tap.Nonce == k.s.Nonce && tap.Nonce != "" && (r.Card == 0 || tap.Message == r.Card) && strings.HasPrefix(tap.Step, "dg_")
}

// tap takes a button of the live card; false when it is none.
func (k *talk) tap() (Turn, bool) {
	tap, r := k.in.Tap, k.s.Report
	if k.twice() {
		return k.stay()
	}
	if tap.Step == stepGo && tap.Value == "help" && tap.Message != 0 && tap.Message == r.Card && len(k.s.Answers) == 0 && k.s.Flow == flowDanger {
		return k.done() // the finger was quicker than the card
	}
	if !k.ours() {
		return Turn{}, false
	}
	if r.Card == 0 {
		r.Card = tap.Message
	}
	switch tap.Step {
	case stepLeave:
		return k.b.leave(k.s, nil), true
	case stepMean:
		if key, ok := k.meant(tap.Value); ok {
			return k.stay(pop(key))
		}
		return Turn{}, false
	case stepReader, stepLine:
		return k.truth(tap)
	case stepOrder:
		return k.order(tap)
	case stepView, stepErase:
		return k.view(tap)
	case stepTongue:
		return k.tongue(tap.Value)
	case stepBack, stepPics, stepDigits, stepLetter:
		return k.wayBack(tap)
	}
	return k.question(tap)
}

// twiceWithin is within how many seconds the same button is one tap.
const twiceWithin = 3

// twice says whether a tap is the last one once more: a finger that trembles, or
// a messenger that showed nothing yet.
func (k *talk) twice() bool {
	tap, last := k.in.Tap, k.s.Report.Last
	since := k.in.Now - last.At
	return last.At != 0 && since >= 0 && since <= twiceWithin && tap.Nonce == last.Nonce && tap.Message != 0 && tap.Message == k.s.Report.Card && tapped(tap) == last.On
}

// tapped is what is remembered of a tap, to know it again: its step, and its value
// only where that may stand in the session.
func tapped(tap *Tap) string {
	all := cards(false)
	if i := slices.IndexFunc(all, func(c card) bool { return c.ID == tap.Step }); tap.Step == stepGo || i >= 0 && !all[i].Private {
		return tap.Step + "." + tap.Value
	}
	return tap.Step
}

// question takes a tap on the question at hand.
func (k *talk) question(tap *Tap) (Turn, bool) {
	kept, c := k.at()
	if tap.Step == stepWay && k.s.Report.Filed && (c == nil || k.s.Report.Order != "") {
		c = k.card(stepWay) // offered once more at the end, and pictures beside a number
	}
	if k.s.Flow != flowDanger || c == nil || c.ID != tap.Step || k.s.Report.Order != "" && tap.Step != stepWay || c.Private && !k.s.Report.Filed {
		return Turn{}, false
	}
	if k.s.Report.Order != "" {
		return k.setWay(c, tap.Value)
	}
	switch v := tap.Value; {
	case v == Back && k.back():
		return k.done()
	case v == Skip && c.Optional:
		k.skip(c)
		return k.done()
	case c.dial && c.ID == stepWay:
		return k.setWay(c, v)
	case c.dial:
		return k.setReach(c, v, facts(kept)[TapCountry])
	case !slices.Contains(c.Options, v):
		return Turn{}, false
	case c.ID == stepPhone && v == "no":
		k.answer(c, v)
		return k.b.leave(k.s, k.filing()), true
	case k.choose(v):
		return k.stay(pop("dgp_noted"))
	case c.Private:
		return k.done(pop("dgp_noted"))
	}
	return k.done()
}

// words takes what is typed or sent where it is asked for, and words of danger
// anywhere: sealed, taken away, never shown again.
func (k *talk) words() (Turn, bool) {
	text, in, r := clean(k.in.Text), k.in, k.s.Report
	if k.s.Flow == flowOrder {
		if t, ok := k.typedOrder(text); ok {
			return t, true
		}
	}
	if k.ownOrder(text) {
		t, ok := k.stay()
		t.Wipe = wiped(in.Message)
		return t, ok
	}
	_, c := k.at()
	asked := k.s.Flow == flowDanger && c != nil && r.Filed && r.Order == ""
	if asked && c.files != nil && len(in.Files) > 0 && !slices.ContainsFunc(in.Files, func(f File) bool { return !c.files(f) }) {
		t, ok := k.sent(c, text)
		return k.comforted(t, text), ok
	}
	if k.joins() {
		return k.join(text)
	}
	if in.Forwarded || !readable(text) {
		return Turn{}, false
	}
	if asked && c.taken && len(in.Files) == 0 && !k.b.greeting(text) {
		return k.typed(c, text)
	}
	despair := k.b.despairing(text)
	if !despair && k.b.judge(check.Case{Texts: []string{text}}).Outcome != check.Danger {
		return Turn{}, false
	}
	return k.join(text)
}

// joins says whether a message belongs to the cry that opened the door: a part
// of its album, or sent in the same moment while nothing was answered yet.
func (k *talk) joins() bool {
	r, in := k.s.Report, k.in
	if in.Forwarded || r.Since == 0 && r.Album == "" {
		return false
	}
	return in.Album != "" && in.Album == r.Album || k.s.Flow == flowDanger && len(k.s.Answers) == 0 && near(r.Since, in.Sent)
}

// join seals a message that answers no question, and leaves the card as it is.
func (k *talk) join(text string) (Turn, bool) {
	said := text
	for _, f := range k.in.Files {
		if f.Kind == "location" { // a place on the map
			said = joined(said, clean(f.Text))
		}
	}
	if readable(said) {
		k.keep(said)
	}
	if files := proofs(k.in.Files); len(files) > 0 && k.begun() {
		k.take(files)
	}
	t, ok := k.stay()
	if len(k.f.Files) == 0 { // otherwise it goes when the file is sealed
		t.Wipe = wiped(k.in.Message)
	}
	return k.comforted(t, text), ok
}

// comforted puts whom to call first after words of somebody who no longer wants
// to live, on the card or, while that is not there, on the next one.
func (k *talk) comforted(t Turn, text string) Turn {
	if !k.b.despairing(text) {
		return t
	}
	if r := t.Session.Report; r.Card == 0 {
		r.Warm = true
		return t
	}
	t.Say = []Say{k.warm()}
	return t
}

// typed seals an answer in words.
func (k *talk) typed(c *card, text string) (Turn, bool) {
	k.f.Words = text
	if c.names {
		k.f.Values = k.valuesIn(text)
	}
	if c.Many {
		old, _ := k.s.Answers.find(&c.Step)
		replaces := ""
		if old.Again {
			replaces = old.Part
		}
		part := k.seal(c.ID, replaces, text)
		if !old.Open {
			old = Answer{Step: c.ID, Part: part, Open: true}
		}
		k.s.Answers = k.s.Answers.Give(old)
		t, ok := k.stay() // it vanishes, and that says enough
		t.Wipe = wiped(k.in.Message)
		return k.comforted(t, text), ok
	}
	k.answer(c, text)
	t, ok := k.done()
	t.Wipe = wiped(k.in.Message)
	return k.comforted(t, text), ok
}

// sent takes files where they are asked for: a place on the map is an answer,
// evidence is fetched and sealed by who takes the turn, and deleted after.
func (k *talk) sent(c *card, text string) (Turn, bool) {
	if c.taken { // a place on the map
		var at []string
		for _, f := range k.in.Files {
			if p := clean(f.Text); p != "" {
				at = append(at, p)
			}
		}
		if readable(text) {
			at = append(at, text)
		}
		if len(at) == 0 {
			return Turn{}, false
		}
		k.answer(c, at...)
		t, ok := k.done()
		t.Wipe = wiped(k.in.Message)
		return t, ok
	}
	if !k.take(k.in.Files) {
		says := k.ask(c)
		says.Parts = append(says.Parts, Part{Key: "dg_large"})
		return Turn{Session: k.s, Say: []Say{says}, Wipe: wiped(k.in.Message)}, true
	}
	if readable(text) {
		k.seal(stepWords, "", text)
		k.f.Words = text
	}
	old, _ := k.s.Answers.find(&c.Step)
	if !old.Open {
		k.s.Answers = k.s.Answers.Give(Answer{Step: c.ID, Part: k.seal(c.ID, "", strconv.Itoa(len(k.f.Files))), Open: true})
	}
	return k.stay()
}

// take puts files into the filing; false when one is too large to be fetched.
func (k *talk) take(files []File) bool {
	for _, f := range files {
		if f.Size > mostFile {
			return false
		}
	}
	for _, f := range files {
		f.Text, f.Unread = "", ""
		k.f.Files = append(k.f.Files, f)
	}
	return true
}

// valuesIn are the ways to reach whoever lured, to link cases by.
func (k *talk) valuesIn(text string) []Value {
	kinds := map[string]string{
		"btc": "wallet", "eth": "wallet", "tron": "wallet", "sol": "wallet", "telegram": "handle", "whatsapp": "handle", "line": "handle",
		"phone": "phone", "email": "email", "url": "url", "domain": "domain",
	}
	var out []Value
	for _, e := range k.b.judge(check.Case{Texts: []string{text}}).Entities {
		if kind := kinds[e.Type]; kind != "" && e.Valid && !slices.Contains(out, Value{kind, e.Value}) {
			out = append(out, Value{kind, e.Value})
		}
	}
	return out
}
