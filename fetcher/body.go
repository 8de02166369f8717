package fetcher

import (
	"bytes"
	"mime"
	"strings"
	"unicode/utf8"

	"github.com/tidwall/gjson"
	"golang.org/x/text/encoding/htmlindex"
)

// maxDepth bounds the nesting of a JSON body. The validator recurses, so that
// ten million brackets would otherwise end the process; and a result nests a few
// levels more than the bodies in it, where many readers stop at 10,000.
const maxDepth = 9_900

var byteOrderMark = []byte("\xef\xbb\xbf")

// newBody sorts content by its media type. ok is false for content that claims
// to be JSON and is not; known says that it was found to be.
func newBody(contentType string, content []byte, known bool) (body Body, ok bool) {
	mediaType, charset := parseMediaType(contentType)
	switch {
	case isJSON(mediaType):
		content = bytes.TrimPrefix(content, byteOrderMark)
		if known || validJSON(content) {
			return Body{Kind: BodyJSON, Bytes: content}, true
		}
		return textBody("", content), false
	case len(content) == 0:
		return Body{}, true
	case strings.HasPrefix(mediaType, "text/"):
		return textBody(charset, content), true
	default:
		return Body{Kind: BodyBinary, Bytes: content}, true
	}
}

// textBody is a string where the content is text in a charset we know, else bytes.
func textBody(charset string, content []byte) Body {
	if charset != "" && charset != "utf-8" {
		if encoding, err := htmlindex.Get(charset); err == nil {
			if decoded, err := encoding.NewDecoder().Bytes(content); err == nil {
				content = decoded
			}
		}
	}
	if !utf8.Valid(content) {
		return Body{Kind: BodyBinary, Bytes: content}
	}
	return Body{Kind: BodyText, Bytes: content}
}

// parseMediaType is lenient: a malformed parameter does not hide the type.
func parseMediaType(contentType string) (mediaType, charset string) {
	switch contentType {
	case "application/json", "application/json; charset=utf-8":
		return "application/json", "utf-8"
	}
	mediaType, params, err := mime.ParseMediaType(contentType)
	if err != nil {
		mediaType, _, _ = strings.Cut(contentType, ";")
		return strings.ToLower(strings.TrimSpace(mediaType)), ""
	}
	return mediaType, strings.ToLower(params["charset"])
}

func isJSON(mediaType string) bool {
	return mediaType == "application/json" || mediaType == "text/json" || strings.HasSuffix(mediaType, "+json")
}

// validJSON reports whether content is one JSON text (RFC 8259) in UTF-8.
func validJSON(content []byte) bool {
	return shallow(content) && utf8.Valid(content) && gjson.ValidBytes(content)
}

// shallow reports whether content nests at most maxDepth deep. Counting brackets
// is many times cheaper than following them and settles nearly every body.
func shallow(content []byte) bool {
	if bytes.Count(content, []byte("["))+bytes.Count(content, []byte("{")) <= maxDepth {
		return true
	}
	depth, inString := 0, false
	for i := 0; i < len(content); i++ {
		switch c := content[i]; {
		case inString && c == '\\':
			i++
		case c == '"':
			inString = !inString
		case inString:
		case c == '[' || c == '{':
			if depth++; depth > maxDepth {
				return false
			}
		case c == ']' || c == '}':
			depth--
		}
	}
	return true
}
