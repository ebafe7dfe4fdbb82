package publishing_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"huiying"
	"huiying/internal/app/publishing"
	"huiying/internal/config"
	"huiying/internal/locale"
	"huiying/internal/query"
	"huiying/internal/store"
	"huiying/internal/store/postings"
	"huiying/internal/store/posts"
	"huiying/internal/store/record"
	"huiying/internal/store/views"
	"huiying/notifier/casework"
	"huiying/notifier/posting"
)

const said = "已增开两个窗口，本周五前完成。"

// office is an approved case over a real store, and a platform that answers as
// the test says.
type office struct {
	t      *testing.T
	now    time.Time
	store  *store.Store
	engine *casework.Engine
	ledger *record.Ledger
	desk   publishing.Desk
	mu     sync.Mutex
	asked  []string // comments that reached the platform
	answer func(w http.ResponseWriter, r *http.Request)
	no     string
}

func newOffice(t *testing.T) *office {
	t.Helper()
	zone := time.FixedZone("CST", 8*3600)
	o := &office{t: t, now: time.Date(2026, 11, 23, 1, 30, 0, 0, time.UTC), answer: func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write([]byte(`{"id":4976730453,"idstr":"4976730453"}`))
	}}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		o.mu.Lock()
		o.asked = append(o.asked, r.PostFormValue("comment"))
		o.mu.Unlock()
		o.answer(w, r)
	}))
	t.Cleanup(server.Close)
	clock := func() time.Time { return o.now }
	var err error
	o.store, err = store.Open(t.Context(), store.Options{Path: filepath.Join(t.TempDir(), "huiying.db"), MACKey: []byte("key"), Now: clock, Zone: zone})
	o.must(err)
	t.Cleanup(func() { o.must(o.store.Close()) })
	words, err := locale.Load()
	o.must(err)
	o.ledger = record.New(o.store)
	o.engine = casework.New(casework.Options{Now: clock, Zone: zone, Ledger: casework.LedgerFunc(func(ctx context.Context, f func(casework.Tx) error) error {
		return o.ledger.InTx(ctx, func(tx *record.Tx) error { return f(tx) })
	})})
	sites, err := publishing.Sites([]config.Posting{{Kind: "weibo", URL: server.URL, Token: "t", IP: "8.8.4.4", Timeout: config.Duration(200 * time.Millisecond)}})
	o.must(err)
	o.desk = publishing.Desk{Store: o.store, Views: views.New(o.store), Now: clock, Posting: posting.New(posting.Options{
		InTx: func(ctx context.Context, f func(posting.Tx) error) error {
			return o.ledger.InTx(ctx, func(tx *record.Tx) error { return f(tx) })
		},
		Cases: o.engine, Sites: sites, Now: clock, Woken: func() {},
		Say: func(err error) string { return words.Sentence(locale.Chinese, err) },
	})}
	o.open()
	return o
}

func (o *office) must(err error) {
	o.t.Helper()
	if err != nil {
		words, _ := locale.Load()
		o.t.Fatal(words.Sentence(locale.English, err), err)
	}
}

func actor(id string) huiying.Actor {
	return map[string]huiying.Actor{
		"officer": {ID: "officer", Roles: []huiying.Role{huiying.RoleOfficer}},
		"hall":    {ID: "hall", Unit: "u-hall", Roles: []huiying.Role{huiying.RoleResponder}},
		"tax":     {ID: "tax", Unit: "u-tax", Roles: []huiying.Role{huiying.RoleResponder}},
		"check":   {ID: "check", Roles: []huiying.Role{huiying.RoleReviewer}},
	}[id]
}

func scope(id string) query.Scope {
	return query.Scope{All: actor(id).Unit == "", Unit: actor(id).Unit}
}

const post = "weibo:5230000000000001"

// open brings a case of a post on Weibo to approved words.
func (o *office) open() {
	o.t.Helper()
	j := huiying.Judgement{Level: huiying.LevelYellow, LevelWhy: []string{}, Tags: []huiying.Tag{{Rule: "r-queue", Name: "大厅排队", Level: huiying.LevelYellow}}, Post: huiying.Post{
		ID: post, Source: "weibo-mentions", Platform: "weibo", Kind: huiying.KindPost, Text: "窗口太少。", URL: "https://example.org/post/1",
		Author: huiying.Author{ID: "p-1", Name: "p", Verified: "none"}, PublishedAt: o.now, CollectedAt: o.now,
	}}
	o.must(posts.NewArchive(o.store).SaveEvents(o.t.Context(), []huiying.Event{huiying.NewEvent(j, o.now)}))
	o.must(o.ledger.InTx(o.t.Context(), func(tx *record.Tx) (err error) {
		if o.no, err = tx.NextCaseNo(o.t.Context(), "20261123"); err != nil {
			return err
		}
		_, err = o.engine.Detect(o.t.Context(), tx, casework.Opening{
			No: o.no, Level: huiying.LevelYellow, Title: "大厅排队", Topic: "t-1", Rule: "r-queue", Post: post,
			FirstSeenAt: o.now, PublishedAt: o.now, Origin: huiying.Origin{Platform: "weibo", Kind: "post"},
		})
		return err
	}))
	o.step("officer", "assign", "unit", "u-hall")
	o.step("hall", "ack")
	o.submit(said)
	o.step("check", "approve", "secrecy", "on", "business", "on")
}

func (o *office) submit(text string) {
	o.t.Helper()
	o.step("hall", "submit", "text", text, "kind", "livelihood", "disposition", "difficulty")
}

func (o *office) step(who, action string, fields ...string) huiying.Case {
	o.t.Helper()
	o.now = o.now.Add(7 * time.Minute)
	cmd := huiying.Command{CaseNo: o.no, Action: action, Actor: actor(who), Fields: map[string]string{}}
	for i := 0; i+1 < len(fields); i += 2 {
		cmd.Fields[fields[i]] = fields[i+1]
	}
	c, err := o.engine.Do(o.t.Context(), cmd)
	o.must(err)
	return c
}

func (o *office) publish(who string) (huiying.Case, error) {
	o.now = o.now.Add(time.Minute)
	page, err := o.desk.Views.Case(o.t.Context(), query.Scope{All: true}, o.no)
	o.must(err)
	return o.desk.Publish(o.t.Context(), query.NewPosting{CaseNo: o.no, Version: page.Case.Version, Scope: scope(who), Actor: actor(who)})
}

func (o *office) sent() []string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return slices.Clone(o.asked)
}

func (o *office) wants(err error, code huiying.Code, key string) {
	o.t.Helper()
	if err == nil || huiying.ErrorCode(err) != code || !strings.Contains(err.Error(), key) {
		o.t.Fatalf("%v, want %v %s", err, code, key)
	}
}

func (o *office) seen() query.Publishing {
	o.t.Helper()
	page, err := o.desk.Views.Case(o.t.Context(), query.Scope{All: true}, o.no)
	o.must(err)
	p, err := o.desk.Publishing(o.t.Context(), page)
	o.must(err)
	return p
}

func (o *office) states() string {
	var out []string
	for _, p := range o.seen().Postings {
		out = append(out, string(p.State))
	}
	return strings.Join(out, " ")
}

// What goes out are the approved words, once, and the case records where.
func TestPublishes(t *testing.T) {
	o := newOffice(t)
	if p := o.seen(); len(p.Posts) != 1 || p.Posts[0].ID != post || len(p.Postings) != 0 {
		t.Fatalf("%+v", p)
	}
	c, err := o.publish("hall")
	o.must(err)
	if c.State != huiying.StateResponded || c.Response.URL != "https://example.org/post/1" || c.Response.Digest != huiying.Digest(said) || c.Response.By != "hall" || c.Response.Platform != "weibo" {
		t.Errorf("%+v", c.Response)
	}
	if len(o.sent()) != 1 || o.sent()[0] != said {
		t.Errorf("the platform got %q", o.sent())
	}
	steps, err := o.ledger.Steps(t.Context(), o.no)
	o.must(err)
	if last := steps[len(steps)-1]; last.Action != "publish" || last.Payload["receipt"] != "4976730453" {
		t.Errorf("%+v", last)
	}
	if p := o.seen(); len(p.Posts) != 0 || o.states() != "done" || p.Postings[0].Receipt != "4976730453" {
		t.Errorf("%+v", p)
	}
	_, err = o.publish("hall")
	o.wants(err, huiying.Conflict, "posting.once")
	if len(o.sent()) != 1 {
		t.Errorf("sent again: %q", o.sent())
	}
}

// What the case would refuse does not go out.
func TestNothingGoesOutThatTheCaseRefuses(t *testing.T) {
	o := newOffice(t)
	_, err := o.publish("tax")
	o.wants(err, huiying.Forbidden, "")
	_, err = o.publish("check")
	o.wants(err, huiying.Forbidden, "")
	_, err = o.desk.Publish(t.Context(), query.NewPosting{CaseNo: o.no, Post: "weibo:77", Scope: scope("hall"), Actor: actor("hall")})
	o.wants(err, huiying.NotFound, "posting.no_post")
	_, err = o.desk.Publish(t.Context(), query.NewPosting{CaseNo: o.no, Version: 2, Scope: scope("hall"), Actor: actor("hall")})
	o.wants(err, huiying.Conflict, "case.version")
	o.step("hall", "recall", "reason", "要改")
	_, err = o.publish("hall")
	o.wants(err, huiying.Conflict, "posting.no_words")
	o.submit(strings.Repeat("长", 141))
	o.step("check", "approve", "secrecy", "on", "business", "on")
	_, err = o.publish("hall")
	o.wants(err, huiying.Invalid, "posting.weibo.long")
	if len(o.sent()) != 0 || o.states() != "" {
		t.Errorf("sent %q, kept %q", o.sent(), o.states())
	}
}

// A refusal may be tried again; nothing is recorded of it in the case.
func TestRefused(t *testing.T) {
	o := newOffice(t)
	took := o.answer
	o.answer = func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusForbidden)
		_, _ = w.Write([]byte(`{"error":"expired_token","error_code":21327}`))
	}
	_, err := o.publish("officer")
	o.wants(err, huiying.Invalid, "posting.refused")
	if p := o.seen(); o.states() != "refused" || !strings.Contains(p.Postings[0].Why, "21327") || len(p.Posts) != 1 {
		t.Errorf("%+v", p)
	}
	o.answer = took
	c, err := o.publish("officer")
	o.must(err)
	if c.State != huiying.StateResponded || o.states() != "done refused" {
		t.Errorf("%s, %s", c.State, o.states())
	}
}

// Where no answer came, nothing is sent again until a person has looked.
func TestUnclear(t *testing.T) {
	for _, out := range []bool{true, false} {
		t.Run(fmt.Sprint(out), func(t *testing.T) {
			o := newOffice(t)
			o.answer = func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }
			_, err := o.publish("hall")
			o.wants(err, huiying.Unavailable, "posting.unclear")
			_, err = o.publish("hall")
			o.wants(err, huiying.Conflict, "posting.once")
			if len(o.sent()) != 1 || o.states() != "unclear" {
				t.Fatalf("sent %q, %s", o.sent(), o.states())
			}
			v := query.PostingVerdict{CaseNo: o.no, ID: o.seen().Postings[0].ID, Out: out, Scope: scope("check"), Actor: actor("check")}
			_, err = o.desk.Settle(t.Context(), v)
			o.wants(err, huiying.Forbidden, "posting.role")
			v.Actor = actor("hall")
			c, err := o.desk.Settle(t.Context(), v)
			o.must(err)
			want, state := huiying.StateApproved, "refused"
			if out {
				want, state = huiying.StateResponded, "done"
			}
			if c.State != want || o.states() != state {
				t.Errorf("%s, %s", c.State, o.states())
			}
			_, err = o.desk.Settle(t.Context(), v)
			o.wants(err, huiying.Conflict, "posting.not_unclear")
		})
	}
}

// A kill between sending and its answer leaves an attempt that a person
// settles.
func TestCutOff(t *testing.T) {
	o := newOffice(t)
	o.now = o.now.Add(time.Minute)
	cut := huiying.Posting{
		ID: "o-cut", CaseNo: o.no, Post: post, Platform: "weibo", URL: "https://example.org/post/1", Digest: huiying.Digest(said), By: "hall",
		State: huiying.PostingSending, BeganAt: o.now,
	}
	o.must(o.ledger.InTx(t.Context(), func(tx *record.Tx) error { return tx.BeginPosting(t.Context(), cut) }))
	v := query.PostingVerdict{CaseNo: o.no, ID: cut.ID, Out: true, Scope: scope("hall"), Actor: actor("hall")}
	_, err := o.desk.Settle(t.Context(), v)
	o.wants(err, huiying.Conflict, "posting.not_unclear")
	o.now = o.now.Add(huiying.PostingLasts)
	if o.states() != "unclear" {
		t.Fatal(o.states())
	}
	c, err := o.desk.Settle(t.Context(), v)
	o.must(err)
	if c.State != huiying.StateResponded || !c.Response.At.Equal(cut.BeganAt) {
		t.Errorf("%s at %s", c.State, c.Response.At)
	}
}

// The case may move while words are on their way: they are out, and it says so.
func TestMovedMeanwhile(t *testing.T) {
	o := newOffice(t)
	took := o.answer
	o.answer = func(w http.ResponseWriter, r *http.Request) {
		o.step("hall", "recall", "reason", "要改")
		took(w, r)
	}
	_, err := o.publish("hall")
	o.wants(err, huiying.Conflict, "posting.unrecorded")
	if p := o.seen(); o.states() != "done" || p.Postings[0].Receipt != "4976730453" {
		t.Errorf("%+v", p)
	}
}

// An attempt cannot be ended through another case.
func TestSettleIsOfItsCase(t *testing.T) {
	o := newOffice(t)
	_, err := o.desk.Settle(t.Context(), query.PostingVerdict{CaseNo: o.no, ID: "o-none", Scope: scope("hall"), Actor: actor("hall")})
	o.wants(err, huiying.NotFound, "posting.unknown")
	if list, err := postings.Of(t.Context(), o.store.Reader(), "HY-none"); err != nil || len(list) != 0 {
		t.Errorf("%v %v", list, err)
	}
}
