package main

import (
	"encoding/json"
	"errors"
	"fmt"

	"gather/cmd/gather/app"
	"gather/config"
	"gather/fetcher"
)

// judgeSyntax reads the batch of a collection as POST /v1/fetch would. It needs
// nothing of the configuration around it, so that its faults are told together
// with all others.
func judgeSyntax(c config.Collection) []config.BatchFault {
	_, err := fetcher.DecodeBatch(c.Batch, 0)
	return batchFaults(err)
}

// judgePlans compiles every collection against a valid configuration: its
// upstreams, limits, references and expressions.
func judgePlans(cfg *config.Config, origins *config.Origins) error {
	if len(cfg.Collections) == 0 {
		return nil
	}
	engine, err := app.NewEngine(cfg, version(), nil, nil)
	if err != nil {
		return err
	}
	defer engine.Close()
	var all config.Faults
	for i, c := range cfg.Collections {
		path := fmt.Sprintf("collections[%d].batch", i)
		batch, err := fetcher.DecodeBatch(c.Batch, 0)
		if err == nil {
			_, err = engine.Compile(batch, fetcher.CompileOptions{
				Job: true, MaxRequests: cfg.Jobs.MaxRequests,
				Roots: map[string]any{"params": defaults(c.Params), "hook": map[string]any{}},
			})
		}
		for _, f := range batchFaults(err) {
			all.List = append(all.List, config.Fault{Origin: origins.Pointer(path, f.Pointer), Key: path + f.Pointer, Message: f.Detail})
		}
	}
	if len(all.List) > 0 {
		return &all
	}
	return nil
}

// defaults are the values of a run without any.
func defaults(params map[string]config.Param) map[string]any {
	values := make(map[string]any, len(params))
	for name, p := range params {
		var value any
		if len(p.Default) > 0 && json.Unmarshal(p.Default, &value) == nil {
			values[name] = value
		}
	}
	return values
}

func batchFaults(err error) []config.BatchFault {
	var faults fetcher.Faults
	if errors.As(err, &faults) {
		out := make([]config.BatchFault, len(faults))
		for i, f := range faults {
			out[i] = config.BatchFault{Pointer: f.Pointer, Detail: f.Detail}
		}
		return out
	}
	if err != nil {
		return []config.BatchFault{{Pointer: "#", Detail: err.Error()}}
	}
	return nil
}
