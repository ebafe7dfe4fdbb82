package tieba

import (
	"regexp"
	"time"

	"github.com/PuerkitoBio/goquery"

	"huiying/crawler"
	"huiying/crawler/forum/board"
)

// tail is the line under a floor: IP属地:宁夏 · 2楼 · 2026-11-20 09:12.
type tail struct {
	floor     string
	region    string
	at        time.Time
	precision string
}

var floorForm = regexp.MustCompile(`^(\d+)楼$`)

func tailOf(s *goquery.Selection, d crawler.Document) tail {
	var t tail
	line := s.Find(".core_reply_tail, .post-tail-wrap").First()
	line.Find("span").Each(func(_ int, e *goquery.Selection) {
		said := board.Line(e)
		if m := floorForm.FindStringSubmatch(said); m != nil {
			t.floor = m[1]
			return
		}
		if r := board.Region(said); r != "" && t.region == "" {
			t.region = r
			return
		}
		if at, precision := board.Time(said, d); !at.IsZero() && t.at.IsZero() {
			t.at, t.precision = at, precision
		}
	})
	return t
}
