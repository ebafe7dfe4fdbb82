package norm_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"huiying"
	"huiying/crawler/patrol/norm"
)

func beijing() *time.Location { return time.FixedZone("CST", 8*3600) }

func date(s string) time.Time {
	t, err := time.ParseInLocation("2006-01-02", s, beijing())
	if err != nil {
		panic(err)
	}
	return t
}

// Every row can be told: a check that is a name, a level, a unit, a sentence,
// and never a rule without the mark of how it is known.
func TestBuiltin(t *testing.T) {
	list := norm.Builtin()
	seen := map[string]bool{}
	for _, n := range list {
		if seen[n.ID] || !huiying.ValidSubject(n.ID) || !huiying.ValidSubject(n.Check) || !n.Level.Alerts() || n.Title == "" || n.Todo == "" || n.Basis == "" {
			t.Errorf("%+v", n)
		}
		seen[n.ID] = true
		if !slices.Contains([]string{norm.Days, norm.Months, norm.Percent, norm.Count, norm.DaysLeft}, n.Unit) {
			t.Errorf("%s: unit %q", n.ID, n.Unit)
		}
		if strings.Contains("LGN", n.Verified) && n.Verified != "" && n.Source == "" {
			t.Errorf("%s: a rule without a source", n.ID)
		}
		if n.Level == huiying.LevelOrange && strings.Contains(n.Basis, "单项否决") != (n.Verified != "") {
			t.Errorf("%s: a veto is a rule", n.ID)
		}
	}
}

func TestJudge(t *testing.T) {
	list := norm.Builtin()
	for _, c := range []struct {
		m    norm.Measure
		want string
	}{
		{norm.Measure{Check: "home-stale", Since: date("2026-11-10"), Now: date("2026-11-20")}, ""},
		{norm.Measure{Check: "home-stale", Since: date("2026-11-09"), Now: date("2026-11-20")}, "home-stale-soon"},
		{norm.Measure{Check: "home-stale", Since: date("2026-11-06"), Now: date("2026-11-20")}, "home-stale-soon"},
		{norm.Measure{Check: "home-stale", Since: date("2026-11-05"), Now: date("2026-11-20")}, "home-stale"},
		{norm.Measure{Check: "letter-unanswered", Since: date("2026-08-31"), Now: date("2026-10-31")}, ""},
		{norm.Measure{Check: "letter-unanswered", Since: date("2026-08-31"), Now: date("2026-11-01")}, "letter-unanswered-deduct"},
		{norm.Measure{Check: "letter-unanswered", Since: date("2026-08-31"), Now: date("2026-11-30")}, "letter-unanswered-deduct"},
		{norm.Measure{Check: "letter-unanswered", Since: date("2026-08-31"), Now: date("2026-12-01")}, "letter-unanswered"},
		{norm.Measure{Check: "column-stale", Class: "notice", Since: date("2026-05-20"), Now: date("2026-11-20")}, ""},
		{norm.Measure{Check: "column-stale", Class: "notice", Since: date("2026-05-19"), Now: date("2026-11-20")}, "column-stale-notice"},
		{norm.Measure{Check: "column-stale", Class: "news", Since: date("2026-11-05"), Now: date("2026-11-20")}, "column-stale-news"},
		{norm.Measure{Check: "column-overdue", Since: date("2026-11-10"), Now: date("2026-11-20")}, ""},
		{norm.Measure{Check: "column-overdue", Since: date("2026-11-10"), Now: date("2026-11-20"), Own: 9}, "column-overdue"},
		{norm.Measure{Check: "columns-stale", Count: 4}, ""},
		{norm.Measure{Check: "columns-stale", Count: 5}, "columns-stale"},
		{norm.Measure{Check: "certificate", Count: 31}, ""},
		{norm.Measure{Check: "certificate", Count: 30}, "certificate-30"},
		{norm.Measure{Check: "certificate", Count: 14}, "certificate-14"},
		{norm.Measure{Check: "certificate", Count: 7}, "certificate-7"},
		{norm.Measure{Check: "certificate", Count: -1}, "certificate-expired"},
		{norm.Measure{Check: "link-dead", Class: "home", Count: 1}, "link-dead-home"},
		{norm.Measure{Check: "link-dead", Count: 1}, "link-dead"},
	} {
		got, yes := list.Judge(c.m)
		if yes != (c.want != "") || got.ID != c.want {
			t.Errorf("%+v: %q, want %q", c.m, got.ID, c.want)
		}
	}
}

func TestWith(t *testing.T) {
	ten, none := 7, -1
	list, unknown, bad := norm.Builtin().With(map[string]norm.Override{
		"home-stale": {Limit: &ten, Level: huiying.LevelRed, Basis: "本市要求"},
		"nothing":    {}, "wording": {Level: "purple"}, "site-down": {Limit: &none},
	})
	if got := list.Get("home-stale"); got.Limit != 7 || got.Level != huiying.LevelRed || got.Basis != "本市要求" || got.Limits() != "7 天" {
		t.Errorf("%+v", got)
	}
	if !slices.Equal(unknown, []string{"nothing"}) || !slices.Equal(bad, []string{"site-down", "wording"}) {
		t.Errorf("%v %v", unknown, bad)
	}
	if norm.Builtin().Get("home-stale").Limit != 14 || list.Least("home-stale", norm.Days) != 7 {
		t.Error("the built-in list changed")
	}
}

// TestAddMonths: the day is kept, or is the last of a shorter month; never
// spills into the next.
func TestAddMonths(t *testing.T) {
	for _, c := range []struct {
		from   string
		months int
		want   string
	}{
		{"2026-11-30", 3, "2027-02-28"}, {"2027-11-30", 3, "2028-02-29"}, {"2026-08-31", 3, "2026-11-30"},
		{"2026-01-15", 12, "2027-01-15"}, {"2026-12-31", 2, "2027-02-28"},
	} {
		if got := norm.AddMonths(date(c.from), c.months).Format(time.DateOnly); got != c.want {
			t.Errorf("%s + %d: %s, want %s", c.from, c.months, got, c.want)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		from := date("2020-01-01").AddDate(0, 0, rapid.IntRange(0, 4000).Draw(t, "day"))
		months := rapid.IntRange(0, 24).Draw(t, "months")
		got := norm.AddMonths(from, months)
		if (int(got.Month())-int(from.Month())-months)%12 != 0 || got.Day() > from.Day() {
			t.Fatalf("%s + %d: %s", from, months, got)
		}
	})
}

func TestDaysBetween(t *testing.T) {
	late := time.Date(2026, 11, 5, 23, 50, 0, 0, beijing())
	if got := norm.DaysBetween(late.UTC(), time.Date(2026, 11, 20, 0, 5, 0, 0, beijing())); got != 15 {
		t.Errorf("%d", got)
	}
}
