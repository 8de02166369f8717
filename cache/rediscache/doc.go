// Package rediscache owns the shared cache: a cache.Store in a Redis, so that a response that one
// instance fetched is a hit on all of them, and a URL that one of them was told to forget is
// forgotten by all.
//
// Redis keeps the lifetimes. It may drop any of our keys at any time, as it does when its memory is
// full: what is left never becomes something else, nor comes back after Delete or Clear. Names hold
// digests, no URL; bodies and fields are stored as they are.
//
// It never fails: without an answer in time there is nothing stored, and nothing is stored. It
// never caches in this process, since another instance's Delete could not reach that. Only
// responses that another instance asked for before a Delete and stores after it outlive one.
package rediscache
