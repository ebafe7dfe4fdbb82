package replica

import (
	"slices"
	"strconv"
	"strings"
	"time"
)

// Seen is one post, comment, letter or article that was served at least once.
type Seen struct {
	ID      string    // weibo:<mid>, weibo:c<id>, portal:l<id>, portal:a<id>
	First   time.Time // when it was first served
	Last    time.Time
	Times   int
	Edited  bool // served in a form marked as edited
	Answers int  // how many answers it was served with
}

// serve notes that something was served, and gives its row to be completed.
func (w *World) serve(id string, now time.Time) *Seen {
	s, ok := w.seen[id]
	if !ok {
		s = &Seen{ID: id, First: now}
		w.seen[id] = s
		w.order = append(w.order, id)
	}
	s.Last = now
	s.Times++
	return s
}

// Served lists what was served, in the order of its first serving.
func (w *World) Served() []Seen {
	w.mu.Lock()
	defer w.mu.Unlock()
	out := make([]Seen, 0, len(w.order))
	for _, id := range w.order {
		out = append(out, *w.seen[id])
	}
	return out
}

// PublishedPosts lists the ids of every post that is out and not deleted,
// served or not, in the order of publication.
func (w *World) PublishedPosts() []string {
	_, unlock := w.lock()
	defer unlock()
	out := make([]string, 0, len(w.posts))
	for _, p := range w.posts {
		if !p.deleted {
			out = append(out, postID(p))
		}
	}
	return out
}

// NativeID brings an id of the service into the form of Seen.ID: the host of a
// portal is left out, because a replica has another one every time.
func NativeID(id string) string {
	platform, rest, ok := strings.Cut(id, ":")
	if !ok || platform == "weibo" {
		return id
	}
	if i := strings.LastIndex(rest, "/"); i >= 0 {
		rest = rest[i+1:]
	}
	return platform + ":" + rest
}

func postID(p *post) string       { return "weibo:" + strconv.FormatInt(p.mid, 10) }
func commentID(c *comment) string { return "weibo:c" + strconv.FormatInt(c.id, 10) }

// newestFirst copies the posts that are shown, newest first.
func newestFirst(list []*post, keep func(*post) bool) []*post {
	out := make([]*post, 0, len(list))
	for _, p := range slices.Backward(list) {
		if !p.deleted && (keep == nil || keep(p)) {
			out = append(out, p)
		}
	}
	return out
}
