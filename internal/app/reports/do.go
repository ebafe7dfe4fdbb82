package reports

import (
	"context"
	"encoding/json"
	"maps"
	"slices"

	"huiying"
	"huiying/internal/query"
	"huiying/internal/report/periodic"
	"huiying/internal/store/reports"
)

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

// add quotes posts that a person chose.
func (d *Desk) add(ctx context.Context, do query.ReportDo, deed *reports.Deed) error {
	r, err := d.o.Book.Get(ctx, do.ID)
	if err != nil {
		return err
	}
	old, err := d.facts(ctx, r)
	if err != nil {
		return err
	}
	chosen := slices.Compact(slices.Sorted(slices.Values(append(slices.Clone(do.Posts), do.Post))))
	chosen = slices.DeleteFunc(chosen, func(id string) bool { return id == "" && len(do.Posts) > 0 || quoted(old, id) })
	if len(chosen) == 0 {
		return huiying.Errorf(huiying.Conflict, "report.quoted")
	}
	said, err := reports.Judgements(ctx, d.o.Counter.Store.Reader(), chosen)
	if err != nil {
		return err
	}
	var added []periodic.View
	for _, id := range chosen {
		j, ok := said[id]
		if !ok {
			return huiying.Errorf(huiying.NotFound, "report.no_post", id)
		}
		deed.Quotes = append(deed.Quotes, query.ReportQuote{Post: id, Words: d.o.Counter.words(j), Chosen: true, By: do.Account.Person.ID})
		added = append(added, chosenView(j))
	}
	deed.Change = func(r *query.Report) error {
		var f periodic.Facts
		if err := json.Unmarshal(r.Facts, &f); err != nil {
			return err
		}
		f.Views = append(f.Views, added...)
		return put(r, f)
	}
	return nil
}

// chosenView is a post among the views of a report that a person chose.
func chosenView(j huiying.Judgement) periodic.View {
	p := reports.Post{Verified: j.Post.Author.Verified}
	if j.Sentiment != nil && !j.Sentiment.Unsure {
		p.Tone = j.Sentiment.Label
	}
	if j.Intent != nil && !j.Intent.Unsure {
		p.Intent = j.Intent.Label
	}
	return periodic.View{
		Post: j.Post.ID, Side: periodic.SideOf(p.Verified), Who: publicName(j), Critical: critical(p), Platform: j.Post.Platform, At: j.Post.CollectedAt, Chosen: true,
	}
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
