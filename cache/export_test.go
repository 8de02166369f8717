package cache

// Waiting is how many requests wait for exchanges under way.
func (t *Transport) Waiting() int {
	t.flights.mu.Lock()
	defer t.flights.mu.Unlock()
	n := 0
	for _, f := range t.flights.byKey {
		n += f.waiters
	}
	return n
}
