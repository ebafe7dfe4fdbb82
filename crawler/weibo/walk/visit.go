package walk

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"huiying"
	"huiying/crawler"
	"huiying/crawler/weibo/status"
)

// Read makes one visit: every stream, newest first, until what is known; then
// whole texts, comments and reposts whose count changed, and posts that
// vanished. A wall or ban ends it at once and stands in the report; what was
// accepted by then stays accepted and is in the cursor, and the next visit
// reads the unfinished list as far back as this one had to.
func Read(ctx context.Context, v crawler.Visit, p Plan) (crawler.Report, error) {
	kept, err := readCursor(v.Cursor)
	if err != nil {
		return crawler.Report{Cursor: v.Cursor}, err
	}
	r := &visit{Visit: v, plan: p, cursor: kept, now: v.Now(), offered: map[string]bool{}}
	r.report.Answer = crawler.AnswerEmpty
	err = r.streams(ctx)
	if cerr := r.close(); err == nil {
		err = cerr
	}
	return r.report, err
}

// visit is one reading under way.
type visit struct {
	crawler.Visit
	plan    Plan
	cursor  cursor
	now     time.Time
	report  crawler.Report
	notes   []string        // what the ledger is to say beside the outcome
	offered map[string]bool // ids that were handled in this visit
	mute    bool            // comments are refused; not asked again in this visit
}

// refusalError is an answer that is none: it ends the stream, or the visit.
type refusalError struct {
	answer crawler.Answer
	detail string
}

// Error is the text for logs.
func (r *refusalError) Error() string { return "refused: " + string(r.answer) + " " + r.detail }

// ends reports whether the refusal is the site's word to stop: rubbish is not.
func (r *refusalError) ends() bool { return r.answer != crawler.AnswerMalformed }

// passes reports whether a refusal concerns one address only, so that reading
// goes on without it: rubbish, or a failure of the server.
func (r *refusalError) passes() bool {
	return r.answer == crawler.AnswerMalformed || r.answer == crawler.AnswerMaintenance
}

func refused(err error) bool {
	var no *refusalError
	return errors.As(err, &no)
}

// streams reads them all. A refusal is noted in the report, not returned.
func (r *visit) streams(ctx context.Context) error {
	for _, s := range r.plan.Streams {
		err := r.stream(ctx, s)
		var no *refusalError
		switch {
		case err == nil:
		case errors.As(err, &no):
			r.refused(no)
			if no.ends() {
				return nil
			}
		default:
			return fmt.Errorf("read %s: %w", s.Key, err)
		}
	}
	return nil
}

func (r *visit) refused(no *refusalError) {
	r.report.Answer, r.report.Detail = no.answer, no.detail
	if no.answer == crawler.AnswerLoginWall {
		who := r.cursor.Account.Refused(r.plan.Secret, r.Source.ID, r.now, r.Zone)
		r.report.Detail, r.report.Entry.Reason = strings.TrimSpace(no.detail+"; "+who), r.plan.Secret.Reason()
	}
	r.report.Entry.Detail = r.report.Detail
}

func (r *visit) answered(a crawler.Answer) {
	if a == crawler.AnswerOK && r.report.Answer == crawler.AnswerEmpty {
		r.report.Answer = a
	}
}

// note has the ledger say something of the coverage, once.
func (r *visit) note(s string) {
	if !slices.Contains(r.notes, s) {
		r.notes = append(r.notes, s)
	}
}

func (r *visit) close() error {
	var keys []string
	for _, s := range r.plan.Streams {
		keys = append(keys, s.Key)
	}
	if reason, detail := r.plan.Secret.Warning(r.Source.ID, r.now); reason != "" && r.report.Answer != crawler.AnswerLoginWall {
		r.report.Entry.Reason = reason
		r.note(detail)
	}
	if len(r.notes) > 0 {
		r.report.Entry.Detail = strings.Join(append(slices.DeleteFunc([]string{r.report.Detail}, func(s string) bool { return s == "" }), r.notes...), "; ")
		r.report.Detail = r.report.Entry.Detail
	}
	r.cursor.keep(keys)
	raw, err := json.Marshal(r.cursor)
	if err != nil {
		return fmt.Errorf("write the cursor: %w", err)
	}
	r.report.Cursor = raw
	return nil
}

// answer is what came back: a page, what it was read from, and its evidence.
type answer struct {
	status.Page
	doc      crawler.Document
	evidence string
}

// ask puts one question to the site. An answer that is a refusal comes back
// as one.
func (r *visit) ask(ctx context.Context, q Question) (answer, error) {
	got, address, err := r.fetch(ctx, q)
	if err != nil {
		return answer{}, fmt.Errorf("ask %s: %w", q.Path, err)
	}
	r.report.Entry.Pages++
	d := got.Document
	d.Source, d.Zone = r.Source.ID, r.Zone
	if d.URL == "" || len(q.Secret) > 0 {
		d.URL = address
	}
	if d.FetchedAt.IsZero() {
		d.FetchedAt = r.now
	}
	p := q.Read(d)
	if got.Answer != "" && !got.Answer.Answered() {
		p, err = refine(p, got)
	}
	if err == nil && p.Answer.Answered() {
		r.cursor.Account.Worked(r.plan.Secret, r.now)
	}
	return answer{Page: p, doc: d, evidence: got.Evidence}, err
}

// fetch asks; address is the question without its secret.
func (r *visit) fetch(ctx context.Context, q Question) (got crawler.Page, address string, err error) {
	base := r.plan.Face.Base
	u := *base
	u.Path, u.RawQuery = u.Path+q.Path, q.Query.Encode()
	address = u.String()
	if len(q.Secret) > 0 {
		u.RawQuery = strings.TrimPrefix(u.RawQuery+"&"+q.Secret.Encode(), "&")
	}
	head := r.plan.Face.Header.Clone()
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
	no := &refusalError{answer: got.Answer, detail: got.Detail}
	switch p.Answer {
	case crawler.AnswerLoginWall, crawler.AnswerBlocked:
		no.answer = p.Answer
	case crawler.AnswerRateLimited:
		if got.Answer == crawler.AnswerForbidden {
			no.answer = p.Answer
		}
	case crawler.AnswerDeleted:
		if got.Answer == crawler.AnswerForbidden {
			return p, nil
		}
	}
	switch {
	case strings.Contains(p.Said, no.detail):
		no.detail = p.Said
	case !strings.Contains(no.detail, p.Said):
		no.detail = strings.TrimSpace(no.detail + " " + p.Said)
	}
	return p, no
}

// refuse makes a refusal of a page that has no posts to give.
func refuse(p status.Page) *refusalError {
	return &refusalError{answer: p.Answer, detail: cmp.Or(p.Said, string(p.Answer))}
}

// accept hands a post to the sink.
func (r *visit) accept(ctx context.Context, p huiying.Post, evidence string) error {
	p.Evidence = evidence
	if err := r.Sink.Accept(ctx, p); err != nil {
		return fmt.Errorf("accept %s: %w", p.ID, err)
	}
	r.report.Entry.Accepted++
	return nil
}
