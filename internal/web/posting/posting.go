// Package posting is the pages about how people are told: the channels with
// their limits and dead letters, and the story of one delivery. It shows no
// address and no secret, and refuses to show a delivery to those who may not
// see its unit.
package posting

import (
	"net/http"
	"strings"

	"huiying"
	"huiying/internal/query"
	"huiying/internal/web/api"
	"huiying/internal/web/door"
	"huiying/internal/web/frame"
)

// Options is what Pages work with; all are required.
type Options struct {
	Frame      *frame.Frame
	Deliveries api.Deliveries
	Channels   api.Channels
}

// Pages answers the pages.
type Pages struct {
	*frame.Frame
	o Options
}

// New makes the pages.
func New(o Options) *Pages { return &Pages{o.Frame, o} }

// ChannelsView is the channels and the newest dead letters.
type ChannelsView struct {
	Channels []query.ChannelRow
	Dead     []huiying.Delivery
	Trial    *query.Trial // just made
	Typed    string       // the address of it
}

// maxDead is how many dead letters the page lists.
const maxDead = 50

// Channels lists the ways of telling people.
func (p *Pages) Channels(w http.ResponseWriter, r *http.Request) error {
	return p.showChannels(w, r, ChannelsView{}, nil)
}

func (p *Pages) showChannels(w http.ResponseWriter, r *http.Request, v ChannelsView, problem error) error {
	var err error
	if v.Channels, err = p.o.Channels.Channels(r.Context()); err != nil {
		return err
	}
	if v.Dead, err = p.o.Deliveries.List(r.Context(), query.DeliveryFilter{State: huiying.DeliveryDead, Limit: maxDead}); err != nil {
		return err
	}
	page := p.Base(r, "web.channels.title")
	page.Main, page.Problem = v, problem
	return p.Answer(w, r, "channels", page)
}

// ChangeChannels tries a channel, or sends its dead letters anew. What the
// provider said of a trial is shown in the answer itself.
func (p *Pages) ChangeChannels(w http.ResponseWriter, r *http.Request) error {
	a, id := frame.Must(r), r.PostFormValue("channel")
	switch r.PostFormValue("action") {
	case "test":
		v := ChannelsView{Typed: strings.TrimSpace(r.PostFormValue("address"))}
		trial, err := p.o.Channels.Try(r.Context(), query.TrialOf{Channel: id, Address: v.Typed, By: a.Person, Lang: p.Base(r, "").Lang})
		if err == nil {
			v.Trial = &trial
		} else if frame.Ours(err) {
			return err
		}
		return p.showChannels(w, r, v, err)
	case "resend":
		if _, err := p.o.Deliveries.Resend(r.Context(), query.Resend{Channel: id, By: a.Person.ID}); err != nil {
			if frame.Ours(err) {
				return err
			}
			return p.showChannels(w, r, ChannelsView{}, err)
		}
		return frame.Done(w, r, "/admin/channels?done=resent")
	}
	return huiying.Errorf(huiying.Invalid, "web.error.no_action")
}

// DeliveryView is the story of one delivery.
type DeliveryView struct {
	query.DeliveryPage
	MayResend bool
}

// Delivery shows one delivery with its ledger.
func (p *Pages) Delivery(w http.ResponseWriter, r *http.Request) error {
	return p.showDelivery(w, r, nil)
}

func (p *Pages) showDelivery(w http.ResponseWriter, r *http.Request, problem error) error {
	a := frame.Must(r)
	page, err := p.o.Deliveries.Show(r.Context(), r.PathValue("id"))
	if err != nil {
		return err
	}
	if !api.MaySee(a, page) {
		return huiying.Errorf(huiying.NotFound, "store.delivery_not_found", r.PathValue("id"))
	}
	v := p.Base(r, "web.delivery.title")
	v.Main, v.Problem = DeliveryView{page, page.Delivery.State == huiying.DeliveryDead && door.Machines().Lets(a)}, problem
	return p.Answer(w, r, "delivery", v)
}

// Resend sends a dead letter anew.
func (p *Pages) Resend(w http.ResponseWriter, r *http.Request) error {
	id := r.PathValue("id")
	if _, err := p.o.Deliveries.Resend(r.Context(), query.Resend{Delivery: id, By: frame.Must(r).Person.ID}); err != nil {
		if frame.Ours(err) {
			return err
		}
		return p.showDelivery(w, r, err)
	}
	return frame.Done(w, r, "/deliveries/"+id+"?done=resent")
}
