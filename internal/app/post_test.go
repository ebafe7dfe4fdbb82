package app_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"huiying"
	"huiying/internal/app"
	"huiying/internal/app/tool"
	"huiying/internal/drill/replica"
	"huiying/internal/locale"
	"huiying/notifier/channel"
)

// TestDeadLetter follows an alert whose first channel refuses it: the next one
// takes over at once, the dead letter is sent anew through the running service,
// the provider reports that it arrived, and the ledger tells all of it.
func TestDeadLetter(t *testing.T) {
	feed, err := replica.NewFeed(t.Context(), replica.FeedOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer feed.Close()
	var refuse atomic.Bool
	refuse.Store(true)
	first := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		if refuse.Load() {
			w.WriteHeader(http.StatusForbidden)
		}
	}))
	defer first.Close()
	second := newAlertLog(t)
	p := &posted{t: t, file: filepath.Join(t.TempDir(), office)}
	p.start(fmt.Sprintf(`
data: data
listen: 127.0.0.1:0
crawler: {host_delay: 1ms, hold_older: 0s}
rules: [rules.yaml]
channels:
  - {id: hook, kind: webhook, url: "%s", secret: 0123456789abcdef}
  - {id: spare, kind: webhook, url: "%s"}
users: [{id: duty, name: 值班, roles: [officer], contacts: [{channel: hook}, {channel: spare}]}]
sources: [{id: feed, kind: weibo, base_url: "%s", every: 1s, options: {accounts: ["%d"]}}]
`, first.URL, second.URL, feed.URL, feed.UID()))
	if _, err := feed.Append("排队超时，没人管"); err != nil {
		t.Fatal(err)
	}
	var dead huiying.Delivery
	p.until("a dead letter", func() bool {
		out := p.run(func(s tool.Streams) error {
			return tool.DeliveryList(t.Context(), s, tool.DeliveryOptions{Where: app.Where{ConfigFile: p.file}, State: "dead", JSON: true})
		})
		return out != "" && json.Unmarshal([]byte(out), &dead) == nil
	})
	if dead.Channel != "hook" || !strings.Contains(dead.LastError, "403") {
		t.Errorf("dead letter %+v", dead)
	}
	p.until("the next channel", func() bool { return len(second.all()) == 1 })

	trial := p.run(func(s tool.Streams) error {
		err := tool.ChannelTest(t.Context(), s, tool.ChannelOptions{Remote: p.remote(), ID: "hook"})
		if err != tool.ErrFailed {
			t.Errorf("a trial that is refused ends with %v", err)
		}
		return nil
	})
	if !strings.Contains(trial, "403") {
		t.Errorf("trial %q", trial)
	}
	refuse.Store(false)
	p.run(func(s tool.Streams) error {
		return tool.DeliveryResend(t.Context(), s, tool.ResendOptions{Remote: p.remote(), ID: dead.ID})
	})
	p.until("sent anew", func() bool { return strings.Contains(p.story(dead.ID), `"state":"accepted"`) })
	if got := p.receipt(dead.ID, "guess", `{"state":"delivered"}`); got != http.StatusUnauthorized {
		t.Errorf("a forged receipt: %d", got)
	}
	if got := p.receipt("d-none", "0123456789abcdef", `{"state":"delivered"}`); got != http.StatusUnauthorized {
		t.Errorf("a receipt of nothing: %d", got)
	}
	if got := p.receipt(dead.ID, "0123456789abcdef", `{"state":"sunk"}`); got != http.StatusUnprocessableEntity && got != http.StatusBadRequest {
		t.Errorf("an unknown state: %d", got)
	}
	if got := p.receipt(dead.ID, "0123456789abcdef", `{"state":"delivered"}`); got >= http.StatusMultipleChoices {
		t.Errorf("a receipt: %d", got)
	}
	var told struct {
		Delivery huiying.Delivery
		Ledger   []huiying.Attempt
	}
	if err := json.Unmarshal([]byte(p.story(dead.ID)), &told); err != nil {
		t.Fatal(err)
	}
	var story []string
	for _, a := range told.Ledger {
		story = append(story, string(a.Result))
	}
	if got := strings.Join(story, " "); got != "refused requeued accepted delivered" || told.Delivery.State != huiying.DeliveryDelivered || told.Ledger[1].By != "chief" {
		t.Errorf("story %q, %+v", got, told.Delivery)
	}
}

// posted is a running service and the command line beside it.
type posted struct {
	t    *testing.T
	file string
	base string
}

const chiefsPassword = "stars-over-the-river-2026"

// start runs the service with an administrator who has a password.
func (p *posted) start(text string) {
	p.t.Helper()
	dir := filepath.Dir(p.file)
	laid := files{"rules.yaml": "rules:\n  - {id: r-queue, name: 排队, level: yellow, when: 排队超时}\n", office: text}
	for name, body := range laid {
		lay(p.t, filepath.Join(dir, name), body)
	}
	link := p.run(func(s tool.Streams) error {
		return tool.UserAdd(p.t.Context(), s, tool.UserOptions{Where: app.Where{ConfigFile: p.file}, ID: "chief", Roles: []string{"admin"}})
	})
	p.base = "http://" + boot(p.t, dir, laid).Addr()
	u, err := url.Parse(strings.TrimSpace(link))
	if err != nil {
		p.t.Fatal(err)
	}
	resp, err := http.PostForm(p.base+u.Path, url.Values{"password": {chiefsPassword}, "again": {chiefsPassword}})
	if err != nil {
		p.t.Fatal(err)
	}
	resp.Body.Close()
	p.t.Setenv("HUIYING_PASSWORD", chiefsPassword)
}

func (p *posted) remote() tool.Remote {
	return tool.Remote{ConfigFile: p.file, URL: p.base, User: "chief"}
}

// run calls what people call and gives what it prints.
func (p *posted) run(do func(tool.Streams) error) string {
	p.t.Helper()
	var out, said bytes.Buffer
	words := catalogue(p.t)
	if err := do(tool.Streams{In: strings.NewReader(""), Out: &out, Err: &said, Words: words, Lang: locale.English}); err != nil {
		p.t.Fatalf("%s\n%s%s", words.Sentence(locale.English, err), out.String(), said.String())
	}
	return out.String()
}

func (p *posted) story(id string) string {
	p.t.Helper()
	return p.run(func(s tool.Streams) error {
		return tool.DeliveryShow(p.t.Context(), s, tool.DeliveryOptions{Where: app.Where{ConfigFile: p.file}, ID: id, JSON: true})
	})
}

// receipt posts what a provider would.
func (p *posted) receipt(id, secret, body string) int {
	p.t.Helper()
	req, err := http.NewRequestWithContext(p.t.Context(), http.MethodPost, p.base+"/api/v1/deliveries/"+id+"/receipt", strings.NewReader(body))
	if err != nil {
		p.t.Fatal(err)
	}
	stamp := strconv.FormatInt(time.Now().Unix(), 10)
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set(channel.HeaderTimestamp, stamp)
	req.Header.Set(channel.HeaderSignature, channel.Signature(secret, stamp, []byte(body)))
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		p.t.Fatal(err)
	}
	defer resp.Body.Close()
	answer, _ := io.ReadAll(resp.Body) // for the log alone
	p.t.Logf("receipt of %s: %d %s", id, resp.StatusCode, answer)
	return resp.StatusCode
}

func (p *posted) until(what string, done func() bool) {
	p.t.Helper()
	for deadline := time.Now().Add(time.Minute); !done(); time.Sleep(100 * time.Millisecond) {
		if time.Now().After(deadline) {
			p.t.Fatalf("%s: not in a minute", what)
		}
	}
}
