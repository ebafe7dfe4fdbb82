package ladder_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"huiying"
	"huiying/internal/locale"
	"huiying/internal/store/outbox"
	"huiying/internal/store/storetest"
	"huiying/notifier/ladder"
)

// audit is an auditor over a world, with one loop that can stand still.
type audit struct {
	*world
	auditor *ladder.Auditor
	loop    *ladder.Pulse
	gaps    []huiying.DutyGap
	metrics *prometheus.Registry
}

func newAudit(w *world) *audit {
	a := &audit{world: w, loop: &ladder.Pulse{}, metrics: prometheus.NewRegistry()}
	a.auditor = ladder.NewAuditor(ladder.AuditorOptions{
		Evidence: w.book, Findings: w.book, Ledger: w.inTx(), Directory: w.people, Policies: w.policies, Texts: w.texts, Now: w.clock.Now,
		Loops:      []ladder.Loop{{Name: "climber", Pulse: a.loop, Most: 30 * time.Second}},
		Gaps:       func(context.Context) ([]huiying.DutyGap, error) { return a.gaps, nil },
		Registerer: a.metrics,
	})
	return a
}

// pass moves the clock on, keeps the loop going round where it lives, and has
// the auditor look.
func (a *audit) pass(d time.Duration, alive bool) {
	a.t.Helper()
	a.clock.Advance(d)
	if alive {
		a.loop.Beat(a.clock.Now())
	}
	if err := a.auditor.Look(a.t.Context()); err != nil {
		a.t.Fatal(err)
	}
}

// found are the findings that last, as kind and subject.
func (a *audit) found() []string {
	a.t.Helper()
	list, err := a.book.Findings(a.t.Context())
	if err != nil {
		a.t.Fatal(err)
	}
	out := []string{}
	for _, f := range list {
		line := f.Kind + " " + f.Subject
		if f.ToldAt.IsZero() {
			line += " untold"
		}
		out = append(out, line)
	}
	slices.Sort(out)
	return out
}

// warned are the people whom findings were told, one line a delivery.
func (a *audit) warned() []string {
	a.t.Helper()
	ds, err := outbox.NewDeliveries(a.store).Lease(a.t.Context(), a.clock.Now(), 100, a.clock.Now().Add(time.Second))
	if err != nil {
		a.t.Fatal(err)
	}
	var out []string
	for _, d := range ds {
		if d.Alert.Rule == "system" {
			out = append(out, d.Person+" "+string(d.Alert.Level)+" "+d.Alert.RuleName)
		}
	}
	slices.Sort(out)
	return out
}

func (a *audit) want(what string, want ...string) {
	a.t.Helper()
	if diff := cmp.Diff(append([]string{}, want...), a.found()); diff != "" {
		a.t.Errorf("%s: %s", what, diff)
	}
}

// A climber that is dead is noticed by what it left behind and by its pulse;
// administrators are told once; it is over when it lives.
func TestAuditorNoticesADeadClimber(t *testing.T) {
	w := newWorld(t)
	w.people.set("head", "lin")
	a := newAudit(w)
	no := w.open(huiying.LevelRed)
	a.pass(9*time.Minute, true)
	a.want("all is well")
	if err := a.auditor.Healthy(); err != nil {
		t.Errorf("all is well: %v", err)
	}
	a.pass(time.Minute+10*time.Second, true)
	a.want("late, within the slack")
	a.pass(40*time.Second, false)
	a.want("dead", "still climber", "stuck "+no)
	a.pass(40*time.Second, false)
	warned := a.warned()
	if len(warned) != 2 || !strings.HasPrefix(warned[0], "root red ") || !strings.Contains(strings.Join(warned, "\n"), no+" 的升级催签停住了") {
		t.Errorf("told: %q", warned)
	}
	if got := testutil.ToFloat64(gauge(t, a.metrics, "huiying_notifier_oldest_overdue_step_seconds")); got != 90 {
		t.Errorf("oldest overdue step: %v s", got)
	}
	if err := a.auditor.Healthy(); huiying.ErrorCode(err) != huiying.Unavailable {
		t.Errorf("healthy: %v", err)
	}
	w.look()
	a.pass(time.Second, true)
	a.want("alive again")
	if err := a.auditor.Healthy(); err != nil {
		t.Errorf("alive again: %v", err)
	}
}

// gauge is a collector of one metric as it was gathered.
func gauge(t *testing.T, reg *prometheus.Registry, name string) prometheus.Collector {
	t.Helper()
	families, err := reg.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range families {
		if f.GetName() == name {
			g := prometheus.NewGauge(prometheus.GaugeOpts{Name: name, Help: "gathered"})
			g.Set(f.GetMetric()[0].GetGauge().GetValue())
			return g
		}
	}
	t.Fatalf("no metric %s", name)
	return nil
}

// What came due while no process ran is the climber's to catch up with first.
func TestAuditorWaitsForTheClimberAfterAStart(t *testing.T) {
	w := newWorld(t)
	w.people.set("head", "lin")
	w.open(huiying.LevelRed)
	w.clock.Advance(time.Hour)
	a := newAudit(w)
	a.pass(time.Second, true)
	a.want("just started")
}

func TestAuditorFindings(t *testing.T) {
	w := newWorld(t)
	w.people.set("head", "lin")
	a := newAudit(w)
	no := w.open(huiying.LevelRed)
	a.pass(time.Second, true)
	a.want("nothing")

	w.people.set("head")
	a.pass(time.Second, true)
	a.want("a rung without anybody", "unanswered red")
	w.people.set("head", "lin")
	w.people.set("duty:main") // a gap is a finding of the roster, not of the policy
	now := a.clock.Now()
	a.gaps = []huiying.DutyGap{{Roster: "main", Kind: huiying.GapNobody, From: now, Until: now.Add(time.Hour)}, {Roster: "main", From: now.Add(2 * time.Hour), Until: now.Add(3 * time.Hour)}}
	a.pass(time.Second, true)
	a.want("a gap now", "gap main")
	if got := testutil.ToFloat64(gauge(t, a.metrics, "huiying_notifier_duty_gaps")); got != 2 {
		t.Errorf("gaps to come: %v", got)
	}
	a.gaps = []huiying.DutyGap{{Roster: "main", Kind: huiying.GapUnreachable, Person: "an", From: now, Until: now.Add(time.Hour)}}
	a.pass(time.Second, true)
	a.want("the only one cannot be told", "gap main")
	w.people.set("duty:main", "zhou")
	a.pass(time.Second, true)
	a.want("one of two cannot be told")
	a.gaps = nil

	w.run(2 * time.Hour) // to the end of the ladder
	a.pass(0, true)
	a.want("nobody acknowledged", "exhausted "+no)

	storetest.Exec(t, w.store, `UPDATE deliveries SET state = 'dead' WHERE case_no = '`+no+`'`)
	a.pass(time.Second, true)
	a.want("nobody was reached", "exhausted "+no, "unreached "+no)

	w.do(no, han, "ack")
	a.pass(time.Second, true)
	a.want("acknowledged")

	w.policies = nil
	other := w.open(huiying.LevelOrange)
	a.pass(time.Second, true)
	a.want("an urgent case without a policy", "unled "+other)
}

// A finding that nobody could be told of is told when somebody can be.
func TestFindingWaitsForAnAdministrator(t *testing.T) {
	w := newWorld(t)
	w.people.set("admins")
	a := newAudit(w)
	a.pass(time.Second, true)
	a.want("no administrator", "unanswered red untold")
	w.people.set("admins", "root")
	a.pass(time.Second, true)
	a.pass(time.Second, true)
	a.want("an administrator", "unanswered red")
	if got := a.warned(); len(got) != 1 {
		t.Errorf("told %q", got)
	}
}

func TestNoPolicy(t *testing.T) {
	w := newWorld(t)
	w.people.set("head", "lin")
	w.policies = ladder.Policies{{ID: "red", Levels: []huiying.Level{huiying.LevelRed}, Rungs: []huiying.Rung{{Notify: []string{"head"}}}}}
	a := newAudit(w)
	a.pass(time.Second, true)
	a.want("a level is left out", "no_policy orange")
}

// Every kind of finding has its sentence in both languages.
func TestFindingsHaveSentences(t *testing.T) {
	c, err := locale.Load()
	if err != nil {
		t.Fatal(err)
	}
	for _, kind := range ladder.Kinds() {
		if !c.Has("ladder.finding." + kind) {
			t.Errorf("no sentence for %s", kind)
		}
	}
}

// The heartbeat beats while all is well and is silent otherwise; no error names
// its address.
func TestHeartbeat(t *testing.T) {
	var beats atomic.Int64
	status := http.StatusOK
	monitor := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		beats.Add(1)
		w.WriteHeader(status)
	}))
	defer monitor.Close()
	now := time.Date(2026, 11, 23, 1, 0, 0, 0, time.UTC)
	var unwell error
	h := ladder.NewHeartbeat(ladder.HeartbeatOptions{
		URL: monitor.URL + "/ping/secret", Healthy: func() error { return unwell }, Now: func() time.Time { return now }, Client: monitor.Client(),
	})
	if err := h.Beat(t.Context()); err != nil || beats.Load() != 1 || !h.State().LastAt.Equal(now) {
		t.Errorf("well: %v, %d beats, %+v", err, beats.Load(), h.State())
	}
	unwell = huiying.Errorf(huiying.Unavailable, "ladder.unwell.auditor")
	if err := h.Beat(t.Context()); err == nil || beats.Load() != 1 || h.State().Err == nil || !h.State().LastAt.Equal(now) {
		t.Errorf("unwell: %v, %d beats, %+v", err, beats.Load(), h.State())
	}
	unwell, status = nil, http.StatusNotFound
	if err := h.Beat(t.Context()); err == nil || strings.Contains(err.Error(), "secret") {
		t.Errorf("not taken: %v", err)
	}
	monitor.Close()
	err := h.Beat(t.Context())
	if err == nil || strings.Contains(err.Error(), "secret") || strings.Contains(err.Error(), strings.TrimPrefix(monitor.URL, "http://")) {
		t.Errorf("unreachable: %v", err)
	}
}
