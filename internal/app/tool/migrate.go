package tool

import (
	"context"

	"huiying/internal/app"
)

// Migrate carries stored data over into PostgreSQL and verifies the record
// there.
func Migrate(ctx context.Context, s Streams, file string, json bool) error {
	m, err := app.Migrate(ctx, file)
	if err != nil {
		return err
	}
	s.say("cli.migrated", len(m.Tables), m.Rows, m.Place, m.Kept)
	if json {
		if err := s.line(m); err != nil {
			return err
		}
	}
	return AuditVerify(ctx, s, ListOptions{Where: app.Where{ConfigFile: file}})
}
