// Package annual is the yearly report on the openness of government
// information: which numbers a year has, the two forms that print them, and
// the files they come from and go to. It knows no database: a register goes
// in, a document.Document comes out.
//
// It refuses a table of applications whose received and carried-over do not
// make up its results and what is carried on, and names the cell; and a
// release in which a number is missing. It never takes a missing number for
// zero.
package annual

import (
	"slices"
	"sync"

	"huiying/internal/query"
)

// Who tells a number, when people need not.
const (
	ByPeople = ""
	ByPosts  = "posts" // the office's own account, as it was collected
	ByCases  = "cases" // the record of cases
)

// Kind is one number of a year, or one number for each of its cells.
type Kind struct {
	ID       string
	ZH, EN   string
	Unit     string   // "件"
	Cells    []string // nil = it has none
	Counted  string   // ByPosts, ByCases
	Optional bool     // a report may go out without it
	Decimal  bool     // else only whole numbers
	Places   []Place  // where the forms print it
}

// Place is where a form prints a number.
type Place struct {
	Form    string // "2008", "2021"
	Section string // the section's number: "三", "二", …
	Table   string // of that section; "" = in its sentences
}

// Cell is a column or row that kinds share.
type Cell struct{ ID, ZH, EN string }

// Form numbers.
const (
	Form2008 = "2008" // seven sections, for years up to 2018
	Form2021 = "2021" // six sections with three tables (国办公开办函〔2021〕30号)
)

// Forms lists them.
func Forms() []string { return []string{Form2008, Form2021} }

// FormOf is the form that was in force for a year.
func FormOf(year int) string {
	if year < 2019 {
		return Form2008
	}
	return Form2021
}

// Applicants are the columns of the table of applications.
func Applicants() []Cell {
	return []Cell{
		{"natural", "自然人", "Natural persons"}, {"company", "商业企业", "Companies"}, {"research", "科研机构", "Research bodies"},
		{"welfare", "社会公益组织", "Public welfare bodies"}, {"legal", "法律服务机构", "Legal services"}, {"others", "其他", "Others"},
	}
}

// Channels are where questions and complaints come in.
func Channels() []Cell {
	return []Cell{{"mailbox", "领导信箱", "Leader's mailbox"}, {"hotline", "12345热线", "12345 hotline"}, {"consult", "网上咨询", "Online consultation"}}
}

// Verdicts are the columns of reconsideration and litigation.
func Verdicts() []Cell {
	return []Cell{{"upheld", "结果维持", "Upheld"}, {"corrected", "结果纠正", "Corrected"}, {"other", "其他结果", "Other"}, {"pending", "尚未审结", "Pending"}}
}

// Rules are the columns of rules and normative documents.
func Rules() []Cell {
	return []Cell{{"made", "本年制发件数", "Made"}, {"abolished", "本年废止件数", "Abolished"}, {"in_force", "现行有效件数", "In force"}}
}

// Result is a row of the table of applications.
type Result struct {
	Group, ZH, EN string // Group is "" where the row stands alone
	ID            string
}

// Results are the rows between the carried-over and the total, in the order of
// the form.
func Results() []Result {
	const no, cannot, wont, other = "（三）不予公开", "（四）无法提供", "（五）不予处理", "（六）其他处理"
	return []Result{
		{"", "（一）予以公开", "Disclosed", "result.disclosed"},
		{"", "（二）部分公开", "Disclosed in part", "result.partly"},
		{no, "1.属于国家秘密", "State secret", "result.no_secret"},
		{no, "2.其他法律行政法规禁止公开", "Forbidden by law", "result.no_forbidden"},
		{no, "3.危及“三安全一稳定”", "Endangers safety or stability", "result.no_safety"},
		{no, "4.保护第三方合法权益", "Rights of third parties", "result.no_third"},
		{no, "5.属于三类内部事务信息", "Internal affairs", "result.no_internal"},
		{no, "6.属于四类过程性信息", "Information of a process", "result.no_process"},
		{no, "7.属于行政执法案卷", "Files of enforcement", "result.no_files"},
		{no, "8.属于行政查询事项", "To be looked up elsewhere", "result.no_lookup"},
		{cannot, "1.本机关不掌握相关政府信息", "Not held", "result.none_held"},
		{cannot, "2.没有现成信息需要另行制作", "Would have to be made", "result.none_made"},
		{cannot, "3.补正后申请内容仍不明确", "Unclear after correction", "result.none_unclear"},
		{wont, "1.信访举报投诉类申请", "A petition or complaint", "result.wont_petition"},
		{wont, "2.重复申请", "Repeated", "result.wont_repeated"},
		{wont, "3.要求提供公开出版物", "A published work", "result.wont_published"},
		{wont, "4.无正当理由大量反复申请", "Many without reason", "result.wont_many"},
		{wont, "5.要求行政机关确认或重新出具已获取信息", "To confirm what was given", "result.wont_confirm"},
		{other, "1.申请人无正当理由逾期不补正、行政机关不再处理其政府信息公开申请", "Not corrected in time", "result.other_uncorrected"},
		{other, "2.申请人逾期未按收费通知要求缴纳费用、行政机关不再处理其政府信息公开申请", "Fee not paid", "result.other_unpaid"},
		{other, "3.其他", "Other", "result.other_other"},
	}
}

func ids(cells []Cell) []string {
	out := make([]string, len(cells))
	for i, c := range cells {
		out[i] = c.ID
	}
	return out
}

func in(form, section string, table ...string) []Place {
	p := Place{Form: form, Section: section}
	if len(table) > 0 {
		p.Table = table[0]
	}
	return []Place{p}
}

// Kinds is every number of a year. Nobody changes the list.
func Kinds() []Kind { return kinds() }

// kinds is made once: a report asks for it some hundred times.
var kinds = sync.OnceValue(func() []Kind {
	both := func(old, now string) []Place { return append(in(Form2008, old), in(Form2021, now)...) }
	list := []Kind{
		{ID: "staff.full_time", ZH: "专职工作人员", EN: "Full-time officers", Unit: "名", Places: both("一", "一")},
		{ID: "plans.made", ZH: "制定实施方案", EN: "Implementing plans", Unit: "个", Places: both("一", "一")},
		{ID: "rules.revised", ZH: "修订制度", EN: "Rules revised", Unit: "项", Places: both("一", "一")},
		{ID: "rules.new", ZH: "新建制度", EN: "Rules made", Unit: "项", Places: both("一", "一")},
		{ID: "network.townships", ZH: "乡镇民生服务中心", EN: "Township centres", Unit: "个", Places: both("一", "一")},
		{ID: "network.villages", ZH: "村（社区）服务点", EN: "Village points", Unit: "个", Places: both("一", "一")},
		{ID: "network.cameras", ZH: "高拍仪", EN: "Document cameras", Unit: "台", Places: both("一", "一")},
		{ID: "network.cameras_each", ZH: "每处配置高拍仪", EN: "Cameras for each", Unit: "台", Cells: []string{"township", "village"}, Places: both("一", "一")},

		{ID: "services.listed", ZH: "公布政务（便民）服务事项", EN: "Service items listed", Unit: "项", Places: both("二", "一")},
		{ID: "services.coded", ZH: "有唯一编码的审批事项", EN: "Approval items with a code", Unit: "项", Places: both("二", "一")},
		{ID: "services.online", ZH: "网上办理的审批事项", EN: "Approval items handled online", Unit: "项", Places: both("二", "一")},
		{ID: "promise.items", ZH: "实行告知承诺制的事项", EN: "Items by notice and promise", Unit: "项", Places: both("二", "一")},
		{ID: "promise.done", ZH: "以告知承诺办结的审批", EN: "Approvals by notice and promise", Unit: "件", Places: both("二", "一")},

		{ID: "openness.published", ZH: "主动公开政府信息", EN: "Published proactively", Unit: "条", Places: both("三", "一")},
		{ID: "openness.made", ZH: "制发公文", EN: "Documents made", Unit: "件", Places: both("三", "一")},
		{ID: "openness.public", ZH: "公开公文", EN: "Documents made public", Unit: "件", Places: both("三", "一")},
		{ID: "policy.made", ZH: "重要政策文件", EN: "Important policy documents", Unit: "件", Places: both("三", "一")},
		{ID: "policy.explained", ZH: "解读的重要政策文件", EN: "Policy documents interpreted", Unit: "件", Places: both("三", "一")},
		{ID: "weibo.total", ZH: "政务微博累计发布", EN: "Weibo posts up to the end of the year", Unit: "条", Counted: ByPosts, Places: both("三", "一")},
		{ID: "weibo.year", ZH: "政务微博本年发布", EN: "Weibo posts of the year", Unit: "条", Counted: ByPosts, Optional: true, Places: both("三", "一")},

		{ID: "letters.received", ZH: "收到群众来信来电", EN: "Letters and calls received", Unit: "件", Cells: ids(Channels()), Counted: ByCases, Places: both("三", "一")},
		{ID: "letters.on_time", ZH: "按时办理", EN: "Handled in time", Unit: "件", Cells: ids(Channels()), Counted: ByCases, Places: both("三", "一")},
		{ID: "letters.closed", ZH: "办结", EN: "Closed", Unit: "件", Cells: ids(Channels()), Counted: ByCases, Places: both("三", "一")},
		{ID: "letters.overdue", ZH: "年末逾期未办结", EN: "Open and overdue at the end", Unit: "件", Cells: ids(Channels()), Counted: ByCases, Optional: true, Places: both("三", "一")},
		{ID: "letters.settled", ZH: "三到位一处理", EN: "Settled", Unit: "件", Cells: []string{"solved", "explained", "helped", "by_law"}, Counted: ByCases, Optional: true, Places: both("三", "一")},

		{ID: "foi.cases", ZH: "登记的依申请公开办件", EN: "Application cases on record", Unit: "件", Counted: ByCases, Optional: true, Places: both("四", "一")},
		{ID: "foi.on_time", ZH: "按期答复的依申请公开办件", EN: "Answered in time", Unit: "件", Counted: ByCases, Optional: true, Places: both("四", "一")},
		{ID: "foi.extended", ZH: "延期答复的依申请公开办件", EN: "Extended", Unit: "件", Counted: ByCases, Optional: true, Places: both("四", "一")},
		{ID: "foi.late", ZH: "逾期的依申请公开办件", EN: "Late", Unit: "件", Counted: ByCases, Optional: true, Places: both("四", "一")},
	}
	list = append(list, tableKinds()...)
	return append(list,
		Kind{ID: "complaints.received", ZH: "因信息公开收到投诉举报", EN: "Complaints about openness", Unit: "件", Places: both("五", "四")},
		Kind{ID: "suggestions.congress", ZH: "人大代表建议办理结果公开", EN: "Suggestions of the congress", Unit: "件", Places: both("六", "一")},
		Kind{ID: "suggestions.conference", ZH: "政协提案办理结果公开", EN: "Proposals of the conference", Unit: "件", Places: both("六", "一")},
		Kind{ID: "fee.charged", ZH: "收取信息处理费", EN: "Fees for processing", Unit: "元", Decimal: true, Optional: true, Places: in(Form2021, "六")},
	)
})

// tableKinds are the numbers of the three tables of the form of 2021.
func tableKinds() []Kind {
	two := func(id, zh, en, unit string, decimal bool, cells []string) Kind {
		return Kind{ID: id, ZH: zh, EN: en, Unit: unit, Decimal: decimal, Cells: cells, Places: in(Form2021, "二", "2")}
	}
	three := append(in(Form2021, "三", "3"), Place{Form: Form2008, Section: "四"})
	list := []Kind{
		two("rulemaking.rules", "规章", "Rules", "件", false, ids(Rules())),
		two("rulemaking.documents", "行政规范性文件", "Normative documents", "件", false, ids(Rules())),
		two("decisions.permits", "行政许可处理决定", "Permits", "件", false, nil),
		two("decisions.penalties", "行政处罚处理决定", "Penalties", "件", false, nil),
		two("decisions.coercion", "行政强制处理决定", "Coercive measures", "件", false, nil),
		two("fees.collected", "行政事业性收费金额", "Administrative fees", "万元", true, nil),
		{ID: "apply.new", ZH: "本年新收政府信息公开申请数量", EN: "Applications received", Unit: "件", Cells: ids(Applicants()), Places: three},
		{ID: "apply.carried", ZH: "上年结转政府信息公开申请数量", EN: "Carried over", Unit: "件", Cells: ids(Applicants()), Places: three},
	}
	for _, r := range Results() {
		list = append(list, Kind{ID: r.ID, ZH: r.Group + r.ZH, EN: r.EN, Unit: "件", Cells: ids(Applicants()), Places: three})
	}
	list = append(list, Kind{ID: "apply.next", ZH: "结转下年度继续办理", EN: "Carried on", Unit: "件", Cells: ids(Applicants()), Places: three})
	four := append(in(Form2021, "四", "4"), Place{Form: Form2008, Section: "五"})
	for _, k := range []Kind{
		{ID: "review", ZH: "行政复议", EN: "Reconsideration"},
		{ID: "court.direct", ZH: "未经复议直接起诉", EN: "Litigation without reconsideration"},
		{ID: "court.after", ZH: "复议后起诉", EN: "Litigation after reconsideration"},
	} {
		k.Unit, k.Cells, k.Places = "件", ids(Verdicts()), four
		list = append(list, k)
	}
	return list
}

// Find finds a kind.
func Find(id string) (Kind, bool) {
	for _, k := range Kinds() {
		if k.ID == id {
			return k, true
		}
	}
	return Kind{}, false
}

// Has reports that the kind has the cell; "" is that of a kind without cells.
func (k Kind) Has(cell string) bool {
	if len(k.Cells) == 0 {
		return cell == ""
	}
	return slices.Contains(k.Cells, cell)
}

// All is every cell of the kind, "" where it has none.
func (k Kind) All() []string {
	if len(k.Cells) == 0 {
		return []string{""}
	}
	return k.Cells
}

// CellName names a cell in Chinese, as the forms do.
func CellName(cell string) string {
	for _, list := range [][]Cell{Applicants(), Channels(), Verdicts(), Rules(), {
		{"township", "每个乡镇民生服务中心", ""}, {"village", "每个村（社区）", ""},
		{"solved", "诉求合理、解决问题到位", ""}, {"explained", "诉求无理、思想教育到位", ""}, {"helped", "生活困难、帮扶救助到位", ""}, {"by_law", "行为违法、依法处理", ""},
	}} {
		for _, c := range list {
			if c.ID == cell {
				return c.ZH
			}
		}
	}
	return cell
}

// Name names a number in Chinese: kind and cell.
func Name(key string) string {
	fact, cell := query.SplitFact(key)
	k, known := Find(fact)
	if !known {
		return key
	}
	if cell == "" {
		return k.ZH
	}
	return k.ZH + "（" + CellName(cell) + "）"
}

// Part is a free text of the report.
type Part struct {
	ID       string
	ZH, EN   string
	Optional bool
}

// Parts lists the free texts.
func Parts() []Part {
	return []Part{
		{"overview", "概述", "Overview", false},
		{"organisation", "组织领导", "Organisation", false},
		{"rules", "制度建设", "Rules", false},
		{"services", "政务服务公开", "Services", false},
		{"promise", "告知承诺制", "Notice and promise", true},
		{"security", "网站管理和保密审查", "Website and secrecy review", false},
		{"openness", "主动公开内容", "What was published", false},
		{"origin", "源头认定", "Decided at the source", false},
		{"channels", "公开渠道和平台", "Channels", false},
		{"answering", "回应群众诉求", "Answering the public", false},
		{"problems", "存在的主要问题", "Problems", false},
		{"improvements", "改进措施", "Improvements", false},
		{"other", "其他需要报告的事项", "Other matters", true},
	}
}

// FindPart finds a free text.
func FindPart(id string) (Part, bool) {
	i := slices.IndexFunc(Parts(), func(p Part) bool { return p.ID == id })
	if i < 0 {
		return Part{}, false
	}
	return Parts()[i], true
}
