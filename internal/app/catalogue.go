package app

import (
	"context"
	"errors"
	"path/filepath"
	"slices"

	"huiying/analyzer/catalogue"
	"huiying/crawler/intake/sheet"
)

// readItems reads a catalogue of service items 事项目录 from an xlsx or a csv, as
// hand-overs are read; "" gives none.
func readItems(path string) (items []catalogue.Item, err error) {
	if path == "" {
		return nil, nil
	}
	name := filepath.Base(path)
	book, err := sheet.Open(path, name)
	if err != nil {
		return nil, err //nolint:wrapcheck // a sentence already
	}
	defer func() { err = errors.Join(err, book.Close()) }()
	var sheets [][]catalogue.Row
	for _, s := range book.Sheets() {
		var rows []catalogue.Row
		err := book.Rows(context.Background(), s, func(r sheet.Row) error {
			rows = append(rows, catalogue.Row{N: r.N, Cells: slices.Clone(r.Cells)})
			return nil
		})
		if err != nil {
			return nil, err //nolint:wrapcheck // a sentence already
		}
		sheets = append(sheets, rows)
	}
	c, err := catalogue.Parse(name, sheets)
	if err != nil {
		return nil, err //nolint:wrapcheck // sentences with the row
	}
	return c.Items, nil
}
