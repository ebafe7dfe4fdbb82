package web_test

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"huiying"
	"huiying/internal/query"
)

// parkedDesk remembers what it is asked.
type parkedDesk struct {
	list []query.Parked
	got  query.SettleParked
}

func (d *parkedDesk) Parked(context.Context) (query.ParkedList, error) {
	return query.ParkedList{Total: len(d.list), List: d.list}, nil
}

func (d *parkedDesk) Settle(_ context.Context, s query.SettleParked) (int, error) {
	d.got = s
	if s.Action == query.ParkedDiscard && s.Reason == "" {
		return 0, huiying.Errorf(huiying.Invalid, "parked.no_reason")
	}
	return 1, nil
}

// An administrator sees where messages failed, and settles them on the page and
// by the API; what is wrong with an order is said beside what was typed.
func TestParkedPage(t *testing.T) {
	w := newWorld(t)
	b := w.as("admin")
	if page := b.get("/admin/parked").body; !strings.Contains(page, "没有死信") {
		t.Error("the empty page says nothing")
	}
	w.parked.list = []query.Parked{{Seq: 7, Room: "archive", Subject: "huiying.event.none.-", ID: "weibo:5", Attempts: 3, Error: "database is locked", At: w.clock(), Bytes: 900}}
	page := b.get("/admin/parked").body
	for _, want := range []string{"archive", "weibo:5", "database is locked", "试过 3 次"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page does not say %q", want)
		}
	}
	res := b.post("/admin/parked", url.Values{"room": {"archive"}, "seq": {"7"}, "action": {"replay"}})
	if res.status != http.StatusSeeOther || w.parked.got.Seq != 7 || w.parked.got.Actor.ID != "admin" {
		t.Errorf("%d, %+v", res.status, w.parked.got)
	}
	res = b.post("/admin/parked", url.Values{"room": {"archive"}, "action": {"discard"}})
	if res.status != http.StatusUnprocessableEntity && res.status != http.StatusBadRequest || !strings.Contains(res.body, "写明原因") {
		t.Errorf("without a reason: %d", res.status)
	}
	if res = b.post("/admin/parked", url.Values{"room": {"archive"}, "seq": {"x"}, "action": {"replay"}}); !strings.Contains(res.body, "不是死信的序号") {
		t.Errorf("a wrong number: %d", res.status)
	}
}
