package events

import (
	"context"
	"strconv"
	"time"

	"huiying"
	"huiying/internal/query"
	"huiying/internal/web/chart"
	"huiying/internal/web/study"
)

// Studies reads topics as a whole and keeps what officers add to them.
type Studies interface {
	Study(ctx context.Context, scope query.Scope, topic string) (query.Study, error)
	Past(ctx context.Context, not string) ([]query.PastTopic, error)
	Pin(ctx context.Context, topic, post string, pinned bool, by huiying.Actor) error
	Summarise(ctx context.Context, n query.NewTopicSummary) error
}

// Whole is an event as a whole, of the window that was asked for.
type Whole struct {
	Studied    query.Study
	All        int // posts of the event, whenever
	N          int // of the window
	Flow       study.Trend
	Curve      chart.Curve
	Phases     []study.Phase
	Steps      []study.Step
	Replies    []study.Reply
	Reply      time.Time // the first answer in the window
	Platforms  []study.Share
	Tones      []study.Share
	Key        []study.Spreading
	Viewpoints []study.Viewpoint
	Words      study.Words
	Around     Around
	Said       map[string]*query.PostRow // what the posts say that are shown
	Pinned     map[string]bool
	listed     []query.StudyPost
}

// Summary is what an officer wrote last; nil when nobody did.
func (w Whole) Summary() *query.TopicSummary {
	if len(w.Studied.Summary) == 0 || w.Studied.Summary[0].Of != "" {
		return nil
	}
	return &w.Studied.Summary[0]
}

// Earlier are the versions before it, and those of topics that were merged into
// this one.
func (w Whole) Earlier() []query.TopicSummary {
	if w.Summary() == nil {
		return w.Studied.Summary
	}
	return w.Studied.Summary[1:]
}

// Read is the version of the summary that is shown.
func (w Whole) Read() int {
	if s := w.Summary(); s != nil {
		return s.Version
	}
	return 0
}

// whole computes an event from its posts.
func (s *Pages) whole(st query.Study, a Address) Whole {
	posts := study.Within(st.Posts, a.Window)
	w := Whole{Studied: st, All: len(st.Posts), N: len(posts), Pinned: map[string]bool{}, Replies: study.Replies(st.Cases, a.Window)}
	if len(w.Replies) > 0 {
		w.Reply = w.Replies[0].At
	}
	w.Flow = study.TrendOf(posts, w.Replies, s.o.Zone)
	w.Curve, w.Phases = s.curve(w.Flow), study.Phases(w.Flow)
	until := s.o.Now()
	if !a.To.IsZero() && a.To.Before(until) {
		until = a.To
	}
	if st.More && len(st.Posts) > 0 {
		until = st.Posts[len(st.Posts)-1].At // what came later was not studied
	}
	w.Steps = study.Timeline(study.Course{Posts: posts, Trend: w.Flow, Replies: w.Replies, Pins: st.Pins, Until: until})
	for _, p := range st.Pins {
		w.Pinned[p.Post] = true
	}
	w.Platforms, w.Tones, w.Key = study.Platforms(posts), study.Tones(posts), study.KeyPosts(posts)
	w.Viewpoints, w.Words = study.Viewpoints(posts), study.WordsAround(posts, w.Reply)
	w.listed = study.Picked(posts, a.Choice, w.Viewpoints, w.Reply)
	return w
}

// shown are the posts whose words the page shows.
func (w Whole) shown() (ids []string) {
	for _, st := range w.Steps {
		ids = append(ids, st.Post)
	}
	for _, k := range w.Key {
		ids = append(ids, k.Post)
	}
	for _, v := range w.Viewpoints {
		ids = append(ids, v.Typical)
	}
	return ids
}

// curve is the trend as it is drawn.
func (s *Pages) curve(t study.Trend) chart.Curve {
	c := chart.Curve{Lines: []chart.Line{{Key: "posts"}, {Key: "negative"}}}
	for i, b := range t.Buckets {
		from := b.From.In(s.o.Zone)
		layout := "01-02 15:04"
		if t.Width >= 24*time.Hour {
			layout = "01-02"
		}
		c.Labels, c.Edges = append(c.Labels, from.Format(layout)), append(c.Edges, from.Format(fieldTime))
		c.Lines[0].Data, c.Lines[1].Data = append(c.Lines[0].Data, b.N), append(c.Lines[1].Data, b.Negative)
		if b.Replies > 0 {
			c.Marks = append(c.Marks, i)
		}
	}
	if len(c.Edges) > 0 {
		c.Edges = append(c.Edges, t.End().In(s.o.Zone).Format(fieldTime))
	}
	return c
}

// Compared is the event beside another.
type Compared struct {
	Other   Row
	Aligned study.Aligned
	Curve   chart.Curve
	Ours    study.Numbers
	Theirs  study.Numbers
	Hours   int  // of one stretch
	More    bool // the other has more posts than are studied
}

// compared lays an event beside another, which is read whole.
func (s *Pages) compared(ctx context.Context, scope query.Scope, w Whole, a Address) (*Compared, error) {
	other, err := s.o.Studies.Study(ctx, scope, a.With)
	if err != nil || len(other.Posts) == 0 {
		return nil, err
	}
	posts := study.Within(w.Studied.Posts, a.Window)
	c := &Compared{Aligned: study.Align(posts, other.Posts), More: other.More}
	c.Hours = int(c.Aligned.Width / time.Hour)
	c.Ours = study.NumbersOf(posts, w.Replies, len(w.Studied.Cases), c.Aligned.Width)
	c.Theirs = study.NumbersOf(other.Posts, study.Replies(other.Cases, study.Window{}), len(other.Cases), c.Aligned.Width)
	c.Curve.Lines = []chart.Line{{Key: "this", Data: c.Aligned.A}, {Key: "other", Data: c.Aligned.B}}
	for i := range c.Aligned.A {
		c.Curve.Labels = append(c.Curve.Labels, strconv.Itoa(i*c.Hours))
	}
	topic := query.Topic{ID: a.With, Size: len(other.Posts), Typical: other.Posts[0].ID}
	if open, err := s.o.Topics.Topic(ctx, a.With); err == nil && open.ID == a.With {
		topic.Title = open.Title
	} else if err != nil && huiying.ErrorCode(err) != huiying.NotFound {
		return nil, err
	}
	rows, err := s.rows(ctx, []query.Topic{topic}, byHours)
	if err != nil {
		return nil, err
	}
	c.Other = rows[0]
	return c, nil
}

// past are the events that can be compared with.
func (s *Pages) past(ctx context.Context, id string) ([]Row, error) {
	list, err := s.o.Studies.Past(ctx, id)
	if err != nil {
		return nil, err
	}
	topics := make([]query.Topic, len(list))
	for i, p := range list {
		topics[i] = query.Topic{ID: p.ID, Title: p.Title, Size: p.Size, Typical: p.First}
	}
	return s.rows(ctx, topics, byHours)
}
