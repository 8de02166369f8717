package app

import (
	"context"
	"fmt"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"gather/collections"
	"gather/config"
	"gather/fetcher"
	"gather/handlers"
	"gather/jobs"
	"gather/webhooks"
)

// definitions are the collections of a configuration.
func definitions(cfg *config.Config) ([]collections.Definition, error) {
	list := make([]collections.Definition, 0, len(cfg.Collections))
	for i := range cfg.Collections {
		c := &cfg.Collections[i]
		params := make(map[string]collections.Param, len(c.Params))
		for name, p := range c.Params {
			built, err := param(p)
			if err != nil {
				return nil, fmt.Errorf("collection %s: parameter %s: %w", c.Name, name, err)
			}
			params[name] = built
		}
		list = append(list, collections.Definition{
			Name: c.Name, Description: c.Description, Params: params, Batch: jsontext.Value(c.Batch),
			Timeout: c.Timeout.Std(), Cache: c.Cache, Keys: c.Keys,
		})
	}
	return list, nil
}

func param(p config.Param) (collections.Param, error) {
	checker, err := p.Checker()
	if err != nil {
		return collections.Param{}, err
	}
	built := collections.Param{
		Type: p.Type, Description: p.Description, Min: jsontext.Value(p.Min), Max: jsontext.Value(p.Max),
		Pattern: p.Pattern, Checker: checker,
	}
	if p.Type == "string" {
		built.MaxLength = p.MaxLength
	}
	for _, one := range p.Enum {
		built.Enum = append(built.Enum, jsontext.Value(one))
	}
	return built, nil
}

// hooks are the inbound webhooks of a configuration.
func hooks(cfg *config.Config) (map[string]*handlers.Hook, error) {
	byName := make(map[string]*handlers.Hook, len(cfg.Hooks))
	for i := range cfg.Hooks {
		h := &cfg.Hooks[i]
		verifier, err := webhooks.NewVerifier(webhooks.Scheme(h.Type), reveal(h.Secrets), time.Now)
		if err != nil {
			return nil, fmt.Errorf("hook %s: %w", h.Name, err)
		}
		hook := &handlers.Hook{Name: h.Name, Verifier: verifier, Collection: h.Collection, Callback: callback(h.Callback)}
		if len(h.Params) > 0 {
			text, err := json.Marshal(h.Params, json.Deterministic(true))
			if err != nil {
				return nil, fmt.Errorf("hook %s: params: %w", h.Name, err)
			}
			if hook.Params, err = fetcher.CompileTemplate(text, "hook"); err != nil {
				return nil, fmt.Errorf("hook %s: params: %w", h.Name, err)
			}
		}
		byName[h.Name] = hook
	}
	return byName, nil
}

func callback(c *config.CollectionCallback) *fetcher.Callback {
	if c == nil {
		return nil
	}
	return &fetcher.Callback{URL: c.URL, Endpoint: c.Endpoint}
}

// schedules are the collections that run by themselves. What one runs is looked
// up at each tick, since collections may be changed meanwhile.
func schedules(cfg *config.Config, book *collections.Book, engine *fetcher.Engine) []jobs.Schedule {
	var list []jobs.Schedule
	for i := range cfg.Collections {
		c := &cfg.Collections[i]
		if c.Schedule == "" {
			continue
		}
		var target jobs.Target
		if c.Callback != nil {
			target = jobs.Target{URL: c.Callback.URL, Endpoint: c.Callback.Endpoint}
		}
		list = append(list, jobs.Schedule{
			Name: c.Name, Spec: c.Schedule, Zone: c.Timezone, OnChange: c.OnChange,
			Make: func() (jobs.Submission, error) {
				return scheduled(c.Name, target, book, engine, cfg.Jobs.MaxRequests)
			},
		})
	}
	return list
}

// scheduled is a run of a collection with its defaults.
func scheduled(
	name string, target jobs.Target, book *collections.Book, engine *fetcher.Engine, maxRequests int,
) (jobs.Submission, error) {
	d := book.Find(name)
	if d == nil {
		return jobs.Submission{}, fmt.Errorf("the collection %s is not there any more", name)
	}
	params, err := d.BindJSON(nil)
	if err != nil {
		return jobs.Submission{}, err
	}
	work := d.Work(params)
	client := "schedule " + name
	plan, _, err := engine.CompileWork(work, work.Caller(client), maxRequests, true)
	if err != nil {
		return jobs.Submission{}, err
	}
	text, err := work.Marshal()
	if err != nil {
		return jobs.Submission{}, err
	}
	return jobs.Submission{
		Batch: text, Total: plan.Len(), Client: client, Source: client, Callback: target,
	}, nil
}

// Reload puts the collections of another configuration in force; what else has
// changed in it waits for a restart.
func (a *App) Reload(cfg *config.Config) error {
	list, err := definitions(cfg)
	if err != nil {
		return err
	}
	a.book.Replace(list)
	return nil
}

// Watch calls Reload whenever the configuration's files change, until ctx ends.
// A faulty file keeps what is in force and says so in the log.
func (a *App) Watch(ctx context.Context, src config.Sources, judge func(*config.Config, *config.Origins) error) {
	err := config.Watch(ctx, src, a.cfg, func(cfg *config.Config, origins *config.Origins) {
		err := judge(cfg, origins)
		if err == nil {
			err = a.Reload(cfg)
		}
		if err != nil {
			a.log.Error("the changed configuration is faulty; the old one stays in force", "error", err)
			return
		}
		a.log.Info("the collections were read again", "collections", len(cfg.Collections))
	}, func(err error) {
		a.log.Error("the changed configuration is faulty; the old one stays in force", "error", err)
	})
	if err != nil {
		a.log.Error("changes of the configuration are not noticed", "error", err)
	}
}
