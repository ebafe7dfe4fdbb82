// Package periodic makes the papers about a period or an event: the daily,
// weekly and monthly report (日报, 周报, 月报) and the special one (专报). It turns
// figures into a document and knows no database: whoever counts hands it Facts.
//
// Every number in a generated sentence or table is a figure with an id, its
// period and its query; a sentence that names a figure which was not counted is
// an error. It refuses to leave out what is critical: how much of it there was
// stands in the text whatever people write around it, and among the views that
// are quoted criticism has at least its share.
package periodic

import (
	"fmt"
	"slices"
	"time"

	"huiying"
)

// The kinds of reports.
const (
	Daily   = "daily"
	Weekly  = "weekly"
	Monthly = "monthly"
	Special = "special"
)

// Figure is one number. A rate is N of Of; a duration is Median, P90 and Max
// over Of.
type Figure struct {
	ID     string        `json:"id"`
	N      int           `json:"n"`
	Of     int           `json:"of,omitempty"`
	Rate   bool          `json:"rate,omitempty"`
	Lasts  bool          `json:"lasts,omitempty"`
	Median time.Duration `json:"median,omitempty"`
	P90    time.Duration `json:"p90,omitempty"`
	Max    time.Duration `json:"max,omitempty"`
	From   time.Time     `json:"from"`
	To     time.Time     `json:"to"`
	Query  string        `json:"query"` // what it counts, as a query
}

// Same reports whether two counts of one figure say the same.
func (f Figure) Same(g Figure) bool {
	return f.N == g.N && f.Of == g.Of && f.Median == g.Median && f.P90 == g.P90 && f.Max == g.Max
}

// BeforeID is the id of the same figure in the period before.
func BeforeID(id string) string { return "before." + id }

// Named is an id with its name.
type Named struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

// Gap is a span in which a source was not read as planned.
type Gap struct {
	Source string    `json:"source"` // its name
	Why    string    `json:"why"`    // catalogue key
	Down   bool      `json:"down"`   // nothing at all was read
	From   time.Time `json:"from"`
	To     time.Time `json:"to,omitzero"` // zero = it lasts
}

// Health is how one source did.
type Health struct {
	Named
	State string `json:"state"` // huiying.SourceState
}

// Point is one step of the curve of volume.
type Point struct {
	Figure   string    `json:"figure"`
	From     time.Time `json:"from"`
	To       time.Time `json:"to"`
	Gap      bool      `json:"gap,omitempty"`  // something was not read in it
	Dark     bool      `json:"dark,omitempty"` // nothing was read in it
	Critical string    `json:"critical,omitempty"`
}

// Sides of those who speak.
const (
	SideCitizen  = "citizen"  // people without a badge
	SideVerified = "verified" // people and organisations with one, not media or government
	SideMedia    = "media"
	SideOfficial = "official"
)

// Sides lists them, in the order in which they are shown.
func Sides() []string { return []string{SideCitizen, SideVerified, SideMedia, SideOfficial} }

// SideOf is the side of a verified type.
func SideOf(verified string) string {
	switch verified {
	case "", "none":
		return SideCitizen
	case "media":
		return SideMedia
	case "government":
		return SideOfficial
	}
	return SideVerified
}

// View is what somebody said. Its words are kept apart, so that they can be
// removed by law, and only public accounts have a name.
type View struct {
	Post     string    `json:"post"`
	Side     string    `json:"side"`
	Who      string    `json:"who,omitempty"`
	Critical bool      `json:"critical,omitempty"`
	Platform string    `json:"platform"`
	At       time.Time `json:"at"`
	Tagged   bool      `json:"tagged,omitempty"` // a rule holds for it, so that it concerns the office
	Heat     int64     `json:"heat"`
	Chosen   bool      `json:"chosen,omitempty"` // a person added it
	Words    string    `json:"-"`
}

// Topic is a matter that was spoken of much. Its number is the figure
// event.<id>.
type Topic struct {
	Named
	Level huiying.Level `json:"level"`
	Post  string        `json:"post,omitempty"` // whose words name it where nobody did
}

// Node is a moment in the course of an event.
type Node struct {
	At   time.Time `json:"at"`
	Key  string    `json:"key"`            // catalogue key report.node.<key>
	What string    `json:"what,omitempty"` // the platform or the case, where the sentence names one
}

// CaseRow is a case that a report lists.
type CaseRow struct {
	No    string        `json:"no"`
	Level huiying.Level `json:"level"`
	State string        `json:"state"`
	Unit  string        `json:"unit"` // its name
	Due   time.Time     `json:"due,omitzero"`
}

// Effect is around which moment opinion on an event was compared. Its numbers
// are the figures effect.…
type Effect struct {
	At         time.Time     `json:"at"`
	Title      string        `json:"title,omitempty"`  // of the interpretation; "" = our first answer
	Window     time.Duration `json:"window,omitempty"` // before and after; 0 = too short to compare
	Dispersion float64       `json:"dispersion,omitempty"`
	Papers     []Paper       `json:"papers,omitempty"`
}

// Paper is a policy document or an interpretation of one that is linked to the
// event.
type Paper struct {
	Kind  string    `json:"kind"`
	Title string    `json:"title"`
	URL   string    `json:"url,omitempty"`
	At    time.Time `json:"at"`
}

// Trends of an event.
const (
	Rising  = "rising"
	Steady  = "steady"
	Falling = "falling"
)

// Facts is everything that was counted for one report, at one moment.
type Facts struct {
	Kind      string    `json:"kind"`
	Office    string    `json:"office"`
	Event     string    `json:"event,omitempty"`
	EventName string    `json:"event_name,omitempty"`
	From      time.Time `json:"from"`
	To        time.Time `json:"to"`
	Before    time.Time `json:"before,omitzero"` // begin of the period before, which ends with From
	At        time.Time `json:"at"`              // when it was counted
	Seq       int64     `json:"seq"`             // how far the record was
	Hash      string    `json:"hash"`
	Posts     int64     `json:"posts"` // how far the archive was

	Figures   []Figure      `json:"figures"`
	Platforms []string      `json:"platforms"`
	Origins   []string      `json:"origins"` // platforms of the posts that opened cases
	Units     []Named       `json:"units"`   // "" = without one
	Measures  []string      `json:"measures"`
	Items     []Named       `json:"items"` // service items that were spoken of
	Volume    []Point       `json:"volume"`
	Sources   []Health      `json:"sources"`
	Gaps      []Gap         `json:"gaps"`
	Topics    []Topic       `json:"topics"`
	Views     []View        `json:"views"`
	Overdue   []CaseRow     `json:"overdue"`
	Nodes     []Node        `json:"nodes"`
	Trend     string        `json:"trend,omitempty"`
	Level     huiying.Level `json:"level,omitempty"`  // of an event
	Effect    *Effect       `json:"effect,omitempty"` // of an event that was answered or interpreted
	Reasons   []string      `json:"reasons"`          // catalogue keys report.reason.<key>
}

// Figure is the figure of an id.
func (f Facts) Figure(id string) (Figure, bool) {
	i := slices.IndexFunc(f.Figures, func(g Figure) bool { return g.ID == id })
	if i < 0 {
		return Figure{}, false
	}
	return f.Figures[i], true
}

// n is the count of a figure; 0 where it was not counted.
func (f Facts) n(id string) int {
	g, _ := f.Figure(id)
	return g.N
}

// Difference is a figure that was counted another time and says something else.
// A figure that one of the counts lacks is zero there.
type Difference struct {
	Was, Now Figure
}

// Compare lists what differs between two counts of the same report, in the
// order of the ids.
func Compare(was, now Facts) []Difference {
	byID := map[string]*Difference{}
	var ids []string
	at := func(f Figure) *Difference {
		if byID[f.ID] == nil {
			empty := f
			empty.N, empty.Of, empty.Median, empty.P90, empty.Max = 0, 0, 0, 0, 0
			byID[f.ID] = &Difference{empty, empty}
			ids = append(ids, f.ID)
		}
		return byID[f.ID]
	}
	for _, f := range was.Figures {
		at(f).Was = f
	}
	for _, f := range now.Figures {
		at(f).Now = f
	}
	slices.Sort(ids)
	var out []Difference
	for _, id := range ids {
		if d := byID[id]; !d.Was.Same(d.Now) {
			out = append(out, *d)
		}
	}
	return out
}

// Check refuses facts that are not of a kind there is.
func (f Facts) Check() error {
	if !slices.Contains([]string{Daily, Weekly, Monthly, Special}, f.Kind) || !f.From.Before(f.To) {
		return fmt.Errorf("facts of kind %q from %s to %s make no report", f.Kind, f.From, f.To)
	}
	return nil
}
