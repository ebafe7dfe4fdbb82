package broker_test

import (
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"go.uber.org/goleak"

	"huiying"
	"huiying/internal/bus/broker"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func open(t *testing.T, o broker.Options) *broker.Broker {
	t.Helper()
	b, err := broker.Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestMarkAndLock(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "a", "bus")
	for n, end := range []struct{ clean, unclean bool }{
		{true, false},  // the first start
		{false, false}, // after a clean end; a failed start of a clean folder leaves it clean
		{true, false},
	} {
		b := open(t, broker.Options{Dir: dir})
		if b.Unclean() != end.unclean || b.Dir() != dir || b.Addr() != "" || b.Replicas() != 1 {
			t.Errorf("start %d: unclean %v, dir %s, addr %q, replicas %d", n, b.Unclean(), b.Dir(), b.Addr(), b.Replicas())
		}
		if _, err := broker.Open(t.Context(), broker.Options{Dir: dir}); huiying.ErrorCode(err) != huiying.Conflict {
			t.Errorf("start %d: a second process: %v", n, err)
		}
		if err := b.Close(end.clean); err != nil {
			t.Fatal(err)
		}
	}
	mark := filepath.Join(dir, "running")
	if err := os.WriteFile(mark, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, clean := range []bool{false, true} {
		b := open(t, broker.Options{Dir: dir})
		if !b.Unclean() {
			t.Error("a killed process was not noticed")
		}
		if err := b.Close(clean); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := os.Stat(mark); err == nil {
		t.Error("the mark stands after a clean end")
	}
	info, err := os.Stat(dir)
	if err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("the folder is open to others: %v, %v", info.Mode(), err)
	}
}

// The server's words go to the log, as details.
func TestServerIsQuiet(t *testing.T) {
	var out strings.Builder
	b := open(t, broker.Options{Dir: t.TempDir(), Logger: slog.New(slog.NewTextHandler(&out, nil))})
	if err := b.Close(true); err != nil {
		t.Fatal(err)
	}
	if out.Len() > 0 {
		t.Errorf("said:\n%s", out.String())
	}
}

func TestSampleClusterConfiguration(t *testing.T) {
	t.Setenv("NATS_NAME", "nats-2")
	o, err := server.ProcessConfigFile("../../../deploy/nats-cluster.conf")
	if err != nil {
		t.Fatal(err)
	}
	if o.ServerName != "nats-2" || !o.JetStream || o.SyncInterval != time.Second || o.Cluster.Name != "huiying" ||
		len(o.Routes) != 3 || o.SystemAccount != "SYS" || len(o.Users) != 2 {
		t.Errorf("read as %+v", o)
	}
}
