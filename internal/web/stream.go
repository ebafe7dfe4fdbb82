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

// PostView is one post.
type PostView struct {
	Page     query.PostPage
	Reveal   bool // personal data is shown; the access log says to whom
	MayShow  bool
	Personal bool
}

func (s *Server) post(w http.ResponseWriter, r *http.Request) error { return s.showPost(w, r, false) }

// reveal shows one post with its personal data, after the access log says so.
func (s *Server) reveal(w http.ResponseWriter, r *http.Request) error {
	a := frame.Must(r)
	page, err := s.o.Views.Post(r.Context(), a.Scope(), r.PathValue("id"))
	if err != nil {
		return err
	}
	if page.CaseNo == "" {
		return huiying.Errorf(huiying.Forbidden, "web.error.reveal_needs_case")
	}
	if err := s.o.Access.Reveal(r.Context(), a.Actor(), page.Judgement.Post.ID); err != nil {
		return err
	}
	return s.showPost(w, r, true)
}

func (s *Server) showPost(w http.ResponseWriter, r *http.Request, reveal bool) error {
	a := frame.Must(r)
	page, err := s.o.Views.Post(r.Context(), a.Scope(), r.PathValue("id"))
	if err != nil {
		return err
	}
	personal := len(page.Judgement.PersonalData) > 0
	p := s.Base(r, "web.post.title")
	p.Main = PostView{
		Page: page, Reveal: reveal, Personal: personal,
		MayShow: personal && !reveal && page.CaseNo != "" && a.Actor().Has(huiying.RoleOfficer, huiying.RoleResponder),
	}
	return s.Show(w, r, http.StatusOK, "post", p)
}
