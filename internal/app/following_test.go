package app

import (
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"testing"
	"time"

	"huiying"
	"huiying/internal/config"
	"huiying/internal/locale"
	"huiying/internal/query"
	"huiying/internal/store/posts"
	"huiying/internal/store/saved"
)

// followed is an office with a subscription and a clock of its own.
type followed struct {
	t    *testing.T
	app  *App
	book *saved.Book
	n    int

	mu  sync.Mutex
	now time.Time
}

func (f *followed) clock() time.Time {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.now
}

func (f *followed) pass(d time.Duration) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.now = f.now.Add(d)
}

func (f *followed) must(err error) {
	f.t.Helper()
	if err != nil {
		f.t.Fatal(err)
	}
}

func startFollowed(t *testing.T) *followed {
	t.Helper()
	dir := t.TempDir()
	f := &followed{t: t, now: time.Now()}
	f.must(os.WriteFile(filepath.Join(dir, "huiying.yaml"), []byte(`
data: data
listen: 127.0.0.1:0
public_url: https://huiying.example.gov.cn
channels: [{id: hook, kind: webhook, url: "http://127.0.0.1:9/hook", secret: "0123456789abcdef0123456789abcdef"}]
users:
  - {id: duty, name: 值班, roles: [officer], contacts: [{channel: hook}]}
  - {id: boss, name: 主任, roles: [manager], contacts: [{channel: hook}]}
  - {id: mute, name: 无渠道, roles: [officer]}
units: [{id: u-road, name: 道路科}]
`), 0o600))
	words, err := locale.Load()
	f.must(err)
	c, err := config.Load(filepath.Join(dir, "huiying.yaml"))
	if err != nil {
		t.Fatal(words.Sentence(locale.English, err))
	}
	f.app, err = New(Options{Config: c, Words: words, Version: "test", Logger: slog.New(slog.DiscardHandler), Now: f.clock})
	f.must(err)
	f.must(f.app.Start(t.Context()))
	t.Cleanup(func() { _ = f.app.Stop() })
	f.book = saved.New(f.app.store)
	return f
}

// say archives posts about something.
func (f *followed) say(n int, text string) {
	f.t.Helper()
	var events []huiying.Event
	for range n {
		f.n++
		events = append(events, huiying.NewEvent(huiying.Judgement{Level: huiying.LevelNone, Post: huiying.Post{
			ID: "weibo:" + strconv.Itoa(f.n), Source: "weibo", Platform: "weibo", Kind: huiying.KindPost, Text: text, CollectedAt: f.clock(), PublishedAt: f.clock(),
		}}, f.clock()))
	}
	f.must(posts.NewArchive(f.app.store).SaveEvents(context.Background(), events))
}

// told are the counts of the messages that were queued for a person.
func (f *followed) told(person string) (counts []int) {
	f.t.Helper()
	rows, err := f.app.store.Reader().Query(`SELECT json_extract(a.body, '$.count') FROM deliveries d JOIN alerts a ON a.id = d.alert_id WHERE d.person = $1 ORDER BY a.raised_at`, person)
	f.must(err)
	defer rows.Close()
	for rows.Next() {
		var n int
		f.must(rows.Scan(&n))
		counts = append(counts, n)
	}
	f.must(rows.Err())
	return counts
}

func (f *followed) account(id string) query.Account {
	f.t.Helper()
	a, err := f.app.users.ByID(context.Background(), id)
	f.must(err)
	return a
}

// A subscriber hears of what is new, at most so often, once each, and no more
// when the view is no longer shared.
func TestFollowingAView(t *testing.T) {
	f := startFollowed(t)
	duty, boss := f.account("duty"), f.account("boss")
	id, err := f.book.Save(t.Context(), boss, query.SavedView{Page: "stream", Name: "路灯", Query: "period=all&q=" + "%E8%B7%AF%E7%81%AF", Shared: "role:officer"})
	f.must(err)
	f.say(3, "路灯坏了") // before anybody subscribed
	for _, a := range []query.Account{duty, boss} {
		f.must(f.book.Change(t.Context(), a, query.ViewChange{View: id, Action: query.ViewSubscribe, Every: 30, Hours: query.HoursAlways}))
	}
	tick := func(after time.Duration, want ...int) {
		t.Helper()
		f.pass(after)
		f.must(f.app.following.Tick(t.Context()))
		f.must(f.app.following.Tick(t.Context())) // a second look tells nobody twice
		got := f.told("duty")
		if len(got) != len(want) {
			t.Fatalf("told %v, want %v", got, want)
		}
		for i := range want {
			if got[i] != want[i] {
				t.Fatalf("told %v, want %v", got, want)
			}
		}
	}
	f.say(2, "路灯又坏了")
	f.say(5, "别的事情")
	tick(10 * time.Minute) // too soon
	tick(25*time.Minute, 2)
	f.say(1, "没有路灯")
	tick(10*time.Minute, 2)
	tick(25*time.Minute, 2, 1)
	tick(time.Hour, 2, 1) // nothing new
	f.must(f.book.Change(t.Context(), boss, query.ViewChange{View: id, Action: query.ViewShare}))
	f.say(4, "路灯")
	tick(time.Hour, 2, 1)
	if got := f.told("boss"); len(got) != 3 || got[2] != 4 {
		t.Errorf("the owner was told %v", got)
	}
	list, err := f.app.following.views.Alerts(t.Context(), query.AlertFilter{Scope: query.Scope{All: true}})
	if err != nil || list.Total != 0 {
		t.Errorf("%d notices stand among the alerts (%v)", list.Total, err)
	}
}

// Whoever has no channel is not told, and what is new stays new for them.
func TestFollowingWithoutAChannel(t *testing.T) {
	f := startFollowed(t)
	id, err := f.book.Save(t.Context(), f.account("mute"), query.SavedView{Page: "stream", Name: "路灯", Query: "period=all&q=" + "%E8%B7%AF%E7%81%AF"})
	f.must(err)
	f.must(f.book.Change(t.Context(), f.account("mute"), query.ViewChange{View: id, Action: query.ViewSubscribe, Every: 30, Hours: query.HoursAlways}))
	f.say(2, "路灯坏了")
	f.pass(time.Hour)
	f.must(f.app.following.Tick(t.Context()))
	if got := f.told("mute"); len(got) != 0 {
		t.Errorf("told %v over no channel", got)
	}
	f.pass(time.Hour)
	due, err := f.book.Due(t.Context(), f.clock())
	if err != nil || len(due) != 1 || due[0].Seen != 0 {
		t.Errorf("what is new: %+v %v", due, err)
	}
}

// In office hours means working hours of working days.
func TestFollowingInOfficeHours(t *testing.T) {
	f := startFollowed(t)
	zone := f.app.zone
	for at, want := range map[string]bool{
		"2026-11-23 08:29": false, "2026-11-23 08:30": true, "2026-11-23 17:59": true, "2026-11-23 18:00": false, "2026-11-22 10:00": false, "2026-10-01 10:00": false,
	} {
		when, err := time.ParseInLocation("2006-01-02 15:04", at, zone)
		f.must(err)
		if got := f.app.following.open(when); got != want {
			t.Errorf("%s: %v", at, got)
		}
	}
}
