package expr_test

import (
	"errors"
	"runtime"
	"strings"
	"testing"

	"gather/fetcher/expr"
)

func TestLimitsOfValues(t *testing.T) {
	t.Parallel()
	deep := func(n int) string { return strings.Repeat("[", n) + strings.Repeat("]", n) }
	for _, tt := range []struct{ name, src, input, text string }{
		{"depth", `.[0]?`, deep(expr.MaxDepth), ""},
		{"too deep", `length`, deep(expr.MaxDepth + 2), "the expression meets a value nested deeper than 200 levels"},
		{"digits", `. + 1`, strings.Repeat("1", expr.MaxDigits), ""},
		{"too many digits", `. + 1`, strings.Repeat("1", expr.MaxDigits+1), "the value has a number of more than 1000 digits"},
		{"too many digits for a path are none", `.a`, `{"a":` + strings.Repeat("1", 5000) + `}`, ""},
		{"large input", `length`, "[" + strings.Repeat("1,", 1_200_000) + "1]", "the value takes more memory than the limit of 32 MiB"},
		{"large but plain", `.[1]`, "[" + strings.Repeat("1,", 1_200_000) + "1]", ""},
		{"large objects", `length`, "[" + strings.Repeat("{},", 500_000) + "{}]", "the value takes more memory than the limit of 32 MiB"},
		{"large result", `.[0] as $x | [range(20) | $x]`, `["` + strings.Repeat("x", 1<<20) + `"]`, "the result is larger than the limit of 10 MiB"},
		{"not UTF-8", `length`, "\"\xff\"", "the value is not UTF-8, as JSON has to be"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, err := compile(t, tt.src).JSON(t.Context(), []byte(tt.input))
			switch {
			case tt.text == "" && err != nil:
				t.Error(err)
			case tt.text != "" && (!errors.Is(err, expr.ErrExpression) || err.Error() != tt.text):
				t.Errorf("%v", err)
			}
		})
	}
}

// What the decoder counts is what it takes: a body within the limit may not take much more than MaxInput.
func TestDecodedInputStaysWithinItsLimit(t *testing.T) {
	for name, text := range map[string]string{
		"numbers": "[" + strings.Repeat("1000,", 600_000) + "1]", "strings": "[" + strings.Repeat(`"ab",`, 600_000) + "1]", "arrays": "[" + strings.Repeat("[],", 600_000) + "1]",
		"objects": "[" + strings.Repeat("{},", 300_000) + "1]", "members": "[" + strings.Repeat(`{"a":1},`, 200_000) + "1]", "floats": "[" + strings.Repeat("1.5,", 600_000) + "1]",
	} {
		t.Run(name, func(t *testing.T) {
			raw := []byte(text)
			var before, after runtime.MemStats
			runtime.GC()
			runtime.ReadMemStats(&before)
			v, err := expr.Decode(raw)
			runtime.GC()
			runtime.ReadMemStats(&after)
			if err != nil && !errors.Is(err, expr.ErrExpression) {
				t.Fatal(err)
			}
			if used := int64(after.HeapAlloc) - int64(before.HeapAlloc); used > slow*expr.MaxInput {
				t.Errorf("%d MiB for a text of %d KiB", used>>20, len(raw)>>10)
			}
			runtime.KeepAlive(v)
		})
	}
}
