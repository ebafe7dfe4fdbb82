package views_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"huiying"
	"huiying/internal/query"
	"huiying/internal/store"
	"huiying/internal/store/access"
	"huiying/internal/store/cases"
	"huiying/internal/store/coverage"
	"huiying/internal/store/outbox"
	"huiying/internal/store/posts"
	"huiying/internal/store/record"
	"huiying/internal/store/storetest"
	"huiying/internal/store/views"
)

// desk is a store with views over it, at 14:20 of a day in the office.
type desk struct {
	t     testing.TB
	store *store.Store
	views *views.Views
	now   time.Time
	n     int
}

func newDesk(t testing.TB) *desk {
	t.Helper()
	zone, err := time.LoadLocation("Asia/Shanghai")
	if err != nil {
		t.Fatal(err)
	}
	d := &desk{t: t, now: time.Date(2026, 11, 23, 14, 20, 0, 0, zone)}
	d.store = storetest.New(t, store.Options{MACKey: make([]byte, 32), Zone: zone, Now: func() time.Time { return d.now }})
	d.views = views.New(d.store)
	return d
}

func (d *desk) must(err error) {
	d.t.Helper()
	if err != nil {
		d.t.Fatal(err)
	}
}

func (d *desk) write(f func(ctx context.Context, tx *store.Tx) error) {
	d.t.Helper()
	d.must(d.store.Write(context.Background(), store.Urgent, f))
}

// event makes a judged post that was collected some time ago.
func (d *desk) event(ago time.Duration, level huiying.Level, rules ...string) huiying.Event {
	d.n++
	j := huiying.Judgement{Level: level, Topic: "t", Post: huiying.Post{
		ID: fmt.Sprintf("weibo:%d", d.n), Source: "weibo-mentions", Platform: "weibo", Kind: "post", Text: fmt.Sprintf("第 %d 条 100%% 真的_排队", d.n),
		PublishedAt: d.now.Add(-ago - time.Minute), CollectedAt: d.now.Add(-ago),
	}}
	for _, r := range rules {
		j.Tags = append(j.Tags, huiying.Tag{Rule: r, Name: "规则 " + r, Level: level})
	}
	return huiying.NewEvent(j, d.now)
}

func (d *desk) post(ago time.Duration, level huiying.Level, rules ...string) string {
	d.t.Helper()
	ev := d.event(ago, level, rules...)
	d.write(func(ctx context.Context, tx *store.Tx) error { _, err := posts.SaveEvent(ctx, tx, ev); return err })
	return ev.Subject
}

// open puts a case with its posts.
func (d *desk) open(c huiying.Case) huiying.Case {
	d.t.Helper()
	d.write(func(ctx context.Context, tx *store.Tx) error {
		var err error
		if c.No, err = cases.NextNo(ctx, tx, "20261123"); err != nil {
			return err
		}
		c.Version, c.Topic, c.OpenedAt = 1, "topic of "+c.No, d.now
		if c.Level == "" {
			c.Level = huiying.LevelOrange
		}
		return cases.Put(ctx, tx, c)
	})
	return c
}

var everybody = query.Scope{All: true}

func ids(rows []query.PostRow) (out []string) {
	for _, r := range rows {
		out = append(out, r.Judgement.Post.ID)
	}
	return out
}

func numbers(list []huiying.Case) (out []string) {
	for _, c := range list {
		out = append(out, c.No[len(c.No)-1:])
	}
	return out
}

func TestPosts(t *testing.T) {
	d := newDesk(t)
	d.post(30*time.Hour, huiying.LevelNone)
	d.post(5*time.Hour, huiying.LevelRed, "r-a", "r-b")
	d.post(4*time.Hour, huiying.LevelBlue, "r-b")
	d.post(3*time.Hour, huiying.LevelNone)
	inCase := d.post(2*time.Hour, huiying.LevelOrange, "r-a")
	c := d.open(huiying.Case{State: huiying.StateHandling, Unit: "u-hall", Posts: []string{inCase}})
	aside := d.post(time.Hour, huiying.LevelYellow, "r-a")
	d.must(access.New(d.store).SetAside(t.Context(), query.Aside{Post: aside, Actor: huiying.Actor{ID: "officer"}, Reason: query.AsideWatch}))
	for name, q := range map[string]struct {
		f    query.PostFilter
		want string
	}{
		"everything":         {query.PostFilter{Scope: everybody}, "[weibo:6 weibo:5 weibo:4 weibo:3 weibo:2 weibo:1]"},
		"levels":             {query.PostFilter{Scope: everybody, Levels: []huiying.Level{huiying.LevelRed, huiying.LevelBlue}}, "[weibo:3 weibo:2]"},
		"any of its rules":   {query.PostFilter{Scope: everybody, Rule: "r-b"}, "[weibo:3 weibo:2]"},
		"tagged":             {query.PostFilter{Scope: everybody, Tagged: true}, "[weibo:6 weibo:5 weibo:3 weibo:2]"},
		"untended":           {query.PostFilter{Scope: everybody, Untended: true}, "[weibo:3 weibo:2]"},
		"of a case":          {query.PostFilter{Scope: everybody, CaseNo: c.No}, "[weibo:5]"},
		"since":              {query.PostFilter{Scope: everybody, From: d.now.Add(-150 * time.Minute), To: d.now.Add(-time.Hour)}, "[weibo:5]"},
		"words as written":   {query.PostFilter{Scope: everybody, Text: "100% 真的_"}, "[weibo:6 weibo:5 weibo:4 weibo:3 weibo:2 weibo:1]"},
		"no wildcards":       {query.PostFilter{Scope: everybody, Text: "第%条"}, "[]"},
		"the unit's alone":   {query.PostFilter{Scope: query.Scope{Unit: "u-hall"}}, "[weibo:5]"},
		"another unit's":     {query.PostFilter{Scope: query.Scope{Unit: "u-other"}}, "[]"},
		"nobody's":           {query.PostFilter{}, "[]"},
		"other source":       {query.PostFilter{Scope: everybody, Source: "none"}, "[]"},
		"page of two":        {query.PostFilter{Scope: everybody, Limit: 2}, "[weibo:6 weibo:5]"},
		"by platform, again": {query.PostFilter{Scope: everybody, Platform: "weibo", Limit: 1}, "[weibo:6]"},
	} {
		list, err := d.views.Posts(t.Context(), q.f)
		d.must(err)
		if got := fmt.Sprint(ids(list.Rows)); got != q.want {
			t.Errorf("%s: %s, want %s", name, got, q.want)
		}
		if q.f.Limit == 0 && list.Total != len(list.Rows) {
			t.Errorf("%s: %d of %d", name, len(list.Rows), list.Total)
		}
	}
}

// Pages neither repeat nor skip although new posts arrive between them.
func TestPagingIsStable(t *testing.T) {
	d := newDesk(t)
	for range 7 {
		d.post(time.Hour, huiying.LevelNone)
	}
	f := query.PostFilter{Scope: everybody, Limit: 3}
	var seen []string
	for {
		list, err := d.views.Posts(t.Context(), f)
		d.must(err)
		seen = append(seen, ids(list.Rows)...)
		if list.Next == 0 {
			break
		}
		f.Before = list.Next
		d.post(time.Minute, huiying.LevelRed, "r")
	}
	if got := fmt.Sprint(seen); got != "[weibo:7 weibo:6 weibo:5 weibo:4 weibo:3 weibo:2 weibo:1]" {
		t.Error(got)
	}
}

func TestPost(t *testing.T) {
	d := newDesk(t)
	first := d.event(time.Hour, huiying.LevelNone)
	edited := first
	edited.Data.Post.Text, edited.Data.Post.Edited, edited.Data.Post.CollectedAt = "改过", true, d.now
	d.write(func(ctx context.Context, tx *store.Tx) error {
		_, err := posts.SaveEvent(ctx, tx, first)
		if err == nil {
			_, err = posts.SaveEvent(ctx, tx, edited)
		}
		return err
	})
	d.post(time.Minute, huiying.LevelNone)
	page, err := d.views.Post(t.Context(), everybody, first.Subject)
	d.must(err)
	if len(page.Revisions) != 2 || page.Judgement.Post.Text != "改过" || page.Similar != 1 || !page.FirstSeenAt.Equal(d.now.Add(-time.Hour)) {
		t.Errorf("%+v", page)
	}
	for _, scope := range []query.Scope{{}, {Unit: "u-hall"}} {
		if _, err := d.views.Post(t.Context(), scope, first.Subject); huiying.ErrorCode(err) != huiying.NotFound {
			t.Errorf("%+v: %v", scope, err)
		}
	}
	if _, err := d.views.Post(t.Context(), everybody, "weibo:none"); huiying.ErrorCode(err) != huiying.NotFound {
		t.Error(err)
	}
}

func clock(preset string, due, met, breached time.Time) huiying.Clock {
	return huiying.Clock{Preset: preset, StartedAt: due.Add(-time.Hour), DueAt: due, MetAt: met, BreachedAt: breached}
}

func TestCases(t *testing.T) {
	d := newDesk(t)
	var none time.Time
	d.open(huiying.Case{State: huiying.StateHandling, Unit: "u-hall", Owner: "a", Title: "排队", Clocks: []huiying.Clock{clock("yq.other.respond", d.now.Add(20*time.Hour), none, none)}})                                                                                       // 1
	d.open(huiying.Case{State: huiying.StateAwaitingAck, Unit: "u-hall", Level: huiying.LevelRed, Title: "冲突", Clocks: []huiying.Clock{clock("yq.ack.major", d.now.Add(-time.Hour), none, d.now.Add(-time.Hour)), clock("yq.major.press", d.now.Add(time.Hour), none, none)}}) // 2
	d.open(huiying.Case{State: huiying.StateAwaitingAck, Unit: "u-it", Title: "系统", Clocks: []huiying.Clock{clock("yq.ack", d.now.Add(25*time.Minute), none, none)}})                                                                                                          // 3
	d.open(huiying.Case{State: huiying.StateClosed, Unit: "u-it", Title: "旧", Clocks: []huiying.Clock{clock("yq.ack", d.now.Add(-time.Hour), none, d.now.Add(-time.Hour))}})                                                                                                   // 4
	d.open(huiying.Case{State: huiying.StateHandling, Unit: "u-it", Title: "已签收但超时", Clocks: []huiying.Clock{clock("yq.ack", d.now.Add(-2*time.Hour), d.now.Add(-time.Hour), d.now.Add(-2*time.Hour))}})                                                                       // 5
	d.open(huiying.Case{State: huiying.StatePendingTriage, Title: "新"})                                                                                                                                                                                                        // 6
	for name, q := range map[string]struct {
		f    query.CaseFilter
		want string
	}{
		"all, the newest first": {query.CaseFilter{Scope: everybody}, "[6 5 4 3 2 1]"},
		"open":                  {query.CaseFilter{Scope: everybody, Open: true}, "[6 5 3 2 1]"},
		"most pressing":         {query.CaseFilter{Scope: everybody, ByDue: true}, "[2 3 1 5 6]"},
		"overdue":               {query.CaseFilter{Scope: everybody, Clock: query.ClockOverdue}, "[2]"},
		"soon":                  {query.CaseFilter{Scope: everybody, Clock: query.ClockSoon}, "[3]"},
		"a unit's":              {query.CaseFilter{Scope: query.Scope{Unit: "u-hall"}}, "[2 1]"},
		"nobody's":              {query.CaseFilter{}, "[]"},
		"an owner's":            {query.CaseFilter{Scope: everybody, Owner: "a"}, "[1]"},
		"a level":               {query.CaseFilter{Scope: everybody, Levels: []huiying.Level{huiying.LevelRed}}, "[2]"},
		"states":                {query.CaseFilter{Scope: everybody, States: []huiying.CaseState{huiying.StateClosed, huiying.StatePendingTriage}}, "[6 4]"},
		"title":                 {query.CaseFilter{Scope: everybody, Text: "系统"}, "[3]"},
		"number":                {query.CaseFilter{Scope: everybody, Text: "HY20261123-0004"}, "[4]"},
		"after four":            {query.CaseFilter{Scope: everybody, Before: "HY20261123-0004"}, "[3 2 1]"},
	} {
		list, err := d.views.Cases(t.Context(), q.f)
		d.must(err)
		if got := fmt.Sprint(numbers(list.Rows)); got != q.want {
			t.Errorf("%s: %s, want %s", name, got, q.want)
		}
	}
	var seen []string
	for ask := (query.CaseFilter{Scope: everybody, ByDue: true, Limit: 2}); ; {
		page, err := d.views.Cases(t.Context(), ask)
		d.must(err)
		if seen = append(seen, numbers(page.Rows)...); page.Total != 5 || len(page.Rows) > 2 {
			t.Fatalf("%d of %d", len(page.Rows), page.Total)
		}
		if ask.Before = page.Next; page.Next == "" {
			break
		}
	}
	if got := fmt.Sprint(seen); got != "[2 3 1 5 6]" {
		t.Errorf("page by page: %s", got)
	}
	odd, err := d.views.Cases(t.Context(), query.CaseFilter{Scope: everybody, ByDue: true, Limit: 2, Before: "HY20261123-0003"})
	d.must(err)
	if got := fmt.Sprint(numbers(odd.Rows)); got != "[2 3]" {
		t.Errorf("behind what is no place: %s", got)
	}
	page, err := d.views.Cases(t.Context(), query.CaseFilter{Scope: everybody, Limit: 4})
	d.must(err)
	if page.Next != "HY20261123-0003" || page.Total != 6 {
		t.Errorf("%+v", page)
	}
}

// A unit that assists with a case finds it, its posts and its alerts in the
// lists, as it may open them; the figures of answers stay the lead unit's.
func TestHelpersSeeTheirCases(t *testing.T) {
	d := newDesk(t)
	post := d.post(time.Hour, huiying.LevelRed, "r")
	overdue := []huiying.Clock{clock("yq.other.respond", d.now.Add(-time.Hour), time.Time{}, d.now.Add(-time.Hour))}
	c := d.open(huiying.Case{State: huiying.StateHandling, Unit: "u-hall", Helpers: []string{"u-it", "u-tax"}, Posts: []string{post}, Clocks: overdue})
	d.open(huiying.Case{State: huiying.StateHandling, Unit: "u-hall"})
	d.open(huiying.Case{State: huiying.StateClosed, Unit: "u-hall", Helpers: []string{"u-tax"}, FirstSeenAt: d.now.Add(-time.Hour), RespondedAt: d.now})
	d.write(func(ctx context.Context, tx *store.Tx) error {
		_, err := outbox.AddAlert(ctx, tx, huiying.Alert{ID: "a-1", PostID: post, Level: huiying.LevelRed, Unit: "u-hall", CaseNo: c.No, RaisedAt: d.now})
		return err
	})
	for unit, want := range map[string]string{
		"u-hall": "[3 2 1] [weibo:1] 1 alerts, 1 overdue, 1 answered",
		"u-it":   "[1] [weibo:1] 1 alerts, 1 overdue, 0 answered",
		"u-tax":  "[3 1] [weibo:1] 1 alerts, 1 overdue, 0 answered",
		"u-none": "[] [] 0 alerts, 0 overdue, 0 answered",
		"":       "[] [] 0 alerts, 0 overdue, 0 answered",
	} {
		scope := query.Scope{Unit: unit}
		list, err := d.views.Cases(t.Context(), query.CaseFilter{Scope: scope})
		d.must(err)
		found, err := d.views.Posts(t.Context(), query.PostFilter{Scope: scope})
		d.must(err)
		alerts, err := d.views.Alerts(t.Context(), query.AlertFilter{Scope: scope})
		d.must(err)
		o, err := d.views.Overview(t.Context(), scope)
		d.must(err)
		got := fmt.Sprintf("%v %v %d alerts, %d overdue, %d answered", numbers(list.Rows), ids(found.Rows), len(alerts.Rows), o.Overdue, o.Answered)
		if got != want {
			t.Errorf("%q: %s, want %s", unit, got, want)
		}
	}
}

func TestCase(t *testing.T) {
	d := newDesk(t)
	post := d.post(time.Hour, huiying.LevelRed, "r")
	c := d.open(huiying.Case{State: huiying.StateHandling, Unit: "u-hall", Posts: []string{post, "weibo:later"}})
	words := "要快"
	d.must(record.New(d.store).InTx(t.Context(), func(tx *record.Tx) error {
		if err := tx.PutText(t.Context(), huiying.Digest(words), words); err != nil {
			return err
		}
		a := huiying.Alert{ID: "a-1", PostID: post, Level: huiying.LevelRed, CaseNo: c.No, RaisedAt: d.now}
		if _, err := tx.AddAlert(t.Context(), a); err != nil {
			return err
		}
		if _, err := tx.Enqueue(t.Context(), huiying.Delivery{ID: "d-1", Alert: a, Person: "hall"}); err != nil {
			return err
		}
		_, err := tx.Append(t.Context(), huiying.Step{CaseNo: c.No, At: d.now, Actor: "officer", Action: "note", Payload: map[string]string{"note": huiying.Digest(words), "reason": huiying.Digest("purged")}})
		return err
	}))
	page, err := d.views.Case(t.Context(), query.Scope{Unit: "u-hall"}, c.No)
	d.must(err)
	if len(page.Steps) != 1 || len(page.Texts) != 1 || page.Texts[huiying.Digest(words)] != words || len(page.Deliveries) != 1 || len(page.Posts) != 1 {
		t.Errorf("%+v", page)
	}
	if _, err := d.views.Case(t.Context(), query.Scope{Unit: "u-it"}, c.No); huiying.ErrorCode(err) != huiying.Forbidden {
		t.Errorf("another unit: %v", err)
	}
	if _, err := d.views.Case(t.Context(), everybody, "HY20000101-0001"); huiying.ErrorCode(err) != huiying.NotFound {
		t.Error(err)
	}
}

func TestAlerts(t *testing.T) {
	d := newDesk(t)
	c := d.open(huiying.Case{State: huiying.StateHandling, Unit: "u-hall", Owner: "hall", AckedAt: d.now})
	add := func(id string, level huiying.Level, unit, no, person string, at time.Time) {
		d.write(func(ctx context.Context, tx *store.Tx) error {
			a := huiying.Alert{ID: id, PostID: "weibo:x", Level: level, Unit: unit, CaseNo: no, RaisedAt: at}
			_, err := outbox.AddAlert(ctx, tx, a)
			if err == nil && person != "" {
				_, err = outbox.Enqueue(ctx, tx, huiying.Delivery{ID: "d-" + id, Alert: a, Person: person})
			}
			return err
		})
	}
	add("a-1", huiying.LevelRed, "u-hall", c.No, "hall", d.now.Add(-3*time.Hour))
	add("a-2", huiying.LevelBlue, "", "", "officer", d.now.Add(-2*time.Hour))
	add("a-3", huiying.LevelYellow, "u-it", "", "it", d.now.Add(-time.Hour))
	d.must(outbox.NewDeliveries(d.store).MarkAcked(t.Context(), "d-a-3", d.now))
	for name, q := range map[string]struct {
		f    query.AlertFilter
		want string
	}{
		"all":      {query.AlertFilter{Scope: everybody}, "[a-3 a-2 a-1]"},
		"open":     {query.AlertFilter{Scope: everybody, Unread: true}, "[a-2]"},
		"level":    {query.AlertFilter{Scope: everybody, Levels: []huiying.Level{huiying.LevelRed}}, "[a-1]"},
		"person":   {query.AlertFilter{Scope: everybody, Person: "officer"}, "[a-2]"},
		"unit":     {query.AlertFilter{Scope: query.Scope{Unit: "u-hall"}}, "[a-1]"},
		"nobody":   {query.AlertFilter{}, "[]"},
		"case":     {query.AlertFilter{Scope: everybody, CaseNo: c.No}, "[a-1]"},
		"by unit":  {query.AlertFilter{Scope: everybody, Unit: "u-it"}, "[a-3]"},
		"older":    {query.AlertFilter{Scope: everybody, Before: d.now.Add(-90 * time.Minute)}, "[a-2 a-1]"},
		"one page": {query.AlertFilter{Scope: everybody, Limit: 1}, "[a-3]"},
	} {
		list, err := d.views.Alerts(t.Context(), q.f)
		d.must(err)
		var got []string
		for _, r := range list.Rows {
			got = append(got, r.Alert.ID)
		}
		if fmt.Sprint(got) != q.want {
			t.Errorf("%s: %v, want %s", name, got, q.want)
		}
		if name == "one page" && !list.Next.Equal(d.now.Add(-time.Hour)) {
			t.Errorf("next: %s", list.Next)
		}
		if name == "all" {
			if r := list.Rows[2]; r.AckedBy != "hall" || r.CaseState != huiying.StateHandling || len(r.Deliveries) != 1 {
				t.Errorf("%+v", r)
			}
			if r := list.Rows[0]; r.AckedBy != "it" || !r.AckedAt.Equal(d.now) {
				t.Errorf("%+v", r)
			}
		}
	}
}

// Alerts that were raised in one moment are on one page or the next.
func TestAlertPages(t *testing.T) {
	d := newDesk(t)
	d.write(func(ctx context.Context, tx *store.Tx) error {
		for i := range 6 {
			a := huiying.Alert{ID: fmt.Sprintf("a-%d", i), Level: huiying.LevelRed, RaisedAt: d.now.Add(-time.Duration(i/5) * time.Hour)}
			if _, err := outbox.AddAlert(ctx, tx, a); err != nil {
				return err
			}
		}
		return nil
	})
	var got []string
	for f := (query.AlertFilter{Scope: everybody, Limit: 2}); len(got) < 10; {
		list, err := d.views.Alerts(t.Context(), f)
		d.must(err)
		for _, r := range list.Rows {
			got = append(got, r.Alert.ID)
		}
		if f.Before, f.After = list.Next, list.NextID; list.Next.IsZero() {
			break
		}
	}
	if fmt.Sprint(got) != "[a-0 a-1 a-2 a-3 a-4 a-5]" {
		t.Error(got)
	}
}

func TestOverview(t *testing.T) {
	d := newDesk(t)
	o, err := d.views.Overview(t.Context(), everybody)
	d.must(err)
	if !o.DataAt.IsZero() || o.PostsToday != 0 || o.Waiting != 0 || len(o.Hours) != 24 || o.Answered != 0 {
		t.Errorf("an empty office: %+v", o)
	}
	d.views = views.New(d.store)                           // hours are remembered
	d.post(0, huiying.LevelNone)                           // 14:20
	d.post(14*time.Hour, huiying.LevelBlue, "r")           // 00:20, waits
	d.post(14*time.Hour+30*time.Minute, huiying.LevelNone) // 23:50 yesterday: after 14:20
	d.post(26*time.Hour, huiying.LevelNone)                // 12:20 yesterday
	d.post(40*time.Hour, huiying.LevelNone)                // the day before
	var none time.Time
	d.open(huiying.Case{State: huiying.StatePendingTriage})
	d.open(huiying.Case{State: huiying.StateHandling, Unit: "u-hall", Clocks: []huiying.Clock{clock("yq.other.respond", d.now.Add(-3*time.Hour), none, d.now.Add(-3*time.Hour))}})
	d.open(huiying.Case{State: huiying.StateAwaitingAck, Unit: "u-hall", Clocks: []huiying.Clock{clock("yq.ack", d.now.Add(-time.Hour), none, d.now.Add(-time.Hour))}})
	for i, took := range []time.Duration{time.Hour, 3 * time.Hour, 9 * time.Hour} {
		k := clock("yq.other.respond", d.now.Add(-time.Hour), d.now.Add(-2*time.Hour), none)
		if i == 2 {
			k.BreachedAt = d.now.Add(-time.Hour)
		}
		d.open(huiying.Case{State: huiying.StateClosed, Unit: "u-it", FirstSeenAt: d.now.Add(-took), RespondedAt: d.now, Clocks: []huiying.Clock{k}})
	}
	d.open(huiying.Case{State: huiying.StateClosed, Unit: "u-it", FirstSeenAt: d.now.AddDate(0, 0, -40), RespondedAt: d.now.AddDate(0, 0, -39)})
	d.write(func(ctx context.Context, tx *store.Tx) error {
		_, err := outbox.AddAlert(ctx, tx, huiying.Alert{ID: "a-1", Level: huiying.LevelRed, Unit: "u-hall", RaisedAt: d.now})
		return err
	})
	o, err = d.views.Overview(t.Context(), everybody)
	d.must(err)
	want := query.Overview{
		PostsToday: 2, PostsBefore: 1, Urgent: 1, UrgentOpen: 1, Waiting: 2, Overdue: 2, FirstResponse: 3 * time.Hour, Responded: 3,
		OnTime: 2, Answered: 3, OverdueOpen: 1,
	}
	got := o
	got.Hours, got.DataAt, got.OldestWaiting, got.LongestOverdue = nil, time.Time{}, time.Time{}, time.Time{}
	if fmt.Sprintf("%+v", got) != fmt.Sprintf("%+v", want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
	if !o.OldestWaiting.Equal(d.now.Add(-14*time.Hour)) || !o.LongestOverdue.Equal(d.now.Add(-3*time.Hour)) || !o.DataAt.Equal(d.now) {
		t.Errorf("%+v", o)
	}
	if last := o.Hours[23]; last.Count[huiying.LevelNone] != 1 || last.From.In(d.store.Zone()).Hour() != 14 {
		t.Errorf("%+v", last)
	}
	mine, err := d.views.Overview(t.Context(), query.Scope{Unit: "u-it"})
	d.must(err)
	if mine.Overdue != 0 || mine.Urgent != 0 || mine.Answered != 3 {
		t.Errorf("another unit's figures: %+v", mine)
	}
	for name, c := range map[string]struct {
		scope    query.Scope
		from, to time.Time
		want     query.Figures
	}{
		"the last hour":       {everybody, d.now.Add(-time.Hour), none, query.Figures{Urgent: 1, UrgentOpen: 1, FirstResponse: 3 * time.Hour, Answered: 3, OnTime: 2}},
		"the hour before":     {everybody, d.now.Add(-2 * time.Hour), d.now.Add(-time.Hour), query.Figures{}},
		"forty days":          {query.Scope{Unit: "u-it"}, d.now.AddDate(0, 0, -40), none, query.Figures{FirstResponse: 6 * time.Hour, Answered: 4, OnTime: 3}},
		"another unit's hour": {query.Scope{Unit: "u-hall"}, d.now.Add(-time.Hour), none, query.Figures{Urgent: 1, UrgentOpen: 1}},
	} {
		got, err := d.views.Figures(t.Context(), c.scope, c.from, c.to)
		d.must(err)
		if got != c.want {
			t.Errorf("%s: %+v, want %+v", name, got, c.want)
		}
		if !c.to.IsZero() {
			continue
		}
		list, err := d.views.Cases(t.Context(), query.CaseFilter{Scope: c.scope, Answered: c.from})
		d.must(err)
		alerts, err := d.views.Alerts(t.Context(), query.AlertFilter{Scope: c.scope, From: c.from, Levels: []huiying.Level{huiying.LevelRed, huiying.LevelOrange}})
		d.must(err)
		if list.Total != got.Answered || alerts.Total != got.Urgent {
			t.Errorf("%s: lists of %d and %d", name, list.Total, alerts.Total)
		}
	}
}

// Hours that have ended are counted once, and again when they are old news.
func TestHoursAreRemembered(t *testing.T) {
	d := newDesk(t)
	d.post(3*time.Hour, huiying.LevelNone)
	count := func() int {
		o, err := d.views.Overview(t.Context(), everybody)
		d.must(err)
		n := 0
		for _, h := range o.Hours {
			n += h.Count[huiying.LevelNone]
		}
		return n
	}
	if n := count(); n != 1 {
		t.Fatal(n)
	}
	d.post(3*time.Hour, huiying.LevelNone) // arrives late
	if n := count(); n != 1 {
		t.Errorf("%d: the hour was counted again at once", n)
	}
	d.now = d.now.Add(2 * time.Hour)
	if n := count(); n != 2 {
		t.Errorf("%d: the late post never shows", n)
	}
}

// Minutes of the present hour are remembered as well: what comes now is counted
// at once, what comes late for a minute that was counted a little later, and what
// is dated ahead of the clock where it says.
func TestMinutesAreRemembered(t *testing.T) {
	d := newDesk(t)
	d.now = d.now.Add(30 * time.Second) // 14:20:30
	today := func() (n, hour int) {
		t.Helper()
		o, err := d.views.Overview(t.Context(), everybody)
		d.must(err)
		for _, k := range o.Hours[len(o.Hours)-1].Count {
			hour += k
		}
		return o.PostsToday, hour
	}
	want := func(what string, n, hour int) {
		t.Helper()
		if gotN, gotHour := today(); gotN != n || gotHour != hour {
			t.Errorf("%s: %d today, %d of this hour; want %d and %d", what, gotN, gotHour, n, hour)
		}
	}
	for _, ago := range []time.Duration{10 * time.Second, 5 * time.Minute, 19 * time.Minute, 50 * time.Minute, 5 * time.Hour} {
		d.post(ago, huiying.LevelNone)
	}
	want("at first", 5, 3)
	d.post(10*time.Second, huiying.LevelRed)
	want("in this minute", 6, 4)
	d.post(-10*time.Minute, huiying.LevelNone)
	want("ahead of the clock", 6, 5)
	d.post(5*time.Minute, huiying.LevelNone)
	d.now = d.now.Add(10 * time.Minute)
	d.post(time.Second, huiying.LevelNone)
	want("ten minutes later", 9, 7)
}

func TestSources(t *testing.T) {
	d := newDesk(t)
	ledger := coverage.New(d.store)
	for i, state := range []huiying.SourceState{huiying.SourceOK, huiying.SourceBlocked, huiying.SourceEmpty, huiying.SourceOK} {
		d.must(ledger.Save(t.Context(), huiying.LedgerEntry{
			Source: "weibo", At: d.now.Add(-time.Duration(i) * 20 * time.Minute), State: state, Posts: 10, Accepted: 2, Capped: i == 0,
		}))
	}
	d.must(ledger.Save(t.Context(), huiying.LedgerEntry{Source: "old", At: d.now.Add(-50 * time.Hour), State: huiying.SourceOK}))
	rows, err := d.views.Sources(t.Context())
	d.must(err)
	if len(rows) != 2 || rows[0].Source != "old" || rows[0].Visits != 0 {
		t.Fatalf("%+v", rows)
	}
	r := rows[1]
	if r.Visits != 4 || r.Failed != 1 || r.Posts != 40 || r.Accepted != 8 || r.Capped != 1 || r.Last.State != huiying.SourceOK || len(r.Hours) != 24 {
		t.Errorf("%+v", r)
	}
	if h := r.Hours[23]; h.Visits != 2 || h.Worst != huiying.SourceBlocked || h.Failed != 1 || h.Capped != 1 {
		t.Errorf("the current hour: %+v", h)
	}
	if h := r.Hours[22]; h.Visits != 2 || h.Worst != huiying.SourceEmpty {
		t.Errorf("the hour before: %+v", h)
	}
}

// What a page costs with much stored; figures are kept in docs/measurements.md.
func BenchmarkPages(b *testing.B) {
	d := newDesk(b)
	archive := posts.NewArchive(d.store)
	var batch []huiying.Event
	for i := range 100_000 {
		level, rules := huiying.LevelNone, []string(nil)
		if i%20 == 0 {
			level, rules = huiying.LevelBlue, []string{"r-a"}
		}
		batch = append(batch, d.event(time.Duration(i)*time.Second, level, rules...))
		if len(batch) == 200 {
			d.must(archive.SaveEvents(context.Background(), batch))
			batch = batch[:0]
		}
	}
	for i := range 10_000 {
		state := huiying.StateClosed
		if i%100 == 0 {
			state = huiying.StateHandling
		}
		d.open(huiying.Case{State: state, Unit: "u-hall", RespondedAt: d.now.AddDate(0, 0, -i%60), FirstSeenAt: d.now.AddDate(0, 0, -i%60).Add(-time.Hour)})
	}
	for name, ask := range map[string]func() error{
		"overview": func() error { _, err := d.views.Overview(context.Background(), everybody); return err },
		"inbox": func() error {
			_, err := d.views.Posts(context.Background(), query.PostFilter{Scope: everybody, Untended: true, Limit: 100})
			return err
		},
		"stream": func() error {
			_, err := d.views.Posts(context.Background(), query.PostFilter{Scope: everybody})
			return err
		},
		"cases": func() error {
			_, err := d.views.Cases(context.Background(), query.CaseFilter{Scope: everybody, Open: true, ByDue: true})
			return err
		},
	} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				d.must(ask())
			}
		})
	}
}
