package bus_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"huiying"
	"huiying/internal/bus"
)

// childDir names the folder on which this test binary plays a process that is
// killed by one of its messages.
const childDir = "HUIYING_BUS_CHILD"

var poison = post(3)

// childWorkers is how many handlers the child runs at the same time.
const childWorkers = "HUIYING_BUS_WORKERS"

// childURL names an outside server that the child goes to.
const childURL = "HUIYING_BUS_URL"

// crowd are handlers that are to be at work while the poison kills.
type crowd struct{ inside chan struct{} }

// stand is in flight until the process is killed, and ends where it is not.
func (c crowd) stand() {
	c.inside <- struct{}{}
	time.Sleep(400 * time.Millisecond)
	<-c.inside
}

// gather waits until so many stand around, or gives up on them.
func (c crowd) gather(n int) {
	for began := time.Now(); len(c.inside) < n && time.Since(began) < 300*time.Millisecond; {
		time.Sleep(time.Millisecond)
	}
}

// childPublishes makes the child publish instead, and print what was accepted.
const childPublishes = "HUIYING_BUS_PUBLISHES"

func publisher(dir, from string) int {
	b, err := bus.Open(context.Background(), bus.Options{Dir: dir, Zone: office})
	if err != nil {
		return 3
	}
	n, err := strconv.Atoi(from)
	for ; err == nil; n++ {
		if err = b.PublishPost(context.Background(), post(n)); err == nil {
			_, err = fmt.Println(post(n).ID)
		}
	}
	return 4
}

// A publisher killed again and again has lost nothing that it was told is
// accepted.
func TestKilledPublisherLosesNothing(t *testing.T) {
	o := options(t)
	accepted := map[string]bool{}
	for round := range 5 {
		cmd := exec.CommandContext(t.Context(), os.Args[0])
		cmd.Env = append(os.Environ(), childDir+"="+o.Dir, childPublishes+"="+strconv.Itoa(round*1_000_000))
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		lines := bufio.NewScanner(out)
		for n := 0; lines.Scan(); n++ {
			accepted[lines.Text()] = true
			if n == 100+round*317 {
				if err := cmd.Process.Kill(); err != nil {
					t.Fatal(err)
				}
			}
		}
		if err := cmd.Wait(); err == nil {
			t.Fatal("the publisher ended by itself")
		}
	}
	if len(accepted) < 3000 {
		t.Fatalf("only %d accepted", len(accepted))
	}
	b := open(t, o)
	if !b.Unclean() {
		t.Error("five kills went unnoticed")
	}
	handled := newSeen()
	consumePosts(t, b, "analyzer", func(_ context.Context, p huiying.Post) error { handled.add(p.ID); return nil })
	eventually(t, "every accepted post", func() bool {
		got := map[string]bool{}
		for _, id := range handled.all() {
			got[id] = true
		}
		for id := range accepted {
			if !got[id] {
				return false
			}
		}
		return true
	})
	if all := handled.all(); len(all) != handled.len() {
		t.Errorf("%d posts were handled %d times", handled.len(), len(all))
	}
}

// child handles posts until all are handled or parked; the poisonous one kills
// it without a word.
func child(dir string) int {
	if from := os.Getenv(childPublishes); from != "" {
		return publisher(dir, from)
	}
	b, err := bus.Open(context.Background(), bus.Options{Dir: dir, URL: os.Getenv(childURL), Zone: office})
	if err != nil {
		return 3
	}
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	go func() {
		for ctx.Err() == nil {
			raw, _ := os.ReadFile(dir + "/handled") // not there yet
			dead, err := b.Dead(ctx, "analyzer", 1000)
			if err == nil && len(dead)+distinct(raw) >= 8 {
				cancel()
			}
			time.Sleep(5 * time.Millisecond)
		}
	}()
	workers, err := strconv.Atoi(os.Getenv(childWorkers))
	if err != nil {
		return 5
	}
	around := crowd{make(chan struct{}, workers)}
	err = b.ConsumePosts(ctx, bus.Consumer{Name: "analyzer", AckWait: 500 * time.Millisecond, Workers: workers}, func(_ context.Context, p huiying.Post) error {
		if p.ID == poison.ID {
			around.gather(workers - 1)
			return syscall.Kill(os.Getpid(), syscall.SIGKILL)
		}
		if workers > 1 {
			around.stand()
		}
		return note(dir, p)
	})
	if err = errors.Join(err, b.Close()); err != nil {
		return 4
	}
	return 0
}

// distinct counts the different lines.
func distinct(raw []byte) int {
	lines := map[string]bool{}
	for line := range bytes.Lines(raw) {
		lines[string(line)] = true
	}
	return len(lines)
}

// A message that kills the process at once is parked at its fourth delivery,
// and its neighbours are not: neither those that wait nor those that are being
// handled each time, whoever runs the server.
func TestMessageThatKillsTheProcessIsParked(t *testing.T) {
	for name, p := range map[string]poisoning{
		"one worker": {workers: 1}, "four workers": {workers: 4}, "outside server": {workers: 4, outside: true},
	} {
		t.Run(name, p.test)
	}
}

// poisoning is one message among others that kills whoever handles it.
type poisoning struct {
	workers int
	outside bool // the server is another process's, and outlives it
}

func (p poisoning) test(t *testing.T) {
	o := options(t)
	env := append(os.Environ(), childDir+"="+o.Dir, childWorkers+"="+strconv.Itoa(p.workers))
	if p.outside {
		o.Listen = "127.0.0.1:0"
	}
	b := open(t, o)
	for n := range 8 {
		if err := b.PublishPost(t.Context(), post(n)); err != nil {
			t.Fatal(err)
		}
	}
	if p.outside {
		env = append(env, childDir+"="+t.TempDir(), childURL+"=nats://"+b.Addr())
	} else if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	handled := p.die(t, env)
	if !p.outside {
		b = open(t, o)
	}
	dead, err := b.Dead(t.Context(), "", 1000)
	if err != nil {
		t.Fatal(err)
	}
	if len(dead) != 1 || dead[0].ID != poison.MessageID() || dead[0].Attempts != 3 || !contains(dead[0].Error, "a process ended while it handled this message") {
		for _, d := range dead {
			t.Errorf("parked: %s after %d attempts: %s", d.ID, d.Attempts, d.Error)
		}
	}
	for n := range 8 {
		if got := handled[post(n).ID]; (got == 0) != (post(n).ID == poison.ID) {
			t.Errorf("%s was handled %d times", post(n).ID, got)
		}
	}
}

// die runs the child until it ends by itself, as a service manager does, and
// gives what it has handled.
func (p poisoning) die(t *testing.T, env []string) (handled map[string]int) {
	t.Helper()
	for n := 1; n <= 4; n++ {
		cmd := exec.CommandContext(t.Context(), os.Args[0])
		cmd.Env = env
		err := cmd.Run()
		status, _ := cmd.ProcessState.Sys().(syscall.WaitStatus)
		if killed := status.Signal() == syscall.SIGKILL; killed != (n < 4) || n == 4 && err != nil {
			t.Fatalf("process %d: %v", n, err)
		}
	}
	dir := ""
	for _, e := range env { // the last one counts
		if v, ok := strings.CutPrefix(e, childDir+"="); ok {
			dir = v
		}
	}
	raw, err := os.ReadFile(filepath.Join(dir, "handled"))
	if err != nil {
		t.Fatal(err)
	}
	handled = map[string]int{}
	for id := range strings.Lines(string(raw)) {
		handled[strings.TrimSpace(id)]++
	}
	return handled
}

// note keeps the id of a handled post in a file.
func note(dir string, p huiying.Post) error {
	f, err := os.OpenFile(dir+"/handled", os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = f.WriteString(p.ID + "\n")
	return errors.Join(err, f.Close())
}
