package curl

import (
	"strconv"
	"strings"
	"unicode/utf8"

	"mvdan.cc/sh/v3/syntax"
)

// words returns the arguments of the one curl in a line, and what stands around it.
func words(line string) (args, notes []string, err error) {
	line = strings.TrimSpace(line)
	line = strings.TrimPrefix(line, "$ ") // the prompt, in what was copied from documentation
	line, restore := keepReturns(line)
	file, err := syntax.NewParser(syntax.Variant(syntax.LangBash)).Parse(strings.NewReader(line), "")
	if err != nil {
		return nil, nil, refuse("the line is not a shell command: check its quotes")
	}
	if len(file.Stmts) != 1 {
		return nil, nil, refuse("the line has to be one command")
	}
	stmt := file.Stmts[0]
	if pipe, ok := stmt.Cmd.(*syntax.BinaryCmd); ok && (pipe.Op == syntax.Pipe || pipe.Op == syntax.PipeAll) {
		for { // a | b | c is (a | b) | c
			left, ok := pipe.X.Cmd.(*syntax.BinaryCmd)
			if !ok {
				break
			}
			pipe = left
		}
		notes = append(notes, "| …: what the answer is piped to is not run")
		stmt = pipe.X
	}
	call, ok := stmt.Cmd.(*syntax.CallExpr)
	if !ok || stmt.Negated || stmt.Background {
		return nil, nil, refuse("the line has to be one curl command")
	}
	if len(call.Assigns) > 0 {
		notes = append(notes, "NAME=value before curl: the environment is not changed")
	}
	for _, r := range stmt.Redirs {
		if r.Op == syntax.RdrIn || r.Hdoc != nil || r.Op == syntax.WordHdoc {
			return nil, nil, refuse("the command reads its input from somewhere else")
		}
		notes = append(notes, "> …: the answer is not written to a file")
	}
	for _, w := range call.Args {
		s, err := text(w.Parts, false)
		if err != nil {
			return nil, nil, err
		}
		args = append(args, restore(s))
	}
	if len(args) == 0 || args[0] != "curl" && !strings.HasSuffix(args[0], "/curl") && args[0] != "curl.exe" {
		return nil, nil, refuse("the command is not curl")
	}
	return args[1:], notes, nil
}

// keepReturns hides the carriage returns in quotes from the shell's parser, which drops them where a shell does not;
// restore brings them back. Outside of quotes they only end the lines of what was copied from Windows.
func keepReturns(line string) (hidden string, restore func(string) string) {
	mark := '\ue000'
	for strings.ContainsRune(line, mark) { // the private use area has more characters than anybody's line
		mark++
	}
	var b strings.Builder
	var quote byte
	for i := 0; i < len(line); i++ {
		switch c := line[i]; {
		case c == '\r' && quote != 0:
			b.WriteRune(mark)
			continue
		case c == '\r':
			continue
		case c == '\\' && quote != '\'' && i+1 < len(line) && line[i+1] != '\r':
			b.WriteByte(c)
			i++
		case quote == 0 && c == '\'' && i > 0 && line[i-1] == '$':
			quote = '$' // $'…', in which a backslash quotes
		case quote == 0 && (c == '\'' || c == '"'):
			quote = c
		case c == quote || c == '\'' && quote == '$':
			quote = 0
		}
		b.WriteByte(line[i])
	}
	return b.String(), func(s string) string { return strings.ReplaceAll(s, string(mark), "\r") }
}

// text returns what a word stands for, which must not depend on anything.
func text(parts []syntax.WordPart, quoted bool) (string, error) {
	var b strings.Builder
	for i, part := range parts {
		switch p := part.(type) {
		case *syntax.Lit:
			if !quoted && i == 0 && strings.HasPrefix(p.Value, "~") {
				return "", refuse("the line has a ~, which only a shell can expand")
			}
			if !quoted && hasBraces(p.Value) {
				return "", refuse("the line has braces outside of quotes, which a shell expands to several words")
			}
			unescape(&b, p.Value, quoted)
		case *syntax.SglQuoted:
			if !p.Dollar {
				b.WriteString(p.Value)
			} else if err := ansi(&b, p.Value); err != nil {
				return "", err
			}
		case *syntax.DblQuoted:
			if p.Dollar {
				return "", refuse(`the line has $"…", which is translated by locale`)
			}
			s, err := text(p.Parts, true)
			if err != nil {
				return "", err
			}
			b.WriteString(s)
		default:
			return "", refuse("the line has an expansion ($…, `…` or a pattern), which only a shell can do; put the value in its place")
		}
	}
	return b.String(), nil
}

// hasBraces reports {a,b} and {1..3}.
func hasBraces(lit string) bool {
	open := strings.IndexByte(lit, '{')
	if open < 0 || open > 0 && lit[open-1] == '\\' {
		return false
	}
	inner, _, closed := strings.Cut(lit[open+1:], "}")
	return closed && (strings.Contains(inner, ",") || strings.Contains(inner, ".."))
}

// unescape removes the backslashes that quote: outside of quotes all, inside only those before $ ` " \ and a newline.
func unescape(b *strings.Builder, s string, quoted bool) {
	for i := 0; i < len(s); i++ {
		if s[i] != '\\' || i+1 == len(s) || quoted && !strings.ContainsRune("$`\"\\\n", rune(s[i+1])) {
			b.WriteByte(s[i])
			continue
		}
		i++
		if s[i] != '\n' {
			b.WriteByte(s[i])
		}
	}
}

// ansi decodes the inside of $'…' as bash does.
func ansi(b *strings.Builder, s string) error {
	for i := 0; i < len(s); i++ {
		if s[i] != '\\' || i+1 == len(s) {
			b.WriteByte(s[i])
			continue
		}
		i++
		if at := strings.IndexByte(`abeEfnrtv\'"?`, s[i]); at >= 0 {
			b.WriteByte("\a\b\x1b\x1b\f\n\r\t\v\\'\"?"[at])
			continue
		}
		var base, most int
		from := i + 1
		switch c := s[i]; {
		case c == 'x':
			base, most = 16, 2
		case c == 'u':
			base, most = 16, 4
		case c == 'U':
			base, most = 16, 8
		case '0' <= c && c <= '7':
			base, most, from = 8, 3, i
		default:
			return refuse(`the line has an escape in $'…' that is not known`)
		}
		end := from
		for end < len(s) && end-from < most && isDigit(s[end], base) {
			end++
		}
		n, err := strconv.ParseUint(s[from:end], base, 32)
		if err != nil || n == 0 || n > utf8.MaxRune {
			return refuse(`the line has an escape in $'…' that stands for no character`)
		}
		if s[i] == 'u' || s[i] == 'U' {
			b.WriteRune(rune(n))
		} else {
			b.WriteByte(byte(n))
		}
		i = end - 1
	}
	return nil
}

func isDigit(c byte, base int) bool {
	if base == 8 {
		return '0' <= c && c <= '7'
	}
	return '0' <= c && c <= '9' || 'a' <= c|0x20 && c|0x20 <= 'f'
}
