package chaos_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// quota bounds a process to so many hundredths of a core, by a control group of
// the kernel, and reports whether this account may.
func quota(t *testing.T, p *process, percent int) bool {
	t.Helper()
	for p.pid() == 0 {
		time.Sleep(time.Millisecond) // until it has started
	}
	const period = 10_000 // µs: a bounded process is held up for less than that
	for _, kernel := range []struct {
		root string
		set  []setting
	}{
		{"/sys/fs/cgroup/cpu", []setting{{"cpu.cfs_period_us", fmt.Sprint(period)}, {"cpu.cfs_quota_us", fmt.Sprint(period * percent / 100)}}},
		{"/sys/fs/cgroup", []setting{{"cpu.max", fmt.Sprint(period*percent/100, " ", period)}}},
	} {
		group := filepath.Join(kernel.root, fmt.Sprintf("huiying-drain-%d", p.pid()))
		if os.Mkdir(group, 0o755) != nil {
			continue
		}
		t.Cleanup(func() {
			for end := time.Now().Add(5 * time.Second); os.Remove(group) != nil && time.Now().Before(end); {
				time.Sleep(10 * time.Millisecond) // until its process is gone
			}
		})
		err := bounded(group, kernel.set, p.pid())
		if err == nil {
			return true
		}
		t.Logf("%s: %v", p.name, err)
	}
	return false
}

// setting is a file of a control group and what it is to hold.
type setting struct{ name, value string }

// bounded puts a process into a group with these settings.
func bounded(group string, set []setting, pid int) error {
	var err error
	for _, one := range set {
		err = errors.Join(err, tell(filepath.Join(group, one.name), one.value))
	}
	if err != nil {
		return err
	}
	return tell(filepath.Join(group, "cgroup.procs"), fmt.Sprint(pid))
}

// tell writes to a file that is there: one that is not was not made by the kernel.
func tell(file, value string) error {
	f, err := os.OpenFile(file, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	_, err = f.WriteString(value)
	return errors.Join(err, f.Close())
}
