package inventory

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"huiying/internal/config"
	"huiying/internal/query"
)

// Every file of the data folder counts once, by what it is.
func TestMeasure(t *testing.T) {
	dir := t.TempDir()
	for name, size := range map[string]int{
		"huiying.db": 100, "huiying.db-wal": 20, "bus/jetstream/$G/streams/OBJ_evidence/msgs/1.blk": 300, "bus/jetstream/$G/streams/OBJ_evidence-cases/1.blk": 30,
		"bus/jetstream/$G/streams/POSTS/msgs/1.blk": 4000, "heads/heads-2026.jsonl": 5, "exports/x-1.xlsx": 70, "keys/master.key": 65,
	} {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, make([]byte, size), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	s := measure(dir, time.Now())
	got := map[string][2]int64{}
	for _, k := range s.kinds {
		if k.Least {
			t.Errorf("%s was not counted whole", k.Key)
		}
		got[k.Key] = [2]int64{k.Bytes, int64(k.Files)}
	}
	for key, want := range map[string][2]int64{"database": {120, 2}, "evidence": {330, 2}, "streams": {4000, 1}, "heads": {5, 1}, "exports": {70, 1}, "other": {65, 1}} {
		if got[key] != want {
			t.Errorf("%s: %v, want %v", key, got[key], want)
		}
	}
	if s.disk <= 0 || s.free <= 0 || s.free > s.disk {
		t.Errorf("%d of %d are left", s.free, s.disk)
	}
	if none := measure(filepath.Join(dir, "gone"), time.Now()); none.disk != 0 || none.kinds[0].Bytes != 0 {
		t.Errorf("a folder that is not there: %+v", none)
	}
}

// Every setting that says how long something is kept is marked, and is one.
func TestRetention(t *testing.T) {
	marked := map[string]bool{}
	for _, s := range config.Default().Settings() {
		marked[s.Key] = s.Retention()
	}
	for _, key := range []string{"record.evidence_for", "record.words_for", "record.posts_for", "exports.keep"} {
		if !marked[key] {
			t.Errorf("%s is not among the settings that say how long", key)
		}
	}
	if marked["exports.rows"] {
		t.Error("how many rows is not how long")
	}
}

// A key is as old as its file, wherever the configuration's name for it leads;
// one that stands in the configuration has no age, and one that is not there.
func TestKeys(t *testing.T) {
	dir, at := t.TempDir(), time.Date(2026, 9, 1, 8, 0, 0, 0, time.UTC)
	for _, name := range []string{"data/keys/master.key", "record.key", "hook.secret"} {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o700), os.WriteFile(path, []byte("x"), 0o600), os.Chtimes(path, at, at)); err != nil {
			t.Fatal(err)
		}
	}
	c := config.Config{Path: filepath.Join(dir, "huiying.yaml"), Data: filepath.Join(dir, "data"), Channels: []config.Channel{
		{ID: "hook", Secret: "x", SecretFile: "hook.secret"}, {ID: "whole", Secret: "x", SecretFile: filepath.Join(dir, "hook.secret")},
		{ID: "gone", Secret: "x", SecretFile: "gone.secret"}, {ID: "within", Secret: "x"}, {ID: "open"},
	}}
	rest := []query.AdminKey{{Key: "channel", Where: "hook", Since: at}, {Key: "channel", Where: "whole", Since: at}, {Key: "channel", Where: "gone"}, {Key: "channel", Where: "within"}}
	for file, master := range map[string]query.AdminKey{
		"-": {Key: "master", Where: "keys/master.key", Since: at}, "": {Key: "master"}, "record.key": {Key: "master", Where: "record.key", Since: at},
	} {
		c.Record = config.Record{}
		if file != "-" {
			c.Record = config.Record{Key: "x", KeyFile: file}
		}
		got := (&Desk{Config: c}).keys()
		same := func(a, b query.AdminKey) bool { return a.Key == b.Key && a.Where == b.Where && a.Since.Equal(b.Since) }
		if want := append([]query.AdminKey{master}, rest...); !slices.EqualFunc(got, want, same) {
			t.Errorf("%q: %+v, want %+v", file, got, want)
		}
	}
}
