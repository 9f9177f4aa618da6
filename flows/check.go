package flows

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/offercheck/offercheck/flows/check"
)

// message takes anything that is not a command: a part of a case, a file, a
// greeting.
func (b *Book) message(s Session, in Input) Turn {
	text := fullText(in)
	unread := unreadFiles(in)
	switch {
	case !readable(text) && len(unread) > 0:
		return b.files(s, in, unread)
	case !readable(text):
		if text != "" || slices.ContainsFunc(in.Files, func(f File) bool { return f.Kind == "sticker" || f.Kind == "location" }) {
			return b.friendly(s) // a sticker, a thumb, three dots
		}
		return Turn{Session: s, Say: []Say{say("empty").rows(row(button("btn_no_text", stepGo, "ask_me")))}}
	case blurred(in) && !warned(b.judge(check.Case{Texts: []string{text}}).Outcome):
		return b.files(s, in, unread)
	case b.greeting(text) && !in.Forwarded:
		return b.friendly(s)
	}

	var heads []Part
	with := s.Flow == flowMore || s.Flow == flowQuestions || joins(s, in)
	if with && (len(s.Texts) >= mostParts || runes(s.Texts)+utf8.RuneCountInString(text) > mostRunes) {
		with = false
		heads = append(heads, Part{Key: "case_full"})
	}
	if !with {
		s = s.anew(in)
	}
	s.Texts, s.From = append(s.Texts, text), append(s.From, in.Message)
	s.Quoted = s.Quoted || in.Forwarded || text != in.Text
	if in.Sent != 0 {
		s.Last = in.Sent
	}
	if len(unread) > 0 {
		s.Answers = s.Answers.Give(filesGiven(s.Answers, in, unread))
	}
	if s.Flow == flowMore {
		s.Flow = ""
	}
	t := b.here(s)
	if len(heads) > 0 && len(t.Say) > 0 {
		t.Say[0].Parts = append(heads, t.Say[0].Parts...)
	}
	return t
}

// friendly answers what is not something to check. A case in hand stays as it
// is; in the middle of the questions the question is shown again.
func (b *Book) friendly(s Session) Turn {
	if s.Flow == flowQuestions {
		return b.here(s)
	}
	return Turn{Session: s, Say: []Say{b.start()}}
}

// anew begins a case. Files of the same album, or sent together with the text,
// stay counted: the result says that they were not read.
func (s Session) anew(in Input) Session {
	files, ok := s.Answers.find(&Step{ID: "files"})
	n := s.fresh()
	if ok && (in.Album != "" && files.Part == in.Album || len(s.Texts) == 0 && near(s.Last, in.Sent)) {
		n.Answers = Answers{files}
	}
	return n
}

// joins says whether a message belongs to the case in hand: a part of the same
// album, or sent within seconds of the part before.
func joins(s Session, in Input) bool {
	if len(s.Texts) == 0 {
		return false
	}
	if files, ok := s.Answers.find(&Step{ID: "files"}); ok && in.Album != "" && files.Part == in.Album {
		return true
	}
	return near(s.Last, in.Sent)
}

func near(last, sent int64) bool {
	return last != 0 && sent != 0 && sent-last <= together && last-sent <= together
}

// fullText is what can be read: the message and what readers made of its files.
// A message is never so long; a file may be, and then its beginning is read.
func fullText(in Input) string {
	parts := []string{in.Text}
	for _, f := range in.Files {
		if t := clean(f.Text); readable(t) {
			parts = append(parts, t)
		}
	}
	text := strings.TrimSpace(strings.Join(parts, "\n"))
	if utf8.RuneCountInString(text) > longestPart {
		text = cut(text, longestPart)
	}
	return text
}

// unreadFiles are the files that might hold an offer and gave no text, or one
// that was read badly.
func unreadFiles(in Input) []string {
	var kinds []string
	for _, f := range in.Files {
		if (!readable(f.Text) || f.Unread != "") && f.Kind != "sticker" && f.Kind != "location" && f.Kind != "contact" {
			kinds = append(kinds, f.Kind)
		}
	}
	return kinds
}

// filesGiven counts the unread files of one album, or of one moment, by their
// kind; nothing else about a file is kept.
func filesGiven(given Answers, in Input, kinds []string) Answer {
	a := Answer{Step: "files", Part: in.Album, Message: in.Message}
	if before, ok := given.find(&Step{ID: "files"}); ok && (in.Album != "" && before.Part == in.Album || in.Album == "" && before.Part == "") {
		a.Values = slices.Clone(before.Values)
	}
	a.Values = append(a.Values, kinds...)
	if len(a.Values) > mostParts {
		a.Values = a.Values[:mostParts]
	}
	return a
}

// files answers files without text: one acknowledgement for all of an album,
// which says why, with the buttons of the start card beside it.
func (b *Book) files(s Session, in Input, kinds []string) Turn {
	given := s.Answers
	if !near(s.Last, in.Sent) && in.Album == "" {
		given = given.Drop("files")
	}
	a := filesGiven(given, in, kinds)
	s.Answers = s.Answers.Give(a)
	if in.Sent != 0 {
		s.Last = in.Sent
	}
	ack := say(unreadKey(in)).rows(b.startRows()...)
	ack.Parts[0].Args = map[string]any{"count": len(a.Values)}
	ack.Slot = "files"
	return Turn{Session: s, Say: []Say{ack}}
}

// edit puts a changed message in the place it had in the case and checks again.
// A change of anything else gets a word; one without text (a moving location)
// is nothing that was said.
func (b *Book) edit(s Session, in Input) Turn {
	s = s.copy() // what it was before is still compared with
	at := slices.Index(s.From, in.Message)
	text := fullText(in)
	switch {
	case at < 0 || in.Message == 0:
		if !readable(text) {
			return Turn{Session: s}
		}
		return Turn{Session: s, Say: []Say{{Parts: []Part{{Key: "edit_ignored"}}, Slot: "edit"}}}
	case s.Texts[at] == text:
		return Turn{Session: s} // only a preview or a reaction changed
	case readable(text):
		s.Texts[at] = text
		if unread := unreadFiles(in); len(unread) > 0 && !s.Answers.Has("files") {
			s.Answers = s.Answers.Give(filesGiven(s.Answers, in, unread))
		}
	default:
		s.Texts, s.From = slices.Delete(s.Texts, at, at+1), slices.Delete(s.From, at, at+1)
	}
	if len(s.Texts) == 0 && s.Flow != flowQuestions {
		return Turn{Session: s.fresh(), Say: []Say{say("empty").rows(row(button("btn_no_text", stepGo, "ask_me")))}}
	}
	t := b.here(s)
	if t.Verdict != nil && t.Verdict.Outcome != check.Danger {
		t.Say[0].Parts = append([]Part{{Key: "result_edited"}}, t.Say[0].Parts...)
	}
	return t
}

// here says where the talk stands: the question at hand, or the result.
func (b *Book) here(s Session) Turn {
	if s.Flow != flowQuestions {
		return b.result(s)
	}
	kept, next := b.guided(s).Route(s.Answers)
	if next != nil {
		return Turn{Session: s, Say: []Say{b.ask(kept, next)}}
	}
	s.Flow = ""
	t := b.result(s)
	if t.Verdict.Outcome == check.Danger {
		return t
	}
	if len(kept) == 0 {
		return t
	}
	if first := t.Say[0].Parts[0].Key; !slices.Contains(nowKeys, first) {
		t.Say[0].Parts = append([]Part{{Key: "result_answers"}}, t.Say[0].Parts...)
	}
	return t
}

// nowKeys say what to do at once, on the way or before leaving.
var nowKeys = []Key{"now_airport", "now_way", "now_soon"}

// nowParts stand before everything else when a journey has begun or is near.
func nowParts(s Session, o check.Outcome) []Part {
	for _, key := range nowKeys {
		if serious(o) && s.Answers.Is("q_journey", strings.TrimPrefix(string(key), "now_")) {
			return []Part{{Key: key}}
		}
	}
	return nil
}

// serious says whether an outcome is a reason to stop on a journey. Not enough
// to say is one: the person can ask before going on.
func serious(o check.Outcome) bool {
	return o == check.Trafficking || o == check.Scam || o == check.Caution || o == check.Unclear
}

// ask shows a question with its answers and the ways around it.
func (b *Book) ask(kept Answers, q *Step) Say {
	p := Say{Slot: "question", Parts: []Part{{Key: Key(q.ID)}}}
	if n := asked(kept) + 1; n <= mostQuestions {
		p.Parts = append([]Part{{Key: "question_count", Args: map[string]any{"number": n, "most": mostQuestions}, Drop: 1}}, p.Parts...)
	}
	for _, o := range q.Options {
		p.Rows = append(p.Rows, row(button(Key(q.ID+"_"+o), q.ID, o)))
	}
	var ways []Button
	if len(kept) > 0 {
		ways = append(ways, button("btn_back", q.ID, Back))
	}
	if q.Optional {
		ways = append(ways, button("btn_skip", q.ID, Skip))
	}
	p.Rows = append(p.Rows, append(ways, button("btn_stop", q.ID, Stop)))
	return p
}

// answer takes a tap on a question.
func (b *Book) answer(s Session, in Input) Turn {
	flow := b.guided(s)
	kept, q := flow.Route(s.Answers)
	if q == nil || q.ID != in.Tap.Step {
		return b.stale(s)
	}
	switch v := in.Tap.Value; {
	case v == Back && len(kept) > 0:
		s.Answers = s.Answers.Drop(kept[len(kept)-1].Step)
	case v == Skip && q.Optional:
		s.Answers = s.Answers.Give(Answer{Step: q.ID, Skipped: true, Message: in.Tap.Message})
	case v == Stop:
		s.Flow = ""
		if len(s.Texts) == 0 && len(kept) == 0 {
			return Turn{Session: s.fresh(), Say: []Say{stopped()}}
		}
		return b.result(s)
	case v == Exit:
		return b.exit(s, in)
	case slices.Contains(q.Options, v):
		s.Answers = s.Answers.Give(Answer{Step: q.ID, Values: []string{v}, Message: in.Tap.Message})
	default:
		return b.stale(s) // a button of another version
	}
	return b.here(s)
}

// resultTap answers the buttons under a result.
func (b *Book) resultTap(s Session, tap *Tap) Turn {
	switch tap.Value {
	case "questions":
		s.Flow = flowQuestions
		t := b.here(s)
		if t.Session.Flow != flowQuestions && t.Verdict.Outcome != check.Danger {
			t.Say[0].Parts = append([]Part{{Key: "questions_none"}}, t.Say[0].Parts...)
		}
		return t
	case "ask":
		v := b.verdict(s.Texts, s.Answers)
		if v.Outcome == check.Danger || len(v.Ask) == 0 {
			return b.here(s)
		}
		p := say("ask_heading")
		for i, id := range v.Ask {
			p.Parts = append(p.Parts, Part{Key: "item", Args: map[string]any{"text": Key("ask_" + id)}, Under: i > 0, Drop: 10 + i})
		}
		p.Parts = append(p.Parts, Part{Key: "ask_footer", Drop: 5})
		return Turn{Session: s, Say: []Say{p.rows(row(button("btn_result", stepResult, "show")))}}
	case "show":
		return b.here(s)
	case "more":
		s.Flow = flowMore
		return Turn{Session: s, Say: []Say{say("more_ask")}}
	case "useful", "not_useful":
		t := Turn{Session: s, Say: []Say{pop("vote_thanks")}}
		if tap.Value == "not_useful" {
			t.Say[0] = pop("vote_sorry")
		}
		if !s.Voted {
			t.Session.Voted, t.Vote = true, tap.Value
		}
		return t
	}
	return b.stale(s)
}

// The most that stands in one result.
const (
	mostSigns  = 5
	quoteRunes = 80
)

// result checks the case and tells what was found. Parts are dropped from the
// end of the list of signs first, then reasons, then the small print.
func (b *Book) result(s Session) Turn {
	v := b.verdict(s.Texts, s.Answers)
	if v.Outcome != check.Danger {
		s, v = s.probe(v)
	}
	if v.Outcome == check.NoMatch && len(s.Answers.Of("files")) > 0 {
		v.Outcome = check.Unclear // what was not read may say something else
	}
	judged := v
	t := Turn{Session: s, Verdict: &judged}
	if v.Outcome == check.Danger {
		t.Say = []Say{{Slot: "result", Parts: []Part{{Key: "quiet"}}, Rows: [][]Button{row(button("btn_more_help", stepGo, "help"))}}}
		return t
	}
	p := Say{Slot: "result", Parts: append(nowParts(s, v.Outcome), outcomeParts(v)...)}
	told := false
	if b.tells(s) { // it happened already: what to do now comes first
		if told = v.Outcome == check.NoMatch || v.Outcome == check.Unclear; told {
			p.Parts, v.Advice, v.Ask = nowParts(s, check.Unclear), nil, nil // there is no offer to wait with or to ask about
		}
		p.Parts = append(p.Parts, Part{Key: "lf_said"})
		begin := button("lf_now", stepGo, Loss)
		if s.Draft != nil && s.Draft.Kind == Loss { // what was answered before waits
			begin = button("ff_go_on", stepGo, "resume")
		}
		p.Rows = append(p.Rows, row(begin))
	}
	p.Parts = append(p.Parts, signParts(v)...)
	for i, id := range v.Advice {
		if i == 0 {
			p.Parts = append(p.Parts, Part{Key: "advice_heading", Drop: 3})
		}
		p.Parts = append(p.Parts, Part{Key: "item", Args: map[string]any{"text": Key("advice_" + id)}, Under: true, Drop: 3 + i})
	}
	if len(s.Answers.Of("files")) > 0 {
		p.Parts = append(p.Parts, Part{Key: "result_unread", Drop: 2})
	}
	p.Parts = append(p.Parts, Part{Key: "result_more", Drop: 90})

	if b.mayAsk(s) && !told {
		p.Rows = append(p.Rows, row(button("btn_questions", stepResult, "questions")))
	}
	second := row(button("btn_more", stepResult, "more"))
	if len(v.Ask) > 0 {
		second = append([]Button{button("btn_ask", stepResult, "ask")}, second...)
	}
	p.Rows = append(p.Rows, second,
		row(button("btn_report", stepGo, "report"), button("btn_help", stepGo, "lines")),
		row(button("btn_useful", stepResult, "useful"), button("btn_not_useful", stepResult, "not_useful")))
	if b.opens(t.Session) || b.leads(t.Session) && len(b.doors()) > 0 { // for all alike: words of somebody who is held are not always recognised
		p.Rows = append(p.Rows, row(button("btn_more_help", stepGo, "help")))
	}

	if name := b.otherLanguage(s, v); name != "" {
		t.Session.Offered = v.Language
		p.Parts = append(p.Parts, Part{Key: "language_offer", Args: map[string]any{"name": name}, Drop: 80})
		p.Rows = append(p.Rows, row(Button{Label: name, Step: stepLang, Value: v.Language}))
	}
	t.Say = []Say{p}
	return t
}

// tells says whether the person's own words tell that they lost money to a scam.
func (b *Book) tells(s Session) bool {
	return b.lost != nil && b.acts != nil && !s.Quoted && len(s.Texts) > 0 && b.lost(strings.Join(s.Texts, "\n"))
}

// otherLanguage is the name of the text's language when it is another one than
// the bot writes in and was not offered before. It is offered, never set.
func (b *Book) otherLanguage(s Session, v check.Verdict) string {
	if v.Language == s.Lang || v.Language == s.Offered {
		return ""
	}
	for _, l := range b.languages {
		if l.Code == v.Language {
			return l.Name
		}
	}
	return ""
}

// outcomeParts are the one line that says what was found, and for no_match the
// word that this clears nobody.
func outcomeParts(v check.Verdict) []Part {
	parts := []Part{{Key: outcomeKey(v)}}
	if v.Outcome == check.NoMatch {
		parts = append(parts, Part{Key: "no_match_note"})
	}
	return parts
}

func outcomeKey(v check.Verdict) Key {
	switch v.Outcome {
	case check.Scam, check.Caution:
		kind := v.Kind
		if !slices.Contains(namedKinds, kind) {
			kind = check.Other
		}
		return Key("outcome_" + string(v.Outcome) + "_" + string(kind))
	}
	return Key("outcome_" + string(v.Outcome))
}

var namedKinds = []check.Kind{
	check.Recruitment, check.Task, check.Fee, check.Investment, check.Romance, check.Impersonation,
	check.Recovery, check.Loan, check.Gambling, check.Mule, check.Phishing, check.Other,
}

// signParts are up to five signs, each with the person's own words, why it
// matters and who published it.
func signParts(v check.Verdict) []Part {
	var parts []Part
	for i, f := range v.Signs {
		if i == mostSigns {
			parts = append(parts, Part{Key: "signs_more", Args: map[string]any{"count": len(v.Signs) - mostSigns}, Drop: 70})
			break
		}
		if i == 0 {
			parts = append(parts, Part{Key: "signs_heading"})
		}
		drop := 0
		if i > 0 {
			drop = 20 + 5*i
		}
		p := Part{Key: "sign_plain", Args: map[string]any{"name": Key("sign_" + f.ID)}, Drop: drop}
		if q := quotes(f.Quotes); q != "" {
			p.Key = "sign_quoted"
			p.Args["quote"] = Quote(q)
		} else if f.Asked {
			p.Key = "sign_asked"
		}
		parts = append(parts, p, Part{Key: Key("sign_" + f.ID + "_why"), Under: true, Drop: 50 + i})
		if src, ok := bestSource(f.Sources); ok {
			key := Key("source_published")
			if src.Mark != "P" {
				key = "source_reported"
			}
			parts = append(parts, Part{Key: key, Args: map[string]any{"publisher": src.Publisher}, Under: true, Drop: drop})
		}
	}
	return parts
}

// bestSource prefers who published a sign to who reported it.
func bestSource(all []check.Source) (check.Source, bool) {
	for _, mark := range []string{"P", "S"} {
		for _, s := range all {
			if s.Mark == mark && s.Publisher != "" {
				return s, true
			}
		}
	}
	return check.Source{}, false
}

// quotes joins the first two quotes of a sign.
func quotes(all []string) string {
	var out []string
	for _, q := range all {
		if q = quote(q, quoteRunes); q != "" && len(out) < 2 && !slices.Contains(out, q) {
			out = append(out, q)
		}
	}
	return strings.Join(out, " … ")
}

// quote puts words on one line and, when they are too many, cuts between words.
// Marks that turn the writing direction are left out: they would turn ours.
func quote(s string, most int) string {
	s = strings.Join(strings.Fields(strings.Map(func(r rune) rune {
		switch {
		case r >= 0x202A && r <= 0x202E, r >= 0x2066 && r <= 0x2069, r == 0x200E, r == 0x200F, r == 0x061C:
			return -1
		case unicode.IsControl(r):
			return ' '
		}
		return r
	}, clean(s))), " ")
	if utf8.RuneCountInString(s) <= most {
		return s
	}
	return cut(s, most) + " …"
}

// cut keeps the beginning of a text, up to the end of a word where there are
// spaces.
func cut(s string, most int) string {
	rs := []rune(s)
	at := most
	for i := most; i > most/2; i-- {
		if unicode.IsSpace(rs[i]) {
			at = i
			break
		}
	}
	// Without spaces: never between a letter and the marks that belong to it.
	for at > 1 && !unicode.IsSpace(rs[at]) && (unicode.IsMark(rs[at]) || rs[at] == 0x200D || rs[at-1] == 0x200D) {
		at--
	}
	return strings.TrimSpace(string(rs[:at]))
}

func runes(texts []string) int {
	n := 0
	for _, t := range texts {
		n += utf8.RuneCountInString(t)
	}
	return n
}
