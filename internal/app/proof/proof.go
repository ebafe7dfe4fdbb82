// Package proof keeps the evidence that cases need and opens it for those who
// work on one.
package proof

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"time"

	"huiying"
	"huiying/crawler/charset"
	"huiying/crawler/seal"
	"huiying/internal/bus"
	"huiying/internal/query"
	"huiying/internal/store"
	"huiying/internal/store/access"
	"huiying/internal/store/pins"
)

// Keeper copies sealed pages that a case needs to where nothing is dropped by
// age, and drops them when the case has been closed for long enough.
type Keeper struct {
	Pins   *pins.Pins
	Fresh  *bus.Objects  // every page, for thirty days
	Kept   *bus.Objects  // pages of cases
	For    time.Duration // how long after its end a case needs them
	Now    func() time.Time
	Logger *slog.Logger
}

// Bounds of one step.
const (
	every = 15 * time.Second
	slice = 100
)

// Run keeps and drops until ctx ends. What fails is tried again.
func (k Keeper) Run(ctx context.Context) error {
	for {
		if err := k.Step(ctx); err != nil && ctx.Err() == nil {
			k.Logger.Error("evidence of cases could not be kept; tried again", "err", err)
		}
		timer := time.NewTimer(every)
		select {
		case <-ctx.Done():
			timer.Stop()
			return nil
		case <-timer.C:
		}
	}
}

// Step keeps what is needed and drops what is not. It can be cut off anywhere:
// a page is copied before it is noted, and forgotten after it was removed.
func (k Keeper) Step(ctx context.Context) error {
	since := k.Now().Add(-k.For)
	missing, err := k.Pins.Missing(ctx, since, slice)
	if err != nil {
		return err
	}
	for _, name := range missing {
		gone, err := k.keep(ctx, seal.Object(name))
		if err == nil {
			err = k.Pins.Pinned(ctx, name, gone)
		}
		if err != nil {
			return err
		}
	}
	over, err := k.Pins.Over(ctx, since, slice)
	if err != nil {
		return err
	}
	for _, name := range over {
		if err := k.Kept.Delete(ctx, seal.Object(name)); err != nil {
			return err
		}
		if err := k.Pins.Release(ctx, name); err != nil {
			return err
		}
	}
	return nil
}

func (k Keeper) keep(ctx context.Context, object string) (gone bool, err error) {
	if there, err := k.Kept.Exists(ctx, object); err != nil || there {
		return false, err
	}
	sealed, err := k.Fresh.Get(ctx, object)
	if huiying.ErrorCode(err) == huiying.NotFound {
		return true, nil
	}
	if err != nil {
		return false, err
	}
	return false, k.Kept.Put(ctx, object, sealed)
}

// Desk opens evidence.
type Desk struct {
	Pins        *pins.Pins
	Fresh, Kept *bus.Objects
	Key         []byte // of the seal
	Store       *store.Store
	Log         *access.Log
}

// Proofs lists the evidence of a post of a case.
func (d Desk) Proofs(ctx context.Context, no, post string) ([]query.Proof, error) {
	list, err := d.Pins.Of(ctx, no, post)
	if err == nil && len(list) == 0 {
		err = huiying.Errorf(huiying.NotFound, "evidence.not_of_case", post, no)
	}
	return list, err
}

// Openings lists who opened evidence of a case, the newest first.
func (d Desk) Openings(ctx context.Context, no string) ([]query.Opened, error) {
	entries, err := d.Log.Of(ctx, no, access.EvidenceOpened, 100)
	out := make([]query.Opened, 0, len(entries))
	for _, e := range entries {
		out = append(out, query.Opened{At: e.At, By: e.Actor, Detail: e.Detail})
	}
	return out, err
}

// Open gives a page back as it was fetched, once it is noted who opened it and
// why. Errors: huiying.Invalid without a reason, huiying.NotFound when the page
// is not of the post or is gone, huiying.Conflict when it does not match its
// name.
func (d Desk) Open(ctx context.Context, o query.ProofOpening) (query.Page, error) {
	o.Reason = strings.TrimSpace(o.Reason)
	if o.Reason == "" {
		return query.Page{}, huiying.Errorf(huiying.Invalid, "evidence.reason")
	}
	list, err := d.Proofs(ctx, o.CaseNo, o.Post)
	if err != nil {
		return query.Page{}, err
	}
	var found query.Proof
	for _, p := range list {
		if p.Name != "" && (o.Name == "" || o.Name == p.Name) {
			found = p
			break
		}
	}
	if found.Name == "" {
		return query.Page{}, huiying.Errorf(huiying.NotFound, "evidence.none", o.Post)
	}
	sealed, err := d.sealed(ctx, seal.Object(found.Name))
	if err != nil {
		return query.Page{}, err
	}
	if err := d.note(ctx, o, found.Name); err != nil {
		return query.Page{}, err
	}
	raw, err := seal.Open(d.Key, found.Name, sealed)
	if errors.Is(err, seal.ErrTampered) {
		return query.Page{}, huiying.Errorf(huiying.Conflict, "evidence.tampered", found.Name)
	}
	if err != nil {
		return query.Page{}, err
	}
	text, _ := charset.Decode(raw, "")
	return query.Page{Proof: found, Raw: raw, Text: strings.ToValidUTF8(string(text), "�")}, nil
}

func (d Desk) sealed(ctx context.Context, object string) ([]byte, error) {
	sealed, err := d.Kept.Get(ctx, object)
	if huiying.ErrorCode(err) == huiying.NotFound {
		sealed, err = d.Fresh.Get(ctx, object)
	}
	if huiying.ErrorCode(err) == huiying.NotFound {
		return nil, huiying.Errorf(huiying.NotFound, "evidence.gone")
	}
	return sealed, err
}

func (d Desk) note(ctx context.Context, o query.ProofOpening, name string) error {
	return d.Store.Write(ctx, store.Urgent, func(ctx context.Context, tx *store.Tx) error {
		return access.Note(ctx, tx, access.Entry{Actor: o.Actor.ID, Action: access.EvidenceOpened, Object: o.CaseNo, Detail: o.Post + " " + name[:19] + " " + o.Reason})
	})
}
