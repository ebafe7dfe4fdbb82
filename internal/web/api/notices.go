package api

import (
	"context"
	"net/http"

	"huiying/internal/query"
	"huiying/internal/web/door"
)

// noticeOperations is the part of the table about what somebody must mend.
func noticeOperations() []operation {
	return []operation{op(http.MethodGet, "/notices", "list-notices", door.Rosterers(), (*service).notices)}
}

type noticesOut struct {
	Body struct {
		Notices []query.Notice `json:"notices"`
	}
}

// notices are those that the caller can mend, as on every page.
func (s *service) notices(ctx context.Context, _ *none) (*noticesOut, error) {
	out := &noticesOut{}
	out.Body.Notices = []query.Notice{}
	if s.o.Notices == nil {
		return out, nil
	}
	for _, n := range s.o.Notices(ctx) {
		if n.For(account(ctx).Actor()) {
			out.Body.Notices = append(out.Body.Notices, n.In(s.o.Zone))
		}
	}
	return out, nil
}
