package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// gather runs a command line and returns what it wrote.
func gather(t *testing.T, env []string, args ...string) (out, errs string, code int) {
	t.Helper()
	var stdout, stderr bytes.Buffer
	code = run(context.Background(), args, env, Streams{In: strings.NewReader(""), Out: &stdout, Err: &stderr})
	return stdout.String(), stderr.String(), code
}

func writeConfig(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "gather.yaml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

const goodConfig = `
upstreams:
  - {name: todo, url: "https://todo.example", credential: {type: bearer, env: TODO_TOKEN}}
collections:
  - name: one
    params: {user: {type: integer, default: 1}}
    batch:
      requests:
        - {id: user, upstream: todo, url: "/users/{{params.user}}"}
        - {upstream: todo, url: "/todos?userId={{user.body.id}}", select: ".[0]"}
`

func TestCheck(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		text string
		env  []string
		want []string // lines, after the file's name
	}{
		"good":           {goodConfig, []string{"TODO_TOKEN=hunter2"}, []string{": ok (0 keys, 1 upstream, 1 collection, 0 callbacks, 0 hooks)"}},
		"empty":          {"", nil, []string{": ok (0 keys, 0 upstreams, 0 collections, 0 callbacks, 0 hooks)"}},
		"missing secret": {goodConfig, nil, []string{":3:79: upstreams[0].credential.env: the environment variable TODO_TOKEN is not set or empty"}},
		"several faults": {"fetch: {timeout: 5}\nlog: {level: loud}\n", nil, []string{
			`:1:18: fetch.timeout: "5" has no unit; write a duration such as 250ms, 10s or 1h`,
			`:2:14: log.level: "loud" is not one of debug, info, warn, error`,
		}},
		"batch with an unknown key": {"collections:\n  - {name: a, batch: {requests: [{ulr: 'https://a.example'}]}}\n", nil, []string{
			":2:40: collections[0].batch#/requests/0/ulr: ",
		}},
		"batch with an unknown upstream": {strings.Replace(goodConfig, "{id: user, upstream: todo", "{id: user, upstream: todos", 1), []string{"TODO_TOKEN=t"}, []string{
			":9:32: collections[0].batch#/requests/0/upstream: ",
		}},
		"batch with an unknown reference": {strings.Replace(goodConfig, "{{user.body.id}}", "{{usr.body.id}}", 1), []string{"TODO_TOKEN=t"}, []string{
			":10:33: collections[0].batch#/requests/1/url: ",
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			path := writeConfig(t, tt.text)
			out, errs, code := gather(t, tt.env, "check", path)
			wantCode := 1
			if strings.HasPrefix(tt.want[0], ": ok") {
				wantCode = 0
			}
			if code != wantCode || errs != "" {
				t.Errorf("exit code %d, want %d; stderr %q", code, wantCode, errs)
			}
			got := strings.Split(strings.TrimSuffix(out, "\n"), "\n")
			if len(got) != len(tt.want) {
				t.Fatalf("got %d lines, want %d:\n%s", len(got), len(tt.want), out)
			}
			for i, want := range tt.want {
				if !strings.HasPrefix(got[i], path+want) {
					t.Errorf("got  %s\nwant %s%s", got[i], path, want)
				}
			}
			if strings.Contains(out, "hunter2") {
				t.Error("a secret is printed")
			}
		})
	}
}

func TestCheckWantsTheFile(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "none.yaml")
	if out, _, code := gather(t, nil, "check", path); code != 1 || !strings.HasPrefix(out, path+": cannot be read") {
		t.Errorf("exit code %d: %s", code, out)
	}
}

func TestConfigMasksSecrets(t *testing.T) {
	t.Parallel()
	path := writeConfig(t, goodConfig+`
callbacks: [{name: crm, url: "https://crm.example/T0/hunter2", secretEnv: CRM_SECRET}]
cache: {redis: "redis://:hunter2@cache:6379/1"}
`)
	env := []string{"TODO_TOKEN=hunter2", "CRM_SECRET=whsec_aHVudGVyMmh1bnRlcjJodW50ZXIyaHVudGVyMg==", "GATHER_JOBS_DATABASE=postgres://gather:hunter2@db/gather"}
	out, errs, code := gather(t, env, "config", "--config", path, "--listen", "127.0.0.1:9999")
	if code != 0 {
		t.Fatalf("exit code %d: %s", code, errs)
	}
	if strings.Contains(out, "hunter2") || strings.Contains(out, "aHVudGVy") {
		t.Errorf("a secret is printed:\n%s", out)
	}
	for _, want := range []string{
		"  listen: 127.0.0.1:9999  # flag server.listen\n",
		"  drain: 15s  # default\n",
		"  database: \"postgres://db/***\"  # env GATHER_JOBS_DATABASE\n",
		"  redis: \"redis://cache:6379/***\"  # " + path + ":13:16\n",
		"      env: TODO_TOKEN  # " + path + ":3:79\n",
		"    rate: 10  # from defaults.rate\n",
		"    secretEnv: [CRM_SECRET]  # " + path + ":12:75\n",
	} {
		if !strings.Contains(out, want) {
			t.Errorf("no line %q in\n%s", want, out)
		}
	}
}

func TestConfigReportsEveryFault(t *testing.T) {
	t.Parallel()
	out, errs, code := gather(t, []string{"GATHER_LOG_LEVEL=loud"}, "config", "--config", writeConfig(t, "fetch: {timeout: 5}"))
	if code != 1 || out != "" || !strings.Contains(errs, "env GATHER_LOG_LEVEL: log.level:") || !strings.Contains(errs, ":1:18: fetch.timeout:") {
		t.Errorf("exit code %d, stdout %q, stderr %q", code, out, errs)
	}
}

func TestSchemaIsJSON(t *testing.T) {
	t.Parallel()
	out, _, code := gather(t, nil, "schema")
	var schema struct {
		Schema string `json:"$schema"`
	}
	if err := json.Unmarshal([]byte(out), &schema); err != nil || code != 0 || schema.Schema != "https://json-schema.org/draft/2020-12/schema" {
		t.Errorf("exit code %d, %v, $schema %q", code, err, schema.Schema)
	}
}

// TestKeysNew makes a key and lets the configuration accept its line.
func TestKeysNew(t *testing.T) {
	t.Parallel()
	out, _, code := gather(t, nil, "keys", "new", "--name", "ci")
	key, line, ok := strings.Cut(strings.TrimSuffix(out, "\n"), "\n")
	if code != 0 || !ok {
		t.Fatalf("exit code %d: %q", code, out)
	}
	sum := sha256.Sum256([]byte(key))
	if want := fmt.Sprintf("- {name: ci, sha256: %s}", hex.EncodeToString(sum[:])); line != want {
		t.Errorf("got %s, want %s", line, want)
	}
	path := writeConfig(t, "server: {listen: ':8080'}\nauth:\n  keys:\n  "+line+"\n")
	if out, _, code := gather(t, nil, "check", path); code != 0 {
		t.Errorf("the configuration refuses it: %s", out)
	}
	if again, _, _ := gather(t, nil, "keys", "new"); strings.Contains(again, key) {
		t.Error("the same key twice")
	}
	if _, _, code := gather(t, nil, "keys", "new", "--name", "a b"); code != 1 {
		t.Errorf("a name that the configuration refuses ends with %d", code)
	}
}
