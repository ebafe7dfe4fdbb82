package app

import (
	"context"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus/promhttp"

	"huiying"
	"huiying/analyzer/gather"
	"huiying/analyzer/learn"
	"huiying/analyzer/routing"
	"huiying/crawler/job"
	"huiying/internal/app/attending"
	"huiying/internal/app/browsing"
	"huiying/internal/app/channels"
	"huiying/internal/app/collection"
	"huiying/internal/app/correcting"
	"huiying/internal/app/guide"
	"huiying/internal/app/notices"
	"huiying/internal/app/papers"
	"huiying/internal/app/parked"
	"huiying/internal/app/starting"
	"huiying/internal/app/supervision"
	"huiying/internal/app/tidings"
	"huiying/internal/app/volume"
	"huiying/internal/config"
	"huiying/internal/query"
	"huiying/internal/store/access"
	"huiying/internal/store/browsers"
	"huiying/internal/store/cases"
	"huiying/internal/store/corrections"
	"huiying/internal/store/definitions"
	"huiying/internal/store/identities"
	"huiying/internal/store/posts"
	"huiying/internal/store/pulse"
	"huiying/internal/store/saved"
	"huiying/internal/store/studies"
	topicbook "huiying/internal/store/topics"
	"huiying/internal/store/views"
	"huiying/internal/web"
	"huiying/internal/web/door"
	"huiying/notifier"
	"huiying/notifier/casework"
	"huiying/notifier/duty"
)

// handler answers on the listener: pages and API where they run here, health
// and metrics in every process.
func (a *App) handler(ctx context.Context) (http.Handler, error) {
	if !a.runs(TargetWeb) {
		return a.bare(), nil
	}
	desks, err := a.handovers(ctx)
	if err != nil {
		return nil, err
	}
	proxies, err := door.ParseProxies(ctx, a.config.TrustedProxies, net.DefaultResolver.LookupHost)
	if err != nil {
		return nil, err
	}
	book, duties := a.rulebook(), a.dutyDesk()
	words, err := a.wordbook(book)
	if err != nil {
		return nil, err
	}
	sites, err := a.inspection(ctx, book)
	if err != nil {
		return nil, err
	}
	begin, err := a.starting(book, duties)
	if err != nil {
		return nil, err
	}
	orders, err := a.sourcing()
	if err != nil {
		return nil, err
	}
	read := views.New(a.store).Over(a.index).Eased()
	figures := a.startOutcomes()
	watch, attend := a.watchNotices(), a.attending()
	cards := a.supervision(figures)
	about, err := a.startHeat(read)
	if err != nil {
		return nil, err
	}
	lately := pulse.New(a.store, read.Find)
	own := guide.New(guide.Options{
		Store: a.store, Sources: read.Sources, Gatherer: a.registry, Now: a.now, Analyzer: consumerAnalyzer, Archive: consumerArchive, Alerts: consumerAlerts,
	})
	spread := &volume.Desk{Hours: lately.Hours, Now: a.now, Zone: a.zone}
	push := &browsing.Desk{Book: browsers.New(a.store), Config: a.config, Key: a.keys.webPush}
	server, err := web.New(web.Options{
		Lexicon: words, Patrol: sites, Mask: a.room.mask,
		Catalogue: a.words, Zone: a.zone, Now: a.now, Logger: a.logger, Registerer: a.registry, Gatherer: a.registry,
		PublicURL: a.config.PublicURL, Office: a.config.Office.Name, Version: a.version,
		Views: read, Saved: saved.New(a.store), Accounts: a.users, Links: attending.Cards{Links: a.room.links, Desk: attend}, Attending: attending.Desk{Desk: attend}, DutyPhone: a.config.Office.DutyPhone, Access: access.New(a.store),
		Cases:  desk{a.room.desk, a.room.engine},
		Triage: triage{a, access.New(a.store)}, Inbox: a.inbox(),
		Units: a.units, Sources: a.sources, Backfill: a.backfill, Switch: switchDesk{a}, Register: a.register, Orders: orders,
		Refusals: a.refusalDesk, Evidence: a.proofDesk, Handovers: counter{desks}, Push: a.pushes(desks),
		Corrections: a.correcting(), Preserving: a.preserving(), Topics: topicDesk{a.topics, topicbook.New(a.store), a.store}, Studies: studies.New(a.store), Interpretations: interpretations{studies.New(a.store)}, Pulse: lately, Volume: spread.Spread,
		Routes: a.telling(), Silences: a.telling(),
		Duty: notices.Mending{Rota: duties, Watch: watch}, ICal: duty.ICal, Notices: watch.Notices,
		Deliveries: a.room.post, Ways: notices.Trying{Ways: a.room.post, Watch: watch},
		Papers: a.room.papers, Drafting: a.room.drafting, Together: a.room.desk.Together, Each: papers.Each{Do: a.room.desk.Do, Logger: a.logger}.Take, Publishing: a.room.publishing, Rules: book, Start: begin, Admin: a.inventory(book, duties), Parked: &parked.Desk{Shelf: a.bus, Store: a.store}, Measures: measured(figures),
		Browsers: push, PushOffer: push.Offer, Quiet: a.quiet(), Proofs: channels.Proving{Codes: a.users, Post: a.room.post},
		Guide:    own,
		Outcomes: figures, Heat: about, Disclosure: a.startRegister(), Reports: a.startReports(), Exports: a.startExports(read, figures, cards, about), Cards: cards, CardOrders: cards, CardMeasures: supervision.Measures(),
		Factor: a.factor, Tokens: a.tokens, Identities: identities.New(a.store, a.users), Log: access.New(a.store), LogActions: access.Actions(),
		Issuer: a.config.SignIn.OIDC.Issuer, SSO: a.singleSignOn(), Proxies: proxies, Watermark: a.config.Watermark,
		Channels: a.channelIDs(), Live: a.live, Ready: a.isReady,
	})
	if err != nil {
		return nil, err
	}
	a.life.loop("live stream", server.Run)
	a.life.loop("pulse", lately.Run)
	a.life.loop("guide", own.Run)
	a.life.loop("posts over time", spread.Run)
	a.life.loop("figures of periods", read.Warm)
	a.life.loop("hits of rules", book.Run)
	return server.Handler(), nil
}

// bare serves a process without pages.
func (a *App) bare() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(a.registry, promhttp.HandlerOpts{}))
	mux.HandleFunc("POST /intake/{source}", a.noPushes)
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("ok\n")) })
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, r *http.Request) {
		if err := a.isReady(r.Context()); err != nil {
			http.Error(w, "starting", http.StatusServiceUnavailable)
			return
		}
		_, _ = w.Write([]byte("ok\n"))
	})
	return mux
}

func (a *App) isReady(context.Context) error {
	if !a.ready.Load() {
		return huiying.Errorf(huiying.Unavailable, "app.starting")
	}
	return nil
}

// live follows the bus; a post is told of once pages that ask will find it.
func (a *App) live(ctx context.Context, handle func(subject string, body []byte)) error {
	gate := tidings.New(func(ctx context.Context, collected map[string]time.Time) (bool, error) {
		return posts.Archived(ctx, a.store.Reader(), collected)
	}, handle, a.leaveOut)
	ctx, cancel := context.WithCancel(ctx)
	var passing sync.WaitGroup
	passing.Go(func() { gate.Run(ctx) })
	err := a.bus.Live(ctx, web.LiveSubjects(), gate.Hear)
	cancel()
	passing.Wait()
	return err
}

// leaveOut counts what pages are not told of.
func (a *App) leaveOut(subject string) {
	a.shed.Add(a.now())
	a.leftOut.WithLabelValues(strings.Split(subject, ".")[2]).Inc()
}

func (a *App) units(context.Context) ([]huiying.Unit, error) { return unitsOf(a.config), nil }

// unitsOf are the units of a configuration.
func unitsOf(c config.Config) []huiying.Unit {
	out := make([]huiying.Unit, 0, len(c.Units))
	for _, u := range c.Units {
		out = append(out, huiying.Unit{ID: u.ID, Name: u.Name})
	}
	return out
}

// responsible are the units that a post may be for: the office's, or where it
// has none the departments that the routing model tells apart.
func (a *App) responsible(ctx context.Context) ([]huiying.Unit, error) {
	units, err := a.units(ctx)
	if err != nil || len(units) > 0 {
		return units, err
	}
	task, err := learn.TaskOf(routing.Name)
	for _, department := range task.Training.Classes {
		units = append(units, huiying.Unit{ID: department, Name: department})
	}
	return units, err
}

// sources are all that are read: those of the file and those registered on
// pages.
func (a *App) sources(ctx context.Context) ([]huiying.Source, error) {
	return starting.Sources(ctx, definitions.New(a.store))
}

func (a *App) channelIDs() []string {
	out := make([]string, 0, len(a.config.Channels))
	for _, c := range a.config.Channels {
		out = append(out, c.ID)
	}
	return out
}

// desk is the case machine as pages see it.
type desk struct {
	desk   *notifier.Desk
	engine *casework.Engine
}

func (d desk) Do(ctx context.Context, cmd huiying.Command) (huiying.Case, error) {
	return d.desk.Do(ctx, cmd)
}

func (d desk) Choices(c huiying.Case, actor huiying.Actor) []huiying.Choice {
	return d.engine.Choices(c, actor)
}

// correcting is how people put judgements right.
func (a *App) correcting() correcting.Desk {
	return correcting.Desk{
		Book: corrections.New(a.store, a.responsible, placeNames(a.config)...),
		Open: triage{a, access.New(a.store)}.Open, Do: a.room.desk.Do,
		Case: func(ctx context.Context, no string) (huiying.Case, error) {
			return cases.Get(ctx, a.store.Reader(), no)
		},
		Raise: func(ctx context.Context, topic, post string, level huiying.Level) error {
			return a.topics.Raise(ctx, gather.Rising{Topic: topic, Post: post, Level: level})
		},
	}
}

// triage deals with tagged posts that have no case.
type triage struct {
	app *App
	log *access.Log
}

func (t triage) Open(ctx context.Context, o query.Opening) (huiying.Case, error) {
	stored, err := posts.Get(ctx, t.app.store.Reader(), o.Post)
	if err != nil {
		return huiying.Case{}, err
	}
	return t.app.room.desk.Open(ctx, notifier.Manual{
		Event: huiying.NewEvent(stored.Judgement, stored.Judgement.Post.CollectedAt),
		Actor: o.Actor, Level: o.Level, Unit: o.Unit, Owner: o.Owner, Note: o.Note,
	})
}

func (t triage) SetAside(ctx context.Context, a query.Aside) error { return t.log.SetAside(ctx, a) }

func (t triage) TakeBack(ctx context.Context, post string, by huiying.Actor) error {
	return t.log.TakeBack(ctx, post, by)
}

// backfill queues the reading of a past window of a source and notes who asked
// for it.
func (a *App) backfill(ctx context.Context, b query.Backfill) error {
	defined, err := a.sources(ctx)
	if err != nil {
		return err
	}
	if !slices.ContainsFunc(defined, func(s huiying.Source) bool { return s.ID == b.Source }) {
		return huiying.Errorf(huiying.NotFound, "crawler.no_source", b.Source)
	}
	window := job.Job{Source: b.Source, Due: a.now(), From: b.From, To: b.To}
	if err := collection.Backfill(ctx, a.bus, window); err != nil {
		return err
	}
	return access.New(a.store).Backfilled(ctx, b)
}
