// Package routes keeps what was decided about telling alerts, the silences
// that people make, and what is told again until somebody answers. It decides
// nothing, and deletes nothing: a silence that is ended early says by whom.
package routes

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"huiying"
	"huiying/internal/query"
	"huiying/internal/store"
)

// Save keeps what was decided about an alert; what is kept already stays.
func Save(ctx context.Context, tx *store.Tx, f huiying.AlertFacts, tellings []huiying.Telling) error {
	facts, err := json.Marshal(f)
	if err != nil {
		return fmt.Errorf("encode facts of alert %s: %w", f.Alert, err)
	}
	told, err := json.Marshal(tellings)
	if err != nil {
		return fmt.Errorf("encode tellings of alert %s: %w", f.Alert, err)
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO alert_routes (alert_id, at, facts, tellings) VALUES ($1, $2, $3, $4)
		ON CONFLICT (alert_id) DO NOTHING`, f.Alert, store.Micros(f.At), string(facts), string(told))
	if err != nil {
		return fmt.Errorf("keep tellings of alert %s: %w", f.Alert, err)
	}
	return nil
}

// Add puts more beside what was decided about an alert; nothing that is kept
// changes.
func Add(ctx context.Context, tx *store.Tx, a huiying.Alert, more []huiying.Telling) error {
	kept, err := Of(ctx, tx, a.ID)
	if huiying.ErrorCode(err) == huiying.NotFound { // an alert from before tellings were kept
		return Save(ctx, tx, huiying.AlertFacts{
			Alert: a.ID, Post: a.PostID, Case: a.CaseNo, Topic: a.Topic, Kind: huiying.AlertGiven, Level: a.Level, Unit: a.Unit, Rule: a.Rule, At: a.RaisedAt,
		}, more)
	}
	if err != nil {
		return err
	}
	told, err := json.Marshal(append(kept.Tellings, more...))
	if err != nil {
		return fmt.Errorf("encode tellings of alert %s: %w", a.ID, err)
	}
	if _, err := tx.ExecContext(ctx, `UPDATE alert_routes SET tellings = $2 WHERE alert_id = $1`, a.ID, string(told)); err != nil {
		return fmt.Errorf("keep tellings of alert %s: %w", a.ID, err)
	}
	return nil
}

// Of reads what was decided about an alert; huiying.NotFound when nothing is
// kept of it.
func Of(ctx context.Context, q store.Querier, alert string) (r query.Routing, err error) {
	var facts, tellings string
	err = q.QueryRowContext(ctx, `SELECT facts, tellings FROM alert_routes WHERE alert_id = $1`, alert).Scan(&facts, &tellings)
	if errors.Is(err, sql.ErrNoRows) {
		return r, huiying.Errorf(huiying.NotFound, "route.no_alert", alert)
	}
	if err != nil {
		return r, fmt.Errorf("read tellings of alert %s: %w", alert, err)
	}
	if err := json.Unmarshal([]byte(facts), &r.Facts); err != nil {
		return r, fmt.Errorf("decode facts of alert %s: %w", alert, err)
	}
	return r, json.Unmarshal([]byte(tellings), &r.Tellings)
}

// TellingsOf reads who was to be told of alerts, by alert; nothing of alerts from
// before that was kept.
func TellingsOf(ctx context.Context, q store.Querier, alerts []string) (map[string][]huiying.Telling, error) {
	ids, err := json.Marshal(alerts)
	if err != nil {
		return nil, fmt.Errorf("encode alerts: %w", err)
	}
	out := make(map[string][]huiying.Telling, len(alerts))
	_, err = store.Collect[string](q.QueryContext(ctx, `SELECT alert_id, tellings FROM alert_routes WHERE alert_id IN (SELECT value FROM json_each($1))`, string(ids)))(
		func(r *sql.Rows) (id string, err error) {
			var body string
			var told []huiying.Telling
			if err = r.Scan(&id, &body); err == nil {
				err = json.Unmarshal([]byte(body), &told)
			}
			out[id] = told
			return id, err
		})
	if err != nil {
		return nil, fmt.Errorf("read tellings of alerts: %w", err)
	}
	return out, nil
}

// most bounds how many earlier tellings are looked at.
const most = 500

// WhoWasTold lists who was told of earlier alerts of the same matter, the newest
// first.
func WhoWasTold(ctx context.Context, q store.Querier, m huiying.SameMatter) ([]huiying.Told, error) {
	list, err := store.Collect[huiying.Told](q.QueryContext(ctx, `
		SELECT r.facts, d.person, d.channel FROM alerts a
		JOIN alert_routes r ON r.alert_id = a.id
		JOIN deliveries d ON d.alert_id = a.id AND d.state <> 'dead'
		WHERE a.raised_at >= $1 AND ($2 = '' OR a.topic = $2) AND ($3 = '' OR a.case_no = $3) AND ($4 = '' OR a.unit = $4)
		ORDER BY a.raised_at DESC LIMIT $5`,
		store.Micros(m.Since), m.Topic, m.Case, m.Unit, most))(func(r *sql.Rows) (t huiying.Told, err error) {
		var facts string
		if err := r.Scan(&facts, &t.Person, &t.Channel); err != nil {
			return t, err
		}
		return t, json.Unmarshal([]byte(facts), &t.Facts)
	})
	if err != nil {
		return nil, fmt.Errorf("look for who was told: %w", err)
	}
	return list, nil
}

// Between calls each with every alert raised in a span, the oldest first, and
// with the judgement of its post as far as it is kept.
func Between(ctx context.Context, q store.Querier, from, to time.Time, each func(huiying.Alert, huiying.Judgement) error) (failed error) {
	rows, err := q.QueryContext(ctx, `SELECT a.body, coalesce(p.judgement, '') FROM alerts a LEFT JOIN posts p ON p.id = a.post_id
		WHERE a.raised_at >= $1 AND a.raised_at < $2 AND a.post_id <> '' ORDER BY a.raised_at, a.id`, store.Micros(from), store.Micros(to))
	if err != nil {
		return fmt.Errorf("read alerts: %w", err)
	}
	defer func() { failed = errors.Join(failed, rows.Close()) }()
	for rows.Next() {
		var body, judged string
		if err := rows.Scan(&body, &judged); err != nil {
			return fmt.Errorf("read alerts: %w", err)
		}
		var a huiying.Alert
		var j huiying.Judgement
		if err := json.Unmarshal([]byte(body), &a); err != nil {
			return fmt.Errorf("decode alert: %w", err)
		}
		if judged != "" {
			if err := json.Unmarshal([]byte(judged), &j); err != nil {
				return fmt.Errorf("decode judgement of %s: %w", a.PostID, err)
			}
		}
		if err := each(a, j); err != nil {
			return err
		}
	}
	return rows.Err()
}

// Decided is one alert with what was decided about it, and whether its case is
// open.
type Decided struct {
	query.Routing
	Open bool
}

// Decisions calls each with what was decided about every alert raised since, the
// oldest first. Alerts from before their source was kept have that of their post.
func Decisions(ctx context.Context, q store.Querier, since time.Time, each func(Decided)) (failed error) {
	rows, err := q.QueryContext(ctx, `SELECT r.facts, r.tellings, coalesce(c.open_key IS NOT NULL, 0), coalesce(p.source, '') FROM alert_routes r
		JOIN alerts a ON a.id = r.alert_id LEFT JOIN cases c ON c.no = a.case_no LEFT JOIN posts p ON p.id = a.post_id
		WHERE a.raised_at >= $1 ORDER BY a.raised_at, a.id`, store.Micros(since))
	if err != nil {
		return fmt.Errorf("read tellings: %w", err)
	}
	defer func() { failed = errors.Join(failed, rows.Close()) }()
	for rows.Next() {
		var facts, tellings, source string
		var d Decided
		if err := rows.Scan(&facts, &tellings, &d.Open, &source); err != nil {
			return fmt.Errorf("read tellings: %w", err)
		}
		if err := json.Unmarshal([]byte(facts), &d.Facts); err != nil {
			return fmt.Errorf("decode facts of an alert: %w", err)
		}
		if err := json.Unmarshal([]byte(tellings), &d.Tellings); err != nil {
			return fmt.Errorf("decode tellings of an alert: %w", err)
		}
		d.Facts.Source = cmp.Or(d.Facts.Source, source)
		each(d)
	}
	return rows.Err()
}
