package query

import (
	"slices"
	"time"

	"huiying"
)

// NewRule is a rule as it is written on a page.
type NewRule struct {
	ID      string        `json:"id"`
	Name    string        `json:"name"`
	When    string        `json:"when"`              // the expression; see docs/rules.md
	Exclude []string      `json:"exclude,omitempty"` // expressions, any of which keeps the rule from holding
	Level   huiying.Level `json:"level"`
	Notify  []string      `json:"notify,omitempty"`
	Off     bool          `json:"off,omitempty"` // kept, not in force
}

// RuleRow is a rule in the list.
type RuleRow struct {
	NewRule
	File   string `json:"file,omitempty"`   // which defines it; "" = made on a page
	Hits   int    `json:"hits"`             // posts of the last seven days it holds for
	Change string `json:"change,omitempty"` // of the draft against what is in force: added changed removed
}

// Drillable reports a rule that tells people and is in force as it is shown.
func (r RuleRow) Drillable() bool { return !r.Off && r.Change == "" && r.Level.Alerts() }

// RuleBook is the rules in force and the draft of those made on pages.
type RuleBook struct {
	Rules    []RuleRow      `json:"rules"`    // files' rules first, then the draft's and what it removes
	Draft    int            `json:"draft"`    // version of the draft; what is changed names the one it saw
	DraftBy  string         `json:"draft_by"` // who changed it last
	DraftAt  time.Time      `json:"draft_at,omitzero"`
	Differs  bool           `json:"differs"` // the draft is not what is in force
	Versions []RulesVersion `json:"versions"`
}

// RulesVersion is one published version of the rules made on pages.
type RulesVersion struct {
	Version int       `json:"version"`
	At      time.Time `json:"at"`
	By      string    `json:"by"`
	Note    string    `json:"note"`
	Added   []string  `json:"added,omitempty"` // ids
	Changed []string  `json:"changed,omitempty"`
	Removed []string  `json:"removed,omitempty"`
	Rules   int       `json:"rules"` // in force
}

// RuleChange puts one rule into the draft, or takes one out.
type RuleChange struct {
	Rule   NewRule
	Was    string // its id before; "" = new
	Remove bool
	Seen   int // version of the draft
	Actor  huiying.Actor
}

// RulePublication puts the draft in force, or an earlier version.
type RulePublication struct {
	Seen  int // version of the draft
	Back  int // a version to go back to; 0 = publish the draft
	Note  string
	Actor huiying.Actor
}

// RuleQuestion asks why a rule holds for a text or does not.
type RuleQuestion struct {
	Rule  string // id; the draft counts before what is in force
	Title string
	Text  string
}

// RuleAnswer is the parts of an expression with a sentence each, as an
// indented list, and the words the text was cut into.
type RuleAnswer struct {
	Rule   string           `json:"rule"`
	Name   string           `json:"name"`
	Holds  bool             `json:"holds"`
	Why    string           `json:"why"`
	Parts  []RulePart       `json:"parts"`
	Tokens []RuleTokens     `json:"tokens"`
	Match  []huiying.Match  `json:"matches"`
	Advice []RuleAdviceLine `json:"advice"` // what is written and probably not meant
}

// RulePart is one part.
type RulePart struct {
	Depth      int      `json:"depth"`
	Expression string   `json:"expression"`
	Holds      bool     `json:"holds"`
	Why        string   `json:"why"`
	Nearest    []string `json:"nearest,omitempty"`
}

// RuleTokens are the words of a field.
type RuleTokens struct {
	Field string   `json:"field"`
	Words []string `json:"words"`
}

// RuleAdviceLine is one remark of the linter.
type RuleAdviceLine struct {
	Rule string `json:"rule"`
	Say  error  `json:"-"`
}

// RuleTrial is a trial of the draft on past posts: under way, or its report.
type RuleTrial struct {
	Days    int          `json:"days"`
	Draft   int          `json:"draft"` // version that is tried
	By      string       `json:"by"`
	BeganAt time.Time    `json:"began_at,omitzero"`
	EndedAt time.Time    `json:"ended_at,omitzero"` // zero while it runs
	Done    int          `json:"done"`              // posts judged
	Of      int          `json:"of"`                // posts there are
	Problem error        `json:"-"`
	Stopped bool         `json:"stopped,omitempty"`
	Report  *TrialReport `json:"report,omitempty"`
}

// TrialReport is what a trial found.
type TrialReport struct {
	Posts   int         `json:"posts"`
	Tagged  TrialPair   `json:"tagged"`
	Alerts  TrialPair   `json:"alerts"`  // after merging of one matter
	PerDay  int         `json:"per_day"` // alerts a day, rounded up
	Night   TrialPair   `json:"night"`   // alerts for posts published from 22:00 to before 7:00
	Days    []TrialDay  `json:"days"`
	Rules   []TrialRule `json:"rules"`
	Skipped int         `json:"skipped,omitempty"`
}

// TrialPair is a count by the draft and by what is in force.
type TrialPair struct {
	New int `json:"new"`
	Old int `json:"old"`
}

// TrialDay is one day of the office zone.
type TrialDay struct {
	Day    string    `json:"day"`
	Posts  int       `json:"posts"`
	Tagged TrialPair `json:"tagged"`
	Alerts TrialPair `json:"alerts"`
}

// TrialRule is one rule.
type TrialRule struct {
	Rule   string        `json:"rule"`
	Name   string        `json:"name"`
	Hits   TrialPair     `json:"hits"`
	Gained int           `json:"gained"`
	Lost   int           `json:"lost"`
	Sample []TrialSample `json:"sample,omitempty"`
}

// TrialSample is a post that shows a difference, or a hit.
type TrialSample struct {
	Post  string `json:"post"`
	Sign  string `json:"sign"` // + gained, - lost, = both
	Text  string `json:"text"`
	Level string `json:"level"`
}

// WithoutSamples is the trial as those see it who see no posts.
func (t RuleTrial) WithoutSamples() RuleTrial {
	if t.Report == nil {
		return t
	}
	report := *t.Report
	report.Rules = slices.Clone(report.Rules)
	for i := range report.Rules {
		report.Rules[i].Sample = nil
	}
	t.Report = &report
	return t
}
