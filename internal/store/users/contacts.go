package users

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"huiying"
	"huiying/internal/query"
	"huiying/internal/store"
	"huiying/internal/store/access"
)

// proof is what is known of a contact beside its address: who entered it, and
// when the person showed that it reaches them. It is of one address and says
// nothing of another on the same channel.
type proof struct {
	Address string `json:"address"` // its digest
	Own     bool   `json:"own,omitempty"`
	At      int64  `json:"at,omitempty"`
}

// withProofs notes on contacts what is kept of them, by channel.
func withProofs(contacts []huiying.Contact, kept string) error {
	proofs := map[string]proof{}
	if err := json.Unmarshal([]byte(kept), &proofs); err != nil {
		return err
	}
	for i, c := range contacts {
		if p, ok := proofs[c.Channel]; ok && p.Address == huiying.Digest(c.Address) {
			contacts[i].Own, contacts[i].ProvenAt = p.Own, store.Time(p.At)
		}
	}
	return nil
}

// keepProof notes what is known of a contact, and forgets what was known of
// contacts that are no more.
func keepProof(ctx context.Context, tx *store.Tx, p huiying.Person, c huiying.Contact) error {
	proofs := map[string]proof{}
	for _, other := range p.Contacts {
		if other.Channel == c.Channel {
			other = c
		}
		if other.Own || !other.ProvenAt.IsZero() {
			proofs[other.Channel] = proof{huiying.Digest(other.Address), other.Own, store.Micros(other.ProvenAt)}
		}
	}
	text, err := json.Marshal(proofs)
	if err != nil {
		return fmt.Errorf("encode proofs: %w", err)
	}
	if _, err := tx.ExecContext(ctx, `UPDATE users SET proven = $2 WHERE id = $1`, p.ID, string(text)); err != nil {
		return fmt.Errorf("keep proofs of %s: %w", p.ID, err)
	}
	return nil
}

const (
	mostContacts   = 8
	longestAddress = 200
)

// PutContact adds a contact to a person's own, or changes the address on a
// channel that the person has; another address is unproven. huiying.Forbidden
// where a file defines the person.
func (u *Users) PutContact(ctx context.Context, id string, c huiying.Contact) error {
	c = huiying.Contact{Channel: c.Channel, Address: strings.TrimSpace(c.Address), Own: true}
	if len(c.Address) > longestAddress || strings.ContainsAny(c.Address, "\r\n\t\x00") || strings.HasPrefix(c.Address, huiying.BrowsersOf) {
		return huiying.Errorf(huiying.Invalid, "contact.address")
	}
	return u.store.Write(ctx, store.Urgent, func(ctx context.Context, tx *store.Tx) error {
		a, err := editable(ctx, tx, id)
		if err != nil {
			return err
		}
		i := at(a.Person, c.Channel)
		switch {
		case i >= 0 && a.Person.Contacts[i].Address == c.Address:
			return nil
		case i >= 0:
			a.Person.Contacts[i] = c
		case len(a.Person.Contacts) >= mostContacts:
			return huiying.Errorf(huiying.Invalid, "contact.many", mostContacts)
		default:
			a.Person.Contacts = append(a.Person.Contacts, c)
		}
		return recast(ctx, tx, a, c)
	})
}

// DropContact takes a contact away; huiying.Conflict where it is the last.
func (u *Users) DropContact(ctx context.Context, id, channel string) error {
	return u.store.Write(ctx, store.Urgent, func(ctx context.Context, tx *store.Tx) error {
		a, err := editable(ctx, tx, id)
		if err != nil {
			return err
		}
		i := at(a.Person, channel)
		if i < 0 {
			return huiying.Errorf(huiying.NotFound, "notifier.no_channel", channel)
		}
		if len(a.Person.Contacts) == 1 {
			return huiying.Errorf(huiying.Conflict, "contact.last")
		}
		a.Person.Contacts = slices.Delete(a.Person.Contacts, i, i+1)
		return recast(ctx, tx, a, huiying.Contact{Channel: channel})
	})
}

// recast writes a person's changed contacts.
func recast(ctx context.Context, tx *store.Tx, a query.Account, c huiying.Contact) error {
	if err := change(ctx, tx, a.Person, a.Origin); err != nil {
		return err
	}
	if err := keepProof(ctx, tx, a.Person, c); err != nil {
		return err
	}
	id := a.Person.ID
	return access.Note(ctx, tx, access.Entry{Actor: id, Action: access.ContactSet, Object: id, Detail: c.Channel})
}

// at is where a person's contact on a channel stands, the browsers' left out;
// -1 = there is none.
func at(p huiying.Person, channel string) int {
	return slices.IndexFunc(p.Contacts, func(c huiying.Contact) bool {
		return c.Channel == channel && !strings.HasPrefix(c.Address, huiying.BrowsersOf)
	})
}
