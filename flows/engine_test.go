package flows

import (
	"slices"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// form is a made-up questionnaire with everything a step can be.
func form() *Flow {
	return &Flow{ID: "form", Steps: []Step{
		{ID: "kind", Options: []string{"offer", "loss"}},
		{ID: "paid", Options: []string{"yes", "no"}, When: func(a Answers) bool { return a.Is("kind", "loss") }},
		{ID: "sum", Kind: Words, Optional: true, When: func(a Answers) bool { return a.Is("paid", "yes") }, Check: func(v string) Key {
			if _, err := strconv.Atoi(v); err != nil {
				return "not_a_number"
			}
			return ""
		}},
		{ID: "place", Was: []string{"town"}, Kind: Words, Optional: true, Private: true},
		{ID: "sure", Options: []string{"yes"}},
	}}
}

func give(pairs ...string) Answers {
	var a Answers
	for i := 0; i < len(pairs); i += 2 {
		a = a.Give(Answer{Step: pairs[i], Values: []string{pairs[i+1]}})
	}
	return a
}

func TestRoute(t *testing.T) {
	private := Answer{Step: "place", Part: "p1"}
	tests := map[string]struct {
		given Answers
		kept  []string
		next  string
	}{
		"nothing yet":               {nil, nil, "kind"},
		"branch not taken":          {give("kind", "offer"), []string{"kind"}, "place"},
		"branch taken":              {give("kind", "loss"), []string{"kind"}, "paid"},
		"an answer off the route":   {give("paid", "yes", "kind", "offer"), []string{"kind"}, "place"},
		"an option withdrawn":       {give("kind", "romance"), nil, "kind"},
		"two values for a choice":   {Answers{{Step: "kind", Values: []string{"offer", "loss"}}}, nil, "kind"},
		"words that do not pass":    {give("kind", "loss", "paid", "yes", "sum", "much"), []string{"kind", "paid"}, "sum"},
		"skip where it is allowed":  {give("kind", "loss", "paid", "yes").Give(Answer{Step: "sum", Skipped: true}), []string{"kind", "paid", "sum"}, "place"},
		"skip where it is not":      {Answers{{Step: "kind", Skipped: true}}, nil, "kind"},
		"a private step has a part": {give("kind", "offer").Give(private), []string{"kind", "place"}, "sure"},
		"a private value is none":   {give("kind", "offer", "place", "here"), []string{"kind"}, "place"},
		"a renamed step":            {give("kind", "offer").Give(Answer{Step: "town", Part: "p1"}), []string{"kind", "place"}, "sure"},
		"a removed step":            {give("gone", "yes", "kind", "offer"), []string{"kind"}, "place"},
		"an answer beyond the gap":  {give("sure", "yes", "kind", "loss"), []string{"kind"}, "paid"},
		"done":                      {give("kind", "offer", "sure", "yes").Give(private), []string{"kind", "place", "sure"}, ""},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			kept, next := form().Route(tt.given)
			var got []string
			for _, a := range kept {
				got = append(got, a.Step)
			}
			require.Equal(t, tt.kept, got)
			if tt.next == "" {
				require.Nil(t, next)
				return
			}
			require.NotNil(t, next)
			require.Equal(t, tt.next, next.ID)
		})
	}
}

func TestAnswers(t *testing.T) {
	a := give("kind", "loss", "paid", "yes")
	b := a.Give(Answer{Step: "kind", Values: []string{"offer"}})
	require.True(t, a.Is("kind", "loss"), "Give leaves the receiver as it was")
	require.True(t, b.Is("kind", "offer"))
	require.Len(t, b, 2)
	require.Equal(t, give("paid", "yes"), b.Back(), "back takes the answer given last")
	require.Empty(t, Answers(nil).Back())
	require.Equal(t, give("kind", "loss"), a.Drop("paid"))
	require.Nil(t, a.Of("sum"))
	require.True(t, a.Has("paid"))
	require.False(t, a.Has("sum"))
}

func TestEditFromTheEnd(t *testing.T) {
	a := give("kind", "loss", "paid", "no", "sure", "yes").Give(Answer{Step: "place", Skipped: true})
	_, next := form().Route(a)
	require.Nil(t, next)
	_, next = form().Route(a.Drop("paid"))
	require.Equal(t, "paid", next.ID, "one question is asked again")
	_, next = form().Route(a.Drop("paid").Give(Answer{Step: "paid", Values: []string{"no"}}))
	require.Nil(t, next, "then the talk is at its end by itself")
}

func drawAnswers(t *rapid.T, f *Flow) Answers {
	ids := []string{"gone", "town", ""}
	values := []string{"", "yes", "x\x00", "12", "ไทย"}
	for _, s := range f.Steps {
		ids = append(ids, s.ID)
		values = append(values, s.Options...)
	}
	return rapid.SliceOfN(rapid.Custom(func(t *rapid.T) Answer {
		return Answer{
			Step:    rapid.SampledFrom(ids).Draw(t, "step"),
			Values:  rapid.SliceOfN(rapid.SampledFrom(values), 0, 2).Draw(t, "values"),
			Skipped: rapid.Bool().Draw(t, "skipped"),
			Part:    rapid.SampledFrom([]string{"", "p"}).Draw(t, "part"),
		}
	}), 0, 12).Draw(t, "answers")
}

// reply answers a step in some way that it takes.
func reply(t *rapid.T, s *Step) Answer {
	switch {
	case s.Optional && rapid.Bool().Draw(t, "skip"):
		return Answer{Step: s.ID, Skipped: true}
	case s.Private:
		return Answer{Step: s.ID, Part: "p"}
	case s.Kind == Words:
		return Answer{Step: s.ID, Values: []string{"12"}}
	}
	return Answer{Step: s.ID, Values: []string{rapid.SampledFrom(s.Options).Draw(t, "option")}}
}

func flowsUnderTest() map[string]*Flow {
	b := testBook()
	return map[string]*Flow{
		"form":   form(),
		"guided": b.guided(Session{}),
		"abroad": b.guided(Session{Texts: []string{"job in cambodia"}}),
	}
}

// From whatever stands in a session the talk is somewhere, and ends within as
// many answers as there are steps.
func TestTalkEnds(t *testing.T) {
	for name, f := range flowsUnderTest() {
		t.Run(name, func(t *testing.T) {
			rapid.Check(t, func(t *rapid.T) {
				given := drawAnswers(t, f)
				for n := 0; ; n++ {
					kept, next := f.Route(given)
					require.LessOrEqual(t, len(kept), len(f.Steps))
					if next == nil {
						return
					}
					require.Less(t, n, len(f.Steps), "asks for ever")
					given = given.Give(reply(t, next))
				}
			})
		})
	}
}

// Answers that come later on the route change nothing before them.
func TestWhenSeesOnlyEarlierAnswers(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var seen []Answers
		f := form()
		for i := range f.Steps {
			inner, at := f.Steps[i].When, i
			f.Steps[i].When = func(kept Answers) bool {
				for _, a := range kept {
					j := slices.IndexFunc(f.Steps, func(s Step) bool { return s.ID == a.Step })
					require.Less(t, j, at, "sees a later answer")
				}
				seen = append(seen, kept)
				kept = append(kept, Answer{Step: "meddled"})
				return inner == nil || inner(kept[:len(kept)-1])
			}
		}
		given := drawAnswers(t, f)
		kept, _ := f.Route(given)
		require.NotEmpty(t, seen)

		// the same answers in another order lead to the same place
		perm := rapid.Permutation(given).Draw(t, "shuffled")
		last := map[string]Answer{}
		for _, a := range given {
			last[a.Step] = a
		}
		var one, other Answers
		for _, a := range given {
			if _, ok := last[a.Step]; ok && a.Step != "town" {
				one = one.Give(last[a.Step])
			}
		}
		for _, a := range perm {
			if a.Step != "town" {
				other = other.Give(last[a.Step])
			}
		}
		k1, n1 := f.Route(one)
		k2, n2 := f.Route(other)
		require.Equal(t, k1, k2)
		require.Equal(t, n1 == nil, n2 == nil)
		_ = kept
	})
}

func TestNonce(t *testing.T) {
	require.Equal(t, "0001", nonceAfter("", 0))
	require.Equal(t, "0002", nonceAfter("0001", 99))
	require.Equal(t, "000v", nonceAfter("000u", 0))
	require.Equal(t, "0010", nonceAfter("000v", 0))
	require.Equal(t, "0000", nonceAfter("vvvv", 0))
	require.Equal(t, "0034", nonceAfter("", 99), "a forgotten chat starts ahead of its old buttons")
	require.Equal(t, "0034", nonceAfter("rubbish!", 99))
	require.Len(t, nonceAfter("", 1<<40), 4)
}

// Every button of every flow, step and option fits 64 bytes with room.
func TestButtonDataFits(t *testing.T) {
	id := func(s string) {
		t.Helper()
		require.Regexp(t, `^[a-z0-9_]{1,16}$`, s)
	}
	for _, f := range flowsUnderTest() {
		id(f.ID)
		for _, s := range f.Steps {
			id(s.ID)
			for _, o := range append(slices.Clone(s.Options), Back, Skip, Stop, Exit) {
				id(o)
				require.LessOrEqual(t, len("nnnn."+s.ID+"."+o), 64)
			}
			for _, r := range []string{Back, Skip, Stop, Exit} {
				require.NotContains(t, s.Options, r, "%s is reserved", r)
			}
		}
	}
}
