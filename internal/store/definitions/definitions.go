// Package definitions keeps sources, rules, units, channels: what the office
// defines, every version with its author. It refuses to change from a page
// what a file defines.
package definitions

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"time"

	"huiying"
	"huiying/internal/store"
	"huiying/internal/store/access"
)

// Definition is one version of one definition.
type Definition struct {
	Kind    string // source, rules, unit, channel …
	ID      string
	Version int // 1, 2, 3 …
	Author  string
	Origin  string // the file it comes from, "" when edited on a page
	Deleted bool
	Body    json.RawMessage
	At      time.Time
}

// Definitions is the definitions of a store.
type Definitions struct {
	store *store.Store
}

// New makes the definitions of a store.
func New(s *store.Store) *Definitions { return &Definitions{store: s} }

// Put keeps d as the next version and returns what is now current. It does
// nothing when body, origin and deletion are as they were. A definition that
// comes from a file is changed only from a file (huiying.Forbidden otherwise);
// a file may take over one that was made on a page.
func (d *Definitions) Put(ctx context.Context, def Definition) (current Definition, changed bool, err error) {
	return d.PutNoted(ctx, def, nil)
}

// PutNoted is Put that notes the change in the log of access: both are kept, or
// neither is. note makes the entry of what is now current; what did nothing is
// not noted.
func (d *Definitions) PutNoted(ctx context.Context, def Definition, note func(current Definition) access.Entry) (current Definition, changed bool, err error) {
	err = d.store.Write(ctx, store.Urgent, func(ctx context.Context, tx *store.Tx) error {
		current, changed, err = put(ctx, tx, def)
		if err != nil || !changed || note == nil {
			return err
		}
		return access.Note(ctx, tx, note(current))
	})
	return current, changed, err
}

// Import makes the definitions of one kind from one file be exactly the given
// ones: it puts each, and marks deleted what that file defined before and no
// longer does. It returns how many changed.
func (d *Definitions) Import(ctx context.Context, kind, origin string, defs []Definition) (changed int, err error) {
	err = d.store.Write(ctx, store.Urgent, func(ctx context.Context, tx *store.Tx) error {
		changed = 0
		keep := map[string]bool{}
		for _, def := range defs {
			def.Kind, def.Origin = kind, origin
			keep[def.ID] = true
			if err := count(ctx, tx, def, &changed); err != nil {
				return err
			}
		}
		existing, err := current(ctx, tx, kind)
		if err != nil {
			return err
		}
		for _, def := range existing {
			if def.Origin != origin || keep[def.ID] {
				continue
			}
			def.Deleted = true
			if err := count(ctx, tx, def, &changed); err != nil {
				return err
			}
		}
		return nil
	})
	return changed, err
}

func count(ctx context.Context, tx *store.Tx, def Definition, changed *int) error {
	_, yes, err := put(ctx, tx, def)
	if yes {
		*changed++
	}
	return err
}

func put(ctx context.Context, tx *store.Tx, def Definition) (Definition, bool, error) {
	if def.Kind == "" || def.ID == "" || !json.Valid(def.Body) {
		return Definition{}, false, fmt.Errorf("definition %s/%s: needs a kind, an id and a JSON body", def.Kind, def.ID)
	}
	last, err := latest(ctx, tx, def.Kind, def.ID)
	if err != nil {
		return Definition{}, false, err
	}
	if last.Version > 0 {
		if last.Origin == def.Origin && last.Deleted == def.Deleted && string(last.Body) == string(def.Body) {
			return last, false, nil
		}
		if last.Origin != "" && !last.Deleted && def.Origin == "" {
			return Definition{}, false, huiying.Errorf(huiying.Forbidden, "store.defined_in_file", def.ID, last.Origin)
		}
	}
	def.Version, def.At = last.Version+1, tx.Now()
	_, err = tx.ExecContext(ctx, `
		INSERT INTO definitions (kind, id, version, author, origin, deleted, body, at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
		def.Kind, def.ID, def.Version, def.Author, def.Origin, def.Deleted, string(def.Body), store.Micros(def.At))
	if err != nil {
		return Definition{}, false, fmt.Errorf("put definition %s/%s: %w", def.Kind, def.ID, err)
	}
	return def, true, nil
}

const columns = `kind, id, version, author, origin, deleted, body, at`

func latest(ctx context.Context, q store.Querier, kind, id string) (Definition, error) {
	def, err := scan(q.QueryRowContext(ctx,
		`SELECT `+columns+` FROM definitions WHERE kind = $1 AND id = $2 ORDER BY version DESC LIMIT 1`, kind, id))
	if errors.Is(err, sql.ErrNoRows) {
		return Definition{}, nil
	}
	if err != nil {
		return Definition{}, fmt.Errorf("read definition %s/%s: %w", kind, id, err)
	}
	return def, nil
}

// Get reads the newest version of one definition; huiying.NotFound when there
// is none or it is deleted.
func (d *Definitions) Get(ctx context.Context, kind, id string) (Definition, error) {
	def, err := latest(ctx, d.store.Reader(), kind, id)
	if err == nil && (def.Version == 0 || def.Deleted) {
		err = huiying.Errorf(huiying.NotFound, "store.definition_not_found", kind, id)
	}
	return def, err
}

// Current reads the newest version of every definition of a kind that is not
// deleted, in order of the ids.
func (d *Definitions) Current(ctx context.Context, kind string) ([]Definition, error) {
	return current(ctx, d.store.Reader(), kind)
}

func current(ctx context.Context, q store.Querier, kind string) ([]Definition, error) {
	list, err := store.Collect[Definition](q.QueryContext(ctx, `
		SELECT `+columns+` FROM definitions d WHERE kind = $1 AND deleted = $2
		AND version = (SELECT max(version) FROM definitions WHERE kind = d.kind AND id = d.id) ORDER BY id`, kind, false))(
		func(r *sql.Rows) (Definition, error) { return scan(r) })
	if err != nil {
		return nil, fmt.Errorf("read definitions of kind %s: %w", kind, err)
	}
	return list, nil
}

// IDs reads the ids of every definition of a kind that ever was, in order.
func (d *Definitions) IDs(ctx context.Context, kind string) ([]string, error) {
	list, err := store.Collect[string](d.store.Reader().QueryContext(ctx,
		`SELECT DISTINCT id FROM definitions WHERE kind = $1 ORDER BY id`, kind))(
		func(r *sql.Rows) (id string, err error) { return id, r.Scan(&id) })
	if err != nil {
		return nil, fmt.Errorf("read ids of kind %s: %w", kind, err)
	}
	return list, nil
}

// History reads every version of one definition, the newest first.
func (d *Definitions) History(ctx context.Context, kind, id string) ([]Definition, error) {
	return d.Newest(ctx, kind, id, math.MaxInt32)
}

// Newest reads the newest n versions of one definition, the newest first.
func (d *Definitions) Newest(ctx context.Context, kind, id string, n int) ([]Definition, error) {
	list, err := store.Collect[Definition](d.store.Reader().QueryContext(ctx,
		`SELECT `+columns+` FROM definitions WHERE kind = $1 AND id = $2 ORDER BY version DESC LIMIT $3`, kind, id, n))(
		func(r *sql.Rows) (Definition, error) { return scan(r) })
	if err != nil {
		return nil, fmt.Errorf("read history of %s/%s: %w", kind, id, err)
	}
	return list, nil
}

func scan(row interface{ Scan(dest ...any) error }) (def Definition, err error) {
	var at int64
	var body string
	err = row.Scan(&def.Kind, &def.ID, &def.Version, &def.Author, &def.Origin, &def.Deleted, &body, &at)
	def.Body, def.At = json.RawMessage(body), store.Time(at)
	return def, err
}
