package flows

import (
	"slices"
	"strconv"
	"strings"
)

// stepCrisis shows the crisis lines of a country; it works on any message.
const stepCrisis = "crisis"

// mostCrisis is how many crisis lines are shown.
const mostCrisis = 3

func (b *Book) despairing(text string) bool {
	return b.despair != nil && readable(text) && b.despair(text)
}

// crisisLines are the crisis lines of a country; none when it is unknown.
func (b *Book) crisisLines(country string) []Line {
	if b.crisis == nil || country == "" {
		return nil
	}
	lines := slices.Clone(b.crisis(country))
	for i := range lines {
		lines[i].Kinds = nil // what it is for was said above
	}
	return lines[:min(len(lines), mostCrisis)]
}

// comforts answers somebody who no longer wants to live: one warm sentence and
// whom to call, before everything else. There is no verdict and no form, and
// what was written belongs to no case.
func (b *Book) comforts(s Session, in Input) (Turn, bool) {
	if !b.despairing(fullText(in)) {
		return Turn{}, false
	}
	return Turn{Session: s, Say: []Say{b.comfort(s.Country)}}, true
}

func (b *Book) comfort(country string) Say {
	p := say("crisis")
	for i, l := range b.crisisLines(country) {
		p.Parts = append(p.Parts, lineParts(l, i)...)
	}
	if len(p.Parts) > 1 {
		return p.rows(row(button("btn_country", stepCrisis, "pick")))
	}
	var all []Button
	for _, c := range slices.Concat(placesOf(), nations(), lower(b.countries)) {
		key := Key("country_" + strings.ToUpper(c))
		known := slices.ContainsFunc(all, func(x Button) bool { return x.Value == c })
		if !known && len(b.crisisLines(strings.ToUpper(c))) > 0 {
			all = append(all, button(key, stepCrisis, c))
		}
	}
	if country != "" || len(all) == 0 {
		p.Parts = append(p.Parts, Part{Key: "crisis_none"})
	}
	if len(all) > 0 {
		p.Parts = append(p.Parts, Part{Key: "crisis_pick"})
	}
	p.Rows = slices.Collect(slices.Chunk(all, 3))
	if country == "" && len(all) > 0 { // most countries have no line that is known here
		p.Rows = append(p.Rows, row(button("btn_country", stepCrisis, "none")))
	}
	return p
}

func lower(all []string) []string {
	out := slices.Clone(all)
	for i := range out {
		out[i] = strings.ToLower(out[i])
	}
	return out
}

// crisisTap shows the lines of the country that was chosen.
func (b *Book) crisisTap(s Session, tap *Tap) Turn {
	switch {
	case tap.Value == "pick":
		return Turn{Session: s, Say: []Say{b.comfort("")}}
	case tap.Value == "none":
		return Turn{Session: s, Say: []Say{{Parts: []Part{{Key: "crisis"}, {Key: "crisis_none"}}, Rows: [][]Button{row(button("btn_country", stepCrisis, "pick"))}}}}
	case len(tap.Value) != 2 || len(b.crisisLines(strings.ToUpper(tap.Value))) == 0:
		return b.stale(s)
	}
	s.Country = strings.ToUpper(tap.Value)
	return Turn{Session: s, Say: []Say{b.comfort(s.Country)}}
}

// warm is the same in a danger talk: the sentence stands on the card, whom to
// call in pop-ups.
func (k *talk) warm() Say {
	r := row(button("dg_talk", stepLine, "c0"))
	for n := 1; n < len(k.crisisLines()); n++ {
		r = append(r, Button{Label: "☎ " + strconv.Itoa(n+1), Step: stepLine, Value: "c" + strconv.Itoa(n)})
	}
	body := parts("dg_warm")
	if len(k.s.Answers) == 0 && k.s.Flow == flowDanger { // what stands on every first card
		body = append(body, parts("dg_device", "dg_erase")...)
	}
	return k.s.asCard(body, r, row(button("dg_next", stepView, "back")))
}

func (k *talk) crisisLines() []Line {
	kept, _ := k.form.Route(k.s.Answers)
	if c := facts(kept)[TapCountry]; c != "" {
		return k.b.crisisLines(c)
	}
	return k.b.crisisLines(k.s.Country)
}

// someone is the pop-up of a crisis line, or what to do without one.
func (k *talk) someone(value string) (Turn, bool) {
	n, err := strconv.Atoi(strings.TrimPrefix(value, "c"))
	lines := k.crisisLines()
	switch {
	case err != nil || n < 0 || n > 0 && n >= len(lines):
		return Turn{}, false
	case len(lines) == 0:
		return k.stay(pop("dgp_talk_none"))
	}
	return k.stay(linePop(lines[n]))
}
