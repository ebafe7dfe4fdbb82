package web

import (
	"net/http"
	"slices"
	"strings"

	"github.com/prometheus/client_golang/prometheus/promhttp"

	"huiying"
	"huiying/internal/web/api"
	"huiying/internal/web/door"
	"huiying/internal/web/rights"
)

// route is one row of the table of pages: what it answers and who may ask.
type route struct {
	pattern string // of http.ServeMux
	who     door.Who
	serve   func(w http.ResponseWriter, r *http.Request) error
}

// routes is every page: these four tables decide who may open what.
// The API has its own table of the same shape.
func (s *Server) routes() []route {
	return slices.Concat(s.entrance(), s.work(), s.office(), s.machine())
}

// entrance is how people come in and go.
func (s *Server) entrance() []route {
	return []route{
		{"GET /login", door.Public(), s.loginPage},
		{"POST /login", door.Public(), s.login},
		{"POST /login/code", door.Public(), s.code},
		{"GET /login/sso", door.Public(), s.ssoBegin},
		{"GET " + SSOBack, door.Public(), s.ssoBack},
		{"POST /logout", door.Entering(), s.logout},
		{"GET /setup/{token}", door.Public(), s.setupPage},
		{"POST /setup/{token}", door.Public(), s.setup},
		{"GET /link/{token}", door.Public(), s.linkPage},
		{"POST /link/{token}", door.Public(), s.link},
		{"GET /a/{token}", door.Public(), s.cardPage},
		{"POST /a/{token}", door.Public(), s.card},
		{"GET /me", door.SignedIn(), s.mine.Me},
		{"POST /me", door.SignedIn(), s.mine.Change},
		{"POST /me/contacts", door.SignedIn(), s.mine.ChangeContacts},
		{"GET /me/factor", door.Entering(), s.mine.Factor},
		{"POST /me/factor", door.Entering(), s.mine.ChangeFactor},
		{"GET /me/tokens", door.SignedIn(), s.mine.MyTokens},
		{"POST /me/tokens", door.SignedIn(), s.mine.ChangeTokens},
		{"GET /help", door.SignedIn(), s.guide.Page},
	}
}

// work is posts, cases and alerts.
func (s *Server) work() []route {
	return []route{
		{"GET /{$}", door.Anybody(), s.overview},
		{"GET /screen", door.Screens(), s.screen.Show},
		{"GET /inbox", door.Triagers(), s.inbox.Show},
		{"POST /inbox", door.Triagers(), s.inbox.Act},
		{"POST /inbox/together", door.Triagers(), s.inbox.Together},
		{"POST /inbox/hold", door.Triagers(), s.inbox.Hold},
		{"GET /stream", door.Watchers(), s.stream},
		{"POST /stream/together", door.Triagers(), s.inbox.OpenMany},
		{"GET /stream/chosen", door.Triagers(), s.chosen.Show},
		{"POST /stream/chosen", door.Triagers(), s.chosen.Do},
		{"GET /views", door.CaseRoom(), s.saved.List},
		{"GET /views/{id}", door.CaseRoom(), s.saved.Open},
		{"POST /views", door.CaseRoom(), s.saved.Change},
		{"GET /events", door.Watchers(), s.events.List},
		{"GET /events/{id}", door.Watchers(), s.events.Event},
		{"POST /events/{id}", door.Triagers(), s.events.Decide},
		{"GET /posts/{id...}", door.CaseRoom(), s.posts.Post},
		{"POST /posts/{id...}", door.Correctors(), s.posts.Correct},
		{"POST /preserve/{id...}", door.Triagers(), s.posts.Preserve},
		{"POST /reveal/{id...}", door.Revealers(), s.posts.Reveal},
		{"GET /cases", door.CaseRoom(), s.cases},
		{"GET /cases/{no}", door.CaseRoom(), s.casePage},
		{"POST /cases/{no}", door.CaseRoom(), s.act},
		{"GET /cases/together", door.CaseRoom(), s.papers.Together},
		{"POST /cases/together", door.CaseRoom(), s.papers.ActTogether},
		{"POST /cases/{no}/inspect", door.CaseRoom(), s.papers.Inspect},
		{"POST /cases/{no}/files", door.CaseRoom(), s.papers.Attach},
		{"POST /cases/{no}/files/{digest}", door.CaseRoom(), s.papers.File},
		{"POST /cases/{no}/file", door.CaseRoom(), s.papers.Export},
		{"POST /cases/{no}/postings", door.CaseRoom(), s.papers.Publish},
		{"POST /cases/{no}/postings/{id}", door.CaseRoom(), s.papers.SettlePosting},
		{"GET /evidence/{no}/{post...}", door.Investigators(), s.gathering.Evidence},
		{"POST /evidence/{no}/{post...}", door.Investigators(), s.gathering.OpenEvidence},
		{"GET /alerts", door.CaseRoom(), s.alerts},
		{"GET /alerts/{id}", door.CaseRoom(), s.attending.Page},
		{"POST /alerts/{id}", door.CaseRoom(), s.attending.Do},
		{"GET /outcomes", door.CaseRoom(), s.outcomes.List},
		{"GET /outcomes/{figure}", door.CaseRoom(), s.outcomes.Behind},
		{"GET /heat", door.Watchers(), s.heat.List},
		{"GET /heat/{list}", door.Watchers(), s.heat.Behind},
		{"GET /supervision", door.Overseers(), s.cards.List},
		{"GET /supervision/{list}", door.Overseers(), s.cards.Cases},
		{"POST /supervision/mentions", door.Triagers(), s.cards.Mention},
		{"POST /supervision/formula", door.Scorers(), s.cards.Formula},
		{"GET /reports", door.CaseRoom(), s.reports.List},
		{"POST /reports", door.Triagers(), s.reports.Draft},
		{"GET /reports/schedules", door.Watchers(), s.reports.Schedules},
		{"POST /reports/schedules", door.Triagers(), s.reports.Schedule},
		{"GET /reports/{id}", door.CaseRoom(), s.reports.Report},
		{"POST /reports/{id}", door.Watchers(), s.reports.Do},
		{"GET /reports/{id}/print", door.CaseRoom(), s.reports.Print},
		{"POST /reports/{id}/file", door.CaseRoom(), s.reports.File},
		{"GET /reports/{id}/figures/{figure}", door.Watchers(), s.reports.Figure},
		{"GET /disclosure", door.Watchers(), s.register.Show},
		{"POST /disclosure", door.Triagers(), s.register.Enter},
		{"GET /exports", door.CaseRoom(), s.exports.List},
		{"POST /exports", door.CaseRoom(), s.exports.Ask},
		{"POST /exports/{id}/cancel", door.CaseRoom(), s.exports.Cancel},
		{"POST /exports/{id}/file", door.CaseRoom(), s.exports.File},
	}
}

// office is what keeps the work going: collection, people, channels, duty.
func (s *Server) office() []route {
	return []route{
		{"GET /silences", door.Silencers(), s.silences.List},
		{"POST /silences", door.Silencers(), s.silences.Change},
		{"GET /rules", door.RuleReaders(), s.rules.List},
		{"POST /rules/publication", door.RulePublishers(), s.rules.Publish},
		{"POST /rules/trial", door.RuleWriters(), s.rules.Try},
		{"GET /rules/new", door.RuleWriters(), s.rules.New},
		{"POST /rules/new", door.RuleWriters(), s.rules.Change},
		{"GET /rules/{id}", door.RuleReaders(), s.rules.Rule},
		{"POST /rules/{id}", door.RuleWriters(), s.rules.Change},
		{"POST /rules/{id}/why", door.RuleReaders(), s.rules.Why},
		{"GET /lexicon", door.RuleReaders(), s.lexicon.Show},
		{"POST /lexicon/{list}", door.RuleWriters(), s.lexicon.Change},
		{"POST /lexicon/{list}/try", door.RuleReaders(), s.lexicon.Try},
		{"POST /lexicon/{list}/export", door.RuleReaders(), s.lexicon.Export},
		{"POST /lexicon/{list}/return", door.RulePublishers(), s.lexicon.Return},
		{"GET /patrol", door.Machines(), s.patrol.List},
		{"GET /patrol/{id...}", door.Machines(), s.patrol.Finding},
		{"POST /patrol/{id...}", door.Machines(), s.patrol.Order},
		{"GET /sources", door.Machines(), s.gathering.Sources},
		{"GET /sources/register", door.Machines(), s.gathering.Register},
		{"GET /sources/register.csv", door.Machines(), s.gathering.RegisterFile},
		{"GET /sources/{id}", door.Machines(), s.gathering.Source},
		{"POST /sources", door.Admins(), s.gathering.Turn},
		{"POST /sources/{id}", door.Admins(), s.gathering.OrderSource},
		{"GET /admin", door.Admins(), s.admin.Page},
		{"POST /admin/check", door.Admins(), s.admin.Check},
		{"GET /admin/units", door.Admins(), s.admin.Units},
		{"GET /start", door.Admins(), s.start.Page},
		{"POST /start/people", door.Admins(), s.start.AddPerson},
		{"POST /start/source", door.Admins(), s.start.ChangeSource},
		{"POST /start/rule", door.Admins(), s.start.ChangeRule},
		{"POST /start/roster", door.Admins(), s.start.AddRoster},
		{"POST /start/test", door.Admins(), s.start.Test},
		{"GET /admin/users", door.Admins(), s.users},
		{"POST /admin/users", door.Admins(), s.changeUsers},
		{"GET /admin/users/{id}", door.Admins(), s.rights.Person},
		{"POST /admin/users/{id}", door.Admins(), s.rights.ChangePerson},
		{"GET /admin/tokens", door.Admins(), s.rights.Tokens},
		{"POST /admin/tokens", door.Admins(), s.rights.ChangeTokens},
		{"GET /admin/permissions", door.Admins(), s.rights.Permissions},
		{"GET /admin/access", door.Admins(), s.rights.Access},
		{"GET /admin/channels", door.Admins(), s.posting.Channels},
		{"POST /admin/channels", door.Admins(), s.posting.ChangeChannels},
		{"GET /deliveries/{id}", door.SignedIn(), s.posting.Delivery},
		{"POST /deliveries/{id}", door.Machines(), s.posting.Resend},
		{"GET /admin/refusals", door.Admins(), s.gathering.Refusals},
		{"POST /admin/refusals", door.Admins(), s.gathering.ChangeRefusals},
		{"GET /admin/parked", door.Admins(), s.parked.Show},
		{"POST /admin/parked", door.Admins(), s.parked.Settle},
		{"GET /admin/purges", door.Admins(), s.papers.Purges},
		{"POST /admin/purges", door.Admins(), s.papers.Purge},
		{"GET /intake", door.Clerks(), s.gathering.Intake},
		{"POST /intake", door.Clerks(), s.gathering.BringIn},
		{"POST /intake/{source}", door.Public(), s.push}, // by its signature
		{"GET /duty", door.SignedIn(), s.duty.Page},
		{"POST /duty", door.Rosterers(), s.duty.Change},
		{"POST /duty/table", door.Rosterers(), s.duty.Table},
		{"GET /duty/mine.ics", door.SignedIn(), s.duty.Mine},
	}
}

// machine is what browsers and monitors ask for by themselves.
func (s *Server) machine() []route {
	return []route{
		{"GET /live", door.Anybody(), s.live},
		{"GET /assets/", door.Public(), s.asset},
		{"GET /manifest.webmanifest", door.Public(), s.shortcut.Manifest},
		{"GET /sw.js", door.Public(), s.shortcut.Worker},
		{"GET /offline", door.Public(), s.shortcut.Offline},
		{"GET /favicon.ico", door.Public(), s.favicon},
		{"GET /healthz", door.Public(), s.healthy},
		{"GET /readyz", door.Public(), s.ready},
		{"GET /metrics", door.Public(), s.metrics},
		{"/", door.Public(), s.missing},
	}
}

// doors is every page and operation with those whom it lets in, for the table of
// permissions: the very rows that the doors go by.
func (s *Server) doors() []rights.Door {
	var out []rights.Door
	for _, r := range s.routes() {
		method, path, ok := strings.Cut(r.pattern, " ")
		if !ok {
			method, path = "", r.pattern
		}
		out = append(out, rights.Door{Method: method, Path: path, Who: r.who})
	}
	for _, r := range api.Rows() {
		out = append(out, rights.Door{Method: r.Method, Path: r.Path, Key: "web.api." + r.ID, Who: r.Who, API: true})
	}
	return out
}

// page is a route as a handler: the door first, then the page, then the one
// place where its error becomes an answer.
func (s *Server) page(r route) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		if err := r.who.Check(req.Context()); err != nil {
			s.Fail(w, req, err)
			return
		}
		if err := r.serve(w, req); err != nil {
			s.Fail(w, req, err)
		}
	})
}

func (s *Server) asset(w http.ResponseWriter, r *http.Request) error {
	s.Assets.ServeHTTP(w, r)
	return nil
}

// push lets another system's hand-overs through to where their signature is
// checked.
func (s *Server) push(w http.ResponseWriter, r *http.Request) error {
	if s.o.Push == nil {
		return huiying.Errorf(huiying.Unavailable, "web.error.no_handovers")
	}
	s.o.Push.ServeHTTP(w, r)
	return nil
}

func (s *Server) favicon(w http.ResponseWriter, r *http.Request) error {
	if u := s.Assets.URL("favicon.svg"); u != "" {
		http.Redirect(w, r, u, http.StatusFound)
		return nil
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// healthy says that the process answers at all.
func (s *Server) healthy(w http.ResponseWriter, _ *http.Request) error {
	return plain(w, http.StatusOK, "ok\n")
}

// ready says whether the process can do its work; the reason is in the log.
func (s *Server) ready(w http.ResponseWriter, r *http.Request) error {
	if err := s.o.Ready(r.Context()); err != nil {
		s.o.Logger.WarnContext(r.Context(), "not ready", "error", err)
		return plain(w, http.StatusServiceUnavailable, "not ready\n")
	}
	return plain(w, http.StatusOK, "ready\n")
}

func (s *Server) metrics(w http.ResponseWriter, r *http.Request) error {
	if s.o.Gatherer == nil {
		return huiying.Errorf(huiying.NotFound, "web.error.no_page")
	}
	promhttp.HandlerFor(s.o.Gatherer, promhttp.HandlerOpts{}).ServeHTTP(w, r)
	return nil
}

func (s *Server) missing(http.ResponseWriter, *http.Request) error {
	return huiying.Errorf(huiying.NotFound, "web.error.no_page")
}

func plain(w http.ResponseWriter, status int, text string) error {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.WriteHeader(status)
	_, err := w.Write([]byte(text))
	return err
}
