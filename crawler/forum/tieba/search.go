package tieba

import (
	"strings"

	"github.com/PuerkitoBio/goquery"

	"huiying"
	"huiying/crawler"
	"huiying/crawler/forum/board"
	"huiying/crawler/text"
)

// readSearch reads f/search/res: threads, floors and replies that hold the
// words. The texts are pieces and marked truncated. Next is "pn=…".
func readSearch(p *board.Page) crawler.Parsed {
	var posts []huiying.Post
	p.Tree.Find("div.s_post").Each(func(_ int, s *goquery.Selection) {
		posts = append(posts, hit(s, p.Doc))
	})
	none := crawler.AnswerMalformed
	if p.Tree.Find(".s_post_list, .s_main").Length() > 0 {
		none = crawler.AnswerEmpty
	}
	out := answer(posts, none)
	if out.Answer == crawler.AnswerOK {
		out.Next = onward(p.Tree.Find(".pager-search a.next, .pager a.next").First())
		out.Total, _ = text.ParseCount(p.Tree.Find(".s_nav_right, .search_result_num").First().Text())
	}
	return out
}

// hit is one result. Its link names the floor (pid) and the reply inside it
// (cid) that hold the words; a title that begins with 回复 says that the floor
// is not the thread's first.
func hit(s *goquery.Selection, d crawler.Document) huiying.Post {
	link := s.Find(".p_title a").First()
	href := link.AttrOr("href", "")
	tid := board.Digits(link.AttrOr("data-tid", ""))
	if m := tidPath.FindStringSubmatch(href); tid == "" && m != nil {
		tid = board.Digits(m[1])
	}
	if tid == "" {
		return huiying.Post{}
	}
	p := post(d, huiying.KindThread, threadID(tid))
	p.RootID, p.URL = p.ID, address(tid, "", "")
	title, answers := afterReply(board.Line(link))
	pid, cid := query(href, "pid"), query(href, "cid")
	switch {
	case cid != "" && pid != "":
		p.Kind, p.ID, p.ParentID, p.URL = huiying.KindReply, replyID(cid), floorID(pid), address(tid, pid, cid)
	case answers && pid != "":
		p.Kind, p.ID, p.ParentID, p.URL = huiying.KindReply, floorID(pid), threadID(tid), address(tid, pid, "")
	default:
		p.Title = title
	}
	p.Text = plain(s.Find(".p_content").First())
	p.Truncated = p.Text != ""
	p.Author.Name = board.Line(s.Find("a[href*='/home/main']").First())
	p.PublishedAt, p.PublishedPrecision = board.Time(s.Find(".p_date").First().Text(), d)
	return p
}

// afterReply takes 回复: off the title of a result that is a floor.
func afterReply(title string) (rest string, answers bool) {
	for _, mark := range []string{"回复:", "回复："} {
		if rest, ok := strings.CutPrefix(title, mark); ok {
			return strings.TrimSpace(rest), true
		}
	}
	return title, false
}
