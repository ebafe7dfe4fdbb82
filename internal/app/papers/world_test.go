package papers_test

import (
	"context"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"huiying"
	"huiying/internal/app/papers"
	"huiying/internal/locale"
	"huiying/internal/query"
	"huiying/internal/store"
	"huiying/internal/store/posts"
	"huiying/internal/store/record"
	"huiying/internal/store/views"
	"huiying/notifier"
	"huiying/notifier/casework"
	"huiying/notifier/casework/limit"
)

var key = []byte("the key that the database never holds")

// office is a service over a real store whose clock stands until it is moved.
type office struct {
	t      *testing.T
	path   string
	now    time.Time
	store  *store.Store
	ledger *record.Ledger
	engine *casework.Engine
	desk   papers.Desk
	n      int
}

func newOffice(t *testing.T) *office {
	t.Helper()
	zone, err := time.LoadLocation("Asia/Shanghai")
	o := &office{t: t, path: filepath.Join(t.TempDir(), "huiying.db"), now: time.Date(2026, 11, 23, 1, 30, 0, 0, time.UTC)}
	o.must(err)
	clock := func() time.Time { return o.now }
	o.store, err = store.Open(t.Context(), store.Options{Path: o.path, MACKey: key, Now: clock, Zone: zone})
	o.must(err)
	t.Cleanup(func() { o.must(o.store.Close()) })
	words, err := locale.Load()
	o.must(err)
	o.ledger = record.New(o.store)
	reader := papers.NewReader([]string{"0955-7012345"}, nil, nil)
	o.engine = casework.New(casework.Options{
		Now: clock, Zone: zone,
		Ledger: casework.LedgerFunc(func(ctx context.Context, f func(casework.Tx) error) error {
			return o.ledger.InTx(ctx, func(tx *record.Tx) error { return f(tx) })
		}),
		Inspect: papers.Inspector(o.store, reader, nil),
	})
	o.desk = papers.Desk{
		Store: o.store, Views: views.New(o.store), Key: key, Words: words, Reader: reader, KeepFor: 365 * 24 * time.Hour, Presets: limit.Presets(),
		Office: papers.Office{
			Name: "示例市政务服务中心", Zone: zone, Program: "test", Units: []huiying.Unit{{ID: "u-hall", Name: "政务大厅管理科"}},
			People: func(context.Context) ([]huiying.Person, error) { return people(), nil },
		},
		Cases: notifier.NewDesk(notifier.DeskOptions{
			Cases: o.engine, Directory: nobody{}, Now: clock, Zone: zone,
			Ledger: notifier.LedgerFunc(func(ctx context.Context, f func(notifier.Tx) error) error {
				return o.ledger.InTx(ctx, func(tx *record.Tx) error { return f(tx) })
			}),
		}),
	}
	return o
}

// nobody is told of anything.
type nobody struct{}

func (nobody) Recipients(context.Context, []string) ([]notifier.Recipient, error) { return nil, nil }

func people() []huiying.Person {
	return []huiying.Person{
		{ID: "officer", Name: "周值班", Roles: []huiying.Role{huiying.RoleOfficer}},
		{ID: "hall", Name: "韩承办", Unit: "u-hall", Roles: []huiying.Role{huiying.RoleResponder}},
		{ID: "manager", Name: "林主任", Roles: []huiying.Role{huiying.RoleManager}},
	}
}

func (o *office) actor(id string) huiying.Actor {
	for _, p := range people() {
		if p.ID == id {
			return huiying.Actor{ID: p.ID, Unit: p.Unit, Roles: p.Roles}
		}
	}
	o.t.Fatalf("nobody is %s", id)
	return huiying.Actor{}
}

func (o *office) must(err error) {
	o.t.Helper()
	if err != nil {
		o.t.Fatal(err)
	}
}

const citizen = "大厅社保窗口几点开门？我排了三个小时，请回电 13900001234。"

// open opens a case of a post that was read from a page.
func (o *office) open(level huiying.Level, text string) string {
	o.t.Helper()
	o.n++
	id := fmt.Sprintf("weibo:%d", 5230000000000000+o.n)
	j := huiying.Judgement{Level: level, LevelWhy: []string{}, Tags: []huiying.Tag{{Rule: "r-queue", Name: "大厅排队", Level: level}}, Post: huiying.Post{
		ID: id, Source: "weibo-mentions", Platform: "weibo", Kind: huiying.KindPost, Text: text, URL: "https://example.org/post/" + fmt.Sprint(o.n),
		Author: huiying.Author{ID: "p-00000000000000aa", Name: "p", Verified: "none"}, PublishedAt: o.now.Add(-10 * time.Minute), CollectedAt: o.now.Add(-5 * time.Minute),
		Evidence: huiying.Digest(id),
	}}
	no := ""
	o.must(posts.NewArchive(o.store).SaveEvents(o.t.Context(), []huiying.Event{huiying.NewEvent(j, o.now)}))
	o.must(o.ledger.InTx(o.t.Context(), func(tx *record.Tx) (err error) {
		if no, err = tx.NextCaseNo(o.t.Context(), "20261123"); err != nil {
			return err
		}
		_, err = o.engine.Detect(o.t.Context(), tx, casework.Opening{
			No: no, Level: level, Title: "大厅排队", Topic: "t-" + no, Rule: "r-queue", Post: id,
			FirstSeenAt: j.Post.CollectedAt, PublishedAt: j.Post.PublishedAt, Origin: huiying.Origin{Platform: "weibo", Kind: "post"},
		})
		return err
	}))
	return no
}

func (o *office) step(no, who, action string, fields ...string) huiying.Case {
	o.t.Helper()
	o.now = o.now.Add(7 * time.Minute)
	cmd := huiying.Command{CaseNo: no, Action: action, Actor: o.actor(who), Fields: map[string]string{}}
	for i := 0; i+1 < len(fields); i += 2 {
		cmd.Fields[fields[i]] = fields[i+1]
	}
	c, err := o.engine.Do(o.t.Context(), cmd)
	if err != nil {
		words, _ := locale.Load()
		o.t.Fatalf("%s: %s", action, words.Sentence(locale.English, err))
	}
	return c
}

const (
	draft  = "您好，大厅社保窗口每天八点半开门。"
	answer = "您好，大厅社保窗口每天早上八点半开门，今天起加开两个窗口，平均等候不超过十五分钟。"
	told   = "已电话 13900001234 告知来信人，其表示满意。"
)

var pdf = []byte("%PDF-1.7\n一份回函\n%%EOF\n")

// closed leads a case from the first post to its end, with two drafts, an
// attachment and a note that holds a telephone number.
func (o *office) closed() string {
	o.t.Helper()
	no := o.open(huiying.LevelOrange, citizen)
	o.step(no, "officer", "assign", "unit", "u-hall", "note", "请今天办结")
	o.step(no, "hall", "ack")
	o.step(no, "hall", "draft", "text", draft)
	_, err := o.desk.Attach(o.t.Context(), query.NewFile{CaseNo: no, Name: "回函.pdf", Body: pdf, Actor: o.actor("hall")})
	o.must(err)
	o.step(no, "hall", "note", "note", told)
	o.step(no, "hall", "submit", "text", answer, "checked", "true")
	o.step(no, "manager", "approve", "secrecy", "true", "business", "true", "note", "口径一致")
	o.now = o.now.Add(time.Minute)
	o.step(no, "hall", "publish", "url", "https://example.org/reply", "at", o.now.Format(time.RFC3339), "platform", "weibo", "text", answer)
	o.step(no, "officer", "close", "kind", "livelihood", "disposition", "difficulty", "settlement", "solved")
	return no
}

// verify checks record and all that lies beside it.
func (o *office) verify() record.Report {
	o.t.Helper()
	report, err := o.ledger.Verify(o.t.Context(), record.VerifyOptions{
		Key: key, Fold: casework.Fold, Also: []record.Check{papers.Check()},
	})
	o.must(err)
	return report
}
