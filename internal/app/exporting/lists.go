package exporting

import (
	"context"
	"iter"
	"net/url"
	"strings"
	"time"

	"huiying"
	"huiying/internal/locale"
	"huiying/internal/query"
	"huiying/internal/web/filter"
	"huiying/internal/web/mark"
)

// pageSize is how many rows are read at once.
const pageSize = 500

// table is the list of a job, read as it is written.
func (d *Desk) table(ctx context.Context, e query.Export, a query.Account) (table, error) {
	n, err := d.names(ctx, e)
	if err != nil {
		return table{}, err
	}
	q, err := url.ParseQuery(e.Query)
	if err != nil {
		return table{}, huiying.Errorf(huiying.Invalid, "exports.bad_query")
	}
	t := table{name: n.t("exports.what." + e.What), total: new(int)}
	switch e.What {
	case query.ExportCases:
		t.rows = d.cases(ctx, n, listing{e, a, q}, t.total)
		t.head = n.heads("no", "title", "level", "state", "unit", "owner", "platform", "first_seen", "opened", "assigned", "acked", "responded", "closed",
			"due", "clock", "missed", "returned", "settlement", "rating", "posts")
	case query.ExportAlerts:
		t.rows = d.alerts(ctx, n, listing{e, a, q}, t.total)
		t.head = n.heads("alert", "level", "rule", "platform", "unit", "no", "raised", "acked", "acked_by", "took_minutes", "deliveries", "link")
	case query.ExportPosts:
		t.rows = d.posts(ctx, n, listing{e, a, q}, t.total)
		t.head = n.heads("post", "source", "platform", "kind", "title", "text", "level", "rules", "sentiment", "intent", "place", "verified", "published", "collected",
			"reposts", "comments", "likes", "no", "link")
		if e.Revealed {
			t.head = append(t.head, n.t("exports.head.original"))
		}
	case query.ExportHeat:
		t.head = n.heads("heat_key", "heat_name", "heat_about", "heat_posts", "heat_posts_before", "heat_change", "heat_cases", "heat_cases_before", "few")
		t.rows, *t.total, err = d.heat(ctx, n, e)
	case query.ExportScores:
		t.head = n.heads("unit", "score", "few", "figure", "formula", "numerator", "denominator", "value", "direction", "target", "weight", "cap", "points", "scoring")
		t.rows, *t.total, err = d.scores(ctx, n, e, a)
	default:
		t.head = n.heads("part", "figure", "formula", "numerator", "denominator", "rate", "median_minutes", "p90_minutes", "max_minutes",
			"was_numerator", "was_denominator", "was_rate", "was_median_minutes", "few")
		t.rows, *t.total, err = d.figures(ctx, n, e, a)
	}
	return t, err
}

// names says in the language of a job what ids are called.
type names struct {
	words         *locale.Catalogue
	lang          locale.Lang
	zone          *time.Location
	units, people map[string]string
	public        string
}

func (d *Desk) names(ctx context.Context, e query.Export) (names, error) {
	n := d.plainNames(locale.ParseLang(e.Lang))
	people, err := d.o.People(ctx)
	for _, p := range people {
		n.people[p.ID] = p.Name
	}
	return n, err
}

func (d *Desk) plainNames(lang locale.Lang) names {
	n := names{words: d.o.Words, lang: lang, zone: d.o.Zone, units: map[string]string{}, people: map[string]string{}, public: strings.TrimSuffix(d.o.PublicURL, "/")}
	for _, u := range d.o.Units {
		n.units[u.ID] = u.Name
	}
	return n
}

func (n names) t(key string, args ...any) string { return n.words.Text(n.lang, key, args...) }

// word is the word for a value, or the value where there is none.
func (n names) word(prefix, value string) string {
	if value == "" || !n.words.Has(prefix+value) {
		return value
	}
	return n.t(prefix + value)
}

func (n names) heads(ids ...string) []string {
	out := make([]string, len(ids))
	for i, id := range ids {
		out[i] = n.t("exports.head." + id)
	}
	return out
}

func named(m map[string]string, id string) string {
	if name := m[id]; name != "" {
		return name
	}
	return id
}

func (n names) at(t time.Time) time.Time {
	if t.IsZero() {
		return t
	}
	return t.In(n.zone)
}

func (n names) link(path string) string {
	if n.public == "" {
		return path
	}
	return n.public + path
}

// caseAsk is the filter of the page as it is read for a file: everything it
// shows, page by page, the newest number first.
func (d *Desk) caseAsk(l listing) query.CaseFilter {
	f, _ := filter.ReadCases(l.q)
	ask := f.Ask(l.account, "", l.AskedAt, d.o.Zone) // the period ends when it was asked for
	if ask.Clock != "" {
		ask.Open = true
	}
	ask.ByDue, ask.Count, ask.Limit = false, false, pageSize
	return ask
}

func (d *Desk) cases(ctx context.Context, n names, l listing, total *int) iter.Seq2[[]any, error] {
	return func(yield func([]any, error) bool) {
		ask := d.caseAsk(l)
		clock, now := ask.Clock, d.o.Now()
		for ask.Clock = ""; ; {
			list, err := d.o.Views.Cases(ctx, ask)
			if err != nil {
				yield(nil, err)
				return
			}
			if ask.Before == "" && clock == "" {
				*total = list.Total
			}
			for _, c := range list.Rows {
				if query.OnClock(c, clock, now) && !yield(n.caseRow(c), nil) {
					return
				}
			}
			if ask.Before = list.Next; list.Next == "" {
				return
			}
		}
	}
}

func (n names) caseRow(c huiying.Case) []any {
	var due time.Time
	clock := ""
	if k, ok := query.Pressing(c); ok {
		due, clock = k.DueAt, n.word("case.clock.", k.Preset)
	}
	missed := 0
	for _, k := range c.Clocks {
		if !k.BreachedAt.IsZero() {
			missed++
		}
	}
	return []any{
		c.No, c.Title, n.word("level.", string(c.Level)), n.word("case.state.", string(c.State)), named(n.units, c.Unit), named(n.people, c.Owner),
		n.word("web.platform.", c.Origin.Platform), n.at(c.FirstSeenAt), n.at(c.OpenedAt), n.at(c.AssignedAt), n.at(c.AckedAt), n.at(c.RespondedAt), n.at(c.ClosedAt),
		n.at(due), clock, missed, c.Returned, n.word("case.settlement.", c.Settlement), n.word("case.grade.", c.Rating), len(c.Posts),
	}
}

func (d *Desk) alerts(ctx context.Context, n names, l listing, total *int) iter.Seq2[[]any, error] {
	ask := filter.ReadAlerts(l.q).Ask(l.account, l.AskedAt, d.o.Zone)
	ask.Limit = pageSize
	return func(yield func([]any, error) bool) {
		for {
			list, err := d.o.Views.Alerts(ctx, ask)
			if err != nil {
				yield(nil, err)
				return
			}
			if ask.Before.IsZero() {
				*total = list.Total
			}
			for _, r := range list.Rows {
				if !yield(n.alertRow(r), nil) {
					return
				}
			}
			if ask.Before, ask.After = list.Next, list.NextID; list.Next.IsZero() {
				return
			}
		}
	}
}

func (n names) alertRow(r query.AlertRow) []any {
	var ways []string
	for _, x := range r.Deliveries {
		ways = append(ways, x.Channel+" "+n.word("web.delivery.", string(x.State)))
	}
	var took any = ""
	if !r.AckedAt.IsZero() {
		took = minutes(max(r.AckedAt.Sub(r.Alert.RaisedAt), 0))
	}
	return []any{
		r.Alert.ID, n.word("level.", string(r.Alert.Level)), r.Alert.RuleName, n.word("web.platform.", r.Alert.Platform), named(n.units, r.Alert.Unit), r.Alert.CaseNo,
		n.at(r.Alert.RaisedAt), n.at(r.AckedAt), named(n.people, r.AckedBy), took, strings.Join(ways, "; "), n.link("/posts/" + r.Alert.PostID),
	}
}

// minutes are a span with one decimal.
func minutes(d time.Duration) float64 { return float64(int64(d.Minutes()*10)) / 10 }

// listing is a job over posts.
type listing struct {
	query.Export
	account query.Account
	q       url.Values
}

func (d *Desk) posts(ctx context.Context, n names, l listing, total *int) iter.Seq2[[]any, error] {
	f, _ := filter.ReadPosts(l.q)
	f.Best, f.Page = false, 0
	ask := f.Ask(l.account.Scope(), 0, l.AskedAt, d.o.Zone) // the period ends when it was asked for
	ask.Limit, ask.Periods = pageSize, nil
	return func(yield func([]any, error) bool) {
		for {
			list, err := d.o.Views.Find(ctx, ask)
			if err != nil {
				yield(nil, err)
				return
			}
			if ask.Before == 0 {
				*total = list.Total
			}
			for _, r := range list.Rows {
				if !yield(n.postRow(r, l.Revealed), nil) {
					return
				}
			}
			if ask.Before = list.Next; list.Next == 0 {
				return
			}
		}
	}
}

// postRow is a post without its author. The address at its platform may name
// the author as well, so only who may see personal data gets it.
func (n names) postRow(r query.PostRow, revealed bool) []any {
	j := r.Judgement
	if !revealed {
		j = mark.Masked(j)
	}
	var rules []string
	for _, t := range j.Tags {
		rules = append(rules, t.Name)
	}
	sentiment, intent := "", ""
	if j.Sentiment != nil && !j.Sentiment.Unsure {
		sentiment = n.word("web.sentiment.", j.Sentiment.Label)
	}
	if j.Intent != nil {
		intent = n.word("web.intent.", j.Intent.Label)
	}
	p := j.Post
	cells := []any{
		p.ID, p.Source, n.word("web.platform.", p.Platform), p.Kind, p.Title, p.Text, n.word("level.", string(j.Level)), strings.Join(rules, "; "), sentiment, intent, p.Region,
		n.word("web.verified.", p.Author.Verified), n.at(p.PublishedAt), n.at(p.CollectedAt), int(p.Engagement.Reposts), int(p.Engagement.Comments), int(p.Engagement.Likes),
		r.CaseNo, n.link("/posts/" + p.ID),
	}
	if revealed {
		cells = append(cells, p.URL)
	}
	return cells
}
