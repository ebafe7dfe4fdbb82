package api

import (
	"cmp"
	"context"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"huiying"
	"huiying/internal/query"
	"huiying/internal/web/door"
	"huiying/internal/web/mark"
)

// operations is the table of the API.
func (*service) operations() []operation {
	triagers := door.Roles(huiying.RoleOfficer, huiying.RoleManager)
	caseRoom := door.Roles(huiying.RoleOfficer, huiying.RoleResponder, huiying.RoleReviewer, huiying.RoleManager)
	watchers := door.Roles(huiying.RoleOfficer, huiying.RoleReviewer, huiying.RoleManager)
	machines := door.Roles(huiying.RoleOfficer, huiying.RoleManager, huiying.RoleAdmin)
	admins := door.Roles(huiying.RoleAdmin)
	return []operation{
		op(http.MethodPost, "/session", "sign-in", door.Public(), (*service).signIn),
		op(http.MethodDelete, "/session", "sign-out", door.SignedIn(), (*service).signOut),
		op(http.MethodGet, "/me", "get-me", door.SignedIn(), (*service).me),
		op(http.MethodGet, "/users", "list-users", admins, (*service).users),
		op(http.MethodGet, "/cases", "list-cases", caseRoom, (*service).cases),
		op(http.MethodGet, "/cases/{no}", "get-case", caseRoom, (*service).getCase),
		op(http.MethodPost, "/cases/{no}/actions", "act-on-case", caseRoom, (*service).act),
		op(http.MethodGet, "/posts", "list-posts", watchers, (*service).posts),
		op(http.MethodGet, "/posts/{id}", "get-post", caseRoom, (*service).getPost),
		op(http.MethodGet, "/inbox", "list-inbox", triagers, (*service).inbox),
		op(http.MethodPost, "/inbox/open", "open-case", triagers, (*service).open),
		op(http.MethodPost, "/inbox/aside", "set-aside", triagers, (*service).aside),
		op(http.MethodGet, "/alerts", "list-alerts", caseRoom, (*service).alerts),
		op(http.MethodGet, "/sources", "list-sources", machines, (*service).sources),
		op(http.MethodGet, "/metrics/summary", "get-summary", door.SignedIn(), (*service).summary),
	}
}

// none is an operation's input or output without anything.
type none struct{}

type signInIn struct {
	Body struct {
		ID       string `json:"id" doc:"The account"`
		Password string `json:"password"`
	}
}

type signInOut struct {
	Body struct {
		Token string `json:"token" doc:"For the header Authorization: Bearer"`
	}
}

func (s *service) signIn(ctx context.Context, in *signInIn) (*signInOut, error) {
	token, err := s.o.Accounts.SignIn(ctx, in.Body.ID, in.Body.Password, door.Visitor(request(ctx)))
	out := &signInOut{}
	out.Body.Token = token
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

type casesIn struct {
	State  []string `query:"state,explode" doc:"One or more states"`
	Level  []string `query:"level,explode" doc:"One or more levels"`
	Unit   string   `query:"unit"`
	Owner  string   `query:"owner"`
	Clock  string   `query:"clock" enum:"overdue,soon" doc:"Only open cases whose clock was missed, or is due within the hour"`
	Text   string   `query:"q" doc:"In title or number"`
	Sort   string   `query:"sort" enum:"new,due" doc:"The newest first, or the most pressing open ones first"`
	Before string   `query:"before" doc:"The value of next of the page before"`
	Limit  int      `query:"limit" minimum:"1" maximum:"500" default:"100"`
}

type casesOut struct {
	Body struct {
		Cases []huiying.Case `json:"cases"`
		Next  string         `json:"next" doc:"For before; empty at the end"`
		Total int            `json:"total"`
	}
}

func (s *service) cases(ctx context.Context, in *casesIn) (*casesOut, error) {
	f := query.CaseFilter{
		Scope: account(ctx).Scope(), Levels: levelsOf(in.Level), Unit: in.Unit, Owner: in.Owner, Clock: in.Clock,
		Text: in.Text, ByDue: in.Sort == "due", Before: in.Before, Limit: in.Limit,
	}
	for _, state := range in.State {
		f.States = append(f.States, huiying.CaseState(state))
	}
	list, err := s.o.Views.Cases(ctx, f)
	out := &casesOut{}
	out.Body.Cases = make([]huiying.Case, 0, len(list.Rows))
	for _, c := range list.Rows {
		out.Body.Cases = append(out.Body.Cases, c.In(s.o.Zone))
	}
	out.Body.Next, out.Body.Total = list.Next, list.Total
	return out, err
}

func levelsOf(in []string) []huiying.Level {
	var out []huiying.Level
	for _, l := range in {
		out = append(out, huiying.Level(l))
	}
	return out
}

// Action is one action of the case machine: whether the caller may take it now
// and, if not, why.
type Action struct {
	Action  string   `json:"action"`
	Allowed bool     `json:"allowed"`
	Why     string   `json:"why" doc:"What is missing; empty when allowed"`
	Fields  []string `json:"fields" doc:"The fields it takes; a required one ends in !"`
}

// FullCase is a case with all that belongs to it.
type FullCase struct {
	Case       huiying.Case       `json:"case"`
	Steps      []huiying.Step     `json:"steps"`
	Texts      map[string]string  `json:"texts" doc:"Words of the steps by digest, as far as they are kept"`
	Deliveries []huiying.Delivery `json:"deliveries"`
	Posts      []Post             `json:"posts"`
	Actions    []Action           `json:"actions"`
}

type caseIn struct {
	No string `path:"no" doc:"HY20261123-0001"`
}

type fullCaseOut struct{ Body FullCase }

func (s *service) getCase(ctx context.Context, in *caseIn) (*fullCaseOut, error) {
	a := account(ctx)
	page, err := s.o.Views.Case(ctx, a.Scope(), in.No)
	if err != nil {
		return nil, err
	}
	body := FullCase{
		Case: page.Case.In(s.o.Zone), Steps: slices.Clone(page.Steps), Texts: page.Texts,
		Deliveries: make([]huiying.Delivery, 0, len(page.Deliveries)), Posts: make([]Post, 0, len(page.Posts)), Actions: []Action{},
	}
	for i := range body.Steps {
		body.Steps[i].At = body.Steps[i].At.In(s.o.Zone)
	}
	for _, d := range page.Deliveries {
		body.Deliveries = append(body.Deliveries, s.delivery(d))
	}
	for _, row := range page.Posts {
		body.Posts = append(body.Posts, s.post(row))
	}
	for _, c := range s.o.Cases.Choices(page.Case, a.Actor()) {
		one := Action{Action: c.Action, Allowed: c.Allowed, Fields: c.Fields}
		if c.Why != nil {
			one.Why = s.o.Catalogue.Sentence(langOf(ctx), c.Why)
		}
		body.Actions = append(body.Actions, one)
	}
	return &fullCaseOut{Body: body}, nil
}

type actIn struct {
	No   string `path:"no"`
	Body struct {
		Action  string            `json:"action" doc:"An action of the case machine: assign, ack, submit …"`
		Version int               `json:"version,omitempty" doc:"The version the caller saw; 0 where it does not matter"`
		Fields  map[string]string `json:"fields,omitempty"`
	}
}

type oneCaseOut struct {
	Body struct {
		Case huiying.Case `json:"case"`
	}
}

func (s *service) act(ctx context.Context, in *actIn) (*oneCaseOut, error) {
	a := account(ctx)
	if _, err := s.o.Views.Case(ctx, a.Scope(), in.No); err != nil {
		return nil, err
	}
	c, err := s.o.Cases.Do(ctx, huiying.Command{
		CaseNo: in.No, Action: in.Body.Action, Actor: a.Actor(), Version: in.Body.Version, Fields: in.Body.Fields,
	})
	return s.oneCase(c), err
}

func (s *service) oneCase(c huiying.Case) *oneCaseOut {
	out := &oneCaseOut{}
	out.Body.Case = c.In(s.o.Zone)
	return out
}

// Post is one post with its judgement, personal data masked.
type Post struct {
	huiying.Judgement
	Revision    string    `json:"revision"`
	FirstSeenAt time.Time `json:"first_seen_at"`
	CaseNo      string    `json:"case_no"`
	Triaged     bool      `json:"triaged"`
}

func (s *service) post(row query.PostRow) Post {
	j := mark.Masked(row.Judgement)
	j.Post = j.Post.In(s.o.Zone)
	return Post{Judgement: j, Revision: row.Revision, FirstSeenAt: row.FirstSeenAt.In(s.o.Zone), CaseNo: row.CaseNo, Triaged: row.Triaged}
}

type postsIn struct {
	Level    []string  `query:"level,explode"`
	Source   string    `query:"source"`
	Platform string    `query:"platform"`
	Rule     string    `query:"rule"`
	Text     string    `query:"q"`
	Tagged   bool      `query:"tagged" doc:"Only posts that a rule holds for"`
	From     time.Time `query:"from" doc:"Collected at or after"`
	To       time.Time `query:"to" doc:"Collected before"`
	Before   int64     `query:"before" doc:"The value of next of the page before"`
	Limit    int       `query:"limit" minimum:"1" maximum:"500" default:"50"`
}

type postsOut struct {
	Body struct {
		Posts []Post `json:"posts"`
		Next  int64  `json:"next" doc:"For before; 0 at the end"`
		Total int    `json:"total" doc:"At most 10000"`
		More  bool   `json:"more" doc:"There are more than total"`
	}
}

func (s *service) posts(ctx context.Context, in *postsIn) (*postsOut, error) {
	return s.postList(ctx, query.PostFilter{
		Scope: account(ctx).Scope(), Levels: levelsOf(in.Level), Source: in.Source, Platform: in.Platform, Rule: in.Rule,
		Text: in.Text, Tagged: in.Tagged, From: in.From, To: in.To, Before: in.Before, Limit: in.Limit,
	})
}

func (s *service) postList(ctx context.Context, f query.PostFilter) (*postsOut, error) {
	list, err := s.o.Views.Posts(ctx, f)
	out := &postsOut{}
	out.Body.Posts = make([]Post, 0, len(list.Rows))
	for _, row := range list.Rows {
		out.Body.Posts = append(out.Body.Posts, s.post(row))
	}
	out.Body.Next, out.Body.Total, out.Body.More = list.Next, list.Total, list.More
	return out, err
}

type postIn struct {
	ID string `path:"id" doc:"platform:native id, percent-encoded"`
}

type postOut struct {
	Body struct {
		Post      Post           `json:"post"`
		Revisions []PostRevision `json:"revisions"`
		Similar   int            `json:"similar" doc:"Other posts of its topic"`
	}
}

// PostRevision is one state of a post as it was collected.
type PostRevision struct {
	Revision    string    `json:"revision"`
	CollectedAt time.Time `json:"collected_at"`
	Deleted     bool      `json:"deleted"`
	Edited      bool      `json:"edited"`
}

func (s *service) getPost(ctx context.Context, in *postIn) (*postOut, error) {
	page, err := s.o.Views.Post(ctx, account(ctx).Scope(), in.ID)
	if err != nil {
		return nil, err
	}
	out := &postOut{}
	out.Body.Post, out.Body.Similar = s.post(page.PostRow), page.Similar
	out.Body.Revisions = make([]PostRevision, 0, len(page.Revisions))
	for _, r := range page.Revisions {
		out.Body.Revisions = append(out.Body.Revisions, PostRevision{r.Revision, r.CollectedAt.In(s.o.Zone), r.Post.Deleted, r.Post.Edited})
	}
	return out, nil
}

type inboxOut struct {
	Body struct {
		Cases []huiying.Case `json:"cases" doc:"Cases nobody has triaged"`
		Posts []Post         `json:"posts" doc:"Tagged posts without a case"`
		Total int            `json:"total"`
	}
}

func (s *service) inbox(ctx context.Context, _ *none) (*inboxOut, error) {
	all := query.Scope{All: true}
	cases, err := s.o.Views.Cases(ctx, query.CaseFilter{Scope: all, States: []huiying.CaseState{huiying.StatePendingTriage}, Limit: 500})
	if err != nil {
		return nil, err
	}
	posts, err := s.postList(ctx, query.PostFilter{Scope: all, Untended: true, Limit: 500})
	if err != nil {
		return nil, err
	}
	out := &inboxOut{}
	out.Body.Cases = make([]huiying.Case, 0, len(cases.Rows))
	for _, c := range cases.Rows {
		out.Body.Cases = append(out.Body.Cases, c.In(s.o.Zone))
	}
	out.Body.Posts, out.Body.Total = posts.Body.Posts, cases.Total+posts.Body.Total
	return out, nil
}

type openIn struct {
	Body struct {
		Post  string `json:"post" doc:"Id of a tagged post without a case"`
		Unit  string `json:"unit,omitempty" doc:"Assign at once to this unit"`
		Owner string `json:"owner,omitempty"`
		Level string `json:"level,omitempty" doc:"Empty keeps the post's own"`
		Note  string `json:"note,omitempty"`
	}
}

func (s *service) open(ctx context.Context, in *openIn) (*oneCaseOut, error) {
	b := in.Body
	c, err := s.o.Triage.Open(ctx, query.Opening{
		Post: b.Post, Actor: account(ctx).Actor(), Unit: b.Unit, Owner: b.Owner, Level: huiying.Level(b.Level), Note: b.Note,
	})
	return s.oneCase(c), err
}

type asideIn struct {
	Body struct {
		Post   string `json:"post"`
		Reason string `json:"reason" enum:"false_alarm,watch"`
	}
}

func (s *service) aside(ctx context.Context, in *asideIn) (*none, error) {
	return &none{}, s.o.Triage.SetAside(ctx, query.Aside{Post: in.Body.Post, Actor: account(ctx).Actor(), Reason: in.Body.Reason})
}

// Alert is one alert with what became of it.
type Alert struct {
	huiying.Alert
	Deliveries []huiying.Delivery `json:"deliveries"`
	AckedAt    time.Time          `json:"acked_at"`
	AckedBy    string             `json:"acked_by"`
	CaseState  huiying.CaseState  `json:"case_state"`
}

type alertsIn struct {
	Level  []string `query:"level,explode"`
	Unit   string   `query:"unit"`
	Case   string   `query:"case"`
	Open   bool     `query:"open" doc:"Only those nobody acknowledged"`
	Mine   bool     `query:"mine" doc:"Only those delivered to the caller"`
	Before string   `query:"before" doc:"The value of next of the page before"`
	Limit  int      `query:"limit" minimum:"1" maximum:"500" default:"50"`
}

type alertsOut struct {
	Body struct {
		Alerts []Alert `json:"alerts"`
		Next   string  `json:"next" doc:"For before; empty at the end"`
		Total  int     `json:"total"`
	}
}

func (s *service) alerts(ctx context.Context, in *alertsIn) (*alertsOut, error) {
	a := account(ctx)
	f := query.AlertFilter{Scope: a.Scope(), Levels: levelsOf(in.Level), Unit: in.Unit, CaseNo: in.Case, Unread: in.Open, Limit: in.Limit}
	if in.Mine {
		f.Person = a.Person.ID
	}
	if us, err := strconv.ParseInt(in.Before, 10, 64); err == nil && us > 0 {
		f.Before = time.UnixMicro(us)
	}
	list, err := s.o.Views.Alerts(ctx, f)
	if err != nil {
		return nil, err
	}
	out := &alertsOut{}
	out.Body.Total = list.Total
	out.Body.Alerts = make([]Alert, 0, len(list.Rows))
	for _, row := range list.Rows {
		one := Alert{Alert: s.alert(row.Alert), AckedAt: s.in(row.AckedAt), AckedBy: row.AckedBy, CaseState: row.CaseState, Deliveries: []huiying.Delivery{}}
		for _, d := range row.Deliveries {
			one.Deliveries = append(one.Deliveries, s.delivery(d))
		}
		out.Body.Alerts = append(out.Body.Alerts, one)
	}
	if !list.Next.IsZero() {
		out.Body.Next = strconv.FormatInt(list.Next.UnixMicro(), 10)
	}
	return out, nil
}

func (s *service) alert(a huiying.Alert) huiying.Alert {
	a.AcceptedAt, a.RaisedAt = s.in(a.AcceptedAt), s.in(a.RaisedAt)
	return a
}

func (s *service) delivery(d huiying.Delivery) huiying.Delivery {
	d.Alert = s.alert(d.Alert)
	for _, t := range []*time.Time{&d.NextAt, &d.CreatedAt, &d.AcceptedAt, &d.ReadAt, &d.AckedAt} {
		*t = s.in(*t)
	}
	return d
}

func (s *service) in(t time.Time) time.Time {
	if t.IsZero() {
		return t
	}
	return t.In(s.o.Zone)
}

// Source is how one source did in the last 24 hours.
type Source struct {
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
}

type sourcesOut struct {
	Body struct {
		Sources []Source `json:"sources"`
	}
}

func (s *service) sources(ctx context.Context, _ *none) (*sourcesOut, error) {
	rows, err := s.o.Views.Sources(ctx)
	out := &sourcesOut{}
	out.Body.Sources = make([]Source, 0, len(rows))
	for _, r := range rows {
		one := Source{
			Source: r.Source, State: r.Last.State, LastAt: s.in(r.Last.At), NextAt: s.in(r.Last.NextAt), Detail: r.Last.Detail,
			Visits: r.Visits, Failed: r.Failed, Posts: r.Posts, Accepted: r.Accepted, Capped: r.Capped,
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
	return &summaryOut{Body: b}, err
}
