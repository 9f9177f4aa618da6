package bot

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/offercheck/offercheck/flows"
	"github.com/offercheck/offercheck/reports/db"
	"github.com/offercheck/offercheck/reports/db/dbtest"
	"github.com/offercheck/offercheck/reports/outbox"
	"github.com/offercheck/offercheck/reports/vault"
)

// crashUpdates is how many updates a life of the bot must get through.
const crashUpdates = 6

// crashSteps are the places between which a process may die: before and inside
// the transaction of a turn, after its commit, before and after a delivery, inside
// the transaction that settles it and after that.
var crashSteps = []string{"turn", "render", "committed", "confirmed", "carry", "carried", "noting", "noted"}

// messenger is what outlives the process: the updates that were not confirmed
// yet, and what was delivered.
type messenger struct{ dir string }

func (m messenger) note(name, line string) error {
	f, err := os.OpenFile(filepath.Join(m.dir, name), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(f, line)
	return errors.Join(err, f.Close())
}

func (m messenger) read(name string) []string {
	b, _ := os.ReadFile(filepath.Join(m.dir, name))
	return strings.Fields(string(b))
}

// live is one life of the bot: it takes the updates that are not confirmed,
// one after the other, until it has delivered everything or dies at a step.
func live(dsn, dir, dieAt string) error {
	ctx := context.Background()
	m := messenger{dir}
	step, at, _ := strings.Cut(dieAt, ":")
	left, _ := strconv.Atoi(at)
	reach := func(name string) {
		if name == step {
			if left--; left == 0 {
				_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
				select {}
			}
		}
	}
	d, err := db.Open(ctx, dsn)
	if err != nil {
		return err
	}
	if err := d.Migrate(ctx); err != nil {
		return err
	}
	// Each life begins a minute after the one before, so that what that one had
	// leased and claimed has run out.
	lives := time.Duration(len(m.read("lives"))) * time.Minute
	if err := m.note("lives", "1"); err != nil {
		return err
	}
	d = d.WithClock(func() time.Time { return time.Now().Add(lives) })
	v, err := vault.Open(filepath.Join(dir, "keys"), d.Now())
	if err != nil {
		return err
	}
	b, err := start(ctx, d, v)
	if err != nil {
		return err
	}
	b.turn = func(s flows.Session, in flows.Input) flows.Turn { reach("turn"); return echo(s, in) }
	b.render = func(lang, nonce string, s flows.Say) Out { reach("render"); return plainly(lang, nonce, s) }
	c := b.Courier(map[string]outbox.Carrier{Kind: carry(func(it outbox.Item) (outbox.Sent, error) {
		reach("carry")
		var out Out
		if err := json.Unmarshal(it.Body, &out); err != nil {
			return outbox.Sent{}, err
		}
		text := strings.TrimPrefix(out.Text, "echo ")
		if err := m.note("delivered", text); err != nil {
			return outbox.Sent{}, err
		}
		reach("carried")
		id, err := strconv.Atoi(text)
		return outbox.Sent{Message: 1000 + id}, err
	})}, nil)
	note := c.Done
	c.Done = func(ctx context.Context, tx *db.Tx, it outbox.Item, sent outbox.Sent) error {
		reach("noting")
		err := note(ctx, tx, it, sent)
		reach("noted")
		return err
	}
	running, stop := context.WithCancel(ctx)
	defer stop()
	ended := make(chan error, 1)
	go func() { ended <- c.Run(running) }()
	for id := len(m.read("confirmed")) + 1; id <= crashUpdates; id++ {
		u := Update{ID: int64(id), Chat: 7, In: flows.Input{Text: strconv.Itoa(id)}}
		if _, err := b.Handle(ctx, u); err != nil {
			return err
		}
		reach("committed")
		if err := m.note("confirmed", strconv.Itoa(id)); err != nil {
			return err
		}
		reach("confirmed")
	}
	for {
		var n int
		err := d.Tx(ctx, func(tx *db.Tx) error { return tx.Get(ctx, &n, `SELECT count(*) FROM outbox`) })
		if err != nil {
			return err
		}
		if n == 0 {
			break
		}
		select {
		case err := <-ended:
			return err
		case <-time.After(5 * time.Millisecond):
		}
	}
	stop()
	return errors.Join(<-ended, d.Close())
}

type carry func(it outbox.Item) (outbox.Sent, error)

func (c carry) Carry(_ context.Context, it outbox.Item) (outbox.Sent, error) { return c(it) }

// TestMain is also the process that is killed.
func TestMain(m *testing.M) {
	if dir := os.Getenv("OFFERCHECK_TEST_LIFE"); dir != "" {
		if err := live(os.Getenv("OFFERCHECK_TEST_DSN"), dir, os.Getenv("OFFERCHECK_TEST_DIE")); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		fmt.Println("done")
		os.Exit(0)
	}
	if dir := os.Getenv("OFFERCHECK_TEST_TALK"); dir != "" {
		if err := talkLife(os.Getenv("OFFERCHECK_TEST_DSN"), dir, os.Getenv("OFFERCHECK_TEST_DIE")); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// spend runs one life and tells whether it was killed. From its first delivery
// on it is killed after a while, when that is not zero.
func spend(t *testing.T, dsn, dir, dieAt string, after time.Duration) (killed bool) {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), "OFFERCHECK_TEST_LIFE="+dir, "OFFERCHECK_TEST_DSN="+dsn, "OFFERCHECK_TEST_DIE="+dieAt)
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	var errs strings.Builder
	cmd.Stderr = &errs
	require.NoError(t, cmd.Start())
	if after > 0 {
		defer time.AfterFunc(after, func() { _ = cmd.Process.Kill() }).Stop()
	}
	_, err = io.Copy(io.Discard, bufio.NewReader(out))
	require.NoError(t, err)
	err = cmd.Wait()
	var exit *exec.ExitError
	if errors.As(err, &exit) && exit.Sys().(syscall.WaitStatus).Signal() == syscall.SIGKILL {
		return true
	}
	require.NoError(t, err, errs.String())
	return false
}

// lived holds what must be true after any number of deaths and one whole life.
func lived(t *testing.T, dsn, dir string, deaths int) {
	t.Helper()
	m := messenger{dir}
	var first []string
	seen := map[string]bool{}
	doubles := 0
	for _, text := range m.read("delivered") {
		if seen[text] {
			doubles++
			continue
		}
		seen[text] = true
		first = append(first, text)
	}
	var want []string
	var ids []int
	for id := 1; id <= crashUpdates; id++ {
		want = append(want, strconv.Itoa(id))
		ids = append(ids, 1000+id)
	}
	require.Equal(t, want, first, "everything arrived, in order")
	require.LessOrEqual(t, doubles, deaths, "a death repeats one message at most")

	d := dbtest.Open(t, dsn)
	v, err := vault.Open(filepath.Join(dir, "keys"), time.Now())
	require.NoError(t, err)
	require.NoError(t, d.Tx(context.Background(), func(tx *db.Tx) error {
		s, err := lock(context.Background(), tx, v, 7)
		require.Equal(t, want, s.Session.Texts, "every update counted once")
		require.Equal(t, ids, s.Session.Shown, "every message is known")
		return err
	}))
}

// SIGKILL between every two steps: nothing is lost, nothing counted twice, a
// message repeated at most once a death.
func TestKilledBetweenEveryTwoSteps(t *testing.T) {
	dbtest.EachAddress(t, func(t *testing.T, dsn string) {
		dir := t.TempDir()
		for _, step := range crashSteps {
			t.Run(step, func(t *testing.T) {
				dsn, dir := fresh(t, dsn, filepath.Join(dir, step))
				deaths := 0
				for _, at := range []string{":1", ":2"} {
					if spend(t, dsn, dir, step+at, 0) {
						deaths++
					}
				}
				require.NotZero(t, deaths, "the step is reached")
				require.False(t, spend(t, dsn, dir, "", 0))
				lived(t, dsn, dir, deaths)
			})
		}
	})
}

// And at any moment at all.
func TestKilledAtRandom(t *testing.T) {
	dbtest.EachAddress(t, func(t *testing.T, dsn string) {
		dsn, dir := fresh(t, dsn, filepath.Join(t.TempDir(), "life"))
		deaths := 0
		for range 6 {
			if spend(t, dsn, dir, "", 20*time.Millisecond+time.Duration(rand.Int64N(int64(120*time.Millisecond)))) {
				deaths++
			}
		}
		require.False(t, spend(t, dsn, dir, "", 0))
		lived(t, dsn, dir, deaths)
	})
}

// fresh answers an empty database and folder of the engine at dsn.
func fresh(t *testing.T, dsn, dir string) (string, string) {
	t.Helper()
	require.NoError(t, os.MkdirAll(dir, 0o700))
	if strings.HasPrefix(dsn, "postgres") {
		return dbtest.Postgres(t), dir
	}
	return filepath.Join(dir, "test.db"), dir
}
