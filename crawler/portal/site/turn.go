package site

import (
	"encoding/json"
	"maps"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"huiying/crawler/portal/dialect"
)

// Turn is the question for one page of a list, on the site's own host.
type Turn struct {
	N      int // counted from 1
	URL    string
	Form   url.Values // a POST when not nil
	Header http.Header

	hidden url.Values // aspnet: the state of the page before
}

// Key names the question, to know it again.
func (t Turn) Key() string { return t.URL + "\n" + t.Form.Encode() }

// FirstTurn is the question for the first page of a list; template is its
// address.
func (p Profile) FirstTurn(template string) Turn {
	t := p.turn(template, 1)
	if p.List.Format == formatASPNET {
		t.Form = nil // the state must be seen before it can be posted
	}
	return t
}

// NextTurn is the question for the page after t, which gave l; false at the
// end of the list, as far as the site or the description says where it ends.
func (p Profile) NextTurn(template string, t Turn, l Listing) (Turn, bool) {
	if Absolute(l.Next) {
		return Turn{N: t.N + 1, URL: l.Next, Header: t.Header}, p.Follows(l.Next)
	}
	n := t.N + 1
	if l.Pages > 0 && int64(t.N) >= l.Pages {
		return Turn{}, false
	}
	switch p.List.Format {
	case formatASPNET:
		return p.formTurn(t, l)
	case formatJCMS:
		return p.turn(template, n), l.Total == 0 || int64(t.N*p.List.Batch) < l.Total
	case formatJpaas:
		return p.turn(template, n), l.Total == 0 || int64(t.N*p.List.PerPage) < l.Total
	case formatTRS:
		return p.turn(template, n), p.List.Next.empty()
	}
	said := !p.List.Next.empty() || (!p.List.Pages.empty() && l.Pages == 0) // it says where it ends, and this is where
	return p.turn(template, n), p.pages(template) && !said
}

// pages reports whether a page's number changes the question.
func (p Profile) pages(template string) bool {
	turns := func(s string) bool { return Paged(s) || strings.Contains(s, "{start}") }
	if turns(template) {
		return true
	}
	for _, value := range p.List.Params {
		if turns(value) {
			return true
		}
	}
	return false
}

// turn is the question for page n of a list whose pages are numbered.
func (p Profile) turn(template string, n int) Turn {
	l := p.List
	t := Turn{N: n, URL: p.ListURL(template, n)}
	if l.Referer != "" {
		t.Header = http.Header{"Referer": {Resolve(p.Site+"/", l.Referer)}}
	}
	params := url.Values{}
	for key, value := range l.Params {
		params.Set(key, l.fill(value, n))
	}
	add := url.Values{}
	switch l.Format {
	case formatJCMS:
		add = url.Values{
			"startrecord": {strconv.Itoa((n-1)*l.Batch + 1)}, "endrecord": {strconv.Itoa(n * l.Batch)}, "perpage": {strconv.Itoa(l.PerPage)},
		}
	case formatJpaas:
		asked, err := json.Marshal(map[string]int{"pageNo": l.number(n), "pageSize": l.PerPage})
		if err == nil {
			params.Set("paramJson", string(asked))
		}
	}
	switch {
	case l.Method == "post":
		t.Form = params
	default:
		maps.Copy(add, params)
	}
	t.URL = withQuery(t.URL, add)
	return t
}

// withQuery adds to the query of an address.
func withQuery(address string, add url.Values) string {
	u, err := url.Parse(address)
	if err != nil || len(add) == 0 {
		return address
	}
	q := u.Query()
	maps.Copy(q, add)
	u.RawQuery = q.Encode()
	return u.String()
}

// number is what {page} is on page n.
func (l List) number(n int) int {
	if l.First != nil {
		return *l.First + n - 1
	}
	return n
}

func (l List) fill(s string, n int) string {
	if !strings.Contains(s, "{") {
		return s
	}
	return strings.NewReplacer(
		"{page}", strconv.Itoa(l.number(n)), "{size}", strconv.Itoa(l.PerPage),
		"{start}", strconv.Itoa((n-1)*l.PerPage+1), "{end}", strconv.Itoa(n*l.PerPage),
	).Replace(s)
}

// ListURL is the address of the n-th page of a list, counted from 1.
func (p Profile) ListURL(template string, n int) string {
	if n == 1 && p.List.FirstURL != "" && template == p.List.URL {
		template = p.List.FirstURL
	}
	if p.List.Format == formatTRS && !strings.Contains(template, "{page}") {
		template = dialect.Numbered(template, n)
	}
	return Resolve(p.Site+"/", p.List.fill(template, n))
}

// formTurn posts a page's state back to it, with the event or the callback
// that brings the next rows.
func (p Profile) formTurn(t Turn, l Listing) (Turn, bool) {
	next := Turn{N: t.N + 1, URL: t.URL, Header: t.Header, hidden: url.Values{}}
	maps.Copy(next.hidden, t.hidden)
	maps.Copy(next.hidden, l.hidden)
	if len(next.hidden) == 0 {
		return next, false
	}
	next.Form = maps.Clone(next.hidden)
	for key, value := range p.List.Params {
		next.Form.Set(key, p.List.fill(value, next.N))
	}
	if c := p.List.Callback; c.ID != "" {
		next.Form.Set("__CALLBACKID", c.ID)
		next.Form.Set("__CALLBACKPARAM", p.List.fill(c.Param, next.N))
		return next, len(l.Items) > 0
	}
	target, argument := p.List.Target, strconv.Itoa(p.List.number(next.N))
	if target == "" {
		if l.doc == nil {
			return next, false
		}
		if target, argument = dialect.PostBack(l.doc, next.N); target == "" {
			return next, false
		}
	}
	next.Form.Set("__EVENTTARGET", target)
	next.Form.Set("__EVENTARGUMENT", argument)
	return next, true
}

// Paged reports whether a list's address holds the number of the page.
func Paged(template string) bool { return strings.Contains(template, "{page}") }
