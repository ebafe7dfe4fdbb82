package reports

import (
	"context"

	"huiying"
	"huiying/internal/query"
)

// Nowhere stands where no reports are made.
type Nowhere struct{}

// List implements api.Reports.
func (Nowhere) List(context.Context, query.Account, query.ReportFilter) (query.ReportList, error) {
	return query.ReportList{}, none()
}

// Draft implements api.Reports.
func (Nowhere) Draft(context.Context, query.ReportAsk) (query.Report, error) {
	return query.Report{}, none()
}

// Do implements api.Reports.
func (Nowhere) Do(context.Context, query.ReportDo) (query.Report, error) {
	return query.Report{}, none()
}

// Open implements api.Reports.
func (Nowhere) Open(context.Context, query.Account, string) (query.ReportPage, error) {
	return query.ReportPage{}, none()
}

// Compare implements api.Reports.
func (Nowhere) Compare(context.Context, query.Account, string) (query.ReportPage, error) {
	return query.ReportPage{}, none()
}

// Figure implements api.Reports.
func (Nowhere) Figure(context.Context, query.Account, string, string) (query.ReportFigure, error) {
	return query.ReportFigure{}, none()
}

// File implements api.Reports.
func (Nowhere) File(context.Context, query.Account, string, string) (query.ReportFile, error) {
	return query.ReportFile{}, none()
}

// Schedules implements api.Reports.
func (Nowhere) Schedules(context.Context) ([]query.ReportSchedule, error) { return nil, none() }

// Put implements api.Reports.
func (Nowhere) Put(_ context.Context, _ query.Account, s query.ReportSchedule) (query.ReportSchedule, error) {
	return s, none()
}

// Drop implements api.Reports.
func (Nowhere) Drop(context.Context, query.Account, string) error { return none() }

func none() error { return huiying.Errorf(huiying.Unavailable, "report.nowhere") }
