package views

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"huiying"
	"huiying/internal/query"
	"huiying/internal/store"
	"huiying/internal/store/cases"
	"huiying/internal/store/outbox"
	"huiying/internal/store/purges"
	"huiying/internal/store/record"
	"huiying/internal/store/search"
)

// Cases lists cases, the newest number first, or the most pressing first.
func (v *Views) Cases(ctx context.Context, f query.CaseFilter) (list query.CaseList, err error) {
	asked, err := v.index.Parse(f.Text)
	if err != nil {
		return list, err
	}
	done, err := v.index.Turn(ctx, asked)
	if err != nil {
		return list, err
	}
	defer done()
	err = v.store.Snapshot(ctx, func(ctx context.Context, q store.Querier) error {
		if f.ByDue || f.Clock != "" || f.Returned {
			list, err = v.pressing(ctx, q, f, asked)
		} else {
			list, err = v.caseList(ctx, q, f, asked)
		}
		if err == nil && f.Clock == query.ClockOverdue && list.Total == 0 && unnarrowed(f) {
			err = lastMissed(ctx, q, f.Scope, &list)
		}
		if err == nil && f.Count && f.Clock == "" && !f.Returned {
			list.Counts, err = countCases(ctx, q, f, asked)
		}
		return err
	})
	v.markTitles(&list, asked)
	return list, err
}

func (v *Views) caseList(ctx context.Context, q store.Querier, f query.CaseFilter, asked search.Query) (list query.CaseList, err error) {
	c := caseConditions(f, asked)
	if list.Total, err = count(ctx, q, "cases", c); err != nil {
		return list, fmt.Errorf("count cases: %w", err)
	}
	if f.Before != "" {
		c.add("no < ?", f.Before)
	}
	limit := clamp(f.Limit)
	rows, err := v.decoded(ctx, q, c, " ORDER BY no DESC LIMIT "+strconv.Itoa(limit+1))
	if err != nil {
		return list, fmt.Errorf("list cases: %w", err)
	}
	for _, one := range rows {
		list.Rows = append(list.Rows, *one)
	}
	if len(list.Rows) > limit {
		list.Rows = list.Rows[:limit]
		list.Next = list.Rows[limit-1].No
	}
	return list, nil
}

// pressing lists open cases by what is owed soonest. Whether a clock was
// missed stands in the body alone, so the open cases are read and sorted here;
// they are few beside the closed ones.
func (v *Views) pressing(ctx context.Context, q store.Querier, f query.CaseFilter, asked search.Query) (list query.CaseList, err error) {
	now := v.store.Now()
	f.Open = true
	counted := f.Count && (f.Clock != "" || f.Returned)
	c := caseConditions(f, asked)
	if counted {
		c = caseConditions(unfiltered(f), asked)
	}
	rows, err := v.opened(ctx, q, f.Scope, c)
	if err != nil {
		return list, fmt.Errorf("list open cases: %w", err)
	}
	rows = slices.DeleteFunc(rows, func(c *huiying.Case) bool {
		return !query.OnClock(*c, f.Clock, now) || f.Returned && c.Returned == 0
	})
	if counted {
		list.Counts = countRows(rows, f)
		rows = slices.DeleteFunc(rows, func(c *huiying.Case) bool { return len(failing(f, c.State, c.Level, c.Unit)) > 0 })
	}
	list.Total = len(rows)
	list.Rows, list.Next = mostPressing(rows, f.Before, clamp(f.Limit))
	return list, nil
}

// turn is where a case stands among those that are owed soonest.
type turn struct {
	due int64 // microseconds; the latest there are without a clock
	no  string
}

func turnOf(c *huiying.Case) turn {
	if k, ok := query.Pressing(*c); ok {
		return turn{store.Micros(k.DueAt), c.No}
	}
	return turn{math.MaxInt64, c.No}
}

func (t turn) compare(other turn) int {
	return cmp.Or(cmp.Compare(t.due, other.due), cmp.Compare(t.no, other.no))
}

// String is how a turn stands in an address.
func (t turn) String() string { return strconv.FormatInt(t.due, 10) + "." + t.no }

// turnFrom reads a turn; one that is none is before all.
func turnFrom(s string) turn {
	due, no, _ := strings.Cut(s, ".")
	n, err := strconv.ParseInt(due, 10, 64)
	if err != nil {
		return turn{}
	}
	return turn{n, no}
}

// mostPressing are n of cases by what is due first, those whose turn comes behind
// one ("" = from the first on); those without a clock come last. next is the turn
// of the last of them where more follow: what is behind it stays there, whatever
// becomes of that case.
func mostPressing(cases []*huiying.Case, behind string, n int) (page []huiying.Case, next string) {
	type place struct {
		turn
		at int // a case is large, so places are sorted and not the cases
	}
	var places []place
	for i, c := range cases {
		if one := (place{turnOf(c), i}); behind == "" || one.compare(turnFrom(behind)) > 0 {
			places = append(places, one)
		}
	}
	slices.SortFunc(places, func(a, b place) int { return a.compare(b.turn) })
	for _, p := range places[:min(len(places), n)] {
		page = append(page, *cases[p.at])
	}
	if n > 0 && n < len(places) {
		next = places[n-1].String()
	}
	return page, next
}

// unnarrowed reports that nothing but the clock keeps cases out.
func unnarrowed(f query.CaseFilter) bool {
	return len(f.Levels) == 0 && len(f.States) == 0 && f.Unit == "" && f.Owner == "" && f.Text == "" && !f.Returned
}

// lastMissed finds the clock that was missed last.
func lastMissed(ctx context.Context, q store.Querier, scope query.Scope, list *query.CaseList) error {
	c := caseConditions(query.CaseFilter{Scope: scope}, search.Query{})
	c.plain("json_extract(k.value, '$.breached_at') > '0001-01-02'")
	var at string
	err := q.QueryRowContext(ctx, `
		SELECT cases.no, json_extract(k.value, '$.breached_at') AS at FROM cases, json_each(cases.body, '$.clocks') k
		WHERE `+c.where()+` ORDER BY at DESC, cases.no DESC LIMIT 1`, c.args...).Scan(&list.LastMissedNo, &at)
	if errors.Is(err, sql.ErrNoRows) {
		return nil
	}
	if err == nil {
		list.LastMissed, err = time.Parse(time.RFC3339, at)
	}
	if err != nil {
		return fmt.Errorf("find the clock that was missed last: %w", err)
	}
	return nil
}

// ofUnit is the condition that a unit leads a case or assists with it. "?" is
// the unit.
func ofUnit(cases string) string {
	return strings.ReplaceAll(`(@.unit = ? OR @.no IN (
		SELECT h.no FROM cases h, json_each(h.body, '$.helpers') j
		WHERE instr(h.body, '"helpers":') > 0 AND j.value = ?)) AND ? <> ''`, "@", cases)
}

func caseConditions(f query.CaseFilter, asked search.Query) (c conditions) {
	if !f.Scope.All {
		c.add("("+ofUnit("cases")+")", f.Scope.Unit)
	}
	states := f.States
	if f.Open && len(states) == 0 {
		states = openStates()
	}
	names := make([]string, len(states))
	for i, s := range states {
		names[i] = string(s)
	}
	c.in("state", names)
	c.in("level", levels(f.Levels))
	for _, e := range []struct{ column, value string }{{"unit", f.Unit}, {"owner", f.Owner}} {
		if e.value != "" {
			c.add(e.column+" = ?", e.value)
		}
	}
	if !f.Answered.IsZero() {
		c.add("responded_at >= ?", store.Micros(f.Answered))
		if !f.Scope.All {
			c.add("unit = ?", f.Scope.Unit)
		}
	}
	if !asked.Empty() {
		condition, args := asked.CaseCondition(len(c.args))
		c.args = append(c.args, args...)
		c.plain(condition)
	}
	return c
}

// openStates are the states in which work is owed.
func openStates() []huiying.CaseState {
	return slices.DeleteFunc(huiying.CaseStates(), func(s huiying.CaseState) bool { return !s.Open() })
}

func scanCase(r *sql.Rows) (huiying.Case, error) {
	var body string
	if err := r.Scan(&body); err != nil {
		return huiying.Case{}, err
	}
	return cases.Decode(body)
}

// Case reads one case with its record, deliveries and posts; huiying.NotFound
// when there is none, huiying.Forbidden when it is another unit's.
func (v *Views) Case(ctx context.Context, scope query.Scope, no string) (page query.CasePage, err error) {
	err = v.store.Snapshot(ctx, func(ctx context.Context, q store.Querier) error {
		page, err = v.casePage(ctx, q, scope, no)
		return err
	})
	return page, err
}

// Seen reads one case alone, for whoever only has to know that it may be seen;
// the errors are those of Case.
func (v *Views) Seen(ctx context.Context, scope query.Scope, no string) (huiying.Case, error) {
	return seen(ctx, v.store.Reader(), scope, no)
}

func seen(ctx context.Context, q store.Querier, scope query.Scope, no string) (huiying.Case, error) {
	c, err := cases.Get(ctx, q, no)
	if err != nil {
		return huiying.Case{}, err
	}
	if !scope.SeesCase(c) {
		return huiying.Case{}, huiying.Errorf(huiying.Forbidden, "view.other_unit", no)
	}
	return c, nil
}

func (v *Views) casePage(ctx context.Context, q store.Querier, scope query.Scope, no string) (page query.CasePage, err error) {
	if page.Case, err = seen(ctx, q, scope, no); err != nil {
		return query.CasePage{}, err
	}
	if page.Steps, err = record.Steps(ctx, q, no); err != nil {
		return page, err
	}
	if page.Texts, err = texts(ctx, q, page.Steps); err != nil {
		return page, err
	}
	if page.Deliveries, err = outbox.OfCase(ctx, q, no); err != nil {
		return page, err
	}
	found, err := v.postsByID(ctx, q, page.Case.Posts)
	if err != nil {
		return page, err
	}
	for _, id := range page.Case.Posts {
		if row, ok := found[id]; ok {
			page.Posts = append(page.Posts, row)
		}
	}
	page.Purges, err = purges.About(ctx, q, no, missing(page))
	return page, err
}

// missing are the digests that steps name and no text is kept for:
// attachments, and what was purged.
func missing(page query.CasePage) []string {
	var out []string
	for _, s := range page.Steps {
		for _, v := range s.Payload {
			if _, kept := page.Texts[v]; !kept && strings.HasPrefix(v, "sha256:") {
				out = append(out, v)
			}
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// texts reads the words that the steps name by digest.
func texts(ctx context.Context, q store.Querier, steps []huiying.Step) (map[string]string, error) {
	out := map[string]string{}
	for _, s := range steps {
		for _, value := range s.Payload {
			if !strings.HasPrefix(value, "sha256:") {
				continue
			}
			if _, known := out[value]; known {
				continue
			}
			text, err := record.Text(ctx, q, value)
			if huiying.ErrorCode(err) == huiying.NotFound {
				continue // purged in time; the digest stays
			}
			if err != nil {
				return nil, err
			}
			out[value] = text
		}
	}
	return out, nil
}
