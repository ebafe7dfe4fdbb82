package views

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"time"

	"huiying"
	"huiying/internal/query"
	"huiying/internal/store"
	"huiying/internal/store/cases"
	"huiying/internal/store/search"
)

// span is how far back the response figures look.
const span = 30 * 24 * time.Hour

// longest is how far back figures look at most: a month, and the one before it.
const longest = 2 * 31 * 24 * time.Hour

// mostSlots is how many counted spans of time are remembered.
const mostSlots = 1000

// Overview reads the figures of the first page for a scope.
func (v *Views) Overview(ctx context.Context, scope query.Scope) (query.Overview, error) {
	o, err := v.counted(ctx)
	if err != nil {
		return o, err
	}
	now := v.store.Now()
	err = v.store.Snapshot(ctx, func(ctx context.Context, q store.Querier) error {
		for _, part := range []func(context.Context, store.Querier, query.Scope, time.Time, *query.Overview) error{
			v.urgent, v.waiting, v.pending, v.response,
		} {
			if err := part(ctx, q, scope, now, &o); err != nil {
				return err
			}
		}
		return nil
	})
	return o, err
}

// counted counts posts, which take longest and of which nobody misses the last
// moment's.
func (v *Views) counted(ctx context.Context) (query.Overview, error) {
	find := func() (o query.Overview, err error) {
		err = v.store.Snapshot(ctx, func(ctx context.Context, q store.Querier) error { return v.volume(ctx, q, v.store.Now(), &o) })
		return o, err
	}
	if !v.eased {
		return find()
	}
	return v.counts.Get(struct{}{}, find)
}

// volume counts posts: today, yesterday up to now, and by hour.
func (v *Views) volume(ctx context.Context, q store.Querier, now time.Time, o *query.Overview) error {
	var newest int64
	err := q.QueryRowContext(ctx, `SELECT coalesce(max(collected_at), 0) FROM posts`).Scan(&newest)
	if err != nil {
		return fmt.Errorf("find the newest post: %w", err)
	}
	o.DataAt = store.Time(newest)
	day := startOfDay(now.In(v.store.Zone()))
	yesterday := day.AddDate(0, 0, -1)
	if o.PostsToday, err = v.between(ctx, q, day, now.Add(time.Minute), now); err != nil {
		return err
	}
	if o.PostsBefore, err = v.between(ctx, q, yesterday, yesterday.Add(now.Sub(day)), now); err != nil {
		return err
	}
	first := now.Truncate(time.Hour).Add(-(hoursShown - 1) * time.Hour)
	for h := range hoursShown {
		from := first.Add(time.Duration(h) * time.Hour)
		counted, err := v.remembered(ctx, q, slot{from, time.Hour}, now)
		if err != nil {
			return err
		}
		o.Hours = append(o.Hours, query.Hour{From: from, Count: counted})
	}
	return nil
}

// between counts the posts collected in [from, to): whole hours and minutes as
// they are remembered, what sticks out at the end anew.
func (v *Views) between(ctx context.Context, q store.Querier, from, to, now time.Time) (n int, err error) {
	for at := from; at.Before(to); {
		width := time.Hour
		if !at.Equal(at.Truncate(time.Hour)) || at.Add(time.Hour).After(to) {
			width = time.Minute
		}
		end := at.Truncate(width).Add(width)
		var counted map[huiying.Level]int
		if end.After(to) || !at.Equal(at.Truncate(width)) {
			if to.Before(end) {
				end = to
			}
			counted, err = byLevel(ctx, q, at, end)
		} else {
			counted, err = v.remembered(ctx, q, slot{at, width}, now)
		}
		if err != nil {
			return 0, err
		}
		for _, k := range counted {
			n += k
		}
		at = end
	}
	return n, nil
}

func startOfDay(t time.Time) time.Time {
	y, m, d := t.Date()
	return time.Date(y, m, d, 0, 0, 0, 0, t.Location())
}

// slot is a span of time that was counted.
type slot struct {
	from  time.Time
	width time.Duration
}

func (v *Views) byMinute(ctx context.Context, q store.Querier, s slot, now time.Time) (map[huiying.Level]int, error) {
	out, to := map[huiying.Level]int{}, s.from.Add(s.width)
	for at := s.from; at.Before(to); {
		one := slot{at, time.Minute}
		if at.After(now) { // what is dated ahead of the clock
			one.width = to.Sub(at)
		}
		counted, err := v.remembered(ctx, q, one, now)
		if err != nil {
			return nil, err
		}
		for level, n := range counted {
			out[level] += n
		}
		at = at.Add(one.width)
	}
	return out, nil
}

// minutely reports that a slot is the present hour or the one before it: so many
// posts may come in an hour that minutes are added up.
func (s slot) minutely(now time.Time) bool {
	return s.width == time.Hour && now.Sub(s.from) < 2*time.Hour && s.from.Before(now)
}

// remembered counts a slot's posts by level; one that has ended is not counted again for a while.
// The longer ago it is, the less it still changes; keeping it longer also spreads
// the counting.
func (v *Views) remembered(ctx context.Context, q store.Querier, s slot, now time.Time) (counted map[huiying.Level]int, err error) {
	end := s.from.Add(s.width)
	v.mu.Lock()
	kept, ok := v.slots[s]
	v.mu.Unlock()
	if ok && kept.at.After(end) && now.Sub(kept.at) < max(s.width/6, now.Sub(end)/4) {
		return kept.count, nil
	}
	if s.minutely(now) {
		counted, err = v.byMinute(ctx, q, s, now)
	} else {
		counted, err = byLevel(ctx, q, s.from, end)
	}
	if err != nil {
		return nil, err
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	if len(v.slots) > mostSlots {
		clear(v.slots)
	}
	v.slots[s] = countedSlot{count: counted, at: now}
	return counted, nil
}

// byLevel counts the posts collected in [from, to) by level.
func byLevel(ctx context.Context, q store.Querier, from, to time.Time) (map[huiying.Level]int, error) {
	type level struct {
		level huiying.Level
		n     int
	}
	rows, err := store.Collect[level](q.QueryContext(ctx,
		`SELECT level, count(*) FROM posts WHERE collected_at >= $1 AND collected_at < $2 GROUP BY level`, store.Micros(from), store.Micros(to)))(
		func(r *sql.Rows) (l level, err error) { return l, r.Scan(&l.level, &l.n) })
	if err != nil {
		return nil, fmt.Errorf("count posts by level: %w", err)
	}
	counted := make(map[huiying.Level]int, len(rows))
	for _, r := range rows {
		counted[r.level] = r.n
	}
	return counted, nil
}

// urgent counts today's red and orange alerts and those nobody acknowledged.
func (v *Views) urgent(ctx context.Context, q store.Querier, scope query.Scope, now time.Time, o *query.Overview) error {
	day := startOfDay(now.In(v.store.Zone()))
	f, err := v.raised(ctx, q, raisingKey{scope, store.Micros(day), 0})
	o.Urgent, o.UrgentOpen = f.Urgent, f.UrgentOpen
	return err
}

// raisingKey is a scope and a period whose alerts are counted.
type raisingKey struct {
	scope    query.Scope
	from, to int64 // microseconds; to 0 = until now
}

// raised counts the red and orange alerts of a period.
func (v *Views) raised(ctx context.Context, q store.Querier, key raisingKey) (query.Figures, error) {
	return v.raisings.Get(ctx, key, func() (query.Figures, error) { return raised(ctx, q, key) })
}

func raised(ctx context.Context, q store.Querier, key raisingKey) (f query.Figures, err error) {
	c := alertConditions(query.AlertFilter{Scope: key.scope, From: store.Time(key.from), Levels: []huiying.Level{huiying.LevelRed, huiying.LevelOrange}})
	if key.to > 0 {
		c.add("a.raised_at < ?", key.to)
	}
	open := `count(CASE WHEN NOT ` + acked + ` THEN 1 END)`
	if key.to > 0 {
		open = `0` // of a time that is over nobody is told
	}
	err = q.QueryRowContext(ctx, `SELECT count(*), `+open+` FROM alerts a WHERE `+c.where(), c.args...).Scan(&f.Urgent, &f.UrgentOpen)
	if err != nil {
		return f, fmt.Errorf("count alerts: %w", err)
	}
	return f, nil
}

// Figures are the numbers of [from, to); to zero = until now. What they count is
// what the lists of alerts and cases hold since from.
func (v *Views) Figures(ctx context.Context, scope query.Scope, from, to time.Time) (f query.Figures, err error) {
	err = v.store.Snapshot(ctx, func(ctx context.Context, q store.Querier) error {
		if f, err = v.raised(ctx, q, raisingKey{scope, store.Micros(from), store.Micros(to)}); err != nil {
			return err
		}
		return v.respond(ctx, q, query.CaseFilter{Scope: scope, Answered: from}, to, &f)
	})
	return f, err
}

// Warm reads once what the figures of every period are made of: who opens the
// first page after a start is not to wait until thousands of cases are decoded.
// What cannot be read is said by the page that asks.
func (v *Views) Warm(ctx context.Context) error {
	_, _ = v.Figures(ctx, query.Scope{All: true}, v.store.Now().Add(-longest), time.Time{})
	return nil
}

// waiting counts what is to be triaged.
func (v *Views) waiting(ctx context.Context, q store.Querier, _ query.Scope, _ time.Time, o *query.Overview) error {
	var cases, tagged int
	var oldestCase, oldestPost int64
	err := q.QueryRowContext(ctx, `SELECT count(*), coalesce(min(opened_at), 0) FROM cases WHERE state = 'pending_triage'`).
		Scan(&cases, &oldestCase)
	if err == nil {
		err = q.QueryRowContext(ctx, `
			SELECT count(*), coalesce(min(first_seen_at), 0) FROM posts WHERE rule <> '' AND level <> 'none' AND case_no = '' AND triaged = 0 AND held = 0 AND withdrawn = 0`).
			Scan(&tagged, &oldestPost)
	}
	if err != nil {
		return fmt.Errorf("count the inbox: %w", err)
	}
	o.Waiting = cases + tagged
	o.OldestWaiting = store.Time(earlier(oldestCase, oldestPost))
	return nil
}

// earlier is the smaller of two times, 0 meaning none.
func earlier(a, b int64) int64 {
	if a == 0 || (b > 0 && b < a) {
		return b
	}
	return a
}

// pending looks at the clocks of open cases.
func (v *Views) pending(ctx context.Context, q store.Querier, scope query.Scope, now time.Time, o *query.Overview) error {
	list, err := v.pressing(ctx, q, query.CaseFilter{Scope: scope, Clock: query.ClockOverdue, Limit: maxLimit}, search.Query{})
	if err != nil {
		return err
	}
	o.Overdue = list.Total
	for i, c := range list.Rows {
		if k, _ := query.Pressing(c); i == 0 {
			o.LongestOverdue = k.DueAt
		}
		if !c.Answered() && slices.ContainsFunc(c.Clocks, func(k huiying.Clock) bool {
			return isResponse(k) && k.MetAt.IsZero() && !k.DueAt.After(now)
		}) {
			o.OverdueOpen++
		}
	}
	return nil
}

// response measures the answers of the last 30 days.
func (v *Views) response(ctx context.Context, q store.Querier, scope query.Scope, now time.Time, o *query.Overview) error {
	var f query.Figures
	err := v.respond(ctx, q, query.CaseFilter{Scope: scope, Answered: now.Add(-span)}, time.Time{}, &f)
	o.Answered, o.Responded, o.FirstResponse, o.OnTime = f.Answered, f.Answered, f.FirstResponse, f.OnTime
	return err
}

// respond measures the answers of cases until to (zero = now): how long the
// first one took from the first sighting, and how many were in time. An answer
// is the lead unit's, whoever assisted.
func (v *Views) respond(ctx context.Context, q store.Querier, cases query.CaseFilter, to time.Time, f *query.Figures) error {
	c := caseConditions(cases, search.Query{})
	if !to.IsZero() {
		c.add("responded_at < ?", store.Micros(to))
	}
	type row struct {
		no      string
		version int
	}
	rows, err := store.Collect[row](q.QueryContext(ctx, `SELECT no, version FROM cases WHERE `+c.where(), c.args...))(
		func(r *sql.Rows) (x row, err error) { return x, r.Scan(&x.no, &x.version) })
	if err != nil {
		return fmt.Errorf("list answered cases: %w", err)
	}
	took := make([]time.Duration, 0, len(rows))
	for _, r := range rows {
		a, err := v.answer(ctx, q, r.no, r.version)
		if err != nil {
			return err
		}
		took = append(took, a.took)
		if !a.missed {
			f.OnTime++
		}
	}
	f.Answered, f.FirstResponse = len(took), median(took)
	return nil
}

// answer reads what the figures need of a case, once for each version of it.
func (v *Views) answer(ctx context.Context, q store.Querier, no string, version int) (answered, error) {
	v.mu.Lock()
	a, known := v.answers[no]
	v.mu.Unlock()
	if known && a.version == version {
		return a, nil
	}
	c, err := cases.Get(ctx, q, no)
	if err != nil {
		return a, err
	}
	a = answered{version: c.Version, took: c.RespondedAt.Sub(c.FirstSeenAt), missed: responseMissed(c)}
	v.mu.Lock()
	defer v.mu.Unlock()
	if len(v.answers) > 10*query.Cap {
		clear(v.answers)
	}
	v.answers[no] = a
	return a, nil
}

// isResponse tells the clocks of an answer from those of an acknowledgement:
// the former count from the first sighting.
func isResponse(k huiying.Clock) bool { return len(k.Preset) < 6 || k.Preset[:6] != "yq.ack" }

func responseMissed(c huiying.Case) bool {
	return slices.ContainsFunc(c.Clocks, func(k huiying.Clock) bool {
		return isResponse(k) && (!k.BreachedAt.IsZero() || k.MetAt.After(k.DueAt))
	})
}

func median(list []time.Duration) time.Duration {
	if len(list) == 0 {
		return 0
	}
	slices.Sort(list)
	mid := len(list) / 2
	if len(list)%2 == 1 {
		return list[mid]
	}
	return (list[mid-1] + list[mid]) / 2
}
