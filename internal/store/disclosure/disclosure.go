// Package disclosure keeps the numbers and texts of the yearly report on the
// openness of government information, as people and files say them, and the
// reports as they were released. Every change is noted in the log of access in
// the transaction that makes it. It refuses what the check it is given refuses,
// as a whole, and to change a released report. What can be counted is not kept
// here.
package disclosure

import (
	"context"
	"crypto/rand"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"huiying"
	"huiying/internal/query"
	"huiying/internal/store"
	"huiying/internal/store/access"
)

// Book is the register of a store.
type Book struct{ store *store.Store }

// New makes the register of a store.
func New(s *store.Store) *Book { return &Book{s} }

// Year reads what people and files say of a year.
func (b *Book) Year(ctx context.Context, year int) (d query.Disclosure, err error) {
	err = b.store.Snapshot(ctx, func(ctx context.Context, q store.Querier) error {
		d, err = read(ctx, q, year)
		return err
	})
	return d, err
}

func read(ctx context.Context, q store.Querier, year int) (query.Disclosure, error) {
	d := query.Disclosure{Year: year}
	var err error
	d.Facts, err = store.Collect[query.DisclosureFact](q.QueryContext(ctx,
		`SELECT fact, cell, value, at_least, source, note, person, at FROM disclosure_facts WHERE year = $1 ORDER BY fact, cell`, year))(
		func(r *sql.Rows) (f query.DisclosureFact, err error) {
			var at int64
			f.Year = year
			err = r.Scan(&f.Fact, &f.Cell, &f.Value, &f.AtLeast, &f.Source, &f.Note, &f.By, &at)
			f.At = store.Time(at)
			return f, err
		})
	if err != nil {
		return d, fmt.Errorf("read the figures of %d: %w", year, err)
	}
	d.Texts, err = store.Collect[query.DisclosureText](q.QueryContext(ctx,
		`SELECT part, body, source, person, at FROM disclosure_texts WHERE year = $1 ORDER BY part`, year))(
		func(r *sql.Rows) (t query.DisclosureText, err error) {
			var at int64
			t.Year = year
			err = r.Scan(&t.Part, &t.Text, &t.Source, &t.By, &at)
			t.At = store.Time(at)
			return t, err
		})
	if err != nil {
		return d, fmt.Errorf("read the texts of %d: %w", year, err)
	}
	return d, nil
}

// Years lists the years that have a number, a text or a release, the newest
// first.
func (b *Book) Years(ctx context.Context) ([]int, error) {
	list, err := store.Collect[int](b.store.Reader().QueryContext(ctx,
		`SELECT year FROM disclosure_facts UNION SELECT year FROM disclosure_texts UNION SELECT year FROM disclosure_releases ORDER BY year DESC`))(
		func(r *sql.Rows) (year int, err error) { return year, r.Scan(&year) })
	if err != nil {
		return nil, fmt.Errorf("list years of disclosure: %w", err)
	}
	return list, nil
}

// Change writes what a person or a file says and gives how many numbers and
// texts are others now. check sees the year as it would be; what it refuses is
// not written, and nothing with it.
func (b *Book) Change(ctx context.Context, n query.NewDisclosure, check func(query.Disclosure) error) (changed int, err error) {
	err = b.store.Write(ctx, store.Urgent, func(ctx context.Context, tx *store.Tx) error {
		changed = 0
		if version, err := Version(ctx, tx, n.Year); err != nil || n.Read != nil && version != *n.Read {
			return errors.Join(err, huiying.Errorf(huiying.Conflict, "annual.changed"))
		}
		before, err := read(ctx, tx, n.Year)
		if err != nil {
			return err
		}
		w := writer{tx, n, before, &changed}
		for _, f := range n.Facts {
			if err := w.fact(ctx, f); err != nil {
				return err
			}
		}
		for _, key := range n.Remove {
			if err := w.remove(ctx, key); err != nil {
				return err
			}
		}
		for _, t := range n.Texts {
			if err := w.text(ctx, t); err != nil {
				return err
			}
		}
		after, err := read(ctx, tx, n.Year)
		if err != nil {
			return err
		}
		return check(after)
	})
	return changed, err
}

// writer is one change.
type writer struct {
	tx      *store.Tx
	n       query.NewDisclosure
	before  query.Disclosure
	changed *int
}

// note keeps in the log what became of a number or text.
func (w writer) note(ctx context.Context, key, detail string) error {
	*w.changed++
	detail += " (" + w.n.Source + ")"
	if w.n.Reason != "" {
		detail += ": " + w.n.Reason
	}
	return access.Note(ctx, w.tx, access.Entry{
		Actor: w.n.Actor.ID, Action: access.DisclosureChanged, Object: strconv.Itoa(w.n.Year) + "/" + key, Detail: detail,
	})
}

func (w writer) fact(ctx context.Context, f query.DisclosureFact) error {
	old, there := w.before.Fact(f.Fact, f.Cell)
	if there && old.Value == f.Value && old.AtLeast == f.AtLeast && old.Note == f.Note {
		return nil // who first said so stays
	}
	_, err := w.tx.ExecContext(ctx, `INSERT INTO disclosure_facts (year, fact, cell, value, at_least, source, note, person, at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (year, fact, cell) DO UPDATE SET value = excluded.value, at_least = excluded.at_least,
		source = excluded.source, note = excluded.note, person = excluded.person, at = excluded.at`,
		w.n.Year, f.Fact, f.Cell, f.Value, store.Flag(f.AtLeast), w.n.Source, f.Note, w.n.Actor.ID, store.Micros(w.tx.Now()))
	if err != nil {
		return fmt.Errorf("keep %s of %d: %w", f.Key(), w.n.Year, err)
	}
	from := "-"
	if there {
		from = shown(old)
	}
	return w.note(ctx, f.Key(), from+" → "+shown(f))
}

func shown(f query.DisclosureFact) string {
	s := strconv.FormatFloat(f.Value, 'f', -1, 64)
	if f.AtLeast {
		s += "+"
	}
	return s
}

func (w writer) remove(ctx context.Context, key string) error {
	fact, cell := query.SplitFact(key)
	old, there := w.before.Fact(fact, cell)
	if !there {
		return nil
	}
	if _, err := w.tx.ExecContext(ctx, `DELETE FROM disclosure_facts WHERE year = $1 AND fact = $2 AND cell = $3`, w.n.Year, fact, cell); err != nil {
		return fmt.Errorf("take %s of %d out: %w", key, w.n.Year, err)
	}
	return w.note(ctx, key, shown(old)+" → -")
}

func (w writer) text(ctx context.Context, t query.DisclosureText) error {
	old := w.before.Text(t.Part)
	if old == t.Text {
		return nil
	}
	var err error
	if t.Text == "" {
		_, err = w.tx.ExecContext(ctx, `DELETE FROM disclosure_texts WHERE year = $1 AND part = $2`, w.n.Year, t.Part)
	} else {
		_, err = w.tx.ExecContext(ctx, `INSERT INTO disclosure_texts (year, part, body, source, person, at) VALUES ($1, $2, $3, $4, $5, $6)
			ON CONFLICT (year, part) DO UPDATE SET body = excluded.body, source = excluded.source, person = excluded.person, at = excluded.at`,
			w.n.Year, t.Part, t.Text, w.n.Source, w.n.Actor.ID, store.Micros(w.tx.Now()))
	}
	if err != nil {
		return fmt.Errorf("keep the text %s of %d: %w", t.Part, w.n.Year, err)
	}
	return w.note(ctx, "text."+t.Part, strconv.Itoa(len([]rune(old)))+" → "+strconv.Itoa(len([]rune(t.Text)))+" characters")
}

// Release keeps a report for good. It names the step of the record of cases
// that its counted figures end with; what people say is read in the transaction
// that keeps it.
func (b *Book) Release(ctx context.Context, r query.DisclosureRelease, figures func(entered query.Disclosure) (query.Disclosure, error)) (query.DisclosureRelease, error) {
	err := b.store.Write(ctx, store.Urgent, func(ctx context.Context, tx *store.Tx) error {
		entered, err := read(ctx, tx, r.Year)
		if err != nil {
			return err
		}
		if r.Data, err = figures(entered); err != nil {
			return err
		}
		err = tx.QueryRowContext(ctx, `SELECT COALESCE(MAX(edition), 0) + 1 FROM disclosure_releases WHERE year = $1 AND form = $2`, r.Year, r.Form).Scan(&r.Edition)
		if err != nil {
			return fmt.Errorf("number a release: %w", err)
		}
		r.ID, r.At = "ar-"+strings.ToLower(rand.Text()[:12]), tx.Now()
		raw, err := json.Marshal(r.Data)
		if err != nil {
			return fmt.Errorf("write a release: %w", err)
		}
		_, err = tx.ExecContext(ctx, `INSERT INTO disclosure_releases (id, year, form, edition, person, at, head_seq, head_hash, office, data)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`, r.ID, r.Year, r.Form, r.Edition, r.By, store.Micros(r.At), r.HeadSeq, r.HeadHash, r.Office, string(raw))
		if err != nil {
			return fmt.Errorf("keep a release: %w", err)
		}
		return access.Note(ctx, tx, access.Entry{
			Actor: r.By, Action: access.DisclosureReleased, Object: r.ID, Detail: fmt.Sprintf("%d form %s edition %d record %d", r.Year, r.Form, r.Edition, r.HeadSeq),
		})
	})
	return r, err
}

// Releases lists the releases of a year, the newest first.
func (b *Book) Releases(ctx context.Context, year int) ([]query.DisclosureRelease, error) {
	list, err := store.Collect[query.DisclosureRelease](b.store.Reader().QueryContext(ctx,
		`SELECT id, year, form, edition, person, at, head_seq, head_hash, office, data FROM disclosure_releases WHERE year = $1 ORDER BY at DESC, edition DESC`, year))(scanRelease)
	if err != nil {
		return nil, fmt.Errorf("read releases of %d: %w", year, err)
	}
	return list, nil
}

func scanRelease(r *sql.Rows) (d query.DisclosureRelease, err error) {
	var at int64
	var raw string
	if err = r.Scan(&d.ID, &d.Year, &d.Form, &d.Edition, &d.By, &at, &d.HeadSeq, &d.HeadHash, &d.Office, &raw); err != nil {
		return d, err
	}
	d.At = store.Time(at)
	return d, json.Unmarshal([]byte(raw), &d.Data)
}

// Newest finds the newest release of a form, of any when it is ""; huiying.NotFound when there is none.
func (b *Book) Newest(ctx context.Context, year int, form string) (query.DisclosureRelease, error) {
	list, err := b.Releases(ctx, year)
	if err != nil {
		return query.DisclosureRelease{}, err
	}
	for _, r := range list {
		if form == "" || r.Form == form {
			return r, nil
		}
	}
	return query.DisclosureRelease{}, huiying.Errorf(huiying.NotFound, "annual.not_released", year, form)
}
