package app

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"huiying"
	"huiying/crawler"
	"huiying/internal/config"
)

func key(t *testing.T, err error) string {
	t.Helper()
	var e *huiying.Error
	if !errors.As(err, &e) {
		t.Fatalf("no sentence for people in %v", err)
	}
	return e.Key
}

func TestLockFolder(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	first, err := lockFolder(dir)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := lockFolder(dir); key(t, err) != "app.locked" {
		t.Errorf("a second process got in: %v", err)
	}
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	again, err := lockFolder(dir)
	if err != nil {
		t.Fatalf("after the first ended: %v", err)
	}
	_ = again.Close()
}

func TestKeys(t *testing.T) {
	dir := t.TempDir()
	if _, err := openKeys("", dir, false); key(t, err) != "config.unreadable" {
		t.Errorf("a reader made a key: %v", err)
	}
	made, err := openKeys("", dir, true)
	if err != nil {
		t.Fatal(err)
	}
	read, err := openKeys("", dir, false)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(made, read, cmp.AllowUnexported(keys{})); diff != "" {
		t.Errorf("the keys changed:\n%s", diff)
	}
	if string(made.record) == string(made.link) {
		t.Error("two purposes share a key")
	}
	info, err := os.Stat(filepath.Join(dir, "keys", "master.key"))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the master key is readable by others: %v %v", info.Mode(), err)
	}
	if _, err := openKeys("short", dir, true); key(t, err) != "app.key_short" {
		t.Errorf("a short key was taken: %v", err)
	}
}

func TestTargets(t *testing.T) {
	for _, c := range []struct {
		give []string
		want []string
		key  string
	}{
		{nil, []string{"crawler", "analyzer", "notifier", "web"}, ""},
		{[]string{"all"}, []string{"crawler", "analyzer", "notifier", "web"}, ""},
		{[]string{"crawler,analyzer"}, []string{"crawler", "analyzer"}, ""},
		{[]string{"web", "notifier"}, []string{"web", "notifier"}, ""},
		{[]string{"kitchen"}, nil, "app.no_target"},
	} {
		got, err := targetsOf(c.give)
		if c.key != "" {
			if key(t, err) != c.key {
				t.Errorf("%v: %v", c.give, err)
			}
			continue
		}
		if diff := cmp.Diff(c.want, got); err != nil || diff != "" {
			t.Errorf("%v: %v %s", c.give, err, diff)
		}
	}
}

func TestRefusedCombinations(t *testing.T) {
	open := config.Default()
	open.Bus.Listen = "127.0.0.1:0"
	for _, c := range []struct {
		targets []string
		config  config.Config
		key     string
	}{
		{[]string{"web"}, open, "app.sql_rooms_together"},
		{[]string{"crawler", "notifier"}, open, "app.sql_rooms_together"},
		{[]string{"crawler"}, config.Default(), "app.bus_unreachable"},
	} {
		_, err := New(Options{Config: c.config, Targets: c.targets})
		if key(t, err) != c.key {
			t.Errorf("%v: %v", c.targets, err)
		}
	}
}

func TestCheckpoint(t *testing.T) {
	for _, bad := range []string{"outbox.sent:x", "outbox.sent:0"} {
		if _, err := checkpoint(bad); key(t, err) != "app.checkpoint" {
			t.Errorf("%s: %v", bad, err)
		}
	}
	pass, err := checkpoint("outbox.sent:2")
	if err != nil {
		t.Fatal(err)
	}
	pass("relay.published")
	pass("outbox.sent") // the first of two: this test is still alive
}

func TestDirectory(t *testing.T) {
	robot := []huiying.Contact{{Channel: "robot"}, {Channel: "mail", Address: "li@example.com"}}
	people := []huiying.Person{
		{ID: "duty", Unit: "u-office", Roles: []huiying.Role{huiying.RoleOfficer}, Contacts: robot},
		{ID: "li", Unit: "u-hall", Roles: []huiying.Role{huiying.RoleResponder}, Contacts: robot},
		{ID: "mute", Unit: "u-hall", Roles: []huiying.Role{huiying.RoleResponder}},
	}
	d := &directory{
		people: func(context.Context) ([]huiying.Person, error) { return people, nil },
		units:  []huiying.Unit{{ID: "u-hall"}, {ID: "u-empty"}}, channels: []string{"robot", "mail"}, now: time.Now,
	}
	type told struct{ Person, Unit, Channel string }
	for _, c := range []struct {
		notify []string
		want   []told
	}{
		{nil, []told{{"duty", "", "robot"}}},
		{[]string{"u-hall"}, []told{{"li", "u-hall", "robot"}}},
		{[]string{"u-hall", "li"}, []told{{"li", "u-hall", "robot"}}},
		{[]string{"u-empty"}, []told{{"", "u-empty", ""}}},
		{[]string{"mail"}, []told{{"", "", "mail"}}},
		{[]string{"nobody"}, nil},
	} {
		list, err := d.Recipients(t.Context(), c.notify)
		if err != nil {
			t.Fatal(err)
		}
		var got []told
		for _, r := range list {
			got = append(got, told{r.Person.ID, r.Unit, r.Channel})
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%v:\n%s", c.notify, diff)
		}
	}
}

// The drill's fault loses one post in all its revisions and no other.
func TestDropOne(t *testing.T) {
	var got []string
	sink := dropOne(sinkFunc(func(p huiying.Post) { got = append(got, p.ID) }))
	for _, id := range []string{"weibo:1", "weibo:2", "weibo:1", "weibo:3"} {
		if err := sink.Accept(t.Context(), huiying.Post{ID: id}); err != nil {
			t.Fatal(err)
		}
	}
	if diff := cmp.Diff([]string{"weibo:2", "weibo:3"}, got); diff != "" {
		t.Error(diff)
	}
}

type sinkFunc func(huiying.Post)

func (f sinkFunc) Accept(_ context.Context, p huiying.Post) error { f(p); return nil }

var _ crawler.Sink = sinkFunc(nil)

// The sample configuration that the README tells people to copy is right.
func TestSampleConfiguration(t *testing.T) {
	c, err := config.Load(filepath.Join("..", "..", "deploy", "huiying.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(Check(c)...); err != nil {
		t.Error(err)
	}
}
