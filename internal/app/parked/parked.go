// Package parked is what an administrator does with messages that broke a step
// and were put aside: sees them, gives them back to that step once the cause is
// gone, or discards them with a reason. Every order stands in the access log
// before it is carried out; what a message holds is shown to nobody.
package parked

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"huiying"
	"huiying/internal/bus"
	"huiying/internal/query"
	"huiying/internal/store"
	"huiying/internal/store/access"
)

// Shelf is where parked messages lie.
type Shelf interface {
	Dead(ctx context.Context, room string, most int) ([]bus.Parked, error)
	DeadWaiting(ctx context.Context) (int, error)
	Replay(ctx context.Context, room string, seq uint64) error
	Discard(ctx context.Context, room string, seq uint64) error
}

// Desk carries orders out.
type Desk struct {
	Shelf Shelf
	Store *store.Store
}

const (
	shown   = 200  // the oldest
	atOnce  = 1000 // of one order; another order takes the next
	maxWhy  = 200  // characters
	anyRoom = ""
)

// Parked lists the oldest.
func (d *Desk) Parked(ctx context.Context) (query.ParkedList, error) {
	out := query.ParkedList{List: []query.Parked{}}
	list, err := d.Shelf.Dead(ctx, anyRoom, shown)
	if err != nil {
		return out, err
	}
	for _, p := range list {
		out.List = append(out.List, query.Parked{
			Seq: p.Seq, Room: p.Room, Subject: p.Subject, ID: p.ID, Attempts: p.Attempts, Error: p.Error, At: p.At, Bytes: p.Bytes,
		})
	}
	out.Total, err = d.Shelf.DeadWaiting(ctx)
	out.Total = max(out.Total, len(out.List))
	return out, err
}

// Settle carries an order out and counts the messages. Errors: Invalid for an
// order that is none, NotFound when nothing is parked there, Conflict when the
// step is no more.
func (d *Desk) Settle(ctx context.Context, s query.SettleParked) (int, error) {
	s.Reason = strings.TrimSpace(s.Reason)
	if err := check(s); err != nil {
		return 0, err
	}
	list, err := d.meant(ctx, s)
	if err != nil {
		return 0, err
	}
	if err := d.note(ctx, s, len(list)); err != nil {
		return 0, err
	}
	act := d.Shelf.Replay
	if s.Action == query.ParkedDiscard {
		act = d.Shelf.Discard
	}
	return each(list, func(seq uint64) error { return act(ctx, s.Room, seq) })
}

// each carries an order out for every message. One that somebody else settled
// meanwhile, or whose step is no more, keeps none of the others.
func each(list []uint64, act func(seq uint64) error) (n int, err error) {
	var left error
	for _, seq := range list {
		switch err := act(seq); huiying.ErrorCode(err) {
		case "":
			n++
		case huiying.Conflict, huiying.NotFound:
			left = cmp.Or(left, err)
		default:
			return n, err
		}
	}
	if n == 0 {
		return 0, left
	}
	return n, nil
}

func check(s query.SettleParked) error {
	switch {
	case !slices.Contains([]string{query.ParkedReplay, query.ParkedDiscard}, s.Action):
		return huiying.Errorf(huiying.Invalid, "parked.no_action", s.Action)
	case s.Action == query.ParkedDiscard && s.Reason == "":
		return huiying.Errorf(huiying.Invalid, "parked.no_reason")
	case utf8.RuneCountInString(s.Reason) > maxWhy:
		return huiying.Errorf(huiying.Invalid, "parked.long_reason", maxWhy)
	}
	return nil
}

// meant are the numbers of the messages that an order is about.
func (d *Desk) meant(ctx context.Context, s query.SettleParked) ([]uint64, error) {
	if s.Seq != 0 {
		return []uint64{s.Seq}, nil
	}
	if s.Room == anyRoom {
		return nil, huiying.Errorf(huiying.Invalid, "parked.no_room")
	}
	list, err := d.Shelf.Dead(ctx, s.Room, atOnce)
	if err == nil && len(list) == 0 {
		err = huiying.Errorf(huiying.NotFound, "parked.none_of", s.Room)
	}
	out := make([]uint64, len(list))
	for i, p := range list {
		out[i] = p.Seq
	}
	return out, err
}

func (d *Desk) note(ctx context.Context, s query.SettleParked, n int) error {
	e := access.Entry{Actor: s.Actor.ID, Action: access.ParkedReplayed, Object: s.Room, Detail: fmt.Sprintf("%d", n)}
	if s.Seq != 0 {
		e.Object = fmt.Sprintf("%s/%d", s.Room, s.Seq)
	}
	if s.Action == query.ParkedDiscard {
		e.Action, e.Detail = access.ParkedDiscarded, e.Detail+" "+s.Reason
	}
	return d.Store.Write(ctx, store.Urgent, func(ctx context.Context, tx *store.Tx) error { return access.Note(ctx, tx, e) })
}
