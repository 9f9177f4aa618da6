package main

import (
	"fmt"
	"slices"
	"strings"
	"sync/atomic"

	"github.com/offercheck/offercheck/flows"
	"github.com/offercheck/offercheck/flows/check"
	"github.com/offercheck/offercheck/locales"
	"github.com/offercheck/offercheck/reports/hotlines"
	"github.com/offercheck/offercheck/reports/known"
)

// house is what every way of talking to people shares.
type house struct {
	words     *locales.Words
	checker   *check.Checker
	judge     *atomic.Pointer[check.Checker] // the checker with the texts remembered now
	directory *hotlines.Directory
	with      flows.With
	book      *flows.Book
}

// staffed gives the conversations an office: from then on reports are taken.
func (h *house) staffed(o *office) {
	o.furnish(&h.with)
	h.book = flows.New(h.with)
}

// furnish loads languages, signs and the directory. signs is a folder of
// languages to use instead of the built-in ones, "" for those.
func furnish(signs string) (*house, error) {
	words, err := locales.Load()
	if err != nil {
		return nil, fmt.Errorf("load languages: %w", err)
	}
	checker, err := loadChecker(signs)
	if err != nil {
		return nil, err
	}
	directory, err := hotlines.Load()
	if err != nil {
		return nil, fmt.Errorf("load directory: %w", err)
	}
	var languages []flows.Language
	for _, l := range words.Languages() {
		languages = append(languages, flows.Language{Code: l.Code, Name: l.Name})
	}
	judge := new(atomic.Pointer[check.Checker])
	judge.Store(checker)
	h := &house{words: words, checker: checker, judge: judge, directory: directory, with: flows.With{
		Judge: func(c check.Case) check.Verdict { return judge.Load().Case(c) }, Greeting: checker.Greeting, Languages: languages, Match: words.Match, Lines: publicLines(directory),
		Actions: actionsOf(directory), Clock: clockOf, Help: helpOf(directory),
		Held: func(country, nationality string) []flows.Line {
			var out []flows.Line
			for _, l := range directory.Held(country, nationality) {
				out = append(out, publicLine(&l, directory.Checked))
			}
			return out
		},
		Despair: checker.Despair, Lost: checker.Lost, Crisis: func(country string) []flows.Line { return crisisLines(directory, country) },
	}}
	h.book = flows.New(h.with)
	return h, nil
}

// remember gives the conversations confirmed texts to compare with, in the place
// of those they had. A check under way ends with those it began with.
func (h *house) remember(texts []known.Text) error {
	c, err := h.checker.WithKnown(known.List(texts))
	if err != nil {
		return err
	}
	h.judge.Store(c)
	return nil
}

// hear says what typed words of a report are about, for its priority.
func (h *house) hear(text string) hotlines.Words {
	return hotlines.Words{
		Held: h.checker.Case(check.Case{Texts: []string{text}}).Outcome == check.Danger, SelfHarm: h.checker.Despair(text),
	}
}

// publicLine is a line as the conversations show it.
func publicLine(l *hotlines.Line, checked string) flows.Line {
	line := flows.Line{
		Country: l.Country, Name: l.Name, Hours: l.Hours, Cost: l.Cost, Languages: l.Languages, Caution: l.Caution,
		Publisher: l.Source.Publisher, Date: l.Source.Date, Checked: checked,
	}
	for _, n := range l.Numbers {
		show := n.Show
		at := slices.Index(line.Numbers, show)
		switch n.Way {
		case "whatsapp":
			if at >= 0 { // the same by both
				line.Numbers[at] += " / WhatsApp"
				continue
			}
			show = "WhatsApp " + show
		case "sms":
			show = "SMS " + show
		}
		if !slices.Contains(line.Numbers, show) {
			line.Numbers = append(line.Numbers, show)
		}
	}
	if len(l.Web) > 0 {
		line.Web = l.Web[0]
	}
	line.Inside = len(l.Numbers) > 0 && !slices.ContainsFunc(l.Numbers, func(n hotlines.Number) bool {
		return l.FromAbroad != "no" && strings.HasPrefix(n.Dial, "+")
	})
	return line
}

// crisisLines are the lines of a country for somebody who no longer wants to live.
func crisisLines(d *hotlines.Directory, country string) []flows.Line {
	var out []flows.Line
	for _, l := range d.Crisis(country) {
		out = append(out, publicLine(&l, d.Checked))
	}
	return out
}

// publicLines gives the lines an ordinary message may show as the conversations
// want them.
func publicLines(d *hotlines.Directory) []flows.Line {
	kinds := map[hotlines.Kind]string{
		hotlines.CyberFraud: flows.LineScam, hotlines.ScamLoss: flows.LineLoss, hotlines.Crypto: flows.LineLoss,
		hotlines.LabourMigration: flows.LineWork,
	}
	var out []flows.Line
	for _, country := range d.Countries() {
		for _, l := range d.Ordinary(country) {
			line := publicLine(&l, d.Checked)
			for _, k := range l.Kinds {
				if to, ok := kinds[k]; ok {
					line.Kinds = append(line.Kinds, to)
				}
			}
			out = append(out, line)
		}
	}
	return out
}
