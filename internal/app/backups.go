package app

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"time"

	"github.com/nats-io/nats.go"

	"huiying"
	"huiying/internal/app/backup"
	"huiying/internal/bus/broker"
	"huiying/internal/config"
)

// BackupOptions say what is backed up or restored.
type BackupOptions struct {
	Where   Where
	Dir     string // the backup
	KeysDir string // of the master key where it is kept apart
	Version string // of the program
}

// Backup copies the stored data into a folder, beside a running service or
// instead of it. The database is read as any reader reads it; the streams are
// asked of the service's own server, or of one that runs for the command alone.
func Backup(ctx context.Context, o BackupOptions) (m backup.Manifest, err error) {
	c, err := o.Where.Config()
	if err != nil {
		return m, err
	}
	data, err := openArchive(ctx, c, true)
	if err != nil {
		return m, err
	}
	defer func() { err = errors.Join(err, data.Close()) }()
	conn, leave, err := reachBus(ctx, c)
	if err != nil {
		return m, err
	}
	defer func() { err = errors.Join(err, leave()) }()
	master := ""
	if c.Record.Key == "" {
		master = masterIn(c.Data)
	}
	return backup.Take(ctx, backup.Options{
		Dir: o.Dir, KeysDir: o.KeysDir, Version: o.Version, Now: time.Now,
		Store: data.Store, Heads: data.Heads, Master: master, Conn: conn,
	})
}

// reachBus connects to the embedded server of a running service through its
// folder, or to one of our own where none runs; nil where the configuration
// names an outside server.
func reachBus(ctx context.Context, c config.Config) (conn *nats.Conn, leave func() error, err error) {
	if c.Bus.URL != "" {
		return nil, func() error { return nil }, nil
	}
	o := broker.Options{Dir: filepath.Join(c.Data, busFolder), CredentialsFile: c.Bus.CredentialsFile, Listen: c.Bus.Listen, SyncInterval: time.Second}
	lock, err := lockFolder(c.Data)
	if huiying.ErrorCode(err) == huiying.Conflict {
		if conn, err = broker.Visit(o); err != nil {
			return nil, nil, err
		}
		return conn, func() error { conn.Close(); return nil }, nil
	}
	if err != nil {
		return nil, nil, err
	}
	o.Listen = "" // nobody else is to come in
	b, err := broker.Open(ctx, o)
	if err != nil {
		return nil, nil, errors.Join(err, lock.Close())
	}
	return b.Conn, func() error { return errors.Join(b.Close(false), lock.Close()) }, nil
}

// Restore makes the data folder of a configuration of a backup. The folder must
// be empty or not there.
func Restore(ctx context.Context, o BackupOptions) (backup.Manifest, error) {
	c := config.Default()
	c.Data = o.Where.Data
	if o.Where.ConfigFile != "" {
		var err error
		if c, err = config.Load(o.Where.ConfigFile); err != nil {
			return backup.Manifest{}, err
		}
	}
	if info, err := os.Stat(c.Data); err == nil && !info.IsDir() {
		return backup.Manifest{}, huiying.Errorf(huiying.Invalid, "backup.not_empty", c.Data, filepath.Base(c.Data))
	}
	zone, err := c.Zone()
	if err != nil {
		return backup.Manifest{}, err
	}
	m, err := backup.Restore(ctx, backup.RestoreOptions{Dir: o.Dir, KeysDir: o.KeysDir, Data: c.Data, Heads: headsOf(c)})
	m.Began, m.Ended = m.Began.In(zone), m.Ended.In(zone)
	return m, err
}
