package check

import (
	"bufio"
	"compress/gzip"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"
)

// listOf makes a table of a few values.
func listOf(t testing.TB, add func(l *Listing)) *Indicators {
	t.Helper()
	l, err := NewListing(Files())
	require.NoError(t, err)
	add(l)
	x, err := OpenIndicators(l.File())
	require.NoError(t, err)
	return x
}

func TestReportedValues(t *testing.T) {
	c := *checker(t)
	c.lists = new(atomic.Pointer[lists])
	c.lists.Store(&lists{fed: listOf(t, func(l *Listing) {
		require.Equal(t, Added, l.Allow("fine.example.org"))
		require.Equal(t, Vague, l.Allow("pages.dev"))
		for _, v := range []struct {
			kind  Indicator
			value string
			want  Taken
		}{
			{Domain, "Bad-Broker.com", Added}, {Domain, "www.second-bad.net", Added}, {Domain, "www.fine.example.org", Spared},
			{Domain, "sub.bad-root.co.uk", Added}, {Domain, "www.paypal.com", Spared}, {Domain, "xn--80ak6aa92e.com", Added},
			{Domain, "lure.pages.dev", Added}, {Domain, "pages.dev", Vague}, {Domain, "co.uk", Vague}, {Domain, "t.me", Vague}, {Domain, "not a domain", Unread},
			{URL, "https://bit.ly/3AbCdE", Added}, {URL, "https://sites.google.com/view/evil-page/home", Added}, {URL, "https://bit.ly", Vague},
			{URL, "http://hacked.example/wp/login/", Added}, {URL, "https://t.me/Evil_HR_bot", Added}, {URL, "https://docs.google.com/forms?id=77", Added},
			{Handle, "@Rich_Anna88", Added}, {Phone, "+855 12 345 678", Added}, {Phone, "012 345", Unread}, {Email, "HR@Lure.Example", Added},
			{Wallet, "0xD0cC2B24980CBCCA47EF755Da88B220a82291407", Added}, {Wallet, "1MusK1HoQi7ULXJdodirUsHiZfyN7z5puP", Added},
		} {
			require.Equal(t, v.want, l.Add(v.kind, v.value), v.value)
		}
	})})
	for text, listed := range map[string]string{
		"see https://bad-broker.com/join?x=1":                        "bad-broker.com",
		"see trade.vip.bad-broker.com":                               "trade.vip.bad-broker.com",
		"see www.second-bad.net now":                                 "www.second-bad.net",
		"see bad-root.co.uk":                                         "",
		"see deep.sub.bad-root.co.uk":                                "deep.sub.bad-root.co.uk",
		"see https://fine.example.org/a":                             "",
		"see https://lure.pages.dev/x":                               "lure.pages.dev",
		"see https://other.pages.dev/x":                              "",
		"see https://bit.ly/3AbCdE":                                  "https://bit.ly/3AbCdE",
		"see https://bit.ly/3abcde":                                  "",
		"see https://sites.google.com/view/evil-page/home/deeper":    "https://sites.google.com/view/evil-page/home/deeper",
		"see https://sites.google.com/view/club":                     "",
		"see http://hacked.example.com":                              "",
		"see https://docs.google.com/forms?id=77":                    "https://docs.google.com/forms?id=77",
		"see https://docs.google.com/forms?id=78":                    "",
		"write to t.me/evil_hr_bot":                                  "t.me/evil_hr_bot",
		"write to @rich_anna88 today":                                "rich_anna88",
		"write to @rich_anna89 today":                                "",
		"call +85512345678":                                          "85512345678",
		"send to 0xd0cc2b24980cbcca47ef755da88b220a82291407":         "0xd0cc2b24980cbcca47ef755da88b220a82291407",
		"send to 1MusK1HoQi7ULXJdodirUsHiZfyN7z5puP":                 "1MusK1HoQi7ULXJdodirUsHiZfyN7z5puP",
		"write to anna@bad-broker.com":                               "anna@bad-broker.com",
		"see https://xn--80ak6aa92e.com/":                            "xn--80ak6aa92e.com",
		"our site is https://www.paypal.com/signin and nothing else": "",
	} {
		v := c.Check(text)
		i := slices.IndexFunc(v.Signs, func(f Found) bool { return f.ID == "CRY-14" })
		if listed == "" {
			require.Negative(t, i, text)
			continue
		}
		require.GreaterOrEqual(t, i, 0, text)
		require.Equal(t, []string{listed}, v.Signs[i].Quotes, text)
		require.NotEmpty(t, v.Signs[i].Sources)
		require.Contains(t, []Outcome{Caution, Scam}, v.Outcome, text)
	}
	// Alone a reported value is a caution, with any other sign a scam.
	require.Equal(t, Caution, c.Check("Here is the page we talked about yesterday: bad-broker.com").Outcome)
	require.Equal(t, Scam, c.Check("Guaranteed profit of 5% every day, join at bad-broker.com").Outcome)
}

func TestSpoiltTables(t *testing.T) {
	l, err := NewListing(Files())
	require.NoError(t, err)
	for i := range 300 {
		require.Equal(t, Added, l.Add(Domain, fmt.Sprintf("name%d.example", i)))
	}
	file := l.File()
	x, err := OpenIndicators(file)
	require.NoError(t, err)
	require.Equal(t, 300, x.Len())
	for i := range 300 {
		require.True(t, x.has(Domain, fmt.Sprintf("name%d.example", i)))
		require.False(t, x.has(Handle, fmt.Sprintf("name%d.example", i)))
		require.False(t, x.has(Domain, fmt.Sprintf("name%d.example.com", i)))
	}
	_, err = OpenIndicators(nil)
	require.ErrorIs(t, err, errIndicators)
	for _, n := range []int{1, 63, 64, 72, len(file) / 2, len(file) - 8, len(file) - 1} {
		_, err := OpenIndicators(file[:n])
		require.ErrorIs(t, err, errIndicators, n)
	}
	for _, at := range []int{0, 15, 16, 24, 32, 64, len(file) / 2} {
		spoilt := slices.Clone(file)
		spoilt[at] ^= 0x41
		_, err := OpenIndicators(spoilt)
		require.ErrorIs(t, err, errIndicators, at)
	}
	var none *Indicators
	require.False(t, none.has(Domain, "a.example"))
	require.Zero(t, none.Len())
}

// TestSwap changes the lists while checks run: every check sees one whole list.
func TestSwap(t *testing.T) {
	c := *checker(t)
	c.lists = new(atomic.Pointer[lists])
	c.lists.Store(&lists{})
	one := listOf(t, func(l *Listing) { l.Add(Domain, "one-bad.com"); l.Add(Domain, "both-bad.com") })
	two := listOf(t, func(l *Listing) { l.Add(Domain, "two-bad.com"); l.Add(Domain, "both-bad.com") })
	c.List(one)
	stop := make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() {
		for i := 0; ; i++ {
			select {
			case <-stop:
				return
			default:
				c.List([]*Indicators{one, two}[i%2])
			}
		}
	})
	for range 2000 {
		v := c.Check("see one-bad.com two-bad.com both-bad.com")
		i := slices.IndexFunc(v.Signs, func(f Found) bool { return f.ID == "CRY-14" })
		require.GreaterOrEqual(t, i, 0)
		require.Len(t, v.Signs[i].Quotes, 2)
	}
	close(stop)
	wg.Wait()
}

// shared gives the lines of a list of the shared data, gunzipped, without
// remarks. Where the data is not at hand the test is skipped and says so.
func shared(t testing.TB, name string) []string {
	t.Helper()
	f, err := os.Open(filepath.Join("..", "..", "..", "shared", "data", "indicators", name+".gz"))
	if err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatalf("the shared lists are not beside the checkout: %v", err)
		}
		t.Skipf("the shared lists are not beside the checkout: %v", err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	require.NoError(t, err)
	var out []string
	rows := bufio.NewScanner(z)
	rows.Buffer(nil, 1<<20)
	for rows.Scan() {
		if line := strings.TrimSpace(rows.Text()); line != "" && line[0] != '#' {
			out = append(out, line)
		}
	}
	require.NoError(t, rows.Err())
	return out
}

var sharedDomains = []string{
	"gaso_scam_domains.txt", "gaso_scam_domains_max_history.txt", "polkadot_phishing_deny.txt", "durablenapkin_scam_shops.txt",
	"jarelllama_scam_domains.txt", "scamsniffer_domains.txt", "discord_antiscam_domains.txt", "eth_phishing_detect_blacklist.txt",
}

var sharedURLs = []string{"openphish_urls_union.txt", "chongluadao_vn_urls.txt"}

// TestListedValues puts every shared list, less the allow-list, into one table
// and asks for each value as a text would hold it.
func TestListedValues(t *testing.T) {
	l, err := NewListing(Files())
	require.NoError(t, err)
	for _, d := range shared(t, "maltrail_whitelist.txt") {
		l.Allow(d)
	}
	type value struct{ list, text string }
	var all []value
	for _, group := range []struct {
		kind  Indicator
		lists []string
	}{
		{Domain, sharedDomains}, {URL, sharedURLs},
		{Wallet, []string{"polkadot_phishing_addresses.csv", "ofac_sdn_addresses.csv", "scamsniffer_addresses.txt", "cryptoscamdb_addresses.csv"}},
	} {
		for _, name := range group.lists {
			var n [4]int
			for _, row := range shared(t, name) {
				row, _, _ = strings.Cut(row, ",")
				got := l.Add(group.kind, row)
				if n[got]++; got != Added {
					continue
				}
				if group.kind == Wallet {
					all = append(all, value{name, row})
				} else if strings.Contains(row, "://") {
					all = append(all, value{name, row})
				} else {
					all = append(all, value{name, "https://" + row})
				}
			}
			t.Logf("%-34s %7d listed, %d allowed, %d hosts of many owners, %d not read", name, n[Added], n[Spared], n[Vague], n[Unread])
		}
	}
	x, err := OpenIndicators(l.File())
	require.NoError(t, err)
	c := checker(t)
	li := lists{fed: x}
	missed, unseen := map[string]int{}, map[string]int{}
	var examples []string
	for _, v := range all {
		host, _, _, _ := canonURL(v.text)
		at, ok := c.hosts.site(host)
		require.True(t, li.has(Wallet, canonWallet(v.text)) || li.has(Handle, canonHandle(tgPath(strings.TrimPrefix(v.text, "https://t.me")))) ||
			ok && at.listed(li) || c.hosts.listedURL(li, v.text), "%s: %s", v.list, v.text)
		found := c.facts.entities(v.text)
		switch {
		case len(found) == 0:
			// An address of a chain the scanner does not know, or letters it takes for words.
			unseen[v.list]++
		case !slices.ContainsFunc(found, func(e Entity) bool {
			at, ok := c.hosts.site(e.Value)
			return c.hosts.listed(li, e) || e.Type == "domain" && ok && at.listed(li)
		}):
			missed[v.list]++
			examples = append(examples, v.list+" "+v.text)
		}
	}
	bytes := float64(len(x.slots)) / float64(x.Len())
	t.Logf("%d values asked for, %d different, %.1f bytes an entry; every one is found as written; out of a text %v are not, not seen in a text %v", len(all), x.Len(), bytes, missed, unseen)
	require.LessOrEqual(t, bytes, 20.0)
	require.LessOrEqual(t, len(examples)*10000, len(all), "%q", examples[:min(20, len(examples))])
}

// TestPopularDomains counts what is called reported or a look-alike among domains
// people ordinarily visit.
func TestPopularDomains(t *testing.T) {
	c := checker(t)
	seen := map[string]bool{}
	for _, name := range []string{"top_100k_domains_zer0h.txt", "opendns_top_10k.txt"} {
		for _, d := range shared(t, name) {
			seen[strings.ToLower(d)] = true
		}
	}
	var listed, alike []string
	l := *c.lists.Load()
	for d := range seen {
		at, ok := c.hosts.site(d)
		if !ok || c.hosts.allowed(l, at) {
			continue
		}
		if at.listed(l) {
			listed = append(listed, d)
		}
		if c.brands.imitated(c.hosts, at) {
			alike = append(alike, d)
		}
	}
	slices.Sort(listed)
	slices.Sort(alike)
	t.Logf("of %d popular domains %d are on the shipped lists %q and %d look alike %q", len(seen), len(listed), listed, len(alike), alike)
	require.LessOrEqual(t, (len(listed)+len(alike))*10000, len(seen))
}

// TestLookalikes makes look-alikes of the fifty names most frequent in a feed of
// phishing pages, and counts those seen.
func TestLookalikes(t *testing.T) {
	c := checker(t)
	count := make([]int, len(c.brands.list))
	for _, row := range shared(t, "openphish_urls_union.txt") {
		host, _, _, ok := canonURL(row)
		if !ok {
			continue
		}
		for _, word := range strings.FieldsFunc(host, func(r rune) bool { return r == '.' || r == '-' || r == '_' }) {
			if i, is := c.brands.names[word]; is {
				count[i]++
			}
		}
	}
	order := make([]int, len(count))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return count[b] - count[a] })
	var names []string
	made, caught := map[string]int{}, map[string]int{}
	missed := map[string][]string{}
	for _, i := range order[:50] {
		b := c.brands.list[i]
		names = append(names, b.Name)
		for kind, hosts := range imitations(b.Name, rand.New(rand.NewPCG(1, uint64(i)))) {
			for _, h := range hosts {
				at, ok := c.hosts.site(h)
				if !ok || slices.Contains(b.Own, at.host) {
					require.Contains(t, b.Own, h)
					continue
				}
				made[kind]++
				if !c.hosts.allowed(lists{}, at) && c.brands.imitated(c.hosts, at) {
					caught[kind]++
				} else {
					missed[kind] = append(missed[kind], h)
				}
			}
		}
	}
	t.Logf("names: %s", strings.Join(names, " "))
	all, got := 0, 0
	for _, kind := range []string{"typo", "homoglyph", "subdomain", "words", "ending"} {
		t.Logf("%-10s %5d of %5d = %.3f, missed among them %q", kind, caught[kind], made[kind], float64(caught[kind])/float64(made[kind]), missed[kind][:min(12, len(missed[kind]))])
		all, got = all+made[kind], got+caught[kind]
	}
	t.Logf("together %d of %d = %.4f", got, all, float64(got)/float64(all))
	require.GreaterOrEqual(t, float64(got)/float64(all), 0.95)
}

// imitations makes look-alikes of a name in the ways swindlers do.
func imitations(name string, r *rand.Rand) map[string][]string {
	out := map[string][]string{}
	pick := func(list ...string) string { return list[r.IntN(len(list))] }
	put := func(kind, host string) { out[kind] = append(out[kind], host) }
	ending := func() string { return pick("com", "net", "org", "xyz", "top", "vip", "cc", "online", "site", "shop") }
	for range 12 {
		k := r.IntN(len(name))
		var typo string
		switch r.IntN(5) {
		case 0: // doubled
			typo = name[:k+1] + name[k:]
		case 1: // dropped
			typo = name[:k] + name[k+1:]
		case 2: // swapped
			k = r.IntN(len(name) - 1)
			typo = name[:k] + string(name[k+1]) + string(name[k]) + name[k+2:]
		case 3: // another
			typo = name[:k] + string(rune('a'+r.IntN(26))) + name[k+1:]
		case 4: // added
			typo = name[:k] + string(rune('a'+r.IntN(26))) + name[k:]
		}
		if typo != name {
			put("typo", typo+"."+ending())
		}
	}
	glyphs := [][2]string{
		{"o", "0"}, {"l", "1"}, {"i", "1"}, {"i", "l"}, {"l", "i"}, {"e", "3"}, {"a", "4"}, {"s", "5"}, {"t", "7"}, {"m", "rn"}, {"w", "vv"},
		{"a", "а"}, {"e", "е"}, {"o", "о"}, {"p", "р"}, {"c", "с"}, {"x", "х"}, {"y", "у"}, {"i", "і"}, {"s", "ѕ"}, {"o", "ο"}, {"a", "α"}, {"k", "κ"}, {"e", "é"}, {"u", "ü"}, {"n", "ñ"},
	}
	for _, g := range glyphs {
		if at := strings.Index(name, g[0]); at >= 0 {
			put("homoglyph", name[:at]+g[1]+name[at+len(g[0]):]+"."+ending())
		}
	}
	for range 6 {
		host := pick("rt4k", "user-portal", "k8-serv", "golden-lake", "mx21", "page-one") + "." + ending()
		put("subdomain", name+".com."+host)
		put("subdomain", pick("www", "login", "m", "secure")+"."+name+".com."+host)
		put("subdomain", name+"-"+pick("login", "support", "secure")+"."+host)
	}
	for range 12 {
		w := pick("secure", "login", "vip", "wallet", "support", "verify", "bonus", "account", "signin", "recovery", "airdrop", "security")
		put("words", pick(name+"-"+w, w+"-"+name, name+w, w+name, w+"-"+name+"-"+pick("id", "help", "center"))+"."+ending())
	}
	for _, tld := range []string{"xyz", "top", "vip", "cc", "icu", "club", "online", "site", "live", "click"} {
		put("ending", name+"."+tld)
	}
	return out
}

// BenchmarkIndicators is a table of half a million values against a Go map of
// the same: load, then look up half hits and half misses in random order.
func BenchmarkIndicators(b *testing.B) {
	for _, n := range []int{50_000, 500_000, 5_000_000} {
		values := make([]string, n)
		keys := make([]uint64, n)
		for i := range values {
			values[i] = fmt.Sprintf("%s-%d.example", []string{"trade", "coin", "wallet-login", "work"}[i%4], i)
			keys[i] = Domain.key(values[i])
		}
		file := tableOf(keys)
		name := filepath.Join(b.TempDir(), "indicators.bin")
		require.NoError(b, os.WriteFile(name, file, 0o600))
		x, err := OpenIndicators(file)
		require.NoError(b, err)
		b.Run(fmt.Sprintf("%d/load/table", n), func(b *testing.B) {
			for b.Loop() {
				data, err := os.ReadFile(name)
				if err != nil {
					b.Fatal(err)
				}
				if _, err := OpenIndicators(data); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(len(file))/float64(n), "B/entry")
		})
		var m map[string]struct{}
		b.Run(fmt.Sprintf("%d/load/map", n), func(b *testing.B) {
			for b.Loop() {
				m = make(map[string]struct{}, n)
				for _, v := range values {
					m[v] = struct{}{}
				}
			}
		})
		asked := make([]string, 1<<16)
		r := rand.New(rand.NewPCG(1, 2))
		for i := range asked {
			asked[i] = strings.Clone(values[r.IntN(n)])
			if i%2 == 1 {
				asked[i] += "x"
			}
		}
		runtime.GC()
		b.Run(fmt.Sprintf("%d/lookup/table", n), func(b *testing.B) {
			i, hits := 0, 0
			for b.Loop() {
				if x.has(Domain, asked[i&(1<<16-1)]) {
					hits++
				}
				i++
			}
		})
		b.Run(fmt.Sprintf("%d/lookup/map", n), func(b *testing.B) {
			i, hits := 0, 0
			for b.Loop() {
				if _, ok := m[asked[i&(1<<16-1)]]; ok {
					hits++
				}
				i++
			}
		})
	}
}

// BenchmarkAddress is what one address in a text costs.
func BenchmarkAddress(b *testing.B) {
	c := checker(b)
	l := *c.lists.Load()
	for _, host := range []string{"example.com", "secure-paypal-login.example.net", "a.very.long.name.of.some.company.co.uk", "xn--80ak6aa92e.com"} {
		b.Run(host, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if at, ok := c.hosts.site(host); ok && !c.hosts.allowed(l, at) {
					at.listed(l)
					c.brands.imitated(c.hosts, at)
				}
			}
		})
	}
}
