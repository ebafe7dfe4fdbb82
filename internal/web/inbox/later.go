package inbox

import (
	"net/http"
	"slices"
	"strings"
	"time"

	"huiying"
	"huiying/internal/query"
	"huiying/internal/web/frame"
)

// broughtBack is the action that ends the putting off of an item.
const broughtBack = "back"

// later puts an item off or brings it back.
func (p *Pages) later(r *http.Request, key, action string) error {
	actor := frame.Must(r).Actor()
	if action == broughtBack {
		return p.o.Inbox.BringBack(r.Context(), key, actor)
	}
	until, err := p.until(r)
	if err != nil {
		return err
	}
	return p.o.Inbox.PutOff(r.Context(), query.NewLater{
		InboxSeen: query.InboxSeen{Item: key, Seen: r.PostFormValue("seen")}, Until: until, Reason: strings.TrimSpace(r.PostFormValue("reason")), Actor: actor,
	})
}

// until is the time that was chosen by its name; it counts from now, not from
// when the form was shown.
func (p *Pages) until(r *http.Request) (time.Time, error) {
	for _, c := range query.LaterChoices(p.o.Now().In(p.o.Zone)) {
		if c.Name == r.PostFormValue("until") {
			return c.Until, nil
		}
	}
	return time.Time{}, huiying.Errorf(huiying.Invalid, "inbox.until")
}

// Hold says that whoever asks has an item open, or has it no more. Pages ask by
// script while they are looked at; without scripts nobody is shown as busy.
func (p *Pages) Hold(w http.ResponseWriter, r *http.Request) error {
	item, me := r.PostFormValue("item"), frame.Must(r).Person.ID
	act := p.o.Inbox.Hold
	if r.PostFormValue("go") != "" {
		act = p.o.Inbox.LetGo
	}
	if err := act(r.Context(), item, me); err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// ResultView is what became of several items.
type ResultView struct {
	Action  string
	Back    string // the page that was left
	Done    []Result
	Refused []Result
}

// Result is what became of one item.
type Result struct {
	Key   string
	Level huiying.Level
	Title string
	Row   *query.PostRow // of a post
	Href  string
	Case  string // that was opened
	Err   error
}

// Together decides on several items, each for itself, and shows what became of
// each.
func (p *Pages) Together(w http.ResponseWriter, r *http.Request) error {
	if err := r.ParseForm(); err != nil {
		return huiying.Errorf(huiying.Invalid, "web.error.no_action")
	}
	b := query.InboxBulk{Action: r.PostFormValue("action"), Reason: r.PostFormValue("reason"), Actor: frame.Must(r).Actor()}
	for _, picked := range r.PostForm["pick"] {
		seen, item, _ := strings.Cut(picked, " ")
		b.Items = append(b.Items, query.InboxSeen{Item: item, Seen: seen})
	}
	var err error
	if b.Action == query.InboxLater {
		b.Until, err = p.until(r)
	}
	before, errQueue := p.queue(r)
	if errQueue != nil {
		return errQueue
	}
	var list []query.InboxResult
	if err == nil {
		list, err = p.o.Inbox.Decide(r.Context(), b)
	}
	switch {
	case err == nil:
	case frame.Ours(err):
		return err
	default:
		return p.show(w, r, "", err)
	}
	v := ResultView{Action: b.Action, Back: "/inbox"}
	for _, one := range list {
		res := result(slices.Concat(before.Items, before.Later), one)
		if one.Err == nil {
			v.Done = append(v.Done, res)
		} else {
			v.Refused = append(v.Refused, res)
		}
	}
	page := p.Base(r, "web.inbox.result")
	page.Main = v
	return p.Answer(w, r, "inbox_result", page)
}

// result names an item as the queue showed it; one that had left the queue
// before goes by its number.
func result(queue []Item, one query.InboxResult) Result {
	kind, id, _ := strings.Cut(one.Item, ":")
	res := Result{Key: one.Item, Title: id, Err: one.Err, Href: "/posts/" + id}
	if kind == "case" {
		res.Href = "/cases/" + id
	}
	if i := slices.IndexFunc(queue, func(item Item) bool { return item.Key == one.Item }); i >= 0 {
		res.Level = queue[i].Level
		if queue[i].Case != nil {
			res.Title = id + " " + queue[i].Title
		} else {
			res.Row = &queue[i].Row
		}
	}
	return res
}
