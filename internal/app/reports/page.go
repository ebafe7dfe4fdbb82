package reports

import (
	"context"
	"encoding/json"
	"maps"
	"slices"
	"time"

	"huiying"
	"huiying/internal/query"
	"huiying/internal/report/document"
	"huiying/internal/report/periodic"
	"huiying/internal/store/reports"
)

// recount is what the data say of a report by now. Whoever wants the same one
// while it is counted waits for it.
type recount struct {
	version int
	at      time.Time
	done    chan struct{} // closed once the rest is there
	facts   periodic.Facts
	err     error
}

// fresh is how old a recount may be that a page shows, and mostCounts how many
// are remembered.
const (
	fresh      = 10 * time.Minute
	mostCounts = 32
)

// now counts a report again with the data of today.
func (d *Desk) now(ctx context.Context, r query.Report) (periodic.Facts, error) {
	one, first := d.recount(r)
	if !first {
		select {
		case <-one.done:
			return one.facts, one.err
		case <-ctx.Done():
			return periodic.Facts{}, ctx.Err()
		}
	}
	defer close(one.done)
	// Others may wait for it, so that it goes on when who asked first has left.
	c, err := d.o.Counter.Count(context.WithoutCancel(ctx), Ask{Kind: r.Kind, Event: r.Event, From: r.From.In(d.o.Zone), To: r.To.In(d.o.Zone), At: one.at})
	if one.facts, one.err = c.Facts, err; err != nil {
		d.mu.Lock()
		defer d.mu.Unlock()
		if d.counts[r.ID] == one {
			delete(d.counts, r.ID)
		}
	}
	return one.facts, err
}

// recount is the recount of a report that is fresh enough; first says that it is
// still to be made, by whoever asked.
func (d *Desk) recount(r query.Report) (one *recount, first bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	at := d.o.Now()
	kept, ok := d.counts[r.ID]
	if ok && kept.version == r.Version && at.Sub(kept.at) < fresh && !at.Before(kept.at) {
		return kept, false
	}
	if len(d.counts) >= mostCounts {
		clear(d.counts)
	}
	one = &recount{version: r.Version, at: at, done: make(chan struct{})}
	d.counts[r.ID] = one
	return one, true
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

// blocks are a document as pages show it.
func blocks(doc document.Document) (out []query.PaperBlock) {
	out = append(out, content(doc.Lead)...)
	for _, s := range doc.Sections {
		out = append(out, headed(s)...)
	}
	for _, line := range doc.Close {
		out = append(out, query.PaperBlock{Kind: "text", Runs: []query.PaperRun{{Text: line}}})
	}
	return out
}

// headed is a section with its heading.
func headed(s document.Section) []query.PaperBlock {
	return append([]query.PaperBlock{{Kind: "heading", Level: 2, Runs: []query.PaperRun{{Text: s.Title}}}}, content(s.Blocks)...)
}

func content(list []document.Block) (out []query.PaperBlock) {
	for _, b := range list {
		switch b := b.(type) {
		case document.Paragraph:
			out = append(out, query.PaperBlock{Kind: "text", Runs: runs(b.Runs)})
		case document.Gap:
			out = append(out, query.PaperBlock{Kind: "gap", Runs: []query.PaperRun{{Text: b.Text}}})
		case document.List:
			one := query.PaperBlock{Kind: "list", Ordered: b.Ordered}
			for _, item := range b.Items {
				one.Items = append(one.Items, runs(item))
			}
			out = append(out, one)
		case document.Table:
			out = append(out, grid(b))
		case document.Chart:
			out = append(out, query.PaperBlock{Kind: "text", Runs: []query.PaperRun{{Text: b.Summary}}})
			t := grid(b.Table())
			t.Folded = true
			out = append(out, t)
		}
	}
	return out
}

func runs(list []document.Run) (out []query.PaperRun) {
	for _, r := range list {
		out = append(out, query.PaperRun{Text: r.Text, Figure: r.Figure, Mark: string(r.Mark)})
	}
	return out
}

// grid is a table; those of reports have no cells that span.
func grid(t document.Table) query.PaperBlock {
	out := query.PaperBlock{Kind: "table", Caption: t.Caption}
	for _, row := range t.Head {
		for _, c := range row {
			out.Head = append(out.Head, joined(c.Runs))
		}
	}
	for _, row := range t.Rows {
		var cells [][]query.PaperRun
		for _, c := range row {
			cells = append(cells, runs(c.Runs))
		}
		out.Rows = append(out.Rows, cells)
	}
	if t.Note != "" {
		out.Caption += " " + t.Note
	}
	return out
}

func joined(list []document.Run) (text string) {
	for _, r := range list {
		text += r.Text
	}
	return text
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

// Do does something with a report for an account.
func (d *Desk) Do(ctx context.Context, do query.ReportDo) (query.Report, error) {
	who := writers()
	if do.Action == query.ReportRelease || do.Action == query.ReportReturn {
		who = releasers()
	}
	if !do.Account.Actor().Has(who...) {
		key := "report.role.write"
		if do.Action == query.ReportRelease || do.Action == query.ReportReturn {
			key = "report.role.release"
		}
		return query.Report{}, huiying.Errorf(huiying.Forbidden, key)
	}
	deed := reports.Deed{ID: do.ID, Version: do.Version, By: do.Account.Person.ID, Action: do.Action, Note: do.Note}
	if err := d.prepare(ctx, do, &deed); err != nil {
		return query.Report{}, err
	}
	return d.o.Book.Do(ctx, deed)
}

// longestNote bounds why a report is returned.
const longestNote = 500

// prepare says what an action changes.
func (d *Desk) prepare(ctx context.Context, do query.ReportDo, deed *reports.Deed) error {
	switch do.Action {
	case query.ReportWrite:
		deed.Change = func(r *query.Report) error {
			r.Texts = merged(r.Texts, do.Texts)
			return periodic.CheckTexts(r.Kind, do.Texts)
		}
	case query.ReportRefresh:
		return d.refresh(ctx, do.ID, deed)
	case query.ReportAdd:
		return d.add(ctx, do, deed)
	case query.ReportDrop:
		deed.Drop = do.Post
		deed.Change = func(r *query.Report) error { return drop(r, do.Post) }
	case query.ReportSubmit:
		deed.Change = func(r *query.Report) error { return periodic.Ready(r.Kind, r.Texts) }
	case query.ReportReturn:
		if do.Note == "" || len([]rune(do.Note)) > longestNote {
			return huiying.Errorf(huiying.Invalid, "report.say_why", longestNote)
		}
	case query.ReportRelease:
		return d.release(ctx, do, deed)
	}
	return nil
}

// merged are texts with those that somebody wrote in their places; "" empties a
// place, and one that is not named stays.
func merged(kept, written map[string]string) map[string]string {
	out := map[string]string{}
	maps.Copy(out, kept)
	maps.Copy(out, written)
	maps.DeleteFunc(out, func(_, text string) bool { return text == "" })
	return out
}

// refresh counts anew; posts that people added stay.
func (d *Desk) refresh(ctx context.Context, id string, deed *reports.Deed) error {
	r, err := d.o.Book.Get(ctx, id)
	if err != nil {
		return err
	}
	old, err := d.facts(ctx, r)
	if err != nil {
		return err
	}
	ask := Ask{Kind: r.Kind, Event: r.Event, From: r.From.In(d.o.Zone), To: r.To.In(d.o.Zone), At: d.o.Now()}
	if r.Kind == query.ReportSpecial {
		if ask.From, ask.To, err = d.event(ctx, r.Event, ask.At); err != nil {
			return err
		}
	}
	counted, err := d.o.Counter.Count(ctx, ask)
	if err != nil {
		return err
	}
	f := counted.Facts
	f.EventName = old.EventName
	for _, v := range old.Views {
		if v.Chosen && !quoted(f, v.Post) {
			f.Views = append(f.Views, v)
		}
	}
	_, quotes, err := d.made(counted)
	deed.Quotes = quotes
	deed.Change = func(r *query.Report) error { return put(r, f) }
	return err
}

func quoted(f periodic.Facts, post string) bool {
	return slices.ContainsFunc(f.Views, func(v periodic.View) bool { return v.Post == post })
}

// add quotes a post that a person chose.
func (d *Desk) add(ctx context.Context, do query.ReportDo, deed *reports.Deed) error {
	said, err := reports.Judgements(ctx, d.o.Counter.Store.Reader(), []string{do.Post})
	if err != nil {
		return err
	}
	j, ok := said[do.Post]
	if !ok {
		return huiying.Errorf(huiying.NotFound, "report.no_post", do.Post)
	}
	deed.Quotes = []query.ReportQuote{{Post: do.Post, Words: d.o.Counter.words(j), Chosen: true, By: do.Account.Person.ID}}
	p := reports.Post{Verified: j.Post.Author.Verified}
	if j.Sentiment != nil && !j.Sentiment.Unsure {
		p.Tone = j.Sentiment.Label
	}
	if j.Intent != nil && !j.Intent.Unsure {
		p.Intent = j.Intent.Label
	}
	deed.Change = func(r *query.Report) error {
		var f periodic.Facts
		if err := json.Unmarshal(r.Facts, &f); err != nil {
			return err
		}
		if quoted(f, do.Post) {
			return huiying.Errorf(huiying.Conflict, "report.quoted")
		}
		f.Views = append(f.Views, periodic.View{
			Post: do.Post, Side: periodic.SideOf(p.Verified), Who: publicName(j), Critical: critical(p), Platform: j.Post.Platform, At: j.Post.CollectedAt, Chosen: true,
		})
		return put(r, f)
	}
	return nil
}

// drop takes a post out that a person had added; what the count chose stays, so
// that nobody takes criticism out.
func drop(r *query.Report, post string) error {
	var f periodic.Facts
	if err := json.Unmarshal(r.Facts, &f); err != nil {
		return err
	}
	n := len(f.Views)
	f.Views = slices.DeleteFunc(f.Views, func(v periodic.View) bool { return v.Post == post && v.Chosen })
	if len(f.Views) == n {
		return huiying.Errorf(huiying.Conflict, "report.not_chosen")
	}
	return put(r, f)
}

// release lets a report go out, and says who is told of it: those who are named,
// and those of the schedule that made it.
func (d *Desk) release(ctx context.Context, do query.ReportDo, deed *reports.Deed) error {
	deed.Change = func(r *query.Report) error { return periodic.Ready(r.Kind, r.Texts) }
	if err := d.known(ctx, do.Tell); err != nil {
		return err
	}
	deed.Tell = do.Tell
	r, err := d.o.Book.Get(ctx, do.ID)
	if err != nil || r.Schedule == "" {
		return err
	}
	list, err := d.o.Book.Schedules(ctx)
	for _, s := range list {
		if s.ID == r.Schedule {
			deed.Tell = append(slices.Clone(deed.Tell), s.Recipients...)
		}
	}
	return err
}

// known refuses receivers that are neither people nor units.
func (d *Desk) known(ctx context.Context, receivers []string) error {
	people, err := d.o.People(ctx)
	if err != nil {
		return err
	}
	for _, r := range receivers {
		if !slices.ContainsFunc(people, func(p huiying.Person) bool { return p.ID == r }) && !slices.ContainsFunc(d.o.Counter.Units, func(u huiying.Unit) bool { return u.ID == r }) {
			return huiying.Errorf(huiying.Invalid, "report.no_receiver", r)
		}
	}
	return nil
}
