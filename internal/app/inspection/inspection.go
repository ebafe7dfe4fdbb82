// Package inspection is the desk of the portal inspection: what it found, how
// the sites stand, and what people order about a finding: to look at it anew,
// or to except it until a day, with a reason. Orders are versions of one
// definition a site; they reach the crawlers with the site's own definition. It
// refuses to except for ever, without a reason, or what is not open.
package inspection

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"huiying"
	"huiying/crawler/patrol"
	"huiying/internal/query"
	"huiying/internal/store"
	"huiying/internal/store/access"
	"huiying/internal/store/definitions"
)

// Kind is the kind of definitions that hold orders, one a source by its id.
const Kind = "patrol-orders"

// Bounds of orders.
const (
	longest   = 366 * 24 * time.Hour
	askApart  = time.Minute
	askedFor  = 24 * time.Hour      // an order to look anew holds so long
	kept      = 90 * 24 * time.Hour // an exception that ran out is listed so long
	maxReason = 200
)

// Desk is the desk. All fields are required.
type Desk struct {
	Shelf   *definitions.Definitions
	Store   *store.Store
	Share   func(ctx context.Context) error // hands the definitions of sources to the crawlers
	Sources func(ctx context.Context) ([]huiying.Source, error)
	Cursor  func(ctx context.Context, source string) (json.RawMessage, error)
	Reader  patrol.Reader
	Zone    *time.Location
	Now     func() time.Time

	changing sync.Mutex // one change of orders at a time
}

// Orders are what people order about the findings of a site.
type Orders struct {
	Except []Exception `json:"except,omitempty"`
	Again  []Again     `json:"again,omitempty"`
}

// Exception is an order to except an incident.
type Exception struct {
	Post   string    `json:"post"`
	Check  string    `json:"check"`
	Object string    `json:"object"`
	Until  time.Time `json:"until"`
	Reason string    `json:"reason"`
	By     string    `json:"by"`
	At     time.Time `json:"at"`
}

// Again is an order to look at an incident anew.
type Again struct {
	Post   string    `json:"post"`
	Check  string    `json:"check"`
	Object string    `json:"object"`
	Asked  time.Time `json:"asked"`
	By     string    `json:"by"`
}

// OrdersOf reads the orders of a source.
func OrdersOf(ctx context.Context, shelf *definitions.Definitions, source string) (o Orders, err error) {
	def, err := shelf.Get(ctx, Kind, source)
	if huiying.ErrorCode(err) == huiying.NotFound {
		return o, nil
	}
	if err == nil {
		err = json.Unmarshal(def.Body, &o)
	}
	if err != nil {
		return o, fmt.Errorf("read the orders of %s: %w", source, err)
	}
	return o, nil
}

// Except excepts an open finding, or gives an exception another end.
func (d *Desk) Except(ctx context.Context, n query.NewException) error {
	now := d.Now()
	reason := strings.TrimSpace(n.Reason)
	switch {
	case reason == "" || utf8.RuneCountInString(reason) > maxReason:
		return huiying.Errorf(huiying.Invalid, "patrol.reason", maxReason)
	case !n.Until.After(now) || n.Until.Sub(now) > longest:
		return huiying.Errorf(huiying.Invalid, "patrol.until")
	}
	return d.order(ctx, n.Post, func(f query.PatrolFinding, o *Orders) (access.Entry, error) {
		if f.Object == "" || f.State == query.FindingOver {
			return access.Entry{}, huiying.Errorf(huiying.Conflict, "patrol.not_open")
		}
		e := Exception{Post: f.Post, Check: f.Finding.Check, Object: f.Object, Until: n.Until.UTC(), Reason: reason, By: n.Actor.ID, At: now.UTC()}
		list := []Exception{e}
		for _, old := range o.Except {
			if (old.Check != e.Check || old.Object != e.Object) && now.Sub(old.Until) < kept {
				list = append(list, old)
			}
		}
		o.Except = list
		return access.Entry{Actor: n.Actor.ID, Action: access.PatrolExcepted, Object: f.Post, Detail: n.Until.In(d.Zone).Format(time.DateOnly) + " " + reason}, nil
	})
}

// EndException ends an exception before its time.
func (d *Desk) EndException(ctx context.Context, post string, who huiying.Actor) error {
	return d.order(ctx, post, func(f query.PatrolFinding, o *Orders) (access.Entry, error) {
		if f.Exception == nil || !f.Exception.Until.After(d.Now()) {
			return access.Entry{}, huiying.Errorf(huiying.Conflict, "patrol.not_excepted")
		}
		list := o.Except[:0]
		for _, e := range o.Except {
			if e.Check != f.Finding.Check || e.Object != f.Object {
				list = append(list, e)
			}
		}
		o.Except = list
		return access.Entry{Actor: who.ID, Action: access.PatrolExceptEnded, Object: f.Post}, nil
	})
}

// Rescan has a finding be looked at anew.
func (d *Desk) Rescan(ctx context.Context, post string, who huiying.Actor) error {
	now := d.Now()
	return d.order(ctx, post, func(f query.PatrolFinding, o *Orders) (access.Entry, error) {
		if f.Object == "" || f.State != query.FindingOpen {
			return access.Entry{}, huiying.Errorf(huiying.Conflict, "patrol.not_open")
		}
		if now.Sub(f.Asked) < askApart {
			return access.Entry{}, huiying.Errorf(huiying.Conflict, "patrol.asked_already")
		}
		list := []Again{{Post: f.Post, Check: f.Finding.Check, Object: f.Object, Asked: now.UTC(), By: who.ID}}
		for _, old := range o.Again {
			if (old.Check != f.Finding.Check || old.Object != f.Object) && now.Sub(old.Asked) < askedFor {
				list = append(list, old)
			}
		}
		o.Again = list
		return access.Entry{Actor: who.ID, Action: access.PatrolRescanned, Object: f.Post}, nil
	})
}

// order changes the orders of a finding's site, notes it and hands it on.
func (d *Desk) order(ctx context.Context, post string, change func(query.PatrolFinding, *Orders) (access.Entry, error)) error {
	d.changing.Lock()
	defer d.changing.Unlock()
	page, err := d.Finding(ctx, post)
	if err != nil {
		return err
	}
	orders, err := OrdersOf(ctx, d.Shelf, page.Source)
	if err != nil {
		return err
	}
	entry, err := change(page.PatrolFinding, &orders)
	if err != nil {
		return err
	}
	body, err := json.Marshal(orders)
	if err != nil {
		return fmt.Errorf("write the orders of %s: %w", page.Source, err)
	}
	_, _, err = d.Shelf.PutNoted(ctx, definitions.Definition{Kind: Kind, ID: page.Source, Author: entry.Actor, Body: body}, func(definitions.Definition) access.Entry { return entry })
	if err != nil {
		return err
	}
	return d.Share(ctx)
}
