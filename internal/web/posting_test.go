package web_test

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"huiying"
	"huiying/internal/query"
	"huiying/internal/store"
	"huiying/internal/store/outbox"
	"huiying/notifier/channel"
)

// postRoom is the real outbox with one channel that answers as told.
type postRoom struct {
	*outbox.Deliveries
	w      *world
	answer query.Trial
	fail   error
	tried  query.TrialOf
	secret string
}

func (p *postRoom) Resend(ctx context.Context, r query.Resend) (int, error) {
	if p.fail != nil {
		return 0, p.fail
	}
	if r.Delivery != "" {
		return 1, p.Requeue(ctx, r.Delivery, r.By)
	}
	return p.RequeueAll(ctx, r.Channel, r.By)
}

func (p *postRoom) Receive(ctx context.Context, id string, h http.Header, body []byte) error {
	if err := channel.Verify(p.secret, h, body, p.w.clock()); err != nil {
		return err
	}
	_, err := p.Deliveries.Receive(ctx, id, query.Receipt{At: p.w.clock()})
	return err
}

func (p *postRoom) Channels(ctx context.Context) ([]query.ChannelRow, error) {
	standing, err := p.Standing(ctx)
	return []query.ChannelRow{{
		ID: "hook", Kind: "dingtalk", Limits: []query.Rate{{Messages: 20, Seconds: 60}}, StatedAt: "https://open.dingtalk.com/", Standing: standing["hook"],
		LastTrial: huiying.Attempt{At: p.w.clock(), Result: huiying.AttemptRefused, Code: "310000", By: "admin"},
	}, {ID: "mail", Kind: "email"}}, err
}

func (p *postRoom) Try(_ context.Context, t query.TrialOf) (query.Trial, error) {
	p.tried = t
	return p.answer, p.fail
}

// kill makes a delivery a dead letter.
func (p *postRoom) kill(id string) {
	p.w.t.Helper()
	p.w.must(p.w.store.Write(p.w.t.Context(), store.Urgent, func(ctx context.Context, tx *store.Tx) error {
		_, err := tx.ExecContext(ctx, `UPDATE deliveries SET state = 'queued', next_at = 0, attempts = 0`)
		return err
	}))
	due, err := p.Lease(p.w.t.Context(), p.w.clock(), 500, p.w.clock().Add(time.Minute))
	p.w.must(err)
	for _, d := range due {
		a := &huiying.Attempt{At: p.w.clock(), Result: huiying.AttemptRefused, Code: "310000", Sentence: "钉钉拒收", Took: 31 * time.Millisecond}
		if d.State, d.LastError = huiying.DeliveryDead, "钉钉拒收"; d.ID != id {
			d.State, a.Result = huiying.DeliveryAccepted, huiying.AttemptAccepted
		}
		p.w.must(p.Settle(p.w.t.Context(), []huiying.Delivery{d}, a))
	}
}

// The story of a delivery is shown to those who see its unit; a dead one is
// sent anew by those who look after what runs.
func TestDeliveryPage(t *testing.T) {
	w := newWorld(t)
	_, told := w.open(utterance{text: "大厅排队两个钟头", rule: "r-queue", ruleName: "排队", level: huiying.LevelOrange}, "u-hall", "hall")
	id := told[0]
	w.sending.kill(id)
	page := w.as("officer").get("/deliveries/" + id)
	for _, want := range []string{"对方拒收", "310000", "钉钉拒收", "31 ms", "重发"} {
		if !strings.Contains(page.body, want) {
			t.Errorf("%d: no %s in the story", page.status, want)
		}
	}
	if res := w.as("hall").get("/deliveries/" + id); res.status != http.StatusOK || strings.Contains(res.body, "<button class=\"primary\">") {
		t.Errorf("its own person: %d", res.status)
	}
	if res := w.as("hrss").get("/deliveries/" + id); res.status != http.StatusNotFound {
		t.Errorf("another unit: %d", res.status)
	}
	if res := w.as("hall").post("/deliveries/"+id, nil); res.status != http.StatusForbidden {
		t.Errorf("a responder sends it anew: %d", res.status)
	}
	b := w.as("officer")
	if res := b.post("/deliveries/"+id, nil); res.status != http.StatusSeeOther {
		t.Errorf("sent anew: %d", res.status)
	}
	if res := b.post("/deliveries/"+id, nil); res.status != http.StatusConflict || !strings.Contains(b.get("/deliveries/"+id).body, "人工重发") {
		t.Errorf("twice: %d", res.status)
	}
	if res := b.get("/deliveries/d-none"); res.status != http.StatusNotFound {
		t.Errorf("unknown: %d", res.status)
	}
}

// An administrator sees limits and dead letters, tries a channel and reads what
// the provider said.
func TestChannelsPage(t *testing.T) {
	w := newWorld(t)
	_, told := w.open(utterance{text: "大厅排队两个钟头", rule: "r-queue", ruleName: "排队", level: huiying.LevelOrange}, "u-hall", "hall")
	w.sending.kill(told[0])
	b := w.as("admin")
	page := b.get("/admin/channels").body
	for _, want := range []string{"钉钉", "60 秒内 20 条", "死信 1", told[0], "310000"} {
		if !strings.Contains(page, want) {
			t.Errorf("no %s on the page", want)
		}
	}
	w.sending.answer = query.Trial{Channel: "hook", Code: "310000", Sentence: "钉钉拒收（错误码 310000 keywords not in content）"}
	res := b.post("/admin/channels", url.Values{"action": {"test"}, "channel": {"hook"}, "address": {" u1 "}})
	if res.status != http.StatusOK || !strings.Contains(res.body, "keywords not in content") || w.sending.tried.Address != "u1" || w.sending.tried.By.ID != "admin" {
		t.Errorf("%d %+v", res.status, w.sending.tried)
	}
	w.sending.fail = huiying.Errorf(huiying.Unavailable, "notifier.trial_wait", "hook", 7)
	if res := b.post("/admin/channels", url.Values{"action": {"test"}, "channel": {"hook"}}); res.status != http.StatusServiceUnavailable || !strings.Contains(res.body, "7 秒后") {
		t.Errorf("too often: %d", res.status)
	}
	w.sending.fail = nil
	if res := b.post("/admin/channels", url.Values{"action": {"resend"}, "channel": {"hook"}}); res.status != http.StatusSeeOther {
		t.Errorf("sent anew: %d", res.status)
	}
	if list, err := w.sending.List(t.Context(), query.DeliveryFilter{State: huiying.DeliveryDead}); err != nil || len(list) != 0 {
		t.Errorf("%d dead letters left, %v", len(list), err)
	}
	if res := b.post("/admin/channels", url.Values{"action": {"paint"}}); res.status != http.StatusUnprocessableEntity {
		t.Errorf("no action: %d", res.status)
	}
}

// The API has the same, and takes what a provider reports by its signature
// alone.
func TestDeliveriesAPI(t *testing.T) {
	w := newWorld(t)
	_, told := w.open(utterance{text: "大厅排队两个钟头", rule: "r-queue", ruleName: "排队", level: huiying.LevelOrange}, "u-hall", "hall")
	id := told[0]
	w.sending.kill("")
	w.sending.secret = "s3cret"
	receipt := func(secret string) int {
		body := `{"state":"delivered"}`
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, w.as("").base+"/api/v1/deliveries/"+id+"/receipt", strings.NewReader(body))
		w.must(err)
		stamp := strconv.FormatInt(w.clock().Unix(), 10)
		req.Header.Set("Content-Type", "application/json")
		req.Header.Set(channel.HeaderTimestamp, stamp)
		req.Header.Set(channel.HeaderSignature, channel.Signature(secret, stamp, []byte(body)))
		return w.as("").do(req).status
	}
	if got := receipt("guess"); got != http.StatusUnauthorized {
		t.Errorf("forged: %d", got)
	}
	if got := receipt("s3cret"); got != http.StatusNoContent && got != http.StatusOK {
		t.Errorf("genuine: %d", got)
	}
	b := w.as("officer")
	story := b.get("/api/v1/deliveries/" + id).body
	for _, want := range []string{`"state":"delivered"`, `"result":"accepted"`, `"result":"delivered"`, `"took_ms":31`} {
		if !strings.Contains(story, want) {
			t.Errorf("no %s in %s", want, story)
		}
	}
	if res := b.get("/api/v1/deliveries?state=dead&limit=5"); res.status != http.StatusOK || !strings.Contains(res.body, `"deliveries":[]`) {
		t.Errorf("%d %s", res.status, res.body)
	}
	if res := w.as("hall").get("/api/v1/deliveries"); res.status != http.StatusForbidden {
		t.Errorf("a responder lists all: %d", res.status)
	}
	if res := b.get("/api/v1/channels"); !strings.Contains(res.body, `"kind":"dingtalk"`) {
		t.Errorf("%d %s", res.status, res.body)
	}
}
