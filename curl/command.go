package curl

import (
	"math"
	"strconv"
	"strings"
	"time"
)

// command is what the options of one command line add up to.
type command struct {
	method   string
	urls     []string
	headers  []Header
	removed  []string // -H 'Name:'
	data     []string
	hasData  bool
	json     bool
	get      bool
	head     bool
	user     string
	hasUser  bool
	bearer   string
	agent    *string
	referer  string
	cookies  []string
	ranges   string
	globoff  bool
	follow   bool
	timeout  time.Duration
	attempts int

	untranslated []string
}

func (c *command) say(option, why string) {
	c.untranslated = append(c.untranslated, option+": "+why)
}

// read goes through the words: an option, its value, or a URL.
func (c *command) read(args []string) error {
	for i := 0; i < len(args); i++ {
		arg := args[i]
		value := func(attached string) (string, bool) {
			if attached != "" {
				return attached, true
			}
			i++
			if i >= len(args) {
				return "", false
			}
			return args[i], true
		}
		switch {
		case arg == "--":
			c.urls = append(c.urls, args[i+1:]...)
			return nil
		case strings.HasPrefix(arg, "--"):
			if err := c.option(arg, arg[2:], "", value); err != nil {
				return err
			}
		case len(arg) > 1 && arg[0] == '-':
			for at := 1; at < len(arg); at++ { // -sSLd data: switches, and at last one with a value
				name, ok := shorts[arg[at]]
				if !ok {
					return refuse("curl has no option -" + strings.ToValidUTF8(arg[at:at+1], "?"))
				}
				if err := c.option("-"+arg[at:at+1], name, arg[at+1:], value); err != nil {
					return err
				}
				if valued[name] {
					break
				}
			}
		default:
			c.urls = append(c.urls, arg)
		}
	}
	return nil
}

func (c *command) option(spelled, name, attached string, value func(string) (string, bool)) error {
	if valued[name] {
		v, ok := value(attached)
		if !ok {
			return refuse(spelled + " needs a value")
		}
		return c.set(spelled, name, v)
	}
	if on, negated := strings.CutPrefix(name, "no-"); negated && switches[on] && !switches[name] {
		c.off(spelled, on)
		return nil
	}
	if !switches[name] {
		return refuse("curl has no option " + clip(spelled))
	}
	return c.on(spelled, name)
}

func clip(s string) string {
	if len(s) > 40 {
		return s[:40] + "…"
	}
	return s
}

// on applies a switch.
func (c *command) on(spelled, name string) error {
	switch name {
	case "get":
		c.get = true
	case "head":
		c.head = true
	case "location", "location-trusted":
		c.follow = true
		if name == "location-trusted" {
			c.say(spelled, "credentials are not sent on to another origin")
		}
	case "globoff":
		c.globoff = true
	case "compressed", "basic", "silent", "show-error", "no-progress-meter", "progress-bar", "no-buffer", "path-as-is":
		// Already so, or about the terminal alone.
	case "insecure":
		c.say(spelled, "certificates are always checked")
	case "next":
		return refuse("the command makes several requests (--next); give one")
	default:
		c.say(spelled, "has no counterpart")
	}
	return nil
}

// off takes a switch back.
func (c *command) off(spelled, name string) {
	switch name {
	case "get":
		c.get = false
	case "head":
		c.head = false
	case "location", "location-trusted":
		c.follow = false
	case "globoff":
		c.globoff = false
	case "compressed", "silent", "show-error", "progress-bar", "insecure":
	default:
		c.say(spelled, "has no counterpart")
	}
}

// set applies an option with a value.
func (c *command) set(spelled, name, v string) error {
	switch name {
	case "request":
		c.method = v
	case "url":
		c.urls = append(c.urls, v)
	case "header":
		c.header(spelled, v)
	case "data", "data-ascii", "data-binary", "data-raw", "data-urlencode", "json":
		c.addData(spelled, name, v)
	case "user":
		c.user, c.hasUser = v, true
	case "oauth2-bearer":
		c.bearer = v
	case "user-agent":
		c.agent = &v
	case "referer":
		if v, auto := strings.CutSuffix(v, ";auto"); auto {
			c.referer = v
			c.say(spelled, "the referer is not set anew on redirects")
			break
		}
		c.referer = v
	case "cookie":
		if !strings.Contains(v, "=") {
			c.say(spelled, "cookies are not read from a file")
			break
		}
		c.cookies = append(c.cookies, v)
	case "range":
		c.ranges = v
	case "max-time":
		return c.seconds(spelled, v)
	case "retry":
		n, err := strconv.Atoi(v)
		if err != nil || n < 0 || n > 1000 {
			return refuse(spelled + " needs a number")
		}
		c.attempts = n + 1
	case "output", "dump-header", "write-out", "cookie-jar", "output-dir", "stderr":
		c.say(spelled, "nothing is written but the answer")
	case "form", "form-string":
		c.say(spelled, "multipart forms cannot be sent")
	case "upload-file":
		c.say(spelled, "files are not read")
	case "config", "netrc-file":
		c.say(spelled, "files are not read, whatever stands in them is missing")
	case "proxy", "socks5", "socks4", "socks4a", "socks5-hostname", "preproxy":
		c.say(spelled, "no proxy is used")
	case "cert", "key", "cacert", "capath":
		c.say(spelled, "certificates are not taken from the command line")
	default:
		c.say(spelled, "has no counterpart")
	}
	return nil
}

func (c *command) seconds(spelled, v string) error {
	s, err := strconv.ParseFloat(v, 64)
	if err != nil || math.IsNaN(s) || s < 0 || s > 1e6 {
		return refuse(spelled + " needs a number of seconds")
	}
	c.timeout = time.Duration(math.Round(s * 1e9))
	return nil
}

// header reads 'Name: value', 'Name;' for an empty value and 'Name:' to leave a field out.
func (c *command) header(spelled, v string) {
	if strings.HasPrefix(v, "@") {
		c.say(spelled, "header fields are not read from a file")
		return
	}
	name, value, ok := strings.Cut(v, ":")
	switch {
	case !ok && strings.HasSuffix(v, ";"):
		name, value = strings.TrimSuffix(v, ";"), ""
	case !ok:
		c.say(spelled, "a field without a colon is not sent")
		return
	case strings.Trim(value, " \t") == "":
		c.removed = append(c.removed, strings.TrimSpace(name))
		return
	}
	value = strings.Trim(value, " \t\r\n")
	for i, h := range c.headers {
		if strings.EqualFold(h.Name, name) { // one field twice is its values in one list (RFC 9110 section 5.3)
			separator := ", "
			if strings.EqualFold(name, "Cookie") {
				separator = "; "
			}
			c.headers[i].Value = h.Value + separator + value
			return
		}
	}
	c.headers = append(c.headers, Header{name, value})
}
