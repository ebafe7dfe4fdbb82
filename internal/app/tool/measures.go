package tool

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"text/tabwriter"
	"time"

	"huiying"
	"huiying/internal/app"
	"huiying/internal/query"
	"huiying/notifier/casework/measure"
)

// MeasureOptions says what to measure and how to print it.
type MeasureOptions struct {
	Where   app.Where
	From    string // a day; "" = thirty days ago
	To      string // the last day; "" = today
	Unit    string
	Explain string // the figure of which the cases are listed
	JSON    bool
}

// Measures prints the response figures of a period, or the cases behind one.
func Measures(ctx context.Context, s Streams, o MeasureOptions) (err error) {
	data, err := app.OpenArchive(ctx, o.Where)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, data.Close()) }()
	today := time.Now().In(data.Zone)
	if o.From == "" {
		o.From = today.AddDate(0, 0, -29).Format(time.DateOnly)
	}
	if o.To == "" {
		o.To = today.Format(time.DateOnly)
	}
	figures, err := app.MeasuresOf(ctx, data, o.From, o.To, o.Unit)
	if err != nil {
		return err
	}
	if o.Explain != "" {
		return s.explainFigure(figures, o)
	}
	if o.JSON {
		for _, f := range figures {
			if err := s.line(s.printed(f)); err != nil {
				return err
			}
		}
		return nil
	}
	w := tabwriter.NewWriter(s.Out, 0, 4, 2, ' ', 0)
	for _, f := range figures {
		fmt.Fprintf(w, "%s\t%s\t%s\n", s.Words.Text(s.Lang, "measure."+f.ID), s.valueOf(f), s.Words.Text(s.Lang, "measure.formula."+f.ID))
	}
	return w.Flush()
}

func (s Streams) explainFigure(figures []measure.Figure, o MeasureOptions) error {
	for _, f := range figures {
		if f.ID != o.Explain {
			continue
		}
		if o.JSON {
			return s.line(s.printed(f))
		}
		_, err := fmt.Fprintf(s.Out, "%s  %s\n%s\n+ %s\n- %s\n", s.Words.Text(s.Lang, "measure."+f.ID), s.valueOf(f),
			s.Words.Text(s.Lang, "measure.formula."+f.ID), strings.Join(f.In, " "), strings.Join(f.Out, " "))
		return err
	}
	return huiying.Errorf(huiying.Invalid, "cli.no_figure", o.Explain, strings.Join(measure.IDs(), " "))
}

// valueOf is a rate with its counts, or median, P90 and longest of a duration;
// of nothing there is no value.
func (s Streams) valueOf(f measure.Figure) string {
	if f.Denominator == 0 {
		return "—"
	}
	if f.Lasts {
		return s.Words.Text(s.Lang, "cli.took", short(f.Median), short(f.P90), short(f.Max), f.Denominator)
	}
	rate, _ := f.Rate()
	return fmt.Sprintf("%d/%d = %.1f %%", f.Numerator, f.Denominator, 100*rate)
}

func short(d time.Duration) string { return d.Round(time.Second).String() }

// printed is a figure with its values, name and formula.
func (s Streams) printed(f measure.Figure) query.Measure {
	m := app.Measured(f)
	m.Name, m.Formula = s.Words.Text(s.Lang, "measure."+f.ID), s.Words.Text(s.Lang, "measure.formula."+f.ID)
	return m
}
