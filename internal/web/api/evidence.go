package api

import (
	"context"
	"time"

	"huiying/internal/query"
)

// Evidence opens sealed pages for those who work on a case.
type Evidence interface {
	Proofs(ctx context.Context, no, post string) ([]query.Proof, error)
	Openings(ctx context.Context, no string) ([]query.Opened, error)
	Open(ctx context.Context, o query.ProofOpening) (query.Page, error)
}

type openEvidenceIn struct {
	No   string `path:"no"`
	Body struct {
		Post   string `json:"post"`
		Name   string `json:"name,omitempty" doc:"sha256:…; empty = of the newest revision"`
		Reason string `json:"reason" maxLength:"200" doc:"Why it is opened; kept in the access log"`
	}
}

// OpenedPage is a page as it was fetched.
type OpenedPage struct {
	Name        string    `json:"name" doc:"sha256:… of the bytes, checked at opening"`
	URL         string    `json:"url"`
	CollectedAt time.Time `json:"collected_at"`
	Raw         []byte    `json:"raw" doc:"The bytes as received, base64"`
}

type openEvidenceOut struct{ Body OpenedPage }

// openEvidence opens the page that a post of a case was read from; it is noted
// who did and why.
func (s *service) openEvidence(ctx context.Context, in *openEvidenceIn) (*openEvidenceOut, error) {
	if _, err := s.o.Views.Seen(ctx, account(ctx).Scope(), in.No); err != nil {
		return nil, err
	}
	p, err := s.o.Evidence.Open(ctx, query.ProofOpening{CaseNo: in.No, Post: in.Body.Post, Name: in.Body.Name, Reason: in.Body.Reason, Actor: account(ctx).Actor()})
	return &openEvidenceOut{OpenedPage{p.Name, p.URL, s.in(p.CollectedAt), p.Raw}}, err
}
