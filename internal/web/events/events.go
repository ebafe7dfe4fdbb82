// Package events is the pages about events (事件): the matters that posts are
// gathered into, how each has gone, and the forms by which people merge, split
// and name them. It gathers nothing itself and shows no person.
package events

import (
	"cmp"
	"context"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"huiying"
	"huiying/internal/query"
	"huiying/internal/web/api"
	"huiying/internal/web/door"
	"huiying/internal/web/frame"
)

// Views reads posts.
type Views interface {
	Posts(ctx context.Context, f query.PostFilter) (query.PostList, error)
}

// Options is what the pages work with; all are required.
type Options struct {
	Frame  *frame.Frame
	Views  Views
	Topics api.Topics
	Now    func() time.Time
}

// Pages answers the pages.
type Pages struct {
	*frame.Frame
	o Options
}

// New makes the pages.
func New(o Options) *Pages { return &Pages{o.Frame, o} }

// Row is one event as it is listed.
type Row struct {
	query.Topic
	Post  *query.PostRow // the most typical; nil when it is not archived
	Trend Trend
}

// ListView is the list of open events.
type ListView struct {
	Rows []Row
	May  bool // whoever looks may decide
}

// List shows the open events, the one with the most posts of the last 24 hours
// first.
func (s *Pages) List(w http.ResponseWriter, r *http.Request) error {
	list, err := s.o.Topics.Topics(r.Context())
	if err != nil {
		return err
	}
	slices.SortStableFunc(list, func(a, b query.Topic) int {
		return cmp.Or(cmp.Compare(lately(b), lately(a)), b.Last.Compare(a.Last))
	})
	rows, err := s.rows(r.Context(), list, byDay)
	if err != nil {
		return err
	}
	p := s.Base(r, "web.nav.events")
	p.Main = ListView{Rows: rows, May: door.Triagers().Lets(frame.Must(r))}
	return s.Show(w, r, http.StatusOK, "events", p)
}

// lately is how many posts an event had in the last 24 hours.
func lately(t query.Topic) int { return sum(t.Hours[max(0, len(t.Hours)-byDay):]) }

// rows adds to events what their most typical posts say.
func (s *Pages) rows(ctx context.Context, list []query.Topic, every int) ([]Row, error) {
	var ids []string
	for _, t := range list {
		if t.Typical != "" {
			ids = append(ids, t.Typical)
		}
	}
	said := map[string]*query.PostRow{}
	for part := range slices.Chunk(ids, most) {
		posts, err := s.o.Views.Posts(ctx, query.PostFilter{Scope: query.Scope{All: true}, IDs: part, Limit: most})
		if err != nil {
			return nil, err
		}
		for i := range posts.Rows {
			said[posts.Rows[i].Judgement.Post.ID] = &posts.Rows[i]
		}
	}
	rows := make([]Row, 0, len(list))
	for _, t := range list {
		rows = append(rows, Row{t, said[t.Typical], s.trend(t, every)})
	}
	return rows, nil
}

// most is how many posts are asked for at once.
const most = 200

// View is one event.
type View struct {
	Row
	Closed    bool // it takes no more posts, and nothing can be decided of it
	List      query.PostList
	Decisions []query.TopicDecision
	Others    []Row // that may be merged into it
	May       bool
	Next      string
	Took      map[string]bool // posts that were ticked in the form that was sent
	Title     string          // that was written there
}

// Event shows one event.
func (s *Pages) Event(w http.ResponseWriter, r *http.Request) error { return s.show(w, r, nil) }

// show shows one event, with what is wrong with the form that was sent.
func (s *Pages) show(w http.ResponseWriter, r *http.Request, problem error) error {
	id := r.PathValue("id")
	topic, err := s.o.Topics.Topic(r.Context(), id)
	closed := huiying.ErrorCode(err) == huiying.NotFound
	switch {
	case closed:
		topic = query.Topic{ID: id}
	case err != nil:
		return err
	case topic.ID != id: // merged into another
		http.Redirect(w, r, "/events/"+topic.ID, http.StatusSeeOther)
		return nil
	}
	v := View{Closed: closed, May: door.Triagers().Lets(frame.Must(r)) && !closed, Title: r.PostFormValue("title"), Took: map[string]bool{}}
	for _, post := range r.PostForm["post"] {
		v.Took[post] = true
	}
	if err := s.fill(r, topic, &v); err != nil {
		return err
	}
	if closed && len(v.List.Rows) == 0 {
		return huiying.Errorf(huiying.NotFound, "cluster.no_event", id)
	}
	p := s.Base(r, "web.event.title")
	p.Main, p.Problem = v, problem
	return s.Answer(w, r, "event", p)
}

// fill reads what the page shows of an event.
func (s *Pages) fill(r *http.Request, topic query.Topic, v *View) (err error) {
	before, _ := strconv.ParseInt(r.URL.Query().Get("before"), 10, 64) // what is no number is the first page
	f := query.PostFilter{Scope: query.Scope{All: true}, Topic: topic.ID, Before: before, Limit: most}
	if v.List, err = s.o.Views.Posts(r.Context(), f); err != nil {
		return err
	}
	if v.List.Next > 0 {
		v.Next = "/events/" + topic.ID + "?before=" + strconv.FormatInt(v.List.Next, 10)
	}
	if v.Decisions, err = s.o.Topics.Decisions(r.Context(), topic.ID); err != nil {
		return err
	}
	others := []query.Topic{}
	if v.May {
		all, err := s.o.Topics.Topics(r.Context())
		if err != nil {
			return err
		}
		others = slices.DeleteFunc(all, func(t query.Topic) bool { return t.ID == topic.ID })
	}
	rows, err := s.rows(r.Context(), append([]query.Topic{topic}, others...), byHours)
	if err != nil {
		return err
	}
	v.Row, v.Others = rows[0], rows[1:]
	return nil
}

// Decide carries out what a person decided.
func (s *Pages) Decide(w http.ResponseWriter, r *http.Request) error {
	d := query.NewTopicDecision{
		Action: r.PostFormValue("action"), Topic: r.PathValue("id"), From: r.PostFormValue("from"),
		Title: strings.TrimSpace(r.PostFormValue("title")), Actor: frame.Must(r).Actor(),
	}
	d.Posts = r.PostForm["post"]
	id, err := s.o.Topics.Decide(r.Context(), d)
	switch {
	case err == nil:
		return frame.Done(w, r, "/events/"+id+"?done=event_"+d.Action)
	case frame.Ours(err):
		return err
	}
	return s.show(w, r, err)
}
