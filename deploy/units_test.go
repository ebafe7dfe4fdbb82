package deploy_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// units are the service files, by name.
func units(t *testing.T) []string {
	t.Helper()
	rooms, err := filepath.Glob("systemd/*.service")
	if err != nil || len(rooms) != 3 {
		t.Fatalf("%v, %v", rooms, err)
	}
	return append(rooms, "huiying.service")
}

// Every unit runs a process that there can be, bounded, and each room its own
// folder.
func TestUnits(t *testing.T) {
	count, folders := map[string]int{}, []string{}
	for _, file := range units(t) {
		raw, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		value := func(key string) string {
			m := regexp.MustCompile(`(?m)^` + key + `=(.*)$`).FindStringSubmatch(string(raw))
			if m == nil {
				t.Errorf("%s does not set %s", file, key)
				return ""
			}
			return m[1]
		}
		args := strings.Fields(value("ExecStart"))
		if len(args) < 2 || args[0] != "/usr/local/bin/huiying" {
			t.Errorf("%s runs %v", file, args)
			continue
		}
		for _, target := range runs(t, file, args[1:]) {
			count[target]++
		}
		for key, want := range map[string]string{"User": "huiying", "NoNewPrivileges": "yes", "ProtectSystem": "strict", "CapabilityBoundingSet": "", "UMask": "0077"} {
			if got := value(key); got != want {
				t.Errorf("%s: %s=%s", file, key, got)
			}
		}
		value("MemoryMax")
		value("TasksMax")
		if folder := value("StateDirectory"); slices.Contains(folders, folder) {
			t.Errorf("%s shares the folder %s", file, folder)
		} else {
			folders = append(folders, folder)
		}
	}
	counted(t, "units", count, map[string]int{"all": 1, "crawler": 1, "analyzer": 1, "notifier": 1, "web": 1})
}

// systemd itself reads every unit without a word, and finds little exposed.
func TestSystemd(t *testing.T) {
	tool, err := exec.LookPath("systemd-analyze")
	if err != nil {
		t.Skip("systemd-analyze is not installed: the units are read by our own tests only")
	}
	for _, file := range units(t) {
		if out, err := exec.Command(tool, "security", "--offline=true", "--threshold=15", file).CombinedOutput(); err != nil {
			t.Errorf("%s: %v\n%s", file, err, out)
		}
		raw, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		// The binary and its user are not on the machine that tries this.
		text := regexp.MustCompile(`(?m)^(User|Group)=.*\n`).ReplaceAllString(strings.Replace(string(raw), "ExecStart=/usr/local/bin/huiying", "ExecStart=/bin/true", 1), "")
		copied := filepath.Join(t.TempDir(), filepath.Base(file))
		if err := os.WriteFile(copied, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if out, err := exec.Command(tool, "verify", "--man=no", "--recursive-errors=no", copied).CombinedOutput(); err != nil || strings.Contains(string(out), filepath.Base(file)) {
			t.Errorf("%s: %v\n%s", file, err, out)
		}
	}
}
