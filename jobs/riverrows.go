package jobs

import "context"

// riverIDs reads one column of River's ids.
func riverIDs(ctx context.Context, q querier, query string, args ...any) ([]int64, error) {
	r, err := q.query(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	var ids []int64
	for r.Next() {
		var id int64
		if err := r.Scan(&id); err != nil {
			return nil, err
		}
		ids = append(ids, id)
	}
	return ids, r.Err()
}

// requeueRiver makes running River jobs available, one statement each: there are
// as many as workers at most, and only after something went wrong.
func requeueRiver(ctx context.Context, q querier, ids []int64) error {
	for _, id := range ids {
		if _, err := q.exec(ctx, `UPDATE river_job SET state = 'available' WHERE id = $1 AND state = 'running'`, id); err != nil {
			return err
		}
	}
	return nil
}
