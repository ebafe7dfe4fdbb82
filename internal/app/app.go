// Package app wires the rooms of one process: which run here, with what of the
// configuration, started in order and stopped in reverse. It decides nothing
// that a room could decide, and refuses combinations that cannot keep the
// promises (two processes on one data folder, half of the SQL rooms).
package app

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

	"huiying"
	"huiying/analyzer"
	"huiying/analyzer/segment"
	"huiying/crawler"
	"huiying/internal/app/collection"
	"huiying/internal/app/notices"
	"huiying/internal/app/privacy"
	"huiying/internal/app/proof"
	"huiying/internal/app/topics"
	"huiying/internal/app/wordbook"
	"huiying/internal/bus"
	"huiying/internal/config"
	"huiying/internal/locale"
	"huiying/internal/query"
	"huiying/internal/store"
	"huiying/internal/store/factor"
	"huiying/internal/store/outbox"
	"huiying/internal/store/search"
	"huiying/internal/store/tokens"
	"huiying/internal/store/users"
)

// The targets: rooms that may run in a process.
const (
	TargetCrawler  = "crawler"
	TargetAnalyzer = "analyzer"
	TargetNotifier = "notifier"
	TargetWeb      = "web"
)

// stopWithin is how long a clean stop may take.
const stopWithin = 30 * time.Second

// Options is what a process starts with.
type Options struct {
	Config     config.Config
	Targets    []string // none or "all" = every room
	Words      *locale.Catalogue
	Logger     *slog.Logger
	Version    string
	Checkpoint string                          // see Checkpoints; for tests
	Now        func() time.Time                // nil = time.Now
	Cutting    func(huiying.Post)              // see analyzer.Options; for tests
	WrapSink   func(crawler.Sink) crawler.Sink // for the drill's faults; nil = none
	OwnURL     bool                            // people reach the pages under the address listened on
}

// App is one process.
type App struct {
	config     config.Config
	targets    []string
	words      *locale.Catalogue
	logger     *slog.Logger
	version    string
	now        func() time.Time
	zone       *time.Location
	registry   *prometheus.Registry
	checkpoint func(string)
	wrapSink   func(crawler.Sink) crawler.Sink
	cutting    func(huiying.Post)
	ackWait    time.Duration
	ownURL     bool
	sharing    sync.Mutex                       // of definitions
	borders    func() (*segment.Borders, error) // of the main dictionary, read when somebody asks first

	life        *lifecycle
	keys        keys
	bus         *bus.Bus
	store       *store.Store
	users       *users.Users
	factor      *factor.Book
	tokens      *tokens.Book
	room        *caseRoom
	index       *search.Index
	following   *following
	topics      *topics.Desk
	analyzer    *analyzer.Analyzer
	crawler     *crawler.Crawler
	refusals    *privacy.List // nil in a command that stores nothing
	refusalDesk privacy.Desk
	proofDesk   proof.Desk
	collecting  *collection.Switch
	listener    net.Listener
	shed        notices.Shed           // what pages were not told of lately,
	leftOut     *prometheus.CounterVec // and ever, by level
	setup       string                 // path of the first-run set-up link, "" when there is an administrator
	ready       atomic.Bool
}

// New checks the options; nothing is opened yet.
func New(o Options) (*App, error) {
	targets, err := targetsOf(o.Targets)
	if err != nil {
		return nil, err
	}
	zone, err := o.Config.Zone()
	if err != nil {
		return nil, err
	}
	check, err := checkpoint(o.Checkpoint)
	if err != nil {
		return nil, err
	}
	a := &App{
		config: o.Config, targets: targets, words: o.Words, logger: o.Logger, version: o.Version, zone: zone,
		checkpoint: check, wrapSink: o.WrapSink, cutting: o.Cutting, now: o.Now, registry: prometheus.NewRegistry(), ackWait: 5 * time.Second, ownURL: o.OwnURL,
	}
	if a.now == nil {
		a.now = time.Now
	}
	if a.logger == nil {
		a.logger = slog.New(slog.DiscardHandler)
	}
	a.borders = sync.OnceValues(func() (*segment.Borders, error) { return bordersOf(a.config) })
	a.life = newLifecycle(a.logger)
	a.leftOut = prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "huiying_web_news_shed_total", Help: "News of posts that pages were not told of because too much waited, by level.",
	}, []string{"level"})
	a.registry.MustRegister(a.leftOut)
	a.registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return a, a.allowed()
}

func targetsOf(list []string) ([]string, error) {
	all := []string{TargetCrawler, TargetAnalyzer, TargetNotifier, TargetWeb}
	var out []string
	for _, entry := range list {
		for name := range strings.SplitSeq(entry, ",") {
			switch name = strings.TrimSpace(name); {
			case name == "all":
				return all, nil
			case !slices.Contains(all, name):
				return nil, huiying.Errorf(huiying.Invalid, "app.no_target", name, strings.Join(all, ", "))
			case !slices.Contains(out, name):
				out = append(out, name)
			}
		}
	}
	if len(out) == 0 {
		return all, nil
	}
	return out, nil
}

// allowed refuses what cannot work: the SQL rooms share one SQLite and so one
// process, and rooms of several processes need a bus that both reach.
func (a *App) allowed() error {
	if a.runs(TargetNotifier) != a.runs(TargetWeb) {
		return huiying.Errorf(huiying.Invalid, "app.sql_rooms_together")
	}
	if len(a.targets) < 4 && a.config.Bus.URL == "" && a.config.Bus.Listen == "" {
		return huiying.Errorf(huiying.Invalid, "app.bus_unreachable", strings.Join(a.targets, ","))
	}
	return nil
}

func (a *App) runs(target string) bool { return slices.Contains(a.targets, target) }

// Start opens and starts everything; on an error what was started is stopped.
// ErrEnded is none to tell of: ctx ended while it stood by for another process.
func (a *App) Start(ctx context.Context) error {
	steps := []struct {
		name string
		do   func(context.Context) error
	}{
		{"data folder", a.openFolder},
		{"listener", a.listen},
		{"bus", a.openBus},
		{"store", a.openStore},
		{"definitions", a.importDefinitions},
		{"refusals", a.openRefusals},
		{"switch", a.openSwitch},
		{"evidence", a.startProof},
		{"topics", a.openTopics},
		{"analyzer", a.startAnalyzer},
		{"notifier", a.startSQLRooms},
		{"pages", a.serve},
		{"crawler", a.startCrawler},
	}
	for _, step := range steps {
		if err := step.do(ctx); err != nil {
			stopped := a.life.stop(stopWithin)
			if errors.Is(err, ErrEnded) {
				return cmp.Or(stopped, ErrEnded)
			}
			return errors.Join(fmt.Errorf("start %s: %w", step.name, err), stopped)
		}
	}
	a.ready.Store(true)
	return nil
}

// Run is Start and Wait.
func (a *App) Run(ctx context.Context) error {
	err := a.Start(ctx)
	if errors.Is(err, ErrEnded) {
		return nil
	}
	if err != nil {
		return err
	}
	return a.Wait(ctx)
}

// Wait waits until ctx ends or a loop fails, and stops.
func (a *App) Wait(ctx context.Context) error {
	var failed error
	select {
	case <-ctx.Done():
	case failed = <-a.life.failed:
	}
	return errors.Join(failed, a.Stop())
}

// Stop stops everything in reverse order.
func (a *App) Stop() error {
	a.ready.Store(false)
	return a.life.stop(stopWithin)
}

// Addr is the address that is served, with the real port.
func (a *App) Addr() string { return a.listener.Addr().String() }

// SetupPath is the path of the link that makes the first administrator, "" when
// there is one.
func (a *App) SetupPath() string { return a.setup }

func (a *App) openFolder(context.Context) error {
	lock, err := lockFolder(a.config.Data)
	if err != nil {
		return err
	}
	a.life.onStop("data folder", func(context.Context) error { return lock.Close() })
	a.keys, err = openKeys(string(a.config.Record.Key), a.config.Data, true)
	return err
}

func (a *App) listen(ctx context.Context) error {
	var c net.ListenConfig
	l, err := c.Listen(ctx, "tcp", a.config.Listen)
	if err != nil {
		return huiying.Errorf(huiying.Unavailable, "app.listen", a.config.Listen, err)
	}
	a.listener = l
	if a.ownURL {
		a.config.PublicURL = "http://" + a.Addr()
	}
	a.life.onStop("listener", func(context.Context) error {
		if err := l.Close(); err != nil && !errors.Is(err, net.ErrClosed) {
			return err
		}
		return nil
	})
	return nil
}

func (a *App) openBus(ctx context.Context) error {
	every, err := a.config.Bus.SyncInterval()
	if err != nil {
		return err
	}
	a.bus, err = bus.Open(ctx, bus.Options{
		Dir: filepath.Join(a.config.Data, busFolder), URL: a.config.Bus.URL, CredentialsFile: a.config.Bus.CredentialsFile,
		Identity: bus.Identity{CAFile: a.config.Bus.CAFile, CertFile: a.config.Bus.CertFile, KeyFile: a.config.Bus.KeyFile, NkeyFile: a.config.Bus.NkeyFile},
		Member:   a.member(), Replicas: a.config.Bus.Replicas,
		Listen: a.config.Bus.Listen, SyncAlways: every == 0, SyncInterval: every,
		DuplicateWindow: time.Duration(a.config.Bus.DuplicateWindow), MaxBytes: a.config.Bus.MaxBytes,
		Zone: a.zone, Now: a.now, Logger: a.logger, Registerer: a.registry, Checkpoint: a.checkpoint,
	})
	if err != nil {
		return err
	}
	a.life.onStop("bus", func(context.Context) error { return a.bus.Close() })
	return nil
}

// member names the rooms of this process where they share an outside server
// with the office, which keeps the streams; "" is the office itself, or all.
func (a *App) member() string {
	if a.config.Bus.URL == "" || a.runs(TargetNotifier) {
		return ""
	}
	return strings.Join(a.targets, "-")
}

// startSQLRooms wires the notifier and the web over the store.
func (a *App) startSQLRooms(ctx context.Context) error {
	if !a.runs(TargetNotifier) {
		return nil
	}
	room, err := a.newCaseRoom()
	if err != nil {
		return err
	}
	a.room = room
	if err := a.followDefinitions(ctx, wordbook.Kind, a.applyReplyWords); err != nil {
		return err
	}
	if err := a.refold(ctx); err != nil {
		return err
	}
	if err := outbox.NewDeliveries(a.store).Release(ctx); err != nil {
		return err
	}
	a.startSearch()
	a.startNotifier()
	a.startFollowing()
	if err := a.startRoutes(ctx); err != nil {
		return err
	}
	a.startHeads()
	if err := a.startSweep(ctx); err != nil {
		return err
	}
	a.setup, err = a.users.EnsureSetupLink(ctx, 7*24*time.Hour)
	return err
}

// startHeads exports the signed head of the record every hour and at the end.
func (a *App) startHeads() {
	export := func(ctx context.Context) error {
		_, err := a.room.ledger.ExportHead(ctx, headsOf(a.config))
		return err
	}
	a.life.every("heads", time.Duration(a.config.Record.HeadEvery), export)
}

// serve answers on the listener: the pages where they run here, else health
// and metrics alone.
func (a *App) serve(ctx context.Context) error {
	handler, err := a.handler(ctx)
	if err != nil {
		return err
	}
	server := &http.Server{Handler: handler, ReadHeaderTimeout: 10 * time.Second, IdleTimeout: 2 * time.Minute,
		ErrorLog: slog.NewLogLogger(a.logger.Handler(), slog.LevelDebug)}
	a.life.loop("pages", func(ctx context.Context) error {
		closed := make(chan error, 1)
		defer context.AfterFunc(ctx, func() { closed <- shutdown(server) })()
		if err := server.Serve(a.listener); !errors.Is(err, http.ErrServerClosed) {
			return err
		}
		return <-closed
	})
	return nil
}

// shutdown lets requests under way finish, for a while.
func shutdown(server *http.Server) error {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	if err := server.Shutdown(ctx); err != nil {
		return server.Close()
	}
	return nil
}

// SignInLink makes a link that signs a person in once, and gives its path.
func (a *App) SignInLink(ctx context.Context, id string) (string, error) {
	return a.users.Link(ctx, query.LinkSignIn, id, 24*time.Hour)
}
