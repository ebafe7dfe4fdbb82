package huiying

import (
	"crypto/sha256"
	"encoding/base32"
	"encoding/hex"
	"math/bits"
	"strconv"
	"strings"
)

// Revision names what of a post is news: title, text, answers, deleted,
// edited, the power-of-two bucket of the counts and, where there is one, the
// status, the deadline and the end of a finding. Two collections of an
// unchanged post have one revision; edits, answers, deletion and real growth
// make a new one.
func (p Post) Revision() string {
	sum := p.revision()
	return hex.EncodeToString(sum[:])
}

func (p *Post) revision() (first [8]byte) {
	var short [1024]byte // most posts fit
	b := field(short[:0], p.Title)
	b = field(b, p.Text)
	for _, a := range p.Answers {
		b = field(b, a.Org)
		b = field(b, strconv.FormatInt(a.At.Unix(), 10))
		b = field(b, a.Text)
	}
	b = field(b, strconv.FormatBool(p.Deleted))
	b = field(b, strconv.FormatBool(p.Edited))
	e := p.Engagement
	for _, n := range []int64{e.Reposts, e.Comments, e.Likes, e.Views} {
		b = field(b, strconv.Itoa(bits.Len64(uint64(max(n, 0)))))
	}
	if p.Status != "" || !p.DueAt.IsZero() {
		b = field(field(b, p.Status), strconv.FormatInt(p.DueAt.Unix(), 10))
	}
	if p.Finding != nil {
		b = field(field(b, string(p.Finding.Level)), strconv.FormatBool(p.Finding.Over))
	}
	sum := sha256.Sum256(b)
	return [8]byte(sum[:8])
}

// MessageID is the Nats-Msg-Id of a post or of its event: id@revision.
func (p Post) MessageID() string {
	var short [96]byte // most ids fit
	sum := p.revision()
	return string(hex.AppendEncode(append(append(short[:0], p.ID...), '@'), sum[:]))
}

// DeriveID makes a stable short id (prefix plus 26 characters) of the parts
// that are its cause, so that a repeat of the cause gives the same id.
func DeriveID(prefix string, parts ...string) string {
	var b []byte
	for _, p := range parts {
		b = field(b, p)
	}
	sum := sha256.Sum256(b)
	s := base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(sum[:16])
	return prefix + strings.ToLower(s)
}

// AlertID is the id of the alert that rule raises at level for a post: the
// same post at the same level under the same rule is told once.
func AlertID(postID, rule string, level Level) string {
	return DeriveID("a-", postID, rule, string(level))
}

// DeliveryID is the id of one alert to one person over one channel. It never
// changes across retries and restarts.
func DeliveryID(alertID, person, channel string) string {
	return DeriveID("d-", alertID, person, channel)
}

// Digest is the sha256 of a text as "sha256:<hex>": how the record names words
// it does not hold.
func Digest(text string) string {
	sum := sha256.Sum256([]byte(text))
	return "sha256:" + hex.EncodeToString(sum[:])
}

// ValidSubject reports whether s may be one token of a NATS subject:
// [a-z0-9-]{1,64}. Ids of sources, rules and units must pass.
func ValidSubject(s string) bool {
	if s == "" || len(s) > 64 {
		return false
	}
	for _, r := range s {
		if (r < 'a' || r > 'z') && (r < '0' || r > '9') && r != '-' {
			return false
		}
	}
	return true
}

// field appends s with its length first, so that no two lists of fields are
// written alike.
func field(b []byte, s string) []byte {
	b = append(strconv.AppendInt(b, int64(len(s)), 10), ':')
	return append(b, s...)
}
