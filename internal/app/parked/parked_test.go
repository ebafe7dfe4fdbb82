package parked_test

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"huiying"
	"huiying/internal/app/parked"
	"huiying/internal/bus"
	"huiying/internal/query"
	"huiying/internal/store"
	"huiying/internal/store/access"
	"huiying/internal/store/storetest"
)

// room is a bus whose one consumer fails until it is healed.
type room struct {
	desk   *parked.Desk
	store  *store.Store
	healed atomic.Bool
	done   atomic.Int64
}

func open(t *testing.T) *room {
	t.Helper()
	b, err := bus.Open(t.Context(), bus.Options{
		Dir: t.TempDir(), Backoff: []time.Duration{time.Millisecond, time.Millisecond}, Zone: time.UTC, Logger: slog.New(slog.NewTextHandler(io.Discard, nil)),
	})
	if err != nil {
		t.Fatal(err)
	}
	kept, _ := storetest.Open(t)
	r := &room{store: kept}
	r.desk = &parked.Desk{Shelf: b, Store: r.store}
	ctx, stop := context.WithCancel(t.Context())
	over := make(chan struct{})
	go func() {
		defer close(over)
		_ = b.Consume(ctx, bus.Consumer{Name: "steps", Subjects: [][]string{{"huiying.case.ack"}}}, func(context.Context, bus.Message) error {
			if !r.healed.Load() {
				return errors.New("the disk is full")
			}
			r.done.Add(1)
			return nil
		})
	}()
	t.Cleanup(func() {
		stop()
		<-over
		if err := b.Close(); err != nil {
			t.Error(err)
		}
	})
	for _, id := range []string{"one", "two", "three"} {
		if err := b.Publish(t.Context(), "huiying.case.ack", id, []byte("王先生的电话")); err != nil {
			t.Fatal(err)
		}
	}
	r.wait(t, func() bool { return r.list(t).Total == 3 })
	return r
}

func (r *room) wait(t *testing.T, done func() bool) {
	t.Helper()
	for deadline := time.Now().Add(30 * time.Second); !done(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("not in half a minute")
		}
	}
}

func (r *room) list(t *testing.T) query.ParkedList {
	t.Helper()
	list, err := r.desk.Parked(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return list
}

var root = huiying.Actor{ID: "root"}

// One is given back, one discarded with a reason, the rest of the step given
// back together; each order stands in the access log.
func TestSettle(t *testing.T) {
	r := open(t)
	list := r.list(t).List
	if p := list[0]; p.Room != "steps" || p.ID != "one" || p.Attempts != 2 || !strings.Contains(p.Error, "the disk is full") || p.Bytes == 0 {
		t.Errorf("%+v", p)
	}
	r.healed.Store(true)
	settle := func(s query.SettleParked, want int) {
		t.Helper()
		s.Room, s.Actor = "steps", root
		if n, err := r.desk.Settle(t.Context(), s); err != nil || n != want {
			t.Fatalf("%+v: %d, %v", s, n, err)
		}
	}
	settle(query.SettleParked{Action: query.ParkedReplay, Seq: list[0].Seq}, 1)
	r.wait(t, func() bool { return r.done.Load() == 1 })
	settle(query.SettleParked{Action: query.ParkedDiscard, Seq: list[1].Seq, Reason: " 重复推送 "}, 1)
	settle(query.SettleParked{Action: query.ParkedReplay}, 1)
	r.wait(t, func() bool { return r.done.Load() == 2 })
	if left := r.list(t); left.Total != 0 || len(left.List) != 0 {
		t.Errorf("%+v is left", left)
	}
	entries, err := access.New(r.store).Entries(t.Context(), "", 10)
	if err != nil {
		t.Fatal(err)
	}
	var said []string
	for _, e := range entries {
		said = append(said, e.Actor+" "+e.Action+" "+e.Object+" "+e.Detail)
	}
	if got := strings.Join(said, "\n"); len(said) != 3 || !strings.Contains(got, "root parked_discarded steps/") || !strings.Contains(got, "1 重复推送") || strings.Contains(got, "王先生") {
		t.Errorf("the access log says\n%s", got)
	}
}

// A message whose step is no more keeps none of the others from being given
// back; alone it is refused.
func TestSettleAround(t *testing.T) {
	r := open(t)
	r.desk.Shelf = stuck{r.desk.Shelf, r.list(t).List[0].Seq}
	r.healed.Store(true)
	order := query.SettleParked{Action: query.ParkedReplay, Room: "steps", Actor: root}
	if n, err := r.desk.Settle(t.Context(), order); n != 2 || err != nil {
		t.Errorf("%d, %v; want the two others", n, err)
	}
	r.wait(t, func() bool { return r.done.Load() == 2 })
	if n, err := r.desk.Settle(t.Context(), order); n != 0 || huiying.ErrorCode(err) != huiying.Conflict {
		t.Errorf("%d, %v; want that its step is no more", n, err)
	}
}

// stuck is a shelf with a message whose step is no more.
type stuck struct {
	parked.Shelf
	seq uint64
}

func (s stuck) Replay(ctx context.Context, room string, seq uint64) error {
	if seq == s.seq {
		return huiying.Errorf(huiying.Conflict, "bus.no_consumer", seq, room)
	}
	return s.Shelf.Replay(ctx, room, seq)
}

// What is no order is refused, and leaves everything where it is.
func TestRefused(t *testing.T) {
	r := open(t)
	seq := r.list(t).List[0].Seq
	for name, tc := range map[string]struct {
		s    query.SettleParked
		key  string
		code huiying.Code
	}{
		"no action":      {query.SettleParked{Room: "steps", Seq: seq, Action: "burn"}, "parked.no_action", huiying.Invalid},
		"no reason":      {query.SettleParked{Room: "steps", Seq: seq, Action: query.ParkedDiscard, Reason: "  "}, "parked.no_reason", huiying.Invalid},
		"a long reason":  {query.SettleParked{Room: "steps", Seq: seq, Action: query.ParkedDiscard, Reason: strings.Repeat("因", 201)}, "parked.long_reason", huiying.Invalid},
		"all of nothing": {query.SettleParked{Action: query.ParkedReplay}, "parked.no_room", huiying.Invalid},
		"another step":   {query.SettleParked{Room: "archive", Action: query.ParkedReplay}, "parked.none_of", huiying.NotFound},
		"another number": {query.SettleParked{Room: "steps", Seq: seq + 100, Action: query.ParkedReplay}, "bus.not_parked", huiying.NotFound},
		"another room":   {query.SettleParked{Room: "archive", Seq: seq, Action: query.ParkedReplay}, "bus.not_parked", huiying.NotFound},
	} {
		tc.s.Actor = root
		_, err := r.desk.Settle(t.Context(), tc.s)
		if e, ok := errors.AsType[*huiying.Error](err); !ok || e.Key != tc.key || e.Code != tc.code {
			t.Errorf("%s: %v", name, err)
		}
	}
	if n := r.list(t).Total; n != 3 {
		t.Errorf("%d are left of 3", n)
	}
}
