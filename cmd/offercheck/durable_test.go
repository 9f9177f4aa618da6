package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/offercheck/offercheck/bot/telegram/telegramtest"
	"github.com/offercheck/offercheck/reports/db"
)

// watch is how the program is traced: what goes to the disk and over the wire.
func watch(t *testing.T) (under []string, trace string) {
	t.Helper()
	strace, err := exec.LookPath("strace")
	if err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal("strace must be there when CI=true")
		}
		t.Skip("not watched: strace is not installed")
	}
	trace = filepath.Join(t.TempDir(), "trace")
	return []string{strace, "-f", "-y", "-s", "8192", "-o", trace, "-e", "trace=fdatasync,fsync,read,write,sendto,recvfrom"}, trace
}

// watched starts the program under a trace.
func watched(t *testing.T, s *telegramtest.Server, under []string, env ...string) *process {
	t.Helper()
	p := begin(t, s, under, env...)
	require.True(t, p.says("msg=serving"), p.log)
	children, err := os.ReadFile(fmt.Sprintf("/proc/%d/task/%d/children", p.pid, p.pid))
	require.NoError(t, err)
	p.pid, err = strconv.Atoi(strings.Fields(string(children))[0])
	require.NoError(t, err)
	return p
}

var (
	callShape    = regexp.MustCompile(`^(\d+)\s+(\w+)\((\d+<[^>]*>)(.*)$`)
	resumedShape = regexp.MustCompile(`^(\d+)\s+<\.\.\. (\w+) resumed>(.*)$`)
	updateShape  = regexp.MustCompile(`\\"update_id\\":(\d+)`)
	offsetShape  = regexp.MustCompile(`[?&\\n"]offset=(\d+)`)
)

// happening is one line of a trace: a call that was begun, or that was done.
type happening struct {
	name, fd, text string
	done           bool
}

// happenings reads a trace in its order. A call that another one interrupted is
// two happenings.
func happenings(t *testing.T, trace string) (out []happening) {
	t.Helper()
	b, err := os.ReadFile(trace)
	require.NoError(t, err)
	open := map[string]happening{}
	for line := range strings.Lines(string(b)) {
		line = strings.TrimRight(line, "\n")
		if m := callShape.FindStringSubmatch(line); m != nil {
			h := happening{m[2], m[3], m[4], !strings.HasSuffix(m[4], "<unfinished ...>")}
			if !h.done {
				open[m[1]] = h
			}
			out = append(out, h)
			continue
		}
		if m := resumedShape.FindStringSubmatch(line); m != nil {
			h := open[m[1]]
			delete(open, m[1])
			if h.name == m[2] {
				out = append(out, happening{m[2], h.fd, m[3], true})
			}
		}
	}
	return out
}

// synced says whether a happening is the end of putting the database on the disk.
func (h happening) synced() bool {
	return h.done && strings.HasSuffix(h.name, "sync") && strings.HasSuffix(h.text, "= 0") && strings.Contains(h.fd, "bot.db")
}

func (h happening) socket() bool {
	return strings.Contains(h.fd, "socket:") || strings.Contains(h.fd, "TCP:")
}

func (h happening) in() bool {
	return h.done && h.socket() && (h.name == "read" || h.name == "recvfrom")
}

func (h happening) out() bool { return h.socket() && (h.name == "write" || h.name == "sendto") }

// What Telegram is told to forget is on the disk: between the arrival of an
// update and the question that confirms it the database was written through.
func TestOnTheDiskBeforeConfirmed(t *testing.T) {
	t.Parallel()
	under, trace := watch(t)
	s := telegramtest.New(t)
	people := errands(t, s, 3)
	for _, e := range people {
		e.next()
	}
	p := watched(t, s, under, "DATA_DIR="+t.TempDir())
	for range 3 {
		require.True(t, s.Wait(patience, func() bool { return s.Pending() == 0 }), p.log)
		people[0].next()
	}
	settled(t, s, people, p)
	p.stop()

	arrived := map[int64]int{} // update → where in the trace it came in
	confirmed, lastSync, syncs := 0, -1, 0
	for i, h := range happenings(t, trace) {
		switch {
		case h.synced():
			lastSync = i
			syncs++
		case h.in():
			for _, m := range updateShape.FindAllStringSubmatch(h.text, -1) {
				id, err := strconv.ParseInt(m[1], 10, 64)
				require.NoError(t, err)
				if _, again := arrived[id]; !again {
					arrived[id] = i
				}
			}
		case h.out() && strings.Contains(h.text, "/getUpdates"):
			m := offsetShape.FindStringSubmatch(h.text)
			if m == nil {
				continue
			}
			offset, err := strconv.ParseInt(m[1], 10, 64)
			require.NoError(t, err)
			for id, at := range arrived {
				if id < offset && at >= 0 {
					require.Greater(t, lastSync, at, "update confirmed and not on the disk")
					arrived[id] = -1
					confirmed++
				}
			}
		}
	}
	require.Equal(t, len(people)+3, confirmed, "every update was seen coming and confirmed")
	t.Logf("%d updates confirmed after %d syncs of the database", confirmed, syncs)
}

// By webhook the confirmation is the 200 on the connection that brought the
// update.
func TestOnTheDiskBeforeTheWebhooksAnswer(t *testing.T) {
	t.Parallel()
	under, trace := watch(t)
	s := telegramtest.New(t)
	hook, to := webhook(s)
	people := errands(t, s, 3)
	p := watched(t, s, under, append(hook, "DATA_DIR="+t.TempDir())...)
	to(p)
	for range 3 {
		for _, e := range people {
			e.next()
		}
	}
	settled(t, s, people, p)
	p.stop()

	arrived := map[string]int{} // connection → where its update came in
	confirmed, lastSync := 0, -1
	for i, h := range happenings(t, trace) {
		switch {
		case h.synced():
			lastSync = i
		case h.in() && updateShape.MatchString(h.text):
			arrived[h.fd] = i
		case h.out() && strings.Contains(h.text, "HTTP/1.1 200 OK"):
			if at, ok := arrived[h.fd]; ok {
				require.Greater(t, lastSync, at, "update confirmed and not on the disk")
				delete(arrived, h.fd)
				confirmed++
			}
		}
	}
	require.Equal(t, 3*len(people), confirmed, "every update was seen coming and confirmed")
}

// A part of a report is on the disk before the update that brought it is
// confirmed, and before the tap is answered or the person's words are deleted:
// whoever sees their words vanish may rely on it.
func TestAReportIsOnTheDiskBeforeConfirmed(t *testing.T) {
	t.Parallel()
	under, trace := watch(t)
	s := telegramtest.New(t)
	env := []string{"DATA_DIR=" + t.TempDir()}
	r, _ := installed(t, env)
	k := teller{Person: s.Person("en"), t: t, s: s}
	k.p = watched(t, s, under, env...)
	k.Send("/start")
	k.tap(append([]string{".go.help"}, fourTaps()...)...)
	k.tap(".dg_way.skip")
	k.shows(".dg_place.skip")
	k.types("the blue gate")
	require.True(t, s.Wait(patience, func() bool { return s.Pending() == 0 }))
	k.p.stop()
	parts := 0
	require.NoError(t, r.d.Tx(t.Context(), func(tx *db.Tx) error { return tx.Get(t.Context(), &parts, `SELECT count(*) FROM parts`) }))
	require.GreaterOrEqual(t, parts, 5, "a part for each answer")

	arrived := map[int64]int{} // update → where in the trace it came in
	newest, lastSync, confirmed, said, deleted := -1, -1, 0, 0, 0
	for i, h := range happenings(t, trace) {
		switch {
		case h.synced():
			lastSync = i
		case h.in():
			for _, m := range updateShape.FindAllStringSubmatch(h.text, -1) {
				id, err := strconv.ParseInt(m[1], 10, 64)
				require.NoError(t, err)
				if _, again := arrived[id]; !again {
					arrived[id], newest = i, i
				}
			}
		case h.out() && (strings.Contains(h.text, "/answerCallbackQuery") || strings.Contains(h.text, "/editMessageText")):
			require.Greater(t, lastSync, newest, "said before it was on the disk")
			said++
		case h.out() && strings.Contains(h.text, "/deleteMessage"):
			require.Greater(t, lastSync, newest, "deleted before it was on the disk")
			deleted++
		case h.out() && strings.Contains(h.text, "/getUpdates"):
			m := offsetShape.FindStringSubmatch(h.text)
			if m == nil {
				continue
			}
			offset, err := strconv.ParseInt(m[1], 10, 64)
			require.NoError(t, err)
			for id, at := range arrived {
				if id < offset && at >= 0 {
					require.Greater(t, lastSync, at, "update confirmed and not on the disk")
					arrived[id] = -1
					confirmed++
				}
			}
		}
	}
	require.GreaterOrEqual(t, confirmed, 8, "every update was seen coming and confirmed")
	require.Greater(t, said, 8)
	require.Positive(t, deleted)
	t.Logf("%d parts, %d updates confirmed, %d calls after the sync", parts, confirmed, said+deleted)
}
