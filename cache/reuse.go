package cache

import (
	"net/http"
	"time"
)

// decision is what to do with a stored response that was selected for a request.
type decision uint8

const (
	reuse        decision = iota // answer with it
	reuseRefresh                 // answer with it although stale, and validate in the background
	validate                     // ask the origin whether it still holds
)

// mayBeStale reports whether the response may ever be used stale (RFC 9111 §4.2.4): not where
// must-revalidate, or for a shared cache proxy-revalidate or s-maxage, forbids it.
func (r *StoredResponse) mayBeStale() bool { return !r.MustRevalidate && !r.NoCache }

// decide applies RFC 9111 §4, §5.2.1 and RFC 5861 §3 to a stored response. reason is the fwd
// parameter where the answer is validate. Pure.
func decide(r *StoredResponse, c requestControl, mode Mode, now time.Time) (d decision, reason string) {
	age := r.Age(now)
	left := r.Lifetime - age
	switch {
	case r.NoCache:
		return validate, fwdStale
	case mode == ModeForceCache || mode == ModeOnlyIfCached:
		if left > 0 || r.mayBeStale() {
			return reuse, ""
		}
		return validate, fwdStale
	case c.noCache:
		return validate, fwdRequest
	case c.maxAge.valid && age > c.maxAge.duration(), c.maxAge.valid && c.maxAge.seconds == 0:
		return validate, fwdRequest
	case c.minFresh.valid && left < c.minFresh.duration():
		if left > 0 {
			return validate, fwdRequest
		}
		return validate, fwdStale
	case left > 0:
		return reuse, ""
	case !r.mayBeStale():
		return validate, fwdStale
	case c.anyStale, c.maxStale.valid && -left <= c.maxStale.duration():
		return reuse, ""
	case -left < r.StaleWhileRevalidate:
		return reuseRefresh, ""
	}
	return validate, fwdStale
}

// staleOnFailure reports whether the stale response may stand in for an origin that cannot be
// reached (RFC 9111 §4.2.4), or, within stale-if-error, one that answers status (RFC 5861 §4).
// status is 0 where there was no answer.
func staleOnFailure(r *StoredResponse, c requestControl, status int, now time.Time) bool {
	if !r.mayBeStale() || c.noCache {
		return false
	}
	switch status {
	case 0:
		return true
	case http.StatusInternalServerError, http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		window := max(r.StaleIfError, c.staleIfError.duration())
		return window > 0 && r.Age(now)-r.Lifetime <= window
	}
	return false
}

// pick selects, among the responses stored under the request's key, the one that may answer it
// (RFC 9111 §4.1): its selecting fields match, those with Vary go before those without, then
// the latest Date counts. A partial response is taken only for a range within it (§3.3).
// candidates is whether there was anything to choose from at all.
func pick(stored []*StoredResponse, request http.Header, decoded bool, now time.Time) (best *StoredResponse, candidates bool) {
	for _, r := range stored {
		if r.Range != nil && !r.covers(request, now) {
			continue
		}
		candidates = true
		if selects(r.Selecting, request, decoded) && (best == nil || better(r, best)) {
			best = r
		}
	}
	return best, candidates
}

func better(a, b *StoredResponse) bool {
	if a.varies() != b.varies() {
		return a.varies()
	}
	if a.Date.Equal(b.Date) {
		return a.Range == nil && b.Range != nil
	}
	return a.Date.After(b.Date)
}

// varies reports whether the response named selecting fields.
func (r *StoredResponse) varies() bool {
	return len(r.Selecting) > 0 && r.Selecting[0].Name != decodedName
}
