package discuz

import (
	"regexp"
	"strconv"
	"strings"

	"github.com/PuerkitoBio/goquery"

	"huiying"
	"huiying/crawler"
	"huiying/crawler/forum/board"
	"huiying/crawler/text"
)

// talk is a thread being read.
type talk struct {
	forum
	tid     string
	first   string // pid of the floor that is the thread, "" when not met
	title   string
	counts  huiying.Engagement
	page    int                           // 0 when the page does not say
	reverse bool                          // newest floor first
	boxes   map[string]*goquery.Selection // pid → what holds the remarks under it
}

// rootID is the identity of the thread.
func (t talk) rootID() string { return t.id(board.Thread, t.tid) }

// floorID is the identity of a floor; the first is the thread itself.
func (t talk) floorID(pid string) string {
	if pid == t.first && t.tid != "" {
		return t.rootID()
	}
	return t.id(board.Floor, pid)
}

// pageThread reads the floors off a page, touch or desktop.
func pageThread(p *board.Page) crawler.Parsed {
	t := talk{forum: site(p.Base, p.Doc), tid: tid(p), title: title(p.Tree), counts: counts(p.Tree)}
	t.page, _ = strconv.Atoi(board.Line(p.Tree.Find(".pg strong").First()))
	t.reverse = strings.Contains(p.Doc.URL, "ordertype=1")
	t.boxes = boxes(p.Tree)
	out := listing{next: next(p)}
	if t.counts.Comments > 0 {
		out.total = t.counts.Comments + 1
	}
	p.Tree.Find("[id^=pid]").Each(func(_ int, s *goquery.Selection) {
		pid := board.Digits(strings.TrimPrefix(s.AttrOr("id", ""), "pid"))
		if pid == "" || s.ParentsFiltered("[id^=pid]").Length() > 0 {
			return
		}
		if t.opens(s, pid, len(out.posts) == 0) {
			t.first = pid
		}
		out.posts = append(out.posts, t.floor(s, pid))
		out.posts = append(out.posts, t.remarks(pid)...)
	})
	return out.parsed(crawler.AnswerMalformed)
}

// tid is the thread of a page: by the address asked, the page's own address, or
// the links to answer it.
func tid(p *board.Page) string {
	addresses := []string{p.Doc.URL, p.Tree.Find("link[rel=canonical]").First().AttrOr("href", "")}
	for _, where := range []string{"a[href*='action=reply']", "#thread_subject", "a[href*='mod=viewthread']", "[id^=pid] a[href*='tid=']"} {
		addresses = append(addresses, p.Tree.Find(where).First().AttrOr("href", ""))
	}
	for _, a := range addresses {
		if id := tidOf(a); id != "" {
			return id
		}
	}
	return ""
}

// title is the thread's title without the class in front of it.
func title(tree *goquery.Document) string {
	if own := board.Line(tree.Find("#thread_subject").First()); own != "" {
		return own
	}
	if own := tree.Find(".view_tit").First(); own.Length() > 0 {
		words := own.Clone()
		words.Find("em, .micon").Remove()
		return board.Line(words)
	}
	if own := board.Line(tree.Find(".postlist h2").First()); own != "" {
		return own
	}
	name, _, _ := strings.Cut(board.Line(tree.Find("title").First()), " - ")
	return name
}

// counts are the thread's views and replies.
func counts(tree *goquery.Document) huiying.Engagement {
	if s := tree.Find(".authi .mtime").First(); s.Length() > 0 {
		return touchCounts(s)
	}
	var e huiying.Engagement
	head := board.Line(tree.Find("#postlist .hm").First())
	if _, tail, ok := strings.Cut(head, "查看"); ok {
		e.Views, _ = text.ParseCount(tail)
	}
	if _, tail, ok := strings.Cut(head, "回复"); ok {
		e.Comments, _ = text.ParseCount(tail)
	}
	return e
}

// floor reads one floor.
func (t talk) floor(s *goquery.Selection, pid string) huiying.Post {
	p := t.place(pid, read(t.words(s, pid)))
	p.Author = writer(s)
	when := moment(s, pid)
	p.PublishedAt, p.PublishedPrecision = board.When(when, t.doc)
	p.Region = region(board.Line(s.Find(".authi").Last()))
	return p
}

// place makes a floor of its message: the thread itself, or an answer to it or
// to the floor it quotes.
func (t talk) place(pid string, m message) huiying.Post {
	p := t.post(huiying.KindReply, t.floorID(pid))
	p.Text, p.Edited, p.Deleted = m.text, m.edited, m.gone
	if pid == t.first {
		p.Kind, p.Title, p.Engagement, p.RootID = huiying.KindThread, t.title, t.counts, p.ID
		p.URL = t.threadURL(t.tid)
		return p
	}
	p.URL, p.RootID, p.ParentID = t.floorURL(t.tid, pid), t.rootID(), t.rootID()
	if m.answers != "" && m.answers != pid {
		p.ParentID = t.floorID(m.answers)
	}
	return p
}

// words is the element that holds the message; of a shielded floor, the notice.
func (t talk) words(s *goquery.Selection, pid string) *goquery.Selection {
	for _, where := range []string{"#postmessage_" + pid, ".message", ".pcb .t_f", ".t_fsz", ".locked", ".pcb"} {
		if m := s.Find(where).First(); m.Length() > 0 {
			return m
		}
	}
	return s.Find(".message")
}

var floorNumber = regexp.MustCompile(`^\s*(\d+)\s*[#楼]?`)

// opens reports whether a floor is the thread itself: floor 1, 楼主, or where
// the template shows no number the first of the first page.
func (t talk) opens(s *goquery.Selection, pid string, first bool) bool {
	for _, where := range []string{"#postnum" + pid, ".mtit .y", "ul.authi li:first-child > em"} {
		said := board.Line(s.Find(where).First())
		if said == "" {
			continue
		}
		if m := floorNumber.FindStringSubmatch(said); m != nil {
			return m[1] == "1"
		}
		return strings.HasPrefix(said, "楼主")
	}
	return first && t.page <= 1 && !t.reverse
}

// writer is who wrote a floor. A guest or an anonymous one has a name without
// an id.
func writer(s *goquery.Selection) huiying.Author {
	for _, where := range []string{".pls .authi a.xw1", ".mtit .z a", "ul.authi a[href*='uid=']", "ul.authi a[href*='space-uid']", ".pls .authi a", ".pti .authi a.xi2"} {
		if a := author(s.Find(where).First()); a.Name != "" {
			return a
		}
	}
	for _, where := range []string{".pls .authi", ".mtit .z", "ul.authi b"} {
		if name := board.Line(s.Find(where).First()); name != "" {
			name, _, _ = strings.Cut(name, " ")
			return huiying.Author{Name: name, Verified: "none"}
		}
	}
	return huiying.Author{Verified: "none"}
}

// moment is the element that shows when a floor was written. The counts that
// stand in front of it on a first floor are left out.
func moment(s *goquery.Selection, pid string) *goquery.Selection {
	for _, where := range []string{"#authorposton" + pid, "li.mtime", ".mtime", "ul.authi li.rela", "ul.authi li:last-child"} {
		if m := s.Find(where).First(); m.Length() > 0 {
			m = m.Clone()
			m.Find(".y, a, i").Remove()
			return m
		}
	}
	return s.Find(".mtime")
}

var (
	fromForm = regexp.MustCompile(`来自\s*[:：]?\s*(\p{Han}{2,12})`)
	province = regexp.MustCompile(`^(?:北京|天津|上海|重庆|河北|山西|辽宁|吉林|黑龙江|江苏|浙江|安徽|福建|江西|山东|河南|湖北|湖南|广东|海南|四川|贵州|云南|陕西|甘肃|青海|台湾|内蒙古|广西|西藏|宁夏|新疆|香港|澳门|中国)`)
)

// region is where a floor was written from, as the page shows it. 来自 also
// names clients, so that only what begins like a place counts.
func region(line string) string {
	if r := board.Region(line); r != "" {
		return r
	}
	if m := fromForm.FindStringSubmatch(line); m != nil && province.MatchString(m[1]) {
		return m[1]
	}
	return ""
}
