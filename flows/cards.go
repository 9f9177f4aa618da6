package flows

import (
	"slices"
	"strings"
)

// card is one question of a danger talk: a step, and how it stands on the card.
// The words on card and buttons read as questions about a job; what they mean
// is said by pop-ups, Pages of them.
type card struct {
	Step
	wide   int  // buttons a row
	pages  int  // pop-ups dgp_<step>_<n>
	taken  bool // typed words answer it, besides its buttons
	number bool // a number is asked: 0 is an answer, not the way out
	dial   bool // several taps make one answer; those so far travel in the buttons
	names  bool // its words may name who lured: values to link cases by
	files  func(File) bool
}

// placesOf are the countries asked for, and nations those of the people who
// are most often there.
func placesOf() []string { return []string{"kh", "mm", "la", "th", "ph", "my", "vn", "ae", "pe"} }

func nations() []string {
	return []string{
		"bd", "br", "cn", "et", "gh", "id", "in", "ke", "kh", "la", "lk", "mm",
		"my", "ng", "np", "pe", "ph", "pk", "th", "tw", "ug", "uz", "vn", "za",
	}
}

// The first question, and the one after the four taps that make a report.
const (
	stepPhone  = "dg_phone"
	stepWho    = "dg_who"
	stepWhat   = "dg_what"
	stepWhere  = "dg_where"
	stepWay    = "dg_way"
	stepNation = "dg_nation"
	stepWords  = "dg_words"
	stepReach  = "dg_reach"
)

// cards are the questions of a danger talk in their order. Again: in a case
// that its way back opened the first ones were answered before.
func cards(again bool) []card {
	first := func(Answers) bool { return !again }
	other := func(kept Answers) bool { return kept.Is(stepWho, ForSomeone) }
	there := func(kept Answers) bool { return !kept.Is(stepWhat, "afraid") }
	on := func(id, value string) func(Answers) bool {
		return func(kept Answers) bool { return kept.Is(id, value) }
	}
	tap := func(id string, when func(Answers) bool, options ...string) card {
		return card{Step: Step{ID: id, Options: options, When: when, Optional: true}, wide: 1, pages: 1}
	}
	private := func(c card) card { c.Private = true; return c }
	many := func(c card) card { c.Many = true; return c }
	words := func(c card) card { c.taken = true; return private(c) }
	must := func(c card) card { c.Optional = false; return c }
	wide := func(n int, c card) card { c.wide = n; return c }
	pages := func(n int, c card) card { c.pages = n; return c }

	way := private(tap(stepWay, first))
	way.dial = true
	reach := private(tap(stepReach, nil))
	reach.dial = true
	place := words(tap("dg_place", there))
	place.files = func(f File) bool { return f.Kind == "location" }
	debt := words(tap("dg_debt", there, "no"))
	debt.number, debt.names = true, true
	hirer := words(tap("dg_hirer", nil))
	hirer.names = true
	proof := private(many(tap("dg_files", nil)))
	proof.files = isProof

	return []card{
		must(tap(stepPhone, first, "yes", "no")),
		must(tap(stepWho, first, ForSelf, ForSomeone)),
		pages(2, must(tap(stepWhat, first, "hurt", "moved", "held", "out", "afraid"))),
		wide(3, must(tap(stepWhere, first, append(placesOf(), "other", "unknown")...))),
		pages(3, way),
		tap("dg_roof", on(stepWhat, "out"), "yes", "no", "way"),
		tap("dg_trip", on(stepWhat, "afraid"), "now", "days", "later", "unknown"),
		tap("dg_last", other, "today", "week", "month", "longer"),
		tap("dg_due", other, "yes", "no"),
		private(tap("dg_proof", other, "voice", "video", "text", "none")),
		private(many(tap("dg_told", other, "embassy", "police", "ngo", "nobody"))),
		place,
		wide(3, tap(stepNation, nil, append(nations(), "other")...)),
		tap("dg_age", nil, "under18", "adult"),
		private(wide(2, tap("dg_people", there, "one", "few", "some", "many"))),
		tap("dg_minors", there, "yes", "no", "unknown"),
		tap("dg_health", there, "bad", "some", "no"),
		pages(3, private(many(tap("dg_marks", there, "vulnerable", "deceived", "movement", "isolated", "violence", "threats",
			"papers", "wages", "bondage", "conditions", "overtime")))),
		debt,
		private(wide(2, tap("dg_via", nil, "friend", "relative", "social", "chat", "agency", "advert"))),
		hirer,
		pages(2, private(many(tap("dg_made", there, "love", "invest", "calls", "games", "accounts", "hire", "other")))),
		private(many(tap("dg_looks", there, "chief", "mates", "partner", "nobody"))),
		private(tap("dg_often", there, "always", "daily", "sometimes", "never")),
		private(tap("dg_else", there, "yes", "no", "unknown")),
		pages(2, private(many(tap("dg_needs", nil, "exit", "embassy", "doctor", "room", "lawyer", "family")))),
		pages(2, many(tap("dg_consent", nil, "embassy", "ngo", "police"))),
		pages(2, many(tap("dg_not", nil, "police", "embassy", "family", "call"))),
		pages(2, reach),
		many(words(tap(stepWords, nil))),
		proof,
	}
}

// isProof says whether a file may show something.
func isProof(f File) bool {
	return slices.Contains([]string{"photo", "document", "video", "voice"}, f.Kind)
}

// form is the questionnaire of a danger talk.
func (r *Report) form() (*Flow, []card) {
	all := cards(r.Again)
	if r.Lines {
		all = slices.DeleteFunc(all, func(c card) bool { return c.ID != stepWhere && c.ID != stepNation })
	}
	f := &Flow{ID: Compound}
	for _, c := range all {
		f.Steps = append(f.Steps, c.Step)
	}
	return f, all
}

// facts are the answers that routing and priority read.
func facts(kept Answers) map[string]string {
	out := map[string]string{}
	set := func(name, step string, meant map[string]string) {
		for _, v := range kept.Of(step) {
			if meant != nil {
				v = meant[v]
			}
			if v != "" {
				out[name] = v
			}
		}
	}
	set(TapFor, stepWho, nil)
	set(TapWhat, stepWhat, nil)
	set(TapDanger, stepWhat, map[string]string{"hurt": "now"})
	set(TapDanger, "dg_roof", map[string]string{"yes": "no", "no": "soon", "way": "soon"})
	set(TapEscaping, "dg_roof", map[string]string{"way": "yes"})
	for _, at := range []struct{ name, step string }{{TapCountry, stepWhere}, {TapNationality, stepNation}} {
		if v := kept.Of(at.step); len(v) == 1 && len(v[0]) == 2 {
			out[at.name] = strings.ToUpper(v[0])
		}
	}
	yes := map[string]string{"yes": "yes", "no": "no"}
	set(TapAge, "dg_age", nil)
	set(TapMinor, "dg_minors", yes)
	set(TapInjured, "dg_health", map[string]string{"bad": "yes", "some": "no", "no": "no"})
	set(TapRansomDue, "dg_due", yes)
	set(TapTravel, "dg_trip", map[string]string{"now": "0", "days": "72", "later": "240"})
	set(TapContact, "dg_last", map[string]string{"today": "0", "week": "7", "month": "30", "longer": "90"})
	set(TapEmbassy, "dg_consent", map[string]string{"embassy": "yes"})
	set(TapNGO, "dg_consent", map[string]string{"ngo": "yes"})
	set(TapPolice, "dg_consent", map[string]string{"police": "yes"})
	set(TapVeto, "dg_not", map[string]string{"police": "yes"})
	return out
}

// The buttons of a danger card that are no question.
const (
	stepMean   = "dg_mean"   // value: a question and a page
	stepLine   = "dg_line"   // value: which line
	stepReader = "dg_reader" // who reads this
	stepOrder  = "dg_order"  // show, have
	stepView   = "dg_view"   // list, back, erase
	stepErase  = "dg_erase"  // yes
	stepBack   = "dg_back"   // the way back: open, pics, digits
	stepPics   = "dg_pics"   // value: the pictures so far
	stepDigits = "dg_digits" // value: the digits so far
	stepLetter = "dg_letter" // value: letter and page
	stepLeave  = "dg_leave"  // back to checks
	stepTongue = "dg_tongue" // value: a language in which reports are taken
)

// pictures are the twelve of a way back: things that look the same everywhere
// and can be told without a word.
func pictures() []string {
	return []string{"🐟", "🌙", "🚲", "🌴", "☂️", "🔑", "🥚", "🐘", "⚽", "🕯️", "🍌", "🪑"}
}

// asCard makes a message that lives in the card.
func (s Session) asCard(parts []Part, rows ...[]Button) Say {
	return Say{Parts: parts, Rows: append(rows, row(button("dg_leave", stepLeave, Exit))), Danger: true, Silent: true, Edit: s.Report.Card}
}

// means is a row of buttons to the pop-ups that say what a card means.
func means(name string, pages int) []Button {
	r := row(button("dg_mean", stepMean, name+"_1"))
	for n := 2; n <= pages; n++ {
		r = append(r, Button{Label: "ⓘ " + string(rune('0'+n)), Step: stepMean, Value: name + "_" + string(rune('0'+n))})
	}
	return r
}

// more are the pop-ups of cards that are no question, by name.
func more() map[string]int {
	return map[string]int{"about": 4, "none": 2, "lists": 1, "care": 4, "number": 3, "order": 2, "mail": 1, "end": 1, "erase": 1}
}

// parts of a card whose words are its keys alone.
func parts(keys ...Key) []Part {
	var out []Part
	for _, k := range keys {
		out = append(out, Part{Key: k})
	}
	return out
}
