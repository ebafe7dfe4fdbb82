package record_test

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"huiying/internal/store"
	"huiying/internal/store/record"
	"huiying/internal/store/storetest"
)

const killDir = "HUIYING_TEST_KILL_DIR"

// TestKilledChild is not a test but the process that TestKill kills: it opens
// cases from several hands and prints each number once it is durable.
func TestKilledChild(t *testing.T) {
	dir := os.Getenv(killDir)
	if dir == "" {
		t.Skip("runs only as the child of TestKill")
	}
	o := storetest.Options(storetest.NewClock())
	o.Path = filepath.Join(dir, "huiying.db")
	s, err := store.Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	l := record.New(s)
	for hand := range 8 {
		go func() {
			for i := 0; ; i++ {
				var no string
				err := l.InTx(context.Background(), func(tx *record.Tx) (err error) {
					no, err = openCase(context.Background(), tx, fmt.Sprintf("t-%d-%d-%d", os.Getpid(), hand, i))
					return err
				})
				if err != nil {
					fmt.Println("failed", err)
					return
				}
				fmt.Println("durable", no)
			}
		}()
	}
	for range 1000 {
		if _, err := l.ExportHead(context.Background(), filepath.Join(dir, "heads")); err != nil {
			fmt.Println("failed", err)
		}
	}
	select {} // until the kill
}

// A process that is killed at any moment loses nothing that was answered, and
// leaves a record that verifies against the heads it exported.
func TestKill(t *testing.T) {
	dir := t.TempDir()
	durable := map[string]bool{}
	for round := range 5 {
		for _, no := range killed(t, dir, 40+17*round) {
			durable[no] = true
		}
		o := storetest.Options(storetest.NewClock())
		o.Path = filepath.Join(dir, "huiying.db")
		s, err := store.Open(t.Context(), o)
		if err != nil {
			t.Fatal(err)
		}
		l := record.New(s)
		report := verify(t, l, exported(t, filepath.Join(dir, "heads")))
		wantNamed(t, report)
		for no := range durable {
			if _, err := l.Case(t.Context(), no); err != nil {
				t.Errorf("round %d: %v", round, err)
			}
		}
		t.Logf("round %d: %d answered, %d found, %d heads", round, len(durable), report.Cases, report.Heads)
		closeStore(t, s)
	}
}

// killed runs the child until it has answered so many cases, kills it, and
// gives every number it printed.
func killed(t *testing.T, dir string, cases int) (numbers []string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	child := exec.CommandContext(ctx, os.Args[0], "-test.run", "^TestKilledChild$")
	child.Env = append(os.Environ(), killDir+"="+dir)
	out, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		if reason, failed := strings.CutPrefix(lines.Text(), "failed "); failed {
			t.Error(reason)
		}
		if no, ok := strings.CutPrefix(lines.Text(), "durable "); ok {
			numbers = append(numbers, no)
		}
		if len(numbers) == cases {
			if err := child.Process.Kill(); err != nil {
				t.Error(err)
			}
		}
	}
	if err := child.Wait(); err == nil {
		t.Error("the child ended by itself")
	}
	if len(numbers) < cases {
		t.Fatalf("the child answered %d cases", len(numbers))
	}
	return numbers
}
