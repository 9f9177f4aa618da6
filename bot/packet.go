package bot

import (
	"bytes"
	_ "embed"
	"encoding/csv"
	"fmt"
	"html/template"
	"strconv"
	"strings"

	"github.com/offercheck/offercheck/flows"
	"github.com/offercheck/offercheck/locales"
)

// mostCaption is what stands under a file, in UTF-16 units.
const mostCaption = 1024

// RenderPacket writes a person's own answers into a file: a page that prints or a
// table of the payments, in their language and in English. It is made in memory
// and touches no disk.
func RenderPacket(w *locales.Words, lang string, p flows.Packet) (Upload, error) {
	l := labels{w, lang}
	switch p.Form {
	case flows.PacketPage:
		page, err := l.page(p)
		return Upload{Name: "report-" + p.Day + ".html", Data: page}, err
	case flows.PacketTable:
		table, err := l.table(p)
		return Upload{Name: "payments-" + p.Day + ".csv", Data: table}, err
	}
	return Upload{}, fmt.Errorf("render packet: no form %q", p.Form)
}

// labels say a key in the person's language and in the receiver's.
type labels struct {
	w    *locales.Words
	lang string
}

func (l labels) both(key flows.Key, args map[string]any) string {
	if key == "" {
		return ""
	}
	english := l.w.Plain(locales.Source, string(key), args)
	own := l.w.Plain(l.lang, string(key), args)
	if own == english {
		return own
	}
	return own + " / " + english
}

// packetLine is one row of the page: a label and what was answered.
type packetLine struct{ Label, Value string }

type packetPage struct {
	Lang, Title, Made, Payments, Total, Name, Unsure string
	Pays                                             []packetPay
	Totals                                           []string
	Facts                                            []packetLine
}

type packetPay struct {
	Number int
	Lines  []packetLine
	Unsure []string
}

//go:embed packet.html
var packetHTML string

func (l labels) page(p flows.Packet) ([]byte, error) {
	t, err := template.New("packet").Parse(packetHTML)
	if err != nil {
		return nil, fmt.Errorf("read the page of a packet: %w", err)
	}
	data := packetPage{
		Lang: l.lang, Title: l.both("pk_title", nil), Made: l.both("pk_made", map[string]any{"date": p.Day}),
		Payments: l.both("pk_payments", nil), Total: l.both("pk_total", nil), Name: l.both("pk_name_line", nil),
		Unsure: l.both("pk_unsure", nil), Totals: p.Totals,
	}
	for i, pay := range p.Payments {
		row := packetPay{Number: i + 1, Unsure: pay.Unsure}
		for _, c := range l.columns(pay) {
			if c.Value != "" {
				row.Lines = append(row.Lines, c)
			}
		}
		data.Pays = append(data.Pays, row)
	}
	for _, f := range p.Facts {
		var values []string
		for _, k := range f.Keys {
			values = append(values, l.both(k, nil))
		}
		for _, v := range f.Values {
			values = append(values, plainTime(v))
		}
		data.Facts = append(data.Facts, packetLine{l.both(f.Key, nil), strings.Join(values, "\n")})
	}
	var out bytes.Buffer
	if err := t.Execute(&out, data); err != nil {
		return nil, fmt.Errorf("write the page of a packet: %w", err)
	}
	return out.Bytes(), nil
}

// columns are what is known of a payment, in the order of the table.
func (l labels) columns(p flows.Payment) []packetLine {
	return []packetLine{
		{l.both("lf_when", nil), plainTime(p.When)},
		{l.both("lf_way", nil), l.both(p.Way, nil)},
		{l.both("lf_amount", nil), p.Amount},
		{l.both("pk_currency", nil), p.Currency},
		{l.both("lf_chain", nil), l.both(p.Chain, nil)},
		{l.both("lf_to", nil), p.To},
		{l.both("lf_from", nil), p.From},
		{l.both("lf_hash", nil), p.Hash},
		{l.both("lf_exchange", nil), p.Exchange},
		{l.both("lf_bank", nil), p.Bank},
		{l.both("lf_account", nil), p.Account},
	}
}

// plainTime writes a kept time as everybody reads it: 2026-11-20 14:30+07:00.
func plainTime(v string) string {
	if len(v) == len("2026-11-20T14:30+07:00") && v[10] == 'T' && v[4] == '-' {
		return v[:10] + " " + v[11:16] + " (UTC" + v[16:] + ")"
	}
	return v
}

func (l labels) table(p flows.Packet) ([]byte, error) {
	var out bytes.Buffer
	out.WriteString("\ufeff") // so that a spreadsheet reads every script
	w := csv.NewWriter(&out)
	head := []string{"#"}
	for _, c := range l.columns(flows.Payment{}) {
		head = append(head, inCell(c.Label))
	}
	rows := [][]string{append(head, inCell(l.both("pk_unsure", nil)))}
	for i, pay := range p.Payments {
		row := []string{strconv.Itoa(i + 1)}
		for _, c := range l.columns(pay) {
			row = append(row, inCell(c.Value))
		}
		rows = append(rows, append(row, inCell(strings.Join(pay.Unsure, "; "))))
	}
	if err := w.WriteAll(rows); err != nil {
		return nil, fmt.Errorf("write the table of a packet: %w", err)
	}
	return out.Bytes(), nil
}

// inCell keeps a spreadsheet from taking a text for a formula, and drops what
// cannot be read.
func inCell(s string) string {
	s = strings.TrimSpace(strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\t' || r == '\r':
			return ' '
		case r < ' ' || r == 0x7f || r == 0xfeff:
			return -1
		}
		return r
	}, s))
	if s != "" && strings.ContainsRune("=+-@|%＝＋－＠", []rune(s)[0]) {
		return "'" + s
	}
	return s
}
