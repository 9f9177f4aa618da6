package flows

import (
	"slices"
	"strconv"
	"strings"
	"time"
)

// The forms of a packet: a page that prints, a table of the payments.
const (
	PacketPage  = "page"
	PacketTable = "table"
)

// Packet is what somebody takes to a bank, the police or an exchange: their own
// answers, to be written into a file. Its words are keys, said in the person's
// language and in the receiver's.
type Packet struct {
	Form     string
	Day      string // it was made, as YYYY-MM-DD
	Payments []Payment
	Totals   []string // one a currency, such as "1500 THB"
	Facts    []Fact   // the other answers in their order
}

// Payment is one payment of a packet; what is not known is "".
type Payment struct {
	When, Amount, Currency   string
	Way, Chain               Key
	To, From, Hash, Exchange string
	Bank, Account            string
	Unsure                   []string // values that were kept as they were typed
}

// Fact is one answer of a packet: a question and what was answered, by words of
// the catalogue or as it was written.
type Fact struct {
	Key    Key
	Values []string
	Keys   []Key
}

// ReportedBy is for a packet: which answers it leaves out, since they are between
// the person and whoever reads the report.
func left(id string) bool {
	return id == stepShare || id == stepNumber || strings.HasPrefix(id, "lf_more")
}

// packet puts the answers of a loss into a packet.
func (f *sheet) packet(kind string) *Packet {
	kept := told(f.counted())
	p := &Packet{Form: kind, Day: time.Unix(f.in.Now, 0).In(f.reading().now.Location()).Format(time.DateOnly)}
	of := func(base string, n int) string {
		v := kept.Of(base + "_" + strconv.Itoa(n))
		if len(v) == 0 {
			return ""
		}
		return v[0]
	}
	for n := 1; n <= mostPayments; n++ {
		var pay Payment
		text := func(base string) string {
			v := of(base, n)
			if plain, ok := strings.CutPrefix(v, unsure); ok {
				pay.Unsure = append(pay.Unsure, plain)
				return plain
			}
			return v
		}
		key := func(base string) Key {
			v := of(base, n)
			if v == "" || v == "none" {
				return ""
			}
			return f.field(base + "_" + strconv.Itoa(n)).label(v)
		}
		pay.When, pay.Way, pay.Chain = text("lf_when"), key("lf_way"), key("lf_chain")
		pay.To, pay.From, pay.Hash, pay.Exchange = text("lf_to"), text("lf_from"), text("lf_hash"), text("lf_exchange")
		pay.Bank, pay.Account = text("lf_bank"), text("lf_account")
		pay.Amount = text("lf_amount")
		if isMoney.MatchString(pay.Amount) {
			pay.Amount, pay.Currency, _ = strings.Cut(pay.Amount, " ")
		}
		if pay.empty() {
			continue
		}
		p.Payments = append(p.Payments, pay)
	}
	p.Totals = totals(p.Payments)
	for _, a := range kept {
		x := f.field(a.Step)
		if x.turn > 0 || left(x.ID) {
			continue
		}
		fact := Fact{Key: Key(x.base)}
		for _, v := range a.Values {
			if slices.Contains(x.Options, v) {
				fact.Keys = append(fact.Keys, x.label(v))
			} else {
				fact.Values = append(fact.Values, strings.TrimPrefix(v, unsure))
			}
		}
		p.Facts = append(p.Facts, fact)
	}
	return p
}

func (p Payment) empty() bool {
	return p.When+p.Amount+p.To+p.From+p.Hash+p.Exchange+p.Bank+p.Account == "" && p.Way == "" && p.Chain == ""
}

// totals adds the amounts of each currency.
func totals(all []Payment) []string {
	sums := map[string]float64{}
	var order []string
	for _, p := range all {
		n, err := strconv.ParseFloat(p.Amount, 64)
		if err != nil || p.Currency == "" {
			continue
		}
		if _, ok := sums[p.Currency]; !ok {
			order = append(order, p.Currency)
		}
		sums[p.Currency] += n
	}
	var out []string
	for _, c := range order {
		n := strconv.FormatFloat(sums[c], 'f', 8, 64)
		out = append(out, strings.TrimRight(strings.TrimRight(n, "0"), ".")+" "+c)
	}
	return out
}

// bankText is what to read to the bank on the phone: short, one payment a line.
func (f *sheet) bankText() Say {
	p := say("pk_bank_text")
	packet := f.packet(PacketPage)
	for i, pay := range packet.Payments {
		args := map[string]any{"number": i + 1}
		p.Parts = append(p.Parts, Part{Key: "pk_bank_payment", Args: args, Drop: i})
		line := func(key Key, value string) {
			if value != "" {
				p.Parts = append(p.Parts, Part{Key: "pk_bank_line", Args: map[string]any{"name": key, "text": Quote(shown(f.s.Lang, value))}, Under: true, Drop: i})
			}
		}
		line("pk_l_when", pay.When)
		line("pk_l_amount", strings.TrimSpace(pay.Amount+" "+pay.Currency))
		line("pk_l_bank", pay.Bank)
		line("pk_l_account", pay.Account)
		line("pk_l_to", pay.To)
		line("pk_l_hash", pay.Hash)
		line("pk_l_exchange", pay.Exchange)
	}
	p.Parts = append(p.Parts, Part{Key: "pk_bank_ask"}, Part{Key: "pk_bank_never"})
	return p
}
