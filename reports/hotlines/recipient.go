package hotlines

import (
	"fmt"
	"slices"
	"strings"
	"time"
	_ "time/tzdata" // opening hours must be right on a server without zone files
)

// The roles of recipients. A hotline is whom the card names before anything is
// asked; the others get a report only with consent.
const (
	RoleHotline = "hotline"
	RoleNGO     = "ngo"
	RoleEmbassy = "embassy" // or a home ministry
	RolePolice  = "police"
)

// Recipient is a hotline that holds keys with this installation. Only recipients
// get cases; the directory is something else.
type Recipient struct {
	ID   string
	Name string // as people are told it
	Role string // RoleHotline when empty
	Home string // country it belongs to, ISO; needed for an embassy and the police

	// What it takes. An empty list takes all.
	Kinds         []string
	Countries     []string // where the person is
	Nationalities []string
	Languages     []string // it answers in

	Hours Hours
	Usual time.Duration // the usual time until a person answers; 0 is unknown
	// Fallback are the ids of recipients that come after it, in order, before
	// those the table finds.
	Fallback []string
	Via      []Via // how it is told that something waits
	// Says is what it says in a mailbox in its own words, by language and state.
	Says map[string]map[string]string
}

// states are how a case can stand, as its reporter is told.
func states() []string { return []string{"received", "reading", "waiting", "passed", "closed"} }

// Via is one way to tell a recipient that a case waits.
type Via struct {
	Kind string // KindWebhook, KindMail, or a messenger's
	To   string // an https address, an e-mail address
}

// takes says whether a report of these facts is one for this recipient.
func (r *Recipient) takes(f Facts) bool {
	one := func(of []string, v string) bool { return len(of) == 0 || slices.Contains(of, v) }
	return one(r.Kinds, f.Kind) && one(r.Countries, f.Country) && one(r.Nationalities, f.Nationality)
}

func (r *Recipient) role() string {
	if r.Role == "" {
		return RoleHotline
	}
	return r.Role
}

// check answers what is wrong with a recipient by itself.
func (r *Recipient) check() error {
	switch r.role() {
	case RoleHotline, RoleNGO:
	case RoleEmbassy, RolePolice:
		if r.Home == "" {
			return fmt.Errorf("recipient %s: its home country is needed", r.ID)
		}
	default:
		return fmt.Errorf("recipient %s: role cannot be %q", r.ID, r.Role)
	}
	for lang, texts := range r.Says {
		for state, text := range texts {
			if !slices.Contains(states(), state) || strings.TrimSpace(text) == "" || len([]rune(text)) > 500 {
				return fmt.Errorf("recipient %s: says.%s.%s: it must be one of %s, and 1 to 500 letters", r.ID, lang, state, strings.Join(states(), ", "))
			}
		}
	}
	if r.ID == "" || strings.ContainsAny(r.ID, " \t\n") || r.Name == "" {
		return fmt.Errorf("recipient %q: an id in one word and a name are needed", r.ID)
	}
	for _, k := range r.Kinds {
		if k != Compound && k != Loss && k != Tip {
			return fmt.Errorf("recipient %s: kind cannot be %q", r.ID, k)
		}
	}
	for _, c := range slices.Concat(r.Countries, r.Nationalities, []string{r.Home}) {
		if c != "" && !isCountry(c) {
			return fmt.Errorf("recipient %s: %q is not a country code", r.ID, c)
		}
	}
	return nil
}

// Awake says whether somebody is there, and when that changes next: when the
// hotline closes if it is open, when it opens if it is closed. next is zero for
// one that is always or never open.
func (r *Recipient) Awake(now time.Time) (awake bool, next time.Time) {
	return r.Hours.Open(now)
}

// Hours are opening hours of a week in one time zone. Made by ParseHours; the zero
// value is never open, because nobody should be promised what was not said.
type Hours struct {
	always bool
	zone   *time.Location
	spans  []opening
	closed []string // days, 2006-01-02
	text   []string
}

// opening is one span, in minutes of a local day. An end at or before its start is
// on the next day.
type opening struct {
	days       [7]bool // Sunday first, as time.Weekday counts
	start, end int
}

// ParseHours reads opening hours: "always", or lines such as "mon-fri 08:00-20:00",
// "sat,sun 22:00-06:00" (until the next morning), "mon-sun 00:00-24:00", and days off
// as "closed 2026-12-25". zone is an IANA name.
func ParseHours(zone string, lines ...string) (Hours, error) {
	h := Hours{text: lines}
	if len(lines) == 1 && lines[0] == "always" {
		h.always = true
		return h, nil
	}
	if zone == "" || zone == "Local" {
		return Hours{}, fmt.Errorf("read hours: the name of a time zone is needed, such as Asia/Bangkok")
	}
	at, err := time.LoadLocation(zone)
	if err != nil {
		return Hours{}, fmt.Errorf("read hours: %w", err)
	}
	h.zone = at
	for _, line := range lines {
		days, times, ok := strings.Cut(strings.ToLower(strings.TrimSpace(line)), " ")
		times = strings.TrimSpace(times)
		if days == "closed" {
			if _, err := time.Parse(time.DateOnly, times); err != nil {
				return Hours{}, fmt.Errorf("read hours: %q is not a day", line)
			}
			h.closed = append(h.closed, times)
			continue
		}
		var s opening
		from, to, dash := strings.Cut(times, "-")
		var okFrom, okTo bool
		s.start, okFrom = minutes(from)
		s.end, okTo = minutes(to)
		if !ok || !dash || !okFrom || !okTo || s.start == 24*60 || !weekdays(days, &s.days) {
			return Hours{}, fmt.Errorf("read hours: %q is not like \"mon-fri 08:00-20:00\"", line)
		}
		h.spans = append(h.spans, s)
	}
	return h, nil
}

func minutes(s string) (int, bool) {
	if s == "24:00" {
		return 24 * 60, true
	}
	t, err := time.Parse("15:04", s)
	return t.Hour()*60 + t.Minute(), err == nil && len(s) == 5
}

func weekdays(s string, into *[7]bool) bool {
	names := []string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"}
	for part := range strings.SplitSeq(s, ",") {
		from, to, isRange := strings.Cut(part, "-")
		if !isRange {
			to = from
		}
		i, j := slices.Index(names, from), slices.Index(names, to)
		if i < 0 || j < 0 {
			return false
		}
		for into[i] = true; i != j; into[i] = true {
			i = (i + 1) % 7
		}
	}
	return true
}

// Always says whether somebody is there day and night.
func (h Hours) Always() bool { return h.always }

// Lines are the hours as they were written.
func (h Hours) Lines() []string { return slices.Clone(h.text) }

// Zone is the name of the time zone, "" for hours without one.
func (h Hours) Zone() string {
	if h.zone == nil {
		return ""
	}
	return h.zone.String()
}

// Open says whether now is within the hours, and when that changes next; zero when
// it does not within five weeks.
func (h Hours) Open(now time.Time) (open bool, next time.Time) {
	if h.always || h.zone == nil || now.IsZero() {
		return h.always, time.Time{}
	}
	open = h.within(now)
	// Only the ends of spans change anything. They are made as wall times of each
	// day, so that a day of 23 or 25 hours is right.
	local := now.In(h.zone)
	for day := -1; day <= 35; day++ {
		var best time.Time
		for _, s := range h.spans {
			for _, t := range s.on(local, day) {
				if t.After(now) && h.within(t) != open && (best.IsZero() || t.Before(best)) {
					best = t
				}
			}
		}
		// A span of the day before may end on this day: look one day further.
		for _, s := range h.spans {
			for _, t := range s.on(local, day+1) {
				if !best.IsZero() && t.After(now) && t.Before(best) && h.within(t) != open {
					best = t
				}
			}
		}
		if !best.IsZero() {
			return open, best.UTC()
		}
	}
	return open, time.Time{}
}

// on answers when the span begins and ends on a day, whether or not it is one of
// its days.
func (s opening) on(local time.Time, day int) [2]time.Time {
	y, m, d := local.Date()
	end := s.end
	if end <= s.start {
		end += 24 * 60
	}
	at := func(min int) time.Time {
		return time.Date(y, m, d+day+min/(24*60), min%(24*60)/60, min%60, 0, 0, local.Location())
	}
	return [2]time.Time{at(s.start), at(end)}
}

func (h Hours) within(t time.Time) bool {
	local := t.In(h.zone)
	for day := -1; day <= 0; day++ {
		date := time.Date(local.Year(), local.Month(), local.Day()+day, 12, 0, 0, 0, h.zone)
		if slices.Contains(h.closed, date.Format(time.DateOnly)) {
			continue
		}
		for _, s := range h.spans {
			if ends := s.on(local, day); s.days[date.Weekday()] && !t.Before(ends[0]) && t.Before(ends[1]) {
				return true
			}
		}
	}
	return false
}
