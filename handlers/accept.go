package handlers

import (
	"mime"
	"net/http"
	"strconv"
	"strings"
)

// The forms a batch is answered in.
const (
	formJSON   = "application/json"
	formNDJSON = "application/x-ndjson"
	formEvents = "text/event-stream"
)

// preferred is the first of the offered media types that the Accept field ranks
// highest (RFC 9110 section 12.5.1), or "" when none is acceptable.
func preferred(h http.Header, offered ...string) string {
	values := h["Accept"]
	if len(values) == 0 {
		return offered[0]
	}
	best, bestQuality := "", 0.0
	for _, offer := range offered {
		if q := quality(values, offer); q > bestQuality {
			best, bestQuality = offer, q
		}
	}
	return best
}

// quality is what the most specific matching range gives an offer.
func quality(values []string, offer string) float64 {
	found, specific := 0.0, -1
	for _, value := range values {
		for _, entry := range strings.Split(value, ",") {
			mediaRange, params, err := mime.ParseMediaType(strings.TrimSpace(entry))
			if err != nil {
				continue
			}
			level := matches(mediaRange, offer)
			if level <= specific {
				continue
			}
			found, specific = 1, level
			if q, err := strconv.ParseFloat(params["q"], 64); err == nil {
				found = q
			}
		}
	}
	return found
}

// matches tells how specifically a media range names an offer; -1: not at all.
func matches(mediaRange, offer string) int {
	kind, _, _ := strings.Cut(offer, "/")
	switch {
	case mediaRange == offer, offer == formNDJSON && (mediaRange == "application/ndjson" || mediaRange == "application/jsonl"):
		return 2
	case mediaRange == kind+"/*":
		return 1
	case mediaRange == "*/*":
		return 0
	default:
		return -1
	}
}
