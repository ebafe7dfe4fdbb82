package web_test

import (
	"context"
	"encoding/json"
	"os"
	"sync"
	"testing"
	"time"

	"huiying"
	"huiying/internal/query"
	"huiying/internal/store/coverage"
	"huiying/internal/store/definitions"
	"huiying/internal/store/views"
)

// seeded is a world in the middle of a working day.
type seeded struct {
	*world
	morning
}

// morning is what has happened by then and is asked for by name.
type morning struct {
	pending, fresh, overdue, handling, review, approved, responded, closed string
	delivery                                                               string
	post, private                                                          string
}

// beginning is where tests begin. A morning's work is three hundred durable
// writes, so the first test to ask has it done and all go on from copies.
type beginning struct {
	past func(s *seeded) // what has happened

	once     sync.Once
	database []byte
	morning  morning
	said     int
}

var (
	founded = beginning{past: (*seeded).hire}
	midday  = beginning{past: func(s *seeded) { s.hire(); s.work() }}
)

// newWorld is an office with its people, to whom nothing has happened yet.
func newWorld(t testing.TB) *world { return founded.office(t).world }

// newSeeded is an office in the middle of its working day.
func newSeeded(t testing.TB) *seeded { return midday.office(t) }

func (b *beginning) office(t testing.TB) *seeded {
	t.Helper()
	b.once.Do(func() {
		first := &seeded{world: openWorld(t, nil)}
		b.past(first)
		b.database, b.morning, b.said = first.saved(), first.morning, first.n
	})
	if b.database == nil {
		t.Fatal("the beginning failed in the first test that asked for it")
	}
	s := &seeded{world: openWorld(t, b.database), morning: b.morning}
	s.n = b.said
	s.serve()
	return s
}

// saved closes the office and gives its database.
func (w *world) saved() []byte {
	w.t.Helper()
	w.must(w.store.Close())
	raw, err := os.ReadFile(w.path)
	w.must(err)
	return raw
}

func (s *seeded) hire() {
	for _, p := range people() {
		s.must(s.users.Create(context.Background(), "test", p))
	}
}

// work is the morning's.
func (s *seeded) work() {
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
	for _, src := range sources() {
		src.Every = time.Hour // as they are visited below
		body, err := json.Marshal(src)
		s.must(err)
		_, _, err = definitions.New(s.store).Put(context.Background(), definitions.Definition{Kind: "source", ID: src.ID, Author: "test", Body: body})
		s.must(err)
	}
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
