package record

import (
	"context"

	"huiying/internal/store/saved"
)

// NoteTold keeps what a person was told of a saved view.
func (t *Tx) NoteTold(ctx context.Context, d saved.Due, told saved.Told) error {
	return saved.Note(ctx, t.tx, d, told)
}
