package casework

import (
	"context"

	"huiying"
)

// Tx is one transaction over cases and their record. The store gives it; every
// change of a case, its step in the record and the message about it commit
// together or not at all.
type Tx interface {
	// Case reads a case for update; huiying.NotFound when there is none.
	Case(ctx context.Context, no string) (huiying.Case, error)
	// PutCase writes c; huiying.Conflict unless the stored version is
	// c.Version-1 (0 for a new case).
	PutCase(ctx context.Context, c huiying.Case) error
	// Append chains s to the record (fills Seq, N, Prev, Hash, MAC) and queues
	// the message huiying.case.<action> for after the commit.
	Append(ctx context.Context, s huiying.Step) (huiying.Step, error)
	// PutText keeps words that a step names by digest.
	PutText(ctx context.Context, digest, text string) error
}
