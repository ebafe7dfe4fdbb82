package desktop

import (
	"crypto/sha256"
	"encoding/hex"
	"net/url"
	"strings"
	"time"

	"huiying"
	"huiying/crawler"
	"huiying/crawler/text"
	"huiying/crawler/weibo/status"
)

// hot is one line of the hot searches.
type hot struct {
	Word    status.Word  `json:"word"`
	Scheme  status.Word  `json:"word_scheme"` // "#word#" for a topic, else the word
	Name    status.Word  `json:"name"`
	Heat    status.Count `json:"num"`
	Onboard status.Word  `json:"onboard_time"` // unix seconds
	Ad      status.Flag  `json:"is_ad"`
	AdToo   status.Word  `json:"topic_ad"`
	Label   status.Word  `json:"label_name"` // 商 marks what was paid for
}

// ReadHot reads an answer of side/hotSearch: what the site pins on top first,
// then the list in its order.
func ReadHot(d crawler.Document) status.Page {
	e, answer := status.Open(d)
	if answer != crawler.AnswerOK {
		return e.None(answer)
	}
	var data struct {
		Realtime status.Raw `json:"realtime"`
		Pinned   status.Raw `json:"hotgov"`
		Pins     status.Raw `json:"hotgovs"`
	}
	if !status.Object(e.Data, &data) || len(data.Realtime) == 0 || data.Realtime[0] != '[' {
		return status.Page{Answer: crawler.AnswerMalformed}
	}
	var list []status.Entry
	for _, raw := range append(append(objects(data.Pinned), objects(data.Pins)...), status.List(data.Realtime)...) {
		var h hot
		if status.Object(raw, &h) && !h.paid() {
			list = append(list, h.entries(d)...)
		}
	}
	return status.Full(list, "", 0)
}

func (h hot) paid() bool {
	return bool(h.Ad) || h.Label == "商" || (h.AdToo != "" && h.AdToo != "0")
}

func (h hot) entries(d crawler.Document) []status.Entry {
	shown := ""
	for _, w := range []status.Word{h.Scheme, h.Word, h.Name} {
		if shown = text.Plain(string(w)); shown != "" {
			break
		}
	}
	word := bare(shown)
	if word == "" {
		return nil
	}
	p := huiying.Post{
		ID: HotID(word), Source: d.Source, Platform: huiying.PlatformWeibo, Kind: huiying.KindThread,
		URL:   "https://s.weibo.com/weibo?q=" + url.QueryEscape(shown),
		Title: word, Text: shown, Author: huiying.Author{Verified: status.VerifiedNone}, CollectedAt: d.FetchedAt,
		Engagement: huiying.Engagement{Views: h.Heat.N, AtLeast: h.Heat.Floor},
	}
	if n := status.Number(string(h.Onboard)); n > 0 {
		if t, precision, ok := text.ParseTime(string(h.Onboard), d.FetchedAt, d.Zone); ok {
			p.PublishedAt, p.PublishedPrecision = t.Truncate(time.Second), precision
		}
	}
	return []status.Entry{{Post: p}}
}

// bare is a hot word without the marks of a topic.
func bare(word string) string { return strings.TrimSpace(strings.Trim(strings.TrimSpace(word), "#")) }

// HotID is the id of a hot search of this word, with or without # marks.
func HotID(word string) string {
	sum := sha256.Sum256([]byte(bare(word)))
	return "weibo:hot/" + hex.EncodeToString(sum[:8])
}
