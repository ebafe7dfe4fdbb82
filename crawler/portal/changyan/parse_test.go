package changyan_test

import (
	"testing"

	"huiying/crawler"
	"huiying/crawler/portal/changyan"
	"huiying/crawler/surfacetest"
)

func document(body string) crawler.Document {
	return crawler.Document{Body: []byte(body), FetchedAt: surfacetest.Fetched(), Zone: surfacetest.Zone(), Source: surfacetest.Source}
}

func parse(tb testing.TB, d crawler.Document) crawler.Parsed {
	tb.Helper()
	got, err := changyan.Parse(d)
	if err != nil {
		tb.Fatal(err)
	}
	return got
}

// surfaces is the one surface of this package.
func surfaces() map[string]crawler.Parse {
	return map[string]crawler.Parse{"portal.changyan": changyan.Parse}
}

func TestGoldens(t *testing.T) {
	const address = "https://x.example/?topic_url=https%3A%2F%2Fnews.linhe.example%2F1.html"
	surfacetest.Goldens(t, surfaces(), [][3]string{
		{"comments.json", "portal.changyan", address},
	})
}

func FuzzParse(f *testing.F) { surfacetest.Fuzz(f, surfaces()) }

func TestAnswers(t *testing.T) {
	for body, want := range map[string]crawler.Answer{
		``:                             crawler.AnswerMalformed,
		`{"topic_id":1,"cmt_sum":0}`:   crawler.AnswerEmpty,
		`{"topic_id":1,"comments":[]}`: crawler.AnswerEmpty,
		`cb({"comments":[{"comment_id":1,"content":"好"}]})`:  crawler.AnswerOK,
		`{"error_code":10207,"error_msg":"topic not found"}`: crawler.AnswerDeleted,
		`{"error_code":10001,"error_msg":"bad client"}`:      crawler.AnswerForbidden,
		`{"other":1}`: crawler.AnswerMalformed,
		`<html><title>访问受限</title><body>访问受限</body></html>`: crawler.AnswerBlocked,
	} {
		if got := parse(t, document(body)); got.Answer != want {
			t.Errorf("%s: %s, want %s", body, got.Answer, want)
		}
	}
}
