package fetcher

import (
	"maps"
	"net/http"

	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"
)

// propagate carries the trace a client began on to the upstream (W3C Trace
// Context). It stands inside the cache, whose answers belong to no one trace.
type propagate struct {
	next http.RoundTripper
}

func (s propagate) RoundTrip(r *http.Request) (*http.Response, error) {
	if !trace.SpanContextFromContext(r.Context()).IsValid() {
		return s.next.RoundTrip(r)
	}
	carrying := r.WithContext(r.Context())
	carrying.Header = maps.Clone(r.Header)
	propagation.TraceContext{}.Inject(r.Context(), propagation.HeaderCarrier(carrying.Header))
	answer, err := s.next.RoundTrip(carrying)
	if answer != nil {
		answer.Request = r
	}
	return answer, err
}
