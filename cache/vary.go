package cache

import (
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"slices"
	"strings"
)

// maxVaryNames bounds the selecting fields of one response; naming more is taken for "*".
const maxVaryNames = 32

// absent stands for a selecting field the request did not have. No field value can hold it.
const absent = "\x00"

// decodedName stands, last, among the selecting fields of a response whose content coding was
// taken off before the cache saw it (see WithDecoded). No field has such a name.
const decodedName = ":decoded"

// Selecting is a request field named by Vary, with the value it had, normalised, when the
// response was stored (RFC 9111 §4.1).
type Selecting struct {
	Name, Value string
	// Line is the value as it was sent, if on one line, to know the same again at once.
	Line string
}

// varyNames lists the fields Vary names, canonical, sorted, each once; ok is false if one of
// the members is "*" or there are more than maxVaryNames.
func varyNames(h http.Header) (names []string, ok bool) {
	ok = true
	eachMember(h["Vary"], func(member string) {
		switch name := http.CanonicalHeaderKey(member); {
		case member == "*" || len(names) > maxVaryNames:
			ok = false
		case !slices.Contains(names, name):
			names = append(names, name)
		}
	})
	slices.Sort(names)
	return names, ok && len(names) <= maxVaryNames
}

// selecting captures the request's values of the named fields.
func selecting(names []string, request http.Header, decoded bool) []Selecting {
	if len(names) == 0 && !decoded {
		return nil
	}
	fields := make([]Selecting, 0, len(names)+1)
	for _, name := range names {
		f := Selecting{Name: name, Value: normalise(name, request[name])}
		if lines := request[name]; len(lines) == 1 {
			f.Line = lines[0]
		}
		fields = append(fields, f)
	}
	if decoded {
		fields = append(fields, Selecting{Name: decodedName})
	}
	return fields
}

// selects reports whether a request with these fields is one the stored response may answer.
func selects(fields []Selecting, request http.Header, decoded bool) bool {
	if n := len(fields); n > 0 && fields[n-1].Name == decodedName {
		if !decoded {
			return false
		}
		fields = fields[:n-1]
	} else if decoded {
		return false
	}
	for _, f := range fields {
		lines := request[f.Name]
		if len(lines) == 1 && lines[0] == f.Line && f.Value != absent {
			continue
		}
		if normalise(f.Name, lines) != f.Value {
			return false
		}
	}
	return true
}

// variantID names a response among those of one key: the same selecting values, the same name.
func variantID(fields []Selecting, partial bool) string {
	if len(fields) == 0 && !partial {
		return ""
	}
	hash := sha256.New()
	for _, f := range fields {
		hash.Write([]byte(f.Name))
		hash.Write([]byte{'\n'})
		hash.Write([]byte(f.Value))
		hash.Write([]byte{'\n'})
	}
	id := hex.EncodeToString(hash.Sum(nil)[:16])
	if partial {
		id += "-partial"
	}
	return id
}

// normalise brings values that mean the same to one form, as RFC 9111 §4.1 allows: lines are
// combined and white space around commas is dropped; in the fields of content negotiation
// letter case and the order of members do not count, nor does a weight of 1 (RFC 9110 §12.5).
// Fields that are no lists are compared as they are.
func normalise(name string, lines []string) string {
	if len(lines) == 0 {
		return absent
	}
	switch name {
	case "User-Agent", "Cookie", "Authorization", "Referer", "Origin", "From", "Host":
		return strings.Join(lines, "\n")
	case "Accept", "Accept-Charset", "Accept-Encoding", "Accept-Language":
		if len(lines) == 1 && isPlain(lines[0]) {
			return lines[0]
		}
		return normaliseNegotiation(lines)
	}
	if len(lines) == 1 && strings.IndexByte(lines[0], ',') < 0 {
		return trimSpace(lines[0])
	}
	return strings.Join(listMembers(lines), ",")
}

// isPlain reports whether the value is one lower-case member without parameters, which is
// normal as it stands.
func isPlain(s string) bool {
	for i := range len(s) {
		c := s[i]
		if (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' && c != '*' && c != '/' {
			return false
		}
	}
	return true
}

func normaliseNegotiation(lines []string) string {
	members := listMembers(lines)
	for i, member := range members {
		parts := strings.Split(strings.ToLower(member), ";")
		kept := parts[:0]
		for _, part := range parts {
			part = trimSpace(part)
			if weight, ok := strings.CutPrefix(part, "q="); ok && strings.Trim(weight, "0.") == "1" && weight[0] == '1' {
				continue
			}
			kept = append(kept, part)
		}
		members[i] = strings.Join(kept, ";")
	}
	slices.Sort(members)
	return strings.Join(members, ",")
}

// listMembers splits at the commas outside quoted strings.
func listMembers(lines []string) []string {
	var members []string
	for _, line := range lines {
		quotes := quotesOf(line)
		start := 0
		for i := 0; i < len(line); {
			if line[i] == '"' {
				if _, end, ok := quotes.read(line, i); ok {
					i = end
					continue
				}
			}
			if line[i] == ',' {
				members = append(members, trimSpace(line[start:i]))
				start = i + 1
			}
			i++
		}
		members = append(members, trimSpace(line[start:]))
	}
	return slices.DeleteFunc(members, func(m string) bool { return m == "" })
}
