package docs_test

import (
	"os"
	"slices"
	"strings"
	"testing"

	"huiying/docs"
	"huiying/internal/query"
)

// Every row of the glossary is a term with its two names and its meaning; the
// head of the table is none.
func TestTerms(t *testing.T) {
	terms := docs.Terms()
	raw, err := os.ReadFile("glossary.md")
	if err != nil {
		t.Fatal(err)
	}
	if rows := strings.Count(string(raw), "\n|") - 2; len(terms) != rows || rows < 100 {
		t.Errorf("%d terms of %d rows", len(terms), rows)
	}
	for _, term := range terms {
		if term.English == "" || term.Chinese == "" || term.Means == "" || strings.ContainsAny(term.Means, "`|") {
			t.Errorf("%+v", term)
		}
	}
	if !slices.ContainsFunc(terms, func(x query.Term) bool { return x.English == "silence" && x.Chinese == "静默" }) {
		t.Error("silence is not among them")
	}
	seen := map[query.Term]bool{}
	for _, term := range terms {
		if key := (query.Term{English: term.English, Chinese: term.Chinese}); seen[key] {
			t.Errorf("%s %s stands there twice", term.English, term.Chinese)
		} else {
			seen[key] = true
		}
	}
}
