package desktop

import (
	"net/url"

	"huiying/crawler"
	"huiying/crawler/weibo/status"
)

// comments is an answer of buildComments. trendsText says 已加载全部评论 on
// first pages of thousands, so it is not read: only max_id 0 is the end.
type comments struct {
	Data  status.Raw   `json:"data"`
	Root  status.Raw   `json:"rootComment"` // with replies: the comment they stand under
	MaxID status.Word  `json:"max_id"`
	Total status.Count `json:"total_number"`
}

// ReadComments reads an answer of statuses/buildComments: first-level comments
// with the replies shown under them or, asked with fetch_level=1, the replies
// of one comment, which stands before them where the site repeats it. Next is
// "max_id=…".
func ReadComments(d crawler.Document) status.Page {
	e, answer := status.Open(d)
	if answer != crawler.AnswerOK {
		return e.None(answer)
	}
	var c comments
	if !status.Object(status.Body(d), &c) || c.Data[0] != '[' {
		return status.Page{Answer: crawler.AnswerMalformed}
	}
	of, under := asked(d.URL)
	var list []status.Entry
	for _, raw := range append(objects(c.Root), objects(c.Data)...) {
		list = append(list, thread(raw, of, under, d)...)
	}
	next := ""
	if status.Number(string(c.MaxID)) > 0 {
		next = "max_id=" + string(c.MaxID)
	}
	out := status.Full(list, next, c.Total.N)
	out.Next = next // a page whose comments are all hidden is not the end
	return out
}

// thread reads one comment and the replies with it. under is the comment whose
// replies were asked for: a reply that does not name its root belongs to it.
func thread(raw []byte, of, under int64, d crawler.Document) []status.Entry {
	var c status.Comment
	if under == 0 || !status.Object(raw, &c) || status.Number(string(c.RootID)) > 0 || status.Number(string(c.ID)) == under {
		return status.Thread(raw, of, d)
	}
	c.RootID = status.WordOf(under)
	if own, ok := c.Entry(of, d); ok {
		return []status.Entry{own}
	}
	return nil
}

// objects is a list, a single object, or nothing.
func objects(raw status.Raw) []status.Raw {
	var probe struct{}
	list := status.List(raw)
	if len(list) == 0 && status.Object(raw, &probe) {
		return []status.Raw{raw}
	}
	return list
}

// asked is what the address asks for: the comments of a post, or the replies
// under a comment.
func asked(address string) (post, comment int64) {
	u, err := url.Parse(address)
	if err != nil {
		return 0, 0
	}
	if u.Query().Get("fetch_level") == "1" {
		return 0, status.Number(u.Query().Get("id"))
	}
	return status.MidOf(address), 0
}
