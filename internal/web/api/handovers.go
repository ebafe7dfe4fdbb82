package api

import (
	"context"
	"net/http"
	"path/filepath"

	"github.com/danielgtaylor/huma/v2"

	"huiying"
	"huiying/internal/query"
)

// Limits of bodies with hand-overs, in bytes.
const (
	MaxHandovers = 8 << 20
	MaxSheet     = 66 << 20
)

// HandoverList is the body of a list of hand-overs.
type HandoverList struct {
	Handovers []huiying.Handover `json:"handovers" doc:"One alone, or the array by itself, is taken too"`
}

type handOverIn struct {
	Source  string `query:"source" required:"true" doc:"The source of kind intake they belong to"`
	RawBody []byte `contentType:"application/json"`
}

type handOverOut struct {
	Status int
	Body   huiying.Intake
}

// handOver takes a list: 200 when all were accepted, 207 when some were, 422
// when none was.
func (s *service) handOver(ctx context.Context, in *handOverIn) (*handOverOut, error) {
	out, err := s.o.Handovers.Take(ctx, query.Handovers{Source: in.Source, Lang: string(langOf(ctx)), Body: in.RawBody})
	return &handOverOut{Status: met(out.Accepted, len(out.Errors)), Body: out}, err
}

func met(accepted, refused int) int {
	switch {
	case refused == 0:
		return http.StatusOK
	case accepted == 0:
		return http.StatusUnprocessableEntity
	}
	return http.StatusMultiStatus
}

type handOverSheetIn struct {
	Source  string `query:"source" required:"true" doc:"The source of kind intake they belong to"`
	RawBody huma.MultipartFormFiles[struct {
		File huma.FormFile `form:"file" required:"true" doc:"xlsx, or csv in UTF-8 or GBK"`
	}]
}

// SheetIntake is what came of a sheet.
type SheetIntake struct {
	huiying.Intake
	Refused    int    `json:"refused" doc:"Rows that were given back; errors holds the first hundred"`
	ErrorSheet []byte `json:"error_sheet,omitempty" doc:"An xlsx of those rows with what is wrong, base64"`
}

type handOverSheetOut struct {
	Status int
	Body   SheetIntake
}

func (s *service) handOverSheet(ctx context.Context, in *handOverSheetIn) (*handOverSheetOut, error) {
	if r := request(ctx); r.MultipartForm != nil {
		defer func() { _ = r.MultipartForm.RemoveAll() }() // temporary files; the answer does not depend on it
	}
	file := in.RawBody.Data().File
	out, err := s.o.Handovers.TakeSheet(ctx, query.Upload{
		Source: in.Source, Lang: string(langOf(ctx)), Name: filepath.Base(file.Filename), File: file,
	})
	return &handOverSheetOut{Status: met(out.Accepted, out.Refused), Body: SheetIntake{out.Intake, out.Refused, out.Sheet}}, err
}
