package query

import (
	"time"

	"huiying"
)

// The lists of the lexicon. The first five hold words of the office's own; the
// others are shown only.
const (
	ListWords     = "words"     // of the cut
	ListStops     = "stops"     // that are no keywords
	ListPlaces    = "places"    // noted in the event where they stand as whole words
	ListWrong     = "wrong"     // mistakes, looked for on the site and in replies
	ListSensitive = "sensitive" // to be thought over in replies
	ListSentiment = "sentiment"
	ListSynonyms  = "synonyms"
)

// Lists names every list in the order of the page.
func Lists() []string {
	return []string{ListWords, ListStops, ListPlaces, ListWrong, ListSensitive, ListSentiment, ListSynonyms}
}

// Word is one entry of a list. Which fields it has depends on the list.
type Word struct {
	Text      string    `json:"text"`
	Frequency int       `json:"frequency,omitempty"` // of words: how often it is met in 60 million
	Tag       string    `json:"tag,omitempty"`       // of words: part of speech
	Right     string    `json:"right,omitempty"`     // of wrong: what is to be written
	Level     string    `json:"level,omitempty"`     // of wrong: serious or common; of sensitive: the reason
	Except    []string  `json:"except,omitempty"`    // longer strings around it that are right
	Why       string    `json:"why,omitempty"`       // it was added
	By        string    `json:"by,omitempty"`
	At        time.Time `json:"at,omitzero"`
}

// WordList is one list: the office's own words, and what lies beneath them.
type WordList struct {
	ID       string        `json:"id"`
	Editable bool          `json:"editable"`
	Version  int           `json:"version"` // what is changed names the one it saw; 0 = nothing yet
	Words    []Word        `json:"words"`
	Sources  []WordSource  `json:"sources"`
	Versions []WordVersion `json:"versions"` // the newest first
}

// WordSource is a list that is shipped or that a file defines: not changed on
// a page.
type WordSource struct {
	Key   string `json:"key"`  // what it is; the catalogue has its sentence
	File  string `json:"file"` // that defines it
	Of    int    `json:"of"`   // entries it has
	Found int    `json:"found"`
	Rows  []Word `json:"rows"` // the first of those found
}

// WordVersion is one version of the office's own words of a list.
type WordVersion struct {
	Version int       `json:"version"`
	At      time.Time `json:"at"`
	By      string    `json:"by"`
	Note    string    `json:"note"`
	Added   []string  `json:"added,omitempty"`
	Changed []string  `json:"changed,omitempty"`
	Removed []string  `json:"removed,omitempty"`
	Words   int       `json:"words"`
}

// WordChange adds words to a list, in place of those of the same spelling, and
// takes others out.
type WordChange struct {
	List   string
	Add    []Word
	Remove []string
	Note   string // why
	Seen   int    // version
	Accept bool   // in spite of conflicts with rules
	Actor  huiying.Actor
}

// WordReturn goes back to an earlier version of a list.
type WordReturn struct {
	List  string
	Back  int
	Seen  int
	Note  string
	Actor huiying.Actor
}

// WordQuestion asks what words would make of a text.
type WordQuestion struct {
	List   string
	Add    []Word
	Remove []string
	Text   string
}

// WordEffect is what is made of a text.
type WordEffect struct {
	Tokens   []string `json:"tokens"`
	Keywords []string `json:"keywords"`
	Places   []string `json:"places"`
	Rules    []string `json:"rules"`   // ids of those that hold
	Remarks  []string `json:"remarks"` // wrong and sensitive words met
}

// WordAnswer is the text before and after, and the rules that the words are at
// odds with.
type WordAnswer struct {
	Before    WordEffect     `json:"before"`
	After     WordEffect     `json:"after"`
	Gained    []string       `json:"gained"` // rules
	Lost      []string       `json:"lost"`
	Conflicts []WordConflict `json:"conflicts"`
}

// Kinds of conflicts.
const (
	ConflictSwallows = "swallows" // the word holds the term, which stands alone no more
	ConflictSplits   = "splits"   // the word cuts into the term
)

// WordConflict is a text in which a term of a rule, asked for as whole words,
// no longer stands with a word.
type WordConflict struct {
	Word string `json:"word"`
	Rule string `json:"rule"`
	Name string `json:"name"`
	Term string `json:"term"`
	Kind string `json:"kind"`
	Text string `json:"text"`
}

// AtOdds refuses words that rules would be at odds with, and names them.
type AtOdds struct{ Conflicts []WordConflict }

// Error is the text for logs.
func (a *AtOdds) Error() string { return "words at odds with rules" }

// Unwrap gives the sentence for people.
func (a *AtOdds) Unwrap() error {
	return huiying.Errorf(huiying.Conflict, "lexicon.conflicts", len(a.Conflicts))
}

// WordFile is a list as a file.
type WordFile struct {
	Name string
	Body []byte
}
