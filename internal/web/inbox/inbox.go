// Package inbox is the page of what waits for triage: the queue, the item at
// hand with the steps that decide on it, what is put off, who else has it open,
// and one decision on several. A step of a case is the case machine's; the page
// decides nothing by itself, and reading it changes nothing.
package inbox

import (
	"cmp"
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"huiying"
	"huiying/internal/query"
	"huiying/internal/web/api"
	"huiying/internal/web/caseview"
	"huiying/internal/web/frame"
	"huiying/internal/web/start"
)

// Views is what the page reads.
type Views interface {
	Posts(ctx context.Context, f query.PostFilter) (query.PostList, error)
	Post(ctx context.Context, s query.Scope, id string) (query.PostPage, error)
	api.CaseViews
	Gaps(ctx context.Context, f query.CoverageFilter) (query.Gapped, error)
}

// Triage deals with tagged posts that have no case.
type Triage interface {
	Open(ctx context.Context, o query.Opening) (huiying.Case, error)
	SetAside(ctx context.Context, a query.Aside) error
	TakeBack(ctx context.Context, post string, by huiying.Actor) error
}

// Options is what the page works with; all are required.
type Options struct {
	Frame  *frame.Frame
	Views  Views
	Cases  api.Cases
	Triage Triage
	Inbox  api.Inbox
	Lists  func(r *http.Request) (caseview.Lists, error) // of the forms' selects
	Lead   func(ctx context.Context, who query.Account) (start.Lead, error)
	Zone   *time.Location
	Now    func() time.Time
}

// Pages answers the page.
type Pages struct {
	*frame.Frame
	o Options
}

// New makes the page.
func New(o Options) *Pages { return &Pages{o.Frame, o} }

// View is the queue of what is to be triaged and the item at hand.
type View struct {
	Items    []Item // what is next
	Later    []Item // what is put off, the first to come back first
	LaterRed int    // of those put off
	Total    int    // of all, put off or not
	Chosen   *Item
	Next     string // key of the item after the chosen one
	Cases    []huiying.Case
	Units    []huiying.Unit
	People   []huiying.Person
	Gaps     query.Gapped // of the last day
	Lead     start.Lead   // while nothing waits
	Undo     string       // key of the item that was set aside just now
	Until    []query.LaterChoice
	Me       string
	// Of a chosen case:
	Case    query.CasePage
	Choices []caseview.Choice
	// Of a chosen post:
	Post    query.PostPage
	Suggest caseview.Suggestion
}

// Item is one line of the queue: a case nobody has triaged, or a tagged
// post without a case.
type Item struct {
	Key      string // "case:HY…" or "post:weibo:…"
	Seen     string // version of the case, revision of the post
	Level    huiying.Level
	Title    string // of a case; a post shows its excerpt
	Row      query.PostRow
	Case     *huiying.Case
	At       time.Time
	Rules    []string
	Platform string

	Off     *query.Later   // it is put off
	Back    *query.Later   // it was, and is back
	Changed bool           // it is back because it is no longer what it was
	Open    []query.Holder // others who have it open
}

// queueLimit is how many items of each kind the queue shows.
const queueLimit = 100

// Show shows the queue and the item that the address names.
func (p *Pages) Show(w http.ResponseWriter, r *http.Request) error {
	return p.show(w, r, r.URL.Query().Get("item"), nil)
}

func (p *Pages) show(w http.ResponseWriter, r *http.Request, key string, problem error) error {
	v, err := p.queue(r)
	if err != nil {
		return err
	}
	if err := p.choose(r.Context(), frame.Must(r), &v, key); err != nil {
		return err
	}
	if v.Total == 0 {
		if v.Lead, err = p.o.Lead(r.Context(), frame.Must(r)); err != nil {
			return err
		}
	}
	if undo := r.URL.Query().Get("undo"); problem == nil && strings.HasPrefix(undo, "post:") {
		v.Undo = undo
	}
	page := p.Base(r, "web.nav.inbox")
	page.Main, page.Problem = v, problem
	return p.Answer(w, r, "inbox", page)
}

// queue lists both kinds of items, the most urgent first and of one level the
// one that waits longest; what was put off and is back stands before them.
func (p *Pages) queue(r *http.Request) (v View, err error) {
	ctx, all := r.Context(), query.Scope{All: true}
	v.Me, v.Until = frame.Must(r).Person.ID, query.LaterChoices(p.o.Now().In(p.o.Zone))
	var pending query.CaseList
	var tagged query.PostList
	var standing query.InboxStanding
	err = frame.Together(ctx,
		func(ctx context.Context) (err error) {
			pending, err = p.o.Views.Cases(ctx, query.CaseFilter{Scope: all, States: []huiying.CaseState{huiying.StatePendingTriage}, Limit: queueLimit})
			return err
		},
		func(ctx context.Context) (err error) {
			tagged, standing, err = p.untended(ctx)
			return err
		},
		func(ctx context.Context) (err error) {
			v.Gaps, err = p.o.Views.Gaps(ctx, query.CoverageFilter{From: p.o.Now().Add(-24 * time.Hour)})
			return err
		},
		func(ctx context.Context) error { return p.formLists(r.WithContext(ctx), &v) },
	)
	if err != nil {
		return v, err
	}
	v.Total = pending.Total + tagged.Total
	for _, c := range pending.Rows {
		v.add(Item{Key: "case:" + c.No, Seen: api.VersionSeen(c), Level: c.Level, Title: c.Title, Case: &c, At: c.OpenedAt}, standing, p.o.Now())
	}
	for _, row := range tagged.Rows {
		v.add(postItem(row), standing, p.o.Now())
	}
	v.sort()
	return v, nil
}

// untended are the tagged posts without a case, and what stands over the queue.
func (p *Pages) untended(ctx context.Context) (tagged query.PostList, standing query.InboxStanding, err error) {
	if tagged, err = p.o.Views.Posts(ctx, query.PostFilter{Scope: query.Scope{All: true}, Untended: true, Limit: queueLimit}); err != nil {
		return tagged, standing, err
	}
	if standing, err = p.o.Inbox.Standing(ctx); err != nil {
		return tagged, standing, err
	}
	tagged.Rows, err = p.withPutOff(ctx, tagged, standing)
	return tagged, standing, err
}

// withPutOff adds the posts that were put off and stand behind those that the
// queue shows: they are to come back all the same.
func (p *Pages) withPutOff(ctx context.Context, tagged query.PostList, standing query.InboxStanding) ([]query.PostRow, error) {
	var missing []string
	for item := range standing.Later {
		id, post := strings.CutPrefix(item, "post:")
		if post && !slices.ContainsFunc(tagged.Rows, func(row query.PostRow) bool { return row.Judgement.Post.ID == id }) {
			missing = append(missing, id)
		}
	}
	if len(missing) == 0 || len(tagged.Rows) == tagged.Total {
		return tagged.Rows, nil
	}
	more, err := p.o.Views.Posts(ctx, query.PostFilter{Scope: query.Scope{All: true}, Untended: true, IDs: missing, Limit: queueLimit})
	return append(tagged.Rows, more.Rows...), err
}

func postItem(row query.PostRow) Item {
	item := Item{
		Key: "post:" + row.Judgement.Post.ID, Seen: row.Revision, Level: row.Judgement.Level, Row: row, At: row.FirstSeenAt, Platform: row.Judgement.Post.Platform,
	}
	for _, t := range row.Judgement.Tags {
		item.Rules = append(item.Rules, cmp.Or(t.Name, t.Rule))
	}
	return item
}

// add puts an item where it stands now.
func (v *View) add(item Item, standing query.InboxStanding, now time.Time) {
	item.Open = slices.DeleteFunc(slices.Clone(standing.Open[item.Key]), func(h query.Holder) bool { return h.Person == v.Me })
	if l, ok := standing.Later[item.Key]; ok {
		item.Changed = l.Seen != item.Seen
		if !item.Changed && now.Before(l.Until) {
			item.Off = &l
			v.Later = append(v.Later, item)
			if item.Level == huiying.LevelRed {
				v.LaterRed++
			}
			return
		}
		item.Back = &l
	}
	v.Items = append(v.Items, item)
}

// sort puts what is back first, but nothing before a red item that is not red
// itself.
func (v *View) sort() {
	rank := func(item Item) int {
		switch {
		case item.Level == huiying.LevelRed && item.Back != nil:
			return 0
		case item.Level == huiying.LevelRed:
			return 1
		case item.Back != nil:
			return 2
		}
		return 3
	}
	slices.SortStableFunc(v.Items, func(x, y Item) int {
		return cmp.Or(cmp.Compare(rank(x), rank(y)), cmp.Compare(y.Level.Rank(), x.Level.Rank()), x.At.Compare(y.At))
	})
	slices.SortStableFunc(v.Later, func(x, y Item) int { return x.Off.Until.Compare(y.Off.Until) })
}

// formLists reads what the forms choose from.
func (p *Pages) formLists(r *http.Request, v *View) error {
	lists, err := p.o.Lists(r)
	if err != nil {
		return err
	}
	v.Units, v.People = lists.Units, lists.People
	open, err := p.o.Views.Cases(r.Context(), query.CaseFilter{Scope: query.Scope{All: true}, Open: true, Limit: queueLimit})
	v.Cases = open.Rows
	return err
}

// choose loads the item of the key, put off or not, or the first one.
func (p *Pages) choose(ctx context.Context, a query.Account, v *View, key string) error {
	if len(v.Items)+len(v.Later) == 0 {
		return nil
	}
	list := slices.Concat(v.Items, v.Later)
	i := max(slices.IndexFunc(list, func(item Item) bool { return item.Key == key }), 0)
	v.Chosen = &list[i]
	switch {
	case i < len(v.Items) && len(v.Items) > 1:
		v.Next = v.Items[(i+1)%len(v.Items)].Key
	case i >= len(v.Items) && len(v.Items) > 0:
		v.Next = v.Items[0].Key
	}
	var err error
	if c := v.Chosen.Case; c != nil {
		if v.Case, err = p.o.Views.Case(ctx, query.Scope{All: true}, c.No); err != nil {
			return err
		}
		v.Choices = caseview.Choices(v.Case.Case, p.o.Cases.Choices(v.Case.Case, a.Actor()))
		if len(v.Case.Posts) > 0 {
			v.Suggest = caseview.Suggest(v.Case.Posts[0].Judgement, v.Units)
		}
		return nil
	}
	if v.Post, err = p.o.Views.Post(ctx, query.Scope{All: true}, v.Chosen.Row.Judgement.Post.ID); err != nil {
		return err
	}
	v.Suggest = caseview.Suggest(v.Post.Judgement, v.Units)
	return nil
}

// Act does what the form of the inbox asks and goes on to the next item.
func (p *Pages) Act(w http.ResponseWriter, r *http.Request) error {
	key := r.PostFormValue("item")
	did, err := p.decide(r, key)
	if err != nil {
		if frame.Ours(err) {
			return err
		}
		return p.show(w, r, key, err)
	}
	q := url.Values{"done": {did}}
	switch did {
	case query.AsideFalseAlarm, query.AsideWatch:
		if strings.HasPrefix(key, "post:") {
			q.Set("undo", key)
		}
	case undone, broughtBack:
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
func (p *Pages) decide(r *http.Request, key string) (did string, err error) {
	a, action := frame.Must(r), r.PostFormValue("action")
	if action == query.InboxLater || action == broughtBack {
		return action, p.later(r, key, action)
	}
	if no, ok := strings.CutPrefix(key, "case:"); ok {
		cmd, err := caseview.Step(r, no, a.Actor())
		if err == nil {
			_, err = p.o.Cases.Do(r.Context(), cmd)
		}
		return cmd.Action, err
	}
	id, ok := strings.CutPrefix(key, "post:")
	if !ok {
		return "", huiying.Errorf(huiying.Invalid, "web.error.no_item")
	}
	switch action {
	case "open":
		_, err = p.o.Triage.Open(r.Context(), query.Opening{
			Post: id, Actor: a.Actor(), Unit: r.PostFormValue("unit"), Owner: r.PostFormValue("owner"),
			Level: huiying.Level(r.PostFormValue("level")), Note: r.PostFormValue("note"),
		})
		return action, err
	case "attach_mention":
		_, err = p.o.Cases.Do(r.Context(), huiying.Command{
			CaseNo: r.PostFormValue("case"), Action: action, Actor: a.Actor(), Fields: map[string]string{"post": id},
		})
		return action, err
	case "undo":
		return undone, p.o.Triage.TakeBack(r.Context(), id, a.Actor())
	case query.AsideFalseAlarm, query.AsideWatch:
		return action, p.o.Triage.SetAside(r.Context(), query.Aside{Post: id, Actor: a.Actor(), Reason: action, Seen: r.PostFormValue("seen")})
	}
	return "", huiying.Errorf(huiying.Invalid, "web.error.no_action")
}
