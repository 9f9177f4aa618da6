package flows

import (
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/offercheck/offercheck/flows/check"
)

// Language is one a person can choose: its code and its own name.
type Language struct{ Code, Name string }

// With is what a Book works with.
type With struct {
	Judge    func(check.Case) check.Verdict // (*check.Checker).Case
	Greeting func(text string) bool         // (*check.Checker).Greeting
	// Languages are those offered, Match the first of the preferred codes that
	// is among them or a default. Match sees the messenger's code, never a text.
	Languages []Language
	Match     func(prefs ...string) string
	Lines     []Line
	// Door says whether reports from people in danger are taken and may be
	// talked about in a language; nil for never.
	Door func(lang string) bool
	// Office says who reads a report of a kind with these taps, and which
	// public lines fit; nil when nobody takes reports.
	Office func(kind string, taps map[string]string, now int64) Office
	// Held are the public lines for somebody who is held in a country, from another
	// one or "", the one to try first at the top: shown on a card where no report
	// can be taken; nil when none are known.
	Held func(country, nationality string) []Line
	// Crisis are the lines of a country for somebody who no longer wants to
	// live, the most fitting first; nil when none are known.
	Crisis func(country string) []Line
	// Despair says whether a text speaks of ending one's own life; nil for never.
	Despair func(text string) bool
	// Lost says whether somebody tells that they lost money to a scam; nil for never.
	Lost func(text string) bool
	// Actions are the steps of the first hour after a loss in a country; nil
	// when none are known.
	Actions func(country string) Actions
	// Help are the public lines for what happened (LineScam, LineLoss, LineWork)
	// to somebody in a country, from another one or "", the one to try first at
	// the top; nil for those of the country alone.
	Help func(what, country, from string) []Line
	// Clock is the clock of a country, nil for UTC.
	Clock func(country string) *time.Location
}

// Book holds the conversations. It is read-only and safe for concurrent use.
type Book struct {
	judge     func(check.Case) check.Verdict
	greeting  func(string) bool
	languages []Language
	match     func(...string) string
	lines     []Line
	countries []string
	questions []question
	door      func(string) bool
	office    func(string, map[string]string, int64) Office
	held      func(country, nationality string) []Line
	crisis    func(string) []Line
	despair   func(string) bool
	lost      func(string) bool
	acts      func(string) Actions
	help      func(what, country, from string) []Line
	clock     func(string) *time.Location
}

// New makes the conversations.
func New(w With) *Book {
	b := &Book{judge: w.Judge, greeting: w.Greeting, languages: w.Languages, match: w.Match, questions: questions()}
	b.door, b.office, b.held, b.crisis, b.despair = w.Door, w.Office, w.Held, w.Crisis, w.Despair
	b.acts, b.clock, b.help, b.lost = w.Actions, w.Clock, w.Help, w.Lost
	b.lines, b.countries = publicLines(w.Lines)
	return b
}

// What Session.Flow can be. It names a questionnaire or a wish, not a place in
// it.
const (
	flowQuestions = "questions" // the guided questions are on
	flowMore      = "more"      // the next message belongs to the case
)

// The steps of buttons that are no question.
const (
	stepGo     = "go"     // opens something; works on any message, however old
	stepLang   = "lang"   // value: a language code
	stepLines  = "lines"  // value: a country, or page_<n>
	stepResult = "res"    // belongs to the result it hangs on
	stepDelete = "delete" // yes or no
)

// Anytime says whether a step's buttons work on any message, however old. They
// need no nonce, so cards made of them are the same for everybody.
func Anytime(step string) bool {
	return step == stepGo || step == stepLang || step == stepLines || step == stepCrisis || step == stepFirst || step == stepGone || step == stepCalm
}

// The limits of one case.
const (
	mostParts = 20
	mostRunes = 16000
	// longestPart is the most of one file that is read; no message is so long.
	longestPart = 64000
	// together is within how many seconds messages are taken for one case.
	together = 15
)

// Turn answers one input. It is pure: the same session and input give the same
// turn. In a group it says nothing unless called.
func (b *Book) Turn(s Session, in Input) Turn {
	in.Text = clean(in.Text)
	s = s.copy()
	if s.Lang == "" {
		s.Lang = b.match(in.Lang)
	}
	if d := s.Draft; d != nil && d.Over(in.Now) {
		if s.writing() {
			s.Flow = ""
		}
		s.Draft = nil
	}
	if r := s.Report; r != nil && r.Kept != "" && in.Now > r.Till {
		if r.Kept, r.Till = "", 0; !r.Live && r.Opening == "" {
			s.Report = nil
		}
	}
	if s.Album != nil && s.Album.ID != in.Album {
		s.Album = nil
	}
	var t Turn
	switch {
	case in.Group:
		t = b.group(s, in)
	case s.live():
		t = b.danger(s.copy(), in)
	default:
		t = b.coming(s, in, b.plain(s, in))
	}
	if t.Session.live() { // whoever holds the phone finds nothing of a report in it
		t.Session.Draft, t.Session.Number = nil, ""
	}
	if s.Quiet || s.live() || t.Session.Quiet {
		for i := range t.Say {
			t.Say[i].Silent = true
		}
	}
	if t.Forget || in.Group || t.Ask != nil {
		return t
	}
	moved := changed(s, t.Session)
	if s.live() && t.Session.live() {
		moved = redrawn(t) // the card's buttons count as long as it stands
	}
	if moved {
		t.Session.Nonce = nonceAfter(s.Nonce, in.Message)
	} else {
		t.Verdict = nil // shown once more, not checked once more
	}
	return t
}

// plain answers an input that belongs to no danger talk.
func (b *Book) plain(s Session, in Input) Turn {
	if in.Tap != nil {
		return b.tap(s.turnedAway(), in)
	}
	if in.Command != "" {
		return b.command(s.turnedAway(), in)
	}
	if t, ok := b.calls(s, in); ok {
		return t
	}
	if t, ok := b.comforts(s, in); ok {
		return t
	}
	s.Number = ""
	switch {
	case s.Flow == flowNumber && !in.Edited:
		return b.numbered(s, in, false)
	case s.writing() && in.Edited:
		if t, ok := b.sheet(s, in).edited(); ok {
			return t
		}
	case s.writing():
		return b.sheet(s, in).message()
	}
	if in.Edited {
		return b.callsTogether(b.edit(s, in), in)
	}
	return b.callsTogether(b.message(s, in), in)
}

// redrawn says whether a turn puts another card in the place of a danger card.
func redrawn(t Turn) bool {
	return slices.ContainsFunc(t.Say, func(s Say) bool { return s.Danger || s.Cover })
}

// changed says whether buttons on screen mean something else now.
func changed(a, b Session) bool {
	asking := func(s Session) bool { return s.Flow == flowQuestions }
	return b.Nonce == "" || !a.Draft.same(b.Draft) || a.writing() != b.writing() || asking(a) != asking(b) || a.live() != b.live() || !slices.Equal(a.Texts, b.Texts) || !slices.Equal(a.From, b.From) ||
		!slices.EqualFunc(a.Answers, b.Answers, func(x, y Answer) bool {
			return x.Step == y.Step && x.Skipped == y.Skipped && slices.Equal(x.Values, y.Values)
		})
}

func (s Session) copy() Session {
	s.Answers, s.Texts, s.From, s.Shown = slices.Clone(s.Answers), slices.Clone(s.Texts), slices.Clone(s.From), slices.Clone(s.Shown)
	if s.Report != nil {
		r := *s.Report
		s.Report = &r
	}
	s.Draft = s.Draft.copy()
	return s
}

// turnedAway is the session of somebody who wanted to add more and did something
// else.
func (s Session) turnedAway() Session {
	if s.Flow == flowMore || s.Flow == flowNumber {
		s.Flow = ""
	}
	return s
}

// fresh forgets the case and keeps who the person is: language, country, and
// what was tried; a report that is being written waits, too. A call that came too late to be answered waits for the next
// time the door opens.
func (s Session) fresh() Session {
	n := Session{Lang: s.Lang, Country: s.Country, Nonce: s.Nonce, Shown: s.Shown, Offered: s.Offered, Tried: s.Tried, Quiet: s.Quiet, Draft: s.Draft}
	if r := s.Report; r != nil && r.Kind == Compound && !r.Live && (r.Opening != "" || r.Kept != "") {
		n.Report = r
	}
	return n
}

// command answers /start, /check and the others.
func (b *Book) command(s Session, in Input) Turn {
	switch in.Command {
	case "start": // whatever a deep link carries changes nothing
		return Turn{Session: s.fresh(), Say: []Say{b.start()}}
	case "check":
		if in.Text == "" {
			in.Text = clean(in.Arg)
		}
		if in.Command, in.Arg = "", ""; in.Text != "" || len(in.Files) > 0 {
			return b.plain(s.fresh(), in) // a cry behind the command is a cry all the same
		}
		return Turn{Session: s.fresh(), Say: []Say{say("check_ready").rows(row(button("btn_no_text", stepGo, "ask_me")))}}
	case "help":
		return Turn{Session: s, Say: []Say{say("help").rows(b.startRows()[1:]...)}}
	case "language":
		if code := strings.ToLower(strings.TrimSpace(in.Arg)); b.speaks(code) {
			return b.setLanguage(s, code)
		}
		return Turn{Session: s, Say: []Say{b.picker()}}
	case "privacy":
		return Turn{Session: s, Say: []Say{say("privacy")}}
	case "report":
		return Turn{Session: s, Say: []Say{b.entry(s, in.Now)}}
	case "delete":
		return Turn{Session: s, Say: []Say{say("delete_ask").rows(
			row(button("btn_delete_yes", stepDelete, "yes"), button("btn_delete_no", stepDelete, "no")))}}
	case "cancel":
		if s.writing() {
			return b.sheet(s, in).stop()
		}
		if b.idle(s) {
			return Turn{Session: s.fresh(), Say: []Say{say("nothing_to_stop")}}
		}
		return Turn{Session: s.fresh(), Say: []Say{stopped()}}
	case "exit":
		return b.exit(s, in)
	}
	return Turn{Session: s, Say: []Say{say("unknown_command")}}
}

// exit forgets the case at once, takes back what was said and written as far as
// a messenger allows, and leaves the start card, as for everybody.
func (b *Book) exit(s Session, in Input) Turn {
	t := Turn{Session: s.fresh(), Say: []Say{b.start()}, Wipe: append(slices.Concat(s.Shown, s.From), in.Message)}
	if s.Draft != nil {
		t.Wipe = append(t.Wipe, s.Draft.From...)
	}
	t.Session.Shown, t.Session.Draft = nil, nil
	slices.Sort(t.Wipe)
	t.Wipe = slices.DeleteFunc(slices.Compact(t.Wipe), func(id int) bool { return id <= 0 })
	return t
}

// tap answers a button. What opens something works on any message; what belongs
// to a case works only while that case is as the button saw it.
func (b *Book) tap(s Session, in Input) Turn {
	tap := in.Tap
	switch tap.Step {
	case stepGo:
		return b.open(s, in)
	case stepLang:
		if b.speaks(tap.Value) {
			return b.setLanguage(s, tap.Value)
		}
	case stepLines:
		return b.linesTap(s, tap)
	case stepCrisis:
		return b.crisisTap(s, tap)
	case stepFirst:
		return b.firstTap(s, tap)
	case stepDelete:
		if tap.Nonce != s.Nonce {
			break
		}
		switch tap.Value {
		case "yes":
			return Turn{Forget: true, Session: Session{Lang: s.Lang}, Say: []Say{say("deleted")}}
		case "no":
			return Turn{Session: s, Say: []Say{say("delete_kept")}}
		}
	case stepResult:
		if tap.Nonce == s.Nonce && !b.idle(s) {
			return b.resultTap(s, tap)
		}
	case stepGone:
		return Turn{Session: s, Wipe: wiped(tap.Message), Say: []Say{pop("pk_is_gone")}}
	case stepCalm:
		if s.Draft != nil {
			s.Draft.Remind = false
		}
		return Turn{Session: s, Remind: &Remind{}, Say: []Say{pop("ff_calmed")}}
	case stepForm, stepEdit:
		switch {
		case tap.Nonce != s.Nonce:
		case tap.Value == "erase_old" && s.Number != "":
			return b.eraseAsk(s)
		case tap.Value == "erase_now" && s.Number != "":
			return b.numbered(s, in, true)
		case s.Draft == nil:
		case tap.Step == stepEdit && s.writing():
			return b.sheet(s, in).change(tap.Value)
		case tap.Step == stepForm && (s.writing() || tap.Value == "throw"):
			return b.sheet(s, in).tap()
		}
	default:
		if tap.Nonce == s.Nonce && s.writing() {
			return b.sheet(s, in).tap()
		}
		if tap.Nonce == s.Nonce && s.Flow == flowQuestions {
			return b.answer(s, in)
		}
	}
	return b.stale(s)
}

// stale tells that a button no longer counts and shows where the talk stands.
func (b *Book) stale(s Session) Turn {
	if b.idle(s) && !s.writing() {
		return Turn{Session: s, Say: []Say{pop("stale_gone"), b.start()}}
	}
	t := b.stands(s)
	t.Say = append([]Say{pop("stale_tap")}, t.Say...)
	return t
}

// stands says where the talk stands: at a report that is being written, or at the
// case.
func (b *Book) stands(s Session) Turn {
	if s.writing() {
		return b.sheet(s, Input{}).here()
	}
	return b.here(s)
}

// idle says whether there is no case: nothing was sent, no question answered.
func (b *Book) idle(s Session) bool {
	return len(s.Texts) == 0 && s.Flow != flowQuestions && !slices.ContainsFunc(s.Answers, func(a Answer) bool {
		_, ok := b.question(a.Step)
		return ok
	})
}

// open shows what a button leads to.
func (b *Book) open(s Session, in Input) Turn {
	switch in.Tap.Value {
	case "ask_me":
		s = s.fresh()
		s.Flow = flowQuestions
		return b.here(s)
	case "lines":
		return Turn{Session: s, Say: []Say{b.linesPick("lines_pick", 0)}}
	case "report":
		return Turn{Session: s, Say: []Say{b.entry(s, in.Now)}}
	case "resume":
		return b.resume(s, in)
	case Loss, Tip:
		return b.begin(s, in, in.Tap.Value)
	case "number":
		if b.takes(Loss, in.Now) || b.takes(Tip, in.Now) {
			return b.askNumber(s)
		}
	case "language":
		return Turn{Session: s, Say: []Say{b.picker()}}
	case "new":
		return Turn{Session: s.fresh(), Say: []Say{say("check_ready").rows(row(button("btn_no_text", stepGo, "ask_me")))}}
	case "help": // the neutral button: said in a pop-up, which leaves nothing behind
		switch {
		case b.leads(s) && in.Late: // nobody knows who holds the phone by now
			return Turn{Session: s}
		case b.leads(s):
			return b.enter(s, in, in.Tap.Message, "")
		}
		return Turn{Session: s, Say: []Say{pop("quiet_pop")}}
	}
	return b.stale(s)
}

// start is the first card, the same for everybody.
func (b *Book) start() Say { return say("start").rows(b.startRows()...) }

// startRows are the buttons of the start card. Where reports from people in
// danger are taken, a neutral one for all leads there.
func (b *Book) startRows() [][]Button {
	rows := [][]Button{
		row(button("btn_no_text", stepGo, "ask_me")),
		row(button("btn_help", stepGo, "lines"), button("btn_language", stepGo, "language")),
	}
	if len(b.doors()) > 0 {
		rows = append(rows, row(button("btn_more_help", stepGo, "help")))
	}
	return rows
}

func (b *Book) speaks(code string) bool {
	return slices.ContainsFunc(b.languages, func(l Language) bool { return l.Code == code })
}

// picker lists the languages, each in its own name.
func (b *Book) picker() Say {
	p := say("language_pick")
	for pair := range slices.Chunk(b.languages, 2) {
		var r []Button
		for _, l := range pair {
			r = append(r, Button{Label: l.Name, Step: stepLang, Value: l.Code})
		}
		p.Rows = append(p.Rows, r)
	}
	return p
}

func (b *Book) setLanguage(s Session, code string) Turn {
	s.Lang, s.Offered = code, code
	t := Turn{Session: s, Say: []Say{say("language_set")}}
	if b.idle(s) && !s.writing() {
		t.Say = append(t.Say, b.start())
		return t
	}
	// Who has just chosen is not offered another.
	if !s.writing() {
		s.Offered = b.verdict(s.Texts, s.Answers).Language
	}
	here := b.stands(s)
	t.Session, t.Verdict = here.Session, here.Verdict
	t.Say = append(t.Say, here.Say...)
	return t
}

func stopped() Say { return say("stopped").rows(row(button("btn_new", stepGo, "new"))) }

// say begins a message of one part that always stays.
func say(key Key) Say { return Say{Parts: []Part{{Key: key}}} }

func pop(key Key) Say { return Say{Parts: []Part{{Key: key}}, Pop: true} }

func (s Say) rows(rows ...[]Button) Say {
	s.Rows = append(s.Rows, rows...)
	return s
}

func row(buttons ...Button) []Button { return buttons }

func button(key Key, step, value string) Button { return Button{Key: key, Step: step, Value: value} }

// clean makes a text valid and drops what no one can read or write: control
// characters but line ends and tabs.
func clean(text string) string {
	text = strings.ToValidUTF8(text, "�")
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		if unicode.IsControl(r) && r != '\n' && r != '\t' {
			return -1
		}
		return r
	}, text))
}

// readable says whether a text has a letter or a digit.
func readable(text string) bool {
	return strings.ContainsFunc(text, func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) })
}
