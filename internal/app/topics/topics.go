// Package topics gives every process the one room where posts are gathered:
// the process that holds the seat has it open over the bucket, the others ask.
// It keeps the room's clock too: surges are told and what is known is saved
// every minute. When the holder dies, the next opens the room where it was left,
// and posts wait meanwhile.
package topics

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"sync"
	"time"

	"huiying"
	"huiying/analyzer/cluster"
	"huiying/analyzer/gather"
	"huiying/internal/bus"
	"huiying/internal/bus/seat"
)

// Every is how often surges are looked for and what is known is saved.
const Every = time.Minute

// Options are what a Desk works with.
type Options struct {
	Bus    *bus.Bus
	Now    func() time.Time
	Zone   *time.Location
	Logger *slog.Logger
	// Forgotten calls handle with every topic of which nothing is to be kept, until
	// ctx ends.
	Forgotten func(ctx context.Context, handle func(topic string)) error
}

// Desk is the room as one process reaches it. It is safe for concurrent use.
type Desk struct {
	o    Options
	seat *seat.Seat
}

// New reaches for the room. Unless Run runs, only others open it.
func New(ctx context.Context, o Options) (*Desk, error) {
	s, err := o.Bus.Seat(ctx, Bucket)
	if err != nil {
		return nil, err
	}
	return &Desk{o: o, seat: s}, nil
}

// Run opens the room here whenever nobody has it, until ctx ends.
func (d *Desk) Run(ctx context.Context) error { return d.seat.Run(ctx, d.sit) }

// sitting is the room, open in this process.
type sitting struct {
	o     Options
	room  *gather.Room
	loops sync.WaitGroup
	stop  context.CancelFunc
}

func (d *Desk) sit(ctx context.Context) (seat.Sitter, error) {
	kv, err := d.o.Bus.KV(ctx, Bucket, bus.KVOptions{TTL: KeptFor})
	if err != nil {
		return nil, err
	}
	s := &sitting{o: d.o}
	s.room, err = gather.Open(ctx, gather.Options{
		Memory: memory{kv}, Tell: s.tell, Now: d.o.Now, Zone: d.o.Zone, Logger: d.o.Logger,
	})
	if err != nil {
		return nil, err
	}
	ctx, s.stop = context.WithCancel(ctx)
	s.loops.Go(func() { s.tend(ctx) })
	s.loops.Go(func() { s.forget(ctx) })
	return s, nil
}

func (s *sitting) tell(ctx context.Context, c huiying.TopicChange) error {
	body, err := json.Marshal(c)
	if err != nil {
		return fmt.Errorf("write what became of a topic: %w", err)
	}
	return s.o.Bus.Publish(ctx, "huiying.topic."+c.Action, c.MessageID(), body)
}

// tend does what is for every minute. What cannot be told or saved now, for the
// bus is away, is a minute later.
func (s *sitting) tend(ctx context.Context) {
	tick := time.NewTicker(Every)
	defer tick.Stop()
	for {
		err := s.room.TellSurges(ctx, s.o.Now())
		if err = errors.Join(err, s.room.Save(ctx)); err != nil && ctx.Err() == nil {
			s.o.Logger.Error("topics were not told or saved; they are in a minute", "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// forget drops topics of which nothing is to be kept.
func (s *sitting) forget(ctx context.Context) {
	for s.o.Forgotten != nil && ctx.Err() == nil {
		if err := s.o.Forgotten(ctx, s.room.Forget); err != nil && ctx.Err() == nil {
			s.o.Logger.Error("topics to be forgotten are not heard of; tried again", "error", err)
			select {
			case <-ctx.Done():
			case <-time.After(time.Second):
			}
		}
	}
}

// Leave saves what is known, while that is ours to write.
func (s *sitting) Leave(ctx context.Context, held bool) error {
	s.stop()
	s.loops.Wait()
	if !held {
		return nil
	}
	return s.room.Save(ctx)
}

// question is what a process asks of the room elsewhere; one field is set.
type question struct {
	Gather []gather.Matter  `json:"gather,omitempty"`
	Raise  []gather.Rising  `json:"raise,omitempty"`
	Decide *gather.Decision `json:"decide,omitempty"`
	Topic  string           `json:"topic,omitempty"`
	Topics bool             `json:"topics,omitempty"`
}

// Answer does what a question asks for. A panic is an error: the post goes on
// without a topic, and the room stays open.
func (s *sitting) Answer(ctx context.Context, raw []byte) (out []byte, err error) {
	var q question
	if err := json.Unmarshal(raw, &q); err != nil {
		return nil, fmt.Errorf("read a question: %w", err)
	}
	answer, err := s.do(ctx, q)
	if err != nil {
		return nil, err
	}
	if out, err = json.Marshal(answer); err != nil {
		return nil, fmt.Errorf("write an answer: %w", err)
	}
	return out, nil
}

func (s *sitting) do(ctx context.Context, q question) (answer any, err error) {
	defer func() {
		if r := recover(); r != nil {
			s.o.Logger.Error("the room failed", "panic", r, "stack", string(debug.Stack()))
			err = huiying.Errorf(huiying.Internal, "app.room_failed")
		}
	}()
	switch {
	case q.Gather != nil:
		return s.room.Gather(ctx, q.Gather)
	case q.Raise != nil:
		return nil, s.room.Raise(ctx, q.Raise...)
	case q.Decide != nil:
		return s.room.Decide(ctx, *q.Decide)
	case q.Topics:
		return latest(s.room.Topics(s.o.Now())), nil
	}
	e, open := s.room.Topic(q.Topic, s.o.Now())
	if !open {
		return nil, huiying.Errorf(huiying.NotFound, "cluster.no_event", q.Topic)
	}
	return e, nil
}

// most is how many topics are listed: an answer is one message.
const most = 300

func latest(list []cluster.Event) []cluster.Event { return list[:min(len(list), most)] }

// put puts a question to the room, here or elsewhere.
func put[A any](ctx context.Context, d *Desk, q question) (answer A, err error) {
	here, err := d.seat.Here(func(sitter seat.Sitter) error {
		given, err := sitter.(*sitting).do(ctx, q)
		if given, ok := given.(A); ok {
			answer = given
		}
		return err
	})
	if here {
		return answer, err
	}
	raw, err := json.Marshal(q.short())
	if err != nil {
		return answer, fmt.Errorf("write a question: %w", err)
	}
	if raw, err = d.seat.Ask(ctx, raw); err != nil {
		return answer, err
	}
	if err := json.Unmarshal(raw, &answer); err != nil {
		return answer, fmt.Errorf("read an answer: %w", err)
	}
	return answer, nil
}

// Gather says where posts belong; see gather.Room. Where the room is elsewhere, as
// many go in a question as fit a message.
func (d *Desk) Gather(ctx context.Context, list []gather.Matter) ([]gather.Found, error) {
	out := make([]gather.Found, 0, len(list))
	for len(list) > 0 {
		n := fitting(list)
		found, err := put[[]gather.Found](ctx, d, question{Gather: list[:n]})
		if err != nil {
			return nil, err
		}
		if len(found) != n {
			return nil, huiying.Errorf(huiying.Unavailable, "bus.seat_failed")
		}
		out, list = append(out, found...), list[n:]
	}
	return out, nil
}

// mostText is how many bytes of titles and texts another process is asked with:
// written as JSON they may be six times as many, and are one message.
const mostText = 100_000

// fitting is how many of the first ones fit a message, the first in any case.
func fitting(list []gather.Matter) int {
	size := 0
	for i := range list {
		if size += len(list[i].Title) + len(list[i].Text) + len(list[i].ID); i > 0 && size > mostText {
			return i
		}
	}
	return len(list)
}

// short is a question that fits a message. Of longer words the beginning says
// what they are about.
func (q question) short() question {
	if len(q.Gather) != 1 || len(q.Gather[0].Title)+len(q.Gather[0].Text) <= mostText {
		return q
	}
	m := q.Gather[0]
	m.Title, m.Text = cut(m.Title, mostText/4), cut(m.Text, mostText-mostText/4)
	q.Gather = []gather.Matter{m}
	return q
}

// Raise notes the levels of posts of topics; see gather.Room.
func (d *Desk) Raise(ctx context.Context, ups ...gather.Rising) error {
	_, err := put[any](ctx, d, question{Raise: ups})
	return err
}

// Decide does what a person decided of topics; see gather.Room.
func (d *Desk) Decide(ctx context.Context, decided gather.Decision) (huiying.TopicChange, error) {
	return put[huiying.TopicChange](ctx, d, question{Decide: &decided})
}

// Topics are the open topics, the one used last first, and not more than 300.
func (d *Desk) Topics(ctx context.Context) ([]cluster.Event, error) {
	return put[[]cluster.Event](ctx, d, question{Topics: true})
}

// Topic is an open topic; huiying.NotFound when there is none.
func (d *Desk) Topic(ctx context.Context, id string) (cluster.Event, error) {
	return put[cluster.Event](ctx, d, question{Topic: id})
}
