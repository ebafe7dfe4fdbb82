package app_test

import (
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"

	"huiying"
	"huiying/internal/app"
	"huiying/internal/config"
	"huiying/internal/locale"
)

// TestFindingBecomesACase inspects a site whose home page lies still: the
// finding goes the way of every alert, to the unit's channel and into a case
// that the unit acknowledges.
func TestFindingBecomesACase(t *testing.T) {
	site := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/" && r.URL.Path != "/xx.html" {
			http.NotFound(w, r)
			return
		}
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = io.WriteString(w, `<title>政务服务中心</title><body><ul><li><a href="/xx.html">领导信箱</a><span>2020-01-02</span></li></ul></body>`)
	}))
	t.Cleanup(site.Close)
	hook := newHook(t)
	a := startPatrol(t, site.URL, hook.URL)

	card := hook.next(t)
	if card.CaseNo == "" || card.Link == "" {
		t.Fatalf("the finding opens no case: %+v", card)
	}
	acknowledge(t, card.Link)
	hall := signIn(t, a, "hall")
	hall.wait(t, card.CaseNo, huiying.StateHandling)
	if err := a.Stop(); err != nil {
		t.Errorf("stop: %v", err)
	}
}

// startPatrol runs the service with one patrol, in this process.
func startPatrol(t *testing.T, site, hook string) *app.App {
	t.Helper()
	dir := t.TempDir()
	file := filepath.Join(dir, "huiying.yaml")
	text := fmt.Sprintf(`
data: data
listen: 127.0.0.1:0
crawler: {host_delay: 1ms}
units: [{id: u-hall, name: 大厅}]
channels: [{id: hook, kind: webhook, url: "%s"}]
users:
  - {id: hall, name: 承办, unit: u-hall, roles: [responder], contacts: [{channel: hook}]}
sources:
  - {id: patrol, kind: patrol, name: 门户网站, base_url: "%s", every: 10m, options: {url: "https://zw.example.gov.cn/", notify: [u-hall]}}
`, hook, site)
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	words, err := locale.Load()
	if err != nil {
		t.Fatal(err)
	}
	c, err := config.Load(file)
	if err != nil {
		t.Fatal(words.Sentence(locale.English, err))
	}
	a, err := app.New(app.Options{
		Config: c, Words: words, OwnURL: true, Version: "test",
		Logger: slog.New(slog.NewTextHandler(testWriter{t}, &slog.HandlerOptions{Level: slog.LevelWarn})),
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := a.Start(t.Context()); err != nil {
		t.Fatalf("%s\n%v", words.Sentence(locale.English, err), err)
	}
	t.Cleanup(func() { _ = a.Stop() })
	return a
}
