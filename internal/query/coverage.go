package query

import (
	"time"

	"huiying"
)

// Kinds of gaps. A gap whose kind is none of these is of GapState.
const (
	GapState  = "state"  // visits that were not answered, see Gap.State
	GapSilent = "silent" // it was due and nobody visited it, while others were visited
	GapDown   = "down"   // no crawler visited anything
	GapCapped = "capped" // a visit stopped before the end
	GapEmpty  = "empty"  // answered with nothing where there always is something
	GapPaused = "paused" // a person has switched it off
)

// Gap is a span in which a source was due and was not read as planned.
type Gap struct {
	Source string
	Kind   string
	State  huiying.SourceState // of GapState
	Reason string              // catalogue key, "" where State says it all
	Detail string              // which page, which status
	From   time.Time
	To     time.Time // zero while it lasts
	Visits int       // that were made in it
	Asked  time.Time // when the source is asked again, zero unless it lasts
}

// Lasts reports whether the gap has no end yet.
func (g Gap) Lasts() bool { return g.To.IsZero() }

// Touches reports whether any of the gap lies in [from, to).
func (g Gap) Touches(from, to time.Time) bool {
	return g.From.Before(to) && (g.Lasts() || g.To.After(from))
}

// Why is the catalogue key of the gap's sentence.
func (g Gap) Why() string {
	if g.Reason == "crawler.stopped" {
		return g.Reason // by a person, whatever the source was like
	}
	if g.Kind == GapState {
		return "crawler.state." + string(g.State)
	}
	return "coverage.gap." + g.Kind
}

// Missing is the catalogue key of what is known to be missing.
func (g Gap) Missing() string { return "coverage.missing." + g.Kind }

// Sums is what the visits of a span came to. The numbers of questions count
// every exchange with the site; see huiying.AnswerCounts.
type Sums struct {
	Visits   int
	Well     int // visits that ended ok or empty
	Empty    int // of them, those that found nothing
	Capped   int // visits that stopped before the end
	Pages    int
	Posts    int // seen on the pages
	Accepted int // new or changed
	Held     int
	Refused  int
	Asked    int
	Got      int
	Stopped  int
	Failed   int
	Answers  huiying.AnswerCounts
}

// Plus adds two sums.
func (s Sums) Plus(o Sums) Sums {
	return Sums{
		Visits: s.Visits + o.Visits, Well: s.Well + o.Well, Empty: s.Empty + o.Empty, Capped: s.Capped + o.Capped,
		Pages: s.Pages + o.Pages, Posts: s.Posts + o.Posts, Accepted: s.Accepted + o.Accepted, Held: s.Held + o.Held, Refused: s.Refused + o.Refused,
		Asked: s.Asked + o.Asked, Got: s.Got + o.Got, Stopped: s.Stopped + o.Stopped, Failed: s.Failed + o.Failed, Answers: s.Answers.Plus(o.Answers),
	}
}

// CoverageHour is one hour of one source.
type CoverageHour struct {
	From time.Time
	Sums
	Worst huiying.SourceState // "" without a visit
	Gaps  []string            // kinds of the gaps that touch it
}

// SourceCoverage is how one source did in a span.
type SourceCoverage struct {
	Source huiying.Source // its id alone where no definition is left
	State  huiying.SourceState
	Last   huiying.LedgerEntry // zero when it was never visited
	LastOK time.Time           // the last visit that ended well
	Due    time.Time           // when it is visited next, zero when it is not
	Total  Sums
	Hours  []CoverageHour // every hour that the span touches, the oldest first
	Gaps   []Gap          // the oldest first
}

// SourcePage is one source by itself: how it did and its last visits, the
// newest first.
type SourcePage struct {
	SourceCoverage
	Visits []huiying.LedgerEntry
}

// Coverage is how the sources did in [From, To).
type Coverage struct {
	From, To time.Time
	Sources  []SourceCoverage // in order of the ids
	Total    Sums
}

// CoverageFilter says which part of the ledger is asked for.
type CoverageFilter struct {
	From, To time.Time // half-open
	Source   string    // "" = all
}

// Gapped is what is to be said with anything drawn over a span: the gaps of
// the sources that it is drawn from. Paused sources are left out: somebody
// decided that.
type Gapped struct {
	From, To time.Time // the span that was looked at
	Gaps     []Gap     // the longest lasting first
}

// NeedsPerson reports that the source does not come back by itself: it met a
// sign-in, a refusal or robots.txt.
func (c SourceCoverage) NeedsPerson() bool {
	switch c.State {
	case huiying.SourceLoginNeeded, huiying.SourceBlocked, huiying.SourceForbidden, huiying.SourceRobotsDisallowed:
		return true
	}
	return false
}
