package rehearsal_test

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"testing"
	"time"

	"huiying"
	"huiying/internal/query"
	"huiying/notifier"
	"huiying/notifier/rehearsal"
	"huiying/notifier/route"
)

var (
	zone = time.FixedZone("office", 8*3600)
	now  = time.Date(2026, 11, 26, 12, 0, 0, 0, zone)
)

type people struct{}

func (people) Recipients(_ context.Context, ids []string) ([]notifier.Recipient, error) {
	if len(ids) == 0 {
		ids = []string{"duty"}
	}
	var out []notifier.Recipient
	for _, id := range ids {
		out = append(out, notifier.Recipient{Person: huiying.Person{ID: id}, Channel: "robot"})
	}
	return out, nil
}

// post is a stored alert about a post, some hours ago.
func post(n int, level huiying.Level, topic string, hours float64) (huiying.Alert, huiying.Judgement) {
	id := "weibo:" + strconv.Itoa(n)
	a := huiying.Alert{
		ID: "a-" + strconv.Itoa(n), PostID: id, Platform: "weibo", Rule: "r-queue", RuleName: "排队", Level: level, Topic: topic,
		RaisedAt: now.Add(-time.Duration(hours * float64(time.Hour))),
	}
	if level.OpensCase() {
		a.CaseNo = "HY-" + topic
	}
	return a, huiying.Judgement{
		Post: huiying.Post{ID: id, Platform: "weibo"}, Level: level, Topic: topic,
		Tags: []huiying.Tag{{Rule: "r-queue", Name: "排队", Level: level, Notify: []string{"hall"}}},
	}
}

type stored struct {
	alert huiying.Alert
	j     huiying.Judgement
}

func run(t *testing.T, tried route.Node, silences []huiying.Silence, list ...stored) query.RoutePreview {
	t.Helper()
	tree := func(n route.Node) *route.Tree {
		out, err := route.New(n, nil, route.Clock{Zone: zone})
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	p, err := rehearsal.Run(t.Context(), rehearsal.Options{
		Tried: tree(tried), Present: tree(route.Default()), Directory: people{}, Silences: silences, From: now.AddDate(0, 0, -1), To: now,
		Alerts: func(each func(huiying.Alert, huiying.Judgement) error) error {
			for _, s := range list {
				if err := each(s.alert, s.j); err != nil {
					return err
				}
			}
			return nil
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func of(a huiying.Alert, j huiying.Judgement) stored { return stored{a, j} }

// The same routes give the same people; what lies before the days counts for
// cases alone.
func TestSameRoutes(t *testing.T) {
	p := run(t, route.Default(), nil,
		of(post(1, "orange", "t-1", 30)), of(post(2, "orange", "t-1", 20)), of(post(3, "orange", "t-1", 19)), of(post(4, "yellow", "t-2", 1)))
	if p.Alerts != 3 || p.Changed != 0 || len(p.Changes) != 0 || p.Tried["told"] != 2 || p.Tried["joined"] != 1 || p.Present["joined"] != 1 {
		t.Errorf("%+v", p)
	}
	if len(p.People) != 1 || p.People[0] != (query.PreviewRow{Person: "hall", Channel: "robot", Tried: 2, Present: 2}) {
		t.Errorf("%+v", p.People)
	}
}

func TestOtherRoutes(t *testing.T) {
	tried := route.Node{To: []string{route.ToRules}, Children: []route.Node{
		{Name: "red", Match: huiying.AlertMatch{Levels: []huiying.Level{"red"}}, To: []string{"boss", "hall"}},
		{Name: "blue", Match: huiying.AlertMatch{Levels: []huiying.Level{"blue"}}, To: []string{route.ToNobody}},
		{Name: "night", Match: huiying.AlertMatch{Levels: []huiying.Level{"yellow"}}, Mute: []route.Mute{{Hours: []string{"00:00-09:00"}}}},
	}}
	silence := []huiying.Silence{{ID: "sl-1", Match: huiying.AlertMatch{Topics: []string{"t-9"}}, From: now.AddDate(0, 0, -2), Until: now}}
	p := run(t, tried, silence,
		of(post(1, "red", "t-1", 20)), of(post(2, "blue", "t-2", 10)), of(post(3, "yellow", "t-3", 8)), of(post(4, "yellow", "t-9", 7)))
	if p.Alerts != 4 || p.Changed != 2 || p.Tried["nobody"] != 1 || p.Tried["muted"] != 1 || p.Tried["silenced"] != 1 || p.Present["silenced"] != 1 || p.Present["told"] != 3 {
		t.Errorf("%+v", p)
	}
	if len(p.Changes) != 2 || p.Changes[0].Alert != "a-2" || strings.Join(p.Changes[0].Less, " ") != "hall@robot" ||
		p.Changes[1].Alert != "a-1" || strings.Join(p.Changes[1].More, " ") != "boss@robot" || p.Changes[1].Path[0] != "root/red" {
		t.Errorf("%+v", p.Changes)
	}
}

// A post that was purged is played by what the alert itself knows.
func TestPurgedPost(t *testing.T) {
	a, _ := post(1, "orange", "t-1", 2)
	p := run(t, route.Node{To: []string{route.ToRules}}, nil, stored{alert: a})
	if p.Alerts != 1 || len(p.People) != 1 || p.People[0].Person != "duty" {
		t.Errorf("%+v", p)
	}
}

func TestFailureIsTold(t *testing.T) {
	broken := errors.New("broken")
	tree, err := route.New(route.Default(), nil, route.Clock{})
	if err != nil {
		t.Fatal(err)
	}
	_, err = rehearsal.Run(t.Context(), rehearsal.Options{
		Tried: tree, Present: tree, Directory: people{}, Alerts: func(func(huiying.Alert, huiying.Judgement) error) error { return broken },
	})
	if !errors.Is(err, broken) {
		t.Error(err)
	}
}
