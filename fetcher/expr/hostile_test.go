package expr_test

import (
	"errors"
	"fmt"
	"runtime"
	"runtime/metrics"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"gather/fetcher/expr"
)

// hostile expressions; each is refused, or ended by a limit.
var hostile = []string{
	`[range(1e9)]`, `"x" * 1e9`, `[.,.]|` + strings.Repeat(`[.,.]|`, 600) + `.`, `reduce range(1e9) as $i (""; . + "xxxxxxxxxxxxxxxx")`,
	`reduce range(40) as $i ([0]; . + .)`, `reduce range(1e9) as $i ([]; [.])`, `reduce range(64) as $i (10; . * .)`, `def f: f; f`, `def f: f,f; [f]`,
	`. as [$a] ?// $a | $a`, `limit(1e9; repeat(1))`, `[limit(1e9; range(1e10))]`, `setpath([1e9]; 1)`, `.[1000000000] = 1`, `.[1e8] = 1`, `[range(1000)] | map(.[100000] = 1)`,
	`nth(100000000) = 1`, `.a[9e7] |= 1`, `getpath([90000000]) = 1`, `null | pick(.[90000000])`, `first(.[50000000], 1) = 1`,
	`input`, `inputs`, `debug`, `env.PATH`, `$ENV`, `$ENV.PATH`, `$__loc__`, `$__prog_args`, `halt`, `halt_error`, `input_filename`, `builtins`, `now`, `import "a" as a; 1`, `include "a"; 1`, `modulemeta`,
	`until(false; .)`, `while(true; .)`, `repeat(.)`, `recurse(.)`, `recurse([.]; true)`, `[recurse(. + 1)]`, `combinations`, `combinations(9)`,
	`[range(100)] | combinations(5)`, `[range(5000)] | transpose`, `@text "\(reduce range(40) as $i ("x"; . + .))"`, `reduce range(200) as $i (1; [., .]) | tojson`,
	`reduce range(200) as $i (1; [., .]) | . == .`, `reduce range(200) as $i (1; [., .]) | sort`, `reduce range(200) as $i (1; {a: ., b: .}) | . * .`,
	`reduce range(200) as $i (1; [., .]) | flatten`, `reduce range(200) as $i (1; [., .]) | [..]`, `reduce range(200) as $i (1; [., .]) | "\(.)"`, `reduce range(200) as $i (1; [., .]) | contains([1])`,
	`reduce range(200) as $i (1; [., .]) | del(.[0][0])`, `reduce range(200) as $i (1; [., .])`, `reduce range(190) as $i (1; [., .])`, `reduce range(150) as $i (1; [., .]) | @base64`, `reduce range(150) as $i (1; [., .]) | walk(.)`,
	`reduce range(150) as $i (1; [., .]) | unique_by(.)`, `reduce range(150) as $i (1; [., .]) | [paths]`, `reduce range(150) as $i (1; [., .]) | getpath(["a"])?, tojson`,
	`reduce range(150) as $i (1; [., .]) | error`, `reduce range(150) as $i (1; [., .]) | try error catch tojson`, `reduce range(150) as $i (1; [., .]) | IN(1, .)`, `[reduce range(150) as $i (1; [., .])] | min_by(.)`,
	`reduce range(1000000) as $i (1; [.]) | tojson`, `reduce range(1000000) as $i (1; [.]) | ..`, `reduce range(100000) as $i (1; [.]) | flatten`, `reduce range(100000) as $i (1; {a: .}) | . * .`,
	`[range(300000)] | map([.])`, `[range(100000)] | . - .`, `[range(100000)] | [.[] as $a | .[] as $b | [$a, $b]]`, `[range(30000)] | contains(.)`, `[range(30000)] | indices(1)`, `[range(30000)] | index(7)`,
	`[range(100000)] | .[] as $a | .[] as $b | .[] as $c | .[] as $d | .[] as $e | empty`, `[range(200000)] | [.[]|tostring] | join(",") | explode`, `[range(100000)|tostring] | join("") | split("")`,
	`[range(100000)|tostring] | join("") | [match("."; "g")]`, `[range(100000)|tostring] | join("") | gsub("1"; "xx")`, `[range(9000)|tostring] | join("") | [scan(".")]`, `[range(100000)|tostring] | join("") | test("(.*)*(.*)*(.*)*x$")`,
	`"a" | test("` + strings.Repeat("(a{1,500})", 20) + `")`, `"a" | test("((a{100}){100}){100}")`, `"aaaaaaaaaa" | gsub(""; "y")|gsub(""; "z")|gsub(""; "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")|gsub(""; "bbbbbbbbbbbbbbbbbbbbbb")|gsub(""; "c")`, `. as $x | "a" | test($x)`,
	`[range(1000)|"x"] | join([range(10000)|"y"]|join(""))`, `reduce range(22) as $i ("x"; . + .) | gsub("x"; "yy")`, `reduce range(22) as $i ("x"; . + .) | . as $x | [range(1000) | $x + "a"]`,
	`reduce range(22) as $i ("x"; . + .) | ` + `"` + strings.Repeat(`\(.)`, 300) + `"`, `reduce range(22) as $i ("x"; . + .) | [range(100) | "x" + tostring] | .[] += "a"`, `reduce range(20) as $i ("x"; . + .) as $x | [range(1000) | ""] | .[] += $x`,
	`[range(1000) | ""] | map_values(reduce range(20) as $i ("x"; . + .))`, `[range(20000)] | to_entries | to_entries | to_entries`, `[range(1000000)] | to_entries`, `[range(1000000)] | map_values(.)`,
	`[range(100000)] | del(.[])`, `[range(100000)] | [paths]`, `[range(100000)] | sort_by([range(100)])`, `[range(100000)] | group_by(.)`, `[range(1000)] | map([range(1000)]) | add`, `[range(1000)] | map([range(1000)]) | flatten`,
	`[range(100000)] | reduce .[] as $x ({}; .[$x|tostring] = $x)`, `"[" + ([range(100000) | "[]"] | join(",")) + "]" | fromjson | map(.) | map(.)`, `[range(200000) | {}] `, `[range(1000000) | {a: 1, b: 2, c: 3}]`,
	`"1" | reduce range(20) as $i (.; . + .) | tonumber`, `reduce range(1e9) as $i (1; . * 3)`, `reduce range(1e9) as $i (0; . + 1)`, `last(range(1e9))`, `isempty(range(1e9) | empty)`, `[range(1e9) | empty]`, `first(range(1e9) | select(. < 0))`,
	`try ([range(1e9)]) catch .`, `[range(1e9)]?`, `[.[]?, range(1e9)] // 1`, `label $f | [range(1e9)] | break $f`, `tostream`, `[1] | fromstream(1)`, `implode`, `getpath(["a"]; 1)`, `splits`, `ltrimstr`, `INDEX(.a)`, `@base32d`, `@foo`,
	`1 as $__g | $__g`, `$__g`, `_g_new`, `_plus`, `_range(1; 2; 3)`, `{$__loc__}`, `. as {$__g} | 1`, `strftime("%1000000000Y")`, `strptime("%Y")`, `limit(1; def f: f; f)`, `get_search_list`, `input_line_number`, `stderr`, `ascii`, `localtime`,
	strings.Repeat("[", 200) + strings.Repeat("]", 200), strings.Repeat("(", 1000) + "." + strings.Repeat(")", 1000), strings.Repeat("-", 3000) + "1", strings.Repeat("1+", 4000) + "1",
	strings.Repeat(".a|", 5000) + ".", `[` + strings.Repeat(`range(1000)|`, 300) + `1]`, strings.Repeat(`[..]|`, 400) + `.`, strings.Repeat(`tojson|`, 500) + `.`, `[range(50)|tojson] | ` + strings.Repeat(`tojson|`, 500) + `.`,
	strings.Repeat(`[.[]?,.]|`, 300) + `.`, strings.Repeat(`.[]?|`, 700) + `.`, `path(` + strings.Repeat(`(.,.)|`, 300) + `.)`, `[` + strings.Repeat(`(.,.)|`, 300) + `.]`, `[1, 2] | [` + strings.Repeat(`.,.|`, 300) + `.]`,
}

// Hostile expressions are refused, or end within the limits; what is under way is measured, not trusted.
func TestHostileExpressionsEnd(t *testing.T) {
	heap := watchHeap(t)
	for i, src := range hostile {
		name := src
		if len(name) > 60 {
			name = name[:60]
		}
		t.Run(fmt.Sprint(i, " ", name), func(t *testing.T) {
			runtime.GC()
			heap.reset()
			var q *expr.Query
			var err error
			compiling := cpuTime(t, func() { q, err = expr.Compile(src) })
			if limit := slow * expr.MaxRun; compiling > limit {
				t.Errorf("compiled in %v", compiling)
			}
			if err != nil {
				if !errors.Is(err, expr.ErrInvalid) {
					t.Errorf("refused with %v", err)
				}
				return
			}
			var out []byte
			took := cpuTime(t, func() { out, err = q.JSON(t.Context(), []byte(`{"a":[1,2,3],"b":"text"}`)) })
			if err != nil && !errors.Is(err, expr.ErrExpression) {
				t.Errorf("ended with %v", err)
			}
			t.Logf("compiled in %v, ran %v, heap +%d KiB, %d bytes, %v", compiling, took, heap.peak()>>10, len(out), err)
			if limit := slow * expr.MaxRun; took > limit {
				t.Errorf("ran %v", took)
			}
			if peak := heap.peak(); peak > slow*64<<20 {
				t.Errorf("took %d MiB", peak>>20)
			}
		})
	}
}

// heapWatch samples the memory in use, garbage included.
type heapWatch struct{ base, max atomic.Uint64 }

func watchHeap(t *testing.T) *heapWatch {
	w := &heapWatch{}
	stop, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		for {
			select {
			case <-stop:
				return
			case <-time.After(time.Millisecond):
				w.sample()
			}
		}
	}()
	t.Cleanup(func() { close(stop); <-done })
	return w
}

func (w *heapWatch) sample() uint64 {
	s := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
	metrics.Read(s)
	now := s[0].Value.Uint64()
	for {
		max := w.max.Load()
		if now <= max || w.max.CompareAndSwap(max, now) {
			return now
		}
	}
}

func (w *heapWatch) reset() {
	w.max.Store(0)
	w.base.Store(w.sample())
}

func (w *heapWatch) peak() uint64 {
	w.sample()
	return w.max.Load() - w.base.Load()
}
