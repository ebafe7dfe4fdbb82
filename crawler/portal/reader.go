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
	r.behind = r.behind || err != nil
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

// list reads the pages of one list until a page brings nothing new.
func (r *visit) list(ctx context.Context, template string) error {
	address := r.profile.ListURL(template, 1)
	seen := map[string]bool{}
	for n := 1; ; n++ {
		seen[address] = true
		got, err := r.ask(ctx, address)
		if err != nil {
			return err
		}
		if n > 1 && got.answer == crawler.AnswerDeleted {
			return nil // a static list ends where its next page is not there
		}
		if !got.answer.Answered() || got.answer == crawler.AnswerDeleted {
			return &refusalError{crawler.AnswerMalformed, "list " + address}
		}
		l := r.profile.ReadList(got.Document)
		if !l.Answer.Answered() {
			return &refusalError{l.Answer, "list " + address}
		}
		fresh, err := r.rows(ctx, l)
		if err != nil {
			return err
		}
		next := r.next(template, n, l)
		switch {
		case next == "" || seen[next] || len(l.Items) == 0:
			return nil
		case !fresh && !r.cursor.Behind && !r.deep:
			return nil
		case n >= r.opt.Pages:
			r.report.Entry.Capped = r.report.Entry.Capped || fresh || r.cursor.Behind
			return nil
		}
		address = next
	}
}

// next is the address of the page after the n-th, "" at the end.
func (r *visit) next(template string, n int, l site.Listing) string {
	if site.Absolute(l.Next) {
		if r.profile.Follows(l.Next) {
			return l.Next
		}
		return ""
	}
	said := r.profile.List.Pages != "" || r.profile.List.Next.Select != "" // the site says itself whether there is more
	if !site.Paged(template) || (said && l.Next == "") {
		return ""
	}
	return r.profile.ListURL(template, n+1)
}

// rows reads the pages behind the new and changed rows of a list page.
func (r *visit) rows(ctx context.Context, l site.Listing) (fresh bool, err error) {
	if len(l.Items) > 0 && r.report.Answer == crawler.AnswerEmpty {
		r.report.Answer = crawler.AnswerOK
	}
	for _, i := range l.Items {
		if !r.profile.Follows(i.URL) {
			continue
		}
		id := r.profile.PostID(i.URL)
		if r.met[id] {
			continue
		}
		r.met[id] = true
		r.report.Entry.Posts++
		known, ok := r.cursor.Items[id]
		if ok {
			known.stood(r.now)
			r.cursor.Items[id] = known
		}
		if !i.At.IsZero() {
			r.cursor.Newest = max(r.cursor.Newest, i.At.Unix())
		}
		if ok && known.settled(i.State(), r.Since) {
			continue
		}
		fresh = true
		if r.left == 0 {
			r.behind, r.report.Entry.Capped = true, true
			continue
		}
		r.left--
		if err := r.page(ctx, target{id, i, i.State()}); err != nil {
			return fresh, err
		}
	}
	return fresh, nil
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
	if p.PublishedAt.IsZero() {
		p.PublishedAt, p.PublishedPrecision = t.item.At, t.item.Precision
	}
	return r.offer(ctx, p, known, t.state)
}

// open fetches and parses one page. One that fails on the server is
// unreadable; the second in a row is taken as the site's state.
func (r *visit) open(ctx context.Context, address string) (crawler.Parsed, error) {
	at, err := r.ask(ctx, address)
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
	r.cursor.Items[t.id] = known
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
	known.Open = p.Kind == huiying.KindLetter && len(p.Answers) == 0
	known.Rev, known.State, known.Gone = p.Revision(), state, false
	known.Tries++
	if !wasOpen || !known.Open {
		known.Tries = 0
	}
	if !p.PublishedAt.IsZero() {
		known.Since = p.PublishedAt.Unix()
	}
	r.cursor.Items[p.ID] = known
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
	r.cursor.Items[t.id] = known
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

// ask fetches one address of the site, from where base_url points. The
// document keeps the site's own address. A refusal of the site is an error.
func (r *visit) ask(ctx context.Context, address string) (fetched, error) {
	head := http.Header{"Accept": {"text/html,application/xhtml+xml,application/json;q=0.9,*/*;q=0.8"}}
	got, err := r.Fetch.Fetch(ctx, crawler.Request{URL: site.Swap(address, r.Source.BaseURL), Header: head})
	if err != nil {
		return fetched{}, fmt.Errorf("ask %s: %w", address, err)
	}
	r.report.Entry.Pages++
	out := fetched{Document: got.Document, answer: cmp.Or(got.Answer, crawler.AnswerOK), evidence: got.Evidence}
	out.URL, out.Source, out.Zone = address, r.Source.ID, r.Zone
	if out.FetchedAt.IsZero() {
		out.FetchedAt = r.now
	}
	if !out.answer.Answered() && out.answer != crawler.AnswerMalformed {
		return out, &refusalError{out.answer, got.Detail}
	}
	return out, nil
}
