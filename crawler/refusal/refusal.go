// Package refusal keeps the posts of those out who refuse to be collected
// (个人信息保护法 §27). It knows them by keyed hashes alone, and where it cannot
// know whether an author refuses it lets nothing through.
package refusal

import (
	"context"

	"huiying"
	"huiying/crawler"
	"huiying/crawler/pseudonym"
)

// List says which authors refuse, by the pseudonyms that pseudonym.Of gives.
type List interface {
	// Refused reports whether a key is on the list; "" is not. An error means
	// that it is not known.
	Refused(key string) (bool, error)
	// Also notes that a person on the list goes by another key as well.
	Also(ctx context.Context, known, other string) error
}

// Sink hands on the posts of all who do not refuse and answers
// crawler.ErrDeclined for the others. It stands before authors are hidden,
// since a refusal may be known by a name alone. A hand-over is the citizen's
// own request to the office, which has to answer it, and passes; so does what
// institutions say, who are no natural persons.
func Sink(next crawler.Sink, list List, key []byte) crawler.Sink { return &sink{next, list, key} }

type sink struct {
	next crawler.Sink
	list List
	key  []byte
}

// Accept implements crawler.Sink.
func (s *sink) Accept(ctx context.Context, p huiying.Post) error {
	if p.Kind == huiying.KindTicket || p.Finding != nil || p.Author.Institution() {
		return s.next.Accept(ctx, p)
	}
	byID, byName := pseudonym.Of(p.Platform, p.Author.ID, "", s.key), pseudonym.Of(p.Platform, "", p.Author.Name, s.key)
	refused, err := s.list.Refused(byID)
	if err == nil && !refused {
		if refused, err = s.list.Refused(byName); refused && err == nil && byID != "" {
			err = s.list.Also(ctx, byName, byID) // earlier posts are known by this
		}
	}
	switch {
	case err != nil:
		return err
	case refused:
		return crawler.ErrDeclined
	}
	return s.next.Accept(ctx, p)
}
