package analyzer_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"huiying"
	"huiying/analyzer"
	"huiying/analyzer/gather"
	"huiying/analyzer/rule"
	"huiying/analyzer/topic"
)

// bucket keeps records as a key-value bucket does.
type bucket struct {
	mu      sync.Mutex
	records map[string][]byte
}

func (b *bucket) Load(context.Context) ([]topic.Record, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	var out []topic.Record
	for k, v := range b.records {
		out = append(out, topic.Record{Key: k, Value: v})
	}
	return out, nil
}

func (b *bucket) Save(_ context.Context, records []topic.Record) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, r := range records {
		b.records[r.Key] = r.Value
	}
	return nil
}

// Ten days with a post every few hours, a restart, then twelve in one hour: the
// rule and the topic surge, are told once, with their numbers, and the table of
// levels raises what belongs to them.
func TestSurge(t *testing.T) {
	now := time.Date(2026, 3, 1, 0, 30, 0, 0, time.UTC)
	memory := &bucket{records: map[string][]byte{}}
	var told []huiying.TopicChange
	start := func() (*analyzer.Analyzer, *gather.Room) {
		room, err := gather.Open(t.Context(), gather.Options{
			Memory: memory, Now: func() time.Time { return now },
			Tell: func(_ context.Context, c huiying.TopicChange) error { told = append(told, c); return nil },
		})
		if err != nil {
			t.Fatal(err)
		}
		a, err := analyzer.New(analyzer.Options{
			Rules:    mustRules(t, "rules: [{id: r-queue, name: 排队, level: yellow, when: 排队}]"),
			Policy:   []rule.Raise{{When: "burst:yes", By: 1, Why: "突然增多"}},
			Gatherer: room, Now: func() time.Time { return now }, DictDir: t.TempDir(),
		})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(a.Close)
		return a, room
	}
	a, room := start()
	surges := func() []huiying.TopicChange {
		told = nil
		if err := room.TellSurges(t.Context(), now); err != nil {
			t.Fatal(err)
		}
		return told
	}
	n := 0
	say := func(text string) huiying.Judgement {
		n++
		p := post(fmt.Sprint("s", n), text)
		p.PublishedAt, p.CollectedAt = now, now
		return a.Analyze(p).Data
	}
	for range 60 {
		if j := say(fmt.Sprintf("第%d天在大厅%s排队，%s", n, strings.Repeat("慢", n%5), strings.Repeat("等", n%7))); j.Level != huiying.LevelYellow {
			t.Fatalf("an ordinary post is %s: %v", j.Level, j.LevelWhy)
		}
		now = now.Add(4 * time.Hour)
	}
	if s := surges(); len(s) != 0 {
		t.Errorf("surges of an ordinary time: %+v", s)
	}
	if err := room.Save(t.Context()); err != nil {
		t.Fatal(err)
	}
	a, room = start()
	var last huiying.Judgement
	for range 12 {
		last = say("社保窗口系统崩溃，大厅里排队的人都进不去了")
		now = now.Add(time.Minute)
	}
	byKey := map[string]huiying.TopicChange{}
	for _, s := range surges() {
		byKey[s.Key] = s
	}
	s, ok := byKey["rule/r-queue"]
	if !ok || s.State != "burst" || s.Count < 12 || s.Expected > 3 || s.P > 1e-4 {
		t.Errorf("the rule: %+v", s)
	}
	if s := byKey["topic/"+last.Topic]; s.Topic != last.Topic || s.Size < 12 {
		t.Errorf("the topic: %+v", byKey)
	}
	if again := surges(); len(again) != 0 {
		t.Errorf("told twice: %+v", again)
	}
	if j := say("大厅里排队的人都进不去了，社保窗口系统崩溃"); j.Level != huiying.LevelOrange || !strings.Contains(strings.Join(j.LevelWhy, " "), "突然增多") {
		t.Errorf("a post of the surge is %s: %v", j.Level, j.LevelWhy)
	}
}

// away is a memory that cannot be read.
type away struct{ bucket }

func (*away) Load(context.Context) ([]topic.Record, error) { return nil, errors.New("no connection") }

// Without what is known of topics nothing is analysed: one matter would get
// two cases.
func TestMemoryAway(t *testing.T) {
	if _, err := gather.Open(t.Context(), gather.Options{Memory: &away{}}); err == nil {
		t.Error("a memory that cannot be read gives no error")
	}
}
