// Package curl turns a curl command line into a request and a request into one.
//
// It owns the reading of the shell's words and of curl's options, and the quoting of both. What of a command line has
// no counterpart in an [Item] is named in the list Parse returns, and never dropped. It runs nothing: no command, no
// expansion, no file.
package curl

import (
	"errors"
	"strings"
	"time"
)

// MaxLine is the longest command line that is read, in bytes.
const MaxLine = 1 << 20

// Item is a request as both sides know it.
type Item struct {
	Method  string
	URL     string
	Headers []Header // in the order given, each name once
	Body    string
	HasBody bool // an empty body is one

	Follow   bool          // -L: follow redirects
	Timeout  time.Duration // --max-time; 0: none
	Attempts int           // --retry and the first; 0: not said
}

// Header is a field of the request.
type Header struct{ Name, Value string }

// header returns the value of a field; false if there is none.
func (it *Item) header(name string) (string, bool) {
	for _, h := range it.Headers {
		if strings.EqualFold(h.Name, name) {
			return h.Value, true
		}
	}
	return "", false
}

// setDefault adds a field curl would add, unless it was given.
func (it *Item) setDefault(name, value string) {
	if _, given := it.header(name); !given {
		it.Headers = append(it.Headers, Header{name, value})
	}
}

// ErrNotCurl is what every refusal of a line matches with errors.Is. The texts hold option names, never their values.
var ErrNotCurl = errors.New("not a curl command line")

// Error says why a line cannot be read.
type Error struct{ text string }

func (e *Error) Error() string { return e.text }

// Unwrap gives ErrNotCurl.
func (e *Error) Unwrap() error { return ErrNotCurl }

func refuse(text string) error { return &Error{text} }

// Parse reads a command line as a POSIX shell or bash would and curl after it. The second result says, one sentence an
// option, what the item does not have of it. An error means that there is no item: no curl, a part whose value only a
// running shell knows ($HOME, $(…)), an option curl does not have, no URL or several.
func Parse(line string) (Item, []string, error) {
	if len(line) > MaxLine {
		return Item{}, nil, refuse("the command line is longer than 1 MiB")
	}
	args, notes, err := words(line)
	if err != nil {
		return Item{}, nil, err
	}
	c := command{untranslated: notes}
	if err := c.read(args); err != nil {
		return Item{}, nil, err
	}
	item, err := c.item()
	if err != nil {
		return Item{}, nil, err
	}
	return item, c.untranslated, nil
}
