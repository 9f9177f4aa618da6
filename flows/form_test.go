package flows

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/offercheck/offercheck/flows/check"
)

var (
	aSum  = regexp.MustCompile(`(?i)(\d+(?:\.\d+)?) (usd|thb|usdt)\b`)
	aLink = regexp.MustCompile(`\b[a-z0-9-]+\.example\b`)
	aName = regexp.MustCompile(`@[a-z0-9_]{4,}`)
)

// judgeValues is judgeByWords that also reads sums, links and names, simply.
func judgeValues(c check.Case) check.Verdict {
	v := judgeByWords(c)
	for _, t := range c.Texts {
		for _, m := range aSum.FindAllStringSubmatch(t, -1) {
			n, _ := strconv.ParseFloat(m[1], 64)
			v.Entities = append(v.Entities, check.Entity{Type: "money", Amount: n, Currency: strings.ToUpper(m[2]), Valid: true})
		}
		for _, m := range aLink.FindAllString(t, -1) {
			v.Entities = append(v.Entities, check.Entity{Type: "domain", Value: m, Valid: true})
		}
		for _, m := range aName.FindAllString(t, -1) {
			v.Entities = append(v.Entities, check.Entity{Type: "telegram", Value: m, Valid: true})
		}
	}
	return v
}

// reportsWith is an installation that takes reports, from anywhere but Laos.
func reportsWith() With {
	w := testWith()
	w.Judge = judgeValues
	w.Office = func(kind string, taps map[string]string, now int64) Office {
		if kind == Compound || taps[TapCountry] == "LA" {
			return Office{}
		}
		return Office{Known: true, Name: "A hotline", Open: now%(24*60*60) < 12*60*60, Opens: "07:00", Within: WithinDays}
	}
	w.Actions = func(country string) Actions {
		a := Actions{Steps: []Action{step("act_stop"), step("act_bank")}, Due: []Due{{Key: "due_recovery", After: 7 * 24 * 60 * 60}}}
		if country == "TH" {
			for _, number := range []string{"1441", "1599", "191"} {
				a.Steps = append(a.Steps, Action{Part: Part{Key: "act_line", Args: map[string]any{"name": "A line", "number": number}}})
			}
			a.Due = append([]Due{{Key: "due_th", After: 24 * 60 * 60}}, a.Due...)
		}
		a.Steps = append(a.Steps, step("act_police"), step("act_evidence"), Action{Part: Part{Key: "act_crypto"}, Paid: "crypto"},
			Action{Part: Part{Key: "act_card"}, Paid: "card"}, step("act_recovery"))
		return a
	}
	w.Help = func(what, country, from string) []Line {
		if country == "LA" && from == "" {
			return nil
		}
		out := []Line{{Country: country, Name: what, Numbers: []string{"1441"}, Inside: true, Hours: "24 hours", Caution: "Phone only.", Checked: "2026-11-21"}}
		if from != "" {
			out = append(out, Line{Country: from, Name: "home", Numbers: []string{"+65 1799"}})
		}
		return out
	}
	w.Clock = func(country string) *time.Location {
		if country == "TH" {
			return time.FixedZone("", 7*60*60)
		}
		return nil
	}
	w.Lost = func(text string) bool { return strings.Contains(text, "a scam") }
	w.Despair = func(text string) bool { return strings.Contains(text, "no reason to live") }
	w.Crisis = func(country string) []Line {
		if country != "TH" {
			return nil
		}
		return []Line{{Country: "TH", Name: "A crisis line", Numbers: []string{"1323"}}}
	}
	return w
}

func step(key Key) Action { return Action{Part: Part{Key: key}} }

func newReporter() *chat {
	c := newChat()
	c.book = New(reportsWith())
	c.clock = time.Date(2026, 11, 22, 3, 0, 0, 0, time.UTC).Unix()
	c.found = func(a Ask) Found {
		switch a.Order {
		case "1111222233334444":
			return Found{OK: true, Kind: Loss, Status: StatusWaiting, Letters: []string{"We read it."}}
		case "9999888877776666":
			return Found{OK: true, Kind: Compound, Status: StatusWaiting, Letters: []string{"Never sent."}}
		case "5555555555555555":
			return Found{Slow: true}
		}
		return Found{}
	}
	return c
}

// playReport reads a line of a transcript as play does, and what is peculiar to
// reports.
func (c *chat) playReport(line string) (Turn, error) {
	word, rest, _ := strings.Cut(line, " ")
	switch word {
	case "hours":
		n, err := strconv.ParseInt(rest, 10, 64)
		c.clock += n * 60 * 60
		return Turn{}, err
	case "house": // in which nobody takes a report
		w := reportsWith()
		w.Office = nil
		c.book = New(w)
		return Turn{}, nil
	case "voice":
		return c.send(Input{Files: []File{{ID: "v", Kind: "voice"}}}), nil
	case "big":
		return c.send(Input{Files: []File{{ID: "p", Kind: "photo", Size: 21 << 20}}}), nil
	case "most":
		return c.send(Input{Files: []File{{ID: "p", Kind: "photo", Size: 20 << 20}}}), nil
	case "shot": // a picture whose words were read
		return c.send(Input{Files: []File{{ID: "p", Kind: "photo", Text: rest}}}), nil
	case "contact":
		return c.send(Input{Text: "Anna\n" + rest}), nil
	case "refused":
		tap := c.last(rest)
		c.clock++
		c.session = c.book.Turn(c.session, Input{Tap: &tap, Now: c.clock}).Session.unsent()
		t := c.book.Turn(c.session, Input{Tap: &tap, Now: c.clock, Refused: NoOffice})
		c.session = t.Session
		return t, nil
	case "long":
		n, err := strconv.Atoi(rest)
		return c.send(Input{Text: strings.TrimSpace(strings.Repeat("word ", n/5))}), err
	}
	return c.play(line)
}

// unsent is a session before the turn that sent its report.
func (s Session) unsent() Session {
	if s.Draft != nil {
		s.Draft = s.Draft.copy()
		s.Draft.Filed = false
	}
	return s
}

func (c *chat) last(value string) Tap {
	for i := len(c.buttons) - 1; i >= 0; i-- {
		if c.buttons[i].Value == value {
			return c.buttons[i]
		}
	}
	return Tap{}
}

// TestReportTranscripts plays the reports in testdata/reports.
func TestReportTranscripts(t *testing.T) {
	files, err := filepath.Glob("testdata/reports/*.txt")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) {
			want, err := os.ReadFile(file)
			require.NoError(t, err)
			var got strings.Builder
			c := newReporter()
			for _, line := range strings.Split(strings.TrimRight(string(want), "\n"), "\n") {
				c.clock++
				did, ok := strings.CutPrefix(line, "> ")
				switch {
				case line == "" || strings.HasPrefix(line, "#"):
					got.WriteString(line + "\n")
				case ok:
					turn, err := c.playReport(did)
					require.NoError(t, err)
					got.WriteString(line + "\n")
					if !strings.HasPrefix(did, "hours") && !strings.HasPrefix(did, "house") {
						got.WriteString(turn.Transcript())
					}
				}
			}
			if *update {
				require.NoError(t, os.WriteFile(file, []byte(got.String()), 0o644))
				return
			}
			require.Equal(t, string(want), got.String())
		})
	}
}

// drawReport is anything somebody could do while a report is written.
func drawReport(t *rapid.T, c *chat) Input {
	texts := []string{
		"1500 USD", "20/11/2026 14:30", "32.13.2026", "tomorrow", "a thousand", "500 zorkmid", "TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t",
		"TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6s", "shop.example", "@anna_invest", "+66812345678", "a@b.example", "they said it is safe", "hi", "👍",
		"GB82 WEST 1234 5698 7654 32", "1111222233334444", strings.Repeat("ข", 4000), "\x00", "there is no reason to live",
	}
	c.clock += rapid.Int64Range(0, 4000).Draw(t, "seconds")
	switch rapid.IntRange(0, 9).Draw(t, "does") {
	case 0:
		return Input{Command: rapid.SampledFrom([]string{"start", "report", "cancel", "exit", "help", "check", "language", "delete"}).Draw(t, "command")}
	case 1, 2:
		return Input{Text: rapid.SampledFrom(texts).Draw(t, "text")}
	case 3:
		return Input{Files: []File{{ID: "x", Kind: rapid.SampledFrom([]string{"photo", "voice", "location", "sticker", "document", "contact"}).Draw(t, "file"), Size: rapid.Int64Range(0, 30<<20).Draw(t, "size")}}}
	case 4:
		return Input{Edited: true, Message: rapid.IntRange(0, c.next+1).Draw(t, "which"), Text: rapid.SampledFrom(texts).Draw(t, "text")}
	}
	if len(c.buttons) == 0 {
		return Input{Command: "report"}
	}
	from := c.buttons[max(0, len(c.buttons)-12):]
	if rapid.IntRange(0, 5).Draw(t, "old") == 0 {
		from = c.buttons
	}
	tap := rapid.SampledFrom(from).Draw(t, "button")
	return Input{Tap: &tap}
}

// Whatever is done, in any order: no crash, no silence, buttons that fit, every
// word known, nothing sent before it is tapped, and a case only from a report.
func TestReportWalk(t *testing.T) {
	known := map[Key]bool{}
	for _, k := range New(reportsWith()).Keys() {
		known[k] = true
	}
	for _, k := range []Key{"act_stop", "act_bank", "act_line", "act_police", "act_evidence", "act_crypto", "act_card", "act_recovery"} {
		known[k] = true
	}
	rapid.Check(t, func(t *rapid.T) {
		c := newReporter()
		for range rapid.IntRange(1, 60).Draw(t, "turns") {
			was := c.session
			in := drawReport(t, c)
			turn := c.send(in)
			if !in.Edited {
				require.NotEmpty(t, turn.Say, "silence after %+v", in)
			}
			if turn.Report != nil && turn.Report.Begin {
				require.Equal(t, "send", in.Tap.Value)
				require.NotEmpty(t, turn.Report.Entries)
			}
			if turn.Report != nil && len(turn.Report.Files) > 0 {
				require.True(t, was.Draft.Filed)
			}
			for _, s := range turn.Say {
				require.NotEmpty(t, s.Parts)
				for _, p := range s.Parts {
					if !strings.HasPrefix(string(p.Key), "advice_") && !strings.HasPrefix(string(p.Key), "sign_") {
						require.True(t, known[p.Key], "%s is not in Keys", p.Key)
					}
					for _, a := range p.Args {
						if k, ok := a.(Key); ok && !strings.HasPrefix(string(k), "advice_") && !strings.HasPrefix(string(k), "sign_") && !strings.HasPrefix(string(k), "ask_") {
							require.True(t, known[k], "%s is not in Keys", k)
						}
					}
				}
				n := 0
				for _, r := range s.Rows {
					n += len(r)
					for _, b := range r {
						require.LessOrEqual(t, len(b.Step), 16)
						require.LessOrEqual(t, len(b.Value), 16, b.Value)
						require.Regexp(t, `^[a-z0-9_]+$`, b.Step+b.Value)
						if b.Key != "" {
							require.True(t, known[b.Key], "%s is not in Keys", b.Key)
						}
					}
				}
				require.LessOrEqual(t, n, 40)
			}
			_, err := json.Marshal(turn.Session)
			require.NoError(t, err)
		}
	})
}

// From any session, however broken, the talk stands somewhere, and skipping leads
// to the summary.
func TestReportStandsSomewhere(t *testing.T) {
	b := New(reportsWith())
	var ids, options []string
	for _, x := range append(b.lossFields(), b.tipFields()...) {
		ids, options = append(ids, x.ID), append(options, x.Options...)
	}
	rapid.Check(t, func(t *rapid.T) {
		d := &Draft{
			Kind: rapid.SampledFrom([]string{Loss, Tip, "nonsense"}).Draw(t, "kind"), At: 1,
			Edit: rapid.SampledFrom(append(ids, "", "", "nonsense")).Draw(t, "edit"), Short: rapid.Bool().Draw(t, "short"),
			Page: rapid.IntRange(-5, 50).Draw(t, "page"), Filed: rapid.Bool().Draw(t, "filed"), Refused: rapid.String().Draw(t, "refused"), Step: "lf_to_1",
		}
		for range rapid.IntRange(0, 20).Draw(t, "answers") {
			d.Answers = append(d.Answers, Answer{
				Step:   rapid.SampledFrom(append(ids, "gone")).Draw(t, "step"),
				Values: rapid.SliceOfN(rapid.OneOf(rapid.SampledFrom(options), rapid.String()), 0, 3).Draw(t, "values"), Skipped: rapid.Bool().Draw(t, "skipped"),
				Again: rapid.Bool().Draw(t, "again"), Open: rapid.Bool().Draw(t, "open"),
			})
		}
		s := Session{Lang: "en", Nonce: "0001", Flow: rapid.SampledFrom([]string{Loss, Tip}).Draw(t, "flow"), Draft: d}
		require.NotEmpty(t, b.Turn(s, Input{Text: "hello there", Now: 2}).Say)
		for range 120 {
			turn := b.Turn(s, Input{Tap: &Tap{Nonce: "zzzz", Step: "nonsense"}, Now: 2})
			require.NotEmpty(t, turn.Say)
			s = turn.Session
			if s.Draft == nil || !s.writing() {
				return
			}
			p := turn.Say[len(turn.Say)-1]
			var all []Button
			for _, r := range p.Rows {
				all = append(all, r...)
			}
			at := slices.IndexFunc(all, func(x Button) bool { return x.Value == Skip })
			if at < 0 {
				at = slices.IndexFunc(all, func(x Button) bool { return x.Value == "other" })
			}
			if at < 0 {
				return // the summary, or what comes after sending
			}
			turn = b.Turn(s, Input{Tap: &Tap{Nonce: s.Nonce, Step: all[at].Step, Value: all[at].Value}, Now: 2})
			s = turn.Session
		}
		require.Fail(t, "no end in sight")
	})
}

// What people write is understood as they meant it.
func TestReadDate(t *testing.T) {
	now := time.Date(2026, 11, 22, 10, 0, 0, 0, time.FixedZone("", 7*60*60))
	for _, c := range []struct {
		in, want string
		wrong    Key
	}{
		{in: "20/11/2026", want: "2026-11-20"}, {in: "2026-11-20", want: "2026-11-20"}, {in: "20.11.26", want: "2026-11-20"},
		{in: "20/11/2569", want: "2026-11-20"}, {in: "20/11/69", want: "2026-11-20"}, {in: "๒๐/๑๑/๒๕๖๙", want: "2026-11-20"},
		{in: "20 พ.ย. 2569", want: "2026-11-20"}, {in: "20 พฤศจิกายน 2569 เวลา 14.30 น.", want: "2026-11-20T14:30+07:00"},
		{in: "2026年11月20日", want: "2026-11-20"}, {in: "11月20日下午3点", want: "2026-11-20T15:00+07:00"}, {in: "昨天 14:05", want: "2026-11-21T14:05+07:00"},
		{in: "ngày 20 tháng 11 năm 2026", want: "2026-11-20"}, {in: "20/11 lúc 14h30", want: "2026-11-20T14:30+07:00"}, {in: "hôm qua", want: "2026-11-21"},
		{in: "20 November 2026", want: "2026-11-20"}, {in: "Nov 20, 2026 2:30 pm", want: "2026-11-20T14:30+07:00"}, {in: "3pm yesterday", want: "2026-11-21T15:00+07:00"},
		{in: "20 Agustus 2026", want: "2026-08-20"}, {in: "kemarin pukul 09.15", want: "2026-11-21T09:15+07:00"},
		{in: "၂၀ နိုဝင်ဘာ ၂၀၂၆", want: "2026-11-20"}, {in: "၂၀/၁၁/၂၀၂၆", want: "2026-11-20"}, {in: "မနေ့က", want: "2026-11-21"},
		{in: "25/12", want: "2025-12-25"}, {in: "today", want: "2026-11-22"}, {in: "11/20/2026", want: "2026-11-20"},
		{in: "32.13.2026", wrong: wrongDay}, {in: "31/6/2026", wrong: wrongDay}, {in: "30.02.2026", wrong: wrongDay}, {in: "29/2/2024", want: "2024-02-29"},
		{in: "1/1/2030", wrong: wrongFuture}, {in: "tomorrow", wrong: wrongFuture}, {in: "today 23:59", wrong: wrongFuture},
		{in: "last summer", wrong: wrongDate}, {in: "", wrong: wrongDate}, {in: "20/11/1850", wrong: wrongDay}, {in: "20/11/2026 25:99", wrong: wrongDay},
	} {
		h := (&reading{now: now}).date(c.in, false)
		require.Equal(t, c.wrong, h.wrong, c.in)
		require.Equal(t, c.want, h.value, c.in)
	}
	h := (&reading{now: now, country: "US"}).date("2/11/2026", false)
	require.Equal(t, "2026-02-11", h.value, "month first in the United States")
	require.Equal(t, wrongPast, (&reading{now: now}).date("20/11/2026", true).wrong)
	require.Equal(t, "2026-11-25", (&reading{now: now}).date("25/11", true).value)
	rapid.Check(t, func(t *rapid.T) { // never a crash, and what is read is a day
		h := (&reading{now: now}).date(rapid.String().Draw(t, "text"), rapid.Bool().Draw(t, "ahead"))
		require.True(t, (h.wrong == "") == (h.value != ""))
	})
}

func TestShown(t *testing.T) {
	for _, c := range []struct{ lang, in, want string }{
		{"en", "1234567.5 USD", "1,234,567.5 USD"}, {"id", "1234567.5 IDR", "1.234.567,5 IDR"}, {"vi", "2000000 VND", "2.000.000 VND"},
		{"zh", "2026-11-20", "2026年11月20日"}, {"th", "2026-11-20", "20/11/2569"}, {"my", "2026-11-20", "20/11/2026"},
		{"en", "2026-11-20T14:30+07:00", "20 Nov 2026 14:30 (UTC+07:00)"}, {"en", "as written", "as written"},
	} {
		require.Equal(t, c.want, shown(c.lang, c.in))
	}
}

func TestSecret(t *testing.T) {
	require.True(t, secret("abandon ability able about above absent absorb abstract absurd abuse access accident"))
	require.False(t, secret("they told me that the money was locked and that fees were due"))
	require.False(t, secret("one two three"))
}

func TestTotals(t *testing.T) {
	require.Equal(t, []string{"0.3 BTC", "1500 THB"}, totals([]Payment{{Amount: "0.1", Currency: "BTC"}, {Amount: "1500", Currency: "THB"}, {Amount: "0.2", Currency: "BTC"}, {Amount: "some"}}))
}

// Every step of a report can be skipped but the country, and no option is one of
// the words every prompt may carry.
func TestReportFields(t *testing.T) {
	b := New(reportsWith())
	for _, x := range append(b.lossFields(), b.tipFields()...) {
		require.True(t, x.Optional || x.ID == stepCountry, x.ID)
		for _, o := range x.Options {
			require.NotContains(t, []string{Back, Skip, Stop, Exit, keepTyped, keepOld, toEnd, takeCase}, o, x.ID)
		}
		require.LessOrEqual(t, len(x.ID), 16)
	}
	for _, asked := range []string{"passport", "name", "birth", "address", "password", "seed", "selfie"} {
		for _, x := range append(b.lossFields(), b.tipFields()...) {
			require.NotContains(t, x.ID, asked, "never asked")
		}
	}
}

// Amounts as people write them in six languages, read by the real checker.
func TestRealAmounts(t *testing.T) {
	c, err := loadChecker()
	require.NoError(t, err)
	w := testWith()
	w.Judge = c.Case
	x := &reading{b: New(w)}
	for _, a := range []struct {
		in, want string
		wrong    Key
	}{
		{in: "1500 USD", want: "1500 USD"}, {in: "$1,234.56", want: "1234.56 USD"}, {in: "1.234,56 €", want: "1234.56 EUR"}, {in: "1,234.56 THB", want: "1234.56 THB"},
		{in: "2 triệu", want: "2000000 VND"}, {in: "3tr5", want: "3500000 VND"}, {in: "1,5 juta", want: "1500000 IDR"}, {in: "Rp 500.000", want: "500000 IDR"},
		{in: "5万", want: "50000 CNY"}, {in: "5萬", want: "50000 CNY"}, {in: "两万元", want: "20000 CNY"}, {in: "5 lakh", want: "500000 INR"}, {in: "๒๐๐๐ บาท", want: "2000 THB"},
		{in: "၅ သိန်း", want: "500000 MMK"}, {in: "300u", want: "300 USDT"}, {in: "300 USDT", want: "300 USDT"}, {in: "0.05 btc", want: "0.05 BTC"}, {in: "2 million baht", want: "2000000 THB"},
		{in: "a thousand dollars", wrong: wrongWords}, {in: "all my savings", wrong: wrongWords}, {in: "500 zorkmid", wrong: wrongMoney}, {in: "500", wrong: wrongNoMoney},
		{in: "1.500", wrong: wrongNoMoney}, {in: "", wrong: wrongWords},
	} {
		h := amount(x, a.in)
		require.Equal(t, a.want, h.value, a.in)
		require.Equal(t, a.wrong, h.wrong, a.in)
	}
	for _, in := range []string{"https://Shop-Trade.com/login?x=1", "shop-trade.com", "Shop-Trade.com/m"} {
		h := site(x, in)
		require.Empty(t, h.wrong, in)
		require.NotEmpty(t, h.values, in)
	}
	require.Equal(t, wrongSite, site(x, "their page").wrong)
}
