package filter_test

import (
	"net/url"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"huiying"
	"huiying/internal/query"
	"huiying/internal/web/filter"
)

// Address → filter → address gives the same list.
func TestRoundTrip(t *testing.T) {
	for _, in := range []string{"", "level=red&level=blue&period=7d&q=%E6%8E%92%E9%98%9F&rule=r-queue&source=weibo&tagged=1", "level=mauve&period=never&before=x", "before=42", "sentiment=negative&intent=help&intent=report&place=%E6%B2%B3%E4%B8%9C&verified=media&case=yes&platform=weibo&period=30d", "q=a&sort=best&page=3", "sort=best&page=3", "intent=mauve&case=maybe"} {
		q, err := url.ParseQuery(in)
		if err != nil {
			t.Fatal(err)
		}
		f, before := filter.ReadPosts(q)
		again, err := url.ParseQuery(f.Query(before))
		if err != nil {
			t.Fatal(err)
		}
		f2, before2 := filter.ReadPosts(again)
		if diff := cmp.Diff(f, f2); diff != "" || before != before2 {
			t.Errorf("%s: %s", in, diff)
		}
	}
	for _, in := range []string{"", "view=mine", "view=closed&level=red&unit=u-hall&q=HY2026", "state=handling", "view=burnt"} {
		q, err := url.ParseQuery(in)
		if err != nil {
			t.Fatal(err)
		}
		f, before := filter.ReadCases(q)
		again, err := url.ParseQuery(f.Query(before))
		if err != nil {
			t.Fatal(err)
		}
		f2, _ := filter.ReadCases(again)
		if diff := cmp.Diff(f, f2); diff != "" {
			t.Errorf("%s: %s", in, diff)
		}
	}
}

func TestAsk(t *testing.T) {
	me := query.Account{Person: huiying.Person{ID: "hall", Unit: "u-hall", Roles: []huiying.Role{huiying.RoleResponder}}}
	scope := query.Scope{Unit: "u-hall"}
	now := time.Date(2026, 11, 22, 17, 0, 0, 0, time.UTC)
	for view, want := range map[string]query.CaseFilter{
		"open":    {Scope: scope, Levels: []huiying.Level{}, Count: true, Open: true, ByDue: true, Limit: 100},
		"mine":    {Scope: scope, Levels: []huiying.Level{}, Count: true, Open: true, ByDue: true, Owner: "hall", Limit: 100},
		"unit":    {Scope: scope, Levels: []huiying.Level{}, Count: true, Open: true, ByDue: true, Unit: "u-hall", Limit: 100},
		"overdue": {Scope: scope, Levels: []huiying.Level{}, Count: true, Clock: query.ClockOverdue, Limit: 100},
		"all":     {Scope: scope, Levels: []huiying.Level{}, Count: true},
	} {
		f, _ := filter.ReadCases(url.Values{"view": {view}})
		if diff := cmp.Diff(want, f.Ask(me, "", now, time.UTC)); diff != "" {
			t.Errorf("%s: %s", view, diff)
		}
	}
	if f, _ := filter.ReadCases(url.Values{"state": {"handling"}}); f.View != "all" || f.Ask(me, "", now, time.UTC).States[0] != huiying.StateHandling {
		t.Error("a state looks among all cases")
	}
}

// A number of the first page leads to the list of its period, and that stays
// when the list is filtered on.
func TestPeriodOfLists(t *testing.T) {
	now := time.Date(2026, 11, 22, 17, 0, 0, 0, time.UTC)
	me := query.Account{Person: huiying.Person{ID: "boss", Roles: []huiying.Role{huiying.RoleManager}}}
	f, _ := filter.ReadCases(url.Values{"view": {"all"}, "answered": {"7d"}})
	if ask := f.Toggle(query.ByLevel, "red").Ask(me, "", now, time.UTC); !ask.Answered.Equal(now.Add(-168*time.Hour)) || f.Query("") != "answered=7d&view=all" {
		t.Errorf("%+v, %s", ask, f.Query(""))
	}
	a := filter.ReadAlerts(url.Values{"show": {"all"}, "period": {"today"}})
	if ask := a.Ask(me, now, time.UTC); !ask.From.Equal(time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC)) || a.Query("") != "period=today&show=all" {
		t.Errorf("%+v, %s", ask, a.Query(""))
	}
	if a := filter.ReadAlerts(url.Values{"period": {"ever"}}); !a.Ask(me, now, time.UTC).From.IsZero() {
		t.Error("a period that there is not restricts the list")
	}
	from, to := filter.Before("7d", now, time.UTC)
	if !to.Equal(now.Add(-168*time.Hour)) || !from.Equal(now.Add(-336*time.Hour)) {
		t.Errorf("%v %v", from, to)
	}
	from, to = filter.Before("today", now, time.UTC)
	if !from.Equal(time.Date(2026, 11, 21, 0, 0, 0, 0, time.UTC)) || !to.Equal(now.AddDate(0, 0, -1)) {
		t.Errorf("%v %v", from, to)
	}
}

func TestSince(t *testing.T) {
	zone := time.FixedZone("office", 8*3600)
	now := time.Date(2026, 11, 22, 17, 0, 0, 0, time.UTC) // 01:00 of the 23rd in the office
	for period, want := range map[string]time.Time{
		"today": time.Date(2026, 11, 23, 0, 0, 0, 0, zone), "24h": now.Add(-24 * time.Hour), "7d": now.Add(-168 * time.Hour), "all": {},
	} {
		if got := filter.Since(period, now, zone); !got.Equal(want) {
			t.Errorf("%s: %s", period, got)
		}
	}
}

// A value that is chosen twice is no longer chosen; the rest stays.
func TestToggle(t *testing.T) {
	f, _ := filter.ReadPosts(url.Values{"level": {"red"}, "q": {"排队"}})
	both := f.Toggle(query.ByLevel, "blue")
	if !both.Has(query.ByLevel, "red") || !both.Has(query.ByLevel, "blue") || f.Has(query.ByLevel, "blue") {
		t.Errorf("%+v then %+v", f, both)
	}
	if none := f.Toggle(query.ByLevel, "red"); none.Narrowed() != true || len(none.Choices) != 0 || none.Text != "排队" {
		t.Errorf("%+v", none)
	}
	if no := f.Toggle(query.ByCase, "yes").Toggle(query.ByCase, "no"); no.Has(query.ByCase, "yes") || !no.Has(query.ByCase, "no") {
		t.Errorf("%+v", no)
	}
	if week := f.Toggle(query.ByPeriod, "7d"); week.Period != "7d" || !week.Has(query.ByLevel, "red") {
		t.Errorf("%+v", week)
	}
}

// What an address of the alerts says is what is asked for, and comes back.
func TestAlerts(t *testing.T) {
	hall := query.Account{Person: huiying.Person{ID: "hall", Unit: "u-hall", Roles: []huiying.Role{huiying.RoleResponder}}}
	for address, want := range map[string]struct {
		address string
		unread  bool
		person  string
		levels  int
	}{
		"":                                  {"show=open", true, "", 0},
		"show=king&level=pink&before=1":     {"show=open", true, "", 0},
		"show=mine&level=red":               {"level=red&show=mine", false, "hall", 1},
		"show=all&level=red&level=orange&x": {"level=red&level=orange&show=all", false, "", 2},
	} {
		q, err := url.ParseQuery(address)
		if err != nil {
			t.Fatal(err)
		}
		f := filter.ReadAlerts(q)
		ask := f.Ask(hall, time.Time{}, time.UTC)
		if f.Query("") != want.address || ask.Unread != want.unread || ask.Person != want.person || len(ask.Levels) != want.levels || ask.Scope.Unit != "u-hall" {
			t.Errorf("%s: %s, %+v", address, f.Query(""), ask)
		}
	}
}
