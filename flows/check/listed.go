package check

import (
	_ "embed"
	"fmt"
	"io/fs"
	"strings"
	"unicode/utf8"

	"golang.org/x/net/idna"
	"golang.org/x/net/publicsuffix"
)

// hosts is what is known of host names apart from any list.
type hosts struct {
	shared  map[string]bool // many owners: the name before it, or the path, says whose page it is
	tenants map[string]bool // services under which companies stand with their own name
	known   map[string]bool // established services some list named by mistake, and brands' own domains
}

func readHosts(fsys fs.FS) (*hosts, error) {
	var file struct {
		Shared  []string `toml:"shared"`
		Tenants []string `toml:"tenants"`
		Known   []string `toml:"known"`
	}
	if err := decodeFacts(fsys, "hosts.toml", &file); err != nil {
		return nil, err
	}
	h := &hosts{map[string]bool{}, map[string]bool{}, map[string]bool{}}
	for _, set := range []struct {
		to   map[string]bool
		from []string
	}{{h.shared, file.Shared}, {h.tenants, file.Tenants}, {h.known, file.Known}} {
		for _, name := range set.from {
			if canon, ok := canonHost(name); !ok || canon != name {
				return nil, fmt.Errorf("decode hosts.toml: %q is no plain host name", name)
			}
			set.to[name] = true
		}
	}
	return h, nil
}

// canonHost writes a host as tables hold it: lower case, ASCII, without www.
func canonHost(host string) (string, bool) {
	host = strings.TrimSuffix(host, ".")
	plain := host != "" && len(host) <= 253
	for i := 0; i < len(host) && plain; i++ {
		plain = host[i] < utf8.RuneSelf && (host[i] < 'A' || host[i] > 'Z')
	}
	if !plain {
		var err error
		if host, err = idna.Lookup.ToASCII(strings.ToLower(host)); err != nil || host == "" || len(host) > 253 {
			return "", false
		}
	}
	for rest := strings.TrimPrefix(host, "www."); rest != host && strings.IndexByte(rest, '.') > 0; rest = strings.TrimPrefix(host, "www.") {
		host = rest
	}
	dot, label, letters := false, 0, false
	for i := 0; i < len(host); i++ {
		switch b := host[i]; {
		case b == '.':
			if label == 0 {
				return "", false
			}
			dot, label, letters = true, 0, false
		case hostByte(b):
			label++
			letters = letters || alpha(b)
		default:
			return "", false
		}
	}
	return host, dot && label > 0 && (letters || fourNumbers(host))
}

// fourNumbers says whether a host is an address of version 4.
func fourNumbers(host string) bool {
	parts := strings.Split(host, ".")
	if len(parts) != 4 {
		return false
	}
	for _, p := range parts {
		n := 0
		for i := 0; i < len(p); i++ {
			if !digit(p[i]) || len(p) > 3 {
				return false
			}
			n = n*10 + int(p[i]-'0')
		}
		if p == "" || n > 255 {
			return false
		}
	}
	return true
}

// root gives where the name begins that its owner registered: 4 for
// www.x.co.uk. A host that is shared as a whole, or a public suffix, has none.
func (h *hosts) root(host string) (at int, own bool) {
	if digit(host[len(host)-1]) {
		return 0, true // an address in numbers
	}
	if h.shared[host] {
		return 0, false
	}
	for i := 0; i < len(host); i++ {
		if host[i] == '.' && h.shared[host[i+1:]] {
			return strings.LastIndexByte(host[:i], '.') + 1, true
		}
	}
	suffix, _ := publicsuffix.PublicSuffix(host)
	if len(suffix) == len(host) {
		return 0, false
	}
	return strings.LastIndexByte(host[:len(host)-len(suffix)-1], '.') + 1, true
}

// canonURL splits an address into its host and what of the rest tells pages
// apart: the path, without a slash at its end, and the query.
func canonURL(address string) (host, path, query string, ok bool) {
	if k := strings.Index(address, "://"); k >= 0 {
		address = address[k+3:]
	}
	rest := ""
	if k := strings.IndexAny(address, "/?#"); k >= 0 {
		address, rest = address[:k], address[k:]
	}
	if host, ok = canonHost(hostOf(address)); !ok {
		return "", "", "", false
	}
	if k := strings.IndexByte(rest, '#'); k >= 0 {
		rest = rest[:k]
	}
	if k := strings.IndexByte(rest, '?'); k >= 0 {
		rest, query = rest[:k], rest[k:]
	}
	return host, strings.TrimRight(rest, "/"), query, true
}

// canonHandle writes a name on a messenger as tables hold it.
func canonHandle(name string) string {
	if k := strings.IndexByte(name, '?'); k >= 0 {
		name = name[:k]
	}
	if strings.HasPrefix(name, "+") {
		return name // an invitation, which knows capitals
	}
	return strings.ToLower(strings.TrimPrefix(name, "@"))
}

// canonWallet writes an address of a chain as tables hold it: those that know no
// capitals in small letters.
func canonWallet(w string) string {
	if len(w) > 3 && (w[:2] == "0x" || w[:2] == "0X" || strings.EqualFold(w[:3], "bc1") || strings.EqualFold(w[:3], "ltc")) {
		return strings.ToLower(w)
	}
	return w
}

// lists are the tables in force: the one the program ships and the one feeds made.
type lists struct{ shipped, fed *Indicators }

func (l lists) has(kind Indicator, value string) bool {
	return l.fed.has(kind, value) || l.shipped.has(kind, value)
}

// site is a host that has one owner: canonical, root is where its registered name begins.
type site struct {
	host string
	root int
}

// site reads a host as written; there is none for a public suffix or a host that
// many share.
func (h *hosts) site(written string) (site, bool) {
	host, ok := canonHost(written)
	if !ok {
		return site{}, false
	}
	root, own := h.root(host)
	return site{host, root}, own
}

// allowed says whether a site stands on the allow-list or under a name on it.
func (h *hosts) allowed(l lists, s site) bool {
	for i := 0; i >= 0; i = s.parent(i) {
		if name := s.host[i:]; h.known[name] || l.has(Allowed, name) {
			return true
		}
	}
	return false
}

// listed says whether a site or a parent of it was reported.
func (s site) listed(l lists) bool {
	for i := 0; i >= 0; i = s.parent(i) {
		if l.has(Domain, s.host[i:]) {
			return true
		}
	}
	return false
}

// parent gives where the parent begins of the name at i, -1 at the root.
func (s site) parent(i int) int {
	if i >= s.root {
		return -1
	}
	return i + strings.IndexByte(s.host[i:], '.') + 1
}

// segments is how far into a path a reported page is looked for.
const segments = 8

// listedURL says whether a page, or one above it on the same host, was reported.
func (h *hosts) listedURL(l lists, address string) bool {
	host, path, query, ok := canonURL(address)
	if !ok || path == "" && query == "" {
		return false
	}
	if root, own := h.root(host); own && h.allowed(l, site{host, root}) {
		return false
	}
	page := ""
	if k := strings.Index(address, host); k >= 0 && strings.HasPrefix(address[k+len(host):], path) {
		page = address[k : k+len(host)+len(path)]
	} else {
		page = host + path // it was written with other letters
	}
	n := 0
	for i := len(host) + 1; i < len(page) && n < segments; i++ {
		if page[i] == '/' {
			n++
			if l.has(URL, page[:i]) {
				return true
			}
		}
	}
	return path != "" && l.has(URL, page) || query != "" && l.has(URL, page+query)
}

// listed says whether a value found in a text was reported; domains are read as sites.
func (h *hosts) listed(l lists, e Entity) bool {
	switch e.Type {
	case "url":
		return h.listedURL(l, e.Value)
	case "telegram":
		return l.has(Handle, canonHandle(e.Value))
	case "whatsapp":
		if strings.HasPrefix(e.Value, "+") {
			return l.has(Phone, e.Value)
		}
		return h.listedURL(l, e.Value)
	case "line":
		return l.has(Handle, "line:"+canonHandle(e.Value))
	case "phone":
		return l.has(Phone, e.Value)
	case "email":
		return l.has(Email, e.Value)
	case "btc", "eth", "tron", "sol":
		return l.has(Wallet, canonWallet(e.Value))
	}
	return false
}

// Taken says what became of a value offered to a Listing.
type Taken int

// A value is Added, or left out: Spared when the allow-list holds it, Vague when
// it names a host of many owners without a page, Unread when it is no value of
// its kind.
const (
	Added Taken = iota
	Spared
	Vague
	Unread
)

// Listing gathers reported values and makes the file OpenIndicators reads. What
// is allowed must be told first.
type Listing struct {
	hosts   *hosts
	allowed map[string]bool
	keys    []uint64
}

// NewListing reads which hosts have many owners and which are never listed.
func NewListing(signs fs.FS) (*Listing, error) {
	h, _, err := readBrands(signs)
	if err != nil {
		return nil, err
	}
	return &Listing{hosts: h, allowed: map[string]bool{}}, nil
}

// Allow takes a domain, and what stands under it, out of what follows and out of
// what the program ships.
func (l *Listing) Allow(domain string) Taken {
	host, ok := canonHost(strings.TrimSpace(domain))
	if !ok {
		return Unread
	}
	if _, own := l.hosts.root(host); !own {
		return Vague
	}
	l.allowed[host] = true
	l.keys = append(l.keys, Allowed.key(host))
	return Added
}

// Add takes a value as a list gives it.
func (l *Listing) Add(kind Indicator, value string) Taken {
	value = strings.TrimSpace(value)
	put := func(kind Indicator, value string) Taken {
		l.keys = append(l.keys, kind.key(value))
		return Added
	}
	switch kind {
	case Domain, URL:
		return l.addAddress(value)
	case Handle:
		name := canonHandle(value)
		if name == "" || strings.ContainsAny(name, " \t/") {
			return Unread
		}
		return put(Handle, name)
	case Phone:
		digits := strings.Map(func(r rune) rune {
			if strings.ContainsRune(" -().", r) {
				return -1
			}
			return r
		}, value)
		if n := len(digits); n < 8 || n > 16 || digits[0] != '+' || strings.Trim(digits[1:], "0123456789") != "" {
			return Unread
		}
		return put(Phone, digits)
	case Email:
		name, host, ok := strings.Cut(strings.ToLower(value), "@")
		if !ok || name == "" || strings.IndexByte(host, '.') < 1 || strings.ContainsAny(value, " \t") {
			return Unread
		}
		return put(Email, name+"@"+host)
	case Wallet:
		if len(value) < 20 || len(value) > 120 || strings.ContainsAny(value, " \t./") {
			return Unread
		}
		return put(Wallet, canonWallet(value))
	}
	return Unread
}

// addAddress takes a domain or a page; a page of a messenger is its handle.
func (l *Listing) addAddress(value string) Taken {
	host, path, query, ok := canonURL(strings.TrimPrefix(value, "*."))
	if !ok || strings.HasSuffix(value, "...") || strings.HasSuffix(value, "…") { // cut by whoever made the list
		return Unread
	}
	switch host {
	case "t.me", "telegram.me", "telegram.dog":
		if path == "" {
			return Vague
		}
		l.keys = append(l.keys, Handle.key(canonHandle(tgPath(path))))
		return Added
	}
	root, own := l.hosts.root(host)
	if at := (site{host, root}); own {
		for i := 0; i >= 0; i = at.parent(i) {
			if name := host[i:]; l.hosts.known[name] || l.allowed[name] {
				return Spared
			}
		}
	}
	switch {
	case path == "" && query == "" && !own:
		return Vague
	case path == "" && query == "":
		l.keys = append(l.keys, Domain.key(host))
	case path == "" || !own && query != "":
		l.keys = append(l.keys, URL.key(host+path+query))
	default:
		l.keys = append(l.keys, URL.key(host+path))
	}
	return Added
}

// File is the table of everything added; the same values give the same bytes.
func (l *Listing) File() []byte { return tableOf(l.keys) }

// indicatorFile is what the program ships: keys of permitted lists, named in NOTICE.md.
//
//go:embed indicators.bin
var indicatorFile []byte

// ship takes the table that holds until feeds bring another beside it.
func (c *Checker) ship(file []byte) error {
	x, err := OpenIndicators(file)
	if err != nil {
		return err
	}
	c.lists.Store(&lists{shipped: x})
	return nil
}

// List takes the table feeds made, nil for none, beside the shipped one. Checks
// under way end with the old one; none waits.
func (c *Checker) List(x *Indicators) {
	c.lists.Store(&lists{shipped: c.lists.Load().shipped, fed: x})
}

// indicate adds the signs that reported values and imitated names are.
func (c *Checker) indicate(found []Entity, add func(sign int32, start, end int)) {
	l := *c.lists.Load()
	for _, e := range found {
		switch e.Type {
		case "money", "place", "date":
			continue
		}
		reported, imitated := c.hosts.listed(l, e), false
		if e.Type == "domain" || e.Type == "email" {
			if at, ok := c.hosts.site(e.Value[strings.LastIndexByte(e.Value, '@')+1:]); ok && !c.hosts.allowed(l, at) {
				reported = reported || at.listed(l)
				imitated = c.brands.imitated(c.hosts, at)
			}
		}
		if reported {
			add(c.named.listed, e.Span[0], e.Span[1])
		}
		if imitated {
			add(c.named.imitated, e.Span[0], e.Span[1])
		}
	}
}
