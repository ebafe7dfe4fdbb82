package document

import (
	"sync"
	"unicode/utf8"
)

// endings are words by their last character, to ask quickly whether one stands
// before a place.
type endings map[rune][]string

func endingsOf(words ...string) func() endings {
	return sync.OnceValue(func() endings {
		e := endings{}
		for _, w := range words {
			last, _ := utf8.DecodeLastRuneInString(w)
			e[last] = append(e[last], w)
		}
		return e
	})
}

// ends is how many characters the word has that stands right before i; 0 where
// none does.
func (r *reader) ends(i int, e endings) int {
	for _, w := range e[r.at(i-1)] {
		n := utf8.RuneCountInString(w)
		if i >= n && r.begins(i-n, w) == i {
			return n
		}
	}
	return 0
}

// sure are the words that titles of documents end in, and nearly only they.
var sure = endingsOf(
	"条例", "办法", "规定", "通知", "意见", "方案", "规划", "细则", "公告", "决定", "通告", "公报", "决议", "批复", "纪要", "规范", "规程", "章程", "准则",
	"清单", "纲要", "守则", "预案", "解读", "公示", "通报", "通知书", "决定书", "告知书", "意见书", "承诺书", "倡议书", "征求意见稿", "若干措施", "工作要点", "复函",
)

// doubtful are those that other works end in as well.
var doubtful = endingsOf("计划", "规则", "制度", "报告", "说明", "流程", "须知", "标准", "措施", "要点", "目录", "指南", "指引", "公约", "答复", "函", "命令", "令", "白皮书", "名单", "问答", "政策", "法典", "解释", "请示")

// vague are the words before those of sure that tell no document from others:
// 《指导意见》.
var vague = endingsOf("指导", "实施", "管理", "补充", "工作", "暂行", "处罚", "相关", "有关", "具体", "征求")

// noLaws are the words in 法 that are no law.
var noLaws = endingsOf(
	"做法", "看法", "想法", "说法", "书法", "魔法", "活法", "玩法", "算法", "语法", "佛法", "兵法", "手法", "用法", "方法", "疗法", "拳法", "枪法", "剑法",
	"刀法", "心法", "写法", "读法", "吃法", "打法", "学法", "教法", "减法", "加法", "乘法", "除法", "阵法", "戏法", "大法", "文法", "技法", "笔法", "画法",
	"针法", "司法", "执法", "普法", "守法", "违法", "犯法", "合法", "非法", "立法", "养法", "喝法", "穿法", "唱法", "指法", "步法", "身法", "妖法", "功法",
)

// formal are words of which a long title of a document has one.
var formal = endingsOf("关于", "印发", "政府", "管理", "服务", "工作", "建设", "实施", "规划", "改革", "保障", "监督", "试点")

// leads are the words that lead into the name of a document, and the ends of
// names of who gave it out.
var leads = endingsOf(
	"据", "按", "照", "依", "见", "的", "是", "和", "与", "及", "了", "由", "为", "在", "以", "到", "把", "被", "将", "对", "跟", "或", "等", "从", "之", "于", "看", "请", "查", "如", "即", "有", "说",
	"文件", "文号", "通知", "落实", "贯彻", "执行", "印发", "转发", "下发", "发布", "出台", "参见", "规定", "遵守", "违反", "符合", "精神",
	"政府", "办公厅", "办公室", "委员会", "总局", "管理局", "国务院", "适用", "废止", "修订", "引用", "附件", "修改", "违背", "学习", "宣传", "我们", "你们",
	"其中", "报告", "答复", "写着", "触犯",
)

// bodies are the ends of names of who gives orders.
var bodies = endingsOf("政府", "国务院", "委员会", "总局", "管理局", "办公室", "办公厅")

// unofficial are the words before numbers that are no documents'.
var unofficial = endingsOf("编号", "合同", "单号", "学号", "文号", "证号", "案号", "工单")

// nowhere are words that end as regions do.
var nowhere = endingsOf("小区", "社区", "城区", "园区", "辖区")

// provinces are their names without 省 and 自治区.
var provinces = endingsOf(
	"北京", "天津", "上海", "重庆", "河北", "山西", "辽宁", "吉林", "黑龙江", "江苏", "浙江", "安徽", "福建", "江西", "山东", "河南", "湖北", "湖南",
	"广东", "海南", "四川", "贵州", "云南", "陕西", "甘肃", "青海", "内蒙古", "广西", "西藏", "宁夏", "新疆",
)

// states is what may come before the name of a law and is no part of it.
var states = endingsOf("中华人民共和国")
