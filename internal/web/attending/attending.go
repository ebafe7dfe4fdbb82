// Package attending is the page of one alert: what became of it, and what its
// reader can do with it beside acknowledging: hand it on, be reminded, call it a
// false alarm. It decides nothing itself and stops no escalation.
package attending

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"huiying"
	"huiying/internal/query"
	"huiying/internal/web/api"
	"huiying/internal/web/frame"
)

// Cases reads a case that the reader may see.
type Cases interface {
	Seen(ctx context.Context, s query.Scope, no string) (huiying.Case, error)
}

// Options is what the page works with; all but Phone are required.
type Options struct {
	Frame *frame.Frame
	Views interface {
		api.AlertViews
		Cases
	}
	Desk  api.Attending
	Phone string // of the office on duty
}

// Pages answers the page.
type Pages struct {
	*frame.Frame
	o Options
}

// New makes the page.
func New(o Options) *Pages { return &Pages{o.Frame, o} }

// View is the page.
type View struct {
	query.AlertRow
	Case    huiying.Case // zero below orange
	Open    bool         // something can still be done
	Ack     bool         // the reader may acknowledge
	False   bool         // the reader may call it a false alarm
	Units   []query.AttendTarget
	People  []query.AttendTarget
	Minutes []int
	Phone   string
	Typed   query.Attending
}

// Page shows it.
func (p *Pages) Page(w http.ResponseWriter, r *http.Request) error {
	return p.show(w, r, query.Attending{}, nil)
}

func (p *Pages) show(w http.ResponseWriter, r *http.Request, typed query.Attending, problem error) error {
	a := frame.Must(r)
	v := View{Minutes: query.AttendMinutes(), Phone: p.o.Phone, Typed: typed}
	var err error
	if v.AlertRow, err = api.OneAlert(r.Context(), p.o.Views, a, r.PathValue("id")); err != nil {
		return err
	}
	if v.Alert.CaseNo != "" {
		if v.Case, err = p.o.Views.Seen(r.Context(), a.Scope(), v.Alert.CaseNo); err != nil {
			return err
		}
	}
	v.Open = v.Case.No == "" || v.Case.State.Open()
	v.Ack = v.Case.State == huiying.StateAwaitingAck && a.Actor().Has(huiying.RoleResponder) && a.Person.Unit == v.Case.Unit
	v.False = p.o.Desk.MayBeFalse(v.Alert, v.Case, a.Actor())
	targets, err := p.o.Desk.Targets(r.Context(), a.Person)
	if err != nil {
		return err
	}
	for _, t := range targets {
		if t.Unit {
			v.Units = append(v.Units, t)
		} else {
			v.People = append(v.People, t)
		}
	}
	page := p.Base(r, "web.attend.title")
	page.Main, page.Problem = v, problem
	return p.Answer(w, r, "alert", page)
}

// Do does what a form asks.
func (p *Pages) Do(w http.ResponseWriter, r *http.Request) error {
	a := frame.Must(r)
	row, err := api.OneAlert(r.Context(), p.o.Views, a, r.PathValue("id"))
	if err != nil {
		return err
	}
	minutes, _ := strconv.Atoi(r.PostFormValue("minutes")) // what is no number is refused as none of them
	asked := query.Attending{
		Alert: row.Alert, Action: r.PostFormValue("action"), To: r.PostFormValue("to"), Minutes: minutes,
		Reason: strings.TrimSpace(r.PostFormValue("reason")), By: a, Over: api.Reached(row, a.Person.ID),
	}
	done, err := p.o.Desk.Attend(r.Context(), asked)
	switch {
	case err == nil:
		said := "alert_" + asked.Action
		if done.Sooner {
			said += "_sooner"
		}
		return frame.Done(w, r, "/alerts/"+url.PathEscape(row.Alert.ID)+"?done="+said)
	case frame.Ours(err):
		return err
	}
	return p.show(w, r, asked, err)
}
