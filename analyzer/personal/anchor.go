package personal

// Kinds of what stands before the number of a house.
const (
	road = iota + 1
	village
	estate
	public // a hospital or an office, where nobody lives
)

// anchor tells what ends at at; 0 for anything else.
func (s *search) anchor(at int) int {
	if !han(s.at(at-2)) && !alphanumeric(s.at(at-2)) {
		return 0
	}
	switch s.at(at - 1) {
	case '路', '街', '道', '巷', '段':
		if s.notRoad(at) {
			return 0
		}
		return road
	case '同':
		if s.at(at-2) == '胡' {
			return road
		}
	case '村':
		return village
	case '院', '园', '府', '城', '楼', '厅', '厦', '场', '心', '局', '所', '行', '校', '司':
		return s.building(at)
	case '苑', '寓', '居', '庭', '郡', '轩', '阁', '湾', '墅', '坊', '邸', '里', '舍', '馆', '屯', '庄', '寨', '堡':
		return estate
	case '区', '期':
		if r := s.at(at - 2); hasRune("小社一二三四五六东西南北中", r) || alphanumeric(r) {
			return estate
		}
	}
	return 0
}

// building tells estates from public buildings that end alike.
func (s *search) building(at int) int {
	if s.ends(at, "家园", "花园", "家属院", "家属楼", "大院", "王府", "华府", "学府", "新城", "名城", "宿舍楼", "公馆") {
		return estate
	}
	switch s.at(at - 1) {
	case '园', '府', '城', '院':
		if s.ends(at, "医院", "法院", "检察院", "学院", "科院", "务院", "影院", "剧院", "住院", "政府", "校园", "公园", "儿园", "物园", "业园", "技园",
			"商城", "县城", "全城", "进城", "在城", "老城") {
			return public
		}
		return estate
	}
	return public
}

// notRoad reports words that end as roads do: 知道, 走路, 4路.
func (s *search) notRoad(at int) bool {
	if !han(s.at(at - 2)) {
		return true
	}
	switch s.at(at - 1) {
	case '路':
		return s.ends(at, "走路", "修路", "马路", "铁路", "道路", "线路", "网路", "半路", "上路", "赶路", "一路", "这路", "那路", "电路", "思路", "出路", "各路",
			"问路", "带路", "让路", "堵路", "套路", "后路", "高速路", "条路", "段路")
	case '街':
		return s.ends(at, "逛街", "上街", "这街", "扫街", "条街", "当街")
	case '道':
		if s.at(at-2) == '街' {
			return false
		}
		return !hasRune("大东西南北中新老环滨横纵直湖江河山海", s.at(at-2))
	case '段':
		return !hasRune("东西南北中", s.at(at-2)) || !hasRune("路街道", s.at(at-3))
	}
	return false
}

// dated reports words that make a day of the number before them: 12号开始.
func (s *search) dated(end int) bool {
	for _, w := range []string{
		"开始", "起", "晚", "早", "上午", "下午", "中午", "凌晨", "夜", "之前", "以前", "之后", "以后", "前", "后", "开", "当天", "那天",
		"停", "封", "施工", "通车", "就", "才", "要", "会", "将", "到", "至", "发布", "召开", "举", "截止", "已", "又",
	} {
		if s.begins(end, w) {
			return true
		}
	}
	return false
}

// An address is looked for this far before its first number, and this much
// further before each name of a place on the way that ends in 市 or 路.
const (
	reach     = 10
	reachMore = 6
	maxReach  = 30
)

// addressStart goes back from the end of the name at at to where it begins:
// after a sign, after a long number, or after a word that leads into an
// address. Without a name it is where the numbers begin.
func (s *search) addressStart(at, numbers int) int {
	i, least := at, at-reach
	for i > 0 && i > least && at-i < maxReach && !s.leadsIn(i) {
		i--
		if hasRune("省市县区镇乡村社道路街号", s.runes[i]) {
			least = min(least, i-reachMore)
		}
	}
	for n := i; n < at; n++ {
		if end := n + s.digitsAt(n); end-n >= 5 {
			i, n = end, end
		}
	}
	if i >= at {
		return numbers
	}
	return i
}

// leadsIn reports whether what ends at i is no part of an address any more.
func (s *search) leadsIn(i int) bool {
	switch r := s.runes[i-1]; r {
	case '在', '住', '于', '到', '址', '是', '的', '了', '我', '你', '他', '她', '们', '去', '往', '由', '从', '把':
		return true
	case '年', '月', '日':
		return digit(s.at(i - 2))
	case '映', '诉', '报', '询', '问', '自', '系', '寄', '货', '人', '家', '买', '购', '近', '及', '居':
		return s.ends(i, "反映", "投诉", "举报", "咨询", "请问", "来自", "联系", "邮寄", "收货", "本人", "我家", "他家", "她家", "购买", "认购", "附近", "涉及", "家居")
	default:
		return !han(r) && !alphanumeric(r)
	}
}
