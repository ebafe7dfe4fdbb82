package tieba

import (
	"strings"

	"github.com/PuerkitoBio/goquery"

	"huiying"
	"huiying/crawler"
	"huiying/crawler/forum/board"
	"huiying/crawler/text"
)

// readList reads a forum's list, pinned threads among it. Next is "pn=…". The
// texts are beginnings and marked truncated.
func readList(p *board.Page) crawler.Parsed {
	var posts []huiying.Post
	p.Tree.Find("li.j_thread_list, .thread_item_box[data-field]").Each(func(_ int, s *goquery.Selection) {
		posts = append(posts, row(s, p.Doc))
	})
	none := crawler.AnswerMalformed
	if p.Tree.Find("#thread_list, ul.threadlist_bright").Length() > 0 {
		none = crawler.AnswerEmpty
	}
	out := answer(posts, none)
	if out.Answer == crawler.AnswerOK {
		out.Next = onward(p.Tree.Find("a.next.pagination-item, #frs_list_pager a.next").First())
		out.Total, _ = text.ParseCount(p.Tree.Find(".th_footer_l .red_text").First().Text())
	}
	return out
}

// row is one thread of the list.
func row(s *goquery.Selection, d crawler.Document) huiying.Post {
	f := read(s)
	tid := board.Digits(f.word("id"))
	if tid == "" {
		tid = board.Digits(s.AttrOr("data-tid", ""))
	}
	link := s.Find("a.j_th_tit").First()
	if tid == "" || link.Length() == 0 {
		return huiying.Post{}
	}
	p := post(d, huiying.KindThread, threadID(tid))
	p.RootID, p.URL = p.ID, address(tid, "", "")
	p.Title = board.OneLine(link.AttrOr("title", ""))
	if p.Title == "" {
		p.Title = board.Line(link)
	}
	p.Text = plain(s.Find(".threadlist_abs").First())
	p.Truncated = p.Text != ""
	p.Author.ID = portrait(f.word("author_portrait"))
	p.Author.Name = shown(s.Find(".tb_icon_author a.frs-author-name").First(), f.word("author_nickname"), f.word("author_name"))
	p.PublishedAt, p.PublishedPrecision = board.Time(s.Find(".is_show_create_time").First().Text(), d)
	replies := s.Find(".threadlist_rep_num").First().Text()
	if replies == "" {
		replies = f.word("reply_num")
	}
	p.Engagement.Comments, p.Engagement.AtLeast = text.ParseCount(replies)
	return p
}

// shown is an author's name as a person sees it. Where the page draws a part of
// it with pictures or cuts its end, the data beside it has the characters.
func shown(a *goquery.Selection, nickname, name string) string {
	seen := board.Line(a)
	head, cut := strings.CutSuffix(seen, "...")
	whole := seen != "" && !cut && a.Find("img").Length() == 0
	if whole {
		return seen
	}
	for _, s := range []string{nickname, name} {
		if s = strings.TrimSpace(s); s != "" && (!cut || strings.HasPrefix(s, head)) {
			return s
		}
	}
	return seen
}
