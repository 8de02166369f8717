package app

import (
	"context"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"gather/jobs"
)

// jobMetrics counts what jobs and callbacks do.
type jobMetrics struct {
	queued     prometheus.Histogram
	ran        *prometheus.HistogramVec
	deliveries *prometheus.HistogramVec
}

func newJobMetrics() *jobMetrics {
	buckets := []float64{.01, .05, .25, 1, 5, 30, 120, 600, 3600}
	return &jobMetrics{
		queued: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "gather_job_queued_seconds", Help: "How long jobs waited for their first start.", Buckets: buckets,
		}),
		ran: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "gather_job_duration_seconds", Help: "How long jobs took from their first start.", Buckets: buckets,
		}, []string{"state"}),
		deliveries: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "gather_delivery_attempt_duration_seconds", Help: "Attempts at callbacks.", Buckets: buckets,
		}, []string{"state"}),
	}
}

// JobEnded and DeliveryAttempted make metrics a jobs.Observer.
func (m *jobMetrics) JobEnded(state jobs.State, queued, ran time.Duration) {
	m.queued.Observe(queued.Seconds())
	m.ran.WithLabelValues(string(state)).Observe(ran.Seconds())
}

func (m *jobMetrics) DeliveryAttempted(state jobs.DeliveryState, took time.Duration) {
	m.deliveries.WithLabelValues(string(state)).Observe(took.Seconds())
}

// jobCollector reports the gauges of the whole database when asked.
type jobCollector struct{ service *jobs.Service }

// statsTimeout bounds the look into the database: a scrape must not hang on it.
const statsTimeout = 2 * time.Second

func (c *jobCollector) Describe(chan<- *prometheus.Desc) {} // unchecked: nothing without a database

func (c *jobCollector) Collect(out chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), statsTimeout)
	defer cancel()
	s, err := c.service.Stats(ctx)
	if err != nil {
		return
	}
	send := func(name, help string, value float64) {
		out <- prometheus.MustNewConstMetric(describe(name, help), prometheus.GaugeValue, value)
	}
	send("gather_jobs_queued", "Jobs waiting to be started.", float64(s.Queued))
	send("gather_jobs_running", "Jobs running.", float64(s.Running))
	send("gather_jobs_oldest_queued_seconds", "How long the oldest waiting job has waited.", s.OldestQueued.Seconds())
	send("gather_deliveries_pending", "Callbacks waiting for their next attempt.", float64(s.Pending))
	send("gather_deliveries_dead", "Callbacks given up.", float64(s.Dead))
}
