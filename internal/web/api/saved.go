package api

import (
	"context"
	"net/http"

	"huiying/internal/query"
	"huiying/internal/web/door"
)

// SavedViews are the lists that people keep under a name.
type SavedViews interface {
	// Views lists those the account may use.
	Views(ctx context.Context, a query.Account) ([]query.SavedView, error)
	Save(ctx context.Context, a query.Account, v query.SavedView) (id string, err error)
	Change(ctx context.Context, a query.Account, c query.ViewChange) error
}

// savedOperations are the rows of the table about saved views.
func savedOperations() []operation {
	return []operation{
		op(http.MethodGet, "/views", "list-views", door.CaseRoom(), (*service).views),
		op(http.MethodPost, "/views", "save-view", door.CaseRoom(), (*service).saveView),
		op(http.MethodPost, "/views/{id}", "change-view", door.CaseRoom(), (*service).changeView),
	}
}

type viewsOut struct {
	Body struct {
		Views []query.SavedView `json:"views"`
	}
}

func (s *service) views(ctx context.Context, _ *none) (*viewsOut, error) {
	list, err := s.o.Saved.Views(ctx, account(ctx))
	out := &viewsOut{}
	out.Body.Views = make([]query.SavedView, 0, len(list))
	for _, v := range list {
		v.CreatedAt = s.in(v.CreatedAt)
		out.Body.Views = append(out.Body.Views, v)
	}
	return out, err
}

type saveViewIn struct {
	Body struct {
		Page   string `json:"page" enum:"stream,cases"`
		Name   string `json:"name"`
		Query  string `json:"query" doc:"As it stands in the address of the page"`
		Shared string `json:"shared,omitempty" doc:"Empty = the caller's alone, role:ROLE, unit:UNIT"`
	}
}

type saveViewOut struct {
	Body struct {
		ID string `json:"id"`
	}
}

func (s *service) saveView(ctx context.Context, in *saveViewIn) (*saveViewOut, error) {
	b := in.Body
	id, err := s.o.Saved.Save(ctx, account(ctx), query.SavedView{Page: b.Page, Name: b.Name, Query: s.o.Canonical(b.Page, b.Query), Shared: b.Shared})
	out := &saveViewOut{}
	out.Body.ID = id
	return out, err
}

type changeViewIn struct {
	ID   string `path:"id"`
	Body struct {
		Action string `json:"action" enum:"rename,share,delete,default,undefault,subscribe,unsubscribe"`
		Name   string `json:"name,omitempty" doc:"Of rename"`
		Shared string `json:"shared,omitempty" doc:"Of share"`
		Every  int    `json:"every,omitempty" doc:"Of subscribe: minutes between two messages at least"`
		Hours  string `json:"hours,omitempty" doc:"Of subscribe: always or office"`
	}
}

func (s *service) changeView(ctx context.Context, in *changeViewIn) (*none, error) {
	b := in.Body
	return &none{}, s.o.Saved.Change(ctx, account(ctx), query.ViewChange{
		View: in.ID, Action: b.Action, Name: b.Name, Shared: b.Shared, Every: b.Every, Hours: b.Hours,
	})
}
