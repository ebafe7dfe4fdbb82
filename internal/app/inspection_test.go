package app_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"sync/atomic"
	"testing"
	"time"

	"huiying/internal/query"
)

// TestOrdersReachTheInspection adds a wrong word on the page of a running
// service: the inspection finds it on the site; looked at on demand it is still
// there; excepted it is over for a while; and with the exception ended and the
// site put right nothing is open.
func TestOrdersReachTheInspection(t *testing.T) {
	var right atomic.Bool
	site := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		words := "服雾窗口"
		if right.Load() {
			words = "服务窗口"
		}
		_, _ = io.WriteString(w, `<title>政务服务中心</title><body><p>`+words+`</p><a href="/">领导信箱</a><span>`+time.Now().Format(time.DateOnly)+`</span></body>`)
	}))
	t.Cleanup(site.Close)
	a := boot(t, t.TempDir(), files{office: fmt.Sprintf(`
data: data
listen: 127.0.0.1:0
crawler: {host_delay: 1ms}
users:
  - {id: wang, name: 值班, roles: [officer]}
sources:
  - {id: patrol, kind: patrol, name: 门户网站, base_url: "%s", every: 10m, options: {url: "https://zw.example.gov.cn/", round_every: 1s}}
`, site.URL)})
	p := portal{t: t, b: signIn(t, a, "wang")}
	w := words{t: t, wang: p.b}
	time.Sleep(1500 * time.Millisecond) // the round is due again
	w.form(p.b, "/lexicon/wrong", url.Values{"version": {"0"}, "do": {"add"}, "text": {"服雾"}, "right": {"服务"}, "note": {"错别字"}})
	f := p.until(query.FindingOpen, func(f query.PatrolFinding) bool { return f.Finding.Check == "wording" && f.Object == "服雾" })
	w.form(p.b, "/patrol/"+f.Post, url.Values{"do": {"rescan"}})
	p.until(query.FindingOpen, func(f query.PatrolFinding) bool { return f.Object == "服雾" && f.Came == "still" })
	w.form(p.b, "/patrol/"+f.Post, url.Values{"do": {"except"}, "until": {time.Now().AddDate(0, 0, 3).Format(time.DateOnly)}, "reason": {"正在改版"}})
	p.until(query.FindingExcepted, func(f query.PatrolFinding) bool { return f.Object == "服雾" && f.Exception != nil })
	right.Store(true)
	w.form(p.b, "/patrol/"+f.Post, url.Values{"do": {"unexcept"}})
	p.until(query.FindingOver, func(f query.PatrolFinding) bool { return f.Finding.Check == "wording" && f.Exception == nil })
	if err := a.Stop(); err != nil {
		t.Errorf("stop: %v", err)
	}
}

// portal reads the findings of a running service.
type portal struct {
	t *testing.T
	b *browser
}

func (p portal) until(state string, want func(query.PatrolFinding) bool) query.PatrolFinding {
	p.t.Helper()
	var raw []byte
	for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); time.Sleep(50 * time.Millisecond) {
		var status int
		status, raw = p.b.do(p.t, http.MethodGet, "/api/v1/patrol/findings?state="+state, nil)
		var got query.PatrolFindings
		if status != http.StatusOK || json.Unmarshal(raw, &got) != nil {
			p.t.Fatalf("findings: %d %s", status, raw)
		}
		for _, f := range got.Rows {
			if want(f) {
				return f
			}
		}
	}
	p.t.Fatalf("no such finding: %s", raw)
	return query.PatrolFinding{}
}
