package journal_test

import (
	"os"
	"path/filepath"
	"testing"

	"huiying/internal/bus/journal"
)

func open(t testing.TB, dir string, durables ...string) *journal.Journal {
	t.Helper()
	j, err := journal.Open(journal.Options{Dir: dir, Name: "alerts", Durables: durables, Batch: 4})
	if err != nil {
		t.Fatal(err)
	}
	return j
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestEndedProcessCounts(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "handling")
	a, b, c := journal.Place{Durable: "alerts-0", Seq: 7}, journal.Place{Durable: "alerts-1", Seq: 7}, journal.Place{Durable: "alerts-1", Seq: 9}
	for n := range 3 {
		j := open(t, dir, "alerts-0", "alerts-1")
		if got := j.Attempts(a); got != n {
			t.Errorf("start %d: %d attempts", n, got)
		}
		check(t, j.Begin(0, []journal.Place{c}))
		check(t, j.End(0))
		check(t, j.Begin(2, []journal.Place{a, b}))
		// The process ends here: nothing is closed.
	}
	j := open(t, dir, "alerts-0", "alerts-1")
	if j.Attempts(a) != 3 || j.Attempts(b) != 3 || j.Attempts(c) != 0 {
		t.Errorf("attempts %d %d %d", j.Attempts(a), j.Attempts(b), j.Attempts(c))
	}
	j.Fail(c)
	if !j.Suspect(a) || !j.Suspect(b) || j.Suspect(c) {
		t.Errorf("suspects %v %v %v", j.Suspect(a), j.Suspect(b), j.Suspect(c))
	}
	j.Settle(a)
	check(t, j.Close(nil))
	j = open(t, dir, "alerts-0", "alerts-1")
	if j.Attempts(a) != 0 || j.Attempts(b) != 3 || j.Attempts(c) != 1 {
		t.Errorf("after settling %d %d %d", j.Attempts(a), j.Attempts(b), j.Attempts(c))
	}
	if j.Suspect(a) || !j.Suspect(b) || j.Suspect(c) {
		t.Errorf("suspects after settling %v %v %v", j.Suspect(a), j.Suspect(b), j.Suspect(c))
	}
	check(t, j.Close(nil))
}

func TestFailuresOutliveClose(t *testing.T) {
	dir := t.TempDir()
	p := journal.Place{Durable: "alerts", Seq: 1}
	j := open(t, dir, "alerts")
	j.Fail(p)
	j.Fail(p)
	check(t, j.Close(nil))
	j = open(t, dir, "alerts")
	if j.Attempts(p) != 2 {
		t.Errorf("%d attempts", j.Attempts(p))
	}
	check(t, j.Close(nil))
}

// What another process has settled meanwhile is forgotten, also what an ended
// process held.
func TestSettledElsewhere(t *testing.T) {
	dir := t.TempDir()
	old, held, next := journal.Place{Durable: "alerts", Seq: 4}, journal.Place{Durable: "alerts", Seq: 5}, journal.Place{Durable: "alerts", Seq: 6}
	j := open(t, dir, "alerts")
	j.Fail(old)
	check(t, j.Close(nil))
	j = open(t, dir, "alerts")
	check(t, j.Begin(0, []journal.Place{held, next}))
	j, err := journal.Open(journal.Options{Dir: dir, Name: "alerts", Durables: []string{"alerts"}, Batch: 4, Settled: []uint64{5}})
	check(t, err)
	if j.Attempts(old) != 0 || j.Attempts(held) != 0 || j.Suspect(held) || j.Attempts(next) != 1 || !j.Suspect(next) {
		t.Errorf("attempts %d %d %d", j.Attempts(old), j.Attempts(held), j.Attempts(next))
	}
	check(t, j.Close(nil))
}

func TestWithoutFolderNothingIsCounted(t *testing.T) {
	j := open(t, "", "alerts")
	p := journal.Place{Durable: "alerts", Seq: 1}
	check(t, j.Begin(0, []journal.Place{p}))
	j.Fail(p)
	check(t, j.End(0))
	if !j.Off() || j.Attempts(p) != 0 {
		t.Errorf("off %v, %d attempts", j.Off(), j.Attempts(p))
	}
	check(t, j.Close(nil))
}

func TestUnusableFolder(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	check(t, os.WriteFile(file, nil, 0o600))
	if _, err := journal.Open(journal.Options{Dir: file, Name: "a", Batch: 1}); err == nil {
		t.Error("opened in a file")
	}
}

// Whatever a power failure left in the files, the journal opens and counts go
// on from something.
func FuzzTornFiles(f *testing.F) {
	f.Add([]byte(`[{"durable":"alerts","seq":1,"attempts":2}]`), []byte("\x01\x00\x00\x00\x00\x00\x00\x00"))
	f.Add([]byte(`[{"durable`), []byte("\xff\xff\xff\xff"))
	f.Add([]byte{}, make([]byte, 200))
	f.Fuzz(func(t *testing.T, carry, slots []byte) {
		dir := t.TempDir()
		check(t, os.WriteFile(filepath.Join(dir, "alerts.json"), carry, 0o600))
		check(t, os.WriteFile(filepath.Join(dir, "alerts-1-4"), slots, 0o600))
		j := open(t, dir, "alerts")
		p := journal.Place{Durable: "alerts", Seq: 1}
		before := j.Attempts(p)
		j.Fail(p)
		if j.Attempts(p) != before+1 {
			t.Errorf("%d, then %d", before, j.Attempts(p))
		}
		check(t, j.Close(nil))
	})
}
