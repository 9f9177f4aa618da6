package domains

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"
)

// IANA is where the list stands that says which register answers for which suffix.
const IANA = "https://data.iana.org/rdap/dns.json"

const (
	patience   = 10 * time.Second // for one question, with what it leads to
	mostAnswer = 256 << 10
	mostList   = 2 << 20
	listTime   = 24 * time.Hour // how long the list is believed
	redirects  = 3
)

// Register asks registers over RDAP (RFC 9082, 9083). It tells them a domain and
// nothing else.
type Register struct {
	base string // of one register for all, "" for those of the list
	list string
	http *http.Client

	mu    sync.Mutex
	at    time.Time // when the list was read
	bases map[string]string
}

// NewRegister answers the registers named in IANA's list, or the one at base, an
// https address to which domain/NAME is added. client carries the questions; its
// time limit and what it follows are set here.
func NewRegister(base, list string, client *http.Client) (*Register, error) {
	if base != "" {
		u, err := url.Parse(base)
		if err != nil || u.Scheme != "https" || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
			return nil, errors.New("want iana, or an https address that domain/NAME is added to")
		}
		base = strings.TrimSuffix(base, "/") + "/"
	}
	own := *client
	own.Jar = nil
	own.CheckRedirect = func(req *http.Request, via []*http.Request) error {
		if req.URL.Scheme != "https" || len(via) > redirects {
			return errors.New("led away from https, or in circles")
		}
		return nil
	}
	return &Register{base: base, list: list, http: &own}, nil
}

// Born asks since when a domain is registered.
func (r *Register) Born(ctx context.Context, domain string) (time.Time, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	base, err := r.baseOf(ctx, domain)
	if err != nil {
		return time.Time{}, fmt.Errorf("ask register: %w", err)
	}
	body, err := r.get(ctx, base+"domain/"+url.PathEscape(domain), "application/rdap+json", mostAnswer)
	if err != nil {
		return time.Time{}, fmt.Errorf("ask register: %w", err)
	}
	born, err := bornOf(body, domain)
	if err != nil {
		return time.Time{}, fmt.Errorf("ask register: %w", err)
	}
	return born, nil
}

// get gets a page. Its errors do not say which.
func (r *Register) get(ctx context.Context, address, accept string, most int64) ([]byte, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, errors.New("the address makes no sense")
	}
	req.Header.Set("Accept", accept)
	req.Header.Set("User-Agent", "offercheck")
	res, err := r.http.Do(req)
	if err != nil {
		var at *url.Error
		if errors.As(err, &at) { // its own words would repeat the address
			err = at.Err
		}
		return nil, err
	}
	defer res.Body.Close()
	switch {
	case res.StatusCode == http.StatusNotFound || res.StatusCode == http.StatusBadRequest:
		return nil, ErrUnknown
	case res.StatusCode == http.StatusTooManyRequests || res.StatusCode == http.StatusServiceUnavailable:
		after := 10 * time.Minute
		if s, err := strconv.Atoi(res.Header.Get("Retry-After")); err == nil && s >= 0 {
			after = time.Duration(min(s, 3600)) * time.Second
		}
		return nil, Later{after}
	case res.StatusCode != http.StatusOK:
		return nil, fmt.Errorf("it answers %d", res.StatusCode)
	}
	body, err := io.ReadAll(io.LimitReader(res.Body, most+1))
	if err != nil {
		return nil, errors.New("its answer breaks off")
	}
	if int64(len(body)) > most {
		return nil, errors.New("its answer is too large")
	}
	return body, nil
}

// baseOf is the register that answers for a domain: of the list's entries the one
// with the longest suffix.
func (r *Register) baseOf(ctx context.Context, domain string) (string, error) {
	if r.base != "" {
		return r.base, nil
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.bases == nil || time.Since(r.at) > listTime {
		body, err := r.get(ctx, r.list, "application/json", mostList)
		var bases map[string]string
		if err == nil {
			bases, err = basesOf(body)
		}
		switch {
		case err == nil:
			r.bases, r.at = bases, time.Now()
		case r.bases == nil:
			if errors.Is(err, ErrUnknown) {
				err = errors.New("there is no list of registers")
			}
			return "", fmt.Errorf("read list of registers: %w", err)
		}
	}
	for suffix := domain; suffix != ""; {
		if base := r.bases[suffix]; base != "" {
			return base, nil
		}
		_, suffix, _ = strings.Cut(suffix, ".")
	}
	return "", ErrUnknown
}

// basesOf reads the list (RFC 9224): pairs of suffixes and of addresses.
func basesOf(body []byte) (map[string]string, error) {
	var list struct {
		Services [][][]string `json:"services"`
	}
	if err := json.Unmarshal(body, &list); err != nil {
		return nil, errors.New("the list of registers cannot be read")
	}
	out := map[string]string{}
	for _, s := range list.Services {
		if len(s) < 2 {
			continue
		}
		for _, base := range s[1] {
			u, err := url.Parse(base)
			if err != nil || u.Scheme != "https" || u.Host == "" {
				continue
			}
			for _, suffix := range s[0] {
				out[strings.ToLower(suffix)] = strings.TrimSuffix(base, "/") + "/"
			}
			break
		}
	}
	if len(out) == 0 {
		return nil, errors.New("the list of registers is empty")
	}
	return out, nil
}

// first is when the oldest domain was registered; what claims to be older is no date.
var first = time.Date(1985, 1, 1, 0, 0, 0, 0, time.UTC)

// bornOf reads since when a domain is there: the last time it was registered.
func bornOf(body []byte, domain string) (born time.Time, err error) {
	var answer struct {
		Name   string `json:"ldhName"`
		Events []struct {
			Action string `json:"eventAction"`
			Date   string `json:"eventDate"`
		} `json:"events"`
	}
	if err := json.Unmarshal(body, &answer); err != nil {
		return born, errors.New("its answer cannot be read")
	}
	if answer.Name != "" && !strings.EqualFold(strings.TrimSuffix(answer.Name, "."), domain) {
		return born, ErrUnknown // of something else
	}
	for _, e := range answer.Events {
		if e.Action != "registration" && e.Action != "reregistration" {
			continue
		}
		for _, layout := range []string{time.RFC3339, "2006-01-02T15:04:05", "2006-01-02 15:04:05", time.DateOnly} {
			if at, err := time.Parse(layout, e.Date); err == nil {
				if at.After(born) {
					born = at
				}
				break
			}
		}
	}
	if born.Before(first) {
		return time.Time{}, ErrUnknown
	}
	return born, nil
}
