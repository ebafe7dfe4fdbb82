package personal

// none is the kind of a number that is known to be nobody's.
const none = "none"

// candidate is a number that may be personal.
type candidate struct {
	digits     []byte
	parts      []int8 // how many digits stand together
	start, end int    // in the runes
	plus       bool
}

// kind is what the groups from..to, without the last so many digits, are; ""
// for nothing.
func (s *search) kind(from, to, less int) string {
	n := &s.number
	first, last := n.groups[from], n.groups[to-1]
	c := candidate{
		digits: n.digits[first.at : last.at+last.n-less],
		start:  first.start, end: last.end - less,
		plus: s.at(first.start-1) == '+' && !alphanumeric(s.at(first.start-2)),
	}
	if len(c.digits) < minDigits {
		return ""
	}
	c.parts = n.parts[:0]
	for i, g := range n.groups[from:to] {
		if i > 0 && g.joined {
			c.parts[len(c.parts)-1] += int8(g.n)
		} else {
			c.parts = append(c.parts, int8(g.n))
		}
	}
	c.parts[len(c.parts)-1] -= int8(less)
	if from == 0 || s.at(c.start-1) == '.' {
		if kind, ok := s.before(&c); !ok {
			return kind
		}
	}
	return s.judge(&c)
}

// judge tells what a number is by its digits, then whether what stands beside
// it makes something else of it. The check character of an ID card is beyond
// doubt.
func (s *search) judge(c *candidate) string {
	if idCard(c.digits) {
		return IDCard
	}
	if c.digits[len(c.digits)-1] == 'x' {
		return ""
	}
	d, parts, abroad := c.national()
	kind := ""
	switch {
	case mobile(d, parts), landline(d, parts, abroad), tollFree(d, parts), c.foreign(d, abroad), s.local(c):
		kind = Phone
	case letter(s.at(c.end)):
		return ""
	case len(c.parts) == 1 && oldIDCard(c.digits):
		kind = IDCard
	case s.bankCard(c):
		kind = BankCard
	}
	switch {
	case kind == "" || s.amount(c) || s.filed(c.start):
		return ""
	case kind == Phone && s.public.has(d):
		return none
	}
	return kind
}

// foreign reports a number of another country, which a + tells (E.164).
func (c *candidate) foreign(d []byte, abroad bool) bool {
	return c.plus && !abroad && len(d) >= 10 && len(d) <= 15
}

// before looks at what a number follows directly. ok is false where that
// decides: a letter makes it a code or a passport, digits and a dot a fraction.
func (s *search) before(c *candidate) (kind string, ok bool) {
	switch r := s.at(c.start - 1); {
	case letter(r):
		if s.calling(c.start) {
			return "", true
		}
		return s.passport(c), false
	case r == '.':
		i := c.start - 2
		for digit(s.at(i)) {
			i--
		}
		n := c.start - 2 - i
		return "", n == 0 || n == 1 && s.at(i+1) != '0'
	}
	return "", true
}

// calling reports whether the letters before a number say that one can call or
// write there, or end a mail address.
func (s *search) calling(i int) bool {
	from := i
	for letter(s.at(from-1)) && i-from < 10 {
		from--
	}
	switch string(s.runes[from:i]) {
	case "t", "tel", "telephone", "phone", "mobile", "call", "hp", "whatsapp",
		"v", "vx", "wx", "q", "qq", "weixin", "wechat", "com", "cn":
		return true
	}
	return false
}

// amount reports money, and counts in thousands of millions.
func (s *search) amount(c *candidate) bool {
	switch s.at(c.start - 1) {
	case '¥', '$', '€', '£':
		return true
	}
	i := c.end
	if s.at(i) == '.' && digit(s.at(i+1)) {
		for i++; digit(s.at(i)); i++ {
		}
	}
	switch s.at(i) {
	case '元':
		next := s.at(i + 1)
		return next != '旦' && next != '月' && next != '宵'
	case '万', '亿', '圆', '%', '‰':
		return true
	}
	return false
}

// filed reports a number that is labelled as that of an order or a document.
func (s *search) filed(i int) bool {
	if s.named(i, "身份证", "身份证件", "证件", "身份证编", "证件编") {
		return false
	}
	if s.named(i, "编", "单", "流水", "案", "文", "票", "税", "序", "批", "合同", "凭证", "受理", "登记",
		"备案", "许可证", "申请", "档案", "学", "工", "业务", "诉求", "识别") {
		i = s.label(i)
		return s.ends(i, "号", "号码", "订单", "运单", "工单", "快递单", "流水")
	}
	return s.ends(s.label(i), "代码", "条码", "条形码")
}

// national takes the country code of China off; abroad says that there was
// one, so that an area code has lost its 0. It uses the parts up.
func (c *candidate) national() (digits []byte, parts []int8, abroad bool) {
	d, parts := c.digits, c.parts
	n := 0
	switch {
	case d[0] == '0' && d[1] == '0' && d[2] == '8' && d[3] == '6':
		n = 4
	case d[0] == '8' && d[1] == '6' && (c.plus || len(d) == 13 || len(parts) > 1 && parts[0] == 2):
		n = 2
	}
	if n == 0 || len(d)-n < minDigits {
		return d, parts, false
	}
	switch {
	case int(parts[0]) == n:
		return d[n:], parts[1:], true
	case int(parts[0]) > n:
		parts[0] -= int8(n)
		return d[n:], parts, true
	}
	return d, parts, false
}
