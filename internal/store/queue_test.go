package store

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func waiting(p Priority) *job {
	return &job{priority: p, queued: time.Now(), done: make(chan struct{})}
}

// Under a stream of urgent work that never ends, bulk work gets one turn a
// second, and no more.
func TestBulkIsNotStarved(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := newQueue()
		for range 10 {
			q.put(waiting(Bulk))
		}
		turns := map[Priority]int{}
		for range 1000 { // ten seconds
			q.put(waiting(Urgent))
			time.Sleep(10 * time.Millisecond)
			j, ok := q.next()
			if !ok {
				t.Fatal("closed")
			}
			turns[j.priority]++
		}
		if turns[Bulk] < 8 || turns[Bulk] > 10 {
			t.Errorf("bulk had %d turns in ten seconds", turns[Bulk])
		}
	})
}

func TestQueueEndsWhenClosedAndEmpty(t *testing.T) {
	q := newQueue()
	gone, here := waiting(Urgent), waiting(Bulk)
	q.put(gone)
	q.put(here)
	gone.taken.Store(true) // its caller gave up
	q.close()
	if q.put(waiting(Urgent)) {
		t.Error("a closed queue took a job")
	}
	if j, ok := q.next(); !ok || j != here {
		t.Error("what was queued is lost")
	}
	if _, ok := q.next(); ok {
		t.Error("an empty closed queue goes on")
	}
}

func TestNumbered(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{`SELECT $1, $12`, `SELECT +?1, +?12`},
		{`VALUES ($2, $1)`, `VALUES (+?2, +?1)`},
		{`SELECT '$1', "$2", $3`, `SELECT '$1', "$2", +?3`},
		{`SELECT 'it''s $1', $1`, `SELECT 'it''s $1', +?1`},
		{"-- costs $1\nSELECT $1", "-- costs $1\nSELECT +?1"},
		{`/* $1 */ SELECT $1`, `/* $1 */ SELECT +?1`},
		{`SELECT '$1`, `SELECT '$1`},
		{`SELECT $x, $`, `SELECT $x, $`},
		{`SELECT 1 - -$1`, `SELECT 1 - -+?1`},
		{`--`, `--`}, {`/*`, `/*`}, {`'`, `'`}, {``, ``},
	} {
		if got := numbered(c.in); got != c.want {
			t.Errorf("%q: got %q, want %q", c.in, got, c.want)
		}
	}
}

func FuzzNumbered(f *testing.F) {
	for _, s := range []string{`SELECT $1`, `'$1' $2`, `"`, `-- $1`, `/* $1`, "/*/ $1", `$9'`, "\xff$1"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got := numbered(s)
		for i := range len(s) {
			switch {
			case s[i] == '$' && strings.HasPrefix(got, "+?"):
				got = got[2:]
			case got != "" && got[0] == s[i]:
				got = got[1:]
			default:
				t.Fatalf("%q: byte %d changed: %q", s, i, numbered(s))
			}
		}
		if got != "" {
			t.Fatalf("%q: more behind it: %q", s, got)
		}
	})
}
