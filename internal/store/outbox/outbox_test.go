package outbox_test

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"huiying"
	"huiying/internal/store"
	"huiying/internal/store/outbox"
	"huiying/internal/store/storetest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const lease = time.Minute

func alert(id string, level huiying.Level, caseNo string) huiying.Alert {
	return huiying.Alert{
		ID: id, PostID: "weibo:" + id, Rule: "r-queue", RuleName: "排队", Level: level, Unit: "u-hall", CaseNo: caseNo,
		AcceptedAt: storetest.Start(), RaisedAt: storetest.Start(),
	}
}

// enqueue queues a delivery of an alert of its own, created now.
func enqueue(t *testing.T, s *store.Store, id string, level huiying.Level, caseNo, person string) huiying.Delivery {
	t.Helper()
	d := huiying.Delivery{
		ID: id, Alert: alert("a-"+id, level, caseNo), Person: person, Unit: "u-hall", Channel: "robot", Address: "lin@example.test",
		State: huiying.DeliveryQueued, NextAt: s.Now(), CreatedAt: s.Now(),
	}
	storetest.Write(t, s, func(ctx context.Context, tx *store.Tx) error {
		if _, err := outbox.AddAlert(ctx, tx, d.Alert); err != nil {
			return err
		}
		added, err := outbox.Enqueue(ctx, tx, d)
		if !added {
			t.Errorf("%s was not added", id)
		}
		return err
	})
	return d
}

func leased(t *testing.T, q *outbox.Deliveries, now time.Time, n int) []huiying.Delivery {
	t.Helper()
	list, err := q.Lease(t.Context(), now, n, now.Add(lease))
	if err != nil {
		t.Fatal(err)
	}
	return list
}

func ids(list []huiying.Delivery) string {
	var all []string
	for _, d := range list {
		all = append(all, d.ID)
	}
	return strings.Join(all, " ")
}

func settle(t *testing.T, q *outbox.Deliveries, d huiying.Delivery, state huiying.DeliveryState) {
	t.Helper()
	d.State = state
	if err := q.Settle(t.Context(), []huiying.Delivery{d}, &huiying.Attempt{At: d.CreatedAt, Result: huiying.AttemptAccepted}); err != nil {
		t.Fatal(err)
	}
}

func state(t *testing.T, q *outbox.Deliveries, id string) huiying.DeliveryState {
	t.Helper()
	d, err := q.Delivery(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	return d.State
}

func TestAddAlertAndEnqueueOnce(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store, _ *storetest.Clock) {
		d := enqueue(t, s, "d-1", huiying.LevelRed, "HY20261123-0001", "u-lin")
		other := d
		other.Person = "u-wang"
		other.Alert.Unit = ""
		storetest.Write(t, s, func(ctx context.Context, tx *store.Tx) error {
			added, err := outbox.AddAlert(ctx, tx, other.Alert)
			if added || err != nil {
				t.Errorf("alert added twice: %v, %v", added, err)
			}
			added, err = outbox.Enqueue(ctx, tx, other)
			if added || err != nil {
				t.Errorf("delivery added twice: %v, %v", added, err)
			}
			other.Alert.ID = "a-2"
			_, err = outbox.AddAlert(ctx, tx, other.Alert)
			return err
		})
		q := outbox.NewDeliveries(s)
		got, err := q.Delivery(t.Context(), "d-1")
		if diff := cmp.Diff(d, got); diff != "" || err != nil {
			t.Error(diff, err)
		}
		if _, err := q.Delivery(t.Context(), "d-2"); huiying.ErrorCode(err) != huiying.NotFound {
			t.Error(err)
		}
		bus := outbox.NewBus(s)
		messages, err := bus.Pending(t.Context(), 10)
		if err != nil || len(messages) != 2 || messages[0].Subject != "huiying.alert.red.u-hall" || messages[0].MsgID != "a-d-1" ||
			messages[1].Subject != "huiying.alert.red.none" || !strings.Contains(string(messages[0].Body), "+08:00") {
			t.Fatalf("%+v, %v", messages, err)
		}
		var a huiying.Alert
		if err := json.Unmarshal(messages[0].Body, &a); err != nil || a.ID != "a-d-1" {
			t.Error(a, err)
		}
	})
}

func TestBusOutboxKeepsTheOrder(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store, _ *storetest.Clock) {
		bus := outbox.NewBus(s)
		for i := range 5 {
			storetest.Write(t, s, func(ctx context.Context, tx *store.Tx) error {
				return outbox.Publish(ctx, tx, outbox.Message{Subject: "huiying.case.note", MsgID: fmt.Sprint(i), Body: []byte{byte(i), 0xff}})
			})
		}
		first, err := bus.Pending(t.Context(), 3)
		if err != nil || len(first) != 3 || first[0].MsgID != "0" || !slices.Equal(first[2].Body, []byte{2, 0xff}) {
			t.Fatalf("%+v, %v", first, err)
		}
		if err := bus.Done(t.Context()); err != nil {
			t.Error(err)
		}
		if err := bus.Done(t.Context(), first[0].N, first[2].N); err != nil {
			t.Error(err)
		}
		rest, err := bus.Pending(t.Context(), 10)
		if err != nil || len(rest) != 3 || rest[0].MsgID != "1" || rest[1].MsgID != "3" {
			t.Fatalf("%+v, %v", rest, err)
		}
		// A number is never given again, or Done could take off another message.
		if err := bus.Done(t.Context(), rest[0].N, rest[1].N, rest[2].N); err != nil {
			t.Error(err)
		}
		storetest.Write(t, s, func(ctx context.Context, tx *store.Tx) error {
			return outbox.Publish(ctx, tx, outbox.Message{Subject: "huiying.case.note", MsgID: "new", Body: []byte{}})
		})
		if last, err := bus.Pending(t.Context(), 1); err != nil || len(last) != 1 || last[0].N <= rest[2].N {
			t.Errorf("%+v, %v", last, err)
		}
	})
}

func TestLeaseTakesTheMostUrgentFirst(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store, clock *storetest.Clock) {
		q := outbox.NewDeliveries(s)
		for i, level := range []huiying.Level{huiying.LevelBlue, huiying.LevelYellow, huiying.LevelRed, huiying.LevelOrange, huiying.LevelRed} {
			enqueue(t, s, fmt.Sprintf("d-%d", i), level, "", fmt.Sprintf("u-%d", i))
			clock.Advance(time.Second)
		}
		if got := ids(leased(t, q, clock.Now(), 3)); got != "d-2 d-4 d-3" {
			t.Errorf("first %s", got)
		}
		if got := ids(leased(t, q, clock.Now(), 3)); got != "d-1 d-0" {
			t.Errorf("then %s", got)
		}
		if got := ids(leased(t, q, clock.Now(), 3)); got != "" {
			t.Errorf("at last %s", got)
		}
	})
}

// Nothing is given out over a way that somebody has in hand.
func TestLeaseLeavesWaysOut(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store, clock *storetest.Clock) {
		q := outbox.NewDeliveries(s)
		enqueue(t, s, "d-1", huiying.LevelRed, "", "u-lin")
		now := clock.Now()
		for _, w := range []huiying.Way{{Channel: "robot"}, {Channel: "robot", Address: "lin@example.test", Apart: true}} {
			if got, err := q.Lease(t.Context(), now, 9, now.Add(lease), huiying.Way{Channel: "mail"}, w); err != nil || len(got) != 0 {
				t.Errorf("beside %+v: %s, %v", w, ids(got), err)
			}
		}
		got, err := q.Lease(t.Context(), now, 9, now.Add(lease), huiying.Way{Channel: "mail"}, huiying.Way{Channel: "robot", Apart: true})
		if err != nil || ids(got) != "d-1" {
			t.Errorf("beside others: %s, %v", ids(got), err)
		}
	})
}

func TestLeaseWaitsForItsTime(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store, clock *storetest.Clock) {
		q := outbox.NewDeliveries(s)
		enqueue(t, s, "d-1", huiying.LevelRed, "", "u-lin")
		d := leased(t, q, clock.Now(), 1)[0]
		if d.State != huiying.DeliverySending || !d.LeasedUntil.Equal(clock.Now().Add(lease)) || d.Alert.Rule != "r-queue" {
			t.Errorf("%+v", d)
		}
		d.Attempts, d.LastError, d.NextAt = 1, "稍后再试", clock.Now().Add(15*time.Second)
		settle(t, q, d, huiying.DeliveryRetrying)
		if got := ids(leased(t, q, clock.Now(), 1)); got != "" {
			t.Errorf("too early: %s", got)
		}
		clock.Advance(15 * time.Second)
		list := leased(t, q, clock.Now(), 1)
		if ids(list) != "d-1" || list[0].Attempts != 1 || list[0].LastError != "稍后再试" {
			t.Errorf("%+v", list)
		}
	})
}

// A sender that died gives its deliveries back when the lease ends, and may
// not settle them any more.
func TestLeaseEnds(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store, clock *storetest.Clock) {
		q := outbox.NewDeliveries(s)
		enqueue(t, s, "d-1", huiying.LevelRed, "", "u-lin")
		dead := leased(t, q, clock.Now(), 1)[0]
		clock.Advance(lease - time.Second)
		if got := ids(leased(t, q, clock.Now(), 1)); got != "" {
			t.Errorf("still leased: %s", got)
		}
		clock.Advance(time.Second)
		alive := leased(t, q, clock.Now(), 1)
		if ids(alive) != "d-1" {
			t.Fatalf("not given back: %s", ids(alive))
		}
		dead.State = huiying.DeliveryAccepted
		if err := q.Settle(t.Context(), []huiying.Delivery{dead}, nil); huiying.ErrorCode(err) != huiying.Conflict {
			t.Errorf("settled without the lease: %v", err)
		}
		alive[0].AcceptedAt = clock.Now()
		settle(t, q, alive[0], huiying.DeliveryAccepted)
		if err := q.Settle(t.Context(), alive[:1], nil); huiying.ErrorCode(err) != huiying.Conflict {
			t.Errorf("settled twice: %v", err)
		}
		d, err := q.Delivery(t.Context(), "d-1")
		if err != nil || d.State != huiying.DeliveryAccepted || !d.AcceptedAt.Equal(clock.Now()) || !d.LeasedUntil.IsZero() {
			t.Errorf("%+v, %v", d, err)
		}
	})
}

// Of one case, person and channel nothing overtakes.
func TestOrderWithinACase(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store, clock *storetest.Clock) {
		const one, two = "HY20261123-0001", "HY20261123-0002"
		q := outbox.NewDeliveries(s)
		enqueue(t, s, "d-1", huiying.LevelOrange, one, "u-lin")
		clock.Advance(time.Second)
		enqueue(t, s, "d-2", huiying.LevelRed, one, "u-lin")
		enqueue(t, s, "d-3", huiying.LevelRed, one, "u-wang")
		enqueue(t, s, "d-4", huiying.LevelRed, two, "u-lin")
		first := leased(t, q, clock.Now(), 10)
		if got := ids(first); got != "d-3 d-4 d-1" {
			t.Fatalf("first %s", got)
		}
		d := first[2]
		d.NextAt = clock.Now().Add(time.Hour)
		settle(t, q, d, huiying.DeliveryRetrying)
		if got := ids(leased(t, q, clock.Now(), 10)); got != "" {
			t.Errorf("overtook one that will be tried again: %s", got)
		}
		clock.Advance(time.Hour)
		settle(t, q, leased(t, q, clock.Now(), 1)[0], huiying.DeliveryDead) // d-3 again, its lease had ended
		for _, id := range []string{"d-4", "d-1"} {
			list := leased(t, q, clock.Now(), 1)
			if ids(list) != id {
				t.Fatalf("got %s, want %s", ids(list), id)
			}
			settle(t, q, list[0], huiying.DeliveryDead)
		}
		if got := ids(leased(t, q, clock.Now(), 10)); got != "d-2" {
			t.Errorf("at last %s", got)
		}
	})
}

func TestReadAndAcked(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store, clock *storetest.Clock) {
		q := outbox.NewDeliveries(s)
		enqueue(t, s, "d-1", huiying.LevelRed, "HY20261123-0001", "u-lin")
		// The provider had it, the person acknowledged, and only then does the
		// sender write down that it was sent.
		d := leased(t, q, clock.Now(), 1)[0]
		clock.Advance(time.Second)
		read := clock.Now()
		if err := q.MarkRead(t.Context(), "d-1", read); err != nil {
			t.Fatal(err)
		}
		clock.Advance(time.Second)
		acked := clock.Now()
		for range 2 {
			if err := q.MarkAcked(t.Context(), "d-1", clock.Now()); err != nil {
				t.Fatal(err)
			}
			clock.Advance(time.Second)
		}
		d.AcceptedAt = read
		settle(t, q, d, huiying.DeliveryAccepted)
		got, err := q.Delivery(t.Context(), "d-1")
		if err != nil || got.State != huiying.DeliveryRead || !got.ReadAt.Equal(read) || !got.AckedAt.Equal(acked) || !got.AcceptedAt.Equal(read) {
			t.Errorf("%+v, %v", got, err)
		}
		for _, err := range []error{q.MarkRead(t.Context(), "d-9", read), q.MarkAcked(t.Context(), "d-9", read)} {
			if huiying.ErrorCode(err) != huiying.NotFound {
				t.Error(err)
			}
		}
	})
}

func TestRequeueAndCounts(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store, clock *storetest.Clock) {
		q := outbox.NewDeliveries(s)
		enqueue(t, s, "d-1", huiying.LevelRed, "", "u-lin")
		enqueue(t, s, "d-2", huiying.LevelBlue, "", "u-lin")
		if err := q.Requeue(t.Context(), "d-1", "admin"); huiying.ErrorCode(err) != huiying.Conflict {
			t.Errorf("requeued what is not dead: %v", err)
		}
		if err := q.Requeue(t.Context(), "d-9", "admin"); huiying.ErrorCode(err) != huiying.NotFound {
			t.Error(err)
		}
		d := leased(t, q, clock.Now(), 1)[0]
		d.Attempts = 9
		settle(t, q, d, huiying.DeliveryDead)
		counts, err := q.Counts(t.Context())
		want := map[huiying.DeliveryState]int{huiying.DeliveryDead: 1, huiying.DeliveryQueued: 1}
		if diff := cmp.Diff(want, counts); diff != "" || err != nil {
			t.Error(diff, err)
		}
		if err := q.Requeue(t.Context(), "d-1", "admin"); err != nil {
			t.Fatal(err)
		}
		if list := leased(t, q, clock.Now(), 1); ids(list) != "d-1" || list[0].Attempts != 0 {
			t.Errorf("%+v", list)
		}
	})
}
