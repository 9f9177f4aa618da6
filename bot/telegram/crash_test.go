package telegram

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/offercheck/offercheck/bot"
	"github.com/offercheck/offercheck/bot/telegram/telegramtest"
	"github.com/offercheck/offercheck/reports/outbox"
)

var _ outbox.Carrier = (*Client)(nil)

// journal stands for the database of a bot in a process of its own: one line
// for each committed update.
type journal struct{ path string }

func (j journal) Handle(_ context.Context, u bot.Update) (bot.Reply, error) {
	line := fmt.Sprintf("%d %s\n", u.ID, u.In.Text)
	old, err := os.ReadFile(j.path)
	if err != nil && !os.IsNotExist(err) {
		return bot.Reply{}, err
	}
	for l := range strings.Lines(string(old)) {
		if strings.HasPrefix(l, strconv.FormatInt(u.ID, 10)+" ") {
			return bot.Reply{}, nil // a repeat
		}
	}
	f, err := os.OpenFile(j.path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return bot.Reply{}, err
	}
	if _, err := f.WriteString(line); err != nil {
		return bot.Reply{}, err
	}
	return bot.Reply{}, f.Close()
}

// TestPollInAProcessOfItsOwn is the process that TestKilledWhilePolling kills.
func TestPollInAProcessOfItsOwn(t *testing.T) {
	path := os.Getenv("POLL_JOURNAL")
	if path == "" {
		require.Empty(t, path) // only the other test gives it something to do
		return
	}
	c, err := New(os.Getenv("POLL_TOKEN"), os.Getenv("POLL_API"), nil)
	require.NoError(t, err)
	_ = c.Poll(context.Background(), journal{path})
}

func TestKilledWhilePolling(t *testing.T) {
	s := telegramtest.New(t)
	path := filepath.Join(t.TempDir(), "journal")
	p := s.Person("en")
	var want []string
	lines := func() []string {
		b, _ := os.ReadFile(path)
		var out []string
		for l := range strings.Lines(string(b)) {
			_, text, _ := strings.Cut(strings.TrimSpace(l), " ")
			out = append(out, text)
		}
		return out
	}
	for round := range 8 {
		cmd := exec.Command(os.Args[0], "-test.run=^TestPollInAProcessOfItsOwn$")
		cmd.Env = append(os.Environ(), "POLL_JOURNAL="+path, "POLL_API="+s.URL, "POLL_TOKEN="+s.Token)
		require.NoError(t, cmd.Start())
		for i := range 10 {
			text := fmt.Sprint(round, "-", i)
			want = append(want, text)
			p.Send(text)
		}
		// Kill it somewhere on its way, each round a little further.
		require.True(t, s.Wait(patient, func() bool { return len(lines()) >= round*10+round }))
		require.NoError(t, cmd.Process.Kill())
		_ = cmd.Wait()
	}
	stop := polling(t, client(t, s), journal{path})
	require.True(t, s.Wait(patient, func() bool { return s.Pending() == 0 }))
	require.NoError(t, stop())
	require.Equal(t, want, lines())
	require.Empty(t, s.Bugs())
}
