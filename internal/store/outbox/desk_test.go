package outbox_test

import (
	"fmt"
	"testing"
	"time"

	"huiying"
	"huiying/internal/query"
	"huiying/internal/store"
	"huiying/internal/store/outbox"
	"huiying/internal/store/storetest"
)

// The ledger has a row for every attempt: what Lease began and nobody sent is
// taken back, what a crash cut off stays begun.
func TestLedger(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store, clock *storetest.Clock) {
		q := outbox.NewDeliveries(s)
		enqueue(t, s, "d-1", huiying.LevelRed, "", "u-lin")
		one := leased(t, q, clock.Now(), 1)
		if err := q.Settle(t.Context(), put(one, huiying.DeliveryQueued), nil); err != nil {
			t.Fatal(err)
		}
		leased(t, q, clock.Now(), 1) // and the process dies
		clock.Advance(lease + time.Second)
		one = leased(t, q, clock.Now(), 1)
		a := &huiying.Attempt{At: clock.Now(), Result: huiying.AttemptRetry, Code: "503", Sentence: "稍后重试", Took: 20 * time.Millisecond}
		if err := q.Settle(t.Context(), put(one, huiying.DeliveryDead), a); err != nil {
			t.Fatal(err)
		}
		if err := q.Requeue(t.Context(), "d-1", "admin"); err != nil {
			t.Fatal(err)
		}
		page, err := q.Show(t.Context(), "d-1")
		if err != nil {
			t.Fatal(err)
		}
		var story string
		for _, a := range page.Attempts {
			story += fmt.Sprintf("%s %s %s %v %s; ", a.Result, a.Code, a.Sentence, a.Took, a.By)
		}
		if want := "begun   0s ; retry 503 稍后重试 20ms ; requeued   0s admin; "; story != want {
			t.Errorf("story %q", story)
		}
		if page.Delivery.RequeuedAt.IsZero() || page.Delivery.State != huiying.DeliveryQueued || len(page.Units) == 0 {
			t.Errorf("got %+v", page)
		}
	})
}

func put(ds []huiying.Delivery, state huiying.DeliveryState) []huiying.Delivery {
	for i := range ds {
		ds[i].State = state
	}
	return ds
}

// A digest is one message, whoever counts; an attempt that was cut off counts.
func TestSentSince(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store, clock *storetest.Clock) {
		q := outbox.NewDeliveries(s)
		for i := range 6 {
			enqueue(t, s, fmt.Sprintf("d-%d", i), huiying.LevelRed, "", "u-lin")
		}
		lead := leased(t, q, clock.Now(), 1)
		fold := huiying.Fold{Digest: "g-1", Channel: "robot", Address: "lin@example.test", With: lead, Now: clock.Now(), Until: lead[0].LeasedUntil, Most: 4}
		if n, err := q.Waiting(t.Context(), fold); err != nil || n != 5 {
			t.Errorf("%d wait, %v", n, err)
		}
		all, err := q.Fold(t.Context(), fold)
		if err != nil || len(all) != 4 {
			t.Fatalf("%d folded, %v", len(all), err)
		}
		if err := q.Settle(t.Context(), put(all, huiying.DeliveryAccepted), &huiying.Attempt{At: clock.Now(), Result: huiying.AttemptAccepted}); err != nil {
			t.Fatal(err)
		}
		leased(t, q, clock.Now(), 2)
		sent, err := q.SentSince(t.Context(), clock.Now().Add(-time.Minute))
		if err != nil || len(sent) != 3 || sent[0].Channel != "robot" || sent[0].Delivery != "lin@example.test" {
			t.Errorf("%+v, %v", sent, err)
		}
		if d, err := q.Delivery(t.Context(), all[3].ID); err != nil || d.Digest != "g-1" || d.State != huiying.DeliveryAccepted {
			t.Errorf("%+v, %v", d, err)
		}
		fold.Address = "other@example.test"
		if n, err := q.Waiting(t.Context(), fold); err != nil || n != 0 {
			t.Errorf("%d wait for another, %v", n, err)
		}
	})
}

// Late ones are found by level or by their own step, once.
func TestLate(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store, clock *storetest.Clock) {
		q := outbox.NewDeliveries(s)
		enqueue(t, s, "d-red", huiying.LevelRed, "", "u-lin")
		enqueue(t, s, "d-blue", huiying.LevelBlue, "", "u-lin")
		enqueue(t, s, "d-group", huiying.LevelRed, "", "")
		after := map[huiying.Level]time.Duration{huiying.LevelRed: 2 * time.Minute}
		late := func() string {
			t.Helper()
			list, err := q.Late(t.Context(), clock.Now(), after, 10)
			if err != nil {
				t.Fatal(err)
			}
			return ids(list)
		}
		clock.Advance(time.Minute)
		if got := late(); got != "" {
			t.Errorf("late after a minute: %s", got)
		}
		clock.Advance(time.Minute)
		if got := late(); got != "d-red" {
			t.Errorf("late after two: %s", got)
		}
		if err := q.HandedOn(t.Context(), "d-red", "mail", clock.Now()); err != nil {
			t.Fatal(err)
		}
		if got := late(); got != "" {
			t.Errorf("handed on, and late again: %s", got)
		}
		if err := q.HandedOn(t.Context(), "d-none", "", clock.Now()); huiying.ErrorCode(err) != huiying.NotFound {
			t.Errorf("unknown: %v", err)
		}
	})
}

// What a provider reports changes what it took, once, and never what was read.
func TestReceive(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store, clock *storetest.Clock) {
		q := outbox.NewDeliveries(s)
		for _, id := range []string{"d-1", "d-2", "d-3", "d-4"} {
			enqueue(t, s, id, huiying.LevelRed, "", "u-"+id)
		}
		taken := leased(t, q, clock.Now(), 3)
		if err := q.Settle(t.Context(), put(taken, huiying.DeliveryAccepted), &huiying.Attempt{At: clock.Now(), Result: huiying.AttemptAccepted}); err != nil {
			t.Fatal(err)
		}
		if err := q.MarkRead(t.Context(), "d-3", clock.Now()); err != nil {
			t.Fatal(err)
		}
		receive := func(id string, failed bool) bool {
			t.Helper()
			done, err := q.Receive(t.Context(), id, query.Receipt{Failed: failed, At: clock.Now(), Code: "DELIVRD", Sentence: "x"})
			if err != nil {
				t.Fatal(err)
			}
			return done
		}
		for _, c := range []struct {
			id     string
			failed bool
			want   bool
			state  huiying.DeliveryState
		}{
			{"d-1", false, true, huiying.DeliveryDelivered}, {"d-1", false, false, huiying.DeliveryDelivered}, {"d-1", true, false, huiying.DeliveryDelivered},
			{"d-2", true, true, huiying.DeliveryDead}, {"d-2", false, false, huiying.DeliveryDead},
			{"d-3", false, false, huiying.DeliveryRead}, {"d-4", false, false, huiying.DeliveryQueued},
		} {
			if got := receive(c.id, c.failed); got != c.want || state(t, q, c.id) != c.state {
				t.Errorf("%s failed %v: %v, %s", c.id, c.failed, got, state(t, q, c.id))
			}
		}
		if n, err := q.RequeueAll(t.Context(), "robot", "admin"); err != nil || n != 1 || state(t, q, "d-2") != huiying.DeliveryQueued {
			t.Errorf("%d sent anew, %v", n, err)
		}
		list, err := q.List(t.Context(), query.DeliveryFilter{State: huiying.DeliveryQueued, Channel: "robot"})
		if err != nil || len(list) != 2 {
			t.Errorf("%s, %v", ids(list), err)
		}
	})
}

// The answer of a provider that comes before the sender has noted it is kept.
func TestReceiptOvertakesSettling(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store, clock *storetest.Clock) {
		q := outbox.NewDeliveries(s)
		enqueue(t, s, "d-1", huiying.LevelRed, "", "u-lin")
		one := leased(t, q, clock.Now(), 1)
		if done, err := q.Receive(t.Context(), "d-1", query.Receipt{At: clock.Now()}); err != nil || !done {
			t.Fatal(done, err)
		}
		if err := q.Settle(t.Context(), put(one, huiying.DeliveryAccepted), &huiying.Attempt{At: clock.Now(), Result: huiying.AttemptAccepted}); err != nil {
			t.Fatal(err)
		}
		if got := state(t, q, "d-1"); got != huiying.DeliveryDelivered {
			t.Errorf("state %s", got)
		}
	})
}

// Trials are kept by channel, and standing counts what waits and what died.
func TestTrialsAndStanding(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store, clock *storetest.Clock) {
		q := outbox.NewDeliveries(s)
		for i, result := range []huiying.AttemptResult{huiying.AttemptRefused, huiying.AttemptAccepted} {
			if err := q.Note(t.Context(), huiying.Attempt{Delivery: fmt.Sprintf("t-%d", i), Channel: "robot", At: clock.Now(), Result: result, By: "admin"}); err != nil {
				t.Fatal(err)
			}
		}
		enqueue(t, s, "d-1", huiying.LevelRed, "", "u-lin")
		enqueue(t, s, "d-2", huiying.LevelRed, "", "u-wang")
		settle(t, q, leased(t, q, clock.Now(), 1)[0], huiying.DeliveryDead)
		trials, err := q.Trials(t.Context())
		if err != nil || len(trials) != 1 || trials["robot"].Result != huiying.AttemptAccepted {
			t.Errorf("%+v, %v", trials, err)
		}
		standing, err := q.Standing(t.Context())
		if err != nil || standing["robot"] != (query.Standing{Waiting: 1, Dead: 1}) {
			t.Errorf("%+v, %v", standing, err)
		}
	})
}

// Deliveries of one moment are on one page or the next, none of them lost.
func TestListPages(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store, clock *storetest.Clock) {
		q := outbox.NewDeliveries(s)
		for i := range 5 {
			enqueue(t, s, fmt.Sprintf("d-%d", i), huiying.LevelRed, "", "u-lin")
		}
		clock.Advance(time.Minute)
		enqueue(t, s, "d-9", huiying.LevelRed, "", "u-lin")
		var got []string
		for f := (query.DeliveryFilter{Limit: 2}); len(got) < 10; {
			list, err := q.List(t.Context(), f)
			if err != nil {
				t.Fatal(err)
			}
			if len(list) == 0 {
				break
			}
			for _, d := range list {
				got = append(got, d.ID)
			}
			f.Before, f.After = list[len(list)-1].CreatedAt, list[len(list)-1].ID
		}
		if fmt.Sprint(got) != "[d-9 d-0 d-1 d-2 d-3 d-4]" {
			t.Error(got)
		}
	})
}
