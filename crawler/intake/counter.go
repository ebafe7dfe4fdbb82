package intake

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"huiying"
	"huiying/crawler"
	"huiying/crawler/intake/handover"
	"huiying/internal/locale"
)

// CounterOptions are what a Counter works with; Keep alone may be nil.
type CounterOptions struct {
	// Source finds a definition of this kind.
	Source func(ctx context.Context, id string) (huiying.Source, error)
	// Store makes posts and the row of the ledger durable, all or none, before
	// it returns.
	Store func(ctx context.Context, posts []huiying.Post, row huiying.LedgerEntry) error
	// Chain is what every post passes on its way to a sink.
	Chain func(crawler.Sink) crawler.Sink
	Keep  crawler.Keep
	Words *locale.Catalogue
	Now   func() time.Time
	Zone  *time.Location
}

// Counter takes hand-overs that are pushed or brought by hand. What it says it
// has accepted is durable.
type Counter struct{ o CounterOptions }

// NewCounter makes a Counter.
func NewCounter(o CounterOptions) *Counter { return &Counter{o} }

// batch collects posts until they are stored.
type batch struct{ posts []huiying.Post }

// Accept implements crawler.Sink.
func (b *batch) Accept(_ context.Context, p huiying.Post) error {
	b.posts = append(b.posts, p)
	return nil
}

// storeEvery is how many posts are stored in one transaction, which must stay
// short.
const storeEvery = 200

// Take takes a list. Errors: huiying.NotFound for a source that there is not,
// huiying.Unavailable when the list could not be stored and is to be sent
// again; what is wrong with a hand-over itself stands in the answer.
func (c *Counter) Take(ctx context.Context, source string, lang locale.Lang, list []huiying.Handover) (huiying.Intake, error) {
	out := huiying.Intake{Errors: []huiying.IntakeFault{}}
	d, _, err := c.desk(ctx, source)
	if err != nil {
		return out, err
	}
	t := c.tray(d)
	for i, h := range list {
		p, err := d.Post(h)
		if err != nil {
			out.Errors = append(out.Errors, huiying.IntakeFault{Index: i, Number: h.Number, Message: c.o.Words.Sentence(lang, err)})
			continue
		}
		if p.Evidence, err = c.keep(ctx, h); err == nil {
			err = t.offer(ctx, p)
		}
		if err != nil {
			return out, err
		}
	}
	out.Accepted = t.offered
	return out, t.end(ctx, len(list), len(out.Errors))
}

// keep seals the hand-over as it came.
func (c *Counter) keep(ctx context.Context, h huiying.Handover) (string, error) {
	if c.o.Keep == nil {
		return "", nil
	}
	raw, err := json.Marshal(h)
	if err != nil {
		return "", fmt.Errorf("encode hand-over %s: %w", h.Number, err)
	}
	return c.o.Keep(ctx, raw), nil
}

// Upload is a sheet brought by hand.
type Upload struct {
	Source string
	Path   string
	Name   string // as the person knows it
	Lang   locale.Lang
}

// Uploaded is what came of a sheet.
type Uploaded struct {
	huiying.Intake        // Errors holds the first hundred
	Refused        int    // rows given back
	Sheet          []byte // xlsx of those rows with what is wrong, nil when there are none
}

// TakeSheet takes the rows of a sheet. Errors: as Take, and huiying.Invalid
// for a file that cannot be read as a whole.
func (c *Counter) TakeSheet(ctx context.Context, u Upload) (out Uploaded, err error) {
	out.Errors = []huiying.IntakeFault{}
	d, options, err := c.desk(ctx, u.Source)
	if err != nil {
		return out, err
	}
	t := c.tray(d)
	taken, err := File{
		Path: u.Path, Name: u.Name, Options: options, Desk: d, Offer: t.offer, Keep: c.o.Keep, Lang: u.Lang,
		Words: func() (*locale.Catalogue, error) { return c.o.Words, nil },
	}.Take(ctx)
	if taken.Copy != nil {
		defer func() { err = errors.Join(err, taken.Copy.Close()) }()
	}
	if err != nil {
		return out, err
	}
	if err := t.end(ctx, taken.Rows+taken.Repeats+taken.Bad, taken.Bad); err != nil {
		return out, err
	}
	out.Accepted, out.Refused = t.offered, taken.Bad
	if taken.Copy == nil {
		return out, nil
	}
	out.Errors = taken.Faults
	var b bytes.Buffer
	err = taken.Copy.Write(&b)
	out.Sheet = b.Bytes()
	return out, err
}

// desk finds a source that takes hand-overs.
func (c *Counter) desk(ctx context.Context, id string) (handover.Desk, Options, error) {
	s, err := c.o.Source(ctx, id)
	if err != nil {
		return handover.Desk{}, Options{}, err
	}
	if s.Kind != KindName || s.Disabled {
		return handover.Desk{}, Options{}, huiying.Errorf(huiying.NotFound, "intake.no_source", id)
	}
	o, err := Settle(s)
	return handover.Desk{Source: s.ID, Platform: o.Platform, Now: c.o.Now(), Zone: c.o.Zone}, o, err
}

// tray is the posts of one list on their way into the store.
type tray struct {
	c       *Counter
	desk    handover.Desk
	batch   *batch
	chain   crawler.Sink
	offered int
	stored  int
}

func (c *Counter) tray(d handover.Desk) *tray {
	b := &batch{}
	return &tray{c: c, desk: d, batch: b, chain: c.o.Chain(b)}
}

func (t *tray) offer(ctx context.Context, p huiying.Post) error {
	if err := t.chain.Accept(ctx, p); err != nil {
		return err
	}
	t.offered++
	if len(t.batch.posts) < storeEvery {
		return nil
	}
	return t.store(ctx, huiying.LedgerEntry{})
}

func (t *tray) store(ctx context.Context, row huiying.LedgerEntry) error {
	err := t.c.o.Store(ctx, t.batch.posts, row)
	if err == nil {
		t.stored += len(t.batch.posts)
		t.batch.posts = nil
	}
	return err
}

// end stores the rest with the row of the ledger.
func (t *tray) end(ctx context.Context, all, refused int) error {
	row := huiying.LedgerEntry{
		Source: t.desk.Source, At: t.desk.Now, Took: t.c.o.Now().Sub(t.desk.Now), State: huiying.SourceOK, Pages: 1,
		Posts: all - refused, Accepted: t.stored + len(t.batch.posts),
	}
	if refused > 0 {
		row.Detail = t.c.o.Words.Text(locale.Chinese, "intake.note_refused", row.Accepted, refused)
	}
	return t.store(ctx, row)
}

// Secret gives the secret that pushes to a source are signed with.
// huiying.NotFound where none are taken.
func (c *Counter) Secret(ctx context.Context, source string) (string, error) {
	_, o, err := c.desk(ctx, source)
	if err == nil && o.Secret == "" {
		err = huiying.Errorf(huiying.NotFound, "intake.no_source", source)
	}
	return o.Secret, err
}
