package hotlines

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func priorities(t *testing.T) *Priorities {
	t.Helper()
	p, err := LoadPriorities()
	require.NoError(t, err)
	return p
}

// about makes facts of a kind with changes.
func about(kind string, change func(f *Facts)) Facts {
	f := About(kind)
	if change != nil {
		change(&f)
	}
	return f
}

// Every row of the table has a case of its own here, in the order of the table.
func TestPriorityRows(t *testing.T) {
	table := priorities(t)
	cases := []struct {
		rule string
		p    int
		f    Facts
	}{
		{"self-harm", 0, about(Loss, func(f *Facts) { f.SelfHarm = true })},
		{"danger-now", 0, about(Compound, func(f *Facts) { f.Danger = "now" })},
		{"hurt", 0, about(Compound, func(f *Facts) { f.What = "hurt" })},
		{"moved", 0, about(Compound, func(f *Facts) { f.What = "moved" })},
		{"escaping", 0, about(Compound, func(f *Facts) { f.What, f.Escaping = "held", true })},
		{"injured", 0, about(Compound, func(f *Facts) { f.What, f.Injured = "out", true })},
		{"under-18", 0, about(Compound, func(f *Facts) { f.Age = "under18" })},
		{"minor-there", 0, about(Compound, func(f *Facts) { f.Minor = true })},
		{"danger-soon", 1, about(Compound, func(f *Facts) { f.Danger = "soon" })},
		{"held", 1, about(Compound, func(f *Facts) { f.What, f.Danger = "held", "no" })},
		{"travel-soon", 1, about(Tip, func(f *Facts) { f.Travel = 72 })},
		{"travel-unsaid", 1, about(Compound, func(f *Facts) { f.What = "afraid" })},
		{"contact-lost", 1, about(Compound, func(f *Facts) { f.For, f.LastContactDays = "someone", 7 })},
		{"ransom", 1, about(Compound, func(f *Facts) { f.RansomDue = true })},
		{"out-safe", 3, about(Compound, func(f *Facts) { f.What, f.Danger = "out", "no" })},
		{"out", 2, about(Compound, func(f *Facts) { f.What = "out" })},
		{"travel-later", 2, about(Compound, func(f *Facts) { f.What, f.Travel = "afraid", 73 })},
		{"compound", 1, About(Compound)},
		{"still-paying", 2, about(Loss, func(f *Facts) { f.StillPaying, f.PaidHours = true, 500 })},
		{"paid-lately", 2, about(Loss, func(f *Facts) { f.PaidHours = 72 })},
		{"paid-unsaid", 2, About(Loss)},
		{"repeat", 4, about(Loss, func(f *Facts) { f.PaidHours, f.Repeat = 100, true })},
		{"low-trust", 4, about(Tip, func(f *Facts) { f.LowTrust = true })},
		{"loss", 3, about(Loss, func(f *Facts) { f.PaidHours = 73 })},
		{"tip", 4, about(Tip, func(f *Facts) { f.Travel = 73 })},
	}
	require.Len(t, cases, len(table.Rules), "a row without a case")
	for i, c := range cases {
		t.Run(c.rule, func(t *testing.T) {
			p, rule := table.Priority(c.f)
			require.Equal(t, c.rule, rule)
			require.Equal(t, c.p, p)
			require.Equal(t, c.rule, table.Rules[i].ID)
		})
	}
	p, rule := table.Priority(Facts{Kind: "other", Travel: Unknown, LastContactDays: Unknown, PaidHours: Unknown})
	require.Equal(t, Lowest, p)
	require.Equal(t, "rest", rule)
}

// What must never happen, whatever else is said: low trust or a repeat takes
// nothing away from somebody in danger.
func TestNothingLowersDanger(t *testing.T) {
	table := priorities(t)
	for _, change := range []func(f *Facts){
		func(f *Facts) { f.LowTrust = true }, func(f *Facts) { f.Repeat = true }, func(f *Facts) { f.Veto = true },
		func(f *Facts) { f.StillPaying = true }, func(f *Facts) { f.PaidHours = 5000 }, func(f *Facts) { f.LastContactDays = 900 },
	} {
		for _, r := range []func(f *Facts){
			func(f *Facts) { f.Danger = "now" }, func(f *Facts) { f.What = "held" }, func(f *Facts) { f.Age = "under18" }, func(f *Facts) { f.RansomDue = true },
		} {
			before, _ := table.Priority(about(Compound, r))
			after, _ := table.Priority(about(Compound, func(f *Facts) { r(f); change(f) }))
			require.LessOrEqual(t, after, before)
		}
	}
}

func TestRaise(t *testing.T) {
	table := priorities(t)
	for p := range Lowest + 1 {
		require.Equal(t, p, table.Raise(p, Words{}))
		require.Equal(t, 0, table.Raise(p, Words{SelfHarm: true}))
		require.Equal(t, 0, table.Raise(p, Words{Now: true}))
		require.Equal(t, min(p, 1), table.Raise(p, Words{Held: true}))
	}
	require.Len(t, table.Raises, 3)
}

func TestPaces(t *testing.T) {
	table := priorities(t)
	require.Equal(t, Pace{P: 0, Notify: 30 * time.Second, Claim: 5 * time.Minute, Lease: 10 * time.Minute, Answer: 15 * time.Minute,
		Escalate: []time.Duration{5 * time.Minute, 10 * time.Minute}, Next: 15 * time.Minute, Clock: "always"}, table.Pace(0))
	require.Equal(t, 15*time.Minute, table.Pace(0).Turn(0))
	require.Equal(t, 30*time.Minute, table.Pace(-3).Turn(1))
	require.Equal(t, 2*time.Hour, table.Pace(1).Answer)
	require.Equal(t, "hours", table.Pace(2).Clock)
	require.Zero(t, table.Pace(9).Turn(0))
}

func TestPriorityTableRefuses(t *testing.T) {
	for name, text := range map[string]string{
		"a value no fact has":     "version = 1\n[[rule]]\nid = \"a\"\np = 0\ndanger = [\"maybe\"]",
		"an unknown flag":         "version = 1\n[[rule]]\nid = \"a\"\np = 0\nis = [\"tired\"]",
		"a misspelt key":          "version = 1\n[[rule]]\nid = \"a\"\np = 0\ndangr = [\"now\"]",
		"the same id twice":       "version = 1\n[[rule]]\nid = \"a\"\np = 0\n[[rule]]\nid = \"a\"\np = 1",
		"a priority of its own":   "version = 1\n[[rule]]\nid = \"a\"\np = 7",
		"no paces":                "version = 1",
		"not the words there are": "version = 1\n[[raise]]\nwords = \"loud\"\np = 0",
		"no table":                "version = ",
	} {
		t.Run(name, func(t *testing.T) {
			_, err := readPriorities(text)
			require.Error(t, err)
		})
	}
}
