package web_test

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"huiying"
	"huiying/internal/web/api"
)

// call asks the API and reads the answer into out.
func (b *browser) call(method, path string, in, out any) answer {
	b.t.Helper()
	var body bytes.Buffer
	if in != nil {
		if err := json.NewEncoder(&body).Encode(in); err != nil {
			b.t.Fatal(err)
		}
	}
	r, err := http.NewRequestWithContext(b.t.Context(), method, b.base+path, &body)
	if err != nil {
		b.t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	res := b.do(r)
	if out != nil {
		if err := json.Unmarshal([]byte(res.body), out); err != nil {
			b.t.Fatalf("%s %s: %d %s: %v", method, path, res.status, res.body, err)
		}
	}
	return res
}

type failure struct {
	Code, Message string
	RequestID     string `json:"request_id"`
}

func TestOpenAPI(t *testing.T) {
	w := newWorld(t)
	var doc struct {
		OpenAPI string `json:"openapi"`
		Paths   map[string]map[string]struct {
			OperationID string                     `json:"operationId"`
			Summary     string                     `json:"summary"`
			Responses   map[string]json.RawMessage `json:"responses"`
		} `json:"paths"`
	}
	if res := w.as("").call(http.MethodGet, "/api/v1/openapi.json", nil, &doc); res.status != http.StatusOK {
		t.Fatalf("%d", res.status)
	}
	if !strings.HasPrefix(doc.OpenAPI, "3.1") {
		t.Errorf("version %s", doc.OpenAPI)
	}
	for _, row := range api.Rows() {
		op, ok := doc.Paths[row.Path][strings.ToLower(row.Method)]
		if !ok || op.OperationID != row.ID || op.Summary == "" || strings.HasPrefix(op.Summary, "web.api.") {
			t.Errorf("%s %s is not described: %+v", row.Method, row.Path, op)
		}
		if !strings.Contains(string(op.Responses["default"]), "Failure") {
			t.Errorf("%s: the form of its errors is not described: %s", row.ID, op.Responses["default"])
		}
	}
}

func TestAPISession(t *testing.T) {
	w := newWorld(t)
	w.must(w.users.SetPassword(t.Context(), "officer", password))
	b := w.as("")
	var bad failure
	if res := b.call(http.MethodPost, "/api/v1/session", map[string]string{"id": "officer", "password": "wrong"}, &bad); res.status != http.StatusUnauthorized || bad.Code != "unauthorized" {
		t.Errorf("%d %+v", res.status, bad)
	}
	var in struct{ Token string }
	if res := b.call(http.MethodPost, "/api/v1/session", map[string]string{"id": "officer", "password": password}, &in); res.status != http.StatusOK || in.Token == "" {
		t.Fatalf("%d", res.status)
	}
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, b.base+"/api/v1/me", nil)
	w.must(err)
	r.Header.Set("Authorization", "Bearer "+in.Token)
	if res := b.do(r); res.status != http.StatusOK || !strings.Contains(res.body, `"id":"officer"`) {
		t.Errorf("%d %s", res.status, res.body)
	}
	r, err = http.NewRequestWithContext(t.Context(), http.MethodDelete, b.base+"/api/v1/session", nil)
	w.must(err)
	r.Header.Set("Authorization", "Bearer "+in.Token)
	if res := b.do(r); res.status != http.StatusNoContent {
		t.Errorf("signing out: %d", res.status)
	}
	r, err = http.NewRequestWithContext(t.Context(), http.MethodGet, b.base+"/api/v1/me", nil)
	w.must(err)
	r.Header.Set("Authorization", "Bearer "+in.Token)
	if res := b.do(r); res.status != http.StatusUnauthorized {
		t.Errorf("after signing out: %d", res.status)
	}
}

func TestAPICases(t *testing.T) {
	s := newSeeded(t)
	officer, hall := s.as("officer"), s.as("hall")
	var list struct {
		Cases []huiying.Case
		Total int
		Next  string
	}
	officer.call(http.MethodGet, "/api/v1/cases?state=awaiting_ack&state=in_review", nil, &list)
	if list.Total != 3 || len(list.Cases) != 3 {
		t.Errorf("%d cases", list.Total)
	}
	if raw := officer.get("/api/v1/cases").body; !strings.Contains(raw, "+08:00") || strings.Contains(raw, `2026-11-23T00`) {
		t.Error("times are not in the office's zone")
	}
	officer.call(http.MethodGet, "/api/v1/cases?limit=2", nil, &list)
	first := slices.Clone(list.Cases)
	officer.call(http.MethodGet, "/api/v1/cases?limit=2&before="+list.Next, nil, &list)
	if len(first) != 2 || len(list.Cases) != 2 || first[1].No <= list.Cases[0].No {
		t.Errorf("pages overlap: %v %v", first, list.Cases)
	}
	officer.call(http.MethodGet, "/api/v1/cases?sort=due", nil, &list)
	if list.Cases[0].No != s.overdue {
		t.Errorf("%s presses more than the overdue one", list.Cases[0].No)
	}
	var full struct {
		Case    huiying.Case
		Steps   []huiying.Step
		Texts   map[string]string
		Posts   []map[string]any
		Actions []struct {
			Action  string
			Allowed bool
			Why     string
		}
	}
	hall.call(http.MethodGet, "/api/v1/cases/"+s.review, nil, &full)
	i := slices.IndexFunc(full.Actions, func(a struct {
		Action  string
		Allowed bool
		Why     string
	},
	) bool {
		return a.Action == "approve"
	})
	if len(full.Steps) != 4 || len(full.Posts) != 1 || full.Texts[full.Case.Draft.Digest] != reply || i < 0 || full.Actions[i].Allowed || full.Actions[i].Why == "" {
		t.Errorf("%+v", full)
	}
	var one struct{ Case huiying.Case }
	res := hall.call(http.MethodPost, "/api/v1/cases/"+s.fresh+"/actions", map[string]any{"action": "ack", "version": 0}, &one)
	if res.status != http.StatusOK || one.Case.State != huiying.StateHandling {
		t.Errorf("%d %+v", res.status, one)
	}
	var f failure
	for _, c := range []struct {
		who    *browser
		body   map[string]any
		status int
		code   string
	}{
		{hall, map[string]any{"action": "ack"}, 409, "conflict"},
		{hall, map[string]any{"action": "submit", "version": 1, "fields": map[string]string{"text": "x"}}, 409, "conflict"},
		{hall, map[string]any{"action": "submit", "fields": map[string]string{}}, 422, "invalid"},
		{hall, map[string]any{"action": "submit", "odd": 1}, 422, "invalid"},
		{hall, map[string]any{"action": "regrade", "fields": map[string]string{"level": "red", "reason": "x"}}, 403, "forbidden"},
		{officer, map[string]any{"action": "burn"}, 422, "invalid"},
	} {
		res := c.who.call(http.MethodPost, "/api/v1/cases/"+s.fresh+"/actions", c.body, &f)
		if res.status != c.status || f.Code != c.code || f.Message == "" || f.RequestID == "" {
			t.Errorf("%v: %d %+v", c.body, res.status, f)
		}
	}
	if res := officer.call(http.MethodGet, "/api/v1/cases/HY20000101-0001", nil, &f); res.status != 404 || f.Code != "not_found" {
		t.Errorf("%d %+v", res.status, f)
	}
	if res := officer.call(http.MethodGet, "/api/v1/nothing", nil, &f); res.status != 404 || f.Code != "not_found" {
		t.Errorf("%d %+v", res.status, f)
	}
}

func TestAPITriage(t *testing.T) {
	s := newSeeded(t)
	officer := s.as("officer")
	var inbox struct {
		Cases []huiying.Case
		Posts []struct {
			Post struct{ ID string } `json:"post"`
		}
		Total int
	}
	officer.call(http.MethodGet, "/api/v1/inbox", nil, &inbox)
	if len(inbox.Cases) != 1 || inbox.Total != 1+len(inbox.Posts) {
		t.Errorf("%+v", inbox)
	}
	var one struct{ Case huiying.Case }
	res := officer.call(http.MethodPost, "/api/v1/inbox/open", map[string]string{"post": s.post, "unit": "u-hrss"}, &one)
	if res.status != http.StatusOK || one.Case.State != huiying.StateAwaitingAck || one.Case.Unit != "u-hrss" {
		t.Errorf("%d %+v", res.status, one.Case)
	}
	if res := officer.call(http.MethodPost, "/api/v1/inbox/aside", map[string]string{"post": s.private, "reason": "watch"}, nil); res.status != http.StatusNoContent {
		t.Errorf("%d %s", res.status, res.body)
	}
	var f failure
	if res := officer.call(http.MethodPost, "/api/v1/inbox/aside", map[string]string{"post": s.post, "reason": "watch"}, &f); res.status != http.StatusConflict {
		t.Errorf("a post with a case was set aside: %d", res.status)
	}
	if res := officer.call(http.MethodPost, "/api/v1/inbox/aside", map[string]string{"post": s.private, "reason": "bored"}, &f); res.status != http.StatusUnprocessableEntity || f.Code != "invalid" {
		t.Errorf("%d %+v", res.status, f)
	}
	after := inbox.Total
	officer.call(http.MethodGet, "/api/v1/inbox", nil, &inbox)
	if inbox.Total != after-2 {
		t.Errorf("%d left of %d", inbox.Total, after)
	}
}

func TestAPIReads(t *testing.T) {
	s := newSeeded(t)
	officer := s.as("officer")
	var posts struct {
		Posts []map[string]any
		Next  int64
		Total int
	}
	officer.call(http.MethodGet, "/api/v1/posts?level=red&level=orange", nil, &posts)
	if posts.Total != 8 {
		t.Errorf("%d red and orange posts", posts.Total)
	}
	officer.call(http.MethodGet, "/api/v1/posts?limit=5", nil, &posts)
	next := posts.Next
	officer.call(http.MethodGet, "/api/v1/posts?limit=5&before="+itoa(int(next)), nil, &posts)
	if next == 0 || posts.Next >= next {
		t.Errorf("pages: %d then %d", next, posts.Next)
	}
	var one struct {
		Post      map[string]any
		Revisions []map[string]any
	}
	if res := officer.call(http.MethodGet, "/api/v1/posts/"+url.PathEscape(s.post), nil, &one); res.status != 200 || len(one.Revisions) != 1 || one.Post["level"] != "yellow" {
		t.Errorf("%d %+v", res.status, one)
	}
	var alerts struct {
		Alerts []map[string]any
		Total  int
	}
	officer.call(http.MethodGet, "/api/v1/alerts?open=true", nil, &alerts)
	if alerts.Total != 3 {
		t.Errorf("%d open alerts", alerts.Total)
	}
	s.as("hall").call(http.MethodGet, "/api/v1/alerts?mine=true", nil, &alerts)
	if alerts.Total != 5 {
		t.Errorf("%d alerts of hall", alerts.Total)
	}
	var sources struct{ Sources []map[string]any }
	officer.call(http.MethodGet, "/api/v1/sources", nil, &sources)
	if len(sources.Sources) != 5 || sources.Sources[0]["state"] != "login-needed" || sources.Sources[0]["reason"] == "" {
		t.Errorf("%v", sources.Sources)
	}
	var sum map[string]any
	s.as("admin").call(http.MethodGet, "/api/v1/metrics/summary", nil, &sum)
	if len(sum["hours"].([]any)) != 24 {
		t.Errorf("%v", sum)
	}
	var users struct{ Users []map[string]any }
	if res := s.as("admin").call(http.MethodGet, "/api/v1/users", nil, &users); len(users.Users) != 7 || strings.Contains(res.body, "argon2") || strings.Contains(res.body, "password_hash") {
		t.Errorf("%s", res.body)
	}
}
