package web

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"runtime/debug"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"huiying"
	"huiying/internal/web/administration"
	"huiying/internal/web/api"
	"huiying/internal/web/attending"
	"huiying/internal/web/chosen"
	"huiying/internal/web/disclosure"
	"huiying/internal/web/door"
	"huiying/internal/web/duty"
	"huiying/internal/web/events"
	"huiying/internal/web/exports"
	"huiying/internal/web/frame"
	"huiying/internal/web/gathering"
	"huiying/internal/web/guide"
	"huiying/internal/web/heat"
	"huiying/internal/web/inbox"
	"huiying/internal/web/lexicon"
	"huiying/internal/web/live"
	"huiying/internal/web/mine"
	"huiying/internal/web/outcomes"
	"huiying/internal/web/papers"
	"huiying/internal/web/parked"
	"huiying/internal/web/patrol"
	"huiying/internal/web/posting"
	"huiying/internal/web/postview"
	"huiying/internal/web/pulse"
	"huiying/internal/web/reports"
	"huiying/internal/web/rights"
	"huiying/internal/web/rules"
	"huiying/internal/web/saved"
	"huiying/internal/web/screen"
	"huiying/internal/web/shortcut"
	"huiying/internal/web/silences"
	"huiying/internal/web/start"
	"huiying/internal/web/supervision"
)

// Server is the pages and the API of one process.
type Server struct {
	*frame.Frame
	o         Options
	gathering *gathering.Pages
	posting   *posting.Pages
	posts     *postview.Pages
	inbox     *inbox.Pages
	events    *events.Pages
	chosen    *chosen.Pages
	pulse     *pulse.Part
	attending *attending.Pages
	silences  *silences.Pages
	duty      *duty.Pages
	papers    *papers.Pages
	mine      *mine.Pages
	rights    *rights.Pages
	rules     *rules.Pages
	saved     *saved.Pages
	lexicon   *lexicon.Pages
	patrol    *patrol.Pages
	screen    *screen.Pages
	start     *start.Pages
	admin     *administration.Pages
	outcomes  *outcomes.Pages
	heat      *heat.Pages
	register  *disclosure.Pages
	cards     *supervision.Pages
	exports   *exports.Pages
	parked    *parked.Pages
	guide     *guide.Pages
	shortcut  *shortcut.Files
	reports   *reports.Pages
	hub       *live.Hub
	handler   http.Handler
	requests  *prometheus.HistogramVec
}

// New makes a Server; Run must be called for the live stream to tell anything.
func New(o Options) (*Server, error) {
	if err := o.check(); err != nil {
		return nil, err
	}
	o = o.withDefaults()
	f, err := frame.New(frame.Options{
		Catalogue: o.Catalogue, Zone: o.Zone, Now: o.Now, Logger: o.Logger, Office: o.Office, Version: o.Version,
		Accounts: o.Accounts.Accounts, Units: o.Units, Sources: o.Sources, Watermark: o.Watermark, Notices: o.Notices,
	})
	if err != nil {
		return nil, err
	}
	s := &Server{Frame: f, o: o}
	s.gathering = gathering.New(gathering.Options{
		Frame: f, Catalogue: o.Catalogue, Zone: o.Zone, Now: o.Now, Views: o.Views, Sources: o.Sources, Register: o.Register,
		Handovers: o.Handovers, Refusals: o.Refusals, Switch: o.Switch, Evidence: o.Evidence, Orders: o.Orders,
	})
	s.posting = posting.New(posting.Options{Frame: f, Deliveries: o.Deliveries, Channels: o.Ways})
	s.posts = postview.New(postview.Options{Frame: f, Views: o.Views, Access: o.Access, Corrections: o.Corrections, Preserving: o.Preserving})
	s.papers = papers.New(papers.Options{
		Frame: f, Views: o.Views, Papers: o.Papers, Drafting: o.Drafting, Publishing: o.Publishing, Each: o.Each, Choices: o.Cases.Choices, Lists: s.lists, ShowCase: s.showCase,
	})
	s.rules = rules.New(rules.Options{Frame: f, Rules: o.Rules, Units: o.Units})
	s.lexicon = lexicon.New(lexicon.Options{Frame: f, Words: o.Lexicon})
	s.patrol = patrol.New(patrol.Options{Frame: f, Patrol: o.Patrol, Open: o.Triage.Open, Zone: o.Zone, Now: o.Now})
	s.screen = screen.New(screen.Options{Frame: f, Views: o.Views, Lines: s.gathering.Lines, Mask: o.Mask, Zone: o.Zone, Now: o.Now})
	s.saved = saved.New(saved.Options{Frame: f, Saved: o.Saved})
	s.start = start.New(start.Options{
		Frame: f, Desk: o.Start, Rules: o.Rules, Duty: o.Duty, Ways: o.Ways, People: o.Accounts, Invite: s.invite, Accounts: o.Accounts.Accounts, Zone: o.Zone, Now: o.Now,
	})
	s.admin = administration.New(administration.Options{Frame: f, Desk: o.Admin, Start: o.Start.Standing, Doors: func() int { return len(s.doors()) }})
	s.outcomes = outcomes.New(outcomes.Options{Frame: f, Outcomes: o.Outcomes, Zone: o.Zone, Now: o.Now})
	s.register = disclosure.New(f, o.Disclosure)
	s.heat = heat.New(heat.Options{Frame: f, Counter: o.Heat, Zone: o.Zone, Now: o.Now})
	s.cards = supervision.New(supervision.Options{Frame: f, Cards: o.Cards, Orders: o.CardOrders, Measures: o.CardMeasures, Zone: o.Zone, Now: o.Now})
	s.parked = parked.New(f, o.Parked)
	s.reports = reports.New(reports.Options{Frame: f, Reports: o.Reports, People: o.Accounts.Accounts, Units: o.Units, Zone: o.Zone, Now: o.Now})
	s.exports = exports.New(exports.Options{Frame: f, Exports: o.Exports})
	s.shortcut = shortcut.New(shortcut.Options{Catalogue: o.Catalogue, Asset: f.Assets.URL})
	s.guide = guide.New(guide.Options{Frame: f, Catalogue: o.Catalogue, Desk: o.Guide, Accounts: o.Accounts.Accounts})
	s.events = events.New(events.Options{Frame: f, Views: o.Views, Topics: o.Topics, Studies: o.Studies, Interpretations: o.Interpretations, Zone: o.Zone, Now: o.Now})
	s.chosen = chosen.New(chosen.Options{Frame: f, Views: o.Views, Topics: o.Topics, Open: s.events.Open, Reports: o.Reports})
	s.pulse = pulse.New(pulse.Options{Reader: o.Pulse, Views: o.Views, Hot: s.events.Hot, Now: o.Now})
	s.inbox = inbox.New(inbox.Options{Frame: f, Views: o.Views, Cases: o.Cases, Triage: o.Triage, Inbox: o.Inbox, Lists: s.lists, Lead: s.start.Lead, Zone: o.Zone, Now: o.Now})
	s.attending = attending.New(attending.Options{Frame: f, Views: o.Views, Desk: o.Attending, Phone: o.DutyPhone})
	s.silences = silences.New(silences.Options{Frame: f, Silences: o.Silences, Units: o.Units, Sources: o.Sources, Zone: o.Zone, Now: o.Now})
	s.duty = duty.New(duty.Options{Frame: f, Catalogue: o.Catalogue, Duty: o.Duty, Zone: o.Zone, Now: o.Now, Calendar: o.ICal})
	s.mine = mine.New(mine.Options{Frame: f, Catalogue: o.Catalogue, Accounts: o.Accounts, Factor: o.Factor, Tokens: o.Tokens, Scopes: api.Scopes(), Now: o.Now, Visitor: s.browser, Browsers: o.Browsers, Offer: o.PushOffer, Ways: o.Ways, Quiet: o.Quiet, Proofs: o.Proofs})
	s.rights = rights.New(rights.Options{
		Frame: f, Catalogue: o.Catalogue, Zone: o.Zone, Now: o.Now, People: o.Accounts, Factor: o.Factor, Identities: o.Identities, Tokens: o.Tokens,
		Log: o.Log, Actions: o.LogActions, Units: o.Units, Scopes: api.Scopes(), Issuer: o.Issuer, Doors: s.doors,
	})
	s.hub = live.NewHub(live.Options{First: o.Now().UnixMilli(), Registerer: o.Registerer})
	s.requests = prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Name: "huiying_web_request_seconds", Help: "Time to answer a request, by route and status.",
		Buckets: []float64{.005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5},
	}, []string{"route", "status"})
	if o.Registerer != nil {
		o.Registerer.MustRegister(s.requests)
	}
	return s, s.build()
}

// Handler answers every request.
func (s *Server) Handler() http.Handler { return s.handler }

// Run feeds the live stream until ctx ends.
func (s *Server) Run(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	done := make(chan error, 1)
	go func() { done <- s.hub.Run(ctx) }()
	var err error
	if s.o.Live != nil {
		if err = s.o.Live(ctx, s.hub.Hear); err != nil {
			err = fmt.Errorf("follow the bus: %w", err)
		}
	}
	if err == nil {
		<-ctx.Done()
	}
	cancel()
	return errors.Join(err, <-done)
}

// build wires routes, API and everything that stands before them.
func (s *Server) build() error {
	mux := http.NewServeMux()
	for _, r := range s.routes() {
		mux.Handle(r.pattern, s.page(r))
	}
	api.Register(mux, api.Options{
		Catalogue: s.o.Catalogue, Zone: s.o.Zone, Now: s.o.Now, Version: s.o.Version, Logger: s.o.Logger,
		Views: s.o.Views, Cases: s.o.Cases, Triage: s.o.Triage, Inbox: s.o.Inbox, Accounts: s.o.Accounts,
		Backfill: s.o.Backfill, Handovers: s.o.Handovers, Refusals: s.o.Refusals, Switch: s.o.Switch, Evidence: s.o.Evidence, Corrections: s.o.Corrections, Topics: s.o.Topics,
		Routes: s.o.Routes, Silences: s.o.Silences,
		Duty:       s.o.Duty,
		Deliveries: s.o.Deliveries, Channels: s.o.Ways,
		Notices: s.o.Notices, Attending: s.o.Attending,
		Tokens: s.o.Tokens,
		Papers: s.o.Papers, Drafting: s.o.Drafting, Publishing: s.o.Publishing, Together: s.o.Together, Each: s.o.Each, Rules: s.o.Rules, Measures: s.o.Measures,
		Lexicon: s.o.Lexicon, Patrol: s.o.Patrol,
		Saved: s.o.Saved, Canonical: saved.Canonical,
		Exports: s.o.Exports, Reports: s.o.Reports, Parked: s.o.Parked,
		Heat: s.o.Heat, Cards: s.o.Cards, Studies: s.o.Studies, Interpretations: s.o.Interpretations, Disclosures: s.o.Disclosure,
	})
	guard := http.NewCrossOriginProtection()
	if u, err := url.Parse(s.o.PublicURL); err == nil && u.Host != "" {
		if err := guard.AddTrustedOrigin(u.Scheme + "://" + u.Host); err != nil {
			return fmt.Errorf("public_url: %w", err)
		}
	}
	guard.SetDenyHandler(http.HandlerFunc(s.CrossOrigin))
	s.handler = s.outermost(mux, guard.Handler(s.identified(mux)))
	return nil
}

// maxBody bounds what a request may send, where bodyLimit says nothing else.
const maxBody = 1 << 20

// bodyLimit is the bound for a route.
func bodyLimit(pattern string) int64 {
	switch pattern {
	case "POST /intake/{source}", "POST /api/v1/handovers":
		return api.MaxHandovers
	case "POST /cases/{no}/files", "POST /api/v1/cases/{no}/files":
		return api.MaxUpload
	case "POST /api/v1/handovers/sheet", "POST /intake":
		return api.MaxSheet
	case "POST /lexicon/{list}", "POST /api/v1/lexicon/{list}":
		return 2 * maxBody
	}
	return maxBody
}

// outermost gives every request an id, safe headers, a measure and a net for
// panics.
func (s *Server) outermost(mux *http.ServeMux, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r = s.o.Proxies.Behind(door.NewRequest(r))
		door.SafeHeaders(w.Header(), s.secure(r))
		w.Header().Set("X-Request-Id", door.RequestID(r.Context()))
		_, pattern := mux.Handler(r)
		r.Body = http.MaxBytesReader(w, r.Body, bodyLimit(pattern))
		rec := door.Record(w)
		begun := time.Now()
		defer func() {
			if v := recover(); v != nil {
				s.o.Logger.ErrorContext(r.Context(), "a page panicked", "request", door.RequestID(r.Context()),
					"route", pattern, "panic", fmt.Sprint(v), "stack", string(debug.Stack()))
				if !rec.Begun {
					s.Fail(rec, r, huiying.Errorf(huiying.Internal, "web.error.panicked"))
				}
			}
			s.requests.WithLabelValues(pattern, strconv.Itoa(rec.Status)).Observe(time.Since(begun).Seconds())
		}()
		next.ServeHTTP(rec, r)
	})
}

// identified finds who asks before anything else is decided.
func (s *Server) identified(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		known, err := door.Identify(r, door.Known{Sessions: s.o.Accounts, Tokens: s.o.Tokens, Secure: s.secure(r)})
		if err != nil {
			s.Fail(w, r, err)
			return
		}
		next.ServeHTTP(w, known)
	})
}
