// Package ask puts questions to one face of Weibo and tells answers from
// refusals. A refusal is named after the site's own words; a login wall also
// says which of the operator's secrets met it and since when that had worked.
// It refuses to keep a cookie that the site sets, and to go where the site
// sends those who have none.
package ask

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"huiying/crawler"
	"huiying/crawler/weibo/account"
	"huiying/crawler/weibo/status"
)

// Question is one thing to ask a face, and how its answer is read.
type Question struct {
	Path    string // after the base
	Query   url.Values
	Secret  url.Values // parts of the query that are kept out of everything but the request
	Referer string     // after the base, "" for its root
	Read    func(crawler.Document) status.Page
}

// With adds a next-page token to a query.
func With(query url.Values, token string) url.Values {
	out := url.Values{}
	for k, v := range query {
		out[k] = v
	}
	more, err := url.ParseQuery(token)
	if err != nil {
		return out
	}
	for k, v := range more {
		out[k] = v
	}
	return out
}

// Site is one face of Weibo.
type Site struct {
	Base   *url.URL
	Header http.Header // goes with every question, beside Referer
	Secret account.Secret
}

// Asker asks a site in the course of one visit.
type Asker struct {
	crawler.Visit
	Site   Site
	Health *account.Health // how the secret fares
	At     time.Time
	Pages  int // how many questions were answered, whatever with
}

// RefusalError is an answer that is none: it ends the stream, or the visit.
type RefusalError struct {
	Answer crawler.Answer
	Detail string
}

// Error is the text for logs.
func (r *RefusalError) Error() string { return "refused: " + string(r.Answer) + " " + r.Detail }

// Ends reports whether the refusal is the site's word to stop: rubbish is not.
func (r *RefusalError) Ends() bool { return r.Answer != crawler.AnswerMalformed }

// Passes reports whether a refusal concerns one address only, so that reading
// goes on without it: rubbish, or a failure of the server.
func (r *RefusalError) Passes() bool {
	return r.Answer == crawler.AnswerMalformed || r.Answer == crawler.AnswerMaintenance
}

// Answer is what came back: a page, what it was read from, and its evidence.
type Answer struct {
	status.Page
	Document crawler.Document
	Evidence string
}

// Zone is the zone of the site's clock, whatever the office's is.
func Zone() *time.Location { return time.FixedZone("CST", 8*60*60) }

// Ask puts one question to the site. An answer that is a refusal comes back
// as one.
func (r *Asker) Ask(ctx context.Context, q Question) (Answer, error) {
	got, address, err := r.fetch(ctx, q)
	if err != nil {
		return Answer{}, fmt.Errorf("ask %s: %w", q.Path, err)
	}
	r.Pages++
	d := got.Document
	d.Source, d.Zone = r.Source.ID, Zone()
	if d.URL == "" || len(q.Secret) > 0 {
		d.URL = address
	}
	if d.FetchedAt.IsZero() {
		d.FetchedAt = r.At
	}
	p := q.Read(d)
	if got.Answer != "" && !got.Answer.Answered() {
		p, err = refine(p, got)
	}
	if err == nil && p.Answer.Answered() {
		r.Health.Worked(r.Site.Secret, r.At)
	}
	return Answer{Page: p, Document: d, Evidence: got.Evidence}, err
}

// fetch asks; address is the question without its secret.
func (r *Asker) fetch(ctx context.Context, q Question) (got crawler.Page, address string, err error) {
	base := r.Site.Base
	u := *base
	u.Path, u.RawQuery = u.Path+q.Path, q.Query.Encode()
	address = u.String()
	if len(q.Secret) > 0 {
		u.RawQuery = strings.TrimPrefix(u.RawQuery+"&"+q.Secret.Encode(), "&")
	}
	head := r.Site.Header.Clone()
	if head == nil {
		head = http.Header{}
	}
	if q.Referer != "" {
		head.Set("Referer", base.Scheme+"://"+base.Host+base.Path+q.Referer)
	}
	got, err = r.Fetch.Fetch(ctx, crawler.Request{URL: u.String(), Header: head})
	return got, address, err
}

// refine names a refusal after the site's own sentence where it gives one: a
// 403 that asks for a sign-in is a login wall.
func refine(p status.Page, got crawler.Page) (status.Page, error) {
	no := &RefusalError{Answer: got.Answer, Detail: got.Detail}
	switch p.Answer {
	case crawler.AnswerLoginWall, crawler.AnswerBlocked:
		no.Answer = p.Answer
	case crawler.AnswerRateLimited:
		if got.Answer == crawler.AnswerForbidden {
			no.Answer = p.Answer
		}
	case crawler.AnswerDeleted:
		if got.Answer == crawler.AnswerForbidden {
			return p, nil
		}
	}
	switch {
	case strings.Contains(p.Said, no.Detail):
		no.Detail = p.Said
	case !strings.Contains(no.Detail, p.Said):
		no.Detail = strings.TrimSpace(no.Detail + " " + p.Said)
	}
	return p, no
}

// Refuse makes a refusal of a page that has no posts to give.
func Refuse(p status.Page) *RefusalError {
	return &RefusalError{Answer: p.Answer, Detail: cmp.Or(p.Said, string(p.Answer))}
}

// Said is the detail of a refusal for the ledger, and the catalogue key of why
// where there is one to give.
func (r *Asker) Said(no *RefusalError) (detail, reason string) {
	if no.Answer != crawler.AnswerLoginWall {
		return no.Detail, ""
	}
	who := r.Health.Refused(r.Site.Secret, r.Source.ID, r.At, r.Zone)
	return strings.TrimPrefix(no.Detail+"; "+who, "; "), r.Site.Secret.Reason()
}

// Close adds to a report what the visit has to say beside its outcome, and the
// warning of a secret that is about to expire.
func (r *Asker) Close(to *crawler.Report, notes []string) {
	reason, detail := r.Site.Secret.Warning(r.Source.ID, r.At)
	if reason != "" && to.Answer != crawler.AnswerLoginWall {
		to.Entry.Reason = cmp.Or(to.Entry.Reason, reason)
		notes = append(notes, detail)
	}
	for _, s := range notes {
		to.Detail = strings.TrimPrefix(to.Detail+"; "+s, "; ")
	}
	to.Entry.Detail = to.Detail
}
