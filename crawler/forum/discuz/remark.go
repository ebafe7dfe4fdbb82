package discuz

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"

	"github.com/PuerkitoBio/goquery"

	"huiying"
	"huiying/crawler/forum/board"
)

// boxes finds what holds remarks (点评), by the floor it belongs to. It stands
// inside its floor or behind it.
func boxes(tree *goquery.Document) map[string]*goquery.Selection {
	out := map[string]*goquery.Selection{}
	for _, s := range tree.Find("[id^=comment_]").EachIter() {
		pid := strings.TrimPrefix(s.AttrOr("id", ""), "comment_")
		if out[pid] == nil {
			out[pid] = s
		}
	}
	return out
}

// remarks reads the remarks under a floor.
func (t talk) remarks(pid string) []huiying.Post {
	box := t.boxes[pid]
	if box == nil {
		return nil
	}
	var out []huiying.Post
	box.Find("[id^=commentdetail_], .pstl").Each(func(_ int, r *goquery.Selection) {
		out = append(out, t.remark(r, pid))
	})
	return out
}

func (t talk) remark(r *goquery.Selection, pid string) huiying.Post {
	said := r.Find(".mtxt, .psti").First().Clone()
	when := r.Find(".mtime").First()
	if when.Length() == 0 {
		when = said.Find(".xg1").Last()
	}
	at, precision := board.When(when, t.doc)
	said.Find(".xg1, .mtime, a[onclick]").Remove()
	p := t.post(huiying.KindReply, "")
	p.Text = board.Plain(said, picture, furniture)
	p.Author = author(r.Find(".authi .z a, .psta a.xi2, .psta a[href*=uid]").First())
	if p.Author.Name == "" {
		p.Author.Name = board.Line(r.Find(".psta, .authi .z").First())
	}
	p.PublishedAt, p.PublishedPrecision = at, precision
	p.ID = t.remarkID(strings.TrimPrefix(r.AttrOr("id", ""), "commentdetail_"), pid, p)
	return t.under(p, pid)
}

// under puts a remark below its floor.
func (t talk) under(p huiying.Post, pid string) huiying.Post {
	p.ParentID, p.RootID, p.URL = t.floorID(pid), t.rootID(), t.floorURL(t.tid, pid)
	return p
}

// remarkID is a remark's identity. Desktop pages show no id; it is then made of
// what cannot change: the floor, who spoke, and the words.
func (t talk) remarkID(native, pid string, p huiying.Post) string {
	if id := board.Digits(native); id != "" {
		return t.id(board.Reply, id)
	}
	if p.Text == "" {
		return ""
	}
	sum := sha256.Sum256([]byte(pid + "\n" + p.Author.ID + "\n" + p.Author.Name + "\n" + p.Text))
	return t.id(board.Reply, "-"+hex.EncodeToString(sum[:10]))
}
