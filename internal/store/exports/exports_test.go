package exports_test

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"huiying"
	"huiying/internal/query"
	"huiying/internal/store"
	"huiying/internal/store/exports"
	"huiying/internal/store/storetest"
)

// Whatever is done in whatever order, a job moves only forward, a person has
// one that is not finished at most, and the longest waiting is begun first.
func TestStates(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store, clock *storetest.Clock) {
		book := exports.New(s)
		rapid.Check(t, func(t *rapid.T) {
			m := newModel(t, book, clock)
			t.Repeat(map[string]func(*rapid.T){
				"ask": m.ask, "next": m.next, "progress": m.progress, "end": m.end, "cancel": m.cancel, "die": m.die, "expire": m.expire, "": m.agree,
			})
			m.finish()
		})
	})
}

// model is what the book should hold.
type model struct {
	t     *rapid.T
	book  *exports.Book
	clock *storetest.Clock
	jobs  []*query.Export // in the order they were asked for
}

func newModel(t *rapid.T, book *exports.Book, clock *storetest.Clock) *model {
	return &model{t: t, book: book, clock: clock}
}

func (m *model) must(err error) {
	m.t.Helper()
	if err != nil {
		m.t.Fatal(err)
	}
}

func (m *model) pick(t *rapid.T) *query.Export {
	if len(m.jobs) == 0 {
		t.Skip("nothing was asked for")
	}
	return m.jobs[rapid.IntRange(0, len(m.jobs)-1).Draw(t, "job")]
}

func (m *model) ask(t *rapid.T) {
	m.clock.Advance(time.Second)
	who := rapid.SampledFrom([]string{"a", "b", "c"}).Draw(t, "who")
	busy := false
	for _, j := range m.jobs {
		busy = busy || j.Person == who && j.Under()
	}
	e, err := m.book.Ask(t.Context(), query.Export{Person: who, What: "cases", Format: "csv", Lang: "zh"})
	if busy {
		if huiying.ErrorCode(err) != huiying.Conflict {
			t.Fatalf("%s asks while one is under way: %v", who, err)
		}
		return
	}
	m.must(err)
	m.jobs = append(m.jobs, &e)
}

func (m *model) next(t *rapid.T) {
	var want *query.Export
	for _, j := range m.jobs {
		if j.State == query.ExportWaiting && want == nil {
			want = j
		}
	}
	e, ok, err := m.book.Next(t.Context())
	m.must(err)
	if ok != (want != nil) || ok && e.ID != want.ID {
		t.Fatalf("begins %q, want %+v", e.ID, want)
	}
	if ok {
		want.State, want.Attempts, want.Rows = query.ExportRunning, want.Attempts+1, 0
	}
}

func (m *model) progress(t *rapid.T) {
	j := m.pick(t)
	going, err := m.book.Progress(t.Context(), j.ID, 7, 9)
	m.must(err)
	if going != (j.State == query.ExportRunning) {
		t.Fatalf("%s goes on as %s: %v", j.ID, j.State, going)
	}
	if going {
		j.Rows = 7
	}
}

func (m *model) end(t *rapid.T) {
	j := m.pick(t)
	e := *j
	e.State, e.Rows, e.ExpiresAt = rapid.SampledFrom([]string{query.ExportDone, query.ExportFailed}).Draw(t, "end"), 9, m.clock.Now().Add(time.Hour)
	ended, err := m.book.End(t.Context(), e)
	m.must(err)
	if ended != (j.State == query.ExportRunning) {
		t.Fatalf("%s ended as %s: %v", j.ID, j.State, ended)
	}
	if ended {
		j.State, j.Rows = e.State, 9
	}
}

func (m *model) cancel(t *rapid.T) {
	j := m.pick(t)
	err := m.book.Cancel(t.Context(), j.ID)
	if j.Under() != (err == nil) || err != nil && huiying.ErrorCode(err) != huiying.Conflict {
		t.Fatalf("%s cancelled as %s: %v", j.ID, j.State, err)
	}
	if err == nil {
		j.State = query.ExportCancelled
	}
}

// die is a process that is killed, and its successor.
func (m *model) die(t *rapid.T) {
	m.must(m.book.Recover(t.Context(), func(string) string { return "interrupted" }))
	for _, j := range m.jobs {
		if j.State == query.ExportRunning {
			if j.State = query.ExportWaiting; j.Attempts >= 3 {
				j.State = query.ExportFailed
			}
		}
	}
}

func (m *model) expire(t *rapid.T) {
	j := m.pick(t)
	m.must(m.book.Expired(t.Context(), j.ID))
	if j.State == query.ExportDone {
		j.State = query.ExportExpired
	}
}

func (m *model) agree(t *rapid.T) {
	for _, j := range m.jobs {
		e, err := m.book.Get(t.Context(), j.ID)
		m.must(err)
		if e.State != j.State || e.Attempts != j.Attempts || e.Rows != j.Rows {
			t.Fatalf("%+v, want %+v", e, *j)
		}
		if err := m.book.Taken(t.Context(), j.ID, huiying.Actor{ID: j.Person}); (err == nil) != (j.State == query.ExportDone) {
			t.Fatalf("%s given out as %s: %v", j.ID, j.State, err)
		}
	}
}

// finish leaves nothing under way for the next run, which has the same store.
func (m *model) finish() {
	for _, j := range m.jobs {
		if j.Under() {
			m.must(m.book.Cancel(m.t.Context(), j.ID))
		}
	}
}
