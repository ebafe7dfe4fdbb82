package record

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"sync"
	"time"

	"huiying"
	"huiying/internal/store"
	"huiying/internal/store/cases"
	"huiying/internal/store/outbox"
	"huiying/internal/store/posts"
)

// Ledger runs transactions over cases, their record, and what goes out about
// them. One Ledger serves the whole process.
type Ledger struct {
	store *store.Store

	mu   sync.Mutex
	last head // the newest head this process committed
}

// New makes the ledger of a store.
func New(s *store.Store) *Ledger { return &Ledger{store: s} }

func (l *Ledger) remembered() head {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.last
}

func (l *Ledger) remember(h head) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if h.seq > l.last.seq {
		l.last = h
	}
}

// InTx runs fn in one urgent transaction; what it did is undone when it
// returns an error. See store.Store.Write about what fn may not do.
func (l *Ledger) InTx(ctx context.Context, fn func(*Tx) error) error {
	return l.store.Write(ctx, store.Urgent, func(_ context.Context, tx *store.Tx) error {
		return fn(&Tx{tx: tx, ledger: l})
	})
}

// Case reads a case; huiying.NotFound when there is none.
func (l *Ledger) Case(ctx context.Context, no string) (huiying.Case, error) {
	return cases.Get(ctx, l.store.Reader(), no)
}

// Cases lists cases.
func (l *Ledger) Cases(ctx context.Context, f cases.Filter) ([]huiying.Case, error) {
	return cases.List(ctx, l.store.Reader(), f)
}

// Due names up to n cases that have a running, unbreached clock due at or
// before now, the longest overdue first.
func (l *Ledger) Due(ctx context.Context, now time.Time, n int) ([]string, error) {
	return cases.Due(ctx, l.store.Reader(), now, n)
}

// Provisional names open cases with a clock whose due time is provisional.
func (l *Ledger) Provisional(ctx context.Context, after string, n int) ([]string, error) {
	return cases.Provisional(ctx, l.store.Reader(), after, n)
}

// Ladders names up to n open cases whose escalation ladder somebody must look
// at by now.
func (l *Ledger) Ladders(ctx context.Context, now time.Time, n int) ([]string, error) {
	return cases.Ladders(ctx, l.store.Reader(), now, n)
}

// Steps reads the steps of a case, the first to the last.
func (l *Ledger) Steps(ctx context.Context, no string) ([]huiying.Step, error) {
	return Steps(ctx, l.store.Reader(), no)
}

// Text reads words by digest; huiying.NotFound when they were never kept or
// are purged.
func (l *Ledger) Text(ctx context.Context, digest string) (string, error) {
	return Text(ctx, l.store.Reader(), digest)
}

// Steps reads the steps of a case, the first to the last.
func Steps(ctx context.Context, q store.Querier, no string) ([]huiying.Step, error) {
	steps, err := store.Collect[huiying.Step](q.QueryContext(ctx,
		`SELECT `+rowColumns+` FROM record WHERE case_no = $1 ORDER BY n`, no))(scanStep)
	if err != nil {
		return nil, fmt.Errorf("read steps of case %s: %w", no, err)
	}
	return steps, nil
}

// Text reads words by digest; huiying.NotFound when they were never kept or
// are purged.
func Text(ctx context.Context, q store.Querier, digest string) (text string, err error) {
	err = q.QueryRowContext(ctx, `SELECT text FROM texts WHERE digest = $1`, digest).Scan(&text)
	if errors.Is(err, sql.ErrNoRows) {
		return "", huiying.Errorf(huiying.NotFound, "store.text_not_found", digest)
	}
	if err != nil {
		return "", fmt.Errorf("read text %s: %w", digest, err)
	}
	return text, nil
}

// Tx is one transaction over posts, alerts, deliveries, cases and the record:
// everything of one cause commits together or not at all.
type Tx struct {
	tx     *store.Tx
	ledger *Ledger
}

// Now is the one time of the transaction.
func (t *Tx) Now() time.Time { return t.tx.Now() }

// Case reads a case for update; huiying.NotFound when there is none.
func (t *Tx) Case(ctx context.Context, no string) (huiying.Case, error) {
	return cases.Get(ctx, t.tx, no)
}

// PutCase writes c; huiying.Conflict unless the stored version is c.Version-1
// (0 for a new case), or when its topic has another open case.
func (t *Tx) PutCase(ctx context.Context, c huiying.Case) error { return cases.Put(ctx, t.tx, c) }

// Append chains s to the record (fills Seq, N, Prev, Hash, MAC) and queues the
// message huiying.case.<action> for after the commit. An N that does not
// follow the case's last step is huiying.Conflict; 0 takes the next.
func (t *Tx) Append(ctx context.Context, s huiying.Step) (huiying.Step, error) {
	return t.ledger.append(ctx, t.tx, s)
}

// PutText keeps words that a step names by digest; huiying.Invalid when the
// digest is not theirs.
func (t *Tx) PutText(ctx context.Context, digest, text string) error {
	if digest != huiying.Digest(text) {
		return huiying.Errorf(huiying.Invalid, "store.text_digest", digest)
	}
	_, err := t.tx.ExecContext(ctx, `INSERT INTO texts (digest, text, at) VALUES ($1, $2, $3) ON CONFLICT (digest) DO NOTHING`,
		digest, text, store.Micros(t.tx.Now()))
	if err != nil {
		return fmt.Errorf("keep text %s: %w", digest, err)
	}
	return nil
}

// Text reads words by digest; huiying.NotFound when they are not kept.
func (t *Tx) Text(ctx context.Context, digest string) (string, error) { return Text(ctx, t.tx, digest) }

// Steps reads the steps of a case, the first to the last.
func (t *Tx) Steps(ctx context.Context, no string) ([]huiying.Step, error) {
	return Steps(ctx, t.tx, no)
}

// SaveEvent saves post, judgement, revision and tags; see posts.SaveEvent.
func (t *Tx) SaveEvent(ctx context.Context, ev huiying.Event) (fresh bool, err error) {
	return posts.SaveEvent(ctx, t.tx, ev)
}

// Held reports that the post stands held; see posts.Held.
func (t *Tx) Held(ctx context.Context, post string) (bool, error) { return posts.Held(ctx, t.tx, post) }

// AddAlert keeps an alert and queues its message; added is false, and nothing
// happens, when the id exists.
func (t *Tx) AddAlert(ctx context.Context, a huiying.Alert) (added bool, err error) {
	return outbox.AddAlert(ctx, t.tx, a)
}

// Enqueue puts a delivery into the outbox; added is false when the id exists.
func (t *Tx) Enqueue(ctx context.Context, d huiying.Delivery) (added bool, err error) {
	return outbox.Enqueue(ctx, t.tx, d)
}

// Delivery reads a delivery with its alert; huiying.NotFound when there is
// none.
func (t *Tx) Delivery(ctx context.Context, id string) (huiying.Delivery, error) {
	return outbox.Get(ctx, t.tx, id)
}

// MarkAcked notes that a delivery was acknowledged, together with the step
// that says so.
func (t *Tx) MarkAcked(ctx context.Context, id string, at time.Time) error {
	return outbox.MarkAcked(ctx, t.tx, id, at)
}

// OpenCase finds the open case of a topic.
func (t *Tx) OpenCase(ctx context.Context, topic string) (no string, found bool, err error) {
	return cases.Open(ctx, t.tx, topic)
}

// NextCaseNo gives the next case number of a day: HY20261123-0001 for
// "20261123".
func (t *Tx) NextCaseNo(ctx context.Context, day string) (string, error) {
	return cases.NextNo(ctx, t.tx, day)
}

// SetTriaged marks a post as dealt with by a person without a case.
func (t *Tx) SetTriaged(ctx context.Context, postID string, triaged bool) error {
	return posts.SetTriaged(ctx, t.tx, postID, triaged)
}

// All reads every step of the record in order, for exports and for checks of
// small records.
func All(ctx context.Context, q store.Querier) ([]huiying.Step, error) {
	steps, err := store.Collect[huiying.Step](q.QueryContext(ctx, `SELECT `+rowColumns+` FROM record ORDER BY seq`))(
		func(rows *sql.Rows) (huiying.Step, error) {
			r, err := scanRow(rows)
			if err != nil {
				return huiying.Step{}, err
			}
			return r.step()
		})
	if err != nil {
		return nil, fmt.Errorf("read the record: %w", err)
	}
	return steps, nil
}

func scanStep(rows *sql.Rows) (huiying.Step, error) {
	r, err := scanRow(rows)
	if err != nil {
		return huiying.Step{}, err
	}
	return r.step()
}
