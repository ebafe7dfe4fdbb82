package papers

import (
	"net/http"
	"strconv"

	"huiying"
	"huiying/internal/query"
	"huiying/internal/web/door"
	"huiying/internal/web/frame"
)

// Publish publishes the approved words under a post of the case.
func (p *Pages) Publish(w http.ResponseWriter, r *http.Request) error {
	a, no := frame.Must(r), r.PathValue("no")
	version, err := strconv.Atoi(r.PostFormValue("version"))
	if err != nil {
		return p.after(w, r, huiying.Errorf(huiying.Invalid, "web.error.no_action"), "")
	}
	_, err = p.o.Publishing.Publish(r.Context(), query.NewPosting{
		CaseNo: no, Version: version, Post: r.PostFormValue("post"), Scope: a.Scope(), Actor: a.Actor(), From: door.Visitor(r),
	})
	return p.after(w, r, err, "/cases/"+no+"?done=publish")
}

// SettlePosting records what a person saw of an unclear attempt.
func (p *Pages) SettlePosting(w http.ResponseWriter, r *http.Request) error {
	a, no, saw := frame.Must(r), r.PathValue("no"), r.PostFormValue("saw")
	if saw != "out" && saw != "not-out" {
		return p.after(w, r, huiying.Errorf(huiying.Invalid, "web.error.no_action"), "")
	}
	_, err := p.o.Publishing.Settle(r.Context(), query.PostingVerdict{
		CaseNo: no, ID: r.PathValue("id"), Out: saw == "out", Scope: a.Scope(), Actor: a.Actor(),
	})
	return p.after(w, r, err, "/cases/"+no+"?done=posting")
}
