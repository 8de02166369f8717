package config

import (
	"errors"
	"fmt"
	"log/slog"
	"math"
	"strconv"
	"strings"
	"time"
)

// Duration is a time.Duration written as a Go string ("250ms", "10s"). A bare
// number is refused: it would be read as nanoseconds.
type Duration time.Duration

// Std returns d as the standard library's type.
func (d Duration) Std() time.Duration { return time.Duration(d) }

// String is the shortest Go spelling: "1h" rather than "1h0m0s".
func (d Duration) String() string {
	s := time.Duration(d).String()
	if strings.HasSuffix(s, "m0s") {
		s = strings.TrimSuffix(s, "0s")
	}
	if strings.HasSuffix(s, "h0m") {
		s = strings.TrimSuffix(s, "0m")
	}
	return s
}

// MarshalText implements encoding.TextMarshaler.
func (d Duration) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText implements encoding.TextUnmarshaler. Negative durations are
// errors.
func (d *Duration) UnmarshalText(text []byte) error {
	s := string(text)
	if _, err := strconv.ParseFloat(s, 64); err == nil && s != "0" {
		return errors.New("has no unit; write a duration such as 250ms, 10s or 1h")
	}
	v, err := time.ParseDuration(s)
	if err != nil {
		return errors.New("is not a duration; write one such as 250ms, 10s or 1h")
	}
	if v < 0 {
		return errors.New("is negative")
	}
	*d = Duration(v)
	return nil
}

// Size is a number of bytes, written as "64KiB", "10MiB", "1GiB", "5MB" or as
// a plain number of bytes.
type Size int64

var sizeUnits = []struct {
	suffix string
	bytes  Size
}{
	// Binary units first: String writes the largest that divides evenly.
	{"TiB", 1 << 40}, {"GiB", 1 << 30}, {"MiB", 1 << 20}, {"KiB", 1 << 10},
	{"TB", 1e12}, {"GB", 1e9}, {"MB", 1e6}, {"kB", 1e3}, {"KB", 1e3}, {"B", 1},
}

const binaryUnits = 4

// Bytes returns s as a plain number.
func (s Size) Bytes() int64 { return int64(s) }

// String writes s in the largest binary unit that loses nothing.
func (s Size) String() string {
	for _, u := range sizeUnits[:binaryUnits] {
		if s != 0 && s%u.bytes == 0 {
			return strconv.FormatInt(int64(s/u.bytes), 10) + u.suffix
		}
	}
	return strconv.FormatInt(int64(s), 10) + "B"
}

// MarshalText implements encoding.TextMarshaler.
func (s Size) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText implements encoding.TextUnmarshaler.
func (s *Size) UnmarshalText(text []byte) error {
	number, unit := string(text), Size(1)
	for _, u := range sizeUnits {
		if rest, ok := strings.CutSuffix(number, u.suffix); ok {
			number, unit = strings.TrimSpace(rest), u.bytes
			break
		}
	}
	v, err := strconv.ParseInt(number, 10, 64)
	switch {
	case errors.Is(err, strconv.ErrRange), err == nil && v > math.MaxInt64/int64(unit):
		return errors.New("is too large")
	case err != nil:
		return errors.New("is not a size; write a whole number of bytes or one such as 64KiB, 10MiB or 1GiB")
	case v < 0:
		return errors.New("is negative")
	}
	*s = Size(v) * unit
	return nil
}

// StringList is a list of strings that may also be written as one string.
type StringList []string

const masked = "***"

// Secret is a value that must not be seen: every way of printing it writes
// three asterisks.
type Secret string

// Reveal returns the value itself.
func (s Secret) Reveal() string { return string(s) }

// String implements fmt.Stringer.
func (s Secret) String() string { return masked }

// Format implements fmt.Formatter, so that no verb, %q and %#v included,
// prints the value.
func (s Secret) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(masked)) }

// LogValue implements slog.LogValuer.
func (s Secret) LogValue() slog.Value { return slog.StringValue(masked) }

// MarshalText implements encoding.TextMarshaler.
func (s Secret) MarshalText() ([]byte, error) { return []byte(masked), nil }

// Raw is any value, kept as the JSON it stands for; numbers keep every digit.
// It is empty where nothing was given.
type Raw []byte

// MarshalJSON implements json.Marshaler.
func (r Raw) MarshalJSON() ([]byte, error) {
	if len(r) == 0 {
		return []byte("null"), nil
	}
	return r, nil
}
