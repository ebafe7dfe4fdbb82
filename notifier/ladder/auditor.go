package ladder

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"huiying"
	"huiying/notifier"
)

// Kinds of findings. Their sentences are in the catalogue under ladder.finding.
const (
	FindingStuck      = "stuck"      // a case whose next hop is overdue
	FindingUnled      = "unled"      // a case that waits for its acknowledgement without a policy
	FindingExhausted  = "exhausted"  // one whose ladder was climbed to its end
	FindingUnreached  = "unreached"  // one whose last alert reached nobody
	FindingUnanswered = "unanswered" // a policy on one of whose rungs nobody stands
	FindingNoPolicy   = "no_policy"  // a level that opens cases without a policy
	FindingGap        = "gap"        // a roster with nobody on duty now
	FindingStill      = "still"      // a loop that does not go round
)

// Kinds lists them.
func Kinds() []string {
	return []string{FindingStuck, FindingUnled, FindingExhausted, FindingUnreached, FindingUnanswered, FindingNoPolicy, FindingGap, FindingStill}
}

// stops reports whether the heartbeat stops while a finding of the kind lasts:
// the machinery itself is at fault, and whoever is told by it may not be.
func stops(kind string) bool { return kind == FindingStuck || kind == FindingStill }

// Evidence is what the auditor looks at: the database, not the climber.
type Evidence interface {
	// Overdue are open cases whose ladder was to be looked at before an instant.
	Overdue(ctx context.Context, before time.Time, n int) ([]huiying.Case, error)
	// Unled are cases that wait for their acknowledgement and climb no ladder.
	Unled(ctx context.Context, n int) ([]huiying.Case, error)
	// Unreached are such cases whose last alert's deliveries are all dead.
	Unreached(ctx context.Context, n int) ([]string, error)
}

// Findings keeps what was found.
type Findings interface {
	// Find begins a finding; known is true, and nothing happens, while one of
	// that kind and subject lasts.
	Find(ctx context.Context, f huiying.DutyFinding) (known bool, err error)
	Findings(ctx context.Context) ([]huiying.DutyFinding, error)
	Told(ctx context.Context, id string, at time.Time) error
	Over(ctx context.Context, id string, at time.Time) error
}

// AuditorOptions is what an Auditor works with; Gaps, Woken, Logger and
// Registerer need not be there.
type AuditorOptions struct {
	Evidence   Evidence
	Findings   Findings
	Ledger     notifier.Ledger
	Directory  Directory
	Policies   Policies
	Gaps       func(ctx context.Context) ([]huiying.DutyGap, error) // of the days to come
	Loops      []Loop
	Texts      Texts
	Now        func() time.Time
	Woken      []func()
	Logger     *slog.Logger
	Registerer prometheus.Registerer
}

// Loop is one that must go round.
type Loop struct {
	Name  string
	Pulse *Pulse
	Most  time.Duration // longest time between two beats
}

// How often the auditor looks, and how late a hop may be before it is stuck:
// twice the climber's tick and what a busy database may take.
const (
	AuditEvery = 15 * time.Second
	Slack      = 2*Every + 13*time.Second
)

// Auditor looks for what the climber left behind. It shares nothing with it but
// the database.
type Auditor struct {
	o       AuditorOptions
	begun   time.Time
	pulse   Pulse
	metrics auditMetrics

	mu    sync.Mutex
	stuck []huiying.DutyFinding
}

type auditMetrics struct {
	overdue  prometheus.Gauge
	findings *prometheus.GaugeVec
	gaps     *prometheus.GaugeVec
}

// NewAuditor makes an Auditor.
func NewAuditor(o AuditorOptions) *Auditor {
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Gaps == nil {
		o.Gaps = func(context.Context) ([]huiying.DutyGap, error) { return nil, nil }
	}
	a := &Auditor{o: o, begun: o.Now(), metrics: auditMetrics{
		overdue: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "huiying_notifier_oldest_overdue_step_seconds", Help: "How long the longest waiting step of an escalation is overdue.",
		}),
		findings: prometheus.NewGaugeVec(prometheus.GaugeOpts{
			Name: "huiying_notifier_duty_findings", Help: "Findings about duty and escalation that last, by kind.",
		}, []string{"kind"}),
		gaps: prometheus.NewGaugeVec(prometheus.GaugeOpts{
			Name: "huiying_notifier_duty_gaps", Help: "Gaps in duty rosters within the days to come, by roster.",
		}, []string{"roster"}),
	}}
	if o.Registerer != nil {
		o.Registerer.MustRegister(a.metrics.overdue, a.metrics.findings, a.metrics.gaps)
	}
	return a
}

// Run looks until ctx ends. A look that fails is made again.
func (a *Auditor) Run(ctx context.Context) error {
	every := time.NewTicker(AuditEvery)
	defer every.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-every.C:
		}
		if err := a.Look(ctx); err != nil && ctx.Err() == nil {
			a.o.Logger.Error("the escalation could not be audited; tried again", "error", err)
		}
	}
}

// Look finds what is wrong now, tells the administrators of each finding once,
// and notes what is over.
func (a *Auditor) Look(ctx context.Context) error {
	now := a.o.Now().UTC().Truncate(time.Microsecond)
	seen, err := a.seen(ctx, now)
	if err != nil {
		return err
	}
	for _, f := range seen {
		f.FoundAt = now
		f.ID = huiying.DeriveID("df-", f.Kind, f.Subject, strconv.FormatInt(now.UnixMicro(), 10))
		if _, err := a.o.Findings.Find(ctx, f); err != nil {
			return err
		}
	}
	last, err := a.o.Findings.Findings(ctx)
	if err != nil {
		return err
	}
	var failed []error
	for _, f := range last {
		failed = append(failed, a.follow(ctx, f, holds(seen, f), now))
	}
	a.remember(seen)
	a.pulse.Beat(now)
	return errors.Join(failed...)
}

func holds(seen []huiying.DutyFinding, f huiying.DutyFinding) bool {
	return slices.ContainsFunc(seen, func(s huiying.DutyFinding) bool { return s.Kind == f.Kind && s.Subject == f.Subject })
}

// follow tells of a finding that was not told yet, and ends one that is over.
func (a *Auditor) follow(ctx context.Context, f huiying.DutyFinding, lasts bool, now time.Time) error {
	if !lasts {
		return a.o.Findings.Over(ctx, f.ID, now)
	}
	if !f.ToldAt.IsZero() {
		return nil
	}
	told, err := a.tell(ctx, f)
	if err != nil || !told {
		return err
	}
	return a.o.Findings.Told(ctx, f.ID, now)
}

// seen is what is wrong now, each kind once a subject.
func (a *Auditor) seen(ctx context.Context, now time.Time) ([]huiying.DutyFinding, error) {
	var out []huiying.DutyFinding
	for _, look := range []func(context.Context, time.Time) ([]huiying.DutyFinding, error){
		a.overdue, a.waiting, a.unreached, a.policies, a.gaps, a.loops,
	} {
		found, err := look(ctx, now)
		if err != nil {
			return nil, err
		}
		out = append(out, found...)
	}
	return out, nil
}

// most bounds the findings of one kind: where everything is stuck, a hundred
// say so well enough.
const most = 100

// overdue are the cases left behind: once this process has had the time to
// climb what came due while none ran.
func (a *Auditor) overdue(ctx context.Context, now time.Time) ([]huiying.DutyFinding, error) {
	cases, err := a.o.Evidence.Overdue(ctx, now, most)
	if err != nil {
		return nil, err
	}
	var oldest time.Duration
	var out []huiying.DutyFinding
	for _, c := range cases {
		late := now.Sub(c.Ladder.DueAt())
		oldest = max(oldest, late)
		if late > Slack && now.Sub(a.begun) > Slack {
			out = append(out, huiying.DutyFinding{Kind: FindingStuck, Subject: c.No})
		}
	}
	a.metrics.overdue.Set(oldest.Seconds())
	return out, nil
}

func (a *Auditor) waiting(ctx context.Context, _ time.Time) ([]huiying.DutyFinding, error) {
	cases, err := a.o.Evidence.Unled(ctx, most)
	if err != nil {
		return nil, err
	}
	var out []huiying.DutyFinding
	for _, c := range cases {
		switch {
		case !c.Ladder.IsZero() && c.Ladder.Round > c.Ladder.Repeat:
			out = append(out, huiying.DutyFinding{Kind: FindingExhausted, Subject: c.No})
		case !c.Ladder.IsZero() || c.Level.OpensCase():
			out = append(out, huiying.DutyFinding{Kind: FindingUnled, Subject: c.No})
		}
	}
	return out, nil
}

func (a *Auditor) unreached(ctx context.Context, _ time.Time) ([]huiying.DutyFinding, error) {
	nos, err := a.o.Evidence.Unreached(ctx, most)
	var out []huiying.DutyFinding
	for _, no := range nos {
		out = append(out, huiying.DutyFinding{Kind: FindingUnreached, Subject: no})
	}
	return out, err
}

// policies finds levels without one, and rungs on which nobody stands whatever
// the case: those that name the case's unit or owner are known only with it,
// those of duty rosters are empty in gaps, which are findings of their own.
func (a *Auditor) policies(ctx context.Context, _ time.Time) ([]huiying.DutyFinding, error) {
	var out []huiying.DutyFinding
	for _, level := range a.o.Policies.Without() {
		out = append(out, huiying.DutyFinding{Kind: FindingNoPolicy, Subject: string(level)})
	}
	for _, p := range a.o.Policies {
		for _, rung := range p.Rungs {
			answered, err := a.answered(ctx, rung)
			if err != nil {
				return nil, err
			}
			if !answered {
				out = append(out, huiying.DutyFinding{Kind: FindingUnanswered, Subject: p.ID})
				break
			}
		}
	}
	return out, nil
}

func (a *Auditor) answered(ctx context.Context, rung huiying.Rung) (bool, error) {
	if slices.Contains(rung.Notify, WordUnit) || slices.Contains(rung.Notify, WordOwner) {
		return true, nil
	}
	found, gap, err := a.o.Directory.Present(ctx, Notify(huiying.Case{}, rung.Notify))
	if err != nil {
		return false, fmt.Errorf("who stands on a rung: %w", err)
	}
	reachable := slices.ContainsFunc(found, func(r notifier.Recipient) bool { return r.Channel != "" })
	return reachable || gap, nil
}

func (a *Auditor) gaps(ctx context.Context, now time.Time) ([]huiying.DutyFinding, error) {
	gaps, err := a.o.Gaps(ctx)
	if err != nil {
		return nil, err
	}
	a.metrics.gaps.Reset()
	var out []huiying.DutyFinding
	for _, g := range gaps {
		a.metrics.gaps.WithLabelValues(g.Roster).Inc()
		f := huiying.DutyFinding{Kind: FindingGap, Subject: g.Roster}
		if g.From.After(now) || !g.Until.After(now) || holds(out, f) {
			continue
		}
		alone, err := a.alone(ctx, g)
		if err != nil {
			return nil, err
		}
		if alone {
			out = append(out, f)
		}
	}
	return out, nil
}

// alone reports that a gap leaves its roster with nobody who can be told. One
// of several who cannot is a gap as well, but the others are on duty.
func (a *Auditor) alone(ctx context.Context, g huiying.DutyGap) (bool, error) {
	if g.Kind == huiying.GapNobody {
		return true, nil
	}
	found, _, err := a.o.Directory.Present(ctx, []string{PrefixDuty + g.Roster})
	if err != nil {
		return false, fmt.Errorf("who is on duty: %w", err)
	}
	return !slices.ContainsFunc(found, func(r notifier.Recipient) bool { return r.Channel != "" }), nil
}

// loops finds those that do not go round. One that never did has as long as
// the others, from the start of the process.
func (a *Auditor) loops(_ context.Context, now time.Time) ([]huiying.DutyFinding, error) {
	var out []huiying.DutyFinding
	for _, l := range a.o.Loops {
		last := l.Pulse.Last()
		if last.Before(a.begun) {
			last = a.begun
		}
		if now.Sub(last) > l.Most {
			out = append(out, huiying.DutyFinding{Kind: FindingStill, Subject: l.Name})
		}
	}
	return out, nil
}

func (a *Auditor) remember(seen []huiying.DutyFinding) {
	count := map[string]int{}
	var stuck []huiying.DutyFinding
	for _, f := range seen {
		count[f.Kind]++
		if stops(f.Kind) {
			stuck = append(stuck, f)
		}
	}
	for _, kind := range Kinds() {
		a.metrics.findings.WithLabelValues(kind).Set(float64(count[kind]))
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.stuck = stuck
}

// Healthy is nil while the auditor looks, every loop goes round and no hop is
// left behind: the condition of the heartbeat.
func (a *Auditor) Healthy() error {
	now := a.o.Now()
	last := a.pulse.Last()
	if last.IsZero() {
		last = a.begun
	}
	if now.Sub(last) > 2*AuditEvery+Slack {
		return huiying.Errorf(huiying.Unavailable, "ladder.unwell.auditor")
	}
	if still, _ := a.loops(context.Background(), now); len(still) > 0 {
		return huiying.Errorf(huiying.Unavailable, "ladder.unwell.still", still[0].Subject)
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if len(a.stuck) > 0 {
		return huiying.Errorf(huiying.Unavailable, "ladder.unwell.stuck", a.stuck[0].Subject, len(a.stuck))
	}
	return nil
}
