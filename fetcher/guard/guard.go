package guard

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"time"

	"code.dny.dev/ssrf"
)

// Mode is the policy for origins that no upstream names.
type Mode string

const (
	// Open lets any public address be fetched. It is the zero value's meaning.
	Open Mode = "open"
	// Listed lets only configured upstreams and their hosts be fetched.
	Listed Mode = "listed"
)

// DefaultDialTimeout bounds one dial, name resolution included, where
// [Options.DialTimeout] is zero.
const DefaultDialTimeout = 10 * time.Second

// Options configures a [Guard]. The zero value is the policy for an instance
// without upstreams: any public address on a web port.
type Options struct {
	Mode      Mode
	Upstreams []Upstream
	Ports     Ports
	// NAT64 lists this network's own translation prefixes (RFC 6052, lengths 32,
	// 40, 48, 56, 64 and 96). An address inside one is judged as the IPv4 address
	// it carries. Without it every such address is refused, 64:ff9b::/96 included.
	NAT64 []netip.Prefix
	// Resolver is the host:port of a DNS server to ask instead of the system's.
	Resolver string
	// DialTimeout bounds one dial, resolution included; 0: DefaultDialTimeout.
	DialTimeout time.Duration
	// Refused is told of each refusal of a target, from many goroutines; it may be nil.
	Refused func(Reason)
}

// Upstream is an origin the operator has configured, with the private addresses
// it may resolve to.
type Upstream struct {
	Name string
	// URL is the base URL; its origin (scheme, host, port) is exempt from the
	// rules on names and ports, and from nothing else.
	URL string
	// Hosts are further hosts of this upstream under the same scheme: "host",
	// "host:port" or "*.pattern" (any depth below it, not the name itself).
	// Without a port the URL's own is meant.
	Hosts []string
	// Allow are the addresses this upstream may be dialled at although they are
	// not public. Metadata services, link-local, unspecified and multicast
	// addresses are refused even so.
	Allow []netip.Prefix
}

// Guard judges targets. It is immutable and safe for concurrent use.
type Guard struct {
	mode    Mode
	origins origins
	ports   portRules
	table   *ssrf.Guardian
	nat64   []netip.Prefix
	dialer  net.Dialer
	refused func(Reason)
}

// New makes a Guard. All faults of the options are returned joined, each naming
// its upstream.
func New(opts Options) (*Guard, error) {
	g := &Guard{
		mode:    opts.Mode,
		ports:   newPortRules(opts.Ports),
		table:   ssrf.New(ssrf.WithAnyPort(), ssrf.WithAnyNetwork()),
		refused: opts.Refused,
	}
	var faults []error
	switch opts.Mode {
	case "":
		g.mode = Open
	case Open, Listed:
	default:
		faults = append(faults, fmt.Errorf("guard: unknown mode %q", opts.Mode))
	}
	for _, prefix := range opts.NAT64 {
		if !validTranslation(prefix) {
			faults = append(faults, fmt.Errorf("guard: nat64: %s is no RFC 6052 prefix", prefix))
			continue
		}
		g.nat64 = append(g.nat64, prefix.Masked())
	}
	for _, upstream := range opts.Upstreams {
		if err := g.origins.add(upstream); err != nil {
			faults = append(faults, fmt.Errorf("guard: upstream %q: %w", upstream.Name, err))
		}
	}
	if opts.Resolver != "" {
		if _, _, err := net.SplitHostPort(opts.Resolver); err != nil {
			faults = append(faults, errors.New("guard: resolver: want host:port"))
		}
	}
	if len(faults) > 0 {
		return nil, errors.Join(faults...)
	}
	g.dialer = newDialer(opts)
	return g, nil
}

// noted tells of a refusal on its way to the caller.
func (g *Guard) noted(err error) error {
	if refusal, ok := errors.AsType[*Error](err); ok && g.refused != nil {
		g.refused(refusal.Reason)
	}
	return err
}
