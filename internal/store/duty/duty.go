// Package duty keeps the duty rosters of a store, the tables offices hand in for
// holidays, and what people change for a time; and what the auditor of
// escalation reads and finds. Rosters and tables are definitions with versions;
// a change is taken back, never deleted.
package duty

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"

	"huiying"
	"huiying/internal/store"
	"huiying/internal/store/access"
	"huiying/internal/store/definitions"
)

// Kinds of definitions.
const (
	KindRoster = "roster"
	KindTable  = "roster-table" // the rows of a roster's tables; its id is the roster's
)

// Actions in the access log.
const (
	Changed   = "duty_changed"
	Withdrawn = "duty_withdrawn"
	Imported  = "duty_imported"
)

// Book is the rosters of a store.
type Book struct {
	store *store.Store
	defs  *definitions.Definitions
}

// New opens the rosters of a store.
func New(s *store.Store) *Book { return &Book{s, definitions.New(s)} }

// Rosters reads the rosters in the order of their ids.
func (b *Book) Rosters(ctx context.Context) ([]huiying.Roster, error) {
	defs, err := b.defs.Current(ctx, KindRoster)
	if err != nil {
		return nil, err
	}
	out := make([]huiying.Roster, len(defs))
	for i, d := range defs {
		if err := json.Unmarshal(d.Body, &out[i]); err != nil {
			return nil, fmt.Errorf("decode roster %s: %w", d.ID, err)
		}
	}
	return out, nil
}

// PutRoster keeps a roster as its next version; huiying.Forbidden when a file
// defines it.
func (b *Book) PutRoster(ctx context.Context, r huiying.Roster, by huiying.Actor) error {
	body, err := json.Marshal(r)
	if err != nil {
		return fmt.Errorf("encode roster %s: %w", r.ID, err)
	}
	_, _, err = b.defs.Put(ctx, definitions.Definition{Kind: KindRoster, ID: r.ID, Author: by.ID, Body: body})
	return err
}

// table is the rows of a roster's tables as they are kept.
type table struct {
	Rows []huiying.DutyRow `json:"rows"`
}

// Tables reads the rows of all tables by roster.
func (b *Book) Tables(ctx context.Context) (map[string][]huiying.DutyRow, error) {
	defs, err := b.defs.Current(ctx, KindTable)
	if err != nil {
		return nil, err
	}
	out := map[string][]huiying.DutyRow{}
	for _, d := range defs {
		var t table
		if err := json.Unmarshal(d.Body, &t); err != nil {
			return nil, fmt.Errorf("decode the table of roster %s: %w", d.ID, err)
		}
		out[d.ID] = t.Rows
	}
	return out, nil
}

// PutTable keeps the rows of a roster's tables as their next version.
func (b *Book) PutTable(ctx context.Context, roster string, rows []huiying.DutyRow, by huiying.Actor) error {
	body, err := json.Marshal(table{rows})
	if err != nil {
		return fmt.Errorf("encode the table of roster %s: %w", roster, err)
	}
	_, _, err = b.defs.PutNoted(ctx, definitions.Definition{Kind: KindTable, ID: roster, Author: by.ID, Body: body}, func(now definitions.Definition) access.Entry {
		return access.Entry{Actor: by.ID, Action: Imported, Object: roster, Detail: fmt.Sprintf("version %d", now.Version)}
	})
	return err
}

// Change keeps a change that was checked, with its time and id, and notes who
// made it. The same change again is the same change.
func (b *Book) Change(ctx context.Context, c huiying.DutyChange) (huiying.DutyChange, error) {
	err := b.store.Write(ctx, store.Urgent, func(ctx context.Context, tx *store.Tx) error {
		c.At = tx.Now()
		c.ID = huiying.DeriveID("dc-", c.Roster, c.Kind, c.Instead, c.Who, c.From.UTC().String(), c.Until.UTC().String(),
			c.BackFrom.UTC().String(), c.BackUntil.UTC().String(), c.By, c.At.String())
		res, err := tx.ExecContext(ctx, `
			INSERT INTO duty_changes (id, roster, kind, instead, who, from_at, until_at, back_from, back_until, reason, by_user, at)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) ON CONFLICT (id) DO NOTHING`,
			c.ID, c.Roster, c.Kind, c.Instead, c.Who, store.Micros(c.From), store.Micros(c.Until), store.Micros(c.BackFrom), store.Micros(c.BackUntil),
			c.Reason, c.By, store.Micros(c.At))
		if err != nil {
			return fmt.Errorf("change roster %s: %w", c.Roster, err)
		}
		if n, err := res.RowsAffected(); err != nil || n == 0 {
			return err
		}
		return access.Note(ctx, tx, access.Entry{Actor: c.By, Action: Changed, Object: c.Roster, Detail: c.ID + " " + c.Kind})
	})
	return c, err
}

// Withdraw takes a change back; huiying.NotFound when there is none in force.
func (b *Book) Withdraw(ctx context.Context, id string, by huiying.Actor) error {
	return b.store.Write(ctx, store.Urgent, func(ctx context.Context, tx *store.Tx) error {
		res, err := tx.ExecContext(ctx, `UPDATE duty_changes SET withdrawn_by = $2, withdrawn_at = $3 WHERE id = $1 AND withdrawn_at = 0`,
			id, by.ID, store.Micros(tx.Now()))
		if err != nil {
			return fmt.Errorf("withdraw duty change %s: %w", id, err)
		}
		if n, err := res.RowsAffected(); err != nil || n == 0 {
			return errors.Join(err, huiying.Errorf(huiying.NotFound, "duty.no_change", id))
		}
		return access.Note(ctx, tx, access.Entry{Actor: by.ID, Action: Withdrawn, Object: id})
	})
}

// Changes reads every change, those taken back among them, in the order they
// were made.
func (b *Book) Changes(ctx context.Context) ([]huiying.DutyChange, error) {
	list, err := store.Collect[huiying.DutyChange](b.store.Reader().QueryContext(ctx, `
		SELECT id, roster, kind, instead, who, from_at, until_at, back_from, back_until, reason, by_user, at, withdrawn_by, withdrawn_at
		FROM duty_changes ORDER BY at, id`))(
		func(r *sql.Rows) (c huiying.DutyChange, err error) {
			var from, until, backFrom, backUntil, at, withdrawn int64
			err = r.Scan(&c.ID, &c.Roster, &c.Kind, &c.Instead, &c.Who, &from, &until, &backFrom, &backUntil, &c.Reason, &c.By, &at, &c.WithdrawnBy, &withdrawn)
			c.From, c.Until, c.BackFrom, c.BackUntil = store.Time(from), store.Time(until), store.Time(backFrom), store.Time(backUntil)
			c.At, c.WithdrawnAt = store.Time(at), store.Time(withdrawn)
			return c, err
		})
	if err != nil {
		return nil, fmt.Errorf("read duty changes: %w", err)
	}
	return list, nil
}
