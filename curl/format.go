package curl

import (
	"strconv"
	"strings"
)

// Format writes the command line that sends the item, quoted for any POSIX shell. It is one line unless a value has a
// line break. A NUL byte anywhere, or a line break in a header field, cannot be given to curl: that is an error.
func Format(it Item) (string, error) {
	if err := it.check(); err != nil {
		return "", err
	}
	words := []string{"curl"}
	add := func(option string, values ...string) {
		words = append(words, option)
		for _, v := range values {
			words = append(words, quote(v))
		}
	}
	usual := "GET"
	if it.HasBody {
		usual = "POST"
	}
	switch {
	case it.Method == "HEAD" && !it.HasBody:
		add("-I") // with -X HEAD curl would wait for a body
	case it.Method != "" && it.Method != usual:
		add("-X", it.Method)
	}
	if it.Follow {
		add("-L")
	}
	if it.Timeout > 0 {
		add("-m", strconv.FormatFloat(it.Timeout.Seconds(), 'f', -1, 64))
	}
	if it.Attempts > 0 {
		add("--retry", strconv.Itoa(it.Attempts-1))
	}
	if hasGlob(it.URL) {
		add("-g")
	}
	words = append(words, quote(it.URL))
	for _, h := range it.Headers {
		if h.Value == "" {
			add("-H", h.Name+";")
		} else {
			add("-H", h.Name+": "+h.Value)
		}
	}
	if it.HasBody {
		if _, typed := it.header("Content-Type"); !typed {
			add("-H", "Content-Type:")
		}
		add("--data-raw", it.Body)
	}
	return strings.Join(words, " "), nil
}

func (it *Item) check() error {
	if strings.Contains(it.URL+it.Method+it.Body, "\x00") {
		return refuse("a command line cannot hold a NUL byte")
	}
	for _, h := range it.Headers {
		if strings.ContainsAny(h.Name+h.Value, "\x00\r\n") {
			return refuse("a header field has a line break or a NUL byte")
		}
	}
	return nil
}

// quote makes one word of s for any POSIX shell.
func quote(s string) string {
	if s != "" && strings.IndexFunc(s, func(c rune) bool { return !isPlain(c) }) < 0 {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}

func isPlain(c rune) bool {
	return '0' <= c && c <= '9' || 'a' <= c|0x20 && c|0x20 <= 'z' && c < 0x80 || strings.ContainsRune("-._/:,+@%", c)
}
