package gather

import (
	"context"
	"strings"

	"huiying"
	"huiying/analyzer/topic"
)

// levelKey begins the records of topics' levels.
const levelKey = "level/"

// maxLevels bounds how many topics' levels are remembered.
const maxLevels = 20_000

// levels are the most urgent levels that posts of topics had.
type levels struct {
	of    map[string]huiying.Level
	order []string // by when they were noted first
}

func newLevels(records []topic.Record) levels {
	l := levels{of: map[string]huiying.Level{}}
	for _, r := range records {
		if id, ok := strings.CutPrefix(r.Key, levelKey); ok && len(r.Value) > 0 {
			l.set(id, huiying.Level(r.Value))
		}
	}
	return l
}

func (l *levels) set(id string, level huiying.Level) {
	if _, known := l.of[id]; !known {
		l.order = append(l.order, id)
	}
	l.of[id] = level
	for len(l.order) > maxLevels {
		delete(l.of, l.order[0])
		l.order = l.order[1:]
	}
}

// Rising is a post's level, as it came out in the end.
type Rising struct {
	Topic string        `json:"topic"`
	Post  string        `json:"post"`
	Level huiying.Level `json:"level"`
}

// Raise notes the levels of posts of topics, one after the other. Where a topic
// had posts of lower levels only, it is told that the topic was raised: who heard
// of it as yellow is to hear of it as red. It is never lowered here.
// huiying.Unavailable says that it could not be told or kept: ask again.
func (r *Room) Raise(ctx context.Context, ups ...Rising) error {
	r.raising.Lock()
	defer r.raising.Unlock()
	for _, up := range ups {
		if err := r.raise(ctx, up); err != nil {
			return err
		}
	}
	return nil
}

func (r *Room) raise(ctx context.Context, up Rising) error {
	was, known := r.levelOf(up.Topic)
	if known && huiying.MoreUrgent(was, up.Level) == was {
		return nil
	}
	if known { // told before it is kept: a crash between the two tells it again
		now := r.o.Now().In(r.o.Zone)
		c := huiying.TopicChange{Action: huiying.TopicRaised, Key: topicPrefix + up.Topic, At: now, Topic: up.Topic}
		if e, open := r.topics.Event(up.Topic, now); open {
			c = about(c, e)
		}
		c.Was, c.Level, c.Posts = was, up.Level, []string{up.Post}
		if err := r.tell(ctx, c); err != nil {
			return err
		}
	}
	return r.keepLevel(ctx, up.Topic, up.Level)
}

func (r *Room) levelOf(id string) (huiying.Level, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	level, known := r.levels.of[id]
	return level, known
}

func (r *Room) keepLevel(ctx context.Context, id string, level huiying.Level) error {
	if m := r.o.Memory; m != nil {
		if err := m.Save(ctx, []topic.Record{{Key: levelKey + id, Value: []byte(level)}}); err != nil {
			return huiying.Errorf(huiying.Unavailable, "gather.not_kept", err)
		}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.levels.set(id, level)
	return nil
}
