package crawler

import (
	"bytes"
	"fmt"
	"net/http"

	"huiying/crawler/charset"
	"huiying/crawler/wall"
)

// Decode gives a body as valid UTF-8 without NUL, and the name of the charset
// it was read by: a byte order mark, then valid UTF-8, then GB18030, and only
// where that gives rubbish what contentType, a meta tag or an XML prolog
// declares. It never fails. The result may share memory with body.
func Decode(body []byte, contentType string) (utf8 []byte, name string) {
	return charset.Decode(body, contentType)
}

// longURL is from where on a 414 is about the address and not about us.
const longURL = 2048

// statusClass is what a status alone means.
type statusClass struct {
	from, to int
	answer   Answer
	decides  bool // nothing in the body can change it
}

// statusClasses lists the statuses; the first row that holds is taken. 432 is
// m.weibo.cn's refusal of a client, 418 and 414 are blocks of an address for
// hours. 304 says that what was read before still stands: an answer.
func statusClasses() []statusClass {
	return []statusClass{
		{http.StatusNotModified, http.StatusNotModified, AnswerEmpty, true}, // as it was
		{432, 432, AnswerBlocked, true},
		{418, 418, AnswerRateLimited, true},
		{429, 429, AnswerRateLimited, true},
		{401, 401, AnswerLoginWall, false},
		{404, 404, AnswerDeleted, false},
		{410, 410, AnswerDeleted, false},
		{408, 408, AnswerMaintenance, false},
		{451, 451, AnswerBlocked, false},
		{400, 499, AnswerForbidden, false},
		{500, 599, AnswerMaintenance, false},
		{300, 399, AnswerMalformed, false},
	}
}

func byStatus(status int, finalURL string) statusClass {
	if status == http.StatusRequestURITooLong && len(finalURL) < longURL {
		return statusClass{answer: AnswerRateLimited, decides: true}
	}
	for _, c := range statusClasses() {
		if status >= c.from && status <= c.to {
			return c
		}
	}
	if status < 200 || status > 299 {
		return statusClass{answer: AnswerMalformed, decides: true}
	}
	return statusClass{answer: AnswerOK}
}

// Classify names the class of a response: by statuses that say it all, by the
// host it ended at, by a JSON envelope, by the texts of block, login and
// maintenance pages (after decoding), and else by status. detail is what gave
// the class away, for the coverage ledger; it is never content. A status of 0
// means a saved response and counts as 200. Classify looks at the form only:
// an answer of AnswerOK may still turn out empty or malformed to the surface's
// parser. Names of captcha products on a page mean nothing, since normal pages
// carry them.
func Classify(status int, finalURL string, header http.Header, body []byte) (answer Answer, detail string) {
	return classify(status, finalURL, func() []byte {
		decoded, _ := Decode(body, header.Get("Content-Type"))
		return decoded
	})
}

// classify decodes the body only where the status leaves anything open.
func classify(status int, finalURL string, body func() []byte) (answer Answer, detail string) {
	if status == 0 {
		status = http.StatusOK
	}
	class := byStatus(status, finalURL)
	said := fmt.Sprintf("HTTP %d", status)
	if class.decides {
		return class.answer, said
	}
	if class, host := wall.Gate(finalURL); class != "" {
		return Answer(class), host
	}
	text := body()
	met, why := wall.Read(text)
	if a := Answer(met); a != "" && (!a.Answered() || class.answer == AnswerOK || a == AnswerDeleted) {
		return a, why
	}
	if class.answer == AnswerOK && len(bytes.TrimSpace(text)) == 0 {
		return AnswerMalformed, said + " without a body"
	}
	if class.answer == AnswerOK {
		return AnswerOK, ""
	}
	return class.answer, said
}
