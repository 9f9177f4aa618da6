package flows

import (
	"maps"
	"slices"

	"github.com/offercheck/offercheck/flows/check"
)

// mostQuestions is how many questions one case is asked.
const mostQuestions = 3

// meaning is what an answer says about the case: signs it asserts or denies,
// circumstances, and which kinds of scheme a question belongs to.
type meaning struct {
	yes, no, tags []string
}

// question is one guided question with the meaning of each of its answers, in
// the order of the buttons.
type question struct {
	id      string
	about   []check.Kind // nil: any kind
	answers []option
}

type option struct {
	value string
	meaning
}

var (
	workKinds  = []check.Kind{check.Recruitment, check.Task, check.Fee, check.Mule, check.Gambling, check.Other, check.None, ""}
	awayKinds  = []check.Kind{check.Recruitment, check.Other, check.None, ""}
	moneyKinds = []check.Kind{check.Investment, check.Recovery, check.Gambling}
)

// questions are asked when there is no text, or too little of it. Which comes
// next is computed; this order breaks a tie.
func questions() []question {
	return []question{
		{"q_journey", awayKinds, []option{
			{"no", meaning{}},
			{"soon", meaning{tags: []string{"abroad", "journey:soon"}}},
			{"airport", meaning{tags: []string{"abroad", "stage:travelling"}}},
			{"way", meaning{tags: []string{"abroad", "stage:travelling"}}},
			{"there", meaning{tags: []string{"abroad", "there"}}},
		}},
		{"q_there", awayKinds, []option{
			{"no", meaning{}},
			{"free", meaning{tags: []string{"there"}}},
			{"not", meaning{yes: []string{"INS-03"}, tags: []string{"there"}}},
			{"unknown", meaning{yes: []string{"INS-04"}, tags: []string{"there"}}},
		}},
		{"q_out", moneyKinds, []option{
			{"small", meaning{yes: []string{"INV-08"}, tags: []string{"stage:payment"}}},
			{"fee", meaning{yes: []string{"INV-09"}, tags: []string{"stage:blocked"}}},
			{"blocked", meaning{yes: []string{"TSK-11"}, tags: []string{"stage:blocked"}}},
			{"none", meaning{no: []string{"INV-08"}}},
		}},
		{"q_pay", nil, []option{
			{"deposit", meaning{yes: []string{"TSK-05"}, tags: []string{"stage:payment"}}},
			{"fee", meaning{yes: []string{"TSK-13"}}},
			{"crypto", meaning{yes: []string{"GEN-04"}}},
			{"account", meaning{yes: []string{"MUL-02"}}},
			{"no", meaning{}},
		}},
		{"q_visa", awayKinds, []option{
			{"work", meaning{tags: []string{"abroad", "visa:work"}}},
			{"tourist", meaning{yes: []string{"REC-05"}, tags: []string{"abroad", "visa:tourist"}}},
			{"keep", meaning{yes: []string{"REC-17"}, tags: []string{"abroad"}}},
			{"none", meaning{yes: []string{"REC-08"}, tags: []string{"abroad", "visa:none"}}},
		}},
		{"q_abroad", workKinds, []option{
			{"home", meaning{tags: []string{"home"}}},
			{"city", meaning{tags: []string{"abroad"}}},
			{"border", meaning{yes: []string{"REC-02"}, tags: []string{"abroad"}}},
			{"changed", meaning{yes: []string{"REC-07"}, tags: []string{"abroad"}}},
			{"unsaid", meaning{yes: []string{"REC-12"}}},
		}},
		{"q_trip", awayKinds, []option{
			{"self", meaning{no: []string{"REC-04"}}},
			{"free", meaning{yes: []string{"REC-04"}}},
			{"debt", meaning{yes: []string{"REC-16"}}},
			{"fee", meaning{yes: []string{"REC-15"}}},
		}},
		{"q_say", nil, []option{
			{"officers", meaning{yes: []string{"REC-06"}, tags: []string{"abroad"}}},
			{"family", meaning{yes: []string{"REC-27", "GEN-02"}}},
			{"bank", meaning{yes: []string{"INV-12"}}},
			{"no", meaning{no: []string{"GEN-02"}}},
		}},
		{"q_met", nil, []option{
			{"yes", meaning{no: []string{"REC-30", "GEN-05"}}},
			{"video", meaning{}},
			{"never", meaning{yes: []string{"ROM-02"}}},
			{"refuse", meaning{yes: []string{"GEN-05"}}},
		}},
		{"q_first", nil, []option{
			{"stranger", meaning{yes: []string{"TSK-01"}}},
			{"group", meaning{yes: []string{"GEN-10"}}},
			{"advert", meaning{no: []string{"TSK-01", "INV-01", "GEN-10"}}},
			{"friend", meaning{no: []string{"TSK-01"}, tags: []string{"friend"}}},
			{"call", meaning{yes: []string{"INV-01"}}},
		}},
	}
}

// guided is the questionnaire for the case at hand. Its order is computed from
// the texts and the answers so far, so it needs no place to remember.
func (b *Book) guided(s Session) *Flow {
	f := &Flow{ID: flowQuestions}
	for _, q := range b.questions {
		step := Step{ID: q.id, Optional: true}
		for _, o := range q.answers {
			step.Options = append(step.Options, o.value)
		}
		f.Steps = append(f.Steps, step)
	}
	f.Pick = func(kept Answers, open []*Step) *Step { return b.nextQuestion(s.Texts, kept, open, false) }
	return f
}

// mayAsk says whether a question is left. It looks for any, not for the best.
func (b *Book) mayAsk(s Session) bool {
	f := b.guided(s)
	f.Pick = func(kept Answers, open []*Step) *Step { return b.nextQuestion(s.Texts, kept, open, true) }
	_, next := f.Route(s.Answers)
	return next != nil
}

// nextQuestion tries every answer of every open question through the checker and
// takes the question on whose answer the outcome hangs most; none when three were
// asked, when nothing would change any more, or when the answer cannot wait. When
// quick it takes the first question that would change something.
func (b *Book) nextQuestion(texts []string, kept Answers, open []*Step, quick bool) *Step {
	find := func(id string) *Step {
		for _, s := range open {
			if s.ID == id {
				return s
			}
		}
		return nil
	}
	if there := find("q_there"); there != nil && kept.Is("q_journey", "there") {
		return there // belongs to the answer before, and does not count as one more
	}
	if asked(kept) >= mostQuestions || kept.Is("q_journey", "airport") || kept.Is("q_journey", "way") {
		return nil
	}
	now := b.verdict(texts, kept)
	if now.Outcome == check.Danger {
		return nil
	}
	abroad := now.Corridor != "" || slices.Contains(b.caseOf(texts, kept).Tags, "abroad") || b.goesAbroad(now)
	if journey := find("q_journey"); abroad && journey != nil {
		return journey
	}
	var best *Step
	most := 0.0
	for _, s := range open {
		q, ok := b.question(s.ID)
		// Without a journey nobody is asked how far it is.
		if !ok || s.ID == "q_journey" || s.ID == "q_there" {
			continue
		}
		if !q.fits(now, kept) {
			continue
		}
		if quick && weightOf(now.Outcome) < weightOf(check.Caution) && q.asserts() {
			return s // any sign is more than none
		}
		if d := b.decides(q, texts, kept, now); d > most+1e-9 {
			if best, most = s, d; quick {
				break
			}
		}
	}
	return best
}

// fits says whether a question belongs to what is going on. Taking money out is
// also asked where money went in.
func (q question) fits(now check.Verdict, kept Answers) bool {
	if q.id == "q_out" && (now.Stage == check.StagePayment || now.Stage == check.StageBlocked || kept.Is("q_pay", "deposit") || kept.Is("q_pay", "crypto")) {
		return true
	}
	return q.about == nil || slices.Contains(q.about, now.Kind)
}

// asserts says whether an answer to the question is a sign.
func (q question) asserts() bool {
	return slices.ContainsFunc(q.answers, func(o option) bool { return len(o.yes) > 0 })
}

// asked is how many questions were put; whether someone can go out belongs to the
// one before it.
func asked(kept Answers) int { return len(kept.Drop("q_there")) }

// decides is how much the outcome hangs on the answer to a question: how far
// apart the outcomes of its answers lie. A question whose answers all lead to the
// same place is not worth asking, wherever that place is; so "no" and "skip",
// which leave things as they are, count as one of the answers.
func (b *Book) decides(q question, texts []string, kept Answers, now check.Verdict) float64 {
	outcomes := []float64{weightOf(now.Outcome)}
	for _, o := range q.answers {
		v := now
		if len(o.yes)+len(o.no)+len(o.tags) > 0 {
			v = b.judge(b.caseOf(texts, kept.Give(Answer{Step: q.id, Values: []string{o.value}})))
		}
		outcomes = append(outcomes, weightOf(v.Outcome))
	}
	mean, spread := 0.0, 0.0
	for _, o := range outcomes {
		mean += o / float64(len(outcomes))
	}
	for _, o := range outcomes {
		spread += (o - mean) * (o - mean) / float64(len(outcomes))
	}
	return spread
}

// weightOf is what an outcome means to the person, for telling outcomes apart.
func weightOf(o check.Outcome) float64 {
	switch o {
	case check.Danger:
		return 5
	case check.Trafficking:
		return 4
	case check.Scam:
		return 3
	case check.Caution:
		return 2
	case check.Unclear:
		return 0.5
	}
	return 0
}

// goesAbroad says whether the texts speak of work in another country.
func (b *Book) goesAbroad(v check.Verdict) bool {
	if v.Kind != check.Recruitment {
		return false
	}
	if v.Outcome == check.Trafficking {
		return true
	}
	return slices.ContainsFunc(v.Entities, func(e check.Entity) bool { return e.Type == "place" }) ||
		slices.ContainsFunc(v.Signs, func(f check.Found) bool {
			return slices.Contains([]string{"REC-02", "REC-05", "REC-06", "REC-07", "REC-08", "REC-25", "REC-26", "REC-31"}, f.ID)
		})
}

// verdict judges the whole case. Whoever is held and says so in one message is
// heard, whatever else was sent before or after it.
func (b *Book) verdict(texts []string, given Answers) check.Verdict {
	v := b.judge(b.caseOf(texts, given))
	if v.Outcome == check.Danger || len(texts) < 2 {
		return v
	}
	for _, t := range texts {
		if alone := b.judge(check.Case{Texts: []string{t}}); alone.Outcome == check.Danger {
			return alone
		}
	}
	return v
}

// caseOf puts texts and answers together for the checker. An answer may take
// back a medium or weak sign of the text, never a strong one (a test holds it):
// the words stand there, the answer may be a slip.
func (b *Book) caseOf(texts []string, given Answers) check.Case {
	c := check.Case{Texts: texts, Facts: map[string]bool{}}
	denied := map[string]bool{}
	for _, a := range given {
		q, ok := b.question(a.Step)
		if !ok {
			continue
		}
		for _, o := range q.answers {
			if !slices.Contains(a.Values, o.value) {
				continue
			}
			for _, id := range o.no {
				denied[id] = true
			}
			for _, id := range o.yes {
				c.Facts[id] = true
			}
			for _, t := range o.tags {
				if !slices.Contains(c.Tags, t) {
					c.Tags = append(c.Tags, t)
				}
			}
		}
	}
	for id := range denied {
		if !c.Facts[id] {
			c.Facts[id] = false
		}
	}
	return c
}

func (b *Book) question(id string) (question, bool) {
	i := slices.IndexFunc(b.questions, func(q question) bool { return q.id == id })
	if i < 0 {
		return question{}, false
	}
	return b.questions[i], true
}

// Asserts are the signs the guided questions can assert or deny, for a test
// that the checker knows them all.
func (b *Book) Asserts() []string {
	ids := map[string]bool{}
	for _, q := range b.questions {
		for _, o := range q.answers {
			for _, id := range slices.Concat(o.yes, o.no) {
				ids[id] = true
			}
		}
	}
	return slices.Sorted(maps.Keys(ids))
}
