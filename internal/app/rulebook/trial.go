package rulebook

import (
	"context"
	"fmt"
	"iter"
	"sync"
	"time"

	"huiying"
	"huiying/analyzer"
	"huiying/analyzer/backtest"
	"huiying/analyzer/rule"
	"huiying/internal/query"
	"huiying/internal/store"
	"huiying/internal/store/posts"
)

// Trials runs one trial of the draft at a time; the last report is kept until
// the next. Open makes an analyzer of its own, so that what the service judges
// is not slowed by more than a processor.
type Trials struct {
	Store *store.Store
	Zone  *time.Location
	Now   func() time.Time
	Open  func(rules *rule.File) (*analyzer.Analyzer, error)
	Go    func(name string, run func(context.Context) error) // on the service's life

	mu   sync.Mutex
	now  query.RuleTrial
	stop context.CancelFunc
}

// samples is how many posts are shown for each rule and kind of difference.
const samples = 20

// Try begins a trial; huiying.Conflict while one runs.
func (d *Desk) Try(ctx context.Context, days int, who huiying.Actor) error {
	if days < 1 || days > 90 {
		return huiying.Errorf(huiying.Invalid, "rules.trial_days", 90)
	}
	files, page, err := d.inForce(ctx)
	if err != nil {
		return err
	}
	rules, def, err := d.draft(ctx, page.Rules)
	if err != nil {
		return err
	}
	fresh, err := join(files, rules)
	if err != nil {
		return err
	}
	old, err := join(files, page.Rules)
	if err != nil {
		return err
	}
	return d.Trials.begin(query.RuleTrial{Days: days, Draft: def.Version, By: who.ID}, fresh, old)
}

// Trial is the trial under way or the last one.
func (d *Desk) Trial(context.Context) query.RuleTrial {
	d.Trials.mu.Lock()
	defer d.Trials.mu.Unlock()
	return d.Trials.now
}

// StopTrial ends the one under way.
func (d *Desk) StopTrial(context.Context) {
	d.Trials.mu.Lock()
	defer d.Trials.mu.Unlock()
	if d.Trials.stop != nil {
		d.Trials.now.Stopped = true
		d.Trials.stop()
	}
}

func (t *Trials) begin(trial query.RuleTrial, fresh, old *rule.File) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.stop != nil {
		return huiying.Errorf(huiying.Conflict, "rules.trial_runs")
	}
	trial.BeganAt = t.Now()
	ctx, cancel := context.WithCancel(context.Background())
	t.now, t.stop = trial, cancel
	t.Go("trial of rules", func(life context.Context) error {
		defer cancel()
		end := context.AfterFunc(life, cancel)
		defer end()
		report, err := t.run(ctx, fresh, old)
		t.mu.Lock()
		defer t.mu.Unlock()
		t.stop, t.now.EndedAt = nil, t.Now()
		switch {
		case t.now.Stopped || life.Err() != nil:
		case err != nil:
			t.now.Problem = err
		default:
			t.now.Report = report
		}
		return nil // what went wrong is told to who asked
	})
	return nil
}

func (t *Trials) run(ctx context.Context, fresh, old *rule.File) (*query.TrialReport, error) {
	trial := backtest.Trial{Zone: t.Zone, Samples: samples}
	for judge, rules := range map[*backtest.Judge]*rule.File{&trial.New: fresh, &trial.Old: old} {
		a, err := t.Open(rules)
		if err != nil {
			return nil, err
		}
		defer a.Close()
		*judge = a
	}
	to := t.Now()
	from := to.AddDate(0, 0, -t.now.Days)
	var of int
	err := t.Store.Reader().QueryRowContext(ctx, `SELECT COUNT(*) FROM posts WHERE published_at >= $1 AND published_at < $2`, store.Micros(from), store.Micros(to)).Scan(&of)
	if err != nil {
		return nil, fmt.Errorf("count posts of a trial: %w", err)
	}
	t.progress(0, of)
	report, err := trial.Run(t.counted(posts.Between(ctx, t.Store.Reader(), from, to), of))
	if err != nil {
		return nil, err
	}
	return told(report, t.now.Days), nil
}

// every is after how many posts the progress is noted.
const every = 100

func (t *Trials) counted(list iter.Seq2[huiying.Post, error], of int) iter.Seq2[huiying.Post, error] {
	return func(yield func(huiying.Post, error) bool) {
		n := 0
		for p, err := range list {
			if n++; n%every == 0 {
				t.progress(n, of)
			}
			if !yield(p, err) {
				return
			}
		}
	}
}

func (t *Trials) progress(done, of int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.now.Done, t.now.Of = done, of
}

// told is a report as pages show it.
func told(r backtest.Report, days int) *query.TrialReport {
	pair := func(p backtest.Pair) query.TrialPair { return query.TrialPair(p) }
	out := &query.TrialReport{
		Posts: r.Posts, Skipped: r.Skipped, Tagged: pair(r.Tagged), Alerts: pair(r.Alerts), Night: pair(r.Night), PerDay: (r.Alerts.New + days - 1) / days,
	}
	for _, d := range r.Days {
		out.Days = append(out.Days, query.TrialDay{Day: d.Day, Posts: d.Posts, Tagged: pair(d.Tagged), Alerts: pair(d.Alerts)})
	}
	for _, one := range r.Rules {
		row := query.TrialRule{Rule: one.Rule, Name: one.Name, Hits: pair(one.Hits), Gained: one.Gained, Lost: one.Lost}
		for _, s := range one.Sample {
			row.Sample = append(row.Sample, query.TrialSample(s))
		}
		out.Rules = append(out.Rules, row)
	}
	return out
}
