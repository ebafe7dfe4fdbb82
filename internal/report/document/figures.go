package document

import (
	"math"
	"strconv"
)

// palette is what series take that name no colour of their own; the sixth
// begins anew.
func palette(i int) string {
	return []string{"0B57D0", "E07B00", "00838F", "7A5AF5", "8A94A6"}[i%5]
}

// color is that of a series; those that name none share the palette out.
func (c Chart) color(i int) string {
	if c.Series[i].Color != "" {
		return c.Series[i].Color
	}
	n := 0
	for _, s := range c.Series[:i] {
		if s.Color == "" {
			n++
		}
	}
	return palette(n)
}

// dash tells the lines of series apart where colours are not seen.
func dash(i int) (word, svg string) {
	words := []string{"solid", "dash", "sysDot", "lgDashDot", "sysDash"}
	strokes := []string{"none", "8 4", "2 3", "12 4 2 4", "4 3"}
	return words[i%5], strokes[i%5]
}

// decimal writes a value as short as it is true.
func decimal(v float64) string {
	if math.IsNaN(v) {
		return "—"
	}
	return strconv.FormatFloat(v, 'f', -1, 64)
}

// Table is the chart's numbers as a table: a row for each category.
func (c Chart) Table() Table {
	t := Table{Caption: c.Title, Unit: c.Unit, Columns: []Column{{}}, Head: [][]Cell{{HeadCell("")}}, Small: true}
	for _, s := range c.Series {
		t.Columns = append(t.Columns, Column{Align: Number})
		t.Head[0] = append(t.Head[0], HeadCell(s.Name))
	}
	for i, name := range c.Categories {
		row := []Cell{{Runs: Words(name), Head: true, Align: Left}}
		for _, s := range c.Series {
			cell := Cell{Runs: Words(decimal(s.Values[i])), Align: Number}
			if v := s.Values[i]; !math.IsNaN(v) {
				cell.Value = &v
			}
			row = append(row, cell)
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}

// span is the least and the greatest height a drawing needs, zero included.
func (c Chart) span() (low, high float64) {
	for i := range c.Categories {
		up, down := 0.0, 0.0
		for _, s := range c.Series {
			v := s.Values[i]
			switch {
			case math.IsNaN(v):
			case c.Kind == Stacked && v >= 0:
				up += v
			case c.Kind == Stacked:
				down += v
			default:
				up, down = max(up, v), min(down, v)
			}
		}
		low, high = min(low, down), max(high, up)
	}
	if low == high {
		high = 1
	}
	return low, high
}

// scale gives the ends and the step of an axis: 1, 2 or 5 times a power of ten,
// about five steps.
func scale(low, high float64) (from, to, step float64) {
	raw := (high - low) / 5
	power := math.Pow(10, math.Floor(math.Log10(raw)))
	step = 10 * power
	for _, m := range []float64{1, 2, 5} {
		if m*power >= raw*0.999 {
			step = m * power
			break
		}
	}
	return math.Floor(low/step) * step, math.Ceil(high/step) * step, step
}
