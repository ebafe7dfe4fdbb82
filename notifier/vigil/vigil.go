// Package vigil watches the collection itself: a source that is dead, refused,
// silent, cut short or answers with nothing becomes a finding, told once and
// called off when it is over. It looks at the ledger in SQL alone, so that it
// works while no crawler does and after a restart. It refuses to decide who is
// told, and to raise a source's own silence while nothing at all is collected.
package vigil

import (
	"cmp"
	"context"
	"log/slog"
	"slices"
	"time"

	"huiying"
)

// Standing is how a source stands.
type Standing struct {
	Source   string
	Name     string
	Disabled bool                // by its definition
	State    huiying.SourceState // of the last visit
	Detail   string
	Period   time.Duration // the longest its definition lets it wait
	LastAt   time.Time     // of the last visit, zero = never
	Missed   time.Time     // when the next visit counts as missed; zero = never
	BadFrom  time.Time     // since when no visit was answered, zero = the last one was
	SameFrom time.Time     // since when visits end in State; pauses count for none of these
	Bad      int           // visits since BadFrom
	Capped   Run           // visits in a row that stopped before the end
	Empty    Run           // visits in a row that found nothing
	Always   bool          // before Empty it always brought something
}

// Run is a run of visits up to the last one.
type Run struct {
	From time.Time
	N    int
}

// Ledger knows how the sources stand, and what was told and is not over.
type Ledger interface {
	Standings(ctx context.Context) ([]Standing, error)
	Incidents(ctx context.Context) ([]huiying.Post, error)
}

// Sink takes findings, as it takes any post.
type Sink interface {
	Accept(ctx context.Context, p huiying.Post) error
}

// Texts renders a sentence of the catalogue in the office's language.
type Texts func(key string, args ...any) string

// Options is what a Vigil works with. Ledger, Sink, Texts and Now are required.
type Options struct {
	Ledger     Ledger
	Sink       Sink
	Texts      Texts
	Now        func() time.Time
	Thresholds []Threshold // none = DefaultThresholds
	// Stopped says since when a person keeps everything from being collected;
	// nil = that cannot be.
	Stopped func() (since time.Time, ok bool)
	Zone    *time.Location
	Logger  *slog.Logger
}

// Every is how often Run looks.
const Every = time.Minute

// Vigil is the watch.
type Vigil struct {
	o     Options
	begun time.Time
}

// New makes a Vigil.
func New(o Options) *Vigil {
	if o.Thresholds == nil {
		o.Thresholds = DefaultThresholds()
	}
	o.Zone = cmp.Or(o.Zone, time.UTC)
	if o.Stopped == nil {
		o.Stopped = func() (time.Time, bool) { return time.Time{}, false }
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	return &Vigil{o: o, begun: o.Now()}
}

// Run looks every minute until ctx ends. A look that fails is made again.
func (v *Vigil) Run(ctx context.Context) error {
	every := time.NewTicker(Every)
	defer every.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-every.C:
		}
		if err := v.Look(ctx); err != nil && ctx.Err() == nil {
			v.o.Logger.Error("the collection could not be looked at; tried again", "error", err)
		}
	}
}

// Look judges every source once and tells what began and what is over.
func (v *Vigil) Look(ctx context.Context) error {
	standings, err := v.o.Ledger.Standings(ctx)
	if err != nil {
		return err
	}
	told, err := v.o.Ledger.Incidents(ctx)
	if err != nil {
		return err
	}
	now := v.o.Now()
	standings = slices.DeleteFunc(standings, func(s Standing) bool { return s.Disabled })
	held := map[string]huiying.Post{}
	for _, i := range v.judge(standings, now) {
		p := v.post(i, now)
		held[p.ID] = p
		known := slices.IndexFunc(told, func(t huiying.Post) bool { return t.ID == p.ID })
		if known >= 0 {
			continue
		}
		if err := v.o.Sink.Accept(ctx, p); err != nil {
			return err
		}
	}
	unasked := v.unasked(standings)
	for _, p := range told {
		if _, lasts := held[p.ID]; lasts || p.Finding == nil || unasked[p.Source] {
			continue
		}
		if err := v.o.Sink.Accept(ctx, v.over(p, now)); err != nil {
			return err
		}
	}
	return nil
}

// post is what is told of an incident. Its id names source, check and
// beginning, so that it stays the same however often it is told.
func (v *Vigil) post(i incident, now time.Time) huiying.Post {
	name := cmp.Or(i.standing.Name, i.standing.Source)
	since := i.from.In(v.o.Zone).Format("2006-01-02 15:04")
	key := "vigil." + i.check
	title := v.o.Texts(key+".title", name)
	if i.standing.Source == everything {
		title = v.o.Texts(key + ".title")
	}
	return huiying.Post{
		ID:     "system:" + i.standing.Source + "." + i.check + "." + i.from.UTC().Format("20060102T150405Z"),
		Source: i.standing.Source, Platform: huiying.PlatformSystem, Kind: huiying.KindFinding, URL: "",
		Title: title, Text: v.o.Texts(key+".text", name, since, i.standing.Detail),
		Author:      huiying.Author{Verified: "none"},
		PublishedAt: i.from, PublishedPrecision: huiying.PrecisionSecond, CollectedAt: now,
		Finding: &huiying.Finding{
			Check: i.check, Level: i.level, Found: v.o.Texts("vigil.found", since), Limit: v.o.Texts(i.limit, i.args...), Basis: v.o.Texts("vigil.basis"),
		},
	}
}

func (v *Vigil) over(p huiying.Post, now time.Time) huiying.Post {
	f := *p.Finding
	f.Over, f.Found = true, v.o.Texts("vigil.over", now.In(v.o.Zone).Format("2006-01-02 15:04"))
	p.Finding, p.CollectedAt = &f, now
	return p
}
