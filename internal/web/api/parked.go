package api

import (
	"context"

	"huiying/internal/query"
)

// Parked deals with messages that broke a step and were put aside.
type Parked interface {
	Parked(ctx context.Context) (query.ParkedList, error)
	Settle(ctx context.Context, s query.SettleParked) (int, error)
}

type parkedOut struct {
	Body query.ParkedList
}

func (s *service) parked(ctx context.Context, _ *none) (*parkedOut, error) {
	list, err := s.o.Parked.Parked(ctx)
	return &parkedOut{list}, err
}

type settleIn struct {
	Room string `path:"room" maxLength:"64"`
	Body struct {
		Action string `json:"action" enum:"replay,discard"`
		Seq    uint64 `json:"seq,omitempty" doc:"One message; none = all of the room, at most a thousand at once"`
		Reason string `json:"reason,omitempty" maxLength:"200" doc:"Required to discard"`
	}
}

type settleOut struct {
	Body struct {
		N int `json:"n" doc:"Messages"`
	}
}

func (s *service) settleParked(ctx context.Context, in *settleIn) (*settleOut, error) {
	out := &settleOut{}
	var err error
	out.Body.N, err = s.o.Parked.Settle(ctx, query.SettleParked{Action: in.Body.Action, Room: in.Room, Seq: in.Body.Seq, Reason: in.Body.Reason, Actor: account(ctx).Actor()})
	return out, err
}
