package api

import (
	"context"

	"huiying"
	"huiying/internal/query"
	"huiying/internal/web/door"
)

// Publishing publishes approved replies through official interfaces.
type Publishing interface {
	Publishing(ctx context.Context, page query.CasePage) (query.Publishing, error)
	Publish(ctx context.Context, n query.NewPosting) (huiying.Case, error)
	Settle(ctx context.Context, v query.PostingVerdict) (huiying.Case, error)
}

type postingsOut struct {
	Body struct {
		Postings []huiying.Posting `json:"postings" doc:"The newest first"`
		Posts    []string          `json:"posts" doc:"Ids of posts that the approved words can be published under now"`
	}
}

// postings lists what was tried for a case.
func (s *service) postings(ctx context.Context, in *caseIn) (*postingsOut, error) {
	page, err := s.o.Views.Case(ctx, account(ctx).Scope(), in.No)
	if err != nil {
		return nil, err
	}
	p, err := s.o.Publishing.Publishing(ctx, page)
	out := &postingsOut{}
	out.Body.Postings, out.Body.Posts = make([]huiying.Posting, 0, len(p.Postings)), make([]string, 0, len(p.Posts))
	for _, one := range p.Postings {
		one.BeganAt, one.EndedAt = s.in(one.BeganAt), s.in(one.EndedAt)
		out.Body.Postings = append(out.Body.Postings, one)
	}
	for _, one := range p.Posts {
		out.Body.Posts = append(out.Body.Posts, one.ID)
	}
	return out, err
}

type publishIn struct {
	No   string `path:"no"`
	Body struct {
		Post    string `json:"post,omitempty" doc:"Which is answered; the first that can be when left out"`
		Version int    `json:"version,omitempty" doc:"The version the caller saw; 0 where it does not matter"`
	}
}

// publish makes one attempt; words that may be out already are not sent again.
func (s *service) publish(ctx context.Context, in *publishIn) (*oneCaseOut, error) {
	a := account(ctx)
	c, err := s.o.Publishing.Publish(ctx, query.NewPosting{
		CaseNo: in.No, Version: in.Body.Version, Post: in.Body.Post, Scope: a.Scope(), Actor: a.Actor(), From: door.Visitor(request(ctx)),
	})
	return s.oneCase(c), err
}

type settlePostingIn struct {
	No   string `path:"no"`
	ID   string `path:"id"`
	Body struct {
		Out bool `json:"out" doc:"The words stand there"`
	}
}

// settlePosting ends an attempt of which nobody knew what became of it.
func (s *service) settlePosting(ctx context.Context, in *settlePostingIn) (*oneCaseOut, error) {
	a := account(ctx)
	c, err := s.o.Publishing.Settle(ctx, query.PostingVerdict{CaseNo: in.No, ID: in.ID, Out: in.Body.Out, Scope: a.Scope(), Actor: a.Actor()})
	return s.oneCase(c), err
}
