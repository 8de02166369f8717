package fetcher

// DecodeBatch reads the JSON form of a batch (API.md section 1), strictly:
// text that is not JSON gives a *[SyntaxError]; unknown keys, duplicate keys and
// values of the wrong type give [Faults], all of them. At most maxRequests items
// are kept (0: no limit); more are a fault, found without keeping them.
func DecodeBatch(data []byte, maxRequests int) (Batch, error) {
	d := newDecoder(data)
	var batch Batch
	err := d.object(map[string]func() error{
		"requests": func() error { return d.requests(&batch, maxRequests) },
		"timeout":  func() error { return d.duration(&batch.Timeout) },
		"concurrency": func() error {
			return d.integer(&batch.Concurrency, 0, 1<<20)
		},
		"callback": func() error {
			batch.Callback = new(Callback)
			return d.object(map[string]func() error{
				"url":      func() error { return d.text(&batch.Callback.URL) },
				"endpoint": func() error { return d.text(&batch.Callback.Endpoint) },
			})
		},
	})
	if err == nil {
		err = d.end()
	}
	if err != nil {
		return Batch{}, d.syntaxError(err)
	}
	return batch, d.faults.faults.orNil()
}

func (d *decoder) requests(batch *Batch, limit int) error {
	count := 0
	err := d.array(func() error {
		count++
		if limit > 0 && count > limit || d.faults.full() {
			return d.in.SkipValue()
		}
		var r Request
		err := d.request(&r)
		batch.Requests = append(batch.Requests, r)
		return err
	})
	if limit > 0 && count > limit {
		d.faults.addf("#/requests", "%d requests are more than the %d allowed", count, limit)
	}
	return err
}

func (d *decoder) request(r *Request) error {
	return d.object(map[string]func() error{
		"id":        func() error { return d.text(&r.ID) },
		"url":       func() error { return d.text(&r.URL) },
		"upstream":  func() error { return d.text(&r.Upstream) },
		"method":    func() error { return d.text(&r.Method) },
		"headers":   func() error { return d.texts(&r.Headers) },
		"body":      func() error { return d.value(&r.Body) },
		"timeout":   func() error { return d.duration(&r.Timeout) },
		"required":  func() error { return d.boolean(&r.Required) },
		"dependsOn": func() error { return d.list(&r.DependsOn) },
		"forEach":   func() error { return d.text(&r.ForEach) },
		"select":    func() error { return d.text(&r.Select) },
		"cache":     func() error { return d.text(&r.Cache) },
		"redirect":  func() error { return d.text(&r.Redirect) },
		"retry": func() error {
			return d.object(map[string]func() error{
				"attempts": func() error { return d.integer(&r.Attempts, 1, MaxAttempts) },
			})
		},
		"paginate": func() error {
			r.Paginate = new(Paginate)
			return d.object(map[string]func() error{
				"next":     func() error { return d.text(&r.Paginate.Next) },
				"param":    func() error { return d.text(&r.Paginate.Param) },
				"items":    func() error { return d.text(&r.Paginate.Items) },
				"total":    func() error { return d.text(&r.Paginate.Total) },
				"maxPages": func() error { return d.integer(&r.Paginate.MaxPages, 1, 10_000) },
			})
		},
	})
}
