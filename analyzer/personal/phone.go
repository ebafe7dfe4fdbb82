package personal

// even reports digits grouped as people do it: threes and more, or all alike.
// What is parted otherwise is several numbers beside each other.
func even(parts []int8) bool {
	last := len(parts) - 1
	large, alike := parts[last] >= 2 || last == 0, true
	for _, n := range parts[:last] {
		large = large && n >= 3
		alike = alike && n == parts[0]
	}
	return large || alike && parts[last] <= parts[0]
}

// mobile is 11 digits from 13 on.
func mobile(d []byte, parts []int8) bool {
	if len(d) != 11 || d[0] != '1' || d[1] < '3' || !even(parts) {
		return false
	}
	return len(parts) == 1 || parts[0] != 4 || parts[1] != 4 || !year(d) || !year(d[4:])
}

// year reports that four digits may be a year: 1978-2018.
func year(d []byte) bool {
	return d[0] == '1' && d[1] >= '8' || d[0] == '2' && d[1] == '0'
}

// landline is an area code (0 and two or three digits; after a country code
// without the 0) and seven or eight digits, which may be parted once.
func landline(d []byte, parts []int8, abroad bool) bool {
	if abroad && d[0] != '0' {
		return landlineAfter(d, parts, 0)
	}
	return len(d) > 9 && d[0] == '0' && landlineAfter(d[1:], parts, 1)
}

// landlineAfter is the rest of one after its 0, which zero counts.
func landlineAfter(d []byte, parts []int8, zero int) bool {
	area := 3
	switch {
	case d[0] == '1' && d[1] == '0', d[0] == '2':
		area = 2
	case d[0] < '3':
		return false
	}
	local := len(d) - area
	if local != 7 && local != 8 || d[area] == '0' {
		return false
	}
	if len(parts) == 1 {
		return area == 3 || local == 8
	}
	return int(parts[0]) == area+zero && localParts(parts[1:])
}

func localParts(parts []int8) bool {
	return len(parts) == 1 || len(parts) == 2 && parts[0] >= 3 && parts[1] >= 3
}

// tollFree is 400 or 800 and seven digits.
func tollFree(d []byte, parts []int8) bool {
	return len(d) == 10 && (d[0] == '4' || d[0] == '8') && d[1] == '0' && d[2] == '0' && even(parts)
}

// local is a landline without its area code, which counts only behind a word
// for telephone or right behind another number.
func (s *search) local(c *candidate) bool {
	d := c.digits
	if len(d) > 8 || d[0] < '2' || c.plus || !localParts(c.parts) || len(d) == 8 && date(d) {
		return false
	}
	if n := len(s.found); n > 0 && s.found[n-1].kind == Phone && int(s.found[n-1].End) == c.start-1 && hasRune("、/,;或", s.at(c.start-1)) {
		return true
	}
	return s.named(c.start, "电话", "座机", "固话", "宅电", "热线", "拨打", "致电", "tel")
}

// date reports yyyymmdd from 1900 to 2099.
func date(d []byte) bool {
	return (d[0] == '1' && d[1] == '9' || d[0] == '2' && d[1] == '0') && day(d[4:])
}

// day reports a month and a day of it.
func day(d []byte) bool {
	month, day := int(d[0]-'0')*10+int(d[1]-'0'), int(d[2]-'0')*10+int(d[3]-'0')
	if month < 1 || month > 12 || day < 1 {
		return false
	}
	switch month {
	case 2:
		return day <= 29
	case 4, 6, 9, 11:
		return day <= 30
	}
	return day <= 31
}
