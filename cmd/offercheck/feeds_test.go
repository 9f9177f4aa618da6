package main

import (
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/offercheck/offercheck/flows/check"
)

func TestFetch(t *testing.T) {
	hold := make(chan struct{})
	s := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/list":
			fmt.Fprintln(w, "evil.example.com")
		case "/large":
			_, _ = io.CopyN(w, strings.NewReader(strings.Repeat("a", 2<<20)), 2<<20)
		case "/plain":
			http.Redirect(w, r, "http://example.org/list", http.StatusFound)
		case "/slow":
			select {
			case <-hold:
			case <-r.Context().Done():
			}
			panic(http.ErrAbortHandler) // an answer to somebody who has left may still be heard
		default:
			http.NotFound(w, r)
		}
	}))
	defer s.Close()
	defer close(hold)
	client := s.Client()
	client.CheckRedirect = onlyHTTPS
	get := func(ctx context.Context, path string) ([]byte, error) {
		return fetchOver(ctx, client, feed{From: s.URL + path, LimitMB: 1})
	}
	data, err := get(t.Context(), "/list")
	require.NoError(t, err)
	require.Equal(t, "evil.example.com\n", string(data))
	_, err = get(t.Context(), "/large")
	require.ErrorIs(t, err, errLarge)
	_, err = get(t.Context(), "/plain")
	require.ErrorContains(t, err, "away from https")
	_, err = get(t.Context(), "/gone")
	require.ErrorContains(t, err, "404")
	short, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	_, err = get(short, "/slow")
	require.ErrorIs(t, err, context.DeadlineExceeded)
	_, err = fetch(t.Context(), feed{From: "http://example.org/list"}, time.Second)
	require.ErrorContains(t, err, "https")
}

func TestUnpacked(t *testing.T) {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	_, err := z.Write(make([]byte, 4<<20))
	require.NoError(t, err)
	require.NoError(t, z.Close())
	_, err = unpacked(b.Bytes(), 1<<20)
	require.ErrorIs(t, err, errLarge, "a small file may not become a large list")
	got, err := unpacked(b.Bytes(), 4<<20)
	require.NoError(t, err)
	require.Len(t, got, 4<<20)
}

// TestWatch holds that a running program takes a new table and keeps the old one
// when the new one is spoilt.
func TestWatch(t *testing.T) {
	f := fed{t.TempDir()}
	require.NoError(t, os.MkdirAll(f.dir(), 0o700))
	table := func(domains ...string) []byte {
		l, err := check.NewListing(check.Files())
		require.NoError(t, err)
		for _, d := range domains {
			require.Equal(t, check.Added, l.Add(check.Domain, d))
		}
		return l.File()
	}
	ctx, stop := context.WithCancel(t.Context())
	used, told, end := make(chan int), make(chan error), make(chan error)
	go func() {
		end <- f.watch(ctx, time.Millisecond, func(x *check.Indicators) { used <- x.Len() }, func(err error) { told <- err })
	}()
	require.NoError(t, replace(f.table(), table("a.example.com")))
	require.Equal(t, 1, <-used)
	require.NoError(t, replace(f.table(), []byte("half a table")))
	require.ErrorContains(t, <-told, "not a file of indicators")
	require.NoError(t, replace(f.table(), table("a.example.com", "b.example.com")))
	require.Equal(t, 2, <-used)
	stop()
	require.NoError(t, <-end)
	left, err := os.ReadDir(f.dir())
	require.NoError(t, err)
	require.Len(t, left, 1, "no half-written file stays")
}

// TestShippedLists holds that the shipped table is what the permitted lists give,
// byte for byte. The lists are read where they stand beside the checkout.
func TestShippedLists(t *testing.T) {
	dir := filepath.Join("..", "..", "..", "shared", "data", "indicators")
	if _, err := os.Stat(dir); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatalf("the shared lists are not beside the checkout: %v", err)
		}
		t.Skipf("the shared lists are not beside the checkout: %v", err)
	}
	var said bytes.Buffer
	table, err := buildShipped(dir, &said)
	require.NoError(t, err)
	t.Logf("%s%d bytes", said.String(), len(table))
	kept, err := os.ReadFile(filepath.Join("..", "..", "flows", "check", "indicators.bin"))
	require.NoError(t, err)
	require.True(t, bytes.Equal(kept, table), "run: go run ./cmd/offercheck feeds build %s", dir)
	require.LessOrEqual(t, len(table), 1_500_000)
	all, err := readFeeds(shipped)
	require.NoError(t, err)
	for _, f := range all.Feed {
		require.Regexp(t, `^(BSD-3-Clause|Apache-2\.0|CC-BY-4\.0|MIT)`, f.Licence)
	}
}

func TestExampleFeeds(t *testing.T) {
	all, err := readFeeds([]byte(feedsExample))
	require.NoError(t, err)
	require.NotEmpty(t, all.Feed)
}
