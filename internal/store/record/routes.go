package record

import (
	"context"
	"time"

	"huiying"
	"huiying/internal/store/outbox"
	"huiying/internal/store/routes"
)

// Silences lists the silences in force at a time.
func (t *Tx) Silences(ctx context.Context, at time.Time) ([]huiying.Silence, error) {
	return routes.InForce(ctx, t.tx, at)
}

// WhoWasTold lists who was told of earlier alerts of the same matter.
func (t *Tx) WhoWasTold(ctx context.Context, m huiying.SameMatter) ([]huiying.Told, error) {
	return routes.WhoWasTold(ctx, t.tx, m)
}

// Waiting tells of the delivery's group, person and channel when the message
// goes out that still waits, and when the last one was due.
func (t *Tx) Waiting(ctx context.Context, d huiying.Delivery, now time.Time) (next, last time.Time, err error) {
	return outbox.Waiting(ctx, t.tx, d, now)
}

// SaveTellings keeps what was decided about an alert.
func (t *Tx) SaveTellings(ctx context.Context, f huiying.AlertFacts, tellings []huiying.Telling) error {
	return routes.Save(ctx, t.tx, f, tellings)
}

// AddRepeat begins a repeat, or has it go on from a newer alert.
func (t *Tx) AddRepeat(ctx context.Context, r huiying.Repeat) error {
	return routes.AddRepeat(ctx, t.tx, r)
}

// Repeat reads a repeat; ok is false when there is none.
func (t *Tx) Repeat(ctx context.Context, id string) (r huiying.Repeat, ok bool, err error) {
	return routes.Repeat(ctx, t.tx, id)
}

// MoveRepeat notes where a repeat stands.
func (t *Tx) MoveRepeat(ctx context.Context, r huiying.Repeat) error {
	return routes.MoveRepeat(ctx, t.tx, r)
}

// Answered reports whether a repeat was answered, and whether a delivery of it
// is still on its way.
func (t *Tx) Answered(ctx context.Context, r huiying.Repeat) (acked, underWay bool, err error) {
	return routes.Answered(ctx, t.tx, r)
}

// Facts are what routes knew of an alert.
func (t *Tx) Facts(ctx context.Context, alert string) (huiying.AlertFacts, error) {
	r, err := routes.Of(ctx, t.tx, alert)
	return r.Facts, err
}

// AddTellings puts more beside what was decided about an alert.
func (t *Tx) AddTellings(ctx context.Context, a huiying.Alert, more []huiying.Telling) error {
	return routes.Add(ctx, t.tx, a, more)
}
