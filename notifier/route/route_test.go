package route_test

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"huiying"
	"huiying/notifier/route"
)

func facts(change ...func(*huiying.AlertFacts)) huiying.AlertFacts {
	f := huiying.AlertFacts{
		Alert: "a-1", Post: "weibo:1", Case: "HY20261123-0001", Topic: "t-queue", Kind: huiying.AlertOpens, Level: huiying.LevelOrange,
		Unit: "u-hall", Rule: "r-queue", Rules: []string{"r-queue", "r-net"}, Places: []string{"城东街道"}, Platform: "weibo", Source: "weibo-mentions",
		Intent: "complaint", At: at("2026-11-23 10:00:00"),
	}
	for _, c := range change {
		c(&f)
	}
	return f
}

func levels(l ...huiying.Level) huiying.AlertMatch { return huiying.AlertMatch{Levels: l} }

func mustTree(t testing.TB, root route.Node, inhibit ...route.Inhibition) *route.Tree {
	t.Helper()
	tree, err := route.New(root, inhibit, route.Clock{Zone: zone})
	if err != nil {
		t.Fatal(err)
	}
	return tree
}

func TestMatch(t *testing.T) {
	for _, c := range []struct {
		match huiying.AlertMatch
		holds bool
	}{
		{huiying.AlertMatch{}, true},
		{levels("orange", "red"), true},
		{levels("red"), false},
		{huiying.AlertMatch{Units: []string{"u-hall"}}, true},
		{huiying.AlertMatch{Units: []string{"u-road"}}, false},
		{huiying.AlertMatch{Rules: []string{"r-net"}}, true}, // any rule that holds
		{huiying.AlertMatch{Places: []string{"城西街道"}}, false},
		{huiying.AlertMatch{Places: []string{"城西街道", "城东街道"}}, true},
		{huiying.AlertMatch{Platforms: []string{"portal"}}, false},
		{huiying.AlertMatch{Sources: []string{"weibo-mentions", "forum-local"}}, true},
		{huiying.AlertMatch{Sources: []string{"portal-letters"}}, false},
		{huiying.AlertMatch{Intents: []string{"complaint"}}, true},
		{huiying.AlertMatch{Kinds: []string{"joins"}}, false},
		{huiying.AlertMatch{Topics: []string{"t-queue"}}, true},
		{huiying.AlertMatch{Cases: []string{"HY20261123-0002"}}, false},
		{huiying.AlertMatch{Hours: []string{"08:00-18:00"}}, true},
		{huiying.AlertMatch{Hours: []string{"sat,sun", "18:00-08:00"}}, false},
		{huiying.AlertMatch{Hours: []string{"no hours"}}, false},
		{huiying.AlertMatch{Levels: []huiying.Level{"orange"}, Units: []string{"u-road"}}, false}, // every field must hold
	} {
		if got := route.Matches(c.match, facts(), route.Clock{Zone: zone}); got != c.holds {
			t.Errorf("%+v: %v", c.match, got)
		}
	}
	if route.Matches(huiying.AlertMatch{Units: []string{""}}, facts(func(f *huiying.AlertFacts) { f.Unit = "" }), route.Clock{}) {
		t.Error("nothing is no value")
	}
}

// The deepest route that holds takes an alert; the next sibling is asked only
// where that one continues, or nothing below it held.
func TestBranches(t *testing.T) {
	tree := mustTree(t, route.Node{To: []string{"all"}, Children: []route.Node{
		{Name: "copy", To: []string{"archive"}, Continue: true},
		{Name: "hall", Match: huiying.AlertMatch{Units: []string{"u-hall"}}, To: []string{"u-hall"}, Children: []route.Node{
			{Name: "red", Match: levels("red"), To: []string{"boss"}, Continue: true},
			{Match: huiying.AlertMatch{Hours: []string{"18:00-08:00"}}, To: []string{"night"}},
		}},
		{Name: "late", Match: levels("red", "orange"), To: []string{"never"}},
	}})
	for _, c := range []struct {
		change func(*huiying.AlertFacts)
		want   string
	}{
		{func(*huiying.AlertFacts) {}, "root/copy>archive root/hall>u-hall"},
		{func(f *huiying.AlertFacts) { f.Level = "red" }, "root/copy>archive root/hall/red>boss"},
		{func(f *huiying.AlertFacts) { f.Level, f.At = "red", at("2026-11-23 19:00:00") }, "root/copy>archive root/hall/red>boss root/hall/2>night"},
		{func(f *huiying.AlertFacts) { f.Unit = "u-road" }, "root/copy>archive root/late>never"},
		{func(f *huiying.AlertFacts) { f.Unit, f.Level = "", "blue" }, "root/copy>archive"},
	} {
		f := facts(c.change)
		var got []string
		for _, b := range tree.Branches(f) {
			got = append(got, b.Path+">"+strings.Join(b.To, ","))
		}
		if strings.Join(got, " ") != c.want {
			t.Errorf("took %v, want %s", got, c.want)
		}
		decided := 0
		for _, s := range tree.Trace(f) {
			if s.Decides {
				decided++
			}
		}
		if decided != len(got) {
			t.Errorf("the trace names %d of %d", decided, len(got))
		}
	}
}

// What a route does not say it has of its parent.
func TestInherits(t *testing.T) {
	tree := mustTree(t, route.Node{
		To: []string{"all"}, Joins: route.JoinsRaised, Group: route.Group{By: route.ByTopic, Wait: time.Minute},
		Repeat: route.Repeat{Every: time.Hour}, Mute: []route.Mute{{Hours: []string{"22:00-07:00"}}},
		Children: []route.Node{
			{Name: "same", Match: levels("orange")},
			{Name: "own", Match: levels("yellow"), To: []string{"x"}, Joins: route.JoinsEvery, Group: route.Group{By: route.ByUnit},
				Repeat: route.Repeat{Every: time.Minute, Until: route.UntilClose, Most: 3}, Mute: []route.Mute{}},
		},
	})
	same, _ := tree.Find("root/same")
	own, _ := tree.Find("root/own")
	night := at("2026-11-23 23:00:00")
	if !slices.Equal(same.To, []string{"all"}) || same.Joins != route.JoinsRaised || same.Group.By != route.ByTopic ||
		same.Repeat != (route.Repeat{Every: time.Hour, Until: route.UntilAck, Most: 20}) || tree.MutedUntil(same, "orange", night).Equal(night) {
		t.Errorf("%+v", same)
	}
	if !slices.Equal(own.To, []string{"x"}) || own.Joins != route.JoinsEvery || own.Group.By != route.ByUnit || own.Repeat.Most != 3 ||
		!tree.MutedUntil(own, "yellow", night).Equal(night) {
		t.Errorf("%+v", own)
	}
	if _, ok := tree.Find("root/gone"); ok {
		t.Error("found what is not there")
	}
}

func who(receiver string) []route.Who {
	switch receiver {
	case "unit":
		return []route.Who{{Person: "amin", Unit: "unit", Channel: "robot"}, {Person: "bo", Unit: "unit", Channel: "mail"}}
	case "amin":
		return []route.Who{{Person: "amin", Unit: "unit", Channel: "robot"}}
	case "group":
		return []route.Who{{Channel: "group"}}
	case "deaf":
		return []route.Who{{Unit: "deaf"}}
	case route.ToDefault, route.ToRules:
		return []route.Who{{Person: "duty", Channel: "robot"}}
	}
	return nil
}

func said(list []route.Decision) string {
	var out []string
	for _, d := range list {
		one := d.Path + " " + d.Person + ">" + d.Channel + " " + d.Why
		if d.By != "" {
			one += "(" + d.By + ")"
		}
		out = append(out, one)
	}
	return strings.Join(out, "; ")
}

func TestDecide(t *testing.T) {
	now := facts().At
	silence := func(red bool, m huiying.AlertMatch) []huiying.Silence {
		return []huiying.Silence{{ID: "sl-1", Match: m, Red: red, From: now.Add(-time.Hour), Until: now.Add(time.Hour)}}
	}
	joins := func(f *huiying.AlertFacts) { f.Kind = huiying.AlertJoins }
	red := func(f *huiying.AlertFacts) { f.Level = huiying.LevelRed }
	unit := route.Node{To: []string{"unit"}}
	for _, c := range []struct {
		name string
		node route.Node
		in   route.Input
		want string
	}{
		{"the unit", unit, route.Input{Facts: facts()}, "root amin>robot told; root bo>mail told"},
		{"a group's robot", route.Node{To: []string{"group", "amin"}}, route.Input{Facts: facts()}, "root >group told; root amin>robot told"},
		{"nobody reachable", route.Node{To: []string{"deaf"}}, route.Input{Facts: facts()}, "root > unreachable; fallback duty>robot told"},
		{"an id nobody has", route.Node{To: []string{"gone"}}, route.Input{Facts: facts()}, "fallback duty>robot told"},
		{"no receiver", route.Node{}, route.Input{Facts: facts()}, "fallback duty>robot told"},
		{"nobody on purpose", route.Node{To: []string{route.ToNobody}}, route.Input{Facts: facts()}, "root > nobody"},
		{"twice", route.Node{To: []string{"amin", "unit"}}, route.Input{Facts: facts()}, "root amin>robot told; root amin>robot elsewhere(root); root bo>mail told"},
		{"second post", unit, route.Input{Facts: facts(joins), Posts: 2}, "root amin>robot told; root bo>mail told"},
		{"third post", unit, route.Input{Facts: facts(joins), Posts: 3}, "root amin>robot joined(HY20261123-0001); root bo>mail joined(HY20261123-0001)"},
		{"third post, raised", unit, route.Input{Facts: facts(joins), Posts: 3, Raised: true}, "root amin>robot told; root bo>mail told"},
		{"every post", route.Node{To: []string{"amin"}, Joins: route.JoinsEvery}, route.Input{Facts: facts(joins), Posts: 3}, "root amin>robot told"},
		{"only when raised", route.Node{To: []string{"amin"}, Joins: route.JoinsRaised}, route.Input{Facts: facts(joins), Posts: 2}, "root amin>robot joined(HY20261123-0001)"},
		{"silence", unit, route.Input{Facts: facts(), Silences: silence(false, huiying.AlertMatch{Topics: []string{"t-queue"}})}, "root amin>robot silenced(sl-1); root bo>mail silenced(sl-1)"},
		{"silence of another", unit, route.Input{Facts: facts(), Silences: silence(true, huiying.AlertMatch{Topics: []string{"t-road"}})}, "root amin>robot told; root bo>mail told"},
		{"silence and red", unit, route.Input{Facts: facts(red), Silences: silence(false, huiying.AlertMatch{Topics: []string{"t-queue"}})}, "root amin>robot told; root bo>mail told"},
		{"silence of red", unit, route.Input{Facts: facts(red), Silences: silence(true, huiying.AlertMatch{Topics: []string{"t-queue"}})}, "root amin>robot silenced(sl-1); root bo>mail silenced(sl-1)"},
	} {
		c.in.Who = who
		if got := said(mustTree(t, c.node).Decide(c.in)); got != c.want {
			t.Errorf("%s:\n got %s\nwant %s", c.name, got, c.want)
		}
	}
}

// A telling by two routes goes out at the earlier time.
func TestEarlierRouteWins(t *testing.T) {
	tree := mustTree(t, route.Node{Children: []route.Node{
		{Name: "quiet", To: []string{"amin"}, Continue: true, Mute: []route.Mute{{Hours: []string{"09:00-12:00"}}}},
		{Name: "loud", To: []string{"unit"}},
	}})
	got := said(tree.Decide(route.Input{Facts: facts(), Who: who}))
	if want := "root/quiet amin>robot elsewhere(root/loud); root/loud amin>robot told; root/loud bo>mail told"; got != want {
		t.Errorf("got %s", got)
	}
}

// Whom one route tells and another would tell again is told again by the other;
// where both would, by the one that tells.
func TestOtherRouteRepeats(t *testing.T) {
	again := route.Repeat{Every: 15 * time.Minute, Until: route.UntilAck, Most: 8}
	for name, c := range map[string]struct {
		first route.Repeat
		want  string // the route that repeats to amin
	}{
		"the other":  {route.Repeat{}, "root/again"},
		"both would": {route.Repeat{Every: time.Hour}, "root/first"},
	} {
		tree := mustTree(t, route.Node{Children: []route.Node{
			{Name: "first", To: []string{"amin"}, Continue: true, Repeat: c.first},
			{Name: "again", To: []string{"unit"}, Repeat: again},
		}})
		var repeats []string
		for _, d := range tree.Decide(route.Input{Facts: facts(), Who: who}) {
			if d.Person == "amin" && d.Repeat.Every > 0 {
				repeats = append(repeats, d.Path)
			}
		}
		if strings.Join(repeats, " ") != c.want {
			t.Errorf("%s: repeated by %v", name, repeats)
		}
	}
}

// An alert whose routes lead to nobody is told, and repeated, as the root says.
func TestFallbackIsTheRoot(t *testing.T) {
	tree := mustTree(t, route.Node{To: []string{"gone"}, Repeat: route.Repeat{Every: time.Hour}, Mute: []route.Mute{{Hours: []string{"22:00-07:00"}}}})
	b, ok := tree.Find(route.Fallback)
	night := time.Date(2026, 11, 23, 15, 0, 0, 0, time.UTC) // 23:00 in the office
	if !ok || b.Repeat.Every != time.Hour || !tree.MutedUntil(b, huiying.LevelYellow, night).After(night) {
		t.Errorf("%+v, %v", b, ok)
	}
}

// An event's alert keeps those of its posts from the people who were told of
// it, and from nobody else.
func TestInhibition(t *testing.T) {
	event := facts(func(f *huiying.AlertFacts) { f.Alert, f.At = "a-event", f.At.Add(-10*time.Minute) })
	told := []huiying.Told{{Facts: event, Person: "amin", Channel: "robot"}}
	rule := route.Inhibition{Source: levels("red", "orange"), Target: levels("yellow", "blue"), Equal: []string{route.ByTopic}, Within: time.Hour}
	post := func(change ...func(*huiying.AlertFacts)) huiying.AlertFacts {
		return facts(append([]func(*huiying.AlertFacts){func(f *huiying.AlertFacts) {
			f.Level, f.Kind, f.Case, f.Alert = huiying.LevelYellow, huiying.AlertPost, "", "a-post"
		}}, change...)...)
	}
	const inhibited, free = "root amin>robot inhibited(a-event); root bo>mail told", "root amin>robot told; root bo>mail told"
	for _, c := range []struct {
		name string
		rule route.Inhibition
		f    huiying.AlertFacts
		want string
	}{
		{"its post", rule, post(), inhibited},
		{"of another topic", rule, post(func(f *huiying.AlertFacts) { f.Topic = "t-road" }), free},
		{"without a topic", rule, post(func(f *huiying.AlertFacts) { f.Topic = "" }), free},
		{"too late", rule, post(func(f *huiying.AlertFacts) { f.At = f.At.Add(time.Hour) }), free},
		{"as urgent", rule, post(func(f *huiying.AlertFacts) { f.Level = huiying.LevelOrange }), free},
		{"red is not meant by all", route.Inhibition{Source: levels("orange"), Equal: []string{route.ByTopic}}, post(func(f *huiying.AlertFacts) { f.Level = huiying.LevelRed }), free},
		{"itself", rule, post(func(f *huiying.AlertFacts) { f.Alert = "a-event" }), free},
		{"by unit", route.Inhibition{Source: levels("orange"), Target: levels("yellow"), Equal: []string{route.ByUnit}}, post(func(f *huiying.AlertFacts) { f.Topic = "t-road" }), inhibited},
		{"no such source", route.Inhibition{Source: levels("red"), Target: levels("yellow"), Equal: []string{route.ByTopic}}, post(), free},
	} {
		tree := mustTree(t, route.Node{To: []string{"unit"}}, c.rule)
		if got := said(tree.Decide(route.Input{Facts: c.f, Who: who, Told: told})); got != c.want {
			t.Errorf("%s: %s", c.name, got)
		}
	}
}

func TestGroups(t *testing.T) {
	now := facts().At
	group := route.Group{By: route.ByTopic, Wait: 30 * time.Second, Interval: 10 * time.Minute}
	for _, c := range []struct {
		name       string
		level      huiying.Level
		group      route.Group
		next, last time.Time
		want       time.Duration
	}{
		{"the first waits for others", "orange", group, time.Time{}, time.Time{}, 30 * time.Second},
		{"one waits already", "orange", group, now.Add(12 * time.Second), time.Time{}, 12 * time.Second},
		{"soon after a message", "orange", group, time.Time{}, now.Add(-time.Minute), 9 * time.Minute},
		{"long after a message", "orange", group, time.Time{}, now.Add(-time.Hour), 30 * time.Second},
		{"another waits until the morning", "orange", group, now.Add(9 * time.Hour), time.Time{}, 30 * time.Second},
		{"one that is due", "orange", group, now.Add(-time.Second), time.Time{}, 0},
		{"red does not wait", "red", group, now.Add(12 * time.Second), time.Time{}, 0},
		{"red that is meant to", "red", route.Group{By: route.ByTopic, Wait: 30 * time.Second, Red: true}, time.Time{}, time.Time{}, 30 * time.Second},
	} {
		tree := mustTree(t, route.Node{To: []string{"amin"}, Group: c.group})
		d := tree.Decide(route.Input{
			Facts: facts(func(f *huiying.AlertFacts) { f.Level = c.level }), Who: who,
			Waiting: func(group string, w route.Who) (time.Time, time.Time) {
				if group != "topic:t-queue" || w.Person != "amin" {
					t.Errorf("asked about %s of %+v", group, w)
				}
				return c.next, c.last
			},
		})[0]
		if d.At.Sub(now) != c.want || d.Group != "topic:t-queue" || (d.Why == huiying.TellGrouped) != (c.want > 0) {
			t.Errorf("%s: %s after %v", c.name, d.Why, d.At.Sub(now))
		}
	}
}

// anyMatch draws a condition of few values, so that it often holds.
func anyMatch(t *rapid.T, name string) huiying.AlertMatch {
	some := func(field string, values ...string) []string {
		return rapid.SliceOfNDistinct(rapid.SampledFrom(values), 0, 2, rapid.ID[string]).Draw(t, name+field)
	}
	var m huiying.AlertMatch
	for _, l := range some("levels", "red", "orange", "yellow", "blue") {
		m.Levels = append(m.Levels, huiying.Level(l))
	}
	m.Units, m.Rules, m.Topics = some("units", "u-1", "u-2"), some("rules", "r-1", "r-2"), some("topics", "t-1", "t-2")
	m.Hours = some("hours", "22:00-07:00", "sat,sun", "workdays 08:00-18:00")
	return m
}

func anyNode(t *rapid.T, depth int, name string) route.Node {
	n := route.Node{
		Match:    anyMatch(t, name),
		To:       rapid.SliceOfN(rapid.SampledFrom([]string{"unit", "amin", "group", "deaf", "gone", route.ToNobody, route.ToRules}), 0, 2).Draw(t, name+"to"),
		Joins:    rapid.SampledFrom(append(route.Joins(), "")).Draw(t, name+"joins"),
		Continue: rapid.Bool().Draw(t, name+"continue"),
	}
	if rapid.Bool().Draw(t, name+"grouped") {
		n.Group = route.Group{By: rapid.SampledFrom(route.Groupings()).Draw(t, name+"by"), Wait: time.Minute}
	}
	if rapid.Bool().Draw(t, name+"mutes") {
		n.Mute = []route.Mute{{Levels: anyMatch(t, name+"mute").Levels, Hours: []string{"00:00-24:00"}}}
	}
	if depth > 0 {
		for i := range rapid.IntRange(0, 3).Draw(t, name+"kids") {
			n.Children = append(n.Children, anyNode(t, depth-1, fmt.Sprintf("%s%d", name, i)))
		}
	}
	return n
}

func anyFacts(t *rapid.T) huiying.AlertFacts {
	pick := func(name string, values ...string) string { return rapid.SampledFrom(values).Draw(t, name) }
	return facts(func(f *huiying.AlertFacts) {
		f.Level, f.Unit, f.Rule = huiying.Level(pick("level", "red", "orange", "yellow", "blue")), pick("unit", "u-1", "u-2", ""), pick("rule", "r-1", "r-2")
		f.Topic, f.Kind = pick("topic", "t-1", "t-2"), pick("kind", huiying.AlertKinds()...)
		f.At = f.At.Add(time.Duration(rapid.IntRange(0, 14*24*60).Draw(t, "minute")) * time.Minute)
	})
}

// Whatever the tree: every alert has a decision and every decision a reason;
// the same question has the same answer; red waits for nothing that was not
// written for red; a silence changes nothing but what it matches; and nobody is
// told twice over one channel.
func TestRoutingIsTotal(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		root := anyNode(t, 2, "n")
		var inhibit []route.Inhibition
		if rapid.Bool().Draw(t, "inhibits") {
			inhibit = []route.Inhibition{{Source: anyMatch(t, "source"), Target: anyMatch(t, "target"), Equal: []string{route.ByTopic}}}
		}
		clock := route.Clock{Zone: zone}
		tree, err := route.New(root, inhibit, clock)
		if err != nil {
			t.Fatal(err)
		}
		f := anyFacts(t)
		earlier := f
		earlier.Alert, earlier.At = "a-0", f.At.Add(-time.Minute)
		in := route.Input{
			Facts: f, Posts: rapid.IntRange(1, 9).Draw(t, "posts"), Raised: rapid.Bool().Draw(t, "raised"), Who: who,
			Told: []huiying.Told{{Facts: earlier, Person: "amin", Channel: "robot"}},
		}
		got := tree.Decide(in)
		if len(got) == 0 {
			t.Fatal("no decision")
		}
		told := map[string]bool{}
		for _, d := range got {
			if d.Why == "" || d.Path == "" {
				t.Fatalf("no reason: %+v", d)
			}
			if key := d.Person + ">" + d.Channel; d.Tells() {
				if told[key] || d.Channel == "" {
					t.Fatalf("told twice or nowhere: %s", said(got))
				}
				told[key] = true
			}
			if f.Level == huiying.LevelRed && d.Tells() && !d.At.Equal(f.At) {
				t.Fatalf("red waits: %+v", d)
			}
		}
		if again := tree.Decide(in); !reflect.DeepEqual(again, got) {
			t.Fatalf("once %s, then %s", said(got), said(again))
		}
		s := huiying.Silence{ID: "sl-1", Match: anyMatch(t, "silence"), Red: rapid.Bool().Draw(t, "red"), From: f.At.Add(-time.Hour), Until: f.At.Add(time.Hour)}
		in.Silences = []huiying.Silence{s}
		hushed := tree.Decide(in)
		if !route.Silenced(s, f, clock) && !reflect.DeepEqual(hushed, got) {
			t.Fatalf("a silence of others changed %s into %s", said(got), said(hushed))
		}
		if f.Level == huiying.LevelRed && !s.Red && !reflect.DeepEqual(hushed, got) {
			t.Fatal("a silence without the tick kept red back")
		}
		for _, d := range hushed {
			if route.Silenced(s, f, clock) && d.Tells() {
				t.Fatalf("told in spite of the silence: %s", said(hushed))
			}
		}
	})
}
