package web_test

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"huiying"
	"huiying/internal/locale"
	"huiying/internal/query"
	"huiying/internal/store/record"
	"huiying/internal/store/views"
	"huiying/notifier/attend"
)

// newAttending is where people attend to alerts, as the application wires it.
func newAttending(w *world) *attend.Desk {
	words, err := locale.Load()
	w.must(err)
	return attend.New(attend.Options{
		InTx: func(ctx context.Context, f func(attend.Tx) error) error {
			return w.ledger.InTx(ctx, func(tx *record.Tx) error { return f(tx) })
		},
		Cases: w.engine, Directory: directory{people()}, People: w.users.List, Now: w.clock, Woken: func() {},
		Units: func(context.Context) ([]huiying.Unit, error) { return units(), nil },
		Aside: func(ctx context.Context, post string, by huiying.Actor, note string) error {
			return w.access.SetAside(ctx, query.Aside{Post: post, Actor: by, Reason: query.AsideFalseAlarm, Note: note})
		},
		Texts: func(key string, args ...any) string { return words.Text(locale.Chinese, key, args...) },
	})
}

// alertOf is the first alert of a case.
func (s *seeded) alertOf(no string) query.AlertRow {
	s.t.Helper()
	list, err := views.New(s.store).Alerts(s.t.Context(), query.AlertFilter{Scope: query.Scope{All: true}, CaseNo: no})
	s.must(err)
	if len(list.Rows) == 0 {
		s.t.Fatalf("case %s has no alert", no)
	}
	return list.Rows[0]
}

// The page of an alert lets its reader hand it on, be reminded, and call it a
// false alarm; the list leads there.
func TestAlertPage(t *testing.T) {
	s := newSeeded(t)
	path := "/alerts/" + s.alertOf(s.fresh).Alert.ID
	hall := s.as("hall")
	if list := hall.get("/alerts?show=all").body; !strings.Contains(list, `href="`+path+`"`) || !strings.Contains(list, `href="tel:0955-1234567"`) {
		t.Error("the list leads neither to the alert nor to the telephone")
	}
	page := hall.get(path).body
	for _, want := range []string{"转给…", "稍后提醒我", "误报", "签收", "不推迟升级", `value="hall2"`, `href="tel:0955-1234567"`} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	if res := hall.post(path, url.Values{"action": {"snooze"}, "minutes": {"15"}}); res.status != http.StatusSeeOther {
		t.Fatalf("a reminder: %d %s", res.status, res.body)
	}
	if page := hall.get(path).body; !strings.Contains(page, "到时提醒您") {
		t.Error("the page does not say when one is reminded")
	}
	if page := s.as("officer").get(path).body; strings.Contains(page, "到时提醒您") {
		t.Error("another's reminder is shown")
	}
	if res := hall.post(path, url.Values{"action": {"snooze"}, "minutes": {"5"}}); res.status != http.StatusUnprocessableEntity || !strings.Contains(res.body, "15、30 或 60") {
		t.Errorf("in five minutes: %d", res.status)
	}
	if res := hall.post(path, url.Values{"action": {"hand_on"}, "to": {"hall2"}, "reason": {"我在外地"}}); res.status != http.StatusSeeOther {
		t.Fatalf("handing on: %d %s", res.status, res.body)
	}
	if c, _ := s.ledger.Case(t.Context(), s.fresh); c.Owner != "hall2" || c.State != huiying.StateAwaitingAck {
		t.Errorf("%s owned by %s", c.State, c.Owner)
	}
	for _, at := range []string{path, "/alerts?show=all"} {
		if page := hall.get(at).body; !strings.Contains(page, "转") || !strings.Contains(page, "何同事") {
			t.Errorf("%s does not say who handed it on", at)
		}
	}
	if res := hall.post(path, url.Values{"action": {"false_alarm"}, "reason": {"说的是别处"}}); res.status != http.StatusSeeOther {
		t.Fatalf("a false alarm: %d %s", res.status, res.body)
	}
	if c, _ := s.ledger.Case(t.Context(), s.fresh); c.State != huiying.StatePendingTriage {
		t.Errorf("it is %s", c.State)
	}
	if res := hall.get("/alerts/a-none"); res.status != http.StatusNotFound {
		t.Errorf("what there is not: %d", res.status)
	}
	if res := s.as("hrss").post(path, url.Values{"action": {"snooze"}, "minutes": {"15"}}); res.status != http.StatusNotFound {
		t.Errorf("another unit's: %d", res.status)
	}
}

// An acknowledged alert says by whom and when, and reminds nobody.
func TestAckedAlertPage(t *testing.T) {
	s := newSeeded(t)
	path := "/alerts/" + s.alertOf(s.fresh).Alert.ID
	s.as("").post("/a/"+s.links.Token(s.delivery, s.clock()), url.Values{"action": {"ack"}})
	page := s.as("officer").get(path).body
	if !strings.Contains(page, "已签收") || strings.Contains(page, "稍后提醒我") {
		t.Error("the page does not say that it is acknowledged, or still offers a reminder")
	}
}

// The card on the phone does the same for the one it was made for.
func TestCardAttends(t *testing.T) {
	s := newSeeded(t)
	path := "/a/" + s.links.Token(s.delivery, s.clock())
	phone := s.as("")
	page := phone.get(path).body
	for _, want := range []string{"签收", "转交", "稍后提醒我", "误报", `href="tel:0955-1234567"`, `value="officer"`} {
		if !strings.Contains(page, want) {
			t.Errorf("the card lacks %q", want)
		}
	}
	for _, c := range []struct{ action, to, want string }{
		{"snooze", "30", "会提醒您一次"}, {"hand_on", "officer", "已转交"}, {"false_alarm", "说的是别处", "已判为误报"},
	} {
		if res := phone.post(path, url.Values{"action": {c.action}, "to": {c.to}}); res.status != http.StatusOK || !strings.Contains(res.body, c.want) {
			t.Errorf("%s: %d", c.action, res.status)
		}
	}
	if c, _ := s.ledger.Case(t.Context(), s.fresh); c.State != huiying.StatePendingTriage || c.Returned != 1 {
		t.Errorf("%s, given back %d times", c.State, c.Returned)
	}
	if res := phone.post(path, url.Values{"action": {"snooze"}, "to": {"soon"}}); res.status != http.StatusUnprocessableEntity {
		t.Errorf("a reminder at no time: %d", res.status)
	}
	if page := phone.get(path).body; strings.Contains(page, `value="false_alarm"`) {
		t.Error("a responder is offered what only officers may now")
	}
}

// Programs attend to alerts too.
func TestAPIAttend(t *testing.T) {
	s := newSeeded(t)
	path := "/api/v1/alerts/" + s.alertOf(s.fresh).Alert.ID + "/actions"
	hall := s.as("hall")
	var out struct {
		At     time.Time
		Sooner bool
	}
	res := hall.call(http.MethodPost, path, map[string]any{"action": "snooze", "minutes": 15}, &out)
	if res.status != http.StatusOK || !out.At.Equal(s.clock().Add(15*time.Minute)) || out.Sooner {
		t.Errorf("%d %s", res.status, res.body)
	}
	if res := hall.call(http.MethodPost, path, map[string]any{"action": "hand_on", "to": "nobody"}, nil); res.status != http.StatusUnprocessableEntity {
		t.Errorf("%d %s", res.status, res.body)
	}
	if res := s.as("hrss").call(http.MethodPost, path, map[string]any{"action": "snooze", "minutes": 15}, nil); res.status != http.StatusNotFound {
		t.Errorf("another unit's: %d", res.status)
	}
}

// The alert's page and card in a real browser, under the banner of what must be
// mended.
func TestAlertInBrowser(t *testing.T) {
	script := needBrowser(t)
	s := newSeeded(t)
	s.notices = noticesAt(s.clock())
	var pages []visit
	for _, v := range s.pages() {
		if slices.Contains([]string{"alert", "alert-mine", "card"}, v.Name) {
			pages = append(pages, v)
		}
	}
	pages = append(pages, visit{Name: "alert-noticed", Path: "/alerts?show=all", Cookie: s.session("manager")}, visit{Name: "channels-noticed", Path: "/admin/channels", Cookie: s.session("admin")})
	for _, f := range s.look(script, pages, looks()) {
		if f.Kind != "seen" {
			t.Errorf("%s (%s) %s: %s", f.Page, f.Look, f.Kind, f.Text)
		}
	}
}
