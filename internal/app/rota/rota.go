// Package rota is the duty rosters of the office as the process keeps them: the
// plans of what the store holds, and the desk where people change who is on
// duty. It tells nobody, and refuses a change that would do nothing.
package rota

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"huiying"
	dutybook "huiying/internal/store/duty"
	"huiying/notifier/duty"
)

// plansFor is how long rosters are kept before they are read again.
const plansFor = 2 * time.Second

// Rosters is the duty rosters of the office as plans.
type Rosters struct {
	book *dutybook.Book
	zone *time.Location
	cal  duty.Calendar
	now  func() time.Time

	mu    sync.Mutex
	plans []*duty.Plan
	read  time.Time
}

// New opens the rosters of a book.
func New(book *dutybook.Book, zone *time.Location, cal duty.Calendar, now func() time.Time) *Rosters {
	return &Rosters{book: book, zone: zone, cal: cal, now: now}
}

// All reads the plans. A roster that is wrong in itself fails: silence about it
// would leave a duty unfilled.
func (r *Rosters) All(ctx context.Context) ([]*duty.Plan, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	now := r.now()
	if r.plans != nil && now.Sub(r.read) <= plansFor && !now.Before(r.read) {
		return r.plans, nil
	}
	plans, err := ReadPlans(ctx, r.book, duty.Options{Zone: r.zone, Calendar: r.cal})
	if err != nil {
		return nil, err
	}
	r.plans, r.read = plans, now
	return plans, nil
}

// today is the office's day.
func (r *Rosters) today() string { return r.now().In(r.zone).Format(time.DateOnly) }

// Forget has the next question read the rosters anew: they were just changed.
func (r *Rosters) Forget() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.plans = nil
}

// ReadPlans makes a plan of every roster that is kept.
func ReadPlans(ctx context.Context, book *dutybook.Book, o duty.Options) ([]*duty.Plan, error) {
	list, err := book.Rosters(ctx)
	if err != nil {
		return nil, err
	}
	tables, err := book.Tables(ctx)
	if err != nil {
		return nil, err
	}
	if o.Changes, err = book.Changes(ctx); err != nil {
		return nil, err
	}
	plans := make([]*duty.Plan, 0, len(list))
	for _, r := range list {
		o.Rows = tables[r.ID]
		p, err := duty.New(r, o)
		if err != nil {
			return nil, fmt.Errorf("roster %s: %w", r.ID, err)
		}
		plans = append(plans, p)
	}
	return plans, nil
}

// OnDuty is who is on duty now in a roster, "" = in any; there reports whether
// there is such a roster at all.
func (r *Rosters) OnDuty(ctx context.Context, id string) (people []string, there bool, err error) {
	return r.OnDutyAt(ctx, id, r.now())
}

// OnDutyAt is who was, or will be, by the rosters as they are now.
func (r *Rosters) OnDutyAt(ctx context.Context, id string, at time.Time) (people []string, there bool, err error) {
	plans, err := r.All(ctx)
	if err != nil {
		return nil, false, err
	}
	for _, p := range plans {
		if id != "" && p.Roster().ID != id {
			continue
		}
		there = true
		for _, person := range duty.People(p.OnDuty(at)) {
			if !slices.Contains(people, person) {
				people = append(people, person)
			}
		}
	}
	return people, there, nil
}

// Shifts are the spans on duty of all rosters that touch from–until.
func (r *Rosters) Shifts(ctx context.Context, from, until time.Time) (out []huiying.DutyShift, err error) {
	plans, err := r.All(ctx)
	for _, p := range plans {
		out = append(out, p.Shifts(from, until)...)
	}
	slices.SortStableFunc(out, func(a, b huiying.DutyShift) int { return a.From.Compare(b.From) })
	return out, err
}

// watched is how far ahead gaps are looked for.
const watched = 7 * 24 * time.Hour

// Gaps are those of the days to come.
func (r *Rosters) Gaps(ctx context.Context, standing func(string) duty.Standing) ([]huiying.DutyGap, error) {
	plans, err := r.All(ctx)
	if err != nil {
		return nil, err
	}
	var out []huiying.DutyGap
	now := r.now()
	for _, p := range plans {
		out = append(out, p.Gaps(now, now.Add(watched), standing)...)
	}
	return out, nil
}

// Standing is what is known of people: who is a user, and whom a channel
// reaches.
func Standing(people []huiying.Person, channels []string) func(string) duty.Standing {
	return func(id string) duty.Standing {
		i := slices.IndexFunc(people, func(p huiying.Person) bool { return p.ID == id })
		if i < 0 {
			return duty.Standing{}
		}
		return duty.Standing{Known: true, Reachable: Reachable(people[i], channels)}
	}
}

// Reachable reports whether a person can be told over one of the channels.
func Reachable(p huiying.Person, channels []string) bool {
	return slices.ContainsFunc(p.Contacts, func(c huiying.Contact) bool { return slices.Contains(channels, c.Channel) })
}
