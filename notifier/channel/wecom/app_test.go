package wecom_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"huiying/notifier/channel"
	"huiying/notifier/channel/wecom"
)

// platform plays 企业微信: tokens that it forgets when told, and members.
type platform struct {
	mu      sync.Mutex
	asked   int // for tokens
	valid   string
	answer  string
	bodies  []map[string]any
	refuse  string // answer to gettoken
	server  *httptest.Server
	now     time.Time
	expires int
}

func newPlatform(t *testing.T) *platform {
	p := &platform{answer: `{"errcode":0,"errmsg":"ok","msgid":"m-1"}`, now: time.Date(2026, 11, 23, 1, 30, 0, 0, time.UTC), expires: 7200}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /cgi-bin/gettoken", func(w http.ResponseWriter, r *http.Request) {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.asked++
		if r.URL.Query().Get("corpid") != "ww1" || r.URL.Query().Get("corpsecret") != "hunter2" {
			io.WriteString(w, `{"errcode":40001,"errmsg":"invalid credential"}`)
			return
		}
		if p.refuse != "" {
			io.WriteString(w, p.refuse)
			return
		}
		p.valid = fmt.Sprintf("token-%d", p.asked)
		fmt.Fprintf(w, `{"errcode":0,"errmsg":"ok","access_token":%q,"expires_in":%d}`, p.valid, p.expires)
	})
	mux.HandleFunc("POST /cgi-bin/message/send", func(w http.ResponseWriter, r *http.Request) {
		p.mu.Lock()
		defer p.mu.Unlock()
		if r.URL.Query().Get("access_token") != p.valid {
			io.WriteString(w, `{"errcode":40014,"errmsg":"invalid access_token"}`)
			return
		}
		var body map[string]any
		if json.NewDecoder(r.Body).Decode(&body) != nil {
			t.Error("no JSON")
		}
		p.bodies = append(p.bodies, body)
		io.WriteString(w, p.answer)
	})
	p.server = httptest.NewServer(mux)
	t.Cleanup(p.server.Close)
	return p
}

func (p *platform) app(t *testing.T) *wecom.App {
	t.Helper()
	a, err := wecom.NewApp(wecom.AppConfig{URL: p.server.URL, CorpID: "ww1", AgentID: 1000002, Secret: "hunter2", Now: func() time.Time { return p.now }})
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func toMember() channel.Message {
	m := message()
	m.Address = "zhang"
	return m
}

func TestApplicationCard(t *testing.T) {
	p := newPlatform(t)
	if got := p.app(t).Send(context.Background(), toMember()); got.Result != channel.Accepted || got.Code != "0" {
		t.Fatalf("got %+v", got)
	}
	raw, err := json.Marshal(p.bodies[0])
	want := `{"agentid":1000002,"enable_duplicate_check":1,"msgtype":"textcard","textcard":{"btntxt":"详情","description":"规则：排队\n来源：微博","title":"【红】排队","url":"https://hy.example/a/t"},"touser":"zhang"}`
	if err != nil || string(raw) != want {
		t.Errorf("got  %s\nwant %s", raw, want)
	}
}

func TestApplicationText(t *testing.T) {
	p := newPlatform(t)
	m := toMember()
	m.Link, m.Lines = "", []string{strings.Repeat("字", 900)}
	p.app(t).Send(context.Background(), m)
	text, _ := p.bodies[0]["text"].(map[string]any)
	if content, _ := text["content"].(string); p.bodies[0]["msgtype"] != "text" || len(content) > 2048 || len(content) < 2040 {
		t.Errorf("got %v", p.bodies[0])
	}
}

// One token serves many messages, is renewed before it ends, and at once when
// the platform no longer knows it.
func TestToken(t *testing.T) {
	p := newPlatform(t)
	a := p.app(t)
	send := func() {
		t.Helper()
		if got := a.Send(context.Background(), toMember()); got.Result != channel.Accepted {
			t.Fatalf("got %+v", got)
		}
	}
	send()
	send()
	if p.asked != 1 {
		t.Errorf("asked %d times for two messages", p.asked)
	}
	p.now = p.now.Add(2 * time.Hour)
	send()
	if p.asked != 2 {
		t.Errorf("asked %d times after it ended", p.asked)
	}
	p.valid = "another's"
	send()
	if p.asked != 3 || len(p.bodies) != 4 {
		t.Errorf("asked %d times, %d messages", p.asked, len(p.bodies))
	}
	var sending sync.WaitGroup
	p.mu.Lock()
	p.valid = "gone"
	p.mu.Unlock()
	for range 8 {
		sending.Go(func() { a.Send(context.Background(), toMember()) })
	}
	sending.Wait()
	if p.asked > 8 {
		t.Errorf("asked %d times", p.asked)
	}
}

func TestApplicationRefusals(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*platform, *channel.Message)
		want   channel.Result
		key    string
	}{
		"no address":      {func(_ *platform, m *channel.Message) { m.Address = "" }, channel.Refused, "channel.no_address"},
		"no such member":  {func(p *platform, _ *channel.Message) { p.answer = `{"errcode":0,"invaliduser":"zhang"}` }, channel.Refused, "channel.wecom.no_member"},
		"nobody":          {func(p *platform, _ *channel.Message) { p.answer = `{"errcode":81013,"errmsg":"all invalid"}` }, channel.Refused, "channel.refused"},
		"too many":        {func(p *platform, _ *channel.Message) { p.answer = `{"errcode":45009}` }, channel.Retry, "channel.busy"},
		"token refused":   {func(p *platform, _ *channel.Message) { p.refuse = `{"errcode":60020,"errmsg":"not allow ip"}` }, channel.Refused, "channel.refused"},
		"token too often": {func(p *platform, _ *channel.Message) { p.refuse = `{"errcode":45009}` }, channel.Retry, "channel.busy"},
		"no token":        {func(p *platform, _ *channel.Message) { p.refuse = `{"errcode":0}` }, channel.Retry, "channel.unreadable"},
	} {
		p, m := newPlatform(t), toMember()
		c.change(p, &m)
		got := p.app(t).Send(context.Background(), m)
		if got.Result != c.want || key(got) != c.key {
			t.Errorf("%s: %+v", name, got)
		}
	}
}

func TestApplicationConfig(t *testing.T) {
	for _, c := range []wecom.AppConfig{{}, {CorpID: "ww1", Secret: "s"}, {CorpID: "ww1", AgentID: 1}, {AgentID: 1, Secret: "s"}, {URL: "x", CorpID: "w", AgentID: 1, Secret: "s"}} {
		if _, err := wecom.NewApp(c); err == nil {
			t.Errorf("%+v was taken", c)
		}
	}
}

// The platform is asked to drop a repeat only where the message is surely one:
// without a link of its own, what is told again after a quarter of an hour has
// the same words, and would never arrive.
func TestAppDropsNoReminder(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*channel.Message)
		want   float64
	}{
		"with its own link": {func(*channel.Message) {}, 1},
		"without a link":    {func(m *channel.Message) { m.Link = "" }, 0},
		"a digest":          {func(m *channel.Message) { m.Digest = []channel.Item{{DeliveryID: "d-1"}, {DeliveryID: "d-2"}} }, 0},
	} {
		m := toMember()
		c.change(&m)
		p := newPlatform(t)
		if got := p.app(t).Send(t.Context(), m); got.Result != channel.Accepted {
			t.Fatalf("%s: %+v", name, got)
		}
		if got := p.bodies[0]["enable_duplicate_check"]; got != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}
