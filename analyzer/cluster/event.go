package cluster

import (
	"container/list"
	"math"
	"math/bits"
	"slices"
	"time"
)

const (
	// week is how many hours are counted.
	week = 7 * 24
	// registers is the size of the estimate of voices; its error is about
	// 1.04/√registers = 6.5 % (Flajolet and others, HyperLogLog, 2007).
	registers = 256
	// maxPlatforms is how many platforms of an event are named.
	maxPlatforms = 16
)

// event is what posts are about. With its faces and posts it is its own record.
type event struct {
	Version int `json:"v"`
	Facts
	Used    uint64       `json:"used"`
	Hour    int64        `json:"hour"`              // of the epoch, the latest that is counted
	Hours   [week]uint32 `json:"hours"`             // by hour of the epoch modulo week
	Ranks   []byte       `json:"ranks"`             // of the estimate of voices
	Typical *member      `json:"typical,omitempty"` // the post whose title it has; nil = the next one's is taken
	Faces   []*face      `json:"faces"`
	Members []*member    `json:"posts,omitempty"` // remembered, the oldest first

	order *list.Element
}

// member is a post that is remembered.
type member struct {
	ID       string    `json:"id"`
	Grams    []gram    `json:"grams"`
	Face     uint64    `json:"face"` // its number
	Number   uint64    `json:"number"`
	At       time.Time `json:"at"`
	Rank     uint16    `json:"rank,omitempty"` // register and rank of its author; 0 = unknown
	Platform string    `json:"platform,omitempty"`
	Began    bool      `json:"began,omitempty"`
	Likeness float64   `json:"likeness"`

	face  *face
	order *list.Element
}

// begin gives the face of a post that is like no other.
func (b *Book) begin(p Post) *face {
	id := EventOf(p.ID)
	if e := b.events[id]; e != nil { // the post is forgotten and came again
		return e.Faces[0]
	}
	return b.open(id, b.title(p))
}

// open begins an event, with one empty face. Where there is no room the event
// longest unused is closed.
func (b *Book) open(id, title string) *face {
	if len(b.free) == 0 {
		b.close(b.order.Front().Value.(*event))
	}
	e := &event{Version: version, Facts: Facts{ID: id, Title: title}, Ranks: make([]byte, registers)}
	b.events[id] = e
	e.order = b.order.PushBack(e)
	b.use(e)
	return b.newFace(e, e.Used)
}

// use notes that an event changed just now.
func (b *Book) use(e *event) {
	b.count++
	e.Used = b.count
	b.order.MoveToBack(e.order)
	b.dirty[e.ID] = true
}

func (b *Book) close(e *event) {
	for _, f := range e.Faces {
		b.release(f)
	}
	for len(e.Members) > 0 {
		b.forget(e.Members[0])
	}
	for _, id := range e.Apart {
		b.unmark(id, e.ID)
	}
	for _, id := range append(e.Aliases, e.ID) {
		delete(b.events, id)
	}
	b.order.Remove(e.order)
	b.dirty[e.ID] = true
}

// remember keeps what is needed to answer the same again and to split.
func (b *Book) remember(p Post, f *face, a Answer) *member {
	b.count++
	m := &member{
		ID: p.ID, Grams: b.work.kept, Number: b.count, At: p.At,
		Rank: rankOf(p.Author), Platform: p.Platform, Began: a.New, Likeness: a.Likeness,
	}
	b.work.kept = nil
	b.hold(m, f)
	if e := f.event; len(e.Members) > maxOfEvent {
		b.forget(e.Members[0])
	}
	if b.memory.Len() > maxMembers {
		b.forget(b.memory.Front().Value.(*member))
	}
	return m
}

func (b *Book) hold(m *member, f *face) {
	m.order = b.memory.PushBack(m)
	b.posts[m.ID] = m
	m.belong(f)
}

func (m *member) belong(f *face) {
	m.face, m.Face = f, f.Number
	f.event.Members = append(f.event.Members, m)
}

// forget drops the oldest post of an event.
func (b *Book) forget(m *member) {
	b.memory.Remove(m.order)
	delete(b.posts, m.ID)
	m.face.event.Members = m.face.event.Members[1:]
}

// add counts a post.
func (e *event) add(m *member) {
	if e.Size == 0 || m.At.Before(e.First) {
		e.First = m.At
	}
	if e.Size == 0 || m.At.After(e.Last) {
		e.Last = m.At
	}
	e.Size++
	if n := e.slot(hourOf(m.At)); n >= 0 {
		e.Hours[n]++
	}
	if at := m.Rank >> 8; m.Rank != 0 {
		e.Ranks[at] = max(e.Ranks[at], byte(m.Rank))
	}
	e.seenOn(m.Platform)
}

func (e *event) seenOn(platform string) {
	if at, ok := slices.BinarySearch(e.Platforms, platform); !ok && platform != "" && len(e.Platforms) < maxPlatforms {
		e.Platforms = slices.Insert(e.Platforms, at, platform)
	}
}

// slot is where an hour of the epoch is counted, -1 for one too long ago. Hours
// that passed since the latest are emptied.
func (e *event) slot(hour int64) int {
	if hour <= e.Hour-week {
		return -1
	}
	for e.Hour = max(e.Hour, hour-week); e.Hour < hour; {
		e.Hour++
		e.Hours[ofWeek(e.Hour)] = 0
	}
	return ofWeek(hour)
}

func hourOf(t time.Time) int64 { return int64(math.Floor(float64(t.Unix()) / 3600)) }

func ofWeek(hour int64) int { return int((hour%week + week) % week) }

// rankOf gives the register of an author in the upper byte, the rank in the
// lower one.
func rankOf(author uint64) uint16 {
	if author == 0 {
		return 0
	}
	h := (author ^ author>>31) * 0x9E3779B97F4A7C15
	h = (h ^ h>>29) * 0xBF58476D1CE4E5B9
	return uint16(h>>56)<<8 | uint16(bits.LeadingZeros64(h<<8|1)+1)
}

// retitle gives an event the title of its most typical post while it is young.
func (b *Book) retitle(m *member, p Post) {
	s, e := &b.work, m.face.event
	if e.Named || len(e.Faces) > 1 || e.Typical != nil && e.Size > youngSize {
		return
	}
	if e.Typical != nil {
		mine := s.likeness(m.face, nil).cosine
		s.recall(e.Typical)
		s.weigh(b)
		if mine <= s.likeness(m.face, nil).cosine {
			return
		}
	}
	e.Typical, e.Title = m, b.title(p)
}
