package app

import (
	"context"
	"errors"

	"gather/fetcher"
	"gather/jobs"
)

// runner runs the work of jobs with the engine.
type runner struct {
	engine      *fetcher.Engine
	maxRequests int
}

// Run implements jobs.Runner.
func (r runner) Run(ctx context.Context, in jobs.RunInput, sink func(index int, response []byte) error) ([]byte, error) {
	work, err := fetcher.UnmarshalWork(in.Batch)
	if err != nil {
		return nil, err
	}
	plan, _, err := r.engine.CompileWork(work, work.Caller(in.Client), r.maxRequests, true)
	if err != nil {
		return nil, errors.New("the batch is not valid under the configuration in force now")
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	earlier := fetcher.Earlier{
		Done:   in.Done,
		Stored: func(i int) ([]byte, error) { return in.Stored(ctx, i) },
	}
	var lost error
	summary, err := r.engine.Resume(ctx, plan, fetcher.RunOptions{Caller: work.Caller(in.Client)}, earlier,
		func(i int, response *fetcher.Response) {
			// What the end of the context cut short is to be run again, not kept.
			if ctx.Err() != nil {
				return
			}
			if err := sink(i, response.AppendJSON(nil)); err != nil {
				lost = err
				cancel()
			}
		})
	switch {
	case lost != nil:
		return nil, lost
	case err != nil:
		return nil, err
	case ctx.Err() != nil:
		return nil, ctx.Err()
	default:
		return summary.AppendJSON(nil), nil
	}
}
