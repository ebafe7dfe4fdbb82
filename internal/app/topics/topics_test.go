package topics_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"huiying"
	"huiying/analyzer/gather"
	"huiying/internal/app/topics"
	"huiying/internal/bus"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var monday = time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)

// process is one of several that share a message server.
type process struct {
	bus  *bus.Bus
	desk *topics.Desk
	stop func()
}

func start(t testing.TB, o bus.Options) *process {
	t.Helper()
	o.Logger = slog.New(slog.DiscardHandler)
	b, err := bus.Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = b.Close() })
	d, err := topics.New(t.Context(), topics.Options{Bus: b, Now: func() time.Time { return monday }, Zone: time.UTC, Logger: o.Logger})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- d.Run(ctx) }()
	p := &process{bus: b, desk: d}
	p.stop = sync.OnceFunc(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	t.Cleanup(p.stop)
	return p
}

// places are where invented matters happen, so that each is another one.
var places = strings.Fields("滨河小区 第三小学 长途汽车站 人民医院 城南工地 车管所 图书馆 体育公园")

// say is one of many posts about one of the matters.
func say(n int) gather.Matter {
	where := places[n%len(places)]
	troubles := strings.Fields("路灯坏了半个月晚上黑得看不见 门口车乱停堵得公交都过不去 旁边垃圾堆了一星期没人清 自助机坏了三台排队到大门外 半夜打桩声音吵得孩子睡不着 换驾照网上预约一直显示已满 空调漏水书架都淋湿了没人管 健身器材断了一根扎到老人手")
	text := fmt.Sprintf("%s%s，%s", where, troubles[n%len(troubles)], strings.Repeat("真急人", 1+n/len(places)%5))
	return gather.Matter{ID: fmt.Sprint("weibo:", n), Text: text, Rule: "r-all", Platform: "weibo", Author: fmt.Sprint("k", n), At: monday, Hour: monday}
}

// Three processes ask for posts of eight matters at once, and the one that has
// the room stops in the middle: every post is answered, each matter is one
// topic, and it was told once that it began.
func TestSeveral(t *testing.T) {
	home := start(t, bus.Options{Dir: t.TempDir(), Listen: "127.0.0.1:0"})
	url := "nats://" + home.bus.Addr()
	created := listen(t, home.bus)
	all := []*process{home, start(t, bus.Options{URL: url}), start(t, bus.Options{URL: url})}
	const posts = 240
	var mu sync.Mutex
	of := map[int]map[string]bool{} // topics by matter
	var asking sync.WaitGroup
	stopped := make(chan struct{})
	for p, one := range all {
		for n := p; n < posts; n += len(all) {
			asking.Go(func() {
				if n > posts/2 {
					<-stopped
				}
				f, err := again(t, one.desk, say(n))
				if err != nil {
					t.Errorf("post %d: %v", n, err)
				}
				mu.Lock()
				defer mu.Unlock()
				matter := n % len(places)
				if of[matter] == nil {
					of[matter] = map[string]bool{}
				}
				of[matter][f.Topic] = true
			})
		}
	}
	home.stop() // its server goes on: only the room is another's now
	close(stopped)
	asking.Wait()
	for matter, ids := range of {
		if len(ids) != 1 {
			t.Errorf("matter %d has the topics %v", matter, ids)
		}
	}
	if n := created(len(places)); n != len(places) {
		t.Errorf("%d topics were told, want %d", n, len(places))
	}
	decide(t, all)
}

// Another process asks for many posts in one question, or in as few as fit
// messages: the answers are those of the posts, in their order, and levels are
// noted together.
func TestMany(t *testing.T) {
	home := start(t, bus.Options{Dir: t.TempDir(), Listen: "127.0.0.1:0"})
	if _, err := one(t, home.desk, say(0)); err != nil {
		t.Fatal(err)
	}
	away := start(t, bus.Options{URL: "nats://" + home.bus.Addr()})
	var list []gather.Matter
	for n := range 64 {
		m := say(n)
		if n%10 == 3 {
			m.Text += strings.Repeat("<&\u0001", 20_000) // three of them are more than a message
		}
		list = append(list, m)
	}
	found, err := away.desk.Gather(t.Context(), list)
	if err != nil || len(found) != len(list) {
		t.Fatal(len(found), err)
	}
	var ups []gather.Rising
	for n, f := range found {
		same, err := one(t, home.desk, say(n))
		if err != nil || f.Topic == "" || same.Topic != f.Topic {
			t.Errorf("post %d: %+v, here %+v, %v", n, f, same, err)
		}
		ups = append(ups, gather.Rising{Topic: f.Topic, Post: list[n].ID, Level: huiying.LevelYellow})
	}
	ups = append(ups, gather.Rising{Topic: found[0].Topic, Post: "weibo:0", Level: huiying.LevelRed})
	if err := away.desk.Raise(t.Context(), ups...); err != nil {
		t.Error(err)
	}
	kv, err := home.bus.KV(t.Context(), topics.Bucket, bus.KVOptions{TTL: topics.KeptFor})
	if err != nil {
		t.Fatal(err)
	}
	for topic, want := range map[string]string{found[0].Topic: "red", found[1].Topic: "yellow"} {
		if e, err := kv.Get(t.Context(), "level/"+topic); err != nil || string(e.Value) != want {
			t.Errorf("%s: %s, %v, want %s", topic, e.Value, err, want)
		}
	}
}

// again asks until somebody answers, as the bus does.
func again(t *testing.T, d *topics.Desk, m gather.Matter) (f gather.Found, err error) {
	for range 5 {
		if f, err = one(t, d, m); huiying.ErrorCode(err) != huiying.Unavailable {
			return f, err
		}
	}
	return f, err
}

// one asks for one post.
func one(t testing.TB, d *topics.Desk, m gather.Matter) (gather.Found, error) {
	t.Helper()
	list, err := d.Gather(t.Context(), []gather.Matter{m})
	if err != nil || len(list) != 1 {
		return gather.Found{}, err
	}
	return list[0], nil
}

// decide merges from one process, and another obeys.
func decide(t *testing.T, all []*process) {
	t.Helper()
	a, err := one(t, all[1].desk, say(0))
	if err != nil {
		t.Fatal(err)
	}
	b, err := one(t, all[2].desk, say(1))
	if err != nil {
		t.Fatal(err)
	}
	d := gather.Decision{Action: huiying.TopicMerged, Topic: a.Topic, From: b.Topic, By: "press"}
	if c, err := all[0].desk.Decide(t.Context(), d); err != nil || c.Topic != a.Topic || c.Size < 50 {
		t.Fatalf("%+v, %v", c, err)
	}
	for i, p := range all {
		if f, err := one(t, p.desk, say(1001+8*i)); err != nil || f.Topic != a.Topic {
			t.Errorf("process %d: %+v, %v", i, f, err)
		}
	}
	if e, err := all[0].desk.Topic(t.Context(), b.Topic); err != nil || e.ID != a.Topic {
		t.Errorf("%+v, %v", e, err)
	}
	if list, err := all[1].desk.Topics(t.Context()); err != nil || len(list) != len(places)-1 {
		t.Errorf("%d topics, %v", len(list), err)
	}
	long := say(2)
	long.ID, long.Text = "weibo:long", long.Text+strings.Repeat("<&\u0001", 150_000) // the largest post, as JSON six times as large
	if f, err := one(t, all[2].desk, long); err != nil || f.Topic == "" {
		t.Errorf("the longest post: %+v, %v", f, err)
	}
	var said *huiying.Error
	if _, err := all[0].desk.Topic(t.Context(), "t-none"); !errors.As(err, &said) || said.Key != "cluster.no_event" {
		t.Errorf("no topic: %v", err)
	}
	if err := all[0].desk.Raise(t.Context(), gather.Rising{Topic: a.Topic, Post: "weibo:0", Level: huiying.LevelRed}); err != nil {
		t.Error(err)
	}
}

// listen counts the topics that were told to have begun; it waits until there
// are so many, or for a while.
func listen(t *testing.T, b *bus.Bus) func(want int) int {
	t.Helper()
	var mu sync.Mutex
	seen := map[string]bool{}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() {
		done <- b.Consume(ctx, bus.Consumer{Name: "reader", Subjects: [][]string{{"huiying.topic.created"}}}, func(_ context.Context, m bus.Message) error {
			var c huiying.TopicChange
			if err := json.Unmarshal(m.Body, &c); err != nil {
				return err
			}
			mu.Lock()
			defer mu.Unlock()
			seen[c.Topic] = true
			return nil
		})
	}()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	return func(want int) int {
		for range 500 {
			mu.Lock()
			n := len(seen)
			mu.Unlock()
			if n >= want {
				return n
			}
			time.Sleep(10 * time.Millisecond)
		}
		return len(seen)
	}
}
