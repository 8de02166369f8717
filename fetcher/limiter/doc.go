// Package limiter owns when a call to a host may go: the token bucket, the fair queue in front of it, the cap on calls in flight,
// the cool-down an upstream asks for and the rate learned from its refusals; and, over all hosts, the gate.
//
// It never makes a call, never retries one, knows no URL and keeps no goroutine: waiting calls are entries in a queue, and one timer
// per Limiter, armed only while calls wait, grants them.
//
// A call is granted when, in this order, the host is not cooling down, has a place in flight and a token, and the gate has a place;
// only then is the token taken. So a call that waits anywhere holds nothing, and in no window are more than rate × window + burst
// calls granted.
package limiter
