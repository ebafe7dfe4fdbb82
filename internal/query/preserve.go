package query

import (
	"time"

	"huiying"
)

// MaxPreservationReason bounds why a post is preserved, in characters.
const MaxPreservationReason = 200

// NewPreservation is somebody preserving the pages of a post (保全快照), or ending
// that.
type NewPreservation struct {
	Post, Reason string
	Actor        huiying.Actor
}

// Preservation is one time that somebody preserved a post; EndedAt zero = it is
// in force.
type Preservation struct {
	By      string    `json:"by"`
	At      time.Time `json:"at"`
	Reason  string    `json:"reason"`
	EndedBy string    `json:"ended_by,omitempty"`
	EndedAt time.Time `json:"ended_at,omitzero"`
	Why     string    `json:"why,omitempty" doc:"It was ended"`
}

// Preserved is what is known of the keeping of a post's pages.
type Preserved struct {
	List  []Preservation // the latest first
	Pages []Proof        // of every revision, the newest first
}

// Now is the preservation in force, nil when there is none.
func (p Preserved) Now() *Preservation {
	if len(p.List) > 0 && p.List[0].EndedAt.IsZero() {
		return &p.List[0]
	}
	return nil
}

// PreservationSheet is what goes out of the preservation of a post (保全单): which
// pages, by their digests, who preserved them, and where the record of cases
// stood. It holds no words of the post and no name of a citizen.
type PreservationSheet struct {
	Version     int             `json:"version"`
	Office      string          `json:"office"`
	Post        string          `json:"post"`
	Platform    string          `json:"platform"`
	Source      string          `json:"source"`
	URL         string          `json:"url"`
	Author      string          `json:"author" doc:"Pseudonym, or the name of a public account"`
	PublishedAt time.Time       `json:"published_at"`
	Pages       []PreservedPage `json:"pages"`
	Kept        []Preservation  `json:"preservations"`
	Record      RecordHead      `json:"record"`
	By          string          `json:"by" doc:"Who took the sheet"`
	At          time.Time       `json:"at"`
}

// SheetFile is a sheet as a file of JSON.
type SheetFile struct {
	Name string
	Body []byte
}

// PreservedPage is one page of it.
type PreservedPage struct {
	SHA256      string    `json:"sha256" doc:"Of the bytes as fetched"`
	URL         string    `json:"url"`
	CollectedAt time.Time `json:"collected_at"`
	KeptSince   time.Time `json:"kept_since,omitzero"`
	Gone        bool      `json:"gone" doc:"It was dropped before it was preserved"`
}

// RecordHead is where the record of cases stands.
type RecordHead struct {
	Seq  int64  `json:"seq"`
	Hash string `json:"hash"`
}
