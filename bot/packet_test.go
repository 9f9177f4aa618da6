package bot

import (
	"bytes"
	"encoding/csv"
	"html"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/offercheck/offercheck/flows"
	"github.com/offercheck/offercheck/flows/check"
	"github.com/offercheck/offercheck/locales"
	"github.com/offercheck/offercheck/reports/hotlines"
)

func aPacket(form string) flows.Packet {
	return flows.Packet{
		Form: form, Day: "2026-11-22", Totals: []string{"1500 THB"},
		Payments: []flows.Payment{{
			When: "2026-11-20T14:30+07:00", Amount: "1500", Currency: "THB", Way: "lf_way_bank", Bank: "<script>alert(1)</script>",
			Account: "=1+1", Exchange: "@x", To: "-1", Hash: "+1\t=2", From: "＝1", Unsure: []string{"=cmd|' /C calc'!A0"},
		}},
		Facts: []flows.Fact{{Key: "lf_story", Values: []string{"first\nsecond & third"}}, {Key: "lf_remote", Keys: []flows.Key{"ff_yes"}}},
	}
}

// A page prints what was answered, in the person's language and in English, runs
// nothing and fetches nothing.
func TestPacketPage(t *testing.T) {
	w := loadWords(t)
	for _, l := range w.Languages() {
		file, err := RenderPacket(w, l.Code, aPacket(flows.PacketPage))
		require.NoError(t, err)
		page := string(file.Data)
		require.Equal(t, "report-2026-11-22.html", file.Name)
		require.Contains(t, page, "@media print")
		require.Contains(t, html.UnescapeString(page), "2026-11-20 14:30 (UTC+07:00)")
		require.Contains(t, page, "&lt;script&gt;")
		require.Contains(t, page, "second &amp; third")
		require.NotRegexp(t, `<script|src=|href=|url\(|\son\w+=`, page)
		require.NotContains(t, page, "&lt;b&gt;", "markup of a label went in")
		for _, key := range []string{"pk_title", "lf_story", "ff_yes", "lf_way_bank"} {
			require.Contains(t, html.UnescapeString(page), w.Plain(l.Code, key, nil))
			require.Contains(t, html.UnescapeString(page), w.Plain("en", key, nil))
		}
	}
	_, err := RenderPacket(w, "en", flows.Packet{Form: "nonsense"})
	require.Error(t, err)
}

// No cell of the table begins as a formula does, and nothing breaks out of one.
func TestPacketTable(t *testing.T) {
	w := loadWords(t)
	formula := regexp.MustCompile("^[=+\\-@\t\r|%＝＋－＠]")
	read := func(t require.TestingT, p flows.Packet) [][]string {
		file, err := RenderPacket(w, "my", p)
		require.NoError(t, err)
		rows, err := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(file.Data, []byte("\ufeff")))).ReadAll()
		require.NoError(t, err)
		for _, r := range rows {
			for _, c := range r {
				require.NotRegexp(t, formula, c)
				require.NotContains(t, c, "\n")
			}
		}
		return rows
	}
	rows := read(t, aPacket(flows.PacketTable))
	require.Len(t, rows, 2)
	require.Len(t, rows[0], len(rows[1]))
	require.True(t, slices.Contains(rows[1], "'=1+1"))
	rapid.Check(t, func(t *rapid.T) {
		some := rapid.OneOf(rapid.String(), rapid.SampledFrom([]string{"=1", "\t=1", "\r\n@x", "\x00=1", " =1", "\ufeff=1", "\u200b=1"}))
		p := aPacket(flows.PacketTable)
		p.Payments[0].Bank, p.Payments[0].Account, p.Payments[0].Unsure = some.Draw(t, "bank"), some.Draw(t, "account"), []string{some.Draw(t, "unsure")}
		require.Len(t, read(t, p), 2)
	})
}

// Whatever is done in a report, in whichever language: every message is in that
// language, valid, fits, and has buttons that can be tapped.
func TestReportWalkInEveryLanguage(t *testing.T) {
	w := loadWords(t)
	c, err := check.Load(check.Files(), locales.Files())
	require.NoError(t, err)
	d, err := hotlines.Load()
	require.NoError(t, err)
	with := flows.With{Judge: c.Case, Greeting: c.Greeting, Match: w.Match}
	for _, country := range d.Countries() {
		with.Lines = append(with.Lines, flows.Line{Country: country, Name: "A line", Kinds: []string{"loss"}, Numbers: []string{"1441"}, Publisher: "A", Checked: "2026-11-21"})
	}
	with.Office = func(_ string, taps map[string]string, _ int64) flows.Office {
		return flows.Office{Known: taps[flows.TapCountry] != "LA", Name: "Line <b> & co", Opens: "07:00", Within: flows.WithinDays}
	}
	with.Actions = func(country string) flows.Actions {
		var out flows.Actions
		a := d.Actions(country)
		for _, s := range a.Steps {
			out.Steps = append(out.Steps, flows.Action{Part: flows.Part{Key: flows.Key(s.Key), Args: d.Args(s, country)}, Paid: s.If})
		}
		for _, due := range a.Deadlines {
			out.Due = append(out.Due, flows.Due{Key: flows.Key(due.Key), After: 1})
		}
		return out
	}
	for _, l := range w.Languages() {
		with.Languages = append(with.Languages, flows.Language{Code: l.Code, Name: l.Name})
	}
	book := flows.New(with)
	texts := []string{
		"1500 USD", "2 triệu", "5万", "1,5 juta", "๒๐๐๐ บาท", "၅ သိန်း", "20/11/2025", "32.13.2026", "a thousand", "500 zorkmid", "<b>&", strings.Repeat("ကျ ", 1400),
		"TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t", "TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6s", "https://shop.com/?a=1&b=2", "@anna_invest", "+66812345678", "1111222233334444",
	}
	for _, l := range w.Languages() {
		t.Run(l.Code, func(t *testing.T) {
			rapid.Check(t, func(t *rapid.T) {
				s, now := flows.Session{Lang: l.Code}, noon.Unix()
				var taps []flows.Tap
				for n := range rapid.IntRange(2, 30).Draw(t, "turns") {
					now++
					in := flows.Input{Message: 10 * (n + 1), Now: now, Random: "1111222233334444", Command: "report"}
					if n > 0 {
						switch rapid.IntRange(0, 4).Draw(t, "does") {
						case 0:
							in.Command, in.Text = "", rapid.SampledFrom(texts).Draw(t, "text")
						default:
							tap := rapid.SampledFrom(taps[max(0, len(taps)-14):]).Draw(t, "tap")
							in.Command, in.Tap = "", &tap
						}
					}
					turn := book.Turn(s, in)
					if turn.Ask != nil {
						in.Found = &flows.Found{OK: true, Kind: flows.Loss, Status: flows.StatusReceived, Letters: []string{"<i>"}, Ends: now}
						turn = book.Turn(s, in)
					}
					s = turn.Session
					if s.Lang != l.Code {
						return
					}
					for _, say := range turn.Say {
						if say.Pop {
							require.NotEmpty(t, RenderPop(w, l.Code, say))
							continue
						}
						out := Render(w, l.Code, s.Nonce, say)
						if say.Packet != nil {
							file, err := RenderPacket(w, l.Code, *say.Packet)
							require.NoError(t, err)
							require.NotEmpty(t, file.Data)
							require.LessOrEqual(t, units(out.Text), mostCaption)
						}
						checkHTML(t, out.Text)
						require.NotEmpty(t, out.Text)
						require.LessOrEqual(t, units(out.Text), mostText)
						require.NotContains(t, out.Text, "<no value>")
						for i, r := range out.Rows {
							for j, b := range r {
								require.NotEmpty(t, b.Text)
								require.LessOrEqual(t, len(b.Data), 64)
								require.Regexp(t, pinned, b.Data)
								taps = append(taps, flows.Tap{Nonce: b.Data[:4], Step: say.Rows[i][j].Step, Value: say.Rows[i][j].Value, Message: 10*(n+1) + 1})
							}
						}
					}
				}
			})
			for key, n := range w.Missing() {
				require.NotRegexp(t, "^"+l.Code+"/", key, "wanted %d times and not there", n)
			}
		})
	}
}

// The first hour begins with a few steps, in every language and country and for
// every way of paying: whom to call, the country's own line. The rest is one tap
// away, and nothing of it is lost.
func TestTheFirstHourIsShort(t *testing.T) {
	w := loadWords(t)
	d, err := hotlines.Load()
	require.NoError(t, err)
	with := flows.With{Match: w.Match, Judge: func(check.Case) check.Verdict { return check.Verdict{} }, Actions: func(country string) flows.Actions {
		var out flows.Actions
		for _, s := range d.Actions(country).Steps {
			out.Steps = append(out.Steps, flows.Action{Part: flows.Part{Key: flows.Key(s.Key), Args: d.Args(s, country)}, Paid: s.If})
		}
		return out
	}}
	for _, country := range d.Countries() {
		with.Lines = append(with.Lines, flows.Line{Country: country, Name: "A line", Kinds: []string{"loss"}, Numbers: []string{"1441"}})
	}
	book := flows.New(with)
	tap := func(lang, value string) flows.Say {
		turn := book.Turn(flows.Session{Lang: lang}, flows.Input{Tap: &flows.Tap{Nonce: "0000", Step: "act", Value: value, Message: 7}})
		require.Len(t, turn.Say, 1, value)
		return turn.Say[0]
	}
	for _, l := range w.Languages() {
		for _, country := range d.Countries() {
			if len(country) != 2 {
				continue
			}
			at := strings.ToLower(country)
			steps := d.Actions(country).Steps
			for _, way := range []string{"", "_bank", "_card", "_app", "_crypto", "_gift", "_cash"} {
				few := tap(l.Code, at+way)
				require.LessOrEqual(t, len(few.Parts), 7, "%s: a heading, at most five steps, a question", at+way)
				text := Render(w, l.Code, "0000", few).Text
				require.LessOrEqual(t, units(text), 2000, "%s %s", l.Code, at+way)
				whole := way
				if whole == "" {
					whole = "_any"
				}
				all := Render(w, l.Code, "0000", tap(l.Code, at+whole+"_all"))
				require.LessOrEqual(t, units(all.Text), mostText)
				numbers := 0
				for i, s := range steps {
					own := locales.Strip(w.Say(l.Code, s.Key, d.Args(s, country)))
					if s.Key == "act_stop" || s.Key == "act_evidence" {
						require.Contains(t, locales.Strip(text), own)
					}
					if number := d.Args(s, country)["number"]; number != nil && s.If == "" {
						if numbers++; numbers == 1 && i < 4 {
							require.Contains(t, locales.Strip(text), number, "%s %s", l.Code, country)
						}
					}
					if way == "" {
						require.Contains(t, locales.Strip(all.Text), own, "%s %s: nothing is lost", l.Code, country)
					}
				}
			}
		}
	}
}

// The first hour of every country is whole: no number is left out for want of
// room, in any language.
func TestActionsFit(t *testing.T) {
	w := loadWords(t)
	d, err := hotlines.Load()
	require.NoError(t, err)
	for _, l := range w.Languages() {
		for _, country := range append(d.Countries(), "") {
			parts := []flows.Part{{Key: "act_heading"}}
			for _, s := range d.Actions(country).Steps {
				parts = append(parts, flows.Part{Key: flows.Key(s.Key), Args: d.Args(s, country)})
			}
			text := fit(w, l.Code, parts, mostText)
			require.LessOrEqual(t, units(text), mostText)
			for _, p := range parts {
				if number, ok := p.Args["number"].(string); ok {
					require.Contains(t, locales.Strip(text), number, "%s %s", l.Code, country)
				}
			}
			require.Contains(t, text, strings.TrimSpace(w.Say(l.Code, "act_recovery", nil)), "%s %s", l.Code, country)
		}
	}
}
