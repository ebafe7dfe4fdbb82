package web

import (
	"net/http"

	"huiying/internal/web/saved"
)

// SavedBar is the views that people keep of a page.
type SavedBar = saved.Bar

func (s *Server) savedBar(r *http.Request, page, state string) (SavedBar, error) {
	return s.saved.Bar(r, page, state)
}

// defaultView is where a page opened without a filter leads to.
func (s *Server) defaultView(r *http.Request, page string) (string, error) {
	return s.saved.Default(r, page)
}
