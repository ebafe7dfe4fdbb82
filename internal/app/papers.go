package app

import (
	"context"
	"path/filepath"
	"time"

	"huiying/internal/app/collection"
	"huiying/internal/app/papers"
	"huiying/internal/config"
	"huiying/internal/query"
	"huiying/internal/store/users"
	"huiying/internal/store/views"
	"huiying/notifier/reply"
)

// reading is who reads replies, and with what.
type reading struct {
	reader    *papers.Reader
	inspector *reply.Inspector
}

// reading reads replies with the analyzer's cut where it runs here.
func (a *App) reading() (reading, error) {
	wrong, sensitive, err := papers.ReadWords(a.config.Reply.Words)
	if err != nil {
		return reading{}, err
	}
	var cut func(string) []string
	if a.analyzer != nil {
		cut = a.analyzer.Words
	}
	r := papers.NewReader(a.config.Analyzer.PublicNumbers, wrong, cut)
	return reading{r, papers.Inspector(a.store, r, sensitive)}, nil
}

// addPapers wires what lies beside the record of cases.
func (a *App) addPapers(room *caseRoom, r reading) error {
	office := papers.Office{Name: a.config.Office.Name, Zone: a.zone, Program: a.version, Units: unitsOf(a.config), People: a.users.List}
	wake := make(chan struct{}, 1)
	room.swept, room.reading = wake, r
	room.papers = papers.Desk{
		Store: a.store, Views: views.New(a.store), Cases: room.desk, Key: a.keys.record, Words: a.words, Office: office, Reader: r.reader,
		KeepFor: time.Duration(a.config.Record.WordsFor), Presets: room.presets, Limits: limitsOf(a.config),
		Purged: func() {
			select {
			case wake <- struct{}{}:
			default: // it is awake
			}
		},
	}
	items, err := readItems(a.config.Analyzer.Catalogue)
	if err != nil {
		return err
	}
	room.drafting = papers.Drafting{Engine: room.engine, Store: a.store, Office: office, Items: map[string]string{}}
	for _, i := range items {
		room.drafting.Items[i.Code] = i.Name
	}
	for _, t := range a.config.Reply.Templates {
		room.drafting.Templates = append(room.drafting.Templates, reply.Template(t))
	}
	return nil
}

// startSweep removes what lies outside the database of purged posts.
func (a *App) startSweep(ctx context.Context) error {
	pages, err := collection.Evidence(ctx, a.bus)
	if err != nil {
		return err
	}
	a.life.loop("purged cases", papers.Sweeper{
		Store: a.store, Pages: pages, Messages: a.bus, Logger: a.logger, Wake: a.room.swept,
	}.Run)
	return a.startRetention()
}

// startRetention lets the words of posts go whose time is over, once a day.
func (a *App) startRetention() error {
	r := papers.NewRetention(papers.Retention{
		Store: a.store, PostsFor: time.Duration(a.config.Record.PostsFor), Now: a.now, Logger: a.logger, Purged: a.room.papers.Purged,
	})
	if err := r.Register(a.registry); err != nil {
		return err
	}
	a.life.loop("retention", r.Run)
	return nil
}

// limitsOf are the settings that say how long something is kept.
func limitsOf(c config.Config) query.Retention {
	out := query.Retention{Settings: []query.Setting{}, Runs: []query.RetentionRun{}}
	if c.Path != "" {
		out.File = filepath.Base(c.Path)
	}
	for _, s := range c.Settings() {
		if s.Retention() {
			out.Settings = append(out.Settings, query.Setting{Key: s.Key, Value: s.Value, Line: s.Line, Retention: true})
		}
	}
	return out
}

// OpenRetention opens the retention of a service that is not running, or for
// counting beside one that is.
func OpenRetention(ctx context.Context, w Where, writing bool) (*Archive, *papers.Retention, error) {
	c, err := w.Config()
	if err != nil {
		return nil, nil, err
	}
	var data *Archive
	if writing {
		data, _, err = OpenForWriting(ctx, w)
	} else {
		data, err = OpenArchive(ctx, w)
	}
	if err != nil {
		return nil, nil, err
	}
	return data, papers.NewRetention(papers.Retention{Store: data.Store, PostsFor: time.Duration(c.Record.PostsFor), Now: time.Now}), nil
}

// OpenPapers opens the papers of a service that is not running.
func OpenPapers(ctx context.Context, w Where) (*Archive, papers.Desk, error) {
	c, err := w.Config()
	if err != nil {
		return nil, papers.Desk{}, err
	}
	data, _, err := OpenForWriting(ctx, w)
	if err != nil {
		return nil, papers.Desk{}, err
	}
	office := papers.Office{Name: c.Office.Name, Zone: data.Zone, Units: unitsOf(c), People: users.New(data.Store, users.Options{}).List}
	return data, papers.Desk{
		Store: data.Store, Views: views.New(data.Store), Key: data.Key, Office: office,
		Reader: papers.NewReader(c.Analyzer.PublicNumbers, nil, nil), KeepFor: time.Duration(c.Record.WordsFor),
		Presets: data.Presets,
	}, nil
}

// RecordKey derives the key of the record from the file of the master key.
func RecordKey(file string) ([]byte, error) {
	master, err := masterFile(file, false)
	if err != nil {
		return nil, err
	}
	k, err := openKeys(master, "", false)
	return k.record, err
}
