package portal

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"

	"huiying"
	"huiying/crawler"
	"huiying/crawler/portal/site"
)

// Reader reads portal sources. It keeps nothing between visits but the
// cursor.
type Reader struct {
	shelf shelf
}

// Read makes one visit: the lists newest first until what is known, the pages
// behind new and changed rows, then letters that had no answer yet. A wall or
// ban ends it at once and stands in the report; what was accepted by then
// stays accepted and is in the cursor.
func (rd Reader) Read(ctx context.Context, v crawler.Visit) (crawler.Report, error) {
	opt, p, err := rd.shelf.settle(v.Source)
	if err != nil {
		return crawler.Report{Cursor: v.Cursor}, err
	}
	kept, err := readCursor(v.Cursor)
	if err != nil {
		return crawler.Report{Cursor: v.Cursor}, err
	}
	r := &visit{Visit: v, opt: opt, profile: p, cursor: kept, now: v.Now(), left: opt.Details, met: map[string]bool{}}
	r.report.Answer = crawler.AnswerEmpty
	r.deep = r.now.Sub(time.Unix(kept.Deep, 0)) >= opt.every
	err = r.run(ctx)
	var no *refusalError
	if errors.As(err, &no) {
		r.refused(no)
		err = nil
	}
	if v.Window.IsZero() {
		r.behind = r.behind || err != nil
	} else {
		r.report.Entry.Capped = r.report.Entry.Capped || err != nil || r.behind || no != nil
		r.behind, r.deep = kept.Behind, false
	}
	if r.deep && !r.behind {
		r.cursor.Deep = r.now.Unix()
	}
	if cerr := r.close(); err == nil {
		err = cerr
	}
	return r.report, err
}

// visit is one reading under way.
type visit struct {
	crawler.Visit
	opt     Options
	profile Profile
	cursor  cursor
	now     time.Time
	report  crawler.Report
	left    int             // pages behind rows that may still be read
	behind  bool            // something new was left unread
	deep    bool            // lists are read behind what is known, for rows that changed
	ill     bool            // the page before failed on the server; two in a row end the visit
	met     map[string]bool // rows handled in this visit
}

// refusalError is an answer that is none: it ends the visit.
type refusalError struct {
	answer crawler.Answer
	detail string
}

// Error is the text for logs.
func (r *refusalError) Error() string { return "refused: " + string(r.answer) + " " + r.detail }

func (r *visit) refused(no *refusalError) {
	r.report.Answer, r.report.Detail, r.report.Entry.Detail = no.answer, no.detail, no.detail
	r.behind = true
}

func (r *visit) run(ctx context.Context) error {
	lists := r.opt.Lists
	if len(lists) == 0 && r.profile.List.URL != "" {
		lists = []string{r.profile.List.URL}
	}
	for _, template := range lists {
		if err := r.list(ctx, template); err != nil {
			return err
		}
	}
	if !r.Window.IsZero() {
		return nil // single pages and open letters are the present's matter
	}
	for _, address := range r.opt.URLs {
		i := site.Item{URL: site.Resolve(r.profile.Site+"/", address)}
		id := r.profile.PostID(i.URL)
		known := r.cursor.Items[id]
		read := known.Rev != "" || known.Gone
		if read && !known.due(r.now, r.opt) && known.settled(known.State, r.Since) {
			continue
		}
		if err := r.page(ctx, target{id, i, known.State}); err != nil {
			return err
		}
	}
	return r.recheck(ctx)
}

func (r *visit) close() error {
	r.cursor.Behind = r.behind
	r.cursor.trim()
	raw, err := json.Marshal(r.cursor)
	if err != nil {
		return fmt.Errorf("write the cursor: %w", err)
	}
	r.report.Cursor = raw
	return nil
}

// target is one page that is to be read, and the row it stands behind.
type target struct {
	id    string
	item  site.Item
	state string // digest of the row
}

// page reads the page behind a row and offers it when it is new or changed.
func (r *visit) page(ctx context.Context, t target) error {
	got, err := r.open(ctx, t.item.URL)
	if err != nil {
		return err
	}
	known := r.cursor.Items[t.id]
	known.URL, known.Checked = t.item.URL, r.now.Unix()
	if known.Listed == 0 {
		known.stood(r.now)
	}
	switch {
	case got.Answer == crawler.AnswerDeleted:
		return r.gone(ctx, t, known)
	case !got.Answer.Answered() && got.Answer != crawler.AnswerMalformed:
		return &refusalError{got.Answer, t.item.URL}
	case len(got.Posts) == 0:
		r.unreadable(t, known)
		return nil
	}
	p := got.Posts[0]
	p.ID, p.URL, p.Title = t.id, t.item.URL, cmp.Or(p.Title, t.item.Title)
	known.Status = cmp.Or(t.item.Status, known.Status)
	p.Status = cmp.Or(p.Status, known.Status)
	if p.PublishedAt.IsZero() {
		p.PublishedAt, p.PublishedPrecision = t.item.At, t.item.Precision
	}
	return r.offer(ctx, p, known, t.state)
}

// open fetches and parses one page. One that fails on the server is
// unreadable; the second in a row is taken as the site's state.
func (r *visit) open(ctx context.Context, address string) (crawler.Parsed, error) {
	at, err := r.ask(ctx, question{turn: site.Turn{URL: r.profile.Ask(address)}, page: address})
	if at.answer == crawler.AnswerMaintenance && !r.ill {
		r.ill = true
		return crawler.Parsed{Answer: crawler.AnswerMalformed}, nil
	}
	if err != nil {
		return crawler.Parsed{}, err
	}
	r.ill = false
	if at.answer == crawler.AnswerDeleted || at.answer == crawler.AnswerMalformed {
		return crawler.Parsed{Answer: at.answer}, nil
	}
	got := r.profile.ReadPage(at.Document, r.profile.Kind)
	for i := range got.Posts {
		got.Posts[i].Evidence = at.evidence
	}
	return got, nil
}

// unreadable notes a page that gave nothing; after some tries it is left
// alone until its row changes.
func (r *visit) unreadable(t target, known row) {
	known.Tries++
	if known.Tries >= maxTries {
		known.State = t.state
	} else {
		r.behind = true
	}
	r.keep(t.id, known)
	r.report.Entry.Detail = "malformed " + t.item.URL
}

// offer hands a post to the sink unless the very same was accepted before.
func (r *visit) offer(ctx context.Context, p huiying.Post, known row, state string) error {
	same := known.Rev == p.Revision() && (r.Since.IsZero() || known.At < r.Since.Unix())
	if !same {
		if err := r.Sink.Accept(ctx, p); err != nil {
			return fmt.Errorf("accept %s: %w", p.ID, err)
		}
		r.report.Entry.Accepted++
		known.At = r.now.Unix()
	}
	if r.report.Answer == crawler.AnswerEmpty {
		r.report.Answer = crawler.AnswerOK
	}
	wasOpen := known.Open
	known.Open = p.Kind == huiying.KindLetter && p.Status != huiying.StatusAnswered && (len(p.Answers) == 0 || p.Status != "")
	known.Rev, known.State, known.Gone = p.Revision(), state, false
	known.Tries++
	if !wasOpen || !known.Open {
		known.Tries = 0
	}
	if !p.PublishedAt.IsZero() {
		known.Since = p.PublishedAt.Unix()
	}
	r.keep(p.ID, known)
	return nil
}

// gone offers the tombstone of a page that was accepted once and is no more.
func (r *visit) gone(ctx context.Context, t target, known row) error {
	accepted := known.Rev != "" && !known.Gone
	known.Gone, known.Open, known.State = true, false, t.state
	if accepted {
		p := huiying.Post{
			ID: t.id, Source: r.Source.ID, Platform: huiying.PlatformPortal, Kind: r.profile.Kind, URL: known.URL,
			Author: huiying.Author{Verified: "none"}, CollectedAt: r.now, Deleted: true,
		}
		if known.Since != 0 {
			p.PublishedAt, p.PublishedPrecision = time.Unix(known.Since, 0).UTC(), huiying.PrecisionDay
		}
		if err := r.Sink.Accept(ctx, p); err != nil {
			return fmt.Errorf("accept %s: %w", t.id, err)
		}
		r.report.Entry.Accepted++
		known.At = r.now.Unix()
	}
	r.keep(t.id, known)
	return nil
}

// recheck reads letters without an answer again, the longest waiting first.
func (r *visit) recheck(ctx context.Context) error {
	var due []string
	for id, known := range r.cursor.Items {
		if known.URL != "" && known.due(r.now, r.opt) {
			due = append(due, id)
		}
	}
	slices.SortFunc(due, func(a, b string) int {
		return cmp.Or(cmp.Compare(r.cursor.Items[a].Checked, r.cursor.Items[b].Checked), cmp.Compare(a, b))
	})
	for _, id := range due[:min(len(due), r.opt.Recheck)] {
		known := r.cursor.Items[id]
		if err := r.page(ctx, target{id, site.Item{URL: known.URL}, known.State}); err != nil {
			return err
		}
	}
	return nil
}

// fetched is a page with the fetcher's word about it: an answer, or
// AnswerMalformed.
type fetched struct {
	crawler.Document
	answer   crawler.Answer
	evidence string
}

// question is one question to the site; page is the address of what it is
// about, where that is another one.
type question struct {
	turn site.Turn
	page string
}

// ask fetches one address of the site, from where base_url points. The
// document keeps the site's own address. A refusal of the site is an error.
func (r *visit) ask(ctx context.Context, q question) (fetched, error) {
	head := http.Header{"Accept": {"text/html,application/xhtml+xml,application/json;q=0.9,*/*;q=0.8"}}
	if from := q.turn.Header.Get("Referer"); from != "" {
		head.Set("Referer", site.Swap(from, r.Source.BaseURL))
	}
	got, err := r.Fetch.Fetch(ctx, crawler.Request{URL: site.Swap(q.turn.URL, r.Source.BaseURL), Header: head, Form: q.turn.Form})
	if err != nil {
		return fetched{}, fmt.Errorf("ask %s: %w", q.turn.URL, err)
	}
	r.report.Entry.Pages++
	out := fetched{Document: got.Document, answer: cmp.Or(got.Answer, crawler.AnswerOK), evidence: got.Evidence}
	out.URL, out.Source, out.Zone = cmp.Or(q.page, q.turn.URL), r.Source.ID, r.Zone
	if out.FetchedAt.IsZero() {
		out.FetchedAt = r.now
	}
	if !out.answer.Answered() && out.answer != crawler.AnswerMalformed {
		return out, &refusalError{out.answer, got.Detail}
	}
	return out, nil
}
