package portal

import (
	"crypto/sha256"
	"encoding/hex"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/PuerkitoBio/goquery"

	"huiying"
	"huiying/crawler"
)

// item is one row of a list.
type item struct {
	url       string // canonical, on the site's own host
	title     string
	org       string
	at        time.Time
	precision string
}

// state digests what of a row is news.
func (i item) state() string {
	sum := sha256.Sum256([]byte(strings.Join([]string{i.title, i.org, i.at.UTC().Format(time.RFC3339)}, "\n")))
	return hex.EncodeToString(sum[:6])
}

// listing is what one list page gave.
type listing struct {
	items  []item
	answer crawler.Answer
	next   string // address of the next page, or "page=N"
	total  int64
}

func (l listing) parsed(p Profile, d crawler.Document) crawler.Parsed {
	out := crawler.Parsed{Answer: l.answer, Next: l.next, Total: l.total}
	for _, i := range l.items {
		out.Posts = append(out.Posts, huiying.Post{
			ID: p.identity(i.url, "", p.Kind, []byte(i.title)), Source: d.Source, Platform: huiying.PlatformPortal, Kind: p.Kind,
			URL: i.url, Title: i.title, Author: huiying.Author{Verified: "none"},
			PublishedAt: i.at, PublishedPrecision: i.precision, CollectedAt: d.FetchedAt,
		})
	}
	return out
}

// readList reads one page of the list. A list described as js-object may
// still be saved as HTML; it is then read by shape.
func (p Profile) readList(d crawler.Document) listing {
	body := decoded(d)
	if answer := refusedPage(d); answer != "" {
		return listing{answer: answer}
	}
	if d.URL == "" {
		d.URL = p.listURL(p.List.URL, 1)
	}
	var out listing
	if p.List.Format == formatJSObject && !strings.HasPrefix(strings.TrimSpace(body), "<") {
		out = p.readObjects(body, d)
	} else {
		out = p.shaped().readRows(body, d)
	}
	if out.answer == "" {
		out.answer = crawler.AnswerOK
		if len(out.items) == 0 {
			out.answer = crawler.AnswerEmpty
		}
	}
	return out
}

// shaped is the description a list of HTML is read by: without the keys of a
// js-object list, which name no elements.
func (p Profile) shaped() Profile {
	if p.List.Format != formatHTML {
		p.List = List{Format: formatHTML}
	}
	return p
}

// readObjects reads a list of JavaScript object text.
func (p Profile) readObjects(body string, d crawler.Document) listing {
	root, err := parseObject(body)
	if err != nil {
		return listing{answer: crawler.AnswerMalformed}
	}
	rows, ok := at(root, p.List.Item).([]any)
	if !ok {
		return listing{answer: crawler.AnswerMalformed}
	}
	out := listing{total: whole(wordAt(root, p.List.Total))}
	for _, row := range rows {
		link := p.List.Link.fill(row)
		i := item{url: resolve(d.URL, link), title: p.List.Title.key(row), org: p.List.Org.key(row)}
		i.at, i.precision = p.when(p.List.Date.key(row), d)
		if i.url != "" {
			out.items = append(out.items, i)
		}
	}
	page := whole(wordAt(root, pageNumber(p.List.Pages)))
	if pages := whole(wordAt(root, p.List.Pages)); page > 0 && page < pages {
		out.next = "page=" + strconv.FormatInt(page+1, 10)
	}
	return out
}

// pageNumber is the path of the page's own number beside that of how many
// there are: page.totalPages → page.pageNo.
func pageNumber(pages string) string {
	if cut := strings.LastIndexByte(pages, '.'); cut >= 0 {
		return pages[:cut+1] + "pageNo"
	}
	return "pageNo"
}

var placeholder = regexp.MustCompile(`\{([A-Za-z0-9_.]+)\}`)

// fill makes the address of a row out of its own values.
func (l Link) fill(row any) string {
	template := l.URL
	if l.By != "" {
		if t, ok := l.URLs[strings.TrimSpace(wordAt(row, l.By))]; ok {
			template = t
		}
	}
	if template == "" {
		return l.pick.key(row)
	}
	whole := true
	out := placeholder.ReplaceAllStringFunc(template, func(m string) string {
		value := wordAt(row, m[1:len(m)-1])
		whole = whole && value != ""
		return url.QueryEscape(value)
	})
	if !whole {
		return ""
	}
	return out
}

// readRows reads a list of HTML.
func (p Profile) readRows(body string, d crawler.Document) listing {
	doc, err := goquery.NewDocumentFromReader(strings.NewReader(body))
	if err != nil {
		return listing{answer: crawler.AnswerMalformed}
	}
	var out listing
	p.rows(doc).Each(func(_ int, row *goquery.Selection) {
		if i, ok := p.row(row, d); ok {
			out.items = append(out.items, i)
		}
	})
	if next := p.List.Next; next.selector != nil {
		if next.Attr == "" {
			next.Attr = "href"
		}
		out.next = resolve(d.URL, next.text(doc.Selection))
	}
	if len(out.items) == 0 && doc.Find("body a, body li, body tr").Length() == 0 {
		out.answer = crawler.AnswerMalformed
	}
	return out
}

var dated = regexp.MustCompile(`(?:19|20)\d{2}\s*[-/.年]\s*\d{1,2}\s*[-/.月]\s*\d{1,2}`)

// rows are the elements Item names; without one, the nearest li, tr, dd or
// div of every link that shows a date.
func (p Profile) rows(doc *goquery.Document) *goquery.Selection {
	if p.List.Item != "" {
		return doc.Find(p.List.Item)
	}
	return doc.Find("li, tr, dd, p, div").FilterFunction(func(_ int, s *goquery.Selection) bool {
		if s.Find("li, tr, dd, p, div").Length() > 0 || s.Find("a[href]").Length() == 0 {
			return false
		}
		return dated.MatchString(s.Text())
	})
}

func (p Profile) row(row *goquery.Selection, d crawler.Document) (item, bool) {
	anchor := row.Find("a[href]").First()
	if row.Is("a[href]") {
		anchor = row
	}
	link := anchor.AttrOr("href", "")
	if l := p.List.Link.pick; !l.empty() {
		if l.Attr == "" {
			l.Attr = "href"
		}
		link = l.text(row)
	}
	i := item{url: resolve(d.URL, link), title: p.List.Title.text(row), org: p.List.Org.text(row)}
	if p.List.Title.empty() {
		i.title = anchor.AttrOr("title", "")
		if shown := plain(anchor, flow); i.title == "" || strings.Contains(i.title, "\n") {
			i.title = shown
		}
		i.title = dropDate(tidy(i.title))
	}
	day := p.List.Date.text(row)
	if p.List.Date.empty() {
		day = dated.FindString(plain(row, flow))
	}
	i.at, i.precision = p.when(day, d)
	return i, i.url != "" && i.title != ""
}

// dropDate takes a leading or trailing date off a title.
func dropDate(title string) string {
	loc := dated.FindStringIndex(title)
	switch {
	case loc == nil:
		return title
	case loc[1] >= len(strings.TrimRight(title, " 日)]）】")):
		return strings.TrimRight(title[:loc[0]], " ([（【")
	case strings.TrimLeft(title[:loc[0]], " ([（【") == "":
		return strings.TrimLeft(title[loc[1]:], " 日)]）】")
	}
	return title
}

// listURL is the address of the n-th page of a list, counted from 1.
func (p Profile) listURL(template string, n int) string {
	if n == 1 && p.List.FirstURL != "" && template == p.List.URL {
		template = p.List.FirstURL
	}
	start := 1
	if p.List.First != nil {
		start = *p.List.First
	}
	page := strconv.Itoa(start + n - 1)
	return resolve(p.Site+"/", strings.ReplaceAll(template, "{page}", page))
}

// paged reports whether a list's address holds the number of the page.
func paged(template string) bool { return strings.Contains(template, "{page}") }

func whole(s string) int64 {
	n, err := strconv.ParseInt(strings.TrimSpace(s), 10, 64)
	if err != nil {
		return 0
	}
	return max(n, 0)
}
