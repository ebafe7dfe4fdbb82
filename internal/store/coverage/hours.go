package coverage

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"huiying"
	"huiying/internal/query"
	"huiying/internal/store"
	"huiying/internal/store/coverage/gap"
)

// hour is one row of the roll-up.
type hour struct {
	source string
	from   time.Time
	query.Sums
	worst       huiying.SourceState
	first, last time.Time     // of the visits that the plan counts
	pause       time.Duration // the longest between two of them
}

// badness orders states from harmless to what a person must look at.
func badness() []huiying.SourceState {
	return []huiying.SourceState{
		"", huiying.SourceOK, huiying.SourceEmpty, huiying.SourceNew, huiying.SourcePaused, huiying.SourceRateLimited, huiying.SourceUnreachable,
		huiying.SourceMaintenance, huiying.SourceMalformed, huiying.SourceForbidden, huiying.SourceRobotsDisallowed,
		huiying.SourceBlocked, huiying.SourceLoginNeeded,
	}
}

// sumsOf is what one visit adds.
func sumsOf(e huiying.LedgerEntry) query.Sums {
	return query.Sums{
		Visits: 1, Well: one(gap.Well(e.State)), Empty: one(e.State == huiying.SourceEmpty), Capped: one(e.Capped),
		Pages: e.Pages, Posts: e.Posts, Accepted: e.Accepted, Held: e.Held, Refused: e.Refused,
		Asked: e.Answers.Asked(), Got: e.Answers.Got(), Stopped: e.Answers.Stopped(), Failed: e.Answers.Failed(), Answers: e.Answers,
	}
}

func one(yes bool) int {
	if yes {
		return 1
	}
	return 0
}

// fold makes the row of an hour of its visits, by time.
func fold(source string, from time.Time, list []huiying.LedgerEntry) hour {
	h := hour{source: source, from: from}
	for _, e := range list {
		h.Sums = h.Sums.Plus(sumsOf(e))
		if slices.Index(badness(), e.State) > slices.Index(badness(), h.worst) {
			h.worst = e.State
		}
		if e.Job != huiying.JobPlanned && gap.Well(e.State) {
			continue
		}
		if h.first.IsZero() {
			h.first, h.last = e.At, e.At
		}
		h.pause = max(h.pause, e.At.Sub(h.last))
		h.last = e.At
	}
	return h
}

// remake writes the row of an hour anew from its visits.
func remake(ctx context.Context, tx *store.Tx, source string, from time.Time) error {
	list, err := store.Collect[huiying.LedgerEntry](tx.QueryContext(ctx,
		`SELECT `+columns+` FROM coverage WHERE source = $1 AND at >= $2 AND at < $3 ORDER BY at`,
		source, store.Micros(from), store.Micros(from.Add(time.Hour))))(scanEntry)
	if err != nil {
		return err
	}
	h := fold(source, from, list)
	answers, err := json.Marshal(h.Answers)
	if err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, `DELETE FROM coverage_hours WHERE source = $1 AND hour = $2`, source, store.Micros(from)); err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, `
		INSERT INTO coverage_hours (source, hour, visits, well, empty, capped, pages, posts, accepted, held, refused,
			asked, got, stopped, failed, answers, worst, first_at, last_at, pause)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20)`,
		source, store.Micros(from), h.Visits, h.Well, h.Empty, h.Capped, h.Pages, h.Posts, h.Accepted, h.Held, h.Refused,
		h.Asked, h.Got, h.Stopped, h.Failed, string(answers), string(h.worst), store.Micros(h.first), store.Micros(h.last), h.pause.Microseconds())
	return err
}

// hours reads the hours from the one that from lies in, by source and time;
// source "" reads all.
func hours(ctx context.Context, q store.Querier, source string, from, to time.Time) ([]hour, error) {
	where, args := `hour >= $1 AND hour < $2`, []any{store.Micros(from.UTC().Truncate(time.Hour)), store.Micros(to)}
	if source != "" {
		where, args = where+` AND source = $3`, append(args, source)
	}
	list, err := store.Collect[hour](q.QueryContext(ctx, `
		SELECT source, hour, visits, well, empty, capped, pages, posts, accepted, held, refused, asked, got, stopped, failed,
			answers, worst, first_at, last_at, pause
		FROM coverage_hours WHERE `+where+` ORDER BY source, hour`, args...))(scanHour)
	if err != nil {
		return nil, fmt.Errorf("read coverage by hour: %w", err)
	}
	return list, nil
}

func scanHour(r *sql.Rows) (h hour, err error) {
	var from, first, last, pause int64
	var answers string
	if err = r.Scan(&h.source, &from, &h.Visits, &h.Well, &h.Empty, &h.Capped, &h.Pages, &h.Posts, &h.Accepted, &h.Held, &h.Refused,
		&h.Asked, &h.Got, &h.Stopped, &h.Failed, &answers, &h.worst, &first, &last, &pause); err != nil {
		return h, err
	}
	h.from, h.first, h.last, h.pause = store.Time(from), store.Time(first), store.Time(last), time.Duration(pause)*time.Microsecond
	return h, json.Unmarshal([]byte(answers), &h.Answers)
}
