package web_test

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"huiying"
	"huiying/internal/query"
)

// publishers stand for the official interfaces: one post can be answered, and
// one attempt is unclear.
type publishers struct {
	asked   []query.NewPosting
	settled []query.PostingVerdict
	refuse  error
}

func (p *publishers) Publishing(_ context.Context, page query.CasePage) (out query.Publishing, err error) {
	if page.Case.State != huiying.StateApproved {
		return out, nil
	}
	out.Posts = []huiying.Post{{ID: page.Case.Posts[0], Platform: "weibo", URL: "https://example.org/1"}}
	out.Postings = []huiying.Posting{{
		ID: "o-1", CaseNo: page.Case.No, Post: page.Case.Posts[0], Platform: "weibo", By: "hall", State: huiying.PostingUnclear,
		Why: "<b>结果不明</b>", BeganAt: page.Case.Approved.At,
	}}
	return out, nil
}

func (p *publishers) Publish(_ context.Context, n query.NewPosting) (huiying.Case, error) {
	p.asked = append(p.asked, n)
	return huiying.Case{No: n.CaseNo}, p.refuse
}

func (p *publishers) Settle(_ context.Context, v query.PostingVerdict) (huiying.Case, error) {
	p.settled = append(p.settled, v)
	return huiying.Case{No: v.CaseNo}, nil
}

// The page offers what can be published, shows what is unclear, and gives who
// asks, from where and what was seen on to the desk; so does the API.
func TestPublishing(t *testing.T) {
	s := newSeeded(t)
	b := s.as("hall")
	page := b.get("/cases/" + s.approved)
	for _, want := range []string{"官方接口发布", "发布到微博", "结果不明", "&lt;b&gt;", "/postings/o-1", "没有发出"} {
		if !strings.Contains(page.body, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	if other := b.get("/cases/" + s.handling); strings.Contains(other.body, "官方接口发布") {
		t.Error("a case without approved words offers to publish")
	}
	if res := b.post("/cases/"+s.approved+"/postings", url.Values{"post": {"weibo:1"}, "version": {"6"}}); res.status != http.StatusSeeOther {
		t.Errorf("publish: %d %s", res.status, res.body)
	}
	if res := b.post("/cases/"+s.approved+"/postings", url.Values{"post": {"weibo:1"}}); res.status != http.StatusUnprocessableEntity {
		t.Errorf("without the version it was seen at: %d", res.status)
	}
	if res := b.post("/cases/"+s.approved+"/postings/o-1", url.Values{"saw": {"not-out"}}); res.status != http.StatusSeeOther {
		t.Errorf("settle: %d %s", res.status, res.body)
	}
	if res := b.post("/cases/"+s.approved+"/postings/o-1", url.Values{}); res.status != http.StatusUnprocessableEntity {
		t.Errorf("settle without a word: %d", res.status)
	}
	p := &s.publishing
	if len(p.asked) != 1 || p.asked[0].Actor.ID != "hall" || p.asked[0].Version != 6 || p.asked[0].Scope.Unit != "u-hall" || p.asked[0].From.Address == "" {
		t.Errorf("%+v", p.asked)
	}
	if len(p.settled) != 1 || p.settled[0].ID != "o-1" || p.settled[0].Out {
		t.Errorf("%+v", p.settled)
	}
	p.refuse = huiying.Errorf(huiying.Conflict, "posting.once", s.approved)
	if res := b.post("/cases/"+s.approved+"/postings", url.Values{"post": {"weibo:1"}, "version": {"6"}}); res.status != http.StatusConflict || !strings.Contains(res.body, "不再重复发布") {
		t.Errorf("refused: %d", res.status)
	}
	p.refuse = nil
	var list struct {
		Postings []huiying.Posting
		Posts    []string
	}
	b.call(http.MethodGet, "/api/v1/cases/"+s.approved+"/postings", nil, &list)
	if len(list.Postings) != 1 || len(list.Posts) != 1 || list.Postings[0].BeganAt.IsZero() {
		t.Errorf("%+v", list)
	}
	b.call(http.MethodPost, "/api/v1/cases/"+s.approved+"/postings/o-1", map[string]any{"out": true}, nil)
	b.call(http.MethodPost, "/api/v1/cases/"+s.approved+"/postings", map[string]any{"post": "weibo:1"}, nil)
	if len(p.settled) != 2 || !p.settled[1].Out || len(p.asked) != 3 {
		t.Errorf("%+v %+v", p.settled, p.asked)
	}
}
