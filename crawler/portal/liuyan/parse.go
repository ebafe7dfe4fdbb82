package liuyan

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"time"

	"huiying"
	"huiying/crawler"
	"huiying/crawler/portal/status"
	"huiying/crawler/text"
)

// answer is what the board's list of messages sends, in its plain and in its
// signed form.
type answer struct {
	Result     string          `json:"result"`
	ResultDesc string          `json:"resultDesc"`
	Response   json.RawMessage `json:"responseData"` // the messages
	ResultData json.RawMessage `json:"resultData"`   // the signed form: messages beside lastItem
}

// signed is the inside of the signed form.
type signed struct {
	LastItem loose           `json:"lastItem"`
	Data     json.RawMessage `json:"data"`
	List     json.RawMessage `json:"list"`
	Threads  json.RawMessage `json:"threads"`
}

// message is one message. Numbers come as strings too.
type message struct {
	TID        loose `json:"tid"`
	Subject    loose `json:"subject"`
	Content    loose `json:"content"`
	Dateline   loose `json:"dateline"`   // unix seconds
	DomainName loose `json:"domainName"` // the field it is about
	TypeName   loose `json:"typeName"`   // 投诉/求助, 咨询, 建言
	StateInfo  loose `json:"stateInfo"`  // 待回复, 处理中, 办理中, 已办理, 已回复
	ForumName  loose `json:"forumName"`  // whom it is written to
	NickName   loose `json:"nickName"`
	FavNum     loose `json:"favNum"`

	AnswerID           loose `json:"answerId"`
	AnswerOrganization loose `json:"answerOrganization"`
	AnswerContent      loose `json:"answerContent"`
	AnswerDateline     loose `json:"answerDateline"`
	AnswerTime         loose `json:"answerTime"`
}

// loose is a JSON string, number or bool as text; anything else is "".
type loose string

// UnmarshalJSON takes any value.
func (l *loose) UnmarshalJSON(b []byte) error {
	var s string
	switch {
	case json.Unmarshal(b, &s) == nil:
		*l = loose(strings.TrimSpace(s))
	case len(b) > 0 && b[0] != '{' && b[0] != '[' && string(b) != "null":
		*l = loose(b)
	default:
		*l = ""
	}
	return nil
}

// Parse reads one page of a forum's messages. Next is the number of its last
// message, which is how the board turns pages, "" for an empty page.
func Parse(d crawler.Document) (crawler.Parsed, error) {
	body := d.Text()
	var a answer
	if err := json.Unmarshal(body, &a); err != nil {
		return crawler.Parsed{Answer: refusal(d)}, nil
	}
	list, last, ok := a.messages()
	if !ok {
		return crawler.Parsed{Answer: a.refusal(d)}, nil
	}
	out := crawler.Parsed{Answer: crawler.AnswerEmpty, Next: last}
	met := map[string]bool{}
	for _, m := range list {
		p, ok := m.post(d)
		if !ok || met[p.ID] {
			continue
		}
		met[p.ID] = true
		out.Posts = append(out.Posts, p)
	}
	switch {
	case len(out.Posts) > 0:
		out.Answer = crawler.AnswerOK
	case len(list) > 0:
		out.Answer = crawler.AnswerMalformed
	}
	return out, nil
}

// messages finds the list in either form of the answer; ok is false when the
// board did not say success.
func (a answer) messages() (list []message, last string, ok bool) {
	raw := a.Response
	var s signed
	if len(raw) == 0 && len(a.ResultData) > 0 {
		if json.Unmarshal(a.ResultData, &s) != nil {
			raw = a.ResultData
		}
		for _, r := range []json.RawMessage{s.Data, s.List, s.Threads} {
			if len(raw) == 0 && len(r) > 0 {
				raw = r
			}
		}
	}
	if a.Result != "" && !strings.EqualFold(a.Result, "success") {
		return nil, "", false
	}
	if len(raw) == 0 || string(raw) == "null" {
		return nil, "", a.Result != ""
	}
	if json.Unmarshal(raw, &list) != nil {
		return nil, "", false
	}
	last = string(s.LastItem)
	if last == "" && len(list) > 0 {
		last = string(list[len(list)-1].TID)
	}
	if !number(last) || last == "0" || len(list) == 0 {
		last = ""
	}
	return list, last, true
}

func number(s string) bool { return s != "" && len(s) < 19 && strings.Trim(s, "0123456789") == "" }

// refusal says what an answer is that is no list of messages.
func refusal(d crawler.Document) crawler.Answer {
	if got, _ := crawler.Classify(200, d.URL, nil, d.Body); !got.Answered() {
		return got
	}
	return crawler.AnswerMalformed
}

// refusal of an envelope goes by its own sentence first.
func (a answer) refusal(d crawler.Document) crawler.Answer {
	for _, s := range []struct {
		part   string
		answer crawler.Answer
	}{
		{"频繁", crawler.AnswerRateLimited}, {"登录", crawler.AnswerLoginWall}, {"维护", crawler.AnswerMaintenance},
		{"系统繁忙", crawler.AnswerRateLimited}, {"签名", crawler.AnswerForbidden}, {"非法", crawler.AnswerForbidden},
	} {
		if strings.Contains(a.ResultDesc, s.part) {
			return s.answer
		}
	}
	return refusal(d)
}

// post is a message as a post; one without a number or without words is none.
func (m message) post(d crawler.Document) (huiying.Post, bool) {
	p := huiying.Post{
		ID: "portal:" + host + "/l" + string(m.TID), Source: d.Source, Platform: huiying.PlatformPortal, Kind: huiying.KindLetter,
		URL:   site + "/threads/content?tid=" + string(m.TID),
		Title: strings.Join(strings.Fields(text.Plain(string(m.Subject))), " "), Text: text.Plain(string(m.Content)),
		Author: huiying.Author{Name: string(m.NickName), Verified: "none"}, CollectedAt: d.FetchedAt,
	}
	if !number(string(m.TID)) || (p.Title == "" && p.Text == "") {
		return p, false
	}
	p.PublishedAt, p.PublishedPrecision = when(m.Dateline, d)
	p.Engagement.Likes, p.Engagement.AtLeast = text.ParseCount(string(m.FavNum))
	if words := text.Plain(string(m.AnswerContent)); words != "" {
		at, _ := when(m.AnswerDateline, d)
		if at.IsZero() {
			at, _ = when(m.AnswerTime, d)
		}
		p.Answers = []huiying.Answer{{Org: string(m.AnswerOrganization), At: at, Text: words}}
	}
	p.Status = status.Of(string(m.StateInfo), nil)
	if p.Status == "" && len(p.Answers) > 0 {
		p.Status = huiying.StatusAnswered
	}
	return p, true
}

func when(s loose, d crawler.Document) (time.Time, string) {
	t, precision, ok := text.ParseTime(string(s), d.FetchedAt, d.Zone)
	if !ok {
		return time.Time{}, ""
	}
	return t, precision
}

// rank is the number of a message, which grows with every new one.
func rank(p huiying.Post) int64 {
	n, err := strconv.ParseInt(strings.TrimPrefix(p.ID, "portal:"+host+"/l"), 10, 64)
	if err != nil {
		return 0
	}
	return n
}

// newestFirst puts the page in the order of its watermark.
func newestFirst(posts []huiying.Post) {
	slices.SortStableFunc(posts, func(a, b huiying.Post) int { return int(min(max(rank(b)-rank(a), -1), 1)) })
}
