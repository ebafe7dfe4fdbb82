package coverage

import (
	"context"
	"fmt"
	"slices"
	"time"

	"huiying"
	"huiying/internal/store"
	"huiying/internal/store/coverage/gap"
)

func visitOf(e huiying.LedgerEntry) gap.Visit {
	return gap.Visit{
		At: e.At, Last: e.At, Took: e.Took, State: e.State, Reason: e.Reason, Detail: e.Detail, Capped: e.Capped, NextAt: e.NextAt,
	}
}

// visits lists the visits that the gaps of a span are found from, by time: the
// one in force when it begins and, where that one is not well, those before it
// to the beginning of its gap; hours in which all was well as one run each;
// and every other visit. What came after the span is looked at too, to know
// whether the last gap has ended.
func (r *reading) visits(ctx context.Context, s huiying.Source, rolled []hour) ([]gap.Visit, error) {
	begun := r.from.UTC().Truncate(time.Hour)
	out, err := r.before(ctx, s.ID, begun)
	if err != nil {
		return nil, err
	}
	var rough []hour
	quiet := func(h hour) bool {
		return h.Well == h.Visits && h.Empty == 0 && h.Capped == 0 && h.pause <= gap.Period(s, r.zone, h.from)
	}
	for _, h := range rolled {
		if !quiet(h) && !h.first.IsZero() {
			rough = append(rough, h)
		}
	}
	var single []gap.Visit
	if len(rough) > 0 {
		if single, err = r.between(ctx, s.ID, rough[0].from, rough[len(rough)-1].from.Add(time.Hour)); err != nil {
			return nil, err
		}
	}
	for _, h := range rolled {
		switch {
		case h.first.IsZero():
		case quiet(h):
			out = append(out, gap.Visit{At: h.first, Last: h.last, State: huiying.SourceOK})
		default:
			for len(single) > 0 && single[0].At.Before(h.from) {
				single = single[1:]
			}
			for len(single) > 0 && single[0].At.Before(h.from.Add(time.Hour)) {
				out, single = append(out, single[0]), single[1:]
			}
		}
	}
	return r.after(ctx, s.ID, out)
}

// before lists the visits that lead up to a time.
func (r *reading) before(ctx context.Context, id string, t time.Time) ([]gap.Visit, error) {
	rows, err := r.q.QueryContext(ctx,
		`SELECT `+columns+` FROM coverage WHERE source = $1 AND at < $2 AND `+counted+` ORDER BY at DESC LIMIT $3`, id, store.Micros(t), followed)
	if err != nil {
		return nil, fmt.Errorf("list visits of %s: %w", id, err)
	}
	defer rows.Close()
	var out []gap.Visit
	for rows.Next() {
		e, err := scanEntry(rows)
		if err != nil {
			return nil, fmt.Errorf("list visits of %s: %w", id, err)
		}
		out = append(out, visitOf(e))
		if e.State == huiying.SourceOK && !e.Capped {
			break
		}
	}
	slices.Reverse(out)
	return out, rows.Err()
}

func (r *reading) between(ctx context.Context, id string, from, to time.Time) ([]gap.Visit, error) {
	list, err := store.Collect[huiying.LedgerEntry](r.q.QueryContext(ctx,
		`SELECT `+columns+` FROM coverage WHERE source = $1 AND at >= $2 AND at < $3 AND `+counted+` ORDER BY at`,
		id, store.Micros(from), store.Micros(to)))(scanEntry)
	if err != nil {
		return nil, fmt.Errorf("list visits of %s: %w", id, err)
	}
	out := make([]gap.Visit, len(list))
	for i, e := range list {
		out[i] = visitOf(e)
	}
	return out, nil
}

// after adds the first visit past the hours of the span, which ends what lasts
// to their end.
func (r *reading) after(ctx context.Context, id string, out []gap.Visit) ([]gap.Visit, error) {
	end := r.to.UTC().Truncate(time.Hour)
	if !end.Equal(r.to) {
		end = end.Add(time.Hour)
	}
	list, err := store.Collect[huiying.LedgerEntry](r.q.QueryContext(ctx,
		`SELECT `+columns+` FROM coverage WHERE source = $1 AND at >= $2 AND `+counted+` ORDER BY at LIMIT $3`, id, store.Micros(end), followed))(scanEntry)
	if err != nil {
		return nil, fmt.Errorf("list visits of %s: %w", id, err)
	}
	for _, e := range list {
		out = append(out, visitOf(e))
		if e.State == huiying.SourceOK {
			break
		}
	}
	return out, nil
}

// alive reports whether any source was visited in a span. A failing query is
// kept for the caller.
func (r *reading) alive(ctx context.Context, from, to time.Time) (yes bool) {
	err := r.q.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM coverage WHERE at >= $1 AND at < $2)`,
		store.Micros(from), store.Micros(to)).Scan(&yes)
	if err != nil {
		r.err = fmt.Errorf("look for visits: %w", err)
	}
	return yes
}

// always reports whether the source brought something with every visit of the
// week before, as far as that can be said.
func (r *reading) always(ctx context.Context, id string, before time.Time) bool {
	list, err := hours(ctx, r.q, id, before.Add(-week), before.UTC().Truncate(time.Hour))
	if err != nil {
		r.err = err
		return false
	}
	var well, empty int
	for _, h := range list {
		well, empty = well+h.Well, empty+h.Empty
	}
	return well >= alwaysVisits && before.Sub(list[0].from) >= alwaysSince && empty*alwaysShare <= well
}
