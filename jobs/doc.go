// Package jobs keeps batches that were promised to be run, and runs them.
//
// It owns everything durable: jobs and their results, idempotency keys, inbound
// deliveries seen, schedules, and callbacks with their attempts. What it stores
// is bytes; it never looks into a batch and never fetches anything itself: a
// Runner does the work, and a webhooks.Deliverer the callbacks.
//
// # How a promise is kept
//
// River decides when and where a job is worked; the tables of this package say
// what became of it. Both are written in one transaction, in one database:
// an embedded SQLite file, or PostgreSQL shared by several instances. Every
// write of a worker is fenced on the job's attempt number, so that a worker
// which was taken for dead can no longer change anything, and each job ends
// exactly once. Each response is stored as it is done; what an attempt finds
// stored it does not fetch again.
//
// Acceptances and workers' writes are committed in groups: what arrives while
// one transaction is being synced to disk goes into the next one, together.
package jobs
