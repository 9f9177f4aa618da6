package main

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/offercheck/offercheck/bot/telegram/telegramtest"
)

// BenchmarkServe measures what it takes to serve: the time from the start of the
// process until updates are asked for and until the first answer is out, and the
// memory after a thousand checks.
//
//	go test ./cmd/offercheck -run '^$' -bench Serve -benchtime 3x
func BenchmarkServe(b *testing.B) {
	var ready, first time.Duration
	var idle, now, most float64
	for range b.N {
		s := telegramtest.New(b)
		dir := b.TempDir()
		began := time.Now()
		p := begin(b, s, nil, "DATA_DIR="+dir)
		require.True(b, s.Wait(patience, func() bool { return len(s.Calls("getUpdates")) > 0 }), p.log)
		ready += time.Since(began)
		rss, _ := p.memory()
		idle += rss

		began = time.Now()
		who := s.Person("en")
		who.Send("/start")
		require.True(b, who.Await(1, patience))
		first += time.Since(began)

		for range 1000 {
			s.Person("en").Send(lure)
		}
		require.True(b, s.Wait(2*patience, func() bool { return s.Pending() == 0 }), p.log)
		rss, peak := p.memory()
		now, most = now+rss, most+peak
		p.stop()
	}
	n := float64(b.N)
	b.ReportMetric(float64(ready.Milliseconds())/n, "ms-to-serve")
	b.ReportMetric(float64(first.Milliseconds())/n, "ms-to-answer")
	b.ReportMetric(idle/n/(1<<20), "MiB-idle")
	b.ReportMetric(now/n/(1<<20), "MiB-after-1000-checks")
	b.ReportMetric(most/n/(1<<20), "MiB-most")
	b.ReportMetric(0, "ns/op")
}
