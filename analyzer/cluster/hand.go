package cluster

import (
	"cmp"
	"slices"

	"huiying"
)

// find gives an open event by its id or that of one merged into it.
func (b *Book) find(id string) (*event, error) {
	if e := b.events[id]; e != nil {
		return e, nil
	}
	return nil, huiying.Errorf(huiying.NotFound, "cluster.no_event", id)
}

// mark notes at an open event that another is no part of it.
func (b *Book) mark(at, apart string) {
	if e := b.events[at]; e != nil && !slices.Contains(e.Apart, apart) {
		e.Apart = append(e.Apart, apart)
		slices.Sort(e.Apart)
		b.dirty[at] = true
	}
}

// unmark takes a mark back.
func (b *Book) unmark(at, apart string) {
	if e := b.events[at]; e != nil {
		e.Apart = slices.DeleteFunc(e.Apart, func(id string) bool { return id == apart })
		if len(e.Apart) == 0 {
			e.Apart = nil
		}
		b.dirty[e.ID] = true
	}
}

// Merge makes two events one. Its id and title are those of into; from is
// another name for it, and the later posts of both go to it.
func (b *Book) Merge(into, from string) error {
	e, err := b.find(into)
	if err != nil {
		return err
	}
	gone, err := b.find(from)
	if err != nil {
		return err
	}
	if e == gone {
		return huiying.Errorf(huiying.Invalid, "cluster.same_event", into, from)
	}
	for _, id := range gone.Apart {
		if b.unmark(id, gone.ID); id != e.ID {
			b.mark(id, e.ID)
			b.mark(e.ID, id)
		}
	}
	for _, f := range gone.Faces {
		f.event = e
	}
	e.Faces = append(e.Faces, gone.Faces...)
	e.Aliases = append(append(e.Aliases, gone.ID), gone.Aliases...)
	for _, id := range e.Aliases {
		b.events[id] = e
	}
	e.take(gone)
	for len(e.Members) > maxOfEvent {
		b.forget(e.Members[0])
	}
	b.order.Remove(gone.order)
	b.dirty[gone.ID] = true
	b.use(e)
	return nil
}

// take adds what is counted of another event.
func (e *event) take(o *event) {
	e.Members = append(e.Members, o.Members...)
	slices.SortFunc(e.Members, func(x, y *member) int { return cmp.Compare(x.Number, y.Number) })
	if o.First.Before(e.First) {
		e.First = o.First
	}
	if o.Last.After(e.Last) {
		e.Last = o.Last
	}
	e.Size += o.Size
	for h := o.Hour - week + 1; h <= o.Hour; h++ {
		if n := e.slot(h); n >= 0 {
			e.Hours[n] += o.Hours[ofWeek(h)]
		}
	}
	for i, r := range o.Ranks {
		e.Ranks[i] = max(e.Ranks[i], r)
	}
	for _, p := range o.Platforms {
		e.seenOn(p)
	}
}

// Split takes posts out of an event and begins another of them, with a new id
// and a title. The two are kept apart: a post alike to both goes to the one it
// shares more with of what the other has not. It says how many posts were
// taken; those it does not remember as posts of the event are left. The event
// that loses them goes on counting their voices and platforms.
func (b *Book) Split(id string, posts []string, newID, title string) (int, error) {
	e, err := b.find(id)
	if err != nil {
		return 0, err
	}
	var taken, left []*member
	for _, m := range e.Members {
		if slices.Contains(posts, m.ID) {
			taken = append(taken, m)
		} else {
			left = append(left, m)
		}
	}
	switch {
	case newID == "" || b.events[newID] != nil:
		return 0, huiying.Errorf(huiying.Conflict, "cluster.id_taken", newID)
	case len(taken) == 0:
		return 0, huiying.Errorf(huiying.NotFound, "cluster.no_posts", e.ID)
	case len(left) == 0:
		return 0, huiying.Errorf(huiying.Invalid, "cluster.nothing_left", e.ID)
	case len(b.free) == 0 && b.order.Len() == 1:
		return 0, huiying.Errorf(huiying.Conflict, "cluster.full")
	}
	b.use(e) // so that it is not the one closed to make room
	f := b.open(newID, short(title, maxTitle))
	e.Members = left
	for _, m := range taken {
		e.lose(m)
		m.belong(f)
		f.event.add(m)
	}
	f.event.Typical = taken[0]
	b.rebuild(e)
	b.rebuild(f.event)
	b.mark(e.ID, newID)
	b.mark(newID, e.ID)
	return len(taken), nil
}

// lose takes a post out of what is counted.
func (e *event) lose(m *member) {
	e.Size--
	if n := e.slot(hourOf(m.At)); n >= 0 && e.Hours[n] > 0 {
		e.Hours[n]--
	}
	if e.Typical != nil && e.Typical.ID == m.ID {
		e.Typical = nil
	}
}

// rebuild makes the faces of an event anew of the posts remembered, and drops
// those that have none.
func (b *Book) rebuild(e *event) {
	for _, f := range e.Faces {
		b.empty(f)
	}
	for _, m := range e.Members {
		b.work.recall(m)
		b.work.weigh(b)
		b.join(m.face, m.At)
	}
	e.Faces = slices.DeleteFunc(e.Faces, func(f *face) bool {
		if len(f.Features) == 0 {
			b.release(f)
		}
		return len(f.Features) == 0
	})
}

// Rename gives an event a title that stays.
func (b *Book) Rename(id, title string) error {
	e, err := b.find(id)
	if err != nil {
		return err
	}
	if title = short(title, maxTitle); title == "" {
		return huiying.Errorf(huiying.Invalid, "cluster.no_title")
	}
	e.Title, e.Named = title, true
	b.dirty[e.ID] = true
	return nil
}
