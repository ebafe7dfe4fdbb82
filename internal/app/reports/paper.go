package reports

import (
	"huiying/internal/query"
	"huiying/internal/report/document"
)

// blocks are a document as pages show it.
func blocks(doc document.Document) (out []query.PaperBlock) {
	out = append(out, content(doc.Lead)...)
	for _, s := range doc.Sections {
		out = append(out, headed(s)...)
	}
	for _, line := range doc.Close {
		out = append(out, query.PaperBlock{Kind: "text", Runs: []query.PaperRun{{Text: line}}})
	}
	return out
}

// headed is a section with its heading.
func headed(s document.Section) []query.PaperBlock {
	return append([]query.PaperBlock{{Kind: "heading", Level: 2, Runs: []query.PaperRun{{Text: s.Title}}}}, content(s.Blocks)...)
}

func content(list []document.Block) (out []query.PaperBlock) {
	for _, b := range list {
		switch b := b.(type) {
		case document.Paragraph:
			out = append(out, query.PaperBlock{Kind: "text", Runs: runs(b.Runs)})
		case document.Gap:
			out = append(out, query.PaperBlock{Kind: "gap", Runs: []query.PaperRun{{Text: b.Text}}})
		case document.List:
			one := query.PaperBlock{Kind: "list", Ordered: b.Ordered}
			for _, item := range b.Items {
				one.Items = append(one.Items, runs(item))
			}
			out = append(out, one)
		case document.Table:
			out = append(out, grid(b))
		case document.Chart:
			out = append(out, query.PaperBlock{Kind: "text", Runs: []query.PaperRun{{Text: b.Summary}}})
			t := grid(b.Table())
			t.Folded = true
			out = append(out, t)
		}
	}
	return out
}

func runs(list []document.Run) (out []query.PaperRun) {
	for _, r := range list {
		out = append(out, query.PaperRun{Text: r.Text, Figure: r.Figure, Mark: string(r.Mark)})
	}
	return out
}

// grid is a table; those of reports have no cells that span.
func grid(t document.Table) query.PaperBlock {
	out := query.PaperBlock{Kind: "table", Caption: t.Caption}
	for _, row := range t.Head {
		for _, c := range row {
			out.Head = append(out.Head, joined(c.Runs))
		}
	}
	for _, row := range t.Rows {
		var cells [][]query.PaperRun
		for _, c := range row {
			cells = append(cells, runs(c.Runs))
		}
		out.Rows = append(out.Rows, cells)
	}
	if t.Note != "" {
		out.Caption += " " + t.Note
	}
	return out
}

func joined(list []document.Run) (text string) {
	for _, r := range list {
		text += r.Text
	}
	return text
}
