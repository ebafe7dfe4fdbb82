package notifier

import (
	"context"
	"slices"
	"time"

	"huiying"
)

// Groups finds what is told in one message.
type Groups interface {
	// Fellows leases what is due together with a delivery that is under way:
	// what waits under its group for the same person and channel. All of them,
	// that delivery too, then name the message that carries them as their digest.
	Fellows(ctx context.Context, d huiying.Delivery, now time.Time) ([]huiying.Delivery, error)
}

// grouped is a delivery with those that are told in the same message, the most
// urgent first, for it is the one the message is about. When the others cannot
// be found it goes out alone, and they after it. A digest carries its own.
// group says that they are told as such.
func (s *Sender) grouped(ctx context.Context, ds []huiying.Delivery) (all []huiying.Delivery, group bool) {
	d := ds[0]
	groups, ok := s.o.Outbox.(Groups)
	if !ok || len(ds) > 1 || d.Group == "" || d.Digest != "" {
		return ds, false
	}
	fellows, err := groups.Fellows(ctx, d, s.o.Now())
	if err != nil {
		logger(s.o.Logger).Warn("the group of a delivery cannot be read", "delivery", d.ID, "error", err)
		return ds, false
	}
	if len(fellows) == 0 {
		return ds, false
	}
	d.Digest = fellows[0].Digest
	all = append([]huiying.Delivery{d}, fellows...)
	lead := 0 // the most urgent speaks; the others keep their order
	for i, f := range all {
		if f.Alert.Level.Rank() > all[lead].Alert.Level.Rank() {
			lead = i
		}
	}
	first := all[lead]
	return slices.Insert(slices.Delete(all, lead, lead+1), 0, first), true
}
