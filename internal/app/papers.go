package app

import (
	"context"
	"time"

	"huiying/internal/app/collection"
	"huiying/internal/app/papers"
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
		KeepFor: time.Duration(a.config.Record.WordsFor), Presets: room.presets,
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
	return nil
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
