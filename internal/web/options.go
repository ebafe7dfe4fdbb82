// Package web is the pages, the JSON API, the live stream and sign-in. It
// changes a case only through the case machine and otherwise reads. It refuses
// to change anything on a GET (where the API gives a file out it notes who took
// it), to run a script or style that is not its own file, and to show the cause
// of a failure that is ours.
package web

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"huiying"
	"huiying/internal/locale"
	"huiying/internal/query"
	"huiying/internal/web/administration"
	"huiying/internal/web/api"
	"huiying/internal/web/attending"
	"huiying/internal/web/disclosure"
	"huiying/internal/web/door"
	"huiying/internal/web/duty"
	"huiying/internal/web/events"
	"huiying/internal/web/exports"
	"huiying/internal/web/gathering"
	"huiying/internal/web/guide"
	"huiying/internal/web/heat"
	"huiying/internal/web/lexicon"
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
	"huiying/internal/web/start"
	"huiying/internal/web/supervision"
)

// Cases is the case machine.
type Cases interface {
	Do(ctx context.Context, cmd huiying.Command) (huiying.Case, error)
	Choices(c huiying.Case, a huiying.Actor) []huiying.Choice
}

// Triage deals with tagged posts that have no case.
type Triage interface {
	// Open opens a case of the post (or joins the open one of its topic) and,
	// where a unit is named, assigns it, all in one transaction.
	Open(ctx context.Context, o query.Opening) (huiying.Case, error)
	// SetAside marks the post as dealt with.
	SetAside(ctx context.Context, a query.Aside) error
	// TakeBack undoes what the same person set aside just now.
	TakeBack(ctx context.Context, post string, by huiying.Actor) error
}

// AlertLinks honours the links in alerts.
type AlertLinks interface {
	Card(ctx context.Context, token string) (huiying.Card, error)
	Act(ctx context.Context, token, action, to string) (huiying.Case, error)
}

// PostViews reads posts.
type PostViews interface {
	Posts(ctx context.Context, f query.PostFilter) (query.PostList, error)
	Find(ctx context.Context, s query.PostSearch) (query.PostsFound, error)
	Post(ctx context.Context, s query.Scope, id string) (query.PostPage, error)
}

// CaseViews reads cases.
type CaseViews interface {
	Cases(ctx context.Context, f query.CaseFilter) (query.CaseList, error)
	Case(ctx context.Context, s query.Scope, no string) (query.CasePage, error)
	// Seen is the case alone; an error as Case's where it may not be seen.
	Seen(ctx context.Context, s query.Scope, no string) (huiying.Case, error)
}

// FigureViews reads figures, alerts and coverage.
type FigureViews interface {
	Overview(ctx context.Context, s query.Scope) (query.Overview, error)
	Alerts(ctx context.Context, f query.AlertFilter) (query.AlertList, error)
	Sources(ctx context.Context) ([]query.SourceRow, error)
	Gaps(ctx context.Context, f query.CoverageFilter) (query.Gapped, error)
}

// PeriodViews reads the figures of a span.
type PeriodViews interface {
	// Figures are those of [from, to); to zero = until now.
	Figures(ctx context.Context, s query.Scope, from, to time.Time) (query.Figures, error)
}

// SourceViews reads one source.
type SourceViews interface {
	Source(ctx context.Context, id string) (query.SourcePage, error)
}

// Views is everything pages read; internal/store/views has it.
type Views interface {
	PostViews
	CaseViews
	FigureViews
	PeriodViews
	SourceViews
}

// SignIns begins, knows and ends logins.
type SignIns interface {
	SignIn(ctx context.Context, id, password string, from query.Visitor) (query.Entered, error)
	SecondStep(ctx context.Context, step, code string, from query.Visitor) (query.Entered, error)
	Session(ctx context.Context, token string) (query.Account, error)
	SignOut(ctx context.Context, token string) error
}

// OneTimeLinks uses set-up, invitation and sign-in links up.
type OneTimeLinks interface {
	PeekLink(ctx context.Context, token string) (query.Link, error)
	UseSignIn(ctx context.Context, token string, from query.Visitor) (query.Entered, error)
	UsePassword(ctx context.Context, token, password string, from query.Visitor) (query.Entered, error)
	UseSetup(ctx context.Context, token string, n query.NewAdmin, from query.Visitor) (query.Entered, error)
}

// People is the administration of accounts.
type People interface {
	Accounts(ctx context.Context) ([]query.Account, error)
	ByID(ctx context.Context, id string) (query.Account, error)
	Create(ctx context.Context, by string, p huiying.Person) error
	Update(ctx context.Context, by string, p huiying.Person) error
	SetDisabled(ctx context.Context, by, id string, disabled bool) error
	Link(ctx context.Context, purpose, id string, ttl time.Duration) (path string, err error)
}

// Accounts is everything about people; internal/store/users has it.
type Accounts interface {
	SignIns
	OneTimeLinks
	People
	mine.Accounts
}

// Factor is the second factors.
type Factor interface {
	mine.Factor
	Reset(ctx context.Context, by, id string) error
}

// Tokens is the tokens of programs.
type Tokens interface {
	mine.Tokens
	door.Tokens
	api.Tokens
}

// Live follows the bus: it calls handle with every new message of LiveSubjects
// until ctx ends; bus.Live is one.
type Live func(ctx context.Context, handle func(subject string, body []byte)) error

// Options is what a Server works with. Catalogue, Zone, Views, Accounts,
// Cases, Triage, Inbox, Links and Access are required.
type Options struct {
	Catalogue  *locale.Catalogue
	Zone       *time.Location
	Now        func() time.Time
	Logger     *slog.Logger
	Registerer prometheus.Registerer
	Gatherer   prometheus.Gatherer // behind /metrics; nil = none there
	PublicURL  string              // how people reach the service; https makes cookies secure
	Office     string              // name of the office
	Version    string

	Views      Views
	Accounts   Accounts
	Cases      Cases
	Triage     Triage
	Inbox      api.Inbox // putting off, who has what open, deciding on several
	Links      AlertLinks
	Access     postview.Revealer
	Units      func(ctx context.Context) ([]huiying.Unit, error)      // nil = none
	Sources    func(ctx context.Context) ([]huiying.Source, error)    // definitions; nil = those that were visited
	Backfill   func(ctx context.Context, b query.Backfill) error      // nil = cannot be asked for here
	Register   func(ctx context.Context) ([]query.RegisterRow, error) // of automated collection; nil = none is kept here
	Preserving postview.Preserving                                    // keeps sealed pages by hand; required
	Evidence   api.Evidence                                           // nil = cannot be opened here
	Switch     api.Switch                                             // of all collection; nil = there is none here
	Refusals   api.Refusals                                           // nil = not kept here
	Handovers  api.Handovers                                          // nil = none are taken here
	Push       http.Handler                                           // of signed hand-overs, answers POST /intake/{source}; nil = none are taken here
	Channels   []string                                               // ids of channels a contact may use
	Live       Live                                                   // nil = pages poll
	Ready      func(ctx context.Context) error                        // nil = always ready

	Corrections     api.Corrections                                                // nil = not kept here
	Topics          api.Topics                                                     // nil = nobody gathers posts
	Studies         events.Studies                                                 // of topics; nil = none are kept here
	Interpretations events.Interpretations                                         // of topics; nil = likewise
	Volume          func(ctx context.Context, period string) (query.Spread, error) // posts over time; nil = none are kept here
	Pulse           pulse.Reader                                                   // of the last day; nil = nothing is told of it
	Routes          api.Routes                                                     // nil = nobody is told of anything
	Silences        api.Silences                                                   // nil = none are kept here
	Duty            api.Duty                                                       // nil = no rosters are kept here
	// ICal writes the shifts of a person as a calendar file; required with Duty.
	ICal       func(shifts []huiying.DutyShift, person, title string, now time.Time) string
	Deliveries api.Deliveries // nil = nothing is sent here
	Ways       api.Channels   // of telling people; nil = nothing is sent here

	Factor     Factor            // nil = nobody has a second factor
	Tokens     Tokens            // nil = programs sign in as people do
	Identities rights.Identities // nil = there is no identity provider
	Log        rights.Log        // of access; nil = none is shown
	LogActions []string          // that the log knows
	Proxies    door.Proxies      // in front of the service
	Watermark  bool              // name and time on every page
	SSO        SSO               // nil = there is no identity provider
	Issuer     string            // of the identity provider, "" = there is none
	Orders     gathering.Orders  // about one source; nil = nothing is collected here
	Papers     api.Papers        // nil = none are kept here
	Rules      api.Rules         // nil = none are kept here
	Publishing api.Publishing    // nil = nothing is published by us
	Drafting   api.Drafting      // nil = nobody looks at replies
	Together   api.Together      // nil = one case at a time
	Each       api.Each          // nil = the same
	Measures   api.Measures      // nil = nothing is measured here

	Saved   api.SavedViews           // nil = none are kept here
	Lexicon api.Lexicon              // nil = no words are kept here
	Patrol  api.Patrol               // nil = no site is inspected
	Mask    func(text string) string // hides personal data on the big screen; nil = titles are not shown there
	Start   start.Desk               // nil = nothing is set up here
	Admin   administration.Desk      // nil = nothing is administered here

	Outcomes     outcomes.Outcomes    // nil = nothing is measured here
	Heat         heat.Counter         // nil = likewise
	Disclosure   disclosure.Register  // nil = no register is kept here
	Cards        supervision.Cards    // nil = the same
	CardOrders   supervision.Orders   // nil = the same
	CardMeasures []query.ScoreMeasure // that scores may be made of
	Reports      api.Reports          // nil = no reports are made here
	Exports      api.Exports          // nil = no files are made here
	Parked       api.Parked           // nil = there is no bus to look at

	Browsers  mine.Browsers                   // nil = nobody is told over browsers
	PushOffer func() (query.PushOffer, error) // nil = the same
	Quiet     mine.Quiet                      // hours of people; nil = nobody is told of alerts here
	Proofs    mine.Proofs                     // of contacts; nil = likewise

	Attending api.Attending // to alerts; nil = nobody is told of any
	DutyPhone string        // of the office on duty, "" = none is shown

	Notices func(ctx context.Context) []query.Notice // what somebody must mend; nil = nothing is watched

	Guide guide.Desk // nil = the service knows nothing of itself here
}

func (o Options) withDefaults() Options {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	o.Zone = cmp.Or(o.Zone, time.UTC)
	if o.Units == nil {
		o.Units = func(context.Context) ([]huiying.Unit, error) { return nil, nil }
	}
	if o.Backfill == nil {
		o.Backfill = func(context.Context, query.Backfill) error {
			return huiying.Errorf(huiying.Unavailable, "web.error.no_backfill")
		}
	}
	if o.Register == nil {
		o.Register = func(context.Context) ([]query.RegisterRow, error) { return nil, nil }
	}
	if o.Measures == nil {
		o.Measures = func(context.Context, time.Time, time.Time, string) ([]query.Measure, error) {
			return nil, huiying.Errorf(huiying.Unavailable, "measure.nowhere")
		}
	}
	if o.Together == nil {
		o.Together = papers.Nowhere{}.Together
	}
	if o.Each == nil {
		o.Each = papers.Nowhere{}.Each
	}
	if o.Volume == nil {
		o.Volume = func(context.Context, string) (query.Spread, error) { return query.Spread{}, nil }
	}
	if o.Sources == nil {
		o.Sources = func(context.Context) ([]huiying.Source, error) { return nil, nil }
	}
	if o.Ready == nil {
		o.Ready = func(context.Context) error { return nil }
	}
	return o.withDesks()
}

// withDesks puts one that says it is nowhere in the place of each that is
// missing.
func (o Options) withDesks() Options {
	o.Evidence = cmp.Or[api.Evidence](o.Evidence, gathering.Nowhere{})
	o.Orders = cmp.Or[gathering.Orders](o.Orders, gathering.Nowhere{})
	o.Switch = cmp.Or[api.Switch](o.Switch, gathering.Nowhere{})
	o.Refusals = cmp.Or[api.Refusals](o.Refusals, gathering.Nowhere{})
	o.Topics = cmp.Or[api.Topics](o.Topics, gathering.Nowhere{})
	o.Interpretations = cmp.Or[events.Interpretations](o.Interpretations, events.NoInterpretations{})
	o.Studies = cmp.Or[events.Studies](o.Studies, events.Nowhere{})
	o.Pulse = cmp.Or[pulse.Reader](o.Pulse, pulse.Nowhere{})
	o.Attending = cmp.Or[api.Attending](o.Attending, attending.Nowhere{})
	o.Routes = cmp.Or[api.Routes](o.Routes, gathering.Nowhere{})
	o.Silences = cmp.Or[api.Silences](o.Silences, gathering.Nowhere{})
	o.Corrections = cmp.Or[api.Corrections](o.Corrections, gathering.Nowhere{})
	o.Handovers = cmp.Or[api.Handovers](o.Handovers, gathering.Nowhere{})
	o.Duty = cmp.Or[api.Duty](o.Duty, duty.Nowhere{})
	o.Deliveries = cmp.Or[api.Deliveries](o.Deliveries, posting.Nowhere{})
	o.Ways = cmp.Or[api.Channels](o.Ways, posting.Nowhere{})
	o.Tokens = cmp.Or[Tokens](o.Tokens, mine.NoTokens{})
	o.Factor = cmp.Or[Factor](o.Factor, mine.Nowhere{})
	o.Identities = cmp.Or[rights.Identities](o.Identities, rights.Nowhere{})
	o.Log = cmp.Or[rights.Log](o.Log, rights.Nowhere{})
	o.Lexicon = cmp.Or[api.Lexicon](o.Lexicon, lexicon.Nowhere{})
	o.Patrol = cmp.Or[api.Patrol](o.Patrol, patrol.Nowhere{})
	if o.Mask == nil {
		o.Mask = func(string) string { return "" }
	}
	o.Admin = cmp.Or[administration.Desk](o.Admin, administration.Nowhere{})
	o.Start = cmp.Or[start.Desk](o.Start, start.Nowhere{})
	o.Outcomes = cmp.Or[outcomes.Outcomes](o.Outcomes, outcomes.Nowhere{})
	o.Disclosure = cmp.Or[disclosure.Register](o.Disclosure, disclosure.Nowhere{})
	o.Heat = cmp.Or[heat.Counter](o.Heat, heat.Nowhere{})
	o.Cards = cmp.Or[supervision.Cards](o.Cards, supervision.Nowhere{})
	o.CardOrders = cmp.Or[supervision.Orders](o.CardOrders, supervision.Nowhere{})
	o.Reports = cmp.Or[api.Reports](o.Reports, reports.Nowhere{})
	o.Exports = cmp.Or[api.Exports](o.Exports, exports.Nowhere{})
	o.Parked = cmp.Or[api.Parked](o.Parked, parked.Nowhere{})
	o.Browsers = cmp.Or[mine.Browsers](o.Browsers, mine.NoBrowsers{})
	o.Quiet = cmp.Or[mine.Quiet](o.Quiet, mine.NoQuiet{})
	o.Proofs = cmp.Or[mine.Proofs](o.Proofs, mine.NoProofs{})
	if o.PushOffer == nil {
		o.PushOffer = func() (query.PushOffer, error) { return query.PushOffer{}, nil }
	}
	o.Guide = cmp.Or[guide.Desk](o.Guide, guide.Nowhere{})
	o.Saved = cmp.Or[api.SavedViews](o.Saved, saved.Nowhere{})
	o.Papers = cmp.Or[api.Papers](o.Papers, papers.Nowhere{})
	o.Drafting = cmp.Or[api.Drafting](o.Drafting, papers.Nowhere{})
	o.Rules = cmp.Or[api.Rules](o.Rules, rules.Nowhere{})
	o.Publishing = cmp.Or[api.Publishing](o.Publishing, papers.Nowhere{})
	return o
}

func (o Options) check() error {
	if o.Catalogue == nil || o.Views == nil || o.Accounts == nil || o.Cases == nil || o.Triage == nil || o.Inbox == nil || o.Links == nil || o.Access == nil {
		return errors.New("web: Catalogue, Views, Accounts, Cases, Triage, Inbox, Links and Access are required")
	}
	return nil
}

// secure reports whether people come over https.
func (o Options) secure() bool { return strings.HasPrefix(o.PublicURL, "https://") }
