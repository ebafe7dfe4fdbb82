// Package chosen is the page of posts that were ticked in the stream: they are
// added to an event, or quoted in the draft of a report. It decides nothing by
// itself and shows no posts but those that were ticked.
package chosen

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"huiying"
	"huiying/internal/query"
	"huiying/internal/web/api"
	"huiying/internal/web/events"
	"huiying/internal/web/frame"
)

// Views reads posts.
type Views interface {
	Posts(ctx context.Context, f query.PostFilter) (query.PostList, error)
}

// Options is what the page works with; all are required.
type Options struct {
	Frame   *frame.Frame
	Views   Views
	Topics  api.Topics
	Open    func(ctx context.Context) ([]events.Row, error) // the open events, the one used last first
	Reports api.Reports
}

// Pages answers the page.
type Pages struct {
	*frame.Frame
	o Options
}

// New makes the page.
func New(o Options) *Pages { return &Pages{o.Frame, o} }

// View is the page.
type View struct {
	Posts  []query.PostRow
	Gone   int      // of those that were ticked, no longer there
	Mute   []string // sources of the posts
	Events []events.Row
	Drafts []query.Report
	Event  string // that was chosen in a form that was refused
	Draft  string
}

// Show shows the posts that the address names.
func (p *Pages) Show(w http.ResponseWriter, r *http.Request) error {
	return p.show(w, r, r.URL.Query()["pick"], nil)
}

// mostDrafts is how many drafts of reports are offered.
const mostDrafts = 50

func (p *Pages) show(w http.ResponseWriter, r *http.Request, picked []string, problem error) error {
	picked = slices.Compact(slices.Sorted(slices.Values(picked)))
	if len(picked) == 0 || len(picked) > query.MaxInbox {
		return huiying.Errorf(huiying.Invalid, "inbox.many", query.MaxInbox)
	}
	list, err := p.o.Views.Posts(r.Context(), query.PostFilter{Scope: query.Scope{All: true}, IDs: picked, Limit: query.MaxInbox})
	if err != nil {
		return err
	}
	v := View{Posts: list.Rows, Gone: len(picked) - len(list.Rows), Event: r.PostFormValue("event"), Draft: r.PostFormValue("draft")}
	for _, row := range v.Posts {
		v.Mute = append(v.Mute, row.Judgement.Post.Source)
	}
	slices.Sort(v.Mute)
	v.Mute = slices.Compact(v.Mute)
	if v.Events, err = p.o.Open(r.Context()); err != nil && huiying.ErrorCode(err) != huiying.Unavailable {
		return err // where nobody gathers posts there are no events
	}
	drafts, err := p.o.Reports.List(r.Context(), frame.Must(r), query.ReportFilter{State: query.ReportDraft, Limit: mostDrafts})
	if err != nil {
		return err
	}
	v.Drafts = drafts.Rows
	page := p.Base(r, "web.chosen.title")
	page.Main, page.Problem = v, problem
	return p.Answer(w, r, "chosen", page)
}

// Do adds the posts to the event or the draft that was chosen.
func (p *Pages) Do(w http.ResponseWriter, r *http.Request) error {
	if err := r.ParseForm(); err != nil {
		return huiying.Errorf(huiying.Invalid, "web.error.no_action")
	}
	var to string
	var err error
	switch r.PostFormValue("action") {
	case "event":
		to, err = p.join(r)
	case "report":
		to, err = p.quote(r)
	default:
		err = huiying.Errorf(huiying.Invalid, "web.error.no_action")
	}
	switch {
	case err == nil:
		return frame.Done(w, r, to)
	case frame.Ours(err):
		return err
	}
	return p.show(w, r, r.PostForm["pick"], err)
}

// join adds the posts to an event and says where it is shown.
func (p *Pages) join(r *http.Request) (to string, err error) {
	event := r.PostFormValue("event")
	if event == "" {
		return "", huiying.Errorf(huiying.Invalid, "web.chosen.no_event")
	}
	id, err := p.o.Topics.Decide(r.Context(), query.NewTopicDecision{
		Action: huiying.TopicAdded, Topic: event, Posts: r.PostForm["pick"], Actor: frame.Must(r).Actor(),
	})
	return "/events/" + url.PathEscape(id) + "?done=event_added", err
}

// quote has a draft quote the posts. The form names the version of the draft
// that was offered: one that has changed since is looked at first.
func (p *Pages) quote(r *http.Request) (to string, err error) {
	version, id, ok := strings.Cut(r.PostFormValue("draft"), " ")
	n, errVersion := strconv.Atoi(version)
	if !ok || errVersion != nil {
		return "", huiying.Errorf(huiying.Invalid, "web.chosen.no_draft")
	}
	_, err = p.o.Reports.Do(r.Context(), query.ReportDo{
		Account: frame.Must(r), ID: id, Version: n, Action: query.ReportAdd, Posts: r.PostForm["pick"],
	})
	return "/reports/" + url.PathEscape(id) + "?done=report_add", err
}
