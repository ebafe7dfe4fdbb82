package reports

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"time"

	"github.com/robfig/cron/v3"

	"huiying"
	"huiying/internal/locale"
	"huiying/internal/query"
	"huiying/internal/store/record"
	"huiying/internal/store/reports"
	"huiying/notifier"
	"huiying/notifier/calendar"
)

// bySchedule begins the name of whoever made or released a report where that
// was a schedule.
const bySchedule = "schedule:"

// ClockOptions is what a Clock works with; all are required.
type ClockOptions struct {
	Desk   *Desk
	Days   func() *calendar.Calendar
	Ledger *record.Ledger
	People notifier.Directory
	Wake   func() // what sends messages
	Logger *slog.Logger
}

// Clock makes reports when they are due and tells people of those that were
// released. A run that was due while the process was down is made up for once.
type Clock struct{ o ClockOptions }

// NewClock makes a Clock; Run must be called for anything to be made.
func NewClock(o ClockOptions) *Clock { return &Clock{o} }

// lookEvery is how often it is looked for what is due.
const lookEvery = 30 * time.Second

// Run makes and tells until ctx ends.
func (c *Clock) Run(ctx context.Context) error {
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	for {
		if err := c.Tick(ctx); err != nil && ctx.Err() == nil {
			// What is due stays due: it is tried again after a while, the rest in the next round.
			c.o.Logger.Error("making scheduled reports failed", "error", err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

// Tick makes what is due by now and tells whoever is to be told. One that fails
// keeps no other waiting.
func (c *Clock) Tick(ctx context.Context) error {
	due, err := c.o.Desk.o.Book.Due(ctx, c.o.Desk.o.Now())
	if err != nil {
		return err
	}
	var failed []error
	for _, s := range due {
		if err := c.make(ctx, s); err != nil {
			failed = append(failed, err, c.o.Desk.o.Book.Failed(ctx, s, c.o.Desk.o.Words.Sentence(locale.Chinese, err)))
		}
	}
	return errors.Join(append(failed, c.tell(ctx))...)
}

// punctual is how late a run may be without a word.
const punctual = 10 * time.Minute

// make makes the report of a schedule that is due.
func (c *Clock) make(ctx context.Context, s query.ReportSchedule) error {
	d := c.o.Desk
	now := d.o.Now()
	due, next, missed, err := c.latest(s, now)
	if err != nil {
		return err
	}
	from, to, cut := c.covers(s, due)
	counted, err := d.o.Counter.Count(ctx, Ask{Kind: s.Kind, From: from, To: to, At: now})
	if err != nil {
		return err
	}
	r, quotes, err := d.made(counted)
	if err != nil {
		return err
	}
	r.State, r.Schedule, r.CreatedBy = query.ReportDraft, s.ID, bySchedule+s.ID
	if s.Unreviewed && s.Kind == query.ReportDaily {
		r.State = query.ReportReleased
	}
	if now.Sub(due) > punctual || missed > 1 {
		r.Remark = c.late(s.NextAt, now, missed)
	}
	if !cut.IsZero() {
		r.Remark += d.o.Words.Text(locale.Chinese, "report.cut", cut.Format(time.DateOnly), from.AddDate(0, 0, -1).Format(time.DateOnly), int(longest(s.Kind)/(24*time.Hour)))
	}
	r, done, err := d.o.Book.Ran(ctx, reports.Run{Schedule: s, Next: next, Report: r, Quotes: quotes})
	if err == nil && done && r.Remark != "" {
		c.o.Logger.WarnContext(ctx, "a scheduled report was made late", "schedule", s.ID, "report", r.ID, "due", s.NextAt, "missed", missed, "remark", r.Remark)
	}
	return err
}

func (c *Clock) late(due, now time.Time, missed int) string {
	d := c.o.Desk
	at := func(t time.Time) string { return t.In(d.o.Zone).Format("2006-01-02 15:04") }
	if missed > 1 {
		return d.o.Words.Text(locale.Chinese, "report.late_several", at(due), at(now), missed)
	}
	return d.o.Words.Text(locale.Chinese, "report.late", at(due), at(now))
}

// latest is the last time by now at which the schedule was due, how many there
// were, and the next one.
func (c *Clock) latest(s query.ReportSchedule, now time.Time) (due, next time.Time, missed int, err error) {
	line, err := parse(s.Cron)
	if err != nil {
		return due, next, 0, err
	}
	due, missed = s.NextAt, 1
	for {
		if next, err = c.next(line, s, due); err != nil || next.After(now) {
			return due, next, missed, err
		}
		due = next
		missed++
	}
}

// parse reads a line of five fields. A zone in it is refused: the office's is
// the one that counts.
func parse(text string) (cron.Schedule, error) {
	line, err := cron.ParseStandard(text)
	if err != nil || len(strings.Fields(text)) != 5 || strings.Contains(text, "=") {
		return nil, huiying.Errorf(huiying.Invalid, "report.bad_cron", text)
	}
	return line, nil
}

// furthest bounds how many days off are passed over for a working day.
const furthest = 400

// next is when a schedule is due after a time. Where it keeps to working days, a
// daily is left out on a day off; a weekly and a monthly wait for the next
// working day, at the same hour.
func (c *Clock) next(line cron.Schedule, s query.ReportSchedule, after time.Time) (time.Time, error) {
	zone := c.o.Desk.o.Zone
	at := after.In(zone)
	if s.Workdays && s.Kind != query.ReportDaily {
		day := at
		if c.worked(day) {
			day = day.AddDate(0, 0, -1)
		}
		for ; !c.worked(day); day = day.AddDate(0, 0, -1) {
			at = c.o.Desk.midnight(day).Add(-time.Second) // what fell on these days may still be due
		}
	}
	for range furthest {
		if at = line.Next(at); at.IsZero() {
			break
		}
		due := at
		if s.Workdays && !c.worked(at) {
			if s.Kind == query.ReportDaily {
				continue
			}
			due = c.waited(at)
		}
		if due.After(after) {
			return due, nil
		}
	}
	return at, huiying.Errorf(huiying.Invalid, "report.bad_cron", s.Cron)
}

// waited is the same hour of the next working day.
func (c *Clock) waited(at time.Time) time.Time {
	due := at
	for range furthest {
		if due = due.AddDate(0, 0, 1); c.worked(due) {
			return due
		}
	}
	return at
}

// meant is when a schedule that is due at a time would have been due without
// days off: its line says which week or month the report is of.
func (c *Clock) meant(s query.ReportSchedule, due time.Time) time.Time {
	line, err := parse(s.Cron)
	if err != nil {
		return due
	}
	at := due.In(c.o.Desk.o.Zone)
	for range furthest {
		if line.Next(at.Add(-time.Second)).Equal(at) {
			return at
		}
		if at = at.AddDate(0, 0, -1); c.worked(at) {
			break
		}
	}
	return due
}

// worked reports a working day; a year whose calendar is not published counts by
// weekdays.
func (c *Clock) worked(at time.Time) bool {
	worked, known := c.o.Days().WorkedOn(at)
	if !known {
		return at.Weekday() != time.Saturday && at.Weekday() != time.Sunday
	}
	return worked
}

// covers is the period of a report that is due at a time: it goes up to the
// midnight before, the last Monday or the first of the month, and begins where
// the last one ended. What would make it longer than its kind may be is left
// out; cut is when that begins, zero where nothing is.
func (c *Clock) covers(s query.ReportSchedule, due time.Time) (from, to, cut time.Time) {
	d := c.o.Desk
	to = d.period(s.Kind, c.meant(s, due))
	from = preceding(s.Kind, to)
	last := s.CoveredAt.In(d.o.Zone)
	if s.CoveredAt.IsZero() {
		last = from
		for s.Workdays && s.Kind == query.ReportDaily && !c.worked(last) {
			last = last.AddDate(0, 0, -1) // the days off since the last working day
		}
	}
	for last.Before(from) {
		earlier := preceding(s.Kind, from)
		if to.Sub(earlier) > longest(s.Kind) {
			return from, to, last
		}
		from = earlier
	}
	return from, to, cut
}

// preceding is when the day, the week or the month before one began.
func preceding(kind string, at time.Time) time.Time {
	switch kind {
	case query.ReportWeekly:
		return at.AddDate(0, 0, -7)
	case query.ReportMonthly:
		return at.AddDate(0, -1, 0)
	}
	return at.AddDate(0, 0, -1)
}

// Schedules lists the schedules.
func (c *Clock) Schedules(ctx context.Context) ([]query.ReportSchedule, error) {
	return c.o.Desk.o.Book.Schedules(ctx)
}

// Put keeps a schedule, new where it has no id, due next after now.
func (c *Clock) Put(ctx context.Context, a query.Account, s query.ReportSchedule) (query.ReportSchedule, error) {
	if err := c.allowed(ctx, a, s); err != nil {
		return s, err
	}
	line, err := parse(s.Cron)
	if err != nil {
		return s, err
	}
	s.By = a.Person.ID
	plain := s
	plain.Workdays = false
	if s.NextAt, err = c.next(line, s, c.o.Desk.o.Now()); err != nil {
		return s, err
	}
	first, err := c.next(line, plain, c.o.Desk.o.Now())
	if err != nil {
		return s, err
	}
	for range 8 { // a week tells
		second, err := c.next(line, plain, first)
		if err != nil || second.Sub(first) < 20*time.Hour {
			return s, errors.Join(err, huiying.Errorf(huiying.Invalid, "report.too_often", s.Cron))
		}
		first = second
	}
	return c.o.Desk.o.Book.PutSchedule(ctx, s)
}

func (c *Clock) allowed(ctx context.Context, a query.Account, s query.ReportSchedule) error {
	switch {
	case !a.Actor().Has(writers()...):
		return huiying.Errorf(huiying.Forbidden, "report.role.write")
	case s.Kind == query.ReportSpecial:
		return huiying.Errorf(huiying.Invalid, "report.scheduled_special")
	case !slices.Contains(query.ReportKinds(), s.Kind):
		return huiying.Errorf(huiying.Invalid, "report.no_kind", s.Kind, strings.Join(query.ReportKinds()[:3], ", "))
	case s.Unreviewed && s.Kind != query.ReportDaily:
		return huiying.Errorf(huiying.Invalid, "report.unreviewed_daily")
	case s.Unreviewed && !a.Actor().Has(huiying.RoleManager):
		return huiying.Errorf(huiying.Forbidden, "report.unreviewed_manager")
	}
	return c.o.Desk.known(ctx, s.Recipients)
}

// Drop removes a schedule; its reports stay.
func (c *Clock) Drop(ctx context.Context, a query.Account, id string) error {
	if !a.Actor().Has(writers()...) {
		return huiying.Errorf(huiying.Forbidden, "report.role.write")
	}
	return c.o.Desk.o.Book.DropSchedule(ctx, id, a.Person.ID)
}

// tell queues the messages about released reports, each once.
func (c *Clock) tell(ctx context.Context) error {
	list, err := c.o.Desk.o.Book.Untold(ctx)
	if err != nil {
		return err
	}
	var failed []error
	for _, t := range list {
		if err := c.one(ctx, t); err != nil {
			failed = append(failed, err)
		}
	}
	if len(list) > 0 {
		c.o.Wake()
	}
	return errors.Join(failed...)
}

func (c *Clock) one(ctx context.Context, t reports.Telling) error {
	found, err := c.o.People.Recipients(ctx, []string{t.Receiver})
	if err != nil {
		return err
	}
	to := notifier.Tellable(found)
	now := c.o.Desk.o.Now().UTC().Truncate(time.Microsecond)
	alert := huiying.DeriveID("a-", "report", t.Report, t.Receiver)
	if len(to) == 0 {
		alert = ""
		c.o.Logger.WarnContext(ctx, c.o.Desk.o.Words.Text(locale.Chinese, "report.unreachable", t.Title, t.Receiver))
	}
	return c.o.Ledger.InTx(ctx, func(tx *record.Tx) error {
		first, err := tx.NoteReportTold(ctx, t, alert)
		if err != nil || !first || len(to) == 0 {
			return err
		}
		_, err = notifier.Tell(ctx, tx, notifier.Notice{To: onePerPerson(to), Receiver: t.Receiver, Alert: huiying.Alert{
			ID: alert, RuleName: t.Title, Level: huiying.LevelNone, Cause: huiying.CauseReport, View: t.Report, AcceptedAt: now, RaisedAt: now,
		}})
		return err
	})
}

// onePerPerson keeps of every person the first channel: the others take over
// when it fails.
func onePerPerson(list []notifier.Recipient) (out []notifier.Recipient) {
	for _, r := range list {
		if !slices.ContainsFunc(out, func(o notifier.Recipient) bool { return o.Person.ID == r.Person.ID }) {
			out = append(out, r)
		}
	}
	return out
}
