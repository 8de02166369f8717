package cache

import "context"

// Mode is the Fetch standard's cache mode of one request.
type Mode string

// The modes, by the Fetch standard's names. Where the standard and a response's directives
// differ the directives win: no-cache and must-revalidate hold in every mode.
const (
	// ModeDefault follows RFC 9111.
	ModeDefault Mode = "default"
	// ModeNoStore neither looks into the cache nor changes it.
	ModeNoStore Mode = "no-store"
	// ModeReload does not look into the cache but updates it.
	ModeReload Mode = "reload"
	// ModeForceCache uses a stored response of any age, and fetches where there is none.
	ModeForceCache Mode = "force-cache"
	// ModeOnlyIfCached uses a stored response of any age, and is a 504 where there is none.
	ModeOnlyIfCached Mode = "only-if-cached"
)

type (
	modeKey      struct{}
	partitionKey struct{}
	decodedKey   struct{}
)

// WithMode asks for a cache mode for requests with this context; an unknown mode is ModeDefault.
func WithMode(ctx context.Context, mode Mode) context.Context {
	return context.WithValue(ctx, modeKey{}, mode)
}

// WithPartition names the private partition that requests with this context use on hosts whose
// Rules are private: an opaque name, the same only for the same client and credential. ""
// is the shared part.
func WithPartition(ctx context.Context, partition string) context.Context {
	return context.WithValue(ctx, partitionKey{}, partition)
}

// WithDecoded says that content codings are taken off below the cache in the responses to
// requests with this context. They are kept apart from those that come as the origin sent them.
func WithDecoded(ctx context.Context) context.Context {
	return context.WithValue(ctx, decodedKey{}, true)
}

func decodedOf(ctx context.Context) bool {
	decoded, _ := ctx.Value(decodedKey{}).(bool)
	return decoded
}

func modeOf(ctx context.Context) Mode {
	mode, _ := ctx.Value(modeKey{}).(Mode)
	return mode
}

func partitionOf(ctx context.Context) string {
	partition, _ := ctx.Value(partitionKey{}).(string)
	return partition
}
