package main

import (
	"os"

	"golang.org/x/term"
)

// isTerminal reports whether a person looks at what is written to the file.
func isTerminal(f *os.File) bool { return term.IsTerminal(int(f.Fd())) }
