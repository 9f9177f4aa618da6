package bot

import (
	"strconv"
	"time"

	"github.com/offercheck/offercheck/flows"
	"github.com/offercheck/offercheck/reports/hotlines"
)

// facts puts the taps of a report into what routing and priority read. A tap
// that makes no sense counts as not given.
func facts(f flows.Filing, lang string, now time.Time) hotlines.Facts {
	out := Facts(f.Kind, f.Taps)
	out.Lang, out.At = lang, now
	if f.For != "" {
		out.For = f.For
	}
	return out
}

// Facts are the taps of a report of a kind as routing and priority read them.
func Facts(kind string, taps map[string]string) hotlines.Facts {
	out := hotlines.About(kind)
	out.For, out.What, out.Danger = taps[flows.TapFor], taps[flows.TapWhat], taps[flows.TapDanger]
	out.Country, out.Nationality, out.Age = taps[flows.TapCountry], taps[flows.TapNationality], taps[flows.TapAge]
	for name, set := range map[string]*bool{
		flows.TapMinor: &out.Minor, flows.TapInjured: &out.Injured, flows.TapEscaping: &out.Escaping,
		flows.TapRansomDue: &out.RansomDue, flows.TapPaying: &out.StillPaying, flows.TapVeto: &out.Veto,
		flows.TapEmbassy: &out.Consent.Embassy, flows.TapNGO: &out.Consent.NGO, flows.TapPolice: &out.Consent.Police,
	} {
		*set = taps[name] == "yes"
	}
	for name, set := range map[string]*int{
		flows.TapTravel: &out.Travel, flows.TapContact: &out.LastContactDays, flows.TapPaid: &out.PaidHours,
	} {
		if n, err := strconv.Atoi(taps[name]); err == nil && n >= 0 {
			*set = n
		}
	}
	return out
}
