package api

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"huiying/internal/locale"
	"huiying/internal/query"
	"huiying/internal/web/door"
)

type contextKey int

const keyRequest contextKey = iota

// requestOf lets operations see the request: who visits and in which language.
func requestOf(ctx huma.Context, next func(huma.Context)) {
	r, _ := humago.Unwrap(ctx)
	next(huma.WithValue(ctx, keyRequest, r))
}

func request(ctx context.Context) *http.Request {
	r, _ := ctx.Value(keyRequest).(*http.Request)
	return r
}

// langOf is the language of sentences: the person's own, else what is asked
// for.
func langOf(ctx context.Context) locale.Lang {
	if a, ok := door.Account(ctx); ok && a.Lang != "" {
		return locale.ParseLang(a.Lang)
	}
	r := request(ctx)
	if r == nil {
		return locale.Chinese
	}
	first, _, _ := strings.Cut(r.Header.Get("Accept-Language"), ",")
	return locale.ParseLang(first)
}

// account is who is signed in, behind a door that let them pass.
func account(ctx context.Context) query.Account {
	a, _ := door.Account(ctx)
	return a
}

// refuse answers outside the operations in their form.
func (s *service) refuse(w http.ResponseWriter, r *http.Request, err error) {
	ctx := context.WithValue(r.Context(), keyRequest, r)
	f := s.failure(ctx, err)
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(f.status)
	// The caller may have gone; there is nobody left to tell.
	_ = json.NewEncoder(w).Encode(f)
}
