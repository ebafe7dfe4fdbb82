package notifier

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math/bits"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"huiying"
	"huiying/notifier/casework"
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
	// AssignAbove is the probability from which the likeliest unit gets a case
	// that no rule assigns; 0 = never.
	AssignAbove float64
}

// Alerts decides about every tagged event: whom to tell, and which case it
// opens or joins.
type Alerts struct {
	o      AlertsOptions
	raised *prometheus.CounterVec
}

// NewAlerts makes the handler of the bus consumer "alerts".
func NewAlerts(o AlertsOptions) *Alerts {
	o.Zone = cmp.Or(o.Zone, time.UTC)
	a := &Alerts{o: o, raised: prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "huiying_notifier_alerts_total", Help: "Alerts raised, by level.",
	}, []string{"level"})}
	if o.Registerer != nil {
		o.Registerer.MustRegister(a.raised)
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
	event      huiying.Event
	alert      huiying.Alert
	keys       []string // topics under which a case may be open, the own first
	recipients []Recipient
	by         string // what assigns the case: the rule, or routing
}

func (a *Alerts) plan(ctx context.Context, ev huiying.Event) (plan, error) {
	j := ev.Data
	tag, ok := j.TopTag()
	if !ok {
		tag = huiying.Tag{Rule: huiying.Untagged, Name: huiying.Untagged}
	}
	recipients, unit, err := a.recipients(ctx, j, tag)
	if err != nil {
		return plan{}, err
	}
	by := tag.Rule
	if unit == "" {
		people, to, err := a.routed(ctx, j)
		if err != nil {
			return plan{}, err
		}
		if to != "" {
			recipients, unit, by = append(people, recipients...), to, routing
		}
	}
	keys := caseKeys(j)
	return plan{event: ev, keys: keys, recipients: recipients, by: by, alert: huiying.Alert{
		ID: huiying.AlertID(j.Post.ID, tag.Rule, j.Level), PostID: j.Post.ID, PostURL: j.Post.URL, Platform: j.Post.Platform,
		Rule: tag.Rule, RuleName: cmp.Or(tag.Name, tag.Rule), Level: j.Level, Unit: unit, Topic: keys[0],
		AcceptedAt: j.Post.CollectedAt.UTC(), RaisedAt: a.o.Now().UTC().Truncate(time.Microsecond),
	}}, nil
}

// routing assigns cases in the record where no rule does.
const routing = "routing"

// routed are the people of the unit that is surely responsible, in place of a
// rule that names one.
func (a *Alerts) routed(ctx context.Context, j huiying.Judgement) (people []Recipient, unit string, err error) {
	if a.o.AssignAbove <= 0 || len(j.Routing) == 0 || j.Routing[0].Unit == "" || j.Routing[0].Score < a.o.AssignAbove {
		return nil, "", nil
	}
	people, err = a.o.Directory.Recipients(ctx, []string{j.Routing[0].Unit})
	if err != nil {
		return nil, "", fmt.Errorf("recipients of unit %s: %w", j.Routing[0].Unit, err)
	}
	for _, r := range people {
		if r.Unit == j.Routing[0].Unit {
			return people, r.Unit, nil
		}
	}
	return nil, "", nil // the unit is no more
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

// recipients are those of every rule that hit and alerts, each rule to its own
// people, the duty officers for rules that name nobody or nobody who can be
// told. unit is the one the top rule names.
func (a *Alerts) recipients(ctx context.Context, j huiying.Judgement, top huiying.Tag) (all []Recipient, unit string, err error) {
	duty := len(j.Tags) == 0
	told := false
	for _, tag := range j.Tags {
		if len(tag.Notify) == 0 {
			duty = duty || tag.Level.Alerts() || tag.Rule == top.Rule
			continue
		}
		if !tag.Level.Alerts() && tag.Rule != top.Rule {
			continue
		}
		named, err := a.o.Directory.Recipients(ctx, tag.Notify)
		if err != nil {
			return nil, "", fmt.Errorf("recipients of rule %s: %w", tag.Rule, err)
		}
		for _, r := range named {
			told = told || r.Channel != ""
			if unit == "" && tag.Rule == top.Rule {
				unit = r.Unit
			}
		}
		all = append(all, named...)
	}
	if duty || !told {
		officers, err := a.o.Directory.Recipients(ctx, nil)
		if err != nil {
			return nil, "", fmt.Errorf("default recipients: %w", err)
		}
		all = append(all, officers...)
	}
	return all, unit, nil
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
		return true, a.enqueue(ctx, tx, p)
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
	tell := true
	if joins {
		tell, err = a.join(ctx, tx, p)
	} else {
		err = a.open(ctx, tx, p)
	}
	if err != nil || !tell {
		return true, err
	}
	return true, a.enqueue(ctx, tx, p)
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

func (a *Alerts) join(ctx context.Context, tx Tx, p plan) (tell bool, err error) {
	c, raised, err := a.o.Cases.Attach(ctx, tx, casework.Mention{
		CaseNo: p.alert.CaseNo, Post: p.alert.PostID, Rule: p.alert.Rule, Level: p.alert.Level,
		PublishedAt: p.event.Data.Post.PublishedAt, DueAt: p.event.Data.Post.DueAt, Origin: originOf(p.event.Data),
	})
	if err != nil {
		return false, err
	}
	return tellJoin(len(c.Posts), raised), a.assign(ctx, tx, p)
}

// originOf is what the time limits look at in a post.
func originOf(j huiying.Judgement) huiying.Origin {
	o := huiying.Origin{Platform: j.Post.Platform, Kind: j.Post.Kind}
	if j.Intent != nil {
		o.Intent = j.Intent.Label
	}
	return o
}

// tellJoin is the policy of telling people again about a case they know: when
// it got more urgent, and whenever its posts have doubled. Every alert is
// recorded and shown either way.
func tellJoin(posts int, raised bool) bool {
	return raised || bits.OnesCount(uint(posts)) == 1
}

func (a *Alerts) assign(ctx context.Context, tx Tx, p plan) error {
	if p.alert.Unit == "" {
		return nil
	}
	_, err := a.o.Cases.AssignByRule(ctx, tx, casework.Assignment{CaseNo: p.alert.CaseNo, Rule: p.by, Unit: p.alert.Unit})
	return err
}

func (a *Alerts) enqueue(ctx context.Context, tx Tx, p plan) error {
	for _, r := range p.recipients {
		if r.Channel == "" {
			continue
		}
		d := newDelivery(huiying.DeliveryID(p.alert.ID, r.Person.ID, r.Channel), p.alert, r, p.alert.RaisedAt)
		if _, err := tx.Enqueue(ctx, d); err != nil {
			return err
		}
	}
	return nil
}

func newDelivery(id string, alert huiying.Alert, r Recipient, at time.Time) huiying.Delivery {
	return huiying.Delivery{
		ID: id, Alert: alert, Person: r.Person.ID, Unit: r.Unit, Channel: r.Channel, Address: r.Address,
		State: huiying.DeliveryQueued, NextAt: at, CreatedAt: at,
	}
}
