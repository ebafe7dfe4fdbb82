package searchpage

import (
	"strings"
	"time"

	"github.com/PuerkitoBio/goquery"

	"huiying"
	"huiying/crawler"
	"huiying/crawler/text"
	"huiying/crawler/weibo/markup"
	"huiying/crawler/weibo/status"
)

// piece is the part of a card that one post stands in.
type piece struct {
	*goquery.Selection
	without *goquery.Selection // the quoted original inside, which is not the post's own
	mid     int64
}

// own finds what belongs to the post and not to the original it quotes.
func (p piece) own(selector string) *goquery.Selection {
	found := p.Find(selector)
	if p.without.Length() == 0 {
		return found
	}
	return found.FilterFunction(func(_ int, s *goquery.Selection) bool { return !p.without.Contains(s.Get(0)) })
}

func (l layout) post(s piece, d crawler.Document) (status.Entry, bool) {
	link := s.own(l.from).First().Find("a[href]").First()
	bid := markup.Last(link.AttrOr("href", ""))
	if !status.ValidBid(bid) {
		bid = ""
	}
	if s.mid == 0 {
		return status.Entry{}, false
	}
	p := huiying.Post{
		ID: status.PostID(s.mid), Source: d.Source, Platform: huiying.PlatformWeibo, Kind: huiying.KindPost,
		Author: l.writer(s), CollectedAt: d.FetchedAt, Engagement: s.engagement(),
	}
	if bid == "" {
		bid = text.MidToBid(s.AttrOr("mid", ""))
	}
	p.URL = status.PostURL(p.Author.ID, bid, s.mid)
	p.PublishedAt, p.PublishedPrecision = published(link, s.mid, d)
	p.Text, p.Truncated = l.words(s)
	if p.Author.ID == "" && p.Author.Name == "" && status.Gone(p.Text) {
		p.Deleted, p.Truncated, p.Text = true, false, ""
	}
	return status.Entry{Post: p, Mid: s.mid}, true
}

// words is the whole text where the page hides it behind the folded one, else
// the folded one, and whether a part of it is missing.
func (l layout) words(s piece) (said string, cut bool) {
	if full := s.own(l.fullText).First(); full.Length() > 0 {
		return markup.Words(full), false
	}
	shown := s.own(l.text).First()
	said = markup.Words(shown)
	if shown.Find(`a[action-type="fl_unfold"]`).Length() == 0 {
		return said, false
	}
	return strings.TrimSpace(strings.TrimSuffix(strings.TrimSuffix(said, "..."), "…")), true
}

// published prefers the moment in an attribute to the words a page shows.
func published(link *goquery.Selection, mid int64, d crawler.Document) (time.Time, string) {
	shown := markup.Label(link)
	for _, s := range []string{link.AttrOr("date", ""), shown, link.AttrOr("title", "")} {
		if t, precision, ok := text.ParseTime(s, d.FetchedAt, d.Zone); ok {
			return t, precision
		}
	}
	return status.Published("", mid, d)
}

// writer is the author by the named link that is not a mention.
func (l layout) writer(s piece) huiying.Author {
	link := s.own(l.author).FilterFunction(func(_ int, a *goquery.Selection) bool {
		return a.Closest("p.txt, p.comment_txt, div.from, p.from").Length() == 0
	})
	link = named(link)
	a := huiying.Author{Name: strings.TrimPrefix(link.AttrOr("nick-name", ""), "@"), Verified: s.badge(link)}
	for _, id := range []string{markup.Query(link.AttrOr("usercard", ""), "id"), markup.Last(link.AttrOr("href", ""))} {
		if a.ID == "" && status.Number(id) > 0 {
			a.ID = id
		}
	}
	if a.ID == "" { // a named address: the link of the post carries the number
		parts := strings.Split(s.own(".from a[href], .feed_from a[href]").First().AttrOr("href", ""), "/")
		if n := len(parts); n > 1 && status.Number(parts[n-2]) > 0 {
			a.ID = parts[n-2]
		}
	}
	return a
}

// named is the first link that shows a name rather than a picture.
func named(links *goquery.Selection) *goquery.Selection {
	for _, s := range links.EachIter() {
		if markup.Label(s) != "" {
			return s
		}
	}
	return links.First()
}

// engagement reads the counts: a label without digits is none.
func (p piece) engagement() huiying.Engagement {
	var e huiying.Engagement
	for selector, into := range map[string]*int64{
		`a[action-type="feed_list_forward"]`: &e.Reposts, `a[action-type="feed_list_comment"]`: &e.Comments, `a[action-type="feed_list_like"]`: &e.Likes,
	} {
		found := p.own(selector)
		if found.Length() == 0 {
			found = p.actions(into == &e.Reposts, into == &e.Comments)
		}
		n, floor := text.ParseCount(markup.Label(found.Last()))
		*into, e.AtLeast = n, e.AtLeast || floor
	}
	return e
}

// actions are the counts of a quoted original, which the page shows as plain
// links to its reposts and comments.
func (p piece) actions(reposts, comments bool) *goquery.Selection {
	return p.own("ul.act a").FilterFunction(func(_ int, s *goquery.Selection) bool {
		label := markup.Label(s)
		return (reposts && strings.HasPrefix(label, "转发")) || (comments && strings.HasPrefix(label, "评论"))
	})
}

// mark is a badge and what it says of an account.
type mark struct {
	sign string
	kind string
}

// marks are the badges of all layouts: drawings by their ids, pictures by
// their classes. A title that says whose account it is goes first.
func marks() []mark {
	return []mark{
		{"政府", status.VerifiedGovernment}, {"媒体", status.VerifiedMedia}, {"企业", status.VerifiedEnterprise},
		{"校园", status.VerifiedCampus}, {"机构", status.VerifiedOrganisation}, {"个人", status.VerifiedPerson},
		{"woo_svg_vblue", status.VerifiedOrganisation}, {"icon_approve_co", status.VerifiedOrganisation}, {"icon-vip-b", status.VerifiedOrganisation},
		{"woo_svg_vyellow", status.VerifiedPerson}, {"woo_svg_vorange", status.VerifiedPerson}, {"woo_svg_vgold", status.VerifiedPerson},
		{"icon_approve", status.VerifiedPerson}, {"icon-vip-", status.VerifiedPerson},
	}
}

// badge reads the badge behind a name, or on the picture beside it.
func (p piece) badge(name *goquery.Selection) string {
	near := name.AddSelection(name.NextUntil("p"))
	near = near.AddSelection(p.own("div.avator, div.avatar, div.face"))
	signs := near.Filter("svg, i, a.W_icon").AddSelection(near.Find("svg, use, i, a.W_icon"))
	for _, m := range marks() {
		for _, s := range signs.EachIter() {
			if strings.Contains(signOf(s), m.sign) {
				return m.kind
			}
		}
	}
	return status.VerifiedNone
}

// signOf is everything a badge may be told by.
func signOf(s *goquery.Selection) string {
	var b strings.Builder
	for _, a := range []string{"id", "class", "title", "href", "xlink:href", "aria-label"} {
		b.WriteString(s.AttrOr(a, ""))
		b.WriteByte(' ')
	}
	return b.String()
}
