package flows

import (
	"slices"
	"strconv"
	"strings"
)

// here is the card as the talk stands.
func (k *talk) here() Say {
	r := k.s.Report
	if k.s.Flow == flowOrder {
		return k.orderCard()
	}
	if r.Order != "" {
		rows := [][]Button{row(button("dg_order_show", stepOrder, "show")), row(button("dg_order_have", stepOrder, "have"))}
		if !r.Both {
			rows = append(rows, row(button("dg_order_also", stepWay, "pictures")))
		}
		return k.s.asCard(parts("dg_number"), append(rows, means("number", more()["number"]))...)
	}
	kept, c := k.at()
	switch {
	case c == nil && r.Lines:
		return k.lists()
	case c == nil:
		return k.end()
	case !r.Filed && !r.Lines && kept.Has(stepWhere):
		return k.nobody()
	}
	return k.ask(c)
}

// ask is the card of a question.
func (k *talk) ask(c *card) Say {
	kept, _ := k.form.Route(k.s.Answers)
	var head []Part
	var extra [][]Button
	switch {
	case c.ID == stepPhone:
		head = parts("dg_device", "dg_erase")
		extra = [][]Button{pages("dg_about", "about"), row(button("dg_have_order", stepBack, "open"))}
	case c.ID == stepWhere && k.s.Report.Lines:
		head = parts("dg_device", "dg_erase", "dg_lists_only")
		extra = [][]Button{pages("dg_about", "about")}
		if all := k.b.doors(); len(all) > 0 {
			head = append(head, Part{Key: "dg_tongues"})
			extra = append(extra, tongues(all)...)
		}
	case c.ID == stepWay:
		office := k.office()
		head = officeParts(office)
		extra = append(readerRow(office), lineRow(office))
	}
	body := append(head, Part{Key: Key(c.ID)})
	var rows [][]Button
	switch c.ID {
	case stepWay:
		rows = append(wayRows(), row(button("dg_way_later", c.ID, Skip)))
	case stepReach:
		rows = [][]Button{row(button("dg_reach_no", c.ID, "no")), row(button("dg_reach_yes", c.ID, "yes"))}
	default:
		rows = optionRows(c)
	}
	if old, ok := k.s.Answers.find(&c.Step); ok && !c.Private && c.Many {
		for _, v := range old.Values {
			body = append(body, Part{Key: "dg_chosen", Args: map[string]any{"text": Key(c.ID + "_" + v)}, Under: true})
		}
	}
	rows = append(append(rows, means(strings.TrimPrefix(c.ID, "dg_"), c.pages)), extra...)
	var ways []Button
	if len(kept) > 0 {
		ways = append(ways, button("btn_back", c.ID, Back))
	}
	switch {
	case c.ID == stepWay:
	case c.Many:
		ways = append(ways, button("dg_next", c.ID, Skip))
	case c.Optional:
		ways = append(ways, button("dg_skip", c.ID, Skip))
	}
	if len(ways) > 0 {
		rows = append(rows, ways)
	}
	return k.s.asCard(body, rows...)
}

// optionRows are the answers of a question, a country by its name.
func optionRows(c *card) [][]Button {
	var all []Button
	for _, o := range c.Options {
		key := Key(c.ID + "_" + o)
		if len(o) == 2 && (c.ID == stepWhere || c.ID == "dg_nation") {
			key = Key("country_" + strings.ToUpper(o))
		}
		all = append(all, button(key, c.ID, o))
	}
	return slices.Collect(slices.Chunk(all, max(1, c.wide)))
}

func wayRows() [][]Button {
	return [][]Button{row(button("dg_way_pictures", stepWay, "pictures"), button("dg_way_number", stepWay, "number"))}
}

// officeParts tell the truth at this hour: whether somebody is awake, when next,
// and how long an answer usually takes.
func officeParts(o Office) []Part {
	var out []Part
	switch {
	case o.Open:
		out = parts("dg_open")
	case o.Opens != "":
		out = []Part{{Key: "dg_opens", Args: map[string]any{"hours": o.Opens}}}
	default:
		out = parts("dg_closed")
	}
	if slices.Contains(withins(), o.Within) {
		out = append(out, Part{Key: o.Within, Under: true})
	}
	return out
}

func withins() []Key { return []Key{WithinMinutes, WithinHours, WithinHalfDay, WithinDays} }

func readerRow(o Office) [][]Button {
	if o.Name == "" {
		return nil
	}
	return [][]Button{row(button("dg_reader", stepReader, "who"))}
}

// mostLines is how many public lines a card offers.
const mostLines = 6

// lineRow are the buttons to public lines, each in a pop-up of its own. Without
// any the one button says that none is confirmed.
func lineRow(o Office) []Button {
	r := row(button("dg_lines", stepLine, "0"))
	for n := 1; n < min(len(o.Lines), mostLines); n++ {
		r = append(r, Button{Label: "☎ " + strconv.Itoa(n+1), Step: stepLine, Value: strconv.Itoa(n)})
	}
	return r
}

// truth answers who reads a report and which public lines there are.
func (k *talk) truth(tap *Tap) (Turn, bool) {
	o := k.office()
	if tap.Step == stepReader {
		if o.Name == "" {
			return Turn{}, false
		}
		return k.stay(Say{Pop: true, Parts: []Part{{Key: "dgp_reader", Args: map[string]any{"name": o.Name}}}})
	}
	if strings.HasPrefix(tap.Value, "c") {
		return k.someone(tap.Value)
	}
	n, err := strconv.Atoi(tap.Value)
	switch {
	case err != nil || n < 0 || n >= mostLines || n > 0 && n >= len(o.Lines):
		return Turn{}, false
	case len(o.Lines) == 0:
		return k.stay(pop("dgp_lines_none"))
	}
	return k.stay(linePop(o.Lines[n]))
}

// linePop is a public line in a pop-up: name and number stay, the rest as far as
// there is room.
func linePop(l Line) Say {
	where := strings.Join(l.Numbers, ", ")
	if where == "" {
		where = l.Web
	}
	p := Say{Pop: true, Parts: []Part{{Key: "dgp_line", Args: map[string]any{"name": l.Name, "number": where}}}}
	add := func(key Key, name, value string, drop int) {
		if value != "" {
			p.Parts = append(p.Parts, Part{Key: key, Args: map[string]any{name: value}, Under: true, Drop: drop})
		}
	}
	add("line_caution", "caution", l.Caution, 2)
	add("line_hours", "hours", l.Hours, 1)
	add("line_cost", "cost", l.Cost, 3)
	return p
}

// nobody says that no report is taken for this place: nothing was kept, here
// are public lines.
func (k *talk) nobody() Say {
	return k.s.asCard(parts("dg_none"), lineRow(k.office()), pages("dg_care", "care"), means("none", more()["none"]),
		row(button("btn_back", stepView, "undo")))
}

// lists is all there is where no report is taken in a language: public lines, and
// what to leave alone.
func (k *talk) lists() Say {
	return k.s.asCard(parts("dg_lists"), lineRow(k.office()), pages("dg_care", "care"), means("lists", more()["lists"]),
		row(button("btn_back", stepView, "undo")))
}

// pages are the buttons to the pop-ups of a name but some, the first with a label.
func pages(label Key, name string, but ...string) []Button {
	var r []Button
	for n := range more()[name] {
		b := Button{Label: "ⓘ " + strconv.Itoa(len(r)+1), Step: stepMean, Value: name + "_" + strconv.Itoa(n+1)}
		switch {
		case slices.Contains(but, b.Value):
			continue
		case len(r) == 0:
			b.Key, b.Label = label, ""
		}
		r = append(r, b)
	}
	return r
}

// tongues are the languages in which a report is taken, each in its own name.
func tongues(all []Language) [][]Button {
	var out []Button
	for _, l := range all {
		out = append(out, Button{Label: l.Name, Step: stepTongue, Value: l.Code})
	}
	return slices.Collect(slices.Chunk(out, 3))
}

// tongue begins anew, on the same card, in a language in which reports are taken.
func (k *talk) tongue(code string) (Turn, bool) {
	r := k.s.Report
	if !r.Lines || !slices.ContainsFunc(k.b.doors(), func(l Language) bool { return l.Code == code }) {
		return Turn{}, false
	}
	k.s.Lang, k.s.Offered, k.s.Answers = code, code, nil
	r.Lines = false
	k.form, k.all = r.form()
	return k.done()
}

// end is the card when nothing is left to ask.
func (k *talk) end() Say {
	var rows [][]Button
	if !k.s.Report.Way {
		rows = append(rows, wayRows()...)
	}
	rows = append(rows, row(button("dg_view", stepView, "list")), lineRow(k.office()), pages("dg_care", "care", "care_2"), means("end", more()["end"])) // where one is was asked here, and is sealed
	ways := row(button("dg_clear", stepView, "erase"))
	if kept, _ := k.at(); len(kept) > 0 {
		ways = append(row(button("btn_back", stepView, "undo")), ways...)
	}
	rows = append(rows, ways)
	return k.s.asCard(parts("dg_end"), rows...)
}

// view shows which questions were answered, never the answers, and the way to
// take everything back: two taps.
func (k *talk) view(tap *Tap) (Turn, bool) {
	r := k.s.Report
	card := func(s Say) (Turn, bool) { return Turn{Session: k.s, Say: []Say{s}}, true }
	if !r.Filed && tap.Value != "undo" && tap.Value != "back" {
		return Turn{}, false
	}
	switch {
	case tap.Step == stepErase && tap.Value == "yes":
		k.f.Erase = true
		return k.b.leave(k.s, k.filing()), true
	case tap.Step == stepErase:
		return Turn{}, false
	case tap.Value == "undo" && k.back():
		return k.done()
	case tap.Value == "back":
		if k.s.Flow == flowMail { // its mailbox stands in no session: the questions go on
			k.s.Flow = flowDanger
		}
		return k.done()
	case k.s.Flow == flowMail && strings.HasPrefix(tap.Value, "erase_"):
		return card(k.erase(button("dg_clear_no", stepBack, "mail_"+strings.TrimPrefix(tap.Value, "erase_"))))
	case k.s.Flow != flowDanger:
	case tap.Value == "list":
		body := parts("dg_list")
		kept, _ := k.form.Route(k.open())
		for _, a := range kept {
			if !a.Skipped {
				body = append(body, Part{Key: "item", Args: map[string]any{"text": Key(a.Step)}, Under: true})
			}
		}
		return card(k.s.asCard(body, row(button("btn_back", stepView, "back"), button("dg_clear", stepView, "erase"))))
	case tap.Value == "erase":
		return card(k.erase(button("dg_clear_no", stepView, "back")))
	}
	return Turn{}, false
}

// erase asks once more.
func (k *talk) erase(no Button) Say {
	return k.s.asCard(parts("dg_clear_ask"), row(button("dg_clear_yes", stepErase, "yes"), no), means("erase", more()["erase"]))
}

// meant is the pop-up behind a button that says what a card means.
func (k *talk) meant(value string) (Key, bool) {
	name, page, ok := strings.Cut(value, "_")
	n, err := strconv.Atoi(page)
	most := more()[name]
	if c := k.card("dg_" + name); c != nil {
		most = c.pages
	}
	if !ok || err != nil || n < 1 || n > most {
		return "", false
	}
	return Key("dgp_" + name + "_" + page), true
}

// dangerKeys are all messages of the danger talk.
func dangerKeys() []Key {
	keys := []Key{
		"dg_device", "dg_erase", "dg_about", "dg_have_order", "dg_mean", "dg_leave", "dg_skip", "dg_next", "dg_chosen", "dg_large",
		"dg_open", "dg_opens", "dg_closed", "dg_reader", "dg_lines", "dg_none", "dg_lists", "dg_lists_only", "dg_tongues", "dg_care", "dg_end", "dg_view", "dg_list", "dg_clear", "dg_clear_ask",
		"dg_clear_yes", "dg_clear_no", "dg_number", "dg_order_show", "dg_order_have", "dg_way_pictures", "dg_way_number", "dg_way_later",
		"dg_pics", "dg_pics_two", "dg_pics_more", "dg_reach_no", "dg_reach_yes", "dg_reach_where", "dg_reach_hours", "dg_reach_words",
		"dg_order", "dg_order_also", "dg_order_again", "dg_order_pics", "dg_order_digits", "dg_order_wrong", "dg_digits", "dg_pics_back", "dg_pics_again", "dg_undo", "dg_retry", "dg_nothing", "dg_mail",
		"dg_letters", "dg_ends", "dg_add", "dg_left", "dgp_noted", "dgp_reader", "dgp_line", "dgp_lines_none", "dgp_order", "dgp_letter", "dgp_twice", "dgp_same",
		"dg_warm", "dg_talk", "dgp_talk_none", "crisis", "crisis_none", "crisis_pick",
		"line_hours", "line_cost", "line_caution", "line_entry", "line_languages", "line_source", "line_source_undated",
		StatusReceived, StatusReading, StatusWaiting, StatusPassed, StatusClosed, StatusUnopened,
	}
	keys = append(append(keys, withins()...), Sentences()...)
	for _, c := range cards(false) {
		keys = append(keys, Key(c.ID))
		for _, r := range optionRows(&c) {
			for _, b := range r {
				keys = append(keys, b.Key)
			}
		}
		for n := 1; n <= c.pages; n++ {
			keys = append(keys, Key("dgp_"+strings.TrimPrefix(c.ID, "dg_")+"_"+strconv.Itoa(n)))
		}
	}
	for name, pages := range more() {
		for n := 1; n <= pages; n++ {
			keys = append(keys, Key("dgp_"+name+"_"+strconv.Itoa(n)))
		}
	}
	return keys
}
