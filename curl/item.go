package curl

import (
	"encoding/base64"
	"net/url"
	"strconv"
	"strings"
)

// item puts the request together, with the defaults of curl that change it.
func (c *command) item() (Item, error) {
	if len(c.urls) != 1 {
		return Item{}, refuse("the command has " + strconv.Itoa(len(c.urls)) + " URLs; give one")
	}
	if c.head && c.hasData && !c.get {
		return Item{}, refuse("-I and data do not go together")
	}
	it := Item{Headers: c.headers, Follow: c.follow, Timeout: c.timeout, Attempts: c.attempts}
	if err := c.target(&it); err != nil {
		return Item{}, err
	}
	it.Method = "GET"
	switch {
	case c.head:
		it.Method = "HEAD"
	case c.hasData && !c.get:
		it.Method, it.Body, it.HasBody = "POST", c.body(), true
	}
	if c.method != "" {
		it.Method = c.method
	}
	c.fields(&it)
	return it, nil
}

// fields adds the header fields that other options stand for; those given with -H are stronger.
func (c *command) fields(it *Item) {
	add := func(name, value string) {
		for _, gone := range c.removed {
			if strings.EqualFold(gone, name) {
				return
			}
		}
		it.setDefault(name, value)
	}
	if it.HasBody {
		if c.json {
			add("Content-Type", "application/json")
			add("Accept", "application/json")
		} else {
			add("Content-Type", "application/x-www-form-urlencoded")
		}
	}
	switch {
	case c.bearer != "":
		add("Authorization", "Bearer "+c.bearer)
	case c.hasUser:
		if !strings.Contains(c.user, ":") {
			c.say("-u", "the password is not asked for; it is empty")
			c.user += ":"
		}
		add("Authorization", "Basic "+base64.StdEncoding.EncodeToString([]byte(c.user)))
	}
	if c.agent != nil && *c.agent != "" {
		add("User-Agent", *c.agent)
	}
	if c.referer != "" {
		add("Referer", c.referer)
	}
	if len(c.cookies) > 0 {
		add("Cookie", strings.Join(c.cookies, ";"))
	}
	if c.ranges != "" {
		add("Range", "bytes="+c.ranges)
	}
	for _, name := range c.removed {
		if strings.EqualFold(name, "Content-Type") && it.HasBody {
			continue // it has none now
		}
		c.say("-H", "the field "+clip(name)+" cannot be left out, if it is one that is always sent")
	}
}

// target completes the URL: curl's own scheme, no fragment, credentials as a field, data of -G in the query.
func (c *command) target(it *Item) error {
	u := c.urls[0]
	if !strings.Contains(u, "://") {
		u = "http://" + u
	}
	if !c.globoff && hasGlob(u) {
		c.say("[ ] { }", "the URL is one URL, and not a pattern of several")
	}
	u, _, _ = strings.Cut(u, "#")
	if c.get && c.hasData {
		separator := "?"
		if strings.Contains(u, "?") {
			separator = "&"
		}
		u += separator + c.body()
	}
	if c.hasUser {
		it.URL = u
		return nil
	}
	scheme, rest, _ := strings.Cut(u, "://")
	host := rest
	if end := strings.IndexAny(rest, "/?"); end >= 0 {
		host = rest[:end]
	}
	if at := strings.LastIndexByte(host, '@'); at >= 0 {
		user, err := url.PathUnescape(host[:at])
		if err != nil {
			return refuse("the credentials in the URL are not percent-encoded")
		}
		if !strings.Contains(user, ":") {
			user += ":"
		}
		c.user, c.hasUser = user, true
		u = scheme + "://" + rest[at+1:]
	}
	it.URL = u
	return nil
}

// hasGlob reports {a,b} and [1-9], but not the brackets around an IPv6 address.
func hasGlob(u string) bool {
	if _, rest, ok := strings.Cut(u, "://["); ok {
		_, u, _ = strings.Cut(rest, "]")
	}
	return strings.ContainsAny(u, "[]{}")
}
