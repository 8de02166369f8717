package limiter

// Gate caps the calls in flight over all Limiters that share it. A Limiter takes its place after the host's own grant,
// so that a call waiting for a slow host holds no place another could use.
type Gate struct{ places chan struct{} }

// NewGate returns a gate for at most limit calls in flight; 0 or less: unlimited.
func NewGate(limit int) *Gate {
	if limit <= 0 {
		return &Gate{}
	}
	return &Gate{places: make(chan struct{}, limit)}
}

// InFlight is the number of places taken.
func (g *Gate) InFlight() int { return len(g.places) }
