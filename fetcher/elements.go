package fetcher

import (
	"bytes"

	"github.com/tidwall/gjson"
)

// elements is what stands between the brackets of a valid JSON array, byte for
// byte, and how many elements that is.
func elements(array []byte) (inner []byte, count int, ok bool) {
	array = bytes.TrimSpace(array)
	if len(array) < 2 || array[0] != '[' {
		return nil, 0, false
	}
	gjson.ParseBytes(array).ForEach(func(_, _ gjson.Result) bool {
		count++
		return true
	})
	return bytes.TrimSpace(array[1 : len(array)-1]), count, true
}
