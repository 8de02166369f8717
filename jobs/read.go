package jobs

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"iter"
	"strings"

	"github.com/google/uuid"
)

const (
	defaultLimit = 50
	maxLimit     = 200
	// pageRows and pageBytes bound what is read of a result at a time; one
	// response may exceed pageBytes alone.
	pageRows  = 100
	pageBytes = 1 << 20
)

const jobColumns = `id, state, client, source, created_at, started_at, finished_at, done, total, attempt, summary, error, callback`

func scanJob(r rows) (Job, error) {
	var (
		j                          Job
		state, callback            string
		created, started, finished int64
	)
	err := r.Scan(&j.ID, &state, &j.Client, &j.Source, &created, &started, &finished,
		&j.Done, &j.Total, &j.Attempts, &j.Summary, &j.Error, &callback)
	if err != nil {
		return Job{}, err
	}
	j.State = State(state)
	j.CreatedAt, j.StartedAt, j.FinishedAt = fromMicros(created), fromMicros(started), fromMicros(finished)
	j.Callback, err = parseTarget(callback)
	return j, err
}

// parseTarget reads a stored target, "" for none.
func parseTarget(stored string) (t Target, err error) {
	if stored != "" {
		err = json.Unmarshal([]byte(stored), &t)
	}
	return t, err
}

func jobsOf(ctx context.Context, q querier, query string, args ...any) ([]Job, error) {
	r, err := q.query(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	var list []Job
	for r.Next() {
		j, err := scanJob(r)
		if err != nil {
			return nil, err
		}
		list = append(list, j)
	}
	return list, r.Err()
}

// Get returns a job. Errors are ErrNotFound and ErrUnavailable.
func (s *Service) Get(ctx context.Context, id string) (Job, error) {
	d, err := s.open(ctx, false)
	if err != nil {
		return Job{}, err
	}
	if d == nil || !isUUID(id) {
		return Job{}, ErrNotFound
	}
	return getJob(ctx, d.store.reader(), id)
}

func getJob(ctx context.Context, q querier, id string) (Job, error) {
	list, err := jobsOf(ctx, q, `SELECT `+jobColumns+` FROM gather_jobs WHERE id = $1`, id)
	switch {
	case err != nil:
		return Job{}, unavailable(err)
	case len(list) == 0:
		return Job{}, ErrNotFound
	}
	return list[0], nil
}

// Batch returns what was submitted. Errors are ErrNotFound and ErrUnavailable.
func (s *Service) Batch(ctx context.Context, id string) ([]byte, error) {
	d, err := s.open(ctx, false)
	if err != nil {
		return nil, err
	}
	if d == nil || !isUUID(id) {
		return nil, ErrNotFound
	}
	var batch []byte
	found, err := one(ctx, d.store.reader(), `SELECT batch FROM gather_jobs WHERE id = $1`, []any{id}, &batch)
	switch {
	case err != nil:
		return nil, unavailable(err)
	case !found:
		return nil, ErrNotFound
	}
	return batch, nil
}

// A Query says which jobs to list.
type Query struct {
	State  State  // "": any
	Client string // "": anybody's
	Limit  int    // 0: 50; at most 200
	Cursor string // Page.Next of the page before; "": the newest
}

// A Page is part of a list, newest first.
type Page struct {
	Jobs []Job
	Next string // "" on the last page
}

// List returns jobs, newest first. Jobs that are accepted meanwhile do not shift
// the pages that follow. Errors are ErrCursor and ErrUnavailable.
func (s *Service) List(ctx context.Context, q Query) (Page, error) {
	before, err := decodeCursor(q.Cursor, "")
	if err != nil {
		return Page{}, err
	}
	limit := clampLimit(q.Limit)
	d, err := s.open(ctx, false)
	if err != nil || d == nil {
		return Page{}, err
	}
	where, args := "id < $1", []any{before}
	if q.State != "" {
		args = append(args, string(q.State))
		where += fmt.Sprintf(" AND state = $%d", len(args))
	}
	if q.Client != "" {
		args = append(args, q.Client)
		where += fmt.Sprintf(" AND client = $%d", len(args))
	}
	list, err := jobsOf(ctx, d.store.reader(), fmt.Sprintf(`SELECT %s FROM gather_jobs WHERE %s ORDER BY id DESC LIMIT %d`,
		jobColumns, where, limit+1), args...)
	if err != nil {
		return Page{}, unavailable(err)
	}
	if len(list) <= limit {
		return Page{Jobs: list}, nil
	}
	return Page{Jobs: list[:limit], Next: encodeCursor(list[limit-1].ID)}, nil
}

func clampLimit(n int) int {
	if n <= 0 {
		return defaultLimit
	}
	return min(n, maxLimit)
}

// afterAll sorts behind every id, in every collation.
const afterAll = "zz"

func encodeCursor(id string) string { return base64.RawURLEncoding.EncodeToString([]byte(id)) }

// decodeCursor reads the id, prefix and UUID, in a cursor.
func decodeCursor(cursor, prefix string) (string, error) {
	if cursor == "" {
		return afterAll, nil
	}
	id, err := base64.RawURLEncoding.DecodeString(cursor)
	if err != nil {
		return "", ErrCursor
	}
	bare, ok := strings.CutPrefix(string(id), prefix)
	if !ok || !isUUID(bare) {
		return "", ErrCursor
	}
	return string(id), nil
}

// isUUID takes the plain form only, of the several there are.
func isUUID(s string) bool { return len(s) == 36 && uuid.Validate(s) == nil }

// A Stored response is one item's, by its position in the batch.
type Stored struct {
	Index    int
	Response []byte // JSON
}

// Responses streams the responses a job has stored so far, in the order of its
// requests, reading about a MiB at a time. Items that are not done are left out.
// It ends after the first error: ErrNotFound, ErrUnavailable or ctx's own.
func (s *Service) Responses(ctx context.Context, id string) iter.Seq2[Stored, error] {
	return func(yield func(Stored, error) bool) {
		if _, err := s.Get(ctx, id); err != nil {
			yield(Stored{}, err)
			return
		}
		d, err := s.open(ctx, false)
		if err != nil {
			yield(Stored{}, err)
			return
		}
		for after := -1; ; {
			page, err := itemsAfter(ctx, d.store.reader(), "idx", id, int64(after))
			if err != nil {
				yield(Stored{}, unavailable(err))
				return
			}
			for _, it := range page {
				if !yield(it.Stored, nil) {
					return
				}
				after = it.Index
			}
			if len(page) == 0 {
				return
			}
		}
	}
}

// item is a Stored response with its place in the order of completion.
type item struct {
	Stored
	seq int64
}

// itemsAfter reads one page of a job's items in the order of a column. It holds
// no read transaction open between pages: a slow reader must not keep SQLite's
// log from being folded back.
func itemsAfter(ctx context.Context, q querier, column, id string, after int64) ([]item, error) {
	r, err := q.query(ctx, `SELECT idx, seq, response FROM gather_items
		WHERE job_id = $1 AND `+column+` > $2 ORDER BY `+column+` LIMIT $3`, id, after, pageRows)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	var page []item
	for size := 0; size < pageBytes && r.Next(); {
		var it item
		if err := r.Scan(&it.Index, &it.seq, &it.Response); err != nil {
			return nil, err
		}
		page = append(page, it)
		size += len(it.Response)
	}
	return page, r.Err()
}
