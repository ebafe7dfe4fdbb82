package reports

import (
	"huiying/internal/locale"
	"huiying/internal/query"
	"huiying/internal/report/periodic"
)

// explained is a figure with its name, its value and what makes it up.
func (d *Desk) explained(facts periodic.Facts, f periodic.Figure, c Counted, lang locale.Lang) query.ReportFigure {
	w := d.words(lang)
	out := query.ReportFigure{
		ID: f.ID, Name: w.Name(f.ID, facts), Value: w.Value(f), From: f.From.In(d.o.Zone), To: f.To.In(d.o.Zone), Query: f.Query,
		In: []string{}, Rest: []string{},
	}
	if m := c.Members[f.ID]; m != nil {
		out.In, out.Rest = append(out.In, m.In...), append(out.Rest, m.Rest...)
	}
	return out
}

// Explain lists every figure of a count with what makes it up, where that was
// asked for.
func (d *Desk) Explain(c Counted, lang locale.Lang) (out []query.ReportFigure) {
	d.fill(&c.Facts, c.Quotes)
	for _, f := range c.Facts.Figures {
		out = append(out, d.explained(c.Facts, f, c, lang))
	}
	return out
}
