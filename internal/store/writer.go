package store

import (
	"context"
	"database/sql"
	"fmt"
	"runtime/debug"
	"sync/atomic"
	"time"

	"huiying"
)

// Priority decides who writes first.
type Priority int

// The priorities. Bulk work must keep a transaction under 50 ms (some 200
// rows), for an urgent one waits that long behind it.
const (
	Urgent Priority = iota // alerts, deliveries, case steps, sign-ins
	Bulk                   // the archive, the coverage ledger, purges
)

func (p Priority) String() string {
	if p == Bulk {
		return "bulk"
	}
	return "urgent"
}

const (
	groupTime    = 20 * time.Millisecond // an urgent group takes nobody in after this
	bulkPatience = time.Second           // bulk work that waited this long goes before urgent, once
)

// PanicError is what Write returns when fn panicked; the transaction was
// undone.
type PanicError struct {
	Value any
	Stack []byte
}

func (e *PanicError) Error() string { return fmt.Sprintf("store: transaction panicked: %v", e.Value) }

// writer owns the only connection that writes. Its goroutine runs one
// transaction after another; urgent ones that wait together share one commit,
// each in its own savepoint, so that many small durable transactions cost one
// fsync.
type writer struct {
	db      *sql.DB
	store   *Store
	queue   *queue
	metrics metrics
	group   int
	stopped chan struct{}
	line    line
	commits atomic.Uint64 // that were tried
}

// job is one call of Write.
type job struct {
	ctx      context.Context
	priority Priority
	fn       func(context.Context, *Tx) error
	queued   time.Time
	taken    atomic.Bool // by the writer, or back by the caller that gave up
	after    []func()
	err      error
	done     chan struct{}
}

type inWrite struct{}

func newWriter(s *Store) (*writer, error) {
	q := newQueue()
	m, err := newMetrics(s.options.Registerer, q)
	if err != nil {
		return nil, err
	}
	w := &writer{db: s.writing, store: s, queue: q, metrics: m, group: s.options.GroupSize, stopped: make(chan struct{}), line: newLine()}
	go w.run()
	return w, nil
}

func (w *writer) write(ctx context.Context, p Priority, fn func(context.Context, *Tx) error) error {
	if ctx.Value(inWrite{}) != nil {
		return fmt.Errorf("store: a Write inside a Write would wait for itself")
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	j := &job{ctx: ctx, priority: p, fn: fn, queued: time.Now(), done: make(chan struct{})}
	if !w.queue.put(j) {
		return huiying.Errorf(huiying.Unavailable, "store.closed")
	}
	select {
	case <-j.done:
		return j.err
	case <-ctx.Done():
		if j.taken.CompareAndSwap(false, true) {
			w.queue.drop(j)
			return ctx.Err()
		}
		<-j.done
		return j.err
	}
}

// run is the writer's goroutine. Should a function end its goroutine (as
// testing's FailNow does), another takes over.
func (w *writer) run() {
	finished := false
	defer func() {
		if !finished {
			go w.run()
		}
	}()
	for {
		j, ok := w.queue.next()
		if !ok {
			break
		}
		w.transact(j)
	}
	finished = true
	close(w.stopped)
}

func (w *writer) close() {
	w.queue.close()
	w.line.close()
	<-w.stopped
}

// transact runs first and, when it is urgent, those that wait behind it, in
// one transaction.
func (w *writer) transact(first *job) {
	began := time.Now()
	g := &group{writer: w}
	defer g.answer(began)
	g.err = g.begin(context.WithoutCancel(first.ctx))
	for j := first; j != nil; j = g.next(began) {
		w.metrics.begun(j, time.Now())
		g.jobs = append(g.jobs, j)
		if g.err == nil {
			g.err = g.member(j)
		}
		if g.err != nil {
			return
		}
	}
	g.commit = true
}

// next takes in another urgent job, while the group is small and young.
func (g *group) next(began time.Time) *job {
	if g.jobs[0].priority != Urgent || len(g.jobs) >= g.writer.group || time.Since(began) >= groupTime {
		return nil
	}
	return g.writer.queue.join()
}

// group is the jobs of one transaction.
type group struct {
	writer *writer
	tx     *sql.Tx
	jobs   []*job
	token  string // names the transaction; see engine.turn
	commit bool
	err    error // of the transaction, hence of every job
}

// member runs a job in a savepoint. The error is not the job's own but says
// that the whole transaction is lost.
func (g *group) member(j *job) error {
	ctx := context.WithoutCancel(j.ctx)
	if _, err := g.tx.ExecContext(ctx, `SAVEPOINT member`); err != nil {
		return fmt.Errorf("savepoint: %w", err)
	}
	tx := &Tx{sql: g.tx, store: g.writer.store, now: g.writer.store.Now()}
	j.err = g.call(j, tx)
	if tx.lost != nil {
		return tx.lost
	}
	if j.err != nil {
		if _, err := g.tx.ExecContext(ctx, `ROLLBACK TO SAVEPOINT member`); err != nil {
			return fmt.Errorf("roll back to savepoint: %w", err)
		}
	}
	_, err := g.tx.ExecContext(ctx, `RELEASE SAVEPOINT member`)
	if err != nil && g.refused(err) {
		// The function went on after a statement that failed.
		j.err = fmt.Errorf("a statement of the transaction failed: %w", err)
		_, err = g.tx.ExecContext(ctx, `ROLLBACK TO SAVEPOINT member; RELEASE SAVEPOINT member`)
	}
	if err != nil {
		return fmt.Errorf("release savepoint: %w", err)
	}
	return nil
}

func (g *group) refused(err error) bool {
	refused := g.writer.store.engine.refused
	return refused != nil && refused(err)
}

// call runs the job's function and turns a panic into an error.
func (g *group) call(j *job, tx *Tx) (err error) {
	returned := false
	defer func() {
		if returned {
			return
		}
		if v := recover(); v != nil {
			err = &PanicError{Value: v, Stack: debug.Stack()}
			return
		}
		// The goroutine is ending under us (runtime.Goexit): the deferred
		// answer still reaches everybody of the group.
		g.err = fmt.Errorf("store: a transaction's function ended its goroutine")
	}()
	err = j.fn(context.WithValue(j.ctx, inWrite{}, true), tx)
	returned = true
	if err == nil {
		j.after = tx.after
	}
	return err
}

// answer ends the transaction and tells every caller its outcome.
func (g *group) answer(began time.Time) {
	if g.tx != nil {
		if g.commit && g.err == nil {
			if err := g.tx.Commit(); err != nil {
				g.err = g.settle(fmt.Errorf("commit: %w", err))
			}
			g.writer.commits.Add(1) // before anybody is told
		} else if err := g.tx.Rollback(); err != nil && g.err == nil {
			g.err = fmt.Errorf("roll back: %w", err)
		}
	}
	g.err = g.writer.told(g.err)
	g.writer.metrics.ended(g, time.Since(began))
	for _, j := range g.jobs {
		if j.err == nil || g.err != nil && g.writer.store.engine.undoesAll(j.err) {
			j.err = g.err
		}
		if j.err == nil {
			for _, fn := range j.after {
				fn()
			}
		}
		close(j.done)
	}
}
