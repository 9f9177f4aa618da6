package main

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"

	"github.com/BurntSushi/toml"

	"github.com/offercheck/offercheck/flows/check"
)

// feed is one list: where it comes from, how it is written, what it holds.
type feed struct {
	Name    string `toml:"name"`
	From    string `toml:"from"`
	Format  string `toml:"format"`
	Kind    string `toml:"kind"`
	Column  string `toml:"column"`
	Licence string `toml:"licence"`
	LimitMB int64  `toml:"limit_mb"`
}

// feeds is a file of them.
type feeds struct {
	Allow []string `toml:"allow"`
	Feed  []feed   `toml:"feed"`
}

// feedKinds are what a list can hold; allow is 0, it is no indicator of its own.
var feedKinds = map[string]check.Indicator{
	"allow": 0, "domain": check.Domain, "url": check.URL, "handle": check.Handle, "phone": check.Phone, "email": check.Email, "wallet": check.Wallet,
}

var feedName = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,63}$`)

// limit is how large the list may be, in bytes.
func (f feed) limit() int64 {
	if f.LimitMB > 0 {
		return f.LimitMB << 20
	}
	return 32 << 20
}

// readFeeds reads a feeds.toml and refuses what it does not understand.
func readFeeds(text []byte) (feeds, error) {
	var out feeds
	meta, err := toml.Decode(string(text), &out)
	if err != nil {
		return feeds{}, fmt.Errorf("decode feeds: %w", err)
	}
	if extra := meta.Undecoded(); len(extra) > 0 {
		return feeds{}, fmt.Errorf("decode feeds: unknown key %s", extra[0])
	}
	seen := map[string]bool{}
	for _, f := range out.Feed {
		wrong := ""
		_, kind := feedKinds[f.Kind]
		switch {
		case !feedName.MatchString(f.Name) || seen[f.Name]:
			wrong = "the name must be small letters, digits and hyphens, and stand once"
		case !kind:
			wrong = "kind is domain, url, handle, phone, email, wallet or allow"
		case !slices.Contains([]string{"lines", "hosts", "csv", "jsonl"}, f.Format):
			wrong = "format is lines, hosts, csv or jsonl"
		case (f.Format == "csv" || f.Format == "jsonl") && f.Column == "":
			wrong = "csv and jsonl need a column"
		case f.From == "" || f.Licence == "":
			wrong = "from and licence are needed"
		case f.LimitMB < 0 || f.LimitMB > 1024:
			wrong = "limit_mb is at most 1024"
		}
		if wrong != "" {
			return feeds{}, fmt.Errorf("check feed %q: %s", f.Name, wrong)
		}
		seen[f.Name] = true
	}
	return out, nil
}

// unpacked gives the bytes of a file, gunzipped when they are gzipped, at most limit.
func unpacked(data []byte, limit int64) ([]byte, error) {
	if !bytes.HasPrefix(data, []byte{0x1f, 0x8b}) {
		return data, nil
	}
	z, err := gzip.NewReader(bytes.NewReader(data))
	if err != nil {
		return nil, fmt.Errorf("unpack list: %w", err)
	}
	out, err := io.ReadAll(io.LimitReader(z, limit+1))
	if err != nil {
		return nil, fmt.Errorf("unpack list: %w", err)
	}
	if int64(len(out)) > limit {
		return nil, errLarge
	}
	return out, nil
}

var errLarge = errors.New("the list is larger than its limit")

// took counts what became of the values of a list.
type took [4]int

// into puts the values of a list into the listing. A row that cannot be read is
// counted, not fatal; a list of which nothing can be read is.
func (f feed) into(l *check.Listing, data []byte) (took, error) {
	var n took
	data, err := unpacked(data, f.limit())
	if err != nil {
		return n, err
	}
	give := func(value string) {
		if value = strings.TrimSpace(value); value == "" {
			return
		}
		if f.Kind == "allow" {
			n[l.Allow(value)]++
		} else {
			n[l.Add(feedKinds[f.Kind], value)]++
		}
	}
	switch f.Format {
	case "csv":
		err = f.csv(data, give)
	case "jsonl":
		err = f.jsonl(data, give)
	default:
		err = f.lines(data, give)
	}
	if err == nil && n[check.Added] == 0 {
		err = fmt.Errorf("no %s could be read from it", f.Kind)
	}
	return n, err
}

// lines reads a value a line; of hosts files what follows the address. # and !
// begin remarks.
func (f feed) lines(data []byte, give func(string)) error {
	rows := bufio.NewScanner(bytes.NewReader(data))
	rows.Buffer(nil, 64<<10)
	for rows.Scan() {
		line := strings.TrimSpace(strings.TrimPrefix(rows.Text(), "\ufeff"))
		if line == "" || line[0] == '#' || line[0] == '!' {
			continue
		}
		if k := strings.Index(line, " #"); k >= 0 {
			line = line[:k]
		}
		if k := strings.Index(line, "\t#"); k >= 0 {
			line = line[:k]
		}
		if f.Format == "hosts" {
			for i, field := range strings.Fields(line) {
				if i > 0 {
					give(field)
				}
			}
			continue
		}
		give(line)
	}
	if err := rows.Err(); err != nil {
		return fmt.Errorf("read lines: %w", err)
	}
	return nil
}

func (f feed) csv(data []byte, give func(string)) error {
	rows := csv.NewReader(bytes.NewReader(data))
	rows.FieldsPerRecord, rows.LazyQuotes, rows.ReuseRecord = -1, true, true
	head, err := rows.Read()
	if err != nil {
		return fmt.Errorf("read csv: %w", err)
	}
	at := slices.Index(head, f.Column)
	if at < 0 {
		return fmt.Errorf("read csv: there is no column %q", f.Column)
	}
	for {
		row, err := rows.Read()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("read csv: %w", err)
		}
		if at < len(row) {
			give(row[at])
		}
	}
}

func (f feed) jsonl(data []byte, give func(string)) error {
	rows := json.NewDecoder(bytes.NewReader(data))
	for {
		var row map[string]any
		err := rows.Decode(&row)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("read jsonl: %w", err)
		}
		if value, ok := row[f.Column].(string); ok {
			give(value)
		}
	}
}
