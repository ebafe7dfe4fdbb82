package proof_test

import (
	"context"
	"errors"
	"log/slog"
	"path/filepath"
	"testing"
	"time"

	"huiying"
	"huiying/crawler/seal"
	"huiying/internal/app/collection"
	"huiying/internal/app/proof"
	"huiying/internal/bus"
	"huiying/internal/query"
	"huiying/internal/store"
	"huiying/internal/store/access"
	"huiying/internal/store/pins"
	"huiying/internal/store/posts"
	"huiying/internal/store/refusals"
)

var key = []byte("0123456789abcdef0123456789abcdef")

// office is a keeper over a real bus and store, with a clock moved by hand.
type office struct {
	t      *testing.T
	keeper proof.Keeper
	desk   proof.Desk
	store  *store.Store
	fresh  *bus.Objects
	now    time.Time
}

func newOffice(t *testing.T) *office {
	t.Helper()
	o := &office{t: t, now: time.Date(2026, 11, 1, 8, 0, 0, 0, time.UTC)}
	clock := func() time.Time { return o.now }
	s, err := store.Open(t.Context(), store.Options{Path: filepath.Join(t.TempDir(), "huiying.db"), Now: clock})
	o.must(err)
	b, err := bus.Open(t.Context(), bus.Options{Dir: t.TempDir(), Logger: slog.New(slog.DiscardHandler)})
	o.must(err)
	t.Cleanup(func() { o.must(errors.Join(b.Close(), s.Close())) })
	fresh, kept, err := collection.Buckets(t.Context(), b)
	o.must(err)
	o.store, o.fresh = s, fresh
	o.keeper = proof.Keeper{Pins: pins.New(s), Fresh: fresh, Kept: kept, For: 365 * 24 * time.Hour, Now: clock, Logger: slog.New(slog.DiscardHandler)}
	o.desk = proof.Desk{Pins: o.keeper.Pins, Fresh: fresh, Kept: kept, Key: key, Store: s, Log: access.New(s)}
	return o
}

func (o *office) must(err error) {
	o.t.Helper()
	if err != nil {
		o.t.Fatal(err)
	}
}

// collect stores a post with the page it was read from.
func (o *office) collect(id, page string) (name string) {
	o.t.Helper()
	name = seal.Name([]byte(page))
	sealed, err := seal.Seal(key, []byte(page))
	o.must(err)
	o.must(o.fresh.Put(o.t.Context(), seal.Object(name), sealed))
	p := huiying.Post{ID: id, Source: "weibo", Platform: "weibo", Kind: huiying.KindPost, Text: page, Evidence: name, CollectedAt: o.now}
	ev := huiying.NewEvent(huiying.Judgement{Post: p, Level: huiying.LevelOrange}, o.now)
	o.must(posts.NewArchive(o.store).SaveEvents(o.t.Context(), []huiying.Event{ev}))
	return name
}

// sql runs a statement, for cases without the whole of casework.
func (o *office) sql(statement string, args ...any) {
	o.t.Helper()
	o.must(o.store.Write(o.t.Context(), store.Urgent, func(ctx context.Context, tx *store.Tx) error {
		_, err := tx.ExecContext(ctx, statement, args...)
		return err
	}))
}

func (o *office) openCase(no, post string) {
	o.t.Helper()
	o.sql(`INSERT INTO cases (no, version, state, level, title, topic, open_key, rule, unit, owner, first_seen_at, opened_at, assigned_at, acked_at, responded_at, closed_at, next_due_at, updated_at, body)
		VALUES ($1, 1, 'handling', 'orange', '', $1, $1, '', '', '', 0, 0, 0, 0, 0, 0, 0, $2, '{}')`, no, store.Micros(o.now))
	o.sql(`INSERT INTO case_posts (case_no, post_id) VALUES ($1, $2)`, no, post)
}

func (o *office) open(no, post string) (query.Page, error) {
	return o.desk.Open(o.t.Context(), query.ProofOpening{CaseNo: no, Post: post, Reason: "核对", Actor: huiying.Actor{ID: "officer"}})
}

// What a case needs outlives the thirty days of all other pages, every
// revision of it, and is dropped when the case has been closed for long.
func TestEvidenceOfCases(t *testing.T) {
	o := newOffice(t)
	first := o.collect("weibo:1", "第一版")
	o.now = o.now.Add(time.Hour)
	second := o.collect("weibo:1", "第二版")
	other := o.collect("weibo:2", "别人的")
	o.openCase("HY1", "weibo:1")
	o.must(o.keeper.Step(t.Context()))
	o.must(o.keeper.Step(t.Context())) // again changes nothing
	for _, name := range []string{first, second, other} {
		o.must(o.fresh.Delete(t.Context(), seal.Object(name))) // forty days later
	}
	o.now = o.now.Add(40 * 24 * time.Hour)
	o.must(o.keeper.Step(t.Context()))
	page, err := o.open("HY1", "weibo:1")
	if err != nil || string(page.Raw) != "第二版" || page.Name != second || page.PinnedAt.IsZero() {
		t.Fatalf("%+v, %v", page, err)
	}
	if page, err = o.desk.Open(t.Context(), query.ProofOpening{CaseNo: "HY1", Post: "weibo:1", Name: first, Reason: "比对", Actor: huiying.Actor{ID: "officer"}}); err != nil || page.Text != "第一版" {
		t.Errorf("the earlier revision: %+v, %v", page, err)
	}
	if _, err := o.open("HY1", "weibo:2"); huiying.ErrorCode(err) != huiying.NotFound {
		t.Errorf("a post of no case: %v", err)
	}
	openings, err := o.desk.Openings(t.Context(), "HY1")
	if err != nil || len(openings) != 2 || openings[0].By != "officer" {
		t.Errorf("openings %+v, %v", openings, err)
	}
	o.sql(`UPDATE cases SET open_key = NULL, updated_at = $1`, store.Micros(o.now))
	o.now = o.now.Add(364 * 24 * time.Hour)
	o.must(o.keeper.Step(t.Context()))
	if _, err := o.open("HY1", "weibo:1"); err != nil {
		t.Errorf("a year has not passed: %v", err)
	}
	o.now = o.now.Add(48 * time.Hour)
	o.must(o.keeper.Step(t.Context()))
	if _, err := o.open("HY1", "weibo:1"); huiying.ErrorCode(err) != huiying.NotFound {
		t.Errorf("a closed case's evidence after a year: %v", err)
	}
	o.must(o.keeper.Step(t.Context()))
}

// A page that was dropped before the case is told as gone; one that was
// changed is not given out; without a reason nothing is.
func TestOpening(t *testing.T) {
	o := newOffice(t)
	name := o.collect("weibo:1", "原文")
	o.openCase("HY1", "weibo:1")
	o.must(o.fresh.Delete(t.Context(), seal.Object(name)))
	o.must(o.keeper.Step(t.Context()))
	list, err := o.desk.Proofs(t.Context(), "HY1", "weibo:1")
	if err != nil || len(list) != 1 || !list[0].Gone {
		t.Errorf("gone: %+v, %v", list, err)
	}
	if _, err := o.open("HY1", "weibo:1"); huiying.ErrorCode(err) != huiying.NotFound {
		t.Errorf("opened what is gone: %v", err)
	}
	o.collect("weibo:1", "原文") // fetched again, the same bytes
	o.now = o.now.Add(2 * time.Hour)
	o.must(o.keeper.Step(t.Context()))
	if page, err := o.open("HY1", "weibo:1"); err != nil || page.Text != "原文" {
		t.Errorf("what came again: %+v, %v", page, err)
	}
	sealed, err := seal.Seal(key, []byte("原文"))
	o.must(err)
	o.must(o.keeper.Kept.Delete(t.Context(), seal.Object(name)))
	sealed[len(sealed)-1] ^= 1
	o.must(o.fresh.Put(t.Context(), seal.Object(name), sealed))
	if _, err := o.open("HY1", "weibo:1"); huiying.ErrorCode(err) != huiying.Conflict {
		t.Errorf("tampered: %v", err)
	}
	if _, err := o.desk.Open(t.Context(), query.ProofOpening{CaseNo: "HY1", Post: "weibo:1", Reason: "  "}); huiying.ErrorCode(err) != huiying.Invalid {
		t.Errorf("without a reason: %v", err)
	}
}

// What a person preserves outlives the thirty days without a case, until they end
// it; a case that needs it keeps it all the same, and a refusal takes it.
func TestPreserved(t *testing.T) {
	o := newOffice(t)
	name := o.collect("weibo:1", "原文")
	other := o.collect("weibo:2", "旁证")
	by := func(post string) query.NewPreservation {
		return query.NewPreservation{Post: post, Reason: "复议", Actor: huiying.Actor{ID: "officer"}}
	}
	there := func(name string) bool {
		t.Helper()
		o.must(o.keeper.Step(t.Context()))
		ok, err := o.keeper.Kept.Exists(t.Context(), seal.Object(name))
		o.must(err)
		return ok
	}
	list := o.keeper.Pins
	o.must(list.Preserve(t.Context(), by("weibo:1")))
	o.must(list.Preserve(t.Context(), by("weibo:2")))
	if !there(name) || !there(other) {
		t.Fatal("it is not copied")
	}
	o.now = o.now.Add(1000 * 24 * time.Hour)
	if !there(name) {
		t.Error("it went with age")
	}
	o.must(list.EndPreserving(t.Context(), by("weibo:1")))
	o.openCase("HY1", "weibo:2")
	o.must(list.EndPreserving(t.Context(), by("weibo:2")))
	if there(name) || !there(other) {
		t.Error("what nobody preserves is kept, or what a case needs is not")
	}
	kept, err := list.Preserved(t.Context(), "weibo:1")
	if err != nil || kept.Now() != nil || len(kept.List) != 1 || kept.List[0].EndedBy != "officer" || len(kept.Pages) != 1 {
		t.Errorf("%+v, %v", kept, err)
	}
	third := o.collect("weibo:3", "再一条")
	o.must(list.Preserve(t.Context(), by("weibo:3")))
	if !there(third) {
		t.Fatal("it is not copied")
	}
	o.must(o.store.Write(t.Context(), store.Urgent, func(ctx context.Context, tx *store.Tx) error { return refusals.Withdraw(ctx, tx, "weibo:3") }))
	if there(third) {
		t.Error("a page is kept of a post that was removed by law")
	}
	if kept, err := list.Preserved(t.Context(), "weibo:3"); err != nil || len(kept.List) != 0 {
		t.Errorf("of a removed post: %+v, %v", kept, err)
	}
}
