package annual

import (
	"context"
	"strings"
	"time"

	"huiying"
	"huiying/internal/query"
	"huiying/internal/report/annual"
	"huiying/internal/report/annual/exchange"
	"huiying/internal/store"
)

// Register is the page of the register: what a Desk does, with what was counted
// given once more while it is counted anew.
type Register struct {
	Desk

	counted store.Lately[int, query.Disclosure]
}

// Run counts for those who were told something old until ctx ends.
func (r *Register) Run(ctx context.Context) error { return r.counted.Run(ctx) }

// countedFor is how old what was counted may be.
const countedFor = 10 * time.Minute

// Most of the page.
const (
	mostChanges   = 30
	longestReason = 200
)

// Page is the register of a year; 0 is the newest that has anything, else the
// year before this one.
func (r *Register) Page(ctx context.Context, year int, english bool) (p query.DisclosurePage, err error) {
	if p.Years, err = r.Years(ctx); err != nil {
		return p, err
	}
	switch {
	case year != 0 && (year < 1990 || year > 2200):
		return p, huiying.Errorf(huiying.Invalid, "annual.year", year)
	case year == 0 && len(p.Years) > 0:
		year = p.Years[0]
	case year == 0:
		year = r.Now().In(r.Measure.Zone).Year() - 1
	}
	p.Year, p.Form = year, annual.FormOf(year)
	if p.Version, err = r.book().Version(ctx, year); err != nil { // before the numbers: what comes between is a conflict
		return p, err
	}
	counted, err := r.counted.Get(ctx, year, store.Span{For: countedFor, Now: r.Now}, func(ctx context.Context) (query.Disclosure, error) {
		out, _, err := r.count(ctx, year)
		return out, err
	})
	if err != nil {
		return p, err
	}
	entered, err := r.book().Year(ctx, year)
	if err != nil {
		return p, err
	}
	y := join(entered, counted)
	p.Groups, p.Columns = groups(y, p.Form, english), columns(y, english)
	p.Missing = len(annual.Missing(y.Disclosure, p.Form))
	return p, r.history(ctx, &p)
}

func (r *Register) history(ctx context.Context, p *query.DisclosurePage) error {
	releases, err := r.Releases(ctx, p.Year)
	if err != nil {
		return err
	}
	p.Released = len(releases)
	p.Changes, err = r.book().Changes(ctx, p.Year, mostChanges)
	for i := range p.Changes {
		p.Changes[i].Name = annual.TitleOf(p.Changes[i].Key)
	}
	return err
}

// isApplication reports that a number is of the table of applications, which is
// shown by columns.
func isApplication(id string) bool {
	return strings.HasPrefix(id, "apply.") || strings.HasPrefix(id, "result.")
}

// groups are the numbers of a form by section and table, in its order.
func groups(y Year, form string, english bool) (out []query.DisclosureGroup) {
	at := map[string]int{}
	for _, k := range annual.Kinds() {
		if isApplication(k.ID) {
			continue
		}
		for _, place := range k.Places {
			if place.Form != form {
				continue
			}
			key := place.Section + "/" + place.Table
			if _, there := at[key]; !there {
				at[key] = len(out)
				out = append(out, query.DisclosureGroup{Section: place.Section, Table: place.Table})
			}
			g := &out[at[key]]
			for _, cell := range k.All() {
				g.Rows = append(g.Rows, row(y, k, cell, english))
			}
			break // once, where the form prints it first
		}
	}
	return out
}

func row(y Year, k annual.Kind, cell string, english bool) query.DisclosureRow {
	out := query.DisclosureRow{Key: query.FactKey(k.ID, cell), Unit: k.Unit}
	if out.Name = annual.Name(out.Key); english {
		out.Name = k.EN
		if cell != "" {
			out.Name += " (" + cell + ")"
		}
	}
	for _, p := range k.Places {
		out.Exact = out.Exact || p.Table != ""
	}
	f, ok := y.Fact(k.ID, cell)
	if !ok {
		return out
	}
	out.Text, out.Source, out.By, out.At, out.Note = annual.Plain(f.Value), f.Source, f.By, f.At, f.Note
	if f.AtLeast {
		out.Text += "余"
	}
	if c, there := y.Counted.Fact(k.ID, cell); there && f.Source != query.FactCounted && c.Value != f.Value {
		out.Counted = annual.Plain(c.Value)
	}
	return out
}

// rowIDs are the rows of the table of applications in its order.
func rowIDs() []string {
	ids := []string{"apply.new", "apply.carried"}
	for _, r := range annual.Results() {
		ids = append(ids, r.ID)
	}
	return append(ids, "apply.next")
}

// columns are those of the table of applications with their identity; the last
// is their sum.
func columns(y Year, english bool) (out []query.DisclosureColumn) {
	sum := annual.Balance{Whole: true}
	balances := annual.Balances(y.Disclosure)
	for i, a := range annual.Applicants() {
		c := query.DisclosureColumn{ID: a.ID, Name: a.ZH}
		if english {
			c.Name = a.EN
		}
		for _, id := range rowIDs() {
			k, _ := annual.Find(id)
			c.Rows = append(c.Rows, row(y, k, a.ID, english))
		}
		b := balances[i]
		out = append(out, balanced(c, b))
		sum.New, sum.Carried, sum.Sum, sum.Next = sum.New+b.New, sum.Carried+b.Carried, sum.Sum+b.Sum, sum.Next+b.Next
		sum.Whole = sum.Whole && b.Whole
	}
	return append(out, balanced(query.DisclosureColumn{}, sum))
}

// balanced writes the sums of a column.
func balanced(c query.DisclosureColumn, b annual.Balance) query.DisclosureColumn {
	c.New, c.Carried, c.Sum, c.Next = annual.Plain(b.New), annual.Plain(b.Carried), annual.Plain(b.Sum), annual.Plain(b.Next)
	c.Left, c.Right, c.Whole = annual.Plain(b.Left()), annual.Plain(b.Right()), b.Whole
	return c
}

// Enter enters or corrects numbers of a year, all or none. huiying.Invalid says
// which is none, huiying.Conflict which column would not come out even, or that
// somebody was faster.
func (r *Register) Enter(ctx context.Context, e query.DisclosureEntry) error {
	e.Reason = strings.TrimSpace(e.Reason)
	if n := len([]rune(e.Reason)); n == 0 || n > longestReason {
		return huiying.Errorf(huiying.Invalid, "annual.reason", longestReason)
	}
	n := query.NewDisclosure{Year: e.Year, Source: query.FactEntered, Actor: e.Actor, Reason: e.Reason, Read: &e.Read}
	for _, v := range e.Values {
		text := strings.TrimSpace(v.Text)
		if text == "" {
			n.Remove = append(n.Remove, v.Key)
			continue
		}
		f, err := factOf(v.Key, text)
		if err != nil {
			return err
		}
		if len(e.Values) == 1 {
			f.Note = strings.TrimSpace(e.Note)
		}
		n.Facts = append(n.Facts, f)
	}
	changed, err := r.Change(ctx, n)
	if err == nil && changed == 0 {
		return huiying.Errorf(huiying.Invalid, "annual.nothing_changed")
	}
	return err
}

// factOf reads a number as it was typed.
func factOf(key, text string) (f query.DisclosureFact, err error) {
	f.Fact, f.Cell = query.SplitFact(key)
	if f.Value, f.AtLeast, err = exchange.Number(text); err != nil {
		return f, huiying.Errorf(huiying.Invalid, "annual.no_number", annual.Name(key), text)
	}
	return f, nil
}
