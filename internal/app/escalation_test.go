package app_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"huiying"
)

// TestEscalation lets a red case go unacknowledged in the whole service: it
// climbs to the unit, over a gap of the roster and a restart to the management,
// each hop once and with its receipts, and stops when it is acknowledged. The
// monitor outside hears the heartbeat.
func TestEscalation(t *testing.T) {
	t.Parallel()
	site := newSavedSite(t)
	hook := newHook(t)
	var beats atomic.Int64
	monitor := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { beats.Add(1) }))
	defer monitor.Close()
	dir := t.TempDir()
	set := files{
		"rules.yaml": "rules:\n  - {id: r-all, name: 来信与微博, level: red, notify: [u-hall], when: 'kind:letter OR platform:weibo'}\n",
		office: fmt.Sprintf(`
data: data
listen: 127.0.0.1:0
crawler: {host_delay: 1ms, hold_older: 0s}
rules: [rules.yaml]
units: [{id: u-hall, name: 大厅}, {id: u-office, name: 办公室}]
channels: [{id: hook, kind: webhook, url: "%s"}]
users:
  - {id: hall, name: 承办, unit: u-hall, roles: [responder], contacts: [{channel: hook}]}
  - {id: night, name: 值班, unit: u-office, roles: [officer]}
  - {id: head, name: 领导, unit: u-office, roles: [manager], contacts: [{channel: hook}]}
  - {id: root, name: 管理, roles: [admin], contacts: [{channel: hook}]}
rosters:
  - {id: main, name: 总值班, layers: [{id: desk, start: "2026-01-01", people: [night]}]}
escalations:
  - id: red
    levels: [red, orange]
    steps: [{after: 2s, to: [unit]}, {after: 2s, to: ["duty:main"]}, {after: 3s, to: [head]}]
    repeat: 0
heartbeat: {url: "%s", every: 10s}
sources:
  - {id: letters, kind: portal, base_url: "%s", every: 1s, options: {profile: beijing-letters}}
`, hook.URL, monitor.URL, site.URL),
	}
	a := boot(t, dir, set)
	card := hook.next(t)
	head := signIn(t, a, "head")
	head.hops(t, card.CaseNo, 1)
	if err := a.Stop(); err != nil {
		t.Fatalf("stop: %v", err)
	}
	a = boot(t, dir, files{})
	head = signIn(t, a, "head")
	hops := head.hops(t, card.CaseNo, 3)
	var told []string
	for _, s := range hops {
		told = append(told, fmt.Sprintf("%d %s", len(strings.Fields(s.Payload["told"])), s.Payload["why"]))
	}
	if !slices.Equal(told, []string{"1 ", "0 gap", "1 "}) {
		t.Errorf("hops tell %q", told)
	}
	if hops[2].At.Sub(hops[1].At) > time.Second || hops[1].At.Sub(hops[0].At) < 2*time.Second {
		t.Errorf("the empty rung is not left at once: %v, %v, %v", hops[0].At, hops[1].At, hops[2].At)
	}
	status, raw := head.do(t, http.MethodGet, "/api/v1/duty", nil)
	var duty struct {
		Rosters []struct{ Gaps []huiying.DutyGap }
	}
	if err := json.Unmarshal(raw, &duty); status != http.StatusOK || err != nil || len(duty.Rosters) != 1 || len(duty.Rosters[0].Gaps) == 0 {
		t.Errorf("the gap is not shown: %d %s", status, raw)
	}
	for deadline := time.Now().Add(40 * time.Second); beats.Load() == 0; time.Sleep(100 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("no heartbeat")
		}
	}
	if err := a.Stop(); err != nil {
		t.Errorf("stop: %v", err)
	}
	verifyRecord(t, catalogue(t), filepath.Join(dir, office))
}

// hops waits until a case has so many steps of its ladder.
func (b *browser) hops(t *testing.T, no string, n int) []huiying.Step {
	t.Helper()
	for deadline := time.Now().Add(30 * time.Second); ; time.Sleep(50 * time.Millisecond) {
		status, raw := b.do(t, http.MethodGet, "/api/v1/cases/"+no, nil)
		var got struct{ Steps []huiying.Step }
		if err := json.Unmarshal(raw, &got); status != http.StatusOK || err != nil {
			t.Fatalf("case %s: %d %s", no, status, raw)
		}
		var hops []huiying.Step
		for _, s := range got.Steps {
			if s.Action == "ack_timeout" || s.Action == "escalate" {
				hops = append(hops, s)
			}
		}
		if len(hops) >= n {
			return hops
		}
		if time.Now().After(deadline) {
			t.Fatalf("case %s has %d hops, want %d: %s", no, len(hops), n, raw)
		}
	}
}
