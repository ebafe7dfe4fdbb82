package main

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"unsafe"
)

// TestMain becomes the installed binary where inside says so: in a root of its
// own that holds nothing else, with no network but its own loopback.
func TestMain(m *testing.M) {
	if root := os.Getenv(inside); root != "" {
		_, _ = os.Stderr.WriteString(become(root).Error() + "\n") // it comes back only with an error
		os.Exit(70)
	}
	os.Exit(m.Run())
}

const inside = "HUIYING_TEST_ROOT"

func become(root string) error {
	if err := loopback(); err != nil {
		return err
	}
	if err := syscall.Chroot(root); err != nil {
		return err
	}
	if err := os.Chdir("/data"); err != nil {
		return err
	}
	return syscall.Exec("/bin/huiying", append([]string{"huiying"}, os.Args[1:]...), []string{"HUIYING_LANG=en"})
}

// loopback brings the interface lo of a new network up.
func loopback() error {
	fd, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_DGRAM, 0)
	if err != nil {
		return err
	}
	defer syscall.Close(fd)
	var request struct {
		name  [16]byte
		flags uint16
		_     [22]byte
	}
	copy(request.name[:], "lo")
	request.flags = syscall.IFF_UP | syscall.IFF_RUNNING
	if _, _, errno := syscall.Syscall(syscall.SYS_IOCTL, uintptr(fd), syscall.SIOCSIFFLAGS, uintptr(unsafe.Pointer(&request))); errno != 0 {
		return errno
	}
	return nil
}

// alone starts this test's binary again as the installed one.
func alone(root string, args ...string) *exec.Cmd {
	self, err := os.Executable()
	if err != nil {
		self = os.Args[0]
	}
	cmd := exec.Command(self, args...)
	cmd.Env = []string{inside + "=" + root}
	cmd.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags:  syscall.CLONE_NEWUSER | syscall.CLONE_NEWNET,
		UidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getuid(), Size: 1}},
		GidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getgid(), Size: 1}},
	}
	return cmd
}

// TestEmptyRoot installs the bundle and plays an incident with it in a root that
// holds the binary and an empty folder: no Go, no Node, no library, no shell, no
// network. Nothing of the replica's own list may be lost on the way to the
// receiver.
func TestEmptyRoot(t *testing.T) {
	root := t.TempDir()
	if out, err := installed(unpack(t, bundled(t)), "--prefix", root); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for _, dir := range []string{"data", "tmp"} {
		if err := os.Mkdir(filepath.Join(root, dir), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	if out, err := alone(root, "--version").CombinedOutput(); err != nil {
		t.Skipf("this machine gives no root and network of one's own (user namespaces, chroot): %v %s", err, out)
	}
	cmd := alone(root, "drill", "--json", "--speed", "40", "--exit-after", "8s", "--data", "/data/drill")
	said, err := os.Create(filepath.Join(t.TempDir(), "said"))
	if err != nil {
		t.Fatal(err)
	}
	defer said.Close()
	cmd.Stderr = said
	out, err := cmd.Output()
	if err != nil {
		text, _ := os.ReadFile(said.Name())
		t.Fatalf("%v\n%s%s", err, out, text)
	}
	var result struct {
		Served    int `json:"posts_served"`
		Raised    int `json:"alerts_raised"`
		Delivered int `json:"alerts_delivered"`
		Lost      int `json:"lost"`
		Doubled   int `json:"duplicated"`
	}
	if err := json.Unmarshal(out, &result); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	if result.Served == 0 || result.Raised == 0 || result.Delivered == 0 || result.Lost+result.Doubled > 0 {
		t.Errorf("%+v", result)
	}
}
