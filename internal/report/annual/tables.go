package annual

import (
	"huiying/internal/query"
	"huiying/internal/report/document"
)

func (p printer) table(name string) document.Table {
	switch name {
	case "2":
		return p.proactive()
	case "3":
		return p.applications()
	}
	return p.remedies()
}

// cell is a number of a table by its name in braces.
func (p printer) cell(name string) document.Cell {
	n := p.number(name)
	c := document.Cell{Runs: []document.Run{p.run(name)}, Align: document.Center}
	if !n.missing {
		c.Value = &n.value
	}
	return c
}

func head(text string) document.Cell { return document.HeadCell(text) }

// named is a cell that names its row.
func named(text string) document.Cell {
	c := document.HeadCell(text)
	c.Align = document.Left
	return c
}

// proactive is the table of the second section.
func (p printer) proactive() document.Table {
	t := document.Table{Name: "主动公开", Caption: "主动公开政府信息情况", Columns: []document.Column{{Width: 30}, {Width: 20}, {Width: 20}, {Width: 20}}}
	bar := func(text string) { t.Rows = append(t.Rows, []document.Cell{head(text).Over(4, 1)}) }
	bar("第二十条第（一）项")
	row := []document.Cell{head("信息内容")}
	for _, c := range Rules() {
		row = append(row, head(c.ZH))
	}
	t.Rows = append(t.Rows, row)
	for _, r := range []struct{ name, id string }{{"规章", "rulemaking.rules"}, {"行政规范性文件", "rulemaking.documents"}} {
		row := []document.Cell{named(r.name)}
		for _, c := range Rules() {
			row = append(row, p.cell(query.FactKey(r.id, c.ID)))
		}
		t.Rows = append(t.Rows, row)
	}
	one := func(title, what, name, id string) {
		bar(title)
		t.Rows = append(t.Rows, []document.Cell{head("信息内容"), head(what).Over(3, 1)}, []document.Cell{named(name), p.cell(id).Over(3, 1)})
	}
	one("第二十条第（五）项", "本年处理决定数量", "行政许可", "decisions.permits")
	one("第二十条第（六）项", "本年处理决定数量", "行政处罚", "decisions.penalties")
	t.Rows = append(t.Rows, []document.Cell{named("行政强制"), p.cell("decisions.coercion").Over(3, 1)})
	one("第二十条第（八）项", "本年收费金额（单位：万元）", "行政事业性收费", "fees.collected")
	return t
}

// applications is the table of the third section. Totals are summed: nobody
// can enter another.
func (p printer) applications() document.Table {
	t := document.Table{Name: "依申请公开", Caption: "收到和处理政府信息公开申请情况", Unit: "单位：件", Small: true,
		Columns: []document.Column{{Width: 10}, {Width: 13}, {Width: 34}, {Width: 9}, {Width: 9}, {Width: 9}, {Width: 10}, {Width: 10}, {Width: 8}, {Width: 9}}}
	last := len(Applicants()) - 1
	t.Head = [][]document.Cell{
		{head("（本列数据的勾稽关系为：第一项加第二项之和，等于第三项加第四项之和）").Over(3, 3), head("申请人情况").Over(len(Applicants())+1, 1)},
		{head("自然人").Over(1, 2), head("法人或其他组织").Over(last, 1), head("总计").Over(1, 2)},
		{},
	}
	for _, a := range Applicants()[1:] {
		t.Head[2] = append(t.Head[2], head(a.ZH))
	}
	add := func(id string, names ...document.Cell) {
		row := names
		for _, a := range Applicants() {
			row = append(row, p.cell(query.FactKey(id, a.ID)))
		}
		t.Rows = append(t.Rows, append(row, p.cell("sum "+id)))
	}
	add("apply.new", named("一、本年新收政府信息公开申请数量").Over(3, 1))
	add("apply.carried", named("二、上年结转政府信息公开申请数量").Over(3, 1))
	group := ""
	for i, r := range Results() {
		var names []document.Cell
		if i == 0 {
			names = append(names, named("三、本年度办理结果").Over(1, len(Results())+1))
		}
		switch {
		case r.Group == "":
			names = append(names, named(r.ZH).Over(2, 1))
		case r.Group != group:
			names = append(names, named(r.Group).Over(1, members(r.Group)), named(r.ZH))
		default:
			names = append(names, named(r.ZH))
		}
		group = r.Group
		add(r.ID, names...)
	}
	t.Rows = append(t.Rows, p.totals())
	add("apply.next", named("四、结转下年度继续办理").Over(3, 1))
	return t
}

func members(group string) int {
	n := 0
	for _, r := range Results() {
		if r.Group == group {
			n++
		}
	}
	return n
}

// totals is the row that adds the results up.
func (p printer) totals() []document.Cell {
	row := []document.Cell{named("（七）总计").Over(2, 1)}
	for _, a := range Applicants() {
		total, whole := 0.0, true
		for _, r := range Results() {
			f, ok := p.facts[query.FactKey(r.ID, a.ID)]
			total, whole = total+f.Value, whole && ok
		}
		row = append(row, p.computed("total results/"+a.ID, counted(total, whole)))
	}
	return append(row, p.computed("total results", p.results()))
}

// computed is a cell that follows from others.
func (p printer) computed(figure string, n number) document.Cell {
	r := document.Run{Text: n.text, Figure: figure}
	c := document.Cell{Align: document.Center}
	if n.missing {
		r.Mark = document.Missing
	} else {
		c.Value = &n.value
	}
	c.Runs = []document.Run{r}
	return c
}

// remedies is the table of the fourth section.
func (p printer) remedies() document.Table {
	t := document.Table{Name: "复议诉讼", Caption: "政府信息公开行政复议、行政诉讼情况", Unit: "单位：件", Small: true, Columns: make([]document.Column, 15)}
	for i := range t.Columns {
		t.Columns[i].Width = 1
	}
	t.Head = [][]document.Cell{
		{head("行政复议").Over(5, 2), head("行政诉讼").Over(10, 1)},
		{head("未经复议直接起诉").Over(5, 1), head("复议后起诉").Over(5, 1)},
		{},
	}
	var row []document.Cell
	for _, id := range []string{"review", "court.direct", "court.after"} {
		for _, v := range Verdicts() {
			t.Head[2] = append(t.Head[2], head(v.ZH))
			row = append(row, p.cell(query.FactKey(id, v.ID)))
		}
		t.Head[2] = append(t.Head[2], head("总计"))
		row = append(row, p.cell("sum "+id))
	}
	t.Rows = [][]document.Cell{row}
	return t
}
