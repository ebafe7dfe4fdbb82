package text

import (
	"math"
	"regexp"
	"strings"
)

var countForm = regexp.MustCompile(`(\d[\d,]*)(?:\.(\d+))?\s*([千kK]|[万wW]|亿)?\s*(\+|以上|余)?`)

// ParseCount reads a count as sites show it: 123, 37,184,025, 1.2万, 2.68亿,
// 10万+, and the same behind a label ("转发 28", "赞[523801]"). A label without
// digits is 0, which is how sites show none. atLeast marks a floor ("+"); n is
// then the floor. Numbers beyond int64 give its maximum.
func ParseCount(s string) (n int64, atLeast bool) {
	if len(s) > 200 {
		return 0, false
	}
	m := countForm.FindStringSubmatch(strings.Map(fold, s))
	if m == nil {
		return 0, false
	}
	zeros := map[string]int{"千": 3, "k": 3, "万": 4, "w": 4, "亿": 8}[strings.ToLower(m[3])]
	return shifted(strings.ReplaceAll(m[1], ",", ""), m[2], zeros), m[4] != ""
}

// shifted is whole.fraction × 10^zeros in whole units; the rest is cut off.
// Decimal digits are moved instead of multiplying a float, so that 7164.8万 is
// exact.
func shifted(whole, fraction string, zeros int) int64 {
	if len(fraction) > zeros {
		fraction = fraction[:zeros]
	}
	digits := whole + fraction + strings.Repeat("0", zeros-len(fraction))
	var n int64
	for _, d := range digits {
		v := int64(d - '0')
		if n > (math.MaxInt64-v)/10 {
			return math.MaxInt64
		}
		n = n*10 + v
	}
	return n
}
