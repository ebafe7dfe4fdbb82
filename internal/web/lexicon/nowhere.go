package lexicon

import (
	"context"
	"io"

	"huiying"
	"huiying/internal/query"
	"huiying/internal/web/api"
)

var _ api.Lexicon = Nowhere{}

// Nowhere stands where no words are kept.
type Nowhere struct{}

func none() error { return huiying.Errorf(huiying.Unavailable, "lexicon.nowhere") }

// Lexicon implements api.WordLists.
func (Nowhere) Lexicon(context.Context) ([]query.WordList, error) { return nil, none() }

// List implements api.WordLists.
func (Nowhere) List(context.Context, string, string) (query.WordList, error) {
	return query.WordList{}, none()
}

// Export implements api.WordLists.
func (Nowhere) Export(context.Context, string, huiying.Actor) (query.WordFile, error) {
	return query.WordFile{}, none()
}

// Change implements api.WordChanges.
func (Nowhere) Change(context.Context, query.WordChange) (int, error) { return 0, none() }

// Import implements api.WordChanges.
func (Nowhere) Import(context.Context, io.Reader, query.WordChange) (int, int, error) {
	return 0, 0, none()
}

// Return implements api.WordChanges.
func (Nowhere) Return(context.Context, query.WordReturn) (int, error) { return 0, none() }

// Try implements api.WordTrials.
func (Nowhere) Try(context.Context, query.WordQuestion) (query.WordAnswer, error) {
	return query.WordAnswer{}, none()
}
