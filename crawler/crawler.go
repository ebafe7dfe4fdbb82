package crawler

import (
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"huiying"
	"huiying/crawler/host"
	"huiying/crawler/job"
	"huiying/crawler/meter"
	"huiying/crawler/seal"
	"huiying/crawler/timing"
)

// StateStore keeps one small JSON document per source. Load gives nil and
// revision 0 where there is none. Save replaces the revision it was loaded
// with (0 = there must be none yet) and gives the new one; an error of code
// huiying.Conflict means that somebody else saved in between.
type StateStore interface {
	Load(ctx context.Context, source string) (state []byte, revision uint64, err error)
	Save(ctx context.Context, source string, state []byte, revision uint64) (next uint64, err error)
}

// LedgerSink takes the row of each visit for the coverage ledger.
type LedgerSink interface {
	Record(ctx context.Context, e huiying.LedgerEntry) error
}

// EvidenceStore keeps sealed pages. name is the 64 hex digits of the sha256 of
// the raw bytes; a repeat replaces what is there.
type EvidenceStore interface {
	Put(ctx context.Context, name string, sealed []byte) error
}

// Queue gives out the visits that are to be made; processes that share one
// share the work. job.Local is one inside a process.
type Queue interface {
	// Offer puts a job on the queue; queued is false, and nothing happens,
	// while one of its key waits or is under way.
	Offer(ctx context.Context, j job.Job) (queued bool, err error)
	// Take waits for a job until ctx ends.
	Take(ctx context.Context) (job.Taken, error)
}

// Plans tells the processes that share a queue when each source is due next
// and how it is.
type Plans interface {
	Put(ctx context.Context, source string, plan []byte) error
	Get(ctx context.Context, source string) (plan []byte, err error) // nil where there is none
	// Follow calls handle with every plan and then with each change until ctx
	// ends.
	Follow(ctx context.Context, handle func(source string, plan []byte)) error
}

// Watches tells which posts are looked at again because a case needs them.
type Watches interface {
	// Follow calls handle with the list of every source and then with each
	// change until ctx ends.
	Follow(ctx context.Context, handle func(source string, posts []huiying.Post)) error
}

// Rest is how long a host is left alone after certain answers.
type Rest = host.Rest

// FetchOptions say how the outside world is asked. Zero values take the
// defaults of package host, except UserAgent, which must be given.
type FetchOptions struct {
	UserAgent string // names the office and a contact
	HostDelay time.Duration
	NoDelay   bool // no pause between questions: for replicas on this machine only
	Jitter    float64
	Timeout   time.Duration
	MaxWire   int64
	MaxBody   int64
	RobotsTTL time.Duration
	Rests     []Rest            // nil = host.DefaultRests
	Budgets   []host.Budget     // of single hosts
	Private   []string          // networks, addresses and hosts that are not public and may be asked; see host.ParsePrivate
	Transport http.RoundTripper // nil = our own
}

// Options make a Crawler.
type Options struct {
	Fetch        FetchOptions
	Kinds        []Kind
	Sink         Sink
	State        StateStore
	Queue        Queue         // nil = one inside this process
	Plans        Plans         // nil = no other process shares the queue
	Watches      Watches       // nil = no post is watched
	Turns        host.Shared   // nil = no other process asks the same hosts
	Stopped      func() error  // why no site may be asked now; nil = it is never so. Resume is called when it no longer is
	Ledger       LedgerSink    // nil = no ledger
	Evidence     EvidenceStore // nil = none is kept
	EvidenceKey  []byte        // 32 bytes, needed with Evidence
	Now          func() time.Time
	Random       func() float64 // in [0,1); nil = math/rand
	Zone         *time.Location
	Logger       *slog.Logger
	Registerer   prometheus.Registerer // nil = metrics are counted and not shown
	Checkpoint   func(point string)    // nil = nothing
	Workers      int                   // visits at a time; 16
	WatchEvery   time.Duration         // between two looks at watched posts of one source; 10 min
	PerHost      int                   // of them, of sources on one host; 2
	VisitTimeout time.Duration         // 5 min; a back-fill may take twelve times as long
	HoldOlder    time.Duration         // first readings and back-fills hold what is older; 0 = nothing
	Grace        time.Duration         // what a reader may take to notice its end; 10 s
	Patience     []Patience            // nil = DefaultPatience
	Unclean      bool                  // the last process ended without closing: re-read ten minutes
}

// Crawler keeps the register of sources and visits them in time. All methods
// are safe for concurrent use.
type Crawler struct {
	o      Options
	hosts  *host.Hosts
	keeper *seal.Keeper
	meter  *meter.Meter
	seen   *seen
	timing timing.Timing
	wake   chan struct{}

	mu      sync.Mutex
	entries map[string]*entry
	onHost  map[string]int            // visits under way by the host of their source
	watched map[string][]huiying.Post // by source
}

// New makes a Crawler; Apply gives it sources and Run starts it. It fails on
// an evidence key of the wrong length and on missing options.
func New(o Options) (*Crawler, error) {
	o = o.withDefaults()
	o.Fetch.UserAgent = printable(o.Fetch.UserAgent)
	switch {
	case o.Sink == nil || o.State == nil || o.Now == nil:
		return nil, huiying.Errorf(huiying.Internal, "crawler.incomplete")
	case o.Fetch.UserAgent == "":
		return nil, huiying.Errorf(huiying.Invalid, "crawler.no_user_agent")
	}
	c := &Crawler{
		o:       o,
		meter:   meter.New(o.Registerer),
		seen:    newSeen(maxSeen),
		wake:    make(chan struct{}, 1),
		entries: map[string]*entry{},
		onHost:  map[string]int{},
		watched: map[string][]huiying.Post{},
		timing:  timing.Timing{Patience: o.Patience, Zone: o.Zone, Random: o.Random},
	}
	if o.Evidence != nil {
		keeper, err := seal.NewKeeper(o.Evidence, o.EvidenceKey, o.Now)
		if err != nil {
			return nil, told(huiying.Invalid, "crawler.evidence_key", err, len(o.EvidenceKey))
		}
		c.keeper = keeper
	}
	private, err := host.ParsePrivate(o.Fetch.Private)
	if err != nil {
		return nil, told(huiying.Invalid, "crawler.bad_private", err, err.Error())
	}
	c.hosts = host.New(host.Options{
		Private: private, Budgets: o.Fetch.Budgets, Zone: o.Zone,
		Delay: o.Fetch.HostDelay, NoDelay: o.Fetch.NoDelay, Jitter: o.Fetch.Jitter, UserAgent: o.Fetch.UserAgent,
		Timeout: o.Fetch.Timeout, MaxWire: o.Fetch.MaxWire, MaxBody: o.Fetch.MaxBody, RobotsTTL: o.Fetch.RobotsTTL,
		Rests: o.Fetch.Rests, Transport: o.Fetch.Transport, Now: o.Now, Random: o.Random,
		Shared: o.Turns, Stopped: o.Stopped, Waited: c.meter.Waited, Rested: c.rests,
	})
	return c, nil
}

func (o Options) withDefaults() Options {
	if o.Random == nil {
		o.Random = rand.Float64
	}
	if o.Zone == nil {
		o.Zone = time.FixedZone("CST", 8*60*60)
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Checkpoint == nil {
		o.Checkpoint = func(string) {}
	}
	if o.Workers <= 0 {
		o.Workers = 16
	}
	if o.Stopped == nil {
		o.Stopped = func() error { return nil }
	}
	if o.WatchEvery <= 0 {
		o.WatchEvery = 10 * time.Minute
	}
	if o.PerHost <= 0 {
		o.PerHost = 2
	}
	if o.Queue == nil {
		o.Queue = job.NewLocal()
	}
	if o.VisitTimeout <= 0 {
		o.VisitTimeout = 5 * time.Minute
	}
	if o.Grace <= 0 {
		o.Grace = 10 * time.Second
	}
	if o.Patience == nil {
		o.Patience = DefaultPatience()
	}
	return o
}

// printable percent-encodes what a header may not hold, or not every server
// takes: the office's name may be Chinese.
func printable(s string) string {
	var b strings.Builder
	for _, c := range []byte(s) {
		if c < ' ' || c > '~' {
			fmt.Fprintf(&b, "%%%02X", c)
			continue
		}
		b.WriteByte(c)
	}
	return b.String()
}

// rests is told when a host begins to rest.
func (c *Crawler) rests(_ string, r host.Resting) {
	c.meter.Rested()
	c.o.Logger.Warn("a host is left alone", "host", r.Host, "status", r.Status, "until", r.Until)
}

// Fetcher gives a fetcher that asks on behalf of a source, outside any visit:
// for trying a definition. It is paced and obeys like any other.
func (c *Crawler) Fetcher(s huiying.Source) Fetcher {
	return &fetcher{c: c, source: s, tally: &tally{}}
}

// Close lets go of connections. Call it after Run has returned.
func (c *Crawler) Close() {
	c.hosts.Close()
	if local, ok := c.o.Queue.(*job.Local); ok {
		local.Close()
	}
}
