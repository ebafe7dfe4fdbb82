package notices

import (
	"context"
	"time"

	"huiying"
	"huiying/internal/app/rota"
	"huiying/internal/query"
	"huiying/internal/store/outbox"
	"huiying/internal/web/api"
)

// Ahead is how far ahead hours without anybody are looked for: within it there
// is a working day on which somebody can be found.
const Ahead = 72 * time.Hour

// Duty looks for hours in which a roster reaches nobody.
type Duty struct {
	Rosters  *rota.Rosters
	People   func(ctx context.Context) ([]huiying.Person, error)
	Channels []string
	Now      func() time.Time
}

// Look finds the first span of every roster that has one.
func (d Duty) Look(ctx context.Context) ([]query.Notice, error) {
	plans, err := d.Rosters.All(ctx)
	if err != nil || len(plans) == 0 {
		return nil, err
	}
	people, err := d.People(ctx)
	if err != nil {
		return nil, err
	}
	known, now := rota.Standing(people, d.Channels), d.Now()
	var out []query.Notice
	for _, p := range plans {
		r := p.Roster()
		if gaps := p.Uncovered(now, now.Add(Ahead), known); len(gaps) > 0 {
			out = append(out, query.Notice{
				Kind: query.NoticeUncovered, Subject: r.ID, Name: r.Name, From: gaps[0].From, Until: gaps[0].Until, More: len(gaps) - 1,
			})
		}
	}
	return out, nil
}

// failures is how many messages in a row must fail: as many as the sender lets
// pass before it leaves a slow channel alone.
const failures = 3

// Channels looks for channels whose last messages all failed.
type Channels struct {
	IDs   []string
	Queue *outbox.Deliveries
}

// Look finds them.
func (c Channels) Look(ctx context.Context) ([]query.Notice, error) {
	var out []query.Notice
	for _, id := range c.IDs {
		run, err := c.Queue.FailuresInARow(ctx, id, failures)
		if err != nil {
			return nil, err
		}
		if len(run) >= failures {
			last := run[0]
			out = append(out, query.Notice{Kind: query.NoticeChannel, Subject: id, Name: id, From: run[len(run)-1].At, Why: last.Sentence})
		}
	}
	return out, nil
}

// Rota and Ways are the desks as pages know them.
type (
	Rota interface{ api.Duty }
	Ways interface{ api.Channels }
)

// Mending is the desk of duty; what is changed there is looked at anew.
type Mending struct {
	Rota
	Watch *Watch
}

// Change makes a change.
func (m Mending) Change(ctx context.Context, c huiying.DutyChange) (huiying.DutyChange, error) {
	defer m.Watch.Changed()
	return m.Rota.Change(ctx, c)
}

// Withdraw takes one back.
func (m Mending) Withdraw(ctx context.Context, id string, by huiying.Actor) error {
	defer m.Watch.Changed()
	return m.Rota.Withdraw(ctx, id, by)
}

// PutRoster keeps a roster.
func (m Mending) PutRoster(ctx context.Context, r huiying.Roster, by huiying.Actor) error {
	defer m.Watch.Changed()
	return m.Rota.PutRoster(ctx, r, by)
}

// PutTable takes a table in.
func (m Mending) PutTable(ctx context.Context, t query.DutyTable) ([]huiying.DutyRow, []error, error) {
	defer m.Watch.Changed()
	return m.Rota.PutTable(ctx, t)
}

// Trying is the desk of channels; a trial may show that one works again.
type Trying struct {
	Ways
	Watch *Watch
}

// Try sends a trial.
func (t Trying) Try(ctx context.Context, what query.TrialOf) (query.Trial, error) {
	defer t.Watch.Changed()
	return t.Ways.Try(ctx, what)
}
