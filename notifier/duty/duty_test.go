package duty_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"huiying"
	"huiying/internal/locale"
	"huiying/notifier/duty"
)

var office = time.FixedZone("office", 8*3600)

func at(s string) time.Time {
	t, err := time.ParseInLocation("2006-01-02 15:04", s, office)
	if err != nil {
		panic(err)
	}
	return t
}

// days is a calendar of a few days that are not what their weekday says.
type days map[string]bool

func (d days) WorkedOn(t time.Time) (work, known bool) {
	if work, ok := d[t.Format(time.DateOnly)]; ok {
		return work, true
	}
	return t.Weekday() != time.Saturday && t.Weekday() != time.Sunday, true
}

// goldenWeek is 1–7 October 2026 with its make-up days.
func goldenWeek() days {
	d := days{"2026-09-20": true, "2026-10-10": true}
	for i := 1; i <= 7; i++ {
		d[fmt.Sprintf("2026-10-%02d", i)] = false
	}
	return d
}

func dayAndNight(people ...string) huiying.Roster {
	return huiying.Roster{ID: "main", Name: "总值班", Layers: []huiying.RosterLayer{{
		ID: "desk", Name: "值班员", Start: "2026-11-23", People: people, Turn: huiying.TurnShift,
		Shifts: []huiying.RosterShift{{Name: "白班", From: "08:30", To: "18:00"}, {Name: "夜班", From: "18:00", To: "08:30"}},
	}}}
}

func plan(t testing.TB, r huiying.Roster, o duty.Options) *duty.Plan {
	t.Helper()
	o.Zone = office
	p, err := duty.New(r, o)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// told writes shifts as a person would read them.
func told(shifts []huiying.DutyShift) []string {
	var out []string
	for _, s := range shifts {
		line := s.From.In(office).Format("01-02 15:04") + "–" + s.Until.In(office).Format("01-02 15:04") + " " + s.Name + " " + s.Person
		if s.Person != s.Rostered {
			line += " for " + s.Rostered
		}
		out = append(out, strings.ReplaceAll(line, "  ", " "))
	}
	return out
}

func TestOnDuty(t *testing.T) {
	weekly := huiying.Roster{ID: "w", Layers: []huiying.RosterLayer{{
		ID: "lead", HandOver: "08:30", Turn: huiying.TurnWeek, Start: "2026-11-23", People: []string{"an", "bo"},
	}}}
	twoDays := huiying.Roster{ID: "d", Layers: []huiying.RosterLayer{{
		ID: "lead", HandOver: "09:00", Length: 2, Start: "2026-11-23", People: []string{"an", "bo", "cui"},
	}}}
	for _, c := range []struct {
		name   string
		roster huiying.Roster
		at     string
		want   string
	}{
		{"day shift begins", dayAndNight("an", "bo", "cui"), "2026-11-23 08:30", "an"},
		{"before the first one", dayAndNight("an", "bo", "cui"), "2026-11-23 08:29", ""},
		{"day shift's last minute", dayAndNight("an", "bo", "cui"), "2026-11-23 17:59", "an"},
		{"night shift begins", dayAndNight("an", "bo", "cui"), "2026-11-23 18:00", "bo"},
		{"over midnight", dayAndNight("an", "bo", "cui"), "2026-11-24 00:00", "bo"},
		{"until the morning", dayAndNight("an", "bo", "cui"), "2026-11-24 08:29", "bo"},
		{"the third shift", dayAndNight("an", "bo", "cui"), "2026-11-24 08:30", "cui"},
		{"the fourth begins anew", dayAndNight("an", "bo", "cui"), "2026-11-24 23:00", "an"},
		{"one person has all", dayAndNight("an"), "2027-03-01 03:00", "an"},
		{"week until its hand-over", weekly, "2026-11-30 08:29", "an"},
		{"week after its hand-over", weekly, "2026-11-30 08:30", "bo"},
		{"the week after", weekly, "2026-12-07 12:00", "an"},
		{"two days each", twoDays, "2026-11-25 08:59", "an"},
		{"two days each, the next", twoDays, "2026-11-25 09:00", "bo"},
		{"two days each, round", twoDays, "2026-11-29 10:00", "an"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := strings.Join(duty.People(plan(t, c.roster, duty.Options{}).OnDuty(at(c.at))), ",")
			if got != c.want {
				t.Errorf("%s: %q, want %q", c.at, got, c.want)
			}
		})
	}
}

// A layer for kinds of days follows the calendar, not the weekday: the make-up
// Saturday is worked, the Thursday of the holiday is not, and turns count the
// layer's own days.
func TestDays(t *testing.T) {
	layer := func(id, kind string, people ...string) huiying.RosterLayer {
		return huiying.RosterLayer{ID: id, Days: kind, Start: "2026-09-19", People: people}
	}
	p := plan(t, huiying.Roster{ID: "r", Layers: []huiying.RosterLayer{
		layer("work", huiying.DutyWorkdays, "w1", "w2"), layer("week-end", huiying.DutyWeekends, "e1", "e2"),
		layer("holiday", huiying.DutyHolidays, "h1", "h2", "h3"),
	}}, duty.Options{Calendar: goldenWeek()})
	for day, want := range map[string]string{
		"2026-09-19": "e1", // Saturday
		"2026-09-20": "w1", // Sunday, made up
		"2026-09-21": "w2", "2026-09-22": "w1",
		"2026-09-26": "e2", "2026-09-27": "e1",
		"2026-09-30": "w1",
		"2026-10-01": "h1", "2026-10-02": "h2", "2026-10-03": "h3", "2026-10-04": "h1", "2026-10-07": "h1",
		"2026-10-08": "w2", "2026-10-10": "w2", // Saturday, made up
		"2026-10-11": "e2",
	} {
		if got := strings.Join(duty.People(p.OnDuty(at(day+" 12:00"))), ","); got != want {
			t.Errorf("%s: %s, want %s", day, got, want)
		}
	}
}

// Without a published calendar days count by their weekday.
func TestUnknownYear(t *testing.T) {
	r := huiying.Roster{ID: "r", Layers: []huiying.RosterLayer{{ID: "l", Days: huiying.DutyRestDays, Start: "2026-01-01", People: []string{"an"}}}}
	p := plan(t, r, duty.Options{})
	if len(p.OnDuty(at("2026-10-01 12:00"))) != 0 || len(p.OnDuty(at("2026-10-03 12:00"))) != 1 {
		t.Error("a Thursday is no rest day, a Saturday is one")
	}
}

// A row of a table takes the day from the rotation and leaves everybody else's
// turn as it was.
func TestRowsOfATable(t *testing.T) {
	r := dayAndNight("an", "bo", "cui")
	r.Fixed = []huiying.DutyRow{{Date: "2026-11-24", Shift: "夜班", People: []string{"dong", "er"}}}
	p := plan(t, r, duty.Options{Rows: []huiying.DutyRow{{Date: "2026-11-25", People: []string{"fu"}}}})
	want := []string{
		"11-24 08:30–11-24 18:00 白班 cui", "11-24 18:00–11-25 08:30 夜班 dong", "11-24 18:00–11-25 08:30 夜班 er",
		"11-25 08:30–11-25 18:00 白班 fu", "11-25 18:00–11-26 08:30 夜班 fu", "11-26 08:30–11-26 18:00 白班 an",
	}
	if diff := cmp.Diff(want, told(p.Shifts(at("2026-11-24 08:30"), at("2026-11-26 18:00")))); diff != "" {
		t.Error(diff)
	}
}

// A row for a day that the layer does not have makes one.
func TestRowOnAnotherDay(t *testing.T) {
	r := huiying.Roster{ID: "r", Layers: []huiying.RosterLayer{{ID: "l", Days: huiying.DutyWorkdays, Start: "2026-11-23", People: []string{"an"}}}}
	p := plan(t, r, duty.Options{Rows: []huiying.DutyRow{{Date: "2026-11-28", People: []string{"bo"}}}})
	if got := duty.People(p.OnDuty(at("2026-11-28 12:00"))); !slices.Equal(got, []string{"bo"}) {
		t.Errorf("%v", got)
	}
}

func override(instead, who, from, until, made string) huiying.DutyChange {
	return huiying.DutyChange{ID: "c-" + made, Roster: "main", Kind: huiying.DutyOverride, Instead: instead, Who: who,
		From: at(from), Until: at(until), Reason: "leave", At: at(made)}
}

func TestChanges(t *testing.T) {
	swap := huiying.DutyChange{ID: "c-swap", Roster: "main", Kind: huiying.DutySwap, Instead: "an", Who: "bo",
		From: at("2026-11-23 08:30"), Until: at("2026-11-23 18:00"), BackFrom: at("2026-11-23 18:00"), BackUntil: at("2026-11-24 08:30"),
		Reason: "both agreed", At: at("2026-11-22 09:00")}
	withdrawn := override("an", "er", "2026-11-23 08:30", "2026-11-23 18:00", "2026-11-22 10:00")
	withdrawn.WithdrawnAt = at("2026-11-22 11:00")
	midway := override("an", "er", "2026-11-23 08:30", "2026-11-23 18:00", "2026-11-22 10:00")
	midway.WithdrawnAt = at("2026-11-23 12:00")
	swapped := swap
	swapped.WithdrawnAt = at("2026-11-23 12:00")
	other := override("an", "er", "2026-11-23 08:30", "2026-11-23 18:00", "2026-11-22 10:00")
	other.Roster = "another"
	for _, c := range []struct {
		name    string
		changes []huiying.DutyChange
		want    []string
	}{
		{"none", nil, []string{"11-23 08:30–11-23 18:00 白班 an", "11-23 18:00–11-24 08:30 夜班 bo"}},
		{"withdrawn, and another roster's", []huiying.DutyChange{withdrawn, other},
			[]string{"11-23 08:30–11-23 18:00 白班 an", "11-23 18:00–11-24 08:30 夜班 bo"}},
		{"taken back midway, it held until then", []huiying.DutyChange{midway}, []string{
			"11-23 08:30–11-23 12:00 白班 er for an", "11-23 12:00–11-23 18:00 白班 an", "11-23 18:00–11-24 08:30 夜班 bo"}},
		{"a swap taken back before the other half", []huiying.DutyChange{swapped}, []string{
			"11-23 08:30–11-23 12:00 白班 bo for an", "11-23 12:00–11-23 18:00 白班 an", "11-23 18:00–11-24 08:30 夜班 bo"}},
		{"part of a shift", []huiying.DutyChange{override("an", "dong", "2026-11-23 12:00", "2026-11-23 14:00", "2026-11-22 09:00")}, []string{
			"11-23 08:30–11-23 12:00 白班 an", "11-23 12:00–11-23 14:00 白班 dong for an", "11-23 14:00–11-23 18:00 白班 an", "11-23 18:00–11-24 08:30 夜班 bo"}},
		{"the later made of two holds", []huiying.DutyChange{
			override("an", "er", "2026-11-23 10:00", "2026-11-23 14:00", "2026-11-22 10:00"),
			override("an", "dong", "2026-11-23 08:00", "2026-11-23 12:00", "2026-11-22 09:00")}, []string{
			"11-23 08:30–11-23 10:00 白班 dong for an", "11-23 10:00–11-23 14:00 白班 er for an", "11-23 14:00–11-23 18:00 白班 an", "11-23 18:00–11-24 08:30 夜班 bo"}},
		{"who stands in is stood in for", []huiying.DutyChange{
			override("an", "dong", "2026-11-23 08:00", "2026-11-23 18:00", "2026-11-22 09:00"),
			override("dong", "er", "2026-11-23 08:00", "2026-11-24 18:00", "2026-11-22 10:00")}, []string{
			"11-23 08:30–11-23 18:00 白班 er for an", "11-23 18:00–11-24 08:30 夜班 bo"}},
		{"swap", []huiying.DutyChange{swap}, []string{
			"11-23 08:30–11-23 18:00 白班 bo for an", "11-23 18:00–11-24 08:30 夜班 an for bo"}},
		{"after a swap the one who took the shift is stood in for", []huiying.DutyChange{swap,
			override("an", "dong", "2026-11-23 08:00", "2026-11-24 08:30", "2026-11-22 10:00")}, []string{
			"11-23 08:30–11-23 18:00 白班 bo for an", "11-23 18:00–11-24 08:30 夜班 dong for bo"}},
		{"one more person", []huiying.DutyChange{override("", "dong", "2026-11-23 09:00", "2026-11-23 10:00", "2026-11-22 09:00")}, []string{
			"11-23 08:30–11-23 18:00 白班 an", "11-23 09:00–11-23 10:00 dong", "11-23 18:00–11-24 08:30 夜班 bo"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := plan(t, dayAndNight("an", "bo", "cui"), duty.Options{Changes: c.changes})
			if diff := cmp.Diff(c.want, told(p.Shifts(at("2026-11-23 08:30"), at("2026-11-24 08:30")))); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// An hour is uncovered where nobody can be told, whatever the roster says; one
// whose second person can be told is not.
func TestUncovered(t *testing.T) {
	standing := func(person string) duty.Standing {
		return duty.Standing{Known: person != "gone", Reachable: person != "mute"}
	}
	r := huiying.Roster{ID: "r", Layers: []huiying.RosterLayer{
		{ID: "lead", Start: "2026-11-23", People: []string{"mute", "an"}},
		{ID: "desk", Start: "2026-11-23", People: []string{"gone", "gone", "mute"}, Shifts: []huiying.RosterShift{{Name: "白班", From: "08:30", To: "18:00"}}},
	}}
	told := func(r huiying.Roster) (out []string) {
		for _, g := range plan(t, r, duty.Options{}).Uncovered(at("2026-11-23 06:00"), at("2026-11-26 00:00"), standing) {
			out = append(out, g.From.In(office).Format("02 15:04")+"–"+g.Until.In(office).Format("02 15:04"))
		}
		return out
	}
	if diff := cmp.Diff([]string{"23 06:00–24 00:00", "25 00:00–26 00:00"}, told(r)); diff != "" {
		t.Error(diff)
	}
	r.Hours = "08:30-18:00"
	if diff := cmp.Diff([]string{"23 08:30–23 18:00", "25 08:30–25 18:00"}, told(r)); diff != "" {
		t.Error(diff)
	}
}

func TestGaps(t *testing.T) {
	standing := func(person string) duty.Standing {
		return duty.Standing{Known: person != "gone", Reachable: person != "mute"}
	}
	day := huiying.Roster{ID: "r", Layers: []huiying.RosterLayer{{
		ID: "l", Start: "2026-11-23", People: []string{"an", "gone", "mute"},
		Shifts: []huiying.RosterShift{{Name: "白班", From: "08:30", To: "18:00"}},
	}}}
	inHours := day
	inHours.Hours = "08:30-18:30"
	gaps := func(r huiying.Roster) []string {
		var out []string
		for _, g := range plan(t, r, duty.Options{}).Gaps(at("2026-11-23 00:00"), at("2026-11-26 00:00"), standing) {
			out = append(out, strings.TrimSpace(g.From.In(office).Format("02 15:04")+"–"+g.Until.In(office).Format("02 15:04")+" "+g.Kind+" "+g.Person))
		}
		return out
	}
	want := []string{
		"23 00:00–23 08:30 nobody", "23 18:00–24 08:30 nobody", "24 08:30–24 18:00 unknown gone",
		"24 18:00–25 08:30 nobody", "25 08:30–25 18:00 unreachable mute", "25 18:00–26 00:00 nobody",
	}
	if diff := cmp.Diff(want, gaps(day)); diff != "" {
		t.Error(diff)
	}
	want = []string{
		"23 18:00–23 18:30 nobody", "24 08:30–24 18:00 unknown gone", "24 18:00–24 18:30 nobody",
		"25 08:30–25 18:00 unreachable mute", "25 18:00–25 18:30 nobody",
	}
	if diff := cmp.Diff(want, gaps(inHours)); diff != "" {
		t.Error(diff)
	}
}

func TestNext(t *testing.T) {
	p := plan(t, dayAndNight("an", "bo", "cui"), duty.Options{})
	next, ok := p.Next(at("2026-11-23 12:00"), 24*time.Hour)
	if !ok || next.Person != "bo" || !next.From.Equal(at("2026-11-23 18:00")) {
		t.Errorf("%+v", next)
	}
	if _, ok := p.Next(at("2026-11-01 12:00"), 24*time.Hour); ok {
		t.Error("nothing begins on the day after")
	}
}

func words(t testing.TB) *locale.Catalogue {
	t.Helper()
	c, err := locale.Load()
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// Every mistake of a roster is a sentence of the catalogue.
func TestCheck(t *testing.T) {
	bad := huiying.Roster{ID: "No", Hours: "8-18", Layers: []huiying.RosterLayer{
		{ID: "l", Days: "sundays", Turn: "month", Length: -1, HandOver: "25:00", People: []string{"an", ""}},
		{ID: "l", Start: "2026-11-23", HandOver: "08:00", Shifts: []huiying.RosterShift{{Name: "a", From: "8:30", To: "18"}}},
	}, Fixed: []huiying.DutyRow{
		{Date: "10-01", People: []string{"an"}}, {Date: "2026-10-01", Layer: "x", People: []string{"an"}},
		{Date: "2026-10-01", Shift: "x", People: []string{"an"}}, {Date: "2026-10-01"},
	}}
	c := words(t)
	var got []string
	for _, err := range duty.Check(bad) {
		got = append(got, c.Sentence(locale.English, err))
		if key := err.Error(); strings.HasPrefix(c.Sentence(locale.Chinese, err), "duty.") {
			t.Errorf("%s is not in the catalogue", key)
		}
	}
	if len(got) != 15 {
		t.Errorf("%d mistakes, want 15:\n%s", len(got), strings.Join(got, "\n"))
	}
	if _, err := duty.New(bad, duty.Options{}); huiying.ErrorCode(err) != huiying.Invalid {
		t.Errorf("a plan of it: %v", err)
	}
	if got := duty.Check(dayAndNight("an")); len(got) != 0 {
		t.Errorf("a good one: %v", got)
	}
	if got := duty.Check(huiying.Roster{ID: "r"}); len(got) != 1 {
		t.Errorf("without a layer: %v", got)
	}
}

func TestCheckChange(t *testing.T) {
	good := override("an", "bo", "2026-11-23 08:30", "2026-11-23 18:00", "2026-11-22 09:00")
	swap := good
	swap.Kind, swap.BackFrom, swap.BackUntil = huiying.DutySwap, at("2026-11-24 08:30"), at("2026-11-24 18:00")
	now := at("2026-11-22 09:00")
	for key, edit := range map[string]func(*huiying.DutyChange){
		"":                    func(*huiying.DutyChange) {},
		"duty.change.kind":    func(c *huiying.DutyChange) { c.Kind = "rota" },
		"duty.change.who":     func(c *huiying.DutyChange) { c.Who = "" },
		"duty.change.same":    func(c *huiying.DutyChange) { c.Who = c.Instead },
		"duty.change.reason":  func(c *huiying.DutyChange) { c.Reason = " " },
		"duty.change.span":    func(c *huiying.DutyChange) { c.Until = c.From },
		"duty.change.past":    func(c *huiying.DutyChange) { c.From, c.Until = at("2026-11-20 08:00"), now },
		"duty.change.long":    func(c *huiying.DutyChange) { c.Until = c.From.AddDate(2, 0, 0) },
		"duty.change.overlap": func(c *huiying.DutyChange) { *c = swap; c.BackFrom = c.From },
		"duty.change.back":    func(c *huiying.DutyChange) { c.BackFrom = now },
	} {
		c := good
		edit(&c)
		err := duty.CheckChange(c, now)
		if got := keyOf(err); got != key {
			t.Errorf("%s: %q", key, got)
		}
	}
	if err := duty.CheckChange(swap, now); err != nil {
		t.Error(err)
	}
	p := plan(t, dayAndNight("an", "bo", "cui"), duty.Options{})
	if !p.Effect(good) || p.Effect(override("cui", "bo", "2026-11-23 08:30", "2026-11-23 18:00", "2026-11-22 09:00")) {
		t.Error("a change has an effect where the person has a shift, and only there")
	}
}

func keyOf(err error) string {
	if err == nil {
		return ""
	}
	e, ok := err.(*huiying.Error) //nolint:errorlint // it is never wrapped here
	if !ok {
		return err.Error()
	}
	return e.Key
}

func TestReadTable(t *testing.T) {
	r := dayAndNight("an")
	r.Layers = append(r.Layers, huiying.RosterLayer{ID: "lead", Name: "带班领导"})
	people := []huiying.Person{{ID: "an", Name: "安宁"}, {ID: "bo", Name: "柏青"}, {ID: "cui", Name: "崔同"}, {ID: "cui2", Name: "崔同"}}
	line := func(n int, cells ...string) duty.Line { return duty.Line{N: n, Cells: cells} }
	got := duty.ReadTable(r, people, []duty.Line{
		line(1, "某中心国庆节值班表"),
		line(2, "日 期", "岗位", "班次", "姓名/工号", "备注"),
		line(3, "2026年10月1日(星期四)", "值班员", "白班", "安宁、bo", "节日"),
		line(4, "", "带班领导", "", "柏青"),
		line(5, "2026/10/2", "", "夜班", "王某"),
		line(6, "46298", "desk", "", "an"),
		line(7, "2026-10-04", "", "", "崔同"),
		line(8, "十月五日", "", "", "an"),
		line(9, "2026-10-06", "", "中班", "an"),
		line(10, "2026-10-07", "门卫", "", "an"),
		line(11),
		line(12, "", "", "", "", "联系电话见墙上"),
	})
	want := []huiying.DutyRow{
		{Date: "2026-10-01", Layer: "desk", Shift: "白班", People: []string{"an", "bo"}, Note: "节日"},
		{Date: "2026-10-01", Layer: "lead", People: []string{"bo"}},
		{Date: "2026-10-03", Layer: "desk", People: []string{"an"}},
	}
	if diff := cmp.Diff(want, got.Rows); diff != "" {
		t.Error(diff)
	}
	var said []string
	for _, err := range got.Problems {
		said = append(said, words(t).Sentence(locale.Chinese, err))
	}
	wantSaid := []string{
		"第 5 行：没有“王某”这个用户，请核对姓名或改写工号（用户编号）。", "第 7 行：有两个以上的用户叫“崔同”，请改写工号（用户编号）。",
		"第 8 行：日期 \"十月五日\" 读不懂，请写成 2026-10-01。", "第 9 行：没有 \"中班\" 这个班次，可用：白班、夜班。",
		"第 10 行：没有 \"门卫\" 这个岗位，可用：值班员、带班领导。",
	}
	if diff := cmp.Diff(wantSaid, said); diff != "" {
		t.Error(diff)
	}
	if got := duty.ReadTable(r, people, []duty.Line{line(1, "a", "b")}); len(got.Problems) != 1 || keyOf(got.Problems[0]) != "duty.table.head" {
		t.Errorf("without a head: %+v", got)
	}
	if got := duty.ReadTable(r, people, []duty.Line{line(1, "日期", "姓名")}); len(got.Problems) != 1 || keyOf(got.Problems[0]) != "duty.table.empty" {
		t.Errorf("without a row: %+v", got)
	}
}

// A table handed in anew replaces what was said of its days and layers alone.
func TestMerge(t *testing.T) {
	r := dayAndNight("an")
	old := []huiying.DutyRow{{Date: "2026-10-02", Shift: "白班", People: []string{"an"}}, {Date: "2026-10-01", People: []string{"an"}}}
	got := duty.Merge(r, old, []huiying.DutyRow{{Date: "2026-10-02", Layer: "desk", Shift: "夜班", People: []string{"bo"}}})
	want := []huiying.DutyRow{{Date: "2026-10-01", People: []string{"an"}}, {Date: "2026-10-02", Layer: "desk", Shift: "夜班", People: []string{"bo"}}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestICal(t *testing.T) {
	p := plan(t, dayAndNight("an", "bo"), duty.Options{})
	got := duty.ICal(p.Shifts(at("2026-11-23 08:30"), at("2026-11-24 08:30")), "an", "总值班, "+strings.Repeat("长", 30), at("2026-11-22 09:00"))
	for line := range strings.SplitSeq(got, "\r\n") {
		if len(line) > 75 {
			t.Errorf("a line of %d bytes: %q", len(line), line)
		}
	}
	if n := strings.Count(got, "BEGIN:VEVENT"); n != 1 {
		t.Errorf("%d entries, want the one of an:\n%s", n, got)
	}
	for _, want := range []string{"DTSTART:20261123T003000Z\r\n", "DTEND:20261123T100000Z\r\n", `SUMMARY:总值班\, `} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q in\n%s", want, got)
		}
	}
}
