package flows

import (
	"slices"
	"strconv"
	"strings"
)

// The questions that are known by name elsewhere.
const (
	stepCountry = "lf_country"
	stepStory   = "lf_story"
	stepShare   = "ff_share"
	stepNumber  = "ff_number"
)

// mostPayments is how many payments one report lists.
const mostPayments = 10

// paidSince are the hours behind the answers to when the last payment was.
func paidSince() map[string]string {
	return map[string]string{"hour": "1", "day": "24", "days": "72", "week": "168", "older": "720"}
}

// lossFields are the questions about money that was lost, in their order. All but
// the country may be skipped: whoever reads the report, and what to do first,
// hang on it.
func (b *Book) lossFields() []field {
	tap := func(id string, wide int, options ...string) field {
		return field{Step: Step{ID: id, Options: options, Optional: true}, base: id, wide: wide}
	}
	typed := func(id string, r reader) field {
		return field{Step: Step{ID: id, Kind: Words, Optional: true}, base: id, reads: r}
	}
	country := tap(stepCountry, 2, b.homes()...)
	country.Optional, country.long, country.tap = false, true, TapCountry
	paying, last := tap("lf_paying", 2, "yes", "no"), tap("lf_last", 2, "hour", "day", "days", "week", "older")
	paying.tap, last.tap = TapPaying, TapPaid
	kind := tap("lf_kind", 1, "job", "invest", "love", "posing", "fee", "shop", "game", "recover", "threat", "other")
	out := []field{country, paying, last, kind}
	for n := 1; n <= mostPayments; n++ {
		out = append(out, payment(n)...)
	}
	sites, apps := typed("lf_site", site), typed("lf_app", named("company"))
	sites.grows, apps.grows = true, true
	told := tap("lf_told", 2, "police", "bank", "exchange", "other", "nobody")
	told.Many = true
	ref := typed("lf_ref", plainly)
	ref.When = func(kept Answers) bool { return len(kept.Of("lf_told")) > 0 && !kept.Is("lf_told", "nobody") }
	out = append(out, sites, apps,
		tap("lf_met", 2, "telegram", "whatsapp", "facebook", "instagram", "line", "wechat", "tiktok", "dating", "sms", "call", "other"),
		typed("lf_since", past))
	out = append(out, reachFields()...)
	out = append(out, typed(stepStory, story), tap("lf_remote", 2, "yes", "no"), tap("lf_papers", 2, "yes", "no"),
		told, ref, tap("lf_recovery", 2, "yes", "no"))
	return append(out, lastFields()...)
}

// payment are the questions about one payment.
func payment(n int) []field {
	turn := strconv.Itoa(n)
	id := func(base string) string { return base + "_" + turn }
	listed := func(kept Answers) bool {
		if n > 1 {
			return kept.Is("lf_more_"+strconv.Itoa(n-1), "yes")
		}
		return true
	}
	there := func(kept Answers) bool { return listed(kept) && !kept.Is(id("lf_way"), "none") }
	by := func(ways ...string) func(Answers) bool {
		return func(kept Answers) bool {
			return there(kept) && slices.ContainsFunc(kept.Of(id("lf_way")), func(w string) bool { return slices.Contains(ways, w) })
		}
	}
	ask := func(base string, when func(Answers) bool, r reader, options ...string) field {
		kind := Words
		if r == nil {
			kind = Choice
		}
		return field{Step: Step{ID: id(base), Kind: kind, Options: options, When: when, Optional: true}, base: base, wide: 2, reads: r, turn: n}
	}
	ways := []string{"crypto", "bank", "card", "cash", "gift", "app", "other"}
	if n == 1 {
		ways = append(ways, "none")
	}
	out := []field{
		ask("lf_way", listed, nil, ways...),
		ask("lf_when", there, past),
		ask("lf_amount", there, amount),
		ask("lf_chain", by("crypto"), nil, "tron", "eth", "bsc", "btc", "sol", "other"),
		ask("lf_to", by("crypto"), wallet),
		ask("lf_from", by("crypto"), ownWallet),
		ask("lf_hash", by("crypto"), hash),
		ask("lf_exchange", by("crypto"), plainly),
		ask("lf_bank", by("bank", "card", "app", "other"), plainly),
		ask("lf_account", by("bank", "app", "other"), account),
	}
	if n < mostPayments {
		out = append(out, ask("lf_more", there, nil, "yes", "no"))
	}
	return out
}

// reachFields ask how the other side is reached: theirs, not the person's own.
func reachFields() []field {
	var out []field
	for _, x := range []struct {
		id string
		r  reader
	}{{"ff_handle", handle}, {"ff_their_phone", phone}, {"ff_mail", email}} {
		out = append(out, field{Step: Step{ID: x.id, Kind: Words, Optional: true}, base: x.id, reads: x.r, grows: true})
	}
	return out
}

// lastFields ask what may be done with the report, and whether the person wants
// to come back for an answer.
func lastFields() []field {
	return []field{
		{Step: Step{ID: stepShare, Options: []string{"marks", "stats", "police"}, Many: true, Optional: true}, base: stepShare, wide: 1},
		{Step: Step{ID: stepNumber, Options: []string{"yes", "no"}, Optional: true}, base: stepNumber, wide: 2},
	}
}

// homes are the countries somebody may be in.
func (b *Book) homes() []string {
	var out []string
	for _, c := range b.countries {
		if len(c) == 2 {
			out = append(out, strings.ToLower(c))
		}
	}
	return append(out, "other")
}

// Actions are the steps of the first hour after a loss in a country, and the days
// that must not be missed.
type Actions struct {
	Steps []Action // in order: for everybody, of the country, for everybody
	Due   []Due
	// None: no line for scams is confirmed there.
	None bool
}

// Action is one step. Paid is the way of paying it is for (crypto card gift
// transfer), "" for all.
type Action struct {
	Part
	Paid string
}

// Due is a day that must not be missed: its message, and how many seconds after
// now somebody who asked is reminded.
type Due struct {
	Key   Key
	After int64
}
