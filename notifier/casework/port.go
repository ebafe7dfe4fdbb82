// Package casework is the case machine: which step may follow which, who may
// take it, what it needs, which clocks run, and the record that rebuilds every
// case. It refuses a step that is not in its table, a step without its trace,
// and anything that would make a due time later or a breach disappear.
package casework

import (
	"context"
	"time"

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
	// PutText keeps words that a step names by digest; keeping them again
	// changes nothing.
	PutText(ctx context.Context, digest, text string) error
	History
}

// History reads the record.
type History interface {
	// Steps reads the steps of a case, the first to the last.
	Steps(ctx context.Context, no string) ([]huiying.Step, error)
}

// Ledger runs one transaction over cases; what f did is undone when it returns
// an error.
type Ledger interface {
	InTx(ctx context.Context, f func(Tx) error) error
}

// LedgerFunc is a Ledger of one function, for whoever has transactions of a
// richer type.
type LedgerFunc func(ctx context.Context, f func(Tx) error) error

// InTx runs f in one transaction.
func (l LedgerFunc) InTx(ctx context.Context, f func(Tx) error) error { return l(ctx, f) }

// Deadlines finds the cases whose clocks somebody must look at.
type Deadlines interface {
	// Due names up to n cases that have a running clock with its due time, or a
	// warning before it, at or before now; the earliest first.
	Due(ctx context.Context, now time.Time, n int) ([]string, error)
	// Provisional names up to n open cases, in the order of their numbers and
	// beginning behind after, with a clock whose due time is provisional.
	Provisional(ctx context.Context, after string, n int) ([]string, error)
}
