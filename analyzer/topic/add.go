package topic

import (
	"maps"
	"slices"
	"time"

	"huiying/analyzer/cluster"
)

// Add: see Merge. It makes posts part of a topic, whatever they say, and what
// repeats them with them. It says which posts came to it.
func (b *Book) Add(id string, posts []Post) (came []string, err error) {
	read := make([]*scratch, len(posts))
	for i := range posts {
		read[i] = b.spare.Get().(*scratch)
		read[i].draft.Read(posts[i].Title, posts[i].Text)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	own, _ := b.events.Is(id)
	list := make([]cluster.Added, 0, len(posts))
	moved := map[string]time.Time{} // when they were collected, by id
	for i, p := range posts {
		e, known := b.posts.get(p.ID)
		was, _ := b.events.Is(e.Topic)
		if moved[p.ID] = p.At; known && was == own {
			continue // it is part of it
		}
		said := cluster.Post{ID: p.ID, Title: p.Title, Text: p.Text, Draft: &read[i].draft, Author: hashed(p.Author), Platform: p.Platform, At: p.At}
		list = append(list, cluster.Added{Post: said, Was: was})
	}
	changed, err := b.events.Add(own, list)
	for _, s := range read {
		b.spare.Put(s)
	}
	if err != nil {
		return nil, err //nolint:wrapcheck // a sentence
	}
	for _, other := range append(changed, own) {
		b.fresh[other] = true
	}
	return b.follow(own, moved), nil
}

// follow notes the topic of posts and of what repeats them, and says which those
// are.
func (b *Book) follow(topic string, moved map[string]time.Time) []string {
	repeats := map[string]entry{}
	for post, e := range b.posts.values {
		if _, ok := moved[e.DuplicateOf]; ok {
			repeats[post] = e
		}
	}
	for post, at := range moved {
		e, known := b.posts.get(post)
		if !known {
			e.At = at
		}
		repeats[post] = e
	}
	came := slices.Sorted(maps.Keys(repeats))
	for _, post := range came {
		e := repeats[post]
		e.Topic = topic
		b.posts.put(post, e)
		b.dirty[postKey+post] = true
	}
	return came
}
