package check

import (
	"testing"

	"github.com/stretchr/testify/require"
)

const (
	sent = "Hello, my name is Anna from HR. We found your CV and offer a part time job: rate hotels on your phone for one hour a day. " +
		"You receive 120 USD after each set. Write to our manager @anna_hotels or open https://hotel-rate.top/join to begin today."
	again = "Hello, my name is Linda from HR. We found your CV and offer a part time job: rate hotels on your phone for one hour a day. " +
		"You receive 350 USD after each set. Write to our manager @linda_work or open https://rate-88.vip/start to begin today."
	other = "Hello, this is the front desk of the hotel. Your room for the weekend is ready, breakfast is from seven to ten, and the " +
		"parking behind the house costs ten euro a day. Please tell us when you arrive so that we can keep the key for you."
)

func TestFingerprint(t *testing.T) {
	c := checker(t)
	for name, pair := range map[string][2]string{
		"English": {sent, again},
		"Chinese": {
			"您好，我是人事部的小王，我们正在招聘兼职人员，每天只需要用手机给酒店点赞评分一小时，日结300元，有意请加微信 wx8821 联系经理",
			"您好，我是人事部的小李，我们正在招聘兼职人员，每天只需要用手机给酒店点赞评分一小时，日结580元，有意请加微信 kk0093 联系经理",
		},
	} {
		a, ok := c.Fingerprint(pair[0])
		require.True(t, ok, name)
		b, _ := c.Fingerprint(pair[1])
		require.True(t, a.Near(b), "%s: other names, amounts and links: %064b %064b", name, a, b)
		o, _ := c.Fingerprint(other)
		require.False(t, a.Near(o), name)
	}
	_, ok := c.Fingerprint("hello dear")
	require.False(t, ok, "too short to be told from others")
}

func TestKnown(t *testing.T) {
	c := checker(t)
	print, _ := c.Fingerprint(other)
	entry := Known{ID: "k1", Print: print, Outcome: Scam, Kind: Task, Seen: 1}

	known, err := c.WithKnown([]Known{entry})
	require.NoError(t, err)
	v := known.Check(other + " See you.")
	require.Equal(t, Scam, v.Outcome, "a near-duplicate gets what the known text got")
	require.NotContains(t, ids(v), knownSign, "one person was sent it: others are not told")

	entry.Seen = knownFloor
	known, err = c.WithKnown([]Known{entry})
	require.NoError(t, err)
	require.Contains(t, ids(known.Check(other)), knownSign)

	near := entry
	entry.Sources, near.Sources = []string{"a", "b"}, []string{"b", "a"}
	known, err = c.WithKnown([]Known{entry, near})
	require.NoError(t, err)
	require.NotContains(t, ids(known.Check(other)), knownSign, "two people who were sent it twice are two")
	near.Sources = []string{"b", "c"}
	known, err = c.WithKnown([]Known{entry, near})
	require.NoError(t, err)
	require.Contains(t, ids(known.Check(other)), knownSign)

	undone, err := known.WithKnown(nil)
	require.NoError(t, err)
	require.Equal(t, c.Check(other).Outcome, undone.Check(other).Outcome, "left out, it is undone")

	lure, _ := messages(t, "en", "lures")
	print, _ = c.Fingerprint(lure[0])
	weaker, err := c.WithKnown([]Known{{ID: "k2", Print: print, Outcome: Caution, Kind: Other}})
	require.NoError(t, err)
	require.Equal(t, Trafficking, weaker.Check(lure[0]).Outcome, "it can only strengthen")

	_, err = c.WithKnown([]Known{{ID: "k3", Outcome: NoMatch}})
	require.Error(t, err)
}
