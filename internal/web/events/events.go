// Package events is the pages about events (事件): the matters that posts are
// gathered into, how each has gone, and the forms by which people merge, split,
// name, pin and sum up. It gathers nothing itself and shows no person.
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
	Frame           *frame.Frame
	Views           Views
	Topics          api.Topics
	Studies         Studies
	Interpretations Interpretations
	Zone            *time.Location
	Now             func() time.Time
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
	slices.SortStableFunc(list, byLately)
	rows, err := s.rows(r.Context(), list, byDay)
	if err != nil {
		return err
	}
	p := s.Base(r, "web.nav.events")
	p.Main = ListView{Rows: rows, May: door.Triagers().Lets(frame.Must(r))}
	return s.Show(w, r, http.StatusOK, "events", p)
}

// Hot are the open events with the most posts of the last 24 hours, as far as
// they have any.
func (s *Pages) Hot(ctx context.Context, most int) ([]Row, error) {
	list, err := s.o.Topics.Topics(ctx)
	if err != nil {
		if huiying.ErrorCode(err) == huiying.Unavailable { // nobody gathers posts here
			return nil, nil
		}
		return nil, err
	}
	list = slices.DeleteFunc(list, func(t query.Topic) bool { return lately(t) == 0 })
	slices.SortStableFunc(list, byLately)
	return s.rows(ctx, list[:min(len(list), most)], byDay)
}

// Open are the open events, the one used last first.
func (s *Pages) Open(ctx context.Context) ([]Row, error) {
	list, err := s.o.Topics.Topics(ctx)
	if err != nil {
		return nil, err
	}
	return s.rows(ctx, list, byDay)
}

// byLately puts the event first that had the most posts lately.
func byLately(a, b query.Topic) int {
	return cmp.Or(cmp.Compare(lately(b), lately(a)), b.Last.Compare(a.Last))
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
	said, err := s.said(ctx, ids)
	if err != nil {
		return nil, err
	}
	rows := make([]Row, 0, len(list))
	for _, t := range list {
		rows = append(rows, Row{t, said[t.Typical], s.trend(t, every)})
	}
	return rows, nil
}

// said reads posts by id.
func (s *Pages) said(ctx context.Context, ids []string) (map[string]*query.PostRow, error) {
	ids = slices.Clone(ids)
	slices.Sort(ids)
	ids = slices.DeleteFunc(slices.Compact(ids), func(id string) bool { return id == "" })
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
	return said, nil
}

// most is how many posts are asked for at once.
const most = 200

// View is one event.
type View struct {
	Row
	Whole
	Here      Address
	Closed    bool // it takes no more posts, and nothing can be decided of it
	List      query.PostList
	Decisions []query.TopicDecision
	Others    []Row // that may be merged into it
	Past      []Row // that it may be compared with
	Compared  *Compared
	May       bool // whoever looks may decide
	Writes    bool // and pin and sum up, also of a closed one
	Next      string
	Took      map[string]bool // posts that were ticked in the form that was sent
	Title     string          // that was written there
	Written   string          // the summary that was
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
	writes := door.Triagers().Lets(frame.Must(r))
	v := View{
		Here: s.address(r), Closed: closed, May: writes && !closed, Writes: writes,
		Title: r.PostFormValue("title"), Written: r.PostFormValue("summary"), Took: map[string]bool{},
	}
	for _, post := range r.PostForm["post"] {
		v.Took[post] = true
	}
	if err := s.fill(r, topic, &v); err != nil {
		return err
	}
	if closed && v.All == 0 {
		return huiying.Errorf(huiying.NotFound, "cluster.no_event", id)
	}
	p := s.Base(r, "web.event.title")
	p.Main, p.Problem = v, problem
	return s.Answer(w, r, "event", p)
}

func (s *Pages) address(r *http.Request) Address {
	return readAddress("/events/"+r.PathValue("id"), r.URL.Query(), s.o.Zone)
}

// fill reads what the page shows of an event: at the same time its posts, what
// was decided of it, and the other events; each goes into fields of its own.
func (s *Pages) fill(r *http.Request, topic query.Topic, v *View) error {
	parts := []func(context.Context) error{
		func(ctx context.Context) error { return s.study(ctx, frame.Must(r).Scope(), topic.ID, v) },
		func(ctx context.Context) (err error) {
			v.Decisions, err = s.o.Topics.Decisions(ctx, topic.ID)
			return err
		},
	}
	row := func(ctx context.Context) error { return s.row(ctx, topic, v) }
	if !v.Closed {
		return frame.Together(r.Context(), append(parts, row)...)
	}
	if err := frame.Together(r.Context(), parts...); err != nil {
		return err
	}
	topic.Title, topic.Typical = named(v.Decisions, topic.ID), firstOf(v.Studied)
	return row(r.Context())
}

// study reads an event from its posts, and beside it those that it is compared
// with.
func (s *Pages) study(ctx context.Context, scope query.Scope, id string, v *View) error {
	studied, err := s.o.Studies.Study(ctx, scope, id)
	if err != nil {
		return err
	}
	v.Whole = s.whole(studied, v.Here)
	if err := s.around(ctx, id, &v.Whole, v.Here); err != nil {
		return err
	}
	if err := s.list(ctx, v); err != nil {
		return err
	}
	if v.Here.With != "" {
		if v.Compared, err = s.compared(ctx, scope, v.Whole, v.Here); err != nil {
			return err
		}
	}
	if v.Here.Beside {
		v.Past, err = s.past(ctx, id)
	}
	return err
}

// named is what people called a closed event last.
func named(list []query.TopicDecision, id string) (title string) {
	for _, d := range list {
		if d.Topic == id && d.Title != "" {
			title = d.Title
		}
	}
	return title
}

func firstOf(s query.Study) string {
	if len(s.Posts) == 0 {
		return ""
	}
	return s.Posts[0].ID
}

// list reads the posts that are listed and those whose words are shown.
func (s *Pages) list(ctx context.Context, v *View) (err error) {
	ids, next := page(v.listed, v.Here.Before)
	if v.Said, err = s.said(ctx, append(v.shown(), ids...)); err != nil {
		return err
	}
	v.List.Total = len(v.listed)
	for _, id := range ids {
		if row := v.Said[id]; row != nil {
			v.List.Rows = append(v.List.Rows, *row)
		}
	}
	if next > 0 {
		v.Next = v.Here.Older(next)
	}
	return nil
}

// row is the event itself, and the others that it may be merged with.
func (s *Pages) row(ctx context.Context, topic query.Topic, v *View) error {
	others := []query.Topic{}
	if v.May {
		all, err := s.o.Topics.Topics(ctx)
		if err != nil {
			return err
		}
		others = slices.DeleteFunc(all, func(t query.Topic) bool { return t.ID == topic.ID })
	}
	rows, err := s.rows(ctx, append([]query.Topic{topic}, others...), byHours)
	if err != nil {
		return err
	}
	v.Row, v.Others = rows[0], rows[1:]
	return nil
}

// Decide carries out what a person decided, pinned or wrote.
func (s *Pages) Decide(w http.ResponseWriter, r *http.Request) error {
	here, err := s.decide(r)
	switch {
	case err == nil:
		return frame.Done(w, r, here)
	case frame.Ours(err):
		return err
	}
	return s.show(w, r, err)
}

// decide does what a form asks for and says where to go on.
func (s *Pages) decide(r *http.Request) (to string, err error) {
	action, id, by := r.PostFormValue("action"), r.PathValue("id"), frame.Must(r).Actor()
	here := s.address(r)
	switch action {
	case "pin", "unpin":
		return here.Done("event_" + action), s.o.Studies.Pin(r.Context(), id, r.PostFormValue("pin"), action == "pin", by)
	case "link", "unlink":
		return here.Done("event_" + action), s.interpret(r, action, id)
	case "summary":
		read, err := strconv.Atoi(r.PostFormValue("read"))
		if err != nil {
			return "", huiying.Errorf(huiying.Conflict, "study.summary_changed")
		}
		return here.Done("event_summary"), s.o.Studies.Summarise(r.Context(), query.NewTopicSummary{
			Topic: id, Text: r.PostFormValue("summary"), Read: read, Actor: by,
		})
	}
	id, err = s.o.Topics.Decide(r.Context(), query.NewTopicDecision{
		Action: action, Topic: id, From: r.PostFormValue("from"), Posts: r.PostForm["post"],
		Title: strings.TrimSpace(r.PostFormValue("title")), Actor: by,
	})
	return "/events/" + id + "?done=event_" + action, err
}
