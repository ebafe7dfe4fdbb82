package api

import (
	"context"
	"time"

	"huiying"
	"huiying/internal/query"
)

// Refusals is the list of those who refuse to be collected.
type Refusals interface {
	All(ctx context.Context) ([]query.Refusal, error)
	Refuse(ctx context.Context, who query.Refuser, r query.NewRefusal) (id string, err error)
	Lift(ctx context.Context, id string, actor huiying.Actor) error
}

type refusalsOut struct {
	Body struct {
		Refusals []query.Refusal `json:"refusals"`
	}
}

func (s *service) refusals(ctx context.Context, _ *none) (*refusalsOut, error) {
	list, err := s.o.Refusals.All(ctx)
	out := &refusalsOut{}
	out.Body.Refusals = make([]query.Refusal, 0, len(list))
	for _, r := range list {
		for _, at := range []*time.Time{&r.At, &r.LiftedAt, &r.CheckedAt, &r.PurgedAt} {
			*at = s.in(*at)
		}
		out.Body.Refusals = append(out.Body.Refusals, r)
	}
	return out, err
}

type refuseIn struct {
	Body struct {
		Platform   string `json:"platform,omitempty" doc:"weibo, portal, forum …; not needed with post"`
		AuthorID   string `json:"author_id,omitempty" doc:"The platform's id of the author; kept as a keyed hash alone"`
		AuthorName string `json:"author_name,omitempty" doc:"The name shown there; kept as a keyed hash alone"`
		Post       string `json:"post,omitempty" doc:"Or: the author of this post"`
		Reason     string `json:"reason" enum:"person,guardian,authority"`
		Reference  string `json:"reference,omitempty" maxLength:"40" doc:"The office's own number of the request"`
	}
}

type refuseOut struct {
	Body struct {
		ID string `json:"id"`
	}
}

// addRefusal records a refusal: the author's next posts are not taken and the
// earlier ones are removed.
func (s *service) addRefusal(ctx context.Context, in *refuseIn) (*refuseOut, error) {
	b := in.Body
	out := &refuseOut{}
	var err error
	out.Body.ID, err = s.o.Refusals.Refuse(ctx, query.Refuser{Platform: b.Platform, AuthorID: b.AuthorID, AuthorName: b.AuthorName, Post: b.Post},
		query.NewRefusal{Reason: b.Reason, Reference: b.Reference, Actor: account(ctx).Actor()})
	return out, err
}

type liftIn struct {
	ID string `path:"id"`
}

func (s *service) lift(ctx context.Context, in *liftIn) (*none, error) {
	return &none{}, s.o.Refusals.Lift(ctx, in.ID, account(ctx).Actor())
}
