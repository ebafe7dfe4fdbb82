package app_test

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"huiying"
	"huiying/internal/bus"
)

// analyzers are processes that analyse what stands on one bus.
type analyzers struct {
	dir, binary string
	bus         *bus.Bus
	logs        []*tail

	mu     sync.Mutex
	events map[string]string // topic by post
	times  map[string]int    // events by message id
	made   map[string]int    // times a topic was told to have begun, by message id
}

// TestAnalyzersShareTopics lets three real analyzers judge posts about eight
// matters and kills the one that has the room of topics: every post has its
// event, every matter is one topic, and each was told to have begun.
func TestAnalyzersShareTopics(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("runs three real processes: not with -short")
	}
	a := newAnalyzers(t)
	var list []*exec.Cmd
	for n := range 3 {
		list = append(list, a.start(t, n))
	}
	const posts = 400
	for n := range posts / 2 {
		a.publish(t, n)
	}
	a.until(t, "a process has the room, and half of the posts are judged", func() bool { return a.holder() >= 0 && a.judged() >= posts/4 })
	dead := a.holder()
	if err := list[dead].Process.Signal(syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	_ = list[dead].Wait() // "signal: killed"
	for n := range posts / 2 {
		a.publish(t, posts/2+n)
	}
	a.until(t, "every post is judged", func() bool { return a.judged() == posts })
	a.check(t)
	for n, cmd := range list {
		if n == dead {
			continue
		}
		if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
			t.Fatal(err)
		}
		if err := cmd.Wait(); err != nil {
			t.Errorf("process %d: %v\n%s", n, err, a.logs[n].tail())
		}
	}
}

func newAnalyzers(t *testing.T) *analyzers {
	a := &analyzers{
		dir: t.TempDir(), binary: binary(t), logs: make([]*tail, 3), events: map[string]string{}, times: map[string]int{}, made: map[string]int{},
	}
	var err error
	if a.bus, err = bus.Open(t.Context(), bus.Options{Dir: filepath.Join(a.dir, "nats"), Listen: "127.0.0.1:0", Logger: slog.New(slog.DiscardHandler)}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = a.bus.Close() })
	kv, err := a.bus.KV(t.Context(), "definitions", bus.KVOptions{History: 8})
	if err != nil {
		t.Fatal(err)
	}
	rules, err := json.Marshal(map[string]string{"file": "rules.yaml", "text": "rules: [{id: r-all, name: 示例, level: yellow, when: 示例市}]"})
	if err == nil {
		_, err = kv.Put(t.Context(), "rules.file-01", rules)
	}
	if err != nil {
		t.Fatal(err)
	}
	a.listen(t)
	return a
}

// listen hears events and topics.
func (a *analyzers) listen(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	var both sync.WaitGroup
	t.Cleanup(func() { cancel(); both.Wait() })
	both.Go(func() {
		_ = a.bus.ConsumeEvents(ctx, bus.Consumer{Name: "test-events", Subjects: [][]string{{"huiying.event.>"}}}, func(_ context.Context, e huiying.Event) error {
			a.mu.Lock()
			defer a.mu.Unlock()
			a.events[e.Data.Post.ID] = e.Data.Topic
			a.times[e.ID]++
			return nil
		})
	})
	both.Go(func() {
		_ = a.bus.Consume(ctx, bus.Consumer{Name: "test-topics", Subjects: [][]string{{"huiying.topic.created"}}}, func(_ context.Context, m bus.Message) error {
			a.mu.Lock()
			defer a.mu.Unlock()
			a.made[m.ID]++
			return nil
		})
	})
}

func (a *analyzers) start(t *testing.T, n int) *exec.Cmd {
	t.Helper()
	a.logs[n] = &tail{}
	return member{binary: a.binary, dir: a.dir, bus: a.bus.Addr(), target: "analyzer"}.start(t, n, a.logs[n])
}

// matters are what the posts are about, each in a place of its own.
func matters() []string {
	return strings.Split(`滨河小区门口的路灯坏了半个月，晚上黑得看不见
第三小学放学时车乱停，堵得公交都过不去
长途汽车站旁边垃圾堆了一星期没人清，臭得很
人民医院自助机坏了三台，挂号排队到大门外
城南工地半夜打桩施工，吵得孩子睡不着觉
车管所换驾照网上预约一直显示已满，约不上
图书馆空调漏水，书架都淋湿了也没人管
体育公园健身器材断了一根，扎到老人的手`, "\n")
}

func (a *analyzers) publish(t *testing.T, n int) {
	t.Helper()
	list := matters()
	at := time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC).Add(time.Duration(n) * time.Second)
	err := a.bus.PublishPost(t.Context(), huiying.Post{
		ID: fmt.Sprint("weibo:", 5100000000000000+n), Source: "weibo-mentions", Platform: huiying.PlatformWeibo, Kind: huiying.KindPost, URL: "https://m.weibo.cn/detail/1",
		Text:        "示例市" + list[n%len(list)] + "，" + strings.Repeat("真急人", n/len(list)%6),
		Author:      huiying.Author{ID: fmt.Sprint("k", n), Name: "k", Verified: "none"},
		PublishedAt: at, PublishedPrecision: huiying.PrecisionSecond, CollectedAt: at,
	})
	if err != nil {
		t.Fatal(err)
	}
}

func (a *analyzers) judged() int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return len(a.events)
}

// holder is the process that says last that it took the seat, -1 for none.
func (a *analyzers) holder() int {
	for n, log := range a.logs {
		if log != nil && strings.Contains(log.tail(), "seat taken") {
			return n
		}
	}
	return -1
}

func (a *analyzers) until(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for deadline := time.Now().Add(90 * time.Second); !holds(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("not in 90 s: %s (%d judged)\n%s\n%s", what, a.judged(), a.logs[0].tail(), a.logs[1].tail())
		}
	}
}

func (a *analyzers) check(t *testing.T) {
	t.Helper()
	a.mu.Lock()
	defer a.mu.Unlock()
	of := map[int]map[string]bool{}
	for post, topic := range a.events {
		var n int
		if _, err := fmt.Sscanf(post, "weibo:51%d", &n); err != nil || topic == "" {
			t.Errorf("%s has topic %q", post, topic)
		}
		matter := n % len(matters())
		if of[matter] == nil {
			of[matter] = map[string]bool{}
		}
		of[matter][topic] = true
	}
	for matter, topics := range of {
		if len(topics) != 1 {
			t.Errorf("matter %d has the topics %v", matter, topics)
		}
	}
	for id, n := range a.times {
		if n != 1 {
			t.Errorf("event %s stands on the bus %d times", id, n)
		}
	}
	if len(a.made) != len(matters()) {
		t.Errorf("%d topics were told to have begun, want %d", len(a.made), len(matters()))
	}
}
