package patrol

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"time"

	"huiying"
	"huiying/crawler"
	"huiying/crawler/patrol/norm"
	"huiying/crawler/patrol/settings"
	"huiying/crawler/portal/site"
)

// mailbag is how far the public's letters were read. It holds addresses and
// dates only.
type mailbag struct {
	Began int64             `json:"b,omitempty"` // unix seconds, 0 = no reading is under way
	List  int               `json:"l,omitempty"`
	Page  int               `json:"p,omitempty"` // of the list, read so far
	Short bool              `json:"s,omitempty"` // the lists were not read a year back
	Items map[string]letter `json:"i,omitempty"` // by post id
}

type letter struct {
	URL      string `json:"u"`
	Sent     int64  `json:"s,omitempty"`
	Checked  int64  `json:"c,omitempty"`
	Answered bool   `json:"a,omitempty"`
}

// year is how far back the norm looks.
const year = 366 * 24 * time.Hour

// letters reads the lists a year back, then every letter that may be overdue.
func (r *visit) letters(ctx context.Context) error {
	b := &r.cursor.Letters
	if r.opt.Letters == nil || !r.opt.Does(settings.PartLetters) {
		return nil
	}
	if b.Began == 0 {
		if !r.due(settings.PartLetters) {
			return nil
		}
		b.Began, b.List, b.Page, b.Short = r.now.Unix(), 0, 0, false
	}
	if b.Items == nil {
		b.Items = map[string]letter{}
	}
	for b.List < len(r.opt.Letters.Lists) {
		if err := r.list(ctx); err != nil {
			return err
		}
	}
	if err := r.overdue(ctx); err != nil {
		return err
	}
	b.Began = 0
	r.done(settings.PartLetters)
	r.report.Entry.Capped = r.report.Entry.Capped || b.Short
	r.note("letters: %d kept in mind, %d overdue", len(b.Items), len(r.open("letter-unanswered")))
	return nil
}

// list reads the next page of the list under way.
func (r *visit) list(ctx context.Context) error {
	b, p := &r.cursor.Letters, r.opt.Site
	template := r.opt.Letters.Lists[b.List]
	a, err := r.read(ctx, p.ListURL(template, b.Page+1))
	if err != nil {
		return err
	}
	b.Page++
	if a.kind == troubled || a.kind == unasked || (a.kind == gone && b.Page == 1) {
		r.note("letters: the list is not there: %s", a.why)
		return errEnough
	}
	l := p.ReadList(a.page.Document)
	past := a.kind != there || len(l.Items) == 0
	fresh := false
	for _, i := range l.Items {
		fresh = r.listed(i) || fresh
		past = past || (!i.At.IsZero() && r.now.Sub(i.At) > year)
	}
	switch {
	case past || !site.Paged(template) || !fresh:
		b.List, b.Page = b.List+1, 0
	case b.Page >= r.opt.Letters.Pages:
		b.List, b.Page, b.Short = b.List+1, 0, true
	}
	return nil
}

// listed notes a letter on a list; it reports a letter that this reading had
// not met.
func (r *visit) listed(i site.Item) bool {
	b := &r.cursor.Letters
	if !r.opt.Site.Follows(i.URL) || slices.Contains(r.opt.Letters.Ignore, i.URL) || (!i.At.IsZero() && r.now.Sub(i.At) > year) {
		return true
	}
	id := r.opt.Site.PostID(i.URL)
	known, ok := b.Items[id]
	if !ok && len(b.Items) >= r.opt.Letters.Details && !r.makeRoom() {
		b.Short = true
		return true
	}
	known.URL = i.URL
	if !i.At.IsZero() {
		known.Sent = i.At.Unix()
	}
	b.Items[id] = known
	return !ok || known.Checked < b.Began
}

// makeRoom forgets the oldest answered letter, which the list may bring again.
func (r *visit) makeRoom() bool {
	b := &r.cursor.Letters
	oldest := ""
	for id, l := range b.Items {
		if l.Answered && (oldest == "" || l.Sent < b.Items[oldest].Sent || (l.Sent == b.Items[oldest].Sent && id < oldest)) {
			oldest = id
		}
	}
	delete(b.Items, oldest)
	return oldest != ""
}

// overdue reads the letters whose time is up by any norm, the longest waiting
// first.
func (r *visit) overdue(ctx context.Context) error {
	b := &r.cursor.Letters
	ids := slices.SortedFunc(maps.Keys(b.Items), func(x, y string) int {
		return cmp.Or(cmp.Compare(b.Items[x].Sent, b.Items[y].Sent), cmp.Compare(x, y))
	})
	for _, id := range ids {
		l := b.Items[id]
		if slices.Contains(r.opt.Letters.Ignore, l.URL) {
			delete(b.Items, id)
			if err := r.over(ctx, "letter-unanswered", id); err != nil {
				return err
			}
			continue
		}
		_, late := r.late(l)
		if l.Answered || l.Checked >= b.Began || (l.Sent != 0 && !late) {
			continue
		}
		if err := r.letter(ctx, id, l); err != nil {
			return err
		}
	}
	return nil
}

func (r *visit) late(l letter) (norm.Norm, bool) {
	return r.opt.Limits.Judge(norm.Measure{Check: "letter-unanswered", Since: time.Unix(l.Sent, 0), Now: r.now.In(r.Zone)})
}

// letter reads one letter and judges it.
func (r *visit) letter(ctx context.Context, id string, l letter) error {
	a, err := r.read(ctx, l.URL)
	if err != nil {
		return err
	}
	b := &r.cursor.Letters
	l.Checked = r.now.Unix()
	b.Items[id] = l
	parsed := r.opt.Site.ReadPage(a.page.Document, huiying.KindLetter)
	switch {
	case a.kind == gone || (a.kind == there && parsed.Answer == crawler.AnswerDeleted):
		delete(b.Items, id)
		return r.over(ctx, "letter-unanswered", id)
	case a.kind != there || len(parsed.Posts) == 0:
		return nil // not seen, not judged
	}
	p := parsed.Posts[0]
	if !p.PublishedAt.IsZero() {
		l.Sent = p.PublishedAt.Unix()
	}
	l.Answered = len(p.Answers) > 0 || p.Status == huiying.StatusAnswered
	b.Items[id] = l
	n, late := r.late(l)
	f := fact{norm: n, object: id, where: l.URL, proof: a.page.Evidence, found: r.age(l.Sent), detail: []string{r.text("patrol.sent", time.Unix(l.Sent, 0).In(r.Zone).Format(time.DateOnly))}}
	return r.settle(ctx, late && !l.Answered && l.Sent != 0, f, "letter-unanswered")
}

// read asks for a page of the letters' site, which base_url stands in for as
// well.
func (r *visit) read(ctx context.Context, address string) (answer, error) {
	if r.enough() {
		return answer{}, errEnough
	}
	r.left--
	p, err := r.Fetch.Fetch(ctx, crawler.Request{URL: site.Swap(address, r.Source.BaseURL)})
	if err != nil {
		return r.failed(ctx, err)
	}
	p.URL, p.Source, p.Zone = address, r.Source.ID, r.Zone
	a := answer{page: p}
	if a.kind, a.why = sorted(p, address); a.kind == forbidden && refuses(p.Answer) {
		return a, &refusalError{p.Answer, p.Detail}
	}
	return a, nil
}
