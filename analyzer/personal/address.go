package personal

// home is what the numbers of an address name, by kind.
type home struct {
	house, building, unit, room, group, floor int

	start, end int
	parts      int
	number     int  // of the first part
	only       bool // nothing but one house number
	hyphens    bool // written 3-2-501
}

// address looks for the numbers of an address that begin at i, and gives where
// to go on. Alone a road or an estate is where something happened, not where
// somebody lives; 沙坡头区3号 and 政务大厅3号窗口 are a date and a desk.
func (s *search) address(i int) int {
	if prev := s.at(i - 1); prev == '第' || houseNumeral(prev) {
		return i
	}
	end := i
	for houseNumeral(s.at(end)) {
		end++
	}
	if !goesOn(s.at(end)) {
		return end
	}
	i = s.lettered(i)
	h := s.numbersOf(i)
	if h.end == 0 {
		return i
	}
	at := i
	for at > 0 && (s.runes[at-1] == ' ' || s.runes[at-1] == '的' || s.runes[at-1] == '-') {
		at--
	}
	if h.building == 1 && h.parts == 1 && s.runes[i] == '一' && (at < i || s.at(i-1) == '里' || s.at(i+1) == '座') {
		return h.end // one of them, not the first
	}
	if !s.lives(&h, at) {
		return h.end
	}
	start := s.addressStart(at, i)
	if n := s.home; n > 0 && start < int(s.found[n-1].End) {
		last := &s.found[n-1] // 幸福路12号滨河小区3号楼 is one
		last.Start, last.End = min(last.Start, int32(start)), int32(h.end)
		return h.end
	}
	s.add(Address, start, h.end)
	s.home = len(s.found)
	return h.end
}

// lettered goes back over a letter that begins the number: g2栋, b座1203.
func (s *search) lettered(i int) int {
	at := i
	switch s.at(i - 1) {
	case '座', '栋', '幢':
		at--
	}
	if letter(s.at(at-1)) && !alphanumeric(s.at(at-2)) {
		return at - 1
	}
	return i
}

// lives reports whether the numbers behind what ends at at are a home.
func (s *search) lives(h *home, at int) bool {
	kind := s.anchor(at)
	if kind == public || h.house == 0 && h.building == 0 && h.unit == 0 && h.room == 0 {
		return false
	}
	switch {
	case h.unit > 0 && (h.building > 0 || h.room > 0) && !h.hyphens:
		return true // wherever it is
	case kind == estate:
		return h.building > 0 || h.unit > 0 || h.house > 0 && (!h.only || h.number > 31)
	case kind == road, kind == village:
		return !h.only || h.number > 31 || !s.dated(h.end)
	}
	return h.building > 0 && h.room > 0 && han(s.at(at-1)) && han(s.at(at-2)) && !h.hyphens && s.block(h)
}

// block reports a building that is called 栋 or 幢, as homes are.
func (s *search) block(h *home) bool {
	for _, r := range s.runes[h.start:h.end] {
		if r == '栋' || r == '幢' {
			return true
		}
	}
	return false
}

// numbersOf reads numbers with their units from i on.
func (s *search) numbersOf(i int) home {
	h := home{start: i}
	if end := s.hyphened(i); end > 0 {
		return home{start: i, end: end, building: 1, unit: 1, room: 1, hyphens: true}
	}
	for h.parts < 8 {
		if s.begins(i+1, "单元") && hasRune("东中西南北", s.at(i)) {
			h.unit++
			h.parts++
			i += 3
			h.end, h.only = i, false
		}
		end, number := s.houseNumber(i)
		if end == i {
			break
		}
		at := end
		if s.at(at) == ' ' {
			at++
		}
		width, field := unitOf(s.runes[min(at, len(s.runes)):], &h)
		if width == 0 {
			s.bareRoom(&h, i, end)
			break
		}
		*field++
		if h.parts++; h.parts == 1 {
			h.number = number
		}
		h.only = h.parts == 1 && field == &h.house
		i = at + width
		h.end = i
		i = s.between(i)
	}
	if h.only && s.at(h.end-1) == '号' && hasRune("线窗文令公通台口站门桌机车柜井桥路馆厅坑字码员诊称召角手型馆", s.at(h.end)) {
		return home{}
	}
	return h
}

// between passes what may stand between two numbers of an address.
func (s *search) between(i int) int {
	switch s.at(i) {
	case ' ', '-', ',', '东', '西', '南', '北':
		if end, _ := s.houseNumber(i + 1); end > i+1 {
			return i + 1
		}
	}
	return i
}

// bareRoom takes a room that is not called one: 3号楼2单元501, 3栋2-501.
func (s *search) bareRoom(h *home, i, end int) {
	if h.building == 0 && h.unit == 0 || s.counted(end) {
		return
	}
	if n := s.digitsAt(i); n > 0 && n < 3 && s.at(i+n) == '-' {
		if m := s.digitsAt(i + n + 1); m == 3 || m == 4 {
			h.unit++
			h.room++
			h.end = i + n + 1 + m
		}
		return
	}
	if n := end - i; n == 3 || n == 4 {
		for _, r := range s.runes[i:end] {
			if value(r) < 0 {
				return
			}
		}
		h.room++
		h.end = end
	}
}

func (s *search) digitsAt(i int) (n int) {
	for digit(s.at(i + n)) {
		n++
	}
	return n
}

// hyphened is the end of 3-501 or 3-2-501 at i; 0 for none.
func (s *search) hyphened(i int) int {
	at := i
	for n := 0; n < 3; n++ {
		m := s.digitsAt(at)
		if n > 0 && (m == 3 || m == 4) && s.at(at+m) != '-' && !s.counted(at+m) {
			return at + m
		}
		if m == 0 || m > 2 || s.at(at+m) != '-' {
			return 0
		}
		at += m + 1
	}
	return 0
}

// houseNumber reads the number of a house, building or room at i, which may
// hold a letter (a座, 12b) or a second number (12号附3, 12-3); end is i for
// none. number is its value where it is plain digits.
func (s *search) houseNumber(i int) (end, number int) {
	end = i
	if s.at(i) == '附' {
		end++
	}
	from := end
	for ; end-from < 6; end++ {
		switch r := s.at(end); {
		case digit(r):
			number = number*10 + value(r)
		case houseNumeral(r), r == '零', r == '〇', r == '百':
			number = numeralOf(number, r)
		case letter(r) && !letter(s.at(end-1)) && !letter(s.at(end+1)):
		case (r == '-' || r == '之') && end > from && (digit(s.at(end+1)) || houseNumeral(s.at(end+1))):
			number = 100 // no day of a month
		default:
			if end == from {
				return i, 0
			}
			return end, number
		}
	}
	return end, number
}

// numeralOf goes on reading a Chinese number; only those up to 31 matter.
func numeralOf(n int, r rune) int {
	switch {
	case r == '十':
		return max(n, 1) * 10
	case r == '百':
		return 100
	case value(r) < 0: // 甲乙丙丁
		return 100
	case n >= 10 && n%10 == 0:
		return n + value(r)
	}
	return n*10 + value(r)
}

// houseNumeral reports the characters other than digits that begin the number
// of a house.
func houseNumeral(r rune) bool {
	switch r {
	case '一', '二', '三', '四', '五', '六', '七', '八', '九', '十', '甲', '乙', '丙', '丁':
		return true
	}
	return digit(r)
}

// houseUnit reports the characters that begin what a number in an address
// counts.
func houseUnit(r rune) bool {
	switch r {
	case '号', '栋', '幢', '座', '单', '室', '户', '弄', '组', '队', '社', '#':
		return true
	}
	return false
}

// goesOn reports what may follow the first digits of an address; most numbers
// are counted by something else.
func goesOn(r rune) bool {
	switch r {
	case ' ', '-', '房', '楼', '层', '排', '巷', '之', '百', '零', '〇':
		return true
	}
	return houseUnit(r) || letter(r)
}

// unitOf reads what a number counts: its length, 0 for none, and the field of
// h it belongs to.
func unitOf(runes []rune, h *home) (int, *int) {
	if len(runes) == 0 {
		return 0, nil
	}
	next := rune(0)
	if len(runes) > 1 {
		next = runes[1]
	}
	switch runes[0] {
	case '号', '#':
		return numberUnit(runes[0], next, h)
	case '栋', '幢', '座':
		return 1, &h.building
	case '单':
		if next == '元' {
			return 2, &h.unit
		}
	case '室', '房':
		return 1, &h.room
	case '户':
		if h.unit > 0 || h.house > 0 || h.group > 0 {
			return 1, &h.room
		}
	case '弄':
		return 1, &h.house
	case '组', '队', '社':
		return 1, &h.group
	case '楼', '层':
		if h.house+h.building+h.unit > 0 {
			return 1, &h.floor
		}
	case '排', '巷':
		return 1, &h.floor
	}
	return 0, nil
}

// numberUnit reads 号 or # with what follows it: 号楼, 号院, 号房.
func numberUnit(sign, next rune, h *home) (int, *int) {
	switch next {
	case '楼', '栋', '幢':
		return 2, &h.building
	case '院':
		return 2, &h.house
	case '房':
		return 2, &h.room
	}
	if sign == '#' {
		return 1, &h.building
	}
	return 1, &h.house
}
