package tool

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"text/tabwriter"
	"time"

	"huiying"
	"huiying/internal/app"
	"huiying/internal/app/annual"
	"huiying/internal/query"
	"huiying/internal/report/annual/exchange"
	paper "huiying/internal/report/document"
)

// AnnualOptions say which year's report is made out, and how.
type AnnualOptions struct {
	Where   app.Where
	Year    int
	Sample  bool // the worked example instead of stored data
	Form    string
	Format  string
	Output  string
	Draft   bool
	Explain bool
	JSON    bool // of Explain
}

// Annual writes the yearly report on the openness of government information, or
// where its numbers come from.
func Annual(ctx context.Context, s Streams, o AnnualOptions) error {
	if !o.Explain && o.Output == "" {
		return &UsageError{huiying.Errorf(huiying.Invalid, "cli.misuse.missing", "--output=FILE")}
	}
	return withYear(ctx, s, o, func(d annual.Desk) error {
		ask := annual.Ask{Year: o.Year, Form: o.Form, Draft: o.Draft, Lang: s.Lang}
		if o.Explain {
			return s.explainYear(ctx, d, ask, o.JSON)
		}
		doc, notices, err := d.Report(ctx, ask)
		if err != nil {
			return err
		}
		var b bytes.Buffer
		if err := paper.Write(&b, doc, o.Format, time.Now()); err != nil {
			return err
		}
		if err := os.WriteFile(o.Output, b.Bytes(), 0o600); err != nil {
			return huiying.Errorf(huiying.Invalid, "cli.case_unwritable", o.Output, err)
		}
		s.say("cli.report_written", doc.Title, o.Output, b.Len())
		for _, n := range notices {
			fmt.Fprintln(s.Err, n.Say(s.Words, s.Lang))
		}
		return nil
	})
}

// withYear opens the stored data or the sample.
func withYear(ctx context.Context, s Streams, o AnnualOptions, do func(annual.Desk) error) (err error) {
	if !o.Sample {
		if o.Where.ConfigFile == "" {
			return &UsageError{huiying.Errorf(huiying.Invalid, "cli.misuse.missing", "--config=FILE")}
		}
		data, desk, err := app.OpenAnnual(ctx, o.Where, s.Words, false)
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, data.Close()) }()
		return do(desk)
	}
	zone, err := time.LoadLocation("Asia/Shanghai")
	if err != nil {
		return fmt.Errorf("load the zone of the sample: %w", err)
	}
	desk := annual.Desk{Measure: annual.MeasureOffice(zone, nil), Now: time.Now, Words: s.Words}
	return annual.WithSample(ctx, desk, func(d annual.Desk, year int) error {
		if o.Year != year {
			return huiying.Errorf(huiying.Invalid, "annual.file.other_year", year, o.Year)
		}
		return do(d)
	})
}

func (s Streams) explainYear(ctx context.Context, d annual.Desk, ask annual.Ask, asJSON bool) error {
	list, err := d.Explain(ctx, ask)
	if err != nil {
		return err
	}
	w := tabwriter.NewWriter(s.Out, 0, 4, 2, ' ', 0)
	for _, e := range list {
		if asJSON {
			if err := s.line(e); err != nil {
				return err
			}
			continue
		}
		fmt.Fprintln(w, strings.Join(e.Line(s.Words, s.Lang), "\t"))
	}
	if err := w.Flush(); err != nil {
		return err
	}
	releases, err := d.Releases(ctx, ask.Year)
	for _, r := range releases {
		s.say("cli.report_released", r.Year, r.Form, r.Edition, r.At.In(d.Measure.Zone).Format("2006-01-02 15:04"), r.By, r.HeadSeq, r.HeadHash)
	}
	return err
}

// DisclosureOptions say what is done with a year's numbers.
type DisclosureOptions struct {
	Where app.Where
	Year  int
	Form  string
	File  string
	By    string
	Keys  []string // of numbers to take out
}

func withDisclosure(ctx context.Context, s Streams, o DisclosureOptions, writing bool, do func(annual.Desk) error) (err error) {
	data, desk, err := app.OpenAnnual(ctx, o.Where, s.Words, writing)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, data.Close()) }()
	return do(desk)
}

// DisclosureImport takes a file of numbers and texts into the data of a stopped
// service.
func DisclosureImport(ctx context.Context, s Streams, o DisclosureOptions) error {
	format, err := exchange.FormatOf(o.File)
	if err != nil {
		return err
	}
	raw, err := readFile(o.File)
	if err != nil {
		return err
	}
	return withDisclosure(ctx, s, o, true, func(d annual.Desk) error {
		year, n, err := d.Import(ctx, raw, format, query.NewDisclosure{Year: o.Year, Actor: huiying.Actor{ID: o.By}})
		if err == nil {
			s.say("cli.disclosure_imported", year, n)
		}
		return err
	})
}

// readFile reads at most what an import takes, and a byte more, by which it is
// refused.
func readFile(name string) ([]byte, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, huiying.Errorf(huiying.Invalid, "config.unreadable", name, err)
	}
	raw, err := io.ReadAll(io.LimitReader(f, 6<<20))
	if err := errors.Join(err, f.Close()); err != nil {
		return nil, huiying.Errorf(huiying.Invalid, "config.unreadable", name, err)
	}
	return raw, nil
}

// DisclosureExport writes a year's numbers as a file to fill in.
func DisclosureExport(ctx context.Context, s Streams, o DisclosureOptions) error {
	format, err := exchange.FormatOf(o.File)
	if err != nil {
		return err
	}
	return withDisclosure(ctx, s, o, false, func(d annual.Desk) error {
		raw, err := d.Export(ctx, o.Year, format, s.Lang)
		if err != nil {
			return err
		}
		if err := os.WriteFile(o.File, raw, 0o600); err != nil {
			return huiying.Errorf(huiying.Invalid, "cli.case_unwritable", o.File, err)
		}
		s.say("cli.report_written", o.Year, o.File, len(raw))
		return nil
	})
}

// DisclosureRemove takes numbers out that people or files entered: they are
// missing then, or counted again.
func DisclosureRemove(ctx context.Context, s Streams, o DisclosureOptions) error {
	return withDisclosure(ctx, s, o, true, func(d annual.Desk) error {
		n, err := d.Change(ctx, query.NewDisclosure{Year: o.Year, Remove: o.Keys, Actor: huiying.Actor{ID: o.By}})
		if err == nil {
			s.say("cli.disclosure_imported", o.Year, n)
		}
		return err
	})
}

// DisclosureCheck says what keeps a year's report from being released; it fails
// while there is something.
func DisclosureCheck(ctx context.Context, s Streams, o DisclosureOptions) error {
	return withDisclosure(ctx, s, o, false, func(d annual.Desk) error {
		standing, err := d.Check(ctx, o.Year, o.Form)
		if err != nil {
			return err
		}
		for _, line := range standing.Lines(s.Words, s.Lang) {
			fmt.Fprintln(s.Out, line)
		}
		if standing.Broken != nil || len(standing.Missing) > 0 {
			s.say("cli.disclosure_not_ready", standing.Year, standing.Form, len(standing.Missing))
			return ErrFailed
		}
		s.say("cli.disclosure_ready", standing.Year, standing.Form)
		return nil
	})
}

// DisclosureRelease keeps a year's report for good.
func DisclosureRelease(ctx context.Context, s Streams, o DisclosureOptions) error {
	return withDisclosure(ctx, s, o, true, func(d annual.Desk) error {
		r, err := d.Release(ctx, o.Year, o.Form, huiying.Actor{ID: o.By})
		if err == nil {
			s.say("cli.report_released", r.Year, r.Form, r.Edition, r.At.In(d.Measure.Zone).Format("2006-01-02 15:04"), r.By, r.HeadSeq, r.HeadHash)
		}
		return err
	})
}
