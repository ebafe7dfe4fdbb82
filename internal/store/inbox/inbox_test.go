package inbox_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"huiying"
	"huiying/internal/query"
	"huiying/internal/store"
	"huiying/internal/store/access"
	"huiying/internal/store/inbox"
	"huiying/internal/store/posts"
	"huiying/internal/store/storetest"
)

// tagged archives a post that waits and gives its revision.
func tagged(t *testing.T, s *store.Store, id, text string) string {
	t.Helper()
	j := huiying.Judgement{Level: huiying.LevelBlue, Tags: []huiying.Tag{{Rule: "r"}}, Post: huiying.Post{
		ID: id, Source: "weibo", Platform: "weibo", Text: text, CollectedAt: s.Now(),
	}}
	if err := posts.NewArchive(s).SaveEvents(t.Context(), []huiying.Event{huiying.NewEvent(j, s.Now())}); err != nil {
		t.Fatal(err)
	}
	p, err := posts.Get(t.Context(), s.Reader(), id)
	if err != nil {
		t.Fatal(err)
	}
	return p.Revision
}

func standing(t *testing.T, b *inbox.Book) query.InboxStanding {
	t.Helper()
	st, err := b.Standing(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return st
}

func TestPutOff(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store, clock *storetest.Clock) {
		b := inbox.New(s)
		seen := tagged(t, s, "weibo:1", "窗口排队")
		aside := tagged(t, s, "weibo:2", "停车难")
		officer := huiying.Actor{ID: "officer"}
		if err := access.New(s).SetAside(t.Context(), query.Aside{Post: "weibo:2", Actor: officer, Reason: query.AsideWatch}); err != nil {
			t.Fatal(err)
		}
		storetest.Exec(t, s, `INSERT INTO cases (no, version, state, level, title, topic, rule, unit, owner,
			first_seen_at, opened_at, assigned_at, acked_at, responded_at, closed_at, next_due_at, updated_at, body)
			VALUES ('HY20261123-0001', 3, 'handling', 'blue', '', '', '', '', '', 0, 0, 0, 0, 0, 0, 0, 0, '{"no":"HY20261123-0001","state":"handling","level":"blue","version":3}')`)
		hour := clock.Now().Add(time.Hour)
		for name, c := range map[string]struct {
			item, seen string
			until      time.Time
			reason     string
			want       huiying.Code
		}{
			"another revision": {"post:weibo:1", "0123456789abcdef", hour, "", huiying.Conflict},
			"dealt with":       {"post:weibo:2", aside, hour, "", huiying.Conflict},
			"no such post":     {"post:weibo:3", seen, hour, "", huiying.NotFound},
			"a case at work":   {"case:HY20261123-0001", "3", hour, "", huiying.Conflict},
			"no such case":     {"case:HY20261123-0009", "1", hour, "", huiying.NotFound},
			"no kind":          {"weibo:1", seen, hour, "", huiying.Invalid},
			"past":             {"post:weibo:1", seen, clock.Now(), "", huiying.Invalid},
			"too far":          {"post:weibo:1", seen, clock.Now().Add(8 * 24 * time.Hour), "", huiying.Invalid},
			"long reason":      {"post:weibo:1", seen, hour, strings.Repeat("长", 201), huiying.Invalid},
			"done":             {"post:weibo:1", seen, hour, "等窗口回话", ""},
		} {
			err := b.PutOff(t.Context(), query.NewLater{InboxSeen: query.InboxSeen{Item: c.item, Seen: c.seen}, Until: c.until, Reason: c.reason, Actor: officer})
			if huiying.ErrorCode(err) != c.want {
				t.Errorf("%s: %v", name, err)
			}
		}
		st := standing(t, b)
		if l := st.Later["post:weibo:1"]; len(st.Later) != 1 || l.By != "officer" || l.Reason != "等窗口回话" || !l.Until.Equal(hour) || l.Seen != seen {
			t.Errorf("%+v", st.Later)
		}
		log, err := access.New(s).Of(t.Context(), "post:weibo:1", access.PutOff, 5)
		if err != nil || len(log) != 1 || log[0].Actor != "officer" || !strings.Contains(log[0].Detail, "等窗口回话") {
			t.Errorf("%+v %v", log, err)
		}

		// Its time passes: the row stays to say who put it off, and goes in the end.
		clock.Advance(2 * time.Hour)
		if len(standing(t, b).Later) != 1 {
			t.Error("nobody is named any more")
		}
		clock.Advance(8 * 24 * time.Hour)
		if len(standing(t, b).Later) != 0 {
			t.Error("it is kept for ever")
		}
		again := query.NewLater{InboxSeen: query.InboxSeen{Item: "post:weibo:1", Seen: seen}, Until: clock.Now().Add(time.Hour), Actor: officer}
		if err := b.PutOff(t.Context(), again); err != nil {
			t.Fatal(err)
		}
		for _, want := range []huiying.Code{"", huiying.Conflict} {
			if err := b.BringBack(t.Context(), "post:weibo:1", officer); huiying.ErrorCode(err) != want {
				t.Errorf("brought back: %v", err)
			}
		}
	})
}

// A lease is its holder's, is renewed, and runs out.
func TestHold(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store, clock *storetest.Clock) {
		b := inbox.New(s)
		tagged(t, s, "weibo:1", "窗口排队")
		holders := func() (out []string) {
			for _, h := range standing(t, b).Open["post:weibo:1"] {
				out = append(out, h.Person)
			}
			return out
		}
		hold := func(who string) {
			t.Helper()
			if err := b.Hold(t.Context(), "post:weibo:1", who); err != nil {
				t.Fatal(err)
			}
		}
		hold("a")
		clock.Advance(time.Minute)
		hold("b")
		if got := fmt.Sprint(holders()); got != "[a b]" {
			t.Error(got)
		}
		clock.Advance(inbox.Lease - time.Minute)
		if got := fmt.Sprint(holders()); got != "[b]" {
			t.Error(got)
		}
		hold("b")
		clock.Advance(inbox.Lease - time.Second)
		if got := fmt.Sprint(holders()); got != "[b]" {
			t.Errorf("not renewed: %s", got)
		}
		if err := b.LetGo(t.Context(), "post:weibo:1", "b"); err != nil || len(holders()) != 0 {
			t.Errorf("%v %v", holders(), err)
		}
		if err := b.Hold(context.Background(), "post:weibo:9", "a"); huiying.ErrorCode(err) != huiying.NotFound {
			t.Errorf("%v", err)
		}
	})
}
