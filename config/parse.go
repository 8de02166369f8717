package config

import (
	"errors"
	"fmt"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/lexer"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"
)

// Bounds on a document. The parser recurses, so depth is judged on the tokens,
// before it runs.
const (
	maxDocument = 512 << 10
	maxDepth    = 64
	maxTokens   = 50_000 // the parser's time grows with the square of a mapping's entries
)

type nodeKind int

const (
	scalarNode nodeKind = iota
	nullNode
	mappingNode
	sequenceNode
)

// node is a YAML value with its place: what the decoder needs of a syntax
// tree, and nothing that could expand.
type node struct {
	kind         nodeKind
	text         string // of a scalar, as written
	plain        bool   // a scalar without quotes, whose type its spelling decides
	entries      []entry
	items        []*node
	line, column int
}

type entry struct {
	key   *node
	value *node
}

// document is a parser of one text into nodes.
type document struct {
	origin Origin // of the text; lines and columns are added
	faults *Faults
}

// parse returns nil where the text is empty or too broken to be read.
func (d *document) parse(text []byte) *node {
	if len(text) > maxDocument {
		d.fault(0, 0, "is larger than 512KiB")
		return nil
	}
	tokens := lexer.Tokenize(string(text))
	if len(tokens) > maxTokens {
		d.fault(0, 0, fmt.Sprintf("is too large: it has more than %d tokens", maxTokens))
		return nil
	}
	if t := tooDeep(tokens); t != nil {
		d.fault(t.Position.Line, t.Position.Column, "is nested too deep")
		return nil
	}
	file, err := parser.Parse(tokens, 0, parser.AllowDuplicateMapKey())
	if err != nil {
		d.syntax(err)
		return nil
	}
	var root ast.Node
	for _, doc := range file.Docs {
		if doc.Body == nil {
			continue
		}
		if root != nil {
			d.at(doc.Body, "a second document; only one is read")
			return nil
		}
		root = doc.Body
	}
	if root == nil {
		return nil
	}
	return d.convert(root)
}

func (d *document) syntax(err error) {
	var syntax *yaml.SyntaxError
	if errors.As(err, &syntax) && syntax.Token != nil {
		d.fault(syntax.Token.Position.Line, syntax.Token.Position.Column, "is not YAML: "+syntax.Message)
		return
	}
	// The parser's own text quotes the source, which may hold a secret.
	d.fault(0, 0, "is not YAML")
}

// tooDeep returns the first token nested deeper than the parser may recurse.
// Flow collections are counted. A block collection starts at least one column
// further in than the one around it, so that columns bound their depth; what
// nests without either (tags, anchors, explicit keys) is counted over the
// whole text, for the decoder refuses it anyway.
func tooDeep(tokens token.Tokens) *token.Token {
	const columns = 4 * maxDepth
	flow, line, inLine, odd := 0, 0, 0, 0
	for _, t := range tokens {
		if t.Position.Line != line {
			line, inLine = t.Position.Line, 0
		}
		switch t.Type {
		case token.SequenceStartType, token.MappingStartType:
			flow++
		case token.SequenceEndType, token.MappingEndType:
			flow = max(flow-1, 0)
		case token.SequenceEntryType:
			if inLine++; flow > 0 {
				odd++
			}
			if t.Position.Column > columns {
				return t
			}
		case token.MappingKeyType, token.TagType, token.AnchorType, token.AliasType:
			odd++
		}
		if flow > maxDepth || inLine > maxDepth || odd > maxDepth {
			return t
		}
	}
	return nil
}

func (d *document) convert(n ast.Node) *node {
	pos := n.GetToken().Position
	out := &node{line: pos.Line, column: pos.Column}
	switch n := n.(type) {
	case *ast.MappingNode:
		out.kind = mappingNode
		for _, v := range n.Values {
			d.convertEntry(out, v)
		}
		if !n.IsFlowStyle && len(out.entries) > 0 {
			out.line, out.column = out.entries[0].key.line, out.entries[0].key.column
		}
	case *ast.MappingValueNode:
		out.kind = mappingNode
		d.convertEntry(out, n)
	case *ast.SequenceNode:
		out.kind = sequenceNode
		for _, v := range n.Values {
			out.items = append(out.items, d.convert(v))
		}
	case *ast.LiteralNode:
		out.text = n.Value.Value
	case *ast.StringNode:
		out.text, out.plain = n.Value, n.Token.Type == token.StringType
	case *ast.NullNode:
		out.kind = nullNode
	case *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode, *ast.InfinityNode, *ast.NanNode:
		out.text, out.plain = strings.TrimSpace(n.GetToken().Value), true
	default:
		out.kind = nullNode
		d.at(n, "anchors, aliases, merge keys and tags are not read; write the value out")
	}
	return out
}

func (d *document) convertEntry(out *node, v *ast.MappingValueNode) {
	scalar, ok := v.Key.(ast.ScalarNode)
	if !ok || v.Key.IsMergeKey() {
		d.at(v.Key, "anchors, aliases, merge keys and tags are not read; write the value out")
		return
	}
	e := entry{key: d.convert(scalar), value: d.convert(v.Value)}
	if e.key.kind == nullNode {
		e.key.text = scalar.GetToken().Value
	}
	out.entries = append(out.entries, e)
}

func (d *document) at(n ast.Node, message string) {
	pos := n.GetToken().Position
	d.fault(pos.Line, pos.Column, message)
}

func (d *document) fault(line, column int, message string) {
	d.faults.add(d.place(line, column), "", message)
}

// place puts a position of the text into the terms of its origin. A flag and
// an environment variable are one line as a rule; theirs is left out at 1:1.
func (d *document) place(line, column int) Origin {
	o := d.origin
	if o.Kind == KindFile || line > 1 || column > 1 {
		o.Line, o.Column = line, column
	}
	return o
}
