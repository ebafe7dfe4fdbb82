package chart_test

import (
	"encoding/json"
	"testing"
	"time"

	"huiying"
	"huiying/internal/query"
	"huiying/internal/web/chart"
)

// What lies outside is marked and told; what is still running, or was not looked
// for, is never too low; and where nothing is known nothing is drawn.
func TestOver(t *testing.T) {
	begin := time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC)
	s := query.Spread{Counted: begin.Add(330 * time.Minute), Days: 12, Needed: 7}
	for i, n := range []int{5, 90, 0, 0, 4, 1} {
		from := begin.Add(time.Duration(i) * time.Hour)
		s.Spans = append(s.Spans, query.Span{From: from, To: from.Add(time.Hour), N: n, Count: map[huiying.Level]int{huiying.LevelNone: n}, Known: i > 0, Low: 2, High: 30})
	}
	gap := query.Gapped{From: begin, To: s.Counted, Gaps: []query.Gap{{Source: "x", From: begin.Add(3 * time.Hour), To: begin.Add(3*time.Hour + time.Minute)}}}
	got := chart.Over(s, gap, time.UTC)
	raw, err := json.Marshal(got.Band)
	if want := `{"low":[null,2,2,2,2,2],"high":[null,30,30,30,30,30],"out":[null,90,0,null,null,null]}`; err != nil || string(raw) != want {
		t.Errorf("got  %s %v\nwant %s", raw, err, want)
	}
	if len(got.Outs) != 2 || got.Outs[0] != (chart.Out{Label: "01:00", N: 90, Low: 2, High: 30, Above: true}) || got.Outs[1].Above || got.Gapped != 1 || got.Total != 100 {
		t.Errorf("%+v", got)
	}
	for i := range s.Spans {
		s.Spans[i].Known = false
	}
	if got := chart.Over(s, query.Gapped{}, time.UTC); got.Band != nil || got.Outs != nil || got.Days != 12 {
		t.Errorf("without history: %+v", got)
	}
	if got := chart.Over(query.Spread{}, query.Gapped{}, time.UTC); got.Total != 0 || len(got.Series) != 5 {
		t.Errorf("nothing: %+v", got)
	}
}
