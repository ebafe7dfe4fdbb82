package endpoint

import (
	"math"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"huiying"
	"huiying/crawler"
)

// unix reads seconds or milliseconds since 1970.
func unix(s string, milli bool) (time.Time, string) {
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil || n <= 0 {
		return time.Time{}, ""
	}
	t := time.Unix(min(n, math.MaxInt32*2), 0)
	if milli {
		t = time.UnixMilli(n)
	}
	if t.Year() < 1990 || t.Year() > 2200 {
		return time.Time{}, ""
	}
	return t, huiying.PrecisionSecond
}

// next is the token of the page after the one that held so many rows, "" at
// the end. A token is the page, the offset, the cursor or the link itself.
func (p Profile) next(root any, token string, rows int) string {
	g := p.Paging
	if g.By == "" || rows == 0 || (g.Size > 0 && rows < g.Size && g.By != "cursor" && g.By != "link") {
		return ""
	}
	if g.More != "" && slices.Contains([]string{"", "0", "false", "no", "N"}, g.more.first(root)) {
		return ""
	}
	switch g.By {
	case "page":
		return p.counted(root, token, 1, int64(max(g.Size, 1)))
	case "offset":
		return p.counted(root, token, int64(g.Size), 1)
	case "link":
		link := resolve(p.Site, g.next.first(root))
		if link == "" || !p.follows(link) || link == token {
			return ""
		}
		return link
	}
	cursor := g.next.first(root)
	if cursor == token || slices.Contains([]string{"0", "-1", "null"}, cursor) {
		return ""
	}
	return cursor
}

// counted is the number after token; rows is how many rows one of it stands
// for, by which the total, if the site says it, ends the list.
func (p Profile) counted(root any, token string, by, rows int64) string {
	n, err := strconv.ParseInt(p.start(token), 10, 64)
	if err != nil || n > math.MaxInt32 {
		return ""
	}
	n += by
	if p.Paging.Total != "" && (p.Paging.By == "offset" || p.Paging.Size > 0) {
		first, err := strconv.ParseInt(p.start(""), 10, 64)
		total, terr := strconv.ParseInt(p.Paging.total.first(root), 10, 64)
		if err == nil && terr == nil && (n-first)*rows >= total {
			return ""
		}
	}
	return strconv.FormatInt(n, 10)
}

// start is the number of a page, that of the first for "".
func (p Profile) start(token string) string {
	switch {
	case token != "":
		return token
	case p.Paging.First != nil:
		return strconv.Itoa(*p.Paging.First)
	case p.Paging.By == "page":
		return "1"
	}
	return "0"
}

// follows reports whether a link stays on the described site.
func (p Profile) follows(link string) bool {
	u, err := url.Parse(link)
	s, serr := url.Parse(p.Site)
	return err == nil && serr == nil && strings.EqualFold(u.Host, s.Host)
}

// ask makes the question for a page; params fill in what the source says.
func (p Profile) ask(token string, params map[string]string) crawler.Request {
	values := map[string]string{"size": strconv.Itoa(p.Paging.Size), "page": "", "offset": "", "cursor": ""}
	switch p.Paging.By {
	case "page", "offset":
		values[p.Paging.By] = p.start(token)
	case "cursor":
		values["cursor"] = token
		if token == "" && p.Paging.First != nil {
			values["cursor"] = strconv.Itoa(*p.Paging.First)
		}
	}
	for k, v := range params {
		values[k] = v
	}
	req := crawler.Request{URL: resolve(p.Site, fill(p.URL, values, url.QueryEscape)), Header: http.Header{"Accept": {"application/json,text/javascript;q=0.9,*/*;q=0.8"}}}
	if p.Paging.By == "link" && token != "" {
		req.URL = token
	}
	for k, v := range p.Headers {
		req.Header.Set(k, fill(v, values, url.QueryEscape))
	}
	if len(p.Form) > 0 {
		req.Form = url.Values{}
		for k, v := range p.Form {
			req.Form.Set(k, fill(v, values, func(s string) string { return s }))
		}
	}
	return req
}

func fill(s string, values map[string]string, escape func(string) string) string {
	return hole.ReplaceAllStringFunc(s, func(m string) string {
		if v, ok := values[m[1:len(m)-1]]; ok {
			return escape(v)
		}
		return m
	})
}
