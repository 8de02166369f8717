package handlers

import (
	"net/http"
	"strconv"
	"time"

	"github.com/gin-gonic/gin"

	"gather/cache"
	"gather/fetcher"
	"gather/fetcher/transport"
)

// upstream is a host's state as /v1/upstreams shows it. Times are in
// milliseconds, rates a second.
type upstream struct {
	Name        string     `json:"name,omitempty"`
	Origin      string     `json:"origin"`
	Rate        float64    `json:"rate"`
	Configured  float64    `json:"configuredRate"`
	Burst       int        `json:"burst"`
	Concurrency int        `json:"concurrency"`
	Queue       int        `json:"queue"`
	InFlight    int        `json:"inFlight"`
	PausedUntil *time.Time `json:"cooldownUntil,omitempty"`
	Breaker     string     `json:"breaker"`
	Latency     latency    `json:"latency"`
	Calls       uint64     `json:"calls"`
	Failures    uint64     `json:"failures"`
	Retries     uint64     `json:"retries"`
	Hedges      uint64     `json:"hedges"`
	HedgeWins   uint64     `json:"hedgeWins"`
	Refusals    uint64     `json:"refusals"`
	Throttled   uint64     `json:"throttled"`
	Cache       hitRatio   `json:"cache"`
}

type latency struct {
	P50 float64 `json:"p50"`
	P95 float64 `json:"p95"`
	P99 float64 `json:"p99"`
}

type hitRatio struct {
	Hits   uint64  `json:"hits"`
	Misses uint64  `json:"misses"`
	Ratio  float64 `json:"hitRatio"`
}

// cacheState is what the cache did since the start, and what it holds now.
type cacheState struct {
	Hits          uint64 `json:"hits"`
	Stale         uint64 `json:"stale"`
	Misses        uint64 `json:"misses"`
	Collapsed     uint64 `json:"collapsed"`
	Bypassed      uint64 `json:"bypassed"`
	Stored        uint64 `json:"stored"`
	Revalidations uint64 `json:"revalidations"`
	Bytes         int64  `json:"bytes"`
	Entries       int64  `json:"entries"`
	Evictions     uint64 `json:"evictions"`
}

func cacheStateOf(s cache.Stats) cacheState {
	return cacheState{
		Hits: s.Hits, Stale: s.Stale, Misses: s.Misses, Collapsed: s.Collapsed,
		Bypassed: s.Bypassed, Stored: s.Stored, Revalidations: s.Revalidations,
		Bytes: s.Bytes, Entries: s.Entries, Evictions: s.Evictions,
	}
}

// listUpstreams answers with the state of every host that was fetched from or is
// configured.
func (s *server) listUpstreams(c *gin.Context) {
	hosts := s.Engine.Hosts()
	shown := make([]upstream, 0, len(hosts))
	caller := callerOf(c)
	for i := range hosts {
		if caller.MayUse(hosts[i].Name) {
			shown = append(shown, upstreamOf(&hosts[i]))
		}
	}
	c.Header("Cache-Control", "no-store")
	c.JSON(http.StatusOK, gin.H{"upstreams": shown, "cache": cacheStateOf(s.Engine.CacheStats())})
}

func upstreamOf(h *transport.HostStatus) upstream {
	shown := upstream{
		Name: h.Name, Origin: h.Origin,
		Rate: h.Limit.Rate, Configured: h.Limit.ConfiguredRate, Burst: h.Limit.Burst,
		Concurrency: h.Limit.Concurrency, Queue: h.Limit.Queue, InFlight: h.Limit.InFlight,
		Breaker: h.Breaker,
		Latency: latency{P50: millis(h.P50), P95: millis(h.P95), P99: millis(h.P99)},
		Calls:   h.Calls, Failures: h.Failures, Retries: h.Retries, Hedges: h.Hedges, HedgeWins: h.HedgeWins,
		Refusals: h.Refusals, Throttled: h.Throttled,
		Cache: hitRatioOf(h.CacheHits, h.CacheMisses),
	}
	if h.Limit.PausedUntil.After(time.Now()) {
		shown.PausedUntil = &h.Limit.PausedUntil
	}
	return shown
}

func hitRatioOf(hits, misses uint64) hitRatio {
	r := hitRatio{Hits: hits, Misses: misses}
	if all := hits + misses; all > 0 {
		r.Ratio = float64(hits) / float64(all)
	}
	return r
}

func millis(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

// forget answers DELETE /v1/cache: one URL, or everything.
func (s *server) forget(c *gin.Context) error {
	query, err := parameters(c.Request.URL.RawQuery)
	if err != nil {
		return err
	}
	for name := range query {
		if name != "url" {
			return fetcher.Faults{{Pointer: "#/" + fetcher.PointerToken(name), Detail: "unknown parameter; inside the URL write & as %26"}}
		}
	}
	urls := query["url"]
	if len(urls) == 0 {
		s.Engine.ForgetAll(c.Request.Context())
	}
	for i, u := range urls {
		if err := s.Engine.Forget(c.Request.Context(), u); err != nil {
			return fetcher.Faults{{Pointer: "#/url/" + strconv.Itoa(i), Detail: "not an absolute http or https URL"}}
		}
	}
	c.Status(http.StatusNoContent)
	return nil
}
