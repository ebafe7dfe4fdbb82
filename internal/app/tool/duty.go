package tool

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"text/tabwriter"
	"time"

	"huiying"
	"huiying/internal/app"
	"huiying/internal/query"
)

// DutyOptions say which rosters a command is about.
type DutyOptions struct {
	Where      app.Where
	ConfigFile string // of DutyImport
	JSON       bool
	Roster     string // "" = all
	Days       int
	File       string
	Try        bool
}

// DutyShow prints the shifts of the days to come, now first.
func DutyShow(ctx context.Context, s Streams, o DutyOptions) error {
	return withDuty(ctx, o, func(d query.Duty, zone *time.Location) error {
		w := tabwriter.NewWriter(s.Out, 0, 4, 2, ' ', 0)
		now := time.Now()
		for _, r := range d.Rosters {
			for _, sh := range r.Shifts {
				if o.JSON {
					if err := s.line(sh.In(zone)); err != nil {
						return err
					}
					continue
				}
				mark := " "
				if !sh.From.After(now) && sh.Until.After(now) {
					mark = "*"
				}
				fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\t%s\n", mark, r.Roster.ID, stamp(sh.From, zone), stamp(sh.Until, zone), sh.Layer, sh.Name, sh.Person)
			}
		}
		return w.Flush()
	})
}

// DutyGaps prints the gaps of the days to come and fails when there are any.
func DutyGaps(ctx context.Context, s Streams, o DutyOptions) error {
	return withDuty(ctx, o, func(d query.Duty, zone *time.Location) error {
		w := tabwriter.NewWriter(s.Out, 0, 4, 2, ' ', 0)
		n := 0
		for _, r := range d.Rosters {
			for _, g := range r.Gaps {
				n++
				if o.JSON {
					if err := s.line(g.In(zone)); err != nil {
						return err
					}
					continue
				}
				why := s.Words.Text(s.Lang, "web.duty.gap."+g.Kind)
				if g.Person != "" {
					why = s.Words.Text(s.Lang, "web.duty.gap."+g.Kind, g.Person)
				}
				fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", r.Roster.ID, stamp(g.From, zone), stamp(g.Until, zone), why)
			}
		}
		if err := w.Flush(); err != nil {
			return err
		}
		if n > 0 {
			return ErrFailed
		}
		return nil
	})
}

// longestDuty bounds the days a command shows.
const longestDuty = 366

func withDuty(ctx context.Context, o DutyOptions, do func(query.Duty, *time.Location) error) (err error) {
	if o.Days < 1 || o.Days > longestDuty {
		return &UsageError{huiying.Errorf(huiying.Invalid, "cli.duty.days", o.Days, longestDuty)}
	}
	desk, err := app.OpenRosters(ctx, o.Where, false)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, desk.Close()) }()
	now := time.Now()
	d, err := desk.Duty(ctx, now, now.AddDate(0, 0, o.Days))
	if err != nil {
		return err
	}
	if o.Roster != "" {
		var found []query.DutyRoster
		for _, r := range d.Rosters {
			if r.Roster.ID == o.Roster {
				found = append(found, r)
			}
		}
		if d.Rosters = found; len(found) == 0 {
			return huiying.Errorf(huiying.NotFound, "duty.no_roster", o.Roster)
		}
	}
	return do(d, desk.Zone())
}

// DutyImport takes a table into a roster of a stopped service; while it runs,
// the page and the API do the same. With a bad row nothing is taken in.
func DutyImport(ctx context.Context, s Streams, o DutyOptions) (err error) {
	raw, err := os.ReadFile(o.File)
	if err != nil {
		return huiying.Errorf(huiying.Invalid, "config.unreadable", o.File, err)
	}
	desk, err := app.OpenRosters(ctx, app.Where{ConfigFile: o.ConfigFile}, true)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, desk.Close()) }()
	rows, problems, err := desk.PutTable(ctx, query.DutyTable{
		Roster: o.Roster, Name: filepath.Base(o.File), Body: raw, Actor: huiying.Actor{ID: "cli"}, Try: o.Try,
	})
	if err != nil {
		return err
	}
	for _, r := range rows {
		if o.JSON {
			if err := s.line(r); err != nil {
				return err
			}
		}
	}
	for _, p := range problems {
		fmt.Fprintln(s.Err, s.Words.Sentence(s.Lang, p))
	}
	switch {
	case len(problems) > 0:
		s.say("duty.table.refused", len(problems))
		return ErrFailed
	case o.Try:
		s.say("cli.duty.tried", len(rows))
	default:
		s.say("cli.duty.imported", len(rows), o.Roster)
	}
	return nil
}
