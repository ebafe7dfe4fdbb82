package inbox

import (
	"net/http"

	"huiying"
	"huiying/internal/query"
	"huiying/internal/web/frame"
)

// OpenMany opens cases of the posts that were ticked in the stream and shows
// what became of each.
func (p *Pages) OpenMany(w http.ResponseWriter, r *http.Request) error {
	if err := r.ParseForm(); err != nil {
		return huiying.Errorf(huiying.Invalid, "web.error.no_action")
	}
	b := query.OpeningBulk{Posts: r.PostForm["pick"], Together: r.PostFormValue("action") == "one", Unit: r.PostFormValue("unit"), Note: r.PostFormValue("note"), Actor: frame.Must(r).Actor()}
	list, err := p.o.Inbox.OpenMany(r.Context(), b)
	if err != nil && frame.Ours(err) {
		return err
	}
	v := ResultView{Action: "open", Back: "/stream"}
	rows, errRows := p.rows(r, b.Posts)
	if errRows != nil {
		return errRows
	}
	for _, one := range list {
		res := Result{Key: one.Post, Title: one.Post, Href: "/posts/" + one.Post, Case: one.CaseNo, Err: one.Err}
		if row, ok := rows[one.Post]; ok {
			res.Row, res.Level = &row, row.Judgement.Level
		}
		if one.Err == nil {
			v.Done = append(v.Done, res)
		} else {
			v.Refused = append(v.Refused, res)
		}
	}
	page := p.Base(r, "web.inbox.result")
	page.Main, page.Problem = v, err
	return p.Answer(w, r, "inbox_result", page)
}

// rows are the posts as they are shown; those that there are not are left out.
func (p *Pages) rows(r *http.Request, ids []string) (map[string]query.PostRow, error) {
	out := map[string]query.PostRow{}
	if len(ids) == 0 || len(ids) > query.MaxInbox {
		return out, nil
	}
	list, err := p.o.Views.Posts(r.Context(), query.PostFilter{Scope: query.Scope{All: true}, IDs: ids, Limit: query.MaxInbox})
	for _, row := range list.Rows {
		out[row.Judgement.Post.ID] = row
	}
	return out, err
}
