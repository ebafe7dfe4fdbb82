package crawler

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"huiying"
)

// filling is how far a back-fill has come. It is kept apart from the source's
// own record: a plain visit meanwhile neither moves it nor is moved by it.
type filling struct {
	From   time.Time       `json:"from"`
	To     time.Time       `json:"to"`
	Parts  int             `json:"parts"` // visits it took so far
	Cursor json.RawMessage `json:"cursor,omitempty"`

	revision uint64
}

// Bounds of a back-fill.
const (
	backfillTimes = 12 // times longer than a plain visit one part may take
	maxParts      = 24
	nextPart      = time.Minute // from the end of one part to the next
)

// fillState is where the back-fill of a source keeps how far it came.
func fillState(source string) string { return "backfill." + source }

// resume reads how far the back-fill of this window has come; another window
// begins with the source's own cursor.
func (v *attempt) resume(ctx context.Context) error {
	raw, revision, err := v.c.o.State.Load(ctx, fillState(v.source.ID))
	if err != nil {
		return told(huiying.Unavailable, "crawler.state_unread", err, v.source.ID, err.Error())
	}
	var f filling
	if len(raw) > 0 {
		if err := json.Unmarshal(raw, &f); err != nil {
			return told(huiying.Internal, "crawler.state_unread", err, v.source.ID, err.Error())
		}
	}
	if !f.From.Equal(v.job.From) || !f.To.Equal(v.job.To) {
		f = filling{From: v.job.From, To: v.job.To, Cursor: v.entry.rec.Cursor}
	}
	f.revision = revision
	v.filling = f
	return nil
}

// refill keeps how far a part came, and reports whether another one is to
// follow: the part ran out of time, was stopped by our own ending, or could not hand
// its posts on. What the site refused is not asked for again.
func (v *attempt) refill(ctx context.Context, report Report, err error) (more bool) {
	f := &v.filling
	refused := err != nil && keyOf(err) == "crawler.not_accepted"
	more = refused || errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled)
	if f.Parts++; f.Parts >= maxParts {
		more = false
	}
	if len(report.Cursor) > 0 && !refused {
		f.Cursor = report.Cursor
	}
	if !more {
		*f = filling{revision: f.revision} // the next one begins anew
	}
	raw, jerr := json.Marshal(f)
	if jerr == nil {
		_, jerr = v.c.o.State.Save(ctx, fillState(v.source.ID), raw, f.revision)
	}
	if jerr != nil {
		v.c.o.Logger.Error("how far a back-fill came is not saved", "source", v.source.ID, "err", fmt.Errorf("save: %w", jerr))
	}
	return more
}
