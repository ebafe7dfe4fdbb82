package app_test

import (
	"bytes"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"huiying/internal/app"
	"huiying/internal/app/tool"
	"huiying/internal/locale"
)

// kept is a log that several write into.
type kept struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (k *kept) Write(p []byte) (int, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.text.Write(p)
}

func (k *kept) String() string {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.text.String()
}

// TestSecretsStayHidden gives every kind of secret its own word, has everything
// that uses one fail, and looks for those words in the whole log at its most
// talkative, on every page and answer an administrator can open, in exports, in
// the figures, and in what the commands say.
func TestSecretsStayHidden(t *testing.T) {
	site := freeAddress(t) // nobody answers there
	dir := t.TempDir()
	secret := func(n int) string { return fmt.Sprintf("SENTINEL%02dsecret0123456789abcdef", n) }
	laid := files{
		office: fmt.Sprintf(`
data: data
listen: 127.0.0.1:0
public_url: https://office.example
crawler: {host_delay: 1ms, allow_private: [127.0.0.1]}
record: {key: %s}
sign_in: {oidc: {issuer: "http://%s/id", client_id: huiying, client_secret: %s}}
units: [{id: u-hall, name: 大厅}]
channels:
  - {id: robot, kind: wecom, url: "http://%s/cgi-bin/webhook/send?key=%s"}
  - {id: ding, kind: dingtalk, url: "http://%s/robot/send?access_token=%s", secret: SEC%s}
  - {id: hook, kind: webhook, url: "http://user:%s@%s/hook", secret: %s}
  - {id: mail, kind: email, host: 127.0.0.1, port: 1, user: huiying, from: huiying@example.gov.cn, secret: %s}
  - {id: push, kind: push, format: ntfy, url: "http://%s/office", secret: %s}
users: [{id: root, name: 管理, roles: [admin, officer], contacts: [{channel: robot}, {channel: hook}]}]
notifier: {default: [root]}
sources:
  - {id: feed, kind: weibo, base_url: "http://%s", every: 1s, options: {queries: ["大厅"], cookie: "SUB=%s"}}
`, secret(1), site, secret(2), site, secret(3), site, secret(4), secret(5), secret(6), site, secret(7), secret(8), site, secret(9), site, secret(10)),
	}
	var log kept
	a := boot(t, dir, laid, func(o *app.Options) {
		o.Logger = slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	})
	root := signIn(t, a, "root")
	for _, channel := range []string{"robot", "ding", "hook", "mail", "push"} {
		root.form(t, "/start/test", url.Values{"do": {"channel"}, "channel": {channel}}) // it fails: nobody answers
	}
	seen := map[string]string{"": log.String()}
	for _, path := range everyPage(t) {
		_, raw := root.do(t, http.MethodGet, path, nil)
		seen[path] = string(raw)
	}
	for _, what := range []string{"cases", "stream", "alerts"} {
		e := askExport(t, root, what)
		_, raw := root.do(t, http.MethodGet, "/api/v1/exports/"+e.ID+"/file", nil)
		seen["export of "+what] = string(raw)
	}
	seen["commands"] = said(t, dir)
	seen["log"] = log.String()
	if !strings.Contains(seen["log"], "feed") {
		t.Error("the log says nothing of the source: nothing was tried")
	}
	hidden := regexp.MustCompile(`SENTINEL\d\d`)
	for where, text := range seen {
		if found := hidden.FindString(text); found != "" {
			at := strings.Index(text, found)
			t.Errorf("%s shows %s: …%s…", where, found, text[max(0, at-80):min(len(text), at+20)])
		}
		if strings.Contains(text, "$argon2id$") {
			t.Errorf("%s shows the record of a password", where)
		}
	}
}

// everyPage is every address without a parameter in the table of roles.
func everyPage(t *testing.T) []string {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join("..", "web", "testdata", "roles.txt"))
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, m := range regexp.MustCompile(`(?m)^GET (/\S*)`).FindAllStringSubmatch(string(raw), -1) {
		if !strings.Contains(m[1], "{") && m[1] != "/live" {
			out = append(out, m[1])
		}
	}
	if len(out) < 40 {
		t.Fatalf("%d pages", len(out))
	}
	return append(out, "/metrics", "/sources/feed", "/api/v1/sources", "/api/v1/channels", "/api/v1/deliveries", "/admin/channels")
}

// said is what commands print about the same configuration, whole and broken.
func said(t *testing.T, dir string) string {
	t.Helper()
	var out bytes.Buffer
	s := tool.Streams{In: strings.NewReader(""), Out: &out, Err: &out, Words: catalogue(t), Lang: locale.English}
	whole := filepath.Join(dir, office)
	raw, err := os.ReadFile(whole)
	if err != nil {
		t.Fatal(err)
	}
	broken := filepath.Join(dir, "broken.yaml")
	text := strings.NewReplacer("kind: wecom", "kind: nothing", "client_id: huiying", "client_id: [1]", "every: 1s", "every: never").Replace(string(raw))
	if err := os.WriteFile(broken, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, file := range []string{whole, broken} {
		if err := tool.ConfigCheck(s, file); err != nil {
			out.WriteString(s.Words.Sentence(locale.English, err) + err.Error())
		}
	}
	where := tool.ListOptions{Where: app.Where{ConfigFile: whole}, JSON: true}
	if err := tool.SourceList(t.Context(), s, where); err != nil {
		t.Error(err)
	}
	if err := tool.AuditVerify(t.Context(), s, where); err != nil {
		t.Error(err)
	}
	if err := tool.Register(t.Context(), s, tool.RegisterOptions{ConfigFile: whole}); err != nil {
		t.Error(err)
	}
	time.Sleep(1500 * time.Millisecond) // the source is asked once more, and fails
	return out.String()
}
