package gather

import (
	"context"
	"strings"
	"time"

	"huiying"
	"huiying/analyzer/burst"
	"huiying/analyzer/cluster"
	"huiying/analyzer/topic"
)

// burstKey is the record of the counts by hour.
const burstKey = "burst"

// maxBurstRecord is how large the record may get, in bytes: a message holds no
// more.
const maxBurstRecord = 900_000

// newBursts takes the counts up where they were left; counts of another zone or
// version are begun anew, for they say nothing of these hours.
func newBursts(records []topic.Record, o Options) *burst.Detector {
	for _, r := range records {
		if r.Key != burstKey || len(r.Value) == 0 {
			continue
		}
		d, err := burst.Restore(o.Zone, r.Value)
		if err == nil {
			return d
		}
		o.Logger.Warn("counts by hour are begun anew", "error", err)
	}
	return burst.New(o.Zone, o.Now())
}

// topicPrefix begins the keys of topics.
const topicPrefix = "topic/"

// keys are what a post counts for: its topic, and what else it said. A post of
// no topic and no rule counts for nothing.
func (m *Matter) keys(id string) []string {
	switch {
	case id != "":
		return append([]string{topicPrefix + id}, m.Keys...)
	case m.Rule != "":
		return m.Keys
	}
	return nil
}

// count notes a post that is met for the first time in its hour.
func (r *Room) count(hour time.Time, keys []string) {
	if hour.IsZero() {
		return
	}
	for _, key := range keys {
		r.bursts.Add(key, hour)
	}
}

// bursting reports whether one of the keys has suddenly more posts than usual.
func (r *Room) bursting(keys []string, at time.Time) bool {
	for _, key := range keys {
		if now := r.bursts.Look(key, at); now.State == burst.Burst || now.Window.Burst {
			return true
		}
	}
	return false
}

// TellSurges tells which topics, rules and places suddenly have more posts than
// usual, or no longer have, since it was called last; it is for every minute.
// What cannot be told is told the next time.
func (r *Room) TellSurges(ctx context.Context, now time.Time) error {
	for _, answer := range r.bursts.Sweep(now) {
		r.later(r.surge(answer, now))
	}
	return r.tellWaiting(ctx)
}

// surge is the message of a burst's beginning or end, with its numbers.
func (r *Room) surge(a burst.Answer, now time.Time) huiying.TopicChange {
	c := huiying.TopicChange{
		Action: huiying.TopicBurst, Key: a.Key, State: string(a.State), At: now.In(r.o.Zone), Since: a.Since,
		Hours: a.Window.Hours, Count: a.Window.Count, Expected: a.Window.Expected, P: a.Window.P,
	}
	if id, ok := strings.CutPrefix(a.Key, topicPrefix); ok {
		if e, open := r.topics.Event(id, now); open {
			return about(c, e)
		}
	}
	return c
}

// about adds what is known of a topic to a message.
func about(c huiying.TopicChange, e cluster.Event) huiying.TopicChange {
	c.Topic, c.Title, c.Typical = e.ID, e.Title, e.Typical
	c.Size, c.Voices, c.Platforms, c.Stage = e.Size, e.Voices, e.Platforms, string(e.Stage)
	return c
}

// later puts a change where it waits to be told.
func (r *Room) later(c huiying.TopicChange) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.waiting = append(r.waiting, c)
}

// tellWaiting tells what waits, in its order, until something cannot be told.
func (r *Room) tellWaiting(ctx context.Context) error {
	r.telling.Lock()
	defer r.telling.Unlock()
	for {
		r.mu.Lock()
		if len(r.waiting) == 0 {
			r.mu.Unlock()
			return nil
		}
		c := r.waiting[0]
		r.mu.Unlock()
		if err := r.tell(ctx, c); err != nil {
			return err
		}
		r.mu.Lock()
		r.waiting = r.waiting[1:]
		r.mu.Unlock()
	}
}

// tell publishes a change; huiying.Unavailable when it could not.
func (r *Room) tell(ctx context.Context, c huiying.TopicChange) error {
	if r.o.Tell == nil {
		return nil
	}
	if err := r.o.Tell(ctx, c); err != nil {
		return huiying.Errorf(huiying.Unavailable, "gather.not_told", err)
	}
	return nil
}

// saveBursts keeps the counts. Too many to be kept are no error of the posts:
// they are counted on, and lost with the process.
func (r *Room) saveBursts(ctx context.Context) error {
	if r.o.Memory == nil {
		return nil
	}
	raw, err := r.bursts.Export()
	if err != nil {
		return err //nolint:wrapcheck // says what was written
	}
	if len(raw) > maxBurstRecord {
		r.o.Logger.WarnContext(ctx, "counts by hour are too many to be kept", "bytes", len(raw))
		return nil
	}
	return r.o.Memory.Save(ctx, []topic.Record{{Key: burstKey, Value: raw}}) //nolint:wrapcheck // says what was saved
}
