package drill

import (
	"context"
	"fmt"
	"math"
	"slices"
	"time"

	"huiying"
	"huiying/internal/drill/receiver"
	"huiying/internal/drill/replica"
)

// stored is all of a Truth, read once.
type stored struct {
	archived   []Archived
	alerts     []huiying.Alert
	deliveries []huiying.Delivery
	totals     Totals
}

// read reads it. Deliveries of an earlier drill on the same data are left out:
// this receiver's log cannot know them.
func read(ctx context.Context, t Truth, since time.Time) (s stored, err error) {
	if s.archived, err = t.Archived(ctx); err != nil {
		return s, fmt.Errorf("read the archive: %w", err)
	}
	if s.alerts, err = t.Alerts(ctx); err != nil {
		return s, fmt.Errorf("read the alerts: %w", err)
	}
	if s.deliveries, err = t.Deliveries(ctx); err != nil {
		return s, fmt.Errorf("read the deliveries: %w", err)
	}
	s.deliveries = slices.DeleteFunc(slices.Clone(s.deliveries), func(d huiying.Delivery) bool {
		return !d.CreatedAt.IsZero() && d.CreatedAt.Before(since)
	})
	if s.totals, err = t.Totals(ctx); err != nil {
		return s, fmt.Errorf("read the totals: %w", err)
	}
	return s, nil
}

// tally compares the three lists: what was served, what is stored, what was
// taken by the receiver.
func tally(served []replica.Seen, s stored, taken []receiver.Receipt) Scoreboard {
	b := Scoreboard{
		PostsServed: len(served), Events: s.totals.Events, AlertsAcknowledged: s.totals.Acknowledged, Cases: s.totals.Cases,
	}
	if b.Cases == nil {
		b.Cases = map[huiying.CaseState]int{}
	}
	b.posts(served, s.archived)
	b.alerts(s)
	b.deliveries(s, taken)
	b.Lost, b.Duplicated = len(b.LostWhat), len(b.DuplicatedWhat)
	return b
}

func (b *Scoreboard) posts(served []replica.Seen, archived []Archived) {
	kept := map[string]Archived{}
	for _, a := range archived {
		if a.Rule != "" && a.Rule != huiying.Untagged {
			b.Tagged++
		}
		id := replica.NativeID(a.ID)
		if _, again := kept[id]; again {
			b.DuplicatedWhat = append(b.DuplicatedWhat, "post "+a.ID)
			continue
		}
		kept[id] = a
	}
	for _, seen := range served {
		a, ok := kept[seen.ID]
		if ok {
			b.PostsCollected++
		}
		current := a.Deleted || ((a.Edited || !seen.Edited) && a.Answers >= seen.Answers)
		if !ok || !current {
			b.LostWhat = append(b.LostWhat, "post "+seen.ID)
		}
	}
}

// alerts checks that every archived judgement at a level that alerts has its
// alert, and that no cause has two.
func (b *Scoreboard) alerts(s stored) {
	raised := map[string]bool{}
	for _, a := range s.alerts {
		if a.PostID == "" { // tells somebody of a case given to them
			raised[a.ID] = true
			continue
		}
		if cause := huiying.AlertID(a.PostID, a.Rule, a.Level); raised[cause] {
			b.DuplicatedWhat = append(b.DuplicatedWhat, "alert "+a.ID)
		} else {
			raised[cause] = true
		}
	}
	b.AlertsRaised = len(raised)
	for _, a := range s.archived {
		if a.Level.Alerts() && !raised[huiying.AlertID(a.ID, a.Rule, a.Level)] {
			b.LostWhat = append(b.LostWhat, "alert for "+a.ID)
		}
	}
	topics := map[string]bool{}
	for _, topic := range s.totals.OpenTopics {
		if topic != "" && topics[topic] {
			b.DuplicatedWhat = append(b.DuplicatedWhat, "case of "+topic)
		}
		topics[topic] = true
	}
}

func (b *Scoreboard) deliveries(s stored, taken []receiver.Receipt) {
	arrived := map[string]receiver.Receipt{}
	alerts := map[string]bool{}
	persons := map[[2]string]string{}
	for _, r := range taken {
		arrived[r.DeliveryID] = r
		alerts[r.AlertID] = true
	}
	b.AlertsDelivered = len(alerts)
	accepted := map[string]huiying.Alert{}
	for _, a := range s.alerts {
		accepted[a.ID] = a
	}
	var delays []float64
	first := map[string]bool{}
	for _, d := range s.deliveries {
		cause := [2]string{d.Alert.ID, d.Person + " " + d.Channel}
		if other, again := persons[cause]; again && other != d.ID {
			b.DuplicatedWhat = append(b.DuplicatedWhat, "delivery "+d.ID)
		}
		persons[cause] = d.ID
		r, here := arrived[d.ID]
		switch {
		case !here:
			b.LostWhat = append(b.LostWhat, "delivery "+d.ID)
			if under(d.State) {
				b.Unsettled++
			}
		case !first[d.Alert.ID]:
			first[d.Alert.ID] = true
			if a, ok := accepted[d.Alert.ID]; ok && a.PostID != "" {
				delays = append(delays, delay(a, r.First))
			}
		}
	}
	b.PostToAlert = spread(delays)
}

// under reports a delivery that may still arrive by itself.
func under(s huiying.DeliveryState) bool {
	return s == huiying.DeliveryQueued || s == huiying.DeliverySending || s == huiying.DeliveryRetrying
}

// spread is the median and the 99th percentile, to the millisecond.
func spread(list []float64) Seconds {
	if len(list) == 0 {
		return Seconds{}
	}
	slices.Sort(list)
	at := func(q float64) float64 {
		i := int(math.Ceil(q*float64(len(list)))) - 1
		return math.Round(list[max(i, 0)]*1000) / 1000
	}
	return Seconds{Median: at(0.5), P99: at(0.99)}
}
