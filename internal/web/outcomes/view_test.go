package outcomes_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
	"time"

	"huiying"
	"huiying/internal/query"
	"huiying/internal/web/filter"
	"huiying/internal/web/outcomes"
)

// computed is figures as a desk would give them.
func computed(from time.Time) query.Outcomes {
	hours := func(list ...int) (out []time.Duration) {
		for _, h := range list {
			out = append(out, time.Duration(h)*time.Hour)
		}
		return out
	}
	lasts := func(id string, took ...int) query.Outcome {
		d := hours(took...)
		return query.Outcome{ID: id, Lasts: true, N: len(d), Of: len(d), Median: d[(len(d)-1)/2], P90: d[len(d)-1], Max: d[len(d)-1], Took: d}
	}
	figures := map[string]query.Outcome{
		"ack_time": lasts("ack_time", 0, 0, 1, 1, 3, 9, 30), "response_time": lasts("response_time", 2, 4, 20, 50, 200),
		"closing_time": lasts("closing_time", 30, 60), "follow_up_time": {ID: "follow_up_time", Lasts: true},
		"ack_rate":       {ID: "ack_rate", N: 6, Of: 7, Was: &query.Outcome{ID: "ack_rate", N: 5, Of: 10}},
		"on_time_honest": {ID: "on_time_honest", N: 3, Of: 6, Was: &query.Outcome{}}, "on_time_official": {ID: "on_time_official", N: 3, Of: 4},
		"hit_48h": {ID: "hit_48h", N: 999, Of: 1000, Was: &query.Outcome{N: 1000, Of: 1000}},
	}
	return query.Outcomes{
		AsOf: from.AddDate(0, 0, 3), Figures: figures, Backlog: lasts("backlog", 2, 50),
		Channels: []query.ChannelOutcome{{Channel: "wecom", Outcome: query.Outcome{ID: query.FigureAlerts, Lasts: true, N: 1, Of: 3, Median: time.Minute, P90: time.Minute, Max: time.Minute}}},
		Noise:    &query.Outcome{ID: query.FigureNoise, N: 2, Of: 40},
		Parts: []query.OutcomePart{
			{From: from, To: from.AddDate(0, 0, 5), Figures: figures}, {From: from.AddDate(0, 0, 5), To: from.AddDate(0, 0, 12), Changed: true, Figures: figures},
		},
		Due:      []query.BehindRow{{Figure: "hit_5h", No: "HY20261105-0001", Title: "大厅排队", Level: huiying.LevelRed, Owed: true}},
		Editions: []query.Edition{{At: from.AddDate(0, 0, 6), Formulas: 1, Calendar: "2027-b"}}, Current: query.Edition{Formulas: 1, Calendar: "2027-b"},
	}
}

// The model of the page is kept as a file that a person reviews; UPDATE=1
// rewrites it.
func TestViewGolden(t *testing.T) {
	zone := time.FixedZone("office", 8*3600)
	f := filter.Outcomes{Period: filter.Range, From: "2026-11-04", To: "2026-11-15", Compare: true, By: query.ByWeek, Platform: "weibo"}
	a, err := f.Ask(query.Scope{All: true}, time.Date(2026, 11, 20, 12, 0, 0, 0, zone), zone)
	if err != nil {
		t.Fatal(err)
	}
	v := outcomes.NewView(f, computed(a.From), a)
	v.Data = query.Outcomes{} // what it was made of
	for i := range v.Parts {
		v.Parts[i].Figures = nil
	}
	got, err := json.MarshalIndent(v, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	got = append(got, '\n')
	file := filepath.Join("testdata", "view.json")
	if os.Getenv("UPDATE") == "1" {
		if err := os.WriteFile(file, got, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != string(want) {
		t.Errorf("the model of the page has changed; review it and run with UPDATE=1\n%s", got)
	}
}

// A rate is cut and never rounded up to all; of nothing there is none.
func TestPercent(t *testing.T) {
	for _, c := range []struct {
		part, whole int
		want        string
	}{{0, 0, "—"}, {0, 3, "0%"}, {3, 3, "100%"}, {999, 1000, "99.9%"}, {99999, 100000, "99.9%"}, {1, 3, "33.3%"}, {1, 2, "50%"}} {
		if got := outcomes.Percent(c.part, c.whole); got != c.want {
			t.Errorf("%d of %d: %s", c.part, c.whole, got)
		}
	}
}
