package main

import (
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"gather/fetcher"
)

// bar is a progress bar on a terminal, and nothing elsewhere.
type bar struct {
	w                   io.Writer
	total, done, failed int
}

const barWidth = 30

func newBar(w io.Writer, total int) *bar {
	file, ok := w.(*os.File)
	if !ok || !isTerminal(file) {
		return &bar{}
	}
	b := &bar{w: w, total: total}
	b.draw()
	return b
}

func (b *bar) step(collected bool) {
	if b.w == nil {
		return
	}
	b.done++
	if !collected {
		b.failed++
	}
	b.draw()
}

func (b *bar) draw() {
	filled := barWidth * b.done / max(b.total, 1)
	_, _ = fmt.Fprintf(b.w, "\r%s%s %d/%d", strings.Repeat("█", filled), strings.Repeat("░", barWidth-filled), b.done, b.total)
	if b.failed > 0 {
		_, _ = fmt.Fprintf(b.w, ", %d not collected", b.failed)
	}
}

func (b *bar) end(s *fetcher.Summary) {
	if b.w == nil {
		return
	}
	_, _ = fmt.Fprintf(b.w, "\r\033[K%d of %d collected in %s; one by one %s\n",
		s.Collected, s.Requests, s.Duration.Round(time.Millisecond), s.Sequential.Round(time.Millisecond))
}
