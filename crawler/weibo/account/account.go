// Package account is what Weibo readers know of the cookie or token an
// account's holder supplied: where it stands, since when it works, when it is
// said to expire. It refuses to obtain, renew or borrow one, and never gives
// out a value but to the request it is meant for.
package account

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"strings"
	"time"

	"huiying"
)

// What a secret may be; the words stand in the ledger.
const (
	Cookie = "cookie"
	Token  = "token"
)

// Warn is how long before its stated expiry a secret is warned of.
const Warn = 7 * 24 * time.Hour

// words are the catalogue keys of a kind of secret, for the ledger.
type words struct {
	refused, expires, expired string
}

func (s Secret) words() words {
	if s.Kind == Token {
		return words{"weibo.token_refused", "weibo.token_expires", "weibo.token_expired"}
	}
	return words{"weibo.cookie_refused", "weibo.cookie_expires", "weibo.cookie_expired"}
}

// Given is how the options of a source supply a secret.
type Given struct {
	Kind    string // Cookie or Token
	Key     string // the option's name: cookie, access_token
	Value   string
	FileKey string // cookie_file, token_file
	File    string // a file that holds it, in place of Value
	Expires string // the day it is said to expire, 2026-12-31, "" when not known
}

// Secret is one that was read.
type Secret struct {
	Kind    string
	value   string
	Expires time.Time // the end of the day it is said to expire, zero when not known
}

// Read takes the secret out of the options of the source id. An empty one is no
// mistake here: the caller knows whether it is needed.
func Read(id string, g Given, zone *time.Location) (Secret, error) {
	out := Secret{Kind: g.Kind, value: strings.TrimSpace(g.Value)}
	if g.File != "" {
		if out.value != "" {
			return out, huiying.Errorf(huiying.Invalid, "weibo.two_secrets", id, g.Key, g.FileKey)
		}
		raw, err := os.ReadFile(g.File)
		if err != nil {
			return out, huiying.Errorf(huiying.Invalid, "weibo.secret_file", id, g.FileKey, g.File, err)
		}
		if out.value = strings.TrimSpace(string(raw)); out.value == "" {
			return out, huiying.Errorf(huiying.Invalid, "weibo.bad_secret", id, g.Key)
		}
	}
	for _, r := range out.value {
		if r < ' ' || r > '~' {
			return out, huiying.Errorf(huiying.Invalid, "weibo.bad_secret", id, g.Key)
		}
	}
	if g.Kind == Cookie && out.value != "" && !strings.Contains(out.value, "=") {
		out.value = "SUB=" + out.value
	}
	if g.Expires == "" {
		return out, nil
	}
	if zone == nil {
		zone = time.UTC
	}
	day, err := time.ParseInLocation(time.DateOnly, g.Expires, zone)
	if err != nil {
		return out, huiying.Errorf(huiying.Invalid, "weibo.bad_expiry", id, g.Kind+"_expires", g.Expires)
	}
	out.Expires = day.AddDate(0, 0, 1)
	return out, nil
}

// Value is the secret itself, "" when none was supplied.
func (s Secret) Value() string { return s.value }

// Reason is the catalogue key of a wall met with it.
func (s Secret) Reason() string { return s.words().refused }

// String keeps the value out of logs.
func (s Secret) String() string { return s.Kind }

// GoString keeps the value out of logs.
func (s Secret) GoString() string { return s.Kind }

// Part is the value of one cookie among those supplied, "" when it is not there.
func (s Secret) Part(name string) string {
	for pair := range strings.SplitSeq(s.value, ";") {
		if k, v, ok := strings.Cut(strings.TrimSpace(pair), "="); ok && k == name {
			return v
		}
	}
	return ""
}

// mark tells two secrets apart and says nothing of either.
func (s Secret) mark() string {
	sum := sha256.Sum256([]byte("huiying account\x00" + s.value))
	return hex.EncodeToString(sum[:4])
}

// Health is how a secret has fared; it is kept in the cursor of its source.
// Times are unix seconds.
type Health struct {
	Mark  string `json:"mark,omitempty"`
	Since int64  `json:"since,omitempty"` // when it was first seen to work
	Last  int64  `json:"last,omitempty"`  // when it was last seen to work, to the hour
	Ended int64  `json:"ended,omitempty"` // when it was first refused after that
}

// Worked notes an answer that was none of a wall.
func (h *Health) Worked(s Secret, now time.Time) {
	if s.value == "" {
		*h = Health{}
		return
	}
	if h.Mark != s.mark() || h.Since == 0 {
		*h = Health{Mark: s.mark(), Since: now.Unix()}
	}
	h.Ended = 0
	if now.Unix()-h.Last >= int64(time.Hour/time.Second) {
		h.Last = now.Unix()
	}
}

// Refused notes a wall and says which secret met it and since when it had
// worked, for the ledger.
func (h *Health) Refused(s Secret, source string, now time.Time, zone *time.Location) string {
	if s.value == "" {
		*h = Health{}
		return "no " + s.Kind + " of source " + source
	}
	if h.Mark != s.mark() {
		*h = Health{Mark: s.mark()}
	}
	if h.Ended == 0 {
		h.Ended = now.Unix()
	}
	if h.Since == 0 {
		return fmt.Sprintf("%s of source %s: refused since %s, never worked", s.Kind, source, moment(h.Ended, zone))
	}
	return fmt.Sprintf("%s of source %s: refused since %s, had worked from %s to %s",
		s.Kind, source, moment(h.Ended, zone), moment(h.Since, zone), moment(h.Last, zone))
}

// Warning says that the expiry its holder stated is near or over: a catalogue
// key and the detail for the ledger, both "" when there is nothing to say.
func (s Secret) Warning(source string, now time.Time) (reason, detail string) {
	if s.Expires.IsZero() || s.value == "" || now.Before(s.Expires.Add(-Warn)) {
		return "", ""
	}
	day := s.Expires.AddDate(0, 0, -1).Format(time.DateOnly)
	if !now.Before(s.Expires) {
		return s.words().expired, fmt.Sprintf("%s of source %s: stated to expire on %s", s.Kind, source, day)
	}
	return s.words().expires, fmt.Sprintf("%s of source %s: expires on %s", s.Kind, source, day)
}

func moment(unix int64, zone *time.Location) string {
	if zone == nil {
		zone = time.UTC
	}
	return time.Unix(unix, 0).In(zone).Format("2006-01-02 15:04")
}
