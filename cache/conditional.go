package cache

import (
	"net/http"
	"strings"
	"time"
)

// conditional reports whether the client made the request conditional in a way that a cache
// may evaluate (RFC 9111 §4.3.2).
func conditional(h http.Header) bool {
	return len(h["If-None-Match"]) > 0 || len(h["If-Modified-Since"]) > 0
}

// preconditions are for the origin only (RFC 9111 §4.3.2: a cache must not evaluate them).
func preconditions(h http.Header) bool {
	return len(h["If-Match"]) > 0 || len(h["If-Unmodified-Since"]) > 0
}

// notModified evaluates the client's If-None-Match, or else If-Modified-Since, against a stored
// response to a GET or HEAD (RFC 9110 §13.1.2, §13.1.3): true means that a 304 answers it.
func notModified(request http.Header, stored *StoredResponse, now time.Time) bool {
	if lines := request["If-None-Match"]; len(lines) > 0 {
		tag := stored.Header.Get("Etag")
		found := false
		eachTag(lines, func(candidate string) {
			found = found || candidate == "*" || tag != "" && weakMatch(candidate, tag)
		})
		return found
	}
	since, ok := dateField(request, "If-Modified-Since", now)
	if !ok || len(request["If-Modified-Since"]) > 1 {
		return false
	}
	modified, ok := dateField(stored.Header, "Last-Modified", now)
	if !ok {
		// RFC 9111 §4.3.2: Date, or the time of receipt, where there is no Last-Modified.
		if modified, ok = dateField(stored.Header, "Date", now); !ok {
			modified = stored.Received
		}
	}
	return !modified.After(since)
}

// weakMatch compares entity tags by RFC 9110 §8.8.3.2.
func weakMatch(a, b string) bool {
	return strings.TrimPrefix(a, "W/") == strings.TrimPrefix(b, "W/")
}

func strongMatch(a, b string) bool {
	return a == b && strings.HasPrefix(a, `"`)
}

// eachTag calls yield for each member of If-None-Match: an entity tag as it stands, or "*".
// Commas within the quotes of a tag do not part.
func eachTag(lines []string, yield func(tag string)) {
	for _, line := range lines {
		for i := 0; i < len(line); {
			if line[i] == ',' || isSpace(line[i]) {
				i++
				continue
			}
			start := i
			for i < len(line) && line[i] != ',' {
				if line[i] == '"' {
					// An entity tag knows no escapes (RFC 9110 §8.8.3).
					if end := strings.IndexByte(line[i+1:], '"'); end >= 0 {
						i += end + 1
					}
				}
				i++
			}
			yield(trimSpace(line[start:i]))
		}
	}
}

// validators replaces the request's conditions by those that validate the stored response
// (RFC 9111 §4.3.1), in place; false if it has none.
func validators(request http.Header, stored http.Header) bool {
	tag, modified := stored["Etag"], stored["Last-Modified"]
	if len(tag) == 0 && len(modified) == 0 {
		return false
	}
	delete(request, "If-None-Match")
	delete(request, "If-Modified-Since")
	if len(tag) > 0 {
		request["If-None-Match"] = tag[:1]
	}
	if len(modified) > 0 {
		request["If-Modified-Since"] = modified[:1]
	}
	return true
}
