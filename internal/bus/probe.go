package bus

import (
	"context"
	"slices"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

// probeEvery is how often a server of a cluster is asked whether it is still one
// of them: a process that has nothing to say would never learn that it is not.
const probeEvery = time.Second

// partedAfter is after how long without a word from the others the leader of a
// consumer is taken to be cut off. They speak once a second; it itself goes on
// believing that it leads for up to twenty seconds, and tells its clients so.
const partedAfter = 3 * time.Second

// probe asks until Close, and leaves a server that is cut off. That it answers
// something proves nothing about the rest, so this is a silence of its own.
func (b *Bus) probe() {
	var quiet silence
	var link context.Context
	for turn := 0; wait(b.ctx, probeEvery); turn++ {
		asked := time.Now()
		b.mu.Lock()
		if link != b.link {
			link, quiet = b.link, silence{answered: asked}
		}
		b.mu.Unlock()
		since, answered := b.ask(asked, turn)
		if quiet.note(answered, since, time.Now()) {
			b.leave()
		}
	}
}

// ask asks for one of the consumers at work here, each in its turn, and for the
// account where there is none. Unanswered, it says since when nothing was heard.
func (b *Bus) ask(now time.Time, turn int) (since time.Time, answered bool) {
	ctx, cancel := b.request(b.ctx, probeEvery)
	defer cancel()
	c := b.consumer(turn)
	if c == nil {
		_, err := b.js.AccountInfo(ctx)
		return now, !silent(err)
	}
	info, err := c.Info(ctx)
	if err != nil {
		return now, !silent(err)
	}
	if heard := parted(info.Cluster); heard > partedAfter {
		return now.Add(-heard), false
	}
	return now, true
}

// parted is for how long the leader of a group has not heard enough others to
// decide anything, 0 without others.
func parted(group *jetstream.ClusterInfo) time.Duration {
	if group == nil || len(group.Replicas) == 0 {
		return 0
	}
	var ago []time.Duration
	for _, p := range group.Replicas {
		ago = append(ago, p.Active)
	}
	slices.Sort(ago)
	return ago[(len(ago)+1)/2-1] // with the leader itself that many are a majority
}

// consumer is the one whose turn it is of those at work here, nil for none.
func (b *Bus) consumer(turn int) jetstream.Consumer {
	var all []*group
	b.running.Range(func(_, v any) bool {
		r := v.(*run)
		r.mu.Lock()
		all = append(all, r.groups...)
		r.mu.Unlock()
		return true
	})
	if len(all) == 0 {
		return nil
	}
	g := all[turn%len(all)]
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.consumer
}
