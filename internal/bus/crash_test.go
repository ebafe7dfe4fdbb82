package bus_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strconv"
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
	b, err := bus.Open(context.Background(), bus.Options{Dir: dir, Zone: office})
	if err != nil {
		return 3
	}
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	go func() {
		for ctx.Err() == nil {
			if dead, err := b.Dead(ctx, "analyzer"); err == nil && len(dead) == 1 {
				cancel()
			}
			time.Sleep(5 * time.Millisecond)
		}
	}()
	err = b.ConsumePosts(ctx, bus.Consumer{Name: "analyzer", AckWait: 500 * time.Millisecond}, func(_ context.Context, p huiying.Post) error {
		if p.ID == poison.ID {
			return syscall.Kill(os.Getpid(), syscall.SIGKILL)
		}
		return note(dir, p)
	})
	if err = errors.Join(err, b.Close()); err != nil {
		return 4
	}
	return 0
}

// A message that kills the process at once is parked at its fourth delivery,
// and its neighbours are not.
func TestMessageThatKillsTheProcessIsParked(t *testing.T) {
	o := options(t)
	b := open(t, o)
	for n := range 8 {
		if err := b.PublishPost(t.Context(), post(n)); err != nil {
			t.Fatal(err)
		}
	}
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	for n := 1; n <= 4; n++ {
		cmd := exec.CommandContext(t.Context(), os.Args[0])
		cmd.Env = append(os.Environ(), childDir+"="+o.Dir)
		err := cmd.Run()
		status, _ := cmd.ProcessState.Sys().(syscall.WaitStatus)
		if killed := status.Signal() == syscall.SIGKILL; killed != (n < 4) || n == 4 && err != nil {
			t.Fatalf("process %d: %v", n, err)
		}
	}
	b = open(t, o)
	dead, err := b.Dead(t.Context(), "analyzer")
	if err != nil {
		t.Fatal(err)
	}
	if len(dead) != 1 || dead[0].ID != poison.MessageID() || dead[0].Attempts != 3 {
		t.Errorf("parked: %+v", dead)
	}
	// What the last process had no time for is handled now.
	consumePosts(t, b, "analyzer", func(_ context.Context, p huiying.Post) error { return note(o.Dir, p) })
	eventually(t, "the seven others", func() bool {
		raw, err := os.ReadFile(o.Dir + "/handled")
		if err != nil {
			t.Fatal(err)
		}
		for n := range 8 {
			if id := post(n).ID; id != poison.ID && !contains(string(raw), id+"\n") {
				return false
			}
		}
		return true
	})
	if dead, err := b.Dead(t.Context(), ""); err != nil || len(dead) != 1 {
		t.Errorf("%d parked in the end, %v", len(dead), err)
	}
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
