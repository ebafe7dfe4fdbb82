package record

import (
	"context"

	"huiying"
	"huiying/internal/store/postings"
)

// BeginPosting writes an attempt to publish; see postings.Begin.
func (t *Tx) BeginPosting(ctx context.Context, p huiying.Posting) error {
	return postings.Begin(ctx, t.tx, p)
}

// EndPosting writes what became of it; see postings.End.
func (t *Tx) EndPosting(ctx context.Context, p huiying.Posting) error {
	return postings.End(ctx, t.tx, p)
}

// Posting reads an attempt; huiying.NotFound when there is none.
func (t *Tx) Posting(ctx context.Context, id string) (huiying.Posting, error) {
	return postings.Get(ctx, t.tx, id)
}
