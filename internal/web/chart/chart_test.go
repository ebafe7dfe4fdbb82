package chart_test

import (
	"encoding/json"
	"math"
	"testing"
	"time"

	"huiying"
	"huiying/internal/query"
	"huiying/internal/web/chart"
)

func hour(h int, count map[huiying.Level]int) query.Hour {
	return query.Hour{From: time.Date(2026, 11, 23, h, 0, 0, 0, time.UTC), Count: count}
}

func TestByLevel(t *testing.T) {
	zone := time.FixedZone("office", 8*3600)
	got := chart.ByLevel([]query.Hour{
		hour(5, map[huiying.Level]int{huiying.LevelNone: 4}),
		hour(6, map[huiying.Level]int{huiying.LevelRed: 1, huiying.LevelOrange: 2, huiying.LevelNone: 7}),
	}, zone)
	raw, err := json.Marshal(got)
	if err != nil {
		t.Fatal(err)
	}
	want := `{"hours":["13:00","14:00"],"series":[{"level":"red","data":[0,1]},{"level":"orange","data":[0,2]},{"level":"yellow","data":[0,0]},{"level":"blue","data":[0,0]},{"level":"none","data":[4,7]}]}`
	if string(raw) != want {
		t.Errorf("got  %s\nwant %s", raw, want)
	}
	if got.Total != 14 || got.Urgent != 3 || got.Peak != "14:00" || got.PeakN != 10 {
		t.Errorf("the sentence: %+v", got)
	}
}

func TestEdges(t *testing.T) {
	if got := chart.ByLevel(nil, time.UTC); got.Total != 0 || got.PeakN != 0 || len(got.Series) != 5 {
		t.Errorf("nothing: %+v", got)
	}
	if raw, err := json.Marshal(chart.ByLevel(nil, time.UTC)); err != nil || string(raw)[:12] != `{"hours":[],` {
		t.Errorf("%s %v", raw, err)
	}
	big := chart.ByLevel([]query.Hour{hour(1, map[huiying.Level]int{huiying.LevelBlue: math.MaxInt32})}, time.UTC)
	if big.PeakN != math.MaxInt32 {
		t.Errorf("%+v", big)
	}
	many := make([]query.Hour, 1000)
	if got := chart.ByLevel(many, time.UTC); len(got.Hours) != 1000 || len(got.Series[0].Data) != 1000 {
		t.Error("a thousand hours")
	}
}
