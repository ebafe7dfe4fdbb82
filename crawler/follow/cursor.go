package follow

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"time"
)

// cursor is how far the lists of a source were read. It holds ids, digests,
// times and the site's own tokens, no words and no authors.
type cursor struct {
	Lists map[string]mark `json:"lists"`
	Posts map[string]row  `json:"posts"` // post id → what was accepted of it
}

// mark is how far one list was read.
type mark struct {
	shore
	Gap      string `json:"g,omitempty"` // token of the page from which posts are still missing
	Far      shore  `json:"f,omitzero"`  // where the gap ends
	Walked   int    `json:"w,omitempty"` // pages of the gap that were read
	Behind   bool   `json:"b,omitempty"` // the last visit was broken off
	Deep     int64  `json:"d,omitempty"` // when the list was last read behind what is known, unix seconds
	Etag     string `json:"e,omitempty"`
	Modified string `json:"m,omitempty"`
	Visited  bool   `json:"v,omitempty"` // read to its end or bound at least once
}

// shore is from where on everything was accepted: the list's watermark, or the
// newest post there was.
type shore struct {
	Top    int64  `json:"t,omitempty"`
	Newest string `json:"n,omitempty"`
}

// holds reports whether a post stands at or behind the shore.
func (s shore) holds(id string, rank int64) bool {
	return (rank > 0 && rank <= s.Top) || (rank == 0 && id == s.Newest)
}

// row is what is known of one post.
type row struct {
	Rev    string `json:"r"` // revision that was accepted
	At     int64  `json:"a"` // when, unix seconds
	Listed int64  `json:"l"` // when it last stood on a page, to the hour
}

// maxGap is after how many pages a gap whose end does not come is given up.
const maxGap = 200

// maxRows bounds the cursor far below the size of a key-value entry.
const maxRows = 3000

// standing is how fresh the note of when a post stood on a page need be: a
// cursor that changes with every visit would be written with every visit.
const standing = int64(time.Hour / time.Second)

func readCursor(raw json.RawMessage) (cursor, error) {
	c := cursor{Lists: map[string]mark{}, Posts: map[string]row{}}
	if len(raw) == 0 {
		return c, nil
	}
	if err := json.Unmarshal(raw, &c); err != nil {
		return c, fmt.Errorf("read the cursor: %w", err)
	}
	if c.Lists == nil {
		c.Lists = map[string]mark{}
	}
	if c.Posts == nil {
		c.Posts = map[string]row{}
	}
	return c, nil
}

// trim keeps the posts that stood on a page last.
func (c *cursor) trim() {
	if len(c.Posts) <= maxRows {
		return
	}
	keys := slices.SortedFunc(maps.Keys(c.Posts), func(a, b string) int {
		x, y := c.Posts[a], c.Posts[b]
		return cmp.Or(cmp.Compare(y.Listed, x.Listed), cmp.Compare(y.At, x.At), cmp.Compare(a, b))
	})
	for _, k := range keys[maxRows:] {
		delete(c.Posts, k)
	}
}
