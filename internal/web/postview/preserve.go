package postview

import (
	"context"
	"net/http"
	"net/url"
	"strconv"

	"huiying"
	"huiying/internal/query"
	"huiying/internal/web/frame"
)

// Preserving keeps the sealed pages of a post by hand (保全快照).
type Preserving interface {
	Preserved(ctx context.Context, post string) (query.Preserved, error)
	Preserve(ctx context.Context, n query.NewPreservation) error
	EndPreserving(ctx context.Context, n query.NewPreservation) error
	// Sheet notes who takes it before it gives it out.
	Sheet(ctx context.Context, post string, by huiying.Actor) (query.SheetFile, error)
}

// Preserve preserves a post, ends that, or gives the sheet of it out.
func (s *Pages) Preserve(w http.ResponseWriter, r *http.Request) error {
	a, id := frame.Must(r), r.PathValue("id")
	if _, err := s.o.Views.Post(r.Context(), a.Scope(), id); err != nil {
		return err
	}
	n := query.NewPreservation{Post: id, Reason: r.PostFormValue("reason"), Actor: a.Actor()}
	var err error
	switch action := r.PostFormValue("action"); action {
	case "preserve":
		err = s.o.Preserving.Preserve(r.Context(), n)
	case "end":
		err = s.o.Preserving.EndPreserving(r.Context(), n)
	case "sheet":
		var f query.SheetFile
		if f, err = s.o.Preserving.Sheet(r.Context(), id, a.Actor()); err == nil {
			return give(w, f)
		}
	default:
		err = huiying.Errorf(huiying.Invalid, "web.error.no_action")
	}
	switch {
	case err == nil:
		return frame.Done(w, r, "/posts/"+(&url.URL{Path: id}).EscapedPath()+"?done=preserve_"+r.PostFormValue("action"))
	case frame.Ours(err):
		return err
	}
	return s.show(w, r, showing{problem: err})
}

func give(w http.ResponseWriter, f query.SheetFile) error {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Content-Disposition", `attachment; filename="`+f.Name+`"`)
	w.Header().Set("Content-Length", strconv.Itoa(len(f.Body)))
	w.Header().Set("Cache-Control", "no-store")
	_, err := w.Write(f.Body)
	return err
}
