package guard_test

import (
	"net"
	"net/netip"
	"strings"
	"sync"
	"testing"

	"golang.org/x/net/dns/dnsmessage"
)

// nameserver is a DNS server on loopback that an attacker has in hand: it may
// answer each query for a name differently.
type nameserver struct {
	addr string

	mu    sync.Mutex
	zone  map[string][]answer // by lower-case name without the final dot
	asked map[string]int      // A queries per name
}

// answer is what a name has to say to one query. The last one repeats.
type answer struct {
	cname string
	addrs []string
}

func newNameserver(t testing.TB, zone map[string][]answer) *nameserver {
	t.Helper()
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &nameserver{addr: conn.LocalAddr().String(), zone: zone, asked: map[string]int{}}
	done := make(chan struct{})
	go func() {
		defer close(done)
		s.serve(conn)
	}()
	t.Cleanup(func() {
		_ = conn.Close()
		<-done
	})
	return s
}

func (s *nameserver) serve(conn net.PacketConn) {
	buf := make([]byte, 1500)
	for {
		n, from, err := conn.ReadFrom(buf)
		if err != nil {
			return
		}
		var query dnsmessage.Message
		if query.Unpack(buf[:n]) != nil || len(query.Questions) != 1 {
			continue
		}
		reply := s.reply(query.ID, query.Questions[0])
		if packed, err := reply.Pack(); err == nil {
			_, _ = conn.WriteTo(packed, from)
		}
	}
}

func (s *nameserver) reply(id uint16, q dnsmessage.Question) *dnsmessage.Message {
	m := &dnsmessage.Message{
		Header:    dnsmessage.Header{ID: id, Response: true, RecursionAvailable: true, Authoritative: true},
		Questions: []dnsmessage.Question{q},
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	name := strings.ToLower(q.Name.String())
	if _, ok := s.zone[strings.TrimSuffix(name, ".")]; !ok {
		m.RCode = dnsmessage.RCodeNameError
		return m
	}
	for range 8 { // a chain of CNAMEs comes in one answer, as from a recursive server
		next := s.next(strings.TrimSuffix(name, "."), q.Type)
		owner := dnsmessage.ResourceHeader{Name: dnsmessage.MustNewName(name), Class: dnsmessage.ClassINET}
		for _, text := range next.addrs {
			if body := record(netip.MustParseAddr(text), q.Type); body != nil {
				m.Answers = append(m.Answers, dnsmessage.Resource{Header: owner, Body: body})
			}
		}
		if next.cname == "" {
			break
		}
		name = next.cname + "."
		m.Answers = append(m.Answers, dnsmessage.Resource{
			Header: owner, Body: &dnsmessage.CNAMEResource{CNAME: dnsmessage.MustNewName(name)},
		})
	}
	return m
}

// next is the answer whose turn it is; only A queries count a turn, since each
// lookup asks for A and AAAA.
func (s *nameserver) next(name string, qtype dnsmessage.Type) answer {
	answers := s.zone[name]
	if len(answers) == 0 {
		return answer{}
	}
	turn := min(s.asked[name], len(answers)-1)
	if qtype == dnsmessage.TypeA {
		s.asked[name]++
	}
	return answers[turn]
}

// record is an address as a record of the type asked for. A 4-in-6 address comes
// in an AAAA record, as an attacker would send it.
func record(addr netip.Addr, qtype dnsmessage.Type) dnsmessage.ResourceBody {
	switch {
	case addr.Is4() && qtype == dnsmessage.TypeA:
		return &dnsmessage.AResource{A: addr.As4()}
	case addr.Is6() && qtype == dnsmessage.TypeAAAA:
		return &dnsmessage.AAAAResource{AAAA: addr.As16()}
	}
	return nil
}

// names lists what was asked for.
func (s *nameserver) names() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var names []string
	for name := range s.asked {
		names = append(names, name)
	}
	return names
}
