package tool

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"time"

	"huiying"
	"huiying/internal/app"
	"huiying/internal/config"
	"huiying/internal/drill"
)

// RunOptions is the service's command line.
type RunOptions struct {
	ConfigFile string
	Targets    []string
	Listen     string
	Version    string
	Checkpoint string
}

// Run runs the service until ctx ends.
func Run(ctx context.Context, s Streams, o RunOptions) error {
	c, err := config.Load(o.ConfigFile)
	if err != nil {
		return err
	}
	if o.Listen != "" {
		c.Listen = o.Listen
	}
	if err := errors.Join(app.Check(c)...); err != nil {
		return err
	}
	a, err := app.New(app.Options{
		Config: c, Targets: o.Targets, Words: s.Words, Logger: logger(s.Err, slog.LevelInfo), Version: o.Version, Checkpoint: o.Checkpoint,
	})
	if err != nil {
		return err
	}
	defer boundMemory(ctx)()
	err = a.Start(ctx)
	if errors.Is(err, app.ErrEnded) {
		return nil
	}
	if err != nil {
		return err
	}
	s.say("cli.running", "http://"+a.Addr())
	if path := a.SetupPath(); path != "" {
		s.say("cli.setup", "http://"+a.Addr()+path)
	}
	return a.Wait(ctx)
}

func logger(w io.Writer, level slog.Level) *slog.Logger {
	return slog.New(slog.NewTextHandler(w, &slog.HandlerOptions{Level: level}))
}

// DrillOptions is the drill's command line.
type DrillOptions struct {
	Incident  string
	Speed     float64
	Listen    string
	Data      string
	Store     string // address of an empty PostgreSQL, "" = SQLite in Data
	ExitAfter time.Duration
	JSON      bool
	Fault     string
	Version   string
}

// settleWithin is how long a drill may take to come to rest.
const settleWithin = 60 * time.Second

// Drill plays an incident end to end. With ExitAfter it ends by itself with
// the scoreboard; it fails when anything was lost or doubled, unless a fault
// was asked for.
func Drill(ctx context.Context, s Streams, o DrillOptions) (err error) {
	c := config.Default()
	c.Listen = o.Listen
	if c.Data, err = drillFolder(o.Data); err != nil {
		return err
	}
	c.Store.DSN = config.Secret(o.Store)
	zone, err := c.Zone()
	if err != nil {
		return err
	}
	r, err := app.Rehearse(ctx, app.RehearsalOptions{
		Drill: drill.Options{Incident: o.Incident, Speed: o.Speed, Zone: zone, Out: s.Err, Catalogue: s.Words, Lang: s.Lang},
		Service: app.Options{
			Config: c, Words: s.Words, Logger: logger(s.Err, slog.LevelError), Version: o.Version,
		},
		Fault: o.Fault,
	})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, r.Close()) }()
	s.say("cli.drill_data", c.Data)
	playing, stop := context.WithCancel(ctx)
	defer stop()
	if o.ExitAfter > 0 {
		defer time.AfterFunc(o.ExitAfter, stop).Stop()
	}
	if err := play(playing, r); err != nil || (o.ExitAfter == 0 && !o.JSON) {
		return err
	}
	return score(ctx, s, o, r)
}

// play runs the incident until ctx ends or the service fails.
func play(ctx context.Context, r *app.Rehearsal) error {
	done := make(chan error, 1)
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	go func() { done <- r.Play(ctx) }()
	select {
	case err := <-done:
		return err
	case err := <-r.Failed():
		stop()
		return errors.Join(err, <-done)
	}
}

func score(ctx context.Context, s Streams, o DrillOptions, r *app.Rehearsal) error {
	resting, cancel := context.WithTimeout(context.WithoutCancel(ctx), settleWithin)
	defer cancel()
	board, err := r.Score(resting)
	if err != nil {
		return err
	}
	if o.JSON {
		err = s.line(board)
	} else {
		_, err = io.WriteString(s.Out, board.Table(s.Words, s.Lang))
	}
	for _, what := range board.LostWhat {
		s.say("cli.drill_lost", what)
	}
	for _, what := range board.DuplicatedWhat {
		s.say("cli.drill_doubled", what)
	}
	if err == nil && o.Fault == "" && board.Lost+board.Duplicated > 0 {
		err = ErrFailed
	}
	return err
}

// drillFolder makes the folder the drill works in; a temporary one is kept, so
// that its record can be verified afterwards.
func drillFolder(dir string) (string, error) {
	if dir == "" {
		made, err := os.MkdirTemp("", "huiying-drill-*")
		if err != nil {
			return "", fmt.Errorf("make a folder for the drill: %w", err)
		}
		return made, nil
	}
	if err := os.MkdirAll(dir, 0o750); err != nil {
		return "", huiying.Errorf(huiying.Invalid, "app.folder", dir, err)
	}
	return dir, nil
}
