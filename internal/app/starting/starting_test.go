package starting

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"huiying"
	"huiying/crawler"
	"huiying/crawler/feed"
	"huiying/crawler/portal"
	"huiying/crawler/weibo"
	"huiying/internal/query"
	"huiying/internal/store/access"
	"huiying/internal/store/definitions"
	"huiying/internal/store/storetest"
)

func key(err error) string {
	var e *huiying.Error
	if errors.As(err, &e) {
		return e.Key
	}
	return ""
}

// words knows two terms.
type words struct{}

func (words) Across(term string) (left, right string, times float64) {
	if term == "中卫" {
		return "集中", "卫生", 3
	}
	return "甲", "乙", 0.001
}

func (words) Inside(term string, n int) []string {
	if term == "海原县" && n > 0 {
		return []string{"青海原县"}
	}
	return nil
}

// A place name that lies inside other words is said to need the whole word,
// with the words; one that does not is not.
func TestPlaceAdvice(t *testing.T) {
	d := &Desk{Words: func() (Words, error) { return words{}, nil }}
	got, err := d.Places("中卫，沙坡头区 海原县、 海原")
	if err != nil {
		t.Fatal(err)
	}
	want := []query.PlaceAdvice{
		{Word: "中卫", Short: true, Left: "集中", Right: "卫生"}, {Word: "沙坡头区"}, {Word: "海原县", Longer: []string{"青海原县"}}, {Word: "海原", Short: true},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	for i, whole := range []bool{true, false, true, true} {
		if got[i].Whole() != whole {
			t.Errorf("%s: whole %v", got[i].Word, got[i].Whole())
		}
	}
	for list, want := range map[string]string{"卫": "start.short_place", strings.Repeat("沙坡头 ", 21): "start.many_places"} {
		if _, err := d.Places(list); key(err) != want {
			t.Errorf("%q: %v", list, err)
		}
	}
}

func newDesk(t *testing.T) *Desk {
	t.Helper()
	s, clock := storetest.Open(t)
	profiles := map[string]portal.Profile{}
	return &Desk{
		Store: s, Shelf: definitions.New(s), Zone: time.UTC, Now: clock.Now, Share: func(context.Context) error { return nil },
		Kinds: []crawler.Kind{weibo.Kind(), feed.Kind(), portal.Kind(profiles)},
	}
}

// An address becomes the definition that its way means, or one clear sentence.
func TestDefine(t *testing.T) {
	d := newDesk(t)
	for _, c := range []struct {
		way, address string
		id, kind     string
		options      string
		key          string
	}{
		{WayWeibo, "1234567890", "weibo-1234567890", "weibo", `{"accounts":["1234567890"]}`, ""},
		{WayWeibo, "https://m.weibo.cn/u/1234567890?x=1", "weibo-1234567890", "weibo", `{"accounts":["1234567890"]}`, ""},
		{WayFeed, "https://Town.Example.gov.cn:8443/rss.xml", "town-example-gov-cn", "feed", `{}`, ""},
		{WayArticles, "https://town.example.gov.cn/xw/index.html", "town-example-gov-cn", "portal", `{"lists":["https://town.example.gov.cn/xw/index.html"],"profile":"gov-articles","site":"https://town.example.gov.cn"}`, ""},
		{WayBoard, "http://town.example.gov.cn/list.aspx", "town-example-gov-cn", "portal", `{"lists":["http://town.example.gov.cn/list.aspx"],"profile":"aspnet-board","site":"http://town.example.gov.cn"}`, ""},
		{WayWeibo, "示例发布", "", "", "", "start.no_account"},
		{WayWeibo, "https://weibo.com/n/示例", "", "", "", "start.no_account"},
		{WayFeed, "town.example.gov.cn", "", "", "", "start.no_address"},
		{WayFeed, "ftp://town.example.gov.cn/x", "", "", "", "start.no_address"},
		{WayFeed, "https://user:pass@town.example.gov.cn/x", "", "", "", "start.no_address"},
		{WayAuto, "https://town.example.gov.cn/x", "", "", "", "start.no_way"},
		{"shell", "https://town.example.gov.cn/x", "", "", "", "start.no_way"},
	} {
		s, err := d.define(query.NewSource{Way: c.way, Address: c.address})
		if key(err) != c.key {
			t.Errorf("%s %s: %v, want %q", c.way, c.address, err, c.key)
		}
		if c.key != "" {
			continue
		}
		if s.ID != c.id || s.Kind != c.kind || string(s.Options) != c.options || !s.Public || s.Every != every || s.Name == "" {
			t.Errorf("%s %s: %+v %s", c.way, c.address, s, s.Options)
		}
	}
	if _, err := d.define(query.NewSource{Way: WayFeed, Address: "https://a.example/x", Expires: "tomorrow"}); key(err) != "config.want_date" {
		t.Error(err)
	}
}

// A source is registered once, under an id of its own, with who did; what a
// file defines stays, and one that was registered here can be taken back.
func TestRegister(t *testing.T) {
	d := newDesk(t)
	by := huiying.Actor{ID: "root"}
	put := func(address string) (string, error) {
		return d.PutSource(t.Context(), query.NewSource{Way: WayFeed, Address: address, By: by})
	}
	for _, want := range []string{"town-example", "town-example-2"} {
		if id, err := put("https://town.example/" + want); err != nil || id != want {
			t.Errorf("%s %v", id, err)
		}
	}
	if _, err := put("https://town.example/town-example"); key(err) != "start.source_known" {
		t.Errorf("twice: %v", err)
	}
	file, err := json.Marshal(huiying.Source{ID: "letters", Kind: "portal"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := d.Shelf.Import(t.Context(), KindSource, "huiying.yaml", []definitions.Definition{{ID: "letters", Author: "file", Body: file}}); err != nil {
		t.Fatal(err)
	}
	for id, want := range map[string]string{"letters": "store.defined_in_file", "nobody": "store.definition_not_found", "town-example": ""} {
		if err := d.DropSource(t.Context(), id, by); key(err) != want {
			t.Errorf("%s: %v, want %q", id, err, want)
		}
	}
	var ids []string
	list, err := Sources(t.Context(), d.Shelf)
	for _, s := range list {
		ids = append(ids, s.ID)
	}
	if got := strings.Join(ids, " "); err != nil || got != "letters town-example-2" {
		t.Errorf("%s %v", got, err)
	}
	var did []string
	entries, err := access.New(d.Store).Entries(t.Context(), "", 10)
	for _, e := range entries {
		did = append(did, e.Actor+" "+e.Action+" "+e.Object)
	}
	if got := strings.Join(did, ", "); err != nil || got != "root source_removed town-example, root source_registered town-example-2, root source_registered town-example" {
		t.Errorf("the log says %s %v", got, err)
	}
}

// Each step is what the stored state says.
func TestSteps(t *testing.T) {
	reachable := query.StartPerson{Person: huiying.Person{ID: "zhou"}, Reachable: true}
	onDuty, mute := reachable, query.StartPerson{Person: huiying.Person{ID: "an"}, OnDuty: true}
	onDuty.OnDuty = true
	row := func(level huiying.Level, change string, off bool) query.RuleRow {
		return query.RuleRow{NewRule: query.NewRule{ID: "r", Level: level, Off: off}, Change: change}
	}
	at := time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		name string
		s    query.Start
		key  string
		want string
	}{
		{"no address", query.Start{}, query.StepAddress, query.StepTodo},
		{"an address", query.Start{PublicURL: "https://x"}, query.StepAddress, query.StepDone},
		{"a channel alone", query.Start{Channels: []query.ChannelRow{{ID: "hook"}}}, query.StepPeople, query.StepHalf},
		{"somebody can be told", query.Start{People: []query.StartPerson{reachable}}, query.StepPeople, query.StepDone},
		{"a source that was not read", query.Start{Sources: []query.StartSource{{}}}, query.StepSource, query.StepHalf},
		{"one that is blocked", query.Start{Sources: []query.StartSource{{Last: huiying.LedgerEntry{At: at, State: huiying.SourceBlocked}}}}, query.StepSource, query.StepHalf},
		{"one that is paused", query.Start{Sources: []query.StartSource{{Source: huiying.Source{Disabled: true}, Last: huiying.LedgerEntry{At: at, State: huiying.SourceOK}}}}, query.StepSource, query.StepTodo},
		{"one that was read", query.Start{Sources: []query.StartSource{{Last: huiying.LedgerEntry{At: at, State: huiying.SourceOK}}}}, query.StepSource, query.StepDone},
		{"a rule of the draft", query.Start{Rules: []query.RuleRow{row(huiying.LevelRed, "added", false)}}, query.StepRule, query.StepHalf},
		{"a rule that only tags", query.Start{Rules: []query.RuleRow{row(huiying.LevelNone, "", false)}}, query.StepRule, query.StepHalf},
		{"a rule that is off", query.Start{Rules: []query.RuleRow{row(huiying.LevelRed, "", true)}}, query.StepRule, query.StepHalf},
		{"a rule in force", query.Start{Rules: []query.RuleRow{row(huiying.LevelYellow, "", false)}}, query.StepRule, query.StepDone},
		{"a roster with a gap", query.Start{Rosters: []query.DutyRoster{{}}}, query.StepRoster, query.StepHalf},
		{"somebody on duty who cannot be told", query.Start{Rosters: []query.DutyRoster{{}}, People: []query.StartPerson{mute}}, query.StepRoster, query.StepHalf},
		{"somebody on duty", query.Start{Rosters: []query.DutyRoster{{}}, People: []query.StartPerson{onDuty}}, query.StepRoster, query.StepDone},
		{"a drill under way", query.Start{Drills: []query.StartDelivery{{Delivery: huiying.Delivery{State: huiying.DeliveryRetrying}}}}, query.StepDrill, query.StepHalf},
		{"a drill that died", query.Start{Drills: []query.StartDelivery{{Delivery: huiying.Delivery{State: huiying.DeliveryDead}}}}, query.StepDrill, query.StepHalf},
		{"a drill that was taken", query.Start{Drills: []query.StartDelivery{{Delivery: huiying.Delivery{State: huiying.DeliveryAccepted}}}}, query.StepDrill, query.StepDone},
	} {
		c.s.Steps = steps(c.s)
		if got := c.s.State(c.key); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
}

// Nothing of a person is in what a trial shows.
func TestTrialIsMasked(t *testing.T) {
	got := &tried{}
	for range 5 {
		if err := got.Accept(t.Context(), huiying.Post{Text: "请打 13812345678 找我，大厅 排队\n太久", Author: huiying.Author{Name: "某人"}}); err != nil {
			t.Fatal(err)
		}
	}
	if got.seen != 5 || len(got.posts) != shownPosts || strings.Contains(got.posts[0].Begins, "13812345678") || !strings.Contains(got.posts[0].Begins, "大厅 排队 太久") || len(got.posts[0].Missing) != 2 {
		t.Errorf("%d %+v", got.seen, got.posts)
	}
}

// A drill of a rule that is not in force is refused before anybody is told.
func TestDrillNeedsARule(t *testing.T) {
	d := newDesk(t)
	d.Book = func(context.Context) (query.RuleBook, error) {
		return query.RuleBook{Rules: []query.RuleRow{
			{NewRule: query.NewRule{ID: "tag", Level: huiying.LevelNone}}, {NewRule: query.NewRule{ID: "new", Level: huiying.LevelRed}, Change: "added"},
			{NewRule: query.NewRule{ID: "other", Level: huiying.LevelRed}, Change: "changed"}, {NewRule: query.NewRule{ID: "off", Level: huiying.LevelRed, Off: true}},
		}}, nil
	}
	for _, rule := range []string{"", "nobody", "tag", "new", "other", "off"} {
		if err := d.Drill(t.Context(), rule, huiying.Actor{ID: "root"}); key(err) != "start.no_rule" {
			t.Errorf("%q: %v", rule, err)
		}
	}
}

// What is found out by itself: numbers and addresses on Weibo are accounts, and
// what is no address is told at once, before any site is asked.
func TestFindsOut(t *testing.T) {
	for address, want := range map[string]bool{
		"1234567890": true, " https://weibo.com/u/1234567890": true, "https://m.weibo.cn/u/1234567890": true,
		"https://weibo.com.example.org/u/1": false, "https://town.example.gov.cn/xw/": false, "town.example.gov.cn": false, "": false,
	} {
		if got := ofWeibo(address); got != want {
			t.Errorf("%q: %v", address, got)
		}
	}
	d := newDesk(t)
	for address, want := range map[string]string{"town.example.gov.cn": "start.no_address", "": "start.no_address", "https://weibo.com/n/示例": "start.no_account"} {
		if _, err := d.TrySource(t.Context(), query.NewSource{Way: WayAuto, Address: address}); key(err) != want {
			t.Errorf("%q: %v, want %s", address, err, want)
		}
	}
	d.trying.Lock()
	defer d.trying.Unlock()
	if _, err := d.TrySource(t.Context(), query.NewSource{Way: WayAuto}); key(err) != "start.trial_busy" {
		t.Error(err)
	}
}

// site answers every question in one way.
type site string

func (s site) RoundTrip(r *http.Request) (*http.Response, error) {
	res := &http.Response{StatusCode: http.StatusOK, Header: http.Header{"Content-Type": {"text/html; charset=utf-8"}}, Body: io.NopCloser(strings.NewReader(string(s))), Request: r}
	if r.URL.Path == "/robots.txt" {
		res.StatusCode, res.Body = http.StatusNotFound, http.NoBody
	}
	return res, nil
}

type forgetful struct{}

func (forgetful) Load(context.Context, string) ([]byte, uint64, error) { return nil, 0, nil }

func (forgetful) Save(context.Context, string, []byte, uint64) (uint64, error) { return 0, nil }

// Of ways that all read nothing, the trial shows the one that tells most: an
// empty feed is empty, though it is no list of articles either.
func TestTrialTellsMost(t *testing.T) {
	for body, want := range map[string]query.SourceTrial{
		`<?xml version="1.0"?><rss version="2.0"><channel><title>镇新闻</title></channel></rss>`: {Way: WayFeed, State: huiying.SourceEmpty},
		`<html><body><p>欢迎</p></body></html>`:                                                 {Way: WayFeed, State: huiying.SourceMalformed},
	} {
		d := newDesk(t)
		d.Crawler = func(_ context.Context, sink crawler.Sink) (*crawler.Crawler, error) {
			return crawler.New(crawler.Options{
				Fetch: crawler.FetchOptions{UserAgent: "trial", NoDelay: true, Transport: site(body)}, Kinds: d.Kinds, Sink: sink, State: forgetful{}, Now: d.Now,
			})
		}
		got, err := d.TrySource(t.Context(), query.NewSource{Way: WayAuto, Address: "https://town.example.gov.cn/xw/"})
		if err != nil || got.Way != want.Way || got.State != want.State {
			t.Errorf("%s: %s %s, %v; want %s %s", body, got.Way, got.State, err, want.Way, want.State)
		}
	}
}
