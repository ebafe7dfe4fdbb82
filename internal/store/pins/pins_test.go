package pins_test

import (
	"slices"
	"testing"
	"time"

	"go.uber.org/goleak"

	"huiying"
	"huiying/internal/query"
	"huiying/internal/store"
	"huiying/internal/store/pins"
	"huiying/internal/store/posts"
	"huiying/internal/store/storetest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// Pages of a preserved post are to be kept, whatever their age, until it ends;
// what cannot be preserved, or ended, is refused and nothing is kept of it.
func TestPreserve(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store, _ *storetest.Clock) {
		list := pins.New(s)
		for _, p := range []huiying.Post{
			{ID: "weibo:1", Evidence: "sha256:aa"}, {ID: "weibo:2"},
		} {
			p.Source, p.Platform, p.Kind, p.Text, p.CollectedAt = "weibo", "weibo", huiying.KindPost, "排队", storetest.Start()
			e := huiying.NewEvent(huiying.Judgement{Post: p, Level: huiying.LevelNone}, p.CollectedAt)
			if err := posts.NewArchive(s).SaveEvents(t.Context(), []huiying.Event{e}); err != nil {
				t.Fatal(err)
			}
		}
		ask := func(post, reason string) query.NewPreservation {
			return query.NewPreservation{Post: post, Reason: reason, Actor: huiying.Actor{ID: "officer"}}
		}
		since := storetest.Start().Add(time.Hour)
		names := func(of func() ([]string, error)) []string {
			t.Helper()
			out, err := of()
			if err != nil {
				t.Fatal(err)
			}
			return out
		}
		missing := func() ([]string, error) { return list.Missing(t.Context(), since, 10) }
		over := func() ([]string, error) { return list.Over(t.Context(), since, 10) }
		code := func(name string, err error, want huiying.Code) {
			t.Helper()
			if huiying.ErrorCode(err) != want {
				t.Errorf("%s: %v, want %s", name, err, want)
			}
		}
		code("no reason", list.Preserve(t.Context(), ask("weibo:1", " ")), huiying.Invalid)
		code("no post", list.Preserve(t.Context(), ask("weibo:9", "复议")), huiying.NotFound)
		code("no page", list.Preserve(t.Context(), ask("weibo:2", "复议")), huiying.Conflict)
		code("not preserved", list.EndPreserving(t.Context(), ask("weibo:1", "复议")), huiying.Conflict)
		if got := names(missing); len(got) != 0 {
			t.Fatalf("missing before: %v", got)
		}
		if err := list.Preserve(t.Context(), ask("weibo:1", "复议")); err != nil {
			t.Fatal(err)
		}
		code("twice", list.Preserve(t.Context(), ask("weibo:1", "复议")), huiying.Conflict)
		if got := names(missing); !slices.Equal(got, []string{"sha256:aa"}) {
			t.Errorf("missing: %v", got)
		}
		if err := list.Pinned(t.Context(), "sha256:aa", false); err != nil {
			t.Fatal(err)
		}
		if m, o := names(missing), names(over); len(m)+len(o) != 0 {
			t.Errorf("while preserved: missing %v, over %v", m, o)
		}
		if err := list.EndPreserving(t.Context(), ask("weibo:1", "复议已结束")); err != nil {
			t.Fatal(err)
		}
		if got := names(over); !slices.Equal(got, []string{"sha256:aa"}) {
			t.Errorf("over: %v", got)
		}
		if err := list.Preserve(t.Context(), ask("weibo:1", "再次需要")); err != nil {
			t.Errorf("anew: %v", err)
		}
		kept, err := list.Preserved(t.Context(), "weibo:1")
		if err != nil || len(kept.List) != 2 || kept.Now() == nil || kept.Now().Reason != "再次需要" || kept.List[1].Why != "复议已结束" || kept.Pages[0].PinnedAt.IsZero() {
			t.Errorf("%+v, %v", kept, err)
		}
	})
}
