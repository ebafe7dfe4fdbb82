// Package seat lets one process of those that share a server do what only one
// may do at a time, and lets the others ask it. The seat is a key that its
// holder renews and that dies with it: a killed holder's seat is free again
// after TTL, that of one that stops at once.
//
// A holder that was held up for so long that its seat may be another's notices
// by its own clock and answers nothing any more; no two clocks are compared.
package seat

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"huiying"
	"huiying/internal/bus/bucket"
)

// TTL is how long a seat outlives the last sign of its holder, and so about how
// long a killed holder's questions wait.
const TTL = 5 * time.Second

const (
	renewEvery = TTL / 5
	sure       = TTL * 7 / 10 // after its last renewal a holder answers so long
	lookEvery  = TTL / 10     // how often others look whether the seat is free
	workers    = 32           // questions answered at a time
)

// Sitter is what the holder of a seat does.
type Sitter interface {
	// Answer answers a question; it is called from several goroutines.
	Answer(ctx context.Context, question []byte) ([]byte, error)
	// Leave is called once, when no question is under way any more. held says that
	// the seat is still ours: else another may sit, and nothing may be written.
	Leave(ctx context.Context, held bool) error
}

// Options describe a seat.
type Options struct {
	Name     string // [a-z-]+
	Replicas int    // of its bucket; 0 for one
	// Home says that the server runs in this process: the one before it, in which
	// it ran, is surely dead, and a seat that it left is taken at once.
	Home   bool
	Member bool // the bucket, where there is one, is another's to change
	Logger *slog.Logger
}

// Seat is one seat as this process sees it.
type Seat struct {
	o    Options
	kv   *bucket.KV
	conn *nats.Conn

	mu      sync.Mutex
	term    string // of the holder, as far as known
	sitter  Sitter // nil while another or nobody holds it
	renewed time.Time
	asking  sync.WaitGroup // questions that this process puts to itself
}

// Open opens a seat; nobody takes it by that.
func Open(ctx context.Context, js jetstream.JetStream, o Options) (*Seat, error) {
	kv, err := bucket.OpenKV(ctx, js, "seat-"+o.Name, bucket.KVOptions{TTL: TTL, Replicas: o.Replicas, Member: o.Member})
	if err != nil {
		return nil, err
	}
	return &Seat{o: o, kv: kv, conn: js.Conn()}, nil
}

// holder is the only key of a seat's bucket.
const holder = "holder"

// Run takes the seat whenever it is free and keeps it as long as it can, until
// ctx ends. sit is called each time it was taken, before any question comes; an
// error of it ends Run, unless the server is not reached.
func (s *Seat) Run(ctx context.Context, sit func(context.Context) (Sitter, error)) error {
	for ctx.Err() == nil {
		term := rand.Text()
		if s.o.Home {
			term = home + term
		}
		revision, err := s.take(ctx, term)
		if err != nil {
			if huiying.ErrorCode(err) != huiying.Conflict && ctx.Err() == nil {
				s.o.Logger.Warn("a seat cannot be taken; tried again", "seat", s.o.Name, "error", err)
			}
			pause(ctx, lookEvery)
			continue
		}
		if err := s.hold(ctx, term, revision, sit); err != nil {
			if s.conn.IsConnected() || ctx.Err() != nil {
				return err
			}
			s.o.Logger.Warn("the server was lost while the seat was ours; taken again when it is back", "seat", s.o.Name, "error", err)
		}
	}
	return nil
}

// home begins the terms of a process that runs the server.
const home = "home-"

func (s *Seat) take(ctx context.Context, term string) (uint64, error) {
	if s.o.Home {
		if e, err := s.kv.Get(ctx, holder); err == nil && strings.HasPrefix(string(e.Value), home) {
			return s.kv.Update(ctx, holder, []byte(term), e.Revision)
		}
	}
	return s.kv.Create(ctx, holder, []byte(term))
}

// hold sits until ctx ends or the seat is lost.
func (s *Seat) hold(ctx context.Context, term string, revision uint64, sit func(context.Context) (Sitter, error)) error {
	held, lost := context.WithCancel(ctx)
	defer lost()
	keeping, stop := context.WithCancel(context.WithoutCancel(ctx)) // until it is left, however long that takes
	var renewing sync.WaitGroup
	free := func() { stop(); renewing.Wait() }
	defer free()
	s.see(time.Now())
	renewing.Go(func() { s.renew(keeping, lost, term, revision) })
	sitter, err := sit(held)
	switch {
	case err != nil && held.Err() != nil:
		return nil // ended or lost while it began: no failure of the one who sits
	case err != nil:
		return fmt.Errorf("sit down: %w", err)
	}
	s.o.Logger.Info("seat taken", "seat", s.o.Name, "term", term)
	err = s.answerAll(held, term, sitter)
	leaving, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*TTL)
	defer cancel()
	err = errors.Join(err, sitter.Leave(leaving, s.sits()))
	if free(); s.sits() { // so that another need not wait
		err = errors.Join(err, s.kv.Delete(leaving, holder))
	}
	s.see(time.Time{})
	return err
}

// renew keeps the seat until ctx ends; when it is another's it says so by lost.
func (s *Seat) renew(ctx context.Context, lost func(), term string, revision uint64) {
	for pause(ctx, renewEvery) {
		began := time.Now()
		next, err := s.kv.Update(ctx, holder, []byte(term), revision)
		switch {
		case err == nil:
			revision = next
			s.see(began)
		case ctx.Err() != nil:
		case huiying.ErrorCode(err) == huiying.Conflict, !s.sits():
			s.o.Logger.Warn("seat lost", "seat", s.o.Name, "term", term, "error", err)
			lost()
			return
		}
	}
}

// see notes when the seat was renewed last; the zero time is never.
func (s *Seat) see(renewed time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.renewed = renewed
}

// sits reports whether this process surely holds the seat now.
func (s *Seat) sits() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return time.Since(s.renewed) < sure
}

// pause waits; it reports whether ctx is still on.
func pause(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}
