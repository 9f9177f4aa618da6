package check

import (
	"strings"
	"unicode/utf8"

	"golang.org/x/net/idna"
	"golang.org/x/net/publicsuffix"
)

// hostByte reports whether b may stand in a host name. Letters beyond ASCII
// are taken where an address is spelt out (scheme) or begins a word.
func hostByte(b byte) bool { return alnum(b) || b == '-' || b == '_' }

// How far a host name and an address are followed, so that a wall of dots
// costs no more than other text.
const (
	maxHost     = 256
	maxSuffixed = 253 // the longest name that stands under a suffix
	maxAddress  = 2048
)

// joint looks at a mark that may hold an address together: a dot, a bracketed
// dot, the colon of a scheme. It gives where to go on.
func (s *scan) joint(i int) int {
	t := s.text
	switch t[i] {
	case ':':
		if strings.HasPrefix(t[i:], "://") {
			if to, ok := s.spelled(i); ok {
				return to
			}
		}
		return i + 1
	case '.':
		if i > s.done && i+1 < len(t) && (alnum(t[i+1]) || t[i+1] >= utf8.RuneSelf) && (hostByte(t[i-1]) || t[i-1] >= utf8.RuneSelf) {
			if to, ok := s.bare(i); ok {
				return to
			}
		} else if (i+1 >= len(t) || t[i+1] == ' ') && s.pre.currency.end != i { // "Rp. 5000" goes on
			s.pre.endSentence()
		}
		return i + 1
	}
	if n := defangedDot(t, i); n > 0 && i > s.done && (hostByte(t[i-1]) || t[i-1] == ' ') {
		if to, ok := s.bare(i); ok {
			return to
		}
	}
	return i + 1
}

// defangedDot is the length of "[.]", "(.)", "[dot]" or "(dot)" at i, 0 for none.
func defangedDot(t string, i int) int {
	for _, d := range [...]string{"[.]", "(.)", "[dot]", "(dot)"} {
		if prefixed(t, i, d) {
			return len(d)
		}
	}
	return 0
}

// wideDot reads "abc。com" and "：//".
func (s *scan) wideDot(i, n int) int {
	t := s.text
	if i > s.done && i > 0 && alnum(t[i-1]) && i+n < len(t) && alpha(t[i+n]) {
		if to, ok := s.bare(i); ok {
			return to
		}
	}
	return i + n
}

// dotWord reads "abc dot com" where i..end is the word dot.
func (s *scan) dotWord(i, end int) (int, bool) {
	t := s.text
	if !prefixed(t, i, "dot") || i < 2 || t[i-1] != ' ' || !alnum(t[i-2]) || end+2 >= len(t) || t[end] != ' ' {
		return i, false
	}
	tld := end + 1
	stop := tld
	for stop < len(t) && alpha(t[stop]) {
		stop++
	}
	switch strings.ToLower(t[tld:stop]) {
	case "com", "net", "org", "info", "vip", "xyz", "top", "cc", "co", "app", "shop", "site", "online", "me", "io", "club", "live":
	default:
		return i, false
	}
	from := i - 1
	for from > s.done && hostByte(t[from-1]) {
		from--
	}
	host := strings.ToLower(t[from:i-1] + "." + t[tld:stop])
	if !knownSuffix(host) {
		return i, false
	}
	s.emit("domain", host, from, stop, true)
	return stop, true
}

// spelled reads an address with a scheme; i is at "://".
func (s *scan) spelled(i int) (int, bool) {
	t := s.text
	from := i
	for from > s.done && alpha(t[from-1]) {
		from--
	}
	scheme := strings.ToLower(t[from:i])
	switch scheme {
	case "http", "https", "hxxp", "hxxps", "tg", "line", "whatsapp":
	default:
		return i, false
	}
	raw, end := s.clean(i + 3)
	if raw == "" {
		return i, false
	}
	if scheme == "tg" {
		s.emit("telegram", tgDeep(raw), from, end, true)
		return end, true
	}
	if scheme == "line" || scheme == "whatsapp" {
		s.emit(scheme, raw, from, end, true)
		return end, true
	}
	scheme = strings.Replace(scheme, "hxxp", "http", 1)
	return s.link(scheme, raw, from, i+3, end)
}

// bare reads an address without a scheme, or an e-mail address, around the dot at i.
func (s *scan) bare(i int) (int, bool) {
	t := s.text
	if t[i] == '.' && s.hopeless(i) {
		return i, false
	}
	from := i
	if t[from-1] == ' ' { // "abc [.] com"
		from--
	}
	mail := -1
	for from > s.done && i-from < maxHost {
		b := t[from-1]
		if hostByte(b) || b == '.' || b == '+' && mail >= 0 || b == '%' && mail >= 0 {
			from--
			continue
		}
		if b == '@' && mail < 0 && from < i {
			mail = from - 1
			from--
			continue
		}
		if b >= utf8.RuneSelf && mail < 0 {
			// A letter beyond ASCII belongs to the host only in a word set off by
			// a space: names in Han or Thai text touch the words before them.
			r, n := utf8.DecodeLastRuneInString(t[:from])
			if r != utf8.RuneError && wordy(r) {
				from -= n
				continue
			}
			break
		}
		break
	}
	for from < i && (t[from] == '.' || t[from] == '-') {
		from++
	}
	hostFrom := from
	if mail >= 0 {
		hostFrom = mail + 1
	}
	if hostFrom >= i && t[i] == '.' {
		return i, false
	}
	raw, end := s.clean(hostFrom)
	if mail >= 0 {
		if mail == from {
			return i, false // "@name.something" is no mail
		}
		host := hostOf(raw)
		if !knownSuffix(host) {
			return i, false
		}
		end = min(end, hostFrom+len(host))
		if rest := strings.TrimSpace(t[hostFrom:end]); !strings.EqualFold(rest, host) {
			// The host was written with other dots; take what stands there.
			_, end = s.clean(hostFrom)
		}
		s.emit("email", strings.ToLower(t[from:mail])+"@"+host, from, end, true)
		return end, true
	}
	if end < len(t) && t[end] == '@' || !s.plausible(raw, from) {
		if i < s.run.end {
			s.run.failed, s.run.done = true, s.done
		}
		return i, false
	}
	return s.link("", raw, from, from, end)
}

// hostRun is a stretch of letters that may stand in a host name, dots among them.
type hostRun struct {
	start, end int
	walled     bool // what stands before it ends every host name
	failed     bool // it was read from its start and is no address ...
	done       int  // ... while this much was done
}

// hopeless says of a dot that reading an address around it would lead to the
// same refusal as at an earlier dot of its stretch, or to a name that is too long.
func (s *scan) hopeless(i int) bool {
	t, r := s.text, &s.run
	if i >= r.end {
		*r = hostRun{start: i, end: i}
		for r.start > 0 && (hostByte(t[r.start-1]) || t[r.start-1] == '.') {
			r.start--
		}
		for r.end < len(t) && (hostByte(t[r.end]) || t[r.end] == '.') {
			r.end++
		}
		r.walled = r.start == 0 || t[r.start-1] < utf8.RuneSelf && strings.IndexByte("@+%", t[r.start-1]) < 0
	}
	if !r.walled {
		return false
	}
	if i-r.start < maxHost {
		return r.failed && r.done == s.done
	}
	from := max(s.done, i-maxHost)
	for from < i && (t[from] == '.' || t[from] == '-') {
		from++
	}
	if from == i || from+maxHost > r.end {
		return false
	}
	last := t[from+maxSuffixed : from+maxHost]
	return alnum(last[0]) || alnum(last[1]) || alnum(last[2])
}

// clean reads an address from i to its end and gives it with every disguise of
// the dot taken off.
func (s *scan) clean(i int) (string, int) {
	t := s.text
	host := true
	end := i
	var b strings.Builder
	plain := true // nothing rewritten yet: t[i:end] is the address
	put := func(r string) {
		if plain {
			b.WriteString(t[i:end])
			plain = false
		}
		b.WriteString(r)
	}
loop:
	for end < len(t) && end-i < maxAddress && (!host || end-i < maxHost) {
		c := t[end]
		if n := 0; c == '[' || c == '(' || c == ' ' {
			at := end
			if c == ' ' && host && end+1 < len(t) {
				at++
			}
			if n = defangedDot(t, at); n > 0 && host {
				to := at + n
				if to < len(t) && t[to] == ' ' && at > end {
					to++
				}
				if to < len(t) && alnum(t[to]) {
					put(".")
					end = to
					continue
				}
			}
			if c != '(' || host {
				break
			}
		}
		switch {
		case hostByte(c) || c == '.':
		case c == ':' && host:
			if end+1 >= len(t) || !digit(t[end+1]) {
				break loop
			}
		case c == '/' || c == '?' || c == '#':
			host = false
		case c >= utf8.RuneSelf:
			r, n := utf8.DecodeRuneInString(t[end:])
			if r == '。' || r == '．' {
				if host && end+n < len(t) && alnum(t[end+n]) {
					put(".")
					end += n
					continue
				}
				break loop
			}
			if !host || r == utf8.RuneError || !wordy(r) && !hanHost(t[i:end], r) {
				break loop
			}
			if !plain {
				b.WriteString(t[end : end+n])
			}
			end += n
			continue
		case !host && c > ' ' && c != '"' && c != '<' && c != '>' && c != '`' && c != '\\' && c != '^' && c != '{' && c != '}' && c != '|' && c != ']' && c != '\'' && c != 0x7f:
		default:
			break loop
		}
		if !plain {
			b.WriteByte(c)
		}
		end++
	}
	trim := end
	for trim > i && strings.IndexByte(".,;:!?)-_&=", t[trim-1]) >= 0 {
		if c := t[trim-1]; !host && (c == '-' || c == '_' || c == '=') {
			break
		}
		trim--
	}
	if plain {
		return t[i:trim], trim
	}
	raw := b.String()
	if cut := end - trim; cut <= len(raw) {
		raw = raw[:len(raw)-cut]
	}
	return raw, trim
}

// hanHost allows letters of spaceless scripts in a host that began with them.
func hanHost(host string, r rune) bool {
	if host == "" || !spaceless(r) {
		return host == "" && spaceless(r)
	}
	first, _ := utf8.DecodeRuneInString(host)
	return spaceless(first)
}

func hostOf(raw string) string {
	if k := strings.IndexAny(raw, "/?#"); k >= 0 {
		raw = raw[:k]
	}
	if k := strings.LastIndexByte(raw, '@'); k >= 0 {
		raw = raw[k+1:]
	}
	if k := strings.IndexByte(raw, ':'); k >= 0 {
		raw = raw[:k]
	}
	return strings.Trim(strings.ToLower(raw), ".")
}

// knownSuffix reports whether host ends in a suffix names are registered under
// and has a name before it.
func knownSuffix(host string) bool {
	if host == "" || len(host) > maxSuffixed || strings.Contains(host, "..") {
		return false
	}
	for i := 0; i < len(host); i++ {
		if host[i] >= utf8.RuneSelf {
			ascii, err := idna.Lookup.ToASCII(host)
			if err != nil {
				return false
			}
			host = ascii
			break
		}
	}
	suffix, icann := publicsuffix.PublicSuffix(host)
	// A private suffix (blogspot.com) stands under a public one all the same.
	if !icann && strings.IndexByte(suffix, '.') < 0 {
		return false
	}
	return len(suffix) < len(host)
}

// plausible weighs a bare address against what only looks like one: sentences
// without a space, file names, abbreviations, numbers.
func (s *scan) plausible(raw string, from int) bool {
	written := raw
	path := false
	if k := strings.IndexAny(raw, "/?#:"); k >= 0 {
		written, path = raw[:k], true
	}
	host := strings.ToLower(written)
	if !knownSuffix(host) {
		return false
	}
	last := strings.LastIndexByte(written, '.')
	name, tld := written[:last], written[last+1:]
	if strings.HasPrefix(host, "www.") || path {
		return true
	}
	if tld[0] >= 'A' && tld[0] <= 'Z' && len(tld) > 1 && tld[1] >= 'a' && tld[1] <= 'z' {
		return false // "time.So we begin"
	}
	if tld == strings.ToUpper(tld) && name != strings.ToUpper(name) {
		return false
	}
	if name == strings.ToUpper(name) && len(name) <= 3 && tld != strings.ToUpper(tld) {
		return false
	}
	if utf8.RuneCountInString(name) < 2 {
		return false
	}
	sure := strings.ContainsAny(name, "0123456789-.") // more than one plain word before the suffix
	switch strings.ToLower(name) {
	case "mr", "mrs", "ms", "dr", "st", "co", "pte", "pty", "no", "asp", "sdn", "prof", "vs", "etc", "inc", "ltd":
		return false
	}
	switch strings.ToLower(tld) {
	case "lol", "md", "py", "rs", "sh", "pl", "zip", "mov", "ps", "so", "bz", "java":
		return sure && strings.IndexByte(name, '.') >= 0
	case "is", "it", "in", "me", "my", "to", "no", "at", "am", "be", "as", "us", "by", "do", "la", "de", "id", "so2", "he", "we",
		"today", "work", "live", "life", "now", "here", "open", "how", "you", "new", "one", "team", "jobs", "money", "cash", "pay", "free",
		"like", "link", "click", "room", "men", "day", "dog", "car", "host", "run", "fit", "win", "fun", "best", "buy", "family", "house",
		"page", "call", "ltd", "world", "pm", "ya", "bar", "red", "may", "got", "eat", "read", "save", "ma", "mu", "ba", "va", "tu":
		return sure || len(name) >= 6 && !s.midSentence(from, last)
	}
	return true
}

// midSentence reports whether words stand close before and the name is small:
// two sentences whose space was forgotten.
func (s *scan) midSentence(from, nameLen int) bool {
	return nameLen < 8 && from >= 2 && s.text[from-1] == ' ' && alpha(s.text[from-2])
}

// link files an address under what it is: a messenger's link or a web address.
func (s *scan) link(scheme, raw string, from, hostFrom, end int) (int, bool) {
	host := hostOf(raw)
	path := ""
	if k := strings.IndexAny(raw, "/?#"); k >= 0 {
		path = raw[k:]
	}
	bare := strings.TrimPrefix(host, "www.")
	switch bare {
	case "t.me", "telegram.me", "telegram.dog":
		s.emit("telegram", tgPath(path), from, end, len(path) > 1)
		return end, true
	case "wa.me", "api.whatsapp.com", "chat.whatsapp.com", "whatsapp.com", "web.whatsapp.com":
		value := bare + strings.TrimRight(path, "/")
		if n := firstDigits(path); bare != "chat.whatsapp.com" && len(n) >= 7 {
			value = "+" + n
		}
		s.emit("whatsapp", value, from, end, len(path) > 1)
		return end, true
	case "line.me", "lin.ee", "liff.line.me", "page.line.me":
		s.emit("line", bare+strings.TrimRight(path, "/"), from, end, len(path) > 1)
		return end, true
	}
	if strings.HasSuffix(bare, ".t.me") {
		s.emit("telegram", strings.TrimSuffix(bare, ".t.me"), from, end, true)
		return end, true
	}
	if host == "" || strings.IndexByte(host, '.') < 0 {
		return from, false
	}
	valid := knownSuffix(host)
	if scheme != "" || path != "" && path != "/" {
		if scheme == "" {
			scheme = "https"
		}
		s.emit("url", scheme+"://"+host+strings.TrimPrefix(raw, raw[:min(len(raw), hostLen(raw))]), from, end, valid)
	}
	hostEnd := end
	if s.text[hostFrom:end] == raw {
		hostEnd = hostFrom + hostLen(raw)
	}
	if !s.isLast("url", from) {
		s.drop(from)
	}
	s.out = append(s.out, Entity{Type: "domain", Value: bare, Valid: valid, Span: [2]int{hostFrom, hostEnd}})
	s.done = end
	return end, true
}

// isLast reports whether the entity found last is of this kind and begins at from.
func (s *scan) isLast(kind string, from int) bool {
	n := len(s.out)
	return n > 0 && s.out[n-1].Type == kind && s.out[n-1].Span[0] == from
}

func hostLen(raw string) int {
	if k := strings.IndexAny(raw, "/?#"); k >= 0 {
		return k
	}
	return len(raw)
}

func firstDigits(path string) string {
	i := 0
	for i < len(path) && !digit(path[i]) {
		i++
	}
	j := i
	for j < len(path) && digit(path[j]) {
		j++
	}
	return path[i:j]
}

// tgPath is the name or invite a t.me path leads to: "@name", "+invite".
func tgPath(path string) string {
	p := strings.TrimLeft(path, "/")
	query := ""
	if k := strings.IndexAny(p, "?#"); k >= 0 {
		p, query = p[:k], p[k:]
	}
	p = strings.TrimRight(p, "/")
	switch {
	case strings.HasPrefix(p, "+"):
		return p
	case strings.HasPrefix(p, "joinchat/"):
		return "+" + p[len("joinchat/"):]
	case strings.HasPrefix(p, "s/"):
		p = p[2:]
	}
	if k := strings.IndexByte(p, '/'); k > 0 && p[:k] != "c" {
		p = p[:k]
	}
	if strings.HasPrefix(query, "?start") {
		return "@" + strings.ToLower(p) + query
	}
	if p == "" {
		return "t.me"
	}
	return "@" + strings.ToLower(p)
}

// tgDeep reads what follows tg://.
func tgDeep(raw string) string {
	for _, key := range [...]string{"domain=", "invite=", "phone="} {
		if k := strings.Index(raw, key); k >= 0 {
			v := raw[k+len(key):]
			if e := strings.IndexByte(v, '&'); e >= 0 {
				v = v[:e]
			}
			switch key {
			case "domain=":
				return "@" + strings.ToLower(v)
			default:
				return "+" + v
			}
		}
	}
	return raw
}

// emit adds an entity and takes away what was found inside it before.
func (s *scan) emit(kind, value string, from, end int, valid bool) {
	s.drop(from)
	s.out = append(s.out, Entity{Type: kind, Value: value, Valid: valid, Span: [2]int{from, end}})
	s.done = end
}

// drop takes away what was found at or behind from.
func (s *scan) drop(from int) {
	keep := len(s.out)
	for keep > 0 && s.out[keep-1].Span[0] >= from {
		keep--
	}
	s.out = s.out[:keep]
	for s.ncall > 0 && s.calls[s.ncall-1].start >= from {
		s.ncall--
	}
}

// at reads a handle: @name. Mail addresses are found at their dot.
func (s *scan) at(i, n int) int {
	t := s.text
	from := i + n
	if i > 0 && i > s.done && (alnum(t[i-1]) || t[i-1] == '.' || t[i-1] == '_') {
		return from
	}
	end := from
	for end < len(t) && (alnum(t[end]) || t[end] == '_') {
		end++
	}
	size := end - from
	line := s.lineBefore(i)
	if line && size >= 3 && size <= 32 {
		for end < len(t) && (alnum(t[end]) || (t[end] == '_' || t[end] == '-' || t[end] == '.') && end+1 < len(t) && alnum(t[end+1])) {
			end++
		}
		s.emit("line", "@"+strings.ToLower(t[from:end]), i, end, true)
		return end
	}
	if size < 5 || size > 32 || !alpha(t[from]) || t[end-1] == '_' || s.elsewhere(i) {
		return from
	}
	if end+1 < len(t) && (t[end] == '.' && alnum(t[end+1]) || t[end] == '-' && alnum(t[end+1]) || t[end] == '@') {
		return end // the name of another service
	}
	s.emit("telegram", "@"+strings.ToLower(t[from:end]), i, end, true)
	return end
}

// lineBefore reports whether LINE is named just before i.
func (s *scan) lineBefore(i int) bool {
	t := s.text[:i]
	t = strings.TrimRight(t, " :=-")
	t = strings.TrimSuffix(strings.TrimSuffix(t, "："), " ")
	t = strings.TrimRight(t, " ")
	for _, id := range [...]string{"id", "ไอดี", "账号", "帳號"} {
		if len(t) >= len(id) && strings.EqualFold(t[len(t)-len(id):], id) {
			t = strings.TrimRight(t[:len(t)-len(id)], " _-")
			break
		}
	}
	if strings.HasSuffix(t, "ไลน์") || strings.HasSuffix(t, "ไลน") {
		return true
	}
	if len(t) < 4 || !strings.EqualFold(t[len(t)-4:], "line") {
		return false
	}
	return len(t) == 4 || !alpha(t[len(t)-5])
}

// elsewhere reports whether a name of another network stands just before i.
func (s *scan) elsewhere(i int) bool {
	from := max(0, i-14)
	t := strings.ToLower(strings.TrimRight(s.text[from:i], " :=-"))
	for _, w := range [...]string{"instagram", "insta", "twitter", "tiktok", "facebook", "youtube", "discord", "wechat", "weibo", "snapchat", " ig", " fb", " x", " yt"} {
		if strings.HasSuffix(t, w) || from == 0 && t == strings.TrimSpace(w) {
			return true
		}
	}
	return false
}

// contactWord reads "WhatsApp +62 …", "LINE ID: abc" and "Telegram: name"; the
// word stands at i..end.
func (s *scan) contactWord(i, end int) (int, bool) {
	t := s.text
	var kind string
	switch {
	case prefixed(t, i, "whatsapp") || end-i == 2 && prefixed(t, i, "wa"):
		kind = "whatsapp"
	case end-i == 4 && prefixed(t, i, "line"):
		kind = "line"
	case prefixed(t, i, "telegram") || end-i == 2 && prefixed(t, i, "tg"):
		kind = "telegram"
	default:
		return i, false
	}
	return s.contact(kind, i, end)
}

// thaiLine reads LINE as Thai writes it, ไลน์.
func (s *scan) thaiLine(i int) (int, bool) {
	for _, w := range [...]string{"ไลน์", "ไลน"} {
		if strings.HasPrefix(s.text[i:], w) {
			return s.contact("line", i, i+len(w))
		}
	}
	return i, false
}

// contact reads the number or name that follows a messenger's name.
func (s *scan) contact(kind string, i, end int) (int, bool) {
	t := s.text
	at, colon, id := end, false, false
	skip := func() {
		for at < len(t) {
			switch {
			case t[at] == ' ' || t[at] == '.' && kind == "whatsapp" || t[at] == '-' && at+1 < len(t) && t[at+1] == ' ':
				at++
			case t[at] == ':' || t[at] == '=':
				colon = true
				at++
			case strings.HasPrefix(t[at:], "："):
				colon = true
				at += len("：")
			default:
				return
			}
		}
	}
	skip()
	for _, w := range [...]string{"number", "no", "id", "ไอดี", "账号", "号", "帳號"} {
		if prefixed(t, at, w) {
			if next := at + len(w); next >= len(t) || !alnum(t[next]) {
				at, id = next, w != "no" && w != "number"
				skip()
			}
			break
		}
	}
	if at >= len(t) {
		return i, false
	}
	if kind == "whatsapp" {
		if t[at] != '+' && !digit(t[at]) {
			return i, false
		}
		start := at
		if t[at] == '+' {
			start++
		}
		to := phoneEnd(t, start)
		if to > start && s.addCall(phoneSpan{at, to, true}) {
			return to, true
		}
		return i, false
	}
	start := at
	hasDigit := false
	for at < len(t) && (alnum(t[at]) || t[at] == '_' || kind == "line" && (t[at] == '.' || t[at] == '-') && at+1 < len(t) && alnum(t[at+1])) {
		hasDigit = hasDigit || digit(t[at]) || t[at] == '_'
		at++
	}
	size := at - start
	if at < len(t) && t[at] == '@' || size > 32 {
		return i, false
	}
	switch kind {
	case "line":
		if size < 4 || !(id && (hasDigit || colon) || colon && hasDigit || id && size >= 5 || hasDigit && alpha(t[start])) {
			return i, false
		}
	case "telegram":
		if size < 5 || !alpha(t[start]) || !(hasDigit && (colon || id) || colon && id) {
			return i, false
		}
		if at < len(t) && t[at] == '.' && at+1 < len(t) && alnum(t[at+1]) {
			return i, false
		}
	}
	value := strings.ToLower(t[start:at])
	if kind == "telegram" {
		value = "@" + value
	}
	s.emit(kind, value, start, at, true)
	return at, true
}

// shortener reports whether an address is of a service that hides where it leads.
func shortener(value string) bool {
	host := value
	if k := strings.Index(host, "://"); k >= 0 {
		host = host[k+3:]
	}
	switch hostOf(host) {
	case "bit.ly", "tinyurl.com", "t.co", "goo.gl", "is.gd", "cutt.ly", "rb.gy", "ow.ly", "buff.ly", "shorturl.at", "s.id", "t.ly",
		"tiny.cc", "rebrand.ly", "shorte.st", "adf.ly", "v.gd", "bl.ink", "short.io", "qr.io", "dwz.cn", "url.cn", "t.cn", "suo.im",
		"heylink.me", "linktr.ee", "clck.ru", "bom.so", "by.com.vn", "me2.kr", "reurl.cc", "lihi.cc", "lnk.bio", "surl.li":
		return true
	}
	return false
}
