package app

import (
	"github.com/prometheus/client_golang/prometheus"

	"gather/fetcher"
)

// engineCollector reports gauges and counters the engine keeps anyway, so that
// nothing is counted twice on the way of a call.
type engineCollector struct{ engine *fetcher.Engine }

func describe(name, help string, labels ...string) *prometheus.Desc {
	return prometheus.NewDesc(name, help, labels, nil)
}

func (c *engineCollector) Describe(chan<- *prometheus.Desc) {} // unchecked: what is known varies

func (c *engineCollector) Collect(out chan<- prometheus.Metric) {
	send := func(name, help string, kind prometheus.ValueType, value float64) {
		out <- prometheus.MustNewConstMetric(describe(name, help), kind, value)
	}
	s := c.engine.CacheStats()
	send("gather_cache_hits_total", "Requests answered from the cache.", prometheus.CounterValue, float64(s.Hits))
	send("gather_cache_misses_total", "Requests the cache forwarded.", prometheus.CounterValue, float64(s.Misses))
	send("gather_cache_collapsed_total", "Requests answered by another request's call.", prometheus.CounterValue, float64(s.Collapsed))
	send("gather_cache_stored_total", "Responses stored.", prometheus.CounterValue, float64(s.Stored))
	send("gather_cache_evictions_total", "Responses dropped for want of room.", prometheus.CounterValue, float64(s.Evictions))
	send("gather_cache_bytes", "Bodies, fields and keys stored.", prometheus.GaugeValue, float64(s.Bytes))
	send("gather_cache_entries", "Responses stored.", prometheus.GaugeValue, float64(s.Entries))
	c.hosts(out)
}

// hosts reports configured upstreams each by name and adds all others up.
func (c *engineCollector) hosts(out chan<- prometheus.Metric) {
	type sums struct{ queue, inFlight, open, refusals, throttled float64 }
	byName := make(map[string]sums)
	hosts := c.engine.Hosts()
	for i := range hosts {
		h := &hosts[i]
		name := h.Name
		if name == "" {
			name = otherUpstream
		}
		s := byName[name]
		s.queue += float64(h.Limit.Queue)
		s.inFlight += float64(h.Limit.InFlight)
		s.refusals += float64(h.Refusals)
		s.throttled += float64(h.Throttled)
		if h.Breaker != "closed" {
			s.open++
		}
		byName[name] = s
	}
	for name, s := range byName {
		send := func(metric, help string, kind prometheus.ValueType, value float64) {
			out <- prometheus.MustNewConstMetric(describe(metric, help, "upstream"), kind, value, name)
		}
		send("gather_upstream_queue", "Calls waiting for their turn.", prometheus.GaugeValue, s.queue)
		send("gather_upstream_in_flight", "Calls on their way.", prometheus.GaugeValue, s.inFlight)
		send("gather_upstream_breakers_open", "Circuit breakers that are open or half-open.", prometheus.GaugeValue, s.open)
		send("gather_upstream_refusals_total", "Calls this service did not send.", prometheus.CounterValue, s.refusals)
		send("gather_upstream_throttled_total", "Answers with status 429.", prometheus.CounterValue, s.throttled)
	}
}
