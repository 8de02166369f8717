package handlers

import (
	"crypto/rand"

	"github.com/gin-gonic/gin"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"
)

// traced lets a request take part in the trace its client began (W3C Trace
// Context): calls to upstreams carry it on, the log names it, and the answer says
// which part of it was ours. Without a traceparent no trace is begun.
func traced(c *gin.Context) {
	ctx := propagation.TraceContext{}.Extract(c.Request.Context(), propagation.HeaderCarrier(c.Request.Header))
	theirs := trace.SpanContextFromContext(ctx)
	if theirs.IsValid() {
		var own trace.SpanID
		_, _ = rand.Read(own[:]) // never fails
		c.Request = c.Request.WithContext(trace.ContextWithSpanContext(ctx, theirs.WithSpanID(own).WithRemote(false)))
		c.Header("Traceresponse", "00-"+theirs.TraceID().String()+"-"+own.String()+"-"+theirs.TraceFlags().String())
	}
	c.Next()
}
