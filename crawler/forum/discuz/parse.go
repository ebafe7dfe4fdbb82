package discuz

import (
	"bytes"

	"huiying"
	"huiying/crawler"
	"huiying/crawler/forum/board"
)

// Surfaces are the parsers of Discuz by the names of their surfaces. Each takes
// the touch page, the desktop page and the JSON of the same thing.
func Surfaces() map[string]crawler.Parse {
	return map[string]crawler.Parse{
		"discuz.forum":  ReadForum,
		"discuz.thread": ReadThread,
	}
}

// ReadForum reads a list of threads. Next is "page=…". A touch list shows
// texts without their line breaks, long ones cut and then marked truncated; a
// desktop list shows none.
func ReadForum(d crawler.Document) (crawler.Parsed, error) {
	if object(d) {
		return jsonForum(d), nil
	}
	p, byForm := board.Open(d)
	if a := refused(p, byForm); a != "" {
		return crawler.Parsed{Answer: a}, nil
	}
	return pageForum(p), nil
}

// ReadThread reads a page of a thread: its floors, each followed by the remarks
// under it. Next is "page=…".
func ReadThread(d crawler.Document) (crawler.Parsed, error) {
	if object(d) {
		return jsonThread(d), nil
	}
	p, byForm := board.Open(d)
	if a := refused(p, byForm); a != "" {
		return crawler.Parsed{Answer: a}, nil
	}
	return pageThread(p), nil
}

// object reports whether the answer is JSON rather than a page.
func object(d crawler.Document) bool {
	body := bytes.TrimSpace(bytes.TrimPrefix(d.Body, []byte("\xef\xbb\xbf")))
	return len(body) > 0 && body[0] == '{'
}

// post is what every post of a forum has.
func (f forum) post(kind, id string) huiying.Post {
	return huiying.Post{
		ID: id, Source: f.doc.Source, Platform: huiying.PlatformForum, Kind: kind,
		Author: huiying.Author{Verified: "none"}, CollectedAt: f.doc.FetchedAt,
	}
}

// once keeps each post once, in its first place.
func once(list []huiying.Post) []huiying.Post {
	seen := make(map[string]bool, len(list))
	out := list[:0]
	for _, p := range list {
		if p.ID == "" || seen[p.ID] {
			continue
		}
		seen[p.ID] = true
		out = append(out, p)
	}
	return out
}

// listing is what a page holds: the posts, how to go on, how many there are.
type listing struct {
	posts []huiying.Post
	next  string
	total int64
}

// parsed is the answer of a page that is content; none is said when it shows no
// post.
func (l listing) parsed(none crawler.Answer) crawler.Parsed {
	l.posts = once(l.posts)
	if len(l.posts) == 0 {
		return crawler.Parsed{Answer: none}
	}
	return crawler.Parsed{Posts: l.posts, Answer: crawler.AnswerOK, Next: l.next, Total: l.total}
}
