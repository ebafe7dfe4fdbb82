package web_test

import (
	"context"
	"fmt"
	"log/slog"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"huiying"
	"huiying/internal/app/annual"
	"huiying/internal/app/attending"
	"huiying/internal/app/correcting"
	"huiying/internal/app/exporting"
	"huiying/internal/app/heat"
	"huiying/internal/app/inbox"
	"huiying/internal/app/outcomes"
	apppapers "huiying/internal/app/papers"
	"huiying/internal/app/proof"
	"huiying/internal/app/reports"
	"huiying/internal/app/rota"
	"huiying/internal/app/sourcing"
	"huiying/internal/app/supervision"
	"huiying/internal/app/volume"
	"huiying/internal/locale"
	"huiying/internal/query"
	"huiying/internal/report/effect"
	"huiying/internal/store"
	"huiying/internal/store/access"
	"huiying/internal/store/browsers"
	"huiying/internal/store/cases"
	"huiying/internal/store/corrections"
	"huiying/internal/store/definitions"
	exportbook "huiying/internal/store/exports"
	"huiying/internal/store/factor"
	"huiying/internal/store/identities"
	inboxbook "huiying/internal/store/inbox"
	"huiying/internal/store/outbox"
	"huiying/internal/store/pins"
	"huiying/internal/store/posts"
	"huiying/internal/store/pulse"
	"huiying/internal/store/record"
	reportbook "huiying/internal/store/reports"
	"huiying/internal/store/saved"
	"huiying/internal/store/studies"
	"huiying/internal/store/tokens"
	"huiying/internal/store/users"
	"huiying/internal/store/views"
	"huiying/internal/web"
	"huiying/internal/web/api"
	"huiying/internal/web/door"
	"huiying/notifier"
	"huiying/notifier/calendar"
	"huiying/notifier/casework"
	"huiying/notifier/casework/limit"
	"huiying/notifier/casework/measure"
	plan "huiying/notifier/duty"
)

// world is a whole office over a real store: people of every role, cases in
// every state, a clock that stands still until it is told to move.
type world struct {
	notices  func(context.Context) []query.Notice
	t        testing.TB
	zone     *time.Location
	path     string // of the database
	store    *store.Store
	users    *users.Users
	browsers *browsers.Book
	factor   *factor.Book
	tokens   *tokens.Book
	identity *identities.Book
	proxies  door.Proxies
	access   *access.Log
	ledger   *record.Ledger
	engine   *casework.Engine
	links    *notifier.Links
	server   *web.Server
	http     *httptest.Server
	log      *logBook
	live     chan [2]string
	refusals refusalDesk
	stopped  query.Switch // of all collection
	parked   parkedDesk

	corrections correcting.Desk
	raised      []string // topics that a person's level raised
	topics      topicDesk
	duty        *rota.Desk

	papers   apppapers.Desk
	drafting apppapers.Drafting
	desk     *notifier.Desk

	publishing publishers
	rules      ruleDesk
	lexicon    wordDesk
	patrol     patrolDesk
	starting   startDesk
	inventory  adminDesk

	figures *outcomes.Desk
	about   *heat.Desk
	cards   *supervision.Desk
	exports *exporting.Desk
	reports reporting

	evidence evidenceDesk
	shifts   []huiying.DutyShift // of people with quiet hours
	proofs   codeRoom
	sending  *postRoom
	panics   bool // the readiness check panics

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
		{ID: "weibo-office", Kind: "weibo", Name: "政务微博评论", Every: 5 * time.Minute, Options: []byte(`{"cookie":"SUB=secret"}`)},
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

func (d triage) TakeBack(ctx context.Context, post string, by huiying.Actor) error {
	return d.w.access.TakeBack(ctx, post, by)
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

// inbox is the desk beside single decisions.
func (w *world) inbox() inbox.Desk {
	book := inboxbook.New(w.store)
	return inbox.Desk{
		Book: book, Reader: book, Do: w.engine.Do, SetAside: w.access.SetAside, Open: triage{w}.Open, Logger: slog.New(slog.NewTextHandler(w.log, nil)),
		CaseOf: func(ctx context.Context, id string) (string, error) {
			p, err := posts.Get(ctx, w.store.Reader(), id)
			return p.CaseNo, err
		},
	}
}

// preserving is the keeping of sealed pages by hand.
func (w *world) preserving() proof.Preserving {
	return proof.Preserving{Pins: pins.New(w.store), Store: w.store, Office: "示例市政务服务中心", Zone: w.zone, Head: w.ledger.At}
}

// correcting is how judgements are put right, wired as the application does.
func (w *world) correcting() correcting.Desk {
	return correcting.Desk{
		Book: corrections.New(w.store, func(context.Context) ([]huiying.Unit, error) { return units(), nil }, "滨河街道", "城东街道"),
		Open: triage{w}.Open, Do: func(ctx context.Context, cmd huiying.Command) (huiying.Case, error) { return w.engine.Do(ctx, cmd) },
		Case: func(ctx context.Context, no string) (huiying.Case, error) {
			return cases.Get(ctx, w.store.Reader(), no)
		},
		Raise: func(_ context.Context, topic, _ string, level huiying.Level) error {
			w.raised = append(w.raised, topic+" "+string(level))
			return nil
		},
	}
}

// openWorld is an office over a copy of a database, or over an empty one.
func openWorld(t testing.TB, database []byte) *world {
	t.Helper()
	zone, err := time.LoadLocation("Asia/Shanghai")
	if err != nil {
		t.Fatal(err)
	}
	w := &world{t: t, zone: zone, now: time.Date(2026, 11, 23, 14, 20, 0, 0, zone), log: &logBook{}, live: make(chan [2]string, 64)}
	w.path = filepath.Join(t.TempDir(), "huiying.db")
	w.must(os.WriteFile(w.path, database, 0o600))
	w.store, err = store.Open(context.Background(), store.Options{
		Path: w.path, MACKey: []byte(strings.Repeat("k", 32)), Now: w.clock, Zone: zone,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { w.store.Close() })
	w.factor = factor.New(w.store, []byte(strings.Repeat("f", factor.KeySize)), "示例市政务服务中心")
	w.users = users.New(w.store, users.Options{Cost: users.Cost{Memory: 64, Time: 1, Threads: 1}, Factor: w.factor})
	w.browsers = browsers.New(w.store)
	w.tokens = tokens.New(w.store, tokens.Options{Scopes: api.Scopes(), People: w.users.ByID})
	w.identity = identities.New(w.store, w.users)
	w.access, w.ledger = access.New(w.store), record.New(w.store)
	reader := apppapers.NewReader(nil, nil, nil)
	w.engine = casework.New(casework.Options{Now: w.clock, Zone: zone, Inspect: apppapers.Inspector(w.store, reader, nil), Ledger: casework.LedgerFunc(func(ctx context.Context, f func(casework.Tx) error) error {
		return w.ledger.InTx(ctx, func(tx *record.Tx) error { return f(tx) })
	})})
	w.links = notifier.NewLinks(notifier.LinksOptions{
		Key: []byte(strings.Repeat("l", 32)), Outbox: outbox.NewDeliveries(w.store), Cases: w.engine, Reader: w.ledger,
		Directory: directory{people()}, Now: w.clock,
		Ledger: notifier.LedgerFunc(func(ctx context.Context, f func(notifier.Tx) error) error {
			return w.ledger.InTx(ctx, func(tx *record.Tx) error { return f(tx) })
		}),
	})
	w.topics = newTopicDesk(w)
	w.corrections = w.correcting()
	w.duty = newDutyDesk(w)
	w.openPapers(reader)
	return w
}

// serve opens the office's pages.
func (w *world) serve() {
	w.t.Helper()
	words, err := locale.Load()
	w.must(err)
	registry := prometheus.NewRegistry()
	w.proofs = codeRoom{w: w}
	w.rules, w.starting, w.inventory = newRuleDesk(w.clock()), newStartDesk(w.clock()), newAdminDesk(w.clock())
	w.openFigures(words)
	w.sending = &postRoom{Deliveries: outbox.NewDeliveries(w.store), w: w}
	w.server, err = web.New(web.Options{
		Deliveries: w.sending, Ways: w.sending,
		Catalogue: words, Zone: w.zone, Now: w.clock, Logger: slog.New(slog.NewTextHandler(w.log, nil)),
		Registerer: registry, Gatherer: registry, Office: "示例市政务服务中心", Version: "test",
		Views: views.New(w.store), Accounts: w.users, Cases: w.engine, Triage: triage{w}, Inbox: w.inbox(), Links: attending.Cards{Links: w.links, Desk: newAttending(w)}, Attending: attending.Desk{Desk: newAttending(w)}, DutyPhone: "0955-1234567", Access: w.access,
		Units:    func(context.Context) ([]huiying.Unit, error) { return units(), nil },
		Sources:  func(context.Context) ([]huiying.Source, error) { return sources(), nil },
		Channels: []string{"hook", "mail"}, Live: w.follow, Refusals: &w.refusals, Parked: &w.parked, Evidence: &w.evidence, Corrections: w.corrections, Preserving: w.preserving(), Topics: &w.topics, Studies: studies.New(w.store), Interpretations: effects{studies.New(w.store)}, Orders: &sourcing.Desk{
			Shelf: definitions.New(w.store), Share: func(context.Context) error { return nil }, Now: w.clock, Zone: w.zone, Check: func(huiying.Source) error { return nil },
			Switch: func() query.Switch { return w.stopped }, Visits: views.New(w.store).Source,
		}, Volume: (&volume.Desk{Hours: pulse.New(w.store, views.New(w.store).Find).Hours, Now: w.clock, Zone: w.zone}).Spread, Pulse: pulse.New(w.store, views.New(w.store).Find),
		Routes: w.telling(), Silences: w.telling(),
		Duty: w.duty, ICal: plan.ICal, Notices: w.noticed,
		Factor: w.factor, Tokens: w.tokens, Identities: w.identity, Issuer: "https://id.example.org", Log: w.access, LogActions: access.Actions(), Watermark: true, Proxies: w.proxies,
		Papers: w.papers, Drafting: w.drafting, Together: w.desk.Together, Each: apppapers.Each{Do: w.desk.Do, Logger: slog.New(slog.NewTextHandler(w.log, nil))}.Take, Publishing: &w.publishing, Saved: saved.New(w.store), Rules: &w.rules, Start: &w.starting, Admin: &w.inventory, Outcomes: w.figures, Heat: w.about, Disclosure: w.register(words), Cards: w.cards, CardOrders: w.cards, CardMeasures: supervision.Measures(), Exports: w.exports, Reports: w.openReports(words),
		Guide:    guideDesk{w.clock()},
		Browsers: browserDesk{w.browsers}, PushOffer: w.offer, Quiet: w.quiet(), Proofs: &w.proofs,
		Lexicon: &w.lexicon, Patrol: &w.patrol, Mask: func(text string) string { return strings.ReplaceAll(text, "13900001234", "***") },
		Register: func(context.Context) ([]query.RegisterRow, error) { return registerRows(w.clock()), nil },
		Ready: func(context.Context) error {
			if w.panics {
				panic("the test asked for it")
			}
			return nil
		},
	})
	w.must(err)
	w.http = httptest.NewServer(w.server.Handler())
	w.t.Cleanup(w.http.Close)
}

// effects is what interprets events, as the office has it.
type effects struct{ *studies.Book }

func (effects) Effect(posts []query.EffectPost, a query.EffectAsk) query.Effect {
	return effect.Of(posts, a)
}

// register is that of the yearly report.
func (w *world) register(words *locale.Catalogue) *annual.Register {
	return &annual.Register{Desk: annual.Desk{
		Store: w.store, Office: "示例市政务服务中心", Measure: annual.MeasureOffice(w.zone, limit.Presets()), Now: w.clock, Words: words, Person: func(id string) string { return id },
	}}
}

// noticed is what a test says must be mended.
func (w *world) noticed(ctx context.Context) []query.Notice {
	if w.notices == nil {
		return nil
	}
	return w.notices(ctx)
}

// openFigures measures the office's cases and takes lists away.
func (w *world) openFigures(words *locale.Catalogue) {
	presets := limit.Presets()
	w.figures = &outcomes.Desk{
		Store: w.store, Calendar: "2026-test", Now: w.clock, Logger: slog.New(slog.DiscardHandler),
		Office: measure.Office{Zone: w.zone, MetBy: func(preset string) string {
			p, _ := limit.Find(presets, preset)
			return p.MetBy
		}},
	}
	w.cards = &supervision.Desk{
		Store: w.store, Shelf: definitions.New(w.store), Figures: w.figures, Now: w.clock,
		Units:    func(context.Context) ([]huiying.Unit, error) { return units(), nil },
		Personal: func(text string) bool { return strings.Contains(text, "13900001234") },
	}
	w.about = heat.New(heat.Options{
		Store: w.store, Posts: views.New(w.store).ByNumber, Units: map[string]string{"u-hrss": "人社窗口", "u-hall": "大厅科"},
		Items:  []heat.Item{{Code: "item-card", Name: "社保卡补办", Unit: "u-hrss", Window: "社保综合窗口"}, {Code: "item-queue", Name: "取号叫号", Unit: "u-hall", Window: "导办台"}},
		Places: []heat.Place{{Name: "文昌镇", Above: "沙坡头区"}, {Name: "新民村", Village: true, Above: "文昌镇"}},
	})
	w.exports = exporting.New(exporting.Options{
		Book: exportbook.New(w.store), Dir: w.exportDir(), Views: views.New(w.store), Outcomes: w.figures, Scores: w.cards, Heat: w.about,
		Account: w.users.ByID, Token: w.tokens.Account, People: w.users.List, Units: units(), Words: words, Zone: w.zone, Now: w.clock, Logger: slog.New(slog.DiscardHandler),
		Limits: exporting.Limits{Rows: 5000, Keep: 7 * 24 * time.Hour}, PublicURL: "https://example.org",
	})
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
	topic                                  func(id, text string) string // nil = one of its own
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
	if w.n%3 == 0 {
		j.ServiceItems = []string{"item-queue"}
	}
	if w.n%7 == 0 {
		j.Places = []string{"新民村"}
	}
	if u.rule != "" {
		j.ServiceItems = append(j.ServiceItems, "item-card")
	}
	if u.topic != nil {
		j.Topic = u.topic(id, u.text)
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
		{huiying.StateInReview, who, "submit", map[string]string{"text": reply, "checked": "true"}},
		{huiying.StateApproved, "manager", "approve", map[string]string{"secrecy": "true", "business": "true", "note": "口径一致，可以发布。"}},
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

// reporting is reports as pages see them.
type reporting struct {
	*reports.Desk
	*reports.Clock
}

// openReports drafts and schedules reports.
func (w *world) openReports(words *locale.Catalogue) reporting {
	logger, presets := slog.New(slog.DiscardHandler), limit.Presets()
	desk := reports.New(reports.Options{
		Counter: &reports.Counter{
			Store: w.store, Name: "示例市政务服务中心", Units: units(), Office: measure.Office{Zone: w.zone, MetBy: func(preset string) string {
				p, _ := limit.Find(presets, preset)
				return p.MetBy
			}},
		},
		Book: reportbook.New(w.store), Words: words, Zone: w.zone, People: w.users.List, Now: w.clock,
	})
	days, err := calendar.New(calendar.Options{Zone: w.zone})
	w.must(err)
	w.reports = reporting{desk, reports.NewClock(reports.ClockOptions{
		Desk: desk, Days: func() *calendar.Calendar { return days }, Ledger: w.ledger, People: directory{people()}, Wake: func() {}, Logger: logger,
	})}
	return w.reports
}

// exportDir is where files of exports lie.
func (w *world) exportDir() string { return filepath.Join(filepath.Dir(w.path), "exports") }
