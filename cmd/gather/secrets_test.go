package main

import (
	"bytes"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"gather/access"
)

// canaries are secrets, by what they are.
type canaries map[string]string

// forms are the ways a secret may be written.
func forms(secret string) []string {
	encoded, _ := json.Marshal(secret)
	return []string{
		secret, url.QueryEscape(secret), url.PathEscape(secret), strings.Trim(string(encoded), `"`),
		base64.StdEncoding.EncodeToString([]byte(secret)),
	}
}

// absent fails the test where a text holds a secret in any form.
func (c canaries) absent(t *testing.T, where, text string) {
	t.Helper()
	for name, secret := range c {
		for _, form := range forms(secret) {
			if at := strings.Index(text, form); at >= 0 {
				t.Errorf("%s shows %s: …%s…", where, name, text[max(0, at-80):min(len(text), at+len(form)+20)])
				break
			}
		}
	}
}

// canary is a secret that no other text contains.
func canary() string { return "c4n/ry+" + rand.Text()[:12] }

// leaky is an upstream that gives away all it can: it leads on to URLs made of
// its own, breaks off, and answers with what is no answer.
func leaky(t *testing.T, moved string) (*httptest.Server, func() string) {
	var mu sync.Mutex
	var seen strings.Builder
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		_, _ = fmt.Fprintf(&seen, "%s %s %v\n", r.Method, r.RequestURI, r.Header)
		mu.Unlock()
		w.Header().Set("Content-Type", "application/json")
		switch r.URL.Path {
		case "/moved":
			http.Redirect(w, r, moved, http.StatusFound)
		case "/own":
			http.Redirect(w, r, "/done?"+r.URL.RawQuery, http.StatusFound)
		case "/loop":
			http.Redirect(w, r, r.RequestURI, http.StatusFound)
		case "/panic":
			panic(http.ErrAbortHandler)
		case "/broken":
			conn, _, err := http.NewResponseController(w).Hijack()
			if err == nil {
				_, _ = fmt.Fprintf(conn, "HTTP/1.1 200 OK\r\nBad Field %s: x\r\n\r\n", r.URL.RawQuery)
				_ = conn.Close()
			}
		case "/json":
			_, _ = io.WriteString(w, "{not json")
		default:
			_, _ = io.WriteString(w, `{"ok": true}`)
		}
	}))
	t.Cleanup(s.Close)
	return s, func() string {
		mu.Lock()
		defer mu.Unlock()
		return seen.String()
	}
}

// TestSecretsShowUpNowhere plants a secret of its own kind everywhere one can be,
// makes everything fail that can, and looks through all that comes out.
func TestSecretsShowUpNowhere(t *testing.T) {
	t.Parallel()
	// The service's own secrets, which nobody is ever shown.
	own := canaries{}
	for _, name := range []string{"bearer", "basic", "header", "query", "upstream header", "redis password", "github secret", "callback url"} {
		own[name] = canary()
	}
	signing := make([]byte, 32)
	_, _ = rand.Read(signing)
	own["callback secret"] = "whsec_" + base64.StdEncoding.EncodeToString(signing)
	key, hash := access.Generate()
	own["API key"], own["API key's hash"] = key, hash
	// The client's own, which only its own answers and jobs may hold.
	theirs := canaries{}
	for _, name := range []string{"a query", "a header", "a body", "a callback's query", "a redirect's query", "an unknown key", "a reference", "a raw query", "a webhook's payload"} {
		theirs[name] = canary()
	}
	ups, logs := make(map[string]*httptest.Server), make(map[string]func() string)
	for _, name := range []string{"bearer", "basic", "header", "query"} {
		ups[name], logs[name] = leaky(t, "http://nowhere.invalid/?t="+url.QueryEscape(theirs["a redirect's query"]))
	}
	env := []string{
		"BEARER=" + own["bearer"], "BASIC=ada:" + own["basic"], "HEADER=" + own["header"], "QUERY=" + own["query"],
		"HOOK=" + own["callback secret"], "GITHUB=" + own["github secret"],
	}
	entry := func(name, credential string) string {
		return fmt.Sprintf("  - {name: %s, url: '%s', allow: [127.0.0.1], rate: 0, headers: {X-Team: '%s'}, credential: %s}\n",
			name, ups[name].URL, own["upstream header"], credential)
	}
	configuration := "log: {level: debug}\nauth: {keys: [{name: ci, sha256: '" + hash + "'}]}\nupstreams:\n" +
		entry("bearer", "{type: bearer, env: BEARER}") + entry("basic", "{type: basic, env: BASIC}") +
		entry("header", "{type: header, name: X-Key, env: HEADER}") + entry("query", "{type: query, name: key, env: QUERY}") +
		"callbacks: [{name: crm, url: 'http://127.0.0.1:9/?t=" + url.QueryEscape(own["callback url"]) + "', secretEnv: HOOK}]\n" +
		"collections: [{name: c, batch: {requests: [{upstream: bearer, url: /x}]}}]\n" +
		"hooks: [{name: gh, type: github, secretEnv: GITHUB, collection: c}]\n"
	p := startProgram(t, configuration, env...)

	all := canaries{}
	for _, set := range []canaries{own, theirs} {
		for name, secret := range set {
			all[name] = secret
		}
	}
	call := func(method, path, body string, fields ...string) (int, string) {
		t.Helper()
		request, err := http.NewRequestWithContext(t.Context(), method, "http://"+p.address+path, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		request.Header.Set("X-API-Key", key)
		for _, field := range fields {
			name, value, _ := strings.Cut(field, ": ")
			request.Header.Set(name, value)
		}
		answer, err := http.DefaultTransport.RoundTrip(request)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = answer.Body.Close() }()
		text, _ := io.ReadAll(answer.Body)
		var fielded bytes.Buffer
		_ = answer.Header.Write(&fielded)
		return answer.StatusCode, fielded.String() + string(text)
	}

	// Whatever becomes of an item, the credential it was sent with is not shown.
	var items []string
	for _, name := range []string{"bearer", "basic", "header", "query"} {
		for _, path := range []string{"/ok", "/moved", "/own", "/loop", "/panic", "/broken", "/json"} {
			items = append(items, fmt.Sprintf(`{"upstream":%q,"url":"%s?q=%s","headers":{"X-Mine":%q}}`, name, path, url.QueryEscape(theirs["a query"]), theirs["a header"]))
		}
	}
	items = append(items,
		fmt.Sprintf(`{"url":"http://nowhere.invalid/?q=%s"}`, url.QueryEscape(theirs["a query"])),
		fmt.Sprintf(`{"url":"http://10.0.0.1/?q=%s"}`, url.QueryEscape(theirs["a query"])),
		fmt.Sprintf(`{"upstream":"bearer","url":"/ok","method":"POST","body":{"secret":%q}}`, theirs["a body"]),
		fmt.Sprintf(`{"upstream":"bearer","url":"/ok","select":".ok | error(\"%s\")"}`, theirs["a reference"]),
	)
	batch := `{"requests":[` + strings.Join(items, ",") + `],"timeout":"20s"}`
	for _, accept := range []string{"application/json", "application/x-ndjson", "text/event-stream"} {
		status, answer := call("POST", "/v1/fetch", batch, "Accept: "+accept)
		if status != 200 || !strings.Contains(answer, "collected") {
			t.Errorf("%d %.300s", status, answer)
		}
		own.absent(t, "the batch's answer as "+accept, answer)
	}
	for name, want := range map[string]string{
		"bearer": own["bearer"], "basic": base64.StdEncoding.EncodeToString([]byte("ada:" + own["basic"])),
		"header": own["header"], "query": url.QueryEscape(own["query"]),
	} {
		if seen := logs[name](); !strings.Contains(seen, want) || strings.Contains(seen, key) {
			t.Errorf("the upstream was not sent the %s credential, or was sent the API key", name)
		}
	}

	// Faults repeat nothing that was submitted.
	for name, body := range map[string]string{
		"unknown key":   fmt.Sprintf(`{"requests":[{"url":"ftp://a/?%s","%s":1}]}`, url.QueryEscape(theirs["a query"]), "zz"),
		"bad header":    fmt.Sprintf(`{"requests":[{"url":"http://a.example","headers":{"Host":%q}}]}`, theirs["a header"]),
		"bad value":     fmt.Sprintf(`{"requests":[{"url":%q,"method":%q,"cache":%q,"redirect":%q}],"timeout":%q}`, theirs["a query"], theirs["a body"], theirs["a body"], theirs["a body"], theirs["a body"]),
		"userinfo":      fmt.Sprintf(`{"requests":[{"url":"http://u:%s@a.example/"}]}`, theirs["a query"]),
		"not JSON":      `{"requests":[` + theirs["a body"],
		"bad callback":  fmt.Sprintf(`{"requests":[{"url":"http://a.example"}],"callback":{"url":"http://10.0.0.1/?%s"}}`, theirs["a callback's query"]),
		"bad reference": fmt.Sprintf(`{"requests":[{"url":"http://a.example/{{x.body | %s","method":"GET"}]}`, theirs["a reference"]),
	} {
		status, answer := call("POST", "/v1/fetch", body, "Prefer: respond-async")
		if status/100 != 4 {
			t.Errorf("%s: %d", name, status)
		}
		all.absent(t, "the problem of "+name, answer)
	}
	for _, target := range []string{ups["header"].URL + "/broken", "http://nowhere.invalid/", "http://10.0.0.1/", "gopher://a/"} {
		_, answer := call("GET", "/v1/raw?url="+url.QueryEscape(target+"?q="+url.QueryEscape(theirs["a raw query"])), "")
		all.absent(t, "the raw problem", answer)
	}
	_, answer := call("GET", "/v1/fetch?url=http://a.example&url=ftp://b/?"+url.QueryEscape(theirs["a query"]), "")
	all.absent(t, "the short form's problem", answer)
	_, answer = call("GET", "/v1/jobs", "", "X-API-Key: "+theirs["an unknown key"])
	all.absent(t, "the refusal of a key", answer)
	_, answer = call("POST", "/v1/hooks/gh", `{"secret":"`+theirs["a webhook's payload"]+`"}`, "X-Hub-Signature-256: sha256=00", "X-GitHub-Delivery: 1", "X-GitHub-Event: push")
	all.absent(t, "the refusal of a webhook", answer)

	// Jobs and their callbacks: lists show neither what was asked nor whom to tell.
	for _, callback := range []string{`{"endpoint":"crm"}`, `{"url":"http://callback.invalid/?t=` + url.QueryEscape(theirs["a callback's query"]) + `"}`} {
		status, answer := call("POST", "/v1/fetch", strings.TrimSuffix(batch, "}")+`,"callback":`+callback+`}`, "Prefer: respond-async")
		if status != http.StatusAccepted {
			t.Fatalf("%d %s", status, answer)
		}
		all.absent(t, "the accepted job", answer)
		var job struct{ ID string }
		_ = json.Unmarshal([]byte(answer[strings.Index(answer, "{"):]), &job)
		_, events := call("GET", "/v1/jobs/"+job.ID+"/events", "", "Accept: text/event-stream") // until it has ended
		own.absent(t, "the job's events", events)
		_, result := call("GET", "/v1/jobs/"+job.ID, "")
		own.absent(t, "the job's result", result)
	}
	deadline := time.Now().Add(10 * time.Second)
	for _, list := call("GET", "/v1/deliveries", ""); !strings.Contains(list, `"reason"`) && time.Now().Before(deadline); _, list = call("GET", "/v1/deliveries", "") {
		<-time.After(20 * time.Millisecond)
	}
	for _, path := range []string{
		"/v1/jobs", "/v1/deliveries", "/v1/upstreams", "/v1/collections", "/metrics", "/openapi.json", "/", "/docs", "/ui/config.json", "/livez", "/readyz", "/v1/nothing?" + url.QueryEscape(theirs["a query"]),
	} {
		_, answer := call("GET", path, "")
		all.absent(t, path, answer)
	}
	p.stop()
	all.absent(t, "the log", p.log.String())
	if !strings.Contains(p.log.String(), "/v1/fetch") {
		t.Error("there is no log to look through")
	}
	// The jobs keep the client's batches, and nothing of the service's own.
	files, _ := filepath.Glob(filepath.Join(p.folder, "gather-data", "*"))
	if len(files) == 0 {
		t.Error("no database was written")
	}
	for _, file := range files {
		content, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		own.absent(t, filepath.Base(file), string(content))
	}

	// The commands that speak of the configuration.
	path := filepath.Join(p.folder, "gather.yaml")
	shared := "limits: {redis: 'redis://u:" + url.QueryEscape(own["redis password"]) + "@127.0.0.1:1/0'}\n"
	out, errs, _ := gather(t, append(env, "GATHER_JOBS_DATABASE=postgres://u:"+url.QueryEscape(own["redis password"])+"@127.0.0.1:1/x"), "config", "--config", path)
	all.absent(t, "gather config", out+errs)
	if !strings.Contains(out, "upstreams:") {
		t.Errorf("gather config: %s%s", out, errs)
	}
	faulty := strings.NewReplacer("env: BEARER", "env: '"+own["bearer"]+"'", "secretEnv: HOOK", "secretEnv: '"+own["callback secret"]+"'", "type: query", "type: nonsense").Replace(configuration)
	if err := os.WriteFile(path, []byte(faulty+shared+"nonsense: 1\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	out, errs, code := gather(t, env, "check", path)
	all.absent(t, "gather check", out+errs)
	if code != 1 {
		t.Errorf("gather check: %d %s%s", code, out, errs)
	}
}

// TestCredentialsStayAtTheBase asks for a further host of an upstream: its limits
// hold there, its credential is not shown there.
func TestCredentialsStayAtTheBase(t *testing.T) {
	t.Parallel()
	base, atBase := leaky(t, "/")
	other, atOther := leaky(t, "/")
	secret := canaries{"the credential": canary()}
	for _, credential := range []string{"type: bearer", "type: header, name: X-Key", "type: query, name: key"} {
		p := startProgram(t, "upstreams: [{name: up, url: '"+base.URL+"', hosts: ['"+strings.TrimPrefix(other.URL, "http://")+"'], allow: [127.0.0.1], credential: {"+credential+", env: TOKEN}}]",
			"TOKEN="+secret["the credential"])
		body := `{"requests":[{"upstream":"up","url":"/base"},{"id":"a","upstream":"up","url":"` + other.URL + `/x"},{"upstream":"up","url":"` + other.URL + `/{{a.status}}"}]}`
		response, err := http.Post("http://"+p.address+"/v1/fetch", "application/json", strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		answer, _ := io.ReadAll(response.Body)
		_ = response.Body.Close()
		if strings.Count(string(answer), `"collected":true`) != 3 {
			t.Errorf("%s: %s", credential, answer)
		}
	}
	if strings.Count(atBase(), secret["the credential"])+strings.Count(atBase(), url.QueryEscape(secret["the credential"])) != 3 {
		t.Errorf("the base was not shown the credential: %s", atBase())
	}
	secret.absent(t, "the other host's log", atOther())
}

// TestPublicBindNeedsKeys refuses to serve strangers.
func TestPublicBindNeedsKeys(t *testing.T) {
	t.Parallel()
	for _, listen := range []string{"0.0.0.0:0", ":0", "[::]:0", "192.0.2.1:0", "gather.example:0"} {
		_, errs, code := gather(t, nil, "serve", "--listen", listen)
		if code != 1 || !strings.Contains(errs, "gather keys new") {
			t.Errorf("%s: %d %s", listen, code, errs)
		}
	}
}
