package api

import (
	"context"
	"net/http"
	"reflect"
	"slices"
	"time"

	"huiying"
	"huiying/internal/query"
	"huiying/internal/web/door"
)

// Deliveries is the outbox as people see it, and where providers report.
type Deliveries interface {
	List(ctx context.Context, f query.DeliveryFilter) ([]huiying.Delivery, error)
	Show(ctx context.Context, id string) (query.DeliveryPage, error)
	Resend(ctx context.Context, r query.Resend) (int, error)
	// Receive takes what a provider reports, signed with its channel's secret.
	Receive(ctx context.Context, id string, h http.Header, body []byte) error
}

// Channels are the ways of telling people.
type Channels interface {
	Channels(ctx context.Context) ([]query.ChannelRow, error)
	Try(ctx context.Context, t query.TrialOf) (query.Trial, error)
}

// deliveryOperations is the part of the table about deliveries and channels.
func deliveryOperations() []operation {
	return []operation{
		op(http.MethodGet, "/deliveries", "list-deliveries", door.Machines(), (*service).deliveries),
		op(http.MethodGet, "/deliveries/{id}", "get-delivery", door.SignedIn(), (*service).getDelivery),
		op(http.MethodPost, "/deliveries/{id}/resend", "resend-delivery", door.Machines(), (*service).resend),
		op(http.MethodPost, "/deliveries/resend", "resend-deliveries", door.Machines(), (*service).resendAll),
		op(http.MethodPost, "/deliveries/{id}/receipt", "receive-receipt", door.Public(), (*service).receipt, // by its signature
			body{limit: maxReceipt, form: reflect.TypeFor[ReceiptForm]()}),
		op(http.MethodGet, "/channels", "list-channels", door.Machines(), (*service).channels),
		op(http.MethodPost, "/channels/{id}/test", "test-channel", door.Admins(), (*service).tryChannel),
	}
}

type deliveriesIn struct {
	State   string `query:"state" enum:"queued,sending,accepted,delivered,read,retrying,dead," doc:"dead = the dead letters"`
	Channel string `query:"channel"`
	Case    string `query:"case"`
	Before  string `query:"before" doc:"The value of next of the page before"`
	Limit   int    `query:"limit" minimum:"1" maximum:"500" default:"100"`
}

type deliveriesOut struct {
	Body struct {
		Deliveries []huiying.Delivery `json:"deliveries"`
		Next       string             `json:"next" doc:"For before; empty at the end"`
	}
}

func (s *service) deliveries(ctx context.Context, in *deliveriesIn) (*deliveriesOut, error) {
	f := query.DeliveryFilter{State: huiying.DeliveryState(in.State), Channel: in.Channel, CaseNo: in.Case, Limit: in.Limit}
	f.Before, f.After = ReadPlace(in.Before)
	list, err := s.o.Deliveries.List(ctx, f)
	out := &deliveriesOut{}
	out.Body.Deliveries = make([]huiying.Delivery, 0, len(list))
	for _, d := range list {
		out.Body.Deliveries = append(out.Body.Deliveries, s.delivery(d))
	}
	if len(list) == in.Limit && len(list) > 0 {
		last := list[len(list)-1]
		out.Body.Next = Place(last.CreatedAt, last.ID)
	}
	return out, err
}

// DeliveryStory is one delivery with everything that became of it.
type DeliveryStory struct {
	huiying.Delivery
	Ledger []LedgerRow `json:"ledger"`
}

// LedgerRow is one attempt, or what else happened.
type LedgerRow struct {
	At       time.Time             `json:"at"`
	Result   huiying.AttemptResult `json:"result"`
	Code     string                `json:"code" doc:"The provider's own"`
	Sentence string                `json:"sentence"`
	Digest   string                `json:"digest" doc:"The message that carried it with others"`
	TookMS   int64                 `json:"took_ms"`
	By       string                `json:"by"`
}

type deliveryID struct {
	ID string `path:"id"`
}

type deliveryOut struct{ Body DeliveryStory }

func (s *service) getDelivery(ctx context.Context, in *deliveryID) (*deliveryOut, error) {
	page, err := s.o.Deliveries.Show(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	if !MaySee(account(ctx), page) {
		return nil, huiying.Errorf(huiying.NotFound, "store.delivery_not_found", in.ID)
	}
	out := &deliveryOut{Body: DeliveryStory{Delivery: s.delivery(page.Delivery), Ledger: make([]LedgerRow, 0, len(page.Attempts))}}
	for _, a := range page.Attempts {
		out.Body.Ledger = append(out.Body.Ledger, LedgerRow{
			At: s.in(a.At), Result: a.Result, Code: a.Code, Sentence: a.Sentence, Digest: a.Digest, TookMS: a.Took.Milliseconds(), By: a.By,
		})
	}
	return out, nil
}

// MaySee reports whether somebody may read a delivery: those who look after
// what runs, those whose unit's matter it is, and whoever it was for.
func MaySee(a query.Account, page query.DeliveryPage) bool {
	if door.Machines().Lets(a) || page.Delivery.Person == a.Person.ID {
		return true
	}
	return door.CaseRoom().Lets(a) && slices.ContainsFunc(page.Units, a.Scope().Sees)
}

type resendOut struct {
	Body struct {
		Queued int `json:"queued" doc:"How many are sent anew"`
	}
}

func (s *service) resend(ctx context.Context, in *deliveryID) (*resendOut, error) {
	return s.sendAnew(ctx, query.Resend{Delivery: in.ID})
}

type resendIn struct {
	Body struct {
		Channel string `json:"channel" doc:"All dead letters of this channel"`
	}
}

func (s *service) resendAll(ctx context.Context, in *resendIn) (*resendOut, error) {
	if in.Body.Channel == "" {
		return nil, huiying.Errorf(huiying.Invalid, "delivery.no_bulk")
	}
	return s.sendAnew(ctx, query.Resend{Channel: in.Body.Channel})
}

func (s *service) sendAnew(ctx context.Context, r query.Resend) (*resendOut, error) {
	r.By = account(ctx).Person.ID
	out := &resendOut{}
	var err error
	out.Body.Queued, err = s.o.Deliveries.Resend(ctx, r)
	return out, err
}

// maxReceipt bounds a receipt, in bytes.
const maxReceipt = 16 << 10

// ReceiptForm is the body of a receipt.
type ReceiptForm struct {
	State  string `json:"state" enum:"delivered,failed"`
	Code   string `json:"code,omitempty" doc:"The provider's own"`
	Reason string `json:"reason,omitempty" doc:"In its words"`
}

type receiptIn struct {
	ID      string `path:"id"`
	RawBody []byte `contentType:"application/json"`
}

func (s *service) receipt(ctx context.Context, in *receiptIn) (*none, error) {
	return &none{}, s.o.Deliveries.Receive(ctx, in.ID, request(ctx).Header, in.RawBody)
}

type channelsOut struct {
	Body struct {
		Channels []query.ChannelRow `json:"channels"`
	}
}

func (s *service) channels(ctx context.Context, _ *none) (*channelsOut, error) {
	list, err := s.o.Channels.Channels(ctx)
	out := &channelsOut{}
	for i := range list {
		list[i].LastTrial.At = s.in(list[i].LastTrial.At)
	}
	out.Body.Channels = append(make([]query.ChannelRow, 0, len(list)), list...)
	return out, err
}

type tryIn struct {
	ID   string `path:"id"`
	Body struct {
		Address string `json:"address,omitempty" maxLength:"200" doc:"Empty = the caller's own on the channel"`
	}
}

type tryOut struct{ Body query.Trial }

func (s *service) tryChannel(ctx context.Context, in *tryIn) (*tryOut, error) {
	out, err := s.o.Channels.Try(ctx, query.TrialOf{Channel: in.ID, Address: in.Body.Address, By: account(ctx).Person, Lang: langOf(ctx)})
	return &tryOut{Body: out}, err
}
