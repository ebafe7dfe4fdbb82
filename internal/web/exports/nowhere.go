package exports

import (
	"context"

	"huiying"
	"huiying/internal/query"
)

// Nowhere stands where no files are made.
type Nowhere struct{}

// Ask implements api.Exports.
func (Nowhere) Ask(context.Context, query.ExportAsk) (query.Export, error) {
	return query.Export{}, none()
}

// List implements api.Exports.
func (Nowhere) List(context.Context, query.Account) ([]query.Export, error) { return nil, none() }

// Get implements api.Exports.
func (Nowhere) Get(context.Context, query.Account, string) (query.Export, error) {
	return query.Export{}, none()
}

// File implements api.ExportFiles.
func (Nowhere) File(context.Context, query.Account, string) (query.ExportFile, error) {
	return query.ExportFile{}, none()
}

// Cancel implements api.ExportFiles.
func (Nowhere) Cancel(context.Context, query.Account, string) error { return none() }

func none() error { return huiying.Errorf(huiying.Unavailable, "exports.nowhere") }
