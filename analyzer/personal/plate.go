package personal

// plateMark reports the characters that a number plate begins with: those of
// the provinces, and 使 of embassies.
func plateMark(r rune) bool {
	switch r {
	case '京', '津', '沪', '渝', '冀', '豫', '云', '辽', '黑', '湘', '皖', '鲁', '新', '苏', '浙', '赣',
		'鄂', '桂', '甘', '晋', '蒙', '陕', '吉', '闽', '贵', '粤', '青', '藏', '川', '宁', '琼', '使':
		return true
	}
	return false
}

// plate looks for a number plate at i (GA 36): province, letter, and five
// letters or digits, or six of a new-energy vehicle, or four and what the
// vehicle is for (警 学 挂 领 港 澳 试 超).
func (s *search) plate(i int) {
	if s.runes[i] == '使' {
		s.embassy(i)
		return
	}
	from := i + 1
	if dot(s.at(from)) {
		from++
	}
	if !letter(s.at(from)) {
		s.consulate(i)
		return
	}
	for from++; dot(s.at(from)) && from-i < 6; {
		from++
	}
	end := from
	for alphanumeric(s.at(end)) && end-from < 7 {
		end++
	}
	switch end - from {
	case 4:
		if hasRune("警学挂领港澳试超", s.at(end)) && serial(s.runes[from:end], 3) {
			s.add(Plate, i, end+1)
		}
	case 5:
		if serial(s.runes[from:end], 3) {
			s.add(Plate, i, end)
		}
	case 6:
		if green(s.runes[from:end]) {
			s.add(Plate, i, end)
		}
	}
}

func dot(r rune) bool { return separator(r) || r == '•' || r == '・' || r == '●' || r == '∙' }

// serial reports characters of a plate with at least so many digits: two may
// be letters. 新model3 and 川a级 are none.
func serial(runes []rune, least int) bool {
	digits := 0
	for _, r := range runes {
		if digit(r) {
			digits++
		}
	}
	return digits >= least
}

// green reports the six characters of a new-energy vehicle: a small one has a
// letter, a letter or digit and four digits, a large one five digits and a
// letter.
func green(runes []rune) bool {
	if letter(runes[0]) {
		return serial(runes[2:], 4)
	}
	return letter(runes[5]) && serial(runes[:5], 5)
}

// embassy looks for 使 and six digits, or six digits and 使.
func (s *search) embassy(i int) {
	if end := s.six(i + 1); end > 0 && !s.counted(end) && !hasRune("即致促驱假行唆", s.at(i-1)) {
		s.add(Plate, i, end)
		return
	}
	for n := 6; n <= 7; n++ {
		if i >= n && s.six(i-n) == i && !alphanumeric(s.at(i-n-1)) && s.at(i+1) != '用' {
			s.add(Plate, i-n, i+1)
			return
		}
	}
}

// consulate looks for the province, six digits and 领.
func (s *search) consulate(i int) {
	if end := s.six(i + 1); end > 0 && s.at(end) == '领' && s.at(end+1) != '取' {
		s.add(Plate, i, end+1)
	}
}

// six is the end of six digits, which a dot may part, at i; 0 for none.
func (s *search) six(i int) int {
	if dot(s.at(i)) {
		i++
	}
	for n := 0; n < 6; n++ {
		if n == 3 && dot(s.at(i)) {
			i++
		}
		if !digit(s.at(i)) {
			return 0
		}
		i++
	}
	if alphanumeric(s.at(i)) {
		return 0
	}
	return i
}

// counted reports whether what ends at i is a count of something.
func (s *search) counted(i int) bool {
	return hasRune("元圆块万亿人个名次条年月日天户家份件倍度多余几位米平栋层%", s.at(i))
}
