package bus

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
)

// journal remembers which messages are being handled, so that a message that
// kills the process is counted. The embedded server dies with us and writes
// its delivery counts only every 100 ms: without this a poisonous message
// would come back as a first delivery for ever. Each worker has a region of
// one file that says what it holds; what stands there at the next start had
// its process end under it. Writes are not fsynced: they survive a killed
// process, and a power failure only forgets a count.
//
// With an outside server the counts outlive us, and the journal is empty.
type journal struct {
	slots  *os.File
	carry  string // file of counts from earlier processes
	region int
	ids    map[string]uint64 // durable → its number in the slots

	mu     sync.Mutex
	counts map[place]int
}

// carried is one count in the carry file.
type carried struct {
	Durable  string `json:"durable"`
	Seq      uint64 `json:"seq"`
	Attempts int    `json:"attempts"`
}

const (
	slotHead = 8  // count and checksum
	slotSize = 16 // durable number and sequence
)

func (b *Bus) openJournal(c Consumer) (*journal, error) {
	j := &journal{ids: map[string]uint64{}, counts: map[place]int{}, region: slotHead + slotSize*c.Batch}
	if b.home == nil {
		return j, nil
	}
	dir := filepath.Join(b.home.dir, "handling")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("make %s: %w", dir, err)
	}
	j.carry = filepath.Join(dir, c.Name+".json")
	names := make([]string, len(c.Subjects))
	for i := range c.Subjects {
		names[i] = durableName(c, i)
		j.ids[names[i]] = uint64(i)
	}
	file := filepath.Join(dir, fmt.Sprintf("%s-%d", c.Name, c.Batch))
	if err := j.load(file, names); err != nil {
		return nil, err
	}
	var err error
	if j.slots, err = os.OpenFile(file, os.O_CREATE|os.O_RDWR|os.O_TRUNC, 0o600); err != nil {
		return nil, fmt.Errorf("open journal: %w", err)
	}
	return j, nil
}

// load adds what an ended process held to the counts of those before it.
func (j *journal) load(file string, names []string) error {
	raw, err := os.ReadFile(j.carry)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("read journal: %w", err)
	}
	var list []carried
	if len(raw) > 0 && json.Unmarshal(raw, &list) != nil {
		list = nil // half-written at a power failure: counts begin again
	}
	for _, e := range list {
		j.counts[place{e.Durable, e.Seq}] = e.Attempts
	}
	if raw, err = os.ReadFile(file); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("read journal: %w", err)
	}
	for len(raw) >= j.region {
		for _, e := range readSlots(raw[:j.region]) {
			if e.durable < uint64(len(names)) {
				j.counts[place{names[e.durable], e.seq}]++
			}
		}
		raw = raw[j.region:]
	}
	return j.save()
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

// begin notes what a worker is about to handle.
func (j *journal) begin(worker int, hs []*held) error {
	if j.slots == nil {
		return nil
	}
	buf := make([]byte, slotHead+len(hs)*slotSize)
	for i, h := range hs {
		binary.LittleEndian.PutUint64(buf[slotHead+i*slotSize:], j.ids[h.durable])
		binary.LittleEndian.PutUint64(buf[slotHead+i*slotSize+8:], h.seq)
	}
	binary.LittleEndian.PutUint32(buf, uint32(len(hs)))
	binary.LittleEndian.PutUint32(buf[4:], crc32.ChecksumIEEE(buf[slotHead:]))
	if _, err := j.slots.WriteAt(buf, int64(worker*j.region)); err != nil {
		return fmt.Errorf("write journal: %w", err)
	}
	return nil
}

// end notes that the handler has returned.
func (j *journal) end(worker int) error {
	if j.slots == nil {
		return nil
	}
	if _, err := j.slots.WriteAt(make([]byte, slotHead), int64(worker*j.region)); err != nil {
		return fmt.Errorf("write journal: %w", err)
	}
	return nil
}

// attempts is how often a process ended while handling the message.
func (j *journal) attempts(p place) int {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.counts[p]
}

// settle forgets a message that is done with.
func (j *journal) settle(p place) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	if _, ok := j.counts[p]; !ok {
		return nil
	}
	delete(j.counts, p)
	return j.save()
}

func (j *journal) save() error {
	list := make([]carried, 0, len(j.counts))
	for p, n := range j.counts {
		list = append(list, carried{p.durable, p.seq, n})
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

// close ends the journal and joins its error to err.
func (j *journal) close(err error) error {
	if j.slots == nil {
		return err
	}
	return errors.Join(err, j.slots.Close())
}
