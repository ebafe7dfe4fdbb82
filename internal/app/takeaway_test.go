package app_test

import (
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"huiying"
	"huiying/internal/query"
	"huiying/notifier/casework"
)

// A service measures what it has, makes a file of it, keeps the file over a
// restart and leaves nothing running.
func TestTakeaway(t *testing.T) {
	before := goleak.IgnoreCurrent()
	dir := t.TempDir()
	laid := files{office: `
data: data
listen: 127.0.0.1:0
units: [{id: u-hall, name: 大厅}]
users:
  - {id: duty, name: 值班, roles: [officer]}
exports: {keep: 24h, rows: 100}
`}
	a := boot(t, dir, laid)
	for i := range 7 {
		_, err := a.OpenCase(t.Context(), casework.Opening{
			Level: huiying.LevelRed, Title: "=1+1", Topic: "t-" + strconv.Itoa(i), Rule: "r", Post: "weibo:" + strconv.Itoa(i), FirstSeenAt: time.Now().Add(-time.Hour), PublishedAt: time.Now().Add(-2 * time.Hour),
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	b := signIn(t, a, "duty")
	if status, raw := b.do(t, http.MethodGet, "/outcomes", nil); status != http.StatusOK || !strings.Contains(string(raw), "成效指标") {
		t.Errorf("%d", status)
	}
	if status, raw := b.do(t, http.MethodGet, "/api/v1/measures", nil); status != http.StatusOK || !strings.Contains(string(raw), `"id":"closing_rate"`) || !strings.Contains(string(raw), `"denominator":7`) {
		t.Errorf("%d %s", status, raw)
	}
	first := askExport(t, b, "cases")
	if first.State != query.ExportDone || first.Rows != 7 {
		t.Fatalf("%+v", first)
	}
	status, body := b.do(t, http.MethodGet, "/api/v1/exports/"+first.ID+"/file", nil)
	if status != http.StatusOK || strings.Count(string(body), "'=1+1") != 7 {
		t.Errorf("%d %s", status, body)
	}
	if err := a.Stop(); err != nil {
		t.Fatal(err)
	}
	if kept, err := os.ReadDir(filepath.Join(dir, "data", "exports")); err != nil || len(kept) != 1 {
		t.Errorf("%v %v", kept, err)
	}
	a = boot(t, dir, nil)
	b = signIn(t, a, "duty")
	if status, again := b.do(t, http.MethodGet, "/api/v1/exports/"+first.ID+"/file", nil); status != http.StatusOK || string(again) != string(body) {
		t.Errorf("after a restart: %d", status)
	}
	if err := a.Stop(); err != nil {
		t.Fatal(err)
	}
	http.DefaultTransport.(*http.Transport).CloseIdleConnections()
	goleak.VerifyNone(t, before, goleak.IgnoreAnyFunction("database/sql.(*DB).connectionOpener"), goleak.IgnoreAnyFunction("net/http.(*persistConn).readLoop"), goleak.IgnoreAnyFunction("net/http.(*persistConn).writeLoop"))
}

func askExport(t *testing.T, b *browser, what string) (e query.Export) {
	t.Helper()
	status, raw := b.do(t, http.MethodPost, "/api/v1/exports", map[string]any{"what": what, "query": "view=all", "format": "csv"})
	if err := json.Unmarshal(raw, &e); err != nil || status != http.StatusOK {
		t.Fatalf("%d %s", status, raw)
	}
	for end := time.Now().Add(20 * time.Second); e.Under() && time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		_, raw := b.do(t, http.MethodGet, "/api/v1/exports/"+e.ID, nil)
		if err := json.Unmarshal(raw, &e); err != nil {
			t.Fatalf("%s", raw)
		}
	}
	return e
}
