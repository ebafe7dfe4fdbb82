package app

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/yanyiwu/gojieba"

	"huiying"
	"huiying/analyzer/dict"
	"huiying/internal/bus"
	"huiying/internal/config"
	"huiying/internal/locale"
	"huiying/internal/store/posts"
)

// poisonedData names the data folder on which this test binary plays a service
// that one post ends from inside gojieba.
const poisonedData = "HUIYING_APP_POISONED"

func TestMain(m *testing.M) {
	if data := os.Getenv(poisonedData); data != "" {
		if err := servePoisoned(data); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

const (
	crowdSize    = 40 // posts that harm nobody
	poisonID     = "weibo:poison"
	cuttersAtOne = 4 // posts that are cut at the same time
)

// TestPoisonInTheCut has one post among others end the whole service from
// inside the C++ of gojieba each time it is cut, while as many others as there
// is room for are in hand, and a loop start it again, as systemd does. In the
// end that post is in the dead letters, every other one has exactly one event
// and is archived, and nothing else was parked.
func TestPoisonInTheCut(t *testing.T) {
	t.Parallel()
	data := filepath.Join(t.TempDir(), "data")
	layPosts(t, data)
	laySmallDictionary(t, dictionaryOf(data))
	crashes := 0
	for ; ; crashes++ {
		cmd := exec.CommandContext(t.Context(), os.Args[0])
		cmd.Env = append(os.Environ(), poisonedData+"="+data)
		out, err := cmd.CombinedOutput()
		if err == nil {
			break
		}
		if exit := (*exec.ExitError)(nil); !errors.As(err, &exit) || !strings.Contains(string(out), "signal arrived during cgo execution") || crashes == 4 {
			t.Fatalf("start %d: %v\n%s", crashes+1, err, out)
		}
	}
	if crashes != 3 {
		t.Errorf("the service crashed %d times before the post was parked, want 3", crashes)
	}
	b, err := bus.Open(t.Context(), bus.Options{Dir: filepath.Join(data, busFolder)})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := b.Close(); err != nil {
			t.Error(err)
		}
	}()
	dead, err := b.Dead(t.Context(), "", 100)
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range dead {
		t.Logf("parked: %s in %s after %d attempts: %s", d.ID, d.Room, d.Attempts, d.Error)
	}
	if len(dead) != 1 || dead[0].Room != consumerAnalyzer || dead[0].ID != poisonPost(poisonID).MessageID() || dead[0].Attempts != 3 ||
		dead[0].Error != "a process ended while it handled this message" {
		t.Errorf("%d messages are parked", len(dead))
	}
	events := eventsOf(t, b)
	for n := range crowdSize {
		if id := harmless(n).MessageID(); events[id] != 1 {
			t.Errorf("%s has %d events", id, events[id])
		}
	}
	if len(events) != crowdSize {
		t.Errorf("%d posts have events, want %d", len(events), crowdSize)
	}
}

func poisonPost(id string) huiying.Post {
	at := time.Date(2026, 11, 23, 6, 0, 0, 0, time.UTC)
	return huiying.Post{
		ID: id, Source: "poison", Platform: huiying.PlatformWeibo, Kind: huiying.KindPost, Text: "大厅排队，信息编号 " + id, PublishedAt: at, CollectedAt: at,
	}
}

func harmless(n int) huiying.Post { return poisonPost(fmt.Sprintf("weibo:%d", n)) }

// layPosts puts posts on the bus of a service that does not run, the poison
// among the first.
func layPosts(t *testing.T, data string) {
	t.Helper()
	b, err := bus.Open(t.Context(), bus.Options{Dir: filepath.Join(data, busFolder)})
	if err != nil {
		t.Fatal(err)
	}
	for n := range crowdSize {
		err = errors.Join(err, b.PublishPost(t.Context(), harmless(n)))
		if n == cuttersAtOne {
			err = errors.Join(err, b.PublishPost(t.Context(), poisonPost(poisonID)))
		}
	}
	if err = errors.Join(err, b.Close()); err != nil {
		t.Fatal(err)
	}
}

// dictionaryOf is a folder beside the data.
func dictionaryOf(data string) string { return filepath.Join(filepath.Dir(data), "words") }

// laySmallDictionary makes dictionaries that are loaded in no time: the service
// is started four times.
func laySmallDictionary(t *testing.T, folder string) {
	t.Helper()
	hmm, err := os.ReadFile(filepath.Join(dict.ModuleFolder(), "hmm_model.utf8"))
	if err = errors.Join(err, os.MkdirAll(folder, 0o750)); err != nil {
		t.Fatal(err)
	}
	for name, body := range map[string]string{
		"jieba.dict.utf8": "大厅 500 n\n排队 300 v\n信息 400 n\n", "hmm_model.utf8": string(hmm), "idf.utf8": "大厅 5.1\n", "stop_words.utf8": "的\n",
	} {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(body), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// eventsOf counts the events on the bus by id.
func eventsOf(t *testing.T, b *bus.Bus) map[string]int {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	out := map[string]int{}
	last := poisonPost("weibo:last")
	if err := b.PublishEvent(ctx, huiying.NewEvent(huiying.Judgement{Post: last, Level: huiying.LevelNone}, last.CollectedAt)); err != nil {
		t.Fatal(err)
	}
	err := b.Consume(ctx, bus.Consumer{Name: "count", Subjects: [][]string{{"huiying.event.>"}}}, func(_ context.Context, m bus.Message) error {
		if m.ID == last.MessageID() {
			cancel()
			return nil
		}
		out[m.ID]++
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// servePoisoned runs the whole service until every post is archived or parked.
func servePoisoned(data string) (err error) {
	words, err := locale.Load()
	if err != nil {
		return err
	}
	c := config.Default()
	c.Data, c.Listen = data, "127.0.0.1:0"
	c.Analyzer.Gojieba, c.Analyzer.Workers, c.Analyzer.Dictionary = true, cuttersAtOne, dictionaryOf(data)
	a, err := New(Options{Config: c, Words: words, OwnURL: true, Cutting: (&crowd{}).cut})
	if err != nil {
		return err
	}
	a.ackWait = 500 * time.Millisecond
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	if err := a.Start(ctx); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, a.Stop()) }()
	for done := false; !done; time.Sleep(10 * time.Millisecond) {
		if done, err = a.settled(ctx); err != nil {
			return err
		}
	}
	return nil
}

// settled reports whether something is parked and every harmless post archived.
func (a *App) settled(ctx context.Context) (bool, error) {
	dead, err := a.bus.Dead(ctx, "", 100)
	if err != nil || len(dead) == 0 {
		return false, err
	}
	for n := range crowdSize {
		if _, err := posts.Get(ctx, a.store.Reader(), harmless(n).ID); err != nil {
			if huiying.ErrorCode(err) == huiying.NotFound {
				err = nil
			}
			return false, err
		}
	}
	return true, nil
}

// crowd has posts in hand when the poison is cut.
type crowd struct {
	mu     sync.Mutex
	inHand int
}

// cut ends the process from inside gojieba where the post is the poison, once
// others stand around; the first of them take their time.
func (c *crowd) cut(p huiying.Post) {
	if p.ID == poisonID {
		for began := time.Now(); c.add(0) < cuttersAtOne-1 && time.Since(began) < 300*time.Millisecond; {
			time.Sleep(time.Millisecond)
		}
		(&gojieba.Jieba{}).Cut(p.Text, true) // a pointer to nothing, followed by C++
	}
	if len(p.ID) == len("weibo:1") {
		c.add(1)
		time.Sleep(400 * time.Millisecond)
		c.add(-1)
	}
}

func (c *crowd) add(n int) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.inHand += n
	return c.inHand
}
