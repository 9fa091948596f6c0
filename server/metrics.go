package server

import (
	"fmt"
	"io"
	"time"

	"github.com/VictoriaMetrics/metrics"

	"myna/hook"
	"myna/xmpp"
)

// gauges is what is measured while it happens; the rest is counted where it is, and read when somebody asks.
type gauges struct {
	set     *metrics.Set
	commits *metrics.PrometheusHistogram // in seconds
	stanzas *metrics.Counter             // archived
}

func newGauges() *gauges {
	set := metrics.NewSet()
	bounds := []float64{0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5} // a disk that is well syncs in milliseconds
	return &gauges{set, set.NewPrometheusHistogramExt("myna_storage_commit_seconds", bounds), set.NewCounter("myna_storage_stanzas_total")}
}

// committed is told of each transaction.
func (g *gauges) committed(took time.Duration, _, stanzas int) {
	g.commits.Update(took.Seconds())
	g.stanzas.Add(stanzas)
}

// measure writes what is measured, in the text format of Prometheus.
func (s *Server) measure(w io.Writer) {
	metrics.WriteGaugeUint64(w, fmt.Sprintf("myna_info{version=%q}", Version()), 1)
	s.measureSessions(w)
	for _, kind := range []xmpp.Kind{xmpp.Message, xmpp.Presence, xmpp.IQ} {
		metrics.WriteCounterUint64(w, fmt.Sprintf("myna_stanzas_received_total{kind=%q}", kind), s.parts.router.Taken(kind))
	}
	succeeded, failed, limited := s.parts.accounts.SignIns()
	metrics.WriteCounterUint64(w, `myna_sign_ins_total{result="succeeded"}`, succeeded)
	metrics.WriteCounterUint64(w, `myna_sign_ins_total{result="failed"}`, failed)
	metrics.WriteCounterUint64(w, `myna_sign_ins_total{result="limited"}`, limited)
	if q, ok := s.store.(interface {
		Queued() (requests, stanzas, bytes int)
	}); ok {
		requests, stanzas, bytes := q.Queued()
		metrics.WriteGaugeUint64(w, `myna_storage_queue{of="requests"}`, uint64(requests))
		metrics.WriteGaugeUint64(w, `myna_storage_queue{of="stanzas"}`, uint64(stanzas))
		metrics.WriteGaugeUint64(w, `myna_storage_queue{of="bytes"}`, uint64(bytes))
	}
	if s.gauges != nil {
		s.gauges.set.WritePrometheus(w)
	}
	metrics.WriteProcessMetrics(w)
}

// measureSessions counts who is signed in, domain by domain.
func (s *Server) measureSessions(w io.Writer) {
	sessions, online := map[string]uint64{}, map[string]map[xmpp.JID]bool{}
	for _, h := range s.cfg.Hosts {
		online[h] = map[xmpp.JID]bool{}
	}
	s.parts.router.EachSession(func(x hook.Session) {
		h := x.JID().Domain()
		sessions[h]++
		if online[h] != nil {
			online[h][x.JID().Bare()] = true
		}
	})
	for _, h := range s.cfg.Hosts {
		metrics.WriteGaugeUint64(w, fmt.Sprintf("myna_sessions{host=%q}", h), sessions[h])
		metrics.WriteGaugeUint64(w, fmt.Sprintf("myna_accounts_online{host=%q}", h), uint64(len(online[h])))
	}
	metrics.WriteGaugeUint64(w, "myna_admin_sessions", uint64(s.pageSessions.Len()))
}
