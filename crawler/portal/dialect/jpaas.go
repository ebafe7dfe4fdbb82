package dialect

import (
	"regexp"
	"strconv"
	"strings"

	"huiying/crawler/portal/jsobject"
)

var jpaasCount = regexp.MustCompile(`(?i)\b(?:count|total|totalCount|data-count)["']?\s*[:=]\s*["']?(\d{1,9})\b`)

// Unit unpacks the answer of jpaas's build/unit: HTML in JSON, under data.html.
// said is the service's own sentence where it gave no page.
func Unit(body string) (f Fragment, said string, ok bool) {
	root, err := jsobject.Parse(body)
	if err != nil {
		return Fragment{}, "", false
	}
	html, ok := jsobject.At(root, "data.html").(string)
	if !ok {
		said, _ = jsobject.At(root, "message").(string)
		return Fragment{}, strings.TrimSpace(said), false
	}
	f.HTML = rowsOnly(html)
	if m := jpaasCount.FindStringSubmatch(html); m != nil {
		f.Total = whole(m[1])
	}
	return f, "", true
}

func whole(s string) int64 {
	n, err := strconv.ParseInt(strings.TrimSpace(s), 10, 64)
	if err != nil {
		return 0
	}
	return max(n, 0)
}
