// Package host decides how often, whether and how a host may be asked: one
// budget per host shared by every source, the host's robots.txt, long rests
// after a refusal, and bounds on time and size of an answer. It refuses to ask
// a host that said no: there is no way around a rest or a robots.txt in here
// but the permission the caller vouches for.
package host

import (
	"context"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"
)

// Options make Hosts. Zero values take the defaults named; UserAgent, Now and
// Random have none.
type Options struct {
	Delay     time.Duration // from the end of one answer to the next question to the same host; 2 s
	Jitter    float64       // share of Delay that is added at random; 0.25
	NoDelay   bool          // Delay is really 0: for replicas on this machine
	UserAgent string        // names the office and a contact
	Agent     string        // our name in robots.txt; "huiying"
	Timeout   time.Duration // one question and its whole answer; 30 s
	MaxWire   int64         // bytes of one answer as sent; 8 MiB
	MaxBody   int64         // bytes of one answer unpacked; 16 MiB
	RobotsTTL time.Duration // how long a robots.txt is believed; 6 h, at most 24 h
	Rests     []Rest        // DefaultRests
	Transport http.RoundTripper
	Budgets   []Budget       // of single hosts
	Zone      *time.Location // of days and hours of budgets; UTC
	Private   Private        // what may be asked though it is not public
	Shared    Shared         // nil = no other process asks
	Stopped   func() error   // why nobody may be asked now; nil = it is never so
	Now       func() time.Time
	Random    func() float64               // in [0,1)
	Waited    func(d time.Duration)        // told how long each question waited for its turn
	Rested    func(host string, r Resting) // told when a host begins to rest
}

// Hosts keeps what is known of every host asked. It is safe for concurrent
// use.
type Hosts struct {
	o   Options
	own *http.Transport // to be closed, nil when Options.Transport was given
	out *guard

	mu     sync.Mutex
	hosts  map[string]*host
	listed Private
	files  map[string]*robots // by scheme and authority
}

// maxHosts bounds the memory; beyond it idle hosts are forgotten.
const maxHosts = 4096

// New makes Hosts.
func New(o Options) *Hosts {
	o = o.withDefaults()
	h := &Hosts{o: o, hosts: map[string]*host{}, files: map[string]*robots{}, listed: o.Private}
	h.out = newGuard(h.private)
	if o.Transport == nil {
		h.own = transport(h.out)
		h.o.Transport = h.own
	}
	return h
}

func (o Options) withDefaults() Options {
	or := func(d *time.Duration, v time.Duration) {
		if *d <= 0 {
			*d = v
		}
	}
	or(&o.Delay, 2*time.Second)
	or(&o.Timeout, 30*time.Second)
	or(&o.RobotsTTL, 6*time.Hour)
	o.RobotsTTL = min(o.RobotsTTL, 24*time.Hour) // RFC 9309 §2.4
	if o.NoDelay {
		o.Delay = 0
	}
	if o.Jitter <= 0 {
		o.Jitter = 0.25
	}
	if o.MaxWire <= 0 {
		o.MaxWire = 8 << 20
	}
	if o.MaxBody <= 0 {
		o.MaxBody = 16 << 20
	}
	if o.Agent == "" {
		o.Agent = "huiying"
	}
	if o.Zone == nil {
		o.Zone = time.UTC
	}
	if o.Rests == nil {
		o.Rests = DefaultRests()
	}
	if o.Waited == nil {
		o.Waited = func(time.Duration) {}
	}
	if o.Stopped == nil {
		o.Stopped = func() error { return nil }
	}
	if o.Rested == nil {
		o.Rested = func(string, Resting) {}
	}
	return o
}

// transport is ours alone: no state of http.DefaultTransport, no silent
// unpacking, few connections.
func transport(g *guard) *http.Transport {
	return &http.Transport{
		Proxy:                  g.proxy,
		DialContext:            g.DialContext,
		ForceAttemptHTTP2:      true,
		TLSHandshakeTimeout:    10 * time.Second,
		MaxIdleConns:           100,
		MaxIdleConnsPerHost:    2,
		IdleConnTimeout:        90 * time.Second,
		MaxResponseHeaderBytes: 256 << 10,
		DisableCompression:     true,
	}
}

// DialContext connects to host:port as a question would, to public addresses
// and to what is listed. Errors: *PrivateError for any other, *ClosedError.
func (h *Hosts) DialContext(ctx context.Context, network, address string) (net.Conn, error) {
	if err := h.stopped(address); err != nil {
		return nil, err
	}
	return h.out.DialContext(ctx, network, address)
}

// Close lets go of idle connections.
func (h *Hosts) Close() {
	if h.own != nil {
		h.own.CloseIdleConnections()
	}
}

// host is one authority: the machine we are polite to.
type host struct {
	name   string
	queue  queue
	budget Budget

	mu    sync.Mutex
	crawl time.Duration // Crawl-delay of its robots.txt
	rest  breaker
	spent spent
	used  time.Time
}

// of finds the host of an address. Both schemes of one name share a budget;
// other ports are other machines, such as replicas.
func (h *Hosts) of(u *url.URL) *host {
	name := Name(u)
	h.mu.Lock()
	defer h.mu.Unlock()
	known := h.hosts[name]
	if known == nil {
		h.forget()
		known = &host{name: name, budget: h.o.budgetOf(name), rest: breaker{rests: h.o.Rests}}
		h.hosts[name] = known
	}
	known.mu.Lock()
	known.used = h.o.Now()
	known.mu.Unlock()
	return known
}

// Name is how a host is named in errors and metrics: the lower-case name, with
// the port unless it is the scheme's own.
func Name(u *url.URL) string {
	name, port := strings.ToLower(u.Hostname()), u.Port()
	if port == "" || port == "80" || port == "443" {
		return name
	}
	return net.JoinHostPort(name, port)
}

// forget drops hosts nobody asked for a while, once there are too many.
// Redirects can name any number of hosts.
func (h *Hosts) forget() {
	if len(h.hosts) < maxHosts {
		return
	}
	now := h.o.Now()
	for name, x := range h.hosts {
		x.mu.Lock()
		idle := now.Sub(x.used) > 24*time.Hour && now.After(x.rest.until)
		x.mu.Unlock()
		if idle {
			delete(h.hosts, name)
		}
	}
	for origin, r := range h.files {
		if now.After(r.until()) {
			delete(h.files, origin)
		}
	}
}

// Resting is a host that is left alone.
type Resting struct {
	Host   string
	Until  time.Time
	Status int // that began it, 0 for failures to reach it
}

// Resting lists the hosts that are left alone now.
func (h *Hosts) Resting() []Resting {
	h.mu.Lock()
	defer h.mu.Unlock()
	var out []Resting
	now := h.o.Now()
	for _, x := range h.hosts {
		if r := x.resting(now); r != nil {
			out = append(out, Resting{Host: x.name, Until: r.Until, Status: r.Status})
		}
	}
	return out
}

func (x *host) resting(now time.Time) *RestingError {
	x.mu.Lock()
	defer x.mu.Unlock()
	if !now.Before(x.rest.until) {
		return nil
	}
	return &RestingError{Resting{Host: x.name, Until: x.rest.until, Status: x.rest.status}}
}

// turn waits until the host may be asked and gives the function that ends the
// turn.
func (h *Hosts) turn(ctx context.Context, x *host) (done func(), err error) {
	before := h.o.Now()
	if err := x.queue.take(ctx, h.o.Now); err != nil {
		return nil, err
	}
	var mine held
	if h.o.Shared != nil {
		if mine, err = h.acquire(ctx, x); err != nil {
			x.queue.give(h.o.Now())
			return nil, err
		}
	}
	h.o.Waited(h.o.Now().Sub(before))
	return func() {
		x.mu.Lock()
		delay := max(h.o.Delay, x.crawl, x.budget.Delay)
		x.mu.Unlock()
		delay += time.Duration(h.o.Random() * h.o.Jitter * float64(delay))
		ready := h.o.Now().Add(delay)
		if h.o.Shared != nil {
			h.release(ctx, x, mine, ready)
		}
		x.queue.give(ready)
	}, nil
}
