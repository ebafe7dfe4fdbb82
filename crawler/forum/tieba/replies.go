package tieba

import (
	"strconv"

	"github.com/PuerkitoBio/goquery"

	"huiying"
	"huiying/crawler"
	"huiying/crawler/forum/board"
	"huiying/crawler/text"
)

// place is where replies stand; unknown parts are "".
type place struct {
	tid, pid string
	parent   string // identity of the floor
}

// readReplies reads the fragment of p/comment?tid=…&pid=…: the replies inside
// one floor. The fragment does not say which floor; the address does. Next is
// "pn=…".
func readReplies(p *board.Page) crawler.Parsed {
	at := place{tid: query(p.Doc.URL, "tid"), pid: query(p.Doc.URL, "pid")}
	at.parent = floorID(at.pid)
	pager := p.Tree.Find("li.lzl_li_pager").First()
	none := crawler.AnswerMalformed
	if pager.Length() > 0 {
		none = crawler.AnswerEmpty
	}
	out := answer(inside(p.Tree.Selection, p.Doc, at), none)
	if out.Answer != crawler.AnswerOK {
		return out
	}
	f := read(pager)
	out.Total, _ = text.ParseCount(f.word("total_num"))
	current, err := strconv.Atoi(board.Line(pager.Find(".tP").First()))
	last, lastErr := strconv.Atoi(f.word("total_page"))
	if err == nil && lastErr == nil && current < last {
		out.Next = "pn=" + strconv.Itoa(current+1)
	}
	return out
}

// inside reads the replies under s.
func inside(s *goquery.Selection, d crawler.Document, at place) []huiying.Post {
	var out []huiying.Post
	s.Find("li.lzl_single_post[data-field], div.lzl_single_post[data-field]").Each(func(_ int, r *goquery.Selection) {
		out = append(out, reply(r, d, at))
	})
	return out
}

func reply(s *goquery.Selection, d crawler.Document, at place) huiying.Post {
	f := read(s)
	spid := board.Digits(f.word("spid"))
	if spid == "" {
		return huiying.Post{}
	}
	if at.pid == "" {
		at.pid = board.Digits(f.word("pid"))
		at.parent = floorID(at.pid)
	}
	p := post(d, huiying.KindReply, replyID(spid))
	p.ParentID, p.RootID, p.URL = at.parent, threadID(at.tid), address(at.tid, at.pid, spid)
	p.Text = plain(s.Find(".lzl_content_main").First())
	p.Author.ID = portrait(f.word("portrait"))
	p.Author.Name = f.word("showname")
	if p.Author.Name == "" {
		p.Author.Name = shown(s.Find(".lzl_cnt a.at").First(), f.word("user_nickname"), f.word("user_name"))
	}
	p.PublishedAt, p.PublishedPrecision = board.Time(s.Find(".lzl_time").First().Text(), d)
	p.Region = board.Region(board.Line(s.Find(".lzl_content_reply").First()))
	return p
}
