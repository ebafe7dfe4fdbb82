package app_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"huiying"
	"huiying/internal/app"
)

// TestFindingBecomesACase inspects a site whose home page lies still: the
// finding goes the way of every alert, to the unit's channel and into a case
// that the unit acknowledges.
func TestFindingBecomesACase(t *testing.T) {
	t.Parallel()
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

func startPatrol(t *testing.T, site, hook string) *app.App {
	t.Helper()
	return boot(t, t.TempDir(), files{office: fmt.Sprintf(`
data: data
listen: 127.0.0.1:0
crawler: {host_delay: 1ms}
units: [{id: u-hall, name: 大厅}]
channels: [{id: hook, kind: webhook, url: "%s"}]
users:
  - {id: hall, name: 承办, unit: u-hall, roles: [responder], contacts: [{channel: hook}]}
sources:
  - {id: patrol, kind: patrol, name: 门户网站, base_url: "%s", every: 10m, options: {url: "https://zw.example.gov.cn/", notify: [u-hall]}}
`, hook, site)})
}
