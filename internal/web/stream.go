package web

import (
	"net/http"

	"huiying"
	"huiying/internal/query"
	"huiying/internal/web/filter"
	"huiying/internal/web/frame"
)

// StreamView is the list of posts with its filter.
type StreamView struct {
	Filter  filter.Posts
	List    query.PostList
	Gaps    query.Gapped // of the span that is listed
	Sources []huiying.Source
	Next    string // address of the next page, "" at the end
}

func (s *Server) stream(w http.ResponseWriter, r *http.Request) error {
	f, before := filter.ReadPosts(r.URL.Query())
	list, err := s.o.Views.Posts(r.Context(), query.PostFilter{
		Scope: frame.Must(r).Scope(), Levels: filter.AsLevels(f.Levels), Source: f.Source, Rule: f.Rule, Text: f.Text, Tagged: f.Tagged,
		From: filter.Since(f.Period, s.o.Now(), s.o.Zone), Before: before,
	})
	if err != nil {
		return err
	}
	sources, err := s.o.Sources(r.Context())
	if err != nil {
		return err
	}
	v := StreamView{Filter: f, List: list, Sources: sources}
	if v.Gaps, err = s.o.Views.Gaps(r.Context(), filter.Listed(list, before > 0, f.Source)); err != nil {
		return err
	}
	if list.Next > 0 {
		v.Next = "/stream?" + f.Query(list.Next)
	}
	p := s.Base(r, "web.nav.stream")
	p.Main = v
	return s.Show(w, r, http.StatusOK, "stream", p)
}
