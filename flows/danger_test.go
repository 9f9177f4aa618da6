package flows

import (
	"slices"
	"strings"
)

// doorBook is a book whose door is open. At night the office sleeps; "nobody"
// is a house without anybody who takes a report, "abroad" one for Thailand only,
// "lists" one that knows public lines for languages whose door is closed.
func doorBook(house string) *Book {
	w := testWith()
	w.Door = func(lang string) bool { return lang == "en" || lang == "th" }
	w.Office = func(kind string, taps map[string]string, now int64) Office {
		o := Office{Known: kind == Compound, Name: "A hotline", Open: true, Within: WithinHours, Lines: []Line{
			{Name: "An embassy", Numbers: []string{"+66 2 000 0000"}, Hours: "24 hours", Caution: strings.Repeat("Phone only. ", 30)},
			{Name: "A line", Numbers: []string{"1300"}},
		}}
		switch {
		case house == "nobody", house == "abroad" && taps[TapCountry] != "TH":
			o = Office{Lines: o.Lines}
		case house == "night":
			o.Open, o.Opens = false, "07:00"
		}
		return o
	}
	if house == "lists" {
		w.Held = func(country, nationality string) []Line {
			if country == "" {
				return nil
			}
			return []Line{{Name: "An embassy of " + nationality, Numbers: []string{"+95 1 000 0000"}}, {Name: "A line in " + country, Numbers: []string{"1300"}}}
		}
	}
	return New(w)
}

// house answers what only the house knows: one way leads in, its second order
// is watched.
func house(a Ask) Found {
	good := Found{OK: true, Status: StatusWaiting, Letters: []string{"We read it.", strings.Repeat("Please stay where you are. ", 12)}, Left: 2}
	switch {
	case a.Do == "read", a.Order == "1111222233334444", slices.Equal(a.Pictures, []int{1, 2, 3, 4}):
		return good
	case slices.Equal(a.Pictures, []int{4, 3, 2, 1}):
		return Found{OK: true, Watched: true}
	case slices.Equal(a.Pictures, []int{12, 11, 10, 9}):
		return Found{Slow: true}
	}
	return Found{}
}
