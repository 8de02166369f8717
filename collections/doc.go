// Package collections owns batches with a name: their definitions, their typed
// parameters, and the set of them in force. It turns a name and parameters into
// fetcher.Work; it never runs anything and never reads a file.
package collections
