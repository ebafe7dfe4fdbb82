package store

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"sync"
	"time"

	"huiying"
)

// How long the writer leaves a database alone that it could not reach.
const (
	firstPause = 50 * time.Millisecond
	longPause  = 2 * time.Second
)

// line is the writer's connection as it fares: who it is of, and how long to
// wait before it is tried again.
type line struct {
	writer string
	pause  time.Duration
	closed chan struct{}
	once   *sync.Once
}

func newLine() line {
	return line{writer: rand.Text(), closed: make(chan struct{}), once: &sync.Once{}}
}

func (l *line) close() { l.once.Do(func() { close(l.closed) }) }

// wait waits before another attempt, twice as long each time; ok is false when
// the store closes.
func (l *line) wait() (ok bool) {
	l.pause = min(max(2*l.pause, firstPause), longPause)
	timer := time.NewTimer(l.pause)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-l.closed:
		return false
	}
}

// begin begins the transaction and waits for its turn among all processes.
func (g *group) begin(ctx context.Context) error {
	w := g.writer
	if w.line.pause > 0 {
		w.line.wait() // the last attempt failed
	}
	tx, err := w.db.BeginTx(ctx, nil)
	if err == nil && w.store.engine.turn != nil {
		g.token = rand.Text()
		if err = w.store.engine.turn(ctx, tx, mark{w.line.writer, g.token, Micros(w.store.Now())}); err != nil {
			err = errors.Join(err, ignoreBroken(tx.Rollback()))
		}
	}
	if err != nil {
		w.line.pause = max(w.line.pause, firstPause)
		return fmt.Errorf("begin: %w", err)
	}
	w.line.pause = 0
	g.tx = tx
	return nil
}

// ignoreBroken leaves out that a connection is gone of which that is known.
func ignoreBroken(err error) error {
	if err == nil || brokenConnection(err) || errors.Is(err, sql.ErrTxDone) {
		return nil
	}
	return err
}

// settle finds out what became of a commit whose answer was lost: nil when it
// took place. Until that is known nothing else is written, so it asks until the
// database answers or the store closes.
func (g *group) settle(lost error) error {
	w := g.writer
	if w.store.engine.last == nil || !w.store.engine.undoesAll(lost) {
		return lost
	}
	for {
		token, err := w.last()
		switch {
		case err == nil && token == g.token:
			return nil
		case err == nil:
			return lost
		}
		if !w.line.wait() {
			return huiying.Errorf(huiying.Unavailable, "store.not_known", w.store.place, masked(lost, w.store.options.DSN))
		}
	}
}

// last reads which transaction of this writer was committed last.
func (w *writer) last() (token string, err error) {
	ctx := context.Background()
	tx, err := w.db.BeginTx(ctx, nil)
	if err != nil {
		return "", err
	}
	token, err = w.store.engine.last(ctx, tx, w.line.writer)
	if rerr := tx.Rollback(); err == nil {
		err = rerr
	}
	if err == nil {
		w.line.pause = 0
	}
	return token, err
}

// told is an error of the whole transaction as callers get it: that the database
// is away is said in a sentence, and to be tried again.
func (w *writer) told(err error) error {
	if err != nil && w.store.engine.name == Postgres && unreachable(err) {
		return huiying.Errorf(huiying.Unavailable, "store.unreachable", w.store.place, masked(err, w.store.options.DSN))
	}
	return err
}

// vacuum takes dead rows out of the tables that hold words and files.
func (s *Store) vacuum(ctx context.Context) (done bool, err error) {
	_, err = s.writing.ExecContext(ctx, `VACUUM posts, post_revisions, post_search, case_search, texts, attachments, report_quotes`)
	if err != nil {
		return false, fmt.Errorf("take dead rows out: %w", err)
	}
	return true, nil
}
