package inspection

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"huiying"
	"huiying/crawler/patrol"
	"huiying/internal/query"
	"huiying/internal/store"
	"huiying/internal/store/access"
)

// maxRows is how many findings a list has at most.
const maxRows = 200

// Sites are the inspected sites as they stand.
func (d *Desk) Sites(ctx context.Context) ([]query.PatrolSite, error) {
	k, err := d.known(ctx)
	if err != nil {
		return nil, err
	}
	out := []query.PatrolSite{}
	for _, s := range k.sources {
		site := query.PatrolSite{Source: s.ID, Name: cmp.Or(s.Name, s.ID), Disabled: s.Disabled, Columns: []query.PatrolColumn{}, Open: map[string]int{}}
		if site.Problem = k.problems[s.ID]; site.Problem == nil {
			fill(&site, k.states[s.ID])
		}
		found, err := d.findings(ctx, query.PatrolFilter{Source: s.ID, State: query.FindingOpen, Limit: -1}, k)
		if err != nil {
			return nil, err
		}
		for _, f := range found.Rows {
			site.Open[f.Finding.Check]++
		}
		site.Total = found.Total
		if err := d.lastVisit(ctx, &site); err != nil {
			return nil, err
		}
		out = append(out, site)
	}
	return out, nil
}

// patrols are the sources that inspect sites.
func (d *Desk) patrols(ctx context.Context) ([]huiying.Source, error) {
	all, err := d.Sources(ctx)
	return slices.DeleteFunc(slices.Clone(all), func(s huiying.Source) bool { return s.Kind != patrol.KindName }), err
}

func (d *Desk) state(ctx context.Context, s huiying.Source) (patrol.State, error) {
	raw, err := d.Cursor(ctx, s.ID)
	if err != nil {
		return patrol.State{}, err
	}
	return d.Reader.ReadState(raw, s, d.Now().In(d.Zone))
}

func (d *Desk) lastVisit(ctx context.Context, site *query.PatrolSite) error {
	var at int64
	err := d.Store.Reader().QueryRowContext(ctx, `SELECT at, state FROM coverage WHERE source = $1 ORDER BY at DESC LIMIT 1`, site.Source).Scan(&at, &site.State)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return nil
	case err != nil:
		return fmt.Errorf("find the last visit of %s: %w", site.Source, err)
	}
	site.Visited = store.Time(at)
	return nil
}

func fill(site *query.PatrolSite, s patrol.State) {
	h := s.Share
	site.Home, site.Probing, site.Letters, site.LettersAt = s.Home, s.Probing, s.Letters, s.LettersAt
	site.Probes = query.PatrolProbes{Slots: h.Slots, Probes: h.Probes, Closed: h.Closed, Slow: h.Slow, Silent: h.Silent, Failing: h.Failing, Gaps: h.Gaps, InRow: h.InRow, Limit: s.Limit}
	site.Round = query.PatrolRound{Ended: s.Ended, Addresses: s.Addresses, Pages: s.Pages, Unread: s.Unread, Unsaid: s.Unsaid, Looked: s.Looked, Of: s.Of}
	site.Cert = query.PatrolCert(s.Cert)
	for _, c := range s.Columns {
		site.Columns = append(site.Columns, query.PatrolColumn{
			Name: c.Name, URL: c.URL, Newest: c.Newest, Days: c.Days, Limit: c.Limit, Own: c.Own, Stale: c.Stale, Overdue: c.Overdue, Blank: c.Blank,
		})
	}
	slices.SortStableFunc(site.Columns, func(a, b query.PatrolColumn) int { return cmp.Compare(b.Days, a.Days) })
}

// known is what the cursors and the orders say: of sites by source, of findings
// by post.
type known struct {
	sources    []huiying.Source
	states     map[string]patrol.State
	problems   map[string]error // of states that cannot be read
	incidents  map[string]patrol.Incident
	exceptions map[string]Exception
	asked      map[string]time.Time
}

func (d *Desk) known(ctx context.Context) (known, error) {
	sources, err := d.patrols(ctx)
	k := known{sources, map[string]patrol.State{}, map[string]error{}, map[string]patrol.Incident{}, map[string]Exception{}, map[string]time.Time{}}
	if err != nil {
		return k, err
	}
	for _, s := range sources {
		orders, err := OrdersOf(ctx, d.Shelf, s.ID)
		if err != nil {
			return k, err
		}
		for _, e := range orders.Except {
			k.exceptions[e.Post] = e
		}
		for _, a := range orders.Again {
			k.asked[a.Post] = a.Asked
		}
		state, err := d.state(ctx, s)
		if err != nil {
			k.problems[s.ID] = err // the page says so beside the site; what was found is shown all the same
			continue
		}
		k.states[s.ID] = state
		for _, i := range state.Incidents {
			k.incidents[i.Post] = i
		}
	}
	return k, nil
}

const selectFindings = `SELECT id, source, case_no, first_seen_at, collected_at, judgement FROM posts WHERE kind = 'finding' AND platform = 'portal'`

// Findings lists findings, the most urgent first; what is over, the newest
// first.
func (d *Desk) Findings(ctx context.Context, f query.PatrolFilter) (query.PatrolFindings, error) {
	k, err := d.known(ctx)
	if err != nil {
		return query.PatrolFindings{Rows: []query.PatrolFinding{}}, err
	}
	return d.findings(ctx, f, k)
}

func (d *Desk) findings(ctx context.Context, f query.PatrolFilter, k known) (query.PatrolFindings, error) {
	out := query.PatrolFindings{Rows: []query.PatrolFinding{}}
	state := cmp.Or(f.State, query.FindingOpen)
	statement, args := selectFindings, []any{}
	if f.Source != "" {
		statement, args = statement+` AND source = $1`, append(args, f.Source)
	}
	switch state {
	case query.FindingOpen:
		statement += ` AND level <> 'none'`
	default:
		statement += ` AND level = 'none'`
	}
	list, err := d.read(ctx, statement+` ORDER BY n DESC LIMIT 5000`, args...)
	if err != nil {
		return out, err
	}
	for _, row := range list {
		k.complete(&row, d.Now())
		if row.State != state || f.Check != "" && row.Finding.Check != f.Check || !under(row, f.Column) {
			continue
		}
		out.Rows = append(out.Rows, row)
	}
	out.Total = len(out.Rows)
	if state == query.FindingOpen {
		slices.SortStableFunc(out.Rows, func(a, b query.PatrolFinding) int {
			return cmp.Compare(b.Finding.Level.Rank(), a.Finding.Level.Rank())
		})
	}
	if most := cmp.Or(f.Limit, maxRows); most > 0 && len(out.Rows) > most {
		out.Rows = out.Rows[:most]
	}
	return out, nil
}

// under reports a finding at an address that begins as a column's does.
func under(f query.PatrolFinding, column string) bool {
	return column == "" || strings.HasPrefix(f.URL, column) || strings.HasPrefix(f.Object, column)
}

func (d *Desk) read(ctx context.Context, statement string, args ...any) ([]query.PatrolFinding, error) {
	list, err := store.Collect[query.PatrolFinding](d.Store.Reader().QueryContext(ctx, statement, args...))(scan)
	if err != nil {
		return nil, fmt.Errorf("list findings: %w", err)
	}
	return list, nil
}

func scan(r *sql.Rows) (f query.PatrolFinding, err error) {
	var first, at int64
	var raw string
	if err = r.Scan(&f.Post, &f.Source, &f.CaseNo, &first, &at, &raw); err != nil {
		return f, err
	}
	var j huiying.Judgement
	if err = json.Unmarshal([]byte(raw), &j); err != nil {
		return f, err
	}
	f.Title, f.URL, f.Text, f.At, f.Began = j.Post.Title, j.Post.URL, j.Post.Text, store.Time(at), j.Post.PublishedAt
	if j.Post.Finding != nil {
		f.Finding = *j.Post.Finding
	}
	return f, nil
}

// complete adds what cursors and orders say of a finding.
func (k known) complete(f *query.PatrolFinding, now time.Time) {
	f.State = query.FindingOpen
	if f.Finding.Over {
		f.State = query.FindingOver
	}
	if i, ok := k.incidents[f.Post]; ok {
		f.Object, f.LookedAt, f.Came = i.Object, i.LookedAt, i.Came
	}
	if e, ok := k.exceptions[f.Post]; ok {
		f.Object = cmp.Or(f.Object, e.Object)
		f.Exception = &query.PatrolException{Until: e.Until, Reason: e.Reason, By: e.By, At: e.At}
		if f.State == query.FindingOver && e.Until.After(now) {
			f.State = query.FindingExcepted
		}
	}
	if asked := k.asked[f.Post]; asked.After(f.LookedAt) {
		f.Asked = asked
	}
}

// Finding gives one finding with its history; huiying.NotFound when it is none.
func (d *Desk) Finding(ctx context.Context, post string) (out query.PatrolPage, err error) {
	list, err := d.read(ctx, selectFindings+` AND id = $1`, post)
	if err != nil {
		return out, err
	}
	if len(list) == 0 {
		return out, huiying.Errorf(huiying.NotFound, "patrol.no_finding")
	}
	k, err := d.known(ctx)
	if err != nil {
		return out, err
	}
	out.PatrolFinding = list[0]
	k.complete(&out.PatrolFinding, d.Now())
	out.History, err = d.history(ctx, post)
	return out, err
}

// history is what was told of a finding and what people ordered, the newest
// first.
func (d *Desk) history(ctx context.Context, post string) ([]query.PatrolStep, error) {
	steps, err := store.Collect[query.PatrolStep](d.Store.Reader().QueryContext(ctx,
		`SELECT post FROM post_revisions WHERE post_id = $1 ORDER BY collected_at`, post))(func(r *sql.Rows) (s query.PatrolStep, err error) {
		var raw string
		if err = r.Scan(&raw); err != nil {
			return s, err
		}
		var p huiying.Post
		if err = json.Unmarshal([]byte(raw), &p); err != nil || p.Finding == nil {
			return s, err
		}
		s = query.PatrolStep{At: p.CollectedAt, What: "told", Level: p.Finding.Level, Found: p.Finding.Found}
		if p.Finding.Over {
			s.What, s.Level = "over", ""
		}
		return s, nil
	})
	if err != nil {
		return nil, fmt.Errorf("read the history of %s: %w", post, err)
	}
	entries, err := access.New(d.Store).Entries(ctx, post, 100)
	if err != nil {
		return nil, err
	}
	for _, e := range entries {
		switch e.Action {
		case access.PatrolExcepted, access.PatrolExceptEnded, access.PatrolRescanned:
			steps = append(steps, query.PatrolStep{At: e.At, What: e.Action, By: e.Actor, Detail: e.Detail})
		}
	}
	slices.SortStableFunc(steps, func(a, b query.PatrolStep) int { return b.At.Compare(a.At) })
	return steps, nil
}
