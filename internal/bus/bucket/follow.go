package bucket

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
)

// again is the wait before a watch that broke is begun anew.
const again = time.Second

// Follower keeps up with a bucket and knows when it does not, for what must not
// be decided by old values.
type Follower struct {
	kv     *KV
	logger *slog.Logger

	mu   sync.Mutex
	lost error
}

// NewFollower makes a Follower; Run follows. Until it does, what was read of
// the bucket by other means counts as known.
func NewFollower(kv *KV, logger *slog.Logger) *Follower { return &Follower{kv: kv, logger: logger} }

// Run calls handle as Watch does, and begins anew where a watch ends or the
// server was lost, until ctx ends.
func (f *Follower) Run(ctx context.Context, handle func(Entry) error) error {
	for ctx.Err() == nil {
		err := f.follow(ctx, handle)
		if ctx.Err() != nil {
			break
		}
		f.see(err)
		f.logger.Error("a bucket cannot be followed; tried again", "bucket", f.kv.kv.Bucket(), "err", err)
		select {
		case <-ctx.Done():
		case <-time.After(again):
		}
	}
	return nil
}

// follow watches until ctx ends, or says why it cannot go on. A watch outlives
// the loss of its server and catches up late and unseen: here it ends with it.
func (f *Follower) follow(ctx context.Context, handle func(Entry) error) error {
	lost := f.kv.conn.StatusChanged(nats.RECONNECTING, nats.DISCONNECTED, nats.CLOSED)
	defer f.kv.conn.RemoveStatusListener(lost)
	own, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		select {
		case <-lost:
			f.see(errAway)
			cancel(errAway)
		case <-own.Done():
		}
	}()
	err := f.kv.Watch(own, "", func(e Entry) error {
		if e.Key == "" { // all there is was handled
			f.see(context.Cause(own))
			return nil
		}
		return handle(e)
	})
	cause := context.Cause(own)
	cancel(nil)
	<-ended
	return errors.Join(cause, err)
}

func (f *Follower) see(err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.lost = err
}

// errAway says that the server is not reached: what changes is not heard.
var errAway = errors.New("the message server is not reached")

// Lost says why the bucket is not known as it stands now, nil when it is.
func (f *Follower) Lost() error {
	if !f.kv.conn.IsConnected() {
		return errAway
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.lost
}
