package tieba

import (
	"regexp"
	"strings"

	"github.com/PuerkitoBio/goquery"

	"huiying"
	"huiying/crawler"
	"huiying/crawler/forum/board"
	"huiying/crawler/text"
)

// readThread reads a page of a thread: its floors, each followed by the replies
// shown inside it. Next is "pn=…".
func readThread(p *board.Page) crawler.Parsed {
	t := open(p)
	var posts []huiying.Post
	p.Tree.Find(".l_post[data-field]").Each(func(_ int, s *goquery.Selection) {
		posts = append(posts, t.floor(s)...)
	})
	out := answer(posts, crawler.AnswerMalformed)
	if out.Answer == crawler.AnswerOK {
		out.Next = onward(p.Tree.Find(".l_pager a, .pb_list_pager a").FilterFunction(func(_ int, a *goquery.Selection) bool {
			return strings.HasPrefix(board.Line(a), "下一页")
		}).First())
		if t.replies > 0 {
			out.Total = t.replies + 1
		}
	}
	return out
}

// thread is a thread being read.
type thread struct {
	doc     crawler.Document
	tid     string
	title   string
	replies int64
	atLeast bool
}

var (
	tidPath   = regexp.MustCompile(`/p/(\d+)`)
	tidScript = regexp.MustCompile(`thread_id["']?\s*:\s*["']?(\d+)`)
)

// open finds out which thread a page shows.
func open(p *board.Page) thread {
	t := thread{doc: p.Doc}
	for _, a := range []string{p.Doc.URL, p.Tree.Find("link[rel=canonical]").First().AttrOr("href", ""), p.Tree.Find("#lzonly_cntn").First().AttrOr("href", "")} {
		if m := tidPath.FindStringSubmatch(a); m != nil && t.tid == "" {
			t.tid = board.Digits(m[1])
		}
	}
	if m := tidScript.FindSubmatch(p.Doc.Body); m != nil && t.tid == "" {
		t.tid = board.Digits(string(m[1]))
	}
	head := p.Tree.Find(".core_title_txt").First()
	t.title = board.OneLine(head.AttrOr("title", ""))
	if t.title == "" {
		t.title = board.Line(head)
	}
	if t.title == "" {
		t.title = pageTitle(board.Line(p.Tree.Find("title").First()))
	}
	t.replies, t.atLeast = text.ParseCount(p.Tree.Find(".l_reply_num .red").First().Text())
	return t
}

var titleTail = regexp.MustCompile(`(?:【[^】]*吧】)?_百度贴吧$`)

// pageTitle takes the names of the forum and the site off a page's title.
func pageTitle(s string) string { return strings.TrimSpace(titleTail.ReplaceAllString(s, "")) }

// floor reads one floor and the replies inside it; nothing of what only looks
// like a floor, such as an advertisement.
func (t thread) floor(s *goquery.Selection) []huiying.Post {
	f := read(s)
	content := f.in("content")
	pid := board.Digits(content.word("post_id"))
	if pid == "" {
		pid = board.Digits(s.AttrOr("data-pid", ""))
	}
	if pid == "" {
		return nil
	}
	if t.tid == "" {
		t.tid = board.Digits(content.word("thread_id"))
	}
	p := post(t.doc, huiying.KindReply, floorID(pid))
	p.URL, p.RootID, p.ParentID = address(t.tid, pid, ""), threadID(t.tid), threadID(t.tid)
	tail := tailOf(s, t.doc)
	if content.word("post_no") == "1" || (content.word("post_no") == "" && tail.floor == "1") {
		p.Kind, p.Title, p.ParentID = huiying.KindThread, t.title, ""
		p.Engagement = huiying.Engagement{Comments: t.replies, AtLeast: t.atLeast}
		if t.tid != "" {
			p.ID, p.URL = threadID(t.tid), address(t.tid, "", "")
		}
		p.RootID = p.ID
	} else {
		p.Engagement.Comments, _ = text.ParseCount(content.word("comment_num"))
	}
	p.Text = words(s, content)
	p.Author = writer(s, f.in("author"))
	p.Region, p.PublishedAt, p.PublishedPrecision = tail.region, tail.at, tail.precision
	if p.PublishedAt.IsZero() {
		p.PublishedAt, p.PublishedPrecision = board.Time(content.word("date"), t.doc)
	}
	return append([]huiying.Post{p}, inside(s, t.doc, place{tid: t.tid, pid: pid, parent: p.ID})...)
}

// words is the text of a floor: its element, else what the data beside it say.
func words(s *goquery.Selection, content fields) string {
	if own := s.Find(".d_post_content").First(); own.Length() > 0 {
		return plain(own)
	}
	tree, err := goquery.NewDocumentFromReader(strings.NewReader(content.word("content")))
	if err != nil {
		return ""
	}
	return plain(tree.Find("body"))
}

func writer(s *goquery.Selection, a fields) huiying.Author {
	id := portrait(a.word("portrait"))
	if id == "" {
		id = portrait(read(s.Find(".p_author_name").First()).word("id"))
	}
	if id == "" {
		id = a.word("user_id")
	}
	name := shown(s.Find(".p_author_name").First(), a.word("user_nickname"), a.word("user_name"))
	return huiying.Author{ID: id, Name: name, Verified: "none"}
}
