package main

import (
	"context"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/offercheck/offercheck/flows"
	"github.com/offercheck/offercheck/locales"
	"github.com/offercheck/offercheck/reports/db"
	"github.com/offercheck/offercheck/reports/outbox"
)

// metrics count what happened, never to whom. Languages and outcomes are from
// short fixed lists, so no label can carry what a person wrote.
type metrics struct {
	registry *prometheus.Registry
	turns    prometheus.Counter
	checks   *prometheus.CounterVec
	votes    *prometheus.CounterVec
}

func newMetrics(d *db.DB, words *locales.Words) *metrics {
	m := &metrics{
		registry: prometheus.NewRegistry(),
		turns:    prometheus.NewCounter(prometheus.CounterOpts{Name: "offercheck_turns_total", Help: "Updates that were handled and committed."}),
		checks: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "offercheck_checks_total", Help: "Checks made, by what was said."},
			[]string{"outcome", "kind"}),
		votes: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "offercheck_votes_total", Help: "Useful and not useful."}, []string{"vote"}),
	}
	m.registry.MustRegister(m.turns, m.checks, m.votes, &outboxState{d: d}, collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
		prometheus.NewCounterFunc(prometheus.CounterOpts{Name: "offercheck_messages_missing_total", Help: "Messages a language lacked when they were wanted."},
			func() float64 {
				n := 0
				for _, k := range words.Missing() {
					n += k
				}
				return float64(n)
			}))
	return m
}

func (m *metrics) count(t flows.Turn) {
	m.turns.Inc()
	if t.Verdict != nil {
		m.checks.WithLabelValues(string(t.Verdict.Outcome), string(t.Verdict.Kind)).Inc()
	}
	if t.Vote != "" {
		m.votes.WithLabelValues(t.Vote).Inc()
	}
}

func (m *metrics) handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{})
}

// outboxState reads how the outbox stands when somebody asks.
type outboxState struct{ d *db.DB }

var (
	waitingDesc = prometheus.NewDesc("offercheck_outbox_waiting", "Messages that wait to be sent.", nil, nil)
	oldestDesc  = prometheus.NewDesc("offercheck_outbox_oldest_seconds", "How long the oldest of them is due.", nil, nil)
	tidyDesc    = prometheus.NewDesc("offercheck_tidy_waiting", "Messages that should have been taken away by now.", nil, nil)
	tidyOldDesc = prometheus.NewDesc("offercheck_tidy_oldest_seconds", "How long ago the oldest of them was written.", nil, nil)
	deadDesc    = prometheus.NewDesc("offercheck_dead_letters", "Messages the messenger refused for good.", nil, nil)
)

func (o *outboxState) Describe(ch chan<- *prometheus.Desc) {
	ch <- waitingDesc
	ch <- oldestDesc
	ch <- deadDesc
	ch <- tidyDesc
	ch <- tidyOldDesc
}

func (o *outboxState) Collect(ch chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), 3*time.Second)
	defer cancel()
	var s outbox.State
	var late int64
	var oldest time.Duration
	err := o.d.Tx(ctx, func(tx *db.Tx) (err error) {
		if s, err = outbox.Look(ctx, tx); err != nil {
			return err
		}
		late, oldest, err = outbox.TidyState(ctx, tx)
		return err
	})
	if err != nil {
		ch <- prometheus.NewInvalidMetric(waitingDesc, err)
		return
	}
	ch <- prometheus.MustNewConstMetric(waitingDesc, prometheus.GaugeValue, float64(s.Waiting))
	ch <- prometheus.MustNewConstMetric(oldestDesc, prometheus.GaugeValue, s.Oldest.Seconds())
	ch <- prometheus.MustNewConstMetric(deadDesc, prometheus.GaugeValue, float64(s.Dead))
	ch <- prometheus.MustNewConstMetric(tidyDesc, prometheus.GaugeValue, float64(late))
	ch <- prometheus.MustNewConstMetric(tidyOldDesc, prometheus.GaugeValue, oldest.Seconds())
}
