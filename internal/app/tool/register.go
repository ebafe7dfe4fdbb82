package tool

import (
	"context"
	"encoding/csv"
	"fmt"
	"huiying/internal/app"
	"huiying/internal/config"
	"huiying/internal/web/gathering"
	"time"
)

// RegisterOptions say whose register is printed.
type RegisterOptions struct {
	ConfigFile string
	JSON       bool
	Version    string
}

// Register prints the register of automated collection as CSV or as JSON.
func Register(ctx context.Context, s Streams, o RegisterOptions) error {
	c, err := config.Load(o.ConfigFile)
	if err != nil {
		return err
	}
	zone, err := c.Zone()
	if err != nil {
		return err
	}
	rows, err := app.Register(ctx, c, time.Now(), o.Version)
	if err != nil {
		return err
	}
	if o.JSON {
		return s.line(map[string]any{"register": rows})
	}
	out := csv.NewWriter(s.Out)
	if err := out.WriteAll(append([][]string{gathering.RegisterColumns()}, gathering.RegisterLines(rows, s.Words, s.Lang, zone)...)); err != nil {
		return fmt.Errorf("print the register: %w", err)
	}
	return nil
}
