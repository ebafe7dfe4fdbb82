package tool

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"huiying"
	"huiying/internal/app"
	"huiying/internal/app/reports"
	"huiying/internal/query"
	paper "huiying/internal/report/document"
	"huiying/internal/web/api"
)

// ReportOptions says which report to make of stored data and where it goes.
type ReportOptions struct {
	Where   app.Where
	Kind    string
	Day     string // in the period; "" = the last one that has ended
	From    string // a day, with To: another period than the kind has
	To      string // the last day
	Event   string // of a special report
	Title   string
	Explain bool   // list the figures with what makes each up, instead of the paper
	Figure  string // of one alone
	JSON    bool
	Format  string
	Out     string // file; "-" = stdout
}

// PeriodicReport makes a report of stored data, or explains its figures. Nothing
// is kept: drafts and reviews are made on the pages.
func PeriodicReport(ctx context.Context, s Streams, o ReportOptions) (err error) {
	if !o.Explain && o.Figure == "" && o.Out == "" {
		return &UsageError{huiying.Errorf(huiying.Invalid, "cli.report_out")}
	}
	data, err := app.OpenArchive(ctx, o.Where)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, data.Close()) }()
	desk, count, err := app.ReportsOf(data, o.Where, s.Words)
	if err != nil {
		return err
	}
	want, err := o.ask(data.Zone)
	if err != nil {
		return err
	}
	ask, err := desk.Ask(ctx, want)
	if err != nil {
		return err
	}
	if ask.Explain = o.Figure; o.Explain && o.Figure == "" {
		ask.Explain = reports.Every
	}
	counted, err := count.Count(ctx, ask)
	if err != nil {
		return err
	}
	if o.Title != "" {
		counted.Facts.EventName = o.Title
	}
	if ask.Explain != "" {
		return s.explainReport(desk.Explain(counted, s.Lang), o)
	}
	doc, err := desk.Paper(counted, s.Lang)
	if err != nil {
		return err
	}
	var file bytes.Buffer
	if err := paper.Write(&file, doc, o.Format, counted.Facts.At); err != nil {
		return err
	}
	if o.Out == "-" {
		_, err = file.WriteTo(s.Out)
		return err
	}
	return os.WriteFile(o.Out, file.Bytes(), 0o600)
}

// ask is the period that the options mean, in the zone of the office.
func (o ReportOptions) ask(zone *time.Location) (a query.ReportAsk, err error) {
	switch {
	case o.Kind == query.ReportSpecial:
	case (o.From == "") != (o.To == ""):
		err = huiying.Errorf(huiying.Invalid, "cli.report_both")
	case o.From != "":
		a, err = api.ReadReportAsk(zone, o.From, o.To)
	case o.Day != "":
		a, err = api.ReadReportAsk(zone, o.Day, "")
	default:
		a.From = lastWhole(o.Kind, time.Now().In(zone))
	}
	a.Kind, a.Event, a.Title = o.Kind, o.Event, o.Title
	return a, err
}

// lastWhole is a day of the last period that has ended.
func lastWhole(kind string, now time.Time) time.Time {
	switch kind {
	case query.ReportWeekly:
		return now.AddDate(0, 0, -7)
	case query.ReportMonthly:
		return now.AddDate(0, 0, -now.Day())
	}
	return now.AddDate(0, 0, -1)
}

// shownMembers is how many members of a figure are listed beside the others.
const shownMembers = 8

func (s Streams) explainReport(list []query.ReportFigure, o ReportOptions) error {
	found := o.Figure == ""
	for _, f := range list {
		if o.Figure != "" && f.ID != o.Figure {
			continue
		}
		found = true
		if o.JSON {
			if err := s.line(f); err != nil {
				return err
			}
			continue
		}
		most := shownMembers
		if o.Figure != "" {
			most = len(f.In) + len(f.Rest)
		}
		if _, err := fmt.Fprintf(s.Out, "%s  %s  %s  %s…%s\n  %s\n", f.ID, f.Name, f.Value, f.From.Format(time.RFC3339), f.To.Format(time.RFC3339), f.Query); err != nil {
			return err
		}
		for i, members := range [][]string{f.In, f.Rest} {
			if len(members) > 0 {
				fmt.Fprintf(s.Out, "  %c %s\n", "+-"[i], some(members, most))
			}
		}
	}
	if !found {
		return huiying.Errorf(huiying.NotFound, "report.no_figure", o.Figure)
	}
	return nil
}

func some(list []string, most int) string {
	if len(list) <= most {
		return strings.Join(list, " ")
	}
	return strings.Join(list[:most], " ") + fmt.Sprintf(" … +%d", len(list)-most)
}
