package crawler

import "sync"

// maxSeen bounds how many revisions of posts are remembered.
const maxSeen = 20_000

// seen remembers which revisions of posts were accepted by this process, so
// that a page read again costs the bus nothing. Forgetting costs a message
// that the bus drops by its id; nothing depends on it. It is empty after a
// start, so that a re-reading really offers everything again.
type seen struct {
	mu   sync.Mutex
	ids  map[string]bool
	ring []string
	at   int
}

func newSeen(size int) *seen {
	return &seen{ids: make(map[string]bool, size), ring: make([]string, size)}
}

func (s *seen) has(id string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.ids[id]
}

func (s *seen) add(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ids[id] {
		return
	}
	delete(s.ids, s.ring[s.at])
	s.ids[id], s.ring[s.at] = true, id
	s.at = (s.at + 1) % len(s.ring)
}
