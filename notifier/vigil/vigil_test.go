package vigil_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"huiying"
	"huiying/internal/locale"
	"huiying/notifier/vigil"
)

// office is a ledger and an archive of findings in memory.
type office struct {
	stopped   time.Time // since when a person keeps everything from being collected
	t         *testing.T
	now       time.Time
	standings []vigil.Standing
	archive   map[string]huiying.Post
	sent      []string
	watch     *vigil.Vigil
}

func (o *office) Standings(context.Context) ([]vigil.Standing, error) {
	return slices.Clone(o.standings), nil
}

func (o *office) Incidents(context.Context) (list []huiying.Post, err error) {
	for _, p := range o.archive {
		if !p.Finding.Over {
			list = append(list, p)
		}
	}
	return list, nil
}

func (o *office) Accept(_ context.Context, p huiying.Post) error {
	if err := p.Validate(); err != nil {
		o.t.Error(err)
	}
	o.archive[p.ID] = p
	word := string(p.Finding.Level)
	if p.Finding.Over {
		word = "over"
	}
	o.sent = append(o.sent, word+" "+p.Finding.Check+" "+p.Source)
	if strings.Contains(p.Title+p.Text+p.Finding.Limit+p.Finding.Found, "%!") || p.Title == "" {
		o.t.Errorf("%+v", p)
	}
	return nil
}

func newOffice(t *testing.T) *office {
	o := &office{t: t, now: time.Date(2026, 11, 23, 1, 0, 0, 0, time.UTC), archive: map[string]huiying.Post{}}
	o.restart()
	o.now = o.now.Add(time.Hour)
	for _, id := range []string{"a", "b", "c"} {
		o.standings = append(o.standings, vigil.Standing{
			Source: id, Name: "来源" + id, State: huiying.SourceOK, Period: 5 * time.Minute,
			LastAt: o.now.Add(-time.Minute), Missed: o.now.Add(10 * time.Minute),
		})
	}
	return o
}

func (o *office) restart() {
	words, err := locale.Load()
	if err != nil {
		o.t.Fatal(err)
	}
	o.watch = vigil.New(vigil.Options{
		Ledger: o, Sink: o, Now: func() time.Time { return o.now },
		Texts:   func(key string, args ...any) string { return words.Text(locale.Chinese, key, args...) },
		Stopped: func() (time.Time, bool) { return o.stopped, !o.stopped.IsZero() },
	})
}

func (o *office) look(want ...string) {
	o.t.Helper()
	o.sent = nil
	if err := o.watch.Look(o.t.Context()); err != nil {
		o.t.Fatal(err)
	}
	slices.Sort(o.sent)
	slices.Sort(want)
	if !slices.Equal(o.sent, want) {
		o.t.Errorf("got %q, want %q", o.sent, want)
	}
}

func TestIncidentsAreToldOnceAndCalledOff(t *testing.T) {
	o := newOffice(t)
	o.look()
	wall := &o.standings[0]
	wall.State, wall.SameFrom, wall.BadFrom, wall.Bad, wall.Detail = huiying.SourceLoginNeeded, o.now, o.now, 1, "HTTP 302"
	o.look("orange source-wall a")
	o.look()
	o.restart() // nothing but SQL is remembered
	o.look()
	wall.State, wall.BadFrom, wall.Bad = huiying.SourceOK, time.Time{}, 0
	o.look("over source-wall a")
	o.look()
	o.now = o.now.Add(time.Minute)
	wall.State, wall.SameFrom, wall.BadFrom, wall.Bad = huiying.SourceBlocked, o.now, o.now, 1
	o.look("orange source-wall a")
}

func TestFailuresAreToldWhenTheyLast(t *testing.T) {
	o := newOffice(t)
	s := &o.standings[1]
	s.State, s.BadFrom, s.Bad = huiying.SourceUnreachable, o.now, 9
	o.look()
	o.now = o.now.Add(10 * time.Minute)
	for i := range o.standings {
		o.standings[i].LastAt, o.standings[i].Missed = o.now, o.now.Add(11*time.Minute)
	}
	o.look("yellow source-failing b")
	o.now = o.now.Add(6 * time.Hour)
	for i := range o.standings {
		o.standings[i].LastAt, o.standings[i].Missed = o.now, o.now.Add(11*time.Minute)
	}
	o.look("orange source-dead b")
}

func TestSilence(t *testing.T) {
	o := newOffice(t)
	o.standings[2].Missed, o.standings[2].LastAt = o.now.Add(-time.Second), o.now.Add(-12*time.Minute)
	o.look("yellow source-silent c")
	for i := range o.standings {
		o.standings[i].Missed, o.standings[i].LastAt = o.now.Add(-time.Second), o.now.Add(-12*time.Minute)
	}
	o.look("orange collection-stopped collection", "over source-silent c")
	o.standings[0].LastAt, o.standings[0].Missed = o.now, o.now.Add(10*time.Minute)
	o.look("over collection-stopped collection", "yellow source-silent b", "yellow source-silent c")
}

func TestNoWolfIsCried(t *testing.T) {
	o := newOffice(t)
	o.standings[0].Empty = vigil.Run{From: o.now.Add(-8 * time.Hour), N: 90} // a search that is empty every night
	o.standings[1].Empty, o.standings[1].Always = vigil.Run{From: o.now.Add(-11 * time.Minute), N: 2}, true
	o.standings[2].Capped = vigil.Run{From: o.now.Add(-5 * time.Minute), N: 2}
	o.look()
	o.standings[1].Empty.N, o.standings[2].Capped.N = 3, 3
	o.look("yellow source-empty b", "yellow source-capped c")
	// After a night off everything is late; it is visited before it is called silent.
	o = newOffice(t)
	for i := range o.standings {
		o.standings[i].Missed, o.standings[i].LastAt = o.now.Add(-8*time.Hour), o.now.Add(-9*time.Hour)
	}
	o.restart()
	o.look()
	o.now = o.now.Add(11 * time.Minute)
	o.look("orange collection-stopped collection")
	o = newOffice(t)
	o.standings[0].Disabled, o.standings[0].Missed = true, o.now.Add(-time.Hour)
	o.look()
}

// What a person stopped is told once, as such, and not as sources that fail;
// a pause of our own is no failure either.
func TestStoppedByAPerson(t *testing.T) {
	o := newOffice(t)
	o.look()
	for i := range o.standings {
		s := &o.standings[i]
		s.State, s.BadFrom, s.SameFrom, s.Bad = huiying.SourcePaused, o.now, o.now, 9
	}
	begun := o.now
	o.now = o.now.Add(8 * time.Hour)
	for i := range o.standings {
		o.standings[i].LastAt, o.standings[i].Missed = o.now, o.now.Add(time.Hour)
	}
	o.look()
	o.stopped = begun
	o.look("yellow collection-switched-off collection")
	o.look()
	o.stopped = time.Time{}
	o.look("over collection-switched-off collection")
}

// While nobody asks a source, what was told of it is neither called off nor
// told again; it is called off when the site answers, or nobody wants it to.
func TestPausedIsNotRecovered(t *testing.T) {
	o := newOffice(t)
	wall, failing := &o.standings[0], &o.standings[1]
	wall.State, wall.SameFrom, wall.BadFrom, wall.Bad = huiying.SourceLoginNeeded, o.now, o.now, 1
	failing.State, failing.BadFrom, failing.Bad = huiying.SourceUnreachable, o.now.Add(-time.Hour), 9
	o.look("orange source-wall a", "yellow source-failing b")
	failing.State = huiying.SourcePaused // its hours are over
	o.look()
	o.stopped = o.now
	o.look("yellow collection-switched-off collection")
	wall.State = huiying.SourcePaused
	o.look()
	failing.Disabled = true
	o.look("over source-failing b")
	o.stopped, wall.State = time.Time{}, huiying.SourceLoginNeeded
	o.look("over collection-switched-off collection")
	wall.State, wall.BadFrom, wall.Bad = huiying.SourceOK, time.Time{}, 0
	o.look("over source-wall a")
}
