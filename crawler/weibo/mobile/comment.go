package mobile

import (
	"strconv"

	"huiying/crawler"
	"huiying/crawler/weibo/status"
)

// ReadFlow reads an answer of comments/hotflow (or hotFlowChild): first level
// comments, each followed by the replies shown with it. of is the post they
// belong to; when 0 it is taken from the address or from what the site notes
// beside a comment. Next is "max_id=…&max_id_type=…".
func ReadFlow(d crawler.Document, of int64) Page {
	if of == 0 {
		of = status.MidOf(d.URL)
	}
	e, answer := status.Open(d)
	if answer != crawler.AnswerOK {
		return e.None(answer)
	}
	flow, ok := unwrap(e.Data, d.Body)
	if !ok {
		return Page{Answer: crawler.AnswerMalformed}
	}
	var list []Entry
	for _, raw := range flow.List {
		list = append(list, status.Thread(raw, of, d)...)
	}
	out := status.Full(list, flow.next(), flow.Total.N)
	out.Next = flow.next() // a page of comments that are all hidden is not the end
	return out
}

// ReadOldComments reads an answer of api/comments/show: first-level comments by
// time, without replies. Next is "page=…".
func ReadOldComments(d crawler.Document) Page {
	out := ReadFlow(d, 0)
	if !out.Answer.Answered() {
		return out
	}
	var old struct {
		Data struct {
			Max status.Whole `json:"max"`
		} `json:"data"`
	}
	out.Next = ""
	if status.Object(status.Body(d), &old) {
		out.Next = status.PageAfter(d.URL, old.Data.Max.N)
	}
	return out
}

type flow struct {
	List    status.Items `json:"data"`
	MaxID   status.Word  `json:"max_id"`
	MaxType status.Word  `json:"max_id_type"`
	Total   status.Count `json:"total_number"`
}

// unwrap takes both shapes: {data:{data:[…],max_id}} and {data:[…],max_id}.
func unwrap(data, body []byte) (flow, bool) {
	var f flow
	if len(data) > 0 && data[0] == '[' {
		ok := status.Object(body, &f)
		return f, ok
	}
	var probe struct {
		Data status.Raw `json:"data"`
	}
	if !status.Object(data, &f) || !status.Object(data, &probe) {
		return f, false
	}
	return f, len(probe.Data) > 0
}

func (f flow) next() string {
	n := status.Number(string(f.MaxID))
	if n == 0 {
		return ""
	}
	kind := status.Number(string(f.MaxType))
	return "max_id=" + strconv.FormatInt(n, 10) + "&max_id_type=" + strconv.FormatInt(kind, 10)
}
