package telegram

import (
	"context"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/offercheck/offercheck/bot"
	"github.com/offercheck/offercheck/bot/telegram/telegramtest"
	"github.com/offercheck/offercheck/reports/outbox"
)

func item(t *testing.T, class outbox.Class, out bot.Out) outbox.Item {
	t.Helper()
	body, err := json.Marshal(out)
	require.NoError(t, err)
	return outbox.Item{Kind: bot.Kind, Class: class, Body: body}
}

func TestCarry(t *testing.T) {
	s := telegramtest.New(t)
	c := client(t, s)
	p := s.Person("en")
	own := p.Send("hello")
	carry := func(class outbox.Class, out bot.Out) (outbox.Sent, error) {
		if out.Chat == 0 {
			out.Chat = p.ID
		}
		return c.Carry(context.Background(), item(t, class, out))
	}

	sent, err := carry(outbox.Check, bot.Out{Text: "<b>Hi</b> &amp; bye", Reply: own, Silent: true, Protect: true,
		Rows: [][]bot.Button{{{Text: "Yes", Data: "ab12.s.yes"}, {Text: "More", URL: "https://example.org/x"}}, {}}})
	require.NoError(t, err)
	m := p.Last()
	require.Equal(t, sent.Message, m.ID)
	require.Equal(t, "Hi & bye", m.Text)
	require.Equal(t, own, m.Reply)
	require.True(t, m.Silent)
	require.True(t, m.Protected)
	require.Equal(t, [][]telegramtest.Button{{{Text: "Yes", Data: "ab12.s.yes"}, {Text: "More", URL: "https://example.org/x"}}}, m.Rows)

	t.Run("rewrite, and once more", func(t *testing.T) {
		for range 2 {
			again, err := carry(outbox.Danger, bot.Out{Text: "changed", Edit: sent.Message})
			require.NoError(t, err)
			require.Equal(t, sent.Message, again.Message)
		}
		require.Equal(t, "changed", p.Last().Text)
		require.True(t, p.Last().Edited)
		require.Empty(t, p.Last().Rows)
		require.Equal(t, 1, p.Received())
	})
	t.Run("the card is gone: an answer is sent anew, danger and cover are not", func(t *testing.T) {
		before := p.Received()
		for _, class := range []outbox.Class{outbox.Cover, outbox.Danger} {
			got, err := carry(class, bot.Out{Text: "x", Edit: 99999})
			require.NoError(t, err)
			require.Zero(t, got.Message)
		}
		require.Equal(t, before, p.Received())
		got, err := carry(outbox.Check, bot.Out{Text: "x", Edit: 99999})
		require.NoError(t, err)
		require.Equal(t, p.Last().ID, got.Message)
		require.Equal(t, before+1, p.Received())
	})
	t.Run("delete: known, unknown, too old", func(t *testing.T) {
		old := p.Send("old one")
		s.Advance(49 * time.Hour)
		young := p.Send("young one")
		got, err := carry(outbox.Delete, bot.Out{Delete: []int{old, young, 88888}})
		require.NoError(t, err)
		require.Equal(t, []int{old}, got.Left)
		for _, m := range p.Screen() {
			require.NotEqual(t, young, m.ID)
		}
		got, err = carry(outbox.Delete, bot.Out{Delete: []int{young}})
		require.NoError(t, err)
		require.Empty(t, got.Left)
	})
	t.Run("delete in hundreds", func(t *testing.T) {
		var ids []int
		for range 250 {
			ids = append(ids, p.Send("x"))
		}
		before := len(s.Calls("deleteMessages"))
		_, err := carry(outbox.Delete, bot.Out{Delete: ids})
		require.NoError(t, err)
		require.Len(t, s.Calls("deleteMessages"), before+3)
	})
	t.Run("a group that moved", func(t *testing.T) {
		g := s.Group("old")
		to := s.Group("new")
		g.MoveTo(to)
		_, err := carry(outbox.Check, bot.Out{Chat: g.ID, Text: "x"})
		require.NoError(t, err)
		require.Len(t, to.Screen(), 1)
	})
	t.Run("topics and replies to what is gone", func(t *testing.T) {
		g := s.Group("forum")
		topic := g.Topic()
		_, err := carry(outbox.Check, bot.Out{Chat: g.ID, Topic: topic, Text: "x", Reply: 77777})
		require.NoError(t, err)
		require.Equal(t, topic, g.Screen()[0].Topic)
	})
	require.Empty(t, s.Bugs())

	for _, c := range []struct {
		name  string
		fault telegramtest.Fault
		check func(t *testing.T, err error)
	}{
		{"429", telegramtest.TooMany(3), func(t *testing.T, err error) {
			var l outbox.Later
			require.ErrorAs(t, err, &l)
			require.Equal(t, 3*time.Second, l.After)
			require.True(t, l.Slow)
			require.False(t, l.Unsure)
			s.Advance(4 * time.Second)
		}},
		{"502", telegramtest.BadGateway(), again(false)},
		{"500", telegramtest.ServerError(), again(false)},
		{"dropped before", telegramtest.DropBefore(), again(true)},
		{"dropped after", telegramtest.DropAfter(), again(true)},
		{"blocked", telegramtest.Blocked(), func(t *testing.T, err error) {
			var g outbox.Gone
			require.ErrorAs(t, err, &g)
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			s.Fail("sendMessage", c.fault)
			_, err := carry(outbox.Check, bot.Out{Text: "x"})
			c.check(t, err)
			require.NotContains(t, err.Error(), s.Token)
		})
	}
	t.Run("our bug", func(t *testing.T) {
		for _, out := range []bot.Out{
			{Text: "<nope>"}, {Text: "1 < 2"}, {Text: strings.Repeat("x", 4097)}, {Text: "x", Rows: [][]bot.Button{{{Text: "x"}}}},
		} {
			_, err := carry(outbox.Check, out)
			var r outbox.Refused
			require.ErrorAs(t, err, &r)
			require.Equal(t, 400, r.Code)
		}
		require.Len(t, s.Bugs(), 4)
	})
	t.Run("no message at all", func(t *testing.T) {
		for _, body := range []string{"", "{", "{}", `{"chat":"x"}`} {
			_, err := c.Carry(t.Context(), outbox.Item{Body: []byte(body)})
			var r outbox.Refused
			require.ErrorAs(t, err, &r)
		}
	})
	t.Run("wrong token keeps everything", func(t *testing.T) {
		other, err := New("1:wrong", s.URL, nil)
		require.NoError(t, err)
		_, err = other.Carry(t.Context(), item(t, outbox.Check, bot.Out{Chat: p.ID, Text: "x"}))
		again(false)(t, err)
	})
}

func again(unsure bool) func(t *testing.T, err error) {
	return func(t *testing.T, err error) {
		t.Helper()
		var l outbox.Later
		require.ErrorAs(t, err, &l)
		require.Zero(t, l.After)
		require.False(t, l.Slow)
		require.Equal(t, unsure, l.Unsure)
	}
}

// A file goes with its words and buttons, and can be deleted.
func TestCarryFile(t *testing.T) {
	s := telegramtest.New(t)
	c := client(t, s)
	p := s.Person("en")
	p.Send("hello")
	out := bot.Out{Chat: p.ID, Text: "<b>Yours</b>", File: &bot.Upload{Name: "payments.csv", Data: []byte("\ufeffa,b\n")},
		Rows: [][]bot.Button{{{Text: "Delete", Data: "0000.ff_gone.this"}}}, Silent: true}
	sent, err := c.Carry(context.Background(), item(t, outbox.Check, out))
	require.NoError(t, err)
	m := p.Last()
	require.Equal(t, sent.Message, m.ID)
	require.Equal(t, "payments.csv", m.File)
	require.Equal(t, "\ufeffa,b\n", string(m.Data))
	require.Equal(t, "Yours", m.Text)
	require.True(t, m.Silent)
	require.Equal(t, "0000.ff_gone.this", m.Buttons()[0].Data)

	s.Fail("sendDocument", telegramtest.BadGateway())
	_, err = c.Carry(context.Background(), item(t, outbox.Check, out))
	var late outbox.Later
	require.ErrorAs(t, err, &late)
	require.False(t, late.Unsure, "nothing was sent")

	_, err = c.Carry(context.Background(), item(t, outbox.Check, bot.Out{Chat: p.ID, Delete: []int{sent.Message}}))
	require.NoError(t, err)
	require.Empty(t, p.FromBot())
	require.Empty(t, s.Bugs())
}
