package config

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"
	_ "time/tzdata" // time zones are judged alike on every machine, images without a zone database included

	"github.com/robfig/cron/v3"
)

func (l *loader) validateCollections() {
	keys := namesOf(l.cfg.Auth.Keys, func(k Key) string { return k.Name })
	for i := range l.cfg.Collections {
		c, path := &l.cfg.Collections[i], fmt.Sprintf("collections[%d].", i)
		l.validateParams(c, path)
		l.validateSchedule(c, path)
		l.validateCallback(c.Callback, path+"callback")
		if c.OnChange && c.Callback == nil {
			l.fault(path+"onChange", "needs a callback to call")
		}
		for j, name := range c.Keys {
			l.reference(fmt.Sprintf("%skeys[%d]", path, j), name, "auth.keys", keys)
		}
		l.validateBatch(c, path+"batch")
	}
}

func (l *loader) validateBatch(c *Collection, path string) {
	switch {
	case len(c.Batch) == 0:
		l.fault(path, "is missing")
	case c.Batch[0] != '{':
		l.fault(path, "must be a mapping with requests, as POST /v1/fetch takes it")
	case l.src.Judge != nil:
		for _, f := range l.src.Judge(*c) {
			pointer := "#" + strings.TrimPrefix(f.Pointer, "#")
			l.faults.add(l.origins.Pointer(path, pointer), path+pointer, f.Detail)
		}
	}
}

func (l *loader) validateSchedule(c *Collection, path string) {
	if _, err := time.LoadLocation(c.Timezone); err != nil || c.Timezone == "Local" {
		l.fault(path+"timezone", quote(c.Timezone)+" is not an IANA time zone such as Europe/Berlin")
	}
	if c.Schedule == "" {
		return
	}
	if !isSchedule(c.Schedule) {
		l.fault(path+"schedule", quote(c.Schedule)+" is not a schedule; write five cron fields such as \"0 6 * * *\", @daily, or @every 1h")
	}
	for _, name := range slices.Sorted(maps.Keys(c.Params)) {
		if len(c.Params[name].Default) == 0 {
			l.fault(path+"schedule", "needs a default for every parameter; "+printable(name)+" has none")
		}
	}
}

func isSchedule(s string) bool {
	if strings.Contains(s, "TZ=") {
		return false // the library's own zone prefix would bypass timezone, and makes it panic where malformed
	}
	if interval, ok := strings.CutPrefix(s, "@every "); ok {
		d, err := time.ParseDuration(interval)
		return err == nil && d >= time.Second // the library rounds less, and negative ones, up to a second
	}
	_, err := cron.ParseStandard(s)
	return err == nil
}

func (l *loader) validateCallback(c *CollectionCallback, path string) {
	switch {
	case c == nil:
	case (c.Endpoint == "") == (c.URL == ""):
		l.fault(path, "takes one of endpoint and url")
	case c.Endpoint != "":
		l.reference(path+".endpoint", c.Endpoint, "callbacks", namesOf(l.cfg.Callbacks, func(c Callback) string { return c.Name }))
	default:
		l.validateTarget(path+".url", c.URL)
	}
}

func (l *loader) validateHooks() {
	names := namesOf(l.cfg.Collections, func(c Collection) string { return c.Name })
	for i, h := range l.cfg.Hooks {
		path := fmt.Sprintf("hooks[%d].", i)
		if h.Type == "" {
			l.fault(path+"type", "is missing; it is one of standard, github, stripe")
		}
		l.validateCallback(h.Callback, path+"callback")
		if h.Collection == "" {
			l.fault(path+"collection", "is missing; it names the collection that a delivery starts")
			continue
		}
		l.reference(path+"collection", h.Collection, "collections", names)
		if at := slices.Index(names, h.Collection); at >= 0 {
			l.validateHookParams(h.Params, l.cfg.Collections[at].Params, path)
		}
	}
}

// validateHookParams compares what a hook hands over with what its collection
// takes. A value with a reference is known only when a delivery comes.
func (l *loader) validateHookParams(given map[string]Raw, takes map[string]Param, path string) {
	known := slices.Sorted(maps.Keys(takes))
	for _, name := range slices.Sorted(maps.Keys(given)) {
		at := path + "params." + printable(name)
		param, ok := takes[name]
		if !ok {
			l.fault(at, "is not a parameter of the collection"+didYouMean(name, known))
			continue
		}
		checker, err := param.Checker()
		if err != nil || bytes.Contains(given[name], []byte("{{")) {
			continue
		}
		if err := checker.Value(given[name]); err != nil {
			l.fault(at, err.Error())
		}
	}
	for _, name := range known {
		if _, ok := given[name]; !ok && len(takes[name].Default) == 0 {
			l.fault(path+"params", "leaves out "+printable(name)+", which has no default")
		}
	}
}

// validateParams judges the definitions of a collection's parameters.
func (l *loader) validateParams(c *Collection, path string) {
	for _, name := range slices.Sorted(maps.Keys(c.Params)) {
		at := path + "params." + printable(name)
		if !paramPattern.MatchString(name) {
			l.fault(at, "is not a name for a parameter; use a letter or _, then letters, digits and _, 64 at most")
		}
		if l.faulty(at + ".type") {
			continue
		}
		_, err := c.Params[name].Checker()
		for _, e := range unjoin(err) {
			if p := (*ParamError)(nil); errors.As(e, &p) {
				l.fault(at+"."+p.Key, p.Detail)
			}
		}
	}
}

var paramPattern = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]{0,63}$`)

func unjoin(err error) []error {
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		return joined.Unwrap()
	}
	return nil
}
