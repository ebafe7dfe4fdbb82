package intake

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"huiying"
	"huiying/crawler"
	"huiying/crawler/intake/handover"
	"huiying/crawler/intake/sheet"
	"huiying/internal/locale"
)

// File is one sheet to be taken in.
type File struct {
	Path    string
	Name    string // as people know it
	Options Options
	Desk    handover.Desk
	Offer   func(ctx context.Context, p huiying.Post) error // returns when the post is durably accepted
	Keep    crawler.Keep                                    // nil = there is no evidence store
	From    int                                             // rows up to this number were accepted before
	Words   Words
	Lang    locale.Lang
}

// Words gives the catalogue when a sentence is needed.
type Words func() (*locale.Catalogue, error)

// Taken is what came of a sheet.
type Taken struct {
	Rows    int // hand-overs offered, in this and earlier readings
	Repeats int // rows said word for word before in the same sheet
	Bad     int
	Last    int                   // number of the last row that was dealt with
	Faults  []huiying.IntakeFault // the first hundred
	Copy    *sheet.Faults         // the bad rows, nil when there are none; the caller closes it
}

// shownFaults bounds how many faults are told one by one; the copy holds all.
const shownFaults = 100

// OfferError is why a post was not accepted: nothing is wrong with the file,
// it is to be read again from Taken.Last.
type OfferError struct{ Err error }

// Error is the text for logs.
func (e *OfferError) Error() string { return "offer a hand-over: " + e.Err.Error() }

// Unwrap gives the cause.
func (e *OfferError) Unwrap() error { return e.Err }

// Take reads the sheet and offers its hand-overs row by row. An error of code
// huiying.Invalid that is no OfferError says what is wrong with the file as a
// whole; what was offered before stays accepted.
func (f File) Take(ctx context.Context) (Taken, error) {
	var out Taken
	book, err := sheet.Open(f.Path, f.Name)
	if err != nil {
		return out, err
	}
	table, err := handover.NewTable(ctx, book, f.Options.headings, f.Options.Sheet, f.Name)
	if err == nil {
		err = table.Rows(ctx, func(r handover.Row) error { return f.row(ctx, &out, table.Header, r) })
	}
	return out, errors.Join(err, book.Close())
}

// row deals with one row.
func (f File) row(ctx context.Context, out *Taken, header []string, r handover.Row) error {
	post, err := f.Desk.Post(r.Handover)
	if r.Fault != nil {
		err = r.Fault
	}
	switch {
	case err != nil:
		if err := f.refuse(out, header, r, err); err != nil {
			return err
		}
	case r.Repeat:
		out.Repeats++
	case r.N <= f.From:
		out.Rows++
	default:
		if err := f.offer(ctx, post, header, r); err != nil {
			return &OfferError{err}
		}
		out.Rows++
	}
	out.Last = max(out.Last, r.N)
	return nil
}

// offer keeps the row as it was, sealed, and hands the post on.
func (f File) offer(ctx context.Context, p huiying.Post, header []string, r handover.Row) error {
	if f.Keep != nil {
		raw, err := json.Marshal(struct {
			File   string   `json:"file"`
			Row    int      `json:"row"`
			Header []string `json:"header"`
			Cells  []string `json:"cells"`
		}{f.Name, r.N, header, r.Cells})
		if err != nil {
			return fmt.Errorf("encode row %d: %w", r.N, err)
		}
		p.Evidence = f.Keep(ctx, raw)
	}
	return f.Offer(ctx, p)
}

// refuse puts a row into the copy that goes back.
func (f File) refuse(out *Taken, header []string, r handover.Row, fault error) error {
	if out.Copy == nil {
		faults, err := sheet.NewFaults(header)
		if err != nil {
			return err
		}
		out.Copy = faults
	}
	catalogue, err := f.Words()
	if err != nil {
		return fmt.Errorf("load the catalogue: %w", err)
	}
	words := catalogue.Sentence(f.Lang, fault)
	if len(out.Faults) < shownFaults {
		out.Faults = append(out.Faults, huiying.IntakeFault{Index: r.N, Number: r.Handover.Number, Message: words})
	}
	out.Bad++
	return out.Copy.Add(r.Row, words)
}
