package site

import (
	"huiying/crawler"
)

// decoded is the document as UTF-8.
func decoded(d crawler.Document) string {
	body := d.Text()
	return string(body)
}

// refusedPage says what a page is that is no content: a login, block or
// maintenance page. It is "" for all others.
func refusedPage(d crawler.Document) crawler.Answer {
	if len(d.Body) == 0 {
		return crawler.AnswerMalformed
	}
	if answer, _ := crawler.Classify(200, d.URL, nil, d.Body); !answer.Answered() && answer != crawler.AnswerMalformed {
		return answer
	}
	return ""
}
