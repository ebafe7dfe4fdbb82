// Package route decides who is told of an alert, when, and why not: a tree of
// routes with mute hours, grouping and repeats, inhibitions between alerts, and
// silences. It is arithmetic over values: it reads no store, asks no clock and
// tells nobody. It refuses to leave an alert without a reason, and to keep a
// red one back unless somebody wrote that red is meant.
package route

import (
	"slices"
	"strconv"
	"time"

	"huiying"
)

// Receivers that are no id of a unit, user or channel.
const (
	ToRules   = "rules"   // the people the rules name; the default ones where a rule names nobody
	ToDefault = "default" // the default recipients
	ToDuty    = "duty"    // who is on duty; duty:<id> by one roster
	ToNobody  = "nobody"  // nobody, on purpose
)

// How often people hear of further posts of a case they know.
const (
	JoinsDoubling = "doubling" // at the 2nd, 4th, 8th …, and when it gets more urgent
	JoinsRaised   = "raised"   // only when it gets more urgent
	JoinsEvery    = "every"
)

// Joins lists them.
func Joins() []string { return []string{JoinsDoubling, JoinsRaised, JoinsEvery} }

// What alerts may be grouped by, and what they may have in common.
const (
	ByCase  = "case"
	ByTopic = "topic"
	ByRule  = "rule"
	ByUnit  = "unit"
)

// Groupings lists what alerts may be grouped by.
func Groupings() []string { return []string{ByCase, ByTopic, ByRule, ByUnit} }

// Until when a repeat goes on.
const (
	UntilAck   = "ack"
	UntilClose = "close"
)

// Untils lists them.
func Untils() []string { return []string{UntilAck, UntilClose} }

// Node is one route. What it leaves empty it has of its parent.
type Node struct {
	Name     string // in paths; "" = its number
	Match    huiying.AlertMatch
	To       []string
	Joins    string // one of Joins
	Continue bool   // its next siblings are asked too
	Group    Group
	Repeat   Repeat
	Mute     []Mute // nil = the parent's
	Children []Node
}

// Group tells several alerts in one message. Red is not kept waiting unless
// Red says so.
type Group struct {
	By       string        // one of Groupings; "" = none
	Wait     time.Duration // for others, before the first message
	Interval time.Duration // between two messages
	Red      bool
}

// Repeat tells again while nobody has answered.
type Repeat struct {
	Every time.Duration // 0 = never
	Until string        // one of Untils
	Most  int           // times at most
}

// shortestRepeat keeps a mistyped interval from flooding people.
const shortestRepeat = time.Minute

// mostRepeats is how often is repeated where nothing is said.
const mostRepeats = 20

// Mute holds alerts of some levels in some hours until these end.
type Mute struct {
	Levels []huiying.Level // none = all but red
	Hours  []string
	Red    bool // red is meant
}

// Inhibition keeps an alert from people who were told of another one about the
// same matter.
type Inhibition struct {
	Source huiying.AlertMatch
	Target huiying.AlertMatch
	Equal  []string      // topic, case, unit: what both have in common
	Within time.Duration // the source was told at most so long ago
}

// Default is the tree where nothing is configured: the rules' people, or the
// default recipients where rules name nobody.
func Default() Node { return Node{To: []string{ToRules}, Joins: JoinsDoubling} }

// Tree is routes, ready to decide. It does not change.
type Tree struct {
	root    *node
	inhibit []inhibition
	clock   Clock
}

type node struct {
	Branch
	match    matcher
	goesOn   bool
	children []*node
}

// Branch is a route that an alert took, with what it has of its parents.
type Branch struct {
	Path   string
	To     []string
	Joins  string
	Group  Group
	Repeat Repeat
	mutes  []mute
}

type mute struct {
	Mute
	windows []Window
}

type inhibition struct {
	Inhibition
	source, target matcher
}

// New makes a tree; hours that cannot be read are an error. Lint says what
// else may be wrong.
func New(root Node, inhibit []Inhibition, c Clock) (*Tree, error) {
	t := &Tree{clock: c}
	root.Match = huiying.AlertMatch{}
	top := Branch{Joins: JoinsDoubling}
	var err error
	if t.root, err = grow(root, top, "root"); err != nil {
		return nil, err
	}
	for _, in := range inhibit {
		one := inhibition{Inhibition: in}
		if one.source, err = compile(in.Source); err != nil {
			return nil, err
		}
		if one.target, err = compile(in.Target); err != nil {
			return nil, err
		}
		if one.Within <= 0 {
			one.Within = longInhibition
		}
		t.inhibit = append(t.inhibit, one)
	}
	return t, nil
}

// longInhibition is how long an alert inhibits where nothing is said.
const longInhibition = 24 * time.Hour

// grow makes a node of what it has of its parent and what it says itself.
func grow(n Node, parent Branch, path string) (*node, error) {
	out := &node{Branch: parent, goesOn: n.Continue}
	out.Path = path
	var err error
	if out.match, err = compile(n.Match); err != nil {
		return nil, err
	}
	if len(n.To) > 0 {
		out.To = n.To
	}
	if n.Joins != "" {
		out.Joins = n.Joins
	}
	if n.Group != (Group{}) {
		out.Group = n.Group
	}
	if n.Repeat != (Repeat{}) {
		out.Repeat = n.Repeat.filled()
	}
	if n.Mute != nil {
		if out.mutes, err = readMutes(n.Mute); err != nil {
			return nil, err
		}
	}
	for i, kid := range n.Children {
		child, err := grow(kid, out.Branch, path+"/"+nameOf(kid, i))
		if err != nil {
			return nil, err
		}
		out.children = append(out.children, child)
	}
	return out, nil
}

func nameOf(n Node, i int) string {
	if n.Name != "" {
		return n.Name
	}
	return strconv.Itoa(i + 1)
}

func (r Repeat) filled() Repeat {
	if r.Until == "" {
		r.Until = UntilAck
	}
	if r.Most <= 0 {
		r.Most = mostRepeats
	}
	return r
}

func readMutes(list []Mute) ([]mute, error) {
	out := []mute{}
	for _, m := range list {
		one, err := compile(huiying.AlertMatch{Hours: m.Hours})
		if err != nil {
			return nil, err
		}
		out = append(out, mute{m, one.windows})
	}
	return out, nil
}

// Branches are the routes that an alert takes: in each part of the tree the
// deepest that holds. There is always one.
func (t *Tree) Branches(f huiying.AlertFacts) []Branch {
	return t.root.branches(f, t.clock)
}

func (n *node) branches(f huiying.AlertFacts, c Clock) []Branch {
	if n.match.fails(f, c) != "" {
		return nil
	}
	var out []Branch
	for _, kid := range n.children {
		took := kid.branches(f, c)
		out = append(out, took...)
		if len(took) > 0 && !kid.goesOn {
			break
		}
	}
	if len(out) == 0 {
		return []Branch{n.Branch}
	}
	return out
}

// Step is one route that was asked on the way: Fails is the field that did not
// hold, "" where all did; Decides that it is one of those taken.
type Step struct {
	Path    string   `json:"path"`
	Fails   string   `json:"fails,omitempty"`
	Decides bool     `json:"decides"`
	To      []string `json:"to,omitempty"`
}

// Trace lists every route that was asked, in order.
func (t *Tree) Trace(f huiying.AlertFacts) []Step {
	var steps []Step
	t.root.trace(f, t.clock, &steps)
	for _, b := range t.Branches(f) {
		i := slices.IndexFunc(steps, func(s Step) bool { return s.Path == b.Path })
		steps[i].Decides, steps[i].To = true, b.To
	}
	return steps
}

func (n *node) trace(f huiying.AlertFacts, c Clock, steps *[]Step) bool {
	fails := n.match.fails(f, c)
	*steps = append(*steps, Step{Path: n.Path, Fails: fails})
	if fails != "" {
		return false
	}
	for _, kid := range n.children {
		if kid.trace(f, c, steps) && !kid.goesOn {
			break
		}
	}
	return true
}

// Find is the route of a path; ok is false when it is no more. The fallback is
// the root's.
func (t *Tree) Find(path string) (b Branch, ok bool) {
	if path == Fallback {
		return t.root.Branch, true
	}
	var find func(n *node)
	find = func(n *node) {
		if n.Path == path {
			b, ok = n.Branch, true
		}
		for _, kid := range n.children {
			find(kid)
		}
	}
	find(t.root)
	return b, ok
}

// MutedUntil is when the mute hours of the branch end for an alert of the
// level; t itself when it is not muted.
func (t *Tree) MutedUntil(b Branch, level huiying.Level, at time.Time) time.Time {
	var windows []Window
	for _, m := range b.mutes {
		if m.holdsFor(level) {
			windows = append(windows, m.windows...)
		}
	}
	return ends(windows, at, t.clock)
}

// holdsFor never means red unless both the list and the tick say so.
func (m Mute) holdsFor(level huiying.Level) bool {
	if level == huiying.LevelRed {
		return m.Red && (len(m.Levels) == 0 || slices.Contains(m.Levels, level))
	}
	return len(m.Levels) == 0 || slices.Contains(m.Levels, level)
}
