package views_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"huiying"
	"huiying/internal/query"
	"huiying/internal/store"
	"huiying/internal/store/cases"
	"huiying/internal/store/views"
)

// A case that moved on is seen as it is now, by views that decoded it before
// and by those that never did; one that ended is seen no more.
func TestCasesMoveOn(t *testing.T) {
	d := newDesk(t)
	var none time.Time
	due := func(minutes int) []huiying.Clock {
		return []huiying.Clock{clock("yq.ack", d.now.Add(time.Duration(minutes)*time.Minute), none, none)}
	}
	var open []huiying.Case
	for i := range 1200 { // more than one question reads
		open = append(open, d.open(huiying.Case{State: huiying.StateHandling, Unit: "u-hall", Title: fmt.Sprintf("第%d件", i), Clocks: due(1000 + i)}))
	}
	list := func(v *views.Views) query.CaseList {
		t.Helper()
		l, err := v.Cases(t.Context(), query.CaseFilter{Scope: everybody, ByDue: true, Limit: 5})
		d.must(err)
		return l
	}
	if l := list(d.views); l.Total != 1200 || l.Rows[0].No != open[0].No {
		t.Fatalf("%d, %s first", l.Total, l.Rows[0].No)
	}
	last, first := open[1199], open[0]
	last.Version, last.Title, last.Clocks = last.Version+1, "急件", due(5)
	first.Version, first.State = first.Version+1, huiying.StateClosed
	d.write(func(ctx context.Context, tx *store.Tx) error {
		if err := cases.Put(ctx, tx, first); err != nil {
			return err
		}
		return cases.Put(ctx, tx, last)
	})
	for name, v := range map[string]*views.Views{"views that knew it": d.views, "others": views.New(d.store)} {
		if l := list(v); l.Total != 1199 || l.Rows[0].No != last.No || l.Rows[0].Title != "急件" || l.Rows[1].No != open[1].No {
			t.Errorf("%s: %d, %s %s first", name, l.Total, l.Rows[0].No, l.Rows[0].Title)
		}
	}
}
