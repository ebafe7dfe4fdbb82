package notifier_test

import (
	"strings"
	"testing"
	"time"

	"huiying"
	"huiying/notifier"
	"huiying/notifier/route"
)

// A drill goes to whom an alert of its rule would go to, says why it goes to
// nobody, and leaves nothing behind but its own deliveries.
func TestDrill(t *testing.T) {
	night := []route.Mute{{Hours: []string{"09:00-12:00"}}}
	for _, c := range []struct {
		name   string
		root   route.Node
		level  huiying.Level
		notify []string
		silent bool
		told   string
		why    string
		later  bool
	}{
		{"the rule's unit", route.Default(), huiying.LevelOrange, []string{"u-hall"}, false, "amin bo", "", false},
		{"nobody is named", route.Default(), huiying.LevelYellow, nil, false, "duty", "", false},
		{"a route by kind", route.Node{To: []string{"bo"}, Children: []route.Node{{Match: huiying.AlertMatch{Kinds: []string{"opens"}}, To: []string{"group"}}}}, huiying.LevelRed, nil, false, "", "", false},
		{"the route says nobody", route.Node{To: []string{route.ToNobody}}, huiying.LevelOrange, nil, false, "", "nobody", false},
		{"mute hours", route.Node{To: []string{"bo"}, Mute: night}, huiying.LevelOrange, nil, false, "bo", "", true},
		{"a group", route.Node{To: []string{"bo"}, Group: route.Group{By: route.ByRule, Wait: 10 * time.Minute, Interval: time.Hour}}, huiying.LevelOrange, nil, false, "bo", "", false},
		{"a group in mute hours", route.Node{To: []string{"bo"}, Group: route.Group{By: route.ByRule, Wait: 24 * time.Hour}, Mute: night}, huiying.LevelOrange, nil, false, "bo", "", true},
		{"a silence", route.Node{To: []string{"bo"}}, huiying.LevelOrange, nil, true, "", "silenced", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := routedDesk(t, c.root)
			if c.silent {
				d.store.data.silences = []huiying.Silence{{ID: "s-1", Match: huiying.AlertMatch{Rules: []string{"r-queue"}}, From: d.now.Add(-time.Hour), Until: d.now.Add(time.Hour)}}
			}
			tree, err := route.New(c.root, nil, route.Clock{Zone: office})
			if err != nil {
				t.Fatal(err)
			}
			var out notifier.Drilled
			err = d.store.InTx(t.Context(), func(tx notifier.Tx) (err error) {
				out, err = notifier.Router{Tree: tree, Directory: directory{}}.Drill(t.Context(), tx, notifier.Drill{
					ID: "a-drill-1", At: d.now, Rule: huiying.Tag{Rule: "r-queue", Name: "排队", Level: c.level, Notify: c.notify},
				})
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
			if got := strings.TrimSpace(strings.Join(out.Told, " ")); got != c.told {
				t.Errorf("told %q, want %q", got, c.told)
			}
			if got := strings.Join(out.Why, " "); got != c.why {
				t.Errorf("why %q, want %q", got, c.why)
			}
			left := d.store.snapshot()
			if len(left.cases) != 0 || len(left.tellings) != 0 || len(left.repeats) != 0 {
				t.Errorf("a drill leaves %d cases, %d tellings, %d repeats", len(left.cases), len(left.tellings), len(left.repeats))
			}
			if len(left.deliveries) != len(out.Told) {
				t.Errorf("%d deliveries for %v", len(left.deliveries), out.Told)
			}
			for _, one := range left.deliveries {
				if one.Alert.Level != huiying.LevelNone || one.Alert.Cause != huiying.CauseDrill || one.Group != "" || c.later != !one.NotBefore.IsZero() {
					t.Errorf("%+v", one)
				}
			}
		})
	}
}
