package bus

import (
	"context"
	"errors"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"huiying/internal/bus/streams"
)

// reconnected ends the requests that stood at the server before: a restarted
// one knows nothing of them.
func (b *Bus) reconnected() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.unlink()
	b.link, b.unlink = context.WithCancel(context.Background())
	b.quiet = silence{answered: time.Now()}
}

// isolatedAfter is after how long without an answer another server of a cluster
// is asked: one that was cut off from the others keeps its clients, and can
// answer nothing for as long as it is.
const isolatedAfter = 2 * time.Second

// silence is since when a server has answered nothing.
type silence struct {
	answered time.Time // the last time it did, or that we came to it
	since    time.Time // when the first request was made that it has not answered since, zero for none
}

// note takes down what became of a request made at some time, and reports
// whether the server has been silent for too long by now.
func (s *silence) note(answered bool, asked, now time.Time) (isolated bool) {
	if answered {
		*s = silence{answered: now}
		return false
	}
	if s.since.IsZero() {
		if s.since = asked; s.answered.After(asked) {
			s.since = s.answered // it answers others
		}
	}
	if now.Sub(s.since) < isolatedAfter {
		return false
	}
	s.since = now
	return true
}

// heard notes what became of a request made at some time, and leaves a server
// that has answered none for long.
func (b *Bus) heard(asked time.Time, err error) {
	if b.o.URL == "" {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.quiet.note(!silent(err), asked, time.Now()) {
		b.leave()
	}
}

func (b *Bus) leave() {
	if b.broker.Leave() {
		b.log.Warn("the message server answers nothing; another one is asked")
	}
}

// silent reports whether err is no answer: none came, or the server says that it
// knows no leader, as one says that is cut off from the others.
func silent(err error) bool {
	if err == nil {
		return false
	}
	if api, answered := errors.AsType[*jetstream.APIError](err); answered {
		return streams.Leaderless(api)
	}
	return true
}

// request bounds one request to the server by d and by the connection.
func (b *Bus) request(ctx context.Context, d time.Duration) (context.Context, context.CancelFunc) {
	ctx, unlink := b.linked(ctx)
	ctx, cancel := context.WithTimeout(ctx, d)
	return ctx, func() {
		cancel()
		unlink()
	}
}

// linked bounds requests by the connection: those that stand when it is made
// anew end then.
func (b *Bus) linked(ctx context.Context) (context.Context, context.CancelFunc) {
	b.mu.Lock()
	link := b.link
	b.mu.Unlock()
	ctx, cancel := context.WithCancel(ctx)
	stop := context.AfterFunc(link, cancel)
	return ctx, func() {
		stop()
		cancel()
	}
}

// wait sleeps d, or less when ctx ends; it reports whether d has passed.
func wait(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}
