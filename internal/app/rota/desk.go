package rota

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"huiying"
	"huiying/crawler/intake/sheet"
	"huiying/internal/query"
	"huiying/internal/store/definitions"
	dutybook "huiying/internal/store/duty"
	"huiying/notifier/duty"
	"huiying/notifier/ladder"
)

// DeskOptions is what a Desk works with; Heartbeat and Woken need not be there.
type DeskOptions struct {
	Rosters     *Rosters
	Book        *dutybook.Book
	Definitions *definitions.Definitions
	People      func(context.Context) ([]huiying.Person, error)
	Channels    []string
	Policies    ladder.Policies
	Heartbeat   *ladder.Heartbeat
	Now         func() time.Time
}

// Desk is where people see and change who is on duty.
type Desk struct{ o DeskOptions }

// NewDesk makes a Desk.
func NewDesk(o DeskOptions) *Desk { return &Desk{o} }

// Duty is the rosters over a span, and how escalation stands.
func (d *Desk) Duty(ctx context.Context, from, until time.Time) (query.Duty, error) {
	out := query.Duty{From: from, Until: until, Levels: map[string][]huiying.Level{}}
	plans, err := d.o.Rosters.All(ctx)
	if err != nil {
		return out, err
	}
	if out.People, err = d.o.People(ctx); err != nil {
		return out, err
	}
	changes, err := d.o.Book.Changes(ctx)
	if err != nil {
		return out, err
	}
	files, err := d.files(ctx)
	if err != nil {
		return out, err
	}
	now, known := d.o.Now(), Standing(out.People, d.o.Channels)
	for _, p := range plans {
		r := p.Roster()
		out.Rosters = append(out.Rosters, query.DutyRoster{
			Roster: r, Now: p.OnDuty(now), Shifts: p.Shifts(from, until), Gaps: p.Gaps(later(from, now), until, known),
			Changes: touching(changes, r.ID, from), File: files[r.ID],
		})
	}
	for _, one := range d.o.Policies {
		out.Ladders = append(out.Ladders, one.Ladder())
		out.Levels[one.ID] = one.Levels
	}
	if h := d.o.Heartbeat; h != nil {
		s := h.State()
		out.Heartbeat = &query.Heartbeat{LastAt: s.LastAt, Err: s.Err}
	}
	out.Findings, err = d.o.Book.Findings(ctx)
	return out, err
}

// files names the file that defines each roster.
func (d *Desk) files(ctx context.Context) (map[string]string, error) {
	defs, err := d.o.Definitions.Current(ctx, dutybook.KindRoster)
	out := map[string]string{}
	for _, def := range defs {
		out[def.ID] = def.Origin
	}
	return out, err
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// touching are the changes of a roster that end after an instant, the latest
// made first.
func touching(all []huiying.DutyChange, roster string, from time.Time) []huiying.DutyChange {
	var out []huiying.DutyChange
	for _, c := range slices.Backward(all) {
		if c.Roster == roster && (c.Until.After(from) || c.BackUntil.After(from)) {
			out = append(out, c)
		}
	}
	return out
}

// plan finds a roster.
func (d *Desk) plan(ctx context.Context, id string) (*duty.Plan, error) {
	plans, err := d.o.Rosters.All(ctx)
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(plans, func(p *duty.Plan) bool { return p.Roster().ID == id })
	if i < 0 {
		return nil, huiying.Errorf(huiying.NotFound, "duty.no_roster", id)
	}
	return plans[i], nil
}

// Change checks a change and keeps it. One that touches no shift is refused: its
// hours or its people are most likely wrong.
func (d *Desk) Change(ctx context.Context, c huiying.DutyChange) (huiying.DutyChange, error) {
	d.o.Rosters.Forget()
	p, err := d.plan(ctx, c.Roster)
	if err != nil {
		return c, err
	}
	if err := duty.CheckChange(c, d.o.Now()); err != nil {
		return c, err
	}
	people, err := d.o.People(ctx)
	if err != nil {
		return c, err
	}
	known := Standing(people, d.o.Channels)
	for _, id := range []string{c.Who, c.Instead} {
		// Whoever is stood in for may have left; whoever takes a shift must be here.
		if id != "" && !known(id).Known && (id == c.Who || c.Kind == huiying.DutySwap) {
			return c, huiying.Errorf(huiying.Invalid, "duty.change.no_person", id)
		}
	}
	if !p.Effect(c) {
		return c, huiying.Errorf(huiying.Invalid, "duty.change.nothing", c.Instead)
	}
	made, err := d.o.Book.Change(ctx, c)
	d.o.Rosters.Forget()
	return made, err
}

// Withdraw takes a change back.
func (d *Desk) Withdraw(ctx context.Context, id string, by huiying.Actor) error {
	defer d.o.Rosters.Forget()
	return d.o.Book.Withdraw(ctx, id, by)
}

// PutRoster keeps a roster that was checked; huiying.Forbidden for one that a
// file defines.
func (d *Desk) PutRoster(ctx context.Context, r huiying.Roster, by huiying.Actor) error {
	if problems := duty.Check(r); len(problems) > 0 {
		return problems[0]
	}
	defer d.o.Rosters.Forget()
	return d.o.Book.PutRoster(ctx, r, by)
}

// PutTable takes a table in, all of it or nothing.
func (d *Desk) PutTable(ctx context.Context, t query.DutyTable) (rows []huiying.DutyRow, problems []error, err error) {
	d.o.Rosters.Forget()
	p, err := d.plan(ctx, t.Roster)
	if err != nil {
		return nil, nil, err
	}
	people, err := d.o.People(ctx)
	if err != nil {
		return nil, nil, err
	}
	lines, err := readSheet(ctx, t)
	if err != nil {
		return nil, nil, err
	}
	table := duty.ReadTable(p.Roster(), people, lines)
	table.Rows = duty.From(d.o.Rosters.today(), table.Rows)
	if len(table.Problems) > 0 || t.Try {
		return table.Rows, table.Problems, nil
	}
	old, err := d.o.Book.Tables(ctx)
	if err != nil {
		return nil, nil, err
	}
	err = d.o.Book.PutTable(ctx, t.Roster, duty.Merge(p.Roster(), old[t.Roster], table.Rows), t.Actor)
	d.o.Rosters.Forget()
	return table.Rows, nil, err
}

// readSheet reads the first sheet of a file. The reader of sheets wants one on
// disk, for it takes big ones too.
func readSheet(ctx context.Context, t query.DutyTable) (lines []duty.Line, err error) {
	ext := strings.ToLower(filepath.Ext(t.Name))
	if ext != ".xlsx" {
		ext = ".csv"
	}
	f, err := os.CreateTemp("", "duty-*"+ext)
	if err != nil {
		return nil, fmt.Errorf("keep the table for reading: %w", err)
	}
	defer func() { err = errors.Join(err, os.Remove(f.Name())) }()
	if _, err := f.Write(t.Body); err != nil {
		return nil, errors.Join(fmt.Errorf("keep the table for reading: %w", err), f.Close())
	}
	if err := f.Close(); err != nil {
		return nil, fmt.Errorf("keep the table for reading: %w", err)
	}
	book, err := sheet.Open(f.Name(), t.Name)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, book.Close()) }()
	sheets := book.Sheets()
	if len(sheets) == 0 {
		return nil, huiying.Errorf(huiying.Invalid, "duty.table.empty")
	}
	err = book.Rows(ctx, sheets[0], func(r sheet.Row) error {
		lines = append(lines, duty.Line{N: r.N, Cells: slices.Clone(r.Cells)})
		return nil
	})
	return lines, err
}
