package app

import (
	"context"
	"errors"
	"log/slog"
	"net/url"
	"strconv"
	"time"

	"huiying"
	"huiying/internal/query"
	"huiying/internal/store/record"
	"huiying/internal/store/saved"
	"huiying/internal/store/views"
	"huiying/internal/web/filter"
	"huiying/notifier"
	"huiying/notifier/calendar"
)

// following tells people who subscribed to a saved view how many new posts it
// has. Who may see what is asked anew each time: somebody who lost a role or
// whom the view is no longer shared with hears nothing more.
type following struct {
	book     *saved.Book
	views    *views.Views
	accounts func(ctx context.Context, id string) (query.Account, error)
	ledger   *record.Ledger
	people   notifier.Directory
	days     *calendar.Calendar
	zone     *time.Location
	now      func() time.Time
	wake     func()
	logger   *slog.Logger
	told     func(key string, args ...any) string // for the log
}

// followEvery is how often it is looked whether anybody is to be told.
const followEvery = 30 * time.Second

// Office hours begin at half past eight. They end when the office says its day
// does (office.end_of_day), where that is midnight at six.
const (
	officeOpens  = 8*time.Hour + 30*time.Minute
	officeCloses = 18 * time.Hour
)

// Run tells people until ctx ends.
func (f *following) Run(ctx context.Context) error {
	tick := time.NewTicker(followEvery)
	defer tick.Stop()
	for {
		if err := f.Tick(ctx); err != nil && ctx.Err() == nil {
			// Nothing is lost: what was not told is told with the next message.
			f.logger.Error("telling of saved views failed", "error", err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

// Tick tells whoever is to be told by now. One whose turn fails has it later and
// keeps nobody else waiting.
func (f *following) Tick(ctx context.Context) error {
	due, err := f.book.Due(ctx, f.now())
	if err != nil {
		return err
	}
	var failed []error
	for _, d := range due {
		if err := f.look(ctx, d); err != nil {
			failed = append(failed, err, f.book.Postpone(ctx, d, f.now().Add(time.Minute)))
		}
	}
	return errors.Join(failed...)
}

func (f *following) look(ctx context.Context, d saved.Due) error {
	a, err := f.accounts(ctx, d.Person)
	if huiying.ErrorCode(err) == huiying.NotFound || err == nil && (a.Disabled || !d.View.Seen(a)) {
		return f.book.End(ctx, d)
	}
	if err != nil {
		return err
	}
	now := f.now()
	if d.Hours == query.HoursOffice && !f.open(now) {
		return f.book.Postpone(ctx, d, now.Add(5*time.Minute))
	}
	newest, err := f.book.Newest(ctx)
	if err != nil {
		return err
	}
	if newest <= d.Seen { // what comes while we look is told next time
		return f.tell(ctx, d, saved.Told{Seen: d.Seen, Next: now.Add(d.Every)})
	}
	n, err := f.count(ctx, a, d)
	switch huiying.ErrorCode(err) {
	case huiying.Unavailable:
		return f.book.Postpone(ctx, d, now.Add(time.Minute)) // the index is being read
	case huiying.Invalid:
		return f.book.End(ctx, d) // a query that no longer is one
	}
	if err != nil {
		return err
	}
	return f.tell(ctx, d, saved.Told{Seen: newest, Posts: n, Next: now.Add(d.Every)})
}

// count counts the posts that came since the person was told, whatever the
// period that the view shows.
func (f *following) count(ctx context.Context, a query.Account, d saved.Due) (int, error) {
	q, err := url.ParseQuery(d.View.Query)
	if err != nil {
		return 0, huiying.Errorf(huiying.Invalid, "saved.query")
	}
	p, _ := filter.ReadPosts(q)
	ask := p.Ask(a.Scope(), 0, f.now(), f.zone)
	ask.From, ask.Periods = time.Time{}, nil
	ask.After, ask.Limit, ask.Relevance, ask.Skip = d.Seen, 1, false, 0
	found, err := f.views.Find(ctx, ask)
	return found.Total, err
}

// tell queues the message and notes it in one transaction.
func (f *following) tell(ctx context.Context, d saved.Due, told saved.Told) error {
	var to []notifier.Recipient
	if told.Posts > 0 {
		var err error
		if to, err = f.people.Recipients(ctx, []string{d.Person}); err != nil {
			return err
		}
		if to = notifier.Tellable(to); len(to) == 0 {
			f.logger.Warn(f.told("saved.untold", d.View.Name, told.Posts, d.Person))
			return f.book.Postpone(ctx, d, told.Next) // they stay new until there is one
		}
		to = to[:1] // the other channels take over when it fails
	}
	now := f.now().UTC().Truncate(time.Microsecond)
	err := f.ledger.InTx(ctx, func(tx *record.Tx) error {
		if len(to) > 0 {
			_, err := notifier.Tell(ctx, tx, notifier.Notice{To: to, Receiver: d.Person, Alert: huiying.Alert{
				ID: huiying.DeriveID("a-", "view", d.View.ID, d.Person, strconv.FormatInt(d.Seen, 10)), RuleName: d.View.Name, Level: huiying.LevelNone,
				Cause: huiying.CauseView, View: d.View.ID, Count: told.Posts, AcceptedAt: now, RaisedAt: now,
			}})
			if err != nil {
				return err
			}
		}
		return tx.NoteTold(ctx, d, told)
	})
	if err == nil && len(to) > 0 {
		f.wake()
	}
	return err
}

// open reports working hours of a working day; a year whose calendar is not
// published counts by weekdays.
func (f *following) open(at time.Time) bool {
	at = at.In(f.zone)
	worked, known := f.days.WorkedOn(at)
	if !known {
		worked = at.Weekday() != time.Saturday && at.Weekday() != time.Sunday
	}
	y, m, day := at.Date()
	midnight := time.Date(y, m, day, 0, 0, 0, 0, f.zone)
	closes := f.days.EndOf(calendar.On(at, f.zone))
	if closes.Sub(midnight) > 23*time.Hour {
		closes = midnight.Add(officeCloses)
	}
	return worked && !at.Before(midnight.Add(officeOpens)) && at.Before(closes)
}
