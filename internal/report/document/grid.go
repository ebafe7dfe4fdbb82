package document

import (
	"fmt"
	"math"
	"regexp"
	"unicode/utf8"
)

// slot is a place of a table's grid: the cell that covers it, and whether the
// cell begins in this row and column.
type slot struct {
	cell        *Cell
	top, left   bool
	width, deep int // of the cell
}

// grid lays cells out over their columns: the first free place of the row takes
// the next cell, which covers what it says. Rows that do not come out even are
// refused.
func (t Table) grid(rows [][]Cell) ([][]slot, error) {
	n := len(t.Columns)
	out := make([][]slot, len(rows))
	for i := range out {
		out[i] = make([]slot, n)
	}
	for r, row := range rows {
		col := 0
		for c := range row {
			cell := &row[c]
			for col < n && out[r][col].cell != nil {
				col++
			}
			wide, deep := max(cell.Span, 1), max(cell.Down, 1)
			if col+wide > n || r+deep > len(rows) {
				return nil, fmt.Errorf("table %q: row %d: cell %d reaches beyond the table", t.Caption, r+1, c+1)
			}
			if !cover(out, r, col, slot{cell: cell, width: wide, deep: deep}) {
				return nil, fmt.Errorf("table %q: row %d: cell %d covers another", t.Caption, r+1, c+1)
			}
			col += wide
		}
		for c, s := range out[r] {
			if s.cell == nil {
				return nil, fmt.Errorf("table %q: row %d: column %d has no cell", t.Caption, r+1, c+1)
			}
		}
	}
	return out, nil
}

func cover(out [][]slot, row, col int, s slot) bool {
	for r := row; r < row+s.deep; r++ {
		for c := col; c < col+s.width; c++ {
			if out[r][c].cell != nil {
				return false
			}
			s.top, s.left = r == row, c == col
			out[r][c] = s
		}
	}
	return true
}

// align is where the text of a cell in this column stands.
func (t Table) align(s slot, column int) Align {
	switch {
	case s.cell.Align != Auto:
		return s.cell.Align
	case s.cell.Head:
		return Center
	case t.Columns[column].Align != Auto:
		return t.Columns[column].Align
	}
	return Left
}

// widths shares the room out over the columns: as they say, or by the longest
// word of each within bounds, so that no column starves.
func (t Table) widths(room int) []int {
	shares, total := make([]int, len(t.Columns)), 0
	for i, c := range t.Columns {
		shares[i] = c.Width
		total += c.Width
	}
	if total == 0 {
		t.measure(shares)
		for _, s := range shares {
			total += s
		}
	}
	left := room
	for i := range shares {
		shares[i] = room * shares[i] / total
		left -= shares[i]
	}
	shares[len(shares)-1] += left
	return shares
}

func (t Table) measure(shares []int) {
	for _, rows := range [][][]Cell{t.Head, t.Rows} {
		grid, err := t.grid(rows)
		if err != nil {
			continue // check has said so
		}
		for _, row := range grid {
			for i, s := range row {
				if s.width > 1 || !s.top {
					continue
				}
				for _, line := range lines(s.cell.text()) {
					shares[i] = max(shares[i], utf8.RuneCountInString(line))
				}
			}
		}
	}
	for i := range shares {
		shares[i] = min(max(shares[i], 4), 24)
	}
}

var color = regexp.MustCompile(`^[0-9a-fA-F]{6}$`)

// Check refuses a document that cannot be written whole. Every writer asks it
// first.
func (d Document) Check() error {
	for b := range d.flow() {
		var err error
		switch b := b.(type) {
		case heading:
			if b.level > 3 {
				err = fmt.Errorf("section %q stands deeper than three", b.title)
			}
		case Table:
			err = b.check()
		case Chart:
			err = b.check()
		}
		if err != nil {
			return fmt.Errorf("document %q: %w", d.Title, err)
		}
	}
	return nil
}

func (t Table) check() error {
	if len(t.Columns) == 0 {
		return fmt.Errorf("table %q has no columns", t.Caption)
	}
	for _, c := range t.Columns {
		if c.Width < 0 {
			return fmt.Errorf("table %q has a column of width %d", t.Caption, c.Width)
		}
	}
	for _, rows := range [][][]Cell{t.Head, t.Rows} {
		if _, err := t.grid(rows); err != nil {
			return err
		}
	}
	return nil
}

func (c Chart) check() error {
	switch c.Kind {
	case Bars, Stacked, Ranked, Lines:
	default:
		return fmt.Errorf("chart %q is of no known kind: %q", c.Title, c.Kind)
	}
	if len(c.Series) == 0 {
		return fmt.Errorf("chart %q has no series", c.Title)
	}
	for _, s := range c.Series {
		if len(s.Values) != len(c.Categories) {
			return fmt.Errorf("chart %q: series %q has %d values for %d categories", c.Title, s.Name, len(s.Values), len(c.Categories))
		}
		if s.Color != "" && !color.MatchString(s.Color) {
			return fmt.Errorf("chart %q: series %q: %q is no colour of six digits", c.Title, s.Name, s.Color)
		}
		for _, v := range s.Values {
			if math.IsInf(v, 0) {
				return fmt.Errorf("chart %q: series %q is not finite", c.Title, s.Name)
			}
		}
	}
	return nil
}
