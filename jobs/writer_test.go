package jobs

import (
	"context"
	"errors"
	"testing"
)

// A write that fails alone does not fail its neighbours in the group.
func TestGroupSurvivesOneBadWrite(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, database string) {
		s := newService(t, Options{Database: database})
		d, err := s.open(t.Context(), true)
		if err != nil {
			t.Fatal(err)
		}
		good, err := s.prepare(batch(1))
		if err != nil {
			t.Fatal(err)
		}
		bad := func(ctx context.Context, tx *batchTx) error {
			_, err := tx.exec(ctx, "INSERT INTO no_such_table VALUES (1)")
			return err
		}
		group := []pending{{do: bad, done: make(chan error, 1)}, {do: good.insert, done: make(chan error, 1)}}
		d.writer.commit(group)
		if err := <-group[0].done; err == nil {
			t.Error("the bad write succeeded")
		}
		if err := <-group[1].done; err != nil {
			t.Errorf("the good one: %v", err)
		}
		if _, err := s.Get(t.Context(), good.job.ID); err != nil {
			t.Errorf("Get: %v", err)
		}
	})
}

// What waits is committed together; what comes after close is refused.
func TestWriterGroups(t *testing.T) {
	t.Parallel()
	s := newService(t, Options{Database: newSQLite(t)})
	d, err := s.open(t.Context(), true)
	if err != nil {
		t.Fatal(err)
	}
	begun, release := make(chan struct{}), make(chan struct{})
	results := make(chan error, 10)
	go func() {
		results <- d.writer.do(context.Background(), func(context.Context, *batchTx) error {
			close(begun)
			<-release
			return nil
		})
	}()
	<-begun // one transaction is under way: the others gather behind it
	var shared []*batchTx
	for range 9 {
		p := pending{done: results, do: func(_ context.Context, tx *batchTx) error {
			shared = append(shared, tx) // by the writer's own goroutine only
			return nil
		}}
		d.writer.mu.Lock()
		d.writer.queue = append(d.writer.queue, p)
		d.writer.mu.Unlock()
	}
	canceled, cancel := context.WithCancel(t.Context())
	cancel()
	if err := d.writer.do(canceled, func(context.Context, *batchTx) error { return nil }); !errors.Is(err, context.Canceled) {
		t.Errorf("a caller that left: %v", err)
	}
	close(release)
	for range 10 {
		if err := <-results; err != nil {
			t.Error(err)
		}
	}
	for _, tx := range shared {
		if tx != shared[0] {
			t.Error("they were not committed together")
		}
	}
	d.writer.close()
	if err := d.writer.do(t.Context(), func(context.Context, *batchTx) error { return nil }); !errors.Is(err, ErrUnavailable) {
		t.Errorf("after close: %v", err)
	}
}

func FuzzCursor(f *testing.F) {
	id := "0192d3f0-1234-7000-8000-0123456789ab"
	for _, prefix := range []string{"", deliveryPrefix} {
		if got, err := decodeCursor(encodeCursor(prefix+id), prefix); err != nil || got != prefix+id {
			f.Errorf("%q came back as %q, %v", prefix+id, got, err)
		}
		f.Add(encodeCursor(prefix + id))
	}
	f.Add("")
	f.Add("e30")
	f.Fuzz(func(t *testing.T, cursor string) {
		got, err := decodeCursor(cursor, "")
		switch {
		case err != nil && !errors.Is(err, ErrCursor):
			t.Errorf("%q: %v", cursor, err)
		case err == nil && got != afterAll && !isUUID(got):
			t.Errorf("%q was read as %q", cursor, got)
		}
	})
}
