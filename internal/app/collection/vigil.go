package collection

import (
	"context"

	"huiying/internal/store/coverage"
	"huiying/notifier/vigil"
)

// Watched is the coverage ledger as the watch over the collection sees it.
type Watched struct{ *coverage.Ledger }

// Standings says how every source that is defined stands.
func (w Watched) Standings(ctx context.Context) ([]vigil.Standing, error) {
	list, err := w.Ledger.Standings(ctx)
	out := make([]vigil.Standing, 0, len(list))
	for _, s := range list {
		out = append(out, vigil.Standing{
			Source: s.Source.ID, Name: s.Source.Name, Disabled: s.Source.Disabled, State: s.State, Detail: s.Detail, Period: s.Period,
			LastAt: s.LastAt, Missed: s.Missed, BadFrom: s.BadFrom, SameFrom: s.SameAs, Bad: s.Bad,
			Capped: vigil.Run(s.Capped), Empty: vigil.Run(s.Empty), Always: s.Always,
		})
	}
	return out, err
}
