package notifier

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"huiying"
	"huiying/notifier/casework"
	"huiying/notifier/route"
)

// AlertsOptions is what Alerts works with; all but Registerer, Zone and Woken
// are required.
type AlertsOptions struct {
	Ledger     Ledger
	Cases      Cases
	Directory  Directory
	Now        func() time.Time
	Zone       *time.Location // decides the day of a case number
	Woken      []func()       // called after a commit that queued something: Sender.Wake, Relay.Wake
	Registerer prometheus.Registerer
	Routes     *route.Tree // who is told; nil = the people the rules name, else the default recipients
	// AssignAbove is the probability from which the likeliest unit gets a case
	// that no rule assigns; 0 = never.
	AssignAbove float64
}

// Alerts decides about every tagged event: whom to tell, and which case it
// opens or joins.
type Alerts struct {
	o      AlertsOptions
	router Router
	raised *prometheus.CounterVec
	told   *prometheus.CounterVec
}

// NewAlerts makes the handler of the bus consumer "alerts".
func NewAlerts(o AlertsOptions) *Alerts {
	o.Zone = cmp.Or(o.Zone, time.UTC)
	a := &Alerts{o: o, router: Router{Tree: o.Routes, Directory: o.Directory, AssignAbove: o.AssignAbove},
		raised: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "huiying_notifier_alerts_total", Help: "Alerts raised, by level.",
		}, []string{"level"}),
		told: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "huiying_notifier_tellings_total", Help: "What was decided about recipients of alerts, by reason.",
		}, []string{"why"}),
	}
	if o.Routes == nil {
		a.router.Tree = defaultTree()
	}
	if o.Registerer != nil {
		o.Registerer.MustRegister(a.raised, a.told)
	}
	return a
}

// errKnown undoes a transaction whose alert turned out to exist already.
var errKnown = errors.New("alert exists")

// Handle takes one event to its end in one transaction; nil means that the
// event may be acknowledged. An event that alerts nobody, and one of a held
// post, is left to the archive. Handling an event again changes nothing.
func (a *Alerts) Handle(ctx context.Context, ev huiying.Event) error {
	if !ev.Data.Level.Alerts() || ev.Data.Post.Held {
		return nil
	}
	p, err := a.plan(ctx, ev)
	if err != nil {
		return err
	}
	var added bool
	err = a.o.Ledger.InTx(ctx, func(tx Tx) error {
		var err error
		added, err = a.record(ctx, tx, p)
		return err
	})
	if errors.Is(err, errKnown) {
		err = a.o.Ledger.InTx(ctx, func(tx Tx) error {
			_, err := tx.SaveEvent(ctx, ev)
			return err
		})
	}
	if huiying.ErrorCode(err) == huiying.Forbidden {
		return nil // its author refuses to be collected
	}
	if err != nil {
		return fmt.Errorf("alert for %s: %w", ev.ID, err)
	}
	if added {
		a.raised.WithLabelValues(string(p.alert.Level)).Inc()
		for _, wake := range a.o.Woken {
			wake()
		}
	}
	return nil
}

// plan is what is decided about an event before the transaction begins.
type plan struct {
	event huiying.Event
	alert huiying.Alert
	keys  []string // topics under which a case may be open, the own first
	draft Draft
}

func (a *Alerts) plan(ctx context.Context, ev huiying.Event) (plan, error) {
	j := ev.Data
	now := a.o.Now().UTC().Truncate(time.Microsecond)
	draft, err := a.router.Draft(ctx, j, now)
	if err != nil {
		return plan{}, err
	}
	return plan{event: ev, keys: caseKeys(j), draft: draft, alert: alertOf(j, draft)}, nil
}

// alertOf is the alert about a post.
func alertOf(j huiying.Judgement, d Draft) huiying.Alert {
	return huiying.Alert{
		ID: d.Facts.Alert, PostID: j.Post.ID, PostURL: j.Post.URL, Platform: j.Post.Platform,
		Rule: d.Tag.Rule, RuleName: cmp.Or(d.Tag.Name, d.Tag.Rule), Level: j.Level, Unit: d.Unit, Topic: d.Facts.Topic,
		AcceptedAt: j.Post.CollectedAt.UTC(), RaisedAt: d.Facts.At,
	}
}

// caseKeys lists the topics a case may be open under: the event's topic, or
// the post itself and what it repeats or answers, because a topic may be found
// only after the first post has opened its case.
func caseKeys(j huiying.Judgement) []string {
	var keys []string
	for _, k := range []string{j.Topic, j.Post.ID, j.DuplicateOf, j.Post.RootID, j.Post.ParentID} {
		if k != "" {
			keys = append(keys, k)
		}
	}
	return keys
}

// record writes everything about the event; added says whether it was news.
func (a *Alerts) record(ctx context.Context, tx Tx, p plan) (added bool, err error) {
	if _, err := tx.SaveEvent(ctx, p.event); err != nil {
		return false, err
	}
	if held, err := tx.Held(ctx, p.event.Subject); err != nil || held {
		return false, err
	}
	if !p.alert.Level.OpensCase() {
		if added, err = tx.AddAlert(ctx, p.alert); err != nil || !added {
			return added, err
		}
		return true, a.tell(ctx, tx, p, Case{})
	}
	no, joins, err := a.caseOf(ctx, tx, p)
	if err != nil {
		return false, err
	}
	p.alert.CaseNo = no
	added, err = tx.AddAlert(ctx, p.alert)
	switch {
	case err != nil:
		return false, err
	case !added && !joins:
		return false, errKnown // gives the case number back
	case !added:
		return false, nil
	}
	found := Case{No: no, Joins: joins}
	if joins {
		found.Posts, found.Raised, err = a.join(ctx, tx, p)
	} else {
		err = a.open(ctx, tx, p)
	}
	if err != nil {
		return false, err
	}
	return true, a.tell(ctx, tx, p, found)
}

func (a *Alerts) caseOf(ctx context.Context, tx Tx, p plan) (no string, joins bool, err error) {
	for _, key := range p.keys {
		if no, joins, err = tx.OpenCase(ctx, key); err != nil || joins {
			return no, joins, err
		}
	}
	no, err = tx.NextCaseNo(ctx, p.alert.RaisedAt.In(a.o.Zone).Format("20060102"))
	return no, false, err
}

func (a *Alerts) open(ctx context.Context, tx Tx, p plan) error {
	_, err := a.o.Cases.Detect(ctx, tx, casework.Opening{
		No: p.alert.CaseNo, Level: p.alert.Level, Title: p.alert.RuleName, Topic: p.alert.Topic, Rule: p.alert.Rule,
		Post: p.alert.PostID, FirstSeenAt: p.alert.AcceptedAt, PublishedAt: p.event.Data.Post.PublishedAt,
		DueAt: p.event.Data.Post.DueAt, Origin: originOf(p.event.Data),
	})
	if err != nil {
		return err
	}
	return a.assign(ctx, tx, p)
}

func (a *Alerts) join(ctx context.Context, tx Tx, p plan) (posts int, raised bool, err error) {
	c, raised, err := a.o.Cases.Attach(ctx, tx, casework.Mention{
		CaseNo: p.alert.CaseNo, Post: p.alert.PostID, Rule: p.alert.Rule, Level: p.alert.Level,
		PublishedAt: p.event.Data.Post.PublishedAt, DueAt: p.event.Data.Post.DueAt, Origin: originOf(p.event.Data),
	})
	if err != nil {
		return 0, false, err
	}
	return len(c.Posts), raised, a.assign(ctx, tx, p)
}

// originOf is what the time limits look at in a post.
func originOf(j huiying.Judgement) huiying.Origin {
	o := huiying.Origin{Platform: j.Post.Platform, Kind: j.Post.Kind}
	if j.Intent != nil {
		o.Intent = j.Intent.Label
	}
	return o
}

func (a *Alerts) assign(ctx context.Context, tx Tx, p plan) error {
	if p.alert.Unit == "" {
		return nil
	}
	_, err := a.o.Cases.AssignByRule(ctx, tx, casework.Assignment{CaseNo: p.alert.CaseNo, Rule: p.draft.By, Unit: p.alert.Unit})
	return err
}

// tell decides who is told, when, and why the others are not; queues what is to
// go out; and keeps every decision with its reason.
func (a *Alerts) tell(ctx context.Context, tx Tx, p plan, c Case) error {
	decisions, facts, err := a.router.Decide(ctx, tx, p.draft, c)
	if err != nil {
		return err
	}
	tellings := make([]huiying.Telling, 0, len(decisions))
	for _, d := range decisions {
		tellings = append(tellings, d.Telling)
		a.told.WithLabelValues(d.Why).Inc()
		if err := a.carryOut(ctx, tx, p, d); err != nil {
			return err
		}
	}
	return tx.SaveTellings(ctx, facts, tellings)
}

// carryOut queues the delivery of a decision, and its repeat.
func (a *Alerts) carryOut(ctx context.Context, tx Tx, p plan, d route.Decision) error {
	r := p.draft.recipient(d.Telling)
	if d.Tells() {
		out := NewDelivery(huiying.DeliveryID(p.alert.ID, d.Person, d.Channel), p.alert, r, p.alert.RaisedAt)
		out.Group = d.Group
		if d.At.After(p.alert.RaisedAt) {
			out.NotBefore, out.NextAt = d.At, d.At
		}
		if _, err := tx.Enqueue(ctx, out); err != nil {
			return err
		}
	}
	if d.Repeat.Every <= 0 || !d.Tells() && d.Why != huiying.TellSilenced && d.Why != huiying.TellElsewhere {
		return nil
	}
	// Whom a silence keeps from being told now, the first repeat after it tells;
	// whom another route tells, this one tells again.
	first := p.alert.RaisedAt
	if d.At.After(first) {
		first = d.At
	}
	return tx.AddRepeat(ctx, huiying.Repeat{
		ID: huiying.RepeatID(p.alert, d.Person, d.Channel), Alert: p.alert, Person: d.Person, Unit: d.Unit, Channel: d.Channel,
		Address: r.Address, Path: d.Path, Every: d.Repeat.Every, Until: d.Repeat.Until, Most: d.Repeat.Most, NextAt: first.Add(d.Repeat.Every),
	})
}

// NewDelivery is an alert on its way to a recipient from a time on; the quiet
// hours of the person hold it.
func NewDelivery(id string, alert huiying.Alert, r Recipient, at time.Time) huiying.Delivery {
	d := huiying.Delivery{
		ID: id, Alert: alert, Person: r.Person.ID, Unit: r.Unit, Channel: r.Channel, Address: r.Address,
		State: huiying.DeliveryQueued, NextAt: at, CreatedAt: at,
	}
	if end := r.Quiet.Holds(alert.Level, at); end.After(at) {
		d.HoldUntil(end)
	}
	return d
}
