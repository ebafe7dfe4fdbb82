package api

import (
	"context"

	"huiying/internal/query"
)

// Topics are the events (事件) that posts are gathered into.
type Topics interface {
	// Topics are the open ones, the one used last first.
	Topics(ctx context.Context) ([]query.Topic, error)
	// Topic is an open one, by its id or that of one merged into it.
	Topic(ctx context.Context, id string) (query.Topic, error)
	// Decide carries a decision out; the id is that of the topic it is about, of a
	// split the new one's.
	Decide(ctx context.Context, d query.NewTopicDecision) (id string, err error)
	// Decisions is what was decided of a topic, the oldest first.
	Decisions(ctx context.Context, id string) ([]query.TopicDecision, error)
}

type topicsOut struct {
	Body struct {
		Topics []query.Topic `json:"topics" doc:"The one used last first, at most 300"`
	}
}

// topics lists the open topics.
func (s *service) topics(ctx context.Context, _ *none) (*topicsOut, error) {
	list, err := s.o.Topics.Topics(ctx)
	out := &topicsOut{}
	out.Body.Topics = make([]query.Topic, 0, len(list))
	for _, t := range list {
		out.Body.Topics = append(out.Body.Topics, s.topicIn(t))
	}
	return out, err
}

// topicIn is a topic with the times of the office.
func (s *service) topicIn(t query.Topic) query.Topic {
	t.First, t.Last = s.in(t.First), s.in(t.Last)
	return t
}

type topicIn struct {
	ID string `path:"id"`
}

type topicOut struct {
	Body struct {
		Topic     query.Topic           `json:"topic"`
		Decisions []query.TopicDecision `json:"decisions" doc:"The oldest first"`
	}
}

// topic gives an open topic with what was decided of it.
func (s *service) topic(ctx context.Context, in *topicIn) (*topicOut, error) {
	t, err := s.o.Topics.Topic(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	list, err := s.o.Topics.Decisions(ctx, t.ID)
	out := &topicOut{}
	out.Body.Topic = s.topicIn(t)
	out.Body.Decisions = make([]query.TopicDecision, 0, len(list))
	for _, d := range list {
		d.At = s.in(d.At)
		out.Body.Decisions = append(out.Body.Decisions, d)
	}
	return out, err
}

type decideIn struct {
	ID   string `path:"id" doc:"The topic merged into, split, added to, or renamed"`
	Body struct {
		Action string   `json:"action" enum:"merged,split,added,renamed"`
		From   string   `json:"from,omitempty" doc:"Of a merge: the topic that goes"`
		Posts  []string `json:"posts,omitempty" doc:"Of a split: ids of the posts that are taken out; those that are added, at most 50"`
		Title  string   `json:"title,omitempty" doc:"Of a split or renaming"`
	}
}

// decide merges, splits, adds to or renames a topic.
func (s *service) decide(ctx context.Context, in *decideIn) (*topicOut, error) {
	id, err := s.o.Topics.Decide(ctx, query.NewTopicDecision{
		Action: in.Body.Action, Topic: in.ID, From: in.Body.From, Posts: in.Body.Posts, Title: in.Body.Title, Actor: account(ctx).Actor(),
	})
	if err != nil {
		return nil, err
	}
	return s.topic(ctx, &topicIn{ID: id})
}
