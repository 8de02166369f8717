package curl

import "strings"

// addData keeps one option's data, encoded as the option says.
func (c *command) addData(spelled, name, v string) {
	switch name {
	case "data", "data-ascii", "data-binary":
		if strings.HasPrefix(v, "@") {
			c.say(spelled, "files are not read; their data is missing")
			v = ""
		}
	case "json":
		c.json = true
		if strings.HasPrefix(v, "@") {
			c.say(spelled, "files are not read; their data is missing")
			v = ""
		}
		if len(c.data) > 0 { // --json continues what the one before began
			c.data[len(c.data)-1] += v
			c.hasData = true
			return
		}
	case "data-urlencode":
		v = c.urlencoded(spelled, v)
	}
	c.data = append(c.data, v)
	c.hasData = true
}

// urlencoded reads content, =content and name=content; only the content is encoded.
func (c *command) urlencoded(spelled, v string) string {
	at := strings.IndexAny(v, "=@")
	switch {
	case at < 0:
		return formEncode(v)
	case v[at] == '@':
		c.say(spelled, "files are not read; their data is missing")
		return ""
	case at == 0:
		return formEncode(v[1:])
	}
	return v[:at+1] + formEncode(v[at+1:])
}

func (c *command) body() string { return strings.Join(c.data, "&") }

// formEncode percent-encodes all but the unreserved characters; a space is a plus.
func formEncode(s string) string {
	const hex = "0123456789ABCDEF"
	var b strings.Builder
	for i := range len(s) {
		switch ch := s[i]; {
		case '0' <= ch && ch <= '9', 'a' <= ch|0x20 && ch|0x20 <= 'z', ch == '-', ch == '.', ch == '_', ch == '~':
			b.WriteByte(ch)
		case ch == ' ':
			b.WriteByte('+')
		default:
			b.WriteByte('%')
			b.WriteByte(hex[ch>>4])
			b.WriteByte(hex[ch&15])
		}
	}
	return b.String()
}
