package app

import (
	"context"
	"net/http"
	"strconv"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"gather/fetcher"
	"gather/fetcher/guard"
	"gather/fetcher/transport"
	"gather/handlers"
	"gather/jobs"
)

// metrics counts what the service does. Label values are bounded: routes are
// patterns, upstreams are configured names, codes and reasons are lists in the code.
type metrics struct {
	*jobMetrics
	registry *prometheus.Registry
	answers  *prometheus.HistogramVec
	calls    *prometheus.HistogramVec
	attempts *prometheus.CounterVec
	refusals *prometheus.CounterVec
}

// otherUpstream is the label of hosts that no upstream names: strangers choose
// them, so each of its own would be a label without end.
const otherUpstream = "other"

func newMetrics(version string) *metrics {
	m := &metrics{
		jobMetrics: newJobMetrics(),
		registry:   prometheus.NewRegistry(),
		answers: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "http_server_request_duration_seconds", Help: "Answers of this service.",
			Buckets: []float64{.001, .005, .025, .1, .25, .5, 1, 2.5, 5, 10, 30},
		}, []string{"http_request_method", "http_route", "http_response_status_code"}),
		calls: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "gather_call_duration_seconds", Help: "Calls through the chain, answered by upstream or cache.",
			Buckets: []float64{.001, .005, .025, .1, .25, .5, 1, 2.5, 5, 10, 30},
		}, []string{"upstream", "outcome"}),
		attempts: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "gather_attempts_total", Help: "Requests sent to upstreams, by kind.",
		}, []string{"upstream", "kind"}),
		refusals: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "gather_targets_refused_total", Help: "Targets that are not to be fetched, by what is wrong with them.",
		}, []string{"reason"}),
	}
	build := prometheus.NewGauge(prometheus.GaugeOpts{
		Name: "gather_build_info", Help: "Version of this service.", ConstLabels: prometheus.Labels{"version": version},
	})
	build.Set(1)
	m.registry.MustRegister(
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
		build, m.answers, m.calls, m.attempts, m.refusals, m.queued, m.ran, m.deliveries,
	)
	return m
}

// watch adds what the engine knows at the moment it is asked.
func (m *metrics) watch(engine *fetcher.Engine) {
	m.registry.MustRegister(&engineCollector{engine: engine})
}

func (m *metrics) watchJobs(service *jobs.Service) {
	m.registry.MustRegister(&jobCollector{service: service})
}

func (m *metrics) handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{})
}

func (m *metrics) answered(seen handlers.Observation) {
	route := seen.Route
	if route == "" {
		route = "none"
	}
	m.answers.WithLabelValues(methodLabel(seen.Method), route, strconv.Itoa(seen.Status)).Observe(seen.Duration.Seconds())
}

// methodLabel bounds what a client can put into a label.
func methodLabel(method string) string {
	switch method {
	case "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS":
		return method
	default:
		return "_OTHER"
	}
}

// Begin and End make metrics a transport.Observer.
func (m *metrics) Begin(ctx context.Context, _ *http.Request) context.Context {
	return ctx
}

func (m *metrics) End(_ context.Context, seen transport.Observation) {
	upstream := seen.Upstream
	if upstream == "" {
		upstream = otherUpstream
	}
	m.calls.WithLabelValues(upstream, outcomeOf(seen)).Observe(seen.Total.Seconds())
	m.count(upstream, "first", seen.Trace.Attempts-seen.Trace.Retries)
	m.count(upstream, "retry", seen.Trace.Retries)
	m.count(upstream, "hedge", seen.Trace.Hedges)
}

// Refused makes metrics an Observer.
func (m *metrics) Refused(reason guard.Reason) {
	m.refusals.WithLabelValues(reason.String()).Inc()
}

func (m *metrics) count(upstream, kind string, n int) {
	if n > 0 {
		m.attempts.WithLabelValues(upstream, kind).Add(float64(n))
	}
}

// outcomeOf is the status class of an answer, or the code of what went wrong.
func outcomeOf(seen transport.Observation) string {
	if seen.Err != nil {
		return string(fetcher.Classify(seen.Err).Code)
	}
	switch seen.Status / 100 {
	case 2:
		return "2xx"
	case 3:
		return "3xx"
	case 4:
		return "4xx"
	default:
		return "5xx"
	}
}
