package analyzer

import (
	"huiying"
	"huiying/analyzer/rule"
	"huiying/internal/locale"
)

// level takes the most urgent level of the tags and then what the table of
// levels says, each with its reason. A row that names a level holds for every
// post; one that raises holds for what a rule calls urgent. Nothing here lowers
// a level: that is for people.
func (a *Analyzer) level(w *work) error {
	v := w.verdict
	for _, t := range v.Tags {
		v.Level = huiying.MoreUrgent(v.Level, t.Level)
		if t.Level.Alerts() {
			v.LevelWhy = append(v.LevelWhy, a.reason(w, t))
		}
	}
	if f := w.post.Finding; f != nil && f.Over {
		return nil
	}
	if len(a.options.Policy) == 0 {
		return a.scheme(v)
	}
	d := w.document()
	d.Late = rule.Late{Level: v.Level}
	if v.Topic != "" {
		f := &w.found
		d.Late.Voices, d.Late.Platforms, d.Late.Speed, d.Late.Burst = f.Voices, f.Platforms, f.Speed, f.Burst
	}
	for _, r := range w.defs.levels.Hold(d) {
		a.raise(v, r)
	}
	return a.scheme(v)
}

// scheme takes blue for yellow where the office has three levels.
func (a *Analyzer) scheme(v *huiying.Judgement) error {
	if a.options.ThreeLevels && v.Level == huiying.LevelBlue {
		v.Level = huiying.LevelYellow
	}
	return nil
}

// raise applies one row of the table.
func (a *Analyzer) raise(v *huiying.Judgement, r rule.Raise) {
	raised := v.Level
	switch {
	case r.To != "":
		raised = huiying.MoreUrgent(v.Level, r.To)
	case v.Level.Alerts():
		raised = v.Level.Raise(r.By)
	}
	if raised == v.Level {
		return
	}
	v.LevelWhy = append(v.LevelWhy, a.say("analyzer.why_raised", r.Why, locale.Key("level."+string(v.Level)), locale.Key("level."+string(raised))))
	v.Level = raised
}
