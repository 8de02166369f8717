package bench_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"testing"

	"gather/fetcher/expr"
)

// What references and expressions cost an item once they are compiled: the budget is 60 µs.

// user is an answer of a usual size: about 500 bytes.
const user = `{"id":1,"name":"Ada Holm","username":"Ada1","email":"ada.holm@holm.example","address":{"street":"late Weir Passage","suite":"Suite 661","city":"Ivybridge",
"zipcode":"67045","geo":{"lat":"9.4101","lng":"-82.3735"}},"phone":"555-0150","website":"holm.example","company":{"name":"Kowal Weavers","catchPhrase":"silver window for every garden","bs":"lifts rough kettle"}}`

// todos is a list of n records of about 90 bytes.
func todos(n int) []byte {
	var b bytes.Buffer
	b.WriteByte('[')
	for i := range n {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, `{"userId":%d,"id":%d,"title":"water the calm parcel","completed":%t}`, i/20+1, i+1, i%2 == 0)
	}
	b.WriteByte(']')
	return b.Bytes()
}

func compileQuery(b *testing.B, src string) *expr.Query {
	b.Helper()
	q, err := expr.Compile(src)
	if err != nil {
		b.Fatal(err)
	}
	return q
}

func BenchmarkSelect(b *testing.B) {
	for _, bb := range []struct {
		name, src string
		input     []byte
	}{
		{"path/500B", `.address.geo.lat`, []byte(user)},
		{"object/500B", `{id, name, city: .address.city}`, []byte(user)},
		{"text/500B", `"\(.name) <\(.email)>"`, []byte(user)},
		{"map/20", `[.[] | {id, title}]`, todos(20)},
		{"filter/20", `map(select(.completed) | .id)`, todos(20)},
		{"group/200", `group_by(.userId) | map({user: .[0].userId, n: length})`, todos(200)},
		{"path/300", `.[299].title`, todos(300)},
	} {
		b.Run(bb.name, func(b *testing.B) {
			q := compileQuery(b, bb.src)
			b.SetBytes(int64(len(bb.input)))
			b.ReportAllocs()
			for b.Loop() {
				if _, err := q.JSON(b.Context(), bb.input); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// An item with a reference in its URL, in a header and in its body, to an answer that is still JSON text.
func BenchmarkTemplates(b *testing.B) {
	item := map[string]any{"status": 200, "headers": map[string]any{"etag": `"1"`}, "body": json.RawMessage(user)}
	scope := &expr.Scope{Lookup: func(string) (any, bool) { return item, true }}
	u, err := expr.CompileURL("https://api.example/users/{{user.body.id}}/todos?city={{user.body.address.city}}")
	if err != nil {
		b.Fatal(err)
	}
	h, err := expr.CompileHeader("{{user.headers.etag}}")
	if err != nil {
		b.Fatal(err)
	}
	j, err := expr.CompileJSON([]byte(`{"user":"{{user.body.id}}","company":"{{user.body.company}}","note":"for {{user.body.name}}"}`))
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := u.Expand(b.Context(), scope); err != nil {
			b.Fatal(err)
		}
		if _, err := h.Expand(b.Context(), scope); err != nil {
			b.Fatal(err)
		}
		if _, err := j.Expand(b.Context(), scope); err != nil {
			b.Fatal(err)
		}
	}
}

// An expression that was compiled before, and one that was not.
func BenchmarkCompile(b *testing.B) {
	b.Run("kept", func(b *testing.B) {
		for b.Loop() {
			compileQuery(b, `[.[] | {id, title}]`)
		}
	})
	b.Run("new", func(b *testing.B) {
		n := 0
		for b.Loop() {
			n++
			compileQuery(b, fmt.Sprintf(`[.[] | {id, title, n: %d}]`, n))
		}
	})
}

func BenchmarkDecode(b *testing.B) {
	input := todos(300)
	b.SetBytes(int64(len(input)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := expr.Decode(input); err != nil {
			b.Fatal(err)
		}
	}
}
