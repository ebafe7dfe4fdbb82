package web_test

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"huiying/internal/report/annual"
)

// column is the form of a column of the table of applications, as it is sent.
func column(read, cell string, values map[string]string) url.Values {
	form := url.Values{"read": {read}, "reason": {"按台账补录"}}
	keys := []string{"apply.new", "apply.carried"}
	for _, r := range annual.Results() {
		keys = append(keys, r.ID)
	}
	for _, key := range append(keys, "apply.next") {
		form["key"] = append(form["key"], key+"/"+cell)
		value := values[key]
		if value == "" {
			value = "0"
		}
		form["value"] = append(form["value"], value)
	}
	return form
}

var readUpTo = regexp.MustCompile(`name="read" value="([0-9]+)"`)

// A number is entered and corrected with a reason that stays in the log; what is
// none, what breaks the table and what somebody else changed meanwhile is
// refused, and nothing of it kept.
func TestDisclosureRegister(t *testing.T) {
	s := newSeeded(t)
	b := s.as("officer")
	edit := "/disclosure?year=2025&edit=plans.made"
	read := func() string { return readUpTo.FindStringSubmatch(b.get(edit).body)[1] }
	if body := b.get("/disclosure?year=2025").body; !strings.Contains(body, "未填") || !strings.Contains(body, "制定实施方案") || !strings.Contains(body, "按 2021 年格式") || strings.Contains(body, `name="read"`) {
		t.Error("the year does not say what is missing, or asks for what nobody chose")
	}
	stale := read()
	one := func(read, value, reason string) url.Values {
		return url.Values{"read": {read}, "key": {"plans.made"}, "value": {value}, "note": {"7月和9月"}, "reason": {reason}}
	}
	for name, bad := range map[string]url.Values{"no reason": one(stale, "2", " "), "no number": one(stale, "两个", "补录"), "no whole": one(stale, "2.5", "补录"), "nothing": one(stale, "", "补录")} {
		if res := b.post(edit, bad); res.status != http.StatusUnprocessableEntity {
			t.Errorf("%s: %d", name, res.status)
		}
	}
	if res := b.post(edit, one(stale, "2", "按方案原件补录")); res.status != http.StatusSeeOther {
		t.Fatalf("%d %s", res.status, res.body)
	}
	if body := b.get("/disclosure?year=2025").body; !strings.Contains(body, "<b>2</b> 个") || !strings.Contains(body, "按方案原件补录") || !strings.Contains(body, "7月和9月") || !strings.Contains(body, `href="/disclosure?year=2025"`) {
		t.Error("what was entered, its note or its reason is not shown")
	}
	if res := s.as("manager").post(edit, one(stale, "3", "更正")); res.status != http.StatusConflict {
		t.Errorf("over what somebody else entered: %d", res.status)
	}
	if res := s.as("manager").post(edit, one(read(), "3", "更正")); res.status != http.StatusSeeOther {
		t.Errorf("a correction: %d", res.status)
	}
	if body := b.get("/disclosure?year=2025").body; !strings.Contains(body, "2 → 3") {
		t.Error("a correction does not say what it was")
	}
	s.columns(t, b, read)
	if res := s.as("reviewer").get(edit); res.status != http.StatusOK || strings.Contains(res.body, `name="read"`) {
		t.Errorf("a reviewer may enter: %d", res.status)
	}
	for who, want := range map[string]int{"reviewer": http.StatusForbidden, "hall": http.StatusForbidden} {
		if res := s.as(who).post(edit, one(read(), "4", "更正")); res.status != want {
			t.Errorf("%s enters: %d", who, res.status)
		}
	}
}

// columns: one that comes out even is kept, one that does not is refused by name.
func (s *seeded) columns(t *testing.T, b *browser, read func() string) {
	t.Helper()
	at := "/disclosure?year=2025&column=legal"
	if res := b.post(at, column(read(), "legal", map[string]string{"apply.new": "5", "apply.carried": "2", "result.disclosed": "4", "result.partly": "1", "apply.next": "2"})); res.status != http.StatusSeeOther {
		t.Fatalf("an even column: %d %s", res.status, res.body)
	}
	if body := b.get("/disclosure?year=2025").body; !strings.Contains(body, "平衡：7 = 7") {
		t.Error("the identity is not shown")
	}
	res := b.post(at, column(read(), "legal", map[string]string{"apply.new": "6", "apply.carried": "2", "result.disclosed": "4", "result.partly": "1", "apply.next": "2"}))
	if res.status != http.StatusConflict || !strings.Contains(res.body, "法律服务机构") || !strings.Contains(res.body, "8 与 7") || !strings.Contains(res.body, `value="6"`) {
		t.Errorf("an uneven column: %d, or it is not named, or what was typed is lost", res.status)
	}
	if one := b.post("/disclosure?year=2025&edit=x", url.Values{"read": {read()}, "key": {"apply.new/legal"}, "value": {"9"}, "reason": {"更正"}}); one.status != http.StatusConflict || !strings.Contains(one.body, "法律服务机构") {
		t.Errorf("one number that breaks a column: %d", one.status)
	}
	if body := b.get("/disclosure?year=2025").body; !strings.Contains(body, "平衡：7 = 7") {
		t.Error("what was refused was kept")
	}
}
