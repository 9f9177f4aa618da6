package bot

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"filippo.io/age"
	"github.com/stretchr/testify/require"

	"github.com/offercheck/offercheck/flows"
	"github.com/offercheck/offercheck/flows/check"
	"github.com/offercheck/offercheck/reports"
	"github.com/offercheck/offercheck/reports/db"
	"github.com/offercheck/offercheck/reports/db/dbtest"
	"github.com/offercheck/offercheck/reports/hotlines"
	"github.com/offercheck/offercheck/reports/outbox"
	"github.com/offercheck/offercheck/reports/vault"
)

// story is a report from its first tap to the last trace that is taken away:
// what somebody does, what the hotline answers, and what the clock does.
var story = []string{
	"/start", "go.help", "dg_phone.yes", "dg_who.self", "dg_what.held", "dg_where.mm", "dg_way.number", "dg_order.have",
	"dg_place.skip", "dg_nation.skip", "dg_age.skip", "dg_people.one", "dg_minors.skip", "dg_health.skip", "dg_marks.skip",
	"say two thousand to boss Lin", "say choke on the heron", "reply come to the market", "wait",
}

// talkSteps are the places between which a process may die; clock is every look
// at the clock while an update is handled, so each side of every transaction.
var talkSteps = []string{"clock", "turn", "committed", "confirmed", "carry", "carried", "noting", "noted", "replying", "replied", "waiting"}

// talker is one life of a bot that takes reports, with what outlives it: the
// script, the updates, and the screen.
type talker struct {
	messenger
	b        *Bot
	d        *db.DB
	handling atomic.Bool
	reach    func(string)

	mu     sync.Mutex
	screen map[int]Out
	sent   int
}

// shown is one line of what the messenger did.
type shown struct {
	ID  int `json:"id"`
	Out Out `json:"out"`
}

// replay makes the screen of what the messenger did before.
func (k *talker) replay() error {
	text, err := os.ReadFile(filepath.Join(k.dir, "screen"))
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	for line := range bytes.Lines(text) {
		var s shown
		if err := json.Unmarshal(line, &s); err != nil {
			return err
		}
		k.show(s)
	}
	return err
}

func (k *talker) show(s shown) {
	for _, id := range s.Out.Delete {
		delete(k.screen, id)
	}
	_, there := k.screen[s.ID]
	switch {
	case s.Out.Text == "":
	case s.Out.Edit == 0:
		k.sent++
		k.screen[s.ID] = s.Out
	case there:
		k.screen[s.ID] = s.Out
	}
}

func (k *talker) Carry(_ context.Context, it outbox.Item) (outbox.Sent, error) {
	k.reach("carry")
	var out Out
	if err := json.Unmarshal(it.Body, &out); err != nil {
		return outbox.Sent{}, err
	}
	k.mu.Lock()
	s := shown{out.Edit, out}
	if out.Edit == 0 && out.Text != "" {
		s.ID = 1001 + k.sent
	}
	line, err := json.Marshal(s)
	if err == nil {
		err = k.note("screen", string(line))
	}
	k.show(s)
	k.mu.Unlock()
	k.reach("carried")
	return outbox.Sent{Message: s.ID}, err
}

// button finds what is tapped on the newest message that has it.
func (k *talker) button(end string) (Update, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	best := 0
	var data string
	for id, out := range k.screen {
		for _, row := range out.Rows {
			for _, b := range row {
				if id > best && strings.HasSuffix(b.Data, "."+end) {
					best, data = id, b.Data
				}
			}
		}
	}
	if best == 0 {
		return Update{}, fmt.Errorf("no button %s on %d messages", end, len(k.screen))
	}
	part := strings.SplitN(data, ".", 3)
	return Update{Tap: "tap", In: flows.Input{Message: best, Tap: &flows.Tap{Message: best, Nonce: part[0], Step: part[1], Value: part[2]}}}, nil
}

// update is the n-th update: the same one, when it comes again.
func (k *talker) update(n int, what string) (u Update, err error) {
	path := filepath.Join(k.dir, fmt.Sprint("update", n))
	if text, err := os.ReadFile(path); err == nil {
		return u, json.Unmarshal(text, &u)
	}
	text, says := strings.CutPrefix(what, "say ")
	switch {
	case says:
		u.In = flows.Input{Text: text, Message: 5000 + n, Sent: k.d.Now().Unix()}
	case strings.HasPrefix(what, "/"):
		u.In = flows.Input{Command: what[1:], Message: 5000 + n, Sent: k.d.Now().Unix()}
	default:
		if u, err = k.button(what); err != nil {
			return u, err
		}
	}
	u.ID, u.Chat, u.In.Lang = int64(n+1), 7, "en"
	line, err := json.Marshal(u)
	if err != nil {
		return u, err
	}
	return u, os.WriteFile(path, line, 0o600)
}

// settle waits until everything due was delivered.
func (k *talker) settle(ctx context.Context, q string) error {
	for {
		n := 0
		err := k.d.Tx(ctx, func(tx *db.Tx) error { return tx.Get(ctx, &n, q) })
		if err != nil || n == 0 {
			return err
		}
		select {
		case <-time.After(2 * time.Millisecond):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// plainRows is a message with its buttons, without words of any language.
func plainRows(_, nonce string, s flows.Say) Out {
	out := plainly("", nonce, s)
	out.Rows, out.Silent = nil, s.Silent
	for _, row := range s.Rows {
		var r []Button
		for _, b := range row {
			r = append(r, Button{Text: string(b.Label), Data: nonce + "." + b.Step + "." + b.Value})
		}
		out.Rows = append(out.Rows, r)
	}
	return out
}

func talkBook() *flows.Book {
	return flows.New(flows.With{
		Judge:     func(check.Case) check.Verdict { return check.Verdict{Outcome: check.NoMatch} },
		Greeting:  func(string) bool { return false },
		Languages: []flows.Language{{Code: "en", Name: "English"}},
		Match:     func(...string) string { return "en" },
		Door:      func(string) bool { return true },
		Office:    func(string, map[string]string, int64) flows.Office { return flows.Office{Known: true} },
	})
}

const talkHotline = "[[recipient]]\nid = \"harbour\"\nname = \"Harbour\"\nrole = \"hotline\"\nhours = [\"always\"]\n"

// talkLife is one life: it goes on with the story where the last one died.
func talkLife(dsn, dir, dieAt string) error {
	ctx, end := context.WithTimeout(context.Background(), 5*time.Minute) // a life that hangs ends, a slow one does not
	defer end()
	k := &talker{messenger: messenger{dir}, screen: map[int]Out{}}
	step, at, _ := strings.Cut(dieAt, ":")
	want, _ := strconv.ParseInt(at, 10, 64)
	left := atomic.Int64{}
	left.Store(want)
	k.reach = func(name string) {
		if name == step && left.Add(-1) == 0 {
			_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
			select {}
		}
	}
	if err := k.replay(); err != nil {
		return err
	}
	d, err := db.Open(ctx, dsn)
	if err != nil {
		return err
	}
	defer d.Close()
	if err := d.Migrate(ctx); err != nil {
		return err
	}
	// What the life before had leased and claimed ran out meanwhile.
	if err := d.Tx(ctx, func(tx *db.Tx) error {
		for _, q := range []string{`UPDATE leases SET expires_at = 0`, `UPDATE outbox SET claimed_until = 0 WHERE claimed_until > 0`} {
			if _, err := tx.Exec(ctx, q); err != nil {
				return err
			}
		}
		return nil
	}); err != nil {
		return err
	}
	var shift atomic.Int64
	waited := func() {
		if len(k.read("waited")) > 0 {
			shift.Store(int64(tidyTime))
		}
	}
	waited()
	k.d = d.WithClock(func() time.Time {
		if k.handling.Load() {
			k.reach("clock")
		}
		return time.Now().Add(time.Duration(shift.Load()))
	})
	v, err := vault.Open(filepath.Join(dir, "keys"), k.d.Now())
	if err != nil {
		return err
	}
	directory, err := hotlines.Load()
	if err != nil {
		return err
	}
	desk := reports.New(k.d, v, directory)
	if err := talkStaff(ctx, desk, dir); err != nil {
		return err
	}
	if k.b, err = start(ctx, k.d, v); err != nil {
		return err
	}
	book := talkBook()
	k.b.Desk, k.b.startCard, k.b.render = desk, book.Start, plainRows
	k.b.turn = func(s flows.Session, in flows.Input) flows.Turn {
		k.reach("turn")
		if strings.Contains(in.Text, "choke") {
			panic("words")
		}
		return book.Turn(s, in)
	}
	k.b.pop = func(string, flows.Say) string { return "pop" }
	k.b.match = func(...string) string { return "en" }
	c := k.b.Courier(map[string]outbox.Carrier{Kind: k}, nil)
	note := c.Done
	c.Done = func(ctx context.Context, tx *db.Tx, it outbox.Item, sent outbox.Sent) error {
		k.reach("noting")
		err := note(ctx, tx, it, sent)
		k.reach("noted")
		return err
	}
	running, stop := context.WithCancel(ctx)
	ended := make(chan error, 1)
	go func() { ended <- c.Run(running) }()
	err = func() error {
		if err := k.settle(ctx, `SELECT count(*) FROM outbox`); err != nil {
			return err
		}
		for n := len(k.read("confirmed")); n < len(story); n++ {
			if err := k.one(ctx, n, desk, waited); err != nil {
				return fmt.Errorf("%s: %w", story[n], err)
			}
			k.reach("committed")
			if err := k.note("confirmed", "1"); err != nil {
				return err
			}
			k.reach("confirmed")
			if err := k.settle(ctx, `SELECT count(*) FROM outbox`); err != nil {
				return fmt.Errorf("after %s: %w", story[n], err)
			}
		}
		return nil
	}()
	stop()
	return errors.Join(err, <-ended)
}

// tidyTime is when traces are taken away, and a little more.
const tidyTime = 20*time.Hour + 2*time.Minute

func (k *talker) one(ctx context.Context, n int, desk *reports.Desk, waited func()) error {
	what := story[n]
	if what == "wait" {
		k.reach("waiting")
		if err := k.note("waited", "1"); err != nil {
			return err
		}
		waited()
		if err := k.b.Tidy(ctx); err != nil {
			return err
		}
		k.reach("waiting")
		return k.settle(ctx, `SELECT count(*) FROM tidy`)
	}
	if text, ok := strings.CutPrefix(what, "reply "); ok {
		all, err := desk.Queue(ctx, "", 10)
		if err != nil || len(all) != 1 {
			return fmt.Errorf("%d cases: %w", len(all), err)
		}
		k.reach("replying")
		if all[0].State != reports.Waiting { // else it was put before the process died
			if reached, err := desk.Reply(ctx, all[0].Code, text); err != nil || !reached {
				return fmt.Errorf("reached %t: %w", reached, err)
			}
		}
		k.reach("replied")
		return nil
	}
	u, err := k.update(n, what)
	if err != nil {
		return err
	}
	k.handling.Store(true)
	defer k.handling.Store(false)
	_, err = k.b.Handle(ctx, u)
	return err
}

// talkStaff makes two members in the first life.
func talkStaff(ctx context.Context, desk *reports.Desk, dir string) error {
	path := filepath.Join(dir, "member")
	if _, err := os.Stat(path); err == nil {
		return nil
	}
	if err := desk.Init(ctx, talkHotline); err != nil {
		return err
	}
	for range 2 {
		id, err := age.GenerateX25519Identity()
		if err != nil {
			return err
		}
		link, err := desk.Invite(ctx, "harbour")
		if err != nil {
			return err
		}
		if _, err := desk.Enrol(ctx, link, id.Recipient().String(), id.Recipient().String(), nil); err != nil {
			return err
		}
		if err := os.WriteFile(path, []byte(id.String()), 0o600); err != nil {
			return err
		}
	}
	return nil
}

// talkOutcome is what a story must have come to, whatever died on the way.
type talkOutcome struct {
	Answers, Notes []string
	Rows           map[string]int
	Cards          int // messages of ours on the screen
}

func outcome(t *testing.T, dsn, dir string) (o talkOutcome) {
	t.Helper()
	ctx := context.Background()
	d := dbtest.Open(t, dsn)
	d = d.WithClock(func() time.Time { return time.Now().Add(tidyTime) })
	v, err := vault.Open(filepath.Join(dir, "keys"), d.Now())
	require.NoError(t, err)
	directory, err := hotlines.Load()
	require.NoError(t, err)
	desk := reports.New(d, v, directory)
	secret, err := os.ReadFile(filepath.Join(dir, "member"))
	require.NoError(t, err)
	id, err := age.ParseX25519Identity(string(secret))
	require.NoError(t, err)
	all, err := desk.Queue(ctx, "", 10)
	require.NoError(t, err)
	require.Len(t, all, 1, "one case")
	opened, err := desk.Read(ctx, all[0].Code, id)
	require.NoError(t, err)
	for _, p := range opened.Parts {
		var x struct {
			Answer flows.Entry
			Note   string
		}
		require.NoError(t, json.Unmarshal(p.Body, &x))
		if p.Kind == "answer" {
			o.Answers = append(o.Answers, fmt.Sprintf("%+v", x.Answer))
		} else {
			o.Notes = append(o.Notes, x.Note)
		}
	}
	o.Rows = map[string]int{}
	for _, table := range []string{"cases", "wraps", "mailboxes", "letters", "tidy", "timers", "outbox", "dead_letters"} {
		n := 0
		require.NoError(t, d.Tx(ctx, func(tx *db.Tx) error { return tx.Get(ctx, &n, `SELECT count(*) FROM `+table) }))
		o.Rows[table] = n
	}
	k := &talker{messenger: messenger{dir}, screen: map[int]Out{}}
	require.NoError(t, k.replay())
	for _, out := range k.screen {
		require.Contains(t, out.Text, "start", "only the start card is left")
	}
	wiped := map[int]bool{}
	text, err := os.ReadFile(filepath.Join(dir, "screen"))
	require.NoError(t, err)
	covers := 0
	for line := range bytes.Lines(text) {
		var s shown
		require.NoError(t, json.Unmarshal(line, &s))
		for _, id := range s.Out.Delete {
			wiped[id] = true
		}
		if s.Out.Edit == 0 && s.Out.Text != "" {
			require.Contains(t, s.Out.Text, "start", "nothing else was ever sent")
		}
		if s.Out.Edit != 0 && strings.HasPrefix(s.Out.Text, "start") {
			covers++
		}
	}
	require.Positive(t, covers, "the card was covered")
	for n, what := range story {
		if strings.HasPrefix(what, "say ") {
			require.True(t, wiped[5000+n], "the person's words were taken away: %s", what)
		}
	}
	return o
}

// talkDie runs one life of the story.
func talkDie(t *testing.T, dsn, dir, dieAt string) (killed bool) {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), "OFFERCHECK_TEST_TALK="+dir, "OFFERCHECK_TEST_DSN="+dsn, "OFFERCHECK_TEST_DIE="+dieAt)
	var errs strings.Builder
	cmd.Stdout, cmd.Stderr = io.Discard, &errs
	err := cmd.Run()
	var exit *exec.ExitError
	if errors.As(err, &exit) && exit.Sys().(syscall.WaitStatus).Signal() == syscall.SIGKILL {
		return true
	}
	require.NoError(t, err, "%s: %s", dieAt, errs.String())
	return false
}

// SIGKILL between every two steps of filing, of delivering, of answering and of
// purging: every part once, every wrap there, one letter, the card covered, no
// trace left.
func TestATalkKilledBetweenEveryTwoSteps(t *testing.T) {
	t.Parallel()
	talksKilled(t, 1, 2)
}

func talksKilled(t *testing.T, seeds uint64, most int) {
	dbtest.EachAddress(t, func(t *testing.T, dsn string) {
		t.Parallel()
		dsn0, dir0 := fresh(t, dsn, filepath.Join(t.TempDir(), "whole"))
		require.False(t, talkDie(t, dsn0, dir0, ""))
		want := outcome(t, dsn0, dir0)
		require.Len(t, want.Notes, 1)
		require.Greater(t, len(want.Answers), 5)
		require.Contains(t, strings.Join(want.Answers, "\n"), "choke on the heron", "raw, into the case that is open")
		require.Equal(t, map[string]int{"cases": 1, "wraps": 2, "mailboxes": 1, "letters": 1, "tidy": 0, "timers": 0, "outbox": 0, "dead_letters": 0}, want.Rows)
		for seed := range seeds {
			t.Logf("seed %d", seed)
			rnd := rand.New(rand.NewPCG(seed, 11))
			var plan []string
			// Each step once, then each once more: early deaths leave little done.
			for n := range most {
				for _, i := range rnd.Perm(len(talkSteps)) {
					at := n + 1
					if talkSteps[i] == "clock" { // an update takes several looks
						at = 1 + rnd.IntN(14)
					}
					plan = append(plan, fmt.Sprint(talkSteps[i], ":", at))
				}
			}
			// The last steps of the story are reached last.
			slices.SortStableFunc(plan, func(a, b string) int { return rank(a) - rank(b) })
			dsn, dir := fresh(t, dsn, filepath.Join(t.TempDir(), fmt.Sprint("seed", seed)))
			deaths := 0
			for _, at := range plan {
				if talkDie(t, dsn, dir, at) {
					deaths++
				}
			}
			require.False(t, talkDie(t, dsn, dir, ""))
			got := outcome(t, dsn, dir)
			require.Equal(t, want, got)
			require.GreaterOrEqual(t, deaths, len(talkSteps)-2, "nearly every step was reached")
			t.Logf("%d deaths", deaths)
		}
	})
}

// rank puts the steps that come at the end of the story last.
func rank(at string) int {
	for i, name := range []string{"replying", "replied", "waiting"} {
		if strings.HasPrefix(at, name) {
			return i + 1
		}
	}
	return 0
}
