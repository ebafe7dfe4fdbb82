package web_test

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"huiying"
	"huiying/internal/locale"
	"huiying/internal/query"
	"huiying/internal/store"
	"huiying/internal/store/access"
	"huiying/internal/store/coverage"
	"huiying/internal/store/outbox"
	"huiying/internal/store/record"
	"huiying/internal/store/users"
	"huiying/internal/store/views"
	"huiying/internal/web"
	"huiying/notifier"
	"huiying/notifier/casework"
)

// world is a whole office over a real store: people of every role, cases in
// every state, a clock that stands still until it is told to move.
type world struct {
	t      testing.TB
	zone   *time.Location
	store  *store.Store
	users  *users.Users
	access *access.Log
	ledger *record.Ledger
	engine *casework.Engine
	links  *notifier.Links
	server *web.Server
	http   *httptest.Server
	log    *logBook
	live   chan [2]string
	panics bool // the readiness check panics

	mu  sync.Mutex
	now time.Time
	n   int
}

// logBook keeps what was logged, so that tests can read it.
type logBook struct {
	mu    sync.Mutex
	lines strings.Builder
}

func (l *logBook) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.lines.Write(b)
}

func (l *logBook) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.lines.String()
}

func (w *world) clock() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.now
}

func (w *world) pass(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.now = w.now.Add(d)
}

func units() []huiying.Unit {
	return []huiying.Unit{
		{ID: "u-hall", Name: "政务大厅管理科"}, {ID: "u-hrss", Name: "人社窗口"}, {ID: "u-it", Name: "信息技术科"},
	}
}

func sources() []huiying.Source {
	return []huiying.Source{
		{ID: "weibo-mentions", Kind: "weibo", Name: "微博关键词", Every: time.Minute},
		{ID: "weibo-office", Kind: "weibo", Name: "政务微博评论", Every: 5 * time.Minute},
		{ID: "portal-letters", Kind: "portal", Name: "门户网站来信", Every: 10 * time.Minute},
		{ID: "forum-local", Kind: "forum", Name: "本地论坛", Every: 10 * time.Minute},
		{ID: "portal-news", Kind: "portal", Name: "门户网站新闻", Every: time.Hour},
	}
}

// people are one of each role and a second responder.
func people() []huiying.Person {
	hook := []huiying.Contact{{Channel: "hook"}}
	return []huiying.Person{
		{ID: "admin", Name: "管理员甲", Roles: []huiying.Role{huiying.RoleAdmin}},
		{ID: "officer", Name: "周值班", Roles: []huiying.Role{huiying.RoleOfficer}, Contacts: hook},
		{ID: "hall", Name: "韩承办", Unit: "u-hall", Roles: []huiying.Role{huiying.RoleResponder}, Contacts: hook},
		{ID: "hall2", Name: "何同事", Unit: "u-hall", Roles: []huiying.Role{huiying.RoleResponder}, Contacts: hook},
		{ID: "hrss", Name: "任承办", Unit: "u-hrss", Roles: []huiying.Role{huiying.RoleResponder}, Contacts: hook},
		{ID: "reviewer", Name: "沈审核", Roles: []huiying.Role{huiying.RoleReviewer}},
		{ID: "manager", Name: "林主任", Roles: []huiying.Role{huiying.RoleManager}},
	}
}

const password = "correct horse battery"

// directory finds people for links.
type directory struct{ people []huiying.Person }

func (d directory) Recipients(_ context.Context, notify []string) ([]notifier.Recipient, error) {
	var out []notifier.Recipient
	for _, id := range notify {
		for _, p := range d.people {
			if p.Unit == id || p.ID == id {
				out = append(out, notifier.Recipient{Person: p, Unit: p.Unit, Channel: "hook"})
			}
		}
	}
	return out, nil
}

// triage opens cases as the application does.
type triage struct{ w *world }

func (d triage) SetAside(ctx context.Context, a query.Aside) error {
	return d.w.access.SetAside(ctx, a)
}

func (d triage) Open(ctx context.Context, o query.Opening) (c huiying.Case, err error) {
	err = d.w.ledger.InTx(ctx, func(tx *record.Tx) error {
		page, err := views.New(d.w.store).Post(ctx, query.Scope{All: true}, o.Post)
		if err != nil {
			return err
		}
		j := page.Judgement
		level := j.Level
		if o.Level != "" {
			level = o.Level
		}
		no, err := tx.NextCaseNo(ctx, tx.Now().In(d.w.zone).Format("20060102"))
		if err != nil {
			return err
		}
		tag, _ := j.TopTag()
		c, err = d.w.engine.Detect(ctx, tx, casework.Opening{
			No: no, Level: level, Title: tag.Name, Topic: "topic-" + o.Post, Rule: tag.Rule, Post: o.Post,
			FirstSeenAt: page.FirstSeenAt, PublishedAt: j.Post.PublishedAt,
		})
		if err != nil || o.Unit == "" {
			return err
		}
		fields := map[string]string{"unit": o.Unit, "owner": o.Owner, "note": o.Note}
		c, err = d.w.engine.DoIn(ctx, tx, huiying.Command{CaseNo: no, Action: "assign", Actor: o.Actor, Fields: fields})
		return err
	})
	return c, err
}

func newWorld(t testing.TB) *world {
	t.Helper()
	zone, err := time.LoadLocation("Asia/Shanghai")
	if err != nil {
		t.Fatal(err)
	}
	w := &world{t: t, zone: zone, now: time.Date(2026, 11, 23, 14, 20, 0, 0, zone), log: &logBook{}, live: make(chan [2]string, 64)}
	registry := prometheus.NewRegistry()
	w.store, err = store.Open(context.Background(), store.Options{
		Path: filepath.Join(t.TempDir(), "huiying.db"), MACKey: []byte(strings.Repeat("k", 32)), Now: w.clock, Zone: zone,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { w.store.Close() })
	w.users = users.New(w.store, users.Options{Cost: users.Cost{Memory: 64, Time: 1, Threads: 1}})
	w.access, w.ledger = access.New(w.store), record.New(w.store)
	w.engine = casework.New(casework.Options{Now: w.clock, Zone: zone, Ledger: casework.LedgerFunc(func(ctx context.Context, f func(casework.Tx) error) error {
		return w.ledger.InTx(ctx, func(tx *record.Tx) error { return f(tx) })
	})})
	w.links = notifier.NewLinks(notifier.LinksOptions{
		Key: []byte(strings.Repeat("l", 32)), Outbox: outbox.NewDeliveries(w.store), Cases: w.engine, Reader: w.ledger,
		Directory: directory{people()}, Now: w.clock,
		Ledger: notifier.LedgerFunc(func(ctx context.Context, f func(notifier.Tx) error) error {
			return w.ledger.InTx(ctx, func(tx *record.Tx) error { return f(tx) })
		}),
	})
	for _, p := range people() {
		w.must(w.users.Create(context.Background(), "test", p))
	}
	words, err := locale.Load()
	w.must(err)
	w.server, err = web.New(web.Options{
		Catalogue: words, Zone: zone, Now: w.clock, Logger: slog.New(slog.NewTextHandler(w.log, nil)),
		Registerer: registry, Gatherer: registry, Office: "示例市政务服务中心", Version: "test",
		Views: views.New(w.store), Accounts: w.users, Cases: w.engine, Triage: triage{w}, Links: w.links, Access: w.access,
		Units:    func(context.Context) ([]huiying.Unit, error) { return units(), nil },
		Sources:  func(context.Context) ([]huiying.Source, error) { return sources(), nil },
		Channels: []string{"hook", "mail"}, Live: w.follow,
		Ready: func(context.Context) error {
			if w.panics {
				panic("the test asked for it")
			}
			return nil
		},
	})
	w.must(err)
	w.http = httptest.NewServer(w.server.Handler())
	t.Cleanup(w.http.Close)
	return w
}

func (w *world) follow(ctx context.Context, handle func(string, []byte)) error {
	for {
		select {
		case <-ctx.Done():
			return nil
		case m := <-w.live:
			handle(m[0], []byte(m[1]))
		}
	}
}

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

// utterance is one post to be seeded.
type utterance struct {
	text, rule, ruleName, source, platform string
	level                                  huiying.Level
	ago                                    time.Duration
	notify                                 []string
	sentiment                              string
	hit                                    string
	personal                               string
}

// say archives a judged post and returns its id.
func (w *world) say(u utterance) string {
	w.t.Helper()
	w.n++
	if u.platform == "" {
		u.platform = "weibo"
	}
	if u.source == "" {
		u.source = "weibo-mentions"
	}
	id := fmt.Sprintf("%s:%d", u.platform, 5230000000000000+w.n)
	at := w.clock().Add(-u.ago)
	j := huiying.Judgement{
		Post: huiying.Post{
			ID: id, Source: u.source, Platform: u.platform, Kind: "post", URL: "https://example.org/post/" + fmt.Sprint(w.n), Text: u.text,
			Author:      huiying.Author{ID: fmt.Sprintf("h%030d", w.n), Name: "h", Verified: "none"},
			PublishedAt: at.Add(-3 * time.Minute), PublishedPrecision: "second", CollectedAt: at, Region: "示例",
			Engagement: huiying.Engagement{Reposts: int64(w.n), Comments: 3, Likes: 12}, Evidence: "sha256:" + strings.Repeat("ab", 32),
		},
		Level: u.level, LevelWhy: []string{}, Topic: "t-" + fmt.Sprint(w.n),
	}
	if u.rule != "" {
		tag := huiying.Tag{Rule: u.rule, Name: u.ruleName, Level: u.level, Notify: u.notify}
		if i := strings.Index(u.text, u.hit); i >= 0 && u.hit != "" {
			from := len([]rune(u.text[:i]))
			tag.Matches = []huiying.Match{{Field: "text", Start: from, End: from + len([]rune(u.hit)), Text: u.hit}}
		}
		j.Tags = []huiying.Tag{tag}
		j.LevelWhy = []string{"规则“" + u.ruleName + "”定级"}
		j.Keywords = []huiying.Keyword{{Word: u.hit, Weight: 7.1}, {Word: "窗口", Weight: 4.2}}
		j.Routing = []huiying.Route{{Unit: "u-hrss", Name: "人社窗口", Score: 0.71}}
	}
	if u.sentiment != "" {
		j.Sentiment = &huiying.Sentiment{Label: u.sentiment}
		j.Intent = &huiying.Intent{Label: "complaint", Score: 0.8}
	}
	if i := strings.Index(u.text, u.personal); i >= 0 && u.personal != "" {
		from := len([]rune(u.text[:i]))
		j.PersonalData = []huiying.PersonalData{{Kind: "phone", Field: "text", Start: from, End: from + len([]rune(u.personal))}}
	}
	w.must(w.ledger.InTx(context.Background(), func(tx *record.Tx) error {
		_, err := tx.SaveEvent(context.Background(), huiying.NewEvent(j, at))
		return err
	}))
	return id
}

// open opens a case of a post with its alert and a delivery to each person.
func (w *world) open(u utterance, unit string, told ...string) (no string, deliveries []string) {
	w.t.Helper()
	post := w.say(u)
	ctx := context.Background()
	w.must(w.ledger.InTx(ctx, func(tx *record.Tx) error {
		var err error
		if no, err = tx.NextCaseNo(ctx, tx.Now().In(w.zone).Format("20060102")); err != nil {
			return err
		}
		_, err = w.engine.Detect(ctx, tx, casework.Opening{
			No: no, Level: u.level, Title: u.ruleName, Topic: "topic-" + no, Rule: u.rule, Post: post,
			FirstSeenAt: w.clock().Add(-u.ago), PublishedAt: w.clock().Add(-u.ago - 3*time.Minute),
		})
		if err == nil && unit != "" {
			_, err = w.engine.AssignByRule(ctx, tx, casework.Assignment{CaseNo: no, Rule: u.rule, Unit: unit})
		}
		if err != nil {
			return err
		}
		a := huiying.Alert{
			ID: huiying.AlertID(post, u.rule, u.level), PostID: post, PostURL: "https://example.org/p", Platform: "weibo", Rule: u.rule,
			RuleName: u.ruleName, Level: u.level, Unit: unit, Topic: "topic-" + no, CaseNo: no, AcceptedAt: w.clock().Add(-u.ago), RaisedAt: w.clock().Add(-u.ago),
		}
		if _, err = tx.AddAlert(ctx, a); err != nil {
			return err
		}
		for _, person := range told {
			d := huiying.Delivery{ID: huiying.DeliveryID(a.ID, person, "hook"), Alert: a, Person: person, Unit: unit, Channel: "hook", State: huiying.DeliveryAccepted, Attempts: 1, AcceptedAt: tx.Now()}
			deliveries = append(deliveries, d.ID)
			if _, err = tx.Enqueue(ctx, d); err != nil {
				return err
			}
		}
		return nil
	}))
	return no, deliveries
}

func (w *world) actor(id string) huiying.Actor {
	a, err := w.users.ByID(context.Background(), id)
	w.must(err)
	return a.Actor()
}

// step takes one step of a case.
func (w *world) step(no, who, action string, fields map[string]string) huiying.Case {
	w.t.Helper()
	c, err := w.engine.Do(context.Background(), huiying.Command{CaseNo: no, Action: action, Actor: w.actor(who), Fields: fields})
	if err != nil {
		w.t.Fatalf("%s of %s by %s: %v", action, no, who, err)
	}
	return c
}

const reply = "您好！关于您反映的大厅排队时间较长的问题，我们已于今天上午加开三个窗口，并安排专人引导取号。目前平均等候时间已降到 15 分钟以内。给您带来不便，深表歉意。"

// answer takes a case that is awaiting acknowledgement up to a state.
func (w *world) answer(no, who string, upTo huiying.CaseState) {
	w.t.Helper()
	steps := []struct {
		state  huiying.CaseState
		who    string
		action string
		fields map[string]string
	}{
		{huiying.StateHandling, who, "ack", nil},
		{huiying.StateInReview, who, "submit", map[string]string{"text": reply}},
		{huiying.StateApproved, "reviewer", "approve", map[string]string{"secrecy": "true", "business": "true", "note": "口径一致，可以发布。"}},
		{huiying.StateResponded, who, "publish", map[string]string{"url": "https://example.org/reply", "text": reply}},
		{huiying.StateClosed, "officer", "close", nil},
	}
	for _, s := range steps {
		w.pass(4 * time.Minute)
		if s.action == "publish" {
			s.fields["at"] = w.clock().Format(time.RFC3339)
		}
		if c := w.step(no, s.who, s.action, s.fields); c.State == upTo {
			return
		}
	}
}

// seeded is a world in the middle of a working day.
type seeded struct {
	*world
	pending, fresh, overdue, handling, review, approved, responded, closed string
	delivery                                                               string
	post, private                                                          string
}

func newSeeded(t testing.TB) *seeded {
	t.Helper()
	s := &seeded{world: newWorld(t)}
	day := s.now
	s.pass(-6 * time.Hour)
	queue := utterance{
		text: "市政务大厅今天排队三个小时还没办上社保，取号机坏了两台，窗口只开了四个，没人管！", rule: "r-queue", ruleName: "大厅排队",
		level: huiying.LevelOrange, hit: "排队", sentiment: "negative", notify: []string{"u-hall"},
	}
	s.closed, _ = s.open(queue, "u-hall", "hall")
	s.answer(s.closed, "hall", huiying.StateClosed)
	s.responded, _ = s.open(utterance{
		text: "网上预约系统早上八点就显示号源已满，是不是被人抢光了？", rule: "r-booking", ruleName: "预约系统", level: huiying.LevelOrange, hit: "预约系统", sentiment: "negative",
	}, "u-it", "officer")
	s.pass(3 * time.Hour)
	s.step(s.responded, "officer", "reassign", map[string]string{"unit": "u-hrss", "reason": "由人社窗口牵头答复"})
	s.answer(s.responded, "hrss", huiying.StateResponded)
	s.overdue, _ = s.open(utterance{
		text: "退休手续跑了三趟，每次说的材料都不一样，能不能一次讲清楚。", rule: "r-retire", ruleName: "退休手续", level: huiying.LevelRed, hit: "退休手续", sentiment: "negative", ago: 5*time.Hour + 20*time.Minute,
	}, "u-hrss", "hrss")
	s.approved, _ = s.open(utterance{text: "营业执照变更网办一直提示系统繁忙。", rule: "r-system", ruleName: "系统故障", level: huiying.LevelOrange, hit: "系统繁忙", sentiment: "negative"}, "u-hall", "hall")
	s.answer(s.approved, "hall", huiying.StateApproved)
	s.review, _ = s.open(utterance{text: "大厅停车场收费到底是谁批准的？办个事停车费比手续费还贵。", rule: "r-parking", ruleName: "停车收费", level: huiying.LevelOrange, hit: "停车", sentiment: "negative"}, "u-hall", "hall")
	s.answer(s.review, "hall", huiying.StateInReview)
	s.pass(day.Add(-40 * time.Minute).Sub(s.clock()))
	s.handling, _ = s.open(queue, "u-hall", "hall", "hall2")
	s.answer(s.handling, "hall", huiying.StateHandling)
	s.pass(day.Add(-6 * time.Minute).Sub(s.clock()))
	var told []string
	s.fresh, told = s.open(utterance{
		text: "公积金窗口两个工作人员吵起来了，几十个人围着看，业务全停，排队的人都走不了。", rule: "r-conflict", ruleName: "窗口冲突", level: huiying.LevelRed, hit: "吵起来", sentiment: "negative",
	}, "u-hall", "hall")
	s.delivery = told[0]
	s.pending, _ = s.open(utterance{text: "听说政务大厅要搬到新区，是真的吗？老人坐车要一个多小时。", rule: "r-rumour", ruleName: "大厅搬迁传言", level: huiying.LevelOrange, hit: "搬到新区", sentiment: "neutral"}, "", "officer")
	s.pass(day.Sub(s.clock()))
	s.post = s.say(utterance{text: "社保卡补办要等半个月吗？A&B 两个窗口说法不一样 <b>急</b>。", rule: "r-card", ruleName: "社保卡", level: huiying.LevelYellow, hit: "社保卡", sentiment: "negative", ago: 9 * time.Minute, platform: "portal", source: "portal-letters"})
	s.private = s.say(utterance{text: "孩子入学材料交上去两周没回音，请回电 13900001234，谢谢。", rule: "r-school", ruleName: "入学材料", level: huiying.LevelBlue, hit: "入学材料", sentiment: "neutral", ago: 4 * time.Minute, platform: "portal", source: "portal-letters", personal: "13900001234"})
	s.chatter()
	s.visits()
	return s
}

// chatter is what people say all day that no rule holds for.
func (s *seeded) chatter() {
	plain := []string{
		"今天大厅导办员特别耐心，十分钟办完，点赞。", "请问周六上午办理护照吗？", "国足中卫伤了，这比赛没法看。", "新区的桂花开了，真香。",
		"不动产登记现在可以网上预约了吗？", "大厅门口的共享单车又停满了。", "导航到政务大厅老是绕到后门。", "第一次自己办营业执照，流程比想的简单。",
	}
	tagged := []utterance{
		{text: "办居住证需要带什么材料？网上写的和窗口说的不一样。", rule: "r-material", ruleName: "办事材料", level: huiying.LevelBlue, hit: "材料", sentiment: "neutral"},
		{text: "咨询电话打了一上午都打不通，是没人上班吗？", rule: "r-phone", ruleName: "电话不通", level: huiying.LevelYellow, hit: "打不通", sentiment: "negative"},
		{text: "生育津贴申请三个月了还在审核，到底卡在哪一步？", rule: "r-slow", ruleName: "办理超期", level: huiying.LevelYellow, hit: "还在审核", sentiment: "negative"},
		{text: "自助机打印的证明没有章，窗口又不认。", rule: "r-kiosk", ruleName: "自助终端", level: huiying.LevelBlue, hit: "自助机", sentiment: "negative"},
		{text: "残疾人通道被电动车堵住了，希望管一管。", rule: "r-access", ruleName: "无障碍设施", level: huiying.LevelYellow, hit: "残疾人通道", sentiment: "negative"},
	}
	const n = 96
	for i := range n {
		u := utterance{text: plain[i%len(plain)], level: huiying.LevelNone, sentiment: []string{"positive", "neutral", "neutral"}[i%3]}
		if i%6 == 4 {
			u = tagged[(i/6)%len(tagged)]
		}
		left := n - i
		u.ago = time.Duration(left*left*1380/(n*n)+1) * time.Minute
		if i%4 == 1 {
			u.source, u.platform = "portal-letters", "portal"
		}
		s.say(u)
	}
	// Most of the tagged ones have been looked at already.
	list, err := views.New(s.store).Posts(context.Background(), query.PostFilter{Scope: query.Scope{All: true}, Untended: true, Limit: 100})
	s.must(err)
	for i, row := range list.Rows {
		if id := row.Judgement.Post.ID; i%3 != 0 && id != s.post && id != s.private {
			s.must(s.access.SetAside(context.Background(), query.Aside{Post: id, Actor: s.actor("officer"), Reason: query.AsideWatch}))
		}
	}
}

func (s *seeded) visits() {
	ledger := coverage.New(s.store)
	states := map[string]func(int) huiying.SourceState{
		"weibo-mentions": func(i int) huiying.SourceState {
			if i == 14 || i == 15 {
				return huiying.SourceRateLimited
			}
			return huiying.SourceOK
		},
		"weibo-office": func(int) huiying.SourceState { return huiying.SourceOK },
		"portal-letters": func(i int) huiying.SourceState {
			return []huiying.SourceState{huiying.SourceOK, huiying.SourceEmpty}[i%2]
		},
		"forum-local": func(i int) huiying.SourceState {
			if i < 5 {
				return huiying.SourceLoginNeeded
			}
			return huiying.SourceOK
		},
	}
	for source, state := range states {
		for i := range 23 {
			at := s.clock().Add(-time.Duration(i)*time.Hour - time.Minute)
			e := huiying.LedgerEntry{Source: source, At: at, Took: time.Second, State: state(i), Pages: 2, Posts: 20, Accepted: 6, Capped: i == 9, NextAt: at.Add(5 * time.Minute)}
			if e.State == huiying.SourceLoginNeeded {
				e.Reason, e.Detail, e.Accepted, e.Posts = "crawler.state.login-needed", "HTTP 302", 0, 0
			}
			s.must(ledger.Save(context.Background(), e))
		}
	}
}

// browser is one person's browser.
type browser struct {
	t    testing.TB
	base string
	http *http.Client
}

// as signs a person in by a one-time link; "" is nobody.
func (w *world) as(id string) *browser {
	w.t.Helper()
	jar, err := cookiejar.New(nil)
	w.must(err)
	b := &browser{t: w.t, base: w.http.URL, http: &http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
	if id == "" {
		return b
	}
	path, err := w.users.Link(context.Background(), query.LinkSignIn, id, time.Hour)
	w.must(err)
	if res := b.post(path, nil); res.status != http.StatusSeeOther {
		w.t.Fatalf("signing %s in: %d", id, res.status)
	}
	return b
}

type answer struct {
	status int
	header http.Header
	body   string
}

func (b *browser) do(r *http.Request) answer {
	b.t.Helper()
	res, err := b.http.Do(r)
	if err != nil {
		b.t.Fatal(err)
	}
	defer res.Body.Close()
	var body strings.Builder
	if _, err := fmt.Fprint(&body, readAll(b.t, res)); err != nil {
		b.t.Fatal(err)
	}
	return answer{res.StatusCode, res.Header, body.String()}
}

func (b *browser) get(path string) answer {
	b.t.Helper()
	r, err := http.NewRequestWithContext(b.t.Context(), http.MethodGet, b.base+path, nil)
	if err != nil {
		b.t.Fatal(err)
	}
	return b.do(r)
}

func (b *browser) post(path string, form url.Values) answer {
	b.t.Helper()
	r, err := http.NewRequestWithContext(b.t.Context(), http.MethodPost, b.base+path, strings.NewReader(form.Encode()))
	if err != nil {
		b.t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return b.do(r)
}
