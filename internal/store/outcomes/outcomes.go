// Package outcomes reads what the outcomes page needs beside the record of
// cases: titles, how soon alerts were taken on over which channel, which tagged
// posts were noise, and since when figures are computed how. It changes nothing
// but the last.
package outcomes

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"huiying/internal/query"
	"huiying/internal/store"
)

// Titles are the titles of cases, by number.
func Titles(ctx context.Context, q store.Querier, numbers []string) (map[string]string, error) {
	raw, err := json.Marshal(numbers)
	if err != nil {
		return nil, err
	}
	out := make(map[string]string, len(numbers))
	_, err = store.Collect[string](q.QueryContext(ctx, `SELECT no, title FROM cases WHERE no IN (SELECT value FROM json_each($1))`, string(raw)))(
		func(r *sql.Rows) (no string, err error) {
			var title string
			err = r.Scan(&no, &title)
			out[no] = title
			return no, err
		})
	if err != nil {
		return nil, fmt.Errorf("read titles of cases: %w", err)
	}
	return out, nil
}

// Ask narrows what is read of alerts and posts: a half-open period, a unit, a
// level and a platform, each "" for any.
type Ask struct {
	From, To              time.Time
	Unit, Level, Platform string
}

// Told is one alert as one channel carried it to one person.
type Told struct {
	Delivery, CaseNo, Channel string
	RaisedAt, AckedAt         time.Time // AckedAt zero = not taken on over it
}

// Tellings lists the alerts raised in the period as channels took them, the oldest
// first.
func Tellings(ctx context.Context, q store.Querier, a Ask) ([]Told, error) {
	list, err := store.Collect[Told](q.QueryContext(ctx, `
		SELECT d.id, d.case_no, d.channel, a.raised_at, d.acked_at FROM alerts a JOIN deliveries d ON d.alert_id = a.id
		WHERE a.raised_at >= $1 AND a.raised_at < $2 AND a.level <> 'none' AND d.accepted_at > 0
		AND ($3 = '' OR a.unit = $3 OR $3 = '-' AND a.unit = '') AND ($4 = '' OR a.level = $4)
		AND ($5 = '' OR json_extract(a.body, '$.platform') = $5)
		ORDER BY a.raised_at, d.id`, store.Micros(a.From), store.Micros(a.To), a.Unit, a.Level, a.Platform))(
		func(r *sql.Rows) (t Told, err error) {
			var raised, acked int64
			err = r.Scan(&t.Delivery, &t.CaseNo, &t.Channel, &raised, &acked)
			t.RaisedAt, t.AckedAt = store.Time(raised), store.Time(acked)
			return t, err
		})
	if err != nil {
		return nil, fmt.Errorf("read how alerts were taken on: %w", err)
	}
	return list, nil
}

// noisy is the condition that a person said a post was a false alarm: its case
// was dismissed, archived since or not; one without a case was set aside as one,
// and that was not taken back.
const noisy = `(EXISTS (SELECT 1 FROM cases c WHERE c.no = p.case_no AND p.case_no <> '' AND (c.state = 'dismissed' OR c.state = 'archived'
	AND EXISTS (SELECT 1 FROM record r WHERE r.case_no = c.no AND r.action = 'archive' AND r.from_state = 'dismissed')))
	OR p.case_no = '' AND p.id IN (SELECT object FROM access_log WHERE action IN ('aside', 'aside_taken_back') GROUP BY object
		HAVING max(n) = max(CASE WHEN action = 'aside' AND (detail = '` + query.AsideFalseAlarm + `' OR detail LIKE '` + query.AsideFalseAlarm + `: %') THEN n END)))`

const tagged = ` FROM posts p WHERE p.collected_at >= $1 AND p.collected_at < $2 AND p.rule <> '' AND p.level <> 'none'
	AND ($3 = '' OR p.level = $3) AND ($4 = '' OR p.platform = $4)`

// Noise counts the tagged posts of the period and those of them that a person
// called a false alarm.
func Noise(ctx context.Context, q store.Querier, a Ask) (noise, all int, err error) {
	err = q.QueryRowContext(ctx, `SELECT count(*), COUNT(CASE WHEN `+noisy+` THEN 1 END)`+tagged, store.Micros(a.From), store.Micros(a.To), a.Level, a.Platform).Scan(&all, &noise)
	if err != nil {
		return 0, 0, fmt.Errorf("count false alarms: %w", err)
	}
	return noise, all, nil
}

// NoisePosts lists ids of the tagged posts, the newest first: those that were
// noise, or the others.
func NoisePosts(ctx context.Context, q store.Querier, a Ask, page query.BehindPage) ([]string, error) {
	which := noisy
	switch page.Part {
	case query.PartRest:
		which = `NOT ` + noisy
	case query.PartAll:
		which = `1`
	}
	list, err := store.Collect[string](q.QueryContext(ctx, `SELECT p.id`+tagged+` AND `+which+` ORDER BY p.n DESC LIMIT $5 OFFSET $6`,
		store.Micros(a.From), store.Micros(a.To), a.Level, a.Platform, page.Limit, page.Skip))(
		func(r *sql.Rows) (id string, err error) { return id, r.Scan(&id) })
	if err != nil {
		return nil, fmt.Errorf("list false alarms: %w", err)
	}
	return list, nil
}

// Editions lists since when figures are computed how, the oldest first.
func Editions(ctx context.Context, q store.Querier) ([]query.Edition, error) {
	list, err := store.Collect[query.Edition](q.QueryContext(ctx, `SELECT at, formulas, calendar FROM measure_editions ORDER BY at`))(
		func(r *sql.Rows) (e query.Edition, err error) {
			var at int64
			err = r.Scan(&at, &e.Formulas, &e.Calendar)
			e.At = store.Time(at)
			return e, err
		})
	if err != nil {
		return nil, fmt.Errorf("read editions of figures: %w", err)
	}
	return list, nil
}

// NoteEdition keeps an edition that is another than the last.
func NoteEdition(ctx context.Context, s *store.Store, e query.Edition) error {
	return s.Write(ctx, store.Bulk, func(ctx context.Context, tx *store.Tx) error {
		var last query.Edition
		err := tx.QueryRowContext(ctx, `SELECT formulas, calendar FROM measure_editions ORDER BY at DESC LIMIT 1`).Scan(&last.Formulas, &last.Calendar)
		if err != nil && !errors.Is(err, sql.ErrNoRows) {
			return fmt.Errorf("read the last edition of figures: %w", err)
		}
		if err == nil && last == e {
			return nil
		}
		_, err = tx.ExecContext(ctx, `INSERT INTO measure_editions (at, formulas, calendar) VALUES ($1, $2, $3)`, store.Micros(tx.Now()), e.Formulas, e.Calendar)
		if err != nil {
			return fmt.Errorf("note an edition of figures: %w", err)
		}
		return nil
	})
}
