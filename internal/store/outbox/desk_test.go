package outbox_test

import (
	"context"
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
		nobody := fold
		nobody.Address, nobody.Apart = "", true
		if n, err := q.Waiting(t.Context(), nobody); err != nil || n != 0 {
			t.Errorf("%d wait for no address, %v", n, err)
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

// What was made at one time goes by id in a digest too: it does not overtake.
func TestFoldKeepsTies(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store, clock *storetest.Clock) {
		q := outbox.NewDeliveries(s)
		enqueue(t, s, "d-1", huiying.LevelRed, "HY20261123-0001", "u-lin")
		enqueue(t, s, "d-2", huiying.LevelRed, "HY20261123-0001", "u-lin")
		alone := leased(t, q, clock.Now(), 1)
		if ids(alone) != "d-1" {
			t.Fatalf("leased %s", ids(alone))
		}
		enqueue(t, s, "d-3", huiying.LevelRed, "", "u-lin")
		lead := leased(t, q, clock.Now(), 1)
		all, err := q.Fold(t.Context(), huiying.Fold{Digest: "g-1", Channel: "robot", With: lead, Now: clock.Now(), Until: lead[0].LeasedUntil, Most: 9})
		if err != nil || ids(all) != "d-3" {
			t.Errorf("folded %s while d-1 is on its way, %v", ids(all), err)
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
		storetest.Exec(t, s, `UPDATE deliveries SET step_due = `+fmt.Sprint(store.Micros(clock.Now().Add(time.Hour)))+` WHERE id = 'd-red'`)
		if got := late(); got != "d-red" {
			t.Errorf("late after two, of a step of an hour: %s", got)
		}
		storetest.Exec(t, s, `UPDATE deliveries SET step_due = `+fmt.Sprint(store.Micros(clock.Now()))+` WHERE id = 'd-blue'`)
		if got := late(); got != "d-red d-blue" {
			t.Errorf("late at the end of a step: %s", got)
		}
		storetest.Exec(t, s, `UPDATE deliveries SET step_due = 0`)
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

// The most urgent are handed on first, and a late one takes along what came
// earlier of its case: the next channel tells it in order too.
func TestLateInOrder(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store, clock *storetest.Clock) {
		q := outbox.NewDeliveries(s)
		enqueue(t, s, "d-yellow", huiying.LevelYellow, "", "u-lin")
		enqueue(t, s, "d-orange", huiying.LevelOrange, "HY20261123-0001", "u-lin")
		enqueue(t, s, "d-other", huiying.LevelOrange, "HY20261123-0001", "u-wang")
		clock.Advance(time.Second)
		enqueue(t, s, "d-red", huiying.LevelRed, "HY20261123-0001", "u-lin")
		clock.Advance(time.Second)
		enqueue(t, s, "d-next", huiying.LevelOrange, "HY20261123-0001", "u-lin")
		clock.Advance(2 * time.Minute)
		after := map[huiying.Level]time.Duration{huiying.LevelRed: 2 * time.Minute, huiying.LevelOrange: 10 * time.Minute, huiying.LevelYellow: time.Minute}
		list, err := q.Late(t.Context(), clock.Now(), after, 1)
		if err != nil || ids(list) != "d-orange d-red" {
			t.Errorf("late: %s, %v", ids(list), err)
		}
		list, err = q.Late(t.Context(), clock.Now(), after, 10)
		if err != nil || ids(list) != "d-orange d-red d-yellow" {
			t.Errorf("late: %s, %v", ids(list), err)
		}
		for _, d := range list {
			if err := q.HandedOn(t.Context(), d.ID, "mail", clock.Now()); err != nil {
				t.Fatal(err)
			}
		}
		if list, err = q.Late(t.Context(), clock.Now(), after, 10); err != nil || len(list) != 0 {
			t.Errorf("late again: %s, %v", ids(list), err)
		}
		// What is sent anew has its time from then on.
		one := leased(t, q, clock.Now(), 1)
		settle(t, q, one[0], huiying.DeliveryDead)
		if err := q.Requeue(t.Context(), one[0].ID, "admin"); err != nil {
			t.Fatal(err)
		}
		storetest.Exec(t, s, `UPDATE deliveries SET handed_on_at = 0 WHERE id = '`+one[0].ID+`'`)
		if list, err = q.Late(t.Context(), clock.Now(), after, 10); err != nil || len(list) != 0 {
			t.Errorf("late at once after it was sent anew: %s, %v", ids(list), err)
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

// So is the answer that it will not arrive: the attempt that is settled after it
// brings the delivery back to life no more.
func TestFailureOvertakesSettling(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store, clock *storetest.Clock) {
		q := outbox.NewDeliveries(s)
		enqueue(t, s, "d-1", huiying.LevelRed, "", "u-lin")
		one := leased(t, q, clock.Now(), 1)
		if done, err := q.Receive(t.Context(), "d-1", query.Receipt{Failed: true, At: clock.Now(), Sentence: "未送达"}); err != nil || !done {
			t.Fatal(done, err)
		}
		if err := q.Settle(t.Context(), put(one, huiying.DeliveryAccepted), &huiying.Attempt{At: clock.Now(), Result: huiying.AttemptAccepted}); err != nil {
			t.Fatal(err)
		}
		page, err := q.Show(t.Context(), "d-1")
		if err != nil || page.Delivery.State != huiying.DeliveryDead || page.Delivery.LastError != "未送达" {
			t.Errorf("%+v, %v", page.Delivery, err)
		}
		if len(page.Attempts) != 2 || page.Attempts[0].Result != huiying.AttemptAccepted {
			t.Errorf("ledger %+v", page.Attempts)
		}
	})
}

// Sending all anew ends, however quickly the channel refuses what was just sent.
func TestRequeueAllEnds(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store, clock *storetest.Clock) {
		q := outbox.NewDeliveries(s)
		for i := range 201 {
			enqueue(t, s, fmt.Sprintf("d-%03d", i), huiying.LevelRed, "", "u-lin")
		}
		storetest.Exec(t, s, `UPDATE deliveries SET state = 'dead'`,
			// As if the provider refused again before the next slice.
			map[string]string{
				store.SQLite: `CREATE TRIGGER refuses AFTER UPDATE OF requeued_at ON deliveries BEGIN UPDATE deliveries SET state = 'dead' WHERE id = NEW.id; END`,
				store.Postgres: `CREATE FUNCTION refuses() RETURNS trigger LANGUAGE plpgsql AS
						$$ BEGIN UPDATE deliveries SET state = 'dead' WHERE id = NEW.id; RETURN NULL; END $$;
					CREATE TRIGGER refuses AFTER UPDATE OF requeued_at ON deliveries FOR EACH ROW EXECUTE FUNCTION refuses()`,
			}[s.Engine()])
		ctx, stop := context.WithTimeout(t.Context(), 20*time.Second)
		defer stop()
		for range 2 {
			clock.Advance(time.Minute)
			if n, err := q.RequeueAll(ctx, "robot", "admin"); err != nil || n != 201 {
				t.Fatalf("%d sent anew, %v", n, err)
			}
		}
	})
}

// Pages of a list miss nothing of what was made at one time, as the deliveries
// of one alert to several people are.
func TestPagesMissNothing(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store, clock *storetest.Clock) {
		q := outbox.NewDeliveries(s)
		for i := range 7 {
			enqueue(t, s, fmt.Sprintf("d-%d", i), huiying.LevelRed, "", "u-lin")
			if i == 4 {
				clock.Advance(time.Second)
			}
		}
		var got []huiying.Delivery
		f := query.DeliveryFilter{Limit: 2}
		for range 5 {
			page, err := q.List(t.Context(), f)
			if err != nil {
				t.Fatal(err)
			}
			if got = append(got, page...); len(page) > 0 {
				last := page[len(page)-1]
				f.Before, f.After = last.CreatedAt, last.ID
			}
		}
		if want := "d-5 d-6 d-0 d-1 d-2 d-3 d-4"; ids(got) != want {
			t.Errorf("pages %s", ids(got))
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

// A channel fails while its last attempts did: a receipt that says so counts for
// what the provider took, and one attempt that arrives ends the row.
func TestFailuresInARow(t *testing.T) {
	row := func(delivery string, r huiying.AttemptResult) huiying.Attempt {
		return huiying.Attempt{Delivery: delivery, Channel: "robot", Result: r}
	}
	for _, c := range []struct {
		name string
		rows []huiying.Attempt
		want int
	}{
		{"nothing was ever sent", nil, 0},
		{"two only", []huiying.Attempt{row("a", huiying.AttemptRetry), row("b", huiying.AttemptRefused)}, 2},
		{"more than are asked for", []huiying.Attempt{row("a", huiying.AttemptRetry), row("a", huiying.AttemptRetry), row("a", huiying.AttemptRefused), row("b", huiying.AttemptRetry)}, 3},
		{"a trial that arrived", []huiying.Attempt{row("a", huiying.AttemptRetry), row("a", huiying.AttemptRetry), row("a", huiying.AttemptRetry), row("t-1", huiying.AttemptAccepted)}, 0},
		{"one arrived between", []huiying.Attempt{row("a", huiying.AttemptRetry), row("b", huiying.AttemptAccepted), row("c", huiying.AttemptRetry), row("d", huiying.AttemptRetry)}, 2},
		{"taken, and receipts say no", []huiying.Attempt{
			row("a", huiying.AttemptAccepted), row("a", huiying.AttemptFailed), row("b", huiying.AttemptAccepted), row("b", huiying.AttemptFailed),
			row("c", huiying.AttemptAccepted), row("c", huiying.AttemptFailed),
		}, 3},
		{"a receipt that it arrived", []huiying.Attempt{row("a", huiying.AttemptRetry), row("a", huiying.AttemptAccepted), row("a", huiying.AttemptDelivered), row("b", huiying.AttemptRetry)}, 1},
		{"what is no attempt", []huiying.Attempt{row("a", huiying.AttemptRetry), row("a", huiying.AttemptHandedOn), row("a", huiying.AttemptRequeued), row("a", huiying.AttemptRetry), row("a", huiying.AttemptBegun)}, 2},
	} {
		t.Run(c.name, func(t *testing.T) {
			storetest.Each(t, func(t *testing.T, s *store.Store, clock *storetest.Clock) {
				q := outbox.NewDeliveries(s)
				for _, a := range c.rows {
					a.At = clock.Now()
					if err := q.Note(t.Context(), a); err != nil {
						t.Fatal(err)
					}
				}
				if err := q.Note(t.Context(), huiying.Attempt{Delivery: "x", Channel: "mail", At: clock.Now(), Result: huiying.AttemptAccepted}); err != nil {
					t.Fatal(err)
				}
				run, err := q.FailuresInARow(t.Context(), "robot", 3)
				if err != nil || len(run) != c.want {
					t.Errorf("%d in a row, want %d (%v)", len(run), c.want, err)
				}
			})
		})
	}
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
