package demo_test

import (
	"net/http/httptest"
	"testing"
	"testing/synctest"
	"time"

	"gather/demo"
)

func TestDelay(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		path  string
		delay time.Duration
		want  time.Duration
	}{
		{"/users/1", 0, 0},
		{"/users/1?_delay=1s", 0, time.Second},
		{"/users/1?_delay=30s", 0, 30 * time.Second},
		{"/users/1", 400 * time.Millisecond, 400 * time.Millisecond},
		{"/users/1?_delay=0s", 400 * time.Millisecond, 0},
		{"/users/1", time.Hour, demo.MaxDelay},
		{"/users/1?_delay=2s&_status=503", 0, 2 * time.Second},
	} {
		t.Run(tt.path, func(t *testing.T) {
			t.Parallel()
			h := demo.New(demo.Options{Delay: tt.delay})
			synctest.Test(t, func(t *testing.T) {
				began := time.Now()
				h.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", tt.path, nil))
				if got := time.Since(began); got != tt.want {
					t.Errorf("waited %v, want %v", got, tt.want)
				}
			})
		})
	}
}

func TestFaults(t *testing.T) {
	t.Parallel()
	s := start(t, demo.Options{})
	for _, tt := range []struct {
		path   string
		status int
	}{
		{"/users/1?_status=503", 503}, {"/posts?_status=404", 404}, {"/nothing?_status=500", 500},
		{"/users/1?_status=200", 400}, {"/users/1?_status=600", 400}, {"/users/1?_status=x", 400},
		{"/users/1?_delay=31s", 400}, {"/users/1?_delay=-1s", 400}, {"/users/1?_delay=1", 400}, {"/users/1?_delay=", 400},
	} {
		a := get(t, s, tt.path)
		if a.status != tt.status || a.header.Get("Cache-Control") != "no-store" || a.header.Get("ETag") != "" {
			t.Errorf("%s: %d, %v", tt.path, a.status, a.header)
		}
	}
}
