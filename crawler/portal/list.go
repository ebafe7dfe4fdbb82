package portal

import (
	"context"

	"huiying/crawler"
	"huiying/crawler/portal/site"
)

// list reads the pages of one list until a page brings nothing new. A page
// whose rows were all met before is the site's way of saying that it has no
// more.
func (r *visit) list(ctx context.Context, template string) error {
	turn := r.profile.FirstTurn(template)
	seen := map[string]bool{}
	w := &window{Window: r.Window}
	for {
		seen[turn.Key()] = true
		got, err := r.ask(ctx, question{turn: turn})
		if err != nil {
			return err
		}
		if turn.N > 1 && got.answer == crawler.AnswerDeleted {
			return r.ended(w) // a static list ends where its next page is not there
		}
		if !got.answer.Answered() || got.answer == crawler.AnswerDeleted {
			return &refusalError{crawler.AnswerMalformed, "list " + turn.URL}
		}
		l := r.profile.ReadList(got.Document)
		if !l.Answer.Answered() {
			return &refusalError{l.Answer, "list " + turn.URL}
		}
		page, err := r.rows(ctx, l, w)
		if err != nil {
			return err
		}
		next, more := r.profile.NextTurn(template, turn, l)
		switch {
		case !more || seen[next.Key()] || page.unmet == 0:
			return r.ended(w)
		case r.bound(turn.N, page, w):
			return nil
		}
		turn = next
	}
}

// bound reports that a visit reads no further page, and whether that leaves
// something out.
func (r *visit) bound(n int, page brought, w *window) bool {
	switch {
	case w.passed:
		return true
	case !w.IsZero():
		r.report.Entry.Capped = r.report.Entry.Capped || n >= maxBack
		return n >= maxBack
	case !page.fresh && !r.cursor.Behind && !r.deep:
		return true
	case n >= r.opt.Pages:
		r.report.Entry.Capped = r.report.Entry.Capped || page.fresh || r.cursor.Behind
		return true
	}
	return false
}

// brought is what a page of a list meant for the visit.
type brought struct {
	fresh bool // it held rows that are new or changed
	unmet int  // rows that this visit had not met
}

// rows reads the pages behind the new and changed rows of a list page.
func (r *visit) rows(ctx context.Context, l site.Listing, w *window) (brought, error) {
	var out brought
	if len(l.Items) > 0 && r.report.Answer == crawler.AnswerEmpty {
		r.report.Answer = crawler.AnswerOK
	}
	defer w.close()
	for _, i := range l.Items {
		if !r.profile.Follows(i.URL) {
			continue
		}
		id := r.profile.PostID(i.URL)
		if r.met[id] {
			continue
		}
		r.met[id] = true
		out.unmet++
		r.report.Entry.Posts++
		fresh, err := r.row(ctx, id, i, w)
		out.fresh = out.fresh || fresh
		if err != nil {
			return out, err
		}
	}
	return out, nil
}

// row reads the page behind one row when that is new or changed.
func (r *visit) row(ctx context.Context, id string, i site.Item, w *window) (fresh bool, err error) {
	known, ok := r.cursor.Items[id]
	if ok {
		known.stood(r.now)
		r.cursor.Items[id] = known
	}
	if !i.At.IsZero() {
		r.cursor.Newest = max(r.cursor.Newest, i.At.Unix())
	}
	if !w.holds(i) || (ok && known.settled(i.State(), r.Since)) {
		return false, nil
	}
	if r.left == 0 && w.IsZero() {
		r.behind, r.report.Entry.Capped = true, true
		return true, nil
	}
	r.left--
	return true, r.page(ctx, target{id, i, i.State()})
}
