package crawler

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"huiying"
)

// maxLooks bounds the posts of one look.
const maxLooks = 100

// watchState is where the watch of a source keeps when it looked at each post.
func watchState(source string) string { return "watch." + source }

// watch takes over which posts of a source are watched.
func (c *Crawler) watch(source string, posts []huiying.Post) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(posts) == 0 {
		delete(c.watched, source)
		return
	}
	c.watched[source] = posts
	c.nudge()
}

// lookAgain asks for the watched posts of the source, those first that were not
// looked at for the longest time. Each is offered as it stands now: an edit or
// a deletion is a new revision and so an event, anything else is nothing. A
// refusal ends the look, and the rest waits for the next one. So does the look
// when what is new on the source is to be read: nobody waits for news until a
// hundred posts were looked at politely. The rest has its turn after that.
func (v *attempt) lookAgain(ctx context.Context, visit Visit) (Report, error) {
	visit.Cursor = nil
	looked, revision, err := v.lookedAt(ctx)
	if err != nil {
		return Report{}, err
	}
	posts := v.watchList(looked)
	report := Report{Answer: AnswerOK}
	for i, p := range posts[:min(len(posts), maxLooks)] {
		if looked[p.ID] >= v.job.Due.Unix() {
			break // by an earlier part, and so were those behind it
		}
		if v.more, v.part = i > 0 && v.awaited(), backIn; v.more {
			break
		}
		parsed, err := v.kind.Look(ctx, visit, p)
		if err != nil {
			return report, fmt.Errorf("look at %s again: %w", p.ID, err)
		}
		if !parsed.Answer.Answered() && parsed.Answer != "" {
			report.Answer, report.Detail = parsed.Answer, "watch "+p.ID
			break
		}
		for _, now := range parsed.Posts {
			report.Entry.Posts++
			if err := visit.Sink.Accept(ctx, now); err != nil {
				return report, err
			}
		}
		looked[p.ID] = v.c.o.Now().Unix()
	}
	report.Entry.Capped = len(posts) > maxLooks
	return report, v.saveLooked(ctx, looked, revision)
}

// awaited says that the source's planned visit is due.
func (v *attempt) awaited() bool {
	next := v.entry.rec.NextAt
	return !next.IsZero() && !v.c.o.Now().Before(next)
}

func (v *attempt) lookedAt(ctx context.Context) (map[string]int64, uint64, error) {
	raw, revision, err := v.c.o.State.Load(ctx, watchState(v.source.ID))
	if err != nil {
		return nil, 0, told(huiying.Unavailable, "crawler.state_unread", err, v.source.ID, err.Error())
	}
	looked := map[string]int64{}
	if len(raw) > 0 {
		if err := json.Unmarshal(raw, &looked); err != nil {
			return nil, 0, told(huiying.Internal, "crawler.state_unread", err, v.source.ID, err.Error())
		}
	}
	return looked, revision, nil
}

func (v *attempt) watchList(looked map[string]int64) []huiying.Post {
	v.c.mu.Lock()
	posts := slices.Clone(v.c.watched[v.source.ID])
	v.c.mu.Unlock()
	slices.SortStableFunc(posts, func(a, b huiying.Post) int { return cmp.Compare(looked[a.ID], looked[b.ID]) })
	known := map[string]bool{}
	for _, p := range posts {
		known[p.ID] = true
	}
	for id := range looked {
		if !known[id] {
			delete(looked, id)
		}
	}
	return posts
}

func (v *attempt) saveLooked(ctx context.Context, looked map[string]int64, revision uint64) error {
	raw, err := json.Marshal(looked)
	if err != nil {
		return fmt.Errorf("write what was looked at: %w", err)
	}
	if _, err := v.c.o.State.Save(ctx, watchState(v.source.ID), raw, revision); err != nil {
		return fmt.Errorf("save what was looked at: %w", err)
	}
	return nil
}
