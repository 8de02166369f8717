package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/go-json-experiment/json"
)

// JobsCmd talks to a running service about its jobs.
type JobsCmd struct {
	List   JobsListCmd   `cmd:"" help:"List jobs, newest first."`
	Show   JobsShowCmd   `cmd:"" help:"Show a job and its result as JSON."`
	Cancel JobsCancelCmd `cmd:"" help:"Cancel a job."`
	Retry  JobsRetryCmd  `cmd:"" help:"Run a job's batch once more, as a new job."`
}

// ServerFlags say which service is meant and who asks.
type ServerFlags struct {
	Server string `help:"Address of the service." default:"http://127.0.0.1:8080" env:"GATHER_SERVER" placeholder:"URL"`
	Key    string `help:"API key; better given in the environment." env:"GATHER_KEY" placeholder:"KEY"`
}

// otherEnv are GATHER_ variables that are no keys of the configuration.
func otherEnv() []string { return []string{"GATHER_SERVER", "GATHER_KEY"} }

// JobsListCmd lists jobs.
type JobsListCmd struct {
	ServerFlags
	State string `help:"queued, running, completed, failed or cancelled." placeholder:"STATE"`
	Limit int    `help:"Most jobs." default:"20"`
}

// Run implements the command.
func (c JobsListCmd) Run(ctx context.Context, s Streams) error {
	query := url.Values{"limit": {fmt.Sprint(c.Limit)}}
	if c.State != "" {
		query.Set("state", c.State)
	}
	text, err := c.ask(ctx, http.MethodGet, "/v1/jobs?"+query.Encode())
	if err != nil {
		return err
	}
	var page struct {
		Jobs []struct {
			ID        string    `json:"id"`
			State     string    `json:"state"`
			Source    string    `json:"source"`
			CreatedAt time.Time `json:"createdAt"`
			Progress  struct {
				Done  int `json:"done"`
				Total int `json:"total"`
			} `json:"progress"`
		} `json:"jobs"`
	}
	if err := json.Unmarshal(text, &page); err != nil {
		return fmt.Errorf("the service's answer cannot be read")
	}
	table := tabwriter.NewWriter(s.Out, 0, 4, 2, ' ', 0)
	_, _ = fmt.Fprintln(table, "ID\tSTATE\tDONE\tCREATED\tSOURCE")
	for _, job := range page.Jobs {
		_, _ = fmt.Fprintf(table, "%s\t%s\t%d/%d\t%s\t%s\n", job.ID, job.State, job.Progress.Done, job.Progress.Total,
			job.CreatedAt.Local().Format(time.DateTime), job.Source)
	}
	return table.Flush()
}

// JobFlags name one job of a service.
type JobFlags struct {
	ServerFlags
	ID string `arg:"" help:"The job's id."`
}

// show asks for something about the job and writes the answer as it comes.
func (f JobFlags) show(ctx context.Context, s Streams, method, suffix string) error {
	text, err := f.ask(ctx, method, "/v1/jobs/"+url.PathEscape(f.ID)+suffix)
	if err != nil {
		return err
	}
	_, err = s.Out.Write(text)
	return err
}

// JobsShowCmd shows a job with its result.
type JobsShowCmd struct{ JobFlags }

// Run implements the command.
func (c JobsShowCmd) Run(ctx context.Context, s Streams) error {
	return c.show(ctx, s, http.MethodGet, "")
}

// JobsCancelCmd cancels a job.
type JobsCancelCmd struct{ JobFlags }

// Run implements the command.
func (c JobsCancelCmd) Run(ctx context.Context, s Streams) error {
	return c.show(ctx, s, http.MethodDelete, "")
}

// JobsRetryCmd runs a job's batch once more.
type JobsRetryCmd struct{ JobFlags }

// Run implements the command.
func (c JobsRetryCmd) Run(ctx context.Context, s Streams) error {
	return c.show(ctx, s, http.MethodPost, "/retry")
}

// ask sends one request to the service and gives its answer, or what it says is
// wrong.
func (f ServerFlags) ask(ctx context.Context, method, path string) ([]byte, error) {
	request, err := http.NewRequestWithContext(ctx, method, strings.TrimRight(f.Server, "/")+path, nil)
	if err != nil {
		return nil, fmt.Errorf("--server is not a URL")
	}
	if f.Key != "" {
		request.Header.Set("X-API-Key", f.Key)
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return nil, fmt.Errorf("no answer from the service at %s; is it running?", f.Server)
	}
	defer func() { _ = answer.Body.Close() }()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		return nil, fmt.Errorf("the service's answer broke off")
	}
	if answer.StatusCode/100 != 2 {
		var problem struct {
			Detail string `json:"detail"`
		}
		_ = json.Unmarshal(text, &problem)
		return nil, fmt.Errorf("the service says %d: %s", answer.StatusCode, problem.Detail)
	}
	return text, nil
}
