package views

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"time"

	"huiying"
	"huiying/internal/query"
	"huiying/internal/store"
	"huiying/internal/store/outbox"
	"huiying/internal/store/routes"
)

// acked is the condition that somebody has taken the alert on: the case was
// acknowledged, or, without a case, one of its deliveries was.
const acked = `(EXISTS (SELECT 1 FROM cases c WHERE c.no = a.case_no AND (c.acked_at > 0 OR c.responded_at > 0 OR c.closed_at > 0))
	OR EXISTS (SELECT 1 FROM deliveries k WHERE k.alert_id = a.id AND k.acked_at > 0))`

// Alerts lists alerts, the newest first.
func (v *Views) Alerts(ctx context.Context, f query.AlertFilter) (list query.AlertList, err error) {
	err = v.store.Snapshot(ctx, func(ctx context.Context, q store.Querier) error {
		list, err = v.alertList(ctx, q, f)
		return err
	})
	return list, err
}

func (v *Views) alertList(ctx context.Context, q store.Querier, f query.AlertFilter) (list query.AlertList, err error) {
	c := alertConditions(f)
	if list.Total, err = count(ctx, q, "alerts a", c); err != nil {
		return list, fmt.Errorf("count alerts: %w", err)
	}
	if at := store.Micros(f.Before); !f.Before.IsZero() && f.After == "" {
		c.add("a.raised_at < ?", at)
	} else if !f.Before.IsZero() {
		c.add("a.raised_at <= ?", at)
		c.args = append(c.args, f.After)
		c.add(fmt.Sprintf("(a.raised_at < ? OR a.id > $%d)", len(c.args)), at)
	}
	limit := clamp(f.Limit)
	c.args = append(c.args, limit+1)
	alerts, err := store.Collect[huiying.Alert](q.QueryContext(ctx,
		fmt.Sprintf(`SELECT a.body FROM alerts a WHERE %s ORDER BY a.raised_at DESC, a.id LIMIT $%d`, c.where(), len(c.args)), c.args...))(
		func(r *sql.Rows) (a huiying.Alert, err error) {
			var body string
			if err := r.Scan(&body); err != nil {
				return a, err
			}
			return a, json.Unmarshal([]byte(body), &a)
		})
	if err != nil {
		return list, fmt.Errorf("list alerts: %w", err)
	}
	if len(alerts) > limit {
		alerts = alerts[:limit]
		list.Next, list.NextID = alerts[limit-1].RaisedAt, alerts[limit-1].ID
	}
	list.Rows, err = v.alertRows(ctx, q, alerts, f.Reader)
	return list, err
}

func alertConditions(f query.AlertFilter) (c conditions) {
	if !f.Scope.All {
		c.add(`(a.unit = ? AND a.unit <> '' OR EXISTS (SELECT 1 FROM cases c WHERE c.no = a.case_no AND `+ofUnit("c")+`))`, f.Scope.Unit)
	}
	if f.ID != "" {
		c.add("a.id = ?", f.ID)
	}
	c.in("a.level", levels(f.Levels))
	c.plain("a.level <> 'none'") // notices that nobody has to answer
	if f.Unit != "" {
		c.add("a.unit = ?", f.Unit)
	}
	if f.CaseNo != "" {
		c.add("a.case_no = ?", f.CaseNo)
	}
	if f.Person != "" {
		c.add("EXISTS (SELECT 1 FROM deliveries k WHERE k.alert_id = a.id AND k.person = ?)", f.Person)
	}
	if f.Unread {
		c.plain("NOT " + acked)
	}
	if !f.From.IsZero() {
		c.add("a.raised_at >= ?", store.Micros(f.From))
	}
	return c
}

// alertRows reads what lists show of alerts, to a reader.
func (v *Views) alertRows(ctx context.Context, q store.Querier, alerts []huiying.Alert, reader string) ([]query.AlertRow, error) {
	var ids, posts, cases []string
	for _, a := range alerts {
		ids, posts = append(ids, a.ID), append(posts, a.PostID)
		if a.CaseNo != "" {
			cases = append(cases, a.CaseNo)
		}
	}
	deliveries, err := outbox.OfAlerts(ctx, q, ids)
	if err != nil {
		return nil, err
	}
	heads, err := v.caseHeads(ctx, q, cases)
	if err != nil {
		return nil, err
	}
	tellings, err := routes.TellingsOf(ctx, q, ids)
	if err != nil {
		return nil, err
	}
	found, err := v.postsByID(ctx, q, posts)
	if err != nil {
		return nil, err
	}
	var reminders map[string]time.Time
	if reader != "" {
		if reminders, err = routes.Reminders(ctx, q, ids, reader); err != nil {
			return nil, err
		}
	}
	rows := make([]query.AlertRow, len(alerts))
	for i, a := range alerts {
		rows[i] = query.AlertRow{Alert: a, Deliveries: deliveries[a.ID], Tellings: tellings[a.ID], Post: found[a.PostID], RemindAt: reminders[a.ID]}
		taken(&rows[i], heads[a.CaseNo])
	}
	return rows, nil
}

// taken says who took an alert on first: of its deliveries, or, with a case, the
// case's owner.
func taken(row *query.AlertRow, c huiying.Case) {
	for _, d := range row.Deliveries {
		if !d.AckedAt.IsZero() && (row.AckedAt.IsZero() || d.AckedAt.Before(row.AckedAt)) {
			row.AckedAt, row.AckedBy = d.AckedAt, d.Person
		}
	}
	row.CaseState = c.State
	if !c.AckedAt.IsZero() {
		row.AckedAt, row.AckedBy = c.AckedAt, c.Owner
	}
}

// caseHeads reads cases by number.
func (v *Views) caseHeads(ctx context.Context, q store.Querier, numbers []string) (map[string]huiying.Case, error) {
	out := make(map[string]huiying.Case, len(numbers))
	if len(numbers) == 0 {
		return out, nil
	}
	var c conditions
	c.in("no", numbers)
	list, err := v.decoded(ctx, q, c, "")
	if err != nil {
		return nil, fmt.Errorf("read cases of alerts: %w", err)
	}
	for _, one := range list {
		out[one.No] = *one
	}
	return out, nil
}
