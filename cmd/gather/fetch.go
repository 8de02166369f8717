package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"time"

	"gather/cmd/gather/app"
	"gather/fetcher"
)

// FetchCmd runs a batch with the service's own engine, without a server.
type FetchCmd struct {
	URLs        []string      `arg:"" optional:"" name:"url" help:"URLs; - reads one a line from standard input."`
	File        string        `short:"f" help:"Batch as JSON, as POST /v1/fetch takes it; - for standard input." placeholder:"FILE"`
	Curl        []string      `name:"curl" sep:"none" help:"A curl command line, in quotes; may be given several times." placeholder:"'curl …'"`
	NDJSON      bool          `name:"ndjson" help:"Write each response the moment it is done, one a line."`
	Timeout     time.Duration `help:"For the whole batch." placeholder:"10s"`
	Concurrency int           `help:"Most calls in flight at once; 1 is one by one." placeholder:"N" default:"-1"`
	Config      string        `help:"Configuration file; gather.yaml here if it is there." placeholder:"FILE" type:"path"`
}

// Run implements the command. It ends with exit code 1 when something was not
// collected.
func (c FetchCmd) Run(ctx context.Context, s Streams, src sources) error {
	batch, err := c.batch(s)
	if err != nil {
		return err
	}
	cfg, err := src.load(c.Config, nil)
	if err != nil {
		return err
	}
	engine, err := app.NewEngine(cfg, version(), nil, nil)
	if err != nil {
		return err
	}
	defer engine.Close()
	plan, err := engine.Compile(batch, fetcher.CompileOptions{MaxRequests: cfg.Jobs.MaxRequests, Job: c.Timeout > 0})
	if err != nil {
		return fmt.Errorf("the batch is not valid:\n%w", err)
	}
	summary, err := c.run(ctx, s, engine, plan)
	switch {
	case err != nil:
		return err
	case summary.NotCollected > 0:
		return exitError(1)
	default:
		return nil
	}
}

// batch reads what is to be fetched from the arguments, a file or standard input.
func (c FetchCmd) batch(s Streams) (fetcher.Batch, error) {
	var batch fetcher.Batch
	var err error
	switch {
	case c.File != "" && len(c.URLs)+len(c.Curl) > 0:
		err = fmt.Errorf("give URLs and --curl or -f, not both")
	case c.File != "":
		batch, err = readBatch(c.File, s.In)
	default:
		batch, err = c.list(s)
	}
	if err == nil && batch.Callback != nil {
		err = fmt.Errorf("a callback is for jobs, which only the service has")
	}
	if c.Timeout > 0 {
		batch.Timeout = c.Timeout
	}
	if c.Concurrency >= 0 {
		batch.Concurrency = c.Concurrency
	}
	return batch, err
}

func readBatch(file string, in io.Reader) (fetcher.Batch, error) {
	var text []byte
	var err error
	if file == "-" {
		text, err = io.ReadAll(in)
	} else {
		text, err = os.ReadFile(file)
	}
	if err != nil {
		return fetcher.Batch{}, err
	}
	batch, err := fetcher.DecodeBatch(text, 0)
	if err != nil {
		return batch, fmt.Errorf("%s is not a valid batch:\n%w", file, err)
	}
	return batch, nil
}

// list makes a batch of URLs and, after them, curl command lines. What of those
// cannot be translated is said on standard error.
func (c FetchCmd) list(s Streams) (fetcher.Batch, error) {
	urls, err := readURLs(c.URLs, s.In)
	batch := fetcher.URLs(urls)
	for n, line := range c.Curl {
		request, untranslated, failed := curlRequest(line)
		if failed != nil {
			return batch, fmt.Errorf("--curl %d: %w", n+1, failed)
		}
		for _, what := range untranslated {
			_, _ = fmt.Fprintf(s.Err, "gather: --curl %d: not translated: %s\n", n+1, what)
		}
		batch.Requests = append(batch.Requests, request)
	}
	if err == nil && len(batch.Requests) == 0 {
		err = fmt.Errorf("nothing to fetch: give URLs, -, --curl or -f FILE")
	}
	return batch, err
}

func readURLs(args []string, in io.Reader) ([]string, error) {
	var urls []string
	for _, arg := range args {
		if arg != "-" {
			urls = append(urls, arg)
			continue
		}
		listed, err := fetcher.ReadURLs(bufio.NewScanner(in))
		if err != nil {
			return nil, err
		}
		urls = append(urls, listed...)
	}
	return urls, nil
}

// run fetches and writes; a bar on a terminal shows how far it is.
func (c FetchCmd) run(ctx context.Context, s Streams, engine *fetcher.Engine, plan *fetcher.Plan) (fetcher.Summary, error) {
	out := bufio.NewWriter(s.Out)
	bar := newBar(s.Err, plan.Len())
	responses := make([]*fetcher.Response, plan.Len())
	summary := engine.Run(ctx, plan, fetcher.RunOptions{Keep: !c.NDJSON}, func(i int, response *fetcher.Response) {
		if c.NDJSON {
			_, _ = out.Write(append(response.AppendJSON(nil), '\n'))
			_ = out.Flush()
		} else {
			responses[i] = response
		}
		bar.step(response.Collected)
	})
	bar.end(&summary)
	if c.NDJSON {
		_, _ = out.WriteString(`{"summary":`)
		_, _ = out.Write(summary.AppendJSON(nil))
		_, _ = out.WriteString("}\n")
	} else {
		_, _ = out.Write(fetcher.AppendResult(nil, responses, &summary))
	}
	return summary, out.Flush()
}
