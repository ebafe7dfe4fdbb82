package sight

import (
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/PuerkitoBio/goquery"
	"golang.org/x/net/html"
)

// dates gathers the publication dates of a page.
type dates struct {
	now    time.Time
	newest time.Time
	n      int
}

func (d *dates) see(t time.Time) bool {
	if t.IsZero() || t.After(d.now) || t.Year() < 1995 {
		return false
	}
	d.n++
	if t.After(d.newest) {
		d.newest = t
	}
	return true
}

const (
	dayForm   = `((?:19|20)\d{2})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?`
	shortForm = `(\d{1,2})\s*[-/月]\s*(\d{1,2})\s*日?`
	clock     = `(?:\s+\d{1,2}[:：]\d{2}(?:[:：]\d{2})?)?`
	before    = `^(?:(?:发布|更新|发文)?(?:时间|日期)\s*[:：])?[\s\[\(（【]*`
	after     = `[\s\]\)）】]*$`
)

var (
	wholeDay  = regexp.MustCompile(before + dayForm + clock + after)
	shortDay  = regexp.MustCompile(before + shortForm + after)
	endDay    = regexp.MustCompile(`[\s\[\(（【]` + dayForm + clock + after)
	stacked   = regexp.MustCompile(`(?:^|\s)(\d{1,2})\s+((?:19|20)\d{2})\s*[-/.年]\s*(\d{1,2})\s*月?(?:\s|$)`)
	addressed = regexp.MustCompile(`/t((?:19|20)\d{2})(\d{2})(\d{2})_\d+|/((?:19|20)\d{2})[-/]?(\d{2})[-/]?(\d{2})/`)
)

// rows reads the dates that stand in a row of their own with a link: as an
// element's whole text, at the end of a title, or as a day above its month. A
// date inside a title is none of its publication.
func (d *dates) rows(doc *goquery.Document) {
	const blocks = "li, tr, dd, dt, p, div"
	doc.Find(blocks).Each(func(_ int, row *goquery.Selection) {
		if row.Find("li, tr, dd, dt, p").Length() > 0 || row.Find("a[href]").Length() == 0 || row.Find("div div div").Length() > 0 {
			return
		}
		if row.Is("div") && row.ParentsFiltered("li, tr, dd, dt, p").Length() > 0 {
			return // the row around it is read
		}
		pieces := texts(row.Nodes[0], nil, 0)
		found := false
		for _, s := range pieces {
			found = d.see(d.day(s)) || found
		}
		if found {
			return
		}
		if m := stacked.FindStringSubmatch(strings.Join(pieces, " ")); m != nil {
			d.see(d.date(m[2], m[3], m[1]))
		}
	})
}

// maxPieces and maxDepth bound one row.
const (
	maxPieces = 64
	maxDepth  = 64
)

func texts(n *html.Node, out []string, depth int) []string {
	if n.Type == html.ElementNode && (n.Data == "script" || n.Data == "style") {
		return out
	}
	if n.Type == html.TextNode {
		if s := strings.TrimSpace(strings.ReplaceAll(n.Data, "\u00a0", " ")); s != "" {
			out = append(out, s)
		}
	}
	for c := n.FirstChild; c != nil && len(out) < maxPieces && depth < maxDepth; c = c.NextSibling {
		out = texts(c, out, depth+1)
	}
	return out
}

// day is the date that a piece of text is or ends with.
func (d *dates) day(s string) time.Time {
	if m := wholeDay.FindStringSubmatch(s); m != nil {
		return d.date(m[1], m[2], m[3])
	}
	if m := shortDay.FindStringSubmatch(s); m != nil {
		year := d.now.Year()
		t := d.date(strconv.Itoa(year), m[1], m[2])
		if t.After(d.now) {
			t = d.date(strconv.Itoa(year-1), m[1], m[2])
		}
		return t
	}
	if m := endDay.FindStringSubmatch(s); m != nil {
		return d.date(m[1], m[2], m[3])
	}
	return time.Time{}
}

func (d *dates) date(year, month, day string) time.Time {
	y, _ := strconv.Atoi(year)
	m, _ := strconv.Atoi(month)
	n, _ := strconv.Atoi(day)
	t := time.Date(y, time.Month(m), n, 0, 0, 0, 0, d.now.Location())
	if t.Year() != y || int(t.Month()) != m || t.Day() != n {
		return time.Time{}
	}
	return t
}

// addresses reads the dates that content systems write into an address:
// /202611/t20261120_1234.html, /2026/11/20/, /2026-11/20/.
func (d *dates) addresses(links []Link) {
	for _, l := range links {
		u, err := url.Parse(l.URL)
		if err != nil {
			continue
		}
		m := addressed.FindStringSubmatch(u.Path)
		switch {
		case m == nil:
		case m[1] != "":
			d.see(d.date(m[1], m[2], m[3]))
		default:
			d.see(d.date(m[4], m[5], m[6]))
		}
	}
}
