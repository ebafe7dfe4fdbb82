// Package heat keeps what posts are about by service item and place, and counts
// them by day: once a post, by its newest revision. It knows no catalogue and no
// table of places: which unit an item is of and where a village lies is for
// whoever asks.
package heat

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"huiying"
	"huiying/internal/query"
	"huiying/internal/store"
	"huiying/internal/store/byhand"
)

// system is the platform of what the service found by itself, which is nobody's
// voice.
const system = "system"

// About is what a post is about.
type About struct {
	Platform string
	Items    []string // codes, in order
	Places   []string // names, in order
}

// Day is how many posts of a day are about the same.
type Day struct {
	About
	Day   int // in the office's zone: 20261129
	Posts int
}

// DayOf is the day of a time in a zone, as days are counted here.
func DayOf(t time.Time, zone *time.Location) int {
	y, m, d := t.In(zone).Date()
	return (y*100+int(m))*100 + d
}

func joined(words []string) string {
	words = slices.Clone(words)
	slices.Sort(words)
	return strings.Join(slices.Compact(words), "\n")
}

func parted(text string) []string {
	if text == "" {
		return nil
	}
	return strings.Split(text, "\n")
}

// Keep counts a post as its row now stands, judged like this, at the place that a
// person put it at; called in the transaction that writes either.
func Keep(ctx context.Context, tx *store.Tx, j huiying.Judgement) error {
	id, items, places := j.Post.ID, joined(j.ServiceItems), joined(j.Places)
	var n, seen int64
	var out bool
	err := tx.QueryRowContext(ctx, `SELECT n, first_seen_at, held = 1 OR withdrawn = 1 FROM posts WHERE id = $1`, id).Scan(&n, &seen, &out)
	if err == nil && (out || j.Post.Platform == system || items == "" && places == "") {
		_, err = tx.ExecContext(ctx, `DELETE FROM post_heat WHERE n = $1`, n)
	} else if err == nil {
		_, err = tx.ExecContext(ctx, insert+`
			ON CONFLICT (n) DO UPDATE SET day = excluded.day, platform = excluded.platform, items = excluded.items, places = excluded.places
			WHERE (post_heat.day, post_heat.platform, post_heat.items, post_heat.places) <> (excluded.day, excluded.platform, excluded.items, excluded.places)`,
			n, DayOf(store.Time(seen), tx.Zone()), j.Post.Platform, items, places)
	}
	if err != nil {
		return fmt.Errorf("count what %s is about: %w", id, err)
	}
	return nil
}

const insert = `INSERT INTO post_heat (n, day, platform, items, places) VALUES ($1, $2, $3, $4, $5)`

// Earlier moves a post to the day on which it turns out to have been seen first.
func Earlier(ctx context.Context, tx *store.Tx, id string) error {
	var n, seen int64
	err := tx.QueryRowContext(ctx, `SELECT p.n, p.first_seen_at FROM posts p JOIN post_heat h ON h.n = p.n WHERE p.id = $1`, id).Scan(&n, &seen)
	if errors.Is(err, sql.ErrNoRows) {
		return nil
	}
	if err == nil {
		_, err = tx.ExecContext(ctx, `UPDATE post_heat SET day = $2 WHERE n = $1 AND day <> $2`, n, DayOf(store.Time(seen), tx.Zone()))
	}
	if err != nil {
		return fmt.Errorf("count %s on its day: %w", id, err)
	}
	return nil
}

// Waiting is how many posts at most are still to be counted, of those that were
// archived before the counting began.
func Waiting(ctx context.Context, q store.Querier) (n int64, err error) {
	if err := q.QueryRowContext(ctx, `SELECT coalesce(max(value), 0) FROM heat_state WHERE name = 'next'`).Scan(&n); err != nil {
		return 0, fmt.Errorf("how far the heat is counted: %w", err)
	}
	return n, nil
}

// Behind counts some of the posts that were archived before, the newest first,
// and reports whether there are more. It may be broken off anywhere and goes on
// where it was; a post that was archived again meanwhile stays as it is.
func Behind(ctx context.Context, s *store.Store, some int) (more bool, err error) {
	err = s.Write(ctx, store.Bulk, func(ctx context.Context, tx *store.Tx) error {
		next, err := Waiting(ctx, tx)
		if err != nil || next == 0 {
			return err
		}
		list, err := store.Collect[old](tx.QueryContext(ctx, `
			SELECT n, first_seen_at, platform, held = 1 OR withdrawn = 1, json_extract(judgement, '$.service_items', '$.places'), coalesce(`+byhand.Place+`, '')
			FROM posts p WHERE n <= $1 ORDER BY n DESC LIMIT $2`, next, some))(scanOld)
		if err != nil {
			return fmt.Errorf("read posts to count what they are about: %w", err)
		}
		for _, p := range list {
			if err := p.keep(ctx, tx); err != nil {
				return err
			}
		}
		next = 0
		if more = len(list) == some; more {
			next = list[len(list)-1].n - 1
		}
		_, err = tx.ExecContext(ctx, `UPDATE heat_state SET value = $1 WHERE name = 'next'`, max(next, 0))
		return err
	})
	return more && err == nil, err
}

// old is a post that was archived before.
type old struct {
	n, seen       int64
	platform      string
	out           bool
	items, places []string
}

func scanOld(r *sql.Rows) (p old, err error) {
	var lists, place string
	if err := r.Scan(&p.n, &p.seen, &p.platform, &p.out, &lists, &place); err != nil {
		return p, err
	}
	both := [2]*[]string{&p.items, &p.places}
	err = json.Unmarshal([]byte(lists), &both)
	p.places = byhand.Places(p.places, place)
	return p, err
}

func (p old) keep(ctx context.Context, tx *store.Tx) error {
	items, places := joined(p.items), joined(p.places)
	if p.out || p.platform == system || items == "" && places == "" {
		return nil
	}
	_, err := tx.ExecContext(ctx, insert+` ON CONFLICT (n) DO NOTHING`, p.n, DayOf(store.Time(p.seen), tx.Zone()), p.platform, items, places)
	if err != nil {
		return fmt.Errorf("count what post %d is about: %w", p.n, err)
	}
	return nil
}

// Days reads the counts of days, the last one not included.
func Days(ctx context.Context, q store.Querier, from, to int) ([]Day, error) {
	list, err := store.Collect[Day](q.QueryContext(ctx, `SELECT day, platform, items, places, posts FROM heat_days WHERE day >= $1 AND day < $2 ORDER BY day`, from, to))(
		func(r *sql.Rows) (d Day, err error) {
			var items, places string
			err = r.Scan(&d.Day, &d.Platform, &items, &places, &d.Posts)
			d.Items, d.Places = parted(items), parted(places)
			return d, err
		})
	if err != nil {
		return nil, fmt.Errorf("read the heat of days: %w", err)
	}
	return list, nil
}

// Post is one post that counts; N is its number in the archive.
type Post struct {
	About
	N int64
}

// Posts reads the posts of days, the last one not included, the newest first.
func Posts(ctx context.Context, q store.Querier, from, to int) ([]Post, error) {
	list, err := store.Collect[Post](q.QueryContext(ctx, `SELECT n, platform, items, places FROM post_heat WHERE day >= $1 AND day < $2 ORDER BY n DESC`, from, to))(
		func(r *sql.Rows) (p Post, err error) {
			var items, places string
			err = r.Scan(&p.N, &p.Platform, &items, &places)
			p.Items, p.Places = parted(items), parted(places)
			return p, err
		})
	if err != nil {
		return nil, fmt.Errorf("read the posts of days: %w", err)
	}
	return list, nil
}

// Case is one case with what its posts are about.
type Case struct {
	query.HeatCase
	Abouts []About
}

// notFalse leaves out false alarms, archived since or not, and cases that are
// part of another.
const notFalse = `c.state NOT IN ('dismissed', 'merged') AND NOT (c.state = 'archived'
	AND EXISTS (SELECT 1 FROM record r WHERE r.case_no = c.no AND r.action = 'archive' AND r.from_state IN ('dismissed', 'merged')))`

// Cases reads the cases that were opened in a half-open period, the newest
// first, as far as their posts are about anything.
func Cases(ctx context.Context, q store.Querier, from, to time.Time) (out []Case, err error) {
	type row struct {
		query.HeatCase
		About
	}
	list, err := store.Collect[row](q.QueryContext(ctx, `
		SELECT c.no, c.title, c.level, c.state, c.unit, c.opened_at, h.platform, h.items, h.places FROM cases c JOIN posts p ON p.case_no = c.no JOIN post_heat h ON h.n = p.n
		WHERE p.case_no <> '' AND c.opened_at >= $1 AND c.opened_at < $2 AND `+notFalse+` ORDER BY c.opened_at DESC, c.no DESC, h.n`,
		store.Micros(from), store.Micros(to)))(func(r *sql.Rows) (c row, err error) {
		var items, places string
		var opened int64
		err = r.Scan(&c.No, &c.Title, &c.Level, &c.State, &c.HeatCase.Unit, &opened, &c.Platform, &items, &places)
		c.OpenedAt = store.Time(opened)
		c.Items, c.Places = parted(items), parted(places)
		return c, err
	})
	if err != nil {
		return nil, fmt.Errorf("read what cases are about: %w", err)
	}
	for _, r := range list {
		if len(out) == 0 || out[len(out)-1].No != r.No {
			out = append(out, Case{HeatCase: r.HeatCase})
		}
		last := &out[len(out)-1]
		last.Abouts = append(last.Abouts, r.About)
	}
	return out, nil
}
