package app

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"

	"huiying"
	"huiying/internal/drill"
	"huiying/internal/store"
	"huiying/internal/store/cases"
)

// truth answers the drill from SQL: what the service has stored.
type truth struct{ store *store.Store }

func (t truth) Archived(ctx context.Context) ([]drill.Archived, error) {
	return store.Collect[drill.Archived](t.store.Reader().QueryContext(ctx, `SELECT level, rule, judgement FROM posts ORDER BY n`))(
		func(rows *sql.Rows) (drill.Archived, error) {
			var level, rule, raw string
			if err := rows.Scan(&level, &rule, &raw); err != nil {
				return drill.Archived{}, err
			}
			var j huiying.Judgement
			if err := json.Unmarshal([]byte(raw), &j); err != nil {
				return drill.Archived{}, fmt.Errorf("decode judgement: %w", err)
			}
			if rule == "" {
				rule = huiying.Untagged
			}
			return drill.Archived{
				ID: j.Post.ID, Edited: j.Post.Edited, Deleted: j.Post.Deleted, Answers: len(j.Post.Answers),
				Level: huiying.Level(level), Rule: rule,
			}, nil
		})
}

func (t truth) Alerts(ctx context.Context) ([]huiying.Alert, error) {
	return store.Collect[huiying.Alert](t.store.Reader().QueryContext(ctx, `SELECT body FROM alerts ORDER BY raised_at, id`))(
		func(rows *sql.Rows) (a huiying.Alert, err error) {
			var raw string
			if err := rows.Scan(&raw); err != nil {
				return a, err
			}
			return a, json.Unmarshal([]byte(raw), &a)
		})
}

func (t truth) Deliveries(ctx context.Context) ([]huiying.Delivery, error) {
	return store.Collect[huiying.Delivery](t.store.Reader().QueryContext(ctx, `
		SELECT d.id, d.person, d.unit, d.channel, d.state, d.attempts, d.created_at, d.accepted_at, d.acked_at, a.body
		FROM deliveries d JOIN alerts a ON a.id = d.alert_id ORDER BY d.created_at, d.id`))(
		func(rows *sql.Rows) (d huiying.Delivery, err error) {
			var created, accepted, acked int64
			var raw string
			if err := rows.Scan(&d.ID, &d.Person, &d.Unit, &d.Channel, &d.State, &d.Attempts, &created, &accepted, &acked, &raw); err != nil {
				return d, err
			}
			d.CreatedAt, d.AcceptedAt, d.AckedAt = store.Time(created), store.Time(accepted), store.Time(acked)
			return d, json.Unmarshal([]byte(raw), &d.Alert)
		})
}

func (t truth) Totals(ctx context.Context) (drill.Totals, error) {
	q := t.store.Reader()
	var out drill.Totals
	err := q.QueryRowContext(ctx, `SELECT
		(SELECT count(*) FROM post_revisions),
		(SELECT count(*) FROM alerts a WHERE
			EXISTS (SELECT 1 FROM deliveries d WHERE d.alert_id = a.id AND d.acked_at > 0) OR
			EXISTS (SELECT 1 FROM record r WHERE r.case_no = a.case_no AND r.action = 'ack'))`).Scan(&out.Events, &out.Acknowledged)
	if err != nil {
		return out, fmt.Errorf("count events: %w", err)
	}
	if out.Cases, err = cases.CountByState(ctx, q); err != nil {
		return out, err
	}
	out.OpenTopics, err = store.Collect[string](q.QueryContext(ctx, `SELECT topic, state FROM cases`))(
		func(rows *sql.Rows) (string, error) {
			var topic string
			var state huiying.CaseState
			err := rows.Scan(&topic, &state)
			if !state.Open() {
				topic = ""
			}
			return topic, err
		})
	out.OpenTopics = dropEmpty(out.OpenTopics)
	return out, err
}

func dropEmpty(list []string) []string {
	var out []string
	for _, s := range list {
		if s != "" {
			out = append(out, s)
		}
	}
	return out
}
