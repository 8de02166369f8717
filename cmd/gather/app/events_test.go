package app_test

import (
	"strings"
	"testing"
)

// event is one server-sent event.
type event struct{ id, name, data string }

// eventsOf reads a whole stream.
func eventsOf(t *testing.T, stream []byte) []event {
	t.Helper()
	var events []event
	text := string(stream)
	if text != "" && !strings.HasSuffix(text, "\n\n") {
		t.Fatalf("the stream breaks off: %q", text)
	}
	for block := range strings.SplitSeq(strings.TrimSuffix(text, "\n\n"), "\n\n") {
		var e event
		for line := range strings.SplitSeq(block, "\n") {
			switch name, value, _ := strings.Cut(line, ": "); name {
			case "id":
				e.id = value
			case "event":
				e.name = value
			case "data":
				e.data = value
			case "":
			default:
				t.Fatalf("unknown line %q", line)
			}
		}
		if e != (event{}) {
			events = append(events, e)
		}
	}
	return events
}
