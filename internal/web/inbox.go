package web

import (
	"cmp"
	"context"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"huiying"
	"huiying/internal/query"
	"huiying/internal/web/caseview"
	"huiying/internal/web/frame"
	"huiying/internal/web/start"
)

// InboxView is the queue of what is to be triaged and the item at hand.
type InboxView struct {
	Items  []InboxItem
	Total  int
	Chosen *InboxItem
	Next   string // key of the item after the chosen one
	Cases  []huiying.Case
	Units  []huiying.Unit
	People []huiying.Person
	Gaps   query.Gapped // of the last day
	Lead   start.Lead   // while nothing waits
	Undo   string       // key of the item that was set aside just now
	// Of a chosen case:
	Case    query.CasePage
	Choices []caseview.Choice
	// Of a chosen post:
	Post    query.PostPage
	Suggest caseview.Suggestion
}

// InboxItem is one line of the queue: a case nobody has triaged, or a tagged
// post without a case.
type InboxItem struct {
	Key      string // "case:HY…" or "post:weibo:…"
	Level    huiying.Level
	Title    string // of a case; a post shows its excerpt
	Row      query.PostRow
	Case     *huiying.Case
	At       time.Time
	Rules    []string
	Platform string
}

// queueLimit is how many items of each kind the queue shows.
const queueLimit = 100

func (s *Server) inbox(w http.ResponseWriter, r *http.Request) error {
	return s.showInbox(w, r, r.URL.Query().Get("item"), nil)
}

func (s *Server) showInbox(w http.ResponseWriter, r *http.Request, key string, problem error) error {
	v, err := s.queue(r.Context(), frame.Must(r))
	if err != nil {
		return err
	}
	if err := s.choose(r.Context(), frame.Must(r), &v, key); err != nil {
		return err
	}
	if v.Gaps, err = s.o.Views.Gaps(r.Context(), query.CoverageFilter{From: s.o.Now().Add(-24 * time.Hour)}); err != nil {
		return err
	}
	if len(v.Items) == 0 {
		if v.Lead, err = s.start.Lead(r.Context(), frame.Must(r)); err != nil {
			return err
		}
	}
	if undo := r.URL.Query().Get("undo"); problem == nil && strings.HasPrefix(undo, "post:") {
		v.Undo = undo
	}
	p := s.Base(r, "web.nav.inbox")
	p.Main, p.Problem = v, problem
	return s.Answer(w, r, "inbox", p)
}

// queue lists both kinds of items, the most urgent first and of one level the
// one that waits longest.
func (s *Server) queue(ctx context.Context, a query.Account) (v InboxView, err error) {
	pending, err := s.o.Views.Cases(ctx, query.CaseFilter{
		Scope: query.Scope{All: true}, States: []huiying.CaseState{huiying.StatePendingTriage}, Limit: queueLimit,
	})
	if err != nil {
		return v, err
	}
	tagged, err := s.o.Views.Posts(ctx, query.PostFilter{Scope: query.Scope{All: true}, Untended: true, Limit: queueLimit})
	if err != nil {
		return v, err
	}
	for _, c := range pending.Rows {
		v.Items = append(v.Items, InboxItem{Key: "case:" + c.No, Level: c.Level, Title: c.Title, Case: &c, At: c.OpenedAt})
	}
	for _, row := range tagged.Rows {
		v.Items = append(v.Items, postItem(row))
	}
	v.Total = pending.Total + tagged.Total
	slices.SortStableFunc(v.Items, func(x, y InboxItem) int {
		return cmp.Or(cmp.Compare(y.Level.Rank(), x.Level.Rank()), x.At.Compare(y.At))
	})
	return v, s.formLists(ctx, &v)
}

func postItem(row query.PostRow) InboxItem {
	item := InboxItem{
		Key: "post:" + row.Judgement.Post.ID, Level: row.Judgement.Level, Row: row, At: row.FirstSeenAt, Platform: row.Judgement.Post.Platform,
	}
	for _, t := range row.Judgement.Tags {
		item.Rules = append(item.Rules, cmp.Or(t.Name, t.Rule))
	}
	return item
}

// formLists reads what the forms choose from.
func (s *Server) formLists(ctx context.Context, v *InboxView) (err error) {
	if v.Units, err = s.o.Units(ctx); err != nil {
		return err
	}
	if v.People, err = s.colleagues(ctx); err != nil {
		return err
	}
	open, err := s.o.Views.Cases(ctx, query.CaseFilter{Scope: query.Scope{All: true}, Open: true, Limit: queueLimit})
	v.Cases = open.Rows
	return err
}

// choose loads the item of the key, or the first one.
func (s *Server) choose(ctx context.Context, a query.Account, v *InboxView, key string) error {
	if len(v.Items) == 0 {
		return nil
	}
	i := max(slices.IndexFunc(v.Items, func(item InboxItem) bool { return item.Key == key }), 0)
	v.Chosen = &v.Items[i]
	if len(v.Items) > 1 {
		v.Next = v.Items[(i+1)%len(v.Items)].Key
	}
	var err error
	if c := v.Chosen.Case; c != nil {
		if v.Case, err = s.o.Views.Case(ctx, query.Scope{All: true}, c.No); err != nil {
			return err
		}
		v.Choices = caseview.Choices(v.Case.Case, s.o.Cases.Choices(v.Case.Case, a.Actor()))
		if len(v.Case.Posts) > 0 {
			v.Suggest = caseview.Suggest(v.Case.Posts[0].Judgement, v.Units)
		}
		return nil
	}
	if v.Post, err = s.o.Views.Post(ctx, query.Scope{All: true}, v.Chosen.Row.Judgement.Post.ID); err != nil {
		return err
	}
	v.Suggest = caseview.Suggest(v.Post.Judgement, v.Units)
	return nil
}

// triage does what the form of the inbox asks and goes on to the next item.
func (s *Server) triage(w http.ResponseWriter, r *http.Request) error {
	key := r.PostFormValue("item")
	did, err := s.decide(r, key)
	if err != nil {
		if frame.Ours(err) {
			return err
		}
		return s.showInbox(w, r, key, err)
	}
	q := url.Values{"done": {did}}
	switch did {
	case query.AsideFalseAlarm, query.AsideWatch:
		q.Set("undo", key)
	case undone:
		q.Set("item", key)
		return frame.Done(w, r, "/inbox?"+q.Encode())
	}
	if next := r.PostFormValue("next"); next != "" && next != key {
		q.Set("item", next)
	}
	return frame.Done(w, r, "/inbox?"+q.Encode())
}

// undone is what is told of a decision that was taken back.
const undone = "undone"

// decide takes the one step a triage form asks for; did names it.
func (s *Server) decide(r *http.Request, key string) (did string, err error) {
	a := frame.Must(r)
	if no, ok := strings.CutPrefix(key, "case:"); ok {
		cmd, err := command(r, no, a)
		if err == nil {
			_, err = s.o.Cases.Do(r.Context(), cmd)
		}
		return cmd.Action, err
	}
	id, ok := strings.CutPrefix(key, "post:")
	if !ok {
		return "", huiying.Errorf(huiying.Invalid, "web.error.no_item")
	}
	switch action := r.PostFormValue("action"); action {
	case "open":
		_, err = s.o.Triage.Open(r.Context(), query.Opening{
			Post: id, Actor: a.Actor(), Unit: r.PostFormValue("unit"), Owner: r.PostFormValue("owner"),
			Level: huiying.Level(r.PostFormValue("level")), Note: r.PostFormValue("note"),
		})
		return action, err
	case "attach_mention":
		_, err = s.o.Cases.Do(r.Context(), huiying.Command{
			CaseNo: r.PostFormValue("case"), Action: action, Actor: a.Actor(), Fields: map[string]string{"post": id},
		})
		return action, err
	case "undo":
		return undone, s.o.Triage.TakeBack(r.Context(), id, a.Actor())
	case query.AsideFalseAlarm, query.AsideWatch:
		return action, s.o.Triage.SetAside(r.Context(), query.Aside{Post: id, Actor: a.Actor(), Reason: action})
	}
	return "", huiying.Errorf(huiying.Invalid, "web.error.no_action")
}

// command reads a step of a case from a form.
func command(r *http.Request, no string, a query.Account) (huiying.Command, error) {
	if err := r.ParseForm(); err != nil {
		return huiying.Command{}, err
	}
	version, err := strconv.Atoi(r.PostFormValue("version"))
	if err != nil {
		return huiying.Command{}, huiying.Errorf(huiying.Invalid, "web.error.no_version")
	}
	return huiying.Command{
		CaseNo: no, Action: r.PostFormValue("action"), Actor: a.Actor(), Version: version, Fields: caseview.Fields(r.PostForm),
	}, nil
}
