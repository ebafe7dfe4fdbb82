package tool

import (
	"context"
	"fmt"
	"net/http"
	"net/url"

	"huiying/internal/query"
)

// What may be done with parked messages.
const (
	DeadReplay  = query.ParkedReplay
	DeadDiscard = query.ParkedDiscard
)

// DeadOptions say which parked messages of a running service are meant.
type DeadOptions struct {
	Remote
	JSON   bool
	Action string // DeadReplay or DeadDiscard; "" = list
	Room   string
	Seq    uint64 // 0 = all of the room
	Reason string
}

// Dead lists the parked messages of a running service, gives them back to their
// step or discards them.
func Dead(ctx context.Context, s Streams, o DeadOptions) error {
	service, err := o.signIn(ctx, s)
	if err != nil {
		return err
	}
	defer service.signOut(ctx)
	if o.Action == "" {
		return o.list(ctx, s, service)
	}
	var done struct {
		N int `json:"n"`
	}
	order := map[string]any{"action": o.Action, "seq": o.Seq, "reason": o.Reason}
	if err := service.ask(ctx, http.MethodPost, "/parked/"+url.PathEscape(o.Room), order, &done); err != nil {
		return err
	}
	s.say("cli.parked_settled", done.N)
	return nil
}

func (o DeadOptions) list(ctx context.Context, s Streams, service *service) error {
	var list query.ParkedList
	if err := service.ask(ctx, http.MethodGet, "/parked", nil, &list); err != nil {
		return err
	}
	if o.JSON {
		return s.line(list)
	}
	if len(list.List) == 0 {
		s.say("cli.parked_none")
	}
	for _, p := range list.List {
		fmt.Fprintf(s.Out, "%s %d  %s  %s  ×%d  %s\n", p.Room, p.Seq, p.At.Format("2006-01-02 15:04:05"), p.ID, p.Attempts, p.Error)
	}
	return nil
}
