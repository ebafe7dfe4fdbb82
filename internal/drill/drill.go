package drill

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"sync"
	"time"

	"huiying/internal/drill/incident"
	"huiying/internal/drill/people"
	"huiying/internal/drill/receiver"
	"huiying/internal/drill/replica"
	"huiying/internal/locale"
)

// Options set a drill up. Catalogue is required.
type Options struct {
	Incident  string  // queue when empty
	Speed     float64 // 2 plays twice as fast; 1 when not given
	Seed      uint64
	Chatter   float64 // items a minute; DefaultChatter when 0, none when negative
	Host      string  // where the replicas listen; 127.0.0.1 when empty
	FailEvery int     // the receiver turns away every n-th attempt; 0 never
	Now       func() time.Time
	Zone      *time.Location
	Out       io.Writer // takes the lines for people; nil = none
	Catalogue *locale.Catalogue
	Lang      locale.Lang
}

// DefaultChatter is how many items of ordinary chatter a minute brings.
const DefaultChatter = 40

// perPage is how many posts a page of the drill's replica holds.
const perPage = 20

// Drill is a drill under way.
type Drill struct {
	o        Options
	script   incident.Script
	player   *incident.Player
	world    *replica.World
	receiver *receiver.Receiver
	secret   string
	started  time.Time
	say      *narrator

	weibo, portal, rejecting, walled *replica.Server

	mu       sync.Mutex
	cast     *people.Cast
	snapshot []replica.Seen // what had been served when it came to rest; nil before
}

// Start brings the replicas and the receiver up. The incident stands still
// until Begin. Whoever starts a drill closes it.
func Start(ctx context.Context, o Options) (*Drill, error) {
	o.Incident, o.Speed, o.Chatter = cmp.Or(o.Incident, "queue"), cmp.Or(o.Speed, 1), cmp.Or(o.Chatter, DefaultChatter)
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Zone == nil {
		o.Zone = time.UTC
	}
	script, err := incident.Load(o.Incident)
	if err != nil {
		return nil, err
	}
	player, err := incident.NewPlayer(script, incident.Options{Seed: o.Seed, Speed: o.Speed, ChatterPerMinute: max(o.Chatter, 0)})
	if err != nil {
		return nil, err
	}
	key := make([]byte, 16)
	if _, err := rand.Read(key); err != nil {
		return nil, fmt.Errorf("make the receiver's secret: %w", err)
	}
	d := &Drill{
		o: o, script: script, player: player, secret: hex.EncodeToString(key), started: o.Now(), say: newNarrator(o),
		world: replica.NewWorld(replica.Options{Now: o.Now, Happenings: player, PerPage: perPage}),
	}
	if err := d.listen(ctx); err != nil {
		return nil, errors.Join(err, d.Close())
	}
	return d, nil
}

func (d *Drill) listen(ctx context.Context) error {
	for _, s := range []struct {
		at      **replica.Server
		handler http.Handler
	}{
		{&d.weibo, replica.Weibo(d.world)},
		{&d.portal, replica.Portal(d.world)},
		{&d.rejecting, replica.Walled(replica.Wall432)},
		{&d.walled, replica.Walled(replica.WallLogin)},
	} {
		server, err := replica.Serve(ctx, d.o.Host, s.handler)
		if err != nil {
			return err
		}
		*s.at = server
	}
	r, err := receiver.Start(ctx, receiver.Options{
		Secret: d.secret, Now: d.o.Now, Host: d.o.Host, Fail: receiver.Every(d.o.FailEvery), Taken: d.taken,
	})
	if err != nil {
		return err
	}
	d.receiver = r
	return nil
}

// taken passes an alert on to the person it is for.
func (d *Drill) taken(a receiver.Alert, _ time.Time) {
	d.mu.Lock()
	cast := d.cast
	d.mu.Unlock()
	if cast != nil {
		cast.Alerted(a.Person, a.CaseNo, a.Link)
	}
	d.say.alert(a)
}

// Lasts is how long the script is at the drill's speed; chatter goes on after
// it.
func (d *Drill) Lasts() time.Duration {
	return time.Duration(float64(d.script.Lasts) / d.o.Speed)
}

// lookEvery is how often the people look at their lists.
func (d *Drill) lookEvery() time.Duration {
	return max(time.Duration(float64(500*time.Millisecond)/d.o.Speed), 50*time.Millisecond)
}

// Begin starts the incident now.
func (d *Drill) Begin() { d.player.Begin(d.o.Now()) }

// Service is where the service under drill is reached.
type Service struct {
	URL string
	// SignIn are the one-time sign-in links of the scripted people, by user id.
	SignIn map[string]string
	// Show are further sign-in links, by user id, printed for the audience; a
	// link works once, so they are others than those of SignIn.
	Show map[string]string
}

// Play lets the people act and tells the audience what happens, until ctx
// ends. An error means that somebody could not sign in, or that the script
// names what is not there.
func (d *Drill) Play(ctx context.Context, s Service) error {
	d.say.opening(d.script.Title, s, d.weibo.URL, d.portal.URL)
	cast := people.New(people.Options{
		BaseURL: s.URL, SignIn: s.SignIn, People: crew(), UnitOf: unitOf, Publish: d.portal.URL + replica.ArticlesPath,
		Words: d.say.words(), Speed: d.o.Speed, Every: d.lookEvery(), Seed: d.o.Seed, Now: d.o.Now, Did: d.say.deed,
	})
	d.mu.Lock()
	d.cast = cast
	d.mu.Unlock()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	done := make(chan error, 1)
	go func() { done <- cast.Run(ctx) }()
	tick := time.NewTicker(200 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case err := <-done:
			return errors.Join(append(d.world.Advance(), err)...)
		case <-tick.C:
			for _, key := range d.player.Says(d.o.Now()) {
				d.say.line(key)
			}
		}
	}
}

// How the drill comes to rest: how often it looks, and how long nothing may
// change before what is still missing counts as lost.
const (
	restLook   = 300 * time.Millisecond
	restSettle = 8 * time.Second
)

// Quiesce stops the incident and waits until everything served has arrived
// where it belongs, until nothing has changed for a while, or until ctx ends.
// What is served after that no longer counts.
func (d *Drill) Quiesce(ctx context.Context, t Truth) error {
	d.player.Stop(d.o.Now())
	d.say.line("drill.say.rest")
	tick := time.NewTicker(restLook)
	defer tick.Stop()
	var still rest
	for {
		served := d.world.Served()
		s, err := read(ctx, t, d.started)
		if ctx.Err() != nil {
			break
		}
		if err != nil {
			return err
		}
		if still.look(served, tally(served, s, d.receiver.Log()), d.o.Now()) {
			break
		}
		select {
		case <-ctx.Done():
		case <-tick.C:
			continue
		}
		break
	}
	d.mu.Lock()
	d.snapshot = still.served
	d.mu.Unlock()
	return nil
}

// rest watches the drill come to rest.
type rest struct {
	served []replica.Seen
	lost   int
	seen   bool
	since  time.Time
}

// look reports that the drill has come to rest: two looks alike with nothing
// lost, or nothing but losses for a while and no delivery under way.
func (r *rest) look(served []replica.Seen, b Scoreboard, now time.Time) bool {
	if !r.seen || len(served) != len(r.served) || b.Lost != r.lost {
		r.served, r.lost, r.seen, r.since = served, b.Lost, true, now
		return false
	}
	if b.Lost == 0 {
		r.served = served
		return true
	}
	return b.Unsettled == 0 && now.Sub(r.since) >= restSettle
}

// Score compares what was served and taken with what is stored.
func (d *Drill) Score(ctx context.Context, t Truth) (Scoreboard, error) {
	d.mu.Lock()
	served := d.snapshot
	d.mu.Unlock()
	if served == nil {
		served = d.world.Served()
	}
	s, err := read(ctx, t, d.started)
	if err != nil {
		return Scoreboard{}, err
	}
	return tally(served, s, d.receiver.Log()), nil
}

// Served lists what the replicas have served so far.
func (d *Drill) Served() []replica.Seen { return d.world.Served() }

// Taken lists what the receiver has taken so far.
func (d *Drill) Taken() []receiver.Receipt { return d.receiver.Log() }

// Close stops the replicas and the receiver.
func (d *Drill) Close() error {
	var all []error
	for _, s := range []*replica.Server{d.weibo, d.portal, d.rejecting, d.walled} {
		if s != nil {
			all = append(all, s.Close())
		}
	}
	if d.receiver != nil {
		all = append(all, d.receiver.Close())
	}
	return errors.Join(all...)
}
