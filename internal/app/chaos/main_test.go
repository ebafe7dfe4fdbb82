// Package chaos_test lets everything go wrong that can: real processes of the
// built binary are killed, paused, starved of disk and put into wrong times,
// the message server loses nodes, files are cut, the sites and the receiver of
// alerts stall and lie. In the end the site's own list and the receiver's own
// log are compared with the service's database by SQL: nothing lost, nothing
// doubled, the record verified.
package chaos_test

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"

	"huiying/internal/app"
	"huiying/internal/config"
	"huiying/internal/locale"
)

// The other parts that this test binary plays.
const (
	playNode = "HUIYING_CHAOS_NODE" // a NATS server of this configuration file
	playRoom = "HUIYING_CHAOS_ROOM" // "target config": rooms whose clock is wrong by the seconds in the file config.clock
)

func TestMain(m *testing.M) {
	var err error
	switch node, room := os.Getenv(playNode), os.Getenv(playRoom); {
	case node != "":
		err = serveNode(node)
	case room != "":
		target, file, _ := strings.Cut(room, " ")
		err = serveRoom(target, file)
	default:
		os.Exit(m.Run())
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// serveNode is nats-server without its binary.
func serveNode(file string) error {
	o, err := server.ProcessConfigFile(file)
	if err != nil {
		return err
	}
	o.NoSigs = true
	s, err := server.NewServer(o)
	if err != nil {
		return err
	}
	s.ConfigureLogger()
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	s.Start()
	<-ctx.Done()
	s.Shutdown()
	s.WaitForShutdown()
	return nil
}

// serveRoom is huiying run with a clock that a file puts wrong while it runs.
func serveRoom(target, file string) error {
	c, err := config.Load(file)
	if err != nil {
		return err
	}
	words, err := locale.Load()
	if err != nil {
		return err
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	var off atomic.Int64
	look := func() {
		raw, _ := os.ReadFile(file + ".clock")
		seconds, _ := strconv.ParseInt(strings.TrimSpace(string(raw)), 10, 64) // nothing is no error of the clock
		off.Store(seconds)
	}
	look()
	go func() {
		for tick := time.NewTicker(50 * time.Millisecond); ctx.Err() == nil; <-tick.C {
			look()
		}
	}()
	a, err := app.New(app.Options{
		Config: c, Targets: []string{target}, Words: words, Logger: slog.New(slog.NewTextHandler(os.Stderr, nil)),
		Now: func() time.Time { return time.Now().Round(0).Add(time.Duration(off.Load()) * time.Second) },
	})
	if err != nil {
		return err
	}
	return a.Run(ctx)
}
