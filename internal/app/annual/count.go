package annual

import (
	"context"
	"slices"
	"time"

	"huiying"
	"huiying/internal/query"
	"huiying/internal/report/annual"
	"huiying/internal/store"
	"huiying/internal/store/disclosure"
	"huiying/internal/store/record"
	"huiying/notifier/casework/limit"
	"huiying/notifier/casework/measure"
)

// chunk is how many cases are read at once.
const chunk = 500

// tally collects what is behind each number, in order.
type tally struct {
	year   int
	at     time.Time
	behind map[string][]string
	keys   []string
}

// know says that a number can be counted, be it zero.
func (t *tally) know(keys ...string) {
	for _, k := range keys {
		if _, there := t.behind[k]; !there {
			t.behind[k] = []string{}
			t.keys = append(t.keys, k)
		}
	}
}

func (t *tally) add(key, what string) { t.behind[key] = append(t.behind[key], what) }

func (t *tally) facts() []query.DisclosureFact {
	out := make([]query.DisclosureFact, 0, len(t.keys))
	for _, key := range t.keys {
		fact, cell := query.SplitFact(key)
		out = append(out, query.DisclosureFact{
			Year: t.year, Fact: fact, Cell: cell, Value: float64(len(t.behind[key])), Source: query.FactCounted, At: t.at, Behind: t.behind[key],
		})
	}
	return out
}

// count counts a year from the posts and the record, and names the step that
// the record ended with: all of it is one snapshot. A year from which there are
// no data gives no numbers, and not zeros.
func (d Desk) count(ctx context.Context, year int) (out query.Disclosure, head record.Head, err error) {
	out.Year = year
	t := &tally{year: year, at: d.Now().UTC(), behind: map[string][]string{}}
	err = d.Store.Snapshot(ctx, func(ctx context.Context, q store.Querier) error {
		if head, err = record.Newest(ctx, q); err != nil {
			return err
		}
		out.Since, err = d.countAll(ctx, q, t)
		return err
	})
	out.Facts = t.facts()
	return out, head, err
}

// countAll gives since when there are data.
func (d Desk) countAll(ctx context.Context, q store.Querier, t *tally) (since time.Time, err error) {
	posts, cases, err := disclosure.Begin(ctx, q)
	if err != nil {
		return since, err
	}
	end := d.end(t.year)
	if len(d.Accounts) > 0 && !posts.IsZero() && posts.Before(end) {
		if err := d.countPosts(ctx, q, t); err != nil {
			return since, err
		}
		since = posts.In(d.Measure.Zone)
	}
	if !cases.IsZero() && cases.Before(end) {
		if err := d.countCases(ctx, q, t); err != nil {
			return since, err
		}
		if in := cases.In(d.Measure.Zone); in.After(since) {
			since = in
		}
	}
	return since, nil
}

func (d Desk) countPosts(ctx context.Context, q store.Querier, t *tally) error {
	t.know("weibo.total", "weibo.year")
	ids, at, err := disclosure.OwnPosts(ctx, q, d.Accounts, d.end(t.year))
	for i, id := range ids {
		t.add("weibo.total", id)
		if !at[i].Before(d.end(t.year - 1)) {
			t.add("weibo.year", id)
		}
	}
	return err
}

func (d Desk) countCases(ctx context.Context, q store.Querier, t *tally) error {
	for _, k := range annual.Kinds() {
		if k.Counted == annual.ByCases {
			for _, cell := range k.All() {
				t.know(query.FactKey(k.ID, cell))
			}
		}
	}
	numbers, _, err := record.Moved(ctx, q, 0)
	if err != nil {
		return err
	}
	period := measure.Period{From: d.end(t.year - 1), To: d.end(t.year), Now: d.Now()}
	for some := range slices.Chunk(numbers, chunk) {
		list, err := record.HistoriesOf(ctx, q, some)
		if err != nil {
			return err
		}
		for _, h := range list {
			d.letters(t, h, period)
			applications(t, h.Case, period)
		}
	}
	return nil
}

// letters counts a case that came in by one of the three channels and was
// accepted in the year. The formulas are measure's: closing_rate says which
// cases count, on_time_honest which were answered in time.
func (d Desk) letters(t *tally, h record.History, year measure.Period) {
	c := h.Case
	if !slices.ContainsFunc(annual.Channels(), func(ch annual.Cell) bool { return ch.ID == c.Origin.Platform }) {
		return
	}
	sheet := []*measure.Sheet{measure.Sum(measure.History{Case: c, Steps: h.Steps}, d.Measure)}
	accepted := measure.Behind(sheet, year, "closing_rate")
	if len(accepted) == 0 {
		return
	}
	channel := "/" + c.Origin.Platform
	t.add("letters.received"+channel, c.No)
	if accepted[0].Hit {
		t.add("letters.closed"+channel, c.No)
		if c.Settlement != "" {
			t.add("letters.settled/"+c.Settlement, c.No)
		}
	}
	ever := measure.Period{From: time.Unix(0, 1), To: time.Unix(1<<33, 0), Now: year.Now}
	switch answer := measure.Behind(sheet, ever, "on_time_honest"); {
	case len(answer) > 0 && answer[0].Hit:
		t.add("letters.on_time"+channel, c.No)
	case len(answer) > 0 && answer[0].Owed && answer[0].When < year.To.UnixNano():
		t.add("letters.overdue"+channel, c.No)
	case len(answer) == 0 && owesNoAnswer(c, d.Measure) && accepted[0].Hit:
		t.add("letters.on_time"+channel, c.No)
	}
}

// owesNoAnswer reports a case without a time limit for its answer: closing it
// is all there is to be in time with.
func owesNoAnswer(c huiying.Case, o measure.Office) bool {
	return !slices.ContainsFunc(c.Clocks, func(k huiying.Clock) bool { return o.MetBy(k.Preset) == "publish" })
}

// applications counts a case whose clock for applications began in the year, unless
// it turned out to be none, or part of another.
func applications(t *tally, c huiying.Case, year measure.Period) {
	if c.State == huiying.StateDismissed || c.State == huiying.StateMerged {
		return
	}
	i := slices.IndexFunc(c.Clocks, func(k huiying.Clock) bool { return k.Preset == "foi.reply" || k.Preset == "foi.reply.pre2019" })
	if i < 0 {
		return
	}
	k := c.Clocks[i]
	if k.StartedAt.Before(year.From) || !k.StartedAt.Before(year.To) {
		return
	}
	t.add("foi.cases", c.No)
	if k.Extended {
		t.add("foi.extended", c.No)
	}
	switch {
	case !k.BreachedAt.IsZero():
		t.add("foi.late", c.No)
	case !k.MetAt.IsZero():
		t.add("foi.on_time", c.No)
	}
}

// MeasureOffice is what the formulas need of the office's time limits.
func MeasureOffice(zone *time.Location, presets []limit.Preset) measure.Office {
	return measure.Office{Zone: zone, MetBy: limit.MetBy(presets)}
}
