package app_test

import (
	"net/http"
	"testing"
)

// TestCallbacksKeepToTheKeysUpstreams lets a key for one upstream have nobody else
// called, by a callback neither.
func TestCallbacksKeepToTheKeysUpstreams(t *testing.T) {
	t.Parallel()
	s := start(t, `
auth: {keys: [`+keyEntry("one", "key-one", ", upstreams: [sample]")+`]}
upstreams: [UPSTREAM, {name: inner, url: 'http://inner.internal:9000', allow: [10.0.0.0/8]}]
`)
	for callback, want := range map[string]int{
		s.sample + "/posts":                  http.StatusAccepted,
		"http://inner.internal:9000/restart": http.StatusUnprocessableEntity,
		"https://example.com/":               http.StatusUnprocessableEntity,
	} {
		s.call("POST", "/v1/fetch", `{"requests":[{"upstream":"sample","url":"/posts/1"}],"callback":{"url":"`+callback+`"}}`,
			"X-API-Key: key-one", "Prefer: respond-async").want(t, want)
	}
}
