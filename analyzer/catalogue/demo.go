package catalogue

import (
	_ "embed"
	"strings"
)

//go:embed data/demo.tsv
var demoTable string

// Demo gives a catalogue of common service items and the units that do them,
// for drills and tests. All codes begin with demo-; it is no office's own.
func Demo() ([]Item, []Unit, error) {
	c, err := Parse("demo.tsv", [][]Row{tabbed(demoTable)})
	if err != nil {
		return nil, nil, err
	}
	return c.Items, demoUnits(), nil
}

// tabbed are the rows of a text with a tab between cells.
func tabbed(text string) (rows []Row) {
	for line := range strings.Lines(text) {
		rows = append(rows, Row{len(rows) + 1, strings.Split(strings.TrimSuffix(line, "\n"), "\t")})
	}
	return rows
}

func demoUnits() []Unit {
	return []Unit{
		{"u-hrss", "人力资源和社会保障局", []string{"人社局", "社保局", "社保中心", "社保大厅", "就业局", "劳动局"}, []string{"社保", "社保卡", "工伤", "劳动合同", "拖欠工资", "失业金", "职称"}},
		{"u-police", "公安局", []string{"派出所", "交警队", "交警大队", "车管所", "出入境管理", "户籍科"}, []string{"身份证", "户口", "户籍", "驾驶证", "驾照", "居住证", "护照"}},
		{"u-market", "市场监督管理局", []string{"市场监管局", "工商局", "药监局", "食药监"}, []string{"营业执照", "个体户", "食品安全", "缺斤短两", "特种设备"}},
		{"u-civil", "民政局", []string{"婚姻登记处", "婚登处"}, []string{"结婚登记", "离婚登记", "低保", "五保", "高龄津贴", "殡葬"}},
		{"u-land", "自然资源局", []string{"不动产登记中心", "不动产中心", "国土局", "规划局"}, []string{"不动产", "房产证", "宅基地"}},
		{"u-medical", "医疗保障局", []string{"医保局", "医保中心", "医保窗口"}, []string{"医保", "医保卡", "异地就医", "生育津贴"}},
		{"u-fund", "住房公积金管理中心", []string{"公积金中心", "公积金窗口"}, []string{"公积金"}},
		{"u-tax", "税务局", []string{"办税厅", "办税大厅", "地税局", "国税局"}, []string{"契税", "个税", "纳税", "开发票", "税务"}},
		{"u-health", "卫生健康局", []string{"卫健委", "卫健局", "卫计局"}, []string{"健康证", "准生证", "出生医学证明", "疫苗"}},
		{"u-build", "住房和城乡建设局", []string{"住建局", "房管局", "建设局"}, []string{"公租房", "维修基金", "维修资金", "施工许可", "物业公司"}},
	}
}
