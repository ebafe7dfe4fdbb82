package papers

import (
	"context"

	"huiying"
	"huiying/internal/query"
	"huiying/internal/web/api"
)

var (
	_ api.Papers   = Nowhere{}
	_ api.Drafting = Nowhere{}
)

// Nowhere stands where there are no papers.
type Nowhere struct{}

func none() error { return huiying.Errorf(huiying.Unavailable, "papers.none") }

// Attach implements api.Papers.
func (Nowhere) Attach(context.Context, query.NewFile) (huiying.Case, error) {
	return huiying.Case{}, none()
}

// File implements api.Papers.
func (Nowhere) File(context.Context, query.FileAsk) (query.Paper, error) {
	return query.Paper{}, none()
}

// Export implements api.Papers.
func (Nowhere) Export(context.Context, query.PaperAsk) (query.Paper, error) {
	return query.Paper{}, none()
}

// Purge implements api.Purger.
func (Nowhere) Purge(context.Context, query.NewPurge) (query.CasePurge, error) {
	return query.CasePurge{}, none()
}

// Purges implements api.Purger.
func (Nowhere) Purges(context.Context) ([]query.CasePurge, error) { return nil, none() }

// Retention implements api.Purger.
func (Nowhere) Retention(context.Context) (query.Retention, error) { return query.Retention{}, none() }

// Inspect implements api.Drafting where nobody looks.
func (Nowhere) Inspect(context.Context, huiying.Case, string) ([]query.Remark, error) {
	return nil, nil
}

// Offer implements api.Drafting.
func (Nowhere) Offer(context.Context, query.CasePage) ([]query.ReplyTemplate, error) {
	return []query.ReplyTemplate{}, nil
}

// Publishing implements api.Publishing where nothing was tried.
func (Nowhere) Publishing(context.Context, query.CasePage) (query.Publishing, error) {
	return query.Publishing{}, nil
}

// Publish implements api.Publishing.
func (Nowhere) Publish(context.Context, query.NewPosting) (huiying.Case, error) {
	return huiying.Case{}, huiying.Errorf(huiying.Unavailable, "posting.none")
}

// Settle implements api.Publishing.
func (Nowhere) Settle(context.Context, query.PostingVerdict) (huiying.Case, error) {
	return huiying.Case{}, huiying.Errorf(huiying.Unavailable, "posting.none")
}

// Together implements api.Together.
func (Nowhere) Together(context.Context, []huiying.Command) ([]huiying.Case, error) {
	return nil, none()
}

// Each implements api.Each.
func (Nowhere) Each(context.Context, []huiying.Command) ([]query.CaseResult, error) {
	return nil, none()
}
