package forum

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"time"
)

// cursor is how far a source has been read. It holds ids, digests and times,
// no words and no authors.
type cursor struct {
	Threads map[string]row `json:"threads"` // identity of a thread → what was accepted of it
	Behind  bool           `json:"behind"`  // the last visit ended before it had read all that was new
}

// row is what is known of one thread.
type row struct {
	State  string `json:"s"`           // digest of its row on the list
	Rev    string `json:"r,omitempty"` // revision of its first floor that was accepted
	At     int64  `json:"a"`           // when it was last read, unix seconds
	Listed int64  `json:"l"`           // when it last stood on a list, to the hour
	Page   int    `json:"p,omitempty"` // the last page that was read
	Top    int64  `json:"t,omitempty"` // the newest floor that was accepted
	Inner  int64  `json:"i,omitempty"` // the newest reply inside a floor that was accepted
	Growth int    `json:"g,omitempty"` // power of two of its replies when page 1 was read
	Tries  int    `json:"e,omitempty"` // how often its page could not be read
	Gone   bool   `json:"x,omitempty"`
}

// maxRows bounds the cursor far below the size of a key-value entry.
const maxRows = 1500

// maxTries is how often a page that cannot be read is asked for before its row
// must change.
const maxTries = 3

// standing is how fresh the note of when a thread stood on a list need be: a
// cursor that changes with every visit would be written with every visit.
const standing = int64(time.Hour / time.Second)

func readCursor(raw json.RawMessage) (cursor, error) {
	c := cursor{Threads: map[string]row{}}
	if len(raw) == 0 {
		return c, nil
	}
	if err := json.Unmarshal(raw, &c); err != nil {
		return c, fmt.Errorf("read the cursor: %w", err)
	}
	if c.Threads == nil {
		c.Threads = map[string]row{}
	}
	return c, nil
}

// trim keeps the threads that stood on a list last.
func (c *cursor) trim() {
	if len(c.Threads) <= maxRows {
		return
	}
	keys := slices.SortedFunc(maps.Keys(c.Threads), func(a, b string) int {
		x, y := c.Threads[a], c.Threads[b]
		return cmp.Or(cmp.Compare(y.Listed, x.Listed), cmp.Compare(y.At, x.At), cmp.Compare(a, b))
	})
	for _, k := range keys[maxRows:] {
		delete(c.Threads, k)
	}
}

// stood notes that the thread stands on a list now.
func (r *row) stood(now time.Time) {
	if now.Unix()-r.Listed >= standing {
		r.Listed = now.Unix()
	}
}

// settled reports whether a thread needs no reading: its row stands as it was
// accepted, before the moment from which all is read again.
func (r row) settled(state string, since time.Time) bool {
	return r.State == state && (since.IsZero() || r.At < since.Unix())
}
