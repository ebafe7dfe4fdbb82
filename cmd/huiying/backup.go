package main

import (
	"context"

	"huiying/internal/app"
	"huiying/internal/app/tool"
)

type backupCmd struct {
	stored
	Dir  string `arg:"" type:"path" help:"${help_backup_dir}"`
	Keys string `type:"path" help:"${help_backup_keys}"`
}

func (c *backupCmd) Run(ctx context.Context, s tool.Streams) error {
	return tool.Backup(ctx, s, tool.BackupOptions{Where: c.where(), Dir: c.Dir, KeysDir: c.Keys, JSON: c.JSON, Version: version})
}

type restoreCmd struct {
	Dir    string `arg:"" type:"existingdir" help:"${help_restore_dir}"`
	Config string `help:"${help_config_file}" type:"existingfile" xor:"where" required:""`
	Data   string `help:"${help_restore_data}" type:"path" xor:"where" required:""`
	Keys   string `type:"existingdir" help:"${help_restore_keys}"`
	JSON   bool   `help:"${help_json}" name:"json"`
}

func (c *restoreCmd) Run(ctx context.Context, s tool.Streams) error {
	return tool.Restore(ctx, s, tool.BackupOptions{Where: app.Where{ConfigFile: c.Config, Data: c.Data}, Dir: c.Dir, KeysDir: c.Keys, JSON: c.JSON})
}

type migrateCmd struct {
	Config string `help:"${help_config_file}" type:"existingfile" required:""`
	JSON   bool   `help:"${help_json}" name:"json"`
}

func (c *migrateCmd) Run(ctx context.Context, s tool.Streams) error {
	return tool.Migrate(ctx, s, c.Config, c.JSON)
}

type readyCmd struct {
	Listen string `help:"${help_ready_listen}" default:"127.0.0.1:8420"`
}

func (c *readyCmd) Run(ctx context.Context) error { return tool.Ready(ctx, c.Listen) }
