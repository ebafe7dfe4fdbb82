package gather_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"huiying"
	"huiying/analyzer/gather"
	"huiying/analyzer/topic"
)

var monday = time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)

// memory keeps records; after so many saves it fails, as a killed process does.
type memory struct {
	records map[string][]byte
	saves   int
	dies    int // 0 = never
}

var errDead = errors.New("killed")

func (m *memory) Load(context.Context) ([]topic.Record, error) {
	var out []topic.Record
	for _, k := range slices.Sorted(maps.Keys(m.records)) {
		out = append(out, topic.Record{Key: k, Value: m.records[k]})
	}
	return out, nil
}

func (m *memory) Save(_ context.Context, records []topic.Record) error {
	if m.saves++; m.dies > 0 && m.saves >= m.dies {
		return errDead
	}
	for _, r := range records {
		m.records[r.Key] = r.Value
	}
	return nil
}

// told is what was told, by message id: readers take repeats for one.
type told struct {
	list []huiying.TopicChange
	fail bool
}

func (o *told) tell(_ context.Context, c huiying.TopicChange) error {
	if o.fail {
		return errDead
	}
	o.list = append(o.list, c)
	return nil
}

// of gives the changes of one action.
func (o *told) of(action string) []huiying.TopicChange {
	seen := map[string]bool{}
	var out []huiying.TopicChange
	for _, c := range o.list {
		if c.Action == action && !seen[c.MessageID()] {
			out = append(out, c)
		}
		seen[c.MessageID()] = true
	}
	return out
}

func open(t *testing.T, m *memory, o *told) *gather.Room {
	t.Helper()
	r, err := gather.Open(t.Context(), gather.Options{Memory: m, Tell: o.tell, Now: func() time.Time { return monday }})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func matter(id, text string) gather.Matter {
	return gather.Matter{ID: id, Text: text, Rule: "r-hall", Platform: "weibo", Author: "k-" + id, At: monday, Hour: monday}
}

func put(t *testing.T, r *gather.Room, m gather.Matter) gather.Found {
	t.Helper()
	f, err := r.Gather(t.Context(), []gather.Matter{m})
	if err != nil {
		t.Fatal(err)
	}
	return f[0]
}

const (
	queue  = "政务大厅排队三个小时还没轮到，窗口只开了两个，后面全是人"
	other  = "今天去政务大厅办事，排队排了三个小时，窗口只开两个，太离谱了"
	system = "社保系统崩溃了，窗口说今天办不了业务，让明天再来排队"
	lights = "滨河小区门口的路灯坏了半个月，晚上黑得看不见，打电话也没人来修"
)

// A topic is told when it begins, again under the same id when the post that
// leads it comes again, and when it has its first post of a higher level.
func TestCreatedAndRaised(t *testing.T) {
	m, o := &memory{records: map[string][]byte{}}, &told{}
	r := open(t, m, o)
	a := put(t, r, matter("weibo:1", queue))
	put(t, r, matter("weibo:1", queue))
	reach := matter("weibo:2", queue+"真的"+strings.Repeat("唉", 3))
	reach.Reach = true
	if f := put(t, r, reach); f.Topic != a.Topic || f.Voices != 2 || f.Speed != 2 {
		t.Errorf("the second post: %+v", f)
	}
	if got := o.of(huiying.TopicCreated); len(got) != 1 || got[0].Topic != a.Topic || got[0].Typical != "weibo:1" {
		t.Errorf("created: %+v", got)
	}
	levels := []huiying.Level{huiying.LevelYellow, huiying.LevelYellow, huiying.LevelRed, huiying.LevelOrange}
	for i, level := range levels {
		if i == 3 {
			r = open(t, m, o) // levels are known after a restart
		}
		if err := r.Raise(t.Context(), gather.Rising{Topic: a.Topic, Post: fmt.Sprint("weibo:", i), Level: level}); err != nil {
			t.Fatal(err)
		}
	}
	got := o.of(huiying.TopicRaised)
	if len(got) != 1 || got[0].Was != huiying.LevelYellow || got[0].Level != huiying.LevelRed || got[0].Posts[0] != "weibo:2" || got[0].Size != 2 {
		t.Errorf("raised: %+v", got)
	}
}

// What cannot be kept or told is no answer, and comes out the same when it is
// asked again.
func TestAskedAgain(t *testing.T) {
	m, o := &memory{records: map[string][]byte{}, dies: 1}, &told{}
	r := open(t, m, o)
	if _, err := r.Gather(t.Context(), []gather.Matter{matter("weibo:1", queue)}); huiying.ErrorCode(err) != huiying.Unavailable {
		t.Errorf("an answer that was not kept: %v", err)
	}
	m.dies, o.fail = 0, true
	if _, err := r.Gather(t.Context(), []gather.Matter{matter("weibo:1", queue)}); huiying.ErrorCode(err) != huiying.Unavailable {
		t.Errorf("an answer that was not told: %v", err)
	}
	o.fail = false
	f := put(t, open(t, m, o), matter("weibo:1", queue))
	if got := o.of(huiying.TopicCreated); len(got) != 1 || got[0].Topic != f.Topic {
		t.Errorf("told %+v, want the topic %s", got, f.Topic)
	}
}

// decided is a room with two topics, one of them of two posts, and a decision
// about them.
func decided(t *testing.T, r *gather.Room, action string) gather.Decision {
	t.Helper()
	a := put(t, r, matter("weibo:1", queue)).Topic
	put(t, r, matter("weibo:2", other))
	put(t, r, matter("weibo:4", other+"！！")) // repeats it, and goes where it goes
	b := put(t, r, matter("weibo:3", system)).Topic
	if a == b {
		t.Fatal("two matters are one topic")
	}
	d := gather.Decision{Action: action, Topic: a, By: "press"}
	switch action {
	case huiying.TopicMerged:
		d.From = b
	case huiying.TopicSplit:
		d.Posts, d.Title = []string{"weibo:2", "weibo:99"}, "另一天"
	case huiying.TopicRenamed:
		d.Title = "大厅排队"
	case huiying.TopicAdded:
		d.Matters = []gather.Joining{{Matter: matter("weibo:3", system), Level: huiying.LevelOrange}, {Matter: matter("weibo:7", lights)}}
	}
	return d
}

// holds reports whether a room obeys a decision, for the later post of it.
func holds(t *testing.T, r *gather.Room, d gather.Decision) bool {
	t.Helper()
	switch d.Action {
	case huiying.TopicMerged:
		return put(t, r, matter("weibo:8", system+"啊")).Topic == d.Topic
	case huiying.TopicSplit:
		return put(t, r, matter("weibo:2", other)).Topic != d.Topic
	case huiying.TopicAdded:
		return put(t, r, matter("weibo:3", system)).Topic == d.Topic && put(t, r, matter("weibo:7", lights)).Topic == d.Topic
	}
	e, _ := r.Topic(d.Topic, monday)
	return e.Title == d.Title
}

// What people decide is done, kept, told with who decided, and obeyed after a
// restart.
func TestDecide(t *testing.T) {
	for _, action := range []string{huiying.TopicMerged, huiying.TopicSplit, huiying.TopicAdded, huiying.TopicRenamed} {
		m, o := &memory{records: map[string][]byte{}}, &told{}
		r := open(t, m, o)
		d := decided(t, r, action)
		c, err := r.Decide(t.Context(), d)
		if err != nil {
			t.Fatalf("%s: %v", action, err)
		}
		if got := o.of(action); len(got) != 1 || got[0].By != "press" || got[0].Topic != c.Topic || got[0].Size == 0 {
			t.Errorf("%s was told as %+v", action, got)
		}
		if action == huiying.TopicSplit && (c.From != d.Topic || !slices.Equal(c.Posts, []string{"weibo:2", "weibo:4"}) || c.Title != "另一天") {
			t.Errorf("split: %+v", c)
		}
		if action == huiying.TopicAdded && (!slices.Equal(c.Posts, []string{"weibo:3", "weibo:7"}) || c.Size != 5) {
			t.Errorf("added: %+v", c)
		}
		if action == huiying.TopicMerged && c.Size != 4 {
			t.Errorf("merged: %+v", c)
		}
		if r = open(t, m, o); !holds(t, r, d) {
			t.Errorf("%s is not obeyed after a restart", action)
		}
		if len(o.of(action)) != 1 {
			t.Errorf("%s is told anew after a restart", action)
		}
	}
}

// A process that is killed anywhere in a decision leaves it done and told, or
// not done at all: the next one tells what was done.
func TestKilledWhileDeciding(t *testing.T) {
	for _, action := range []string{huiying.TopicMerged, huiying.TopicSplit, huiying.TopicAdded, huiying.TopicRenamed} {
		done := 0
		for dies := 1; dies <= 4; dies++ {
			m, o := &memory{records: map[string][]byte{}}, &told{}
			r := open(t, m, o)
			d := decided(t, r, action)
			m.saves, m.dies, o.fail = 0, dies, dies == 4
			if _, err := r.Decide(t.Context(), d); err == nil {
				continue // it needs no more saves than that
			}
			m.dies, o.fail = 0, false
			r = open(t, m, o)
			if err := r.TellSurges(t.Context(), monday); err != nil {
				t.Fatal(err)
			}
			is, told := holds(t, r, d), len(o.of(action)) == 1
			if is != told {
				t.Errorf("%s, killed at save %d: done %v, told %v", action, dies, is, told)
			}
			if is {
				done++
			}
			if got := o.of(action); is && action == huiying.TopicSplit && !slices.Equal(got[0].Posts, []string{"weibo:2", "weibo:4"}) {
				t.Errorf("split, killed at save %d, told of %v", dies, got[0].Posts)
			}
		}
		if done == 0 {
			t.Errorf("%s: no kill came after it was done; the test proves nothing", action)
		}
	}
}

// A post that a person adds brings its level: a topic that had lower ones only is
// told to be raised. What repeats it comes with it, and later ones like it.
func TestAddRaises(t *testing.T) {
	m, o := &memory{records: map[string][]byte{}}, &told{}
	r := open(t, m, o)
	a := put(t, r, matter("weibo:1", queue)).Topic
	put(t, r, matter("weibo:2", lights))
	put(t, r, matter("weibo:3", lights+"！！"))
	if err := r.Raise(t.Context(), gather.Rising{Topic: a, Post: "weibo:1", Level: huiying.LevelYellow}); err != nil {
		t.Fatal(err)
	}
	c, err := r.Decide(t.Context(), gather.Decision{Action: huiying.TopicAdded, Topic: a, By: "press", Matters: []gather.Joining{
		{Matter: matter("weibo:2", lights), Level: huiying.LevelRed}, {Matter: matter("weibo:1", queue), Level: huiying.LevelYellow},
	}})
	if err != nil || !slices.Equal(c.Posts, []string{"weibo:1", "weibo:2", "weibo:3"}) {
		t.Fatalf("%+v, %v", c, err)
	}
	if got := o.of(huiying.TopicRaised); len(got) != 1 || got[0].Level != huiying.LevelRed || got[0].Posts[0] != "weibo:2" {
		t.Errorf("raised: %+v", got)
	}
	if len(r.Topics(monday)) != 1 {
		t.Errorf("the topic that lost all its posts is open")
	}
	if f := put(t, r, matter("weibo:9", "滨河小区门口的路灯坏了半个月了，晚上黑得看不见，没人来修")); f.Topic != a {
		t.Errorf("a later one like it is of %q, want %q", f.Topic, a)
	}
}

// What cannot be is refused with a sentence, and nothing is changed or told.
func TestRefuses(t *testing.T) {
	m, o := &memory{records: map[string][]byte{}}, &told{}
	r := open(t, m, o)
	d := decided(t, r, huiying.TopicMerged)
	for name, c := range map[string]struct {
		give gather.Decision
		key  string
	}{
		"no topic":   {gather.Decision{Action: huiying.TopicRenamed, Topic: "t-none", Title: "x"}, "cluster.no_event"},
		"no other":   {gather.Decision{Action: huiying.TopicMerged, Topic: d.Topic, From: "t-none"}, "cluster.no_event"},
		"itself":     {gather.Decision{Action: huiying.TopicMerged, Topic: d.Topic, From: d.Topic}, "cluster.same_event"},
		"no title":   {gather.Decision{Action: huiying.TopicRenamed, Topic: d.Topic, Title: "  "}, "cluster.no_title"},
		"none of it": {gather.Decision{Action: huiying.TopicSplit, Topic: d.Topic, Posts: []string{"weibo:3"}}, "cluster.no_posts"},
		"all of it":  {gather.Decision{Action: huiying.TopicSplit, Topic: d.Topic, Posts: []string{"weibo:1", "weibo:2"}}, "cluster.nothing_left"},
		"too many":   {gather.Decision{Action: huiying.TopicSplit, Topic: d.Topic, Posts: make([]string, 2001)}, "gather.too_many_posts"},
		"nothing":    {gather.Decision{Action: huiying.TopicAdded, Topic: d.Topic}, "gather.too_many_added"},
		"too much":   {gather.Decision{Action: huiying.TopicAdded, Topic: d.Topic, Matters: make([]gather.Joining, 201)}, "gather.too_many_added"},
		"not open":   {gather.Decision{Action: huiying.TopicAdded, Topic: "t-none", Matters: make([]gather.Joining, 1)}, "cluster.no_event"},
		"what is it": {gather.Decision{Action: "burst", Topic: d.Topic}, "gather.no_decision"},
	} {
		_, err := r.Decide(t.Context(), c.give)
		var said *huiying.Error
		if !errors.As(err, &said) || said.Key != c.key {
			t.Errorf("%s: %v, want %s", name, err, c.key)
		}
	}
	if len(o.list) != 2 || len(r.Topics(monday)) != 2 || len(m.records["hand"]) != 0 {
		t.Errorf("something was changed: told %+v, open %d, under way %q", o.list, len(r.Topics(monday)), m.records["hand"])
	}
}

// Of many topics the levels of the latest are known.
func TestLevelsAreBounded(t *testing.T) {
	m, o := &memory{records: map[string][]byte{}}, &told{}
	r := open(t, m, o)
	for i := range 20_001 {
		if err := r.Raise(t.Context(), gather.Rising{Topic: fmt.Sprint("t-", i), Level: huiying.LevelYellow}); err != nil {
			t.Fatal(err)
		}
	}
	for _, id := range []string{"t-0", "t-20000"} {
		if err := r.Raise(t.Context(), gather.Rising{Topic: id, Level: huiying.LevelRed}); err != nil {
			t.Fatal(err)
		}
	}
	if got := o.of(huiying.TopicRaised); len(got) != 1 || got[0].Topic != "t-20000" {
		t.Errorf("raised: %+v", got)
	}
}
