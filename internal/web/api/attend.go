package api

import (
	"context"
	"net/http"
	"time"

	"huiying"
	"huiying/internal/query"
	"huiying/internal/web/door"
)

// Attending is what people do with alerts beside acknowledging them.
type Attending interface {
	Attend(ctx context.Context, a query.Attending) (query.Attended, error)
	Targets(ctx context.Context, by huiying.Person) ([]query.AttendTarget, error)
	MayBeFalse(a huiying.Alert, c huiying.Case, by huiying.Actor) bool
}

// attendOperations is the part of the table about it.
func attendOperations() []operation {
	return []operation{op(http.MethodPost, "/alerts/{id}/actions", "attend-alert", door.CaseRoom(), (*service).attend)}
}

type attendIn struct {
	ID   string `path:"id" maxLength:"64"`
	Body struct {
		Action  string `json:"action" enum:"hand_on,snooze,false_alarm"`
		To      string `json:"to,omitempty" maxLength:"64" doc:"The person or unit it is handed to"`
		Minutes int    `json:"minutes,omitempty" doc:"15, 30 or 60; a reminder comes before the next step of the escalation in any case"`
		Reason  string `json:"reason,omitempty" maxLength:"200"`
	}
}

type attendOut struct {
	Body struct {
		At     time.Time `json:"at,omitzero" doc:"When the caller is reminded"`
		Sooner bool      `json:"sooner" doc:"Before what was asked, because of the escalation"`
	}
}

func (s *service) attend(ctx context.Context, in *attendIn) (*attendOut, error) {
	a := account(ctx)
	row, err := OneAlert(ctx, s.o.Views, a, in.ID)
	if err != nil {
		return nil, err
	}
	done, err := s.o.Attending.Attend(ctx, query.Attending{
		Alert: row.Alert, Action: in.Body.Action, To: in.Body.To, Minutes: in.Body.Minutes, Reason: in.Body.Reason, By: a, Over: Reached(row, a.Person.ID),
	})
	out := &attendOut{}
	out.Body.At, out.Body.Sooner = s.in(done.At), done.Sooner
	return out, err
}

// AlertViews reads alerts.
type AlertViews interface {
	Alerts(ctx context.Context, f query.AlertFilter) (query.AlertList, error)
}

// OneAlert reads an alert that the account may see; huiying.NotFound for any
// other.
func OneAlert(ctx context.Context, views AlertViews, a query.Account, id string) (row query.AlertRow, err error) {
	list, err := views.Alerts(ctx, query.AlertFilter{ID: id, Scope: a.Scope(), Reader: a.Person.ID, Limit: 1})
	if err == nil && len(list.Rows) == 0 {
		err = huiying.Errorf(huiying.NotFound, "attend.no_alert", id)
	}
	if err != nil {
		return row, err
	}
	return list.Rows[0], nil
}

// Reached is how an alert reached a person last; zero when it did not.
func Reached(row query.AlertRow, person string) (c huiying.Contact) {
	for _, d := range row.Deliveries {
		if d.Person == person && d.State != huiying.DeliveryDead {
			c = huiying.Contact{Channel: d.Channel, Address: d.Address}
		}
	}
	return c
}
