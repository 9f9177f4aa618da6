// Package check reads a job offer, an investment pitch or any other message and
// says which known signs of scams and of trafficking recruitment it shows, in
// the person's own words. It is pure: files in, a Verdict out.
//
// The way of a text: fold (what letters mean, with a way back to the words as
// written) → entities (links, wallets, phones, money, places) → signs (phrases of
// every language at once) → guard (who speaks: one who offers or one who warns)
// → rules → statistical model → similarity to confirmed scams → Verdict. The model
// can raise unclear and no_match to caution, and it ranks; it never lowers an
// outcome and never convicts. Similarity can only strengthen an outcome.
//
// Whether somebody is held now is heard apart from all this: phrases of captivity
// and the guard say so (INS signs), and a head of the model weighs the ideas in the
// words, with the phrases or against them (held.go).
//
// Which labelled sets taught the model, under which terms and how each was used,
// stands in sets.toml and, with the lists of reported indicators, in NOTICE.md.
package check

import (
	"bytes"
	"fmt"
	"io/fs"
	"math"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
)

// Checker checks texts. It is made once and safe for concurrent use.
type Checker struct {
	facts  *facts
	book   *phrasebook
	langs  []string
	index  map[string]int32
	rules  []compiledRule
	words  map[string]words
	pool   *sync.Pool
	named  struct{ openAdvert, disguise, hub, highPay, shortLink, listed, imitated int32 }
	model  *model
	hosts  *hosts
	brands *brands
	lists  *atomic.Pointer[lists] // what was reported, changed under way
	known  []Known
}

// Files are the language-free facts this package ships.
func Files() fs.FS { return factFiles }

// Load reads the language-free facts (signs.toml and beside it) and every
// language's signs.<lang>.toml, one folder a language. It fails on the first
// thing that cannot be read, naming file and phrase.
func Load(signs, languages fs.FS) (*Checker, error) {
	f, err := loadFacts(signs)
	if err != nil {
		return nil, err
	}
	w, err := readWords(languages)
	if err != nil {
		return nil, err
	}
	h, b, err := readBrands(signs)
	if err != nil {
		return nil, err
	}
	c := &Checker{facts: f, words: w, hosts: h, brands: b, lists: new(atomic.Pointer[lists]), index: make(map[string]int32, len(f.signs))}
	for i := range f.signs {
		c.index[f.signs[i].ID] = int32(i)
	}
	comp := newCompiler(roomPerLanguage * len(w))
	for lang := range w {
		c.langs = append(c.langs, lang)
	}
	slices.Sort(c.langs)
	for i, lang := range c.langs {
		if err := comp.compile(int32(i), w[lang], c.index); err != nil {
			return nil, fmt.Errorf("read signs.%s.toml: %w", lang, err)
		}
	}
	c.book = comp.finish()
	c.compileRules()
	c.named.openAdvert, c.named.disguise, c.named.hub = c.sign("REC-21"), c.sign(disguiseSign), c.sign(hubSign)
	c.named.highPay, c.named.shortLink = c.sign("REC-01"), c.sign("GEN-08")
	c.named.listed, c.named.imitated = c.sign("CRY-14"), c.sign("CRY-02")
	if err := c.ship(indicatorFile); err != nil {
		return nil, err
	}
	c.pool = c.book.newPool()
	if len(modelFile) > 0 {
		if err := c.Use(bytes.NewReader(modelFile)); err != nil {
			return nil, err
		}
	}
	return c, nil
}

// roomPerLanguage is about how many terms a language has.
const roomPerLanguage = 13000

// sign gives the place of a sign, -1 when there is none of that id.
func (c *Checker) sign(id string) int32 {
	if i, ok := c.index[id]; ok {
		return i
	}
	return -1
}

// state is the part of the scratch that belongs to the reading of one case.
type state struct {
	cues     []cue
	findings []finding
	thoughts []thought
	minds    []uint64 // of each language, the ideas of captivity, a bit each
	cueAt    []int32  // of each sentence, where in cues its own begin
	findAt   []int32  // of each sentence, where in findings its own begin
	script   string   // the language its script says, "" for Latin
	lang     string   // the language its script and its little words say, "" when they do not tell
	most     int      // of little words of one language
	ev       evidence
	shown    [][2]int // places in the source that show signs
}

// Check checks one text.
func (c *Checker) Check(text string) Verdict {
	return c.Case(Case{Texts: []string{text}})
}

// Case checks several texts and answers as one case.
func (c *Checker) Case(in Case) Verdict {
	text := strings.Join(in.Texts, "\n")
	s := c.pool.Get().(*scratch)
	defer c.pool.Put(s)

	s.fold(text)
	found := s.look.read(c.facts, text)
	c.markEntities(s, found)
	lang := c.listen(s, text)

	contact := contactWeight(found)
	st := s.weigh(contact)
	c.mute(s, st)
	c.raw(s, found, st)
	c.gather(s, in, found, st)
	s.ev.contact = contact > 0
	s.ev.greets = s.greeting()

	opinion := float32(-1)
	if c.model != nil {
		c.features(s, found, st)
		s.gramsOf()
		opinion = c.model.opinion(s, lang)
		if held, knows := c.cries(s, lang, s.ev.danger); knows && !c.answered(in) {
			s.ev.danger = held
		}
	}
	s.ev.danger = s.ev.danger || s.cry()

	var v Verdict
	v.Language = lang
	v.Entities = found
	v.Outcome, v.Kind = c.decide(&s.ev)
	if (v.Outcome == Unclear || v.Outcome == NoMatch) && opinion > 0 && !s.ev.greets && !st.warning {
		v.Outcome = Caution
		if v.Kind == None {
			v.Kind = Other
		}
	}
	v.Print, v.Printed = s.fingerprint(found)
	if known, seen := c.resembles(v.Print, v.Printed); known != nil {
		// A near-duplicate never gets less than the text it resembles.
		if rank(v.Outcome) < rank(known.Outcome) {
			v.Outcome, v.Kind = known.Outcome, known.Kind
		}
		if i := c.sign(knownSign); seen >= knownFloor && !s.ev.set.has(i) {
			s.ev.set.add(i)
			s.ev.signs = append(s.ev.signs, i)
		}
	}
	v.Score = c.score(&s.ev, v.Outcome, opinion)
	if v.Outcome != Danger {
		v.Signs = c.report(s, text, in)
	}
	c.advise(&v, &s.ev, in)
	return v
}

// Greeting says whether the whole text is a greeting, thanks, a question about
// the bot or the like: nothing to check.
func (c *Checker) Greeting(text string) bool {
	s := c.pool.Get().(*scratch)
	defer c.pool.Put(s)
	s.fold(text)
	if len(s.text) == 0 {
		return true
	}
	if len(s.text) > longestTaken {
		return false
	}
	c.listen(s, text)
	return s.greeting()
}

// markEntities puts entities among the hits, as classes phrases can name.
func (c *Checker) markEntities(s *scratch, found []Entity) {
	for _, e := range found {
		a, b := s.place(e.Span[0], e.Span[1])
		if a >= b {
			continue
		}
		add := func(class int32) { s.marks = append(s.marks, hit{start: a, end: b, class: class}) }
		switch e.Type {
		case "money":
			add(markMoney)
			if e.Period != "" {
				add(markPay)
			}
			if c.facts.highPay(e) {
				add(markHighPay)
			}
		case "place":
			if e.Hub {
				add(markHub)
			}
			if c.facts.destination(e.Country) {
				add(markAbroad)
			}
		case "url", "domain":
			add(markURL)
		case "telegram", "whatsapp", "line":
			add(markHandle)
		case "phone":
			add(markPhone)
			add(markHandle)
		case "email":
			add(markEmail)
		case "btc", "eth", "tron", "sol":
			add(markWallet)
		}
	}
	slices.SortStableFunc(s.marks, func(a, b hit) int { return int(a.start - b.start) })
}

// read sorts the matches into cues and findings and settles the language. A
// phrase of a language written in the same script counts only when the text has
// some of that language's little words, or of none: accents are folded away and
// short words of one language are other words in the next.
func (c *Checker) read(s *scratch) string {
	s.cues, s.findings, s.thoughts = s.cues[:0], s.findings[:0], s.thoughts[:0]
	lang := s.lang
	if lang == "" {
		lang = c.spoken(s)
	}
	own, english := int32(slices.Index(c.langs, lang)), int32(slices.Index(c.langs, "en"))
	for _, m := range s.matches {
		o := &c.book.owners[m.owner]
		foreign := o.lang != own && o.lang != english && s.class[m.start] == spaced
		if foreign && c.chance(s, o.lang) {
			continue
		}
		switch o.kind {
		case ownSign:
			s.findings = append(s.findings, finding{sign: o.id, lang: o.lang, start: m.start, end: m.end, sentence: m.sentence})
		case ownCue:
			// Cues are short words, and another language's are chance.
			if foreign && lang != "und" && o.id != cueCry {
				continue
			}
			s.cues = append(s.cues, cue{o.id, m.start, m.end, m.sentence})
		case ownIdea:
			s.thoughts = append(s.thoughts, thought{idea(o.id), o.lang, m.start, m.end, m.sentence})
		}
	}
	s.cuesChanged()
	s.findingsChanged()
	// A harmless look-alike takes its sign out of its sentence, unless it is part
	// of how somebody says that they are held.
	for _, m := range s.matches {
		if o := c.book.owners[m.owner]; o.kind == ownHarmless && !s.captive(m) {
			of := s.findingsOf(m.sentence)
			for i := range of {
				if f := &of[i]; f.sign == o.id && f.lang == o.lang {
					f.muted = true
				}
			}
		}
	}
	slices.SortStableFunc(s.cues, func(a, b cue) int { return int(a.start - b.start) })
	// A do-not that belongs to a sign's own words ("do not tell your parents")
	// is no advice to the reader.
	kept := s.cues[:0]
	for _, q := range s.cues {
		if q.kind == cueProhibit && slices.ContainsFunc(s.findingsOf(q.sentence), func(f finding) bool { return !f.muted && f.start <= q.start && q.end <= f.end }) {
			continue
		}
		kept = append(kept, q)
	}
	s.cues = kept
	s.cuesChanged()
	return lang
}

// spoken guesses the language of a text without little words by whose phrases
// it uses, "und" when there are too few.
func (c *Checker) spoken(s *scratch) string {
	lang, most := "und", 1
	for i := range s.little {
		n := 0
		for _, m := range s.matches {
			if o := c.book.owners[m.owner]; o.lang == int32(i) && (o.kind == ownSign || o.kind == ownCue) {
				n++
			}
		}
		if n > most {
			lang, most = c.langs[i], n
		}
	}
	return lang
}

// sameScript says whether a language may take the place of a script's guess.
func (c *Checker) sameScript(lang, guess string) bool {
	return guess == "ru" && lang == "uk" || guess == "hi" && lang == "ne" || guess == "ar" && (lang == "fa" || lang == "ur")
}

// contactWeight is how much a way to answer a stranger says that this is an
// offer: a handle or chat link more than a number, which hotlines give too.
func contactWeight(found []Entity) float64 {
	w := 0.0
	for _, e := range found {
		switch e.Type {
		case "telegram", "whatsapp", "line":
			w = max(w, 1.5)
		case "email", "phone":
			w = max(w, 0.5)
		}
	}
	return w
}

// raw adds the signs that raw characters and entities show, without words.
func (c *Checker) raw(s *scratch, found []Entity, st stance) {
	add := func(sign int32, start, end int) {
		a, b := s.place(start, end)
		s.findings = append(s.findings, finding{sign: sign, start: a, end: b, muted: false})
	}
	for _, list := range [][][2]int32{s.mixed, s.hidden, s.fancy} {
		if len(list) > 0 {
			add(c.named.disguise, int(list[0][0]), int(list[0][1]))
			break
		}
	}
	if st.warning {
		return
	}
	recruits := s.has(cueOffer, -1)
	for i := range s.findings {
		f := &s.findings[i]
		recruits = recruits || !f.muted && c.facts.signs[f.sign].Group == "REC"
	}
	for _, e := range found {
		switch {
		case e.Type == "place" && e.Hub && recruits:
			add(c.named.hub, e.Span[0], e.Span[1])
		case e.Type == "money" && recruits && c.facts.highPay(e):
			add(c.named.highPay, e.Span[0], e.Span[1])
		case (e.Type == "url" || e.Type == "domain") && shortener(e.Value):
			add(c.named.shortLink, e.Span[0], e.Span[1])
		}
	}
	c.indicate(found, add)
}

// gather turns findings and answers into the evidence the rules decide on.
func (c *Checker) gather(s *scratch, in Case, found []Entity, st stance) {
	e := &s.ev
	*e = evidence{signs: e.signs[:0], words: s.words}
	captive := s.has(cueFirst, -1) || s.has(cueRelative, -1)
	var held marksOfForce
	for _, f := range s.findings {
		sg := &c.facts.signs[f.sign]
		if sg.Group == "INS" {
			// Told of others, sung or played it is no call for help.
			if !f.muted && !st.fiction && (f.own || captive && st.offers < 3) {
				held.add(f.sign, sg.Strength)
			}
			continue
		}
		if !f.muted && !e.set.has(f.sign) {
			e.set.add(f.sign)
			e.signs = append(e.signs, f.sign)
		}
	}
	e.danger = held.enough() || c.answered(in)
	for id, yes := range in.Facts {
		i := c.sign(id)
		switch {
		case i < 0 || c.facts.signs[i].Group == "INS": // see answered
		case yes && !e.set.has(i):
			e.set.add(i)
			e.signs = append(e.signs, i)
		case !yes && e.set.has(i):
			e.set.drop(i)
			e.signs = slices.DeleteFunc(e.signs, func(j int32) bool { return j == i })
		}
	}
	slices.Sort(e.signs)
	if e.set.has(c.named.hub) && !in.Facts[hubSign] && c.onTheWayOnly(e, found) {
		e.set.drop(c.named.hub)
		e.signs = slices.DeleteFunc(e.signs, func(j int32) bool { return j == c.named.hub })
	}
	for _, q := range found {
		e.abroad = e.abroad || q.Type == "place" && c.facts.destination(q.Country)
	}
	e.abroad = e.abroad || slices.Contains(in.Tags, "abroad") || e.set.has(c.named.hub)
}

// answered says whether an answer, not words, tells of captivity.
func (c *Checker) answered(in Case) bool {
	for id, yes := range in.Facts {
		if i := c.sign(id); yes && i >= 0 && c.facts.signs[i].Group == "INS" && c.facts.signs[i].Strength == Strong {
			return true
		}
	}
	return false
}

// hubSign is the sign of a known compound area.
const hubSign = "REC-02"

// onTheWayOnly says that the only places are towns on the way and nothing else
// speaks of recruitment: shops hire in Chiang Rai and Mae Sot too.
func (c *Checker) onTheWayOnly(e *evidence, found []Entity) bool {
	town := false
	for _, q := range found {
		if q.Type == "place" && q.Hub && !q.Transit {
			return false
		}
		town = town || q.Transit
	}
	return town && !slices.ContainsFunc(e.signs, func(i int32) bool {
		s := &c.facts.signs[i]
		return s.Group == "REC" && i != c.named.hub && s.Strength != Weak
	})
}

// marksOfForce are the signs of captivity in one case: a strong one is a call
// for help, and so are two that are less clear.
type marksOfForce struct {
	strong bool
	medium signSet
	n      int
}

func (m *marksOfForce) add(sign int32, s Strength) {
	m.strong = m.strong || s == Strong
	if !m.medium.has(sign) {
		m.medium.add(sign)
		m.n++
	}
}

func (m *marksOfForce) enough() bool { return m.strong || m.n >= 2 }

// longestTaken is how many bytes of folded text are looked at as a greeting or a
// cry: longer ones say more.
const longestTaken = 200

// greeting says whether greetings cover the whole text.
func (s *scratch) greeting() bool {
	return len(s.text) == 0 || s.covered(1<<cueGreeting, false)
}

// cry says whether a few words that call for rescue are the whole text but for a
// greeting and a place: somebody who has time for one word sends no sentence.
func (s *scratch) cry() bool {
	return s.has(cueCry, -1) && s.covered(1<<cueCry|1<<cueGreeting, true) && !s.greeting()
}

// covered says whether cues of these kinds, a bit each, leave no word of the text
// over, or only the names of places abroad.
func (s *scratch) covered(kinds uint, places bool) bool {
	if len(s.text) > longestTaken {
		return false
	}
	at := int32(0)
	for at < int32(len(s.text)) {
		if b := s.text[at]; b == ' ' || b == '\n' {
			at++
			continue
		}
		reach := at
		for _, q := range s.cues {
			if kinds>>q.kind&1 != 0 && q.start <= at && q.end > reach {
				reach = q.end
			}
		}
		for _, m := range s.marks {
			if places && (m.class == markHub || m.class == markAbroad) && m.start <= at && m.end > reach {
				reach = m.end
			}
		}
		if reach == at {
			return false
		}
		for reach < int32(len(s.text)) && s.class[reach] == spaced {
			reach++ // a phrase may name only how a word begins
		}
		at = reach
	}
	return true
}

// score ranks cases for machines. The outcome sets the band, so that a stronger
// outcome never ranks below a weaker one; inside it the model and the signs order.
func (c *Checker) score(e *evidence, out Outcome, opinion float32) float64 {
	sum := float64(opinion) * 3
	for _, i := range e.signs {
		sum += weight(c.facts.signs[i].Strength) / 3
	}
	p := 1 / (1 + math.Exp(-sum))
	switch out {
	case Danger:
		return 1
	case Trafficking, Scam:
		return 0.75 + p/4
	case Caution:
		return 0.5 + p/4
	}
	return p / 2
}

// report lists the signs found with the person's own words, strongest first.
func (c *Checker) report(s *scratch, text string, in Case) []Found {
	if len(s.ev.signs) == 0 {
		return nil
	}
	out := make([]Found, 0, len(s.ev.signs))
	s.shown = s.shown[:0]
	for _, i := range s.ev.signs {
		sg := &c.facts.signs[i]
		if sg.Silent {
			continue
		}
		from := len(s.shown)
		for k := range s.findings {
			m := &s.findings[k]
			if len(s.shown)-from == maxSpans {
				break
			}
			if m.sign != i || m.muted {
				continue
			}
			a, b := s.source(text, m.start, m.end)
			if a < b && !slices.ContainsFunc(s.shown[from:], func(o [2]int) bool { return a < o[1] && o[0] < b }) {
				s.shown = append(s.shown, [2]int{a, b})
			}
		}
		out = append(out, Found{ID: sg.ID, Strength: sg.Strength, Sources: sg.Sources, Spans: s.shown[from:len(s.shown):len(s.shown)], Asked: in.Facts[sg.ID]})
	}
	// The scratch is used again: the spans move to memory of their own, in one piece.
	spans, quotes := slices.Clone(s.shown), make([]string, 0, len(s.shown))
	for i := range out {
		f := &out[i]
		n := len(f.Spans)
		if n == 0 {
			f.Spans = nil
			continue
		}
		f.Spans, spans = spans[:n:n], spans[n:]
		from := len(quotes)
		for _, at := range f.Spans {
			quotes = append(quotes, strings.ToValidUTF8(text[at[0]:at[1]], "�"))
		}
		f.Quotes = quotes[from:len(quotes):len(quotes)]
	}
	slices.SortStableFunc(out, func(a, b Found) int { return int(2 * (weight(b.Strength) - weight(a.Strength))) })
	return out
}

// limits of what one answer tells and asks
const (
	maxSpans  = 3 // of one sign
	maxAdvice = 6
	maxAsk    = 6
)

// advise collects what to do and what to ask: the corridor's and the stage's
// advice and that of the signs, most urgent first.
func (c *Checker) advise(v *Verdict, e *evidence, in Case) {
	v.Stage = c.facts.stageOf(e.set, in.Tags)
	if v.Outcome == Danger {
		return
	}
	var advice, ask idSet
	for _, i := range e.signs {
		sg := &c.facts.signs[i]
		if sg.Strength == Weak && (v.Outcome == Trafficking || v.Outcome == Scam) {
			continue
		}
		advice.add(sg.advise)
		ask.add(sg.asks)
	}
	if v.Kind == Recruitment || e.abroad {
		if row := c.facts.corridor(v.Entities, e.set, in.Tags); row != nil {
			v.Corridor = row.ID
			advice.add(row.advise)
		}
	}
	if v.Outcome != NoMatch && v.Outcome != Unclear {
		advice.add(c.facts.stageAdvice(v.Stage))
	}
	switch v.Outcome {
	case Trafficking:
		advice.add(c.facts.urgent.stay)
	case Unclear, NoMatch:
		advice.add(c.facts.urgent.wait)
		ask.add(c.facts.urgent.verify)
	}
	v.Advice = advice.pick(c.facts.advice, maxAdvice)
	v.Ask = ask.pick(c.facts.ask, maxAsk)
}
