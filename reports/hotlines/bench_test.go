package hotlines

import "testing"

// BenchmarkRoute is what one answer in a report costs here.
func BenchmarkRoute(b *testing.B) {
	tab := table(b, Operator{Recipients: recipients(b)})
	f := about(Compound, func(f *Facts) { f.What, f.Country, f.Nationality = "held", "KH", "PH" })
	for b.Loop() {
		tab.Priority(f)
		tab.Route(f)
	}
}
