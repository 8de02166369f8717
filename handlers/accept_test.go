package handlers_test

import (
	"net/http"
	"testing"

	"gather/demo"
)

// TestAccept shows which form is chosen (RFC 9110 section 12.5.1).
func TestAccept(t *testing.T) {
	t.Parallel()
	r := serve(t, handle(t, demo.New(demo.Options{}).ServeHTTP))
	const whole, lines, events = "application/json", "application/x-ndjson", "text/event-stream"
	for name, tt := range map[string]struct {
		accept []string
		want   string // "": 406
	}{
		"none":                        {nil, whole},
		"anything":                    {[]string{"*/*"}, whole},
		"a browser":                   {[]string{"text/html,application/xhtml+xml,*/*;q=0.8"}, whole},
		"any application":             {[]string{"application/*"}, whole},
		"any text":                    {[]string{"text/*"}, events},
		"lines":                       {[]string{"application/x-ndjson"}, lines},
		"lines by another name":       {[]string{"application/jsonl"}, lines},
		"events":                      {[]string{"text/event-stream"}, events},
		"case":                        {[]string{"Text/Event-Stream"}, events},
		"the better one":              {[]string{"application/json;q=0.2, text/event-stream;q=0.7"}, events},
		"two fields":                  {[]string{"application/json;q=0.2", "application/x-ndjson"}, lines},
		"the most specific counts":    {[]string{"*/*, application/json;q=0.1"}, lines},
		"refused by q=0":              {[]string{"application/json;q=0, application/x-ndjson;q=0.1"}, lines},
		"all refused":                 {[]string{"*/*;q=0"}, ""},
		"another":                     {[]string{"image/png"}, ""},
		"rubbish beside a good range": {[]string{"/;;, text/event-stream"}, events},
		"rubbish":                     {[]string{";;;"}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			request := r.request("POST", "/v1/fetch", `{"requests": [{"url": "UP/users/1"}]}`)
			request.Header["Accept"] = tt.accept
			got := r.send(request)
			if tt.want == "" {
				got.problem(t, http.StatusNotAcceptable)
				return
			}
			if got.want(t, http.StatusOK).Header.Get("Content-Type") != tt.want {
				t.Errorf("%s, want %s", got.Header.Get("Content-Type"), tt.want)
			}
			if got.Header.Get("Vary") != "Accept, Prefer" || got.Header.Get("Cache-Control") != "no-store" {
				t.Errorf("Vary %q, Cache-Control %q", got.Header.Get("Vary"), got.Header.Get("Cache-Control"))
			}
		})
	}
}
