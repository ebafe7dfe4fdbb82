package crawler

import (
	"context"

	"huiying"
	"huiying/crawler/pseudonym"
)

// Pseudonymise gives a Sink that hands posts on with keyed hashes in place of
// who wrote them (网络数据安全管理条例 §24), as pseudonym.Hide says: authors' ids and
// the names of all but verified government and media accounts. With a key
// shorter than pseudonym.MinKey nothing passes: Accept fails.
func Pseudonymise(next Sink, key []byte) Sink { return &pseudonyms{next: next, key: key} }

type pseudonyms struct {
	next Sink
	key  []byte
}

// Accept implements Sink.
func (s *pseudonyms) Accept(ctx context.Context, p huiying.Post) error {
	hidden, err := pseudonym.Hide(p, s.key)
	if err != nil {
		return err
	}
	return s.next.Accept(ctx, hidden)
}
