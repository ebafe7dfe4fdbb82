package endpoint

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"net/url"
	"slices"
	"strings"
	"time"

	"huiying"
	"huiying/crawler"
	"huiying/crawler/text"
)

// Read reads one answer. token is that of the page it answers for, "" for the
// first; the token of the page after it stands in Next.
func (p Profile) Read(d crawler.Document, token string) crawler.Parsed {
	if len(d.Body) == 0 {
		return crawler.Parsed{Answer: crawler.AnswerMalformed}
	}
	root, ok := read(d.Body)
	if !ok {
		return crawler.Parsed{Answer: refusal(d, crawler.AnswerMalformed)}
	}
	if len(p.Success.Path) > 0 && !p.Success.holds(root) {
		return crawler.Parsed{Answer: refusal(d, crawler.AnswerMalformed)}
	}
	rows, found := p.rows(root)
	if len(rows) == 0 {
		otherwise := crawler.AnswerEmpty
		if !found {
			otherwise = crawler.AnswerMalformed
		}
		return crawler.Parsed{Answer: refusal(d, otherwise)}
	}
	out := crawler.Parsed{Answer: crawler.AnswerEmpty, Next: p.next(root, token, len(rows))}
	if p.Paging.Total != "" {
		out.Total, _ = text.ParseCount(p.Paging.total.first(root))
	}
	met := map[string]bool{}
	for _, row := range rows {
		if p.Skip.holds(row) {
			continue
		}
		if post, ok := p.post(row, d); ok && !met[post.ID] {
			met[post.ID] = true
			out.Posts = append(out.Posts, post)
		}
	}
	switch {
	case len(out.Posts) > 0:
		out.Answer = crawler.AnswerOK
	case !slices.ContainsFunc(rows, p.Skip.holds):
		out.Answer = crawler.AnswerMalformed // rows without any of the words described
	}
	return out
}

// refusal says what an answer without rows is: a wall, or otherwise.
func refusal(d crawler.Document, otherwise crawler.Answer) crawler.Answer {
	answer, _ := crawler.Classify(200, d.URL, nil, d.Body)
	if answer == crawler.AnswerOK || answer == crawler.AnswerMalformed {
		return otherwise
	}
	return answer
}

// rows are those of the answer; found is false when none of the paths leads
// to a place for them.
func (p Profile) rows(root any) (rows []any, found bool) {
	items := p.Items
	if len(items) == 0 {
		items = Paths{"$"}
	}
	for _, s := range items {
		at, err := parsePath(s)
		if err != nil {
			continue
		}
		for _, v := range at.find(root) {
			found = true
			rows = append(rows, elements(v)...)
		}
		if len(rows) > 0 {
			return rows, true
		}
	}
	return nil, found
}

// holds reports whether the value at the path is one of those named.
func (t Test) holds(v any) bool {
	if t.Path == "" {
		return false
	}
	return slices.Contains(t.Is, t.at.first(v))
}

// text is the value of a pick in a row, "" when nothing is there.
func (p Pick) text(row any) string {
	value := ""
	if p.Template != "" {
		value = p.filled(row, func(s string) string { return s })
	}
	for i := 0; i < len(p.paths) && value == ""; i++ {
		value = p.paths[i].first(row)
	}
	return p.matched(value)
}

// filled is the template with the row's values; "" when one is missing.
func (p Pick) filled(row any, escape func(string) string) string {
	missing := false
	out := hole.ReplaceAllStringFunc(p.Template, func(m string) string {
		s := p.holes[m].first(row)
		missing = missing || s == ""
		return escape(s)
	})
	if missing {
		return ""
	}
	return out
}

func (p Pick) matched(value string) string {
	if p.match == nil || value == "" {
		return value
	}
	m := p.match.FindStringSubmatch(value)
	if m == nil {
		return ""
	}
	return strings.TrimSpace(m[min(1, len(m)-1)])
}

// post reads one row; one without words is none.
func (p Profile) post(row any, d crawler.Document) (huiying.Post, bool) {
	f := p.Fields
	out := huiying.Post{
		Source: d.Source, Platform: p.Platform, Kind: p.Kind, URL: p.address(row),
		Title: line(f.Title.text(row)), Text: text.Plain(f.Text.text(row)), CollectedAt: d.FetchedAt,
		Author: huiying.Author{ID: f.AuthorID.text(row), Name: line(f.Author.text(row)), Verified: "none"},
		Region: region(f.Region.text(row)),
	}
	if out.Title == "" && out.Text == "" {
		return out, false
	}
	out.PublishedAt, out.PublishedPrecision = p.Time.read(f.Time.text(row), d)
	for _, c := range []struct {
		pick Pick
		to   *int64
	}{{f.Reposts, &out.Engagement.Reposts}, {f.Comments, &out.Engagement.Comments}, {f.Likes, &out.Engagement.Likes}, {f.Views, &out.Engagement.Views}} {
		n, floor := text.ParseCount(c.pick.text(row))
		*c.to = n
		out.Engagement.AtLeast = out.Engagement.AtLeast || floor
	}
	if words := text.Plain(f.AnswerText.text(row)); words != "" {
		at, _ := p.Time.read(f.AnswerTime.text(row), d)
		out.Answers = []huiying.Answer{{Org: line(f.AnswerOrg.text(row)), At: at, Text: words}}
	}
	out.ID = p.id(f.ID.text(row), out)
	return out, true
}

// address is the row's own address on the web, absolute.
func (p Profile) address(row any) string {
	pick := p.Fields.URL
	s := ""
	if pick.Template != "" {
		s = pick.matched(pick.filled(row, func(s string) string { return strings.ReplaceAll(url.QueryEscape(s), "+", "%20") }))
	} else {
		s = pick.text(row)
	}
	return resolve(p.Site, s)
}

// resolve makes a link absolute; "" when it is no web address.
func resolve(base, link string) string {
	b, err := url.Parse(base + "/")
	if err != nil || link == "" {
		return ""
	}
	u, err := b.Parse(link)
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" {
		return ""
	}
	u.Host, u.User = strings.ToLower(u.Host), nil
	if u.Path == "" {
		u.Path = "/"
	}
	return u.String()
}

// id names a post by the site's own id, else by what tells it apart.
func (p Profile) id(native string, post huiying.Post) string {
	marks := map[string]string{huiying.KindThread: "t", huiying.KindLetter: "l", huiying.KindArticle: "a"}
	if !plain(native) {
		of := cmp.Or(native, post.URL, post.Title+"\n"+post.Author.Name)
		if native == "" && post.URL == "" && post.Title == "" {
			of = post.Text + "\n" + post.Author.Name
		}
		sum := sha256.Sum256([]byte(of))
		native = hex.EncodeToString(sum[:])
	}
	host := ""
	if u, err := url.Parse(p.Site); err == nil {
		host = strings.ToLower(u.Host)
	}
	return p.Platform + ":" + host + "/" + cmp.Or(marks[p.Kind], "p") + native
}

// plain reports an id that can stand as it is.
func plain(id string) bool {
	if id == "" || len(id) > 128 {
		return false
	}
	return !strings.ContainsFunc(id, func(r rune) bool {
		return (r < '0' || r > '9') && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && r != '-' && r != '_' && r != '.'
	})
}

func line(s string) string { return strings.Join(strings.Fields(text.Plain(s)), " ") }

// region drops the words that stand before a place.
func region(s string) string {
	s = line(s)
	for _, before := range []string{"发布于", "来自", "IP属地", "IP 属地"} {
		s = strings.TrimSpace(strings.TrimPrefix(s, before))
	}
	return strings.TrimLeft(s, ":： ")
}

// read reads a time, in the forms described first.
func (c Clock) read(s string, d crawler.Document) (time.Time, string) {
	office := d.Zone
	if office == nil {
		office = time.FixedZone("CST", 8*60*60)
	}
	zone := office
	if c.zone != nil {
		zone = c.zone
	}
	if whole, _, ok := strings.Cut(s, "."); ok && strings.Trim(whole, "0123456789") == "" && len(whole) >= 10 {
		s = whole // unix time with a fraction
	}
	for _, layout := range c.layouts {
		if t, precision := c.form(s, layout, zone); precision != "" {
			return t.In(office), precision
		}
	}
	t, precision, ok := text.ParseTime(s, d.FetchedAt, zone)
	if !ok {
		return time.Time{}, ""
	}
	return t.In(office), precision
}

func (c Clock) form(s, layout string, zone *time.Location) (time.Time, string) {
	if layout == "unix" || layout == "unix-ms" {
		return unix(s, layout == "unix-ms")
	}
	t, err := time.ParseInLocation(layout, s, zone)
	switch {
	case err != nil:
		return time.Time{}, ""
	case strings.Contains(layout, "05"):
		return t, huiying.PrecisionSecond
	case strings.Contains(layout, "04"):
		return t, huiying.PrecisionMinute
	}
	return t, huiying.PrecisionDay
}
