package api

import (
	"cmp"
	"context"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"time"

	"huiying"
	"huiying/internal/query"
	"huiying/internal/web/door"
)

// operations is the table of the API.
func (*service) operations() []operation {
	return append([]operation{
		op(http.MethodPost, "/session", "sign-in", door.Public(), (*service).signIn),
		op(http.MethodDelete, "/session", "sign-out", door.Entering(), (*service).signOut),
		op(http.MethodGet, "/me", "get-me", door.SignedIn(), (*service).me),
		op(http.MethodGet, "/users", "list-users", door.Admins(), (*service).users),
		op(http.MethodGet, "/cases", "list-cases", door.CaseRoom(), (*service).cases),
		op(http.MethodGet, "/cases/{no}", "get-case", door.CaseRoom(), (*service).getCase),
		op(http.MethodPost, "/cases/{no}/actions", "act-on-case", door.CaseRoom(), (*service).act),
		op(http.MethodPost, "/cases/together", "act-on-cases", door.CaseRoom(), (*service).together),
		op(http.MethodGet, "/cases/{no}/templates", "list-templates", door.CaseRoom(), (*service).templates),
		op(http.MethodPost, "/cases/{no}/inspect", "inspect-reply", door.CaseRoom(), (*service).inspect),
		op(http.MethodGet, "/cases/{no}/drafts", "list-drafts", door.CaseRoom(), (*service).drafts),
		op(http.MethodPost, "/cases/{no}/files", "attach-file", door.CaseRoom(), (*service).attach, body{limit: MaxUpload}),
		op(http.MethodGet, "/cases/{no}/files/{digest}", "get-file", door.CaseRoom(), (*service).file),
		op(http.MethodGet, "/cases/{no}/file", "export-case", door.CaseRoom(), (*service).export),
		op(http.MethodGet, "/rules", "list-rules", door.RuleReaders(), (*service).rules),
		op(http.MethodPut, "/rules/{id}", "put-rule", door.RuleWriters(), (*service).putRule),
		op(http.MethodDelete, "/rules/{id}", "drop-rule", door.RuleWriters(), (*service).dropRule),
		op(http.MethodPost, "/rules/publication", "publish-rules", door.RulePublishers(), (*service).publishRules),
		op(http.MethodPost, "/rules/explain", "explain-rule", door.RuleReaders(), (*service).explainRule),
		op(http.MethodGet, "/rules/trial", "get-trial", door.RuleReaders(), (*service).ruleTrial),
		op(http.MethodPost, "/rules/trial", "try-rules", door.RuleWriters(), (*service).tryRules),
		op(http.MethodDelete, "/rules/trial", "stop-trial", door.RuleWriters(), (*service).stopTrial),
		op(http.MethodGet, "/cases/{no}/postings", "list-postings", door.CaseRoom(), (*service).postings),
		op(http.MethodPost, "/cases/{no}/postings", "publish-reply", door.CaseRoom(), (*service).publish),
		op(http.MethodPost, "/cases/{no}/postings/{id}", "settle-posting", door.CaseRoom(), (*service).settlePosting),
		op(http.MethodPost, "/cases/{no}/purge", "purge-case", door.Admins(), (*service).purge),
		op(http.MethodGet, "/purges", "list-purges", door.Admins(), (*service).purges),
		op(http.MethodPost, "/cases/{no}/evidence", "open-evidence", door.Investigators(), (*service).openEvidence),
		op(http.MethodGet, "/posts", "list-posts", door.Watchers(), (*service).posts),
		op(http.MethodGet, "/posts/{id}", "get-post", door.CaseRoom(), (*service).getPost),
		op(http.MethodGet, "/posts/{id}/corrections", "list-corrections", door.CaseRoom(), (*service).corrections),
		op(http.MethodPost, "/posts/{id}/corrections", "correct-post", door.Correctors(), (*service).correct),
		op(http.MethodGet, "/topics", "list-topics", door.Watchers(), (*service).topics),
		op(http.MethodGet, "/topics/{id}", "get-topic", door.Watchers(), (*service).topic),
		op(http.MethodPost, "/topics/{id}/decisions", "decide-topic", door.Triagers(), (*service).decide),
		op(http.MethodGet, "/inbox", "list-inbox", door.Triagers(), (*service).inbox),
		op(http.MethodPost, "/inbox/open", "open-case", door.Triagers(), (*service).open),
		op(http.MethodPost, "/inbox/aside", "set-aside", door.Triagers(), (*service).aside),
		op(http.MethodGet, "/alerts", "list-alerts", door.CaseRoom(), (*service).alerts),
		op(http.MethodGet, "/sources", "list-sources", door.Machines(), (*service).sources),
		op(http.MethodPost, "/sources/{id}/backfill", "backfill-source", door.Admins(), (*service).backfill),
		op(http.MethodPost, "/handovers", "hand-over", door.Clerks(), (*service).handOver,
			body{limit: MaxHandovers, form: reflect.TypeFor[HandoverList]()}),
		op(http.MethodPost, "/handovers/sheet", "hand-over-sheet", door.Clerks(), (*service).handOverSheet, body{limit: MaxSheet}),
		op(http.MethodGet, "/collection", "get-collection", door.Machines(), (*service).collection),
		op(http.MethodPut, "/collection", "turn-collection", door.Admins(), (*service).turn),
		op(http.MethodGet, "/parked", "list-parked", door.Admins(), (*service).parked),
		op(http.MethodPost, "/parked/{room}", "settle-parked", door.Admins(), (*service).settleParked),
		op(http.MethodGet, "/refusals", "list-refusals", door.Admins(), (*service).refusals),
		op(http.MethodPost, "/refusals", "refuse", door.Admins(), (*service).addRefusal),
		op(http.MethodDelete, "/refusals/{id}", "lift-refusal", door.Admins(), (*service).lift),
		op(http.MethodGet, "/duty", "get-duty", door.SignedIn(), (*service).duty),
		op(http.MethodPost, "/duty/changes", "change-duty", door.Rosterers(), (*service).changeDuty),
		op(http.MethodDelete, "/duty/changes/{id}", "withdraw-duty-change", door.Rosterers(), (*service).withdrawDuty),
		op(http.MethodPut, "/duty/rosters/{id}", "put-roster", door.Planners(), (*service).putRoster),
		op(http.MethodPut, "/duty/rosters/{id}/table", "put-duty-table", door.Rosterers(), (*service).dutyTable),
		op(http.MethodGet, "/metrics/summary", "get-summary", door.SignedIn(), (*service).summary),
	}, slices.Concat(inboxOperations(), searchOperations(), savedOperations(), routeOperations(), deliveryOperations(), noticeOperations(), attendOperations(), measureOperations(), heatOperations(), supervisionOperations(), effectOperations(), disclosureOperations(), exportOperations(), reportOperations(), lexiconOperations(), patrolOperations())...)
}

// none is an operation's input or output without anything.
type none struct{}

type signInIn struct {
	Body struct {
		ID       string `json:"id" doc:"The account"`
		Password string `json:"password"`
		Code     string `json:"code,omitempty" doc:"Of the second factor, where the account has one"`
	}
}

type signInOut struct {
	Body struct {
		Token string `json:"token" doc:"For the header Authorization: Bearer"`
	}
}

func (s *service) signIn(ctx context.Context, in *signInIn) (*signInOut, error) {
	from := door.Visitor(request(ctx))
	e, err := s.o.Accounts.SignIn(ctx, in.Body.ID, in.Body.Password, from)
	if err == nil && e.Session == "" {
		if in.Body.Code == "" {
			return nil, huiying.Errorf(huiying.Unauthorized, "factor.code_needed")
		}
		e, err = s.o.Accounts.SecondStep(ctx, e.Step, in.Body.Code, from)
	}
	out := &signInOut{}
	out.Body.Token = e.Session
	return out, err
}

func (s *service) signOut(ctx context.Context, _ *none) (*none, error) {
	return &none{}, s.o.Accounts.SignOut(ctx, door.Token(ctx))
}

// Me is who is signed in.
type Me struct {
	Person huiying.Person `json:"person"`
	Lang   string         `json:"lang"`
	Theme  string         `json:"theme"`
}

type meOut struct{ Body Me }

func (s *service) me(ctx context.Context, _ *none) (*meOut, error) {
	a := account(ctx)
	return &meOut{Body: Me{Person: a.Person, Lang: a.Lang, Theme: a.Theme}}, nil
}

// User is one account as the administrator sees it.
type User struct {
	Person      huiying.Person `json:"person"`
	Origin      string         `json:"origin" doc:"The file that defines the person; empty when made on a page"`
	Disabled    bool           `json:"disabled"`
	HasPassword bool           `json:"has_password"`
	CreatedAt   time.Time      `json:"created_at"`
}

type usersOut struct {
	Body struct {
		Users []User `json:"users"`
	}
}

func (s *service) users(ctx context.Context, _ *none) (*usersOut, error) {
	list, err := s.o.Accounts.Accounts(ctx)
	out := &usersOut{}
	out.Body.Users = make([]User, 0, len(list))
	for _, a := range list {
		out.Body.Users = append(out.Body.Users, User{a.Person, a.Origin, a.Disabled, a.HasPassword, a.CreatedAt.In(s.o.Zone)})
	}
	return out, err
}

// SourceHealth is how one source did in the last 24 hours.
type SourceHealth struct {
	Source   string              `json:"source"`
	State    huiying.SourceState `json:"state"`
	LastAt   time.Time           `json:"last_at"`
	NextAt   time.Time           `json:"next_at"`
	Reason   string              `json:"reason" doc:"Why the state is not ok"`
	Detail   string              `json:"detail"`
	Visits   int                 `json:"visits"`
	Failed   int                 `json:"failed"`
	Posts    int                 `json:"posts"`
	Accepted int                 `json:"accepted"`
	Capped   int                 `json:"capped" doc:"Visits that stopped before the end was reached"`
	Empty    int                 `json:"empty" doc:"Visits that were answered and found nothing"`
	Asked    int                 `json:"asked" doc:"Exchanges with the site, each once"`
	Got      int                 `json:"got"`
	Blocked  int                 `json:"blocked"`
	Failures int                 `json:"failed_exchanges"`
	LastOK   time.Time           `json:"last_ok"`
	Gaps     []Gap               `json:"gaps"`
}

type sourcesOut struct {
	Body struct {
		Sources []SourceHealth `json:"sources"`
	}
}

type backfillIn struct {
	ID   string `path:"id" doc:"The source"`
	Body struct {
		From time.Time `json:"from" doc:"Publication time from which on"`
		To   time.Time `json:"to" doc:"and before which"`
	}
}

// backfill queues the reading of a past window. What it brings never alerts
// where it is older than the office's limit.
func (s *service) backfill(ctx context.Context, in *backfillIn) (*none, error) {
	return &none{}, s.o.Backfill(ctx, query.Backfill{
		Source: in.ID, Actor: account(ctx).Actor(), From: in.Body.From, To: in.Body.To,
	})
}

func (s *service) sources(ctx context.Context, _ *none) (*sourcesOut, error) {
	rows, err := s.o.Views.Sources(ctx)
	out := &sourcesOut{}
	out.Body.Sources = make([]SourceHealth, 0, len(rows))
	for _, r := range rows {
		one := SourceHealth{
			Source: r.Source, State: cmp.Or(r.Last.State, huiying.SourceNew), LastAt: s.in(r.Last.At), NextAt: s.in(r.Last.NextAt), Detail: r.Last.Detail,
			Visits: r.Visits, Failed: r.Failed, Posts: r.Posts, Accepted: r.Accepted, Capped: r.Capped,
			Empty: r.Total.Empty, Asked: r.Total.Asked, Got: r.Total.Got, Blocked: r.Total.Stopped, Failures: r.Total.Failed,
			LastOK: s.in(r.LastOK), Gaps: s.gaps(ctx, r.Gaps),
		}
		if r.Last.Reason != "" {
			one.Reason = s.o.Catalogue.Text(langOf(ctx), r.Last.Reason)
		}
		out.Body.Sources = append(out.Body.Sources, one)
	}
	return out, err
}

// Summary is the figures of the overview.
type Summary struct {
	DataAt               time.Time     `json:"data_at"`
	PostsToday           int           `json:"posts_today"`
	PostsBefore          int           `json:"posts_yesterday_same_time"`
	Urgent               int           `json:"urgent_alerts_today" doc:"Red and orange"`
	UrgentOpen           int           `json:"urgent_alerts_unacknowledged"`
	Waiting              int           `json:"waiting" doc:"Items to triage"`
	Overdue              int           `json:"overdue" doc:"Open cases with a missed clock"`
	FirstResponseSeconds float64       `json:"first_response_seconds" doc:"Median over 30 days, from the first sighting"`
	Responded            int           `json:"responded" doc:"Cases the median is of"`
	OnTime               int           `json:"on_time"`
	Answered             int           `json:"answered"`
	OverdueOpen          int           `json:"overdue_open" doc:"Missed and still unanswered"`
	Hours                []SummaryHour `json:"hours"`
	Coverage             Coverage      `json:"coverage" doc:"Of the hours"`
}

// SummaryHour is one hour of posts by level.
type SummaryHour struct {
	From  time.Time      `json:"from"`
	Count map[string]int `json:"count"`
}

type summaryOut struct{ Body Summary }

func (s *service) summary(ctx context.Context, _ *none) (*summaryOut, error) {
	o, err := s.o.Views.Overview(ctx, account(ctx).Scope())
	b := Summary{
		DataAt: s.in(o.DataAt), PostsToday: o.PostsToday, PostsBefore: o.PostsBefore, Urgent: o.Urgent, UrgentOpen: o.UrgentOpen,
		Waiting: o.Waiting, Overdue: o.Overdue, FirstResponseSeconds: o.FirstResponse.Seconds(), Responded: o.Responded,
		OnTime: o.OnTime, Answered: o.Answered, OverdueOpen: o.OverdueOpen, Hours: make([]SummaryHour, 0, len(o.Hours)),
	}
	for _, h := range o.Hours {
		hour := SummaryHour{From: s.in(h.From), Count: map[string]int{}}
		for level, n := range h.Count {
			hour.Count[cmp.Or(strings.TrimSpace(string(level)), string(huiying.LevelNone))] = n
		}
		b.Hours = append(b.Hours, hour)
	}
	if err == nil && len(o.Hours) > 0 {
		b.Coverage, err = s.coverage(ctx, query.CoverageFilter{From: o.Hours[0].From})
	}
	return &summaryOut{Body: b}, err
}
