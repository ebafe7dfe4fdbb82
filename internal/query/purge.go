package query

import (
	"slices"
	"time"

	"huiying"
)

// Bases are the grounds on which words of a case may be purged: the time they
// are kept for is over, the person they are about asks for it (个人信息保护法 §47),
// an authority ordered it.
func Bases() []string { return []string{BasisRetention, BasisPerson, BasisAuthority} }

// The grounds.
const (
	BasisRetention = "retention"
	BasisPerson    = "person"
	BasisAuthority = "authority"
)

// NewPurge asks for the purge of a case that has ended.
type NewPurge struct {
	CaseNo string
	Basis  string
	Reason string // the office's words for it, without personal data
	Actor  huiying.Actor
}

// CasePurge is one purge of a case: what is gone, by digest.
type CasePurge struct {
	N       int64     `json:"n"`
	CaseNo  string    `json:"case_no"`
	At      time.Time `json:"at"`
	By      string    `json:"by"`
	Basis   string    `json:"basis"`
	Reason  string    `json:"reason"`
	Texts   []string  `json:"texts"` // digests of words
	Files   []string  `json:"files"` // digests of attachments
	Posts   []string  `json:"posts"` // ids of posts of which only these are left
	Pages   int       `json:"pages"` // sealed pages that were to be removed
	SweptAt time.Time `json:"swept_at,omitzero"`
}

// PurgedAt is when the words or the attachment of a digest were purged; ok is
// false when no purge names it.
func PurgedAt(list []CasePurge, digest string) (at time.Time, ok bool) {
	for _, p := range list {
		if slices.Contains(p.Texts, digest) || slices.Contains(p.Files, digest) {
			return p.At, true
		}
	}
	return time.Time{}, false
}
