package handlers

import (
	"net/http"

	"github.com/gin-gonic/gin"
	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"gather/collections"
	"gather/fetcher"
)

type shownCollection struct {
	Name        string                `json:"name"`
	Description string                `json:"description,omitzero"`
	URL         string                `json:"url"`
	Params      map[string]shownParam `json:"params"`
}

type shownParam struct {
	Type        string           `json:"type"`
	Description string           `json:"description,omitzero"`
	Required    bool             `json:"required"`
	Default     jsontext.Value   `json:"default,omitzero"`
	Min         jsontext.Value   `json:"min,omitzero"`
	Max         jsontext.Value   `json:"max,omitzero"`
	Enum        []jsontext.Value `json:"enum,omitzero"`
	Pattern     string           `json:"pattern,omitzero"`
	MaxLength   int              `json:"maxLength,omitzero"`
}

func showCollection(d *collections.Definition) shownCollection {
	shown := shownCollection{
		Name: d.Name, Description: d.Description, URL: collectionURL(d),
		Params: make(map[string]shownParam, len(d.Params)),
	}
	for name, p := range d.Params {
		param := shownParam{
			Type: p.Type, Description: p.Description, Required: p.Checker.Required(), Default: p.Checker.Default(),
			Min: p.Min, Max: p.Max, Enum: p.Enum, Pattern: p.Pattern, MaxLength: p.MaxLength,
		}
		shown.Params[name] = param
	}
	return shown
}

func collectionURL(d *collections.Definition) string { return "/v1/collections/" + d.Name }

// listCollections answers with the collections the caller may run.
func (s *server) listCollections(c *gin.Context) error {
	shown := struct {
		Collections []shownCollection `json:"collections"`
	}{Collections: []shownCollection{}}
	for _, d := range s.Collections.All() {
		if d.MayRun(callerOf(c).Client) {
			shown.Collections = append(shown.Collections, showCollection(d))
		}
	}
	return answerJSON(c, http.StatusOK, shown)
}

// collection finds the one a request names. One that is not the caller's to run
// looks like one that is not there.
func (s *server) collection(c *gin.Context) (*collections.Definition, error) {
	d := s.Collections.Find(c.Param("name"))
	if d == nil || !d.MayRun(callerOf(c).Client) {
		return nil, &problem{status: http.StatusNotFound, detail: "there is no such collection"}
	}
	return d, nil
}

// getCollection runs a collection with the parameters of the query.
func (s *server) getCollection(c *gin.Context) error {
	d, err := s.collection(c)
	if err != nil {
		return err
	}
	query, err := parameters(c.Request.URL.RawQuery)
	if err != nil {
		return err
	}
	params, err := d.BindQuery(query)
	if err != nil {
		return err
	}
	return s.runWork(c, d, params, nil)
}

// postCollection runs a collection with {"params": {…}, "callback": {…}}.
func (s *server) postCollection(c *gin.Context) error {
	d, err := s.collection(c)
	if err != nil {
		return err
	}
	body, err := s.readBody(c)
	if err != nil {
		return err
	}
	var asked struct {
		Params   jsontext.Value `json:"params"`
		Callback *struct {
			URL      string `json:"url"`
			Endpoint string `json:"endpoint"`
		} `json:"callback"`
	}
	if len(body) > 0 {
		if err := json.Unmarshal(body, &asked, json.RejectUnknownMembers(true)); err != nil {
			return unreadable(body)
		}
	}
	params, err := d.BindJSON(asked.Params)
	if err != nil {
		return err
	}
	var callback *fetcher.Callback
	if asked.Callback != nil {
		callback = &fetcher.Callback{URL: asked.Callback.URL, Endpoint: asked.Callback.Endpoint}
	}
	return s.runWork(c, d, params, callback)
}

// unreadable tells text that is no JSON from JSON of another shape.
func unreadable(body []byte) error {
	if _, err := fetcher.DecodeBatch(body, 0); err != nil {
		if p := problemOf(err); p.status == http.StatusBadRequest {
			return err
		}
	}
	return fetcher.Faults{{Pointer: "#", Detail: `must be {"params": {…}, "callback": {"url": …} or {"endpoint": …}}`}}
}

// runWork runs a collection now, or as a job where that is preferred.
func (s *server) runWork(c *gin.Context, d *collections.Definition, params jsontext.Value, callback *fetcher.Callback) error {
	form := preferred(c.Request.Header, formJSON, formNDJSON, formEvents)
	if form == "" {
		return notAcceptable()
	}
	c.Writer.Header().Add("Vary", "Accept, Prefer")
	work := d.Work(params)
	if prefersAsync(c.Request.Header) {
		return s.submit(c, work, "collection "+d.Name, callback)
	}
	if callback != nil {
		return callbackNeedsJob()
	}
	who := callerOf(c)
	plan, _, err := s.Engine.CompileWork(work, who.Caller, who.maxRequests, false)
	if err != nil {
		return err
	}
	s.run(c, form, plan, who.Caller)
	return nil
}

func callbackNeedsJob() error {
	return fetcher.Faults{{Pointer: "#/callback", Detail: "only a job calls back; send Prefer: respond-async"}}
}
