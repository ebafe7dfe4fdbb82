package notifier_test

import (
	"cmp"
	"context"
	"slices"
	"time"

	"huiying"
)

// Settle does what a store does: a lease that is another's by now is left.
func (m *memory) Settle(_ context.Context, ds []huiying.Delivery, a *huiying.Attempt) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := m.failing("Settle"); err != nil {
		return err
	}
	var lost error
	for _, d := range ds {
		had := m.data.deliveries[d.ID]
		if !had.LeasedUntil.Equal(d.LeasedUntil) || had.LeasedUntil.IsZero() {
			lost = huiying.Errorf(huiying.Conflict, "store.lease_lost", d.ID)
			continue
		}
		if had.State == huiying.DeliveryRead {
			d.State = huiying.DeliveryRead
		}
		d.LeasedUntil, d.ReadAt, d.AckedAt, d.HandedOnAt = time.Time{}, had.ReadAt, had.AckedAt, had.HandedOnAt
		m.data.deliveries[d.ID] = d
		if a != nil {
			one := *a
			one.Delivery, one.Channel, one.Digest = d.ID, d.Channel, d.Digest
			m.data.ledger = append(slices.Clone(m.data.ledger), one)
		}
	}
	return lost
}

func (m *memory) foldable(f huiying.Fold) []huiying.Delivery {
	var out []huiying.Delivery
	for _, id := range m.data.order {
		d := m.data.deliveries[id]
		waiting := d.State == huiying.DeliveryQueued || d.State == huiying.DeliveryRetrying
		abandoned := d.State == huiying.DeliverySending && !d.LeasedUntil.After(f.Now)
		if d.Channel == f.Channel && (f.Address == "" && !f.Apart || d.Address == f.Address) && (waiting || abandoned) {
			out = append(out, d)
		}
	}
	slices.SortStableFunc(out, func(a, b huiying.Delivery) int { return cmp.Compare(b.Alert.Level.Rank(), a.Alert.Level.Rank()) })
	return out
}

func (m *memory) Waiting(_ context.Context, f huiying.Fold) (int, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return len(m.foldable(f)), m.failing("Waiting")
}

func (m *memory) Fold(_ context.Context, f huiying.Fold) ([]huiying.Delivery, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := m.failing("Fold"); err != nil {
		return nil, err
	}
	more := m.foldable(f)
	all := append(slices.Clone(f.With), more[:min(len(more), f.Most-len(f.With))]...)
	for i := range all {
		all[i].State, all[i].LeasedUntil, all[i].Digest = huiying.DeliverySending, f.Until, f.Digest
		m.data.deliveries[all[i].ID] = all[i]
	}
	return all, nil
}

func (m *memory) Late(_ context.Context, now time.Time, after map[huiying.Level]time.Duration, n int) ([]huiying.Delivery, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var out []huiying.Delivery
	for _, id := range m.data.order {
		d := m.data.deliveries[id]
		due := d.StepDue
		if age := after[d.Alert.Level]; age > 0 && (due.IsZero() || due.After(d.CreatedAt.Add(age))) {
			due = d.CreatedAt.Add(age)
		}
		open := d.State == huiying.DeliveryQueued || d.State == huiying.DeliveryRetrying || d.State == huiying.DeliverySending
		if open && d.HandedOnAt.IsZero() && d.Person != "" && !due.IsZero() && !now.Before(due) && len(out) < n {
			out = append(out, d)
		}
	}
	return out, m.failing("Late")
}

func (m *memory) HandedOn(_ context.Context, id, to string, at time.Time) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	d := m.data.deliveries[id]
	d.HandedOnAt = at
	m.data.deliveries[id] = d
	m.data.ledger = append(slices.Clone(m.data.ledger), huiying.Attempt{Delivery: id, Result: huiying.AttemptHandedOn, Sentence: to, At: at})
	return m.failing("HandedOn")
}

func (m *memory) SentSince(_ context.Context, since time.Time) ([]huiying.Attempt, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var out []huiying.Attempt
	seen := map[string]bool{}
	for _, a := range m.data.ledger {
		if a.At.Before(since) || a.Result == huiying.AttemptHandedOn || a.Digest != "" && seen[a.Digest] {
			continue
		}
		seen[a.Digest] = true
		out = append(out, huiying.Attempt{Channel: a.Channel, Delivery: m.data.deliveries[a.Delivery].Address, At: a.At})
	}
	return out, m.failing("SentSince")
}
