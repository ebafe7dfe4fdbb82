package web

import "huiying/internal/web/door"

// Route is one row of the table, for tests.
type Route struct {
	Pattern string
	Who     door.Who
}

// Routes lists the table.
func (s *Server) Routes() []Route {
	var out []Route
	for _, r := range s.routes() {
		out = append(out, Route{r.pattern, r.who})
	}
	return out
}
