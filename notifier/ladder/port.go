package ladder

import (
	"context"
	"sync/atomic"
	"time"

	"huiying"
	"huiying/notifier"
	"huiying/notifier/casework"
)

// Cases takes the steps; *casework.Engine is one. Each answers huiying.Conflict
// when its step is not due.
type Cases interface {
	Climb(ctx context.Context, tx casework.Tx, o casework.Climb) (huiying.Case, error)
	Remind(ctx context.Context, tx casework.Tx, no string, receipts []string) (huiying.Case, error)
	Unack(ctx context.Context, tx casework.Tx, no string) (huiying.Case, error)
}

// Due finds what is due.
type Due interface {
	// Ladders names up to n open cases whose ladder somebody must look at by
	// now, the longest waiting first.
	Ladders(ctx context.Context, now time.Time, n int) ([]string, error)
	notifier.CaseReader
}

// Directory knows who can be told at this moment.
type Directory interface {
	// Present resolves ids and the words that Notify leaves. Nobody is nobody:
	// it puts no one in the place of somebody who is missing. gap reports that a
	// duty roster which was named has nobody on duty who can be told.
	Present(ctx context.Context, ids []string) (found []notifier.Recipient, gap bool, err error)
}

// Texts renders a sentence of the catalogue in the office's language.
type Texts func(key string, args ...any) string

// Pulse is when a loop last went round. The zero value has not yet.
type Pulse struct{ at atomic.Int64 }

// Beat notes that the loop goes round.
func (p *Pulse) Beat(now time.Time) { p.at.Store(now.UnixMicro()) }

// Last is when it last did; zero for never.
func (p *Pulse) Last() time.Time {
	if at := p.at.Load(); at != 0 {
		return time.UnixMicro(at).UTC()
	}
	return time.Time{}
}
