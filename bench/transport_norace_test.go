//go:build !race

package bench_test

// raceEnabled: the race detector keeps several bytes for each of ours.
const raceEnabled = false
