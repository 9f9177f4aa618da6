package main

import (
	"context"
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"text/tabwriter"
	"time"

	"github.com/offercheck/offercheck/flows/check"
)

// feedsCmd looks after the lists of reported values. In DATA_DIR: feeds.toml says
// which; feeds/<name>.list is the last good copy of each, feeds/state.json what is
// known of it, feeds/indicators.bin the table made of all.
type feedsCmd struct {
	Update  feedsUpdateCmd  `cmd:"" help:"Fetch the configured lists and make the table of them."`
	Status  feedsStatusCmd  `cmd:"" help:"Say of each list how old and how large it is."`
	Example feedsExampleCmd `cmd:"" help:"Print a feeds.toml to begin with."`
	Build   feedsBuildCmd   `cmd:"" help:"Make the table the program ships from a folder of permitted lists."`
}

// fed says where the lists of a running program stand.
type fed struct {
	DataDir string `name:"data-dir" help:"Folder with feeds.toml and the lists." env:"DATA_DIR" default:"data" placeholder:"DIR"`
}

func (f fed) config() string { return filepath.Join(f.DataDir, "feeds.toml") }
func (f fed) dir() string    { return filepath.Join(f.DataDir, "feeds") }
func (f fed) table() string  { return filepath.Join(f.dir(), "indicators.bin") }
func (f fed) state() string  { return filepath.Join(f.dir(), "state.json") }
func (f fed) list(name string) string {
	return filepath.Join(f.dir(), name+".list")
}

// fetched is what is known of the last good copy of a list.
type fetched struct {
	At     time.Time `json:"at"`
	Bytes  int       `json:"bytes"`
	SHA256 string    `json:"sha256"`
	Values int       `json:"values"`
	Spared int       `json:"spared"`          // held by the allow-list
	Left   int       `json:"left_out"`        // not read, or hosts of many owners
	Error  string    `json:"error,omitempty"` // why the last try brought nothing new
}

// load reads feeds.toml and what is known; both may be missing.
func (f fed) load() (feeds, map[string]fetched, error) {
	text, err := os.ReadFile(f.config())
	if errors.Is(err, fs.ErrNotExist) {
		return feeds{}, nil, fmt.Errorf("%w: there is no %s; `offercheck feeds example` prints one to begin with", errUsage, f.config())
	}
	if err != nil {
		return feeds{}, nil, fmt.Errorf("read feeds: %w", err)
	}
	all, err := readFeeds(text)
	if err != nil {
		return feeds{}, nil, err
	}
	known := map[string]fetched{}
	text, err = os.ReadFile(f.state())
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return feeds{}, nil, fmt.Errorf("read feeds state: %w", err)
	}
	if err == nil {
		if err := json.Unmarshal(text, &known); err != nil {
			known = map[string]fetched{} // it only tells; the lists are what counts
		}
	}
	return all, known, nil
}

type feedsUpdateCmd struct {
	fed
	Timeout time.Duration `help:"How long one list may take." default:"2m"`
}

func (c *feedsUpdateCmd) Run(ctx context.Context, s streams) error {
	all, known, err := c.load()
	if err != nil {
		return err
	}
	if err := os.MkdirAll(c.dir(), 0o700); err != nil {
		return fmt.Errorf("use DATA_DIR: %w", err)
	}
	listing, err := check.NewListing(check.Files())
	if err != nil {
		return err
	}
	for _, domain := range all.Allow {
		if listing.Allow(domain) == check.Unread {
			return fmt.Errorf("check feeds: allow %q is no domain", domain)
		}
	}
	failed := 0
	for _, f := range allowFirst(all.Feed) {
		now, err := c.renew(ctx, f, listing, known[f.Name])
		if err != nil {
			failed++
			now.Error = oneLine(err)
			fmt.Fprintf(s.err, "offercheck: feed %s: %s\n", f.Name, now.Error)
		} else {
			fmt.Fprintf(s.out, "%s: %d values, %d spared, %d left out\n", f.Name, now.Values, now.Spared, now.Left)
		}
		known[f.Name] = now
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	table := listing.File()
	if _, err := check.OpenIndicators(table); err != nil {
		return err
	}
	if err := replace(c.table(), table); err != nil {
		return err
	}
	for name := range known {
		if !slices.ContainsFunc(all.Feed, func(f feed) bool { return f.Name == name }) {
			delete(known, name)
		}
	}
	text, err := json.MarshalIndent(known, "", "  ")
	if err != nil {
		return fmt.Errorf("write feeds state: %w", err)
	}
	if err := replace(c.state(), append(text, '\n')); err != nil {
		return err
	}
	if failed > 0 {
		return fmt.Errorf("%d of %d lists brought nothing new; their last good copies stay in use", failed, len(all.Feed))
	}
	return nil
}

// renew fetches a list and puts it into the listing. When it cannot be had or
// read, the last good copy goes in and the error is given.
func (c *feedsUpdateCmd) renew(ctx context.Context, f feed, listing *check.Listing, before fetched) (fetched, error) {
	data, err := fetch(ctx, f, c.Timeout)
	if err == nil {
		// Tried apart first, so that a list that breaks off half-way leaves nothing behind.
		var apart *check.Listing
		if apart, err = check.NewListing(check.Files()); err == nil {
			_, err = f.into(apart, data)
		}
	}
	if err == nil {
		var n took
		if n, err = f.into(listing, data); err == nil {
			if err = replace(c.list(f.Name), data); err == nil {
				sum := sha256.Sum256(data)
				return fetched{
					At: time.Now().UTC().Truncate(time.Second), Bytes: len(data), SHA256: hex.EncodeToString(sum[:]),
					Values: n[check.Added], Spared: n[check.Spared], Left: n[check.Vague] + n[check.Unread],
				}, nil
			}
			return before, err
		}
	}
	last, e := os.ReadFile(c.list(f.Name))
	if errors.Is(e, fs.ErrNotExist) {
		return before, err
	}
	if e == nil {
		_, e = f.into(listing, last)
	}
	return before, errors.Join(err, e)
}

// allowFirst puts what is allowed before what is listed.
func allowFirst(in []feed) []feed {
	out := slices.Clone(in)
	slices.SortStableFunc(out, func(a, b feed) int {
		switch {
		case a.Kind == "allow" && b.Kind != "allow":
			return -1
		case a.Kind != "allow" && b.Kind == "allow":
			return 1
		}
		return 0
	})
	return out
}

// fetch gets a list from a file or over https, at most as long and as large as allowed.
func fetch(ctx context.Context, f feed, patience time.Duration) ([]byte, error) {
	from, err := url.Parse(f.From)
	if err != nil {
		return nil, fmt.Errorf("read from: %w", err)
	}
	switch from.Scheme {
	case "file":
		file, err := os.Open(from.Path + from.Opaque)
		if err != nil {
			return nil, fmt.Errorf("open list: %w", err)
		}
		defer file.Close()
		return within(file, f.limit())
	case "https":
		return fetchOver(ctx, &http.Client{Timeout: patience, CheckRedirect: onlyHTTPS}, f)
	}
	return nil, fmt.Errorf("from must be https://… or file:///…")
}

func onlyHTTPS(req *http.Request, via []*http.Request) error {
	if req.URL.Scheme != "https" || len(via) > 5 {
		return errors.New("led away from https, or in circles")
	}
	return nil
}

func fetchOver(ctx context.Context, client *http.Client, f feed) ([]byte, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, f.From, nil)
	if err != nil {
		return nil, fmt.Errorf("get list: %w", err)
	}
	req.Header.Set("User-Agent", "offercheck")
	res, err := client.Do(req)
	if err != nil {
		return nil, fmt.Errorf("get list: %w", err)
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("get list: %s", res.Status)
	}
	return within(res.Body, f.limit())
}

func within(r io.Reader, limit int64) ([]byte, error) {
	data, err := io.ReadAll(io.LimitReader(r, limit+1))
	if err != nil {
		return nil, fmt.Errorf("read list: %w", err)
	}
	if int64(len(data)) > limit {
		return nil, errLarge
	}
	return data, nil
}

// replace puts a file in the place of another at once: who reads sees the old one
// or the new one, whole.
func replace(name string, data []byte) error {
	tmp, err := os.CreateTemp(filepath.Dir(name), "."+filepath.Base(name)+"-*")
	if err != nil {
		return fmt.Errorf("write %s: %w", filepath.Base(name), err)
	}
	defer os.Remove(tmp.Name())
	_, err = tmp.Write(data)
	if err == nil {
		err = tmp.Sync()
	}
	if e := tmp.Close(); err == nil {
		err = e
	}
	if err == nil {
		err = os.Rename(tmp.Name(), name)
	}
	if err != nil {
		return fmt.Errorf("write %s: %w", filepath.Base(name), err)
	}
	return nil
}

type feedsStatusCmd struct {
	fed
}

func (c *feedsStatusCmd) Run(s streams) error {
	all, known, err := c.load()
	if err != nil {
		return err
	}
	w := tabwriter.NewWriter(s.out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "list\tage\tbytes\tvalues\tspared\tleft out\tsha256\tlicence\tlast error")
	for _, f := range all.Feed {
		at := known[f.Name]
		age := "never fetched"
		if !at.At.IsZero() {
			age = time.Since(at.At).Round(time.Minute).String()
		}
		fmt.Fprintf(w, "%s\t%s\t%d\t%d\t%d\t%d\t%.12s\t%s\t%s\n", f.Name, age, at.Bytes, at.Values, at.Spared, at.Left, at.SHA256, f.Licence, at.Error)
	}
	if err := w.Flush(); err != nil {
		return err
	}
	x, err := c.open()
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(s.out, "%d values in the table\n", x.Len())
	return err
}

// open reads the table feeds made, nil when there is none.
func (f fed) open() (*check.Indicators, error) {
	data, err := os.ReadFile(f.table())
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read indicators: %w", err)
	}
	x, err := check.OpenIndicators(data)
	if err != nil {
		return nil, fmt.Errorf("%s: %w; `offercheck feeds update` makes it anew", f.table(), err)
	}
	return x, nil
}

// give lets a checker use the table feeds made, if there is one.
func (f fed) give(c *check.Checker) error {
	x, err := f.open()
	if err == nil && x != nil {
		c.List(x)
	}
	return err
}

// feedsEvery is how often a running bot looks for a new table.
const feedsEvery = time.Minute

type feedsExampleCmd struct{}

//go:embed feeds.example.toml
var feedsExample string

func (c *feedsExampleCmd) Run(s streams) error {
	_, err := io.WriteString(s.out, feedsExample)
	return err
}

type feedsBuildCmd struct {
	Dir string `arg:"" help:"Folder of the lists, plain or gzipped." type:"existingdir"`
	Out string `help:"Where to write the table." default:"flows/check/indicators.bin"`
}

// shipped names the permitted lists, so that nothing else gets into the program.
//
//go:embed shipped.toml
var shipped []byte

func (c *feedsBuildCmd) Run(s streams) error {
	table, err := buildShipped(c.Dir, s.out)
	if err != nil {
		return err
	}
	if err := os.WriteFile(c.Out, table, 0o644); err != nil {
		return fmt.Errorf("write table: %w", err)
	}
	_, err = fmt.Fprintf(s.out, "%d bytes written to %s\n", len(table), c.Out)
	return err
}

// buildShipped makes the shipped table of the lists in dir; the same lists give
// the same bytes.
func buildShipped(dir string, out io.Writer) ([]byte, error) {
	all, err := readFeeds(shipped)
	if err != nil {
		return nil, err
	}
	listing, err := check.NewListing(check.Files())
	if err != nil {
		return nil, err
	}
	for _, f := range allowFirst(all.Feed) {
		name := filepath.Join(dir, f.From)
		data, err := os.ReadFile(name)
		if errors.Is(err, fs.ErrNotExist) {
			data, err = os.ReadFile(name + ".gz")
		}
		if err != nil {
			return nil, fmt.Errorf("read list: %w", err)
		}
		n, err := f.into(listing, data)
		if err != nil {
			return nil, fmt.Errorf("read list %s: %w", f.Name, err)
		}
		fmt.Fprintf(out, "%s (%s): %d values, %d spared, %d hosts of many owners, %d not read\n",
			f.Name, f.Licence, n[check.Added], n[check.Spared], n[check.Vague], n[check.Unread])
	}
	return listing.File(), nil
}

// watch hands over the table whenever feeds made a new one, until ctx ends. A
// table that cannot be read is told once and the one in use stays.
func (f fed) watch(ctx context.Context, every time.Duration, use func(*check.Indicators), told func(error)) error {
	var seen os.FileInfo // the first look reads it again: it may have changed since the start
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
		info, err := os.Stat(f.table())
		if err != nil || seen != nil && info.ModTime().Equal(seen.ModTime()) && info.Size() == seen.Size() && os.SameFile(info, seen) {
			continue
		}
		seen = info
		x, err := f.open()
		if err != nil {
			told(err)
			continue
		}
		use(x)
	}
}
