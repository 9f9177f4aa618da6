package domains

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/offercheck/offercheck/reports/db"
	"github.com/offercheck/offercheck/reports/db/dbtest"
)

var now = time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC)

// offices are registers and IANA's list on one server, and what they were asked.
type offices struct {
	*httptest.Server
	mu    sync.Mutex
	asked []*http.Request
	list  func(w http.ResponseWriter)
	say   func(w http.ResponseWriter, r *http.Request)
}

func newOffices(t *testing.T) *offices {
	o := &offices{}
	o.Server = httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		o.mu.Lock()
		defer o.mu.Unlock()
		if r.URL.Path == "/dns.json" {
			o.list(w)
			return
		}
		o.asked = append(o.asked, r)
		o.say(w, r)
	}))
	t.Cleanup(o.Close)
	o.list = func(w http.ResponseWriter) {
		fmt.Fprintf(w, `{"version":"1.0","services":[[["com","NET"],["http://plain.example/","%s/verisign/"]],[["uk.com"],["%[1]s/centralnic"]],[["broken"]],[["none"],[]]]}`, o.URL)
	}
	o.say = func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, born("2026-11-13T08:00:00Z")) }
	return o
}

func born(date string) string {
	return `{"objectClassName":"domain","events":[{"eventAction":"expiration","eventDate":"2027-01-01T00:00:00Z"},{"eventAction":"registration","eventDate":"` + date + `"}]}`
}

func (o *offices) register(t *testing.T, base string) *Register {
	r, err := NewRegister(base, o.URL+"/dns.json", o.Client())
	require.NoError(t, err)
	return r
}

func (o *offices) paths() (out []string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, r := range o.asked {
		out = append(out, r.URL.Path)
	}
	return out
}

func TestRegistered(t *testing.T) {
	for host, want := range map[string]string{
		"example.com": "example.com", "a.b.example.co.uk": "example.co.uk", "example.com.": "example.com", "bücher.de": "xn--bcher-kva.de",
		"127.0.0.1": "", "::1": "", "someone.github.io": "", "com": "", "localhost": "", "": "", "a b.com": "", strings.Repeat("a", 64) + ".com": "",
	} {
		got, ok := Registered(host)
		require.Equal(t, want != "", ok, host)
		if ok {
			require.Equal(t, want, got)
		}
	}
}

// The register of the longest suffix is asked, for the domain and nothing else.
func TestRegister(t *testing.T) {
	o := newOffices(t)
	r := o.register(t, "")
	at, err := r.Born(t.Context(), "young.com")
	require.NoError(t, err)
	require.Equal(t, time.Date(2026, 11, 13, 8, 0, 0, 0, time.UTC), at)
	for _, d := range []string{"young.net", "young.uk.com"} {
		_, err = r.Born(t.Context(), d)
		require.NoError(t, err)
	}
	require.Equal(t, []string{"/verisign/domain/young.com", "/verisign/domain/young.net", "/centralnic/domain/young.uk.com"}, o.paths())
	for _, q := range o.asked {
		require.Equal(t, "offercheck", q.Header.Get("User-Agent"))
		require.Equal(t, "application/rdap+json", q.Header.Get("Accept"))
		require.Empty(t, q.Cookies())
		require.Zero(t, q.ContentLength)
		require.Empty(t, q.URL.RawQuery)
		require.Len(t, q.Header, 3, "and Accept-Encoding: %v", q.Header)
	}
	_, err = r.Born(t.Context(), "young.broken")
	require.ErrorIs(t, err, ErrUnknown, "no register answers for it")
	_, err = o.register(t, o.URL+"/all").Born(t.Context(), "young.broken")
	require.NoError(t, err)
	require.Equal(t, "/all/domain/young.broken", o.paths()[3])
	for _, bad := range []string{"http://plain.example/", "yes", "https://", "https://a:b@c.example", "https://c.example/?x=1"} {
		_, err := NewRegister(bad, IANA, http.DefaultClient)
		require.Error(t, err, bad)
	}
}

func TestWhatARegisterMaySay(t *testing.T) {
	for name, c := range map[string]struct {
		status int
		body   string
		want   string // of the error, "" for an age
	}{
		"with a zone":       {200, born("2026-11-13T08:00:00+07:00"), ""},
		"without a zone":    {200, born("2026-11-13T08:00:00"), ""},
		"a day":             {200, born("2026-11-13"), ""},
		"registered again":  {200, `{"ldhName":"YOUNG.com.","events":[{"eventAction":"registration","eventDate":"1999-01-01"},{"eventAction":"reregistration","eventDate":"2026-11-13"}]}`, ""},
		"no date":           {200, `{"events":[]}`, "does not say"},
		"nonsense for date": {200, born("lately"), "does not say"},
		"before all":        {200, born("0001-01-01T00:00:00Z"), "does not say"},
		"of another":        {200, `{"ldhName":"other.com","events":[{"eventAction":"registration","eventDate":"2026-11-13"}]}`, "does not say"},
		"no JSON":           {200, `<html>young.com`, "cannot be read"},
		"too large":         {200, `{"x":"` + strings.Repeat("a", mostAnswer) + `"}`, "too large"},
		"not found":         {404, `young.com`, "does not say"},
		"broken":            {500, `young.com`, "answers 500"},
		"too many":          {429, ``, "asked later"},
	} {
		t.Run(name, func(t *testing.T) {
			o := newOffices(t)
			o.say = func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(c.status); fmt.Fprint(w, c.body) }
			at, err := o.register(t, "").Born(t.Context(), "young.com")
			if c.want == "" {
				require.NoError(t, err)
				require.Equal(t, 2026, at.Year())
				return
			}
			require.ErrorContains(t, err, c.want)
			require.NotContains(t, err.Error(), "young")
		})
	}
	// What is led elsewhere is followed over https only, and an error names no domain.
	o := newOffices(t)
	plain := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { t.Error("asked without https") }))
	t.Cleanup(plain.Close)
	o.say = func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, plain.URL+r.URL.Path, http.StatusFound)
	}
	_, err := o.register(t, "").Born(t.Context(), "young.com")
	require.ErrorContains(t, err, "away from https")
	require.NotContains(t, err.Error(), "young")
	o.say = func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, "/there/") {
			fmt.Fprint(w, born("2026-11-13"))
			return
		}
		http.Redirect(w, r, "/there/domain/young.com", http.StatusFound)
	}
	_, err = o.register(t, "").Born(t.Context(), "young.com")
	require.NoError(t, err)
	o.say = func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, r.URL.Path, http.StatusFound) }
	_, err = o.register(t, "").Born(t.Context(), "young.com")
	require.ErrorContains(t, err, "in circles")
	// Nobody waits longer than is said. The register is named, so that the time is
	// spent on it alone; and it falls silent, for an answer given when the asker has
	// left may still be heard.
	o.say = func(w http.ResponseWriter, r *http.Request) { <-r.Context().Done(); panic(http.ErrAbortHandler) }
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	_, err = o.register(t, o.URL+"/all").Born(ctx, "young.com")
	require.ErrorIs(t, err, context.DeadlineExceeded)
	require.NotContains(t, err.Error(), "young")
}

// The list is read once a day; when it cannot be had, the last one is used.
func TestTheListOfRegisters(t *testing.T) {
	o := newOffices(t)
	times, good := 0, o.list
	o.list = func(w http.ResponseWriter) { times++; good(w) }
	r := o.register(t, "")
	for range 3 {
		_, err := r.Born(t.Context(), "young.com")
		require.NoError(t, err)
	}
	require.Equal(t, 1, times)
	r.at = r.at.Add(-25 * time.Hour)
	o.list = func(w http.ResponseWriter) { times++; w.WriteHeader(500) }
	_, err := r.Born(t.Context(), "young.com")
	require.NoError(t, err)
	require.Equal(t, 2, times)
	for _, bad := range []string{`{}`, `<html>`, `{"services":[[["com"],["http://plain.example/"]]]}`} {
		o.list = func(w http.ResponseWriter) { fmt.Fprint(w, bad) }
		_, err := o.register(t, "").Born(t.Context(), "young.com")
		require.ErrorContains(t, err, "list of registers")
	}
	o.list = func(w http.ResponseWriter) { w.WriteHeader(404) }
	_, err = o.register(t, "").Born(t.Context(), "young.com")
	require.ErrorContains(t, err, "no list")
	require.NotErrorIs(t, err, ErrUnknown, "no domain is taken for unknown because of that")
}

// clerk is a register that answers as it is told.
type clerk struct {
	mu    sync.Mutex
	asked []string
	say   map[string]any // a time or an error
	done  chan string
}

func (c *clerk) born(_ context.Context, domain string) (time.Time, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.asked = append(c.asked, domain)
	defer func() { c.done <- domain }()
	switch x := c.say[domain].(type) {
	case time.Time:
		return x, nil
	case error:
		return time.Time{}, x
	}
	return time.Time{}, ErrUnknown
}

func (c *clerk) times(domain string) (n int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, d := range c.asked {
		if d == domain {
			n++
		}
	}
	return n
}

func token(domain string) string { return fmt.Sprintf("%x", len(domain)) + domain[:1] }

func TestAges(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		at := now
		var clock sync.Mutex
		d = d.WithClock(func() time.Time { clock.Lock(); defer clock.Unlock(); return at })
		later := func(days int) {
			clock.Lock()
			defer clock.Unlock()
			at = at.AddDate(0, 0, days)
		}
		c := &clerk{done: make(chan string, 10), say: map[string]any{
			"young.com": now.AddDate(0, 0, -9), "old.example": now.AddDate(-9, 0, 0), "tomorrow.net": now.AddDate(1, 0, 0),
			"failing.org": errors.New("no answer"), "busy.info": Later{time.Millisecond},
		}}
		var told sync.Mutex
		var failures []error
		live := func() (*Ages, func()) {
			a := New(d, token, c.born)
			a.Pause, a.Failing = 0, 0
			ctx, stop := context.WithCancel(t.Context())
			var over sync.WaitGroup
			over.Go(func() {
				_ = a.Run(ctx, func(err error) { told.Lock(); defer told.Unlock(); failures = append(failures, err) })
			})
			return a, func() { stop(); over.Wait() }
		}
		settles := func(a *Ages, domains ...string) {
			t.Helper()
			for _, domain := range domains {
				c.mu.Lock() // no answer between the two, or one that failed is asked again
				a.Want(domain)
				a.Want(domain)
				c.mu.Unlock()
				require.Equal(t, domain, <-c.done)
			}
			require.Eventually(t, func() bool { a.mu.Lock(); defer a.mu.Unlock(); return len(a.waiting) == 0 }, time.Minute, time.Millisecond)
		}
		a, stop := live()
		_, ok := a.Age("young.com")
		require.False(t, ok, "nothing is known yet, and nobody waits for it")
		settles(a, "young.com", "old.example", "tomorrow.net", "nobody.example.org", "failing.org", "busy.info")
		age, ok := a.Age("young.com")
		require.True(t, ok)
		require.Equal(t, 9*24*time.Hour, age)
		age, ok = a.Age("old.example")
		require.True(t, ok)
		require.Greater(t, age, 8*365*24*time.Hour)
		for _, domain := range []string{"tomorrow.net", "nobody.example.org", "failing.org", "busy.info"} {
			_, ok := a.Age(domain)
			require.False(t, ok, domain)
		}
		a.Want("young.com")
		a.Want("nobody.example.org")
		settles(a, "failing.org")
		require.Equal(t, 1, c.times("young.com"), "what is known is not asked again")
		require.Equal(t, 1, c.times("nobody.example.org"))
		require.Equal(t, 2, c.times("failing.org"), "what failed is")
		// It is told a moment after it is over, and not any more once everything ends.
		require.Eventually(t, func() bool { told.Lock(); defer told.Unlock(); return len(failures) >= 3 }, time.Minute, time.Millisecond)
		stop()
		require.Len(t, failures, 3)

		// It outlives the process, by keyed hash, and grows old.
		var kept []row
		require.NoError(t, d.Tx(t.Context(), func(tx *db.Tx) (err error) { kept, err = latest(t.Context(), tx, 0, 100); return err }))
		text, err := json.Marshal(kept)
		require.NoError(t, err)
		require.Len(t, kept, 4)
		require.NotContains(t, string(text), "young")
		later(29)
		a, stop = live()
		settles(a, "nobody.example.org")
		age, ok = a.Age("young.com")
		require.True(t, ok)
		require.Equal(t, 38*24*time.Hour, age)
		require.Equal(t, 1, c.times("young.com"))
		require.Equal(t, 2, c.times("nobody.example.org"), "who said nothing is asked again after a day")
		later(1)
		_, ok = a.Age("young.com")
		require.False(t, ok, "after a month it is asked again")
		settles(a, "young.com")
		require.Equal(t, 2, c.times("young.com"))

		// Another process learns of it without asking.
		second, halt := live()
		require.Eventually(t, func() bool { _, ok := second.Age("young.com"); return ok }, time.Minute, time.Millisecond)
		halt()
		stop()
		later(31)
		a, stop = live()
		settles(a, "failing.org")
		stop()
		require.NoError(t, d.Tx(t.Context(), func(tx *db.Tx) (err error) { kept, err = latest(t.Context(), tx, 0, 100); return err }))
		require.Empty(t, kept, "what is old is forgotten")
	})
}

// A flood of domains holds nobody up and is left to the next time.
func TestAgesDoNotWait(t *testing.T) {
	a := New(dbtest.Open(t, dbtest.SQLite(t)), func(domain string) string { return domain }, nil)
	for i := range 10 * mostWanted {
		a.Want(fmt.Sprintf("d%d.com", i))
	}
	require.Len(t, a.wanted, mostWanted)
	require.Len(t, a.waiting, mostWanted)
	for i := range mostKnown + 10 {
		a.remember(row{Token: fmt.Sprint(i)})
	}
	require.Len(t, a.known, mostKnown)
}
