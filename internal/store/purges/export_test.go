package purges

import (
	"context"

	"huiying/internal/store"
)

// Slice takes the oldest slice of a run in the transaction of the caller.
func Slice(ctx context.Context, tx *store.Tx, r Retirement) (took int, err error) {
	list, err := r.slice(ctx, tx, doomed{})
	return len(list), err
}
