package query

import "huiying"

// NewFile is an attachment that somebody adds to a case.
type NewFile struct {
	CaseNo  string
	Version int // of the case as it was seen; 0 where it does not matter
	Name    string
	Body    []byte
	Actor   huiying.Actor
}

// FileAsk asks for an attachment of a case.
type FileAsk struct {
	CaseNo string
	Digest string
	Scope  Scope
	Actor  huiying.Actor
}

// Paper is bytes with the name and type they are given out under.
type Paper struct {
	Name string
	Type string
	Body []byte
}

// PaperFormats are the forms of a case file.
func PaperFormats() []string { return []string{"html", "docx", "json"} }

// PaperAsk asks for the file of a case.
type PaperAsk struct {
	CaseNo string
	Format string
	Lang   string
	Scope  Scope
	Actor  huiying.Actor
}

// Remark is something that the author of a reply should see before review.
type Remark struct {
	Kind  string // personal_data, wrong_word, sensitive, unanswered, empty
	Start int    // half-open rune offsets; both 0 for the whole
	End   int
	Say   error
	Stops bool
}

// ReplyTemplate is words to begin a reply from, filled for a case.
type ReplyTemplate struct {
	ID   string `json:"id"`
	Name string `json:"name"`
	Text string `json:"text"`
}
