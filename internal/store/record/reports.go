package record

import (
	"context"

	"huiying/internal/store/reports"
)

// NoteReportTold keeps that somebody was told of a report, in the transaction
// that tells them; first is false when they were told before.
func (t *Tx) NoteReportTold(ctx context.Context, told reports.Telling, alert string) (first bool, err error) {
	return reports.Told(ctx, t.tx, told, alert)
}
