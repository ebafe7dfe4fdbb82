package discuz

import (
	"cmp"
	"encoding/json"
	"strconv"
	"strings"
	"time"

	"github.com/PuerkitoBio/goquery"

	"huiying"
	"huiying/crawler"
	"huiying/crawler/forum/board"
)

// envelope is what every answer of api/mobile is wrapped in.
type envelope struct {
	Variables json.RawMessage `json:"Variables"`
	Message   struct {
		Value word `json:"messageval"`
		Words word `json:"messagestr"`
	} `json:"Message"`
	Error word `json:"error"`
}

// unwrap gives the variables of an answer. answer is not "" when there is
// nothing to read in it.
func unwrap(d crawler.Document) (variables json.RawMessage, answer crawler.Answer) {
	body, _ := crawler.Decode(d.Body, "")
	var e envelope
	if !isObject(body, &e) {
		return nil, crawler.AnswerMalformed
	}
	switch {
	case e.Message.Value != "" || e.Message.Words != "":
		return nil, meaning(string(e.Message.Value), string(e.Message.Words))
	case e.Error != "":
		return nil, meaning(string(e.Error))
	}
	var probe map[string]json.RawMessage
	if !isObject(e.Variables, &probe) {
		if a := board.Refused(d); a != "" {
			return nil, a
		}
		return nil, crawler.AnswerMalformed
	}
	return e.Variables, ""
}

// topic is a thread in the JSON.
type topic struct {
	TID      word `json:"tid"`
	Author   word `json:"author"`
	AuthorID word `json:"authorid"`
	Subject  word `json:"subject"`
	Date     word `json:"dateline"`
	Stamp    word `json:"dbdateline"`
	Views    word `json:"views"`
	Replies  word `json:"replies"`
}

func (t topic) engagement() huiying.Engagement {
	return huiying.Engagement{Comments: t.Replies.count(), Views: t.Views.count()}
}

// jsonForum reads module=forumdisplay.
func jsonForum(d crawler.Document) crawler.Parsed {
	raw, answer := unwrap(d)
	if answer != "" {
		return crawler.Parsed{Answer: answer}
	}
	var v struct {
		List  *items `json:"forum_threadlist"`
		Page  word   `json:"page"`
		Size  word   `json:"tpp"`
		Forum struct {
			Count   word `json:"threadcount"`
			Threads word `json:"threads"`
		} `json:"forum"`
	}
	if !isObject(raw, &v) || v.List == nil {
		return crawler.Parsed{Answer: crawler.AnswerMalformed}
	}
	f := site(board.BaseOf(d.URL), d)
	out := listing{total: cmp.Or(v.Forum.Count.count(), v.Forum.Threads.count())}
	out.next = following(v.Page.count(), v.Size.count(), out.total)
	for _, raw := range *v.List {
		var row topic
		if isObject(raw, &row) {
			out.posts = append(out.posts, f.row(row))
		}
	}
	return out.parsed(crawler.AnswerEmpty)
}

// row is a thread of a list, without its text.
func (f forum) row(t topic) huiying.Post {
	tid := board.Digits(string(t.TID))
	if tid == "" || t.Subject == "" {
		return huiying.Post{}
	}
	p := f.post(huiying.KindThread, f.id(board.Thread, tid))
	p.RootID, p.URL, p.Title, p.Engagement = p.ID, f.threadURL(tid), words(t.Subject), t.engagement()
	p.Author = member(t.Author, t.AuthorID)
	p.PublishedAt, p.PublishedPrecision = f.moment(t.Stamp, t.Date)
	return p
}

// words is a subject or a name: text in which markup characters are escaped.
func words(w word) string {
	tree, err := goquery.NewDocumentFromReader(strings.NewReader("<p>" + string(w)))
	if err != nil {
		return board.OneLine(string(w))
	}
	return board.Line(tree.Selection)
}

func member(name, uid word) huiying.Author {
	return huiying.Author{ID: board.Digits(string(uid)), Name: words(name), Verified: "none"}
}

// moment is the unix second of a post, else what the site shows for it.
func (f forum) moment(stamp, shown word) (time.Time, string) {
	if board.Digits(string(stamp)) != "" {
		if t, precision := board.Time(string(stamp), f.doc); !t.IsZero() {
			return t, precision
		}
	}
	tree, err := goquery.NewDocumentFromReader(strings.NewReader("<p>" + string(shown)))
	if err != nil {
		return time.Time{}, ""
	}
	return board.When(tree.Find("p").First(), f.doc)
}

// following is the token of the page after page when size a page does not hold
// all of total.
func following(page, size, total int64) string {
	page = max(page, 1)
	if size <= 0 || page > total/size || page*size >= total {
		return ""
	}
	return "page=" + strconv.FormatInt(page+1, 10)
}

// reply is a floor in the JSON.
type reply struct {
	PID      word `json:"pid"`
	TID      word `json:"tid"`
	First    word `json:"first"`
	Number   word `json:"number"`
	Author   word `json:"author"`
	Name     word `json:"username"`
	AuthorID word `json:"authorid"`
	Date     word `json:"dateline"`
	Stamp    word `json:"dbdateline"`
	Message  word `json:"message"`
	Region   word `json:"iplocation"`
}

// jsonThread reads module=viewthread.
func jsonThread(d crawler.Document) crawler.Parsed {
	raw, answer := unwrap(d)
	if answer != "" {
		return crawler.Parsed{Answer: answer}
	}
	var v struct {
		Thread  topic `json:"thread"`
		Posts   items `json:"postlist"`
		Remarks keyed `json:"comments"`
		Size    word  `json:"ppp"`
	}
	if !isObject(raw, &v) {
		return crawler.Parsed{Answer: crawler.AnswerMalformed}
	}
	t := talk{forum: site(board.BaseOf(d.URL), d), tid: board.Digits(string(v.Thread.TID)), title: words(v.Thread.Subject), counts: v.Thread.engagement()}
	if t.tid == "" {
		t.tid = tidOf(d.URL)
	}
	out := listing{total: t.counts.Comments + 1}
	page, _ := strconv.ParseInt(pageOf(d.URL), 10, 64)
	out.next = following(page, v.Size.count(), out.total)
	for _, raw := range v.Posts {
		var r reply
		if !isObject(raw, &r) {
			continue
		}
		out.posts = append(out.posts, t.reply(r)...)
		out.posts = append(out.posts, t.listed(v.Remarks[string(r.PID)], string(r.PID))...)
	}
	return out.parsed(crawler.AnswerMalformed)
}

// reply makes a floor, or nothing of an entry without an id. It notes which
// floor is the thread.
func (t *talk) reply(r reply) []huiying.Post {
	pid := board.Digits(string(r.PID))
	tree, err := goquery.NewDocumentFromReader(strings.NewReader("<div id=m>" + string(r.Message) + "</div>"))
	if pid == "" || err != nil {
		return nil
	}
	if t.tid == "" {
		t.tid = board.Digits(string(r.TID))
	}
	if r.First == "1" || (r.First == "" && r.Number == "1") {
		t.first = pid
	}
	p := t.place(pid, read(tree.Find("body")))
	p.Author = member(cmp.Or(r.Author, r.Name), r.AuthorID)
	p.PublishedAt, p.PublishedPrecision = t.moment(r.Stamp, r.Date)
	p.Region = board.OneLine(string(r.Region))
	return []huiying.Post{p}
}

// listed reads the remarks under a floor.
func (t talk) listed(list items, pid string) []huiying.Post {
	var out []huiying.Post
	for _, raw := range list {
		var c struct {
			ID       word `json:"id"`
			Author   word `json:"author"`
			AuthorID word `json:"authorid"`
			Date     word `json:"dateline"`
			Comment  word `json:"comment"`
		}
		if !isObject(raw, &c) {
			continue
		}
		tree, err := goquery.NewDocumentFromReader(strings.NewReader(string(c.Comment)))
		if err != nil {
			continue
		}
		p := t.post(huiying.KindReply, "")
		p.Text, p.Author = board.Plain(tree.Find("body"), picture, furniture), member(c.Author, c.AuthorID)
		p.PublishedAt, p.PublishedPrecision = t.moment("", c.Date)
		p.ID = t.remarkID(string(c.ID), pid, p)
		out = append(out, t.under(p, pid))
	}
	return out
}
