// Package backtest holds rules against posts of past days: what they would
// have tagged, what the published ones did, and how many alerts people would
// have got. It changes nothing and keeps nothing.
package backtest

import (
	"cmp"
	"iter"
	"slices"
	"time"

	"huiying"
)

// Judge is an analyzer with the rules to try.
type Judge interface {
	Analyze(huiying.Post) huiying.Event
}

// Trial is new rules against old ones.
type Trial struct {
	New, Old Judge
	Zone     *time.Location // what a day is
	Samples  int            // posts shown for each rule and kind of difference
}

// Report is what a trial found.
type Report struct {
	Posts   int         `json:"posts"`
	First   time.Time   `json:"first,omitzero"` // published
	Last    time.Time   `json:"last,omitzero"`
	Tagged  Pair        `json:"tagged"` // posts with a tag of any rule
	Alerts  Pair        `json:"alerts"` // what people would have got: one for a matter, another when it grows more urgent
	Night   Pair        `json:"night"`  // of those, for posts published from 22:00 to before 7:00
	Days    []Day       `json:"days"`
	Rules   []RuleTrial `json:"rules"`
	Skipped int         `json:"skipped,omitempty"` // not posts to be judged: held, over
}

// Pair is a count by the new rules and by the old ones.
type Pair struct {
	New int `json:"new"`
	Old int `json:"old"`
}

// Day is one day of the office zone.
type Day struct {
	Day    string `json:"day"` // 2026-03-07
	Posts  int    `json:"posts"`
	Tagged Pair   `json:"tagged"`
	Alerts Pair   `json:"alerts"`
}

// RuleTrial is one rule; a rule that only one side has holds on that side alone.
type RuleTrial struct {
	Rule   string         `json:"rule"`
	Name   string         `json:"name"`
	Hits   Pair           `json:"hits"`
	Gained int            `json:"gained"` // held by the new and not by the old
	Lost   int            `json:"lost"`
	ByDay  map[string]int `json:"by_day"` // hits of the new rule
	Sample []Sample       `json:"sample,omitempty"`
}

// Sample is one post that shows a difference, or a hit.
type Sample struct {
	Post  string `json:"post"`
	Sign  string `json:"sign"` // + gained, - lost, = held by both
	Text  string `json:"text"` // around the first match
	Level string `json:"level"`
}

// Run judges posts, which come in order of time. An error of the posts ends it.
func (t Trial) Run(posts iter.Seq2[huiying.Post, error]) (Report, error) {
	r := &run{Trial: t, rules: map[string]*RuleTrial{}, days: map[string]*Day{}}
	r.alerted[0], r.alerted[1] = map[string]huiying.Level{}, map[string]huiying.Level{}
	for p, err := range posts {
		if err != nil {
			return Report{}, err
		}
		r.post(p)
	}
	return r.finish(), nil
}

type run struct {
	Trial
	out     Report
	rules   map[string]*RuleTrial
	days    map[string]*Day
	alerted [2]map[string]huiying.Level // by side and topic: the most urgent level told
}

func (r *run) post(p huiying.Post) {
	if p.Held || p.Deleted {
		r.out.Skipped++
		return
	}
	r.out.Posts++
	if r.out.First.IsZero() || p.PublishedAt.Before(r.out.First) {
		r.out.First = p.PublishedAt
	}
	if p.PublishedAt.After(r.out.Last) {
		r.out.Last = p.PublishedAt
	}
	day := r.day(p.PublishedAt.In(r.Zone).Format(time.DateOnly))
	day.Posts++
	fresh, old := r.New.Analyze(p).Data, r.Old.Analyze(p).Data
	for side, j := range []huiying.Judgement{fresh, old} {
		if len(j.Tags) > 0 {
			add(side, &r.out.Tagged, &day.Tagged)
		}
		if r.alerts(side, j) {
			add(side, &r.out.Alerts, &day.Alerts)
			if h := p.PublishedAt.In(r.Zone).Hour(); h >= 22 || h < 7 {
				add(side, &r.out.Night)
			}
		}
	}
	r.tags(fresh, old, day.Day)
}

func add(side int, pairs ...*Pair) {
	for _, p := range pairs {
		if side == 0 {
			p.New++
		} else {
			p.Old++
		}
	}
}

// alerts reports whether somebody is told of a judgement: the first of its
// matter, or the first that is more urgent than those before.
func (r *run) alerts(side int, j huiying.Judgement) bool {
	if !j.Level.Alerts() {
		return false
	}
	matter := cmp.Or(j.Topic, j.Post.ID)
	before, known := r.alerted[side][matter]
	if known && j.Level.Rank() <= before.Rank() {
		return false
	}
	r.alerted[side][matter] = j.Level
	return true
}

// tags notes hits and differences by rule.
func (r *run) tags(fresh, old huiying.Judgement, day string) {
	for _, t := range fresh.Tags {
		rule := r.rule(t)
		rule.Hits.New++
		rule.ByDay[day]++
		sign := "="
		if !slices.ContainsFunc(old.Tags, func(o huiying.Tag) bool { return o.Rule == t.Rule }) {
			sign = "+"
			rule.Gained++
		}
		r.sample(rule, sign, t, fresh)
	}
	for _, t := range old.Tags {
		rule := r.rule(t)
		rule.Hits.Old++
		if !slices.ContainsFunc(fresh.Tags, func(f huiying.Tag) bool { return f.Rule == t.Rule }) {
			rule.Lost++
			r.sample(rule, "-", t, old)
		}
	}
}

func (r *run) rule(t huiying.Tag) *RuleTrial {
	rule, ok := r.rules[t.Rule]
	if !ok {
		rule = &RuleTrial{Rule: t.Rule, Name: t.Name, ByDay: map[string]int{}}
		r.rules[t.Rule] = rule
	}
	return rule
}

func (r *run) day(name string) *Day {
	d, ok := r.days[name]
	if !ok {
		d = &Day{Day: name}
		r.days[name] = d
	}
	return d
}

// around is how many characters are shown before and behind a match.
const around = 20

func (r *run) sample(rule *RuleTrial, sign string, t huiying.Tag, j huiying.Judgement) {
	n := 0
	for _, s := range rule.Sample {
		if s.Sign == sign {
			n++
		}
	}
	if n >= r.Samples {
		return
	}
	rule.Sample = append(rule.Sample, Sample{Post: j.Post.ID, Sign: sign, Text: excerpt(j, t), Level: string(j.Level)})
}

// excerpt is the text around the first match, personal data masked.
func excerpt(j huiying.Judgement, t huiying.Tag) string {
	field, from, to := "text", 0, 0
	if len(t.Matches) > 0 {
		field, from, to = t.Matches[0].Field, t.Matches[0].Start, t.Matches[0].End
	}
	runes := []rune(j.Post.Text)
	if field == "title" || len(runes) == 0 {
		field, runes = "title", []rune(j.Post.Title)
	}
	for _, d := range j.PersonalData {
		for i := d.Start; d.Field == field && i < min(d.End, len(runes)); i++ {
			runes[i] = '*'
		}
	}
	from, to = max(0, min(from-around, len(runes))), min(len(runes), to+around)
	out := string(runes[from:to])
	if from > 0 {
		out = "…" + out
	}
	if to < len(runes) {
		out += "…"
	}
	return out
}

func (r *run) finish() Report {
	for _, d := range r.days {
		r.out.Days = append(r.out.Days, *d)
	}
	slices.SortFunc(r.out.Days, func(a, b Day) int { return cmp.Compare(a.Day, b.Day) })
	for _, rule := range r.rules {
		slices.SortStableFunc(rule.Sample, func(a, b Sample) int { return cmp.Compare(order(a.Sign), order(b.Sign)) })
		r.out.Rules = append(r.out.Rules, *rule)
	}
	slices.SortFunc(r.out.Rules, func(a, b RuleTrial) int {
		return cmp.Or(cmp.Compare(b.Gained+b.Lost, a.Gained+a.Lost), cmp.Compare(a.Rule, b.Rule))
	})
	return r.out
}

// order shows differences before what stayed.
func order(sign string) int { return map[string]int{"+": 0, "-": 1, "=": 2}[sign] }
