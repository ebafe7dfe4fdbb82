package query

import (
	"slices"
	"time"

	"huiying"
)

// What heat may be parted by beside ByUnit.
const (
	ByItem     = "item"     // service item 事项
	ByWindow   = "window"   // service window 窗口
	ByTownship = "township" // villages in it included
	ByVillage  = "village"
)

// HeatParts lists what heat may be parted by; the first is the default.
func HeatParts() []string { return []string{ByItem, ByWindow, ByUnit, ByTownship, ByVillage} }

// HeatAsk asks what posts and cases are about: of a half-open period of whole
// days, narrowed by any of the others, each "" for any. Nobody as window or unit
// means the items without one.
type HeatAsk struct {
	From, To time.Time
	Item     string // code
	Window   string
	Unit     string // of the item by the catalogue, not of the case
	Place    string // name; a township with its villages
	Platform string
	By       string // one of HeatParts
	Compare  bool   // with as many days before
}

// Before is the period before that is compared with.
func (a HeatAsk) Before() HeatAsk {
	a.From, a.To = OutcomeAsk{From: a.From, To: a.To}.Before()
	a.Compare = false
	return a
}

// HeatCount is how many posts and cases.
type HeatCount struct{ Posts, Cases int }

// HeatRow is one item, window, unit, township or village.
type HeatRow struct {
	Key   string // code, or the name itself; Nobody = items without one
	Name  string
	About string // of an item its unit; of a place what it lies in
	Now   HeatCount
	Was   HeatCount // in the period before
}

// Few reports that there are too few posts and cases to say much of a change.
func (r HeatRow) Few() bool { return max(r.Now.Posts, r.Was.Posts) < Few }

// HeatSpan is a day, or a week from Monday cut at the ends of the period.
type HeatSpan struct {
	From, To time.Time
	Posts    int
}

// HeatChoice is one value that can be chosen.
type HeatChoice struct{ Key, Name string }

// HeatPage is the page of service items 事项热度.
type HeatPage struct {
	Now, Was  HeatCount // of all rows together, each post and case once
	Rows      []HeatRow // the most posts first
	Trend     []HeatSpan
	Items     []HeatChoice
	Windows   []string
	Units     []HeatChoice
	Places    []HeatChoice
	Platforms []string // that there are posts of in either period
	Catalogue bool     // the office has one
	Waiting   int      // posts of before that are still to be counted
}

// HeatBehindAsk asks for the posts, or the cases, of a row; Key "" is all rows.
type HeatBehindAsk struct {
	HeatAsk
	Key         string
	Cases       bool
	Skip, Limit int
}

// HeatCase is one case that counts.
type HeatCase struct {
	No       string
	Title    string
	Level    huiying.Level
	State    huiying.CaseState
	Unit     string
	OpenedAt time.Time
}

// HeatBehind is one page of what makes up a number.
type HeatBehind struct {
	Name  string // of the row
	Posts []PostRow
	Cases []HeatCase
	Total int
}

// Heated reports whether heat can be parted by something.
func Heated(by string) bool { return slices.Contains(HeatParts(), by) }
