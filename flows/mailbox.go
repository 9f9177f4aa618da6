package flows

import (
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf16"
)

// A way back is four of twelve pictures in an order, or sixteen digits. What was
// chosen so far travels in the buttons and stands in no session.
const (
	mostPicks = 4
	orderSize = 16
	wayPart   = "way" // the part of an answer that is a way back, which is none
	mostPages = 60    // of all letters shown, the latest first
	pageSize  = 180   // of a pop-up, in UTF-16 units
)

// setWay takes the taps that choose a way back.
func (k *talk) setWay(c *card, v string) (Turn, bool) {
	r := k.s.Report
	set := func(w Way) {
		k.f.Way, r.Way = &w, true
		k.s.Answers = k.s.Answers.Give(Answer{Step: c.ID, Part: wayPart})
	}
	kind, rest, _ := strings.Cut(v, "-")
	later, back := row(button("dg_way_later", stepWay, Skip)), []Button(nil)
	if r.Order != "" {
		back = row(button("btn_back", stepView, "back")) // to the number
		later = back
	}
	switch {
	case r.Order != "" && (r.Both || v != "pictures" && kind != "p"):
		return Turn{}, false
	case v == "number" && len(k.in.Random) == orderSize && strings.Trim(k.in.Random, "0123456789") == "":
		r.Order, r.Until = k.in.Random, k.in.Now+orderKept
		set(Way{Order: r.Order})
		return k.done()
	case v == "pictures":
		return k.show(k.pick("dg_pics", stepWay, "p", nil, back))
	case kind != "p":
		return Turn{}, false
	}
	picks, ok := picked(rest, 2*mostPicks)
	switch {
	case !ok:
		return Turn{}, false
	case twice(picks):
		return k.stay(pop("dgp_twice"))
	case len(picks) == 2*mostPicks && slices.Equal(picks[:mostPicks], picks[mostPicks:]):
		return k.stay(pop("dgp_same"))
	case len(picks) == 2*mostPicks:
		set(Way{Pictures: picks[:mostPicks], Duress: picks[mostPicks:]})
		r.Both = r.Order != ""
		return k.done()
	case len(picks) >= mostPicks:
		return k.show(k.pick("dg_pics_two", stepWay, "p", picks, later))
	}
	return k.show(k.pick("dg_pics", stepWay, "p", picks, back))
}

// picked reads the pictures chosen so far; each is one of the twelve.
func picked(s string, most int) ([]int, bool) {
	var out []int
	for _, n := range strings.Split(s, "-") {
		i, err := strconv.Atoi(n)
		if err != nil || i < 1 || i > len(pictures()) || strconv.Itoa(i) != n {
			return nil, false
		}
		out = append(out, i)
	}
	return out, len(out) <= most
}

// twice says whether a picture was chosen twice within one order.
func twice(picks []int) bool {
	for i, p := range picks {
		if slices.Contains(picks[i/mostPicks*mostPicks:i], p) {
			return true
		}
	}
	return false
}

// pick is the card of the twelve pictures. It tells how many were chosen, not
// which.
func (k *talk) pick(head Key, step, prefix string, picks []int, other []Button) Say {
	value := prefix
	for _, p := range picks {
		value += "-" + strconv.Itoa(p)
	}
	var all []Button
	for i, p := range pictures() {
		all = append(all, Button{Label: p, Step: step, Value: strings.TrimPrefix(value+"-"+strconv.Itoa(i+1), "-")})
	}
	rows := slices.Collect(slices.Chunk(all, 4))
	if step == stepWay {
		rows = append(rows, means("way", k.card(stepWay).pages))
	}
	if len(picks) > 0 {
		other = append(row(button("dg_pics_again", again(step), map[bool]string{true: "pictures", false: "pics"}[step == stepWay])), other...)
	}
	if len(other) > 0 {
		rows = append(rows, other)
	}
	count := Part{Key: "dg_pics_more", Args: map[string]any{"number": len(picks) % mostPicks, "most": mostPicks}, Under: true}
	return k.s.asCard(append(parts(head), count), rows...)
}

func again(step string) string {
	if step == stepWay {
		return stepWay
	}
	return stepBack
}

// show ends the turn with another card than the question at hand.
func (k *talk) show(s Say, before ...Say) (Turn, bool) {
	return Turn{Session: k.s, Say: append(before, s), Report: k.filing()}, true
}

// order shows the order number once more, or forgets it when the person has it.
func (k *talk) order(tap *Tap) (Turn, bool) {
	r := k.s.Report
	shown := func(number string) (Turn, bool) {
		return k.stay(Say{Pop: true, Parts: []Part{{Key: "dgp_order", Args: map[string]any{"number": grouped(number)}}}})
	}
	switch {
	case k.s.Flow == flowMail && r.Kept != "" && tap.Value == "show":
		return shown(r.Kept)
	case k.s.Flow == flowMail && r.Kept != "" && tap.Value == "had":
		r.Kept, r.Till = "", 0
		return k.stay(pop("dgp_noted"))
	case r.Order == "":
		return Turn{}, false
	case tap.Value == "show":
		return shown(r.Order)
	case tap.Value == "have":
		r.Order, r.Until = "", 0
		return k.done()
	}
	return Turn{}, false
}

// grouped writes an order number as four groups.
func grouped(s string) string {
	var out []string
	for g := range slices.Chunk([]byte(s), 4) {
		out = append(out, string(g))
	}
	return strings.Join(out, " ")
}

// The hours a person may be written to, by the clock of the place.
func windows() []string {
	return []string{"06_09", "09_12", "12_14", "14_18", "18_21", "21_24", "00_06"}
}

// Sentences are those that may be used to write first: ordinary ones. Contact
// names them by number, from 1.
func Sentences() []Key {
	return []Key{"dg_hello_1", "dg_hello_2", "dg_hello_3", "dg_hello_4", "dg_hello_5"}
}

// setReach takes the taps that agree on being written to first: by whose clock,
// in which hours, with which sentence. Nobody writes first unless all was said.
func (k *talk) setReach(c *card, v, country string) (Turn, bool) {
	if v == "no" {
		if old, _ := k.s.Answers.find(&c.Step); old.Again && old.Part != "" {
			k.f.Contact = &Contact{} // what may have been agreed before is taken back
		}
		k.answer(c, "no")
		return k.done(pop("dgp_noted"))
	}
	if v == "yes" && country != "" {
		v = "yes-" + strings.ToLower(country)
	}
	said := strings.Split(v, "-")
	if said[0] != "yes" || len(said) > 1 && !slices.Contains(clocks(), said[1]) || len(said) > 2 && !slices.Contains(windows(), said[2]) {
		return Turn{}, false
	}
	var all []Button
	switch len(said) {
	case 1:
		for _, p := range clocks() {
			all = append(all, button(Key("country_"+strings.ToUpper(p)), c.ID, v+"-"+p))
		}
		return k.show(k.reach("dg_reach_where", all, 3))
	case 2:
		for _, w := range windows() {
			from, to := hours(w)
			all = append(all, Button{Label: from + "–" + to, Step: c.ID, Value: v + "-" + w})
		}
		return k.show(k.reach("dg_reach_hours", all, 2))
	case 3:
		for i, s := range Sentences() {
			all = append(all, button(s, c.ID, v+"-"+strconv.Itoa(i+1)))
		}
		return k.show(k.reach("dg_reach_words", all, 1))
	}
	n, err := strconv.Atoi(said[3])
	if err != nil || n < 1 || n > len(Sentences()) || len(said) > 4 {
		return Turn{}, false
	}
	from, to := hours(said[2])
	k.f.Contact = &Contact{From: from, To: to, Country: strings.ToUpper(said[1]), Sentence: n}
	k.answer(c, k.f.Contact.Country, from+"-"+to, strconv.Itoa(n))
	return k.done(pop("dgp_noted"))
}

// clocks are the countries whose clock may be meant: those asked for as places
// and those people come from.
func clocks() []string {
	all := slices.Concat(placesOf(), nations())
	slices.Sort(all[len(placesOf()):])
	var out []string
	for _, c := range all {
		if !slices.Contains(out, c) {
			out = append(out, c)
		}
	}
	return out
}

func hours(window string) (from, to string) {
	a, b, _ := strings.Cut(window, "_")
	return a + ":00", strings.Replace(b+":00", "24:00", "23:59", 1)
}

func (k *talk) reach(head Key, all []Button, wide int) Say {
	rows := slices.Collect(slices.Chunk(all, wide))
	return k.s.asCard(parts(head), append(rows, means("reach", k.card(stepReach).pages),
		row(button("btn_back", stepView, "back"), button("dg_skip", stepReach, Skip)))...)
}

// orderCard asks which way back was chosen.
func (k *talk) orderCard() Say {
	return k.s.asCard(parts("dg_order"), row(button("dg_order_pics", stepBack, "pics"), button("dg_order_digits", stepBack, "digits")),
		means("order", more()["order"]), row(button("btn_back", stepBack, "undo")))
}

// dialCard asks for the sixteen digits by taps; what was tapped stands in the
// buttons, and on the card only how many.
func (k *talk) dialCard(so string, notes ...Key) Say {
	var rows [][]Button
	for _, line := range []string{"123", "456", "789", "0"} {
		var r []Button
		for _, d := range line {
			r = append(r, Button{Label: string(d), Step: stepDigits, Value: so + string(d)})
		}
		rows = append(rows, r)
	}
	if so != "" {
		rows[3] = append(rows[3], button("dg_undo", stepDigits, "u"+so))
	}
	body := append(parts("dg_digits"), parts(notes...)...)
	body = append(body, Part{Key: "dg_pics_more", Args: map[string]any{"number": len(so), "most": orderSize}, Under: true})
	return k.s.asCard(body, append(rows, row(button("btn_back", stepBack, "open")))...)
}

// wayBack takes the taps that lead into a mailbox and around in it.
func (k *talk) wayBack(tap *Tap) (Turn, bool) {
	r := k.s.Report
	switch {
	case r.Lines: // no case, no way back
		return Turn{}, false
	case k.s.Flow == flowMail && tap.Step == stepLetter:
		return k.letter(tap.Value)
	case k.s.Flow == flowMail && tap.Step == stepBack && tap.Value == "add":
		k.s.Flow = flowDanger
		return k.done()
	case k.s.Flow == flowMail && tap.Step == stepBack:
		name, so, _ := strings.Cut(tap.Value, "_")
		if way, ok := readWay(so); ok && name == "mail" {
			return k.knock(way, nil)
		}
		return Turn{}, false
	case r.Filed && k.s.Flow != flowOrder && !k.first(): // a cry is a case before the first tap
		return Turn{}, false
	case tap.Step == stepBack:
		switch tap.Value {
		case "open":
			k.s.Flow = flowOrder
			return k.done()
		case "undo":
			k.s.Flow = flowDanger
			return k.done()
		case "pics":
			k.s.Flow = flowOrder
			return k.show(k.pick("dg_pics_back", stepPics, "", nil, nil))
		case "digits":
			k.s.Flow = flowOrder
			return k.show(k.dialCard(""))
		}
	case k.s.Flow != flowOrder:
	case tap.Step == stepPics:
		picks, ok := picked(tap.Value, mostPicks)
		switch {
		case !ok:
			return Turn{}, false
		case twice(picks):
			return k.stay(pop("dgp_twice"))
		case len(picks) < mostPicks:
			return k.show(k.pick("dg_pics_back", stepPics, "", picks, nil))
		}
		return k.knock(Ask{Pictures: picks}, nil)
	case tap.Step == stepDigits:
		so, undo := strings.CutPrefix(tap.Value, "u")
		if undo && so != "" {
			so = so[:len(so)-1]
		}
		switch {
		case strings.Trim(so, "0123456789") != "" || len(so) > orderSize:
			return Turn{}, false
		case len(so) < orderSize:
			return k.show(k.dialCard(so))
		}
		return k.knock(Ask{Order: so}, nil)
	}
	return Turn{}, false
}

// ungrouped is an order number as it was typed, without what stands between its
// groups.
func ungrouped(text string) string {
	return strings.Map(func(r rune) rune {
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) {
			return -1
		}
		return r
	}, digits(text))
}

// ownOrder says whether the order number was typed while its card stands.
func (k *talk) ownOrder(text string) bool {
	return k.s.Report.Order != "" && ungrouped(text) == k.s.Report.Order
}

// typedOrder takes an order number that was typed where one is asked, in the
// digits of any script. It is taken away at once.
func (k *talk) typedOrder(text string) (Turn, bool) {
	so := ungrouped(text)
	if so == "" || strings.Trim(so, "0123456789") != "" || k.in.Forwarded || len(k.in.Files) > 0 {
		return Turn{}, false
	}
	t, ok := k.show(k.dialCard("", "dg_order_wrong"))
	if len(so) == orderSize {
		t, ok = k.knock(Ask{Order: so}, nil)
	}
	t.Wipe = wiped(k.in.Message)
	return t, ok
}

// first says whether the first card stands, which offers the way back.
func (k *talk) first() bool {
	_, c := k.at()
	return c != nil && c.ID == stepPhone
}

// knock asks the house whether a way leads anywhere, and shows what it answers:
// with open the mailbox, else what was tapped in it. Watched, wrong and too many
// tries look alike, to the byte.
func (k *talk) knock(a Ask, then func() (Turn, bool)) (Turn, bool) {
	found := k.in.Found
	if found == nil {
		return Turn{Session: k.s, Ask: &a}, true
	}
	if !found.OK || found.Watched || found.Slow {
		k.s.Flow = flowOrder
		return k.show(k.s.asCard(parts("dg_nothing"), row(button("dg_retry", stepBack, "open")), row(button("btn_back", stepBack, "undo"))))
	}
	if then != nil {
		return then()
	}
	r := k.s.Report
	if k.s.Flow != flowMail {
		k.s.Flow, k.s.Answers = flowMail, nil
		r.Filed, r.Way, r.Again, r.Parts = true, true, true, 0
		if n := min(6, len(k.in.Random)); n > 0 {
			r.Run = k.in.Random[:n] + "."
		}
		k.form, k.all = r.form()
		k.opening()
	}
	return k.show(k.mail(a))
}

// written is a way back as the buttons of its mailbox carry it: it stands in no
// session, and letters are read again with it.
func (a Ask) written() string {
	if a.Order != "" {
		return a.Order
	}
	var out []string
	for _, p := range a.Pictures {
		out = append(out, strconv.Itoa(p))
	}
	return strings.Join(out, "-")
}

func readWay(s string) (Ask, bool) {
	if len(s) == orderSize && strings.Trim(s, "0123456789") == "" {
		return Ask{Order: s}, true
	}
	picks, ok := picked(s, mostPicks)
	return Ask{Pictures: picks}, ok && len(picks) == mostPicks && !twice(picks)
}

// mail is the mailbox: how the case stands, what is there to read, what could
// not be taken away, and what can be done.
func (k *talk) mail(way Ask) Say {
	found := k.in.Found
	var body []Part
	if slices.Contains([]Key{StatusReceived, StatusReading, StatusWaiting, StatusPassed, StatusClosed, StatusUnopened}, found.Status) {
		body = parts(found.Status)
	} else {
		body = parts(StatusReceived)
	}
	if found.Left > 0 {
		body = append(body, Part{Key: "dg_left", Args: map[string]any{"count": found.Left}})
	}
	if found.Ends > 0 {
		body = append(body, Part{Key: "dg_ends", Args: map[string]any{"date": time.Unix(found.Ends, 0).UTC().Format(time.DateOnly)}})
	}
	body = append(parts("dg_mail"), body...)
	var rows [][]Button
	pages := 0
	for i := len(found.Letters) - 1; i >= 0; i-- {
		var r []Button
		all := pagesOf(found.Letters[i])
		if pages += len(all); pages > mostPages && len(rows) > 0 {
			break
		}
		for p := range all[:min(len(all), mostPages)] {
			label := "✉ " + strconv.Itoa(i+1)
			if p > 0 {
				label = "… " + strconv.Itoa(p+1)
			}
			r = append(r, Button{Label: label, Step: stepLetter, Value: way.written() + "_" + strconv.Itoa(i+1) + "_" + strconv.Itoa(p+1)})
		}
		rows = append(slices.Collect(slices.Chunk(r, 4)), rows...)
	}
	if len(rows) > 0 {
		body = append(body, Part{Key: "dg_letters"})
	}
	var does []Button
	if found.Kind == Compound || found.Kind == "" {
		does = row(button("dg_add", stepBack, "add"))
	}
	if k.s.Report.Kept != "" && len(way.Pictures) > 0 { // left before the person had it
		rows = append(rows, row(button("dg_order_again", stepOrder, "show"), button("dg_order_have", stepOrder, "had")))
	}
	rows = append(rows, append(does, button("dg_clear", stepView, "erase_"+way.written())), means("mail", more()["mail"]))
	return k.s.asCard(body, rows...)
}

// letter shows one page of a letter. Letters stand in no session: the house
// reads them again.
func (k *talk) letter(value string) (Turn, bool) {
	said := strings.Split(value, "_")
	way, ok := readWay(said[0])
	if !ok || len(said) != 3 {
		return Turn{}, false
	}
	return k.knock(way, func() (Turn, bool) {
		i, err := strconv.Atoi(said[1])
		page, err2 := strconv.Atoi(said[2])
		if err != nil || err2 != nil || i < 1 || i > len(k.in.Found.Letters) {
			return Turn{}, false
		}
		all := pagesOf(k.in.Found.Letters[i-1])
		if page < 1 || page > len(all) {
			return Turn{}, false
		}
		return k.stay(Say{Pop: true, Parts: []Part{{Key: "dgp_letter", Args: map[string]any{"text": all[page-1]}}}})
	})
}

// pagesOf cuts a letter into pop-ups, between words where there are any.
func pagesOf(letter string) []string {
	rest := []rune(clean(letter))
	var out []string
	for len(rest) > 0 {
		n, units := 0, 0
		for n < len(rest) && units+utf16.RuneLen(rest[n]) <= pageSize {
			units += utf16.RuneLen(rest[n])
			n++
		}
		if n < len(rest) {
			n = max(1, len([]rune(cut(string(rest), n))))
		}
		page := strings.TrimSpace(string(rest[:n]))
		rest = []rune(strings.TrimSpace(string(rest[n:])))
		if page != "" {
			out = append(out, page)
		}
	}
	return out
}
