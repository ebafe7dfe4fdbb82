package status

import (
	"strconv"
	"strings"
	"time"

	"huiying"
	"huiying/crawler"
	"huiying/crawler/text"
)

// Published reads the site's time; where it gives none that can be read, the
// mid tells it to about a second.
func Published(s string, mid int64, d crawler.Document) (at time.Time, precision string) {
	if t, p, ok := text.ParseTime(s, d.FetchedAt, d.Zone); ok {
		return t, p
	}
	if t := MidTime(mid); !t.IsZero() {
		return t, huiying.PrecisionMinute
	}
	return time.Time{}, ""
}

// A mid counts seconds since epochShift in its upper bits; checked on every
// saved post, it is within two seconds of created_at.
const (
	midShift   = 22
	epochShift = 515483463
	oldestMid  = 3_000_000_000_000_000 // before it mids were not made of time
)

// MidTime is when the post of a mid was written, zero for ids that hold no
// time.
func MidTime(mid int64) time.Time {
	if mid < oldestMid {
		return time.Time{}
	}
	return time.Unix(mid>>midShift+epochShift, 0).UTC()
}

// LowerMid is the mid of a moment: every later post has a higher one.
func LowerMid(t time.Time) int64 { return max(t.Unix()-epochShift, 0) << midShift }

// PostID is the id of a post.
func PostID(mid int64) string { return "weibo:" + strconv.FormatInt(mid, 10) }

// CommentID is the id of a comment.
func CommentID(id int64) string { return "weibo:c" + strconv.FormatInt(id, 10) }

// DetailURL is the address of a post whose author is not known.
func DetailURL(mid int64) string { return "https://m.weibo.cn/detail/" + strconv.FormatInt(mid, 10) }

// PostURL is the address of a post, that of DetailURL when the author's number
// or the short name is missing.
func PostURL(uid, bid string, mid int64) string {
	if Number(uid) > 0 && bid != "" {
		return "https://weibo.com/" + uid + "/" + bid
	}
	return DetailURL(mid)
}

// CommentURL is the address of a comment under its post.
func CommentURL(mid, id int64) string {
	return DetailURL(mid) + "?cid=" + strconv.FormatInt(id, 10)
}

// Region drops 发布于 and 来自 from a place.
func Region(s string) string {
	r := strings.TrimSpace(s)
	for range 2 { // weibo.cn doubles the word
		for _, prefix := range []string{"发布于", "来自"} {
			r = strings.TrimSpace(strings.TrimPrefix(r, prefix))
		}
	}
	return r
}

// Place is the place in what stands beside a comment, where the name of an app
// may stand as well: only what the site calls a place counts.
func Place(s string) string {
	s = strings.TrimSpace(s)
	if strings.Contains(s, "<") || (!strings.HasPrefix(s, "来自") && !strings.HasPrefix(s, "发布于")) {
		return ""
	}
	return Region(s)
}

// Number is the positive decimal in s, else 0.
func Number(s string) int64 {
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil || n < 0 {
		return 0
	}
	return n
}

// ValidBid reports whether s has the form of a post's short name.
func ValidBid(s string) bool {
	if len(s) < 5 || len(s) > 12 {
		return false
	}
	for _, r := range s {
		if (r < '0' || r > '9') && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') {
			return false
		}
	}
	return true
}
