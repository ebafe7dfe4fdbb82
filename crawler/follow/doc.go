// Package follow reads lists whose rows are whole posts (feeds, JSON
// endpoints, comments), page after page from the newest on, and remembers
// what of each was accepted, so that an edited post is offered again and an
// unchanged one is not. It refuses to go on past an answer that is none, and
// says when it stopped before the end.
package follow

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"time"

	"huiying"
	"huiying/crawler"
)

// List is one list to follow.
type List struct {
	// Key names the list in the cursor; it never changes.
	Key string
	// Ask makes the question for the page that token names, "" for the first.
	Ask func(token string) crawler.Request
	// Parse reads a page; its Next is the token of the page after it.
	Parse crawler.Parse
	// Pages bounds how many pages a visit reads, at least 1.
	Pages int
	// Again is how often pages behind what is known are read, for posts that
	// changed; 0 for never.
	Again time.Duration
	// Rank is a number that grows with every new post and makes the list's
	// watermark; nil where the site has none.
	Rank func(huiying.Post) int64
	// Before is asked once, before the first page of the list; its answer may
	// add to the headers of the questions after it. nil for none.
	Before *Before
	// Conditional asks the first page with what the site said of its version.
	Conditional bool
	// Window marks a list that shows only its newest posts: when none of them
	// is known any more, some were missed.
	Window bool
}

// Before is a page that a site wants to be seen first.
type Before struct {
	Request crawler.Request
	Carry   func(crawler.Page, http.Header) // adds to the headers of what follows
}

// Swap puts the scheme and host of base, and its path before theirs, in place
// of those of the site; "" changes nothing.
func Swap(address, base string) string {
	u, err := url.Parse(address)
	if err != nil || base == "" {
		return address
	}
	b, err := url.Parse(base)
	if err != nil || b.Host == "" {
		return address
	}
	out := *u
	out.Scheme, out.Host = b.Scheme, b.Host
	if len(b.Path) > 1 {
		out = *b.JoinPath(u.EscapedPath())
		out.RawQuery = u.RawQuery
	}
	return out.String()
}

// Read makes one visit to lists. A refusal of the site ends it and stands in
// the report; any other error is returned beside a report whose cursor holds
// what was accepted by then.
func Read(ctx context.Context, v crawler.Visit, lists ...List) (crawler.Report, error) {
	kept, err := readCursor(v.Cursor)
	if err != nil {
		return crawler.Report{Cursor: v.Cursor}, err
	}
	r := &visit{Visit: v, cursor: kept, now: v.Now()}
	r.report.Answer = crawler.AnswerEmpty
	for _, l := range lists {
		if err = r.list(ctx, l); err != nil {
			break
		}
	}
	var no *refusalError
	if errors.As(err, &no) {
		r.report.Answer, r.report.Detail, r.report.Entry.Detail = no.answer, no.detail, no.detail
		err = nil
	}
	if cerr := r.close(); err == nil {
		err = cerr
	}
	return r.report, err
}
