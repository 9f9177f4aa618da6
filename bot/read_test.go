package bot

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/offercheck/offercheck/flows"
)

// withText is echo that hears files too.
func withText(s flows.Session, in flows.Input) flows.Turn {
	for _, f := range in.Files {
		in.Text += f.Text + string(f.Unread)
	}
	return echo(s, in)
}

func picture(text string) Update {
	return Update{In: flows.Input{Text: text, Files: []flows.File{{ID: "f", Kind: "photo"}}}}
}

func TestFilesAreReadBeforeTheTurn(t *testing.T) {
	each(t, func(x *desk) {
		x.turn = withText
		times := 0
		x.Read = func(_ context.Context, lang string, f flows.File) (flows.File, error) {
			times++
			require.Equal(t, "en", lang)
			if times == 1 {
				require.Equal(t, []string{"reading"}, x.flush(), "said before it is read")
			}
			f.Text = "words"
			return f, nil
		}
		x.hear(picture(""))
		require.NoError(t, x.courier.Flush(context.Background()))
		require.Equal(t, []Out{{Chat: 7, Delete: []int{1001}}, {Chat: 7, Text: "echo words"}}, x.post.got, "the notice goes, the answer comes")
		require.Equal(t, []int{1002}, x.session().Session.Shown)
		require.Zero(t, x.session().Notice)
		x.post.got = nil

		x.last--
		x.hear(picture(""))
		require.Equal(t, 1, times, "what was handled is not read again")
		require.Empty(t, x.flush())

		x.hear(Update{In: flows.Input{Text: "a", Files: []flows.File{{Kind: "voice"}, {Kind: "sticker"}}}})
		require.Equal(t, 1, times)
		require.Equal(t, []string{"echo aunread_kind"}, x.flush(), "there is nothing to read in a voice")
		x.hear(Update{Group: true, In: flows.Input{Text: "b", Files: []flows.File{{Kind: "photo"}}}})
		require.Equal(t, 1, times, "nor in a group that did not ask")
	})
}

// A notice that arrives when the answer is known already is taken away too.
func TestALateNoticeGoes(t *testing.T) {
	each(t, func(x *desk) {
		x.turn = withText
		x.Read = func(_ context.Context, _ string, f flows.File) (flows.File, error) { return f, nil }
		x.hear(picture("a"))
		require.NoError(t, x.courier.Flush(context.Background()))
		require.NoError(t, x.courier.Flush(context.Background()))
		var deleted []int
		for _, o := range x.post.got {
			deleted = append(deleted, o.Delete...)
		}
		require.Equal(t, []int{1001}, deleted)
		require.NotContains(t, x.session().Session.Shown, 1001)
	})
}

func TestOneNoticeForAnAlbum(t *testing.T) {
	each(t, func(x *desk) {
		x.turn = func(s flows.Session, in flows.Input) flows.Turn {
			turn := withText(s, in)
			turn.Say[0].Slot = "result"
			return turn
		}
		x.Read = func(_ context.Context, _ string, f flows.File) (flows.File, error) {
			require.NoError(t, x.courier.Flush(context.Background()))
			f.Text = "words"
			return f, nil
		}
		for range 3 {
			u := picture("")
			u.In.Album = "a"
			x.hear(u)
		}
		require.Equal(t, []string{"reading"}, x.flush())
		x.now = x.now.Add(readAlbumDelay)
		require.Equal(t, []string{"", "echo words"}, x.flush())
	})
}

func TestReadingFails(t *testing.T) {
	each(t, func(x *desk) {
		x.turn = withText
		for _, c := range []struct {
			read func(context.Context, flows.File) (flows.File, error)
			want flows.Key
		}{
			{func(_ context.Context, f flows.File) (flows.File, error) { panic("a secret") }, flows.UnreadBroken},
			{func(_ context.Context, f flows.File) (flows.File, error) { return f, errors.New("no") }, flows.UnreadBroken},
		} {
			x.Read = func(ctx context.Context, _ string, f flows.File) (flows.File, error) { return c.read(ctx, f) }
			x.hear(picture(""))
			require.Contains(t, x.flush(), "echo "+string(c.want))
		}

		// The process is told to stop: the update comes again and is read again.
		ctx, cancel := context.WithCancel(context.Background())
		x.Read = func(ctx context.Context, _ string, f flows.File) (flows.File, error) {
			cancel()
			return f, ctx.Err()
		}
		u := picture("")
		u.ID, u.Chat = 50, 7
		_, err := x.Handle(ctx, u)
		require.ErrorIs(t, err, context.Canceled)
		require.Equal(t, []string{"reading"}, x.flush())
		x.Read = func(_ context.Context, _ string, f flows.File) (flows.File, error) {
			f.Text = "words"
			return f, nil
		}
		_, err = x.Handle(context.Background(), u)
		require.NoError(t, err)
		got := x.flush()
		slices.Sort(got)
		require.Equal(t, []string{"", "echo words"}, got, "and the notice was said once")

		// A turn that fails takes the notice away all the same.
		x.turn = func(flows.Session, flows.Input) flows.Turn { panic("a secret") }
		x.hear(picture(""))
		x.now = x.now.Add(time.Second)
		x.flush()
		require.Zero(t, x.session().Reading)
	})
}
