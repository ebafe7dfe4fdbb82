package app

import (
	"context"

	"huiying"
	"huiying/analyzer/cluster"
	"huiying/analyzer/gather"
	"huiying/internal/app/topics"
	"huiying/internal/query"
	"huiying/internal/store"
	topicbook "huiying/internal/store/topics"
)

// topicDesk is the events as pages see them: the open ones of the room where
// posts are gathered, and what was decided, from the store.
type topicDesk struct {
	desk  *topics.Desk
	book  *topicbook.Book
	store *store.Store
}

func (d topicDesk) Topics(ctx context.Context) ([]query.Topic, error) {
	list, err := d.desk.Topics(ctx)
	out := make([]query.Topic, len(list))
	for i, e := range list {
		out[i] = shown(e)
	}
	return out, err
}

func (d topicDesk) Topic(ctx context.Context, id string) (query.Topic, error) {
	e, err := d.desk.Topic(ctx, id)
	return shown(e), err
}

// Decide has the store follow at once; the message that tells of the decision
// has it follow too, should this process die in between.
func (d topicDesk) Decide(ctx context.Context, n query.NewTopicDecision) (string, error) {
	decided := gather.Decision{Action: n.Action, Topic: n.Topic, From: n.From, Posts: n.Posts, Title: n.Title, By: n.Actor.ID}
	if n.Action == huiying.TopicAdded {
		var err error
		if decided.Matters, err = topics.Joining(ctx, d.store.Reader(), n.Posts); err != nil {
			return "", err
		}
	}
	c, err := d.desk.Decide(ctx, decided)
	if err != nil {
		return "", err
	}
	return c.Topic, d.book.Save(ctx, c)
}

func (d topicDesk) Decisions(ctx context.Context, id string) ([]query.TopicDecision, error) {
	return topicbook.Decisions(ctx, d.store.Reader(), id)
}

// shown is a topic as pages and the API know it.
func shown(e cluster.Event) query.Topic {
	return query.Topic{
		ID: e.ID, Title: e.Title, First: e.First, Last: e.Last, Size: e.Size, Voices: e.Voices, Platforms: append([]string{}, e.Platforms...),
		Stage: string(e.Stage), Hours: e.Hours[:], Typical: e.Typical, Merged: append([]string{}, e.Aliases...),
	}
}
