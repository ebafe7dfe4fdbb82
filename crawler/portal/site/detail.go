package site

import (
	"bytes"
	"net/url"
	"regexp"
	"strings"
	"time"

	"github.com/PuerkitoBio/goquery"

	"huiying"
	"huiying/crawler"
	"huiying/crawler/portal/page"
	"huiying/crawler/portal/status"
	"huiying/crawler/text"
)

// ReadPage reads the page of one letter or article; kind is huiying.KindLetter
// or huiying.KindArticle.
func (p Profile) ReadPage(d crawler.Document, kind string) crawler.Parsed {
	raw := d.Body
	d = addressed(d)
	if answer := refusedPage(d); answer != "" {
		return crawler.Parsed{Answer: answer}
	}
	body := decoded(d)
	if p.Detail.Format == formatJSObject && !strings.HasPrefix(strings.TrimSpace(body), "<") {
		return p.readObject(body, d, kind)
	}
	doc, err := goquery.NewDocumentFromReader(strings.NewReader(body))
	if err != nil {
		return crawler.Parsed{Answer: crawler.AnswerMalformed}
	}
	m := page.ReadMeta(doc)
	post := huiying.Post{
		Source: d.Source, Platform: huiying.PlatformPortal, Kind: kind,
		Author: huiying.Author{Verified: "none"}, CollectedAt: d.FetchedAt,
	}
	if kind == huiying.KindLetter {
		p.letter(&post, doc, m, d)
	} else {
		p.article(&post, doc, m, d)
	}
	if !readable(post, m) {
		return crawler.Parsed{Answer: p.lost(doc)}
	}
	settleStatus(&post)
	p.identify(&post, m, d, raw)
	return crawler.Parsed{Answer: crawler.AnswerOK, Posts: []huiying.Post{post}}
}

// settleStatus gives a letter that shows an answer and no word of how far it
// is the status that it shows.
func settleStatus(post *huiying.Post) {
	if post.Status == "" && len(post.Answers) > 0 {
		post.Status = huiying.StatusAnswered
	}
}

// readable reports whether a page gave what its kind needs: a letter its text,
// an article a title and, unless its tags vouch for it, a text.
func readable(post huiying.Post, m page.Meta) bool {
	if post.Kind == huiying.KindLetter {
		return post.Text != ""
	}
	return post.Title != "" && (post.Text != "" || m.First("articletitle") != "")
}

// identify gives a post its address and id. A saved page may lack its address;
// its own meta tags then say the site and, though relative, the number.
func (p Profile) identify(post *huiying.Post, m page.Meta, d crawler.Document, raw []byte) {
	own := m.First("url")
	if post.URL = d.URL; post.URL == "" && Absolute(own) {
		post.URL = Resolve(own, own)
	}
	if post.URL != "" {
		post.ID = name(hostOf(post.URL), post.Kind, p.native(post.URL, post.Kind), []byte(post.URL))
		return
	}
	native := ""
	if own != "" {
		native = p.native("/"+own, post.Kind)
	}
	post.ID = name(orElse(m.Host(), hostOf(p.Site)), post.Kind, native, raw)
}

func (p Profile) letter(post *huiying.Post, doc *goquery.Document, m page.Meta, d crawler.Document) {
	det := p.Detail
	scope := doc.Selection
	post.Title = orElse(det.Title.text(scope), m.First("articletitle"))
	post.Text = det.Text.text(scope)
	post.Author.Name = det.Author.text(scope)
	post.Status, post.Number = status.Of(det.Status.text(scope), p.Statuses), det.Number.text(scope)
	post.PublishedAt, post.PublishedPrecision = p.when(det.Time.text(scope), d)
	if post.PublishedAt.IsZero() {
		post.PublishedAt, post.PublishedPrecision = p.when(m.First("pubdate"), d)
	}
	if det.Answers.Item == "" {
		return
	}
	doc.Find(det.Answers.Item).Each(func(_ int, block *goquery.Selection) {
		a := huiying.Answer{Org: det.Answers.Org.text(block), Text: det.Answers.Text.text(block)}
		a.At, _ = p.when(det.Answers.Time.text(block), d)
		if a.Text != "" {
			post.Answers = append(post.Answers, a)
		}
	})
}

func (p Profile) article(post *huiying.Post, doc *goquery.Document, m page.Meta, d crawler.Document) {
	det := p.Detail
	scope := doc.Selection
	post.Title = orElse(m.First("articletitle"), det.Title.text(scope), page.Headline(doc))
	post.Author.Name = orElse(m.First("contentsource"), det.Author.text(scope), page.Origin(doc), m.Byline(), m.First("sitename"))
	post.Text = det.Text.text(scope)
	if post.Text == "" {
		post.Text = page.MainText(doc)
	}
	post.PublishedAt, post.PublishedPrecision = p.when(m.First("pubdate"), d)
	if post.PublishedPrecision != huiying.PrecisionSecond && post.PublishedPrecision != huiying.PrecisionMinute {
		p.finer(post, orElse(det.Time.text(scope), page.Stamp(doc)), d)
	}
}

// finer takes a time of the page's own text when the meta tags gave none, or
// only the same day.
func (p Profile) finer(post *huiying.Post, s string, d crawler.Document) {
	at, precision := p.when(s, d)
	switch {
	case at.IsZero():
	case post.PublishedAt.IsZero():
		post.PublishedAt, post.PublishedPrecision = at, precision
	case precision != huiying.PrecisionDay && sameDay(at, post.PublishedAt, zone(d)):
		post.PublishedAt, post.PublishedPrecision = at, precision
	}
}

func sameDay(a, b time.Time, loc *time.Location) bool {
	return a.In(loc).Format(time.DateOnly) == b.In(loc).Format(time.DateOnly)
}

func zone(d crawler.Document) *time.Location {
	if d.Zone == nil {
		return time.UTC
	}
	return d.Zone
}

// when reads a time, by the profile's own forms first.
func (p Profile) when(s string, d crawler.Document) (time.Time, string) {
	s = strings.TrimSpace(s)
	if s == "" {
		return time.Time{}, ""
	}
	for _, layout := range p.layouts {
		if t, err := time.ParseInLocation(layout, s, zone(d)); err == nil {
			return t.UTC(), precisionOf(layout)
		}
	}
	t, precision, ok := text.ParseTime(s, d.FetchedAt, zone(d))
	if !ok {
		return time.Time{}, ""
	}
	return t, precision
}

func precisionOf(layout string) string {
	switch {
	case strings.Contains(layout, "05"):
		return huiying.PrecisionSecond
	case strings.Contains(layout, "04"):
		return huiying.PrecisionMinute
	}
	return huiying.PrecisionDay
}

// lost says what a page without content is: taken away, or not what the
// description expects.
func (p Profile) lost(doc *goquery.Document) crawler.Answer {
	shown := page.Plain(doc.Find("body"), page.Flow)
	for _, mark := range append([]string{"页面不存在", "内容不存在", "信件不存在", "信息不存在", "已被删除", "已删除", "已下线"}, p.Gone...) {
		if strings.Contains(shown, mark) {
			return crawler.AnswerDeleted
		}
	}
	return crawler.AnswerMalformed
}

// savedURL is the line some collectors write before a saved page.
var savedURL = regexp.MustCompile(`^\s*<url>\s*(https?://[^<\s]+)\s*</url>`)

// addressed takes the address off a leading <url> line, and keeps it when the
// document has none of its own.
func addressed(d crawler.Document) crawler.Document {
	body := bytes.TrimPrefix(d.Body, []byte("\xef\xbb\xbf"))
	if m := savedURL.FindSubmatchIndex(body); m != nil {
		if d.URL == "" {
			d.URL = string(body[m[2]:m[3]])
		}
		d.Body = body[m[1]:]
	}
	if u, err := url.Parse(d.URL); err == nil && u.Host != "" {
		d.URL = canonical(u)
	}
	return d
}

func orElse(values ...string) string {
	for _, v := range values {
		if v = strings.TrimSpace(v); v != "" {
			return v
		}
	}
	return ""
}
