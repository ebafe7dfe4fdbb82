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
	Reason string // why it is entered or corrected; kept in the log of access
	Read   *int64 // how far the year was when it was read, see DisclosurePage; nil = not checked
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

// DisclosureRow is one number of the register as a page shows it.
type DisclosureRow struct {
	Key     string
	Name    string
	Unit    string
	Text    string // "" = not filled in
	Source  string // one of the Fact…
	By      string
	At      time.Time
	Note    string
	Counted string // what was counted where a person entered another number
	Exact   bool   // "at least" is not for it
}

// DisclosureGroup is the numbers of one section of the form.
type DisclosureGroup struct {
	Section string
	Table   string // "" = of its text
	Rows    []DisclosureRow
}

// DisclosureColumn is one column of the table of applications, in which 新收 and
// 上年结转 are 总计 and 结转下年 together.
type DisclosureColumn struct {
	ID, Name     string
	Rows         []DisclosureRow // received, carried over, each result, carried on
	New, Carried string
	Sum, Next    string
	Left, Right  string
	Whole        bool // every row is filled in
}

// DisclosureChange is one change of a year.
type DisclosureChange struct {
	At     time.Time
	By     string
	Key    string
	Name   string
	Detail string
}

// DisclosurePage is the register of a year.
type DisclosurePage struct {
	Year     int
	Years    []int // that have anything
	Form     string
	Groups   []DisclosureGroup
	Columns  []DisclosureColumn // the last is their sum
	Missing  int                // numbers and texts that the form asks for
	Released int                // editions of the year's report
	Changes  []DisclosureChange // the newest first
	Version  int64              // how far the changes of the year are
}

// DisclosureEntry is what a person enters or corrects on the page. An empty text
// takes the number out.
type DisclosureEntry struct {
	Year   int
	Read   int64
	Values []DisclosureValue
	Note   string // of a single number
	Reason string
	Actor  huiying.Actor
}

// DisclosureValue is one number as it was typed: 12, 0.5, 50余.
type DisclosureValue struct{ Key, Text string }
