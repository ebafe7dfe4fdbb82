// Package backup writes everything a service keeps into one folder while it
// runs, and makes a data folder of it again. A backup is there whole, under its
// name, or not at all; its manifest names every file with size and SHA-256.
// Restoring refuses what is broken or incomplete by the name of the file, and a
// folder that holds anything.
//
// The parts are copied one after the other, and their order is the promise: what
// hands on is copied before what it hands to. So a cursor never stands past a
// post that is not in its stream, and nothing is acknowledged in a stream that
// the copy of the next one does not have. What is in two of them is recognised
// by its identity, as after any crash.
package backup

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"huiying"
	"huiying/internal/bus/snapshot"
)

// format is what this program writes and reads.
const format = 1

// Names in a backup.
const (
	manifestFile = "manifest.json"
	databaseFile = "huiying.db"
	keyFile      = "keys/master.key"
	headsFolder  = "heads"
	busFolder    = "bus"
)

// Where the master key is.
const (
	KeyInside  = "inside"        // in the backup's folder keys, mode 0600
	KeyApart   = "apart"         // in a folder of its own, which was named
	KeyOutside = "configuration" // never in the data folder: the configuration names it
)

// Manifest is what a backup holds.
type Manifest struct {
	Format  int       `json:"format"`
	Version string    `json:"version"` // of the program
	Schema  int64     `json:"schema"`  // of the database
	Began   time.Time `json:"began"`   // everything acknowledged before is in it
	Ended   time.Time `json:"ended"`
	Key     string    `json:"key"`           // where the master key is
	Bus     string    `json:"bus,omitempty"` // "outside" = the streams are another server's and not in it
	Files   []File    `json:"files"`
}

// File is one file of a backup.
type File struct {
	Path   string         `json:"path"` // with slashes, under the backup's folder
	Size   int64          `json:"size"`
	SHA256 string         `json:"sha256"`
	Stream string         `json:"stream,omitempty"` // the stream it is a copy of
	Form   *snapshot.Form `json:"form,omitempty"`
}

// Bytes is how much the files are together.
func (m Manifest) Bytes() (n int64) {
	for _, f := range m.Files {
		n += f.Size
	}
	return n
}

// Messages is how many messages the copied streams held.
func (m Manifest) Messages() (n uint64, err error) {
	for _, f := range m.Files {
		if f.Form == nil {
			continue
		}
		held, err := f.Form.Held()
		if err != nil {
			return 0, err
		}
		n += held.Msgs
	}
	return n, nil
}

// Read reads and checks the manifest of a backup; the files are checked as they
// are read. huiying.Invalid when it is none, or of a newer program.
func Read(dir string) (Manifest, error) {
	raw, err := os.ReadFile(filepath.Join(dir, manifestFile))
	if err != nil {
		return Manifest{}, huiying.Errorf(huiying.Invalid, "backup.no_manifest", dir, err)
	}
	var m Manifest
	if err := json.Unmarshal(raw, &m); err != nil {
		return m, huiying.Errorf(huiying.Invalid, "backup.no_manifest", dir, err)
	}
	if m.Format != format {
		return m, huiying.Errorf(huiying.Invalid, "backup.format", m.Format, format)
	}
	database := false
	for _, f := range m.Files {
		if !known(f) {
			return m, huiying.Errorf(huiying.Invalid, "backup.strange", f.Path)
		}
		database = database || f.Path == databaseFile
	}
	if !database {
		return m, huiying.Errorf(huiying.Invalid, "backup.missing", databaseFile)
	}
	return m, nil
}

// known reports whether a file is one that a backup has: a manifest from another
// hand must not lead out of the folder.
func known(f File) bool {
	if f.Path != databaseFile && f.Path != keyFile {
		folder, name, ok := strings.Cut(f.Path, "/")
		if !ok || folder != headsFolder && folder != busFolder || name == "" || strings.ContainsAny(name, `/\`) {
			return false
		}
	}
	return filepath.IsLocal(filepath.FromSlash(f.Path)) && (strings.HasPrefix(f.Path, busFolder+"/") == (f.Stream != "" && f.Form != nil))
}

// counted passes bytes on and knows their number and digest.
type counted struct {
	to   io.Writer
	size int64
	sum  hash.Hash
}

func counting(to io.Writer) *counted { return &counted{to: to, sum: sha256.New()} }

// Write implements io.Writer.
func (c *counted) Write(p []byte) (int, error) {
	n, err := c.to.Write(p)
	c.size += int64(n)
	c.sum.Write(p[:n])
	return n, err
}

func (c *counted) digest() string { return hex.EncodeToString(c.sum.Sum(nil)) }

// create makes a new file, private, with its folder.
func create(path string) (*os.File, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, fmt.Errorf("make a folder: %w", err)
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return nil, fmt.Errorf("create a file: %w", err)
	}
	return f, nil
}

// settle makes a written file durable and closes it, whatever err is.
func settle(f *os.File, err error) error {
	if err == nil {
		err = f.Sync()
	}
	if err := errors.Join(err, f.Close()); err != nil {
		return fmt.Errorf("write %s: %w", f.Name(), err)
	}
	return nil
}
