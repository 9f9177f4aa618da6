package main

import (
	"encoding/pem"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/offercheck/offercheck/bot/telegram/telegramtest"
	"github.com/offercheck/offercheck/flows"
	"github.com/offercheck/offercheck/flows/check"
)

const siteText = "Please look at our page www.Garden-Club-Lotus.top before Monday, and also at friends.example.com, thank you."

func youngFound(v check.Verdict) *check.Found {
	for i := range v.Signs {
		if v.Signs[i].ID == youngSign {
			return &v.Signs[i]
		}
	}
	return nil
}

// A young domain is a sign, quoted as the person has it; an old one, one of which
// nothing is known, and what an answer denied are none.
func TestYoungDomains(t *testing.T) {
	h, err := loaded()
	require.NoError(t, err)
	const month = 30 * 24 * time.Hour
	ages := map[string]time.Duration{"garden-club-lotus.top": 9 * 24 * time.Hour, "example.com": 300 * month}
	judge := aged(h.checker.Case, func(domain string) (time.Duration, bool) { age, ok := ages[domain]; return age, ok })
	before := h.checker.Check(siteText)
	require.Nil(t, youngFound(before))
	v := judge(check.Case{Texts: []string{"hello", siteText}})
	f := youngFound(v)
	require.NotNil(t, f)
	require.Equal(t, check.Medium, f.Strength)
	require.Equal(t, []string{"www.Garden-Club-Lotus.top"}, f.Quotes)
	require.False(t, f.Asked)
	require.Empty(t, f.Spans[1:])
	require.NotContains(t, []check.Outcome{check.Scam, check.Trafficking}, v.Outcome, "alone it convicts nobody")

	asked := map[string]bool{"TSK-18": true}
	judge(check.Case{Texts: []string{siteText}, Facts: asked})
	require.Equal(t, map[string]bool{"TSK-18": true}, asked, "the answers are left as they were")
	require.Nil(t, youngFound(judge(check.Case{Texts: []string{siteText}, Facts: map[string]bool{youngSign: false}})))
	ages["garden-club-lotus.top"] = 90 * 24 * time.Hour
	require.Nil(t, youngFound(judge(check.Case{Texts: []string{siteText}})))
	delete(ages, "garden-club-lotus.top")
	require.Equal(t, before, judge(check.Case{Texts: []string{siteText}}))
}

// Only what was checked is asked for: nothing of a report, nothing of somebody who
// may be in danger, and at most three domains of a message.
func TestWhatIsAskedFor(t *testing.T) {
	h, err := loaded()
	require.NoError(t, err)
	var asked []string
	after := afterChecks(func(domain string) { asked = append(asked, domain) })
	v := h.checker.Check(siteText)
	after(flows.Turn{})
	after(flows.Turn{Verdict: &v, Report: &flows.Filing{}})
	after(flows.Turn{Verdict: &v, Session: flows.Session{Report: &flows.Report{}}})
	danger := v
	danger.Outcome = check.Danger
	after(flows.Turn{Verdict: &danger})
	require.Empty(t, asked)
	after(flows.Turn{Verdict: &v})
	require.Equal(t, []string{"garden-club-lotus.top", "example.com"}, asked)
	asked = nil
	many := h.checker.Check("a1-lotus.com a2-lotus.com www.a1-lotus.com a3-lotus.com a4-lotus.com someone.github.io 10.0.0.1 me@mail-lotus.com")
	after(flows.Turn{Verdict: &many})
	require.Equal(t, []string{"a1-lotus.com", "a2-lotus.com", "a3-lotus.com"}, asked)
}

// The whole way: the first answer waits for nothing, the register is asked after
// it, the next answer knows. Without the setting nobody is asked.
func TestTheAgeOfADomainIsLookedUpAfterwards(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, env []string, _ func()) {
		var mu sync.Mutex
		var asked []string
		held := make(chan struct{})
		register := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			mu.Lock()
			asked = append(asked, r.URL.Path)
			mu.Unlock()
			<-held // a register may take its time
			if path.Base(r.URL.Path) == "garden-club-lotus.top" {
				fmt.Fprintf(w, `{"events":[{"eventAction":"registration","eventDate":"%s"}]}`, time.Now().AddDate(0, 0, -9).UTC().Format(time.RFC3339))
				return
			}
			w.WriteHeader(http.StatusNotFound)
		}))
		t.Cleanup(register.Close)
		trust := filepath.Join(t.TempDir(), "register.pem")
		require.NoError(t, os.WriteFile(trust, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: register.Certificate().Raw}), 0o600))
		s := telegramtest.New(t)
		p := serving(t, s, append([]string{"RDAP=" + register.URL + "/rdap", "SSL_CERT_FILE=" + trust}, env...)...)
		const name = "A brand-new or copied website"
		who := s.Person("en")
		who.Send(siteText)
		require.True(t, who.Await(1, patience), "the register has not answered yet\n%s", p.log)
		require.NotContains(t, who.Last().Text, name)
		who.Send("someone here keeps my passport and locks the door, i cannot leave, they beat me. their page is cage-lotus.top")
		require.True(t, s.Wait(patience, func() bool { mu.Lock(); defer mu.Unlock(); return len(asked) > 0 }), p.log)
		close(held)
		require.True(t, s.Wait(patience, func() bool { mu.Lock(); defer mu.Unlock(); return len(asked) == 2 }), p.log)

		next := s.Person("en")
		for n := 1; ; n++ { // what the register said is known a moment after it said so
			next.Send(siteText)
			require.True(t, next.Await(n, patience), p.log)
			if strings.Contains(next.Last().Text, name) {
				break
			}
			require.Less(t, n, 50, telegramtest.Transcript(next.Screen()))
			next.Send("/start")
			n++
			require.True(t, next.Await(n, patience), p.log)
		}
		require.Contains(t, next.Last().Text, "Garden-Club-Lotus.top")
		mu.Lock()
		require.Equal(t, []string{"/rdap/domain/garden-club-lotus.top", "/rdap/domain/example.com"}, asked, "each once, and no word more")
		mu.Unlock()
		p.stop()
		for _, word := range []string{"garden-club", "example.com", "cage-lotus"} {
			require.NotContains(t, p.log.String(), word)
			if dsn := setOf(env, "DATABASE_URL"); dsn != "" {
				require.NotContains(t, string(dump(t, dsn)), word)
			} else {
				there := map[string][]byte{}
				files(t, setOf(env, "DATA_DIR"), "", there)
				for where, b := range there {
					require.NotContains(t, string(b), word, where)
				}
			}
		}
		require.Empty(t, s.Bugs())
	})
}

// A register that is none stops the start with one line.
func TestARegisterThatIsNone(t *testing.T) {
	for _, bad := range []string{"yes", "http://rdap.example/"} {
		_, err := newAges(bad, nil, nil, http.DefaultClient)
		require.ErrorIs(t, err, errUsage)
		require.ErrorContains(t, err, "RDAP: want iana")
	}
	none, err := newAges("", nil, nil, http.DefaultClient)
	require.NoError(t, err)
	require.Nil(t, none)
}
