package fetcher

// DecodeBatch reads the JSON form of a batch (API.md section 1), strictly:
// text that is not JSON gives a *[SyntaxError]; unknown keys, duplicate keys and
// values of the wrong type give [Faults], all of them. At most maxRequests items
// are kept (0: no limit); more are a fault, found without keeping them.
func DecodeBatch(data []byte, maxRequests int) (Batch, error) {
	d := newDecoder(data)
	var batch Batch
	err := d.object(func(name string) (bool, error) {
		switch name {
		case "requests":
			return true, d.requests(&batch, maxRequests)
		case "timeout":
			return true, d.duration(&batch.Timeout)
		case "concurrency":
			return true, d.integer(&batch.Concurrency, 0, 1<<20)
		case "callback":
			batch.Callback = new(Callback)
			return true, d.callback(batch.Callback)
		}
		return false, nil
	})
	if err == nil {
		err = d.end()
	}
	if err != nil {
		return Batch{}, d.syntaxError(err)
	}
	return batch, d.faults.faults.orNil()
}

func (d *decoder) callback(c *Callback) error {
	return d.object(func(name string) (bool, error) {
		switch name {
		case "url":
			return true, d.text(&c.URL)
		case "endpoint":
			return true, d.text(&c.Endpoint)
		}
		return false, nil
	})
}

func (d *decoder) requests(batch *Batch, limit int) error {
	count := 0
	err := d.array(func() error {
		count++
		if limit > 0 && count > limit || d.faults.full() {
			return d.in.SkipValue()
		}
		batch.Requests = append(batch.Requests, Request{})
		return d.request(&batch.Requests[len(batch.Requests)-1])
	})
	if limit > 0 && count > limit {
		d.faults.addf("#/requests", "%d requests are more than the %d allowed", count, limit)
	}
	return err
}

func (d *decoder) request(r *Request) error {
	return d.object(func(name string) (bool, error) {
		switch name {
		case "id":
			return true, d.text(&r.ID)
		case "url":
			return true, d.text(&r.URL)
		case "upstream":
			return true, d.text(&r.Upstream)
		case "method":
			return true, d.text(&r.Method)
		case "headers":
			return true, d.texts(&r.Headers)
		case "body":
			return true, d.value(&r.Body)
		case "timeout":
			return true, d.duration(&r.Timeout)
		case "required":
			return true, d.boolean(&r.Required)
		case "dependsOn":
			return true, d.list(&r.DependsOn)
		case "forEach":
			return true, d.text(&r.ForEach)
		case "select":
			return true, d.text(&r.Select)
		case "cache":
			return true, d.text(&r.Cache)
		case "redirect":
			return true, d.text(&r.Redirect)
		case "retry":
			return true, d.retry(r)
		case "paginate":
			r.Paginate = new(Paginate)
			return true, d.paginate(r.Paginate)
		}
		return false, nil
	})
}

func (d *decoder) retry(r *Request) error {
	return d.object(func(name string) (bool, error) {
		if name != "attempts" {
			return false, nil
		}
		return true, d.integer(&r.Attempts, 1, MaxAttempts)
	})
}

func (d *decoder) paginate(p *Paginate) error {
	return d.object(func(name string) (bool, error) {
		switch name {
		case "next":
			return true, d.text(&p.Next)
		case "param":
			return true, d.text(&p.Param)
		case "items":
			return true, d.text(&p.Items)
		case "total":
			return true, d.text(&p.Total)
		case "maxPages":
			return true, d.integer(&p.MaxPages, 1, 10_000)
		}
		return false, nil
	})
}
