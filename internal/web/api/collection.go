package api

import (
	"context"
	"time"

	"huiying/internal/query"
)

// Switch stops and starts all collection.
type Switch interface {
	State() query.Switch
	Turn(ctx context.Context, s query.Switch) error
}

// Collection is whether all collection is stopped.
type Collection struct {
	Stopped bool      `json:"stopped"`
	By      string    `json:"by" doc:"Who turned the switch last"`
	Reason  string    `json:"reason"`
	At      time.Time `json:"at"`
}

type collectionOut struct{ Body Collection }

func (s *service) collection(context.Context, *none) (*collectionOut, error) {
	now := s.o.Switch.State()
	return &collectionOut{Collection{now.Stopped, now.By, now.Reason, s.in(now.At)}}, nil
}

type turnIn struct {
	Body struct {
		Stopped bool   `json:"stopped"`
		Reason  string `json:"reason,omitempty" maxLength:"200" doc:"Needed to stop"`
	}
}

// turn stops or starts all collection: within a second no process asks any
// site; hand-overs are taken all the same.
func (s *service) turn(ctx context.Context, in *turnIn) (*none, error) {
	return &none{}, s.o.Switch.Turn(ctx, query.Switch{Stopped: in.Body.Stopped, Reason: in.Body.Reason, By: account(ctx).Person.ID})
}
