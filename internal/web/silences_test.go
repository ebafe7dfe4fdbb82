package web_test

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"huiying"
	"huiying/internal/app/telling"
	"huiying/internal/query"
	"huiying/internal/store/record"
	"huiying/notifier/route"
)

// telling is the desk of routes as the application wires it; what it plays is
// the application's business.
func (w *world) telling() telling.Desk {
	return telling.Desk{
		Store: w.store, Clock: route.Clock{Zone: w.zone}, Now: w.clock,
		Play: func(_ context.Context, days int) (query.RoutePreview, error) {
			return query.RoutePreview{From: w.clock().AddDate(0, 0, -days), To: w.clock(), Alerts: 1, Tried: map[string]int{"told": 2}, Changes: []query.PreviewChange{{Alert: "a-1", At: w.clock()}}}, nil
		},
	}
}

// alerted keeps an alert with what was decided about it.
func (w *world) alerted(f huiying.AlertFacts, tellings ...huiying.Telling) {
	w.t.Helper()
	w.must(w.ledger.InTx(context.Background(), func(tx *record.Tx) error {
		a := huiying.Alert{ID: f.Alert, PostID: "weibo:1", Platform: f.Platform, Rule: f.Rule, RuleName: f.Rule, Level: f.Level, Unit: f.Unit, Topic: f.Topic, CaseNo: f.Case, AcceptedAt: f.At, RaisedAt: f.At}
		if _, err := tx.AddAlert(context.Background(), a); err != nil {
			return err
		}
		return tx.SaveTellings(context.Background(), f, tellings)
	}))
}

func (w *world) someAlert(id string, level huiying.Level, unit string) {
	w.alerted(huiying.AlertFacts{
		Alert: id, Kind: huiying.AlertPost, Level: level, Unit: unit, Rule: "r-queue", Rules: []string{"r-queue"}, Topic: "t-1", Platform: "weibo", At: w.clock().Add(-time.Hour),
	}, huiying.Telling{Path: "root", Person: "hall", Unit: unit, Channel: "hook", Why: huiying.TellMuted, At: w.clock().Add(time.Hour)},
		huiying.Telling{Path: "root", Person: "officer", Channel: "hook", Why: huiying.TellInhibited, By: "a-0"})
}

func TestSilencesPage(t *testing.T) {
	w := newWorld(t)
	w.someAlert("a-yellow", huiying.LevelYellow, "u-hall")
	w.someAlert("a-red", huiying.LevelRed, "u-hall")
	b := w.as("officer")
	form := func(action string, more ...string) url.Values {
		v := url.Values{
			"action": {action}, "rules": {"r-queue，r-other"}, "until": {w.clock().Add(2 * time.Hour).Format("2006-01-02T15:04")},
			"reason": {"演练期间"}, "days": {"3"},
		}
		for i := 0; i < len(more); i += 2 {
			v.Set(more[i], more[i+1])
		}
		return v
	}
	preview := b.post("/silences", form("preview"))
	for _, want := range []string{"会静默 1 条预警、少发 1 条通知", "另有 1 条红色预警", "演练期间"} {
		if !strings.Contains(preview.body, want) {
			t.Errorf("the preview does not say %s", want)
		}
	}
	if list, err := w.telling().Silences(t.Context()); err != nil || len(list) != 0 {
		t.Errorf("a preview made %v %v", list, err)
	}
	for name, bad := range map[string]url.Values{
		"no reason":      form("make", "reason", " "),
		"of everything":  form("make", "rules", ""),
		"ends before":    form("make", "until", "2026-11-23T10:00"),
		"too long":       form("make", "until", "2027-01-23T10:00"),
		"red, two days":  form("make", "red", "1", "until", "2026-11-25T15:00"),
		"no time":        form("make", "until", "tomorrow"),
		"hours":          form("make", "hours", "late"),
		"days":           form("preview", "days", "99"),
		"red, no tick":   form("make", "level", "red"),
		"no such level":  form("make", "level", "pink"),
		"no such source": form("make", "platform", "radio"),
	} {
		if got := b.post("/silences", bad); got.status != http.StatusUnprocessableEntity {
			t.Errorf("%s: %d", name, got.status)
		}
	}
	if got := b.post("/silences", form("make", "hours", "00:00-12:00; 12:00-24:00")); got.status != http.StatusOK && got.status != http.StatusSeeOther {
		t.Fatalf("%d %s", got.status, got.body)
	}
	list, err := w.telling().Silences(t.Context())
	w.must(err)
	if len(list) != 1 || list[0].Author != "officer" || len(list[0].Match.Rules) != 2 || len(list[0].Match.Hours) != 2 || !list[0].In(w.clock()) {
		t.Fatalf("%+v", list)
	}
	if page := b.get("/silences"); !strings.Contains(page.body, "生效中") || !strings.Contains(page.body, "立即结束") {
		t.Error("the silence is not listed as in force")
	}
	w.pass(time.Minute)
	b.post("/silences", url.Values{"end": {list[0].ID}})
	list, err = w.telling().Silences(t.Context())
	w.must(err)
	if list[0].In(w.clock()) || list[0].EndedBy != "officer" || !list[0].EndedAt.Equal(w.clock()) {
		t.Errorf("not ended: %+v", list[0])
	}
	if got := b.post("/silences", url.Values{"end": {list[0].ID}}); got.status != http.StatusConflict {
		t.Errorf("ended twice: %d", got.status)
	}
	if got := b.post("/silences", url.Values{"end": {"sl-none"}}); got.status != http.StatusNotFound {
		t.Errorf("ended what is not there: %d", got.status)
	}
}

// A source is muted from the page of a post: the form shows which alerts of the
// week it would have kept back, those from before sources were kept too, red ones
// as told all the same. It needs a reason and an end, is listed with who made it,
// and hides no post.
func TestMuteSource(t *testing.T) {
	s := newSeeded(t)
	old := huiying.AlertFacts{Alert: "a-old", Post: s.post, Kind: huiying.AlertPost, Level: huiying.LevelYellow, Rule: "r-card", Platform: "portal", At: s.clock().AddDate(0, 0, -6)}
	s.must(s.ledger.InTx(t.Context(), func(tx *record.Tx) error {
		_, err := tx.AddAlert(t.Context(), huiying.Alert{ID: old.Alert, PostID: s.post, Platform: "portal", Rule: "r-card", RuleName: "社保卡", Level: old.Level, AcceptedAt: old.At, RaisedAt: old.At})
		return errors.Join(err, tx.SaveTellings(t.Context(), old, []huiying.Telling{{Path: "root", Person: "hall", Channel: "hook", Why: huiying.TellNow, At: old.At}}))
	}))
	for id, level := range map[string]huiying.Level{"a-now": huiying.LevelOrange, "a-red": huiying.LevelRed} {
		s.alerted(huiying.AlertFacts{Alert: id, Kind: huiying.AlertPost, Level: level, Rule: "r-card", Source: "portal-letters", Platform: "portal", At: s.clock().Add(-time.Hour)},
			huiying.Telling{Path: "root", Person: "hall", Channel: "hook", Why: huiying.TellNow, At: s.clock()})
	}
	b := s.as("officer")
	link := `href="/silences?source=portal-letters"`
	for _, path := range []string{"/posts/" + s.post, "/stream?period=all&source=portal-letters", "/stream/chosen?pick=" + s.post} {
		if !strings.Contains(b.get(path).body, link) {
			t.Errorf("%s does not lead to the form", path)
		}
	}
	if strings.Contains(s.as("reviewer").get("/posts/"+s.post).body, link) {
		t.Error("a reviewer is led to a form that is closed to them")
	}
	before := b.get("/stream?period=all&source=portal-letters").body
	page := b.get("/silences?source=portal-letters").body
	for _, want := range []string{"最近 7 天会静默 2 条预警、少发 2 条通知", "另有 1 条红色预警", "/alerts/a-old", "/alerts/a-now", `<option value="portal-letters" selected>`} {
		if !strings.Contains(page, want) {
			t.Errorf("the form lacks %q", want)
		}
	}
	if strings.Contains(page, "/alerts/a-red") || strings.Index(page, "/alerts/a-now") > strings.Index(page, "/alerts/a-old") {
		t.Error("the alerts are not those that it keeps back, the latest first")
	}
	form := url.Values{"action": {"make"}, "source": {"portal-letters"}, "until": {s.clock().Add(2 * time.Hour).Format("2006-01-02T15:04")}, "days": {"7"}}
	if res := b.post("/silences", form); res.status != http.StatusUnprocessableEntity || !strings.Contains(res.body, "请写明静默的原因") {
		t.Errorf("without a reason: %d", res.status)
	}
	form.Set("reason", "信箱系统切换演练")
	endless := url.Values{"action": {"make"}, "source": {"portal-letters"}, "reason": {"演练"}, "until": {""}}
	if res := b.post("/silences", endless); res.status != http.StatusUnprocessableEntity {
		t.Errorf("without an end: %d", res.status)
	}
	if res := b.post("/silences", form); res.status != http.StatusSeeOther {
		t.Fatalf("%d %s", res.status, res.body)
	}
	if page := b.get("/silences").body; !strings.Contains(page, "信箱系统切换演练") || !strings.Contains(page, "采集源 ") || !strings.Contains(page, "周值班") {
		t.Error("the silence is not listed with its source and who made it")
	}
	if after := b.get("/stream?period=all&source=portal-letters").body; strings.Count(after, "data-row") != strings.Count(before, "data-row") {
		t.Error("posts of the source are hidden")
	}
}

func TestSilencesAPI(t *testing.T) {
	w := newWorld(t)
	w.someAlert("a-yellow", huiying.LevelYellow, "u-hall")
	b := w.as("manager")
	body := map[string]any{
		"match": map[string]any{"levels": []string{"yellow"}, "topics": []string{"t-1"}}, "until": w.clock().Add(time.Hour), "reason": "同一件事", "days": 1,
	}
	var preview query.SilencePreview
	if res := b.call(http.MethodPost, "/api/v1/silences/preview", body, &preview); res.status != http.StatusOK || preview.Alerts != 1 || preview.Levels[huiying.LevelYellow] != 1 {
		t.Errorf("%d %s", res.status, res.body)
	}
	var made struct{ ID string }
	if res := b.call(http.MethodPost, "/api/v1/silences", body, &made); res.status != http.StatusOK || !strings.HasPrefix(made.ID, "sl-") {
		t.Fatalf("%d %s", res.status, res.body)
	}
	var all struct{ Silences []huiying.Silence }
	if b.call(http.MethodGet, "/api/v1/silences", nil, &all); len(all.Silences) != 1 || all.Silences[0].ID != made.ID || all.Silences[0].Author != "manager" {
		t.Errorf("%+v", all)
	}
	if res := b.call(http.MethodDelete, "/api/v1/silences/"+made.ID, nil, nil); res.status != http.StatusNoContent {
		t.Errorf("%d %s", res.status, res.body)
	}
	var routes query.RoutePreview
	if res := b.call(http.MethodGet, "/api/v1/routes/preview?days=3", nil, &routes); res.status != http.StatusOK || routes.Alerts != 1 || routes.Tried["told"] != 2 {
		t.Errorf("%d %s", res.status, res.body)
	}
	if res := b.call(http.MethodGet, "/api/v1/routes/preview?days=400", nil, nil); res.status != http.StatusUnprocessableEntity {
		t.Errorf("%d %s", res.status, res.body)
	}
}

// Why nobody was told is answered on the alert's row and through the API, to
// those who may see the alert.
func TestRouting(t *testing.T) {
	w := newWorld(t)
	w.someAlert("a-hall", huiying.LevelYellow, "u-hall")
	w.someAlert("a-hrss", huiying.LevelYellow, "u-hrss")
	b := w.as("hall")
	var r query.Routing
	if res := b.call(http.MethodGet, "/api/v1/alerts/a-hall/routing", nil, &r); res.status != http.StatusOK || len(r.Tellings) != 2 || r.Tellings[1].By != "a-0" || r.Facts.Rule != "r-queue" {
		t.Errorf("%d %s", res.status, res.body)
	}
	for _, id := range []string{"a-hrss", "a-none"} {
		if res := b.call(http.MethodGet, "/api/v1/alerts/"+id+"/routing", nil, nil); res.status != http.StatusNotFound {
			t.Errorf("%s: %d %s", id, res.status, res.body)
		}
	}
	page := w.as("officer").get("/alerts?show=all").body
	for _, want := range []string{"静音时段，结束后告知", "已告知同一事件的另一条预警，未再告知"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page of alerts does not say %s", want)
		}
	}
}
