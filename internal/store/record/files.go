package record

import (
	"context"

	"huiying/internal/store/attachments"
)

// PutFile keeps the bytes of an attachment that a step names by digest.
func (t *Tx) PutFile(ctx context.Context, digest, media string, body []byte) error {
	return attachments.Put(ctx, t.tx, attachments.File{Digest: digest, Type: media, Body: body})
}
