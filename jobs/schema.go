package jobs

// schema is written in the SQL both databases understand. Times are microseconds
// since 1970 in UTC, and 0 where there is none. $blob stands for the type of
// bytes, the one word they do not share. Every statement may be run again.
var schema = []string{
	`CREATE TABLE IF NOT EXISTS gather_jobs (
		id TEXT PRIMARY KEY,
		state TEXT NOT NULL,
		client TEXT NOT NULL,
		source TEXT NOT NULL,
		batch $blob NOT NULL,
		callback TEXT NOT NULL,
		on_change TEXT NOT NULL,
		total BIGINT NOT NULL,
		done BIGINT NOT NULL,
		attempt BIGINT NOT NULL,
		stalls BIGINT NOT NULL,
		start_done BIGINT NOT NULL,
		holder TEXT NOT NULL,
		created_at BIGINT NOT NULL,
		started_at BIGINT NOT NULL,
		finished_at BIGINT NOT NULL,
		summary $blob,
		error TEXT NOT NULL
	)`,
	`CREATE INDEX IF NOT EXISTS gather_jobs_state ON gather_jobs (state, id)`,
	`CREATE INDEX IF NOT EXISTS gather_jobs_finished ON gather_jobs (finished_at) WHERE finished_at > 0`,
	`CREATE TABLE IF NOT EXISTS gather_items (
		job_id TEXT NOT NULL,
		idx BIGINT NOT NULL,
		seq BIGINT NOT NULL,
		response $blob NOT NULL,
		PRIMARY KEY (job_id, idx)
	)`,
	`CREATE UNIQUE INDEX IF NOT EXISTS gather_items_seq ON gather_items (job_id, seq)`,
	`CREATE TABLE IF NOT EXISTS gather_keys (
		client TEXT NOT NULL,
		key TEXT NOT NULL,
		body_hash $blob NOT NULL,
		job_id TEXT NOT NULL,
		PRIMARY KEY (client, key)
	)`,
	`CREATE INDEX IF NOT EXISTS gather_keys_job ON gather_keys (job_id)`,
	`CREATE TABLE IF NOT EXISTS gather_inbound (
		hook TEXT NOT NULL,
		delivery TEXT NOT NULL,
		job_id TEXT NOT NULL,
		PRIMARY KEY (hook, delivery)
	)`,
	`CREATE INDEX IF NOT EXISTS gather_inbound_job ON gather_inbound (job_id)`,
	`CREATE TABLE IF NOT EXISTS gather_deliveries (
		id TEXT PRIMARY KEY,
		job_id TEXT NOT NULL,
		target TEXT NOT NULL,
		body $blob NOT NULL,
		state TEXT NOT NULL,
		attempts BIGINT NOT NULL,
		round BIGINT NOT NULL,
		created_at BIGINT NOT NULL,
		next_at BIGINT NOT NULL,
		reason TEXT NOT NULL
	)`,
	`CREATE INDEX IF NOT EXISTS gather_deliveries_job ON gather_deliveries (job_id)`,
	`CREATE INDEX IF NOT EXISTS gather_deliveries_state ON gather_deliveries (state, id)`,
	`CREATE TABLE IF NOT EXISTS gather_attempts (
		delivery_id TEXT NOT NULL,
		n BIGINT NOT NULL,
		at BIGINT NOT NULL,
		took BIGINT NOT NULL,
		status BIGINT NOT NULL,
		reason TEXT NOT NULL,
		PRIMARY KEY (delivery_id, n)
	)`,
	`CREATE TABLE IF NOT EXISTS gather_disabled (
		target TEXT PRIMARY KEY,
		at BIGINT NOT NULL
	)`,
	`CREATE TABLE IF NOT EXISTS gather_schedules (
		name TEXT PRIMARY KEY,
		spec TEXT NOT NULL,
		next_at BIGINT NOT NULL,
		last_at BIGINT NOT NULL,
		last_hash $blob
	)`,
	`CREATE TABLE IF NOT EXISTS gather_instances (
		id TEXT PRIMARY KEY,
		expires_at BIGINT NOT NULL
	)`,
}
