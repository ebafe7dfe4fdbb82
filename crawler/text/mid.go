package text

import (
	"strconv"
	"strings"
)

// alphabet is Weibo's base 62.
const alphabet = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"

// Groups of a post's two names: seven decimal digits of the mid are four
// characters of the bid, counted from the right.
const (
	midGroup = 7
	bidGroup = 4
	maxMid   = 21
	maxBid   = 12
)

// MidToBid gives the short name (mblogid) of a post from its number, as it
// stands in addresses: 4 characters for every 7 digits from the right. It
// gives "" for what is no positive number of at most 21 digits.
func MidToBid(mid string) string {
	if mid == "" || len(mid) > maxMid || mid[0] == '0' || strings.Trim(mid, "0123456789") != "" {
		return ""
	}
	var bid string
	for end := len(mid); end > 0; end -= midGroup {
		start := max(end-midGroup, 0)
		n, err := strconv.Atoi(mid[start:end])
		if err != nil {
			return ""
		}
		part := base62(n)
		if start > 0 {
			part = strings.Repeat("0", bidGroup-len(part)) + part
		}
		bid = part + bid
	}
	return bid
}

// BidToMid gives the number of a post from its short name, "" for what is
// none.
func BidToMid(bid string) string {
	if bid == "" || len(bid) > maxBid || bid[0] == '0' {
		return ""
	}
	var mid string
	for end := len(bid); end > 0; end -= bidGroup {
		start := max(end-bidGroup, 0)
		n := 0
		for _, c := range []byte(bid[start:end]) {
			v := strings.IndexByte(alphabet, c)
			if v < 0 {
				return ""
			}
			n = n*len(alphabet) + v
		}
		part := strconv.Itoa(n)
		if len(part) > midGroup {
			return "" // no mid has this group
		}
		if start > 0 {
			part = strings.Repeat("0", midGroup-len(part)) + part
		}
		mid = part + mid
	}
	return mid
}

func base62(n int) string {
	if n == 0 {
		return "0"
	}
	var out []byte
	for ; n > 0; n /= len(alphabet) {
		out = append([]byte{alphabet[n%len(alphabet)]}, out...)
	}
	return string(out)
}
