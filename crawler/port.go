// Package crawler reads the outside world politely and gives out posts. It
// refuses to solve, bypass or rotate around any captcha, login wall or ban:
// such an answer stops the source and is said. Colly never leaves this folder.
package crawler

import (
	"context"
	"encoding/json"
	"errors"
	"net"
	"net/http"
	"net/url"
	"time"

	"huiying"
)

// Sink takes posts out of the crawler. Accept returns only when the post is
// durably accepted; an error means it was not and must be offered again.
type Sink interface {
	Accept(ctx context.Context, p huiying.Post) error
}

// ErrDeclined is what a Sink answers to a post that is not to be collected: it
// is counted as refused and not offered again.
var ErrDeclined = errors.New("the author does not want to be collected")

// Answer is the class of what a site sent back.
type Answer string

// The classes; the first three are answers, the others are states of the
// source and are never parsed as content.
const (
	AnswerOK          Answer = "ok"
	AnswerEmpty       Answer = "empty"
	AnswerDeleted     Answer = "deleted"
	AnswerLoginWall   Answer = "login-wall"
	AnswerBlocked     Answer = "blocked"
	AnswerRateLimited Answer = "rate-limited"
	AnswerForbidden   Answer = "forbidden"
	AnswerMaintenance Answer = "maintenance"
	AnswerMalformed   Answer = "malformed"
)

// Answered reports whether a is an answer rather than a refusal.
func (a Answer) Answered() bool {
	return a == AnswerOK || a == AnswerEmpty || a == AnswerDeleted
}

// Document is a fetched or saved response to be parsed. Body is as received;
// parsers of HTML take Text.
type Document struct {
	Body      []byte
	URL       string         // the final URL, "" when unknown
	FetchedAt time.Time      // relative times are resolved against it
	Zone      *time.Location // the office zone
	Source    string         // goes into Post.Source
	Profile   string         // the site description to read it by, "" for the surface's own default

	text *text // of Body, where it was decoded already
}

// text is a body that was decoded, and which.
type text struct {
	body []byte
	utf8 []byte
}

// Text is Body as Decode gives it, decoded once. It is not to be changed.
func (d Document) Text() []byte {
	if t := d.text; t != nil && len(t.body) == len(d.Body) && len(d.Body) > 0 && &t.body[0] == &d.Body[0] {
		return t.utf8
	}
	utf8, _ := Decode(d.Body, "")
	return utf8
}

// Parsed is what a surface's parser read from one document.
type Parsed struct {
	Posts  []huiying.Post // a quoted original stands before the post that quotes it
	Answer Answer
	Next   string // the surface's own token of the next page, "" at the end
	Total  int64  // how many the site says there are, 0 when it does not say
}

// Parse reads one surface. It returns an error only for a caller's mistake;
// bad bytes give AnswerMalformed.
type Parse func(Document) (Parsed, error)

// Request is one question to a site.
type Request struct {
	URL    string
	Header http.Header
	Form   url.Values // a POST when not nil
	Head   bool       // only the header is asked for
	Probe  bool       // whether the host can be reached is the question: asked also while it rests for failing, never after a refusal
}

// Page is the classified answer to a Request.
type Page struct {
	Document
	Status   int
	Header   http.Header
	Answer   Answer        // by status, final URL and block-page texts; the parser refines it
	Detail   string        // what gave the class away: "HTTP 432", "passport.weibo.com"
	Evidence string        // sha256:<hex> of the raw bytes, kept in the evidence store
	Took     time.Duration // of all exchanges, waiting for turns not counted
}

// Fetcher asks a site within its pacing, robots and breaker. An error of code
// huiying.Unavailable means the site was not reached.
type Fetcher interface {
	Fetch(ctx context.Context, r Request) (Page, error)
}

// Visit is one reading of one source.
type Visit struct {
	Source huiying.Source
	Cursor json.RawMessage // the kind's own mark of how far it had read, nil at first
	Fetch  Fetcher
	Sink   Sink
	Since  time.Time // after an unclean start: re-read from here even if the cursor is newer
	Window Window    // a back-fill: read what was published in it, as far back as the site shows; zero = a plain visit
	Now    func() time.Time
	Zone   *time.Location
	Keep   Keep // for what was not fetched; nil = there is no evidence store
	Dial   Dial // for what is no question, such as a handshake; nil = none can be made
}

// Dial connects to host:port where a question would be let through, and
// nowhere else.
type Dial func(ctx context.Context, network, address string) (net.Conn, error)

// Keep seals raw bytes as evidence and gives their name, sha256:<hex>; "" when
// they could not be kept, which the visit's ledger row says.
type Keep func(ctx context.Context, raw []byte) string

// Window is a span of publication times, half-open. A reader that is given one
// pages back until it has passed From, bounded by the visit's time and not by
// its usual number of pages; what it could not reach is capped. Its cursor
// afterwards holds no less than before. The zero Window is none.
type Window struct{ From, To time.Time }

// IsZero reports that there is no window.
func (w Window) IsZero() bool { return w.From.IsZero() && w.To.IsZero() }

// Holds reports whether t lies in the window.
func (w Window) Holds(t time.Time) bool {
	return !t.Before(w.From) && (w.To.IsZero() || t.Before(w.To))
}

// Report is what a visit brought. Cursor is to be kept only because every
// post before it was accepted.
type Report struct {
	Cursor json.RawMessage
	Entry  huiying.LedgerEntry // Source, At, Took, NextAt and State "ok" are filled by the scheduler
	Answer Answer              // the worst class met
	Detail string
}

// Reader reads one kind of source. It returns an error when the visit could
// not be finished; what it had accepted by then stays accepted.
type Reader interface {
	Read(ctx context.Context, v Visit) (Report, error)
}

// Look asks for one post by itself again, to see whether it was edited or
// taken away: Posts holds its present form, or its tombstone (Deleted), or
// nothing where the site cannot be asked for it. Refusals are the Answer, as
// in a visit. v.Cursor is nil.
type Look func(ctx context.Context, v Visit, p huiying.Post) (Parsed, error)

// Kind is one row of the table of source kinds that app holds.
type Kind struct {
	Name     string
	Check    func(huiying.Source) error // every mistake of the options, as sentences
	Reader   Reader
	Look     Look             // nil = its posts cannot be asked for by themselves
	Surfaces map[string]Parse // "weibo.m.timeline" → its parser
	Laid     []string         // options that pages lay over a definition: what they name was not written by an administrator
}
