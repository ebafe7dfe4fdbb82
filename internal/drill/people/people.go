// Package people plays the persons of a drill: a press officer, responders,
// a reviewer. Each signs in by link and acts over HTTP like anyone else, after
// a human-like while. They refuse to know anything that the service does not
// show them.
package people

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"slices"
	"sync"
	"time"

	"huiying"
)

// Words are what the persons write, in the language of the drill.
type Words struct {
	Drafts []string // replies, taken in turn
	Better string   // what is added to a reply that was sent back
	Reject string   // why the reviewer sends the first reply back
	Done   string   // the officer's note when a case is closed
}

// Deed is a step a person took, or failed to take.
type Deed struct {
	Person huiying.Person
	Action string
	CaseNo string
	Link   bool // by the link of an alert rather than by the API
	Err    error
}

// Options say who acts, where and how fast.
type Options struct {
	BaseURL string
	SignIn  map[string]string // one-time sign-in link by user id
	People  []huiying.Person
	UnitOf  func(huiying.Case) string // which unit the officer gives a case to
	Publish string                    // where replies are published: an address
	Words   Words
	Speed   float64 // 2 acts twice as fast; 1 when not given
	Seed    uint64
	Every   time.Duration // between two looks at the lists, 500 ms when not given
	Now     func() time.Time
	Did     func(Deed) // told of every step, in no order; may be nil
}

// Cast is the persons at work. It is safe for concurrent use.
type Cast struct {
	o Options

	mu       sync.Mutex
	random   *rand.Rand
	links    map[string]map[string]string // case → person → link of an alert
	inbox    map[string][]letter          // person → alerts to be acknowledged as read
	drafts   map[string]string            // case → the words last submitted
	reviewed map[string]bool              // cases whose reply a reviewer has seen
	counted  int
}

// New makes the persons.
func New(o Options) *Cast {
	o.Speed = cmp.Or(o.Speed, 1)
	o.Every = cmp.Or(o.Every, 500*time.Millisecond)
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Did == nil {
		o.Did = func(Deed) {}
	}
	return &Cast{
		o: o, random: rand.New(rand.NewPCG(o.Seed, 0x70656f706c65)),
		links: map[string]map[string]string{}, inbox: map[string][]letter{},
		drafts: map[string]string{}, reviewed: map[string]bool{},
	}
}

// letter is an alert that waits to be opened.
type letter struct {
	caseNo, link string
	due          time.Time
}

// opens is how long a person usually takes to open an alert that asks for no
// more than having been read.
const opens = 2500 * time.Millisecond

// Alerted hands over the link of an alert that reached a person. A responder
// uses it to take the case; everybody else acknowledges having read it.
func (c *Cast) Alerted(person, caseNo, link string) {
	at := slices.IndexFunc(c.o.People, func(p huiying.Person) bool { return p.ID == person })
	if at < 0 || link == "" {
		return
	}
	due := c.o.Now().Add(c.pause(opens))
	c.mu.Lock()
	defer c.mu.Unlock()
	if caseNo == "" || !slices.Contains(c.o.People[at].Roles, huiying.RoleResponder) {
		c.inbox[person] = append(c.inbox[person], letter{caseNo, link, due})
		return
	}
	if c.links[caseNo] == nil {
		c.links[caseNo] = map[string]string{}
	}
	c.links[caseNo][person] = link
}

// opened takes the alerts a person gets round to now.
func (c *Cast) opened(person string) []letter {
	now := c.o.Now()
	c.mu.Lock()
	defer c.mu.Unlock()
	var due, later []letter
	for _, l := range c.inbox[person] {
		if now.Before(l.due) {
			later = append(later, l)
		} else {
			due = append(due, l)
		}
	}
	c.inbox[person] = later
	return due
}

// Run lets everybody act until ctx ends. It returns early only when somebody
// cannot sign in.
func (c *Cast) Run(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var wait sync.WaitGroup
	wait.Go(func() { <-ctx.Done() }) // somebody has to stay until the end
	faults := make(chan error, len(c.o.People))
	for _, p := range c.o.People {
		duties := dutiesOf(p)
		if len(duties) == 0 || c.o.SignIn[p.ID] == "" {
			continue
		}
		wait.Go(func() {
			if err := c.work(ctx, p, duties); err != nil {
				faults <- fmt.Errorf("%s: %w", p.ID, err)
				cancel()
			}
		})
	}
	wait.Wait()
	close(faults)
	var all []error
	for err := range faults {
		all = append(all, err)
	}
	return errors.Join(all...)
}

// person is one at work: when they first saw a case in its state, and so when
// they get round to it.
type person struct {
	huiying.Person
	*client
	cast *Cast
	due  map[string]time.Time // case@state → when
}

func (c *Cast) work(ctx context.Context, who huiying.Person, duties []duty) error {
	client, err := newClient(c.o.BaseURL, 10*time.Second)
	if err != nil {
		return err
	}
	defer client.close()
	p := &person{Person: who, client: client, cast: c, due: map[string]time.Time{}}
	if err := p.signIn(ctx); err != nil {
		if ctx.Err() != nil {
			return nil //nolint:nilerr // the drill is over
		}
		return fmt.Errorf("sign in: %w", err)
	}
	tick := time.NewTicker(c.o.Every)
	defer tick.Stop()
	for {
		p.read(ctx)
		for _, d := range duties {
			p.look(ctx, d)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

// signIn presses the button of the sign-in link, a few times while the service
// is still starting.
func (p *person) signIn(ctx context.Context) error {
	var err error
	for range 20 {
		err = p.press(ctx, p.cast.o.SignIn[p.ID], url.Values{})
		var refused *statusError
		if err == nil || (errors.As(err, &refused) && refused.status < http.StatusInternalServerError) {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(p.cast.o.Every):
		}
	}
	return err
}

// read acknowledges the alerts the person gets round to.
func (p *person) read(ctx context.Context) {
	for _, l := range p.cast.opened(p.ID) {
		err := p.press(ctx, l.link, url.Values{"action": {"ack"}})
		if ctx.Err() != nil {
			return
		}
		var refused *statusError
		if errors.As(err, &refused) && refused.status == http.StatusConflict {
			continue // somebody else did
		}
		p.cast.o.Did(Deed{Person: p.Person, Action: "read", CaseNo: l.caseNo, Link: true, Err: err})
	}
}

// look does what is due of one duty. What fails is told and tried again with
// the next look, on the case as it is then.
func (p *person) look(ctx context.Context, d duty) {
	cases, err := p.cases(ctx, d.state)
	if err != nil {
		if ctx.Err() == nil {
			p.cast.o.Did(Deed{Person: p.Person, Action: "list", Err: err})
		}
		return
	}
	for _, one := range cases {
		if one.State != d.state || !d.mine(p, one) || !p.isDue(one, d) {
			continue
		}
		deed := Deed{Person: p.Person, CaseNo: one.No}
		deed.Action, deed.Link, deed.Err = d.do(ctx, p, one)
		if ctx.Err() != nil {
			return
		}
		var refused *statusError
		if errors.As(deed.Err, &refused) && refused.status == http.StatusConflict {
			continue // somebody was faster; the next look shows how it stands
		}
		p.cast.o.Did(deed)
	}
}

// isDue reports whether the person has got round to the case. A case that comes
// back, and a new draft, take their time again.
func (p *person) isDue(one huiying.Case, d duty) bool {
	key := fmt.Sprintf("%s@%s/%d/%s", one.No, d.state, one.AssignedAt.UnixMicro(), one.Draft.Digest)
	now := p.cast.o.Now()
	when, seen := p.due[key]
	if !seen {
		when = now.Add(p.cast.pause(d.takes))
		p.due[key] = when
	}
	if now.Before(when) {
		return false
	}
	delete(p.due, key)
	return true
}

// pause is a while that a person takes, a third more or less, faster with the
// speed of the drill.
func (c *Cast) pause(usual time.Duration) time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	return time.Duration(float64(usual) * (0.67 + 0.66*c.random.Float64()) / c.o.Speed)
}

func (c *Cast) linkOf(caseNo, person string) string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.links[caseNo][person]
}

// draft is the next reply for a case; one that was sent back is improved.
func (c *Cast) draft(caseNo string) string {
	c.mu.Lock()
	defer c.mu.Unlock()
	text, again := c.drafts[caseNo]
	switch {
	case again:
		text += c.o.Words.Better
	case len(c.o.Words.Drafts) > 0:
		text = c.o.Words.Drafts[c.counted%len(c.o.Words.Drafts)]
		c.counted++
	}
	return text
}

func (c *Cast) submitted(caseNo, text string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.drafts[caseNo] = text
}

func (c *Cast) lastDraft(caseNo string) string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.drafts[caseNo]
}

// rejectsNow reports that the first reply of every second case is to be sent
// back.
func (c *Cast) rejectsNow(caseNo string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return !c.reviewed[caseNo] && len(c.reviewed)%2 == 0
}

func (c *Cast) wasReviewed(caseNo string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.reviewed[caseNo] = true
}

// responderOf picks somebody of the unit who can take a case.
func (c *Cast) responderOf(unit string) string {
	i := slices.IndexFunc(c.o.People, func(p huiying.Person) bool {
		return p.Unit == unit && slices.Contains(p.Roles, huiying.RoleResponder)
	})
	if i < 0 {
		return ""
	}
	return c.o.People[i].ID
}
