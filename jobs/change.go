package jobs

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"hash"

	"github.com/tidwall/gjson"
)

// resultHash digests what a job collected: of each response, in order, whether it
// was collected, its status and its body. Times and attempts differ in every run
// and are left out. The result is read a page at a time.
func resultHash(ctx context.Context, q querier, id string) ([]byte, error) {
	h := sha256.New()
	for after := int64(-1); ; {
		page, err := itemsAfter(ctx, q, "idx", id, after)
		if err != nil {
			return nil, err
		}
		if len(page) == 0 {
			return h.Sum(nil), nil
		}
		for _, it := range page {
			after = int64(it.Index)
			digest(h, []byte{byte(it.Index >> 16), byte(it.Index >> 8), byte(it.Index)})
			for _, field := range gjson.GetManyBytes(it.Response, "collected", "status", "body") {
				digest(h, []byte(field.Raw))
			}
		}
	}
}

// digest writes a field with its length, so that no two lists of fields write the same.
func digest(h hash.Hash, field []byte) {
	var n [8]byte
	binary.BigEndian.PutUint64(n[:], uint64(len(field)))
	h.Write(n[:])
	h.Write(field)
}

// resultChanged keeps the hash of a schedule's result and reports whether it is
// another than before. A nil hash, of a job that has no result, changes nothing.
func resultChanged(ctx context.Context, tx querier, schedule string, hash []byte) (bool, error) {
	if hash == nil {
		return false, nil
	}
	var last []byte
	found, err := one(ctx, tx, `SELECT last_hash FROM gather_schedules WHERE name = $1`, []any{schedule}, &last)
	if err != nil || !found || bytes.Equal(last, hash) {
		return false, err
	}
	_, err = tx.exec(ctx, `UPDATE gather_schedules SET last_hash = $2 WHERE name = $1`, schedule, hash)
	return true, err
}
