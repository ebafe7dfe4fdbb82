package feed

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/mmcdole/gofeed"

	"huiying"
	"huiying/crawler"
	"huiying/crawler/text"
)

// Parse reads a feed of any form. A broken one gives its whole entries.
func Parse(d crawler.Document) (crawler.Parsed, error) {
	platform := cmp.Or(d.Profile, huiying.PlatformFeed)
	if !slices.Contains(platforms(), platform) {
		return crawler.Parsed{}, huiying.Errorf(huiying.NotFound, "feed.unknown_platform", platform, strings.Join(platforms(), ", "))
	}
	if len(d.Body) == 0 {
		return crawler.Parsed{Answer: crawler.AnswerMalformed}, nil
	}
	f, ok := read(d.Body)
	if !ok || (len(f.Items) == 0 && f.FeedType == "json" && !strings.Contains(f.FeedVersion, "1")) {
		return crawler.Parsed{Answer: refusal(d)}, nil
	}
	e := entries{doc: d, platform: platform, base: cmp.Or(resolve(d.URL, f.Link), d.URL), often: map[string]int{}}
	for _, i := range f.Items {
		if i != nil {
			e.often[strings.TrimSpace(i.GUID)]++
		}
	}
	out := crawler.Parsed{Answer: crawler.AnswerEmpty}
	met := map[string]bool{}
	for _, i := range f.Items {
		if i == nil {
			continue
		}
		if p, ok := e.post(i, f); ok && !met[p.ID] {
			met[p.ID] = true
			out.Posts = append(out.Posts, p)
		}
	}
	if len(out.Posts) > 0 {
		out.Answer = crawler.AnswerOK
	}
	return out, nil
}

// refusal says what a body is that is no feed.
func refusal(d crawler.Document) crawler.Answer {
	if answer, _ := crawler.Classify(200, d.URL, nil, d.Body); !answer.Answered() {
		return answer
	}
	return crawler.AnswerMalformed
}

// entries reads the entries of one feed.
type entries struct {
	doc      crawler.Document
	platform string
	base     string         // what relative links are against
	often    map[string]int // how often an id stands in the feed
}

// post reads one entry; one without words and without a link is none.
func (e entries) post(i *gofeed.Item, f *gofeed.Feed) (huiying.Post, bool) {
	guid := strings.TrimSpace(i.GUID)
	p := huiying.Post{
		Source: e.doc.Source, Platform: e.platform, Kind: huiying.KindArticle, URL: e.link(i),
		Title: line(i.Title), Text: body(i),
		Author: huiying.Author{Name: author(i, f), Verified: "none"}, CollectedAt: e.doc.FetchedAt,
	}
	if p.URL == "" && p.Title == "" && p.Text == "" {
		return p, false
	}
	for _, s := range []string{i.Published, dublin(i), i.Updated} {
		if p.PublishedPrecision == "" {
			p.PublishedAt, p.PublishedPrecision = e.when(s)
		}
	}
	p.Engagement.Comments, p.Engagement.AtLeast = comments(i)
	if e.often[guid] > 1 {
		guid = "" // an id that several entries carry names none of them
	}
	p.ID = e.platform + ":" + e.host(p.URL) + "/a" + native(guid, p)
	return p, true
}

func (e entries) when(s string) (time.Time, string) {
	t, precision := moment(s, e.doc.FetchedAt, e.doc.Zone)
	if precision != "" && e.doc.Zone != nil {
		t = t.In(e.doc.Zone)
	}
	return t, precision
}

// link is the entry's own address, absolute; an id that is an address serves
// where there is none.
func (e entries) link(i *gofeed.Item) string {
	for _, l := range append([]string{i.Link}, i.Links...) {
		if full := resolve(e.base, l); full != "" {
			return full
		}
	}
	if guid := strings.TrimSpace(i.GUID); absolute(guid) {
		return resolve("", guid)
	}
	return ""
}

// host is where an entry is at home.
func (e entries) host(link string) string {
	for _, address := range []string{link, e.base, e.doc.URL} {
		if u, err := url.Parse(address); err == nil && u.Host != "" {
			return strings.ToLower(u.Host)
		}
	}
	return "unknown"
}

// native is what of an id stands for the entry.
func native(guid string, p huiying.Post) string {
	if plain(guid) {
		return guid
	}
	of := guid
	if absolute(guid) {
		of = resolve("", guid)
	}
	switch {
	case of != "":
	case p.URL != "":
		of = p.URL
	default:
		of = p.Title + "\n" + p.Text
	}
	sum := sha256.Sum256([]byte(of))
	return hex.EncodeToString(sum[:])
}

// plain reports an id that can stand as it is.
func plain(id string) bool {
	if id == "" || len(id) > 64 {
		return false
	}
	return !strings.ContainsFunc(id, func(r rune) bool {
		return (r < '0' || r > '9') && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && r != '-' && r != '_' && r != '.'
	})
}

// resolve makes a link absolute in canonical form: scheme and host in lower
// case, no default port. The fragment stays, since old weblogs tell their
// entries apart by it alone. "" when it is no web address.
func resolve(base, link string) string {
	link = strings.TrimSpace(link)
	ref, err := url.Parse(link)
	if err != nil || link == "" {
		return ""
	}
	if b, err := url.Parse(base); err == nil && base != "" {
		ref = b.ResolveReference(ref)
	}
	scheme := strings.ToLower(ref.Scheme)
	if (scheme != "http" && scheme != "https") || ref.Host == "" {
		return ""
	}
	ref.Scheme, ref.Host, ref.User = scheme, strings.ToLower(ref.Host), nil
	if port := ref.Port(); (scheme == "http" && port == "80") || (scheme == "https" && port == "443") {
		ref.Host = ref.Hostname()
	}
	if ref.Path == "" {
		ref.Path = "/"
	}
	return ref.String()
}

// body is the whole text, or the summary where the feed gives no more.
func body(i *gofeed.Item) string {
	content, summary := text.Plain(i.Content), text.Plain(i.Description)
	if content == "" {
		return summary
	}
	return content
}

// line is a title on one line.
func line(s string) string { return strings.Join(strings.Fields(text.Plain(s)), " ") }

// author names who wrote an entry; of a feed without such words the feed's own
// author, which RSS does not have (its managing editor is another matter).
func author(i *gofeed.Item, f *gofeed.Feed) string {
	if name := names(i.Authors); name != "" || f.FeedType == "rss" {
		return name
	}
	return names(f.Authors)
}

func names(people []*gofeed.Person) string {
	var out []string
	for _, p := range people {
		if p == nil {
			continue
		}
		if name := line(cmp.Or(strings.TrimSpace(p.Name), p.Email)); name != "" && !slices.Contains(out, name) {
			out = append(out, name)
		}
	}
	return strings.Join(out, "、")
}

func dublin(i *gofeed.Item) string {
	if i.DublinCoreExt != nil && len(i.DublinCoreExt.Date) > 0 {
		return i.DublinCoreExt.Date[0]
	}
	return ""
}

// comments is the count that the slash and thread extensions carry.
func comments(i *gofeed.Item) (n int64, atLeast bool) {
	for _, at := range [][2]string{{"slash", "comments"}, {"thr", "total"}} {
		if found := i.Extensions[at[0]][at[1]]; len(found) > 0 {
			return text.ParseCount(found[0].Value)
		}
	}
	return 0, false
}
