package site

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
	"huiying/crawler/portal/dialect"
	"huiying/crawler/portal/jsobject"
	"huiying/crawler/portal/page"
	"huiying/crawler/portal/status"
	"huiying/crawler/text"
)

// Item is one row of a list.
type Item struct {
	URL       string // canonical, on the site's own host
	Title     string
	Org       string
	Status    string // one of the statuses of huiying.Post
	At        time.Time
	Precision string
}

// State digests what of a row is news.
func (i Item) State() string {
	parts := []string{i.Title, i.Org, i.At.UTC().Format(time.RFC3339)}
	if i.Status != "" {
		parts = append(parts, i.Status)
	}
	sum := sha256.Sum256([]byte(strings.Join(parts, "\n")))
	return hex.EncodeToString(sum[:6])
}

// Listing is what one list page gave.
type Listing struct {
	Items  []Item
	Answer crawler.Answer
	Next   string // address of the next page, or "page=N", "" when the page names none
	Total  int64  // how many rows the site says there are, 0 when it does not say
	Pages  int64  // how many pages, the same

	hidden url.Values        // aspnet: the state it wants back
	doc    *goquery.Document // aspnet: the page, whose links turn it
}

// Parsed gives the rows as posts without a text.
func (l Listing) Parsed(p Profile, d crawler.Document) crawler.Parsed {
	out := crawler.Parsed{Answer: l.Answer, Next: l.Next, Total: l.Total}
	for _, i := range l.Items {
		out.Posts = append(out.Posts, huiying.Post{
			ID: p.PostID(i.URL), Source: d.Source, Platform: huiying.PlatformPortal, Kind: p.Kind,
			URL: i.URL, Title: i.Title, Author: huiying.Author{Verified: "none"},
			Status: i.Status, PublishedAt: i.At, PublishedPrecision: i.Precision, CollectedAt: d.FetchedAt,
		})
	}
	return out
}

// ReadList reads one page of the list. A list of another format may still be
// saved as HTML; it is then read by shape.
func (p Profile) ReadList(d crawler.Document) Listing {
	body := decoded(d)
	if answer := refusedPage(d); answer != "" {
		return Listing{Answer: answer}
	}
	if d.URL == "" {
		d.URL = p.ListURL(p.List.URL, 1)
	}
	out := p.readAs(body, d)
	if out.Answer == "" {
		out.Answer = crawler.AnswerOK
		if len(out.Items) == 0 {
			out.Answer = crawler.AnswerEmpty
		}
	}
	return out
}

// readAs reads a page by the format of the list.
func (p Profile) readAs(body string, d crawler.Document) Listing {
	html := strings.HasPrefix(strings.TrimSpace(body), "<")
	switch p.List.Format {
	case formatJSObject:
		if !html {
			return p.readObjects(body, d)
		}
	case formatJCMS:
		if f, ok := dialect.Records(body); ok {
			return p.readFragment(f, d)
		}
	case formatJpaas:
		if f, said, ok := dialect.Unit(body); ok {
			return p.readFragment(f, d)
		} else if !html || said != "" {
			return Listing{Answer: crawler.AnswerMalformed}
		}
	case formatASPNET:
		return p.readForm(body, d)
	}
	out := p.shaped().readRows(body, d)
	if p.List.Format == formatTRS && out.Pages == 0 {
		out.Pages = int64(dialect.Pages(body))
	}
	return out
}

// readFragment reads the rows an envelope held; none are an empty list.
func (p Profile) readFragment(f dialect.Fragment, d crawler.Document) Listing {
	out := p.readRows(f.HTML, d)
	if out.Total == 0 {
		out.Total = f.Total
	}
	if len(out.Items) == 0 {
		out.Answer = ""
		if f.Total > 0 && strings.Contains(f.HTML, "<a") {
			out.Answer = crawler.AnswerMalformed // it has rows, and the description finds none
		}
	}
	return out
}

// readForm reads a page of ASP.NET, or what a callback of it brought.
func (p Profile) readForm(body string, d crawler.Document) Listing {
	if head := strings.ToLower(body[:min(len(body), 4096)]); p.List.Callback.ID != "" && !strings.Contains(head, "<html") && !strings.Contains(head, "<!doctype") {
		html, validation, ok := dialect.Callback(body)
		if !ok {
			return Listing{Answer: crawler.AnswerMalformed}
		}
		out := p.readRows(html, d)
		if len(out.Items) == 0 {
			out.Answer = "" // behind the last page a callback brings nothing
		}
		if validation != "" {
			out.hidden = url.Values{"__EVENTVALIDATION": {validation}}
		}
		return out
	}
	return p.readRows(body, d)
}

// shaped is the description a list of HTML is read by: without the keys of a
// js-object list, which name no elements.
func (p Profile) shaped() Profile {
	if p.List.Format == formatJSObject {
		p.List = List{Format: formatHTML}
	}
	return p
}

// readObjects reads a list of JavaScript object text. An answer that is the
// array itself has no keys around it; the path of its rows is then ".".
func (p Profile) readObjects(body string, d crawler.Document) Listing {
	root, err := jsobject.Parse(body)
	if err != nil {
		return Listing{Answer: crawler.AnswerMalformed}
	}
	rows, ok := root.([]any)
	if p.List.Item != "." {
		rows, ok = jsobject.At(root, p.List.Item).([]any)
	}
	if !ok {
		return Listing{Answer: crawler.AnswerMalformed}
	}
	out := Listing{Total: whole(p.List.Total.key(root)), Pages: whole(p.List.Pages.key(root))}
	for _, row := range rows {
		if !holds(row, p.List.Where) {
			continue
		}
		link := p.List.Link.fill(row)
		i := Item{URL: Resolve(d.URL, link), Title: text.Plain(p.List.Title.key(row)), Org: p.List.Org.key(row)}
		i.At, i.Precision = p.when(p.List.Date.key(row), d)
		i.Status = status.Of(p.List.Status.key(row), p.Statuses)
		if i.URL != "" {
			out.Items = append(out.Items, i)
		}
	}
	if page := whole(jsobject.Word(root, pageNumber(p.List.Pages.Select))); page > 0 && page < out.Pages {
		out.Next = "page=" + strconv.FormatInt(page+1, 10)
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
		if t, ok := l.URLs[strings.TrimSpace(jsobject.Word(row, l.By))]; ok {
			template = t
		}
	}
	if template == "" {
		return l.pick.key(row)
	}
	whole := true
	out := placeholder.ReplaceAllStringFunc(template, func(m string) string {
		value := jsobject.Word(row, m[1:len(m)-1])
		whole = whole && value != ""
		return url.QueryEscape(value)
	})
	if !whole {
		return ""
	}
	return out
}

// readRows reads a list of HTML.
func (p Profile) readRows(body string, d crawler.Document) Listing {
	doc, err := goquery.NewDocumentFromReader(strings.NewReader(body))
	if err != nil {
		return Listing{Answer: crawler.AnswerMalformed}
	}
	var out Listing
	p.rows(doc).Each(func(_ int, row *goquery.Selection) {
		if i, ok := p.row(row, d); ok {
			out.Items = append(out.Items, i)
		}
	})
	if next := p.List.Next; next.selector != nil {
		if next.Attr == "" {
			next.Attr = "href"
		}
		out.Next = Resolve(d.URL, next.text(doc.Selection))
	}
	out.Pages, out.Total = whole(p.List.Pages.text(doc.Selection)), whole(p.List.Total.text(doc.Selection))
	if p.List.Format == formatASPNET {
		out.hidden = dialect.Hidden(doc)
		out.doc = doc
	}
	if len(out.Items) == 0 && doc.Find("body a, body li, body tr").Length() == 0 {
		out.Answer = crawler.AnswerMalformed
	}
	return out
}

var dated = regexp.MustCompile(`(?:19|20)\d{2}\s*[-/.年]\s*\d{1,2}\s*[-/.月]\s*\d{1,2}`)

// rows are the elements Item names; without one, the nearest li, tr, dd or
// div of every link that shows a date or has one in its address.
func (p Profile) rows(doc *goquery.Document) *goquery.Selection {
	if p.List.Item != "" {
		return doc.Find(p.List.Item)
	}
	return doc.Find("li, tr, dd, p, div").FilterFunction(func(_ int, s *goquery.Selection) bool {
		if s.Find("li, tr, dd, p, div").Length() > 0 || s.Find("a[href]").Length() == 0 {
			return false
		}
		return dated.MatchString(s.Text()) || addressDay(s.Find("a[href]").First().AttrOr("href", "")) != ""
	})
}

func (p Profile) row(row *goquery.Selection, d crawler.Document) (Item, bool) {
	anchor := row.Find("a[href]").First()
	if row.Is("a[href]") {
		anchor = row
	}
	link := anchor.AttrOr("href", "")
	if l := p.List.Link.pick; !l.empty() {
		if l.Attr == "" {
			l.Attr = "href"
		}
		if link = l.text(row); p.List.Link.URL != "" && link != "" {
			link = strings.ReplaceAll(p.List.Link.URL, "{value}", url.QueryEscape(link))
		}
	}
	i := Item{URL: Resolve(d.URL, link), Title: p.List.Title.text(row), Org: p.List.Org.text(row)}
	i.Status = status.Of(p.List.Status.text(row), p.Statuses)
	if p.List.Title.empty() {
		i.Title = anchor.AttrOr("title", "")
		if shown := page.Plain(anchor, page.Flow); i.Title == "" || strings.Contains(i.Title, "\n") {
			i.Title = shown
		}
		i.Title = dropDate(page.Tidy(i.Title))
	}
	day := p.List.Date.text(row)
	if p.List.Date.empty() {
		day = dated.FindString(page.Plain(row, page.Flow))
	}
	i.At, i.Precision = p.when(day, d)
	if i.At.IsZero() {
		i.At, i.Precision = p.when(addressDay(i.URL), d)
	}
	return i, i.URL != "" && i.Title != ""
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

func whole(s string) int64 {
	n, err := strconv.ParseInt(strings.TrimSpace(s), 10, 64)
	if err != nil {
		return 0
	}
	return max(n, 0)
}
