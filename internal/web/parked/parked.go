// Package parked is the page about messages that broke a step and were put
// aside. It shows where they failed and why, never what they hold.
package parked

import (
	"context"
	"net/http"
	"net/url"
	"strconv"

	"huiying"
	"huiying/internal/query"
	"huiying/internal/web/api"
	"huiying/internal/web/frame"
)

// Pages answers the page.
type Pages struct {
	*frame.Frame
	desk api.Parked
}

// New makes the page; both are required.
func New(f *frame.Frame, desk api.Parked) *Pages { return &Pages{f, desk} }

// View is the page.
type View struct {
	query.ParkedList
	Rooms []Room
	Typed query.SettleParked
}

// Room is a step with how many of the shown messages it failed on.
type Room struct {
	Name string
	N    int
}

// Show shows the oldest.
func (p *Pages) Show(w http.ResponseWriter, r *http.Request) error {
	return p.show(w, r, query.SettleParked{}, nil)
}

func (p *Pages) show(w http.ResponseWriter, r *http.Request, typed query.SettleParked, problem error) error {
	list, err := p.desk.Parked(r.Context())
	if err != nil {
		return err
	}
	v := View{ParkedList: list, Typed: typed}
	for _, m := range list.List {
		i := 0
		for i < len(v.Rooms) && v.Rooms[i].Name != m.Room {
			i++
		}
		if i == len(v.Rooms) {
			v.Rooms = append(v.Rooms, Room{Name: m.Room})
		}
		v.Rooms[i].N++
	}
	page := p.Base(r, "web.parked.title")
	page.Main, page.Problem = v, problem
	return p.Answer(w, r, "parked", page)
}

// Settle carries an order out.
func (p *Pages) Settle(w http.ResponseWriter, r *http.Request) error {
	order := query.SettleParked{Action: r.PostFormValue("action"), Room: r.PostFormValue("room"), Reason: r.PostFormValue("reason"), Actor: frame.Must(r).Actor()}
	if text := r.PostFormValue("seq"); text != "" {
		seq, err := strconv.ParseUint(text, 10, 64)
		if err != nil || seq == 0 {
			return p.show(w, r, order, huiying.Errorf(huiying.Invalid, "parked.no_seq", text))
		}
		order.Seq = seq
	}
	n, err := p.desk.Settle(r.Context(), order)
	switch {
	case err == nil:
		return frame.Done(w, r, "/admin/parked?"+url.Values{"done": {"parked_" + order.Action}, "n": {strconv.Itoa(n)}}.Encode())
	case frame.Ours(err):
		return err
	}
	return p.show(w, r, order, err)
}

var _ api.Parked = Nowhere{}

// Nowhere stands where there is no bus to look at.
type Nowhere struct{}

// Parked implements api.Parked.
func (Nowhere) Parked(context.Context) (query.ParkedList, error) {
	return query.ParkedList{}, huiying.Errorf(huiying.Unavailable, "parked.nowhere")
}

// Settle implements api.Parked.
func (Nowhere) Settle(context.Context, query.SettleParked) (int, error) {
	return 0, huiying.Errorf(huiying.Unavailable, "parked.nowhere")
}
