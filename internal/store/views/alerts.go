package views

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"

	"huiying"
	"huiying/internal/query"
	"huiying/internal/store"
	"huiying/internal/store/routes"
)

// acked is the condition that somebody has taken the alert on: the case was
// acknowledged, or, without a case, one of its deliveries was.
const acked = `(EXISTS (SELECT 1 FROM cases c WHERE c.no = a.case_no AND (c.acked_at > 0 OR c.responded_at > 0 OR c.closed_at > 0))
	OR EXISTS (SELECT 1 FROM deliveries k WHERE k.alert_id = a.id AND k.acked_at > 0))`

// Alerts lists alerts, the newest first.
func (v *Views) Alerts(ctx context.Context, f query.AlertFilter) (list query.AlertList, err error) {
	err = v.store.Snapshot(ctx, func(ctx context.Context, q store.Querier) error {
		list, err = alertList(ctx, q, f)
		return err
	})
	return list, err
}

func alertList(ctx context.Context, q store.Querier, f query.AlertFilter) (list query.AlertList, err error) {
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
	for _, a := range alerts {
		row, err := alertRow(ctx, q, a)
		if err == nil && f.Reader != "" {
			row.RemindAt, err = routes.RemindedAt(ctx, q, a.ID, f.Reader)
		}
		if err != nil {
			return list, err
		}
		list.Rows = append(list.Rows, row)
	}
	return list, nil
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

func alertRow(ctx context.Context, q store.Querier, a huiying.Alert) (row query.AlertRow, err error) {
	row.Alert = a
	if row.Deliveries, err = deliveries(ctx, q, "d.alert_id = $1", a.ID); err != nil {
		return row, err
	}
	for _, d := range row.Deliveries {
		if !d.AckedAt.IsZero() && (row.AckedAt.IsZero() || d.AckedAt.Before(row.AckedAt)) {
			row.AckedAt, row.AckedBy = d.AckedAt, d.Person
		}
	}
	if a.CaseNo != "" {
		page, err := caseHead(ctx, q, a.CaseNo)
		if err != nil {
			return row, err
		}
		row.CaseState = page.State
		if !page.AckedAt.IsZero() {
			row.AckedAt, row.AckedBy = page.AckedAt, page.Owner
		}
	}
	routing, err := routes.Of(ctx, q, a.ID)
	if err != nil && huiying.ErrorCode(err) != huiying.NotFound { // an alert from before tellings were kept
		return row, err
	}
	row.Tellings = routing.Tellings
	found, err := postsByID(ctx, q, []string{a.PostID})
	row.Post = found[a.PostID]
	return row, err
}

func caseHead(ctx context.Context, q store.Querier, no string) (huiying.Case, error) {
	list, err := store.Collect[huiying.Case](q.QueryContext(ctx, `SELECT body FROM cases WHERE no = $1`, no))(scanCase)
	if err != nil || len(list) == 0 {
		return huiying.Case{}, err
	}
	return list[0], nil
}
