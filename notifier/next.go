package notifier

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"huiying"
	"huiying/notifier/channel"
)

// settle stores the results. Dead deliveries first put their people's next
// channels into the outbox: doing so again after a crash changes nothing.
func (s *Sender) settle(ctx context.Context, ds []huiying.Delivery, a *huiying.Attempt) error {
	ctx, cancel := context.WithTimeout(ctx, s.o.Sending.Timeout)
	defer cancel()
	var fresh []huiying.Delivery
	for _, d := range ds {
		if d.State != huiying.DeliveryDead {
			continue
		}
		next, ok, err := s.next(ctx, d)
		if err != nil {
			return err
		}
		if ok {
			fresh = append(fresh, next)
		}
	}
	if err := s.queue(ctx, fresh); err != nil {
		return err
	}
	return s.o.Outbox.Settle(ctx, ds, a)
}

// HandOn queues a delivery's alert for the person's next channel: its own will
// not do in time, or not at all.
func (s *Sender) HandOn(ctx context.Context, d huiying.Delivery) error {
	if s.o.Lates == nil {
		return nil
	}
	next, ok, err := s.next(ctx, d)
	if err != nil {
		return err
	}
	if ok {
		if err := s.queue(ctx, []huiying.Delivery{next}); err != nil {
			return err
		}
	}
	return s.o.Lates.HandedOn(ctx, d.ID, next.Channel, s.o.Now().UTC().Truncate(time.Microsecond))
}

// queue puts the deliveries over next channels into the outbox, in one
// transaction and in their order.
func (s *Sender) queue(ctx context.Context, fresh []huiying.Delivery) error {
	if len(fresh) == 0 {
		return nil
	}
	defer s.Wake()
	return s.o.Ledger.InTx(ctx, func(tx Tx) error {
		for i, d := range fresh {
			d.CreatedAt = fresh[0].CreatedAt.Add(time.Duration(i) * time.Microsecond) // no two at a time: their order counts
			if _, err := tx.Enqueue(ctx, d); err != nil {
				return err
			}
		}
		return nil
	})
}

// next is the delivery of an alert over the person's next channel; ok is false
// where there is none.
func (s *Sender) next(ctx context.Context, d huiying.Delivery) (fresh huiying.Delivery, ok bool, err error) {
	if d.Person == "" {
		return fresh, false, nil
	}
	found, err := s.o.Directory.Recipients(ctx, []string{d.Person})
	if err != nil {
		return fresh, false, fmt.Errorf("channels of %s: %w", d.Person, err)
	}
	i := slices.IndexFunc(found, func(r Recipient) bool { return r.Person.ID == d.Person })
	if i < 0 {
		return fresh, false, nil
	}
	contact, ok := after(found[i].Person.Contacts, d, s.o.Channels)
	if !ok {
		return fresh, false, nil
	}
	r := Recipient{Person: found[i].Person, Unit: d.Unit, Channel: contact.Channel, Address: contact.Address, Quiet: found[i].Quiet}
	fresh = NewDelivery(successor(d, contact.Channel), d.Alert, r, s.o.Now().UTC().Truncate(time.Microsecond))
	if !fresh.Quieted() {
		fresh.Group = d.Group
	}
	return fresh, true, nil
}

// successor is the id of a delivery over the next channel. That of a repeat, or
// of a hand-on by link, comes of its own: the alert itself may have gone over
// that channel before.
func successor(d huiying.Delivery, over string) string {
	if d.ID == huiying.DeliveryID(d.Alert.ID, d.Person, d.Channel) {
		return huiying.DeliveryID(d.Alert.ID, d.Person, over)
	}
	return huiying.DeriveID("d-", d.ID, over)
}

// after is the contact that follows the delivery's in the person's order and
// whose channel is defined. The contact of browsers is gone when the last of
// them is: then it is the first one, which an alert that was told over it before
// does not go to again, and a repeat may.
func after(contacts []huiying.Contact, d huiying.Delivery, defined map[string]channel.Channel) (huiying.Contact, bool) {
	i := slices.IndexFunc(contacts, func(c huiying.Contact) bool { return c.Channel == d.Channel })
	if i < 0 && !strings.HasPrefix(d.Address, huiying.BrowsersOf) {
		return huiying.Contact{}, false
	}
	for _, c := range contacts[i+1:] {
		if _, ok := defined[c.Channel]; ok && c.Channel != d.Channel {
			return c, true
		}
	}
	return huiying.Contact{}, false
}
