// Package attachments keeps the bytes of attachments under their digest, so
// that the same bytes lie here once. Which case has them, and under which name,
// stands in the record; it refuses bytes that are not those of the digest.
package attachments

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"huiying"
	"huiying/internal/store"
)

// File is an attachment without its name.
type File struct {
	Digest string
	Type   string // media type
	Body   []byte
}

// Put keeps a file; one that is here changes nothing. huiying.Invalid when the
// digest is not that of the bytes.
func Put(ctx context.Context, tx *store.Tx, f File) error {
	if f.Digest != huiying.Digest(string(f.Body)) {
		return huiying.Errorf(huiying.Invalid, "file.digest", f.Digest)
	}
	_, err := tx.ExecContext(ctx, `INSERT INTO attachments (digest, type, size, body, at) VALUES ($1, $2, $3, $4, $5) ON CONFLICT (digest) DO NOTHING`,
		f.Digest, f.Type, len(f.Body), f.Body, store.Micros(tx.Now()))
	if err != nil {
		return fmt.Errorf("keep attachment %s: %w", f.Digest, err)
	}
	return nil
}

// Get reads a file and checks it; huiying.NotFound when it is not kept,
// huiying.Conflict when its bytes are no longer those of its digest.
func Get(ctx context.Context, q store.Querier, digest string) (File, error) {
	f := File{Digest: digest}
	err := q.QueryRowContext(ctx, `SELECT type, body FROM attachments WHERE digest = $1`, digest).Scan(&f.Type, &f.Body)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return File{}, huiying.Errorf(huiying.NotFound, "file.gone")
	case err != nil:
		return File{}, fmt.Errorf("read attachment %s: %w", digest, err)
	case huiying.Digest(string(f.Body)) != digest:
		return File{}, huiying.Errorf(huiying.Conflict, "file.changed", digest)
	}
	return f, nil
}

// Kept reports which of the digests are kept.
func Kept(ctx context.Context, q store.Querier, digests []string) (map[string]bool, error) {
	out := map[string]bool{}
	for _, d := range digests {
		var there bool
		if err := q.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM attachments WHERE digest = $1)`, d).Scan(&there); err != nil {
			return nil, fmt.Errorf("look for attachment %s: %w", d, err)
		}
		out[d] = there
	}
	return out, nil
}
