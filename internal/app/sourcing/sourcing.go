// Package sourcing is what people order of one source on its page: a visit as
// soon as its host's turn allows, and how often it is read. Orders travel to the
// crawlers with the definition; pacing, robots.txt, refusals of the site and the
// switch of all collection stand above them. It refuses to touch what a file
// defines, and to hurry a source that refuses.
package sourcing

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"huiying"
	"huiying/internal/query"
	"huiying/internal/store/access"
	"huiying/internal/store/definitions"
)

// Kinds of definitions: of sources, and of the orders about them.
const (
	KindSource = "source"
	KindOrder  = "source-order"
)

// Bounds of what a page may set. A file may ask every second, of its own
// machines; what is set in a browser keeps a polite distance.
const (
	LeastEvery  = time.Minute
	MostEvery   = 24 * time.Hour
	MostSlowest = 7 * 24 * time.Hour
	between     = time.Minute // from the last visit to the next that is wanted
)

// Desk takes orders. All fields are required.
type Desk struct {
	Shelf  *definitions.Definitions
	Share  func(ctx context.Context) error // hands sources to the crawlers
	Now    func() time.Time
	Zone   *time.Location
	Check  func(s huiying.Source) error // of the kind
	Switch func() query.Switch          // of all collection
	Visits func(ctx context.Context, id string) (query.SourcePage, error)
}

// order is what is kept of a source.
type order struct {
	Asked time.Time `json:"asked"`
	By    string    `json:"by"`
}

// Order says how a source is ordered; huiying.NotFound for one that there is
// not.
func (d *Desk) Order(ctx context.Context, id string) (query.SourceOrder, error) {
	_, o, err := d.read(ctx, id)
	return o, err
}

func (d *Desk) read(ctx context.Context, id string) (def definitions.Definition, o query.SourceOrder, err error) {
	if def, err = d.Shelf.Get(ctx, KindSource, id); err != nil {
		return def, o, err
	}
	var s huiying.Source
	if err := json.Unmarshal(def.Body, &s); err != nil {
		return def, o, fmt.Errorf("read source %s: %w", id, err)
	}
	kept, err := orderOf(ctx, d.Shelf, id)
	if err != nil {
		return def, o, err
	}
	page, err := d.Visits(ctx, id)
	if err != nil {
		return def, o, err
	}
	o = query.SourceOrder{File: def.Origin, Every: s.Every, Slowest: s.Slowest, Cron: s.Cron, Asked: kept.Asked, By: kept.By}
	o.Waits = kept.Asked.After(page.Last.At)
	o.Why = d.why(id, s, page, o)
	return def, o, nil
}

// why is what keeps a visit from being wanted now; nil = nothing.
func (d *Desk) why(id string, s huiying.Source, page query.SourcePage, o query.SourceOrder) error {
	switch last := page.Last; {
	case d.Switch().Stopped:
		return huiying.Errorf(huiying.Conflict, "source.stopped")
	case s.Disabled:
		return huiying.Errorf(huiying.Conflict, "source.paused", id)
	case !last.State.MayBeAsked():
		return huiying.Errorf(huiying.Conflict, "source.refuses", id, last.NextAt.In(d.Zone).Format("01-02 15:04"))
	case o.Waits:
		return huiying.Errorf(huiying.Conflict, "source.asked", id)
	case d.Now().Sub(last.At) < between:
		return huiying.Errorf(huiying.Conflict, "source.just_read", id)
	}
	return nil
}

// RunNow wants one visit of a source as soon as its host's turn allows; the
// crawler makes it once, in whichever process.
func (d *Desk) RunNow(ctx context.Context, id string, by huiying.Actor) error {
	_, o, err := d.read(ctx, id)
	if err != nil {
		return err
	}
	if o.Why != nil {
		return o.Why
	}
	body, err := json.Marshal(order{Asked: d.Now().UTC().Truncate(time.Microsecond), By: by.ID})
	if err != nil {
		return fmt.Errorf("write the order of %s: %w", id, err)
	}
	_, _, err = d.Shelf.PutNoted(ctx, definitions.Definition{Kind: KindOrder, ID: id, Author: by.ID, Body: body}, func(definitions.Definition) access.Entry {
		return access.Entry{Actor: by.ID, Action: access.SourceAsked, Object: id}
	})
	if err != nil {
		return err
	}
	return d.Share(ctx)
}

// SetRate says how often a source that was made on a page is read.
// huiying.Forbidden names the file that defines it; huiying.Invalid the bounds.
func (d *Desk) SetRate(ctx context.Context, n query.NewRate) error {
	def, err := d.Shelf.Get(ctx, KindSource, n.Source)
	if err != nil {
		return err
	}
	if def.Origin != "" {
		return huiying.Errorf(huiying.Forbidden, "store.defined_in_file", n.Source, def.Origin)
	}
	var s huiying.Source
	if err := json.Unmarshal(def.Body, &s); err != nil {
		return fmt.Errorf("read source %s: %w", n.Source, err)
	}
	switch {
	case s.Cron != "":
		return huiying.Errorf(huiying.Conflict, "source.by_cron", n.Source)
	case n.Every < LeastEvery || n.Every > MostEvery:
		return huiying.Errorf(huiying.Invalid, "source.every", int(LeastEvery/time.Minute), int(MostEvery/time.Minute))
	case n.Slowest != 0 && (n.Slowest < n.Every || n.Slowest > MostSlowest):
		return huiying.Errorf(huiying.Invalid, "source.slowest", int(n.Every/time.Minute), int(MostSlowest/time.Minute))
	}
	before := rate(s.Every, s.Slowest)
	s.Every, s.Slowest = n.Every, n.Slowest
	if err := d.Check(s); err != nil {
		return err
	}
	if def.Body, err = json.Marshal(s); err != nil {
		return fmt.Errorf("write source %s: %w", n.Source, err)
	}
	def.Author = n.By.ID
	_, _, err = d.Shelf.PutNoted(ctx, def, func(definitions.Definition) access.Entry {
		return access.Entry{Actor: n.By.ID, Action: access.SourceRated, Object: n.Source, Detail: before + " → " + rate(s.Every, s.Slowest)}
	})
	if err != nil {
		return err
	}
	return d.Share(ctx)
}

// rate is an interval as the log keeps it.
func rate(every, slowest time.Duration) string {
	if slowest == 0 {
		return every.String()
	}
	return every.String() + "–" + slowest.String()
}

func orderOf(ctx context.Context, shelf *definitions.Definitions, id string) (o order, err error) {
	def, err := shelf.Get(ctx, KindOrder, id)
	if huiying.ErrorCode(err) == huiying.NotFound {
		return o, nil
	}
	if err == nil {
		err = json.Unmarshal(def.Body, &o)
	}
	if err != nil {
		return o, fmt.Errorf("read the order of %s: %w", id, err)
	}
	return o, nil
}

// Lay lays the visit that is wanted of a source over its definition, as it goes
// to the crawlers.
func Lay(ctx context.Context, shelf *definitions.Definitions, def definitions.Definition) (json.RawMessage, error) {
	o, err := orderOf(ctx, shelf, def.ID)
	if err != nil || o.Asked.IsZero() {
		return def.Body, err
	}
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(def.Body, &fields); err != nil {
		return nil, fmt.Errorf("read source %s: %w", def.ID, err)
	}
	if fields["asked"], err = json.Marshal(o.Asked); err != nil {
		return nil, err
	}
	return json.Marshal(fields)
}
