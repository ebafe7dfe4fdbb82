package outbox_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"huiying"
	"huiying/internal/store/outbox"
	"huiying/internal/store/storetest"
)

// model is what the outbox must be like, whatever is asked of it.
type model struct {
	queue map[string]*huiying.Delivery
	order []string // in order of creation
}

func (m *model) unsettled(id string) bool {
	s := m.queue[id].State
	return s == huiying.DeliveryQueued || s == huiying.DeliveryRetrying || s == huiying.DeliverySending
}

func (m *model) blocked(id string) bool {
	d := m.queue[id]
	for _, other := range m.order {
		if other == id {
			return false
		}
		o := m.queue[other]
		if m.unsettled(other) && o.Alert.CaseNo == d.Alert.CaseNo && o.Person == d.Person && d.Alert.CaseNo != "" {
			return true
		}
	}
	return false
}

// take leases a delivery, which it must be the time for.
func (m *model) take(rt *rapid.T, d huiying.Delivery, now time.Time) {
	known := m.queue[d.ID]
	switch {
	case !m.unsettled(d.ID):
		rt.Fatalf("%s was %s", d.ID, known.State)
	case known.State == huiying.DeliverySending && known.LeasedUntil.After(now):
		rt.Fatalf("%s is leased twice", d.ID)
	case known.NextAt.After(now):
		rt.Fatalf("%s came too early", d.ID)
	case m.blocked(d.ID):
		rt.Fatalf("%s overtook", d.ID)
	}
	*known = d
}

// Whatever enqueuing, leasing, settling, dying and acknowledging comes, no
// delivery is lost, none is leased twice at a time, and none overtakes.
func TestOutboxIsAStateMachine(t *testing.T) {
	s, clock := storetest.Open(t)
	q := outbox.NewDeliveries(s)
	rapid.Check(t, func(rt *rapid.T) {
		storetest.Exec(t, s, `DELETE FROM deliveries`, `DELETE FROM alerts`, `DELETE FROM bus_outbox`)
		m := &model{queue: map[string]*huiying.Delivery{}}
		held := map[string]huiying.Delivery{}
		rt.Repeat(map[string]func(*rapid.T){
			"enqueue": func(rt *rapid.T) {
				level := rapid.SampledFrom(huiying.Levels()[:4]).Draw(rt, "level")
				no := rapid.SampledFrom([]string{"", "HY20261123-0001"}).Draw(rt, "case")
				person := rapid.SampledFrom([]string{"u-lin", "u-wang"}).Draw(rt, "person")
				clock.Advance(time.Millisecond)
				d := enqueue(t, s, fmt.Sprintf("d-%04d", len(m.order)), level, no, person)
				m.queue[d.ID], m.order = &d, append(m.order, d.ID)
			},
			"wait": func(rt *rapid.T) {
				clock.Advance(time.Duration(rapid.IntRange(1, 90).Draw(rt, "seconds")) * time.Second)
			},
			"lease": func(rt *rapid.T) {
				now := clock.Now()
				for _, d := range leased(t, q, now, rapid.IntRange(1, 3).Draw(rt, "n")) {
					m.take(rt, d, now)
					held[d.ID] = d
				}
			},
			"fold": func(rt *rapid.T) {
				if len(held) == 0 {
					rt.Skip("nothing is held")
				}
				lead := held[rapid.SampledFrom(sorted(held)).Draw(rt, "lead")]
				if !lead.LeasedUntil.After(clock.Now()) {
					rt.Skip("its lease has ended")
				}
				all, err := q.Fold(t.Context(), huiying.Fold{
					Digest: "g-1", Channel: lead.Channel, With: []huiying.Delivery{lead}, Now: clock.Now(), Until: lead.LeasedUntil,
					Most: rapid.IntRange(1, 4).Draw(rt, "most"),
				})
				if err != nil {
					rt.Fatal(err)
				}
				inside := map[string]int{}
				for i, d := range all {
					inside[d.ID] = i
				}
				for i, d := range all {
					known := m.queue[d.ID]
					if d.ID != lead.ID && (!m.unsettled(d.ID) || known.State == huiying.DeliverySending && known.LeasedUntil.After(clock.Now())) {
						rt.Fatalf("%s was folded while %s", d.ID, known.State)
					}
					for _, other := range m.order[:slices.Index(m.order, d.ID)] {
						o := m.queue[other]
						at, folded := inside[other]
						sameCase := o.Alert.CaseNo == d.Alert.CaseNo && o.Person == d.Person && d.Alert.CaseNo != ""
						if sameCase && (folded && at > i || !folded && m.unsettled(other)) && d.ID != lead.ID {
							rt.Fatalf("%s overtook %s in a digest", d.ID, other)
						}
					}
				}
				for _, d := range all {
					if m.queue[d.ID].State == huiying.DeliveryRead {
						d.State = huiying.DeliveryRead
					}
					*m.queue[d.ID], held[d.ID] = d, d
				}
			},
			"settle": func(rt *rapid.T) {
				if len(held) == 0 {
					rt.Skip("nothing is held")
				}
				id := rapid.SampledFrom(sorted(held)).Draw(rt, "id")
				d := held[id]
				d.State = rapid.SampledFrom([]huiying.DeliveryState{
					huiying.DeliveryAccepted, huiying.DeliveryRetrying, huiying.DeliveryDead,
				}).Draw(rt, "state")
				d.NextAt = clock.Now().Add(10 * time.Second)
				delete(held, id)
				known := m.queue[id]
				var a *huiying.Attempt
				if rapid.Bool().Draw(rt, "sent") {
					a = &huiying.Attempt{At: clock.Now(), Result: huiying.AttemptRetry}
				}
				var next []huiying.Delivery
				var err error
				if d.State == huiying.DeliveryAccepted && rapid.Bool().Draw(rt, "followed") {
					next, err = q.Follow(t.Context(), d, a, huiying.Turn{Now: clock.Now(), Until: clock.Now().Add(lease)})
				} else {
					err = q.Settle(t.Context(), []huiying.Delivery{d}, a)
				}
				if err != nil {
					rt.Fatal(err) // only the holder of the newest lease is in held
				}
				d.LeasedUntil = time.Time{}
				if known.State == huiying.DeliveryRead {
					d.State = huiying.DeliveryRead
				}
				*known = d
				for _, n := range next {
					if n.Alert.CaseNo == "" || n.Alert.CaseNo != d.Alert.CaseNo || n.Person != d.Person {
						rt.Fatalf("%s followed %s", n.ID, d.ID)
					}
					m.take(rt, n, clock.Now())
					held[n.ID] = n
				}
			},
			"ack": func(rt *rapid.T) {
				if len(m.order) == 0 {
					rt.Skip("nothing to acknowledge")
				}
				id := rapid.SampledFrom(m.order).Draw(rt, "id")
				if err := q.MarkAcked(t.Context(), id, clock.Now()); err != nil {
					rt.Fatal(err)
				}
				m.queue[id].State = huiying.DeliveryRead
			},
			"": func(rt *rapid.T) {
				for id, d := range m.queue {
					if got := state(t, q, id); got != d.State {
						rt.Fatalf("%s is %s, want %s", id, got, d.State)
					}
				}
			},
		})
	})
}

func sorted(m map[string]huiying.Delivery) []string {
	var list []string
	for id := range m {
		list = append(list, id)
	}
	slices.Sort(list)
	return list
}
