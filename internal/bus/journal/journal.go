// Package journal counts the messages whose handling a process did not
// survive. It is no log of what was done: a settled message leaves no trace.
package journal

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"sync"
)

// Journal counts the handlings of a message that did not end well. With the
// embedded server the counts of JetStream do not serve: they are written only
// every 100 ms, so that a message that kills the process would come back as a
// first delivery for ever, and they also count deliveries that nothing
// touched, so that a few kills in a row would park innocent neighbours.
//
// Each worker has a region of one file that says what it holds; what stands
// there at the next start had its process end under it. These writes are not
// fsynced: they survive a killed process, and a power failure only forgets a
// count. Ordinary failures are counted in memory and saved at Close.
//
// With an outside server JetStream counts in time, but deliveries that nothing
// touched as well, of every process: there, too, the journal counts what this
// one did not survive. Without a folder it counts nothing.
type Journal struct {
	slots  *os.File
	carry  string // file of counts from earlier processes
	region int
	ids    map[string]uint64 // durable → its number in the slots

	mu       sync.Mutex
	counts   map[Place]int
	suspects map[Place]bool // a process ended while it handled them
}

// carried is one count in the carry file.
type carried struct {
	Durable  string `json:"durable"`
	Seq      uint64 `json:"seq"`
	Attempts int    `json:"attempts"`
	Suspect  bool   `json:"suspect,omitempty"`
}

const (
	slotHead = 8  // count and checksum
	slotSize = 16 // durable number and sequence
)

// Place is where a message stands: its sequence in the stream of a durable.
type Place struct {
	Durable string
	Seq     uint64
}

// Options of a journal.
type Options struct {
	Dir      string // "" counts nothing
	Name     string // of the consumer
	Durables []string
	// Settled is, by durable, up to where everything is settled, perhaps by
	// another process: what is counted of that is forgotten. nil = nowhere.
	Settled []uint64
	Batch   int // messages a worker holds at most
}

// Open reads what earlier processes left and begins anew.
func Open(o Options) (*Journal, error) {
	j := &Journal{ids: map[string]uint64{}, counts: map[Place]int{}, suspects: map[Place]bool{}, region: slotHead + slotSize*o.Batch}
	if o.Dir == "" {
		return j, nil
	}
	dir := o.Dir
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("make %s: %w", dir, err)
	}
	j.carry = filepath.Join(dir, o.Name+".json")
	for i, name := range o.Durables {
		j.ids[name] = uint64(i)
	}
	file := filepath.Join(dir, fmt.Sprintf("%s-%d-%d", o.Name, len(o.Durables), o.Batch))
	if err := j.load(file, o); err != nil {
		return nil, err
	}
	var err error
	if j.slots, err = os.OpenFile(file, os.O_CREATE|os.O_RDWR|os.O_TRUNC, 0o600); err != nil {
		return nil, fmt.Errorf("open journal: %w", err)
	}
	return j, nil
}

// load adds what an ended process held to the counts of those before it.
func (j *Journal) load(file string, o Options) error {
	raw, err := os.ReadFile(j.carry)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("read journal: %w", err)
	}
	var list []carried
	if len(raw) > 0 && json.Unmarshal(raw, &list) != nil {
		list = nil // half-written at a power failure: counts begin again
	}
	for _, e := range list {
		if p := (Place{e.Durable, e.Seq}); !o.settled(p) {
			j.count(p, e.Attempts, e.Suspect)
		}
	}
	if raw, err = os.ReadFile(file); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("read journal: %w", err)
	}
	// The last region is as long as what was written last.
	raw = append(raw, make([]byte, j.region)...)
	for len(raw) >= j.region {
		for _, e := range readSlots(raw[:j.region]) {
			if e.durable >= uint64(len(o.Durables)) {
				continue
			}
			if p := (Place{o.Durables[e.durable], e.seq}); !o.settled(p) {
				j.count(p, 1, true)
			}
		}
		raw = raw[j.region:]
	}
	return j.save()
}

func (j *Journal) count(p Place, n int, suspect bool) {
	j.counts[p] += n
	if suspect {
		j.suspects[p] = true
	}
}

func (o Options) settled(p Place) bool {
	i := slices.Index(o.Durables, p.Durable)
	return i >= 0 && i < len(o.Settled) && p.Seq <= o.Settled[i]
}

type slot struct{ durable, seq uint64 }

// readSlots reads one worker's region; a torn one holds nothing.
func readSlots(region []byte) []slot {
	n := int(binary.LittleEndian.Uint32(region))
	if n == 0 || slotHead+n*slotSize > len(region) {
		return nil
	}
	body := region[slotHead : slotHead+n*slotSize]
	if crc32.ChecksumIEEE(body) != binary.LittleEndian.Uint32(region[4:]) {
		return nil
	}
	out := make([]slot, n)
	for i := range out {
		out[i] = slot{binary.LittleEndian.Uint64(body[i*slotSize:]), binary.LittleEndian.Uint64(body[i*slotSize+8:])}
	}
	return out
}

// Begin notes what a worker is about to handle.
func (j *Journal) Begin(worker int, held []Place) error {
	if j.slots == nil {
		return nil
	}
	buf := make([]byte, slotHead+len(held)*slotSize)
	for i, h := range held {
		binary.LittleEndian.PutUint64(buf[slotHead+i*slotSize:], j.ids[h.Durable])
		binary.LittleEndian.PutUint64(buf[slotHead+i*slotSize+8:], h.Seq)
	}
	binary.LittleEndian.PutUint32(buf, uint32(len(held)))
	binary.LittleEndian.PutUint32(buf[4:], crc32.ChecksumIEEE(buf[slotHead:]))
	if _, err := j.slots.WriteAt(buf, int64(worker*j.region)); err != nil {
		return fmt.Errorf("write journal: %w", err)
	}
	return nil
}

// End notes that the handler has returned.
func (j *Journal) End(worker int) error {
	if j.slots == nil {
		return nil
	}
	if _, err := j.slots.WriteAt(make([]byte, slotHead), int64(worker*j.region)); err != nil {
		return fmt.Errorf("write journal: %w", err)
	}
	return nil
}

// Attempts is how often handling the message did not end well.
func (j *Journal) Attempts(p Place) int {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.counts[p]
}

// Suspect reports whether a process ended while it handled the message: it may
// be what ended it, or have stood beside it.
func (j *Journal) Suspect(p Place) bool {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.suspects[p]
}

// Off reports whether this journal counts nothing.
func (j *Journal) Off() bool { return j.slots == nil }

// Fail counts a handling that returned an error.
func (j *Journal) Fail(p Place) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.slots != nil {
		j.counts[p]++
	}
}

// Settle forgets a message that is done with. The file may still name it until
// Close; no other message ever has its place.
func (j *Journal) Settle(p Place) {
	j.mu.Lock()
	defer j.mu.Unlock()
	delete(j.counts, p)
	delete(j.suspects, p)
}

func (j *Journal) save() error {
	list := make([]carried, 0, len(j.counts))
	for p, n := range j.counts {
		list = append(list, carried{p.Durable, p.Seq, n, j.suspects[p]})
	}
	raw, err := json.Marshal(list)
	if err != nil {
		return fmt.Errorf("encode journal: %w", err)
	}
	tmp := j.carry + ".new"
	if err := os.WriteFile(tmp, raw, 0o600); err != nil {
		return fmt.Errorf("write journal: %w", err)
	}
	if err := os.Rename(tmp, j.carry); err != nil {
		return fmt.Errorf("replace journal: %w", err)
	}
	return nil
}

// Close saves the counts and joins its error to err.
func (j *Journal) Close(err error) error {
	if j.slots == nil {
		return err
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	return errors.Join(err, j.save(), j.slots.Close())
}
