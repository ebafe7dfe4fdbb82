package api

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"huiying/internal/query"
	"huiying/internal/web/door"
)

// ReportDesk drafts, reviews and releases reports.
type ReportDesk interface {
	List(ctx context.Context, a query.Account, f query.ReportFilter) (query.ReportList, error)
	Draft(ctx context.Context, a query.ReportAsk) (query.Report, error)
	Do(ctx context.Context, d query.ReportDo) (query.Report, error)
}

// ReportReader reads reports.
type ReportReader interface {
	// Open counts nothing; Compare says what differs by now.
	Open(ctx context.Context, a query.Account, id string) (query.ReportPage, error)
	Compare(ctx context.Context, a query.Account, id string) (query.ReportPage, error)
	Figure(ctx context.Context, a query.Account, id, figure string) (query.ReportFigure, error)
	// File gives a report out and notes who takes it; print is the page that is
	// looked at.
	File(ctx context.Context, a query.Account, id, format string) (query.ReportFile, error)
}

// ReportClock has reports made by themselves.
type ReportClock interface {
	Schedules(ctx context.Context) ([]query.ReportSchedule, error)
	Put(ctx context.Context, a query.Account, s query.ReportSchedule) (query.ReportSchedule, error)
	Drop(ctx context.Context, a query.Account, id string) error
}

// Reports is everything about reports.
type Reports interface {
	ReportDesk
	ReportReader
	ReportClock
}

// reportOperations are the rows of the table about reports. Programs read them;
// what is drafted and released is people's work.
func reportOperations() []operation {
	return []operation{
		op(http.MethodGet, "/reports", "list-reports", door.CaseRoom(), (*service).reports),
		op(http.MethodPost, "/reports", "draft-report", door.Triagers(), (*service).draftReport),
		op(http.MethodGet, "/reports/{id}", "get-report", door.CaseRoom(), (*service).report),
		op(http.MethodPost, "/reports/{id}", "do-report", door.Watchers(), (*service).doReport),
		op(http.MethodGet, "/reports/{id}/file", "get-report-file", door.CaseRoom(), (*service).reportFile),
		op(http.MethodGet, "/reports/{id}/figures/{figure}", "get-report-figure", door.Watchers(), (*service).reportFigure),
		op(http.MethodGet, "/report-schedules", "list-report-schedules", door.Watchers(), (*service).reportSchedules),
		op(http.MethodPut, "/report-schedules", "put-report-schedule", door.Triagers(), (*service).putReportSchedule),
		op(http.MethodDelete, "/report-schedules/{id}", "drop-report-schedule", door.Triagers(), (*service).dropReportSchedule),
	}
}

// reported is a report with its times in the office's zone.
func (s *service) reported(r query.Report) query.Report {
	for _, t := range []*time.Time{&r.From, &r.To, &r.CreatedAt, &r.SubmittedAt, &r.ReleasedAt} {
		*t = s.in(*t)
	}
	return r
}

type reportsIn struct {
	Kind   string `query:"kind" enum:"daily,weekly,monthly,special"`
	State  string `query:"state" enum:"draft,review,released"`
	Before string `query:"before" doc:"Id of the last one of the page before"`
}

type reportsOut struct {
	Body struct {
		Reports []query.Report `json:"reports" doc:"The latest period first"`
		Next    string         `json:"next,omitempty" doc:"Before of the page that follows"`
	}
}

func (s *service) reports(ctx context.Context, in *reportsIn) (*reportsOut, error) {
	list, err := s.o.Reports.List(ctx, account(ctx), query.ReportFilter{Kind: in.Kind, State: in.State, Before: in.Before})
	out := &reportsOut{}
	out.Body.Reports, out.Body.Next = make([]query.Report, 0, len(list.Rows)), list.Next
	for _, r := range list.Rows {
		out.Body.Reports = append(out.Body.Reports, s.reported(r))
	}
	return out, err
}

type draftReportIn struct {
	Body struct {
		Kind  string `json:"kind" enum:"daily,weekly,monthly,special"`
		Day   string `json:"day,omitempty" doc:"In the day, week or month" example:"2026-11-26"`
		To    string `json:"to,omitempty" doc:"The last day of another period, which begins with day"`
		Event string `json:"event,omitempty" doc:"Of a special report"`
		Title string `json:"title,omitempty" doc:"What the event is called in the report"`
	}
}

type reportOut struct{ Body query.Report }

func (s *service) draftReport(ctx context.Context, in *draftReportIn) (*reportOut, error) {
	b := in.Body
	ask, err := ReadReportAsk(s.o.Zone, b.Day, b.To)
	if err != nil {
		return nil, err
	}
	ask.Account, ask.Kind, ask.Event, ask.Title = account(ctx), b.Kind, b.Event, b.Title
	r, err := s.o.Reports.Draft(ctx, ask)
	return &reportOut{s.reported(r)}, err
}

type reportIDIn struct {
	ID string `path:"id" example:"r-abcdefghijkl"`
}

type reportPageIn struct {
	ID      string `path:"id" example:"r-abcdefghijkl"`
	Compare bool   `query:"compare" doc:"Count it again: how many figures say something else by now"`
}

type reportPageOut struct {
	Body struct {
		query.Report
		Changed  *int                  `json:"changed,omitempty" doc:"Where compare was asked for: figures that say something else by now; of a released report they stand as restatements"`
		Steps    []query.ReportStep    `json:"steps" doc:"What was done with it; not for responders"`
		Tellings []query.ReportTelling `json:"tellings" doc:"Who was told; a responder sees their own"`
	}
}

func (s *service) report(ctx context.Context, in *reportPageIn) (*reportPageOut, error) {
	open := s.o.Reports.Open
	if in.Compare {
		open = s.o.Reports.Compare
	}
	page, err := open(ctx, account(ctx), in.ID)
	out := &reportPageOut{}
	if out.Body.Report = s.reported(page.Report); page.Compared {
		out.Body.Changed = &page.Changed
	}
	out.Body.Steps, out.Body.Tellings = append([]query.ReportStep{}, page.Steps...), append([]query.ReportTelling{}, page.Tellings...)
	for i := range out.Body.Steps {
		out.Body.Steps[i].At = s.in(out.Body.Steps[i].At)
	}
	for i := range out.Body.Tellings {
		out.Body.Tellings[i].AskedAt, out.Body.Tellings[i].ToldAt = s.in(out.Body.Tellings[i].AskedAt), s.in(out.Body.Tellings[i].ToldAt)
	}
	return out, err
}

type doReportIn struct {
	ID   string `path:"id"`
	Body struct {
		Action  string            `json:"action" enum:"write,refresh,add,drop,submit,return,release"`
		Version int               `json:"version" doc:"That was looked at"`
		Note    string            `json:"note,omitempty" doc:"Why it is returned"`
		Texts   map[string]string `json:"texts,omitempty" doc:"Of write: by place; an empty one empties it, what is not named stays"`
		Post    string            `json:"post,omitempty" doc:"Of add and drop"`
		Tell    []string          `json:"tell,omitempty" doc:"Of release: people and units"`
	}
}

func (s *service) doReport(ctx context.Context, in *doReportIn) (*reportOut, error) {
	b := in.Body
	r, err := s.o.Reports.Do(ctx, query.ReportDo{
		Account: account(ctx), ID: in.ID, Version: b.Version, Action: b.Action, Note: b.Note, Texts: b.Texts, Post: b.Post, Tell: b.Tell,
	})
	return &reportOut{s.reported(r)}, err
}

type reportFileIn struct {
	ID     string `path:"id"`
	Format string `query:"format" enum:"docx,xlsx,html" default:"docx"`
}

// reportFile gives the file out; who took it is noted.
func (s *service) reportFile(ctx context.Context, in *reportFileIn) (*exportFileOut, error) {
	f, err := s.o.Reports.File(ctx, account(ctx), in.ID, in.Format)
	if err != nil {
		return nil, err
	}
	return &exportFileOut{Type: f.Type, Disposition: ExportedAs(f.Name), Length: strconv.Itoa(len(f.Body)), Cache: "no-store", Body: f.Body}, nil
}

type reportFigureIn struct {
	ID     string `path:"id"`
	Figure string `path:"figure" example:"posts.critical"`
}

type reportFigureOut struct{ Body query.ReportFigure }

func (s *service) reportFigure(ctx context.Context, in *reportFigureIn) (*reportFigureOut, error) {
	f, err := s.o.Reports.Figure(ctx, account(ctx), in.ID, in.Figure)
	return &reportFigureOut{f}, err
}

type reportSchedulesOut struct {
	Body struct {
		Schedules []query.ReportSchedule `json:"schedules"`
	}
}

func (s *service) scheduled(r query.ReportSchedule) query.ReportSchedule {
	for _, t := range []*time.Time{&r.NextAt, &r.CoveredAt, &r.RanAt, &r.At} {
		*t = s.in(*t)
	}
	if r.Recipients == nil {
		r.Recipients = []string{}
	}
	return r
}

func (s *service) reportSchedules(ctx context.Context, _ *none) (*reportSchedulesOut, error) {
	list, err := s.o.Reports.Schedules(ctx)
	out := &reportSchedulesOut{}
	out.Body.Schedules = make([]query.ReportSchedule, 0, len(list))
	for _, r := range list {
		out.Body.Schedules = append(out.Body.Schedules, s.scheduled(r))
	}
	return out, err
}

type putReportScheduleIn struct {
	Body struct {
		ID         string   `json:"id,omitempty" doc:"Of one that is changed"`
		Kind       string   `json:"kind" enum:"daily,weekly,monthly"`
		Cron       string   `json:"cron" doc:"Minute, hour, day, month, weekday in the office's time" example:"0 9 * * *"`
		Workdays   bool     `json:"workdays,omitempty"`
		Recipients []string `json:"recipients,omitempty" doc:"People and units who are told"`
		Unreviewed bool     `json:"unreviewed,omitempty" doc:"A daily of figures alone is released at once"`
		Active     bool     `json:"active"`
	}
}

type reportScheduleOut struct{ Body query.ReportSchedule }

func (s *service) putReportSchedule(ctx context.Context, in *putReportScheduleIn) (*reportScheduleOut, error) {
	b := in.Body
	r, err := s.o.Reports.Put(ctx, account(ctx), query.ReportSchedule{
		ID: b.ID, Kind: b.Kind, Cron: b.Cron, Workdays: b.Workdays, Recipients: b.Recipients, Unreviewed: b.Unreviewed, Active: b.Active,
	})
	return &reportScheduleOut{s.scheduled(r)}, err
}

func (s *service) dropReportSchedule(ctx context.Context, in *reportIDIn) (*none, error) {
	return &none{}, s.o.Reports.Drop(ctx, account(ctx), in.ID)
}
