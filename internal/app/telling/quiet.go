package telling

import (
	"context"
	"slices"
	"time"

	"huiying"
	"huiying/internal/query"
	"huiying/internal/store"
	"huiying/internal/store/outbox"
	"huiying/notifier/route"
)

// Quiet is the quiet hours of people as their own page sees them; Shifts may be
// nil where there are no rosters, the other fields are required.
type Quiet struct {
	Store  *store.Store
	Keep   func(ctx context.Context, person string, hours []string) error
	Clock  route.Clock
	Shifts func(ctx context.Context, from, until time.Time) ([]huiying.DutyShift, error)
	Now    func() time.Time
}

// Set keeps a person's quiet hours; none = the person has none.
func (q Quiet) Set(ctx context.Context, person string, hours []string) error {
	if err := route.CheckQuiet(hours, q.Now(), q.Clock); err != nil {
		return err
	}
	return q.Keep(ctx, person, hours)
}

// quietDays is how many days a preview of quiet hours goes back.
const quietDays = 7

// Try says what the hours would have held back of what went to a person in the
// last days, by the rosters as they are now.
func (q Quiet) Try(ctx context.Context, person string, hours []string) (query.QuietPreview, error) {
	p := query.QuietPreview{Days: quietDays, Levels: map[huiying.Level]int{}}
	now := q.Now()
	if err := route.CheckQuiet(hours, now, q.Clock); err != nil {
		return p, err
	}
	since := now.AddDate(0, 0, -quietDays)
	duty, err := Shifts(ctx, q.Shifts, since, now)
	if err != nil {
		return p, err
	}
	quiet, err := route.NewQuiet(hours, duty[person], q.Clock)
	if err != nil {
		return p, err
	}
	p.DutyUntil = onDuty(duty[person], now)
	sent, err := outbox.To(ctx, q.Store.Reader(), person, since)
	for _, d := range sent {
		until := quiet.Until(d.CreatedAt)
		switch {
		case quiet.OnDuty(d.CreatedAt):
			p.Duty++
		case !until.After(d.CreatedAt):
		case !route.HeldByQuiet(d.Alert.Level):
			p.Red++
		default:
			p.Held++
			p.Levels[d.Alert.Level]++
			p.Hits = append(p.Hits, query.QuietHit{Delivery: d.ID, Level: d.Alert.Level, Rule: d.Alert.RuleName, Case: d.Alert.CaseNo, At: d.CreatedAt, Until: until})
		}
	}
	p.Hits = p.Hits[:min(len(p.Hits), mostHits)]
	return p, err
}

// onDuty is until when somebody is on duty now; zero when they are not.
func onDuty(shifts []huiying.DutyShift, now time.Time) time.Time {
	i := slices.IndexFunc(shifts, func(s huiying.DutyShift) bool { return !now.Before(s.From) && now.Before(s.Until) })
	if i < 0 {
		return time.Time{}
	}
	return shifts[i].Until
}

// Shifts are those on duty from a day before a span to so long after it as quiet
// hours may hold, by person.
func Shifts(ctx context.Context, of func(ctx context.Context, from, until time.Time) ([]huiying.DutyShift, error), from, until time.Time) (map[string][]huiying.DutyShift, error) {
	if of == nil {
		return nil, nil
	}
	const ahead = 5
	list, err := of(ctx, from.AddDate(0, 0, -1), until.AddDate(0, 0, ahead))
	if err != nil {
		return nil, err
	}
	out := map[string][]huiying.DutyShift{}
	for _, s := range list {
		out[s.Person] = append(out[s.Person], s)
	}
	return out, nil
}
