package document

import "strconv"

// maxAgency is how many characters the name of the agency in a number has at
// most: 国办发, 宁政办规发, 人社部规.
const maxAgency = 10

// number reads a document number around the bracket at i: agency, year in
// brackets, 第 or not, digits, 号 (GB/T 9704).
func (r *reader) number(i int) (named, bool) {
	year, at := r.digits(i+1, 4)
	if at == 0 || year < 1900 || year > 2099 {
		return named{}, false
	}
	if r.at(at) == '年' {
		at++
	}
	if r.at(at) != closing(r.at(i)) {
		return named{}, false
	}
	serial, end := r.serial(at + 1)
	start := r.agency(i)
	if end == 0 || start < 0 {
		return named{}, false
	}
	name := r.bare(start, i) + "〔" + strconv.Itoa(year) + "〕" + strconv.Itoa(serial) + "号"
	return named{kind: Number, name: name, start: start, end: end}, true
}

// serial reads 第12号 with spaces between; end is 0 for none.
func (r *reader) serial(i int) (n, end int) {
	i = r.spaces(i)
	if r.at(i) == '第' {
		i = r.spaces(i + 1)
	}
	n, i = r.digits(i, 0)
	if i == 0 {
		return 0, 0
	}
	if i = r.spaces(i); r.at(i) != '号' {
		return 0, 0
	}
	return n, i + 1
}

func (r *reader) spaces(i int) int {
	for r.at(i) == ' ' {
		i++
	}
	return i
}

// digits reads a number of exactly so many digits, or of up to five where that
// is 0, in Arabic or Chinese digits; end is 0 for none.
func (r *reader) digits(i, exactly int) (n, end int) {
	most := 5
	if exactly > 0 {
		most = exactly
	}
	from, tens := i, 0
	for ; i-from < most; i++ {
		c := r.at(i)
		v := digitOf(c)
		switch {
		case v >= 0 && tens > 0 && c > 0x80:
			n += v
			tens--
		case v >= 0:
			n = n*10 + v
		case exactly == 0 && c == '百':
			n, tens = max(n, 1)*100, 2
		case exactly == 0 && c == '十':
			hundreds := n / 100 * 100
			n, tens = hundreds+max(n-hundreds, 1)*10, 1
		default:
			most = 0
			i--
		}
	}
	if i == from || exactly > 0 && i-from != exactly {
		return 0, 0
	}
	return n, i
}

func digitOf(r rune) int {
	switch {
	case r >= '0' && r <= '9':
		return int(r - '0')
	case r == '〇' || r == '○':
		return 0
	}
	for v, c := range []rune("零一二三四五六七八九") {
		if c == r {
			return v
		}
	}
	return -1
}

// agency is where the name of the agency begins that ends at i; -1 for none.
func (r *reader) agency(i int) int {
	i = r.spacesBefore(i)
	at := i
	for at > 0 && i-at < maxAgency {
		if r.runes[at-1] == ')' {
			if open := r.inner(at - 1); open > 0 {
				at = open // 卫公(交)决字
				continue
			}
		}
		if !han(r.runes[at-1]) || r.leadsIn(at) {
			break
		}
		at--
	}
	at = r.abbreviated(at, i)
	if i-at < 2 && r.at(at) != '法' || at == i || r.ends(i, unofficial()) > 0 {
		return -1
	}
	return at
}

// abbreviated is where the abbreviated name begins of an agency whose full one
// may stand before it: 自治区发展改革委宁发改规发, 公安局卫公办.
func (r *reader) abbreviated(start, end int) int {
	for i := start + 1; i+2 <= end; i++ {
		switch prev := r.runes[i-1]; {
		case isOne(prev, "委厅局府部会院市县区社省") && isOne(r.runes[i], regions),
			i > start+1 && (prev == '局' || prev == '厅'),
			i > start+1 && i+3 <= end && prev == '部':
			start = i
		}
	}
	return start
}

func (r *reader) spacesBefore(i int) int {
	for r.at(i-1) == ' ' {
		i--
	}
	return i
}

// inner is where (交) begins that ends at the bracket at i; 0 for none.
func (r *reader) inner(i int) int {
	for n := 2; n <= 5; n++ {
		switch c := r.at(i - n); {
		case c == '(' && han(r.at(i-n-1)):
			return i - n
		case c != '(' && !han(c):
			return 0
		}
	}
	return 0
}

// regions are the characters that numbers of provinces and of the centre begin
// with.
const regions = "国中京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼"

// leadsIn reports whether what ends at i leads into a name and is none of it:
// 根据, 落实.
func (r *reader) leadsIn(i int) bool {
	if r.at(i-1) == '和' && isOne(r.at(i), "国平政静田县顺硕布林龙") {
		return false // 共和国, 和平区
	}
	if c := r.at(i - 2); isOne(r.at(i-1), "年月日") && c >= '0' && c <= '9' {
		return true
	}
	return r.ends(i, leads()) > 0
}

func isOne(r rune, set string) bool {
	for _, c := range set {
		if c == r {
			return true
		}
	}
	return false
}

// order reads the number of an order (国务院令第711号) or an announcement
// (国家税务总局公告2019年第12号) that a term from start to end announces.
func (r *reader) order(start, end int) (named, bool) {
	body, word, at := end-1, "令第", end
	if r.at(body) != '令' {
		year, next := r.digits(r.spaces(start+2), 4)
		if next == 0 || r.at(next) != '年' {
			return named{}, false
		}
		body, word, at = start, "公告"+strconv.Itoa(year)+"年第", next+1
	}
	serial, last := r.serial(at)
	from := r.body(body)
	if last == 0 || from == body {
		return named{}, false
	}
	name := r.bare(from, body) + word + strconv.Itoa(serial) + "号"
	return named{kind: Number, name: name, start: from, end: last}, true
}

// maxBody is how long the full name of who gives orders may be.
const maxBody = 24

// body is where the name of who gives the order begins, which ends at i.
func (r *reader) body(i int) int {
	at := i
	for at > 0 && i-at < maxBody && han(r.runes[at-1]) {
		if r.leadsIn(at) && r.ends(at, bodies()) == 0 {
			break
		}
		at--
	}
	return at
}

// bare is a part of the text without spaces.
func (r *reader) bare(start, end int) string {
	out := make([]rune, 0, end-start)
	for _, c := range r.runes[start:end] {
		if c != ' ' {
			out = append(out, c)
		}
	}
	return string(out)
}
