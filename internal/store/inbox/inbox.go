// Package inbox keeps what people do about items that wait for triage without
// deciding on them: putting one off until a time, and having one open. It
// decides nothing, locks nothing, stops no clock, and takes no item out of any
// count: what was put off waits as before, only further down.
package inbox

import (
	"context"
	"database/sql"
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"huiying"
	"huiying/internal/query"
	"huiying/internal/store"
	"huiying/internal/store/access"
	"huiying/internal/store/cases"
	"huiying/internal/store/posts"
)

// Limits of what people do about items.
const (
	longestLater = 7 * 24 * time.Hour
	// Lease is how long an item counts as open after its page last said so.
	Lease = 90 * time.Second
	// kept is how long a row is kept behind its time, so that an item that came
	// back says who put it off.
	kept = 7 * 24 * time.Hour
)

// Book is what a store keeps about its inbox.
type Book struct{ store *store.Store }

// New makes the book of a store.
func New(s *store.Store) *Book { return &Book{s} }

// PutOff puts an item off and notes who did. Errors: huiying.Invalid for a time
// that is past or too far and for a reason that is too long, huiying.NotFound
// without such an item, huiying.Conflict when it waits no more or is not what
// was looked at.
func (b *Book) PutOff(ctx context.Context, n query.NewLater) error {
	now := b.store.Now()
	if !n.Until.After(now) || n.Until.After(now.Add(longestLater)) {
		return huiying.Errorf(huiying.Invalid, "inbox.until")
	}
	if utf8.RuneCountInString(n.Reason) > query.MaxInboxReason {
		return huiying.Errorf(huiying.Invalid, "inbox.reason_long", query.MaxInboxReason)
	}
	return b.store.Write(ctx, store.Urgent, func(ctx context.Context, tx *store.Tx) error {
		seen, err := waiting(ctx, tx, n.Item)
		if err != nil {
			return err
		}
		if n.Seen != seen {
			return huiying.Errorf(huiying.Conflict, "inbox.changed")
		}
		if _, err := tx.ExecContext(ctx, `DELETE FROM inbox_later WHERE until < $1`, store.Micros(tx.Now().Add(-kept))); err != nil {
			return fmt.Errorf("drop what was put off long ago: %w", err)
		}
		_, err = tx.ExecContext(ctx, `
			INSERT INTO inbox_later (item, seen, until, reason, by_user, at) VALUES ($1, $2, $3, $4, $5, $6)
			ON CONFLICT (item) DO UPDATE SET seen = excluded.seen, until = excluded.until, reason = excluded.reason, by_user = excluded.by_user, at = excluded.at`,
			n.Item, n.Seen, store.Micros(n.Until), n.Reason, n.Actor.ID, store.Micros(tx.Now()))
		if err != nil {
			return fmt.Errorf("put %s off: %w", n.Item, err)
		}
		detail := n.Until.UTC().Format(time.RFC3339)
		if n.Reason != "" {
			detail += ": " + n.Reason
		}
		return access.Note(ctx, tx, access.Entry{Actor: n.Actor.ID, Action: access.PutOff, Object: n.Item, Detail: detail})
	})
}

// waiting is the version of a case or the revision of a post that waits for
// triage; huiying.Conflict when it does not.
func waiting(ctx context.Context, q store.Querier, item string) (seen string, err error) {
	kind, id, _ := strings.Cut(item, ":")
	switch kind {
	case "case":
		c, err := cases.Get(ctx, q, id)
		if err != nil {
			return "", err
		}
		if c.State != huiying.StatePendingTriage {
			return "", huiying.Errorf(huiying.Conflict, "inbox.dealt_with")
		}
		return strconv.Itoa(c.Version), nil
	case "post":
		p, err := posts.Get(ctx, q, id)
		if err != nil {
			return "", err
		}
		if p.Triaged || p.CaseNo != "" || len(p.Judgement.Tags) == 0 {
			return "", huiying.Errorf(huiying.Conflict, "inbox.dealt_with")
		}
		return p.Revision, nil
	}
	return "", huiying.Errorf(huiying.Invalid, "web.error.no_item")
}

// BringBack ends the putting off of an item; huiying.Conflict when it is not
// put off.
func (b *Book) BringBack(ctx context.Context, item string, by huiying.Actor) error {
	return b.store.Write(ctx, store.Urgent, func(ctx context.Context, tx *store.Tx) error {
		done, err := tx.ExecContext(ctx, `DELETE FROM inbox_later WHERE item = $1`, item)
		if err != nil {
			return fmt.Errorf("bring %s back: %w", item, err)
		}
		if n, err := done.RowsAffected(); err != nil || n == 0 {
			return huiying.Errorf(huiying.Conflict, "inbox.not_later")
		}
		return access.Note(ctx, tx, access.Entry{Actor: by.ID, Action: access.BroughtBack, Object: item})
	})
}

// Hold says that a person has an item open, for as long as a lease.
func (b *Book) Hold(ctx context.Context, item, person string) error {
	return b.store.Write(ctx, store.Urgent, func(ctx context.Context, tx *store.Tx) error {
		if _, err := waiting(ctx, tx, item); err != nil {
			return err
		}
		now := tx.Now()
		if _, err := tx.ExecContext(ctx, `DELETE FROM inbox_open WHERE until <= $1`, store.Micros(now)); err != nil {
			return fmt.Errorf("drop leases: %w", err)
		}
		_, err := tx.ExecContext(ctx, `
			INSERT INTO inbox_open (item, person, since, until) VALUES ($1, $2, $3, $4)
			ON CONFLICT (item, person) DO UPDATE SET until = excluded.until`,
			item, person, store.Micros(now), store.Micros(now.Add(Lease)))
		if err != nil {
			return fmt.Errorf("hold %s: %w", item, err)
		}
		return nil
	})
}

// LetGo says that a person has an item open no more.
func (b *Book) LetGo(ctx context.Context, item, person string) error {
	return b.store.Write(ctx, store.Urgent, func(ctx context.Context, tx *store.Tx) error {
		if _, err := tx.ExecContext(ctx, `DELETE FROM inbox_open WHERE item = $1 AND person = $2`, item, person); err != nil {
			return fmt.Errorf("let %s go: %w", item, err)
		}
		return nil
	})
}

// Standing reads what is put off, or was until a while ago, and who has what
// open now.
func (b *Book) Standing(ctx context.Context) (query.InboxStanding, error) {
	s := query.InboxStanding{Later: map[string]query.Later{}, Open: map[string][]query.Holder{}}
	now := b.store.Now()
	later, err := store.Collect[query.Later](b.store.Reader().QueryContext(ctx,
		`SELECT item, seen, until, reason, by_user, at FROM inbox_later WHERE until >= $1`, store.Micros(now.Add(-kept))))(
		func(r *sql.Rows) (l query.Later, err error) {
			var until, at int64
			err = r.Scan(&l.Item, &l.Seen, &until, &l.Reason, &l.By, &at)
			l.Until, l.At = store.Time(until), store.Time(at)
			return l, err
		})
	if err != nil {
		return s, fmt.Errorf("read what is put off: %w", err)
	}
	for _, l := range later {
		s.Later[l.Item] = l
	}
	open, err := store.Collect[query.Holder](b.store.Reader().QueryContext(ctx,
		`SELECT item, person, since, until FROM inbox_open WHERE until > $1 ORDER BY item, since, person`, store.Micros(now)))(
		func(r *sql.Rows) (h query.Holder, err error) {
			var since, until int64
			err = r.Scan(&h.Item, &h.Person, &since, &until)
			h.Since, h.Until = store.Time(since), store.Time(until)
			return h, err
		})
	if err != nil {
		return s, fmt.Errorf("read who has what open: %w", err)
	}
	for _, h := range open {
		s.Open[h.Item] = append(s.Open[h.Item], h)
	}
	return s, nil
}
