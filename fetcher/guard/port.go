package guard

import "slices"

// Ports changes which ports may be fetched from. Deny wins over Allow, Allow
// wins over the built-in rules; port 0 is always refused.
type Ports struct {
	Allow []uint16
	Deny  []uint16
}

type portRules struct {
	changed map[uint16]bool // port to allowed, as configured
}

func newPortRules(p Ports) portRules {
	changed := make(map[uint16]bool, len(p.Allow)+len(p.Deny))
	for _, port := range p.Allow {
		changed[port] = true
	}
	for _, port := range p.Deny {
		changed[port] = false
	}
	return portRules{changed: changed}
}

// allows reports whether a port may be fetched from.
func (r portRules) allows(port uint16) bool {
	if port == 0 {
		return false
	}
	if allowed, ok := r.changed[port]; ok {
		return allowed
	}
	if port < 1024 {
		return port == 80 || port == 443
	}
	_, denied := slices.BinarySearch(deniedPorts, port)
	return !denied
}

// deniedPorts are the ports from 1024 up that are not the web's: the Fetch
// standard's bad ports, so that no other protocol is spoken to by accident, and
// data stores and control planes that answer without asking who calls. Sorted.
var deniedPorts = []uint16{
	1433,  // Microsoft SQL Server
	1434,  // Microsoft SQL Server browser
	1521,  // Oracle
	1719,  // bad port: H.323 gatekeeper
	1720,  // bad port: H.323 call
	1723,  // bad port: PPTP
	2049,  // bad port: NFS
	2181,  // ZooKeeper
	2375,  // Docker
	2376,  // Docker over TLS
	2379,  // etcd client
	2380,  // etcd peer
	3050,  // Firebird
	3306,  // MySQL
	3659,  // bad port: Apple SASL
	4045,  // bad port: NFS lock daemon
	4190,  // bad port: ManageSieve
	4222,  // NATS
	4369,  // Erlang port mapper
	5060,  // bad port: SIP
	5061,  // bad port: SIP over TLS
	5432,  // PostgreSQL
	5433,  // PostgreSQL, Vertica
	5671,  // AMQP over TLS
	5672,  // AMQP
	5984,  // CouchDB
	6000,  // bad port: X11
	6379,  // Redis
	6380,  // Redis over TLS
	6566,  // bad port: SANE
	6665,  // bad port: IRC
	6666,  // bad port: IRC
	6667,  // bad port: IRC
	6668,  // bad port: IRC
	6669,  // bad port: IRC
	6679,  // bad port: OSAUT
	6697,  // bad port: IRC over TLS
	7000,  // Cassandra peer
	7001,  // Cassandra peer over TLS
	7687,  // Neo4j
	8086,  // InfluxDB
	9042,  // Cassandra
	9092,  // Kafka
	9160,  // Cassandra Thrift
	9200,  // Elasticsearch
	9300,  // Elasticsearch peer
	10080, // bad port: Amanda
	10250, // kubelet
	10255, // kubelet, read only
	11211, // memcached
	11300, // beanstalkd
	15672, // RabbitMQ management
	16379, // Redis cluster bus
	26257, // CockroachDB
	26379, // Redis Sentinel
	27017, // MongoDB
	27018, // MongoDB shard
	27019, // MongoDB config
	28015, // RethinkDB
	33060, // MySQL X protocol
	50000, // Db2
}
