// Package heat answers which service items, windows, units, townships and
// villages posts and cases are about (事项热度): by the office's catalogue of
// items and the table of places, from the counts that the archive keeps by day.
// A post or case counts once in a row, however many items of it it names, and
// once in the whole. It refuses to place a name that several places share.
package heat

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"huiying/internal/query"
	"huiying/internal/store"
	"huiying/internal/store/heat"
)

// Item is one service item of the office's catalogue.
type Item struct{ Code, Name, Unit, Window string }

// Place is one township or village; Above is the township of a village.
type Place struct {
	Name    string
	Village bool
	Above   string // the township of a village, else what it lies in
}

// Options is what a Desk works with. Items and Places may be empty.
type Options struct {
	Store  *store.Store
	Posts  func(ctx context.Context, numbers []int64) ([]query.PostRow, error)
	Items  []Item
	Places []Place
	Units  map[string]string // names by id
}

// Desk answers.
type Desk struct {
	o      Options
	items  map[string]Item
	places map[string]Place // by name, only those whose name is one place's

	days  store.Kept[[2]int, []heat.Day]
	cases store.Kept[[2]int64, []heat.Case]
}

// New makes a Desk.
func New(o Options) *Desk {
	d := &Desk{o: o, items: map[string]Item{}, places: map[string]Place{}}
	for _, it := range o.Items {
		d.items[it.Code] = it
	}
	shared := map[string]bool{}
	for _, p := range o.Places {
		if _, twice := d.places[p.Name]; twice {
			shared[p.Name] = true
		}
		d.places[p.Name] = p
	}
	for name := range shared {
		delete(d.places, name)
	}
	return d
}

// narrowed is what of a post counts for a question: items and places that are
// chosen; ok is false where one is asked for and none is there.
func (d *Desk) narrowed(a query.HeatAsk, what heat.About) (items, places []string, ok bool) {
	items, places = what.Items, what.Places
	if a.Platform != "" && what.Platform != a.Platform {
		return nil, nil, false
	}
	if a.Item != "" || a.Window != "" || a.Unit != "" {
		items = slices.DeleteFunc(slices.Clone(items), func(code string) bool {
			it := d.items[code]
			return a.Item != "" && code != a.Item || a.Window != "" && cmp.Or(it.Window, query.Nobody) != a.Window || a.Unit != "" && cmp.Or(it.Unit, query.Nobody) != a.Unit
		})
		if len(items) == 0 {
			return nil, nil, false
		}
	}
	if a.Place != "" {
		places = slices.DeleteFunc(slices.Clone(places), func(name string) bool { return name != a.Place && d.township(name) != a.Place })
		if len(places) == 0 {
			return nil, nil, false
		}
	}
	return items, places, true
}

// township is where a name lies, itself for a township; "" is unknown.
func (d *Desk) township(name string) string {
	p, ok := d.places[name]
	switch {
	case !ok:
		return ""
	case p.Village:
		return p.Above
	}
	return p.Name
}

// keys are the rows that a post counts in, each once.
func (d *Desk) keys(a query.HeatAsk, what heat.About) (out []string) {
	items, places, ok := d.narrowed(a, what)
	if !ok {
		return nil
	}
	add := func(key string) {
		if key != "" && !slices.Contains(out, key) {
			out = append(out, key)
		}
	}
	switch a.By {
	case query.ByTownship, query.ByVillage:
		for _, name := range places {
			if a.By == query.ByTownship {
				add(d.township(name))
			} else if d.places[name].Village {
				add(name)
			}
		}
	default:
		for _, code := range items {
			switch a.By {
			case query.ByWindow:
				add(cmp.Or(d.items[code].Window, query.Nobody))
			case query.ByUnit:
				add(cmp.Or(d.items[code].Unit, query.Nobody))
			default:
				add(code)
			}
		}
	}
	return out
}

// Heat answers the page.
func (d *Desk) Heat(ctx context.Context, a query.HeatAsk) (out query.HeatPage, err error) {
	rows := map[string]*query.HeatRow{}
	if out.Trend, err = d.count(ctx, a, rows, &out.Now, now); err != nil {
		return out, err
	}
	platforms := map[string]bool{}
	if err := d.platforms(ctx, a, platforms); err != nil {
		return out, err
	}
	if a.Compare {
		if _, err := d.count(ctx, a.Before(), rows, &out.Was, was); err != nil {
			return out, err
		}
		if err := d.platforms(ctx, a.Before(), platforms); err != nil {
			return out, err
		}
	}
	for key, r := range rows {
		r.Key = key
		r.Name, r.About = d.named(a.By, key)
		out.Rows = append(out.Rows, *r)
	}
	slices.SortFunc(out.Rows, func(x, y query.HeatRow) int {
		return cmp.Or(cmp.Compare(y.Now.Posts, x.Now.Posts), cmp.Compare(y.Now.Cases, x.Now.Cases), cmp.Compare(y.Was.Posts, x.Was.Posts), cmp.Compare(x.Key, y.Key))
	})
	for p := range platforms {
		out.Platforms = append(out.Platforms, p)
	}
	slices.Sort(out.Platforms)
	d.choices(&out)
	waiting, err := heat.Waiting(ctx, d.o.Store.Reader())
	out.Waiting = int(waiting)
	return out, err
}

func now(r *query.HeatRow) *query.HeatCount { return &r.Now }
func was(r *query.HeatRow) *query.HeatCount { return &r.Was }

// count adds the posts and cases of a period to the rows and the whole, and
// says how the posts spread over it.
func (d *Desk) count(ctx context.Context, a query.HeatAsk, rows map[string]*query.HeatRow, whole *query.HeatCount, of func(*query.HeatRow) *query.HeatCount) ([]query.HeatSpan, error) {
	row := func(key string) *query.HeatCount {
		if rows[key] == nil {
			rows[key] = &query.HeatRow{}
		}
		return of(rows[key])
	}
	days, err := d.daysOf(ctx, a)
	if err != nil {
		return nil, err
	}
	byDay := map[int]int{}
	for _, day := range days {
		keys := d.keys(a, day.About)
		for _, key := range keys {
			row(key).Posts += day.Posts
		}
		if len(keys) > 0 {
			whole.Posts += day.Posts
			byDay[day.Day] += day.Posts
		}
	}
	cases, err := d.casesOf(ctx, a)
	if err != nil {
		return nil, err
	}
	for _, c := range cases {
		keys := d.caseKeys(a, c)
		for _, key := range keys {
			row(key).Cases++
		}
		if len(keys) > 0 {
			whole.Cases++
		}
	}
	return d.spread(a, byDay), nil
}

// caseKeys are the rows that a case counts in: those of its posts.
func (d *Desk) caseKeys(a query.HeatAsk, c heat.Case) (out []string) {
	for _, what := range c.Abouts {
		for _, key := range d.keys(a, what) {
			if !slices.Contains(out, key) {
				out = append(out, key)
			}
		}
	}
	return out
}

func (d *Desk) daysOf(ctx context.Context, a query.HeatAsk) ([]heat.Day, error) {
	zone := d.o.Store.Zone()
	k := [2]int{heat.DayOf(a.From, zone), heat.DayOf(a.To, zone)}
	return d.days.Get(k, func() ([]heat.Day, error) {
		return heat.Days(context.WithoutCancel(ctx), d.o.Store.Reader(), k[0], k[1])
	})
}

func (d *Desk) casesOf(ctx context.Context, a query.HeatAsk) ([]heat.Case, error) {
	k := [2]int64{store.Micros(a.From), store.Micros(a.To)}
	return d.cases.Get(k, func() ([]heat.Case, error) {
		return heat.Cases(context.WithoutCancel(ctx), d.o.Store.Reader(), a.From, a.To)
	})
}

func (d *Desk) platforms(ctx context.Context, a query.HeatAsk, seen map[string]bool) error {
	days, err := d.daysOf(ctx, a)
	for _, day := range days {
		seen[day.Platform] = true
	}
	return err
}

// mostDays is how many days are shown as such; longer periods are by week.
const mostDays = 62

// spread parts a period into days or weeks.
func (d *Desk) spread(a query.HeatAsk, byDay map[int]int) (out []query.HeatSpan) {
	zone := d.o.Store.Zone()
	weekly := a.From.AddDate(0, 0, mostDays).Before(a.To)
	for day := a.From.In(zone); day.Before(a.To); day = day.AddDate(0, 0, 1) {
		if !weekly || len(out) == 0 || day.Weekday() == time.Monday {
			out = append(out, query.HeatSpan{From: day})
		}
		last := &out[len(out)-1]
		last.Posts += byDay[heat.DayOf(day, zone)]
		last.To = day.AddDate(0, 0, 1)
	}
	return out
}

// named is what a row is called, and what it is of.
func (d *Desk) named(by, key string) (name, about string) {
	switch by {
	case query.ByItem:
		it, ok := d.items[key]
		if !ok {
			return key, ""
		}
		return it.Name, d.unitName(it.Unit)
	case query.ByUnit:
		return d.unitName(key), ""
	case query.ByTownship, query.ByVillage:
		return key, d.places[key].Above
	}
	return key, ""
}

func (d *Desk) unitName(unit string) string { return cmp.Or(d.o.Units[unit], unit) }

// choices are what the form offers.
func (d *Desk) choices(out *query.HeatPage) {
	out.Catalogue = len(d.o.Items) > 0
	seen := map[string]bool{}
	for _, it := range d.o.Items {
		out.Items = append(out.Items, query.HeatChoice{Key: it.Code, Name: it.Name})
		if it.Window != "" && !seen["w"+it.Window] {
			out.Windows = append(out.Windows, it.Window)
		}
		if it.Unit != "" && !seen["u"+it.Unit] {
			out.Units = append(out.Units, query.HeatChoice{Key: it.Unit, Name: d.unitName(it.Unit)})
		}
		seen["w"+it.Window], seen["u"+it.Unit] = true, true
	}
	for _, p := range d.o.Places {
		if _, one := d.places[p.Name]; one {
			out.Places = append(out.Places, query.HeatChoice{Key: p.Name, Name: p.Name})
		}
	}
	slices.Sort(out.Windows)
	slices.SortFunc(out.Units, func(a, b query.HeatChoice) int { return strings.Compare(a.Key, b.Key) })
}

// Behind lists what makes up a number.
func (d *Desk) Behind(ctx context.Context, a query.HeatBehindAsk) (out query.HeatBehind, err error) {
	if out.Name, _ = d.named(a.By, a.Key); a.Key == "" {
		out.Name = ""
	}
	counts := func(keys []string) bool { return len(keys) > 0 && (a.Key == "" || slices.Contains(keys, a.Key)) }
	if a.Cases {
		list, err := d.casesOf(ctx, a.HeatAsk)
		for _, c := range list {
			if counts(d.caseKeys(a.HeatAsk, c)) {
				if out.Total++; out.Total > a.Skip && len(out.Cases) < a.Limit {
					out.Cases = append(out.Cases, c.HeatCase)
				}
			}
		}
		return out, err
	}
	zone := d.o.Store.Zone()
	list, err := heat.Posts(ctx, d.o.Store.Reader(), heat.DayOf(a.From, zone), heat.DayOf(a.To, zone))
	if err != nil {
		return out, err
	}
	var numbers []int64
	for _, p := range list {
		if counts(d.keys(a.HeatAsk, p.About)) {
			if out.Total++; out.Total > a.Skip && len(numbers) < a.Limit {
				numbers = append(numbers, p.N)
			}
		}
	}
	out.Posts, err = d.o.Posts(ctx, numbers)
	return out, err
}
