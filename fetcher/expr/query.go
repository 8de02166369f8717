package expr

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"strconv"
	"strings"
	"sync"

	"github.com/itchyny/gojq"
)

// Query is a compiled jq expression. It may be run by any number of goroutines.
type Query struct {
	path    []any // where the expression is nothing but a path: no machine is needed
	plain   bool
	tree    *gojq.Query
	regexps []pattern
	writes  bool

	mu   sync.Mutex
	idle []*machine
}

// machine is one compilation of a query with the meter its functions report to. One run at a time uses it.
type machine struct {
	code  *gojq.Code
	meter meter
	clock clock
}

// maxIdle is how many machines a query keeps for its next runs.
const maxIdle = 4

// Compile checks and compiles a jq expression of at most MaxSource bytes. Its errors match ErrInvalid and may be shown.
// Compiled expressions are kept, the last used maxCompiled of them, so that compiling one again costs a look-up.
func Compile(src string) (*Query, error) {
	return compiled.get(src)
}

func compile(src string) (*Query, error) {
	if len(src) > MaxSource {
		return nil, invalid("the expression is longer than " + strconv.Itoa(MaxSource) + " bytes")
	}
	tree, err := gojq.Parse(src)
	if err != nil {
		return nil, syntaxError(err)
	}
	if path, ok := plainPath(tree); ok {
		return &Query{path: path, plain: true}, nil
	}
	r := rewriter{}
	tree = r.query(tree)
	if r.err != nil {
		return nil, r.err
	}
	q := &Query{tree: tree, regexps: r.regexps, writes: r.writes}
	m, err := q.newMachine()
	if err != nil {
		return nil, invalid("the expression does not compile: " + err.Error())
	}
	q.idle = append(q.idle, m)
	return q, nil
}

func syntaxError(err error) error {
	var parse *gojq.ParseError
	if errors.As(err, &parse) {
		return invalid("the expression is not jq: syntax error near byte " + strconv.Itoa(parse.Offset))
	}
	return invalid("the expression is not jq")
}

// newMachine compiles the tree once more. gojq only reads it, but not all of its compiler says so: callers hold mu, or
// are the first.
func (q *Query) newMachine() (*machine, error) {
	m := &machine{}
	code, err := gojq.Compile(q.tree, m.meter.options(q.regexps)...)
	if err != nil {
		return nil, err
	}
	m.code = code
	return m, nil
}

func (q *Query) take() (*machine, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	n := len(q.idle)
	if n == 0 {
		return q.newMachine()
	}
	m := q.idle[n-1]
	q.idle = q.idle[:n-1]
	return m, nil
}

func (q *Query) put(m *machine) {
	m.clock = clock{} // nothing of a request is kept
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.idle) < maxIdle {
		q.idle = append(q.idle, m)
	}
}

// JSON runs the query on a JSON text and returns its result as JSON: one result as it is, several as an array, none as
// null. What a plain path selects comes back byte for byte; other results have their members sorted by name, and every
// number the expression did not compute with as it was spelled. Errors match ErrExpression, or are the context's.
func (q *Query) JSON(ctx context.Context, input []byte) ([]byte, error) {
	if q.plain {
		part, err := rawPath(input, q.path)
		return bytes.Clone(part), err // a small part shall not keep the whole in memory
	}
	v, err := Decode(input)
	if err != nil {
		return nil, err
	}
	results, err := q.run(ctx, v, 0)
	if err != nil {
		return nil, err
	}
	v = one(results)
	if err := encodable(v); err != nil {
		return nil, err
	}
	return Append(nil, v), nil
}

// Value is JSON on decoded values. It leaves the input as it is; the result may share parts of it.
func (q *Query) Value(ctx context.Context, input any) (any, error) {
	results, err := q.Values(ctx, input, 0)
	if err != nil {
		return nil, err
	}
	return one(results), nil
}

// Values returns every result. The input may be a json.RawMessage instead of a decoded value. More than limit results
// are an error, where limit is not 0.
func (q *Query) Values(ctx context.Context, input any, limit int) ([]any, error) {
	if q.plain {
		v, err := followPath(input, q.path)
		if err != nil {
			return nil, err
		}
		return []any{v}, nil
	}
	if raw, ok := input.(json.RawMessage); ok {
		var err error
		if input, err = Decode(raw); err != nil {
			return nil, err
		}
	} else if q.writes {
		var err error
		if input, err = clone(input); err != nil {
			return nil, err
		}
	}
	return q.run(ctx, input, limit)
}

func one(results []any) any {
	switch len(results) {
	case 0:
		return nil
	case 1:
		return results[0]
	}
	return results
}

// run collects the results within the limits of time and memory.
func (q *Query) run(ctx context.Context, input any, limit int) (results []any, err error) {
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	if err := running.acquire(ctx); err != nil {
		return nil, err
	}
	defer running.release()
	m, err := q.take()
	if err != nil {
		return nil, failed("the expression cannot be run")
	}
	defer func() {
		if recover() != nil { // gojq panics on states it holds to be impossible; a request must not end the service
			results, err = nil, failed("the expression cannot be run on this value")
			return
		}
		q.put(m)
	}()
	m.meter.reset()
	m.clock.start(ctx)
	results = []any{}
	for it := m.code.RunWithContext(&m.clock, input); ; {
		v, more := it.Next()
		if !more {
			return results, nil
		}
		if e, is := v.(error); is {
			return nil, m.failure(ctx, e)
		}
		if w := m.meter.take(v, costElement, 0); over(w) {
			return nil, failed(m.meter.over)
		}
		if limit > 0 && len(results) == limit {
			return nil, failed("the expression gives more than " + strconv.Itoa(limit) + " values")
		}
		results = append(results, v)
	}
}

// failure says why a run ended, without the values gojq's own texts hold.
func (m *machine) failure(ctx context.Context, err error) error {
	if m.meter.over != "" {
		return failed(m.meter.over)
	}
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if errors.Is(err, context.DeadlineExceeded) {
		return failed(textWork)
	}
	if thrown := gojq.ValueError(nil); errors.As(err, &thrown) {
		return failed("the expression called error")
	}
	if errors.Is(err, errRepeat) || errors.Is(err, errIndex) || errors.Is(err, errFromJSON) {
		return failed(err.Error())
	}
	return failed(withoutValues(err.Error()))
}

// safeTexts are the beginnings of gojq's errors that are followed by the type of a value, and then by the value.
var safeTexts = []string{
	"expected an object but got: ", "expected an array but got: ", "cannot iterate over: ",
	"expected a string for object key but got: ", "invalid path against: ", "invalid path on iterating against: ",
}

func withoutValues(text string) string {
	for _, safe := range safeTexts {
		rest, ok := strings.CutPrefix(text, safe)
		if !ok {
			continue
		}
		kind, _, _ := strings.Cut(rest, " ")
		switch kind {
		case "null", "boolean", "number", "string", "array", "object":
			return safe + kind
		}
	}
	return "the expression failed on the value"
}
