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

// evidenceDesk has one page.
type evidenceDesk struct {
	opened []query.ProofOpening
	fail   error
}

func (d *evidenceDesk) Proofs(context.Context, string, string) ([]query.Proof, error) {
	return []query.Proof{{Name: "sha256:" + strings.Repeat("ab", 32), URL: "https://m.weibo.cn/detail/1"}, {Gone: true, Name: "sha256:" + strings.Repeat("cd", 32)}, {}}, nil
}

func (d *evidenceDesk) Openings(context.Context, string) (out []query.Opened, err error) {
	for _, o := range d.opened {
		out = append(out, query.Opened{By: o.Actor.ID, Detail: o.Reason})
	}
	return out, nil
}

func (d *evidenceDesk) Open(_ context.Context, o query.ProofOpening) (query.Page, error) {
	if d.fail != nil {
		return query.Page{}, d.fail
	}
	d.opened = append(d.opened, o)
	list, _ := d.Proofs(context.Background(), "", "")
	return query.Page{Proof: list[0], Raw: []byte("<script>alert(1)</script>原文"), Text: "<script>alert(1)</script>原文"}, nil
}

// Evidence is opened by a POST with a reason, shown as text that nothing runs,
// and given out as a file that no browser opens.
func TestEvidencePage(t *testing.T) {
	s := newSeeded(t)
	officer := s.as("officer")
	path := "/evidence/" + s.handling + "/weibo:1"
	page := officer.get(path)
	if page.status != http.StatusOK || strings.Contains(page.body, "原文</pre>") || len(s.evidence.opened) > 0 {
		t.Fatalf("GET: %d, opened %v", page.status, s.evidence.opened)
	}
	for _, want := range []string{"立案前已超过留存期", "采集时未能留存", "打开证据"} {
		if !strings.Contains(page.body, want) {
			t.Errorf("the page lacks %s", want)
		}
	}
	shown := officer.post(path, url.Values{"reason": {"核对原文"}})
	if shown.status != http.StatusOK || !strings.Contains(shown.body, "&lt;script&gt;alert(1)&lt;/script&gt;原文") || strings.Contains(shown.body, "<script>alert(1)") {
		t.Errorf("shown: %d", shown.status)
	}
	if o := s.evidence.opened; len(o) != 1 || o[0].Reason != "核对原文" || o[0].CaseNo != s.handling || o[0].Post != "weibo:1" || o[0].Actor.ID != "officer" || !strings.Contains(shown.body, "核对原文") {
		t.Errorf("noted: %+v", o)
	}
	file := officer.post(path, url.Values{"reason": {"取证"}, "file": {"1"}})
	if file.header.Get("Content-Type") != "application/octet-stream" || !strings.HasPrefix(file.header.Get("Content-Disposition"), "attachment") || !strings.Contains(file.body, "原文") {
		t.Errorf("file: %v", file.header)
	}
	s.evidence.fail = huiying.Errorf(huiying.Invalid, "evidence.reason")
	if res := officer.post(path, nil); res.status < 400 || !strings.Contains(res.body, "须写明原因") {
		t.Errorf("without a reason: %d", res.status)
	}
	if res := s.as("admin").get(path); res.status != http.StatusForbidden {
		t.Errorf("an administrator who works on no case: %d", res.status)
	}
}
