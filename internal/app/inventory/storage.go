package inventory

import (
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"huiying/internal/query"
)

// How often the data folder is measured, and how long at most.
const (
	sizesFor   = 5 * time.Minute
	measureFor = 2 * time.Second
)

// sizes is what the data folder takes.
type sizes struct {
	at    time.Time
	kinds []query.AdminStorage
	free  int64
	disk  int64
}

// kinds are the kinds of data by what their paths in the folder begin with; the
// first that fits counts.
func kinds() [][2]string {
	return [][2]string{
		{"database", "huiying.db"}, {"evidence", "bus/jetstream/$G/streams/OBJ_evidence"}, {"streams", "bus/"}, {"heads", "heads/"}, {"exports", "exports/"},
		{"other", ""},
	}
}

// sizes measures the data folder, or gives what was measured a while ago.
func (d *Desk) sizes() sizes {
	d.mu.Lock()
	defer d.mu.Unlock()
	now := d.Now()
	if !d.sized.at.IsZero() && now.Sub(d.sized.at) < sizesFor && !now.Before(d.sized.at) {
		return d.sized
	}
	d.sized = measure(d.Config.Data, now)
	return d.sized
}

func measure(folder string, now time.Time) sizes {
	s := sizes{at: now}
	for _, k := range kinds() {
		s.kinds = append(s.kinds, query.AdminStorage{Key: k[0]})
	}
	until := time.Now().Add(measureFor)
	err := filepath.WalkDir(folder, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return nil // gone meanwhile, as files of a bus go
		}
		if time.Now().After(until) {
			return fs.SkipAll
		}
		if info, err := e.Info(); err == nil {
			rest, _ := filepath.Rel(folder, path) // it is under the folder
			s.add(filepath.ToSlash(rest), info.Size())
		}
		return nil
	})
	if err != nil || time.Now().After(until) {
		for i := range s.kinds {
			s.kinds[i].Least = true
		}
	}
	s.free, s.disk = disk(folder)
	return s
}

func (s *sizes) add(path string, size int64) {
	for i, k := range kinds() {
		if strings.HasPrefix(path, k[1]) {
			s.kinds[i].Bytes += size
			s.kinds[i].Files++
			return
		}
	}
}

// written is when a file was written; zero when it cannot be read.
func written(path string) time.Time {
	info, err := os.Stat(path)
	if err != nil {
		return time.Time{}
	}
	return info.ModTime()
}

// unitPath is where the file says something of a unit.
func unitPath(i int) string { return "units[" + strconv.Itoa(i) + "].id" }
