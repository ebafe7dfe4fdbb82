package heat_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"go.uber.org/goleak"

	"huiying"
	"huiying/internal/app/heat"
	"huiying/internal/query"
	"huiying/internal/store"
	"huiying/internal/store/cases"
	"huiying/internal/store/posts"
	"huiying/internal/store/storetest"
	"huiying/internal/store/views"
)

func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m, goleak.IgnoreAnyFunction("database/sql.(*DB).connectionOpener"))
}

var (
	items  = []heat.Item{{"i-1", "身份证补办", "u-a", "一号窗口"}, {"i-2", "户口迁移", "u-a", "二号窗口"}, {"i-3", "社保转移", "u-b", "一号窗口"}, {"i-4", "档案查询", "", ""}}
	places = []heat.Place{{"东镇", false, "某县"}, {"西镇", false, "某县"}, {"甲村", true, "东镇"}, {"乙村", true, "西镇"}, {"重名村", true, "东镇"}, {"重名村", true, "西镇"}}
)

// said is one post as it stands in the end, and the case it belongs to.
type said struct {
	seen          time.Time
	platform      string
	items, places []string
	caseNo        string
}

type office struct {
	t     *testing.T
	s     *store.Store
	rnd   *rand.Rand
	desk  *heat.Desk
	start time.Time
	posts map[string]*said
	cases map[string]huiying.Case
}

func newOffice(t *testing.T, s *store.Store, seed uint64) *office {
	o := &office{t: t, s: s, rnd: rand.New(rand.NewPCG(seed, 5)), posts: map[string]*said{}, cases: map[string]huiying.Case{}}
	o.start = time.Date(2026, 10, 1, 0, 0, 0, 0, s.Zone())
	o.desk = heat.New(heat.Options{Store: s, Posts: views.New(s).ByNumber, Items: items, Places: places, Units: map[string]string{"u-a": "公安窗口"}})
	states := []huiying.CaseState{huiying.StateHandling, huiying.StateClosed, huiying.StateDismissed, huiying.StateMerged, huiying.StatePendingTriage}
	for i := range 25 {
		c := huiying.Case{No: fmt.Sprintf("HY20261001-%04d", i), Version: 1, State: states[o.rnd.IntN(5)], Level: huiying.LevelOrange, Topic: fmt.Sprint("t", i), OpenedAt: o.when()}
		o.cases[c.No] = c
		storetest.Write(t, s, func(ctx context.Context, tx *store.Tx) error { return cases.Put(ctx, tx, c) })
	}
	return o
}

// when is within eighty days.
func (o *office) when() time.Time {
	return o.start.Add(time.Duration(o.rnd.IntN(80*24*3600)) * time.Second)
}

func (o *office) pick(words ...string) (out []string) {
	for _, w := range words {
		if o.rnd.IntN(3) == 0 {
			out = append(out, w)
		}
	}
	return out
}

// say saves a revision of one of the posts; what came last stands.
func (o *office) say(id string, at time.Time) {
	p, known := o.posts[id]
	if !known {
		p = &said{seen: at, platform: []string{"weibo", "portal"}[o.rnd.IntN(2)]}
		o.posts[id] = p
		if o.rnd.IntN(2) == 0 {
			p.caseNo = fmt.Sprintf("HY20261001-%04d", o.rnd.IntN(25))
		}
	}
	if at.Before(p.seen) {
		p.seen = at
	}
	p.items, p.places = o.pick("i-1", "i-2", "i-3", "i-4", "i-gone"), o.pick("东镇", "西镇", "甲村", "乙村", "重名村", "北京市")
	ev := huiying.NewEvent(huiying.Judgement{
		Post: huiying.Post{ID: id, Source: "s", Platform: p.platform, Kind: "post", URL: "https://example.test/", Text: fmt.Sprint("话", o.rnd.Int()),
			Author: huiying.Author{ID: "h:1", Verified: "none"}, PublishedAt: o.start, CollectedAt: at},
		Level: huiying.LevelNone, LevelWhy: []string{}, ServiceItems: p.items, Places: p.places,
	}, at)
	storetest.Write(o.t, o.s, func(ctx context.Context, tx *store.Tx) error {
		_, err := posts.SaveEvent(ctx, tx, ev)
		return err
	})
	if p.caseNo != "" {
		storetest.Exec(o.t, o.s, fmt.Sprintf(`UPDATE posts SET case_no = '%s' WHERE id = '%s'`, p.caseNo, id))
	}
}

// rowsOf is in which rows something is, worked out from tables written by hand.
func rowsOf(a query.HeatAsk, p *said) (out []string) {
	units := map[string]string{"i-1": "u-a", "i-2": "u-a", "i-3": "u-b"}
	windows := map[string]string{"i-1": "一号窗口", "i-2": "二号窗口", "i-3": "一号窗口"}
	towns := map[string]string{"东镇": "东镇", "西镇": "西镇", "甲村": "东镇", "乙村": "西镇"}
	or := func(s string) string {
		if s == "" {
			return query.Nobody
		}
		return s
	}
	if a.Platform != "" && a.Platform != p.platform {
		return nil
	}
	inPlace := a.Place == ""
	for _, name := range p.places {
		inPlace = inPlace || name == a.Place || towns[name] == a.Place
	}
	kept := []string{}
	for _, code := range p.items {
		if (a.Item == "" || a.Item == code) && (a.Unit == "" || a.Unit == or(units[code])) && (a.Window == "" || a.Window == or(windows[code])) {
			kept = append(kept, code)
		}
	}
	if !inPlace || len(kept) == 0 && a.Item+a.Unit+a.Window != "" {
		return nil
	}
	for _, code := range kept {
		switch a.By {
		case query.ByItem:
			out = append(out, code)
		case query.ByUnit:
			out = append(out, or(units[code]))
		case query.ByWindow:
			out = append(out, or(windows[code]))
		}
	}
	for _, name := range p.places {
		switch {
		case a.Place != "" && name != a.Place && towns[name] != a.Place:
		case a.By == query.ByTownship && towns[name] != "":
			out = append(out, towns[name])
		case a.By == query.ByVillage && (name == "甲村" || name == "乙村"):
			out = append(out, name)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// recounted is the numbers of a period, post by post and case by case.
func (o *office) recounted(a query.HeatAsk) (rows map[string]query.HeatCount, whole query.HeatCount) {
	rows = map[string]query.HeatCount{}
	about := map[string][]string{}
	for _, p := range o.posts {
		keys := rowsOf(a, p)
		about[p.caseNo] = append(about[p.caseNo], keys...)
		if p.seen.Before(a.From) || !p.seen.Before(a.To) {
			continue
		}
		for _, k := range keys {
			c := rows[k]
			c.Posts++
			rows[k] = c
		}
		if len(keys) > 0 {
			whole.Posts++
		}
	}
	for no, c := range o.cases {
		if c.State == huiying.StateDismissed || c.State == huiying.StateMerged || c.OpenedAt.Before(a.From) || !c.OpenedAt.Before(a.To) {
			continue
		}
		keys := slices.Compact(slices.Sorted(slices.Values(about[no])))
		for _, k := range keys {
			n := rows[k]
			n.Cases++
			rows[k] = n
		}
		if len(keys) > 0 {
			whole.Cases++
		}
	}
	return rows, whole
}

// Every number, of any part and filter, is what counting posts and cases one by
// one gives, and leads to a list of just so many.
func TestNumbersAreThePostsAndCases(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store, _ *storetest.Clock) {
		o := newOffice(t, s, 11)
		for range 300 {
			o.say(fmt.Sprintf("weibo:%d", o.rnd.IntN(160)), o.when())
			// What is saved last must stand: times go on.
			o.say(fmt.Sprintf("weibo:%d", 200+o.rnd.IntN(40)), o.start.Add(79*24*time.Hour+time.Duration(len(o.posts))*time.Second))
		}
		o.settle()
		numbers := 0
		for i, a := range o.asks() {
			got, err := o.desk.Heat(t.Context(), a)
			if err != nil {
				t.Fatal(err)
			}
			want, whole := o.recounted(a)
			before, wholeBefore := o.recounted(a.Before())
			if got.Now != whole || a.Compare && got.Was != wholeBefore {
				t.Fatalf("%d: %+v %+v, one by one %+v %+v", i, got.Now, got.Was, whole, wholeBefore)
			}
			sum := 0
			for _, span := range got.Trend {
				sum += span.Posts
			}
			if sum != whole.Posts || !got.Trend[0].From.Equal(a.From) || !got.Trend[len(got.Trend)-1].To.Equal(a.To) {
				t.Fatalf("%d: the trend has %d posts of %d", i, sum, whole.Posts)
			}
			rows := map[string]bool{}
			for _, r := range got.Rows {
				rows[r.Key] = true
				if r.Now != want[r.Key] || a.Compare && r.Was != before[r.Key] || !a.Compare && r.Was != (query.HeatCount{}) {
					t.Fatalf("%d %s: %+v, before %+v; one by one %+v, %+v", i, r.Key, r.Now, r.Was, want[r.Key], before[r.Key])
				}
				o.behind(a, r.Key, r.Now)
				numbers += 4
			}
			for key := range want {
				if !rows[key] {
					t.Fatalf("%d: %s is missing", i, key)
				}
			}
			o.behind(a, "", whole)
		}
		if numbers < 200 {
			t.Errorf("only %d numbers", numbers)
		}
	})
}

// Under every combination of part, item, window, unit, place and platform, every
// number of both periods is the length of its list.
func TestEveryCombinationLeadsToItsList(t *testing.T) {
	s := storetest.Engines()[0].Open(t, store.Options{MACKey: make([]byte, 32), Zone: time.FixedZone("office", 8*3600), Readers: 1})
	o := newOffice(t, s, 12)
	for n := range 120 {
		o.say(fmt.Sprintf("weibo:%d", n), o.when())
	}
	asked, numbers := 0, 0
	for _, a := range o.combined() {
		page, err := o.desk.Heat(t.Context(), a)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range append(page.Rows, query.HeatRow{Now: page.Now, Was: page.Was}) {
			numbers += o.lists(a, r.Key, r.Now) + o.lists(a.Before(), r.Key, r.Was)
		}
		asked++
	}
	if asked != 5*4*3*4*4*2 || numbers < 1000 {
		t.Errorf("%d combinations with %d numbers that are not 0", asked, numbers)
	}
}

// combined is every combination of what a question may be narrowed by.
func (o *office) combined() (out []query.HeatAsk) {
	base := query.HeatAsk{From: o.start.AddDate(0, 0, 40), To: o.start.AddDate(0, 0, 80), Compare: true}
	for _, by := range query.HeatParts() {
		for _, item := range []string{"", "i-1", "i-3", "i-gone"} {
			for _, window := range []string{"", "一号窗口", query.Nobody} {
				for _, unit := range []string{"", "u-a", "u-b", query.Nobody} {
					for _, place := range []string{"", "东镇", "甲村", "重名村"} {
						for _, platform := range []string{"", "weibo"} {
							a := base
							a.By, a.Item, a.Window, a.Unit, a.Place, a.Platform = by, item, window, unit, place, platform
							out = append(out, a)
						}
					}
				}
			}
		}
	}
	return out
}

// lists compares a number with its lists and says how many of the two are not 0.
func (o *office) lists(a query.HeatAsk, key string, want query.HeatCount) (told int) {
	o.t.Helper()
	for _, cases := range []bool{false, true} {
		n := want.Posts
		if cases {
			n = want.Cases
		}
		got, err := o.desk.Behind(o.t.Context(), query.HeatBehindAsk{HeatAsk: a, Key: key, Cases: cases, Limit: 1000})
		if err != nil || got.Total != n || len(got.Posts)+len(got.Cases) != n {
			o.t.Fatalf("%+v %q (cases: %v) lists %d of %d: %v", a, key, cases, len(got.Posts)+len(got.Cases), n, err)
		}
		if n > 0 {
			told++
		}
	}
	return told
}

// settle reads back what stands: a revision that came late does not count.
func (o *office) settle() {
	for id, p := range o.posts {
		stored, err := posts.Get(o.t.Context(), o.s.Reader(), id)
		if err != nil {
			o.t.Fatal(err)
		}
		p.items, p.places = stored.Judgement.ServiceItems, stored.Judgement.Places
		if !stored.FirstSeenAt.Equal(p.seen) {
			o.t.Fatalf("%s was seen first at %v, not %v", id, stored.FirstSeenAt, p.seen)
		}
	}
}

func (o *office) asks() (out []query.HeatAsk) {
	day := func(n int) time.Time { return o.start.AddDate(0, 0, n) }
	for _, by := range query.HeatParts() {
		for _, a := range []query.HeatAsk{
			{From: day(40), To: day(80), Compare: true}, {From: day(0), To: day(80)}, {From: day(70), To: day(75), Platform: "weibo", Compare: true},
			{From: day(30), To: day(70), Unit: "u-a", Compare: true}, {From: day(30), To: day(70), Window: "一号窗口", Place: "东镇"},
			{From: day(30), To: day(70), Item: "i-3", Compare: true}, {From: day(30), To: day(70), Place: "甲村"}, {From: day(30), To: day(70), Unit: query.Nobody},
		} {
			a.By = by
			out = append(out, a)
		}
	}
	return out
}

func (o *office) behind(a query.HeatAsk, key string, want query.HeatCount) {
	o.t.Helper()
	seen := map[string]bool{}
	for skip := 0; ; skip += 7 {
		got, err := o.desk.Behind(o.t.Context(), query.HeatBehindAsk{HeatAsk: a, Key: key, Skip: skip, Limit: 7})
		if err != nil || got.Total != want.Posts {
			o.t.Fatalf("%q lists %d posts of %d: %v", key, got.Total, want.Posts, err)
		}
		for _, p := range got.Posts {
			id := p.Judgement.Post.ID
			if seen[id] || key != "" && !slices.Contains(rowsOf(a, o.posts[id]), key) {
				o.t.Fatalf("%q lists %s, again or wrongly", key, id)
			}
			seen[id] = true
		}
		if skip+7 >= want.Posts {
			break
		}
	}
	got, err := o.desk.Behind(o.t.Context(), query.HeatBehindAsk{HeatAsk: a, Key: key, Cases: true, Limit: 1000})
	if err != nil || got.Total != want.Cases || len(got.Cases) != want.Cases || len(seen) != want.Posts {
		o.t.Fatalf("%q lists %d cases of %d and %d posts of %d: %v", key, len(got.Cases), want.Cases, len(seen), want.Posts, err)
	}
}
