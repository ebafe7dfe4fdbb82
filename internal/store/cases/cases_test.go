package cases_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"huiying"
	"huiying/internal/store"
	"huiying/internal/store/cases"
	"huiying/internal/store/storetest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func put(s *store.Store, list ...huiying.Case) error {
	return s.Write(context.Background(), store.Urgent, func(ctx context.Context, tx *store.Tx) error {
		for _, c := range list {
			if err := cases.Put(ctx, tx, c); err != nil {
				return err
			}
		}
		return nil
	})
}

func mustPut(t *testing.T, s *store.Store, list ...huiying.Case) {
	t.Helper()
	if err := put(s, list...); err != nil {
		t.Fatal(err)
	}
}

func sample(n int) huiying.Case {
	return huiying.Case{
		No: cases.Number("20261123", int64(n)), Version: 1, State: huiying.StatePendingTriage, Level: huiying.LevelOrange,
		Title: "大厅排队", Topic: fmt.Sprintf("t-%d", n), Rule: "r-queue", FirstSeenAt: storetest.Start(), OpenedAt: storetest.Start(),
		Clocks: []huiying.Clock{}, Posts: []string{},
	}
}

func TestPutAndGet(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store, _ *storetest.Clock) {
		c := sample(1)
		mustPut(t, s, c)
		got, err := cases.Get(t.Context(), s.Reader(), c.No)
		if d := cmp.Diff(c, got); d != "" || err != nil {
			t.Error(d, err)
		}
		if _, err := cases.Get(t.Context(), s.Reader(), "HY20261123-0099"); huiying.ErrorCode(err) != huiying.NotFound {
			t.Error(err)
		}
	})
}

func TestPutChecksTheVersion(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store, _ *storetest.Clock) {
		for _, step := range []struct {
			version int
			code    huiying.Code
		}{
			{2, huiying.Conflict}, {1, ""}, {1, huiying.Conflict}, {3, huiying.Conflict}, {2, ""}, {2, huiying.Conflict}, {3, ""},
		} {
			c := sample(1)
			c.Version = step.version
			if err := put(s, c); huiying.ErrorCode(err) != step.code {
				t.Errorf("version %d: %v, want %q", step.version, err, step.code)
			}
		}
	})
}

func TestOneOpenCaseOfATopic(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store, _ *storetest.Clock) {
		first, second := sample(1), sample(2)
		first.Topic, second.Topic = "t-hall", "t-hall"
		mustPut(t, s, first)
		wantOpen(t, s, "t-hall", first.No)
		if err := put(s, second); huiying.ErrorCode(err) != huiying.Conflict {
			t.Errorf("two open cases of one topic: %v", err)
		}
		first.Version, first.State = 2, huiying.StateClosed
		mustPut(t, s, first)
		wantOpen(t, s, "t-hall", "")
		mustPut(t, s, second)
		wantOpen(t, s, "t-hall", second.No)
		first.Version, first.State = 3, huiying.StateHandling
		if err := put(s, first); huiying.ErrorCode(err) != huiying.Conflict {
			t.Errorf("reopened beside another: %v", err)
		}
		// Cases without a topic stand beside one another.
		third, fourth := sample(3), sample(4)
		third.Topic, fourth.Topic = "", ""
		mustPut(t, s, third, fourth)
		wantOpen(t, s, "", "")
	})
}

func wantOpen(t *testing.T, s *store.Store, topic, want string) {
	t.Helper()
	no, found, err := cases.Open(t.Context(), s.Reader(), topic)
	if err != nil || no != want || found != (want != "") {
		t.Errorf("open case of %q: %q, %v, %v; want %q", topic, no, found, err, want)
	}
}

func TestPostsFollowTheCase(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store, _ *storetest.Clock) {
		for _, id := range []string{"weibo:1", "weibo:2", "weibo:3"} {
			storetest.Exec(t, s, `INSERT INTO posts (n, id, revision, source, platform, kind, url, parent_id, root_id, title, text, verified,
				region, published_at, collected_at, first_seen_at, deleted, level, rule, topic, judgement)
				VALUES ((SELECT count(*) + 1 FROM posts), '`+id+`', '', '', '', '', '', '', '', '', '', '', '', 0, 0, 0, 0, '', '', '', '{}')`)
		}
		c, other := sample(1), sample(2)
		c.Posts = []string{"weibo:1", "weibo:2", "weibo:not-archived-yet"}
		other.Posts = []string{"weibo:3"}
		mustPut(t, s, c, other)
		wantPosts(t, s, "weibo:1=HY20261123-0001", "weibo:2=HY20261123-0001", "weibo:3=HY20261123-0002")
		c.Version, c.Posts = 2, []string{"weibo:1", "weibo:3"}
		mustPut(t, s, c)
		wantPosts(t, s, "weibo:1=HY20261123-0001", "weibo:2=", "weibo:3=HY20261123-0001")
		c.Version, c.Posts = 3, []string{"weibo:1"}
		mustPut(t, s, c)
		wantPosts(t, s, "weibo:1=HY20261123-0001", "weibo:2=", "weibo:3=HY20261123-0002")
	})
}

func wantPosts(t *testing.T, s *store.Store, want ...string) {
	t.Helper()
	got, err := store.Collect[string](s.Reader().QueryContext(t.Context(), `SELECT id || '=' || case_no FROM posts ORDER BY id`))(storetest.String)
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("got %v (%v), want %v", got, err, want)
	}
}

func TestNumbers(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store, _ *storetest.Clock) {
		undone := errors.New("undone")
		next := func(day string, end error) (no string, err error) {
			err = s.Write(t.Context(), store.Urgent, func(ctx context.Context, tx *store.Tx) error {
				var err error
				no, err = cases.NextNo(ctx, tx, day)
				return errors.Join(err, end)
			})
			return no, err
		}
		for _, c := range []struct {
			day  string
			end  error
			want string
		}{
			{"20261123", nil, "HY20261123-0001"}, {"20261123", undone, "HY20261123-0002"}, {"20261123", nil, "HY20261123-0002"},
			{"20261124", nil, "HY20261124-0001"}, {"20261123", nil, "HY20261123-0003"},
		} {
			if no, err := next(c.day, c.end); no != c.want || !errors.Is(err, c.end) {
				t.Errorf("%s: %q, %v; want %q", c.day, no, err, c.want)
			}
		}
		for _, day := range []string{"", "2026-11-23", "20261323"} {
			if no, err := next(day, nil); err == nil {
				t.Errorf("day %q gave %q", day, no)
			}
		}
		counters, err := cases.Counters(t.Context(), s.Reader())
		if d := cmp.Diff(map[string]int64{"20261123": 3, "20261124": 1}, counters); d != "" || err != nil {
			t.Error(d, err)
		}
	})
}

func TestParseNumber(t *testing.T) {
	for _, c := range []struct {
		no  string
		day string
		n   int64
		ok  bool
	}{
		{"HY20261123-0001", "20261123", 1, true}, {"HY20261123-12345", "20261123", 12345, true},
		{"HY20261123-1", "", 0, false}, {"20261123-0001", "", 0, false}, {"HY20261123", "", 0, false}, {"", "", 0, false},
		{"HY20261123-0000", "", 0, false}, {"HY20261123--001", "", 0, false},
	} {
		if day, n, ok := cases.ParseNumber(c.no); ok != c.ok || ok && (day != c.day || n != c.n) {
			t.Errorf("%q: %q %d %v", c.no, day, n, ok)
		}
	}
}

func TestDue(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store, clock *storetest.Clock) {
		at := func(minutes int) time.Time { return storetest.Start().Add(time.Duration(minutes) * time.Minute) }
		clocks := func(list ...huiying.Clock) []huiying.Clock { return list }
		for n, list := range [][]huiying.Clock{
			clocks(huiying.Clock{Preset: "ack", DueAt: at(30)}, huiying.Clock{Preset: "respond", DueAt: at(20)}),
			clocks(huiying.Clock{Preset: "ack", DueAt: at(5), MetAt: at(1)}, huiying.Clock{Preset: "respond", DueAt: at(40)}),
			clocks(huiying.Clock{Preset: "ack", DueAt: at(5), BreachedAt: at(6)}),
			clocks(huiying.Clock{Preset: "ack", DueAt: at(10)}),
			nil,
		} {
			c := sample(n + 1)
			c.Clocks = list
			mustPut(t, s, c)
		}
		for _, c := range []struct {
			minutes, limit int
			want           []string
		}{
			{9, 10, nil}, {10, 10, []string{"HY20261123-0004"}}, {20, 10, []string{"HY20261123-0004", "HY20261123-0001"}},
			{60, 10, []string{"HY20261123-0004", "HY20261123-0001", "HY20261123-0002"}}, {60, 1, []string{"HY20261123-0004"}},
		} {
			if got, err := cases.Due(t.Context(), s.Reader(), at(c.minutes), c.limit); err != nil || !slices.Equal(got, c.want) {
				t.Errorf("after %d minutes: %v (%v), want %v", c.minutes, got, err, c.want)
			}
		}
	})
}

func TestList(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store, _ *storetest.Clock) {
		for n := range 6 {
			c := sample(n + 1)
			c.Unit = []string{"u-hall", "u-tax"}[n%2]
			c.State = []huiying.CaseState{huiying.StatePendingTriage, huiying.StateHandling, huiying.StateClosed}[n%3]
			c.Owner = []string{"u-lin", ""}[n%2]
			mustPut(t, s, c)
		}
		for _, c := range []struct {
			name   string
			filter cases.Filter
			want   string
		}{
			{"all", cases.Filter{}, "6 5 4 3 2 1"},
			{"unit", cases.Filter{Unit: "u-tax"}, "6 4 2"},
			{"states", cases.Filter{States: []huiying.CaseState{huiying.StateClosed, huiying.StateHandling}}, "6 5 3 2"},
			{"owner and unit", cases.Filter{Owner: "u-lin", Unit: "u-hall", Level: huiying.LevelOrange}, "5 3 1"},
			{"level", cases.Filter{Level: huiying.LevelRed}, ""},
			{"page", cases.Filter{Before: "HY20261123-0005", Limit: 2}, "4 3"},
		} {
			list, err := cases.List(t.Context(), s.Reader(), c.filter)
			var got string
			for i, one := range list {
				_, n, _ := cases.ParseNumber(one.No)
				got += fmt.Sprintf("%s%d", map[bool]string{true: " "}[i > 0], n)
			}
			if err != nil || got != c.want {
				t.Errorf("%s: %q (%v), want %q", c.name, got, err, c.want)
			}
		}
		counts, err := cases.CountByState(t.Context(), s.Reader())
		want := map[huiying.CaseState]int{huiying.StatePendingTriage: 2, huiying.StateHandling: 2, huiying.StateClosed: 2}
		if d := cmp.Diff(want, counts); d != "" || err != nil {
			t.Error(d, err)
		}
	})
}

func TestIsOpen(t *testing.T) {
	for _, s := range huiying.CaseStates() {
		if over := strings.Contains(cases.IsOpen, "'"+string(s)+"'"); over == s.Open() {
			t.Errorf("%s", s)
		}
	}
}
