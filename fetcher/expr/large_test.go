package expr_test

import (
	"bytes"
	"errors"
	"fmt"
	"runtime"
	"testing"

	"gather/fetcher/expr"
)

// photos is a list of n records of about 190 bytes, as of the sample API.
func photos(n int) []byte {
	var b bytes.Buffer
	b.WriteByte('[')
	for i := range n {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, `{"albumId":%d,"id":%d,"title":"amber orchard beside the window %d","url":"https://pictures.example/600/1933e1","thumbnailUrl":"https://pictures.example/150/1933e1"}`, i/50+1, i+1, i%97)
	}
	b.WriteByte(']')
	return b.Bytes()
}

// What people ask of a long list is within the limits.
func TestLongLists(t *testing.T) {
	t.Parallel()
	input := photos(2000 / slow)
	for _, src := range []string{
		`.[199].title`, `length`, `[.[] | {id, title}]`, `map(.id)`, `map(select(.albumId == 3))`, `group_by(.albumId) | map({album: .[0].albumId, n: length})`, `sort_by(.title) | .[0:3]`, `[.[].title] | unique | length`,
		`map({(.id | tostring): .title}) | add`, `[.[] | "\(.id): \(.title)"] | join("\n")`, `map(del(.url))`, `[limit(3; .[] | select(.title | test("window 9[0-9]$")))]`, `max_by(.id).id`, `any(.[]; .id == 200)`, `.[] |= {id}`, `to_entries | map(.key)`,
		`map(.title | ascii_upcase)`, `[.[] | .url | sub("600"; "300")] | length`, `first(.[] | select(.id == 200))`, `map(.id) | add`,
	} {
		if out, err := compile(t, src).JSON(t.Context(), input); err != nil || len(out) == 0 {
			t.Errorf("%s: %d bytes, %v", src, len(out), err)
		}
	}
}

// Expressions that are harmless on a few values end on many.
func TestHostileExpressionsOnALargeValueEnd(t *testing.T) {
	heap := watchHeap(t)
	input := photos(5000)
	for _, src := range []string{
		`.[] as $a | .[] as $b | .[] as $c | [$a, $b, $c]`, `[.[] as $a | .[] as $b | $a.id + $b.id]`, `tojson | tojson | tojson | tojson | tojson`, `. == ., . == ., . == .`, `unique`, `group_by(.)`, `sort`, `. - .`, `contains(.)`, `map(contains({title: "x"}))`,
		`[..]`, `[paths]`, `[paths | tojson]`, `walk(.)`, `walk([.])`, `[.[] | .[]] | map([., .]) | flatten`, `[.[].title] | join("") | gsub("a"; "b")`, `[.[].title] | join("") | [match("."; "g")]`, `[.[].title] | join("") | test("(a|b|c)*(d|e)*x{1,50}y")`,
		`[.[].title] | join("") | split("")`, `[.[].title] | join("") as $s | [range(1000) | $s + "x"]`, `[.[].title] | join("") as $s | reduce range(100) as $i (""; . + $s)`, `[.[] as $x | range(100) | $x] | tojson`, `. as $d | reduce range(1000) as $i ($d; . + $d)`,
		`. as $d | [range(1000) | $d] | tojson`, `. as $d | [range(1000) | $d] | flatten`, `. as $d | [range(1000) | $d] | [.[][].id]`, `[.[] | to_entries] | map(from_entries)`, `map(with_entries(.value |= tojson))`, `reduce .[] as $x ({}; . * {($x.id | tostring): $x})`,
		`reduce .[] as $x ([]; . + [$x])`, `reduce .[] as $x ([]; [$x] + .)`, `.[] |= (. * .)`, `(.. | strings) |= . + .`, `(.. | strings) |= gsub("e"; "eeeeeeeeeeeeeeeeeeeeee")`, `del(..)`, `[del(.[range(5000)])]`, `map(tojson | fromjson) | map(tojson | fromjson)`, `[.[] | @base64 "\(.)\(.)\(.)\(.)"]`,
	} {
		t.Run(src, func(t *testing.T) {
			runtime.GC()
			heap.reset()
			q := compile(t, src)
			v, err := expr.Decode(input)
			if err != nil {
				t.Fatal(err)
			}
			took := cpuTime(t, func() { _, err = q.Value(t.Context(), v) })
			t.Logf("ran %v, heap +%d KiB, %v", took, heap.peak()>>10, err)
			if err != nil && !errors.Is(err, expr.ErrExpression) {
				t.Errorf("ended with %v", err)
			}
			if took > slow*expr.MaxRun {
				t.Errorf("ran %v", took)
			}
			if peak := heap.peak(); peak > slow*64<<20 {
				t.Errorf("took %d MiB", peak>>20)
			}
		})
	}
}
