package place

import (
	_ "embed"
	"fmt"
	"slices"
	"strings"
	"sync"
)

//go:embed places.tsv
var builtin []byte

// Table is a checked list of places. It never changes.
type Table struct {
	rows []row // by code
}

// row is one line of a table.
type row struct {
	code, parent string
	level        Level
	name         string // as written
	shorts       []short
	excluding    []string // folded
	line         int      // in the file being read; 0 = in the table beneath
}

// short is a short form.
type short struct {
	text     string // folded
	doubtful bool
}

// parsed reads the built-in table once; that it is sound is a test's business,
// so one that is not is a programmer's error.
var parsed = sync.OnceValue(func() *Table {
	t, err := Parse("places.tsv", builtin, nil)
	if err != nil {
		panic(fmt.Sprintf("place: the built-in table: %v", err))
	}
	return t
})

// Builtin gives the table inside the program.
func Builtin() *Table { return parsed() }

// Len is how many places the table has.
func (t *Table) Len() int { return len(t.rows) }

// at finds a row by its code.
func (t *Table) at(code string) (int, bool) {
	return slices.BinarySearchFunc(t.rows, code, func(r row, code string) int { return strings.Compare(r.code, code) })
}

// with lays rows over those of a table: a row replaces the one of its code.
func (t *Table) with(rows []row) *Table {
	out := &Table{rows: make([]row, 0, len(t.rows)+len(rows))}
	laid := map[string]bool{}
	for _, r := range rows {
		laid[r.code] = true
	}
	for _, r := range t.rows {
		if !laid[r.code] {
			r.line = 0
			out.rows = append(out.rows, r)
		}
	}
	out.rows = append(out.rows, rows...)
	slices.SortFunc(out.rows, func(a, b row) int { return strings.Compare(a.code, b.code) })
	return out
}
