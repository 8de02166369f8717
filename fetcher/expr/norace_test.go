//go:build !race

package expr_test

const slow = 1
