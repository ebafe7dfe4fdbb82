// Package inventory says what there is in an installation: people, channels,
// queues, storage, keys by their age, settings with their line in the file, and
// when the record was last checked. It shows no secret, changes nothing, and
// checks the record only when somebody asks.
package inventory

import (
	"context"
	"path/filepath"
	"runtime/debug"
	"sync"
	"time"

	"huiying"
	"huiying/internal/app/rulebook"
	"huiying/internal/config"
	"huiying/internal/query"
	"huiying/internal/store"
	"huiying/internal/store/outbox"
	"huiying/internal/store/record"
	"huiying/internal/store/verifications"
)

// Desk is the inventory of one process. All fields are required.
type Desk struct {
	Config   config.Config
	Version  string
	Store    *store.Store
	Now      func() time.Time
	Accounts func(ctx context.Context) ([]query.Account, error)
	Channels func(ctx context.Context) ([]query.ChannelRow, error)
	Tokens   func(ctx context.Context) ([]query.Token, error)
	Refusals func(ctx context.Context) ([]query.Refusal, error)
	Purges   func(ctx context.Context) ([]query.CasePurge, error)
	Sources  func(ctx context.Context) ([]huiying.Source, error)
	Parked   func(ctx context.Context) (int, error) // messages that broke a step
	Book     func(ctx context.Context) (query.RuleBook, error)
	Duty     func(ctx context.Context, from, until time.Time) (query.Duty, error)
	Silences func(ctx context.Context) ([]huiying.Silence, error)
	Switch   func() query.Switch

	Verify   func(ctx context.Context) (record.Report, error)
	Sentence func(err error) string
	Go       func(name string, run func(context.Context) error) // on the service's life

	mu       sync.Mutex
	checking bool
	unkept   query.Verification // a check whose result could not be stored
	sized    sizes
}

// Standing is the inventory as it is now.
func (d *Desk) Standing(ctx context.Context) (query.Admin, error) {
	out := query.Admin{At: d.Now(), Switch: d.Switch(), Version: d.Version, Keys: d.keys(), File: d.file()}
	for _, s := range d.Config.Settings() {
		out.Settings = append(out.Settings, query.Setting{Key: s.Key, Value: s.Value, Line: s.Line, Retention: s.Retention()})
	}
	if info, ok := debug.ReadBuildInfo(); ok {
		out.Go = info.GoVersion
		for _, m := range info.Deps {
			out.Modules = append(out.Modules, query.Module{Path: m.Path, Version: m.Version})
		}
	}
	var err error
	if out.Figures, err = d.figures(ctx); err != nil {
		return out, err
	}
	if out.Queues, err = d.queues(ctx); err != nil {
		return out, err
	}
	s := d.sizes()
	out.Storage, out.Sized, out.Free, out.Disk = s.kinds, s.at, s.free, s.disk
	out.Checked, err = verifications.Last(ctx, d.Store.Reader())
	d.mu.Lock()
	defer d.mu.Unlock()
	if out.Checking = d.checking; d.unkept.EndedAt.After(out.Checked.EndedAt) {
		out.Checked = d.unkept
	}
	return out, err
}

// file is the name of the configuration, "" of one that is built in.
func (d *Desk) file() string {
	if d.Config.Path == "" {
		return ""
	}
	return filepath.Base(d.Config.Path)
}

// Units lists the units with their people.
func (d *Desk) Units(ctx context.Context) (query.UnitList, error) {
	accounts, err := d.Accounts(ctx)
	if err != nil {
		return query.UnitList{}, err
	}
	out := query.UnitList{File: d.file()}
	for i, u := range d.Config.Units {
		row := query.UnitRow{
			Unit: huiying.Unit{ID: u.ID, Name: u.Name}, Aliases: u.Aliases, Keywords: u.Keywords, Departments: u.Departments, Line: d.Config.Line(unitPath(i)),
		}
		for _, a := range accounts {
			if a.Person.Unit == u.ID && !a.Disabled {
				row.People = append(row.People, a.Person)
			}
		}
		out.Rows = append(out.Rows, row)
	}
	return out, nil
}

// Check has the record checked; huiying.Conflict while it is.
func (d *Desk) Check(_ context.Context, by huiying.Actor) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.checking {
		return huiying.Errorf(huiying.Conflict, "admin.checking")
	}
	d.checking = true
	d.Go("check of the record", func(ctx context.Context) error {
		defer func() {
			d.mu.Lock()
			defer d.mu.Unlock()
			d.checking = false
		}()
		v := query.Verification{BeganAt: d.Now(), By: by.ID}
		report, err := d.Verify(ctx)
		if ctx.Err() != nil {
			return nil // the service stops; it can be asked for again
		}
		v.EndedAt, v.Steps, v.Cases, v.Heads, v.Findings = d.Now(), report.Steps, report.Cases, report.Heads, len(report.Findings)+report.More
		switch {
		case err != nil:
			v.Failed, v.First = true, d.Sentence(err)
		case len(report.Findings) > 0:
			v.First = d.Sentence(report.Findings[0].Err)
		}
		if err := verifications.Add(ctx, d.Store, v); err != nil {
			v.Failed, v.First = true, d.Sentence(err)
			d.mu.Lock()
			defer d.mu.Unlock()
			d.unkept = v
		}
		return nil // what went wrong is told to who asked
	})
	return nil
}

func (d *Desk) keys() []query.AdminKey {
	k := query.AdminKey{Key: "master", Where: "keys/master.key", Since: written(filepath.Join(d.Config.Data, "keys", "master.key"))}
	if d.Config.Record.Key != "" {
		k.Where, k.Since = d.Config.Record.KeyFile, d.since(d.Config.Record.KeyFile)
	}
	out := []query.AdminKey{k}
	for _, c := range d.Config.Channels {
		if c.Secret != "" {
			out = append(out, query.AdminKey{Key: "channel", Where: c.ID, Since: d.since(c.SecretFile)})
		}
	}
	return out
}

// since is when a file was written that the configuration names, from where the
// configuration lies; zero where it names none.
func (d *Desk) since(name string) time.Time {
	switch {
	case name == "":
		return time.Time{}
	case filepath.IsAbs(name):
		return written(name)
	}
	return written(filepath.Join(filepath.Dir(d.Config.Path), name))
}

// figures count what an administrator looks after.
func (d *Desk) figures(ctx context.Context) ([]query.AdminFigure, error) {
	var out []query.AdminFigure
	for _, count := range []func(context.Context) ([]query.AdminFigure, error){d.ofPeople, d.ofWork, d.ofBus, d.ofLogs, d.ofDuty} {
		list, err := count(ctx)
		if err != nil && huiying.ErrorCode(err) != huiying.Unavailable { // what is not kept here is not counted
			return nil, err
		}
		out = append(out, list...)
	}
	return out, nil
}

func (d *Desk) ofPeople(ctx context.Context) ([]query.AdminFigure, error) {
	accounts, err := d.Accounts(ctx)
	if err != nil {
		return nil, err
	}
	channels, err := d.Channels(ctx)
	if err != nil {
		return nil, err
	}
	tokens, err := d.Tokens(ctx)
	if err != nil {
		return nil, err
	}
	active, mute, alive, dead := 0, 0, 0, 0
	for _, a := range accounts {
		if a.Disabled {
			continue
		}
		active++
		if len(a.Person.Contacts) == 0 {
			mute++
		}
	}
	for _, t := range tokens {
		if t.State(d.Now()) == query.TokenWorks {
			alive++
		}
	}
	for _, c := range channels {
		dead += c.Dead
	}
	return []query.AdminFigure{
		{Key: "people", N: active, Href: "/admin/users"}, {Key: "mute", N: mute, Href: "/admin/users", Warn: mute > 0},
		{Key: "units", N: len(d.Config.Units), Href: "/admin/units"}, {Key: "tokens", N: alive, Href: "/admin/tokens"},
		{Key: "channels", N: len(channels), Href: "/admin/channels"}, {Key: "dead", N: dead, Href: "/admin/channels", Warn: dead > 0},
	}, nil
}

func (d *Desk) ofWork(ctx context.Context) ([]query.AdminFigure, error) {
	sources, err := d.Sources(ctx)
	if err != nil {
		return nil, err
	}
	book, err := d.Book(ctx)
	if err != nil {
		return nil, err
	}
	rules := 0
	for _, r := range book.Rules {
		if !r.Off && r.Change != rulebook.Added {
			rules++
		}
	}
	return []query.AdminFigure{
		{Key: "sources", N: len(sources), Href: "/sources"}, {Key: "register", N: len(sources), Href: "/sources/register"}, {Key: "rules", N: rules, Href: "/rules"},
	}, nil
}

// busWithin is how long the page waits for the bus.
const busWithin = 2 * time.Second

// ofBus counts what broke a step. A bus that is away keeps the rest of the page
// from nobody: then this one figure is missing.
func (d *Desk) ofBus(ctx context.Context) ([]query.AdminFigure, error) {
	ctx, cancel := context.WithTimeout(ctx, busWithin)
	defer cancel()
	parked, err := d.Parked(ctx)
	if err != nil {
		return nil, huiying.Errorf(huiying.Unavailable, "admin.no_bus", err)
	}
	return []query.AdminFigure{{Key: "parked", N: parked, Href: "/admin/parked", Warn: parked > 0}}, nil
}

func (d *Desk) ofLogs(ctx context.Context) ([]query.AdminFigure, error) {
	refusals, err := d.Refusals(ctx)
	if err != nil {
		return nil, err
	}
	purges, err := d.Purges(ctx)
	if err != nil {
		return nil, err
	}
	now := d.Now()
	today, err := d.count(ctx, `SELECT count(*) FROM access_log WHERE at >= $1`, store.Micros(startOf(now, d.Store.Zone())))
	if err != nil {
		return nil, err
	}
	return []query.AdminFigure{
		{Key: "access", N: today, Href: "/admin/access?from=" + now.In(d.Store.Zone()).Format(time.DateOnly)},
		{Key: "refusals", N: len(refusals), Href: "/admin/refusals"}, {Key: "purges", N: len(purges), Href: "/admin/purges"},
	}, nil
}

func (d *Desk) ofDuty(ctx context.Context) ([]query.AdminFigure, error) {
	now := d.Now()
	duty, err := d.Duty(ctx, now, now.AddDate(0, 0, 7))
	if err != nil {
		return nil, err
	}
	silences, err := d.Silences(ctx)
	if err != nil {
		return nil, err
	}
	gaps, inForce := 0, 0
	for _, r := range duty.Rosters {
		gaps += len(r.Gaps)
	}
	for _, s := range silences {
		if s.EndedAt.IsZero() && s.From.Before(now) && s.Until.After(now) {
			inForce++
		}
	}
	return []query.AdminFigure{
		{Key: "rosters", N: len(duty.Rosters), Href: "/duty"}, {Key: "gaps", N: gaps, Href: "/duty", Warn: gaps > 0},
		{Key: "findings", N: len(duty.Findings), Href: "/duty", Warn: len(duty.Findings) > 0}, {Key: "silences", N: inForce, Href: "/silences"},
	}, nil
}

// queues count what waits to be told, and to be sent to the bus.
func (d *Desk) queues(ctx context.Context) ([]query.AdminFigure, error) {
	var out []query.AdminFigure
	for _, q := range []struct{ key, href, sql string }{
		{"deliveries", "/admin/channels", `SELECT count(*) FROM deliveries WHERE ` + outbox.Unsent},
		{"outbox", "", `SELECT count(*) FROM bus_outbox`},
	} {
		n, err := d.count(ctx, q.sql)
		if err != nil {
			return nil, err
		}
		out = append(out, query.AdminFigure{Key: q.key, N: n, Href: q.href})
	}
	return out, nil
}

func (d *Desk) count(ctx context.Context, sql string, args ...any) (n int, err error) {
	err = d.Store.Reader().QueryRowContext(ctx, sql, args...).Scan(&n)
	return n, err //nolint:wrapcheck // a count of our own tables
}

func startOf(at time.Time, zone *time.Location) time.Time {
	y, m, day := at.In(zone).Date()
	return time.Date(y, m, day, 0, 0, 0, 0, zone)
}
