package chaos_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
	"unsafe"

	"github.com/nats-io/nats.go/jetstream"
)

// play lets one fault happen and ends it. What it says is how it was played,
// "" as planned.
func (o *office) play(f fault) string {
	at := o.all[f.At]
	switch f.Kind {
	case "kill", "kill node":
		at.down(f.For)
	case "pause", "pause node":
		at.pause(f.For)
	case "clock ahead":
		o.skew(f, 10*time.Minute)
	case "clock behind":
		o.skew(f, -10*time.Minute)
	case "disk full":
		return o.fill(f)
	case "file limit":
		return limitFiles(at, f.For)
	case "rules file cut":
		return o.cutRules(f)
	case "cursor overwritten":
		return o.overwriteCursor(f)
	case "evidence cut":
		return o.cutEvidence(f)
	case "replica stalls":
		return o.site.through(stalls, f.For)
	case "replica cuts bodies":
		defer o.lookAgain()
		return o.site.through(cuts, f.For)
	case "replica answers with a login page":
		defer o.lookAgain()
		return o.site.through(walled, f.For)
	case "receiver hangs after taking":
		return o.receiver.through(hangs, f.For)
	case "receiver is busy":
		return o.receiver.through(busy, f.For)
	}
	return ""
}

// through keeps a mood for d, and until somebody has met it.
func (m *mood) through(how string, d time.Duration) string {
	before := m.met(how)
	m.set(how)
	time.Sleep(d) // the fault itself
	for end := time.Now().Add(5 * time.Second); m.met(how) == before && time.Now().Before(end); {
		time.Sleep(50 * time.Millisecond)
	}
	m.set("")
	return fmt.Sprintf("met %d requests", m.met(how)-before)
}

// skew starts a room with a clock that is wrong, which is put right while it
// runs; then the room is killed, and comes back as it was.
func (o *office) skew(f fault, by time.Duration) {
	p := o.all[f.At]
	o.write(f.At+".yaml.clock", fmt.Sprint(int(by.Seconds())))
	p.hold(true)
	p.kill()
	o.skewed[f.At] = true
	p.hold(false)
	o.untilReady(f.At, 90*time.Second)
	time.Sleep(f.For) // the fault itself
	o.write(f.At+".yaml.clock", "0")
	time.Sleep(f.For / 2) // it goes on with time that went back, or leapt
	p.hold(true)
	p.kill()
	o.skewed[f.At] = false
	p.hold(false)
}

// postRoom is more than a post takes of the office's disk in the end, in bytes.
const postRoom = 8 << 10

// smallDisk mounts a small file system for the office's data, with room for the
// posts of so long; "" where this account may not.
func smallDisk(t *testing.T, dir string, during time.Duration) string {
	t.Helper()
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	room := 192<<20 + int(during.Seconds()*postsPerSecond)*postRoom
	if err := syscall.Mount("none", dir, "tmpfs", 0, fmt.Sprintf("size=%d", room)); err != nil {
		t.Logf("no disk will be full: mounting a small one needs root here (%v); the limit of file sizes stands for it", err)
		return ""
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(dir, syscall.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
	return dir
}

// fill takes the last byte of the office's disk and gives it back.
func (o *office) fill(f fault) string {
	if o.ballast == "" {
		return "not played: no disk of our own"
	}
	name := filepath.Join(o.ballast, "ballast")
	file, err := os.Create(name)
	if err != nil {
		return err.Error()
	}
	block, taken := make([]byte, 64<<10), 0
	for size := len(block); size > 0; {
		n, err := file.Write(block[:size])
		if taken += n; err != nil {
			size /= 2
		}
	}
	time.Sleep(f.For) // the fault itself
	if err := errors.Join(file.Close(), os.Remove(name)); err != nil {
		return err.Error()
	}
	return fmt.Sprintf("%d MiB taken", taken>>20)
}

// limitFiles lets a process that runs make no file longer, for d. A message
// server that met this writes to that stream no more until it is started anew,
// which its log asks of an operator; a person would do it, so the test does.
func limitFiles(p *process, d time.Duration) string {
	before := p.output.closed()
	pid := p.pid()
	var old syscall.Rlimit
	if err := prlimit(pid, nil, &old); err != nil {
		return fmt.Sprint("not played: ", err)
	}
	if err := prlimit(pid, &syscall.Rlimit{Cur: 0, Max: old.Max}, nil); err != nil {
		return fmt.Sprint("not played: ", err)
	}
	time.Sleep(d) // the fault itself
	if err := prlimit(pid, &old, nil); err != nil && !errors.Is(err, syscall.ESRCH) {
		return err.Error()
	}
	if met := p.output.closed() - before; met > 0 {
		p.kill()
		return fmt.Sprintf("%d streams closed to writing, started anew", met)
	}
	return ""
}

// prlimit sets or reads the greatest file size of another process.
func prlimit(pid int, to, from *syscall.Rlimit) error {
	_, _, no := syscall.RawSyscall6(syscall.SYS_PRLIMIT64, uintptr(pid), syscall.RLIMIT_FSIZE, uintptr(unsafe.Pointer(to)), uintptr(unsafe.Pointer(from)), 0, 0)
	if no != 0 {
		return no
	}
	return nil
}

// cutRules leaves half of the rules file, starts the office on it and puts it
// right again. The office must refuse to start, and name the file.
func (o *office) cutRules(f fault) string {
	p := o.all["office"]
	o.write("rules.yaml", rulesText[:len(rulesText)*2/3])
	p.kill()
	time.Sleep(f.For) // the fault itself
	said := strings.Contains(p.output.tail(40), "rules.yaml")
	o.write("rules.yaml", rulesText)
	if !said {
		return "not yet started on it"
	}
	return "refused by name"
}

// overwriteCursor puts bytes in place of how far the source was read.
func (o *office) overwriteCursor(f fault) string {
	err := o.bus(func(ctx context.Context, js jetstream.JetStream) error {
		kv, err := js.KeyValue(ctx, "cursors")
		if err == nil {
			_, err = kv.Put(ctx, "feed", []byte(`{"cursor":{"lists":`))
		}
		return err
	})
	time.Sleep(f.For) // the source is met with it
	if err != nil {
		return fmt.Sprint("not played: ", err)
	}
	return ""
}

// cutEvidence removes a part of a sealed page.
func (o *office) cutEvidence(f fault) string {
	name := ""
	err := o.bus(func(ctx context.Context, js jetstream.JetStream) error {
		pages, err := js.ObjectStore(ctx, "evidence")
		if err != nil {
			return err
		}
		list, err := pages.List(ctx)
		if err != nil {
			return err
		}
		page := list[f.Pick%len(list)]
		stream, err := js.Stream(ctx, "OBJ_evidence")
		if err != nil {
			return err
		}
		msg, err := stream.GetLastMsgForSubject(ctx, "$O.evidence.C."+page.NUID)
		if err != nil {
			return err
		}
		name = page.Name
		return stream.DeleteMsg(ctx, msg.Sequence)
	})
	if err != nil {
		return fmt.Sprint("not played: ", err)
	}
	o.cut = append(o.cut, name)
	return name
}
