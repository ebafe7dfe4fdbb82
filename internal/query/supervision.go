package query

import (
	"time"

	"huiying"
)

// Directions of a term: whether more is better.
const (
	ScoreMore = "more"
	ScoreLess = "less"
)

// ScoreTerm is one row of the formula of the score cards. Target is in per cent
// for a rate, in hours for the median of a duration. More is better: the points
// are Weight × value ÷ Target; less is better: Weight × Target ÷ value. No term
// gives more than Cap.
type ScoreTerm struct {
	Measure   string  `json:"measure"` // id of a figure
	Direction string  `json:"direction"`
	Target    float64 `json:"target"`
	Weight    float64 `json:"weight"`
	Cap       float64 `json:"cap"`
}

// ScoreMeasure is a figure that a term may be of.
type ScoreMeasure struct {
	ID    string
	Lasts bool // a duration, whose median counts in hours
}

// Scoring is the formula as one version has it.
type Scoring struct {
	Version int       `json:"-"` // 0 = as shipped
	By      string    `json:"-"`
	At      time.Time `json:"-"`

	Terms     []ScoreTerm `json:"terms"`
	PraiseAt  float64     `json:"praise_at"`  // a score from which a unit is proposed for praise
	NameBelow float64     `json:"name_below"` // and below which for being named
	Note      string      `json:"note"`       // why it was changed
}

// ScoringChange puts another formula in force.
type ScoringChange struct {
	Scoring
	Seen  int // the version that was looked at
	Actor huiying.Actor
}

// ScoredTerm is a term with what it gives one unit.
type ScoredTerm struct {
	ScoreTerm
	Outcome Outcome
	Value   float64 // per cent, or hours; two decimals
	Points  float64 // two decimals
	Counted bool    // there is something to measure
}

// UnitScore is the card of one unit.
type UnitScore struct {
	Unit     string
	Terms    []ScoredTerm
	Points   float64 // of the terms that counted
	Weight   float64 // theirs
	Score    float64 // Points ÷ Weight in per cent, two decimals
	Scored   bool    // at least one term counted
	Few      bool    // one of the terms rests on too few cases
	Overdue  int     // open cases with a missed limit, of now
	Returned int     // how often it gave a case back in the period
	Urged    int     // how often it was pressed
	OnTime   []Outcome
}

// Proposed is what the figures propose of a unit: "", MentionPraise, MentionName.
func (u UnitScore) Proposed(s Scoring) string {
	switch {
	case !u.Scored || u.Few:
		return ""
	case u.Score >= s.PraiseAt && u.Overdue == 0:
		return MentionPraise
	case u.Score < s.NameBelow:
		return MentionName
	}
	return ""
}

// Kinds of mentions.
const (
	MentionPraise = "praise" // 表扬
	MentionName   = "name"   // 通报
)

// Mention is a unit praised or named by a person. It is never taken out; what
// was withdrawn says so.
type Mention struct {
	ID          string
	Kind        string
	Unit        string
	CaseNo      string // "" = of the work as a whole
	Reason      string
	From, To    time.Time // the period it speaks of, half-open
	Score       string    // as it was then, "" = none
	Scoring     int       // version of the formula
	By          string
	At          time.Time
	WithdrawnBy string // "" = it stands
	WithdrawnAt time.Time
	Withdrawal  string // why
}

// NewMention praises or names a unit.
type NewMention struct {
	Kind, Unit, CaseNo, Reason string
	From, To                   time.Time
	Actor                      huiying.Actor
}

// MentionWithdrawal takes a mention back.
type MentionWithdrawal struct {
	ID, Reason string
	Actor      huiying.Actor
}

// SupervisionAsk asks for the cards of a half-open period; Unit narrows to one.
type SupervisionAsk struct {
	Scope    Scope
	From, To time.Time
	Unit     string
}

// Supervision is the page.
type Supervision struct {
	AsOf     time.Time
	Scoring  Scoring
	Versions []Scoring // the newest first
	Office   UnitScore // of all that is seen; it has no score
	Units    []UnitScore
	Names    []string  // of the units that may be asked for
	Mentions []Mention // that speak of the period, the newest first
	Editions []Edition // changes of the figures' definitions within the period
}

// Lists of the supervision page beside the figures.
const (
	ListOverdue  = "overdue"
	ListReturned = "returned"
	ListUrged    = "urged"
)

// SupervisionListAsk asks for a page of one list.
type SupervisionListAsk struct {
	SupervisionAsk
	BehindPage
	List string // one of the List…, or the id of a figure
}

// SupervisionRow is one row of a list.
type SupervisionRow struct {
	BehindRow
	Action string // of returned and urged
	By     string // who did it
}

// SupervisionList is one page of a list.
type SupervisionList struct {
	AsOf   time.Time
	Figure *Outcome // where it is of a figure
	Rows   []SupervisionRow
	Total  int
}
