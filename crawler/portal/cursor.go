package portal

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"time"
)

// cursor is how far a source has been read. It holds addresses, digests and
// times, no words and no authors.
type cursor struct {
	Items  map[string]row `json:"items"`  // post id → what was accepted of it
	Newest int64          `json:"newest"` // the newest date seen, unix seconds
	Deep   int64          `json:"deep"`   // when the lists were last read behind what was known
	Behind bool           `json:"behind"` // the last visit ended before it had read all that was new
}

// row is what is known of one letter or article.
type row struct {
	URL     string `json:"u"`
	State   string `json:"s"`           // digest of its row on the list
	Rev     string `json:"r"`           // revision of its page that was accepted
	At      int64  `json:"a"`           // when it was accepted
	Listed  int64  `json:"l"`           // when it last stood on a list
	Since   int64  `json:"p"`           // when it was published
	Checked int64  `json:"c,omitempty"` // when its page was last read
	Tries   int    `json:"t,omitempty"` // how often it was read again, or could not be read
	Open    bool   `json:"o,omitempty"` // a letter without an answer
	Gone    bool   `json:"g,omitempty"`
	Status  string `json:"w,omitempty"` // what the list said of how far it is
}

// maxRows bounds the cursor far below the size of a key-value entry.
const maxRows = 800

func readCursor(raw json.RawMessage) (cursor, error) {
	c := cursor{Items: map[string]row{}}
	if len(raw) == 0 {
		return c, nil
	}
	if err := json.Unmarshal(raw, &c); err != nil {
		return c, fmt.Errorf("read the cursor: %w", err)
	}
	if c.Items == nil {
		c.Items = map[string]row{}
	}
	return c, nil
}

// trim keeps the rows that matter most: those on the list last, then open
// letters, then the newest.
func (c *cursor) trim() {
	if len(c.Items) <= maxRows {
		return
	}
	keys := slices.SortedFunc(maps.Keys(c.Items), func(a, b string) int {
		x, y := c.Items[a], c.Items[b]
		return cmp.Or(cmp.Compare(y.Listed, x.Listed), compareBool(y.Open, x.Open), cmp.Compare(y.Since, x.Since), cmp.Compare(a, b))
	})
	for _, k := range keys[maxRows:] {
		delete(c.Items, k)
	}
}

func compareBool(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return 1
	}
	return -1
}

// standing is how fresh the note of when a row stood on the list need be: a
// cursor that changes with every visit would be written with every visit.
const standing = int64(time.Hour / time.Second)

// stood notes that the row stands on the list now.
func (r *row) stood(now time.Time) {
	if now.Unix()-r.Listed >= standing {
		r.Listed = now.Unix()
	}
}

// maxTries is how often a page that cannot be read is asked for before its
// row must change.
const maxTries = 3

// settled reports whether a row needs no reading: it stands as it was
// accepted, before the moment from which all is read again.
func (r row) settled(state string, since time.Time) bool {
	if r.State != state {
		return false
	}
	return since.IsZero() || r.At < since.Unix()
}

// due reports whether an unanswered letter is to be read again.
func (r row) due(now time.Time, o Options) bool {
	if !r.Open || r.Gone {
		return false
	}
	began := cmp.Or(r.Since, r.At)
	if now.Sub(time.Unix(began, 0)) > time.Duration(o.RecheckDays)*24*time.Hour {
		return false
	}
	wait := min(o.every<<min(r.Tries, 5), o.every*maxWaits)
	return now.Sub(time.Unix(r.Checked, 0)) >= wait
}
