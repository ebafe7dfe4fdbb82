package reports

import (
	"context"
	"encoding/json"
	"slices"
	"time"

	"huiying"
	"huiying/internal/query"
	"huiying/internal/report/periodic"
	"huiying/internal/store"
	"huiying/internal/store/reports"
)

// fresh is how old a recount may be that a page shows.
const fresh = 10 * time.Minute

// recount is a report as it was when it was asked for what the data say by now.
type recount struct {
	id      string
	version int
}

// now counts a report again with the data of today.
func (d *Desk) now(ctx context.Context, r query.Report) (periodic.Facts, error) {
	return d.counts.Get(ctx, recount{r.ID, r.Version}, store.Span{For: fresh, Now: d.o.Now}, func(ctx context.Context) (periodic.Facts, error) {
		c, err := d.o.Counter.Count(ctx, Ask{Kind: r.Kind, Event: r.Event, From: r.From.In(d.o.Zone), To: r.To.In(d.o.Zone), At: d.o.Now()})
		return c.Facts, err
	})
}

// AsReleased counts a report again as far as the data were when its figures
// were counted, and from the moment that they were.
func (d *Desk) AsReleased(ctx context.Context, id, explain string) (was periodic.Facts, again Counted, err error) {
	r, err := d.o.Book.Get(ctx, id)
	if err != nil {
		return was, again, err
	}
	if err := json.Unmarshal(r.Facts, &was); err != nil {
		return was, again, err
	}
	again, err = d.o.Counter.Count(ctx, Ask{
		Kind: r.Kind, Event: r.Event, From: was.From.In(d.o.Zone), To: was.To.In(d.o.Zone), At: was.At,
		Upto: &reports.Head{Seq: r.HeadSeq, Hash: r.HeadHash, Posts: r.PostsUpto}, Explain: explain,
	})
	return was, again, err
}

// Open reads a report as it is kept, with everything around it. It counts
// nothing.
func (d *Desk) Open(ctx context.Context, a query.Account, id string) (page query.ReportPage, err error) {
	r, full, err := d.kept(ctx, a, id)
	if err != nil {
		return page, err
	}
	return d.page(ctx, a, r, full)
}

// Compare opens a report beside what the data say by now: a draft marks what
// changed since it was counted, a released one has it as restatements beside it.
func (d *Desk) Compare(ctx context.Context, a query.Account, id string) (page query.ReportPage, err error) {
	r, full, err := d.kept(ctx, a, id)
	if err != nil {
		return page, err
	}
	now, err := d.now(ctx, r)
	if err != nil {
		return page, err
	}
	differ := periodic.Compare(full.Facts, now)
	if r.State == query.ReportReleased {
		full.Restate = differ
	} else {
		for _, one := range differ {
			full.Changed = append(full.Changed, one.Was.ID)
		}
	}
	page, err = d.page(ctx, a, r, full)
	page.Changed, page.Compared = len(differ), true
	return page, err
}

// kept is a report that an account may read, as its paper is made of.
func (d *Desk) kept(ctx context.Context, a query.Account, id string) (r query.Report, full periodic.Report, err error) {
	if r, err = d.get(ctx, a, id); err != nil {
		return r, full, err
	}
	full, err = d.report(ctx, r, langOf(a))
	return r, full, err
}

// page is a report with its paper and everything around it.
func (d *Desk) page(ctx context.Context, a query.Account, r query.Report, full periodic.Report) (page query.ReportPage, err error) {
	page.Report = r
	doc, err := periodic.Document(full, d.words(langOf(a)))
	if err != nil {
		return page, err
	}
	if n := len(doc.Sections); len(full.Restate) > 0 {
		page.Restated = headed(doc.Sections[n-1])
		doc.Sections = doc.Sections[:n-1] // it stands beside the paper
	}
	page.Paper = blocks(doc)
	for _, p := range periodic.Places(page.Kind) {
		page.Places = append(page.Places, query.ReportPlace{ID: p.ID, Longest: p.Longest, Required: p.Required, Text: page.Texts[p.ID]})
	}
	if page.Tellings, err = d.o.Book.Tellings(ctx, r.ID); err != nil || !a.Scope().All {
		page.Tellings = own(page.Tellings, a.Person)
		return page, err // how it came about is the business of those who make reports
	}
	for _, v := range full.Views {
		if v.Chosen {
			page.Chosen = append(page.Chosen, query.ReportQuote{Post: v.Post, Words: v.Words, Chosen: true})
		}
	}
	page.Steps, err = d.o.Book.Steps(ctx, r.ID)
	page.Mine = slices.ContainsFunc(page.Steps, func(s query.ReportStep) bool { return s.By == a.Person.ID && s.Action != query.ReportReturn })
	return page, err
}

// own are the tellings of a person and their unit, with the messages to the
// person alone.
func own(list []query.ReportTelling, p huiying.Person) (out []query.ReportTelling) {
	for _, t := range list {
		if t.Receiver == p.ID || t.Receiver == p.Unit && p.Unit != "" {
			t.Deliveries = slices.DeleteFunc(t.Deliveries, func(d query.ReportDelivery) bool { return d.Person != p.ID })
			out = append(out, t)
		}
	}
	return out
}

// Figure reads one figure of a report with what makes it up, counted as far as
// the data were when it was counted.
func (d *Desk) Figure(ctx context.Context, a query.Account, id, figure string) (query.ReportFigure, error) {
	if _, err := d.get(ctx, a, id); err != nil {
		return query.ReportFigure{}, err
	}
	if !a.Scope().All {
		return query.ReportFigure{}, huiying.Errorf(huiying.Forbidden, "report.not_yours")
	}
	was, again, err := d.AsReleased(ctx, id, figure)
	if err != nil {
		return query.ReportFigure{}, err
	}
	f, ok := was.Figure(figure)
	if !ok {
		return query.ReportFigure{}, huiying.Errorf(huiying.NotFound, "report.no_figure", figure)
	}
	return d.explained(was, f, again, langOf(a)), nil
}
