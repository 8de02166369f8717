//go:build race

package expr_test

// slow is how much longer code takes, and larger memory is, under the race detector.
const slow = 8
