package app

import (
	"context"
	"errors"
	"net"
	"os"
	"path/filepath"
	"strings"
	"time"

	"huiying/internal/config"
	"huiying/internal/store"
	"huiying/notifier/calendar"
	"huiying/notifier/casework/limit"
)

// Names in the data folder.
const (
	databaseFile = "huiying.db"
	headsFolder  = "heads"
	busFolder    = "bus"
	dictFolder   = "dict"
)

// Where says which stored data a command means: those of a configuration, or a
// data folder alone, whose configuration is the default one.
type Where struct {
	ConfigFile string
	Data       string
}

// Config loads the configuration of the data.
func (w Where) Config() (config.Config, error) {
	if w.ConfigFile != "" {
		return config.Load(w.ConfigFile)
	}
	c := config.Default()
	c.Data = w.Data
	return c, c.Validate()
}

// Archive is stored data opened beside or instead of a running service.
type Archive struct {
	lock  *os.File     // held while open for writing
	claim *store.Claim // likewise
	Store *store.Store
	Key   []byte // of the record
	Heads string // folder of the exported heads
	Zone  *time.Location

	Presets []limit.Preset   // the office's time limits
	Days    calendar.Options // of its calendar
}

// OpenArchive opens stored data for reading.
func OpenArchive(ctx context.Context, w Where) (*Archive, error) {
	c, err := w.Config()
	if err != nil {
		return nil, err
	}
	return openArchive(ctx, c, true)
}

// OpenForWriting opens stored data for a command that changes it, and takes
// the folder's lock: a running service is never changed behind its back. base
// is the address people reach the pages under.
func OpenForWriting(ctx context.Context, w Where) (a *Archive, base string, err error) {
	c, err := w.Config()
	if err != nil {
		return nil, "", err
	}
	lock, err := lockFolder(c.Data)
	if err != nil {
		return nil, "", err
	}
	if a, err = openArchive(ctx, c, false); err != nil {
		return nil, "", errors.Join(err, lock.Close())
	}
	a.lock = lock
	if a.claim, err = a.Store.Claim(ctx); err != nil {
		return nil, "", errors.Join(err, a.Close())
	}
	return a, baseOf(c), nil
}

// OwnURL is where a service of this configuration answers on this machine.
func OwnURL(c config.Config) string {
	c.PublicURL = ""
	return baseOf(c)
}

// baseOf is the address people reach the pages under.
func baseOf(c config.Config) string {
	if c.PublicURL != "" {
		return strings.TrimSuffix(c.PublicURL, "/")
	}
	host, port, err := net.SplitHostPort(c.Listen)
	if err != nil {
		return "http://" + c.Listen
	}
	if ip := net.ParseIP(host); host == "" || (ip != nil && ip.IsUnspecified()) {
		host = "127.0.0.1" // it listens everywhere; this machine is one of the places
	}
	return "http://" + net.JoinHostPort(host, port)
}

func openArchive(ctx context.Context, c config.Config, readOnly bool) (*Archive, error) {
	zone, err := c.Zone()
	if err != nil {
		return nil, err
	}
	presets, err := limit.Apply(limit.Presets(), c.Presets)
	if err != nil {
		return nil, err
	}
	days, err := calendarOptions(c)
	if err != nil {
		return nil, err
	}
	k, err := openKeys(string(c.Record.Key), c.Data, !readOnly)
	if err != nil {
		return nil, err
	}
	s, err := store.Open(ctx, store.Options{
		Path: filepath.Join(c.Data, databaseFile), DSN: string(c.Store.DSN), MACKey: k.record, Now: time.Now, Zone: zone, ReadOnly: readOnly,
	})
	if err != nil {
		return nil, err
	}
	return &Archive{Store: s, Key: k.record, Heads: headsOf(c), Zone: zone, Presets: presets, Days: days}, nil
}

// Close closes the store and frees the lock.
func (a *Archive) Close() error {
	var err error
	if a.claim != nil {
		err = a.claim.Close()
	}
	err = errors.Join(err, a.Store.Close())
	if a.lock != nil {
		err = errors.Join(err, a.lock.Close())
	}
	return err
}

func headsOf(c config.Config) string {
	if c.Record.Heads != "" {
		return c.Record.Heads
	}
	return filepath.Join(c.Data, headsFolder)
}
