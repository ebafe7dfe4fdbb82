// Package rule holds the rules of the office and finds which of them hold for
// a post, where, and why. All terms of all rules are looked for in one pass;
// an expression is evaluated only where a term it cannot do without was met
// (a rule that may hold without any term, such as NOT alone or a condition on
// counts, is evaluated for every post). It refuses a file with a mistake as a
// whole and says every mistake at once.
package rule

import (
	"time"

	"huiying"
	"huiying/analyzer/fold"
)

// Names of the fields of a document.
const (
	Title = "title"
	Text  = "text"
)

// Document is a post made ready for matching.
type Document struct {
	Post      *huiying.Post
	Title     Field
	Text      Field
	Intent    string // label, "" when not known; conditions on it do not hold then
	Sentiment string
	// Places are those the post names, each as the path of names it lies in:
	// 宁夏回族自治区/中卫市/沙坡头区.
	Places []string
	Zone   *time.Location // of the office; nil = that of the post's times
	Late   Late
}

// Late is what is known of a post once it has its rules and its topic; only
// the table of levels asks about it.
type Late struct {
	Level     huiying.Level // by its rules
	Voices    int           // authors of its topic, about
	Platforms int           // of its topic
	Speed     int           // posts of its topic within an hour
	Burst     bool          // its topic, rule or place has suddenly more posts
}

// Field is one string of a post: folded and cut.
type Field struct {
	Text   *fold.Text
	Tokens []fold.Span
}

func (d *Document) field(i int) *Field {
	if i == 0 {
		return &d.Title
	}
	return &d.Text
}

func fieldName(i int) string {
	if i == 0 {
		return Title
	}
	return Text
}

// Dictionary tells which words the segmenter's dictionaries hold: those the
// search-mode cut gives as parts of longer words.
type Dictionary interface {
	Has(word string) bool
}
