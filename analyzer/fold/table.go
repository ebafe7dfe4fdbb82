package fold

import (
	_ "embed"
	"strings"
	"sync"
	"unicode"
)

//go:embed t2s.txt
var pairs string

// dropped marks a rune that stands for nothing when matching.
const dropped = -1

// table is the folding of every rune of the basic plane; the rest is by rule.
// Most runes stay as they are: a bit for each of them keeps the question in the
// processor's nearest cache.
type table struct {
	same  [1 << 10]uint64
	basic [1 << 16]int32
}

// folding makes the table once; it never changes after.
var folding = sync.OnceValue(func() *table {
	t := &table{}
	for r := range t.basic {
		t.basic[r] = byRule(rune(r))
	}
	for line := range strings.Lines(pairs) {
		if strings.HasPrefix(line, "#") {
			continue
		}
		runes := []rune(strings.TrimSpace(line))
		for i := 0; i+1 < len(runes); i += 2 {
			t.basic[runes[i]] = runes[i+1]
		}
	}
	for r, folded := range t.basic {
		if rune(r) == folded {
			t.same[r>>6] |= 1 << (r & 63)
		}
	}
	return t
})

func (t *table) fold(r rune) rune {
	if uint32(r) >= uint32(len(t.basic)) {
		return byRule(r)
	}
	if t.same[uint16(r)>>6]>>(r&63)&1 != 0 {
		return r
	}
	return t.basic[r]
}

// byRule folds a rune by its properties.
func byRule(r rune) rune {
	if invisible(r) {
		return dropped
	}
	if narrow, ok := narrowed(r); ok {
		r = narrow
	}
	if unicode.IsSpace(r) || unicode.IsControl(r) {
		return ' '
	}
	return unicode.ToLower(r)
}

// narrowed gives the half-width form of a full-width character, and the usual
// form of the half-width Chinese full stop and corner brackets.
func narrowed(r rune) (rune, bool) {
	switch {
	case r >= '！' && r <= '～':
		return r - '！' + '!', true
	case r == '　':
		return ' ', true
	}
	for i, odd := range []rune("￠￡￢￣￤￥￦｡｢｣､･") {
		if r == odd {
			return []rune("¢£¬¯¦¥₩。「」、・")[i], true
		}
	}
	return r, false
}

// invisible reports zero-width characters: joiners, direction marks, variation
// selectors, the byte order mark. People paste them without seeing them, some
// put them into words on purpose.
func invisible(r rune) bool {
	switch {
	case r == 0xAD, r == 0x34F, r == 0x61C, r == 0x180E, r == 0xFEFF:
		return true
	case r >= 0x200B && r <= 0x200F, r >= 0x202A && r <= 0x202E, r >= 0x2060 && r <= 0x206F:
		return true
	case r >= 0xFE00 && r <= 0xFE0F, r >= 0xE0100 && r <= 0xE01EF:
		return true
	}
	return false
}
