package notices_test

import (
	"context"
	"errors"
	"log/slog"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"huiying"
	"huiying/internal/app/notices"
	"huiying/internal/app/rota"
	"huiying/internal/query"
	"huiying/internal/store"
	dutybook "huiying/internal/store/duty"
	"huiying/internal/store/outbox"
	"huiying/internal/store/storetest"
	"huiying/notifier/duty"
)

// watched runs a Watch over one look whose answer and duration are given.
func watched(t *testing.T, look func(context.Context) ([]query.Notice, error)) *notices.Watch {
	t.Helper()
	w := notices.New(notices.Options{
		Look: []func(context.Context) ([]query.Notice, error){look}, Now: time.Now, Logger: slog.New(slog.DiscardHandler),
	})
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- w.Run(ctx) }()
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	return w
}

// Pages that ask within ten seconds are told the same; after that the first is
// still not kept waiting, and the next is told what was found meanwhile.
func TestFoundBeside(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var looks atomic.Int32
		w := watched(t, func(context.Context) ([]query.Notice, error) {
			return make([]query.Notice, looks.Add(1)), nil
		})
		ask := func(want int) {
			t.Helper()
			begun := time.Now()
			if got := len(w.Notices(t.Context())); got != want || time.Since(begun) > 0 {
				t.Errorf("look %d was shown after %v, want %d at once", got, time.Since(begun), want)
			}
			synctest.Wait()
		}
		ask(1)
		ask(1)
		time.Sleep(9 * time.Second)
		ask(1)
		time.Sleep(time.Second)
		ask(1)
		ask(2)
		w.Changed()
		ask(3)
		if n := looks.Load(); n != 3 {
			t.Errorf("%d looks", n)
		}
	})
}

// A look that takes long delays a page by a tenth of a second, after a change
// alone.
func TestNoPageWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := watched(t, func(context.Context) ([]query.Notice, error) {
			time.Sleep(time.Minute)
			return make([]query.Notice, 1), nil
		})
		begun := time.Now()
		if got := w.Notices(t.Context()); len(got) != 0 || time.Since(begun) != 100*time.Millisecond {
			t.Errorf("%v after %v", got, time.Since(begun))
		}
		time.Sleep(2 * time.Minute)
		begun = time.Now()
		if got := w.Notices(t.Context()); len(got) != 1 || time.Since(begun) != 0 {
			t.Errorf("%v after %v", got, time.Since(begun))
		}
		time.Sleep(2 * time.Minute)
	})
}

// What cannot be looked at is not shown.
func TestFailedLook(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var broken atomic.Bool
		w := watched(t, func(context.Context) ([]query.Notice, error) {
			if broken.Load() {
				return make([]query.Notice, 1), errors.New("the store is away")
			}
			return make([]query.Notice, 1), nil
		})
		if got := w.Notices(t.Context()); len(got) != 1 {
			t.Errorf("%v", got)
		}
		broken.Store(true)
		w.Changed()
		if got := w.Notices(t.Context()); len(got) != 0 {
			t.Errorf("%v", got)
		}
	})
}

var office = time.FixedZone("office", 8*60*60)

// people are one who can be told and one who cannot.
func people(context.Context) ([]huiying.Person, error) {
	return []huiying.Person{
		{ID: "an", Contacts: []huiying.Contact{{Channel: "robot", Address: "an"}}}, {ID: "bo", Contacts: []huiying.Contact{{Channel: "fax", Address: "1"}}},
	}, nil
}

// A roster names the first hour within three days in which it reaches nobody.
func TestDutyLook(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store, clock *storetest.Clock) {
		book := dutybook.New(s)
		rosters := rota.New(book, office, duty.Weekdays{}, clock.Now)
		look := func() []query.Notice {
			t.Helper()
			rosters.Forget()
			found, err := notices.Duty{Rosters: rosters, People: people, Channels: []string{"robot"}, Now: clock.Now}.Look(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			return found
		}
		put := func(turns ...string) {
			t.Helper()
			start := clock.Now().In(office).Format(time.DateOnly)
			if err := book.PutRoster(t.Context(), huiying.Roster{
				ID: "main", Name: "总值班", Layers: []huiying.RosterLayer{{ID: "desk", Name: "值班员", Start: start, People: turns}},
			}, huiying.Actor{ID: "admin"}); err != nil {
				t.Fatal(err)
			}
		}
		if got := look(); len(got) != 0 {
			t.Errorf("an office without a roster is told %+v", got)
		}
		put("an")
		if got := look(); len(got) != 0 {
			t.Errorf("a roster without a gap: %+v", got)
		}
		put("an", "bo")
		got := look()
		if len(got) != 1 || got[0].Kind != query.NoticeUncovered || got[0].Name != "总值班" || got[0].Subject != "main" {
			t.Fatalf("%+v", got)
		}
		day := got[0].From.In(office)
		if day.Hour() != 0 || day.Before(clock.Now()) || got[0].Until.Sub(got[0].From) != 24*time.Hour {
			t.Errorf("from %v until %v", day, got[0].Until)
		}
		if put("an", "an", "an", "an", "an", "bo"); len(look()) != 0 {
			t.Error("a gap beyond three days is told of")
		}
	})
}

// A channel is named once its last three attempts failed, with the reason and
// since when.
func TestChannelLook(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store, clock *storetest.Clock) {
		q := outbox.NewDeliveries(s)
		first := clock.Now()
		note := func(channel string, r huiying.AttemptResult, why string) {
			t.Helper()
			if err := q.Note(t.Context(), huiying.Attempt{Delivery: "d", Channel: channel, At: clock.Now(), Result: r, Sentence: why}); err != nil {
				t.Fatal(err)
			}
			clock.Advance(time.Minute)
		}
		look := func() []query.Notice {
			t.Helper()
			found, err := notices.Channels{IDs: []string{"robot", "mail"}, Queue: q}.Look(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			return found
		}
		note("robot", huiying.AttemptRetry, "没有回答")
		note("gone", huiying.AttemptRetry, "")
		note("robot", huiying.AttemptRetry, "没有回答")
		note("gone", huiying.AttemptRetry, "")
		note("gone", huiying.AttemptRetry, "")
		if got := look(); len(got) != 0 {
			t.Errorf("%+v", got)
		}
		note("robot", huiying.AttemptRefused, "密钥不对")
		got := look()
		if len(got) != 1 || got[0].Subject != "robot" || got[0].Why != "密钥不对" || !got[0].From.Equal(first) {
			t.Errorf("%+v", got)
		}
		note("robot", huiying.AttemptAccepted, "")
		if got := look(); len(got) != 0 {
			t.Errorf("after one that arrived: %+v", got)
		}
	})
}
