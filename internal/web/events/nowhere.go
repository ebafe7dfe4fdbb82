package events

import (
	"context"

	"huiying"
	"huiying/internal/query"
)

// Nowhere stands where no posts are kept.
type Nowhere struct{}

// Study implements Studies.
func (Nowhere) Study(context.Context, query.Scope, string) (query.Study, error) {
	return query.Study{}, none()
}

// Past implements Studies.
func (Nowhere) Past(context.Context, string) ([]query.PastTopic, error) { return nil, none() }

// Pin implements Studies.
func (Nowhere) Pin(context.Context, string, string, bool, huiying.Actor) error { return none() }

// Summarise implements Studies.
func (Nowhere) Summarise(context.Context, query.NewTopicSummary) error { return none() }

func none() error { return huiying.Errorf(huiying.Unavailable, "web.error.no_topics") }
