package route

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"huiying"
	"huiying/internal/locale"
)

// Finding is something that is wrong with routes or looks so. Key is a sentence
// of the catalogue.
type Finding struct {
	At    string // path in the file: routes.children[0].match.units[1]
	Grave bool   // the routes are refused; else a warning
	Key   string
	Args  []any
}

// Known is what routes may name. A nil list is not known, and not checked.
type Known struct {
	Receivers []string // ids of units, users and channels
	Units     []string
	Rules     []string
	Places    []string
	Rosters   []string
	Mute      func(receiver string) bool // nobody behind it can be told; nil = not known
	Weak      func(receiver string) bool // nobody behind it can be told but over a browser; nil = not known
}

// lint collects findings.
type lint struct {
	known Known
	list  []Finding
}

// Lint finds what is wrong with routes and inhibitions of a file, at the paths
// they have there.
func Lint(root Node, inhibit []Inhibition, known Known) []Finding {
	l := &lint{known: known}
	l.node(root, "routes", root.To)
	l.levels(root)
	for i, in := range inhibit {
		l.inhibition(in, fmt.Sprintf("routes.inhibit[%d]", i))
	}
	return l.list
}

func (l *lint) grave(at, key string, args ...any) {
	l.list = append(l.list, Finding{At: at, Grave: true, Key: key, Args: args})
}

func (l *lint) warn(at, key string, args ...any) {
	l.list = append(l.list, Finding{At: at, Key: key, Args: args})
}

// oneOf checks a value that may be left out.
func (l *lint) oneOf(at, value string, list []string) {
	if value != "" {
		l.is(at, value, list)
	}
}

// is checks an entry of a list.
func (l *lint) is(at, value string, list []string) {
	if !slices.Contains(list, value) {
		l.grave(at, "config.one_of", value, strings.Join(list, ", "))
	}
}

// node checks one route and those below; to is whom its parent tells.
func (l *lint) node(n Node, at string, to []string) {
	if len(n.To) > 0 {
		to = n.To
	}
	if len(to) == 0 {
		l.warn(at, "route.no_receiver")
	}
	for i, id := range n.To {
		l.receiver(id, fmt.Sprintf("%s.to[%d]", at, i), keeps(n, huiying.LevelRed))
	}
	if strings.Contains(n.Name, "/") {
		l.grave(at+".name", "route.name", n.Name)
	}
	l.match(n.Match, at+".match")
	l.oneOf(at+".joins", n.Joins, Joins())
	l.timing(n, at)
	for i, m := range n.Mute {
		l.mute(m, fmt.Sprintf("%s.mute[%d]", at, i))
	}
	l.endless(n.Mute, at+".mute")
	names := map[string]bool{}
	for i, kid := range n.Children {
		where := fmt.Sprintf("%s.children[%d]", at, i)
		if name := nameOf(kid, i); names[name] {
			l.grave(where+".name", "route.name_twice", name)
		} else {
			names[name] = true
		}
		l.shadow(n.Children[:i], kid, where)
		l.node(kid, where, to)
	}
}

func (l *lint) timing(n Node, at string) {
	l.oneOf(at+".group.by", n.Group.By, Groupings())
	if n.Group.By == "" && (n.Group.Wait > 0 || n.Group.Interval > 0) {
		l.grave(at+".group", "route.group_by")
	}
	l.oneOf(at+".repeat.until", n.Repeat.Until, Untils())
	if n.Repeat.Every == 0 && (n.Repeat.Until != "" || n.Repeat.Most > 0) {
		l.grave(at+".repeat", "route.repeat_every")
	}
	if n.Repeat.Every > 0 && n.Repeat.Every < shortestRepeat {
		l.grave(at+".repeat.every", "route.repeat_short", shortestRepeat)
	}
	if n.Repeat.Most < 0 {
		l.grave(at+".repeat.most", "config.at_least", n.Repeat.Most, 0)
	}
	if n.Group.Red {
		l.warn(at+".group.red", "route.group_red")
	}
}

// mute refuses hours that nobody can read and red that nobody ticked.
func (l *lint) mute(m Mute, at string) {
	l.levelNames(m.Levels, at+".levels")
	l.hours(m.Hours, at+".hours")
	if len(m.Hours) == 0 {
		l.grave(at, "route.mute_hours")
	}
	switch named := slices.Contains(m.Levels, huiying.LevelRed); {
	case named && !m.Red:
		l.grave(at+".levels", "route.mute_red")
	case m.Red:
		l.warn(at+".red", "route.mutes_red")
	}
}

// endless warns of mute hours that follow upon each other round the clock: what
// they hold is told when it is long of no use.
func (l *lint) endless(list []Mute, at string) {
	mutes, err := readMutes(list)
	if err != nil {
		return // said of the hours
	}
	t := &Tree{}
	for _, level := range alerting() {
		begin := time.Date(2026, time.January, 5, 0, 0, 0, 0, time.UTC) // any Monday
		if t.MutedUntil(Branch{mutes: mutes}, level, begin).Equal(begin.AddDate(0, 0, mostDays)) {
			l.warn(at, "route.mute_endless", locale.Key("level."+string(level)), mostDays)
			return
		}
	}
}

// shadow warns of a route that no alert can take, because an earlier one takes
// every alert that it means.
func (l *lint) shadow(earlier []Node, n Node, at string) {
	for i, e := range earlier {
		if !e.Continue && covers(e.Match, n.Match) {
			l.warn(at, "route.unreachable", nameOf(e, i))
			return
		}
	}
}

// receiver checks one id that is told; red says that red alerts may be, too.
func (l *lint) receiver(id, at string, red bool) {
	roster, onDuty := strings.CutPrefix(id, ToDuty+":")
	switch {
	case id == ToNobody:
		if red {
			l.warn(at, "route.nobody_red")
		}
	case id == ToRules, id == ToDefault, id == ToDuty:
	case onDuty:
		if l.known.Rosters != nil && !slices.Contains(l.known.Rosters, roster) {
			l.warn(at, "route.no_roster", roster) // it may be made on a page
		}
	case l.known.Receivers != nil && !slices.Contains(l.known.Receivers, id):
		l.grave(at, "config.no_recipient", id)
	case l.known.Mute != nil && l.known.Mute(id):
		l.warn(at, "route.no_channel", id)
	case red && l.known.Weak != nil && l.known.Weak(id):
		l.warn(at, "route.only_browsers", id)
	}
}

func (l *lint) match(m huiying.AlertMatch, at string) {
	l.levelNames(m.Levels, at+".levels")
	l.hours(m.Hours, at+".hours")
	for _, f := range []struct {
		field  string
		values []string
		known  []string
		key    string // "" = the list is closed
	}{
		{fieldPlatforms, m.Platforms, huiying.Platforms(), ""},
		{fieldIntents, m.Intents, huiying.Intents(), ""},
		{fieldKinds, m.Kinds, huiying.AlertKinds(), ""},
		{fieldUnits, m.Units, l.known.Units, "config.no_unit"},
		{fieldRules, m.Rules, l.known.Rules, "route.no_rule"},
		{fieldPlaces, m.Places, l.known.Places, "route.no_place"},
	} {
		for i, v := range f.values {
			where := fmt.Sprintf("%s.%s[%d]", at, f.field, i)
			switch {
			case f.key == "":
				l.is(where, v, f.known)
			case f.known == nil || slices.Contains(f.known, v):
			case f.field == fieldUnits:
				l.grave(where, f.key, v)
			default: // rules and places change while the service runs
				l.warn(where, f.key, v)
			}
		}
	}
}

func (l *lint) levelNames(list []huiying.Level, at string) {
	var names []string
	for _, known := range alerting() {
		names = append(names, string(known))
	}
	for i, level := range list {
		l.is(fmt.Sprintf("%s[%d]", at, i), string(level), names)
	}
}

func (l *lint) hours(list []string, at string) {
	for i, text := range list {
		if _, err := ParseWindow(text); err != nil {
			l.grave(fmt.Sprintf("%s[%d]", at, i), "route.hours", text)
		}
	}
}

func (l *lint) inhibition(in Inhibition, at string) {
	l.match(in.Source, at+".source")
	l.match(in.Target, at+".target")
	if len(in.Equal) == 0 {
		l.grave(at, "route.inhibit_equal")
	}
	for i, field := range in.Equal {
		l.is(fmt.Sprintf("%s.equal[%d]", at, i), field, []string{ByTopic, ByCase, ByUnit})
	}
	if slices.Contains(in.Target.Levels, huiying.LevelRed) {
		l.warn(at+".target.levels", "route.inhibits_red")
	}
}

// levels warns of a level that no route tells anybody about.
func (l *lint) levels(root Node) {
	for _, level := range alerting() {
		if !reaches(root, level, root.To) {
			l.warn("routes", "route.no_policy", locale.Key("level."+string(level)))
		}
	}
}

// reaches reports whether some alert of the level may get to a receiver.
func reaches(n Node, level huiying.Level, to []string) bool {
	if !slices.Contains(levelsOf(n.Match), level) {
		return false
	}
	if len(n.To) > 0 {
		to = n.To
	}
	for _, kid := range n.Children {
		if reaches(kid, level, to) {
			return true
		}
		if takesAll(kid, level) && !kid.Continue {
			break
		}
	}
	return keeps(n, level) && slices.ContainsFunc(to, func(id string) bool { return id != ToNobody })
}

// keeps reports whether some alert of the level is left to the route itself.
func keeps(n Node, level huiying.Level) bool {
	return slices.Contains(levelsOf(n.Match), level) &&
		!slices.ContainsFunc(n.Children, func(kid Node) bool { return takesAll(kid, level) })
}

// takesAll reports whether a route matches every alert of the level.
func takesAll(n Node, level huiying.Level) bool {
	return covers(n.Match, huiying.AlertMatch{Levels: []huiying.Level{level}})
}
