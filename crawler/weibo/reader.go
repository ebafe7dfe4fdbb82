package weibo

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"huiying"
	"huiying/crawler"
	"huiying/crawler/weibo/mobile"
)

// Reader reads Weibo sources. It keeps nothing between visits but the cursor.
type Reader struct{}

// Read makes one visit: every account, then every query, newest first, until
// what is known; then whole texts, comments whose count changed, and posts
// that vanished. A wall or ban ends it at once and stands in the report; what
// was accepted by then stays accepted and is in the cursor, and the next visit
// reads the unfinished list as far back as this one had to.
func (Reader) Read(ctx context.Context, v crawler.Visit) (crawler.Report, error) {
	set, err := settle(v.Source)
	if err != nil {
		return crawler.Report{Cursor: v.Cursor}, err
	}
	cookie, err := set.cookie(v.Source.ID)
	if err != nil {
		return crawler.Report{Cursor: v.Cursor}, err
	}
	kept, err := readCursor(v.Cursor)
	if err != nil {
		return crawler.Report{Cursor: v.Cursor}, err
	}
	r := &visit{Visit: v, set: set, cookie: cookie, cursor: kept, now: v.Now(), offered: map[string]bool{}}
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
	set     settings
	cookie  string
	cursor  cursor
	now     time.Time
	report  crawler.Report
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

// stream is one list that is read newest first.
type stream struct {
	key     string
	query   url.Values
	referer string
}

func (r *visit) list() []stream {
	var out []stream
	for _, uid := range r.set.Accounts {
		out = append(out, stream{
			key:     "u:" + uid,
			query:   url.Values{"type": {"uid"}, "value": {uid}, "containerid": {"107603" + uid}},
			referer: "/u/" + uid,
		})
	}
	for _, q := range r.set.Queries {
		id := "100103type=61&q=" + q
		out = append(out, stream{
			key:     "q:" + q,
			query:   url.Values{"containerid": {id}, "page_type": {"searchall"}},
			referer: "/search?containerid=" + url.QueryEscape(id),
		})
	}
	return out
}

// streams reads them all. A refusal is noted in the report, not returned.
func (r *visit) streams(ctx context.Context) error {
	for _, s := range r.list() {
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
			return fmt.Errorf("read %s: %w", s.key, err)
		}
	}
	return nil
}

func (r *visit) refused(no *refusalError) {
	r.report.Answer, r.report.Detail = no.answer, no.detail
	r.report.Entry.Detail = no.detail
	if no.answer == crawler.AnswerLoginWall {
		r.report.Entry.Reason = "weibo.cookie_refused"
	}
}

func (r *visit) answered(a crawler.Answer) {
	if a == crawler.AnswerOK && r.report.Answer == crawler.AnswerEmpty {
		r.report.Answer = a
	}
}

func (r *visit) close() error {
	var keys []string
	for _, s := range r.list() {
		keys = append(keys, s.key)
	}
	r.cursor.keep(keys)
	raw, err := json.Marshal(r.cursor)
	if err != nil {
		return fmt.Errorf("write the cursor: %w", err)
	}
	r.report.Cursor = raw
	return nil
}

// ask fetches one address of the site. An answer that is a refusal comes back
// as one.
func (r *visit) ask(ctx context.Context, path string, query url.Values, referer string) (crawler.Document, string, error) {
	u := *r.set.base
	u.Path, u.RawQuery = u.Path+path, query.Encode()
	head := http.Header{
		"Accept":           {"application/json, text/plain, */*"},
		"Mweibo-Pwa":       {"1"},
		"X-Requested-With": {"XMLHttpRequest"},
		"Referer":          {r.set.base.Scheme + "://" + r.set.base.Host + r.set.base.Path + referer},
	}
	if r.cookie != "" {
		head.Set("Cookie", r.cookie)
	}
	got, err := r.Fetch.Fetch(ctx, crawler.Request{URL: u.String(), Header: head})
	if err != nil {
		return crawler.Document{}, "", fmt.Errorf("ask %s: %w", path, err)
	}
	r.report.Entry.Pages++
	d := got.Document
	d.Source, d.Zone = r.Source.ID, r.Zone
	if d.URL == "" {
		d.URL = u.String()
	}
	if d.FetchedAt.IsZero() {
		d.FetchedAt = r.now
	}
	if got.Answer != "" && !got.Answer.Answered() {
		return d, got.Evidence, r.refine(d, got)
	}
	return d, got.Evidence, nil
}

// refine names a refusal after the site's own sentence where it gives one: a
// 403 that asks for a sign-in is a login wall.
func (r *visit) refine(d crawler.Document, got crawler.Page) error {
	no := &refusalError{answer: got.Answer, detail: got.Detail}
	answer, said := mobile.Said(d)
	if answer == crawler.AnswerLoginWall || answer == crawler.AnswerBlocked {
		no.answer = answer
	}
	if said != "" && !strings.Contains(no.detail, said) {
		no.detail = strings.TrimSpace(no.detail + " " + said)
	}
	return no
}

// refuse makes a refusal of a page that has no posts to give.
func refuse(p mobile.Page) *refusalError {
	return &refusalError{answer: p.Answer, detail: cmp.Or(p.Said, string(p.Answer))}
}

// stream reads one list and what hangs on it. What was accepted is noted in
// any case; how far the list was read moves only when all of it went well.
func (r *visit) stream(ctx context.Context, s stream) error {
	m := r.cursor.of(s.key)
	r.cursor.Streams[s.key] = m
	w := &walk{visit: r, stream: s, mark: m, boundary: m.boundary(r.Since), listed: map[string]bool{}}
	for _, step := range []func(context.Context) error{w.pages, w.vanished, w.comments} {
		if err := step(ctx); err != nil {
			return err
		}
	}
	if w.newest > m.Newest {
		m.Newest, m.NewestAt = w.newest, r.now.Unix()
	}
	if w.deep {
		m.Deep = r.now.Unix()
	}
	return nil
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

func mids(mid int64) string { return strconv.FormatInt(mid, 10) }
