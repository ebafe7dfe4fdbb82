package notifier

import (
	"context"
	"fmt"
	"slices"

	"github.com/prometheus/client_golang/prometheus"

	"huiying"
)

// maxArchive is how many events one bulk transaction takes, so that no write
// holds the store for long.
const maxArchive = 200

// Archiver stores every event, apart from and never in the way of alerts.
type Archiver struct {
	archive Archive
	stored  prometheus.Counter
}

// NewArchiver makes the handler of the bus consumer "archive"; reg may be nil.
func NewArchiver(archive Archive, reg prometheus.Registerer) *Archiver {
	a := &Archiver{archive: archive, stored: prometheus.NewCounter(prometheus.CounterOpts{
		Name: "huiying_notifier_archived_total", Help: "Events written to the archive.",
	})}
	if reg != nil {
		reg.MustRegister(a.stored)
	}
	return a
}

// HandleBatch stores the events, 200 in a transaction; nil means that all may
// be acknowledged. Storing an event again changes nothing.
func (a *Archiver) HandleBatch(ctx context.Context, evs []huiying.Event) error {
	for part := range slices.Chunk(evs, maxArchive) {
		if err := a.archive.SaveEvents(ctx, part); err != nil {
			return fmt.Errorf("archive %d events from %s: %w", len(part), part[0].ID, err)
		}
		a.stored.Add(float64(len(part)))
	}
	return nil
}
