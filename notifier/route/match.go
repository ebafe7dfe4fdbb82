package route

import (
	"slices"

	"huiying"
)

// matcher is an AlertMatch with its hours read.
type matcher struct {
	huiying.AlertMatch
	windows []Window
}

func compile(m huiying.AlertMatch) (matcher, error) {
	out := matcher{AlertMatch: m}
	for _, text := range m.Hours {
		w, err := ParseWindow(text)
		if err != nil {
			return out, err
		}
		out.windows = append(out.windows, w)
	}
	return out, nil
}

// The fields of a match, as people write them.
const (
	fieldLevels    = "levels"
	fieldUnits     = "units"
	fieldRules     = "rules"
	fieldPlaces    = "places"
	fieldPlatforms = "platforms"
	fieldSources   = "sources"
	fieldIntents   = "intents"
	fieldKinds     = "kinds"
	fieldTopics    = "topics"
	fieldCases     = "cases"
	fieldHours     = "hours"
)

// fails is the first field that does not hold; "" when all do.
func (m *matcher) fails(f huiying.AlertFacts, c Clock) string {
	if len(m.Levels) > 0 && !slices.Contains(m.Levels, f.Level) {
		return fieldLevels
	}
	for _, one := range []struct {
		field string
		want  []string
		have  []string
	}{
		{fieldUnits, m.Units, []string{f.Unit}},
		{fieldRules, m.Rules, append([]string{f.Rule}, f.Rules...)},
		{fieldPlaces, m.Places, f.Places},
		{fieldPlatforms, m.Platforms, []string{f.Platform}},
		{fieldSources, m.Sources, []string{f.Source}},
		{fieldIntents, m.Intents, []string{f.Intent}},
		{fieldKinds, m.Kinds, []string{f.Kind}},
		{fieldTopics, m.Topics, []string{f.Topic}},
		{fieldCases, m.Cases, []string{f.Case}},
	} {
		if len(one.want) > 0 && !anyOf(one.want, one.have) {
			return one.field
		}
	}
	if len(m.windows) > 0 && !slices.ContainsFunc(m.windows, func(w Window) bool { return w.Holds(f.At, c) }) {
		return fieldHours
	}
	return ""
}

func anyOf(want, have []string) bool {
	return slices.ContainsFunc(have, func(h string) bool { return h != "" && slices.Contains(want, h) })
}

// Matches reports whether the alert is one of those meant; hours that cannot
// be read mean none.
func Matches(m huiying.AlertMatch, f huiying.AlertFacts, c Clock) bool {
	compiled, err := compile(m)
	return err == nil && compiled.fails(f, c) == ""
}

// Empty reports whether a match asks for nothing, and so means every alert.
func Empty(m huiying.AlertMatch) bool {
	return len(m.Levels)+len(m.Units)+len(m.Rules)+len(m.Places)+len(m.Platforms)+len(m.Sources)+len(m.Intents)+
		len(m.Kinds)+len(m.Topics)+len(m.Cases)+len(m.Hours) == 0
}

// covers reports whether everything that b matches, a matches too.
func covers(a, b huiying.AlertMatch) bool {
	if !subset(levelsOf(b), levelsOf(a)) {
		return false
	}
	for _, pair := range [][2][]string{
		{a.Units, b.Units}, {a.Rules, b.Rules}, {a.Places, b.Places}, {a.Platforms, b.Platforms}, {a.Sources, b.Sources}, {a.Intents, b.Intents},
		{a.Kinds, b.Kinds}, {a.Topics, b.Topics}, {a.Cases, b.Cases}, {a.Hours, b.Hours},
	} {
		if len(pair[0]) > 0 && (len(pair[1]) == 0 || !subset(pair[1], pair[0])) {
			return false
		}
	}
	return true
}

// levelsOf are the levels a match lets through.
func levelsOf(m huiying.AlertMatch) []huiying.Level {
	if len(m.Levels) > 0 {
		return m.Levels
	}
	return alerting()
}

// alerting are the levels that are told.
func alerting() []huiying.Level {
	return slices.DeleteFunc(huiying.Levels(), func(l huiying.Level) bool { return !l.Alerts() })
}

func subset[T comparable](small, large []T) bool {
	return !slices.ContainsFunc(small, func(v T) bool { return !slices.Contains(large, v) })
}
