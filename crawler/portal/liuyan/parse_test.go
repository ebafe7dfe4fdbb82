package liuyan_test

import (
	"testing"

	"huiying/crawler"
	"huiying/crawler/portal/liuyan"
	"huiying/crawler/surfacetest"
)

func document(body string) crawler.Document {
	return crawler.Document{Body: []byte(body), FetchedAt: surfacetest.Fetched(), Zone: surfacetest.Zone(), Source: surfacetest.Source}
}

func parse(tb testing.TB, d crawler.Document) crawler.Parsed {
	tb.Helper()
	got, err := liuyan.Parse(d)
	if err != nil {
		tb.Fatal(err)
	}
	return got
}

// surfaces is the one surface of this package.
func surfaces() map[string]crawler.Parse {
	return map[string]crawler.Parse{"portal.liuyan": liuyan.Parse}
}

func TestGoldens(t *testing.T) {
	const address = "https://x.example/?topic_url=https%3A%2F%2Fnews.linhe.example%2F1.html"
	surfacetest.Goldens(t, surfaces(), [][3]string{
		{"threads.json", "portal.liuyan", address},
		{"signed.json", "portal.liuyan", address},
	})
}

func FuzzParse(f *testing.F) { surfacetest.Fuzz(f, surfaces()) }

func TestAnswers(t *testing.T) {
	for body, want := range map[string]crawler.Answer{
		``:                                       crawler.AnswerMalformed,
		`{"result":"success","responseData":[]}`: crawler.AnswerEmpty,
		`{"result":"success","responseData":null}`:          crawler.AnswerEmpty,
		`{"result":"success","responseData":[{"tid":"x"}]}`: crawler.AnswerMalformed,
		`{"result":"error","resultDesc":"访问过于频繁"}`:          crawler.AnswerRateLimited,
		`{"result":"error","resultDesc":"签名错误"}`:            crawler.AnswerForbidden,
		`{"other":1}`: crawler.AnswerMalformed,
		`<html><title>访问受限</title><body>访问受限</body></html>`: crawler.AnswerBlocked,
	} {
		if got := parse(t, document(body)); got.Answer != want || len(got.Posts) > 0 {
			t.Errorf("%s: %s with %d posts, want %s", body, got.Answer, len(got.Posts), want)
		}
	}
}
