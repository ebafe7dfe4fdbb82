package document

import (
	"strings"
)

// Text is the document as plain text, for people who compare and for goldens:
// tables as rows between bars, charts as their sentence and their table.
func Text(d Document) (string, error) {
	if err := d.Check(); err != nil {
		return "", err
	}
	var b strings.Builder
	for _, line := range []string{d.Title, d.Office, d.Date} {
		if line != "" {
			b.WriteString(clean(line) + "\n")
		}
	}
	if d.Status != "" {
		b.WriteString("【" + clean(d.Status) + "】\n")
	}
	for block := range d.flow() {
		b.WriteString("\n")
		textOf(&b, block, d)
	}
	if len(d.Close) > 0 {
		b.WriteString("\n")
		for _, line := range d.Close {
			b.WriteString("　　　　" + clean(line) + "\n")
		}
	}
	return b.String(), nil
}

func textOf(b *strings.Builder, block Block, d Document) {
	switch v := block.(type) {
	case heading:
		b.WriteString(strings.Repeat("#", v.level) + " " + v.text() + "\n")
	case Paragraph:
		b.WriteString(joined(v.Runs) + "\n")
	case List:
		for i, item := range v.Items {
			b.WriteString(mark(v, i) + " " + joined(item) + "\n")
		}
	case Gap:
		b.WriteString("！" + clean(v.Text) + "\n")
	case PageBreak:
		b.WriteString("--------\n")
	case Table:
		v.plain(b)
	case Chart:
		b.WriteString("[" + d.word("图", "Chart") + "] " + clean(v.Summary) + "\n")
		v.Table().plain(b)
	}
}

// plain writes rows; what a cell covers beside its beginning is an empty place.
func (t Table) plain(b *strings.Builder) {
	if title := t.caption(); title != "" {
		b.WriteString(title + "\n")
	}
	for _, rows := range [][][]Cell{t.Head, t.Rows} {
		grid, err := t.grid(rows)
		if err != nil {
			continue // check has said so
		}
		for _, row := range grid {
			for _, s := range row {
				text := ""
				if s.top && s.left {
					text = strings.Join(lines(s.cell.text()), " / ")
				}
				b.WriteString("| " + text + " ")
			}
			b.WriteString("|\n")
		}
	}
	if t.Note != "" {
		b.WriteString(clean(t.Note) + "\n")
	}
}

func (t Table) caption() string {
	if t.Unit == "" {
		return clean(t.Caption)
	}
	return strings.TrimSpace(clean(t.Caption) + "（" + clean(t.Unit) + "）")
}
