// Package handover turns hand-overs of other offices, whether rows of a sheet
// or JSON, into posts. It guesses no number, no time and no deadline: a row
// that does not say them is refused with a sentence on what to do.
package handover

import (
	"errors"
	"slices"
	"strings"
	"unicode"

	"huiying"
	"huiying/crawler/intake/sheet"
)

// The fields of a hand-over that a column may hold.
const (
	fieldNumber     = "number"
	fieldTitle      = "title"
	fieldText       = "text"
	fieldTime       = "time"
	fieldDue        = "due"
	fieldStatus     = "status"
	fieldName       = "name"
	fieldPhone      = "phone"
	fieldRegion     = "region"
	fieldUnit       = "unit"
	fieldURL        = "url"
	fieldAnswer     = "answer"
	fieldAnswerTime = "answer_time"
	fieldAnswerUnit = "answer_unit"
)

// Headings are what the columns of the fields may be called, the surest name
// first.
type Headings map[string][]string

// BuiltIn is the headings that mailboxes, hotlines and consultation systems
// export.
func BuiltIn() Headings {
	return Headings{
		fieldNumber: {"工单编号", "工单号", "来信编号", "信件编号", "受理编号", "诉求编号", "事项编号", "咨询编号", "留言编号", "投诉编号", "交办编号", "转办编号", "受理单号", "工单流水号", "流水号", "单号", "编号", "number", "id"},
		fieldTitle:  {"标题", "主题", "来信主题", "信件标题", "来信标题", "工单标题", "诉求标题", "咨询标题", "留言标题", "咨询主题", "事项标题", "title"},
		fieldText: {"诉求内容", "来信内容", "信件内容", "工单内容", "咨询内容", "留言内容", "投诉内容", "反映内容", "反映问题", "诉求描述", "问题描述", "主要内容", "来电内容",
			"内容", "具体内容", "诉求", "text", "content"},
		fieldTime: {"受理时间", "来信时间", "来电时间", "受理日期", "来信日期", "来电日期", "诉求时间", "咨询时间", "留言时间", "提交时间", "登记时间", "创建时间", "写信时间", "提问时间",
			"交办时间", "转办时间", "日期", "时间", "time"},
		fieldDue: {"办理期限", "截止时间", "办理时限", "截止日期", "办结期限", "办结时限", "答复期限", "回复期限", "答复时限", "回复时限", "要求办结时间", "要求完成时间", "应办结时间", "到期时间",
			"处理时限", "due", "deadline"},
		fieldStatus:     {"办理状态", "处理状态", "工单状态", "信件状态", "来信状态", "答复状态", "回复状态", "当前状态", "状态", "status"},
		fieldName:       {"来电人", "来信人", "来电人姓名", "来信人姓名", "写信人", "诉求人", "诉求人姓名", "咨询人", "留言人", "反映人", "投诉人", "联系人", "市民姓名", "姓名", "name"},
		fieldPhone:      {"联系电话", "来电号码", "来电电话", "联系方式", "手机号码", "手机号", "手机", "电话号码", "电话", "phone"},
		fieldRegion:     {"所属区域", "事发区域", "诉求区域", "所属区县", "所在区域", "区域", "region"},
		fieldUnit:       {"承办单位", "主办单位", "办理单位", "处理单位", "责任单位", "承办部门", "办理部门", "受理单位", "交办单位", "转办单位", "unit"},
		fieldURL:        {"链接", "网址", "url"},
		fieldAnswer:     {"答复内容", "回复内容", "办理结果", "处理结果", "答复意见", "回复意见", "办理意见", "处理意见", "答复", "回复", "answer"},
		fieldAnswerTime: {"答复时间", "回复时间", "答复日期", "回复日期", "办结时间", "办结日期", "answertime"},
		fieldAnswerUnit: {"答复单位", "回复单位", "答复部门", "回复部门", "answerunit"},
	}
}

// required are the fields without which a hand-over is none.
func required() []string { return []string{fieldNumber, fieldText, fieldTime} }

// With gives the headings with those of one office in place of the built-in
// ones. Errors: huiying.Invalid for a field that there is not, or a list
// without a name.
func (h Headings) With(own map[string][]string, source string) (Headings, error) {
	out := Headings{}
	for field, names := range h {
		out[field] = names
	}
	var errs []error
	for field, names := range own {
		if _, known := h[field]; !known {
			errs = append(errs, huiying.Errorf(huiying.Invalid, "intake.no_field", source, field, strings.Join(Fields(), ", ")))
		}
		if len(names) == 0 {
			errs = append(errs, huiying.Errorf(huiying.Invalid, "intake.no_heading", source, field))
		}
		out[field] = names
	}
	return out, errors.Join(errs...)
}

// Fields lists the fields that a column may hold.
func Fields() []string {
	return []string{
		fieldNumber, fieldTitle, fieldText, fieldTime, fieldDue, fieldStatus, fieldName, fieldPhone, fieldRegion, fieldUnit,
		fieldURL, fieldAnswer, fieldAnswerTime, fieldAnswerUnit,
	}
}

// Columns says which column holds which field.
type Columns struct {
	Header []string // as they stand in the sheet
	at     map[string]int
	last   int // number of the heading's last row
}

// headerWithin is in how many rows from the top the headings are looked for.
const headerWithin = 30

// seeker looks for the headings in the rows from the top. A heading may take
// two rows, of which the upper one groups.
type seeker struct {
	headings Headings
	before   sheet.Row
	found    *Columns
	best     map[string]int // of the row that held most
}

// look takes the next row, and reports that there is no need to look further.
func (s *seeker) look(r sheet.Row) bool {
	if s.found != nil {
		s.below(r)
		return true
	}
	if r.N > headerWithin {
		return true
	}
	r.Cells = slices.Clone(r.Cells)
	for i, header := range [][]string{r.Cells, under(s.before, r)} {
		at := s.headings.match(header)
		if len(at) > len(s.best) {
			s.best = at
		}
		if header != nil && len(lacking(at)) == 0 {
			s.found = &Columns{Header: header, at: at, last: r.N}
			s.before = r
			return i == 1
		}
	}
	s.before = r
	return false
}

// below joins the row below the headings to them where it only names the
// columns of a group, as 姓名 and 电话 below 来电人.
func (s *seeker) below(r sheet.Row) {
	for _, field := range required() {
		if i := s.found.at[field]; i < len(r.Cells) && strings.TrimSpace(r.Cells[i]) != "" {
			return
		}
	}
	header := under(s.before, r)
	if header == nil || len(s.headings.match(r.Cells)) == 0 {
		return
	}
	s.found = &Columns{Header: header, at: s.headings.match(header), last: r.N}
}

// under joins a row of headings with the one above it, nil where that is not
// the next one.
func under(above, below sheet.Row) []string {
	if above.N == 0 || above.N+1 != below.N {
		return nil
	}
	out := make([]string, max(len(above.Cells), len(below.Cells)))
	copy(out, above.Cells)
	for i, c := range below.Cells {
		if strings.TrimSpace(c) != "" {
			out[i] = c
		}
	}
	return out
}

// match finds the column of each field.
func (h Headings) match(header []string) map[string]int {
	names := make([]string, len(header))
	for i, c := range header {
		names[i] = heading(c)
	}
	out := map[string]int{}
	for field, known := range h {
		for _, name := range known {
			if i := slices.Index(names, heading(name)); i >= 0 {
				out[field] = i
				break
			}
		}
	}
	return out
}

// lacking are the required fields without a column.
func lacking(at map[string]int) []string {
	var out []string
	for _, field := range required() {
		if _, ok := at[field]; !ok {
			out = append(out, field)
		}
	}
	return out
}

// heading is a heading as it is compared: without spaces, marks that say
// "required", what stands in brackets, and in one width and case.
func heading(s string) string {
	var b strings.Builder
	deep := 0
	for _, r := range s {
		switch r = narrow(r); {
		case r == '(' || r == '[' || r == '【':
			deep++
		case r == ')' || r == ']' || r == '】':
			deep = max(deep-1, 0)
		case deep > 0 || unicode.IsSpace(r) || !unicode.IsPrint(r) || strings.ContainsRune("*:_-.", r):
		default:
			b.WriteRune(unicode.ToLower(r))
		}
	}
	return b.String()
}

// narrow is the half-width form of a full-width sign.
func narrow(r rune) rune {
	switch {
	case r >= '！' && r <= '～':
		return r - '！' + '!'
	case r == '\u3000':
		return ' '
	}
	return r
}
