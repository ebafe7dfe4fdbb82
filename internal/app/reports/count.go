package reports

import (
	"context"
	"slices"
	"time"

	"huiying"
	"huiying/internal/report/periodic"
	"huiying/internal/store"
	"huiying/internal/store/record"
	"huiying/internal/store/reports"
	"huiying/notifier/casework/machine"
	"huiying/notifier/casework/measure"
)

// Counter counts what reports say, from the record of cases, the archive of
// posts and the coverage ledger; all but Mask are required.
type Counter struct {
	Store  *store.Store
	Office measure.Office
	Name   string // of the office
	Units  []huiying.Unit
	Mask   func(string) string // what else is masked in quoted words
}

// Ask says what to count.
type Ask struct {
	Kind     string
	Event    string
	From, To time.Time
	At       time.Time     // what is overdue depends on it, and nothing later counts
	Upto     *reports.Head // how far record and archive count; nil = as far as they are
	Explain  string        // the figure of which the members are wanted, or Every
}

// Counted is the facts of a report, the words it quotes by post, and what is
// behind the figures that were asked for.
type Counted struct {
	Facts   periodic.Facts
	Quotes  map[string]string
	Members map[string]*Members
}

// count is one run of the counting.
type count struct {
	*Counter
	ask     Ask
	end     time.Time // of the period, or now where it has not ended
	head    reports.Head
	behind  *behind
	now     *tally
	before  *tally // nil where nothing is compared
	facts   *periodic.Facts
	chooser *periodic.Chooser
	topics  map[string]*topic
	steps   []periodic.Point
	machine *machine.Machine
	seen    *course // of a special report
	lost    []lost  // of every source that is read
}

// Count counts.
func (c *Counter) Count(ctx context.Context, a Ask) (Counted, error) {
	run := &count{
		Counter: c, ask: a, end: a.To, chooser: periodic.NewChooser(), topics: map[string]*topic{}, machine: machine.New(),
		facts: &periodic.Facts{
			Kind: a.Kind, Office: c.Name, Event: a.Event, From: a.From, To: a.To, At: a.At,
			Platforms: []string{}, Origins: []string{}, Units: []periodic.Named{}, Measures: []string{}, Items: []periodic.Named{}, Volume: []periodic.Point{},
			Sources: []periodic.Health{}, Gaps: []periodic.Gap{}, Topics: []periodic.Topic{}, Views: []periodic.View{}, Overdue: []periodic.CaseRow{}, Nodes: []periodic.Node{}, Reasons: []string{},
		},
	}
	if a.At.Before(run.end) {
		run.end = a.At
	}
	if a.Explain != "" {
		run.behind = &behind{id: a.Explain, all: map[string]*Members{}}
	}
	run.now = newTally(span{a.From, a.To}, "", a.Event, run.behind)
	if a.Kind != periodic.Special {
		run.facts.Before = before(a.Kind, a.From, a.To, c.Office.Zone)
		run.before = newTally(span{run.facts.Before, a.From}, periodic.BeforeID(""), a.Event, run.behind)
	}
	var out Counted
	if err := run.collection(ctx); err != nil {
		return out, err
	}
	err := c.Store.Snapshot(ctx, func(ctx context.Context, q store.Querier) (err error) {
		out, err = run.all(ctx, q)
		return err
	})
	if run.behind != nil {
		out.Members = run.behind.all
	}
	return out, err
}

// before is when the period before began: as many days, or the month before.
func before(kind string, from, to time.Time, zone *time.Location) time.Time {
	if kind == periodic.Monthly {
		return from.In(zone).AddDate(0, -1, 0)
	}
	days := int((to.Sub(from) + 12*time.Hour) / (24 * time.Hour))
	return from.In(zone).AddDate(0, 0, -max(days, 1))
}

// headOf is how far the record and the archive are by now.
func headOf(ctx context.Context, q store.Querier) (h reports.Head, err error) {
	newest, err := record.Newest(ctx, q)
	if err != nil {
		return h, err
	}
	h.Seq, h.Hash = newest.Seq, newest.Hash
	h.Posts, err = reports.LastPost(ctx, q)
	return h, err
}

func (c *count) all(ctx context.Context, q store.Querier) (out Counted, err error) {
	if c.ask.Upto != nil {
		c.head = *c.ask.Upto
	} else if c.head, err = headOf(ctx, q); err != nil {
		return out, err
	}
	f := c.facts
	f.Seq, f.Hash, f.Posts = c.head.Seq, c.head.Hash, c.head.Posts
	for _, part := range []func(context.Context, store.Querier) error{c.said, c.told, c.handled, c.course, c.effect} {
		if err := part(ctx, q); err != nil {
			return out, err
		}
	}
	if out.Quotes, err = c.quote(ctx, q); err != nil {
		return out, err
	}
	f.Figures = c.now.list()
	if c.before != nil {
		f.Figures = append(f.Figures, c.before.list()...)
	}
	out.Facts = *f
	return out, nil
}

// told counts alerts.
func (c *count) told(ctx context.Context, q store.Querier) error {
	for _, t := range c.tallies() {
		t.at("alerts")
		for _, l := range huiying.Levels() {
			if l.Alerts() {
				t.at("alerts.level." + string(l))
			}
		}
		list, err := reports.Alerts(ctx, q, reports.PostAsk{From: t.span.from, To: earlier(t.span.to, c.end), Event: c.ask.Event})
		if err != nil {
			return err
		}
		for _, a := range list {
			t.add("alerts", a.ID)
			t.add("alerts.level."+string(a.Level), a.ID)
		}
		if len(list) > 0 && c.seen != nil {
			c.seen.note("alert", list[0].Raised, "")
		}
	}
	return nil
}

func (c *count) tallies() []*tally {
	if c.before == nil {
		return []*tally{c.now}
	}
	return []*tally{c.now, c.before}
}

func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}

// handled counts cases, each as its record had it by then.
func (c *count) handled(ctx context.Context, q store.Querier) error {
	since := c.ask.From
	if c.before != nil {
		since = c.before.span.from
	}
	all, err := record.Histories(ctx, q, since, "")
	if err != nil {
		return err
	}
	for _, t := range c.tallies() {
		for _, id := range []string{"cases.opened", "cases.closed", "cases.open"} {
			t.at(id)
		}
		t.at("cases.overdue").Rate = true
		for _, l := range huiying.Levels() {
			t.at("cases.opened.level." + string(l))
		}
	}
	var sheets []*measure.Sheet
	for _, h := range all {
		sheet, err := c.one(h)
		if err != nil {
			return err
		}
		if sheet != nil {
			sheets = append(sheets, sheet)
		}
	}
	c.name(sheets)
	c.measure(sheets)
	return nil
}

// upto keeps the steps of a case that count, and those taken before a time.
func upto(steps []huiying.Step, seq int64, at time.Time) []huiying.Step {
	for i, s := range steps {
		if s.Seq > seq || !at.IsZero() && !s.At.Before(at) {
			return steps[:i]
		}
	}
	return steps
}

// one counts one case; nil when it had not begun by then, or is of another event.
func (c *count) one(h record.History) (*measure.Sheet, error) {
	steps := upto(h.Steps, c.head.Seq, time.Time{})
	if len(steps) == 0 || c.ask.Event != "" && h.Case.Topic != c.ask.Event {
		return nil, nil
	}
	k, err := c.machine.Fold(steps)
	if err != nil {
		return nil, err
	}
	for _, t := range c.tallies() {
		end := earlier(t.span.to, c.end)
		if t.span.holds(k.OpenedAt) && k.OpenedAt.Before(end) {
			c.each(t, k, "opened")
			t.add("cases.opened.level."+string(k.Level), k.No)
		}
		if at := closed(steps); t.span.holds(at) && at.Before(end) {
			c.each(t, k, "closed")
		}
		if err := c.standing(t, steps, end); err != nil {
			return nil, err
		}
	}
	if c.seen != nil {
		c.seen.handled(k, steps)
	}
	return measure.Sum(measure.History{Case: k, Steps: steps}, c.Office), nil
}

// each counts a case in the whole, for its unit and for where it came from.
func (c *count) each(t *tally, k huiying.Case, what string) {
	t.add("cases."+what, k.No)
	t.add("unit."+k.Unit+"."+what, k.No)
	t.add("origin."+k.Origin.Platform+"."+what, k.No)
}

// closed is when a case was first closed.
func closed(steps []huiying.Step) time.Time {
	for _, s := range steps {
		if s.To == huiying.StateClosed {
			return s.At
		}
	}
	return time.Time{}
}

// standing counts a case that was open at the end of a period.
func (c *count) standing(t *tally, steps []huiying.Step, end time.Time) error {
	steps = upto(steps, c.head.Seq, end)
	if len(steps) == 0 {
		return nil
	}
	k, err := c.machine.Fold(steps)
	if err != nil || !k.State.Open() {
		return err
	}
	c.each(t, k, "open")
	due, over := overdue(k, end)
	t.part("cases.overdue", k.No, over)
	if !over {
		return nil
	}
	t.add("unit."+k.Unit+".overdue", k.No)
	t.add("origin."+k.Origin.Platform+".overdue", k.No)
	if t == c.now {
		c.facts.Overdue = append(c.facts.Overdue, periodic.CaseRow{No: k.No, Level: k.Level, State: string(k.State), Unit: c.unitName(k.Unit), Due: due})
	}
	return nil
}

// overdue reports that a limit of an open case is over and was not met, and
// which was first.
func overdue(k huiying.Case, at time.Time) (due time.Time, over bool) {
	for _, l := range k.Clocks {
		if l.MetAt.IsZero() && (!l.BreachedAt.IsZero() || l.PausedAt.IsZero() && !l.DueAt.After(at)) && (!over || l.DueAt.Before(due)) {
			due, over = l.DueAt, true
		}
	}
	return due, over
}

func (c *count) unitName(id string) string {
	for _, u := range c.Units {
		if u.ID == id {
			return u.Name
		}
	}
	return id
}

// longestList is how many cases a report lists.
const longestList = 20

// name lists the units and platforms that there are cases of, and what is
// overdue longest first.
func (c *count) name(sheets []*measure.Sheet) {
	f := c.facts
	slices.SortStableFunc(f.Overdue, func(a, b periodic.CaseRow) int { return a.Due.Compare(b.Due) })
	f.Overdue = f.Overdue[:min(len(f.Overdue), longestList)]
	units, origins := map[string]bool{}, map[string]bool{}
	for _, s := range sheets {
		units[s.Unit], origins[s.Source] = true, true
	}
	for _, u := range c.Units {
		f.Units = append(f.Units, periodic.Named{ID: u.ID, Name: u.Name})
		delete(units, u.ID)
	}
	for _, id := range sorted(units) {
		f.Units = append(f.Units, periodic.Named{ID: id, Name: id})
	}
	f.Origins = append(f.Origins, sorted(origins)...)
}

func sorted(set map[string]bool) []string {
	out := make([]string, 0, len(set))
	for k := range set {
		out = append(out, k)
	}
	slices.Sort(out)
	return out
}

// short are the response figures of a daily report.
func short() []string {
	return []string{"ack_rate", "on_time_official", "on_time_honest", "closing_in_time"}
}

// measure takes the response figures of the record.
func (c *count) measure(sheets []*measure.Sheet) {
	c.facts.Measures = measure.IDs()
	if c.ask.Kind == periodic.Daily {
		c.facts.Measures = short()
	}
	for _, t := range c.tallies() {
		p := measure.Period{From: t.span.from, To: t.span.to, Now: c.ask.At}
		for _, m := range measure.Tally(sheets, p) {
			if slices.Contains(c.facts.Measures, m.ID) {
				c.take(t, "measure."+m.ID, m)
			}
		}
		if c.ask.Kind == periodic.Daily {
			continue
		}
		for _, u := range c.facts.Units {
			own := slices.DeleteFunc(slices.Clone(sheets), func(s *measure.Sheet) bool { return s.Unit != u.ID })
			for _, m := range measure.Tally(own, p) {
				if m.ID == "on_time_official" || m.ID == "on_time_honest" {
					c.take(t, "unit."+u.ID+"."+m.ID, m)
				}
			}
		}
	}
}

func (c *count) take(t *tally, id string, m measure.Figure) {
	t.put(id, periodic.Figure{N: m.Numerator, Of: m.Denominator, Rate: !m.Lasts, Lasts: m.Lasts, Median: m.Median, P90: m.P90, Max: m.Max})
	for _, no := range m.In {
		t.behind.note(t.prefix+id, no, true)
	}
	for _, no := range m.Out {
		t.behind.note(t.prefix+id, no, false)
	}
}
