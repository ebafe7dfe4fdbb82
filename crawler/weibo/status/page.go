package status

import (
	"net/url"
	"strconv"

	"huiying"
	"huiying/crawler"
	"huiying/crawler/text"
)

// Entry is a post with what a reader needs beside it.
type Entry struct {
	Post   huiying.Post
	Mid    int64 // its number, or the comment's
	Pinned bool
	Edits  int64 // how often it was edited
	Quoted bool  // stands there only because another post quotes it
}

// Page is what one address answered: its posts and how to go on.
type Page struct {
	Entries []Entry
	Answer  crawler.Answer
	Next    string // added to the query of the next page, "" at the end
	Total   int64
	Said    string // the site's own words where it gave no posts
}

// Parsed is the page as a surface's parser gives it out.
func (p Page) Parsed() crawler.Parsed {
	out := crawler.Parsed{Answer: p.Answer, Next: p.Next, Total: p.Total}
	for _, e := range p.Entries {
		out.Posts = append(out.Posts, e.Post)
	}
	return out
}

// Parser makes a surface's parser of a reader of its pages.
func Parser(read func(crawler.Document) Page) crawler.Parse {
	return func(d crawler.Document) (crawler.Parsed, error) { return read(d).Parsed(), nil }
}

// Full is the page of these posts: each once, and empty when there are none.
func Full(list []Entry, next string, total int64) Page {
	list = Once(list)
	if len(list) == 0 {
		return Page{Answer: crawler.AnswerEmpty, Total: total}
	}
	return Page{Entries: list, Answer: crawler.AnswerOK, Next: next, Total: total}
}

// Once keeps each post once, in its first place. A post's own place says more
// than a quotation of it, so the fuller reading is kept.
func Once(list []Entry) []Entry {
	at := make(map[string]int, len(list))
	out := list[:0]
	for _, e := range list {
		i, seen := at[e.Post.ID]
		if !seen {
			at[e.Post.ID] = len(out)
			out = append(out, e)
			continue
		}
		if out[i].Quoted && !e.Quoted {
			out[i] = e
		}
	}
	return out
}

// MidOf is the post an address asks about by id= or mid=, 0 when it names none.
func MidOf(address string) int64 {
	u, err := url.Parse(address)
	if err != nil {
		return 0
	}
	for _, key := range []string{"id", "mid"} {
		v := u.Query().Get(key)
		if n := Number(v); n > 0 {
			return n
		}
		if ValidBid(v) {
			return Number(text.BidToMid(v))
		}
	}
	return 0
}

// PageOf is the page an address asks for, 1 when it names none.
func PageOf(address string) int64 {
	if u, err := url.Parse(address); err == nil {
		if n := Number(u.Query().Get("page")); n > 0 {
			return n
		}
	}
	return 1
}

// PageAfter is the token of the page after the one asked for, "" when that was
// the last.
func PageAfter(address string, last int64) string {
	current := PageOf(address)
	if current >= last {
		return ""
	}
	return "page=" + strconv.FormatInt(current+1, 10)
}
