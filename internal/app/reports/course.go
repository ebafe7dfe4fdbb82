package reports

import (
	"cmp"
	"context"
	"slices"
	"time"

	"huiying"
	"huiying/internal/query"
	"huiying/internal/report/periodic"
	"huiying/internal/store"
	"huiying/internal/store/reports"
	"huiying/notifier/casework/machine"
)

// lately is the window by which the trend of an event is told.
const lately = 6 * time.Hour

// moment is when something was first, and of what.
type moment struct {
	at   time.Time
	what string
}

// course is how one event went.
type course struct {
	first map[string]moment // by the keys of periodic.Node
	last  moment
	level huiying.Level
	title string // of its first case
	posts []query.EffectPost
}

// note keeps the earliest moment of a key.
func (s *course) note(key string, at time.Time, what string) {
	if old, ok := s.first[key]; !at.IsZero() && (!ok || at.Before(old.at)) {
		s.first[key] = moment{at, what}
	}
}

func (s *course) post(c *count, p reports.Post) {
	s.opinion(p)
	s.note("first", p.Seen, p.Platform)
	switch periodic.SideOf(p.Verified) {
	case periodic.SideMedia:
		s.note("media", p.Seen, p.Platform)
	case periodic.SideOfficial:
		s.note("official", p.Seen, p.Platform)
	}
	if !p.Seen.Before(s.last.at) {
		s.last = moment{p.Seen, p.Platform}
	}
	s.level = huiying.MoreUrgent(s.level, p.Level)
	if p.Kind == "repost" {
		c.now.add("posts.reposted", p.ID)
	}
	switch since := c.end.Sub(p.Seen); {
	case since <= lately:
		c.now.add("posts.late", p.ID)
	case since <= 2*lately:
		c.now.add("posts.earlier", p.ID)
	}
}

func (s *course) handled(k huiying.Case, steps []huiying.Step) {
	if old, ok := s.first["case"]; !ok || k.OpenedAt.Before(old.at) {
		s.title = k.Title
	}
	s.note("case", k.OpenedAt, k.No)
	for _, step := range steps {
		if step.Action == machine.ActionPublish {
			s.note("answer", step.At, step.Payload[machine.FieldPlatform])
			return
		}
	}
}

// course tells how an event went, and judges trend and level by what was
// counted.
func (c *count) course(ctx context.Context, q store.Querier) error {
	if c.seen == nil {
		return nil
	}
	f, s := c.facts, c.seen
	for _, id := range []string{"posts.reposted", "posts.late", "posts.earlier"} {
		c.now.at(id)
	}
	most := -1
	for i, p := range f.Volume {
		if n := c.now.figures[p.Figure].N; n > 0 && (most < 0 || n > c.now.figures[f.Volume[most].Figure].N) {
			most = i
		}
	}
	if most >= 0 {
		s.first["peak"] = moment{at: f.Volume[most].From}
	}
	if !s.last.at.IsZero() {
		s.first["last"] = s.last
	}
	for key, m := range s.first {
		f.Nodes = append(f.Nodes, periodic.Node{At: m.at, Key: key, What: m.what})
	}
	slices.SortFunc(f.Nodes, func(a, b periodic.Node) int {
		if d := a.At.Compare(b.At); d != 0 {
			return d
		}
		return slices.Index(nodeOrder(), a.Key) - slices.Index(nodeOrder(), b.Key)
	})
	f.Trend, f.Level = trend(c.now.figures["posts.late"].N, c.now.figures["posts.earlier"].N), s.level
	if f.Level == "" {
		f.Level = huiying.LevelNone
	}
	f.Reasons = append(f.Reasons, "level", "critical")
	if c.now.figures["posts.side."+periodic.SideMedia].N > 0 {
		f.Reasons = append(f.Reasons, "media")
	} else {
		f.Reasons = append(f.Reasons, "no_media")
	}
	f.Reasons = append(f.Reasons, "overdue")
	var err error
	f.EventName, err = c.eventName(ctx, q)
	return err
}

// wordsOfName is how much of a post an event without a name is called by.
const wordsOfName = 24

// eventName is what a person named the event, else the title of its first case,
// else what its first post says, else its id: nothing of it was counted, or its
// words were removed.
func (c *count) eventName(ctx context.Context, q store.Querier) (string, error) {
	name, err := reports.RenamedEvent(ctx, q, c.ask.Event)
	if name = cmp.Or(name, cutTo(c.masked(c.seen.title), longestTitle)); err != nil || name != "" || len(c.seen.posts) == 0 {
		return cmp.Or(name, c.ask.Event), err
	}
	first := slices.MinFunc(c.seen.posts, func(a, b query.EffectPost) int {
		return cmp.Or(a.At.Compare(b.At), cmp.Compare(a.ID, b.ID))
	})
	said, err := reports.Judgements(ctx, q, []string{first.ID})
	if err != nil {
		return "", err
	}
	return cmp.Or(cutTo(c.words(said[first.ID]), wordsOfName), c.ask.Event), nil
}

func nodeOrder() []string {
	return []string{"first", "peak", "alert", "case", "media", "official", "answer", "last"}
}

// trend compares the last six hours with the six before: a fifth more or less,
// and more than two posts, is a change.
func trend(late, earlier int) string {
	switch {
	case late*5 > earlier*6 && late-earlier > 2:
		return periodic.Rising
	case earlier*5 > late*6 && earlier-late > 2:
		return periodic.Falling
	}
	return periodic.Steady
}
