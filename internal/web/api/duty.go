package api

import (
	"context"
	"time"

	"huiying"
	"huiying/internal/query"
)

// Duty is the rosters, what people change of them, and how escalation stands.
type Duty interface {
	Duty(ctx context.Context, from, until time.Time) (query.Duty, error)
	// Change checks and keeps a change; huiying.Invalid with a sentence for one
	// that cannot be.
	Change(ctx context.Context, c huiying.DutyChange) (huiying.DutyChange, error)
	Withdraw(ctx context.Context, id string, by huiying.Actor) error
	Rosters
}

// Rosters defines rosters.
type Rosters interface {
	PutRoster(ctx context.Context, r huiying.Roster, by huiying.Actor) error
	// PutTable takes a table in, all of it or nothing: problems says what is
	// wrong, a sentence for every bad row.
	PutTable(ctx context.Context, t query.DutyTable) (rows []huiying.DutyRow, problems []error, err error)
}

// longestDuty bounds the days that are asked for at once.
const longestDuty = 93

type dutyIn struct {
	Days int `query:"days" default:"14" minimum:"1" maximum:"93" doc:"From the beginning of today"`
}

// DutyRoster is one roster as the API answers it.
type DutyRoster struct {
	Roster  huiying.Roster       `json:"roster"`
	File    string               `json:"file" doc:"The file that defines it; empty when made here"`
	Now     []huiying.DutyShift  `json:"now"`
	Shifts  []huiying.DutyShift  `json:"shifts"`
	Gaps    []huiying.DutyGap    `json:"gaps"`
	Changes []huiying.DutyChange `json:"changes"`
}

// DutyFinding is a finding with its sentence.
type DutyFinding struct {
	huiying.DutyFinding
	Text string `json:"text"`
}

// DutyHeartbeat is how the monitor outside hears us.
type DutyHeartbeat struct {
	LastAt  time.Time `json:"last_at"`
	Problem string    `json:"problem" doc:"Why the last one was not sent or not taken; empty when it was"`
}

type dutyOut struct {
	Body struct {
		Rosters     []DutyRoster     `json:"rosters"`
		Findings    []DutyFinding    `json:"findings"`
		Escalations []huiying.Ladder `json:"escalations"`
		Heartbeat   *DutyHeartbeat   `json:"heartbeat,omitempty"`
	}
}

func (s *service) duty(ctx context.Context, in *dutyIn) (*dutyOut, error) {
	from := Today(s.o.Now(), s.o.Zone)
	d, err := s.o.Duty.Duty(ctx, from, from.AddDate(0, 0, min(in.Days, longestDuty)))
	if err != nil {
		return nil, err
	}
	d = d.For(account(ctx).Actor())
	out := &dutyOut{}
	b := &out.Body
	b.Rosters, b.Findings, b.Escalations = []DutyRoster{}, []DutyFinding{}, d.Ladders
	for _, r := range d.Rosters {
		b.Rosters = append(b.Rosters, DutyRoster{
			Roster: r.Roster, File: r.File, Now: zoned(r.Now, s.o.Zone), Shifts: zoned(r.Shifts, s.o.Zone),
			Gaps: zoned(r.Gaps, s.o.Zone), Changes: zoned(r.Changes, s.o.Zone),
		})
	}
	for _, f := range d.Findings {
		b.Findings = append(b.Findings, DutyFinding{f.In(s.o.Zone), s.o.Catalogue.Text(langOf(ctx), "ladder.finding."+f.Kind, f.Subject)})
	}
	if h := d.Heartbeat; h != nil {
		b.Heartbeat = &DutyHeartbeat{LastAt: s.in(h.LastAt)}
		if h.Err != nil {
			b.Heartbeat.Problem = s.o.Catalogue.Sentence(langOf(ctx), h.Err)
		}
	}
	return out, nil
}

// Today is the beginning of the day in a zone.
func Today(now time.Time, zone *time.Location) time.Time {
	y, m, d := now.In(zone).Date()
	return time.Date(y, m, d, 0, 0, 0, 0, zone)
}

// zoned gives a list with its times in a zone, never null.
func zoned[T interface{ In(*time.Location) T }](list []T, zone *time.Location) []T {
	out := make([]T, 0, len(list))
	for _, v := range list {
		out = append(out, v.In(zone))
	}
	return out
}

type changeDutyIn struct {
	Body struct {
		Roster    string    `json:"roster"`
		Kind      string    `json:"kind" enum:"override,swap"`
		Instead   string    `json:"instead,omitempty" doc:"Whose shifts; empty = one more person (override only)"`
		Who       string    `json:"who" doc:"Who takes them"`
		From      time.Time `json:"from"`
		Until     time.Time `json:"until"`
		BackFrom  time.Time `json:"back_from,omitempty" doc:"Of a swap: when the first takes the other's shifts"`
		BackUntil time.Time `json:"back_until,omitempty"`
		Reason    string    `json:"reason"`
	}
}

type changeDutyOut struct {
	Body struct {
		Change huiying.DutyChange `json:"change"`
	}
}

func (s *service) changeDuty(ctx context.Context, in *changeDutyIn) (*changeDutyOut, error) {
	b := in.Body
	made, err := s.o.Duty.Change(ctx, huiying.DutyChange{
		Roster: b.Roster, Kind: b.Kind, Instead: b.Instead, Who: b.Who, From: b.From, Until: b.Until,
		BackFrom: b.BackFrom, BackUntil: b.BackUntil, Reason: b.Reason, By: account(ctx).Person.ID,
	})
	out := &changeDutyOut{}
	out.Body.Change = made.In(s.o.Zone)
	return out, err
}

type withdrawDutyIn struct {
	ID string `path:"id"`
}

func (s *service) withdrawDuty(ctx context.Context, in *withdrawDutyIn) (*none, error) {
	return &none{}, s.o.Duty.Withdraw(ctx, in.ID, account(ctx).Actor())
}

type putRosterIn struct {
	ID   string `path:"id"`
	Body huiying.Roster
}

func (s *service) putRoster(ctx context.Context, in *putRosterIn) (*none, error) {
	in.Body.ID = in.ID
	return &none{}, s.o.Duty.PutRoster(ctx, in.Body, account(ctx).Actor())
}

type dutyTableIn struct {
	ID   string `path:"id"`
	Body struct {
		Name string `json:"name" doc:"Of the file: .xlsx or .csv"`
		File []byte `json:"file" doc:"base64"`
		Try  bool   `json:"try,omitempty" doc:"Only say what would be taken in"`
	}
}

type dutyTableOut struct {
	Body struct {
		Rows     []huiying.DutyRow `json:"rows"`
		Problems []string          `json:"problems" doc:"A sentence for every bad row; with any of them nothing was taken in"`
	}
}

func (s *service) dutyTable(ctx context.Context, in *dutyTableIn) (*dutyTableOut, error) {
	rows, problems, err := s.o.Duty.PutTable(ctx, query.DutyTable{
		Roster: in.ID, Name: in.Body.Name, Body: in.Body.File, Try: in.Body.Try, Actor: account(ctx).Actor(),
	})
	if err != nil {
		return nil, err
	}
	out := &dutyTableOut{}
	out.Body.Rows, out.Body.Problems = append([]huiying.DutyRow{}, rows...), []string{}
	for _, p := range problems {
		out.Body.Problems = append(out.Body.Problems, s.o.Catalogue.Sentence(langOf(ctx), p))
	}
	return out, nil
}
