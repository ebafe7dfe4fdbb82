package outcomes

import (
	"context"
	"maps"
	"slices"
	"time"

	"huiying/internal/query"
	"huiying/internal/store"
	"huiying/internal/store/outcomes"
	"huiying/notifier/casework/measure"
)

// aside is a question about alerts and posts; what it found is kept for a
// while, because it is read and not counted in memory.
type aside struct {
	from, to              int64
	unit, level, platform string
	posts                 bool
}

type kept struct {
	at       time.Time
	channels []query.ChannelOutcome
	noise    *query.Outcome
}

// keptFor is how old what was read of alerts and posts may be.
const keptFor = time.Minute

// beside adds the figures that are not of the record of cases: how soon alerts
// were taken on by channel and, for whoever sees posts, how many tagged posts
// were noise.
func (d *Desk) beside(ctx context.Context, a query.OutcomeAsk, out *query.Outcomes) error {
	now, err := d.asideOf(ctx, a, a.From, a.To)
	if err != nil {
		return err
	}
	out.Channels, out.Noise, out.ReadAt = slices.Clone(now.channels), now.noise, now.at
	if !a.Compare {
		return nil
	}
	from, to := a.Before()
	was, err := d.asideOf(ctx, a, from, to)
	if err != nil {
		return err
	}
	if out.Noise != nil {
		one := *now.noise
		one.Was = was.noise
		out.Noise = &one
	}
	for i := range out.Channels {
		for _, w := range was.channels {
			if w.Channel == out.Channels[i].Channel {
				before := w.Outcome
				out.Channels[i].Was = &before
			}
		}
	}
	return nil
}

func (d *Desk) asideOf(ctx context.Context, a query.OutcomeAsk, from, to time.Time) (kept, error) {
	k := aside{store.Micros(from), store.Micros(to), a.Unit, string(a.Level), a.Platform, a.Scope.All && a.Unit == ""}
	return d.asides.Get(ctx, k, store.Span{For: keptFor, Now: d.Now}, func(ctx context.Context) (kept, error) { return d.told(ctx, a, k, from, to) })
}

func (d *Desk) told(ctx context.Context, a query.OutcomeAsk, k aside, from, to time.Time) (kept, error) {
	got := kept{at: d.Now()}
	told, err := outcomes.Tellings(ctx, d.Store.Reader(), narrowed(a, from, to))
	if err != nil {
		return got, err
	}
	got.channels = byChannel(told)
	if k.posts {
		n, of, err := outcomes.Noise(ctx, d.Store.Reader(), narrowed(a, from, to))
		if err != nil {
			return got, err
		}
		got.noise = &query.Outcome{ID: query.FigureNoise, N: n, Of: of}
	}
	return got, nil
}

func narrowed(a query.OutcomeAsk, from, to time.Time) outcomes.Ask {
	return outcomes.Ask{From: from, To: to, Unit: a.Unit, Level: string(a.Level), Platform: a.Platform}
}

// byChannel is how soon alerts were taken on, channel by channel.
func byChannel(told []outcomes.Told) (out []query.ChannelOutcome) {
	groups := map[string][]outcomes.Told{}
	for _, t := range told {
		groups[t.Channel] = append(groups[t.Channel], t)
	}
	for _, channel := range slices.Sorted(maps.Keys(groups)) {
		out = append(out, query.ChannelOutcome{Channel: channel, Outcome: takenOn(groups[channel])})
	}
	return out
}

// takenOn is how soon alerts were taken on: N of them were.
func takenOn(told []outcomes.Told) query.Outcome {
	o := query.Outcome{ID: query.FigureAlerts, Lasts: true, Of: len(told)}
	for _, t := range told {
		if !t.AckedAt.IsZero() {
			o.N++
			o.Took = append(o.Took, max(t.AckedAt.Sub(t.RaisedAt), 0))
		}
	}
	slices.Sort(o.Took)
	o.Median, o.P90 = measure.Quantile(o.Took, 50), measure.Quantile(o.Took, 90)
	if len(o.Took) > 0 {
		o.Max = o.Took[len(o.Took)-1]
	}
	return o
}
