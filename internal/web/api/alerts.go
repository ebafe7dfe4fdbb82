package api

import (
	"context"
	"time"

	"huiying"
	"huiying/internal/query"
)

// RaisedAlert is one alert with what became of it.
type RaisedAlert struct {
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
		Alerts []RaisedAlert `json:"alerts"`
		Next   string        `json:"next" doc:"For before; empty at the end"`
		Total  int           `json:"total"`

		Coverage Coverage `json:"coverage" doc:"Of the last 24 hours"`
	}
}

func (s *service) alerts(ctx context.Context, in *alertsIn) (*alertsOut, error) {
	a := account(ctx)
	f := query.AlertFilter{Scope: a.Scope(), Levels: levelsOf(in.Level), Unit: in.Unit, CaseNo: in.Case, Unread: in.Open, Limit: in.Limit}
	if in.Mine {
		f.Person = a.Person.ID
	}
	f.Before, f.After = ReadPlace(in.Before)
	list, err := s.o.Views.Alerts(ctx, f)
	if err != nil {
		return nil, err
	}
	out := &alertsOut{}
	out.Body.Total = list.Total
	out.Body.Alerts = make([]RaisedAlert, 0, len(list.Rows))
	for _, row := range list.Rows {
		one := RaisedAlert{Alert: s.alert(row.Alert), AckedAt: s.in(row.AckedAt), AckedBy: row.AckedBy, CaseState: row.CaseState, Deliveries: []huiying.Delivery{}}
		for _, d := range row.Deliveries {
			one.Deliveries = append(one.Deliveries, s.delivery(d))
		}
		out.Body.Alerts = append(out.Body.Alerts, one)
	}
	if !list.Next.IsZero() {
		out.Body.Next = Place(list.Next, list.NextID)
	}
	out.Body.Coverage, err = s.lately(ctx)
	return out, err
}

func (s *service) alert(a huiying.Alert) huiying.Alert {
	a.AcceptedAt, a.RaisedAt = s.in(a.AcceptedAt), s.in(a.RaisedAt)
	return a
}

func (s *service) delivery(d huiying.Delivery) huiying.Delivery {
	d.Alert = s.alert(d.Alert)
	for _, t := range []*time.Time{&d.NotBefore, &d.NextAt, &d.CreatedAt, &d.AcceptedAt, &d.ReadAt, &d.AckedAt, &d.DeliveredAt, &d.HandedOnAt, &d.RequeuedAt} {
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
