package web_test

import (
	"context"
	"net/url"

	"huiying"
	"huiying/internal/query"
)

// submission is a form as it is sent.
type submission struct {
	To     string     `json:"to"`
	Fields url.Values `json:"fields"`
}

// answers are the pages that answer a form with what became of several things:
// of each kind one that was done and one that was refused. Every way of opening
// a page has things of its own, for a form does nothing twice.
func (s *seeded) answers(officer, hall string) []visit {
	list := []visit{
		{Name: "inbox-false-alarm", Path: "/inbox", Cookie: officer}, {Name: "inbox-watch", Path: "/inbox", Cookie: officer}, {Name: "inbox-later", Path: "/inbox", Cookie: officer},
		{Name: "stream-opened", Path: "/stream", Cookie: officer}, {Name: "cases-result", Path: "/cases?pick=1", Cookie: hall},
	}
	for i := range list {
		list[i].Submit = map[string]submission{}
	}
	for _, look := range []string{"desktop", "phone"} {
		for i, fields := range []url.Values{
			{"action": {query.AsideFalseAlarm}, "reason": {"广告"}}, {"action": {query.AsideWatch}, "reason": {"先看看"}}, {"action": {query.InboxLater}, "until": {"hour"}},
		} {
			fields["pick"] = s.pickTwo()
			list[i].Submit[look] = submission{"/inbox/together", fields}
		}
		list[3].Submit[look] = submission{"/stream/together", url.Values{"action": {"each"}, "unit": {"u-hall"}, "pick": {s.complain(), s.cased()}}}
		list[4].Submit[look] = submission{"/cases/together", s.ackTwo()}
	}
	return list
}

// complain says something that waits in the inbox.
func (s *seeded) complain() string {
	return s.say(utterance{text: "居住证窗口又没有人，排队的人都在等。", rule: "r-queue", ruleName: "大厅排队", level: huiying.LevelYellow, hit: "排队", sentiment: "negative"})
}

// cased is a post that has a case.
func (s *seeded) cased() string {
	c, err := s.ledger.Case(context.Background(), s.closed)
	s.must(err)
	return c.Posts[0]
}

// pickTwo are two items as the inbox shows them, of which one was decided on
// meanwhile.
func (s *seeded) pickTwo() []string {
	fresh, taken := s.complain(), s.complain()
	body := s.as("officer").get("/inbox").body
	picks := []string{picked(s.t, body, "post:"+fresh), picked(s.t, body, "post:"+taken)}
	s.must(s.access.SetAside(context.Background(), query.Aside{Post: taken, Actor: s.actor("manager"), Reason: query.AsideWatch}))
	return picks
}

// ackTwo acknowledges two cases, of which one moved meanwhile.
func (s *seeded) ackTwo() url.Values {
	form := url.Values{"action": {"ack"}}
	for range 2 {
		no, _ := s.open(utterance{text: "取号机又坏了，排队两小时。", rule: "r-queue", ruleName: "大厅排队", level: huiying.LevelOrange, hit: "排队"}, "u-hall", "hall")
		form.Add("no", no)
		form.Set("version."+no, itoa(s.version(no)))
	}
	s.step(form["no"][1], "officer", "regrade", map[string]string{"level": "red", "reason": "人越来越多"})
	return form
}
