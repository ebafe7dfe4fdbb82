package crawler_test

import (
	"testing"

	"huiying"
	"huiying/crawler"
)

func TestPseudonymise(t *testing.T) {
	next := &sink{}
	p := huiying.Post{ID: "forum:example.org/t1", Source: "s", Platform: "forum", Author: huiying.Author{ID: "77", Name: "某某"}, Text: "排队"}
	if err := crawler.Pseudonymise(next, make([]byte, 32)).Accept(t.Context(), p); err != nil {
		t.Fatal(err)
	}
	if got := next.posts[0]; got.Author.ID == "77" || got.Author.Name == "某某" || got.Revision() != p.Revision() {
		t.Errorf("handed on %+v", got)
	}
	if err := crawler.Pseudonymise(next, nil).Accept(t.Context(), p); err == nil || len(next.posts) != 1 {
		t.Errorf("without a key: %v, %d posts", err, len(next.posts))
	}
}
