package site

import (
	"net/url"
	"strings"

	"huiying"
	"huiying/crawler"
	"huiying/crawler/portal/jsobject"
	"huiying/crawler/portal/status"
	"huiying/crawler/text"
)

// readObject reads one letter or article that the site sends as an object. One
// that is not public is as if taken away: its words are not looked at.
func (p Profile) readObject(body string, d crawler.Document, kind string) crawler.Parsed {
	root, err := jsobject.Parse(body)
	if err != nil {
		return crawler.Parsed{Answer: crawler.AnswerMalformed}
	}
	row := root
	if p.Detail.Item != "" {
		row = jsobject.At(root, p.Detail.Item)
	}
	if list, ok := row.([]any); ok {
		if len(list) == 0 {
			return crawler.Parsed{Answer: crawler.AnswerDeleted}
		}
		row = list[0]
	}
	fields, ok := row.(map[string]any)
	switch {
	case !ok:
		return crawler.Parsed{Answer: crawler.AnswerMalformed}
	case len(fields) == 0 || !holds(row, p.Detail.Where):
		return crawler.Parsed{Answer: crawler.AnswerDeleted}
	}
	post := p.object(row, d, kind)
	if post.Text == "" {
		return crawler.Parsed{Answer: crawler.AnswerMalformed}
	}
	post.URL = d.URL
	native := p.native(d.URL, kind)
	if native == "" {
		native = clean(jsobject.Word(row, p.ID.Query))
	}
	post.ID = name(orElse(hostOf(d.URL), hostOf(p.Site)), kind, native, []byte(orElse(d.URL, body)))
	return crawler.Parsed{Answer: crawler.AnswerOK, Posts: []huiying.Post{post}}
}

func (p Profile) object(row any, d crawler.Document, kind string) huiying.Post {
	det := p.Detail
	post := huiying.Post{
		Source: d.Source, Platform: huiying.PlatformPortal, Kind: kind, Title: text.Plain(det.Title.key(row)), Text: text.Plain(det.Text.key(row)),
		Author: huiying.Author{Name: det.Author.key(row), Verified: "none"}, CollectedAt: d.FetchedAt,
		Status: status.Of(det.Status.key(row), p.Statuses), Number: det.Number.key(row),
	}
	post.PublishedAt, post.PublishedPrecision = p.when(det.Time.key(row), d)
	blocks := []any{row}
	if det.Answers.Item != "" {
		blocks, _ = jsobject.At(row, det.Answers.Item).([]any)
	}
	for _, block := range blocks {
		a := huiying.Answer{Org: text.Plain(det.Answers.Org.key(block)), Text: text.Plain(det.Answers.Text.key(block))}
		a.At, _ = p.when(det.Answers.Time.key(block), d)
		if a.Text != "" {
			post.Answers = append(post.Answers, a)
		}
	}
	settleStatus(&post)
	return post
}

// Ask is where the words of a post are asked for, which may be another address
// than that of the page people see.
func (p Profile) Ask(address string) string {
	if p.Detail.API == "" {
		return address
	}
	id := p.native(address, p.Kind)
	if id == "" {
		return address
	}
	return Resolve(p.Site+"/", strings.ReplaceAll(p.Detail.API, "{id}", url.QueryEscape(id)))
}
