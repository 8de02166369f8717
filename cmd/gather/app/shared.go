package app

import (
	"errors"
	"fmt"
	"log/slog"

	"github.com/redis/go-redis/v9"

	"gather/cache"
	"gather/cache/rediscache"
	"gather/config"
	"gather/redisclient"
)

// Shared is what this instance has in common with others. A nil one has nothing.
type Shared struct {
	cache *redis.Client // nil: the cache is this instance's own
}

// OpenShared prepares the connections a configuration asks for; none is made before it is used.
func OpenShared(cfg *config.Config, log *slog.Logger) (*Shared, error) {
	s := new(Shared)
	if url := cfg.Cache.Redis; url != "" {
		client, err := redisclient.New(url, "the shared cache", log)
		if err != nil {
			return nil, fmt.Errorf("cache.redis %w", err)
		}
		s.cache = client
	}
	return s, nil
}

// store is where responses are kept.
func (s *Shared) store(cfg *config.Config) cache.Store {
	if s != nil && s.cache != nil {
		return rediscache.New(s.cache, rediscache.Limits{})
	}
	return cache.NewMemoryStore(cache.MemoryLimits{Bytes: int64(cfg.Cache.Bytes), Entries: int64(cfg.Cache.Entries)})
}

// Close ends the connections; what used them must have ended.
func (s *Shared) Close() error {
	if s == nil || s.cache == nil {
		return nil
	}
	if err := s.cache.Close(); err != nil && !errors.Is(err, redis.ErrClosed) {
		return fmt.Errorf("the shared cache: %w", err)
	}
	return nil
}
