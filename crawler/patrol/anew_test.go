package patrol_test

import (
	"testing"
	"time"

	"huiying"
	"huiying/crawler/patrol"
)

// state is what the pages see.
func (b *beat) state(t *testing.T) patrol.State {
	t.Helper()
	s, err := reader(nil).ReadState(b.cursor, b.source(), b.now)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func (b *beat) incident(t *testing.T, check string) patrol.Incident {
	t.Helper()
	for _, i := range b.state(t).Incidents {
		if i.Check == check {
			return i
		}
	}
	t.Fatalf("no incident %s in %+v", check, b.state(t).Incidents)
	return patrol.Incident{}
}

// again asks for a look at an incident, at the present time.
func (b *beat) again(i patrol.Incident) {
	b.opt["again"] = []map[string]any{{"check": i.Check, "object": i.Object, "asked": b.now}}
}

// A dead link is looked at on demand: still dead, then over; each order is
// carried out once, and costs no round.
func TestLookAgain(t *testing.T) {
	b := newBeat()
	delete(b.town.pages, home+"a.html")
	b.visit(t)
	b.expect(t, "the round", "link-dead yellow")
	dead := b.incident(t, "link-dead")
	if dead.Post == "" || dead.Object != home+"a.html" {
		t.Fatalf("%+v", dead)
	}
	b.now = b.now.Add(10 * time.Minute)
	b.again(dead)
	b.visit(t)
	b.expect(t, "it is still dead")
	if i := b.incident(t, "link-dead"); i.Came != "still" || !i.LookedAt.Equal(b.now) {
		t.Errorf("%+v", i)
	}
	asked := len(b.town.asked)
	b.now = b.now.Add(10 * time.Minute)
	b.visit(t)
	if len(b.town.asked) >= asked {
		t.Errorf("the order was carried out twice: %d questions, then %d", asked, len(b.town.asked))
	}
	b.town.pages[home+"a.html"] = "<title>甲</title>内容"
	b.now = b.now.Add(10 * time.Minute)
	b.again(dead)
	b.visit(t)
	b.expect(t, "it works again", "link-dead over")
	if i := b.incident(t, "link-dead"); i.Came != "over" || !i.Finding.Over {
		t.Errorf("%+v", i)
	}
}

// Wrong words and stale columns are looked at on their page.
func TestLookAgainAtPages(t *testing.T) {
	b := newBeat()
	b.town.pages[home+"a.html"] = `<meta name="ArticleTitle" content="甲"><body>按步就班地办</body>`
	b.town.pages[home+"zc/"] = column("政策文件", "2025-01-01")
	b.visit(t)
	b.expect(t, "the round", "wording blue", "column-stale yellow")
	for _, check := range []string{"wording", "column-stale"} {
		b.now = b.now.Add(10 * time.Minute)
		b.again(b.incident(t, check))
		b.visit(t)
		if i := b.incident(t, check); i.Came != "still" {
			t.Errorf("%s: %+v", check, i)
		}
	}
	b.expect(t, "nothing has changed")
	b.town.pages[home+"a.html"] = `<meta name="ArticleTitle" content="甲"><body>按部就班地办</body>`
	b.town.pages[home+"zc/"] = column("政策文件", "2026-11-19")
	for _, check := range []string{"wording", "column-stale"} {
		b.now = b.now.Add(10 * time.Minute)
		b.again(b.incident(t, check))
		b.visit(t)
		b.expect(t, check, check+" over")
	}
	b.now = b.now.Add(10 * time.Minute)
	delete(b.town.pages, home+"zc/")
	b.opt["again"] = []map[string]any{{"check": "column-stale", "object": home + "zc/", "asked": b.now}}
	b.visit(t)
	b.expect(t, "what is over is not asked for")
}

// What is excepted ends quietly, is not told while the exception lasts, and is
// found anew when it ends.
func TestException(t *testing.T) {
	b := newBeat()
	delete(b.town.pages, home+"a.html")
	b.visit(t)
	b.expect(t, "the round", "link-dead yellow")
	until := b.now.Add(72 * time.Hour)
	b.opt["except"] = []map[string]any{{"check": "link-dead", "object": home + "a.html", "until": until}}
	b.now = b.now.Add(10 * time.Minute)
	b.visit(t)
	b.expect(t, "it is excepted", "link-dead over")
	for b.now.Before(until.Add(-25 * time.Hour)) {
		b.now = b.now.Add(25 * time.Hour)
		b.visit(t)
		b.expect(t, "while it lasts")
	}
	b.now = until.Add(25 * time.Hour)
	b.visit(t)
	b.expect(t, "when it has ended", "link-dead yellow")
}

// The state holds what the last round saw, while the next is under way too.
func TestState(t *testing.T) {
	b := newBeat()
	if s := b.state(t); s.Share.Probes != 0 || !s.Ended.IsZero() || len(s.Columns) != 0 {
		t.Errorf("before the first visit: %+v", s)
	}
	b.opt["columns"] = []map[string]any{{"name": "政策", "url": "/zc/", "class": "notice", "days": 30}}
	b.visit(t)
	s := b.state(t)
	if s.Home != home || s.Share.Probes != 1 || s.Share.Closed != 0 || !s.Ended.Equal(b.now) || s.Pages == 0 || len(s.Columns) != 1 {
		t.Fatalf("%+v", s)
	}
	c := s.Columns[0]
	if c.Name != "政策" || c.Own != 30 || c.Days != 111 || !c.Overdue || c.Stale || c.Limit != "6 个月" {
		t.Errorf("%+v", c)
	}
	b.opt["questions"] = 3
	b.now = b.now.Add(25 * time.Hour)
	b.visit(t)
	if s = b.state(t); s.Of == 0 || len(s.Columns) != 1 || s.Ended.Equal(b.now) {
		t.Errorf("while the next round is under way: %+v", s)
	}
	if _, err := reader(nil).ReadState([]byte("{"), b.source(), b.now); huiying.ErrorCode(err) != huiying.Internal {
		t.Errorf("%v", err)
	}
}
