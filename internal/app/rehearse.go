package app

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"

	"huiying"
	"huiying/crawler"
	"huiying/internal/config"
	"huiying/internal/drill"
	"huiying/internal/store"
)

// FaultDropOne loses one post on purpose, to show that the scoreboard sees it.
const FaultDropOne = "drop-one"

// Rehearsal is a drill and the service under it.
type Rehearsal struct {
	app   *App
	drill *drill.Drill
}

// RehearsalOptions says what is played and on what.
type RehearsalOptions struct {
	Drill   drill.Options
	Service Options // Config is made by the drill; its Data and Listen are kept
	Fault   string  // "" or FaultDropOne
}

// Rehearse brings the replicas and the service up; the incident stands still
// until Play.
func Rehearse(ctx context.Context, o RehearsalOptions) (*Rehearsal, error) {
	if err := vacant(ctx, o.Service.Config); err != nil {
		return nil, err
	}
	d, err := drill.Start(ctx, o.Drill)
	if err != nil {
		return nil, err
	}
	defs, err := d.Definitions()
	if err != nil {
		return nil, errors.Join(err, d.Close())
	}
	if o.Service.Config, err = drillConfig(o.Service.Config, defs); err != nil {
		return nil, errors.Join(err, d.Close())
	}
	o.Service.OwnURL = true
	if o.Fault == FaultDropOne {
		o.Service.WrapSink = dropOne
	}
	a, err := New(o.Service)
	if err == nil {
		err = a.Start(ctx)
	}
	if err != nil {
		return nil, errors.Join(err, d.Close())
	}
	return &Rehearsal{app: a, drill: d}, nil
}

// vacant refuses a PostgreSQL that holds anything: a drill is no office's work,
// and must not stand among it.
func vacant(ctx context.Context, c config.Config) (err error) {
	if c.Store.DSN == "" {
		return nil
	}
	s, err := store.Open(ctx, store.Options{Path: filepath.Join(c.Data, databaseFile), DSN: string(c.Store.DSN)})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	return s.Vacant(ctx)
}

// URL is where the pages are.
func (r *Rehearsal) URL() string { return "http://" + r.app.Addr() }

// Play runs the incident with its people until ctx ends.
func (r *Rehearsal) Play(ctx context.Context) error {
	s := drill.Service{URL: r.URL(), SignIn: map[string]string{}, Show: map[string]string{}}
	people, err := r.app.users.List(ctx)
	if err != nil {
		return err
	}
	for _, p := range people {
		for _, links := range []map[string]string{s.SignIn, s.Show} {
			path, err := r.app.SignInLink(ctx, p.ID)
			if err != nil {
				return err
			}
			links[p.ID] = s.URL + path
		}
	}
	r.drill.Begin()
	return r.drill.Play(ctx, s)
}

// Score lets everything come to rest, for as long as ctx lasts, and counts.
func (r *Rehearsal) Score(ctx context.Context) (drill.Scoreboard, error) {
	t := truth{r.app.store}
	if err := r.drill.Quiesce(ctx, t); err != nil {
		return drill.Scoreboard{}, err
	}
	return r.drill.Score(context.WithoutCancel(ctx), t)
}

// Failed gives the error of a loop that ended, if one does.
func (r *Rehearsal) Failed() <-chan error { return r.app.life.failed }

// Close stops the service, then the replicas.
func (r *Rehearsal) Close() error { return errors.Join(r.app.Stop(), r.drill.Close()) }

// drillConfig turns the drill's definitions into a configuration whose files
// lie in the data folder.
func drillConfig(c config.Config, defs drill.Definitions) (config.Config, error) {
	folder := filepath.Join(c.Data, "drill")
	if err := os.MkdirAll(folder, 0o750); err != nil {
		return c, huiying.Errorf(huiying.Invalid, "app.folder", folder, err)
	}
	file := func(name string, body []byte) (string, error) {
		path, err := filepath.Abs(filepath.Join(folder, name))
		if err != nil {
			return "", fmt.Errorf("drill folder: %w", err)
		}
		return path, os.WriteFile(path, body, 0o640)
	}
	rules, err := file("rules.yaml", defs.Rules)
	if err != nil {
		return c, err
	}
	c.Rules = []string{rules}
	for name, body := range defs.Profiles {
		path, err := file(name+".yaml", body)
		if err != nil {
			return c, err
		}
		c.Profiles = append(c.Profiles, path)
	}
	c.Office.Name, c.Office.Contact = defs.Office, defs.Contact
	c.Crawler.HostDelay = config.Duration(defs.HostDelay)
	c.Notifier.Retry = []config.Duration{config.Duration(time.Second), config.Duration(2 * time.Second), config.Duration(5 * time.Second)}
	for _, u := range defs.Units {
		c.Units = append(c.Units, config.Unit{ID: u.ID, Name: u.Name})
	}
	c.Channels = []config.Channel{{ID: defs.Channel.ID, Kind: "webhook", URL: defs.Channel.URL, Secret: config.Secret(defs.Channel.Secret)}}
	for _, p := range defs.People {
		c.Users = append(c.Users, configUser(p))
	}
	for _, s := range defs.Sources {
		source, err := configSource(s)
		if err != nil {
			return c, err
		}
		c.Sources = append(c.Sources, source)
	}
	return c, c.Validate()
}

func configUser(p huiying.Person) config.User {
	u := config.User{ID: p.ID, Name: p.Name, Unit: p.Unit, Roles: p.Roles}
	for _, contact := range p.Contacts {
		u.Contacts = append(u.Contacts, config.Contact{Channel: contact.Channel, Address: contact.Address})
	}
	return u
}

func configSource(s huiying.Source) (config.Source, error) {
	out := config.Source{ID: s.ID, Kind: s.Kind, Name: s.Name, BaseURL: s.BaseURL, Every: config.Duration(s.Every)}
	if err := json.Unmarshal(s.Options, &out.Options); err != nil {
		return out, fmt.Errorf("options of %s: %w", s.ID, err)
	}
	return out, nil
}

// dropOne loses the first post it sees, in every revision and for ever.
func dropOne(next crawler.Sink) crawler.Sink { return &dropping{next: next} }

type dropping struct {
	next crawler.Sink
	mu   sync.Mutex
	lost string
}

func (d *dropping) Accept(ctx context.Context, p huiying.Post) error {
	d.mu.Lock()
	if d.lost == "" && !p.Deleted { // a notice of deletion is on nobody's list
		d.lost = p.ID
	}
	drop := d.lost == p.ID
	d.mu.Unlock()
	if drop {
		return nil
	}
	return d.next.Accept(ctx, p)
}
