// Package cases keeps where every case stands. A row is the fold of the case's
// steps in the record; the package refuses a write that was made from an older
// version than the stored one, and a second open case of one topic.
package cases

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"huiying"
	"huiying/internal/store"
)

// Row is the columns of a case beside its body. They repeat the body for
// searching and must always agree with it.
type Row struct {
	No          string
	Version     int
	State       string
	Level       string
	Title       string
	Topic       string
	OpenKey     sql.NullString // the topic while the case is open
	Rule        string
	Unit        string
	Owner       string
	FirstSeenAt int64
	OpenedAt    int64
	AssignedAt  int64
	AckedAt     int64
	RespondedAt int64
	ClosedAt    int64
	NextDueAt   int64
	NextWarnAt  int64
	LadderAt    int64
	MergedInto  string
}

// RowOf gives the columns that belong to c.
func RowOf(c huiying.Case) Row {
	var key sql.NullString
	if c.Topic != "" && c.State.Open() {
		key = sql.NullString{String: c.Topic, Valid: true}
	}
	return Row{
		No: c.No, Version: c.Version, State: string(c.State), Level: string(c.Level), Title: c.Title, Topic: c.Topic,
		OpenKey: key, Rule: c.Rule, Unit: c.Unit, Owner: c.Owner,
		FirstSeenAt: store.Micros(c.FirstSeenAt), OpenedAt: store.Micros(c.OpenedAt), AssignedAt: store.Micros(c.AssignedAt),
		AckedAt: store.Micros(c.AckedAt), RespondedAt: store.Micros(c.RespondedAt), ClosedAt: store.Micros(c.ClosedAt),
		NextDueAt:  store.Micros(earliest(c, func(k huiying.Clock) time.Time { return k.DueAt })),
		NextWarnAt: store.Micros(earliest(c, firstWarning)), LadderAt: ladderAt(c), MergedInto: c.MergedInto,
	}
}

// earliest is the earliest such time of a clock that runs and is in time; zero
// when there is none, and for a case that is over or another organ's: nobody
// here has to look at it.
func earliest(c huiying.Case, of func(huiying.Clock) time.Time) time.Time {
	var next time.Time
	if !c.State.Open() {
		return next
	}
	for _, clock := range c.Clocks {
		at := of(clock)
		if clock.Running() && !at.IsZero() && (next.IsZero() || at.Before(next)) {
			next = at
		}
	}
	return next
}

func firstWarning(k huiying.Clock) time.Time {
	if len(k.Warn) == 0 {
		return time.Time{}
	}
	return k.Warn[0]
}

// ladderAt is when somebody must look at the ladder of an open case.
func ladderAt(c huiying.Case) int64 {
	if !c.State.Open() {
		return 0
	}
	return store.Micros(c.Ladder.DueAt())
}

// IsOpen is the condition of the cases on which work is owed, as
// huiying.CaseState.Open has it.
const IsOpen = `state NOT IN ('closed', 'archived', 'merged', 'dismissed', 'transferred')`

// Get reads a case; huiying.NotFound when there is none.
func Get(ctx context.Context, q store.Querier, no string) (huiying.Case, error) {
	var body string
	err := q.QueryRowContext(ctx, `SELECT body FROM cases WHERE no = $1`, no).Scan(&body)
	if errors.Is(err, sql.ErrNoRows) {
		return huiying.Case{}, huiying.Errorf(huiying.NotFound, "store.case_not_found", no)
	}
	if err != nil {
		return huiying.Case{}, fmt.Errorf("read case %s: %w", no, err)
	}
	return Decode(body)
}

// Decode reads the body column of a case.
func Decode(body string) (c huiying.Case, err error) {
	if err := json.Unmarshal([]byte(body), &c); err != nil {
		return huiying.Case{}, fmt.Errorf("decode case: %w", err)
	}
	return c, nil
}

// Put writes c; huiying.Conflict unless the stored version is c.Version-1 (0
// for a new case), and when another open case has its topic.
func Put(ctx context.Context, tx *store.Tx, c huiying.Case) error {
	row := RowOf(c)
	if err := topicFree(ctx, tx, row); err != nil {
		return err
	}
	body, err := json.Marshal(c)
	if err != nil {
		return fmt.Errorf("encode case %s: %w", c.No, err)
	}
	write := update
	if c.Version == 1 {
		write = insert
	}
	n, err := write(ctx, tx, row, string(body))
	if err != nil {
		return fmt.Errorf("write case %s: %w", c.No, err)
	}
	if n == 0 {
		return huiying.Errorf(huiying.Conflict, "store.case_changed", c.No)
	}
	return attach(ctx, tx, c)
}

func topicFree(ctx context.Context, tx *store.Tx, row Row) error {
	if !row.OpenKey.Valid {
		return nil
	}
	other, found, err := holder(ctx, tx, row.OpenKey.String)
	if err != nil {
		return err
	}
	if found && other != row.No {
		return huiying.Errorf(huiying.Conflict, "store.topic_has_case", row.Topic, other)
	}
	return nil
}

func insert(ctx context.Context, tx *store.Tx, r Row, body string) (int64, error) {
	res, err := tx.ExecContext(ctx, `
		INSERT INTO cases (no, version, state, level, title, topic, open_key, rule, unit, owner, first_seen_at, opened_at,
			assigned_at, acked_at, responded_at, closed_at, next_due_at, updated_at, body, next_warn_at, ladder_at, merged_into)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22)
		ON CONFLICT (no) DO NOTHING`, values(tx, r, body)...)
	if err != nil {
		return 0, err
	}
	return res.RowsAffected()
}

func update(ctx context.Context, tx *store.Tx, r Row, body string) (int64, error) {
	res, err := tx.ExecContext(ctx, `
		UPDATE cases SET version = $2, state = $3, level = $4, title = $5, topic = $6, open_key = $7, rule = $8, unit = $9,
			owner = $10, first_seen_at = $11, opened_at = $12, assigned_at = $13, acked_at = $14, responded_at = $15,
			closed_at = $16, next_due_at = $17, updated_at = $18, body = $19, next_warn_at = $20, ladder_at = $21,
			merged_into = $22
		WHERE no = $1 AND version = $2 - 1`, values(tx, r, body)...)
	if err != nil {
		return 0, err
	}
	return res.RowsAffected()
}

// Rewrite writes what a case is by the same steps as before, seen by another
// version of the case machine: nothing happened to it, so version and time of
// the last change stay.
func Rewrite(ctx context.Context, tx *store.Tx, c huiying.Case) error {
	r := RowOf(c)
	body, err := json.Marshal(c)
	if err != nil {
		return fmt.Errorf("encode case %s: %w", c.No, err)
	}
	_, err = tx.ExecContext(ctx, `
		UPDATE cases SET level = $2, title = $3, topic = $4, open_key = $5, rule = $6, unit = $7, owner = $8, first_seen_at = $9,
			opened_at = $10, assigned_at = $11, acked_at = $12, responded_at = $13, closed_at = $14, next_due_at = $15, body = $16,
			next_warn_at = $17, ladder_at = $18, merged_into = $19
		WHERE no = $1`,
		r.No, r.Level, r.Title, r.Topic, r.OpenKey, r.Rule, r.Unit, r.Owner, r.FirstSeenAt, r.OpenedAt, r.AssignedAt, r.AckedAt,
		r.RespondedAt, r.ClosedAt, r.NextDueAt, string(body), r.NextWarnAt, r.LadderAt, r.MergedInto)
	if err != nil {
		return fmt.Errorf("rewrite case %s: %w", c.No, err)
	}
	return attach(ctx, tx, c)
}

func values(tx *store.Tx, r Row, body string) []any {
	return []any{
		r.No, r.Version, r.State, r.Level, r.Title, r.Topic, r.OpenKey, r.Rule, r.Unit, r.Owner, r.FirstSeenAt, r.OpenedAt,
		r.AssignedAt, r.AckedAt, r.RespondedAt, r.ClosedAt, r.NextDueAt, store.Micros(tx.Now()), body,
		r.NextWarnAt, r.LadderAt, r.MergedInto,
	}
}

// attach brings case_posts, and the case number on the posts, in line with
// c.Posts. A post that is not archived yet gets its number when it is.
func attach(ctx context.Context, tx *store.Tx, c huiying.Case) error {
	have, err := store.Collect[string](tx.QueryContext(ctx, `SELECT post_id FROM case_posts WHERE case_no = $1`, c.No))(
		func(r *sql.Rows) (id string, err error) { return id, r.Scan(&id) })
	if err != nil {
		return fmt.Errorf("read posts of case %s: %w", c.No, err)
	}
	gone := make(map[string]bool, len(have))
	for _, id := range have {
		gone[id] = true
	}
	for _, id := range c.Posts {
		if gone[id] {
			delete(gone, id)
			continue
		}
		if err := attachOne(ctx, tx, c.No, id); err != nil {
			return fmt.Errorf("attach %s to case %s: %w", id, c.No, err)
		}
	}
	for id := range gone {
		if err := detach(ctx, tx, c.No, id); err != nil {
			return fmt.Errorf("detach %s from case %s: %w", id, c.No, err)
		}
	}
	return nil
}

func attachOne(ctx context.Context, tx *store.Tx, no, post string) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO case_posts (case_no, post_id) VALUES ($1, $2) ON CONFLICT (case_no, post_id) DO NOTHING`, no, post)
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, `UPDATE posts SET case_no = $1 WHERE id = $2`, no, post)
	return err
}

func detach(ctx context.Context, tx *store.Tx, no, post string) error {
	_, err := tx.ExecContext(ctx, `DELETE FROM case_posts WHERE case_no = $1 AND post_id = $2`, no, post)
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, `
		UPDATE posts SET case_no = coalesce((SELECT max(case_no) FROM case_posts WHERE post_id = $2), '')
		WHERE id = $2 AND case_no = $1`, no, post)
	return err
}

// Open finds the open case of a topic: the one it was opened for, that of a
// topic that was merged with it by hand, or the case its own was merged into.
// No case is open for the empty topic.
func Open(ctx context.Context, q store.Querier, topic string) (no string, found bool, err error) {
	if no, found, err = holder(ctx, q, topic); err != nil || found || topic == "" {
		return no, found, err
	}
	return lookUp(ctx, q, topic, `
		WITH RECURSIVE into_case (no, hops) AS (
			SELECT merged_into, 1 FROM cases WHERE topic = $1 AND merged_into <> ''
			UNION SELECT c.merged_into, i.hops + 1 FROM cases c JOIN into_case i ON c.no = i.no WHERE c.merged_into <> '' AND i.hops < 20)
		SELECT c.no FROM cases c JOIN into_case i ON c.no = i.no WHERE c.open_key IS NOT NULL ORDER BY i.hops, c.no LIMIT 1`)
}

// holder is the open case that has the topic itself.
func holder(ctx context.Context, q store.Querier, topic string) (no string, found bool, err error) {
	if topic == "" {
		return "", false, nil
	}
	return lookUp(ctx, q, topic, `
		WITH own (id) AS (SELECT coalesce((SELECT topic FROM topic_joins WHERE old = $1), $1))
		SELECT no FROM cases WHERE open_key IN (
			SELECT $1 UNION SELECT id FROM own UNION SELECT old FROM topic_joins WHERE topic = (SELECT id FROM own))
		ORDER BY open_key <> $1, no LIMIT 1`)
}

func lookUp(ctx context.Context, q store.Querier, topic, query string) (no string, found bool, err error) {
	err = q.QueryRowContext(ctx, query, topic).Scan(&no)
	if errors.Is(err, sql.ErrNoRows) {
		return "", false, nil
	}
	if err != nil {
		return "", false, fmt.Errorf("find the open case of %s: %w", topic, err)
	}
	return no, true, nil
}

// counterPrefix names the counters of case numbers: one a day.
const counterPrefix = "case:"

// NextNo takes the next case number of a day ("20261123" gives
// HY20261123-0001). A number taken by a transaction that is undone is given
// again, so that every number up to the counter has a case.
func NextNo(ctx context.Context, tx *store.Tx, day string) (string, error) {
	if _, err := time.Parse("20060102", day); err != nil {
		return "", fmt.Errorf("case number of day %q: %w", day, err)
	}
	var n int64
	err := tx.QueryRowContext(ctx, `
		INSERT INTO counters (name, value) VALUES ($1, 1)
		ON CONFLICT (name) DO UPDATE SET value = counters.value + 1 RETURNING value`, counterPrefix+day).Scan(&n)
	if err != nil {
		return "", fmt.Errorf("take a case number: %w", err)
	}
	return Number(day, n), nil
}

// Number writes a case number.
func Number(day string, n int64) string { return fmt.Sprintf("HY%s-%04d", day, n) }

// ParseNumber reads a case number back into its day and its place in the day.
func ParseNumber(no string) (day string, n int64, ok bool) {
	rest, prefixed := strings.CutPrefix(no, "HY")
	day, place, cut := strings.Cut(rest, "-")
	n, err := strconv.ParseInt(place, 10, 64)
	return day, n, prefixed && cut && err == nil && n > 0 && Number(day, n) == no
}

// Counters reads how many case numbers were given out on each day.
func Counters(ctx context.Context, q store.Querier) (map[string]int64, error) {
	type counter struct {
		name  string
		value int64
	}
	list, err := store.Collect[counter](q.QueryContext(ctx, `SELECT name, value FROM counters WHERE name LIKE $1`, counterPrefix+"%"))(
		func(r *sql.Rows) (c counter, err error) { return c, r.Scan(&c.name, &c.value) })
	if err != nil {
		return nil, fmt.Errorf("read counters: %w", err)
	}
	days := make(map[string]int64, len(list))
	for _, c := range list {
		days[strings.TrimPrefix(c.name, counterPrefix)] = c.value
	}
	return days, nil
}
