package cache

import (
	"context"
	"net/http"
	"time"
)

// Rules are what the configuration says about one host's responses.
type Rules struct {
	Ignore          bool          // do not cache anything of this host
	Private         bool          // keep a private part for each partition (see WithPartition)
	DefaultLifetime time.Duration // for cacheable responses that state no lifetime; 0: heuristics
	MaxLifetime     time.Duration // upper bound of any lifetime; 0: none
}

// Options configure a Transport. The zero value is a shared cache without per-host rules.
type Options struct {
	// Name is the cache's in Cache-Status, a token. Default "gather".
	Name string
	// Now is the clock. Default time.Now.
	Now func() time.Time
	// Rules finds the rules of the request's host. Default none.
	Rules func(*http.Request) Rules
	// TargetedFields are the response fields that stand in for Cache-Control, the most
	// specific first (RFC 9213), such as CDN-Cache-Control. Default none.
	TargetedFields []string
	// ShowKey adds a digest of the cache key to Cache-Status.
	ShowKey bool
	// StaleRetention is how long a response is kept past its freshness, to be validated or to
	// stand in for a failing origin; stale-while-revalidate and stale-if-error may ask for
	// more. Default 5 minutes.
	StaleRetention time.Duration
	// RevalidateTimeout bounds one background validation. Default 30 seconds.
	RevalidateTimeout time.Duration
	// MaxRevalidations bounds the background validations at one time. Default 64.
	MaxRevalidations int
	// Background derives the context of a background validation, which has the values of the
	// request that set it off but neither its deadline nor its cancellation. Default: as is.
	Background func(context.Context) context.Context
	// OriginFailed reports whether an error means that the origin could not be reached, so
	// that a stale response may stand in (RFC 9111 §4.2.4). Default: every error.
	OriginFailed func(error) bool
	// Go runs an exchange that several requests may wait for, on a goroutine of its own: one
	// whose stack has grown already costs less. Default: a new one.
	Go func(func())
	// Observe is called once for every request that was answered or failed. It must not block.
	Observe func(*http.Request, Outcome)
}

func (o Options) withDefaults() Options {
	if o.Name == "" {
		o.Name = "gather"
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Rules == nil {
		o.Rules = func(*http.Request) Rules { return Rules{} }
	}
	if o.StaleRetention <= 0 {
		o.StaleRetention = 5 * time.Minute
	}
	if o.RevalidateTimeout <= 0 {
		o.RevalidateTimeout = 30 * time.Second
	}
	if o.MaxRevalidations <= 0 {
		o.MaxRevalidations = 64
	}
	if o.Background == nil {
		o.Background = func(ctx context.Context) context.Context { return ctx }
	}
	if o.Go == nil {
		o.Go = func(exchange func()) { go exchange() }
	}
	if o.OriginFailed == nil {
		o.OriginFailed = func(error) bool { return true }
	}
	if o.Observe == nil {
		o.Observe = func(*http.Request, Outcome) {}
	}
	return o
}
