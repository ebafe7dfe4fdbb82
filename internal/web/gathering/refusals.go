package gathering

import (
	"net/http"

	"huiying/internal/query"
	"huiying/internal/web/frame"
)

// RefusalsView is the list of those who refuse to be collected.
type RefusalsView struct {
	List      []query.Refusal
	Reasons   []string
	Platforms []string
}

// Refusals lists who refuses to be collected, as references.
func (s *Pages) Refusals(w http.ResponseWriter, r *http.Request) error {
	return s.showRefusals(w, r, nil)
}

func (s *Pages) showRefusals(w http.ResponseWriter, r *http.Request, problem error) error {
	list, err := s.o.Refusals.All(r.Context())
	if err != nil {
		return err
	}
	p := s.Base(r, "web.refusals.title")
	p.Main, p.Problem = RefusalsView{List: list, Reasons: query.RefusalReasons(), Platforms: query.RefusalPlatforms()}, problem
	return s.Answer(w, r, "refusals", p)
}

// ChangeRefusals records or lifts one. What names the person is used for its
// hash and is in no address, no log and no answer.
func (s *Pages) ChangeRefusals(w http.ResponseWriter, r *http.Request) error {
	actor := frame.Must(r).Actor()
	var err error
	if id := r.PostFormValue("lift"); id != "" {
		err = s.o.Refusals.Lift(r.Context(), id, actor)
	} else {
		_, err = s.o.Refusals.Refuse(r.Context(), query.Refuser{
			Platform: r.PostFormValue("platform"), AuthorID: r.PostFormValue("author_id"), AuthorName: r.PostFormValue("author_name"), Post: r.PostFormValue("post"),
		}, query.NewRefusal{Reason: r.PostFormValue("reason"), Reference: r.PostFormValue("reference"), Actor: actor})
	}
	if err != nil {
		if frame.Ours(err) {
			return err
		}
		return s.showRefusals(w, r, err)
	}
	return frame.Done(w, r, "/admin/refusals?done=saved")
}
