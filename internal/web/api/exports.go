package api

import (
	"context"
	"io"
	"mime"
	"net/http"
	"strconv"

	"huiying/internal/query"
	"huiying/internal/web/door"
)

// Exports makes files of lists in the background.
type Exports interface {
	Ask(ctx context.Context, a query.ExportAsk) (query.Export, error)
	List(ctx context.Context, a query.Account) ([]query.Export, error)
	Get(ctx context.Context, a query.Account, id string) (query.Export, error)
	ExportFiles
}

// ExportFiles gives files out, and ends what nobody wants any more.
type ExportFiles interface {
	// File opens the file and notes who takes it; Body is to be closed.
	File(ctx context.Context, a query.Account, id string) (query.ExportFile, error)
	Cancel(ctx context.Context, a query.Account, id string) error
}

// exportOperations are the rows of the table about exports.
func exportOperations() []operation {
	return []operation{
		op(http.MethodGet, "/exports", "list-exports", door.CaseRoom(), (*service).exports),
		op(http.MethodPost, "/exports", "ask-export", door.CaseRoom(), (*service).askExport),
		op(http.MethodGet, "/exports/{id}", "get-export", door.CaseRoom(), (*service).getExport),
		op(http.MethodGet, "/exports/{id}/file", "get-export-file", door.CaseRoom(), (*service).exportFile),
		op(http.MethodDelete, "/exports/{id}", "cancel-export", door.CaseRoom(), (*service).cancelExport),
	}
}

type exportsOut struct {
	Body struct {
		Exports []query.Export `json:"exports" doc:"The newest first"`
	}
}

func (s *service) exports(ctx context.Context, _ *none) (*exportsOut, error) {
	list, err := s.o.Exports.List(ctx, account(ctx))
	out := &exportsOut{}
	out.Body.Exports = make([]query.Export, 0, len(list))
	for _, e := range list {
		out.Body.Exports = append(out.Body.Exports, s.exported(e))
	}
	return out, err
}

// exported is an export with its times in the office's zone.
func (s *service) exported(e query.Export) query.Export {
	e.AskedAt, e.BeganAt, e.EndedAt, e.ExpiresAt = s.in(e.AskedAt), s.in(e.BeganAt), s.in(e.EndedAt), s.in(e.ExpiresAt)
	return e
}

type askExportIn struct {
	Body struct {
		What   string `json:"what" enum:"outcomes,supervision,heat,cases,alerts,stream"`
		Query  string `json:"query,omitempty" doc:"As it stands in the address of the page" example:"view=all&level=red"`
		Format string `json:"format,omitempty" enum:"xlsx,csv" default:"xlsx"`
		Reveal bool   `json:"reveal,omitempty" doc:"Personal data of posts as it was written; not for programs"`
		Reason string `json:"reason,omitempty" doc:"Why, with reveal"`
	}
}

type exportOut struct{ Body query.Export }

func (s *service) askExport(ctx context.Context, in *askExportIn) (*exportOut, error) {
	b := in.Body
	e, err := s.o.Exports.Ask(ctx, query.ExportAsk{
		Account: account(ctx), What: b.What, Query: b.Query, Format: b.Format, Lang: string(langOf(ctx)), Reveal: b.Reveal, Reason: b.Reason,
	})
	return &exportOut{s.exported(e)}, err
}

type exportIDIn struct {
	ID string `path:"id" example:"x-abcdefghijkl"`
}

func (s *service) getExport(ctx context.Context, in *exportIDIn) (*exportOut, error) {
	e, err := s.o.Exports.Get(ctx, account(ctx), in.ID)
	return &exportOut{s.exported(e)}, err
}

func (s *service) cancelExport(ctx context.Context, in *exportIDIn) (*none, error) {
	return &none{}, s.o.Exports.Cancel(ctx, account(ctx), in.ID)
}

type exportFileOut struct {
	Type        string `header:"Content-Type"`
	Disposition string `header:"Content-Disposition"`
	Length      string `header:"Content-Length"`
	Cache       string `header:"Cache-Control"`
	Body        []byte
}

// exportFile gives the file out; who took it is noted.
func (s *service) exportFile(ctx context.Context, in *exportIDIn) (*exportFileOut, error) {
	f, err := s.o.Exports.File(ctx, account(ctx), in.ID)
	if err != nil {
		return nil, err
	}
	body, err := io.ReadAll(f.Body)
	if closed := f.Body.Close(); err == nil {
		err = closed
	}
	return &exportFileOut{Type: f.Type, Disposition: ExportedAs(f.Name), Length: strconv.Itoa(len(body)), Cache: "no-store", Body: body}, err
}

// ExportedAs is the header under which a file of an export is kept.
func ExportedAs(name string) string {
	return mime.FormatMediaType("attachment", map[string]string{"filename": name})
}
