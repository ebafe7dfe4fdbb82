package tool

import (
	"context"
	"encoding/csv"
	"fmt"
	"time"

	"huiying/internal/app"
	"huiying/internal/config"
	"huiying/internal/query"
	"huiying/internal/web/gathering"
)

// SwitchOptions say how the switch of all collection is turned.
type SwitchOptions struct {
	ConfigFile string
	Stop       bool
	Reason     string
}

// TurnSwitch stops or starts all collection of a service whose bus can be
// reached, or that is stopped.
func TurnSwitch(ctx context.Context, s Streams, o SwitchOptions) error {
	c, err := config.Load(o.ConfigFile)
	if err != nil {
		return err
	}
	if err := app.TurnSwitch(ctx, c, query.Switch{Stopped: o.Stop, Reason: o.Reason, By: "cli", At: time.Now()}); err != nil {
		return err
	}
	if o.Stop {
		s.say("cli.stopped_all")
	} else {
		s.say("cli.started_all")
	}
	return nil
}

// RegisterOptions say whose register is printed.
type RegisterOptions struct {
	ConfigFile string
	JSON       bool
	Version    string
}

// Register prints the register of automated collection as CSV or as JSON.
func Register(s Streams, o RegisterOptions) error {
	c, err := config.Load(o.ConfigFile)
	if err != nil {
		return err
	}
	zone, err := c.Zone()
	if err != nil {
		return err
	}
	rows, err := app.Register(c, time.Now(), o.Version)
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
