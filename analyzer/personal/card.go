package personal

// idCard checks the region, the date and the check character of a number of 18
// (GB 11643). Residence permits of foreigners begin with 9 and the region.
func idCard(d []byte) bool {
	if len(d) != 18 || !date(d[6:14]) {
		return false
	}
	if !province(d) && (d[0] != '9' || !province(d[1:])) {
		return false
	}
	sum := 0
	for i, w := range [17]int{7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2} {
		sum += int(d[i]-'0') * w
	}
	return d[17] == "10x98765432"[sum%11]
}

// oldIDCard checks one of 15 digits, as given until 1999: region, yymmdd, and
// a running number that is not 000.
func oldIDCard(d []byte) bool {
	return len(d) == 15 && province(d) && day(d[8:12]) && (d[12] != '0' || d[13] != '0' || d[14] != '0')
}

// province reports two digits that begin the code of a region (GB/T 2260; 81
// to 83 are Hong Kong, Macau and Taiwan).
func province(d []byte) bool {
	n := int(d[0]-'0')*10 + int(d[1]-'0')
	switch {
	case n >= 11 && n <= 15, n >= 21 && n <= 23, n >= 31 && n <= 37, n >= 41 && n <= 46,
		n >= 50 && n <= 54, n >= 61 && n <= 65, n == 71, n >= 81 && n <= 83:
		return true
	}
	return false
}

// bankCard checks the Luhn sum (ISO/IEC 7812-1) and who gave the card out;
// behind a word for one any issuer will do. Numbers of companies (GB 32100)
// and numbers in links are none.
func (s *search) bankCard(c *candidate) bool {
	d := c.digits
	if len(d) < 13 || len(d) > 19 || !even(c.parts) || !luhn(d) || creditCode(d) {
		return false
	}
	if s.named(c.start, "卡", "账", "帐", "账户", "帐户") {
		return true
	}
	if d[0] == '6' && (d[1] == '2' || d[1] == '0') {
		return len(d) >= 16
	}
	if r := s.at(c.start - 1); r == '/' || r == '=' || r == '_' {
		return false
	}
	return issued(d)
}

// issued reports the first digits of the cards in use beside UnionPay's 62, by
// their length: Visa 4, Mastercard 51 to 55, JCB 35, American Express 34 and
// 37, Diners 36 and 38, and those of Chinese banks from before 62.
func issued(d []byte) bool {
	first := int(d[0]-'0')*10 + int(d[1]-'0')
	switch len(d) {
	case 13:
		return d[0] == '4'
	case 14:
		return first == 36 || first == 38
	case 15:
		return first == 34 || first == 37
	case 16:
		return d[0] == '4' || first >= 51 && first <= 55 || first == 35
	}
	return first == 95 || first == 96 || first == 98
}

func luhn(d []byte) bool {
	sum := 0
	for i := range d {
		v := int(d[len(d)-1-i] - '0')
		if i%2 == 1 {
			if v *= 2; v > 9 {
				v -= 9
			}
		}
		sum += v
	}
	return sum%10 == 0
}

// creditCode checks the check character of a company's code of 18 (GB 32100)
// that happens to have no letter.
func creditCode(d []byte) bool {
	if len(d) != 18 {
		return false
	}
	const order = "0123456789ABCDEFGHJKLMNPQRTUWXY"
	sum, weight := 0, 1
	for _, c := range d[:17] {
		sum += int(c-'0') * weight
		weight = weight * 3 % 31
	}
	return order[(31-sum%31)%31] == d[17]
}

// passport tells passports and travel permits by the letter before the digits:
// E and G are passports by themselves, also E and a letter with seven digits;
// the rest (D P S, C W for 港澳, L T for 台湾, H M for 回乡证) need the word
// beside them.
func (s *search) passport(c *candidate) string {
	n := len(c.digits)
	if n > 10 || len(c.parts) > 1 || alphanumeric(s.at(c.end)) {
		return ""
	}
	from := c.start - 1
	if letter(s.at(from - 1)) {
		from--
	}
	if alphanumeric(s.at(from-1)) || s.at(c.end) == '-' && alphanumeric(s.at(c.end+1)) {
		return ""
	}
	first, letters := s.runes[from], c.start-from
	named := s.named(from, "护照", "通行证", "回乡证", "港澳", "证件")
	fits := n == 8 && letters == 1 || n == 7 && letters == 2
	switch {
	case named && (fits && hasRune("egdpscwlthm", first) || n == 10 && (first == 'h' || first == 'm')):
	case fits && first == 'e' && letters == 2, fits && letters == 1 && (first == 'e' || first == 'g') && !date(c.digits):
		if s.filed(from) {
			return ""
		}
	default:
		return ""
	}
	s.add(Passport, from, c.end)
	return none
}

func hasRune(set string, r rune) bool {
	for _, c := range set {
		if c == r {
			return true
		}
	}
	return false
}
