// Package document is one model of an office paper and its writers: a word
// processor's file (DOCX), a page that prints on A4 (HTML), a workbook (XLSX)
// and plain text (Text). What a paper says is decided by who fills the model;
// here it only takes a form, the same in all four.
//
// It refuses a table whose cells do not fill its columns and a chart whose
// series are not as long as its categories, with the caption in the sentence:
// half a table in a signed paper is worse than none. It draws no pictures,
// fetches nothing and runs no script; what a spreadsheet would take for a
// formula is quoted, and characters that XML does not know are replaced.
package document

import "strconv"

// Document is a paper. Blocks of Lead stand before the first heading; Close
// stands under the last section, at the right: who signs, and the day.
type Document struct {
	Lang     string // zh (also when empty) or en: the numbers of headings and the few fixed words
	Title    string
	Office   string // the line under the title
	Date     string // the line under that, as it shall stand: "2018年1月15日"
	Header   string // at the head of every page; empty = office and title
	Status   string // beside it, such as "草稿": what this paper is not yet
	Lead     []Block
	Sections []Section
	Close    []string
}

// Section is a heading with what stands under it, at most three deep: 一、,
// （一）, 1.
type Section struct {
	Title    string
	Bare     bool // no number before the title
	Blocks   []Block
	Sections []Section
}

// Block is a Paragraph, List, Table, Chart, Gap or PageBreak.
type Block interface{ block() }

// Paragraph is a paragraph of the body; its first line is indented, unless it
// is Flush.
type Paragraph struct {
	Runs  []Run
	Flush bool
}

// List is paragraphs with a mark before each: 1. 2. 3. when Ordered, else a dot.
type List struct {
	Ordered bool
	Items   [][]Run
}

// Gap is a note about data that are missing from the period: which source, from
// when until when. It stands out in every form.
type Gap struct{ Text string }

// PageBreak starts a new page.
type PageBreak struct{}

func (Paragraph) block() {}
func (List) block()      {}
func (Table) block()     {}
func (Chart) block()     {}
func (Gap) block()       {}
func (PageBreak) block() {}

// Run is a piece of text of one kind.
type Run struct {
	Text   string
	Figure string // id of the figure the text is locked to; empty = free text
	Link   string // the page that lists what makes the figure; only HTML shows it
	Strong bool
	Mark   Mark
}

// Mark is what a reader must not overlook about a run.
type Mark string

// The marks.
const (
	Plain   Mark = ""
	Missing Mark = "missing" // nobody has filled it in: 未填, 待填写
	Changed Mark = "changed" // the data say something else now
)

// Words is free text as a list of one run.
func Words(text string) []Run { return []Run{{Text: text}} }

// Locked is a number that belongs to the figure of this id.
func Locked(figure, text string) Run { return Run{Text: text, Figure: figure} }

// Para is a paragraph of these runs.
func Para(runs ...Run) Paragraph { return Paragraph{Runs: runs} }

// Say is a paragraph of one free text.
func Say(text string) Paragraph { return Paragraph{Runs: Words(text)} }

// Table is rows under heads. A cell that spans columns or rows is listed once,
// in the row and at the place where it begins; what it covers is not listed.
type Table struct {
	Name    string // of its sheet in a workbook; empty = from the caption
	Caption string
	Unit    string // above the table at the right: "单位：件"
	Columns []Column
	Head    [][]Cell // these rows stand again at the top of every page
	Rows    [][]Cell
	Note    string // under the table
	Small   bool   // a narrower letter, for many columns
}

// Column is a column of a table. Widths are shares of the page's width; all
// zero = from the longest words.
type Column struct {
	Width int
	Align Align
}

// Align is where the text of a cell stands; a cell without one takes its
// column's.
type Align string

// The alignments; Number is right with figures of one width.
const (
	Auto   Align = ""
	Left   Align = "left"
	Center Align = "center"
	Right  Align = "right"
	Number Align = "number"
)

// Cell is a cell. Value is what it counts, for a workbook; nil = words.
type Cell struct {
	Runs  []Run
	Value *float64
	Span  int // columns; 0 = 1
	Down  int // rows; 0 = 1
	Align Align
	Head  bool // names what stands beside or below it
}

// TextCell is a cell of words.
func TextCell(text string) Cell { return Cell{Runs: Words(text)} }

// HeadCell is a cell that names a row or a column.
func HeadCell(text string) Cell { return Cell{Runs: Words(text), Head: true} }

// Count is a cell with a whole number, locked to a figure when it has an id.
func Count(figure string, n int) Cell { return Amount(figure, float64(n), strconv.Itoa(n)) }

// Amount is a cell with a number and the text it stands as.
func Amount(figure string, value float64, text string) Cell {
	return Cell{Runs: []Run{Locked(figure, text)}, Value: &value, Align: Number}
}

// Over makes a cell cover so many columns and rows.
func (c Cell) Over(columns, rows int) Cell {
	c.Span, c.Down = columns, rows
	return c
}

// text is all of the cell's words.
func (c Cell) text() string { return joined(c.Runs) }

func joined(runs []Run) string {
	out := ""
	for _, r := range runs {
		out += clean(r.Text)
	}
	return out
}

// Chart is a drawing of numbers with a sentence that says what it shows. Where
// it cannot be drawn, its table stands for it.
type Chart struct {
	Kind       Kind
	Title      string
	Unit       string
	Summary    string // one sentence
	Categories []string
	Series     []Series
	ShowTable  bool // print the numbers below the drawing too; HTML always holds them
}

// Kind is how a chart is drawn.
type Kind string

// The kinds.
const (
	Bars    Kind = "bars"    // columns, series side by side
	Stacked Kind = "stacked" // columns, series on top of each other
	Ranked  Kind = "ranked"  // bars from the left, the first category on top
	Lines   Kind = "lines"
)

// Series is the values of a chart's categories. NaN = no data, which is not
// zero: a line breaks there.
type Series struct {
	Name   string
	Values []float64
	Color  string // six hexadecimal digits; empty = the next of the palette
}
