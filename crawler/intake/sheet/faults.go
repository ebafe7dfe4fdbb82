package sheet

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/xuri/excelize/v2"
)

// Faults is the copy of a sheet that goes back to whoever made it: the bad
// rows as they were, behind the number of the row and what is wrong with it.
// Its memory does not grow with the rows.
type Faults struct {
	file *excelize.File
	out  *excelize.StreamWriter
	n    int
}

// The first two headings of the copy; a corrected copy may be handed over
// again, as headings that nobody knows do no harm.
const (
	HeadRow   = "原行号"
	HeadFault = "错误说明"
)

const faultSheet = "Sheet1"

// NewFaults begins a copy with the headings of the sheet.
func NewFaults(header []string) (*Faults, error) {
	f := &Faults{file: excelize.NewFile()}
	out, err := f.file.NewStreamWriter(faultSheet)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("begin the error sheet: %w", err), f.file.Close())
	}
	f.out = out
	err = errors.Join(out.SetColWidth(1, 1, 8), out.SetColWidth(2, 2, 60), out.SetColWidth(3, 12, 20),
		f.write(append([]string{HeadRow, HeadFault}, header...), 0))
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

// Add writes one bad row with what is wrong.
func (f *Faults) Add(r Row, fault string) error {
	return f.write(append([]string{"", fault}, r.Cells[:min(len(r.Cells), MaxCells)]...), r.N)
}

// N is how many rows were added.
func (f *Faults) N() int { return f.n }

func (f *Faults) write(cells []string, number int) error {
	values := make([]any, len(cells))
	for i, c := range cells {
		values[i] = storable(c)
	}
	if number > 0 {
		values[0] = number
		f.n++
	}
	at := 1
	if number > 0 {
		at = f.n + 1
	}
	cell, err := excelize.CoordinatesToCellName(1, at)
	if err == nil {
		err = f.out.SetRow(cell, values)
	}
	if err != nil {
		return fmt.Errorf("write the error sheet: %w", err)
	}
	return nil
}

// storable is a cell that an xlsx can hold.
func storable(s string) string {
	s = strings.ToValidUTF8(s, "\ufffd")
	if utf8.RuneCountInString(s) > MaxCell {
		s = string([]rune(s)[:MaxCell])
	}
	return s
}

// Write ends the copy and writes it as an xlsx.
func (f *Faults) Write(w io.Writer) error {
	if err := f.out.Flush(); err != nil {
		return fmt.Errorf("end the error sheet: %w", err)
	}
	if _, err := f.file.WriteTo(w); err != nil {
		return fmt.Errorf("write the error sheet: %w", err)
	}
	return nil
}

// Close lets go of what was buffered.
func (f *Faults) Close() error { return f.file.Close() }
