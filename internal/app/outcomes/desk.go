// Package outcomes answers the outcomes page: the response figures of a period,
// parted and compared, and the cases behind each. It keeps what the figures see
// of every case in memory and looks again only at cases that took a step, so
// that a page costs counting and no reading. Every figure is measure's own; it
// has no formula itself.
package outcomes

import (
	"cmp"
	"context"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"time"

	"huiying"
	"huiying/internal/query"
	"huiying/internal/store"
	"huiying/internal/store/outcomes"
	"huiying/internal/store/record"
	"huiying/notifier/casework/measure"
)

// Desk answers; all fields are required.
type Desk struct {
	Store    *store.Store
	Office   measure.Office
	Calendar string // version of the working calendar
	Now      func() time.Time
	Logger   *slog.Logger

	mu     sync.Mutex
	at     record.Place
	sheets []*measure.Sheet // by number; never changed, only replaced

	asides store.Lately[aside, kept]
}

// keepUpEvery is how often cases that moved are looked at without being asked
// for, so that no page has many of them to look at.
const keepUpEvery = 30 * time.Second

// Run keeps up with the record until ctx ends.
func (d *Desk) Run(ctx context.Context) error {
	var asides sync.WaitGroup
	asides.Go(func() { _ = d.asides.Run(ctx) })
	defer asides.Wait()
	tick := time.NewTicker(keepUpEvery)
	defer tick.Stop()
	noted := false
	for {
		if err := d.keepUp(ctx, &noted); err != nil && ctx.Err() == nil {
			// The next page tries again and tells its reader.
			d.Logger.Error("looking at cases for the figures failed", "error", err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

func (d *Desk) keepUp(ctx context.Context, noted *bool) error {
	if !*noted {
		if err := outcomes.NoteEdition(ctx, d.Store, query.Edition{Formulas: measure.Edition, Calendar: d.Calendar}); err != nil {
			return err
		}
		*noted = true
	}
	_, _, err := d.look(ctx)
	return err
}

// chunk is how many cases are read at once.
const chunk = 500

// look is what the figures see of every case, as the record is now.
func (d *Desk) look(ctx context.Context) ([]*measure.Sheet, record.Place, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	numbers, now, err := record.Moved(ctx, d.Store.Reader(), d.at.Seq)
	if err != nil || len(numbers) == 0 {
		return d.sheets, d.at, err
	}
	next := slices.Clone(d.sheets)
	for some := range slices.Chunk(numbers, chunk) {
		list, err := record.HistoriesOf(ctx, d.Store.Reader(), some)
		if err != nil {
			return nil, d.at, err
		}
		for _, h := range list {
			next = put(next, measure.Sum(measure.History{Case: h.Case, Steps: h.Steps}, d.Office))
		}
	}
	// A step that came between is read again with the next look.
	d.sheets, d.at = next, now
	return d.sheets, d.at, nil
}

func put(list []*measure.Sheet, s *measure.Sheet) []*measure.Sheet {
	i, there := slices.BinarySearchFunc(list, s.No, func(s *measure.Sheet, no string) int { return strings.Compare(s.No, no) })
	if there {
		list[i] = s
		return list
	}
	return slices.Insert(list, i, s)
}

// scoped bounds a question to what whoever asks may see.
func scoped(a *query.OutcomeAsk) error {
	if a.Scope.All {
		return nil
	}
	if a.Scope.Unit == "" || a.Unit != "" && !a.Scope.Sees(a.Unit) {
		return huiying.Errorf(huiying.Forbidden, "measure.other_unit", a.Unit)
	}
	a.Unit = a.Scope.Unit
	return nil
}

// narrow keeps the cases that a question is about.
func narrow(all []*measure.Sheet, a query.OutcomeAsk) []*measure.Sheet {
	if a.Unit == "" && a.Level == "" && a.Platform == "" {
		return all
	}
	out := make([]*measure.Sheet, 0, len(all))
	for _, s := range all {
		if chosen(a.Unit, s.Unit) && chosen(a.Platform, s.Source) && (a.Level == "" || s.Level == a.Level) {
			out = append(out, s)
		}
	}
	return out
}

func chosen(want, have string) bool {
	return want == "" || want == have || want == query.Nobody && have == ""
}

func (d *Desk) period(from, to time.Time) measure.Period {
	return measure.Period{From: from, To: to, Now: d.Now()}
}

// Figures measures the cases of a period and names them; "" is every unit.
func (d *Desk) Figures(ctx context.Context, from, to time.Time, unit string) ([]measure.Figure, error) {
	all, _, err := d.look(ctx)
	if err != nil {
		return nil, err
	}
	return measure.Tally(narrow(all, query.OutcomeAsk{Unit: unit}), d.period(from, to)), nil
}

// Outcomes answers the page; huiying.Forbidden for another unit's figures.
func (d *Desk) Outcomes(ctx context.Context, a query.OutcomeAsk) (out query.Outcomes, err error) {
	if err := scoped(&a); err != nil {
		return out, err
	}
	all, place, err := d.look(ctx)
	if err != nil {
		return out, err
	}
	out.AsOf = place.At
	sheets := narrow(all, a)
	out.Figures = byID(measure.Count(sheets, d.period(a.From, a.To)))
	if a.Compare {
		compared(out.Figures, byID(measure.Count(sheets, d.period(a.Before()))))
	}
	backlog, _ := measure.Backlog(sheets, d.Now())
	out.Backlog = outcome(backlog)
	out.Units, out.Sources = names(all, a.Scope)
	if out.Editions, out.Current, err = d.editions(ctx, a); err != nil {
		return out, err
	}
	out.Parts = d.parts(sheets, a, out.Editions)
	if err := d.due(ctx, sheets, a, &out); err != nil {
		return out, err
	}
	return out, d.beside(ctx, a, &out)
}

// editions are the changes of definition in the periods that are looked at; the
// first edition ever is no change.
func (d *Desk) editions(ctx context.Context, a query.OutcomeAsk) (changes []query.Edition, now query.Edition, err error) {
	now = query.Edition{Formulas: measure.Edition, Calendar: d.Calendar}
	from := a.From
	if a.Compare {
		from, _ = a.Before()
	}
	list, err := outcomes.Editions(ctx, d.Store.Reader())
	for i, e := range list {
		if i > 0 && !e.At.Before(from) && e.At.Before(a.To) {
			changes = append(changes, e)
		}
		if i == len(list)-1 {
			now.At = e.At
		}
	}
	return changes, now, err
}

// names are the units and platforms that there are cases of.
func names(all []*measure.Sheet, s query.Scope) (units, sources []string) {
	seen := map[string]bool{}
	add := func(list *[]string, kind, name string) {
		if name != "" && !seen[kind+name] {
			seen[kind+name] = true
			*list = append(*list, name)
		}
	}
	for _, sheet := range all {
		if s.Sees(sheet.Unit) {
			add(&units, "u ", sheet.Unit)
			add(&sources, "s ", sheet.Source)
		}
	}
	slices.Sort(units)
	slices.Sort(sources)
	return units, sources
}

// shownDue is how many cases of the hour limits the page itself lists.
const shownDue = 30

// due lists the cases whose 5, 24 or 48 hours end in the period: what is open
// and missed first, then what was late, then what was in time; of each the
// latest end first. Only what is shown is put in order.
func (d *Desk) due(ctx context.Context, sheets []*measure.Sheet, a query.OutcomeAsk, out *query.Outcomes) error {
	var ranks [3][]measure.Seen
	for _, s := range measure.Behind(sheets, d.period(a.From, a.To), "hit_5h", "hit_24h", "hit_48h") {
		ranks[rank(s)] = append(ranks[rank(s)], s)
		out.DueOf++
	}
	for _, list := range ranks {
		if len(out.Due) == shownDue {
			break
		}
		slices.SortStableFunc(list, func(a, b measure.Seen) int { return cmp.Compare(b.When, a.When) })
		for _, s := range list[:min(len(list), shownDue-len(out.Due))] {
			r := row(s)
			r.Figure = s.Figure()
			out.Due = append(out.Due, r)
		}
	}
	return d.entitle(ctx, out.Due)
}

func rank(s measure.Seen) int {
	switch {
	case s.Owed:
		return 0
	case !s.Hit:
		return 1
	}
	return 2
}

func row(s measure.Seen) query.BehindRow {
	return query.BehindRow{
		No: s.No, Level: s.Level, State: s.State, Unit: s.Unit, Source: s.Source, Seen: s.FirstSeenAt,
		When: time.Unix(0, s.When).UTC(), Took: s.Took, In: s.Hit, Owed: s.Owed,
	}
}

// entitle gives rows the titles of their cases.
func (d *Desk) entitle(ctx context.Context, rows []query.BehindRow) error {
	numbers := make([]string, 0, len(rows))
	for _, r := range rows {
		if r.No != "" {
			numbers = append(numbers, r.No)
		}
	}
	titles, err := outcomes.Titles(ctx, d.Store.Reader(), numbers)
	for i := range rows {
		rows[i].Title = titles[rows[i].No]
	}
	return err
}
