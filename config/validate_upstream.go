package config

import (
	"fmt"
	"net/textproto"
	"strings"
)

func (l *loader) validateUpstream(u *Upstream, path string) {
	if base := l.validateTarget(path+"url", u.URL); base != nil && base.RawQuery != "" {
		l.fault(path+"url", "must not have a query; a secret belongs in credential with type query")
	}
	for i, h := range u.Hosts {
		if !isHost(strings.TrimPrefix(h, "*.")) {
			l.fault(fmt.Sprintf("%shosts[%d]", path, i), quote(h)+" is not a name, name:port or *.name")
		}
	}
	l.validatePrefixes(path+"allow", u.Allow)
	l.validateHeaders(path+"headers", u.Headers)
	if u.Credential != nil {
		l.validateCredential(u.Credential, path+"credential.")
	}
	if u.Rate > 0 && u.Burst < 1 {
		// Either of the two may be inherited; the fault stands at the upstream's own.
		l.fault(path+"rate", "needs a burst of at least 1")
	}
	if c := u.Cache; c.MaxLifetime > 0 && c.DefaultLifetime > c.MaxLifetime {
		l.fault(path+"cache.defaultLifetime", fmt.Sprintf("%s is longer than maxLifetime, %s", c.DefaultLifetime, c.MaxLifetime))
	}
}

// Fields that a configuration must not set: those of one connection or of the
// message's framing, and those that hold secrets.
var (
	framingFields = map[string]bool{
		"Host": true, "Content-Length": true, "Transfer-Encoding": true, "Connection": true, "Keep-Alive": true,
		"Proxy-Connection": true, "Te": true, "Trailer": true, "Upgrade": true, "Expect": true,
	}
	secretFields = map[string]bool{"Authorization": true, "Proxy-Authorization": true, "Cookie": true}
)

func (l *loader) validateHeaders(path string, headers map[string]string) {
	for name, value := range headers {
		at := join(path, printable(name))
		canonical := textproto.CanonicalMIMEHeaderKey(name)
		switch {
		case !isToken(name):
			l.fault(at, "is not the name of a header field")
		case framingFields[canonical]:
			l.fault(at, "is set by the service itself")
		case secretFields[canonical]:
			l.fault(at, "holds a secret; it belongs in credential, which takes it from the environment")
		case strings.ContainsAny(value, "\r\n\x00"):
			l.fault(at, "holds a line break or a NUL")
		}
	}
}

func (l *loader) validateCredential(c *Credential, path string) {
	named := c.Type == "header" || c.Type == "query"
	switch {
	case c.Type == "":
		l.fault(path+"type", "is missing; it is one of bearer, basic, header, query")
		return
	case named && c.Name == "":
		l.fault(path+"name", "is missing; it names the "+map[string]string{"header": "header field", "query": "query parameter"}[c.Type])
	case !named && c.Name != "":
		l.fault(path+"name", "is for types header and query only")
	case c.Type == "header" && (!isToken(c.Name) || framingFields[textproto.CanonicalMIMEHeaderKey(c.Name)]):
		l.fault(path+"name", "is not the name of a header field that may be set")
	}
	if c.Username != "" && c.Type != "basic" {
		l.fault(path+"username", "is for type basic only")
	}
	if strings.Contains(c.Username, ":") {
		l.fault(path+"username", "must not contain a colon")
	}
	if c.Type == "basic" && c.Username == "" && c.Secret != "" && !strings.Contains(c.Secret.Reveal(), ":") {
		l.fault(path+"username", "is missing, and the environment variable "+c.Env+" does not hold user:password")
	}
}
