package reports_test

import (
	"bytes"
	"context"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"huiying"
	"huiying/internal/app/outcomes/officetest"
	"huiying/internal/app/reports"
	"huiying/internal/query"
	"huiying/internal/report/document"
	"huiying/internal/report/periodic"
	"huiying/internal/store/storetest"
	"huiying/internal/store/studies"
	"huiying/notifier/casework/measure"
)

// Every figure of random posts, alerts and histories is the one that a slow and
// obvious reading of them gives, in every kind of report; the members behind
// each are as many as it says; and criticism has its share of what is quoted.
func TestEveryFigure(t *testing.T) {
	for seed := range uint64(2) {
		o := newOffice(t, seed)
		o.someSaid(20 + int(seed)*30)
		o.someAlerts(10)
		o.someCases(14)
		o.someInterpretations()
		rapid.Check(t, func(r *rapid.T) {
			first := day.AddDate(0, 0, rapid.IntRange(-2, 1).Draw(r, "first"))
			ask := reports.Ask{
				Kind: rapid.SampledFrom([]string{"daily", "weekly", "monthly", "special"}).Draw(r, "kind"), From: first,
				To: first.AddDate(0, 0, rapid.IntRange(1, 4).Draw(r, "days")), At: o.now, Explain: reports.Every,
			}
			if ask.Kind == "special" {
				ask.Event = rapid.SampledFrom([]string{"t-1", "t-2", "t-9"}).Draw(r, "event")
			}
			o.check(r, ask)
		})
	}
}

func (o *office) check(r *rapid.T, ask reports.Ask) {
	got, err := o.counter.Count(r.Context(), ask)
	if err != nil {
		r.Fatal(err)
	}
	for _, f := range got.Facts.Figures {
		n, of, known := o.expect(ask, f)
		if !known {
			r.Fatalf("nobody checks %s", f.ID)
		}
		if f.N != n || f.Rate && f.Of != of {
			r.Fatalf("%s is %d of %d; the slow reading says %d of %d", f.ID, f.N, f.Of, n, of)
		}
		m := got.Members[f.ID]
		if m == nil {
			m = &reports.Members{}
		}
		if f.Rate && (len(m.In) != f.N || len(m.In)+len(m.Rest) != f.Of) || !f.Rate && !f.Lasts && len(m.In) != f.N {
			r.Fatalf("%s is %d of %d with %d and %d behind it", f.ID, f.N, f.Of, len(m.In), len(m.Rest))
		}
	}
	if _, err := o.desk.Paper(got, "zh"); err != nil {
		r.Fatal(err)
	}
	o.shares(r, got.Facts)
}

// shares holds what is quoted against what was said.
func (o *office) shares(r *rapid.T, f periodic.Facts) {
	for _, side := range periodic.Sides() {
		quoted, critical := 0, 0
		for _, v := range f.Views {
			if v.Side == side {
				quoted++
				if v.Critical {
					critical++
				}
			}
		}
		said, bad := 0, 0
		for _, j := range o.posts {
			if p := j.Post; j.DuplicateOf == "" && periodic.SideOf(p.Author.Verified) == side && o.in(j, f.Event, f.From, earlier(f.To, f.At)) {
				said++
				if isCritical(j) {
					bad++
				}
			}
		}
		if bad > 0 && (critical == 0 || critical*said < min(bad, quoted)*quoted && critical*said < bad*quoted) {
			r.Fatalf("%s: %d of %d quoted are critical, %d of %d said", side, critical, quoted, bad, said)
		}
	}
}

func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}

func (o *office) in(j huiying.Judgement, event string, from, to time.Time) bool {
	at := j.Post.CollectedAt
	return !j.Post.Held && (event == "" || j.Topic == event) && !at.Before(from) && at.Before(to)
}

func isCritical(j huiying.Judgement) bool {
	return j.Sentiment != nil && j.Sentiment.Label == "negative" || j.Intent != nil && (j.Intent.Label == "complaint" || j.Intent.Label == "report")
}

// expect reads everything anew for one figure.
func (o *office) expect(ask reports.Ask, f periodic.Figure) (n, of int, known bool) {
	id := strings.TrimPrefix(f.ID, "before.")
	from, to := f.From, f.To
	if id != f.ID {
		if days := int(ask.To.Sub(ask.From).Hours() / 24); ask.Kind != "monthly" && !from.Equal(ask.From.AddDate(0, 0, -days)) || ask.Kind == "monthly" && !from.Equal(ask.From.AddDate(0, -1, 0)) || !to.Equal(ask.From) {
			o.t.Fatalf("%s is of %s to %s", f.ID, from, to)
		}
	}
	end := earlier(to, o.now)
	what, rest, _ := strings.Cut(id, ".")
	switch what {
	case "posts", "event", "item":
		return o.expectPosts(ask, id, from, end)
	case "effect":
		return o.expectEffect(ask, f)
	case "platforms":
		seen := map[string]bool{}
		for _, j := range o.posts {
			if o.in(j, ask.Event, from, end) {
				seen[j.Post.Platform] = true
			}
		}
		return len(seen), 0, true
	case "alerts":
		for _, a := range o.alerts {
			ofEvent := ask.Event == "" || o.posts[a.PostID].Topic == ask.Event
			if a.Platform != "system" && a.Level != huiying.LevelNone && ofEvent && !a.RaisedAt.Before(from) && a.RaisedAt.Before(end) && (id == "alerts" || id == "alerts.level."+string(a.Level)) {
				n++
			}
		}
		return n, 0, true
	case "sources":
		return 0, 0, true // there are none
	case "measure":
		return o.expectMeasure(rest, "*", from, to, ask)
	case "cases", "unit", "origin":
		return o.expectCases(ask, id, from, to)
	}
	return 0, 0, false
}

func (o *office) expectPosts(ask reports.Ask, id string, from, end time.Time) (n, of int, known bool) {
	for _, j := range o.posts {
		if !o.in(j, ask.Event, from, end) {
			continue
		}
		of++
		since := earlier(ask.To, o.now).Sub(j.Post.CollectedAt)
		yes := o.labels(j)[id]
		switch {
		case id == "posts.late":
			yes = since <= 6*time.Hour
		case id == "posts.earlier":
			yes = since > 6*time.Hour && since <= 12*time.Hour
		case strings.HasPrefix(id, "posts.at."): // its own hour or day bounds it
			yes = true
		case strings.HasPrefix(id, "posts.critical_at."):
			yes = isCritical(j)
		}
		if yes {
			n++
		}
	}
	return n, of, true
}

// someInterpretations links some to each event; one is taken away again.
func (o *office) someInterpretations() {
	book := studies.New(o.store)
	for _, topic := range []string{"t-1", "t-2"} {
		for i := range 3 {
			at := day.AddDate(0, 0, -1).Add(time.Duration(o.rnd.IntN(2*24*60)) * time.Minute)
			if at.After(o.now) {
				at = o.now
			}
			err := book.Link(context.Background(), query.Interpretation{Topic: topic, Kind: query.PaperText, Title: "关于排队的解读", URL: "https://example.org/", At: at, By: "officer"})
			if huiying.ErrorCode(err) == huiying.NotFound {
				break // nothing was said of it
			}
			o.must(err)
			list, err := book.Interpretations(context.Background(), topic)
			o.must(err)
			if i == 2 {
				o.must(book.Unlink(context.Background(), query.InterpretationRemoval{Topic: topic, ID: list[0].ID, Reason: "链接有误", Actor: huiying.Actor{ID: "officer"}}))
			}
		}
	}
}

// expectEffect reads the posts of a window around the first interpretation anew.
// No case of the office is about an event, so that nothing was answered.
func (o *office) expectEffect(ask reports.Ask, f periodic.Figure) (n, of int, known bool) {
	list, err := studies.New(o.store).Interpretations(context.Background(), ask.Event)
	o.must(err)
	var at, first time.Time
	end := earlier(ask.To, o.now)
	for _, i := range list {
		if i.RemovedBy == "" && !i.At.Before(ask.From) && i.At.Before(end) && (at.IsZero() || i.At.Before(at)) {
			at = i.At
		}
	}
	first = at
	for _, j := range o.posts {
		if o.in(j, ask.Event, ask.From, end) && j.Post.CollectedAt.Before(first) {
			first = j.Post.CollectedAt
		}
	}
	window := min(72*time.Hour, at.Sub(first), end.Sub(at)).Truncate(time.Minute)
	from, to := at.Add(-window), at
	if strings.HasSuffix(f.ID, ".after") {
		from, to = at, at.Add(window)
	}
	if !f.From.Equal(from) || !f.To.Equal(to) || window < time.Hour {
		o.t.Fatalf("%s is of %v to %v, the slow reading says %v to %v", f.ID, f.From, f.To, from, to)
	}
	for _, j := range o.posts {
		if j.Post.Author.Verified == "government" || !o.in(j, ask.Event, from, to) || !o.in(j, ask.Event, ask.From, end) {
			continue
		}
		tone, intent := "", ""
		if j.Sentiment != nil {
			tone = j.Sentiment.Label
		}
		if j.Intent != nil {
			intent = j.Intent.Label
		}
		switch share := strings.Split(f.ID, ".")[1]; share {
		case "before", "after":
			n++
		case "negative", "positive":
			of += map[bool]int{true: 1}[tone != ""]
			n += map[bool]int{true: 1}[tone == share]
		case "complaint":
			of += map[bool]int{true: 1}[intent != ""]
			n += map[bool]int{true: 1}[intent == "complaint" || intent == "report"]
		case "enquiry":
			of += map[bool]int{true: 1}[intent != ""]
			n += map[bool]int{true: 1}[intent == "enquiry" || intent == "help"]
		}
	}
	return n, of, true
}

// labels are the figures that a post counts for, whatever the period.
func (o *office) labels(j huiying.Judgement) map[string]bool {
	p := j.Post
	if is := o.labelled[p.ID]; is != nil {
		return is
	}
	tone := "unsure"
	if j.Sentiment != nil {
		tone = j.Sentiment.Label
	}
	is := map[string]bool{
		"posts": true, "posts.critical": isCritical(j), "posts.platform." + p.Platform: true, "posts.critical." + p.Platform: isCritical(j), "posts.level." + string(j.Level): true,
		"posts.tone." + tone: true, "posts.side." + periodic.SideOf(p.Author.Verified): true, "posts.reposted": p.Kind == "repost",
		"event." + j.Topic: true, "event.critical." + j.Topic: isCritical(j),
	}
	for _, item := range j.ServiceItems {
		is["item."+item], is["item.critical."+item] = true, isCritical(j)
	}
	o.labelled[p.ID] = is
	return is
}

func (o *office) expectMeasure(id, unit string, from, to time.Time, ask reports.Ask) (n, of int, known bool) {
	key := fmt.Sprint(unit, ask.Event, from.Unix(), to.Unix())
	list, done := o.measured[key]
	if !done {
		var all []measure.History
		for _, steps := range o.steps {
			c, err := o.machine.Fold(steps)
			o.must(err)
			if (unit == "*" || c.Unit == unit) && (ask.Event == "" || c.Topic == ask.Event) {
				all = append(all, measure.History{Case: c, Steps: steps})
			}
		}
		list = measure.Figures(all, measure.Office{Zone: zone, MetBy: officetest.MetBy()}, measure.Period{From: from, To: to, Now: ask.At})
		o.measured[key] = list
	}
	for _, f := range list {
		if f.ID == id {
			return f.Numerator, f.Denominator, true
		}
	}
	return 0, 0, false
}

// standing is a case by the steps that it had taken before a time.
func (o *office) standing(no string, end time.Time) huiying.Case {
	key := no + end.String()
	if c, done := o.stood[key]; done {
		return c
	}
	var then []huiying.Step
	for _, s := range o.steps[no] {
		if s.At.Before(end) {
			then = append(then, s)
		}
	}
	var c huiying.Case
	if len(then) > 0 {
		var err error
		c, err = o.machine.Fold(then)
		o.must(err)
	}
	o.stood[key] = c
	return c
}

func (o *office) expectCases(ask reports.Ask, id string, from, to time.Time) (n, of int, known bool) {
	parts := strings.Split(id, ".")
	what := parts[len(parts)-1]
	if parts[0] == "unit" && strings.HasPrefix(what, "on_time") {
		return o.expectMeasure(what, parts[1], from, to, ask)
	}
	end := earlier(to, o.now)
	for no, steps := range o.steps {
		c, was := o.cases[no], o.standing(no, end)
		i := slices.IndexFunc(steps, func(s huiying.Step) bool { return s.To == huiying.StateClosed })
		closed := i >= 0 && !steps[i].At.Before(from) && steps[i].At.Before(end)
		over := false
		for _, k := range was.Clocks {
			over = over || k.MetAt.IsZero() && (!k.BreachedAt.IsZero() || k.PausedAt.IsZero() && !k.DueAt.After(end))
		}
		opened := !c.OpenedAt.Before(from) && c.OpenedAt.Before(end)
		is := map[string]bool{"opened": opened, "closed": closed, "open": was.State.Open(), "overdue": was.State.Open() && over}
		of += map[bool]int{true: 1}[was.State.Open() && (ask.Event == "" || c.Topic == ask.Event)]
		unit, origin := c.Unit, c.Origin.Platform
		if what == "open" || what == "overdue" {
			unit, origin = was.Unit, was.Origin.Platform // as it stood then
		}
		mine := parts[0] == "cases" || parts[0] == "unit" && unit == parts[1] || parts[0] == "origin" && origin == parts[1]
		if parts[0] == "cases" && len(parts) == 4 {
			mine, what = string(c.Level) == parts[3], "opened"
		}
		if mine && is[what] && (ask.Event == "" || c.Topic == ask.Event) {
			n++
		}
	}
	return n, of, true
}

// A daily of many posts within seconds and little memory. The short form is in
// every run; REPORT_POSTS=50000 is what the limit is of.
func TestLargeDay(t *testing.T) {
	n, seconds, most := 2000, 5*time.Second, uint64(300<<20)
	if s := large(t); s > 0 {
		n = s
	}
	o := newOffice(t, 5)
	for done := 0; done < n; done += 2000 {
		var list []said
		for i := range min(2000, n-done) {
			id := fmt.Sprintf("weibo:%d", 5240000000000000+done+i)
			list = append(list, said{id: id, platform: "weibo", kind: "post", verified: "none", tone: []string{"negative", "neutral", ""}[i%3], topic: fmt.Sprintf("t-%d", i%900), level: huiying.Levels()[i%5],
				at: day.Add(time.Duration(done+i) * 24 * time.Hour / time.Duration(n)), likes: int64(i % 77), text: strings.Repeat("大厅排队等候时间太长，", 10)})
		}
		o.say(list...)
	}
	storetest.Exec(t, o.store, `PRAGMA optimize`)
	runtime.GC()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	began := time.Now()
	got, err := o.counter.Count(t.Context(), reports.Ask{Kind: "daily", From: day, To: day.AddDate(0, 0, 1), At: o.now})
	o.must(err)
	doc, err := o.desk.Paper(got, "zh")
	o.must(err)
	var file bytes.Buffer
	o.must(document.Write(&file, doc, "docx", o.now))
	took := time.Since(began)
	runtime.ReadMemStats(&after)
	t.Logf("daily of %d posts: %s, %d MiB allocated in all, %d MiB of heap, docx of %d bytes", n, took.Round(time.Millisecond), (after.TotalAlloc-before.TotalAlloc)>>20, after.HeapSys>>20, file.Len())
	if f, _ := got.Facts.Figure("posts"); f.N != n {
		t.Errorf("%d posts", f.N)
	}
	if took > seconds || after.HeapSys > most {
		t.Errorf("%s and %d MiB of heap", took, after.HeapSys>>20)
	}
	opensSoon(t, o)
}

// opensSoon holds how long a kept report takes to open against what a page may
// take; in the short form it is only said.
func opensSoon(t *testing.T, o *office) {
	r := o.draft(query.ReportAsk{Kind: query.ReportDaily, From: day})
	var took []time.Duration
	for range 40 {
		began := time.Now()
		_, err := o.desk.Open(t.Context(), account("lu"), r.ID)
		o.must(err)
		took = append(took, time.Since(began))
	}
	slices.Sort(took)
	began := time.Now()
	_, err := o.desk.Compare(t.Context(), account("lu"), r.ID)
	o.must(err)
	t.Logf("opened: p50 %s, p95 %s; compared: %s", took[20].Round(time.Microsecond), took[38].Round(time.Microsecond), time.Since(began).Round(time.Millisecond))
	if p95 := took[38]; large(t) > 0 && p95 > 80*time.Millisecond {
		t.Errorf("opening takes %s", p95)
	}
}
