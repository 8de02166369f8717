package guard

import (
	"slices"
	"testing"
)

func TestPortRules(t *testing.T) {
	t.Parallel()
	if !slices.IsSorted(deniedPorts) || len(slices.Compact(slices.Clone(deniedPorts))) != len(deniedPorts) {
		t.Error("the denied ports are not sorted, or one stands there twice")
	}
	rules := newPortRules(Ports{})
	// The Fetch standard's bad ports from 1024 up (section 2.9).
	for _, port := range []uint16{
		1719, 1720, 1723, 2049, 3659, 4045, 4190, 5060, 5061, 6000, 6566, 6665, 6666, 6667, 6668, 6669, 6679, 6697, 10080,
	} {
		if rules.allows(port) {
			t.Errorf("%d is allowed, a bad port", port)
		}
	}
	// Docker, etcd, MySQL, PostgreSQL, Redis, Elasticsearch, kubelet, memcached, MongoDB.
	for _, port := range []uint16{2375, 2376, 2379, 2380, 3306, 5432, 6379, 9200, 9300, 10250, 10255, 11211, 27017, 27018, 27019} {
		if rules.allows(port) {
			t.Errorf("%d is allowed, a data store or control plane", port)
		}
	}
	for port := range uint16(1024) {
		if rules.allows(port) != (port == 80 || port == 443) {
			t.Errorf("%d: %v", port, rules.allows(port))
		}
	}
	for _, port := range []uint16{1024, 3000, 4000, 5000, 8000, 8008, 8080, 8081, 8443, 8888, 9000, 9443, 10000, 65535} {
		if !rules.allows(port) {
			t.Errorf("%d is refused", port)
		}
	}
}
