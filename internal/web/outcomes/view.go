package outcomes

import (
	"cmp"
	"math"
	"net/url"
	"strconv"
	"time"

	"huiying"
	"huiying/internal/query"
	"huiying/internal/web/chart"
	"huiying/internal/web/filter"
)

// View is the page.
type View struct {
	Filter     filter.Outcomes
	Periods    []string
	All        bool // sees every unit
	From, Last time.Time
	WasFrom    time.Time // of the period before
	WasLast    time.Time
	Data       query.Outcomes
	Stages     []Stage  // 签收, 首次回应, 办结, 回访
	OnTime     []Figure // the official and the honest one, side by side
	Rates      []Figure
	Spans      []Figure // durations beside those of the stages
	Channels   []Figure
	Noise      *Figure
	Backlog    Stage
	Parts      []Part
	Trend      *chart.Columns // of weeks
	Tabs       []Choice
	Missed     []Choice // of the hour limits: what was not in time
}

// Figure is one figure as it is shown.
type Figure struct {
	query.Outcome
	Channel    string
	In         string // address of the list of the numerator
	All        string // of the denominator
	Percent    string // "—" of nothing
	WasPercent string // in the period before, likewise
	Change     string // against the period before, "" where it cannot be said
}

// Stage is one stage of the work: how long it took, how much of it in time, and
// the histogram.
type Stage struct {
	Name  string
	Time  Figure
	Share *Figure
	Chart chart.Histogram
	Hrefs []string // of the bins
}

// Part is one row of the figures by part.
type Part struct {
	query.OutcomePart
	Href  string
	Last  time.Time // day of a week
	Cells []Figure
}

// stage is a row of the table of stages.
type stage struct {
	name, time, share string
	edges             []time.Duration
}

const day = 24 * time.Hour

// stages lists them; the edges of the bins lie where the usual limits do.
func stages() []stage {
	return []stage{
		{"ack", "ack_time", "ack_rate", []time.Duration{5 * time.Minute, 10 * time.Minute, 30 * time.Minute, time.Hour, 2 * time.Hour, 8 * time.Hour, day}},
		{"response", "response_time", "on_time_honest", []time.Duration{time.Hour, 5 * time.Hour, 12 * time.Hour, day, 2 * day, 3 * day, 7 * day}},
		{"closing", "closing_time", "closing_in_time", []time.Duration{day, 2 * day, 3 * day, 5 * day, 7 * day, 15 * day, 30 * day}},
		{"follow_up", "follow_up_time", "follow_up_rate", []time.Duration{4 * time.Hour, day, 2 * day, 3 * day, 7 * day, 15 * day}},
	}
}

func backlogEdges() []time.Duration {
	return []time.Duration{day, 2 * day, 3 * day, 7 * day, 15 * day, 30 * day}
}

// rates lists the rates that stand in the table.
func rates() []string {
	return []string{
		"hit_5h", "hit_24h", "hit_48h", "instant_rate", "response_rate", "reply_rate", "closing_rate", "solved_rate", "satisfied_rate",
		"return_rate", "redo_rate", "reopen_rate", "repeat_rate",
	}
}

// columns are the figures of a table by part.
func columns() []string {
	return []string{"ack_time", "ack_rate", "response_time", "on_time_honest", "closing_time", "closing_in_time", "follow_up_time", "follow_up_rate"}
}

// NewView is the page of what was computed for a question.
func NewView(f filter.Outcomes, got query.Outcomes, ask query.OutcomeAsk) View {
	v := begin(f, ask)
	v.fill(got, ask)
	return v
}

// begin is the page before anything was computed.
func begin(f filter.Outcomes, ask query.OutcomeAsk) View {
	v := View{Filter: f, Periods: filter.OutcomePeriods(), All: ask.Scope.All}
	if !ask.From.IsZero() {
		v.From, v.Last = ask.From, ask.To.AddDate(0, 0, -1)
	}
	return v
}

func (v *View) fill(got query.Outcomes, ask query.OutcomeAsk) {
	v.Data = got
	if ask.Compare {
		from, to := ask.Before()
		v.WasFrom, v.WasLast = from, to.AddDate(0, 0, -1)
	}
	for _, s := range stages() {
		share := v.figure(got.Figures[s.share])
		one := v.stage(s.name, got.Figures[s.time], s.edges)
		one.Share = &share
		v.Stages = append(v.Stages, one)
	}
	v.Backlog = v.stage(query.FigureBacklog, got.Backlog, backlogEdges())
	v.OnTime = v.figures(got.Figures, "on_time_official", "on_time_honest", "on_time_seen")
	v.Rates = v.figures(got.Figures, rates()...)
	v.Spans = v.figures(got.Figures, "response_time_published", "update_gap")
	for _, c := range got.Channels {
		f := v.figureOf(c.Outcome, "channel", c.Channel)
		f.Channel = c.Channel
		v.Channels = append(v.Channels, f)
	}
	if got.Noise != nil {
		f := v.figure(*got.Noise)
		v.Noise = &f
	}
	for _, id := range []string{"hit_5h", "hit_24h", "hit_48h"} {
		v.Missed = append(v.Missed, Choice{Name: id, Href: v.href(id, query.PartRest)})
	}
	v.fillParts(got.Parts)
}

func (v *View) fillParts(parts []query.OutcomePart) {
	for _, name := range query.OutcomeParts() {
		if name == query.ByUnit && !v.All {
			continue
		}
		other := v.Filter
		other.By = name
		v.Tabs = append(v.Tabs, Choice{Name: name, Href: "/outcomes?" + other.Query() + "#parts", Active: name == v.Filter.By})
	}
	var medians []time.Duration
	var changed []bool
	for _, p := range parts {
		within := *v // its links lead to the part alone
		within.Filter = v.partFilter(p)
		row := Part{OutcomePart: p, Cells: within.figures(p.Figures, columns()...), Href: "/outcomes?" + within.Filter.Query(), Last: p.To.AddDate(0, 0, -1)}
		v.Parts = append(v.Parts, row)
		medians, changed = append(medians, p.Figures["response_time"].Median), append(changed, p.Changed)
	}
	if v.Filter.By == query.ByWeek && len(parts) > 1 {
		c := chart.Column(medians, changed)
		v.Trend = &c
	}
}

func (v *View) partFilter(p query.OutcomePart) filter.Outcomes {
	f := v.Filter
	switch f.By {
	case query.ByUnit:
		f.Unit = cmp.Or(p.Key, query.Nobody)
	case query.ByLevel:
		f.Level = p.Key
	case query.ByPlatform:
		f.Platform = cmp.Or(p.Key, query.Nobody)
	case query.ByWeek:
		f.Period, f.From, f.To = filter.Range, p.From.Format(time.DateOnly), p.To.AddDate(0, 0, -1).Format(time.DateOnly)
	}
	return f
}

func (v *View) figures(all map[string]query.Outcome, ids ...string) (out []Figure) {
	for _, id := range ids {
		out = append(out, v.figure(all[id]))
	}
	return out
}

func (v *View) figure(o query.Outcome) Figure { return v.figureOf(o) }

// figureOf is a figure with its links; more are further pairs of its address.
func (v *View) figureOf(o query.Outcome, more ...string) Figure {
	f := Figure{Outcome: o, In: v.href(o.ID, query.PartIn, more...), All: v.href(o.ID, query.PartAll, more...), Percent: Percent(o.N, o.Of)}
	if o.Was == nil || o.Lasts {
		return f
	}
	f.WasPercent = Percent(o.Was.N, o.Was.Of)
	if o.Of > 0 && o.Was.Of > 0 {
		f.Change = points(rate(o) - rate(*o.Was))
	}
	return f
}

func (v *View) stage(name string, o query.Outcome, edges []time.Duration) Stage {
	s := Stage{Name: name, Time: v.figure(o), Chart: chart.Bins(o.Took, edges)}
	for _, b := range s.Chart.Bins {
		more := []string{"over", strconv.Itoa(int(b.From / time.Second))}
		if b.To > 0 {
			more = append(more, "under", strconv.Itoa(int(b.To/time.Second)))
		}
		s.Hrefs = append(s.Hrefs, v.href(o.ID, query.PartAll, more...))
	}
	return s
}

func (v *View) href(figure, part string, more ...string) string {
	q := v.Filter.Values()
	q.Set("part", part)
	for i := 0; i+1 < len(more); i += 2 {
		q.Set(more[i], more[i+1])
	}
	return "/outcomes/" + url.PathEscape(figure) + "?" + q.Encode()
}

func rate(o query.Outcome) float64 { return float64(o.N) / float64(o.Of) }

// Percent is a rate with one decimal, cut and not rounded, so that 100 means
// all of them.
func Percent(part, whole int) string {
	if whole <= 0 {
		return "—"
	}
	return strconv.FormatFloat(float64(part*1000/whole)/10, 'f', -1, 64) + "%"
}

// points is a change in points of per cent with its sign.
func points(d float64) string {
	n := math.Round(d*1000) / 10
	if n > 0 {
		return "+" + strconv.FormatFloat(n, 'f', -1, 64)
	}
	if n == 0 {
		return "±0"
	}
	return "−" + strconv.FormatFloat(-n, 'f', -1, 64)
}

// Standing is how a case stands to the hours it had.
func (View) Standing(r query.BehindRow) string {
	switch {
	case r.In:
		return "in"
	case r.Owed:
		return "owed"
	}
	return "late"
}

// Levels are what the form offers.
func (View) Levels() []huiying.Level { return huiying.Levels() }
