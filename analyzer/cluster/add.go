package cluster

import (
	"cmp"
	"maps"
	"slices"
)

// Added is a post that a person puts into an event.
type Added struct {
	Post
	Was string // the event that counts it so far; "" = none does
}

// Add makes posts part of an event, whatever they say. Those that the event
// would not have taken by itself give it one more face, so that later posts
// like them come to it too. An event that loses posts is kept apart from this
// one, as after a split; one whose last remembered post goes is closed. The
// answer names the other events that changed.
func (b *Book) Add(id string, list []Added) (changed []string, err error) {
	e, err := b.find(id)
	if err != nil {
		return nil, err
	}
	b.use(e) // so that it is not the one closed to make room
	lost := map[string]bool{}
	added, unknown := b.move(e, list, lost)
	for _, p := range unknown {
		if was := b.events[p.Was]; was != nil {
			was.lose(&member{ID: p.ID, At: p.At})
			lost[was.ID] = true
		}
		if m := b.learn(e, p.Post); m != nil {
			added = append(added, m)
		}
	}
	b.faceOf(e, added)
	for id := range lost {
		b.lost(b.events[id], e)
		b.dirty[id] = true
	}
	return slices.Sorted(maps.Keys(lost)), nil
}

// move takes the posts that are remembered out of their events into another and
// notes which events lost any. It gives the posts that came and those that no
// event remembers.
func (b *Book) move(e *event, list []Added, lost map[string]bool) (came []*member, unknown []Added) {
	for _, p := range list {
		m := b.posts[p.ID]
		switch {
		case m == nil && (p.Was == "" || b.events[p.Was] != e):
			p.At = p.At.UTC()
			unknown = append(unknown, p)
			continue
		case m == nil || m.face.event == e:
			continue // it is part of this one
		}
		was := m.face.event
		was.Members = slices.DeleteFunc(was.Members, func(o *member) bool { return o == m })
		was.lose(m)
		lost[was.ID] = true
		m.belong(e.Faces[0])
		e.add(m)
		came = append(came, m)
	}
	slices.SortFunc(e.Members, func(x, y *member) int { return cmp.Compare(x.Number, y.Number) })
	for len(e.Members) > maxOfEvent {
		b.forget(e.Members[0])
	}
	return came, unknown
}

// learn counts a post that was not remembered and remembers it; nil when it says
// too little to be about anything.
func (b *Book) learn(e *event, p Post) *member {
	s := &b.work
	if s.Draft = p.Draft; s.Draft == nil {
		s.own.Read(p.Title, p.Text)
		s.Draft = &s.own
	}
	defer func() { s.Draft = nil }()
	if len(s.grams) < minGrams {
		e.add(&member{At: p.At, Rank: rankOf(p.Author), Platform: p.Platform})
		return nil
	}
	m := b.remember(p, e.Faces[0], Answer{})
	e.add(m)
	return m
}

// faceOf gives posts that came into an event their faces: the one that would
// have taken them, or a new one that they share.
func (b *Book) faceOf(e *event, came []*member) {
	var own *face
	for _, m := range came {
		b.work.recall(m)
		b.work.weigh(b)
		f := b.likeliest(e)
		if f == nil {
			if own == nil {
				own = b.another(e)
			}
			f = own
		}
		m.face, m.Face = f, f.Number
		b.join(f, m.At)
	}
	b.work.Draft = nil
}

// likeliest is the face of an event that the post in scratch is alike enough to,
// nil when none is.
func (b *Book) likeliest(e *event) (best *face) {
	most := float32(threshold)
	for _, f := range e.Faces {
		if a := b.work.likeness(f, nil); a.cosine >= most && a.plain >= minShared {
			best, most = f, a.cosine
		}
	}
	return best
}

// another is a new face of an event; its first one where no other event is
// there to be closed for it.
func (b *Book) another(e *event) *face {
	if len(b.free) == 0 {
		if b.order.Len() == 1 {
			return e.Faces[0]
		}
		b.close(b.order.Front().Value.(*event))
	}
	b.count++
	return b.newFace(e, b.count)
}

// lost settles an event that posts were taken from in favour of another.
func (b *Book) lost(was, to *event) {
	switch {
	case was == nil: // closed to make room
	case len(was.Members) == 0:
		b.close(was)
	default:
		b.rebuild(was)
		b.mark(was.ID, to.ID)
		b.mark(to.ID, was.ID)
	}
}
