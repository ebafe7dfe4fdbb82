package personal

// accountMark reports the characters at which the word for an account begins.
func accountMark(r rune) bool {
	switch r {
	case '微', '薇', '威', '徽', '扣', '企', 'v', 'w', 'q':
		return true
	}
	return false
}

// accountNext reports the ones that may follow them.
func accountNext(r rune) bool {
	switch r {
	case '信', '扣', '鹅', 'x', 'e', 'q', ' ', ':', '号':
		return true
	}
	return false
}

// accountName is a word for an account. A weak one says so only with 加 before
// it or a colon behind it.
type accountName struct {
	word string
	qq   bool
	weak bool
}

// accountNames lists longer words before those they begin with.
func accountNames() [14]accountName {
	return [...]accountName{
		{word: "微信"}, {word: "薇信"}, {word: "威信"}, {word: "徽信"}, {word: "v信"},
		{word: "weixin"}, {word: "wechat"}, {word: "vx"}, {word: "wx"},
		{word: "qq", qq: true}, {word: "扣扣", qq: true}, {word: "企鹅号", qq: true},
		{word: "v", weak: true}, {word: "q", qq: true, weak: true},
	}
}

// account looks for a WeChat id or a QQ number behind the word at i. Groups,
// 公众号 and 小程序 are nobody's and do not fit.
func (s *search) account(i int) {
	if prev := s.at(i - 1); s.runes[i] < 0x80 && (alphanumeric(prev) || hasRune("@&?/._-", prev)) {
		return // of a word, a name or a link
	}
	for _, name := range accountNames() {
		if !s.begins(i, name.word) {
			continue
		}
		at := i + len([]rune(name.word))
		if name.word == "wx" && s.begins(at, "id_") {
			s.id(i, false)
			return
		}
		from, colon := s.connected(at)
		if name.weak && !colon && s.at(i-1) != '加' {
			return
		}
		if name.qq {
			s.digitsOf(from, 5)
			return
		}
		if letter(s.at(from)) {
			if from > at || s.runes[at-1] >= 0x80 {
				bare := from == at || from == at+1 && s.at(at) == ' '
				s.id(from, bare && s.at(i-1) != '加')
			}
			return
		}
		s.digitsOf(from, 6)
		return
	}
}

// connected passes what stands between the word and the id: 号码是：.
func (s *search) connected(i int) (end int, colon bool) {
	for n := 0; n < 8; n++ {
		switch r := s.at(i); {
		case r == 'i' && s.at(i+1) == 'd' && !alphanumeric(s.at(i+2)):
			i++
		case r == ':' || r == '=':
			colon = true
		case hasRune(" 号码账帐是为加同我的-—→>()\"'“”「」[]【】", r):
		default:
			return i, colon
		}
		i++
	}
	return i, colon
}

// id notes a WeChat id: a letter and 5 to 19 letters, digits, _ and -. Where
// bare says that nothing but the word announces it, it needs one that is no
// letter, for 微信windows版 is none.
func (s *search) id(from int, bare bool) {
	end, other := from, false
	for c := s.at(end); alphanumeric(c) || c == '_' || c == '-'; c = s.at(end) {
		other = other || !letter(c)
		end++
	}
	for s.at(end-1) == '-' {
		end--
	}
	if n := end - from; n < 6 || n > 32 || bare && !other || s.at(end) == '@' {
		return
	}
	s.add(Account, from, end)
}

// digitsOf notes an account that is a number: at least so many digits, at most
// 11. Mobile numbers are noted as such.
func (s *search) digitsOf(from, least int) {
	var d [12]byte
	end, n := from, 0
	for ; n < len(d) && value(s.at(end)) >= 0; n++ {
		d[n] = '0' + byte(value(s.at(end)))
		end++
	}
	switch {
	case n < least, n > 11, d[0] == '0', s.counted(end), s.at(end) == '@', letter(s.at(end)) && s.at(end) != 'q' && s.at(end) != 'v':
	case n == 8 && date(d[:8]), n == 11 && mobile(d[:11], []int8{11}):
	default:
		s.add(Account, from, end)
	}
}
