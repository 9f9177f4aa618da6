package flows

import "strings"

// stepOffer asks for the words of an offer.
const stepOffer = "tf_offer"

// tipFields are the questions about an offer, a recruiter, a site, a wallet or a
// place somebody warns of. Every one may be skipped.
func (b *Book) tipFields() []field {
	tap := func(id string, wide int, options ...string) field {
		return field{Step: Step{ID: id, Options: options, Optional: true}, base: id, wide: wide}
	}
	typed := func(id string, r reader) field {
		return field{Step: Step{ID: id, Kind: Words, Optional: true}, base: id, reads: r}
	}
	grows := func(x field) field { x.grows = true; return x }
	where := tap("tf_country", 2, b.homes()...)
	where.long = true
	promise := tap("tf_promise", 2, "visa", "ticket", "room", "nothing")
	promise.Many = true
	out := []field{grows(typed(stepOffer, offer)), grows(typed("tf_link", site))}
	out = append(out, reachFields()...)
	out = append(out, typed("tf_company", named("company")), where, typed("tf_pay", plainly), promise, typed("tf_fee", plainly),
		tap("tf_paid", 2, "yes", "no"), typed("tf_travel", ahead), typed("tf_place", plainly), grows(typed("tf_wallet", wallet)))
	return append(out, lastFields()...)
}

// hoursUntil is how many hours there are from now until a day that was kept; a day
// without a time begins when it begins.
func hoursUntil(x *reading, kept string) (int64, bool) {
	d, found, real := readDate(strings.TrimPrefix(kept, unsure), x.now, false, true)
	if !found || !real || strings.HasPrefix(kept, unsure) {
		return 0, false
	}
	return max(0, int64(d.day.Sub(x.now).Hours())), true
}
