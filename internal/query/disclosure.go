package query

import (
	"strings"
	"time"

	"huiying"
)

// Where a fact of the year's disclosure comes from.
const (
	FactEntered  = "entered"  // by a person, one by one
	FactImported = "imported" // with a file
	FactCounted  = "counted"  // from the posts and the record of cases
)

// DisclosureFact is one number of a year: which, how many, and who says so.
type DisclosureFact struct {
	Year    int       `json:"year"`
	Fact    string    `json:"fact"` // "openness.published"
	Cell    string    `json:"cell"` // of a fact with columns: "mailbox"; "" = it has none
	Value   float64   `json:"value"`
	AtLeast bool      `json:"at_least,omitempty"` // "50余": no fewer than
	Source  string    `json:"source"`
	Note    string    `json:"note,omitempty"`
	By      string    `json:"by"` // user id; "" of what was counted
	At      time.Time `json:"at"`
	Behind  []string  `json:"behind,omitempty"` // of a counted one: numbers of cases, or ids of posts
}

// Key names the number: fact and cell.
func (f DisclosureFact) Key() string { return FactKey(f.Fact, f.Cell) }

// FactKey names a number of a year.
func FactKey(fact, cell string) string {
	if cell == "" {
		return fact
	}
	return fact + "/" + cell
}

// SplitFact takes the name of a number apart.
func SplitFact(key string) (fact, cell string) {
	fact, cell, _ = strings.Cut(key, "/")
	return fact, cell
}

// DisclosureText is a free text of a year's report.
type DisclosureText struct {
	Year   int       `json:"year"`
	Part   string    `json:"part"` // "overview"
	Text   string    `json:"text"`
	Source string    `json:"source"`
	By     string    `json:"by"`
	At     time.Time `json:"at"`
}

// Disclosure is all that is known of a year.
type Disclosure struct {
	Year  int              `json:"year"`
	Facts []DisclosureFact `json:"facts"`
	Texts []DisclosureText `json:"texts"`
	Since time.Time        `json:"since,omitzero"` // from when on there are data to count; zero = none in the year
}

// Fact finds a number.
func (d Disclosure) Fact(fact, cell string) (DisclosureFact, bool) {
	for _, f := range d.Facts {
		if f.Fact == fact && f.Cell == cell {
			return f, true
		}
	}
	return DisclosureFact{}, false
}

// Text finds a free text, "" when nobody has written it.
func (d Disclosure) Text(part string) string {
	for _, t := range d.Texts {
		if t.Part == part {
			return t.Text
		}
	}
	return ""
}

// NewDisclosure is what a person or a file says about a year. What is named in
// Remove is taken out again: it is missing then, or counted.
type NewDisclosure struct {
	Year   int
	Facts  []DisclosureFact
	Texts  []DisclosureText
	Remove []string // keys of facts
	Source string
	Actor  huiying.Actor
}

// DisclosureRelease is a report as it was released. Nothing changes it.
type DisclosureRelease struct {
	ID       string     `json:"id"`
	Year     int        `json:"year"`
	Form     string     `json:"form"` // 2008 or 2021
	Edition  int        `json:"edition"`
	By       string     `json:"by"`
	At       time.Time  `json:"at"`
	HeadSeq  int64      `json:"head_seq"` // of the record of cases
	HeadHash string     `json:"head_hash"`
	Office   string     `json:"office"`
	Data     Disclosure `json:"data"`
}
