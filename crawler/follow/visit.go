package follow

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"time"

	"huiying"
	"huiying/crawler"
)

// visit is one reading under way.
type visit struct {
	crawler.Visit
	cursor cursor
	now    time.Time
	report crawler.Report
}

// refusalError is an answer that is none: it ends the visit.
type refusalError struct {
	answer crawler.Answer
	detail string
}

// Error is the text for logs.
func (r *refusalError) Error() string { return "refused: " + string(r.answer) + " " + r.detail }

func (r *visit) close() error {
	r.cursor.trim()
	raw, err := json.Marshal(r.cursor)
	if err != nil {
		return fmt.Errorf("write the cursor: %w", err)
	}
	r.report.Cursor = raw
	return nil
}

// walk is the reading of one list under way.
type walk struct {
	*visit
	list  List
	mark  mark // as it was before the visit
	next  mark // as it is to be after it
	left  int  // pages that may still be read
	deep  bool // known pages do not end it
	carry http.Header
	seen  map[string]bool // tokens asked for
}

// list reads one list: from its head until nothing is new, then on from where
// an earlier visit had to stop.
func (r *visit) list(ctx context.Context, l List) error {
	before := r.cursor.Lists[l.Key]
	w := &walk{visit: r, list: l, mark: before, next: before, left: max(l.Pages, 1), seen: map[string]bool{}}
	w.deep = !r.Since.IsZero() || (l.Again > 0 && r.now.Sub(time.Unix(before.Deep, 0)) >= l.Again)
	if err := w.prepare(ctx); err != nil {
		return err
	}
	err := w.head(ctx)
	if err != nil {
		w.next = before // what is new was not read to its end
		w.next.Behind = true
	} else {
		err = w.gap(ctx)
	}
	r.cursor.Lists[l.Key] = w.next
	return err
}

// prepare looks at the page the site wants to be seen first.
func (w *walk) prepare(ctx context.Context) error {
	if w.list.Before == nil {
		return nil
	}
	got, err := w.fetch(ctx, w.list.Before.Request)
	if err != nil {
		return err
	}
	w.carry = http.Header{}
	w.list.Before.Carry(got, w.carry)
	return nil
}

// head reads from the newest post on. Where it ends before all that is new
// was read, a gap is noted, except on the first visit, which is not meant to
// read everything there ever was.
func (w *walk) head(ctx context.Context) error {
	token := ""
	for {
		got, err := w.page(ctx, token, w.mark.shore)
		switch {
		case err != nil:
			return err
		case got.unchanged:
			return nil
		case got.next == "" || w.seen[got.next] || w.dry(got):
			w.settle()
			return nil
		case w.left == 0:
			w.bound(got)
			w.settle()
			return nil
		}
		token = got.next
	}
}

// dry reports a page behind which nothing new is to be expected.
func (w *walk) dry(got result) bool {
	return !got.fresh && !w.deep && (!w.mark.Behind || got.reached)
}

// bound notes that the list goes on behind the last page that was read. A gap
// that is still open becomes longer at its near end.
func (w *walk) bound(got result) {
	if !got.fresh && (!w.mark.Behind || got.reached) {
		return // a reading behind what is known ends anywhere
	}
	w.report.Entry.Capped = true
	if !w.mark.Visited || got.reached {
		return
	}
	if w.next.Gap == "" {
		w.next.Far = w.mark.shore
	}
	w.next.Gap, w.next.Walked = got.next, 0
}

func (w *walk) settle() {
	w.next.Visited, w.next.Behind = true, false
	if w.deep {
		w.next.Deep = w.now.Unix()
	}
}

// gap goes on where an earlier visit had to stop, at least by a page.
func (w *walk) gap(ctx context.Context) error {
	for n := 0; w.next.Gap != "" && w.mark.Gap != "" && (n == 0 || w.left > 0); n++ {
		got, err := w.page(ctx, w.next.Gap, w.next.Far)
		if err != nil {
			return err
		}
		w.next.Walked++
		same := got.next == w.next.Gap
		w.next.Gap = got.next
		if got.reached || same || w.next.Walked >= maxGap {
			w.next.Gap = ""
		}
		if w.next.Gap == "" {
			w.next.Far, w.next.Walked = shore{}, 0
		}
	}
	w.report.Entry.Capped = w.report.Entry.Capped || w.next.Gap != ""
	return nil
}

// result is what a page meant for the walk.
type result struct {
	fresh     bool // it held a post that was new or changed
	reached   bool // it held a post at or behind the shore
	unchanged bool // the site says it is as it was
	next      string
}

// page reads one page and offers what is new on it. Posts behind the far shore
// do not count as new even when nothing is known of them any more.
func (w *walk) page(ctx context.Context, token string, far shore) (result, error) {
	w.seen[token] = true
	w.left--
	req := w.list.Ask(token)
	address := req.URL
	req.Header = w.headers(req.Header, token == "")
	got, err := w.fetch(ctx, req)
	if err != nil {
		return result{}, err
	}
	if got.Status == http.StatusNotModified {
		if w.mark.Newest != "" {
			w.met(crawler.AnswerOK) // what was read before still stands
		}
		return result{unchanged: true}, nil
	}
	if token != "" && got.Answer == crawler.AnswerDeleted {
		return result{}, nil // the list ends where its next page is not there
	}
	if got.Answer == crawler.AnswerDeleted {
		return result{}, &refusalError{crawler.AnswerMalformed, cmp.Or(got.Detail, "list "+address)}
	}
	doc := got.Document
	doc.URL, doc.Source, doc.Zone = address, w.Source.ID, w.Zone
	if doc.FetchedAt.IsZero() {
		doc.FetchedAt = w.now
	}
	parsed, err := w.list.Parse(doc)
	if err != nil {
		return result{}, err
	}
	if !parsed.Answer.Answered() {
		return result{}, &refusalError{parsed.Answer, "list " + address}
	}
	out, err := w.offerAll(ctx, parsed, got.Evidence, far)
	if err == nil && token == "" {
		w.version(got.Header)
		if len(parsed.Posts) > 0 {
			w.next.Newest = parsed.Posts[0].ID
		}
	}
	return out, err
}

// headers are those of one question, with what the site said of the version
// of its first page unless everything is to be read again.
func (w *walk) headers(own http.Header, first bool) http.Header {
	out := own.Clone()
	if out == nil {
		out = http.Header{}
	}
	maps.Copy(out, w.carry)
	if !first || !w.list.Conditional || w.deep || w.mark.Gap != "" {
		return out
	}
	if w.mark.Etag != "" {
		out.Set("If-None-Match", w.mark.Etag)
	}
	if w.mark.Modified != "" {
		out.Set("If-Modified-Since", w.mark.Modified)
	}
	return out
}

// maxValidator bounds what is kept of a site's header.
const maxValidator = 512

func (w *walk) version(h http.Header) {
	if !w.list.Conditional {
		return
	}
	w.next.Etag, w.next.Modified = h.Get("Etag"), h.Get("Last-Modified")
	if len(w.next.Etag)+len(w.next.Modified) > maxValidator {
		w.next.Etag, w.next.Modified = "", ""
	}
}

func (w *walk) offerAll(ctx context.Context, parsed crawler.Parsed, evidence string, far shore) (result, error) {
	out := result{next: parsed.Next}
	if len(parsed.Posts) > 0 {
		w.met(crawler.AnswerOK)
	}
	familiar := false
	for _, p := range parsed.Posts {
		w.report.Entry.Posts++
		known, ok := w.cursor.Posts[p.ID]
		familiar = familiar || ok
		p.Evidence = evidence
		news, err := w.offer(ctx, p, known)
		if err != nil {
			return out, err
		}
		rank := w.rank(p)
		w.next.Top = max(w.next.Top, rank)
		behind := far.holds(p.ID, rank)
		out.reached = out.reached || behind
		out.fresh = out.fresh || (news && (ok || !behind)) || (rank > 0 && !behind)
	}
	if w.list.Window && w.mark.Visited && len(parsed.Posts) > 0 && !familiar {
		w.report.Entry.Capped, w.report.Entry.Detail = true, "window moved past what was known"
	}
	return out, nil
}

func (w *walk) rank(p huiying.Post) int64 {
	if w.list.Rank == nil {
		return 0
	}
	return w.list.Rank(p)
}

// offer hands a post to the sink unless the very same was accepted before.
func (r *visit) offer(ctx context.Context, p huiying.Post, known row) (news bool, err error) {
	rev := p.Revision()
	news = known.Rev != rev
	if news || (!r.Since.IsZero() && known.At >= r.Since.Unix()) {
		if err := r.Sink.Accept(ctx, p); err != nil {
			return news, fmt.Errorf("accept %s: %w", p.ID, err)
		}
		r.report.Entry.Accepted++
		known.Rev, known.At = rev, r.now.Unix()
	}
	if r.now.Unix()-known.Listed >= standing {
		known.Listed = r.now.Unix()
	}
	r.cursor.Posts[p.ID] = known
	return news, nil
}

func (r *visit) met(a crawler.Answer) {
	if r.report.Answer == crawler.AnswerEmpty {
		r.report.Answer = a
	}
}

// fetch asks one address of the site, from where base_url points.
func (r *visit) fetch(ctx context.Context, req crawler.Request) (crawler.Page, error) {
	address := req.URL
	req.URL = Swap(address, r.Source.BaseURL)
	got, err := r.Fetch.Fetch(ctx, req)
	if err != nil {
		return got, fmt.Errorf("ask %s: %w", address, err)
	}
	r.report.Entry.Pages++
	got.Answer = cmp.Or(got.Answer, crawler.AnswerOK)
	if got.Status == http.StatusNotModified {
		return got, nil
	}
	if !got.Answer.Answered() && got.Answer != crawler.AnswerMalformed {
		return got, &refusalError{got.Answer, got.Detail}
	}
	return got, nil
}
