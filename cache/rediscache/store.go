package rediscache

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"time"

	"github.com/redis/go-redis/v9"

	"gather/cache"
)

// Limits bound a Store. Zero values mean the defaults. All of it together is bounded by the
// Redis's own maxmemory.
type Limits struct {
	// KeyBytes bounds all variants of one key together, and so one response. Default 4 MiB.
	KeyBytes int
	// Variants bounds those of one key; the one stored longest ago goes first. Default 32.
	Variants int
	// Timeout is the longest any operation takes. Default 100 ms.
	Timeout time.Duration
}

func (l Limits) withDefaults() Limits {
	if l.KeyBytes <= 0 {
		l.KeyBytes = 4 << 20
	}
	if l.Variants <= 0 {
		l.Variants = 32
	}
	if l.Timeout <= 0 {
		l.Timeout = 100 * time.Millisecond
	}
	return l
}

// sweepFor is how long Clear frees memory at most; what is left by then goes when its time is over.
const sweepFor = 2 * time.Second

// Store is a cache.Store in a Redis. Its owner closes the client.
type Store struct {
	client  *redis.Client
	limits  Limits
	scripts scripts
	debts   debts
}

// New returns a store of what client's database holds, now and from other instances.
func New(client *redis.Client, limits Limits) *Store {
	return &Store{client: client, limits: limits.withDefaults(), scripts: newScripts()}
}

// Get implements cache.Store.
func (s *Store) Get(ctx context.Context, key cache.Key) []*cache.StoredResponse {
	if ctx.Err() != nil {
		return nil // to be told so by Redis would count as its failure
	}
	ctx, cancel := context.WithTimeout(ctx, s.limits.Timeout)
	defer cancel()
	if !s.debts.settle(ctx, s) {
		return nil
	}
	texts, err := s.scripts.get.Run(ctx, s.client, []string{root}, digest(key.URL), digest(key.Partition)).StringSlice()
	if err != nil {
		return nil
	}
	found := make([]*cache.StoredResponse, 0, len(texts))
	for _, text := range texts {
		if r, ok := decode([]byte(text)); ok {
			found = append(found, r)
		}
	}
	return found
}

// Put implements cache.Store.
func (s *Store) Put(ctx context.Context, key cache.Key, r *cache.StoredResponse, keep time.Duration) bool {
	if keep <= 0 || r.Size() > int64(s.limits.KeyBytes) {
		return false
	}
	text := encode(r)
	if len(text) > s.limits.KeyBytes {
		return false
	}
	ctx, cancel := context.WithTimeout(ctx, s.limits.Timeout)
	defer cancel()
	if !s.debts.settle(ctx, s) {
		return false
	}
	return s.scripts.put.Run(ctx, s.client, []string{root},
		digest(key.URL), digest(key.Partition), r.Variant, text, max(1, keep.Milliseconds()),
		rand.Text(), s.limits.Variants, s.limits.KeyBytes).Err() == nil
}

// Delete implements cache.Store. If Redis does not answer, this instance finds nothing stored
// until Redis has been told; others may go on until then.
func (s *Store) Delete(ctx context.Context, url string) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), s.limits.Timeout)
	defer cancel()
	if s.remove(ctx, url) != nil {
		s.debts.add(url)
	}
}

func (s *Store) remove(ctx context.Context, url string) error {
	return s.scripts.remove.Run(ctx, s.client, []string{root}, digest(url), digest("")).Err()
}

// Clear implements cache.Store, in one step for all instances; then it frees the memory. Nothing
// in the database that is not ours is touched. Without an answer it does as Delete does.
func (s *Store) Clear(ctx context.Context) {
	ctx = context.WithoutCancel(ctx)
	short, cancel := context.WithTimeout(ctx, s.limits.Timeout)
	defer cancel()
	old, err := s.clear(short)
	if err != nil {
		s.debts.addAll()
		return
	}
	if old != "" {
		s.sweep(ctx, old)
	}
}

// clear begins another epoch and returns the name of the one that is over.
func (s *Store) clear(ctx context.Context) (old string, err error) {
	return s.scripts.clear.Run(ctx, s.client, []string{root}, rand.Text()).Text()
}

// sweep frees what no one can reach any more.
func (s *Store) sweep(ctx context.Context, epoch string) {
	const page = 1000
	ctx, cancel := context.WithTimeout(ctx, sweepFor)
	defer cancel()
	for cursor := uint64(0); ; {
		keys, next, err := s.client.Scan(ctx, cursor, root+":"+epoch+":*", page).Result()
		if err != nil {
			return
		}
		if len(keys) > 0 && s.client.Unlink(ctx, keys...).Err() != nil {
			return
		}
		if cursor = next; cursor == 0 {
			return
		}
	}
}

// digest stands for a URL or a partition in names, where nobody is to read them.
func digest(s string) string {
	sum := sha256.Sum256([]byte(s))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}
