package query

import "huiying"

// NewPosting asks to publish the approved words of a case as an answer to one
// of its posts, through the official interface of its platform.
type NewPosting struct {
	CaseNo  string
	Version int    // of the case as it was seen
	Post    string // "" = the first of its posts whose platform can be published on
	Scope   Scope
	Actor   huiying.Actor
	From    Visitor
}

// PostingVerdict is what a person saw where nobody knew what became of an
// attempt to publish.
type PostingVerdict struct {
	CaseNo string
	ID     string
	Out    bool // the words stand there
	Scope  Scope
	Actor  huiying.Actor
}

// Publishing is what was tried for a case and what can be.
type Publishing struct {
	Postings []huiying.Posting // the newest first
	Posts    []huiying.Post    // which the approved words can be published under now
}
