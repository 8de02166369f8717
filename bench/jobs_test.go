package bench_test

import (
	"context"
	"errors"
	"path/filepath"
	"slices"
	"sync"
	"syscall"
	"testing"
	"time"

	"gather/jobs"
	"gather/jobs/jobstest"
)

// The speeds durable jobs are held to:
//
//	BenchmarkJobsAccept     at least 3,000 jobs/s on SQLite, workers running
//	BenchmarkJobsLatency    p99 under 50 ms at 200 submissions a second
//	BenchmarkJobsStart      idle submit-to-start under 100 ms (SQLite), 20 ms (PostgreSQL)
//	BenchmarkJobsIdle       under 2 % of a core
//	BenchmarkJobsBig        10,000 items in bounded memory

// jobsBatch is an ordinary small one.
var jobsBatch = []byte(`{"requests":[{"id":"user","url":"https://example.com/users/1"},{"id":"todos","url":"https://example.com/todos?userId=1"}]}`)

// runner says when a job was started, and stores nothing.
type runner func(in jobs.RunInput, sink func(int, []byte) error) error

func (r runner) Run(_ context.Context, in jobs.RunInput, sink func(int, []byte) error) ([]byte, error) {
	return []byte(`{}`), r(in, sink)
}

func noop(jobs.RunInput, func(int, []byte) error) error { return nil }

func startJobs(b *testing.B, database string, r runner) *jobs.Service {
	b.Helper()
	s, err := jobs.New(jobs.Options{Database: database, Runner: r})
	if err != nil {
		b.Fatal(err)
	}
	if err := s.Start(b.Context()); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
		defer cancel()
		if err := s.Stop(ctx); err != nil {
			b.Error(err)
		}
	})
	submitJob(b, s) // opens it
	return s
}

func submitJob(b *testing.B, s *jobs.Service) {
	if _, err := s.Submit(context.Background(), jobs.Submission{Batch: jobsBatch, Total: 2}); err != nil {
		b.Error(err)
	}
}

// onDatabases runs a benchmark on both, on a disk that is synced.
func onDatabases(b *testing.B, bench func(b *testing.B, database string)) {
	b.Run("sqlite", func(b *testing.B) { bench(b, "sqlite:"+filepath.Join(b.TempDir(), "gather.db")) })
	b.Run("postgres", func(b *testing.B) {
		server := jobstest.Server{Durable: true}
		b.Cleanup(server.Stop) // after what uses it has stopped
		dsn, _ := server.Database(b)
		bench(b, dsn)
	})
}

func BenchmarkJobsAccept(b *testing.B) {
	onDatabases(b, func(b *testing.B, database string) {
		s := startJobs(b, database, noop)
		const callers = 128
		work := make(chan struct{}, b.N)
		for range b.N {
			work <- struct{}{}
		}
		close(work)
		b.ResetTimer()
		var wg sync.WaitGroup
		for range callers {
			wg.Go(func() {
				for range work {
					submitJob(b, s)
				}
			})
		}
		wg.Wait()
		b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "jobs/s")
	})
}

func BenchmarkJobsLatency(b *testing.B) {
	onDatabases(b, func(b *testing.B, database string) {
		s := startJobs(b, database, noop)
		took := make([]time.Duration, b.N)
		ticker := time.NewTicker(time.Second / 200)
		defer ticker.Stop()
		b.ResetTimer()
		var wg sync.WaitGroup
		for i := range b.N {
			<-ticker.C
			wg.Go(func() {
				start := time.Now()
				submitJob(b, s)
				took[i] = time.Since(start)
			})
		}
		wg.Wait()
		report(b, took)
	})
}

func BenchmarkJobsStart(b *testing.B) {
	onDatabases(b, func(b *testing.B, database string) {
		started := make(chan time.Time, 1)
		s := startJobs(b, database, func(jobs.RunInput, func(int, []byte) error) error {
			started <- time.Now()
			return nil
		})
		<-started
		took := make([]time.Duration, b.N)
		b.ResetTimer()
		for i := range b.N {
			time.Sleep(50 * time.Millisecond) // idle
			start := time.Now()
			submitJob(b, s)
			took[i] = (<-started).Sub(start)
		}
		report(b, took)
	})
}

func BenchmarkJobsIdle(b *testing.B) {
	onDatabases(b, func(b *testing.B, database string) {
		startJobs(b, database, noop)
		time.Sleep(6 * time.Second) // past what follows a start: elections, migrations
		for range b.N {
			before, start := cpu(b), time.Now()
			time.Sleep(5 * time.Second)
			b.ReportMetric(100*(cpu(b)-before).Seconds()/time.Since(start).Seconds(), "%core")
		}
	})
}

func BenchmarkJobsBig(b *testing.B) {
	onDatabases(b, func(b *testing.B, database string) {
		const items, lanes = 10_000, 32
		response := []byte(`{"collected":true,"status":200,"body":"` + string(slices.Repeat([]byte("x"), 4<<10)) + `"}`)
		done := make(chan error, 1)
		s := startJobs(b, database, func(in jobs.RunInput, sink func(int, []byte) error) error {
			if in.Batch[0] != '!' {
				return nil
			}
			next := make(chan int)
			errs := make([]error, lanes)
			var wg sync.WaitGroup
			for lane := range lanes {
				wg.Go(func() {
					for i := range next {
						errs[lane] = errors.Join(errs[lane], sink(i, response))
					}
				})
			}
			for i := range items {
				next <- i
			}
			close(next)
			wg.Wait()
			done <- errors.Join(errs...)
			return nil
		})
		b.ResetTimer()
		for range b.N {
			job, err := s.Submit(b.Context(), jobs.Submission{Batch: []byte("!"), Total: items})
			if err != nil {
				b.Fatal(err)
			}
			if err := <-done; err != nil {
				b.Fatal(err)
			}
			n := 0
			for _, err := range s.Responses(b.Context(), job.Job.ID) {
				if err != nil {
					b.Fatal(err)
				}
				n++
			}
			if n != items {
				b.Fatalf("%d responses", n)
			}
		}
		b.ReportMetric(items*float64(b.N)/b.Elapsed().Seconds(), "items/s")
	})
}

func report(b *testing.B, took []time.Duration) {
	slices.Sort(took)
	ms := func(q float64) float64 { return float64(took[int(q*float64(len(took)-1))].Microseconds()) / 1000 }
	b.ReportMetric(ms(0.5), "p50-ms")
	b.ReportMetric(ms(0.99), "p99-ms")
}

func cpu(b *testing.B) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
