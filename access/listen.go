package access

import (
	"errors"
	"net"
	"net/netip"
	"strings"
)

// ErrPublicWithoutKeys is returned for an address others can reach where no API
// key is configured.
var ErrPublicWithoutKeys = errors.New("an address that is not loopback needs API keys: without them anybody could fetch through this service (make one with: gather keys new)")

// RequirePublicKeys refuses to serve strangers: listen (host:port) must be a
// loopback address unless keys, the number of API keys, is above zero. A name
// other than localhost counts as public, whatever it resolves to.
func RequirePublicKeys(listen string, keys int) error {
	host, _, err := net.SplitHostPort(listen)
	if err != nil {
		return errors.New("listen is not host:port")
	}
	if keys > 0 || isLocalhost(strings.ToLower(host)) {
		return nil
	}
	if addr, err := netip.ParseAddr(host); err == nil && addr.Unmap().IsLoopback() {
		return nil
	}
	return ErrPublicWithoutKeys
}
