package personal

import (
	"strings"
	"unicode"

	"huiying/analyzer/fold"
)

// provinces are the characters a number plate begins with.
const provinces = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼"

// plates finds number plates: province, letter, an optional dot, five or six
// letters or digits with at least one digit (GA 36).
func plates(runes []rune, add func(string, fold.Span)) {
	for i := 0; i+6 < len(runes); i++ {
		if !letter(runes[i+1]) || !strings.ContainsRune(provinces, runes[i]) {
			continue
		}
		from := i + 2
		if runes[from] == '·' || runes[from] == '.' || runes[from] == '-' || runes[from] == ' ' {
			from++
		}
		end, digits := from, 0
		for end < len(runes) && (digit(runes[end]) || letter(runes[end])) {
			if digit(runes[end]) {
				digits++
			}
			end++
		}
		if n := end - from; (n == 5 || n == 6) && digits > 0 {
			add(Plate, fold.Span{Start: int32(i), End: int32(end)})
			i = end - 1
		}
	}
}

// maxReach is how far before its first number an address is looked for.
const maxReach = 24

// addresses finds where somebody lives: a road, lane, village or estate
// followed by the number of a house, building, unit or room. A road or an
// estate alone is where something happened, not where somebody lives, and
// 沙坡头区3号 may be a date.
func addresses(runes []rune, add func(string, fold.Span)) {
	for i := 0; i+1 < len(runes); i++ {
		if next := runes[i+1]; next >= 0x4E00 && !numeral(next) || !road(runes[i]) && !estate(runes[i]) {
			continue
		}
		end := houseNumbers(runes, i+1)
		if end == 0 || !road(runes[i]) && end-i <= 3 {
			continue
		}
		add(Address, fold.Span{Start: int32(addressStart(runes, i)), End: int32(end)})
		i = end - 1
	}
}

// road reports whether a number after this character may be that of a house.
func road(r rune) bool {
	switch r {
	case '路', '街', '道', '巷', '弄', '村', '胡', '同':
		return true
	}
	return false
}

// estate reports the same of characters that need more than a plain number.
func estate(r rune) bool {
	switch r {
	case '区', '园', '苑', '府', '城', '院', '组':
		return true
	}
	return false
}

// numeral reports the Chinese characters that begin the number of a house.
func numeral(r rune) bool {
	switch r {
	case '一', '二', '三', '四', '五', '六', '七', '八', '九', '十', '甲', '乙', '丙', '丁':
		return true
	}
	return false
}

// houseNumbers reads numbers with their units after a road or estate; 0 when
// there is no full one. A room alone is not enough (三楼 is a place).
func houseNumbers(runes []rune, i int) int {
	end, parts := 0, 0
	for i < len(runes) {
		from := i
		for i < len(runes) && i-from < 6 && (digit(runes[i]) || strings.ContainsRune("一二三四五六七八九十零甲乙丙丁-#", runes[i]) || i == from && letter(runes[i])) {
			i++
		}
		if i == from || i == len(runes) {
			break
		}
		unit := 0
		switch {
		case hasWord(runes, i, "号楼"), hasWord(runes, i, "单元"), hasWord(runes, i, "号院"):
			unit = 2
		case strings.ContainsRune("号栋幢座室户", runes[i]):
			unit = 1
		case strings.ContainsRune("楼层", runes[i]) && parts > 0:
			unit = 1
		}
		if unit == 0 {
			if parts > 0 && digit(runes[i-1]) && i-from >= 3 && !strings.ContainsRune("年元块次个人名分万", runes[i]) {
				end = i // 3号楼2单元501 without a word for the room
			}
			break
		}
		i += unit
		end, parts = i, parts+1
	}
	if parts > 0 && i == len(runes) && i-end >= 3 && allDigits(runes[end:i]) {
		end = i
	}
	if parts == 0 {
		return 0
	}
	return end
}

func allDigits(runes []rune) bool {
	for _, r := range runes {
		if !digit(r) {
			return false
		}
	}
	return true
}

func hasWord(runes []rune, i int, word string) bool {
	for _, r := range word {
		if i >= len(runes) || runes[i] != r {
			return false
		}
		i++
	}
	return true
}

// addressStart goes back from the road to where its name begins: after a sign,
// or after a word that leads into an address.
func addressStart(runes []rune, at int) int {
	i := at
	for i > 0 && at-i < maxReach {
		r := runes[i-1]
		if !unicode.Is(unicode.Han, r) && !digit(r) || strings.ContainsRune("在住于到址是的了我你他她去往由从", r) {
			break
		}
		i--
	}
	return i
}
