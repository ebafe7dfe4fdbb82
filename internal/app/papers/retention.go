package papers

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"huiying"
	"huiying/internal/query"
	"huiying/internal/store"
	"huiying/internal/store/purges"
)

// retireAt is the hour of the office's day at which a run is due: nobody works,
// and the nightly copies are not begun yet.
const retireAt = 3

// retireLook is how often it is looked whether a run is due.
const retireLook = time.Minute

// Retention lets the words of posts go that no case has and whose time is over.
type Retention struct {
	Store    *store.Store
	PostsFor time.Duration // after they were collected; 0 = they are kept
	Now      func() time.Time
	Logger   *slog.Logger // for Run
	Purged   func()       // called when anything went; nil = nobody

	last, oldest prometheus.Gauge
	removed      prometheus.Counter
}

// NewRetention gives it its figures.
func NewRetention(r Retention) *Retention {
	r.last = prometheus.NewGauge(prometheus.GaugeOpts{
		Name: "huiying_retention_last_run_timestamp_seconds", Help: "When the last whole run over posts whose time is over began; 0 = never.",
	})
	r.oldest = prometheus.NewGauge(prometheus.GaugeOpts{
		Name: "huiying_retention_oldest_post_timestamp_seconds", Help: "When the oldest post that has its words and no case was collected, as of the last run; 0 = there is none.",
	})
	r.removed = prometheus.NewCounter(prometheus.CounterOpts{
		Name: "huiying_retention_posts_total", Help: "Posts whose words were removed because their time was over.",
	})
	return &r
}

// Register adds the figures to a registry.
func (r *Retention) Register(reg prometheus.Registerer) error {
	var errs []error
	for _, c := range []prometheus.Collector{r.last, r.oldest, r.removed} {
		errs = append(errs, reg.Register(c))
	}
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("register the figures of retention: %w", err)
	}
	return nil
}

// Run does what is due until ctx ends.
func (r *Retention) Run(ctx context.Context) error {
	tick := time.NewTicker(retireLook)
	defer tick.Stop()
	if err := r.measure(ctx); err != nil && ctx.Err() == nil {
		r.Logger.Error("the figures of retention could not be read; they are after the next run", "err", err)
	}
	for {
		if n, err := r.Step(ctx); err != nil && ctx.Err() == nil {
			r.Logger.Error("posts whose time is over could not all be removed; tried again in a minute", "removed", n, "err", err)
		} else if n > 0 {
			r.Logger.Info("words of posts went because their time was over", "posts", n)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

// Step does the run that is due, if one is: once a day, and after a start at once
// where it was due meanwhile. One that was cut off is due still.
func (r *Retention) Step(ctx context.Context) (removed int, err error) {
	if r.PostsFor == 0 {
		return 0, nil
	}
	last, err := purges.LastRun(ctx, r.Store.Reader())
	if err != nil || !last.Before(dueSince(r.Now(), r.Store.Zone())) {
		return 0, err
	}
	return r.Retire(ctx, huiying.SystemActor().ID)
}

// dueSince is when the last run was due.
func dueSince(now time.Time, zone *time.Location) time.Time {
	y, m, d := now.In(zone).Date()
	at := time.Date(y, m, d, retireAt, 0, 0, 0, zone)
	if at.After(now) {
		at = time.Date(y, m, d-1, retireAt, 0, 0, 0, zone)
	}
	return at
}

// Retire does a run now. huiying.Conflict: posts are kept for ever.
func (r *Retention) Retire(ctx context.Context, by string) (removed int, err error) {
	if r.PostsFor == 0 {
		return 0, huiying.Errorf(huiying.Conflict, "retention.off")
	}
	now := r.Now()
	removed, err = purges.Retire(ctx, r.Store, purges.Retirement{Before: now.Add(-r.PostsFor), Began: now, By: by})
	r.removed.Add(float64(removed))
	if removed > 0 && r.Purged != nil {
		r.Purged()
	}
	if err != nil {
		return removed, err
	}
	if err := purges.Ran(ctx, r.Store, now); err != nil {
		return removed, err
	}
	// A reader under way may keep the log from being emptied; the sweep does it
	// again until it is.
	if removed > 0 {
		if _, err := r.Store.Checkpoint(ctx); err != nil {
			return removed, fmt.Errorf("empty the log after posts went: %w", err)
		}
	}
	return removed, r.measure(ctx)
}

// Due counts what a run would take now.
func (r *Retention) Due(ctx context.Context) (query.RetentionDue, error) {
	if r.PostsFor == 0 {
		return query.RetentionDue{}, huiying.Errorf(huiying.Conflict, "retention.off")
	}
	return purges.Due(ctx, r.Store.Reader(), r.Now().Add(-r.PostsFor), r.Store.Zone())
}

func (r *Retention) measure(ctx context.Context) error {
	last, err := purges.LastRun(ctx, r.Store.Reader())
	if err != nil {
		return err
	}
	oldest, err := purges.Oldest(ctx, r.Store.Reader())
	if err != nil {
		return err
	}
	r.last.Set(seconds(last))
	r.oldest.Set(seconds(oldest))
	return nil
}

// seconds since 1970, 0 of no time.
func seconds(at time.Time) float64 {
	if at.IsZero() {
		return 0
	}
	return float64(at.UnixMilli()) / 1000
}
