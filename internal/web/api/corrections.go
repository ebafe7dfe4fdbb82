package api

import (
	"context"

	"huiying"
	"huiying/internal/query"
)

// Corrections keeps what people say judgements should have been.
type Corrections interface {
	Correct(ctx context.Context, c query.NewCorrection) error
	// Units are those that may be named responsible.
	Units(ctx context.Context) ([]huiying.Unit, error)
	// Places are those that a post may be put at.
	Places() []string
}

type correctIn struct {
	ID   string `path:"id" doc:"platform:native id, percent-encoded"`
	Body struct {
		Field  string `json:"field" enum:"level,place,intent,sentiment,unit"`
		Value  string `json:"value" doc:"A class of the model, a unit's id, a level, or a place (none = no place of ours)"`
		Reason string `json:"reason,omitempty" maxLength:"200" doc:"Of a level or a place, which count at once; no personal data"`
	}
}

type correctionsOut struct {
	Body struct {
		Corrections []query.Correction `json:"corrections" doc:"The oldest first; of each field the last counts"`
	}
}

// correct keeps what a person says a judgement should have been.
func (s *service) correct(ctx context.Context, in *correctIn) (*correctionsOut, error) {
	a := account(ctx)
	if _, err := s.o.Views.Post(ctx, a.Scope(), in.ID); err != nil {
		return nil, err
	}
	c := query.NewCorrection{Post: in.ID, Field: in.Body.Field, Value: in.Body.Value, Reason: in.Body.Reason, Actor: a.Actor()}
	if err := s.o.Corrections.Correct(ctx, c); err != nil {
		return nil, err
	}
	return s.corrections(ctx, &postIn{ID: in.ID})
}

// corrections lists what people have put right of a post.
func (s *service) corrections(ctx context.Context, in *postIn) (*correctionsOut, error) {
	page, err := s.o.Views.Post(ctx, account(ctx).Scope(), in.ID)
	out := &correctionsOut{}
	out.Body.Corrections = make([]query.Correction, 0, len(page.Corrections))
	for _, c := range page.Corrections {
		c.At = s.in(c.At)
		out.Body.Corrections = append(out.Body.Corrections, c)
	}
	return out, err
}
