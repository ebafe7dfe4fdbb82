package reports

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"time"

	"huiying"
	"huiying/internal/query"
	"huiying/internal/store"
	"huiying/internal/store/access"
)

const scheduleColumns = `id, kind, cron, workdays, recipients, unreviewed, active, next_at, covered_at, ran_at, problem, made_by, made_at`

func scanSchedule(r *sql.Rows) (s query.ReportSchedule, err error) {
	var next, covered, ran, at int64
	var recipients string
	err = r.Scan(&s.ID, &s.Kind, &s.Cron, &s.Workdays, &recipients, &s.Unreviewed, &s.Active, &next, &covered, &ran, &s.Problem, &s.By, &at)
	if err != nil {
		return s, err
	}
	s.NextAt, s.CoveredAt, s.RanAt, s.At = store.Time(next), store.Time(covered), store.Time(ran), store.Time(at)
	return s, json.Unmarshal([]byte(recipients), &s.Recipients)
}

// Schedules lists all, the oldest first.
func (b *Book) Schedules(ctx context.Context) ([]query.ReportSchedule, error) {
	list, err := store.Collect[query.ReportSchedule](b.store.Reader().QueryContext(ctx, `SELECT `+scheduleColumns+` FROM report_schedules ORDER BY made_at, id`))(scanSchedule)
	if err != nil {
		return nil, fmt.Errorf("list schedules of reports: %w", err)
	}
	return list, nil
}

// again is how long after a run that failed it is tried again.
const again = 10 * time.Minute

// Due lists the schedules whose time has come, the longest waiting first. One
// whose run failed rests before it is tried again.
func (b *Book) Due(ctx context.Context, now time.Time) ([]query.ReportSchedule, error) {
	list, err := store.Collect[query.ReportSchedule](b.store.Reader().QueryContext(ctx,
		`SELECT `+scheduleColumns+` FROM report_schedules WHERE active = 1 AND next_at <= $1 AND (problem = '' OR ran_at <= $2) ORDER BY next_at, id`,
		store.Micros(now), store.Micros(now.Add(-again))))(scanSchedule)
	if err != nil {
		return nil, fmt.Errorf("list schedules that are due: %w", err)
	}
	return list, nil
}

// mostSchedules is how many there may be.
const mostSchedules = 50

// PutSchedule keeps a new schedule, or one that was changed; huiying.NotFound
// for a change of one that is not there.
func (b *Book) PutSchedule(ctx context.Context, s query.ReportSchedule) (query.ReportSchedule, error) {
	recipients, err := json.Marshal(s.Recipients)
	if err != nil {
		return s, err
	}
	err = b.store.Write(ctx, store.Urgent, func(ctx context.Context, tx *store.Tx) error {
		s.At = tx.Now()
		var n int
		if err := tx.QueryRowContext(ctx, `SELECT count(*) FROM report_schedules`).Scan(&n); err != nil {
			return fmt.Errorf("count schedules of reports: %w", err)
		}
		if s.ID == "" && n >= mostSchedules {
			return huiying.Errorf(huiying.Conflict, "report.many_schedules", mostSchedules)
		}
		if s.ID == "" {
			s.ID = huiying.DeriveID("rs-", s.By, s.Kind, fmt.Sprint(s.At.UnixMicro()))
			_, err := tx.ExecContext(ctx, `INSERT INTO report_schedules (`+scheduleColumns+`) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 0, 0, '', $9, $10)`,
				s.ID, s.Kind, s.Cron, store.Flag(s.Workdays), string(recipients), store.Flag(s.Unreviewed), store.Flag(s.Active), store.Micros(s.NextAt), s.By, store.Micros(s.At))
			if err != nil {
				return fmt.Errorf("keep a schedule of reports: %w", err)
			}
		} else if err := changed(ctx, tx, s, string(recipients)); err != nil {
			return err
		}
		return access.Note(ctx, tx, access.Entry{Actor: s.By, Action: access.ReportScheduled, Object: s.ID, Detail: s.Kind + " " + s.Cron})
	})
	return s, err
}

func changed(ctx context.Context, tx *store.Tx, s query.ReportSchedule, recipients string) error {
	res, err := tx.ExecContext(ctx, `UPDATE report_schedules SET kind = $2, cron = $3, workdays = $4, recipients = $5, unreviewed = $6, active = $7, next_at = $8,
		made_by = $9, made_at = $10, problem = '' WHERE id = $1`,
		s.ID, s.Kind, s.Cron, store.Flag(s.Workdays), recipients, store.Flag(s.Unreviewed), store.Flag(s.Active), store.Micros(s.NextAt), s.By, store.Micros(s.At))
	if err != nil {
		return fmt.Errorf("change schedule %s: %w", s.ID, err)
	}
	if n, err := res.RowsAffected(); err != nil || n > 0 {
		return err
	}
	return huiying.Errorf(huiying.NotFound, "report.no_schedule", s.ID)
}

// DropSchedule removes a schedule; its reports stay.
func (b *Book) DropSchedule(ctx context.Context, id, by string) error {
	return b.store.Write(ctx, store.Urgent, func(ctx context.Context, tx *store.Tx) error {
		res, err := tx.ExecContext(ctx, `DELETE FROM report_schedules WHERE id = $1`, id)
		if err != nil {
			return fmt.Errorf("remove schedule %s: %w", id, err)
		}
		if n, err := res.RowsAffected(); err != nil || n == 0 {
			return huiying.Errorf(huiying.NotFound, "report.no_schedule", id)
		}
		return access.Note(ctx, tx, access.Entry{Actor: by, Action: access.ReportScheduled, Object: id, Detail: "removed"})
	})
}

// Run is what a schedule that was due made, and when it is due again.
type Run struct {
	Schedule query.ReportSchedule // as it was read
	Next     time.Time
	Report   query.Report
	Quotes   []query.ReportQuote
}

// Ran keeps the report of a run and moves the schedule on, in one transaction;
// done is false, and nothing is kept, when another has run it meanwhile or it
// was changed.
func (b *Book) Ran(ctx context.Context, run Run) (r query.Report, done bool, err error) {
	err = b.store.Write(ctx, store.Bulk, func(ctx context.Context, tx *store.Tx) error {
		s := run.Schedule
		res, err := tx.ExecContext(ctx, `UPDATE report_schedules SET next_at = $4, covered_at = $5, ran_at = $6, problem = '' WHERE id = $1 AND next_at = $2 AND made_at = $3 AND active = 1`,
			s.ID, store.Micros(s.NextAt), store.Micros(s.At), store.Micros(run.Next), store.Micros(run.Report.To), store.Micros(tx.Now()))
		if err != nil {
			return fmt.Errorf("move schedule %s on: %w", s.ID, err)
		}
		if n, err := res.RowsAffected(); err != nil || n == 0 {
			return err
		}
		if r, err = add(ctx, tx, run.Report, run.Quotes); err != nil {
			return err
		}
		done = true
		if r.State != query.ReportReleased {
			return nil
		}
		return tell(ctx, tx, r.ID, r.CreatedBy, s.Recipients)
	})
	return r, done, err
}

// Failed notes why a run made nothing; Due has it again after a while, or at once
// when it is changed.
func (b *Book) Failed(ctx context.Context, s query.ReportSchedule, problem string) error {
	return b.store.Write(ctx, store.Bulk, func(ctx context.Context, tx *store.Tx) error {
		_, err := tx.ExecContext(ctx, `UPDATE report_schedules SET problem = $2, ran_at = $3 WHERE id = $1 AND made_at = $4`, s.ID, problem, store.Micros(tx.Now()), store.Micros(s.At))
		if err != nil {
			return fmt.Errorf("note the problem of schedule %s: %w", s.ID, err)
		}
		return nil
	})
}

// tell keeps that somebody is to be told of a report.
func tell(ctx context.Context, tx *store.Tx, report, by string, receivers []string) error {
	for _, r := range receivers {
		_, err := tx.ExecContext(ctx, `INSERT INTO report_tellings (report, receiver, by_user, asked_at, told_at, alert) VALUES ($1, $2, $3, $4, 0, '') ON CONFLICT (report, receiver) DO NOTHING`,
			report, r, by, store.Micros(tx.Now()))
		if err != nil {
			return fmt.Errorf("keep who is told of report %s: %w", report, err)
		}
	}
	return nil
}

// Telling is somebody who is still to be told of a released report.
type Telling struct{ Report, Title, Receiver string }

// mostTold is how many are told in one round.
const mostTold = 100

// Untold lists those who are to be told, the longest waiting first.
func (b *Book) Untold(ctx context.Context) ([]Telling, error) {
	list, err := store.Collect[Telling](b.store.Reader().QueryContext(ctx, `
		SELECT t.report, r.title, t.receiver FROM report_tellings t JOIN reports r ON r.id = t.report
		WHERE t.told_at = 0 AND r.state = 'released' ORDER BY t.asked_at, t.report, t.receiver LIMIT $1`, mostTold))(
		func(r *sql.Rows) (t Telling, err error) { return t, r.Scan(&t.Report, &t.Title, &t.Receiver) })
	if err != nil {
		return nil, fmt.Errorf("list who is to be told of reports: %w", err)
	}
	return list, nil
}

// Told notes that somebody was told, in the transaction that tells them; alert
// is "" where nobody could be reached. first is false when it was done before.
func Told(ctx context.Context, tx *store.Tx, t Telling, alert string) (first bool, err error) {
	res, err := tx.ExecContext(ctx, `UPDATE report_tellings SET told_at = $3, alert = $4 WHERE report = $1 AND receiver = $2 AND told_at = 0`,
		t.Report, t.Receiver, store.Micros(tx.Now()), alert)
	if err != nil {
		return false, fmt.Errorf("note who was told of report %s: %w", t.Report, err)
	}
	n, err := res.RowsAffected()
	return n > 0, err
}

// Tellings lists who is told of a report and what became of the messages.
func (b *Book) Tellings(ctx context.Context, report string) ([]query.ReportTelling, error) {
	q := b.store.Reader()
	list, err := store.Collect[query.ReportTelling](q.QueryContext(ctx,
		`SELECT receiver, by_user, asked_at, told_at, alert FROM report_tellings WHERE report = $1 ORDER BY asked_at, receiver`, report))(
		func(r *sql.Rows) (t query.ReportTelling, err error) {
			var asked, told int64
			err = r.Scan(&t.Receiver, &t.By, &asked, &told, &t.Alert)
			t.AskedAt, t.ToldAt = store.Time(asked), store.Time(told)
			return t, err
		})
	if err != nil {
		return nil, fmt.Errorf("list who is told of report %s: %w", report, err)
	}
	for i := range list {
		list[i].Deliveries, err = store.Collect[query.ReportDelivery](q.QueryContext(ctx,
			`SELECT id, person, channel, state, last_error FROM deliveries WHERE alert_id = $1 AND $1 <> '' ORDER BY created_at, id`, list[i].Alert))(
			func(r *sql.Rows) (d query.ReportDelivery, err error) {
				return d, r.Scan(&d.ID, &d.Person, &d.Channel, &d.State, &d.Error)
			})
		if err != nil {
			return nil, fmt.Errorf("list deliveries of report %s: %w", report, err)
		}
	}
	return list, nil
}
