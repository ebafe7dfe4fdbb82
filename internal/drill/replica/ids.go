package replica

import (
	"strconv"
	"strings"
	"time"
)

// A mid holds the seconds since midEpoch above midShift bits.
const (
	midShift = 22
	midEpoch = 515483463
)

// nextMid makes the id of something published at t: in the order of time, as
// the site's are, and never twice.
func (w *World) nextMid(t time.Time) int64 {
	mid := (t.Unix()-midEpoch)<<midShift | int64(t.Nanosecond()/1e6)*4000
	w.lastMid = max(mid, w.lastMid+1)
	return w.lastMid
}

const base62 = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"

// Bid is the short form of a mid in addresses: from the right, seven decimal
// digits become four of base 62.
func Bid(mid int64) string {
	digits := strconv.FormatInt(mid, 10)
	var parts []string
	for end := len(digits); end > 0; end -= 7 {
		start := max(end-7, 0)
		n, _ := strconv.Atoi(digits[start:end]) // at most seven digits of a number: cannot fail
		part := encode62(n)
		if start > 0 {
			part = strings.Repeat("0", 4-len(part)) + part
		}
		parts = append([]string{part}, parts...)
	}
	return strings.Join(parts, "")
}

func encode62(n int) string {
	if n == 0 {
		return "0"
	}
	var out []byte
	for ; n > 0; n /= len(base62) {
		out = append([]byte{base62[n%len(base62)]}, out...)
	}
	return string(out)
}
