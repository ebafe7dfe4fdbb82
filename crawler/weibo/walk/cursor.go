package walk

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"huiying"
	"huiying/crawler"
	"huiying/crawler/weibo/account"
	"huiying/crawler/weibo/status"
)

// cursor is how far a source has been read. It holds ids, digests and times,
// no words and no authors.
type cursor struct {
	Streams  map[string]*mark `json:"streams"`  // by the stream's key
	Comments map[string]known `json:"comments"` // comments and reposts, by key → what was accepted of them
	Account  account.Health   `json:"account,omitzero"`
}

// mark is how far one account or query has been read.
type mark struct {
	Newest   int64           `json:"newest"`          // the newest mid accepted
	NewestAt int64           `json:"newest_at"`       // when that was, unix seconds
	Deep     int64           `json:"deep"`            // when pages behind the first were last re-read
	Posts    map[string]seen `json:"posts"`           // by key → what was accepted of it
	Asked    int64           `json:"asked,omitempty"` // when it was last asked, for a list that is asked seldom

	Gap   string `json:"gap,omitempty"`   // token of the page from which posts are still missing
	Until int64  `json:"until,omitempty"` // the mid at which the gap ends
	Far   int    `json:"far,omitempty"`   // pages of the gap that were read
	Back  back   `json:"back,omitzero"`
}

// known is what was accepted of a comment or repost.
type known struct {
	State   string `json:"s"`
	At      int64  `json:"a"`
	Replies int64  `json:"r,omitempty"` // the count of replies when they were last read, plus one
}

// key names a post in the cursor: its id without the platform.
func key(p huiying.Post) string { return strings.TrimPrefix(p.ID, huiying.PlatformWeibo+":") }

// midOf is the number in a key, a comment's too.
func midOf(key string) int64 { return status.Number(strings.TrimPrefix(key, "c")) }

// seen is what was accepted of a post and when it last stood on the list.
type seen struct {
	State    string `json:"s"`           // digest of its revision as the list shows it
	At       int64  `json:"a"`           // when it was accepted
	Listed   int64  `json:"l"`           // when it last stood on the list
	Comments int64  `json:"c,omitempty"` // the count of comments when they were last read, plus one
	Reposts  int64  `json:"n,omitempty"` // the same of reposts
	Cut      int    `json:"x,omitempty"` // failed tries to get its whole text
	Checked  int64  `json:"k,omitempty"` // when it was last asked for because it had vanished
	Apart    bool   `json:"p,omitempty"` // quoted or pinned: its absence from the list means nothing
	Repost   bool   `json:"r,omitempty"`
	Gone     bool   `json:"g,omitempty"` // its tombstone was accepted
}

// Bounds of the cursor, so that it stays far below the size of a key-value
// entry.
const (
	maxMarked   = 200
	maxComments = 1500
)

func readCursor(raw json.RawMessage) (cursor, error) {
	c := cursor{Streams: map[string]*mark{}, Comments: map[string]known{}}
	if len(raw) == 0 {
		return c, nil
	}
	if err := json.Unmarshal(raw, &c); err != nil {
		return c, fmt.Errorf("read the cursor: %w", err)
	}
	if c.Streams == nil {
		c.Streams = map[string]*mark{}
	}
	if c.Comments == nil {
		c.Comments = map[string]known{}
	}
	return c, nil
}

// of gives the mark of a stream, a new one when it was never read.
func (c cursor) of(key string) *mark {
	m := c.Streams[key]
	if m == nil {
		m = &mark{}
	}
	if m.Posts == nil {
		m.Posts = map[string]seen{}
	}
	return m
}

// standing is how fresh the note of when a post stood on the list need be: a
// cursor that changes with every visit would be written with every visit.
const standing = int64(time.Hour / time.Second)

// stood notes that a post stands on the list now.
func (s *seen) stood(now time.Time) {
	if now.Unix()-s.Listed >= standing {
		s.Listed = now.Unix()
	}
}

// keep drops streams that are no longer read and what is too much.
func (c *cursor) keep(keys []string) {
	maps.DeleteFunc(c.Streams, func(k string, m *mark) bool { return m == nil || !slices.Contains(keys, k) })
	for _, m := range c.Streams {
		trim(m.Posts, maxMarked, func(a, b string) int {
			return cmp.Or(cmp.Compare(m.Posts[b].Listed, m.Posts[a].Listed), cmp.Compare(midOf(b), midOf(a)))
		})
	}
	trim(c.Comments, maxComments, func(a, b string) int {
		return cmp.Or(cmp.Compare(c.Comments[b].At, c.Comments[a].At), cmp.Compare(b, a))
	})
}

// trim keeps the first n keys in the order given.
func trim[V any](m map[string]V, n int, order func(a, b string) int) {
	if len(m) <= n {
		return
	}
	keys := slices.SortedFunc(maps.Keys(m), order)
	for _, k := range keys[n:] {
		delete(m, k)
	}
}

// boundary is the mid up to which everything was accepted before since; zero
// time means the mark is trusted as it stands.
func (m *mark) boundary(since time.Time) int64 {
	if since.IsZero() || m.NewestAt < since.Unix() {
		return m.Newest
	}
	var newest int64
	for k, s := range m.Posts {
		if s.At < since.Unix() && !s.Apart {
			newest = max(newest, midOf(k))
		}
	}
	return newest
}

// current reports whether what was accepted still stands: same state, and
// accepted before the moment from which everything is to be read again.
func current(state, now string, at int64, since time.Time) bool {
	return state == now && (since.IsZero() || at < since.Unix())
}

// stateOf digests what of a listed post is news: its revision, and how often
// it was edited, because an edit may lie beyond the cut.
func stateOf(e status.Entry) string {
	s := e.Post.Revision()
	if e.Edits > 1 {
		s += "e" + strconv.FormatInt(e.Edits, 10)
	}
	return s
}

// tombstone is the revision that says a post is gone. It has no text, like
// that of a deleted original inside a repost, so that both are one revision.
func tombstone(mid int64, s seen, d crawler.Document) huiying.Post {
	p := huiying.Post{
		ID: status.PostID(mid), Source: d.Source, Platform: huiying.PlatformWeibo, Kind: huiying.KindPost,
		URL: status.DetailURL(mid), Author: huiying.Author{Verified: "none"},
		CollectedAt: d.FetchedAt, Deleted: true,
	}
	if s.Repost {
		p.Kind = huiying.KindRepost
	}
	if p.PublishedAt = status.MidTime(mid); !p.PublishedAt.IsZero() {
		p.PublishedPrecision = huiying.PrecisionMinute
	}
	return p
}

func mids(mid int64) string { return strconv.FormatInt(mid, 10) }
