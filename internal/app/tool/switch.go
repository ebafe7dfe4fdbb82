package tool

import (
	"context"
	"time"

	"huiying/internal/app"
	"huiying/internal/config"
	"huiying/internal/query"
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
