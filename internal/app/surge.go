package app

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"huiying"
	"huiying/analyzer"
)

// surgeEvery is how often topics, rules and places are looked at for surges,
// and what topics have become is saved.
const surgeEvery = time.Minute

// tellSurges publishes what suddenly has more posts than usual, and what no
// longer has, as huiying.topic.burst. What cannot be told or saved now, for the
// bus is away, is a minute later.
func (a *App) tellSurges(ctx context.Context) error {
	tick := time.NewTicker(surgeEvery)
	defer tick.Stop()
	var waiting []analyzer.Surge
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
		waiting = a.tellAll(ctx, append(waiting, a.analyzer.Surges(a.now())...))
		if err := a.analyzer.Save(ctx); err != nil {
			a.logger.Error("topics were not saved; they are in a minute", "error", err)
		}
	}
}

// tellAll publishes surges in their order and gives those that are left.
func (a *App) tellAll(ctx context.Context, list []analyzer.Surge) (left []analyzer.Surge) {
	for i, s := range list {
		if err := a.tellSurge(ctx, s); err != nil {
			a.logger.Error("a surge was not told; it is in a minute", "key", s.Key, "error", err)
			return list[i:]
		}
	}
	return nil
}

func (a *App) tellSurge(ctx context.Context, s analyzer.Surge) error {
	change := huiying.TopicChange{
		Action: huiying.TopicBurst, Key: s.Key, State: string(s.State), At: a.now().In(a.zone), Since: s.Since,
		Hours: s.Window.Hours, Count: s.Window.Count, Expected: s.Window.Expected, P: s.Window.P,
	}
	if s.Topic != nil {
		change.Topic, change.Title, change.Typical = s.Topic.ID, s.Topic.Title, s.Topic.Typical
		change.Size, change.Voices, change.Platforms, change.Stage = s.Topic.Size, s.Topic.Voices, s.Topic.Platforms, string(s.Topic.Stage)
	}
	body, err := json.Marshal(change)
	if err != nil {
		return fmt.Errorf("write a surge: %w", err)
	}
	return a.bus.Publish(ctx, "huiying.topic."+huiying.TopicBurst, change.MessageID(), body)
}
