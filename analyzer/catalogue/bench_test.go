package catalogue_test

import (
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"huiying/analyzer/analyzertest"
	"huiying/analyzer/catalogue"
)

// large is the demo catalogue with as many items more as make n: things that
// offices deal with, and what is done to them.
func large(t testing.TB, n int) ([]catalogue.Item, []catalogue.Unit) {
	t.Helper()
	items, units, err := catalogue.Demo()
	if err != nil {
		t.Fatal(err)
	}
	things := strings.Fields(`危险化学品 道路运输 水路运输 出版物 印刷 电影放映 营业性演出 互联网上网服务 饲料添加剂 农作物种子 兽药 动物防疫条件 生鲜乳收购
		水域滩涂养殖 取水 河道采砂 水土保持方案 洪水影响评价 排污 固体废物 辐射安全 建设项目环境影响 土地复垦 采矿权 探矿权 测绘作业证 地图审核 古树名木 野生动物驯养
		木材运输 草原占用 森林防火 防雷装置 升放气球 人防工程 燃气设施 户外广告 城市绿地占用 建筑垃圾处置 供水设施 房地产开发企业资质 物业服务企业 建造师 造价工程师 律师执业
		公证员 司法鉴定 法律援助 基层法律服务 民办学校 教师资格 校车使用 民办非企业单位 基金会 慈善组织 公墓 地名命名 宗教活动场所 清真食品 民族成份 华侨回国定居 外国人工作
		会计师事务所 代理记账 政府采购 典当行 融资担保 小额贷款 拍卖企业 报废汽车回收 成品油零售 酒类批发 对外贸易经营者 劳务派遣 人力资源 职业培训学校 企业年金 集体合同
		母婴保健 医疗机构 医疗广告 消毒产品 饮用水卫生 麻醉药品 药品批发 化妆品生产 检验检测机构 计量标准 工业产品生产 广告发布 股权出质 动产抵押 商标 专利 旅行社 导游证 文物保护`)
	steps := strings.Fields("核发 变更 延续 注销 补办 备案 年检 设立 审查 验收 换证 认定 转让 停业 迁移 延期 分立 合并 撤销 首次申请")
	for i := 0; len(items) < n; i++ {
		items = append(items, catalogue.Item{
			Code: fmt.Sprintf("x-%04d", i), Name: things[i%len(things)] + "许可" + steps[i/len(things)%len(steps)], Unit: units[i%len(units)].ID,
		})
	}
	return items, units
}

// hundred gives posts of 100 characters with their documents: each begins with
// one of those that are asked for and goes on with posts that are about nothing.
func hundred(t testing.TB, about bool) []catalogue.Document {
	var first, filler []string
	for _, p := range posts(t) {
		if (len(p.want) > 0) == about {
			first = append(first, p.text)
		}
		if len(p.want) == 0 {
			filler = append(filler, p.text)
		}
	}
	var out []catalogue.Document
	for i, text := range first {
		for j := i; utf8.RuneCountInString(text) < 100; j += 7 {
			text += "。" + filler[j%len(filler)]
		}
		out = append(out, document(t, "", string([]rune(text)[:100])))
	}
	return out
}

// BenchmarkFind finds in a catalogue of 2,000 items what posts of 100
// characters are about. cpu-ns/post does not count what others do on the
// machine.
func BenchmarkFind(b *testing.B) {
	items, units := large(b, 2000)
	x := index(b, items, units)
	for name, about := range map[string]bool{"none": false, "about": true} {
		documents := hundred(b, about)
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			from, i := analyzertest.CPU(b), 0
			for b.Loop() {
				x.Find(documents[i%len(documents)])
				i++
			}
			b.ReportMetric(float64((analyzertest.CPU(b)-from).Nanoseconds())/float64(i), "cpu-ns/post")
		})
	}
}
