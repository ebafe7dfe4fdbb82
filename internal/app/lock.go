package app

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"

	"huiying"
	"huiying/internal/app/backup"
)

// lockFolder makes the data folder and takes its lock, so that a second
// process on the same folder is refused instead of corrupting it. The kernel
// frees the lock when the process dies, however it dies.
func lockFolder(dir string) (*os.File, error) {
	if err := os.MkdirAll(dir, 0o750); err != nil {
		return nil, huiying.Errorf(huiying.Invalid, "app.folder", dir, err)
	}
	f, err := os.OpenFile(filepath.Join(dir, "lock"), os.O_RDWR|os.O_CREATE, 0o640)
	if err != nil {
		return nil, huiying.Errorf(huiying.Invalid, "app.folder", dir, err)
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		holder := make([]byte, 20)
		n, _ := f.Read(holder) // only for the sentence; the lock itself decides
		f.Close()
		if errors.Is(err, syscall.EWOULDBLOCK) {
			return nil, huiying.Errorf(huiying.Conflict, "app.locked", dir, strings.TrimSpace(string(holder[:n])))
		}
		return nil, fmt.Errorf("lock %s: %w", dir, err)
	}
	if backup.Unfinished(dir) {
		f.Close()
		return nil, huiying.Errorf(huiying.Conflict, "backup.unfinished", dir)
	}
	if err := errors.Join(f.Truncate(0), writeAt(f, strconv.Itoa(os.Getpid())+"\n")); err != nil {
		f.Close()
		return nil, fmt.Errorf("write the lock file: %w", err)
	}
	return f, nil
}

func writeAt(f *os.File, text string) error {
	_, err := f.WriteAt([]byte(text), 0)
	return err
}
