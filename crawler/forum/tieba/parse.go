package tieba

import (
	"bytes"
	"net/url"
	"strings"

	"github.com/PuerkitoBio/goquery"

	"huiying"
	"huiying/crawler"
	"huiying/crawler/forum/board"
)

// host is part of every identity: threads of all forums count together.
const (
	host = "tieba.baidu.com"
	root = "https://" + host
)

// Surfaces are the parsers of Tieba by the names of their surfaces.
func Surfaces() map[string]crawler.Parse {
	return map[string]crawler.Parse{
		"tieba.list":    parser(readList),
		"tieba.thread":  parser(readThread),
		"tieba.replies": parser(readReplies),
		"tieba.search":  parser(readSearch),
	}
}

func parser(read func(*board.Page) crawler.Parsed) crawler.Parse {
	return func(d crawler.Document) (crawler.Parsed, error) {
		p, byForm := board.Open(uncovered(d))
		if a := refused(p, byForm); a != "" {
			return crawler.Parsed{Answer: a}, nil
		}
		return read(p), nil
	}
}

// uncovered takes the pieces of a page out of the comments in which the site
// sends them (<code class="pagelet_html"><!-- … --></code>); a script of the
// page does the same in a browser.
func uncovered(d crawler.Document) crawler.Document {
	body := d.Text()
	if !bytes.Contains(body, []byte("pagelet_html")) {
		d.Body = body
		return d
	}
	var out bytes.Buffer
	for {
		before, rest, found := bytes.Cut(body, []byte(`class="pagelet_html"`))
		out.Write(before)
		if !found {
			break
		}
		inside, after, closed := bytes.Cut(rest, []byte("</code>"))
		_, piece, opened := bytes.Cut(inside, []byte("<!--"))
		if !closed || !opened {
			out.Write(rest)
			break
		}
		piece, _ = bytes.CutSuffix(bytes.TrimSpace(piece), []byte("-->"))
		out.WriteString(">")
		out.Write(piece)
		out.WriteString("</code>")
		body = after
	}
	d.Body = out.Bytes()
	return d
}

// told is what a notice in place of content means.
type told struct {
	means crawler.Answer
	marks []string
}

// notices is what Tieba says instead of content; the first that fits decides.
func notices() []told {
	return []told{
		{crawler.AnswerBlocked, []string{"安全验证", "验证码", "网络不给力"}},
		{crawler.AnswerLoginWall, []string{"请登录", "登录后", "尚未登录"}},
		{crawler.AnswerDeleted, []string{"被删除", "被隐藏", "不存在", "贴吧404", "无法访问"}},
		{crawler.AnswerForbidden, []string{"暂不开放", "相关法律法规", "已被封"}},
		{crawler.AnswerEmpty, []string{"没有找到", "还没有人发", "暂无"}},
	}
}

// refused is the class of a page that is no content, "" for all others. A page
// that shows floors or rows is content whatever their words begin with.
func refused(p *board.Page, byForm crawler.Answer) crawler.Answer {
	if p == nil {
		return byForm
	}
	if p.Tree.Find(".j_thread_list, .l_post[data-field], .lzl_single_post, .s_post").Length() > 0 {
		return ""
	}
	if byForm != "" {
		return byForm
	}
	said := []string{board.Line(p.Tree.Find("title").First())}
	for _, where := range []string{".page404", "#errorText", ".error_text", ".app_forum_error", ".search_noresult", ".thread_none", ".forum_forbidden"} {
		said = append(said, board.Line(p.Tree.Find(where).First()))
	}
	if strings.HasPrefix(said[0], "百度安全验证") {
		return crawler.AnswerBlocked
	}
	all := strings.Join(said[1:], " ")
	if strings.HasPrefix(said[0], "贴吧404") {
		all += " " + said[0]
	}
	for _, t := range notices() {
		for _, m := range t.marks {
			if strings.Contains(all, m) {
				return t.means
			}
		}
	}
	return ""
}

// post is what every post of Tieba has.
func post(d crawler.Document, kind, id string) huiying.Post {
	return huiying.Post{
		ID: id, Source: d.Source, Platform: huiying.PlatformForum, Kind: kind,
		Author: huiying.Author{Verified: "none"}, CollectedAt: d.FetchedAt,
	}
}

func threadID(tid string) string { return board.ID(host, board.Thread, tid) }
func floorID(pid string) string  { return board.ID(host, board.Floor, pid) }
func replyID(spid string) string { return board.ID(host, board.Reply, spid) }

// address is where a thread, a floor of it, or a reply inside the floor is
// read; "" when the thread is not known.
func address(tid, pid, spid string) string {
	switch {
	case tid == "":
		return ""
	case pid == "":
		return root + "/p/" + tid
	case spid == "":
		return root + "/p/" + tid + "?pid=" + pid + "#" + pid
	}
	return root + "/p/" + tid + "?pid=" + pid + "&cid=" + spid + "#" + spid
}

// query is a parameter of an address that is a native id, "" when there is
// none.
func query(address, key string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	return board.Digits(u.Query().Get(key))
}

// onward is the token that a link to the next page carries: pn=….
func onward(a *goquery.Selection) string {
	if n := query(a.AttrOr("href", ""), "pn"); n != "" {
		return "pn=" + n
	}
	return ""
}

// answer orders what was read; none is said when it is nothing.
func answer(posts []huiying.Post, none crawler.Answer) crawler.Parsed {
	seen := make(map[string]bool, len(posts))
	var out []huiying.Post
	for _, p := range posts {
		if p.ID != "" && !seen[p.ID] {
			seen[p.ID] = true
			out = append(out, p)
		}
	}
	if len(out) == 0 {
		return crawler.Parsed{Answer: none}
	}
	return crawler.Parsed{Posts: out, Answer: crawler.AnswerOK}
}
