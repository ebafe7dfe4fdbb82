package analyzer

import (
	"context"
	"errors"
	"strings"
	"time"

	"huiying"
	"huiying/analyzer/burst"
	"huiying/analyzer/cluster"
	"huiying/analyzer/topic"
)

// burstKey is the record of the counts by hour.
const burstKey = "burst"

// maxBurstRecord is how large the record may get, in bytes: a message holds no
// more.
const maxBurstRecord = 900_000

// newBursts takes the counts up where they were left; counts of another zone or
// version are begun anew, for they say nothing of these hours.
func newBursts(records []topic.Record, o Options) *burst.Detector {
	for _, r := range records {
		if r.Key != burstKey || len(r.Value) == 0 {
			continue
		}
		d, err := burst.Restore(o.Zone, r.Value)
		if err == nil {
			return d
		}
		o.Logger.Warn("counts by hour are begun anew", "error", err)
	}
	return burst.New(o.Zone, o.Now())
}

// topicPrefix begins the keys of topics.
const topicPrefix = "topic/"

// keys are what a post counts for: its topic, its rules, its places.
func keys(j *huiying.Judgement) []string {
	var out []string
	if j.Topic != "" {
		out = append(out, topicPrefix+j.Topic)
	}
	for _, t := range j.Tags {
		out = append(out, "rule/"+t.Rule)
	}
	if len(out) > 0 {
		for _, p := range j.Places {
			out = append(out, "place/"+p)
		}
	}
	return out
}

// count notes a post that is met for the first time in the hour it was
// published.
func (a *Analyzer) count(w *work) {
	p := w.post
	if p.Held || p.Finding != nil || p.PublishedPrecision == huiying.PrecisionDay || p.PublishedAt.IsZero() {
		return
	}
	for _, key := range keys(w.verdict) {
		a.bursts.Add(key, p.PublishedAt)
	}
}

// bursting reports whether a post's topic, or a rule or place of it, has
// suddenly more posts than usual.
func (a *Analyzer) bursting(w *work) bool {
	for _, key := range keys(w.verdict) {
		if now := a.bursts.Look(key, w.post.CollectedAt); now.State == burst.Burst || now.Window.Burst {
			return true
		}
	}
	return false
}

// Surge is a topic, rule or place that suddenly has more posts than usual, or
// no longer has, with the numbers; Topic is what is known of a topic.
type Surge struct {
	burst.Answer
	Topic *cluster.Event
}

// Surges says what began or ended since it was asked last; it is for every
// minute.
func (a *Analyzer) Surges(now time.Time) []Surge {
	var out []Surge
	for _, answer := range a.bursts.Sweep(now) {
		s := Surge{Answer: answer}
		if id, ok := strings.CutPrefix(answer.Key, topicPrefix); ok {
			if e, open := a.topics.Event(id, now); open {
				s.Topic = &e
			}
		}
		out = append(out, s)
	}
	return out
}

// saveBursts keeps the counts. Too many to be kept are no error of the posts:
// they are counted on, and lost with the process.
func (a *Analyzer) saveBursts(ctx context.Context) error {
	if a.options.Memory == nil {
		return nil
	}
	raw, err := a.bursts.Export()
	if err != nil {
		return err //nolint:wrapcheck // says what was written
	}
	if len(raw) > maxBurstRecord {
		a.options.Logger.WarnContext(ctx, "counts by hour are too many to be kept", "bytes", len(raw))
		return nil
	}
	return a.options.Memory.Save(ctx, []topic.Record{{Key: burstKey, Value: raw}}) //nolint:wrapcheck // says what was saved
}

// Save makes durable, too, what topics that go on have become and the counts by
// hour; for every minute and the end.
func (a *Analyzer) Save(ctx context.Context) error {
	return errors.Join(a.topics.Save(ctx), a.saveBursts(ctx))
}
