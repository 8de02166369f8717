package fetchertest

import (
	"fmt"
	"net/http"
	"strings"
	"time"
)

// forever is longer than any test.
const forever = time.Hour

// Silent never answers.
func Silent() Answer {
	return func(w *Wire, _ *http.Request) { w.Hold(forever); w.Close() }
}

// Dead closes the connection without a byte.
func Dead() Answer {
	return func(w *Wire, _ *http.Request) { w.Close() }
}

// Reset resets the connection without a byte.
func Reset() Answer {
	return func(w *Wire, _ *http.Request) { w.Reset() }
}

// ResetMidway resets the connection in the middle of a body.
func ResetMidway() Answer {
	return func(w *Wire, _ *http.Request) {
		w.Send(statusLine(http.StatusOK) + "Content-Length: 1000\r\n\r\n" + strings.Repeat("x", 500))
		w.Hold(20 * time.Millisecond) // for the reset not to overtake what was sent
		w.Reset()
	}
}

// Raw sends text as it is and closes the connection.
func Raw(text string) Answer {
	return func(w *Wire, _ *http.Request) { w.Send(text); w.Close() }
}

// Truncated declares more than it sends, and closes the connection.
func Truncated(declared int, sent string) Answer {
	return Raw(statusLine(http.StatusOK) + fmt.Sprintf("Content-Length: %d\r\n\r\n%s", declared, sent))
}

// TruncatedChunks breaks a chunked body off before its end.
func TruncatedChunks() Answer {
	return Raw(statusLine(http.StatusOK) + "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n")
}

// Stalled declares a length, sends less, and then nothing, the connection open.
func Stalled(declared int, sent string) Answer {
	return func(w *Wire, _ *http.Request) {
		w.Send(statusLine(http.StatusOK) + fmt.Sprintf("Content-Length: %d\r\n\r\n%s", declared, sent))
		w.Hold(forever)
		w.Close()
	}
}

// Overlong sends more than the length it declares and keeps the connection open.
func Overlong(declared int, sent string) Answer {
	return func(w *Wire, _ *http.Request) {
		w.Send(statusLine(http.StatusOK) + fmt.Sprintf("Content-Length: %d\r\n\r\n%s", declared, sent))
	}
}

// Drip sends a body of unknown end, one byte an interval.
func Drip(interval time.Duration) Answer {
	return func(w *Wire, _ *http.Request) {
		w.Send(statusLine(http.StatusOK) + "Content-Type: text/plain\r\n\r\n")
		for w.Hold(interval) && w.Send("x") {
		}
		w.Close()
	}
}

// DripHeaders sends a header section of unknown end, one byte an interval.
func DripHeaders(interval time.Duration) Answer {
	return func(w *Wire, _ *http.Request) {
		w.Send(statusLine(http.StatusOK) + "X-Slow: ")
		for w.Hold(interval) && w.Send("x") {
		}
		w.Close()
	}
}

// Endless sends a body without an end, as fast as it is read.
func Endless() Answer {
	return repeat(statusLine(http.StatusOK)+"\r\n", strings.Repeat("x", 16<<10))
}

// EndlessHeaders sends header fields without an end.
func EndlessHeaders() Answer {
	return repeat(statusLine(http.StatusOK), strings.Repeat("X-More: and more\r\n", 100))
}

// InterimFlood sends 103 responses without an end.
func InterimFlood() Answer {
	return repeat("", statusLine(http.StatusEarlyHints)+"Link: </style.css>; rel=preload\r\n\r\n")
}

// Interim sends n 103 responses and then the answer.
func Interim(n int, then Answer) Answer {
	hints := strings.Repeat(statusLine(http.StatusEarlyHints)+"Link: </style.css>; rel=preload\r\n\r\n", n)
	return func(w *Wire, r *http.Request) {
		if w.Send(hints) {
			then(w, r)
		}
	}
}

// Switching answers 101, although nobody asked to switch, and keeps the connection open.
func Switching() Answer {
	return func(w *Wire, _ *http.Request) {
		w.Send(statusLine(http.StatusSwitchingProtocols) + "Connection: Upgrade\r\nUpgrade: gather-test\r\n\r\n")
		w.Hold(forever)
		w.Close()
	}
}

func repeat(head, text string) Answer {
	return func(w *Wire, _ *http.Request) {
		w.Send(head)
		for w.Send(text) {
		}
		w.Close()
	}
}
