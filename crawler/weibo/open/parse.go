package open

import (
	"encoding/json"
	"net/url"

	"huiying/crawler"
	"huiying/crawler/weibo/status"
)

// Surfaces are the parsers of the open platform by the names of their surfaces.
func Surfaces() map[string]crawler.Parse {
	return map[string]crawler.Parse{
		"weibo.open.statuses": status.Parser(ReadStatuses),
		"weibo.open.comments": status.Parser(ReadComments),
	}
}

// answer is any answer of the platform. A list that is there but empty says
// that there is nothing.
type answer struct {
	Code     status.Word   `json:"error_code"`
	Error    status.Word   `json:"error"`
	Statuses *status.Items `json:"statuses"`
	Reposts  *status.Items `json:"reposts"`
	Comments *status.Items `json:"comments"`
	Next     status.Word   `json:"next_cursor"` // the max_id of the next page, 0 at the end
	Total    status.Count  `json:"total_number"`
}

// ReadStatuses reads posts: statuses (timelines, mentions), reposts, or a bare
// array (statuses/show_batch). Next is "max_id=…".
func ReadStatuses(d crawler.Document) status.Page {
	a, means := read(d)
	if means != crawler.AnswerOK {
		return status.Page{Answer: means, Said: string(a.Error)}
	}
	items, reposts := a.Statuses, false
	if items == nil {
		items, reposts = a.Reposts, true
	}
	if items == nil {
		return single(d)
	}
	var list []status.Entry
	for _, raw := range *items {
		found := status.Entries(raw, status.Reading{Document: d})
		if reposts {
			found = status.Reposted(found, status.MidOf(d.URL))
		}
		list = append(list, found...)
	}
	return status.Full(list, a.next(), a.Total.N)
}

// single is an answer of statuses/show: one post, bare.
func single(d crawler.Document) status.Page {
	list := status.Entries(status.Body(d), status.Reading{Document: d, Whole: true})
	var author struct {
		User status.Raw `json:"user"`
	}
	if len(list) == 0 || !status.Object(status.Body(d), &author) || (author.User == nil && !list[len(list)-1].Post.Deleted) {
		return status.Page{Answer: crawler.AnswerMalformed}
	}
	if list[len(list)-1].Post.Deleted {
		return status.Page{Entries: list, Answer: crawler.AnswerDeleted}
	}
	return status.Full(list, "", 0)
}

// ReadComments reads comments (to_me, mentions, show, timeline): before each
// the post it stands under and the comment it answers, unless they stood
// before. Next is "max_id=…".
func ReadComments(d crawler.Document) status.Page {
	a, means := read(d)
	if means != crawler.AnswerOK {
		return status.Page{Answer: means, Said: string(a.Error)}
	}
	items := a.Comments
	if items == nil && array(status.Body(d)) {
		items = a.Statuses
	}
	if items == nil {
		return status.Page{Answer: crawler.AnswerMalformed}
	}
	var list []status.Entry
	for _, raw := range *items {
		list = append(list, comment(raw, d)...)
	}
	return status.Full(list, a.next(), a.Total.N)
}

func comment(raw []byte, d crawler.Document) []status.Entry {
	var c status.Comment
	if !status.Object(raw, &c) {
		return nil
	}
	var list []status.Entry
	of := status.MidOf(d.URL)
	if under := status.Entries(c.Status, status.Reading{Document: d}); len(under) > 0 {
		of = under[len(under)-1].Mid
		list = quoted(under)
	}
	var answered status.Comment
	if status.Object(c.Answers, &answered) && answered.CreatedAt != "" {
		if e, ok := answered.Entry(of, d); ok {
			list = append(list, quoted([]status.Entry{e})...)
		}
	}
	own, ok := c.Entry(of, d)
	if !ok {
		return nil
	}
	return append(list, own)
}

func quoted(list []status.Entry) []status.Entry {
	for i := range list {
		list[i].Quoted = true
	}
	return list
}

// read takes an answer apart, or says what it is instead.
func read(d crawler.Document) (answer, crawler.Answer) {
	body := status.Body(d)
	var a answer
	if array(body) {
		var items status.Items
		if json.Unmarshal(body, &items) != nil || !objects(items) {
			return a, crawler.AnswerMalformed
		}
		a.Statuses = &items
		return a, crawler.AnswerOK
	}
	if !status.Object(body, &a) {
		return a, status.NotJSON(d)
	}
	if a.Code != "" && a.Code != "0" || a.Error != "" {
		return a, refusal(a)
	}
	if a.Statuses == nil && a.Reposts == nil && a.Comments == nil {
		if e, means := status.ReadEnvelope(d); means == crawler.AnswerOK && e.OK.Set && e.OK.N != 1 {
			return a, e.Answer(false)
		}
	}
	return a, crawler.AnswerOK
}

func array(body []byte) bool { return len(body) > 0 && body[0] == '[' && json.Valid(body) }

// objects reports whether a bare array holds posts: what is no list of
// objects is no answer of the platform.
func objects(items status.Items) bool {
	for _, raw := range items {
		var probe struct {
			ID status.Word `json:"id"`
		}
		if !status.Object(raw, &probe) || probe.ID == "" {
			return false
		}
	}
	return len(items) > 0
}

// next is the token of the page after.
func (a answer) next() string {
	if status.Number(string(a.Next)) == 0 {
		return ""
	}
	return "max_id=" + url.QueryEscape(string(a.Next))
}

// refused is what the numbers of some refusals mean.
type refused struct {
	means crawler.Answer
	codes []status.Word
}

// refusals is the list of the platform's numbers that are not plainly
// "forbidden" (open.weibo.com/wiki/Error_code).
func refusals() []refused {
	return []refused{
		{crawler.AnswerRateLimited, []status.Word{"10022", "10023", "10024"}},
		{crawler.AnswerLoginWall, []status.Word{
			"10006", "21301", "21311", "21314", "21315", "21316", "21317", "21319", "21321", "21325", "21327", "21332",
		}},
		{crawler.AnswerDeleted, []status.Word{"20101", "20201"}}, // the post, the comment is not there
		{crawler.AnswerMaintenance, []status.Word{"10001", "10002", "10009", "10010", "10011"}},
	}
}

func refusal(a answer) crawler.Answer {
	for _, r := range refusals() {
		for _, code := range r.codes {
			if code == a.Code {
				return r.means
			}
		}
	}
	return crawler.AnswerForbidden
}
