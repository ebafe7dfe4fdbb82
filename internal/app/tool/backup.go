package tool

import (
	"context"

	"huiying/internal/app"
	"huiying/internal/app/backup"
)

// BackupOptions say what is backed up or restored.
type BackupOptions struct {
	Where   app.Where
	Dir     string // the backup
	KeysDir string // of the master key where it is kept apart
	JSON    bool
	Version string
}

// Backup copies everything a service keeps into a new folder while it runs, or
// while it is stopped, and says where the master key is.
func Backup(ctx context.Context, s Streams, o BackupOptions) error {
	m, err := app.Backup(ctx, app.BackupOptions{Where: o.Where, Dir: o.Dir, KeysDir: o.KeysDir, Version: o.Version})
	if err != nil {
		return err
	}
	messages, err := m.Messages()
	if err != nil {
		return err
	}
	s.say("cli.backed_up", o.Dir, len(m.Files), m.Bytes(), messages)
	switch m.Key {
	case backup.KeyInside:
		s.say("cli.key_inside", o.Dir)
	case backup.KeyApart:
		s.say("cli.key_apart", o.KeysDir)
	default:
		s.say("cli.key_outside")
	}
	if m.Bus != "" {
		s.say("cli.bus_outside")
	}
	if o.JSON {
		return s.line(m)
	}
	return nil
}

// Restore makes a data folder of a backup and verifies the record in it. It
// fails where the record does not verify; the folder is whole even so.
func Restore(ctx context.Context, s Streams, o BackupOptions) error {
	m, err := app.Restore(ctx, app.BackupOptions{Where: o.Where, Dir: o.Dir, KeysDir: o.KeysDir})
	if err != nil {
		return err
	}
	messages, err := m.Messages()
	if err != nil {
		return err
	}
	s.say("cli.restored", len(m.Files), m.Bytes(), messages, m.Began.Format("2006-01-02 15:04:05"))
	if m.Bus != "" {
		s.say("cli.bus_outside")
	}
	c, err := o.Where.Config()
	if err != nil {
		return err
	}
	if c.Store.DSN != "" {
		s.say("cli.restored_migrate")
		return nil
	}
	if m.Key == backup.KeyOutside && o.Where.ConfigFile == "" {
		s.say("cli.restored_unverified")
		return nil
	}
	return AuditVerify(ctx, s, ListOptions{Where: o.Where, JSON: o.JSON})
}
