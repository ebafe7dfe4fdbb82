package inspection_test

import (
	"context"
	"encoding/json"
	"errors"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"huiying"
	"huiying/crawler/patrol"
	"huiying/crawler/patrol/settings"
	"huiying/crawler/patrol/wording"
	"huiying/internal/app/inspection"
	"huiying/internal/query"
	"huiying/internal/store"
	"huiying/internal/store/access"
	"huiying/internal/store/definitions"
	"huiying/internal/store/posts"
)

// room is a desk over a real store with one inspected site.
type room struct {
	t      *testing.T
	now    time.Time
	store  *store.Store
	desk   *inspection.Desk
	cursor map[string]any
	shared int
}

const (
	home = "https://zw.example.gov.cn/"
	link = home + "a.html"
)

func newRoom(t *testing.T) *room {
	t.Helper()
	zone := time.FixedZone("CST", 8*3600)
	r := &room{t: t, now: time.Date(2026, 11, 23, 2, 0, 0, 0, time.UTC), cursor: map[string]any{}}
	var err error
	r.store, err = store.Open(t.Context(), store.Options{Path: filepath.Join(t.TempDir(), "huiying.db"), MACKey: []byte("key"), Now: func() time.Time { return r.now }, Zone: zone})
	r.must(err)
	t.Cleanup(func() { r.must(r.store.Close()) })
	r.desk = &inspection.Desk{
		Shelf: definitions.New(r.store), Store: r.store, Share: func(context.Context) error { r.shared++; return nil }, Zone: zone, Now: func() time.Time { return r.now },
		Sources: func(context.Context) ([]huiying.Source, error) {
			return []huiying.Source{{ID: "weibo", Kind: "weibo"}, site()}, nil
		},
		Cursor: func(_ context.Context, source string) (json.RawMessage, error) {
			if source != "patrol" || len(r.cursor) == 0 {
				return nil, nil
			}
			return json.Marshal(r.cursor)
		},
		Reader: patrol.New(nil, nil, nil),
	}
	return r
}

func site() huiying.Source {
	return huiying.Source{ID: "patrol", Kind: "patrol", Name: "门户网站", Every: 10 * time.Minute, Options: []byte(`{"url":"` + home + `"}`)}
}

func (r *room) must(err error) {
	r.t.Helper()
	if err != nil {
		r.t.Fatal(err)
	}
}

// find tells a dead link, as the inspection does, and gives its post's id.
func (r *room) find(object string, began time.Time, over bool) string {
	r.t.Helper()
	f := huiying.Finding{Check: "link-dead", Level: huiying.LevelYellow, Found: "HTTP 404", Over: over}
	open, _ := r.cursor["open"].(map[string]any)
	if open == nil {
		open = map[string]any{}
		r.cursor["open"] = open
	}
	open["link-dead\n"+object] = map[string]any{"f": f, "t": "死链", "u": home, "o": object, "b": began.Unix(), "a": r.now.Unix()}
	raw, err := json.Marshal(r.cursor)
	r.must(err)
	state, err := patrol.New(nil, nil, nil).ReadState(raw, site(), r.now.In(r.desk.Zone))
	r.must(err)
	i := slices.IndexFunc(state.Incidents, func(i patrol.Incident) bool { return i.Object == object })
	level := f.Level
	if over {
		level = huiying.LevelNone
	}
	ev := huiying.NewEvent(huiying.Judgement{Level: level, Tags: []huiying.Tag{{Rule: "finding-link-dead", Level: level}}, Post: huiying.Post{
		ID: state.Incidents[i].Post, Source: "patrol", Platform: huiying.PlatformPortal, Kind: huiying.KindFinding, URL: home, Title: "死链", Text: "死链 " + object,
		PublishedAt: began, PublishedPrecision: huiying.PrecisionSecond, CollectedAt: r.now, Finding: &f, Author: huiying.Author{Verified: "none"},
	}}, r.now)
	r.must(posts.NewArchive(r.store).SaveEvents(r.t.Context(), []huiying.Event{ev}))
	return state.Incidents[i].Post
}

func (r *room) listed(f query.PatrolFilter) []string {
	r.t.Helper()
	list, err := r.desk.Findings(r.t.Context(), f)
	r.must(err)
	var out []string
	for _, row := range list.Rows {
		out = append(out, row.Post)
	}
	return out
}

func TestFindings(t *testing.T) {
	r := newRoom(t)
	began := r.now.Add(-time.Hour)
	first := r.find(link, began, false)
	gone := r.find(home+"zc/b.html", began, true)
	if got := r.listed(query.PatrolFilter{}); !slices.Equal(got, []string{first}) {
		t.Errorf("open: %v", got)
	}
	if got := r.listed(query.PatrolFilter{State: query.FindingOver, Column: home + "zc/"}); !slices.Equal(got, []string{gone}) {
		t.Errorf("over: %v", got)
	}
	for _, f := range []query.PatrolFilter{{Source: "other"}, {Check: "wording"}, {State: query.FindingExcepted}, {Column: home + "zc/"}} {
		if got := r.listed(f); len(got) != 0 {
			t.Errorf("%+v: %v", f, got)
		}
	}
	sites, err := r.desk.Sites(t.Context())
	if err != nil || len(sites) != 1 || sites[0].Home != home || sites[0].Total != 1 || sites[0].Open["link-dead"] != 1 || sites[0].Probes.AvailableText() != "—" {
		t.Errorf("%+v %v", sites, err)
	}
	if _, err := r.desk.Finding(t.Context(), "portal:none"); huiying.ErrorCode(err) != huiying.NotFound {
		t.Errorf("%v", err)
	}
}

// However many sites there are, the page reads the state of each once.
func TestSitesReadOnce(t *testing.T) {
	r := newRoom(t)
	var many []huiying.Source
	for i := range 5 {
		s := site()
		s.ID = "patrol" + strconv.Itoa(i)
		many = append(many, s)
	}
	r.desk.Sources = func(context.Context) ([]huiying.Source, error) { return many, nil }
	read := 0
	r.desk.Cursor = func(context.Context, string) (json.RawMessage, error) { read++; return nil, nil }
	if sites, err := r.desk.Sites(t.Context()); err != nil || len(sites) != 5 || read != 5 {
		t.Errorf("%d sites, %d states read, %v", len(sites), read, err)
	}
}

// An exception has an end and a reason, is logged with its history, and can be
// ended; a look is asked for at most once a minute.
func TestOrders(t *testing.T) {
	r := newRoom(t)
	post := r.find(link, r.now.Add(-time.Hour), false)
	officer := huiying.Actor{ID: "officer"}
	for what, n := range map[string]query.NewException{
		"no reason": {Post: post, Until: r.now.AddDate(0, 1, 0)}, "no end": {Post: post, Reason: "x"}, "the past": {Post: post, Reason: "x", Until: r.now},
		"two years": {Post: post, Reason: "x", Until: r.now.AddDate(2, 0, 0)}, "a long reason": {Post: post, Reason: strings.Repeat("长", 201), Until: r.now.AddDate(0, 1, 0)},
	} {
		if err := r.desk.Except(t.Context(), n); huiying.ErrorCode(err) != huiying.Invalid {
			t.Errorf("%s: %v", what, err)
		}
	}
	if err := r.desk.EndException(t.Context(), post, officer); huiying.ErrorCode(err) != huiying.Conflict {
		t.Errorf("%v", err)
	}
	r.must(r.desk.Rescan(t.Context(), post, officer))
	if err := r.desk.Rescan(t.Context(), post, officer); huiying.ErrorCode(err) != huiying.Conflict {
		t.Errorf("twice at once: %v", err)
	}
	page, err := r.desk.Finding(t.Context(), post)
	if err != nil || !page.Asked.Equal(r.now) {
		t.Errorf("%+v %v", page, err)
	}
	r.now = r.now.Add(2 * time.Minute)
	until := r.now.AddDate(0, 0, 10)
	r.must(r.desk.Except(t.Context(), query.NewException{Post: post, Until: until, Reason: "正在改版", Actor: officer}))
	orders, err := inspection.OrdersOf(t.Context(), r.desk.Shelf, "patrol")
	if err != nil || len(orders.Except) != 1 || orders.Except[0].Object != link || len(orders.Again) != 1 || r.shared != 2 {
		t.Errorf("%+v %v, handed on %d times", orders, err, r.shared)
	}
	r.now = r.now.Add(time.Minute)
	r.find(link, r.now.Add(-63*time.Minute), true) // the inspection ends it
	if got := r.listed(query.PatrolFilter{State: query.FindingExcepted}); !slices.Equal(got, []string{post}) {
		t.Errorf("excepted: %v", got)
	}
	if got := r.listed(query.PatrolFilter{State: query.FindingOver}); len(got) != 0 {
		t.Errorf("over: %v", got)
	}
	r.must(r.desk.EndException(t.Context(), post, huiying.Actor{ID: "admin"}))
	if page, err = r.desk.Finding(t.Context(), post); err != nil || page.State != query.FindingOver || page.Exception != nil {
		t.Errorf("%+v %v", page.PatrolFinding, err)
	}
	var steps []string
	for _, s := range page.History {
		steps = append(steps, s.What+" "+s.By)
	}
	slices.Sort(steps) // of one moment the order says nothing
	if want := []string{"over ", "patrol_except_ended admin", "patrol_excepted officer", "patrol_rescanned officer", "told "}; !slices.Equal(steps, want) {
		t.Errorf("%v", steps)
	}
	if log, err := access.New(r.store).Of(t.Context(), post, access.PatrolExcepted, 5); err != nil || len(log) != 1 || !strings.Contains(log[0].Detail, "正在改版") {
		t.Errorf("%+v %v", log, err)
	}
	if err := r.desk.Rescan(t.Context(), post, officer); huiying.ErrorCode(err) != huiying.Conflict {
		t.Errorf("what is over: %v", err)
	}
}

// Words and orders are laid over the definition of an inspection alone, beside
// what the office wrote, and what has run out is left out.
func TestMerge(t *testing.T) {
	now := time.Date(2026, 11, 23, 2, 0, 0, 0, time.UTC)
	src := site()
	src.Options = []byte(`{"url":"` + home + `","words":{"add":[{"wrong":"甲乙","right":"甲丙"}],"off":["布署"]}}`)
	body, err := json.Marshal(src)
	if err != nil {
		t.Fatal(err)
	}
	own := []wording.Word{{Wrong: "服雾", Right: "服务", Level: "serious"}}
	o := inspection.Orders{
		Except: []inspection.Exception{{Check: "link-dead", Object: link, Until: now.Add(time.Hour)}, {Check: "link-dead", Object: home, Until: now}},
		Again:  []inspection.Again{{Check: "wording", Object: "服雾", Asked: now}, {Check: "link-dead", Object: link, Asked: now.Add(-24 * time.Hour)}},
	}
	merged, err := inspection.Merge(body, own, o, now)
	if err != nil {
		t.Fatal(err)
	}
	var got huiying.Source
	if err := json.Unmarshal(merged, &got); err != nil {
		t.Fatal(err)
	}
	opt, err := settings.Settle(got, nil)
	if err != nil || len(opt.Words.Add) != 2 || len(opt.Words.Off) != 1 || len(opt.Except) != 1 || len(opt.Again) != 1 || len(opt.Mistakes.Find("服雾与甲乙")) != 2 {
		t.Errorf("%+v %v", opt, err)
	}
	// All that is laid over is told apart from what an administrator wrote, for
	// that may lie in a private network.
	var before, after map[string]json.RawMessage
	if err := errors.Join(json.Unmarshal(src.Options, &before), json.Unmarshal(got.Options, &after)); err != nil {
		t.Fatal(err)
	}
	for name := range after {
		if !slices.Contains(patrol.Kind(nil).Laid, name) && string(after[name]) != string(before[name]) {
			t.Errorf("%s is laid over as if an administrator had written it", name)
		}
	}
	for what, body := range map[string][]byte{"another kind": []byte(`{"id":"w","kind":"weibo"}`), "wrong options": []byte(`{"id":"p","kind":"patrol","options":[1]}`)} {
		if merged, err := inspection.Merge(body, own, o, now); err != nil || string(merged) != string(body) {
			t.Errorf("%s: %s %v", what, merged, err)
		}
	}
	if merged, err := inspection.Merge(body, nil, inspection.Orders{}, now); err != nil || string(merged) != string(body) {
		t.Errorf("nothing to add: %v", err)
	}
}
