package known

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/offercheck/offercheck/flows/check"
	"github.com/offercheck/offercheck/locales"
	"github.com/offercheck/offercheck/reports/db"
	"github.com/offercheck/offercheck/reports/db/dbtest"
)

const (
	hotel = "Hello, this is the front desk of the hotel. Your room for the weekend is ready, breakfast is from seven to ten, and the " +
		"parking behind the house costs ten euro a day. Please tell us when you arrive so that we can keep the key for you."
	hotelAgain = "Hello, this is the front desk of the hotel. Your room for the weekend is ready, breakfast is from seven to ten, and the " +
		"parking behind the house costs twelve euro a day. Please tell us when you arrive so that we can keep the key for you."
	school = "Dear parents, the school closes earlier on Friday because of the summer party. Please bring cake, salad or drinks, and " +
		"collect your children in the yard at noon. The buses go an hour earlier than on other days. We thank you all for your help."
)

func checker(t testing.TB) *check.Checker {
	c, err := check.Load(check.Files(), locales.Files())
	require.NoError(t, err)
	return c
}

func of(t testing.TB, c *check.Checker, text string, kind check.Kind, source string) Text {
	out, ok, err := Of(c, text, kind, source)
	require.NoError(t, err)
	require.True(t, ok)
	return out
}

func told(v check.Verdict) bool {
	for _, s := range v.Signs {
		if s.ID == "GEN-09" {
			return true
		}
	}
	return false
}

func TestOf(t *testing.T) {
	c := checker(t)
	require.Equal(t, "Latin", of(t, c, hotel, check.Fee, "a").Script)
	_, ok, err := Of(c, "hello dear", check.Fee, "a")
	require.NoError(t, err)
	require.False(t, ok, "too short to be told from others")
	for _, kind := range []check.Kind{check.None, "", "rumour"} {
		_, _, err = Of(c, hotel, kind, "a")
		require.Error(t, err)
	}
	require.Equal(t, "Myanmar", scriptOf("ပတ်စပို့ကို HR က"))
	require.Equal(t, "", scriptOf("123 !?"))
}

func TestList(t *testing.T) {
	got := List([]Text{{Print: 2, Kind: check.Fee, Source: "b"}, {Print: 1, Kind: check.Recruitment, Source: "a"}, {Print: 2, Kind: check.Fee, Source: "a"}, {Print: 2, Kind: check.Fee, Source: "b"}})
	require.Equal(t, []check.Known{
		{ID: "0000000000000001", Print: 1, Outcome: check.Trafficking, Kind: check.Recruitment, Sources: []string{"a"}},
		{ID: "0000000000000002", Print: 2, Outcome: check.Scam, Kind: check.Fee, Sources: []string{"a", "b"}},
	}, got)
}

func TestStore(t *testing.T) {
	c := checker(t)
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx := context.Background()
		in := func(fn func(tx *db.Tx) error) { t.Helper(); require.NoError(t, d.Tx(ctx, fn)) }
		var rev int64
		changes := func() (n int64) {
			in(func(tx *db.Tx) (err error) { n, err = Changes(ctx, tx); return err })
			return n
		}
		check1 := func() check.Verdict {
			var all []Text
			in(func(tx *db.Tx) (err error) { all, err = All(ctx, tx); return err })
			with, err := c.WithKnown(List(all))
			require.NoError(t, err)
			return with.Check(hotelAgain)
		}
		add := func(batch string, want int, texts ...Text) {
			t.Helper()
			in(func(tx *db.Tx) error {
				n, err := Add(ctx, tx, batch, texts)
				require.Equal(t, want, n)
				return err
			})
		}
		before := c.Check(hotelAgain)
		require.Equal(t, before, check1())

		add("monday", 2, of(t, c, hotel, check.Fee, "anna"), of(t, c, school, check.Fee, "anna"))
		require.NotEqual(t, rev, changes())
		rev = changes()
		require.Equal(t, check.Scam, check1().Outcome)
		require.False(t, told(check1()), "one was sent it")
		add("monday", 0, of(t, c, hotel, check.Fee, "anna"))
		require.Equal(t, rev, changes(), "nothing new")
		add("tuesday", 1, of(t, c, hotel, check.Fee, "anna"))
		add("tuesday", 1, of(t, c, hotelAgain, check.Fee, "anna"))
		require.False(t, told(check1()), "one who reports thrice is one")
		add("tuesday", 1, of(t, c, hotel, check.Fee, "bo"))
		require.False(t, told(check1()), "two were sent it")
		add("friday", 1, of(t, c, hotelAgain, check.Fee, ""))
		require.True(t, told(check1()), "three were sent it, in two versions")

		var batches []Batch
		in(func(tx *db.Tx) (err error) { batches, err = Batches(ctx, tx); return err })
		require.Len(t, batches, 3)
		byName := map[string]Batch{}
		for _, b := range batches {
			byName[b.Name] = b
		}
		require.Equal(t, 2, byName["tuesday"].Texts)
		require.Equal(t, 2, byName["tuesday"].Sources)

		forget := func(what string, want int) {
			t.Helper()
			in(func(tx *db.Tx) error {
				n, err := Forget(ctx, tx, what)
				require.Equal(t, want, n)
				return err
			})
		}
		rev = changes()
		forget("nobody", 0)
		require.Equal(t, rev, changes())
		forget("bo", 1)
		require.NotEqual(t, rev, changes())
		require.False(t, told(check1()), "undone, two are left")
		require.Equal(t, check.Scam, check1().Outcome)
		forget("monday", 2)
		forget("tuesday", 2)
		forget("friday", 1)
		require.Equal(t, before, check1(), "all undone")

		require.Error(t, d.Tx(ctx, func(tx *db.Tx) error { _, err := Add(ctx, tx, "", nil); return err }))
	})
}

// TestAddAtOnce holds that replicas may take in the same at the same time.
func TestAddAtOnce(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx := context.Background()
		var texts []Text
		for i := range 40 {
			texts = append(texts, Text{Print: check.Fingerprint(i) << 40, Kind: check.Fee, Source: "s"})
		}
		var wg sync.WaitGroup
		var total atomic.Int64
		for range 4 {
			wg.Go(func() {
				n := 0
				err := d.Tx(ctx, func(tx *db.Tx) (err error) { n, err = Add(ctx, tx, "b", texts); return err })
				if err == nil {
					total.Add(int64(n))
				}
			})
		}
		wg.Wait()
		require.EqualValues(t, 40, total.Load())
	})
}
