package query

import (
	"time"

	"huiying"
)

// Few is below how many cases a figure says little.
const Few = 5

// ByWeek is what outcomes may be parted by beside ByUnit, ByLevel and ByPlatform.
const ByWeek = "week"

// OutcomeParts lists what outcomes may be parted by.
func OutcomeParts() []string { return []string{ByUnit, ByLevel, ByPlatform, ByWeek} }

// Nobody stands for the cases without a unit, or without a platform.
const Nobody = "-"

// Figures that are not of the record of cases.
const (
	FigureBacklog = "backlog"
	FigureAlerts  = "alert_ack"
	FigureNoise   = "false_positive"
)

// OutcomeAsk says which figures: of a half-open period, narrowed by unit, level
// and platform, each "" for any, parted by one of OutcomeParts.
type OutcomeAsk struct {
	Scope    Scope
	From, To time.Time
	Unit     string
	Level    huiying.Level
	Platform string
	By       string // "" = not parted
	Compare  bool   // with the period of the same length before
}

// Before is the period before that is compared with: as many days.
func (a OutcomeAsk) Before() (from, to time.Time) {
	days := int((a.To.Sub(a.From) + 12*time.Hour) / (24 * time.Hour))
	return a.From.AddDate(0, 0, -days), a.From
}

// Outcome is one figure with what it is made of.
type Outcome struct {
	ID     string
	Lasts  bool // a duration over Of cases, else N of Of
	N, Of  int
	Median time.Duration
	P90    time.Duration
	Max    time.Duration
	Took   []time.Duration // of a duration: each, sorted
	Was    *Outcome        // in the period before
}

// Few reports that there are too few cases to say much.
func (o Outcome) Few() bool { return o.Of < Few }

// OutcomePart is the figures of a unit, a level, a platform or a week.
type OutcomePart struct {
	Key      string    // "" of a week
	From, To time.Time // of a week
	Figures  map[string]Outcome
	Changed  bool // the definitions changed within it
}

// Edition is since when figures are computed with which formulas and calendar.
type Edition struct {
	At       time.Time
	Formulas int
	Calendar string
}

// ChannelOutcome is how soon alerts were taken on that a channel carried.
type ChannelOutcome struct {
	Channel string
	Outcome
}

// Outcomes is the page.
type Outcomes struct {
	AsOf     time.Time // of the last step of the record that counts
	ReadAt   time.Time // when alerts and posts were counted, which are beside the record
	Figures  map[string]Outcome
	Parts    []OutcomePart
	Channels []ChannelOutcome
	Noise    *Outcome // nil where the scope sees no posts
	Backlog  Outcome
	Due      []BehindRow // of the hour limits: what was missed or is open first
	DueOf    int         // how many there are
	Editions []Edition   // changes of definition within the periods, the first edition ever not among them
	Current  Edition     // what holds now
	Units    []string    // that have cases, in the period or not
	Sources  []string    // platforms likewise
}

// Parts of a figure.
const (
	PartIn   = "in"   // the numerator
	PartRest = "rest" // what the denominator has beside it
	PartAll  = "all"
)

// BehindPage is which part and page of a list is asked for.
type BehindPage struct {
	Part  string // one of the Part…
	Skip  int
	Limit int
}

// BehindAsk asks for what makes up a figure.
type BehindAsk struct {
	OutcomeAsk
	BehindPage
	Figure  string
	Channel string        // of FigureAlerts
	Over    time.Duration // of a duration: at least so long
	Under   time.Duration // and shorter; 0 = no bound
}

// BehindRow is one case, alert or post that a figure counts.
type BehindRow struct {
	Figure   string // of the hour limits
	No       string // of the case, "" where there is none
	Title    string
	Level    huiying.Level
	State    huiying.CaseState
	Unit     string
	Source   string
	Seen     time.Time     // first
	When     time.Time     // decides the period
	Took     time.Duration // 0 = not measured
	In       bool          // of the numerator
	Owed     bool          // nothing was done so far
	Delivery string        // of FigureAlerts
	Channel  string
	Post     string // of FigureNoise
}

// Behind is one page of what makes up a figure.
type Behind struct {
	AsOf   time.Time
	Figure Outcome // of the whole, whatever part is listed
	Rows   []BehindRow
	Total  int // of the part
}

// Holds reports whether a row is of the part that is asked for.
func (a BehindAsk) Holds(r BehindRow) bool {
	if a.Part == PartIn && !r.In || a.Part == PartRest && r.In {
		return false
	}
	return r.Took >= a.Over && (a.Under == 0 || r.Took < a.Under)
}
