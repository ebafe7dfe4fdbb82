package web_test

import (
	"bytes"
	"encoding/base64"
	"mime/multipart"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"huiying"
	"huiying/internal/app/rota"
	"huiying/internal/store/definitions"
	"huiying/internal/store/duty"
	plan "huiying/notifier/duty"
	"huiying/notifier/ladder"
)

// newDutyDesk is the desk as the application wires it, with one roster by day
// and night.
func newDutyDesk(w *world) *rota.Desk {
	book := duty.New(w.store)
	return rota.NewDesk(rota.DeskOptions{
		Rosters: rota.New(book, w.zone, plan.Weekdays{}, w.clock), Book: book, Definitions: definitions.New(w.store), People: w.users.List,
		Channels: []string{"hook", "mail"}, Policies: ladder.DefaultPolicies(), Now: w.clock,
	})
}

func (s *seeded) roster() {
	s.t.Helper()
	s.must(s.duty.PutRoster(s.t.Context(), huiying.Roster{ID: "main", Name: "总值班", Layers: []huiying.RosterLayer{{
		ID: "desk", Name: "值班员", Start: "2026-11-23", Turn: huiying.TurnShift, People: []string{"officer", "hall", "manager"},
		Shifts: []huiying.RosterShift{{Name: "白班", From: "08:30", To: "18:00"}, {Name: "夜班", From: "18:00", To: "08:30"}},
	}}}, huiying.Actor{ID: "admin"}))
}

// The page says who is on duty now and where somebody cannot be told, and lets
// officers put another in the place.
func TestDutyPage(t *testing.T) {
	s := newSeeded(t)
	if body := s.as("officer").get("/duty").body; !strings.Contains(body, "还没有值班表") {
		t.Error("an office without a roster is not told what to do")
	}
	s.roster()
	b := s.as("officer")
	page := b.get("/duty")
	for _, want := range []string{"总值班", "现在值班", "周值班", "林主任 没有可用的联系方式", "值班员 夜班"} {
		if page.status != http.StatusOK || !strings.Contains(page.body, want) {
			t.Errorf("the page lacks %q (%d)", want, page.status)
		}
	}
	form := url.Values{
		"roster": {"main"}, "kind": {"override"}, "instead": {"manager"}, "who": {"hall2"}, "reason": {"出差"},
		"from": {"2026-11-24T08:30"}, "until": {"2026-11-24T18:00"},
	}
	if got := b.post("/duty", form); got.status != http.StatusSeeOther {
		t.Fatalf("an override: %d %s", got.status, got.body)
	}
	page = b.get("/duty")
	if !strings.Contains(page.body, "替 林主任") || !strings.Contains(page.body, "何同事 替 林主任") || !strings.Contains(page.body, "出差") {
		t.Error("the page does not show the override")
	}
	form.Set("reason", "")
	if got := b.post("/duty", form); got.status != http.StatusUnprocessableEntity || !strings.Contains(got.body, "请写明理由") {
		t.Errorf("without a reason: %d", got.status)
	}
	form.Set("reason", "出差")
	form.Set("instead", "hrss")
	if got := b.post("/duty", form); got.status != http.StatusUnprocessableEntity || !strings.Contains(got.body, "没有 hrss 的班") {
		t.Errorf("for somebody without a shift: %d", got.status)
	}
	if got := s.as("hall").post("/duty", form); got.status != http.StatusForbidden {
		t.Errorf("a responder changes the roster: %d", got.status)
	}
	if got := s.as("hall").get("/duty").body; strings.Contains(got, `name="reason"`) {
		t.Error("a responder is shown a form that is refused")
	}
	id := s.changes(1)[0].ID
	if got := b.post("/duty", url.Values{"withdraw": {id}}); got.status != http.StatusSeeOther {
		t.Errorf("taking it back: %d", got.status)
	}
	if got := b.post("/duty", url.Values{"withdraw": {id}}); got.status != http.StatusNotFound {
		t.Errorf("taking it back twice: %d", got.status)
	}
	s.changes(1)
}

// changes are the changes that are kept, which must be n.
func (s *seeded) changes(n int) []huiying.DutyChange {
	s.t.Helper()
	list, err := duty.New(s.store).Changes(s.t.Context())
	s.must(err)
	if len(list) != n {
		s.t.Fatalf("%d changes are kept, want %d", len(list), n)
	}
	return list
}

func table(t *testing.T, name, text string) (body *bytes.Buffer, contentType string) {
	t.Helper()
	body = &bytes.Buffer{}
	m := multipart.NewWriter(body)
	err := m.WriteField("roster", "main")
	if err == nil {
		part, failed := m.CreateFormFile("file", name)
		if err = failed; err == nil {
			_, err = part.Write([]byte(text))
		}
	}
	if err == nil {
		err = m.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	return body, m.FormDataContentType()
}

// A table is taken in whole or not at all, and each bad row is named.
func TestDutyTable(t *testing.T) {
	s := newSeeded(t)
	s.roster()
	b := s.as("admin")
	send := func(text string) answer {
		body, kind := table(t, "国庆.csv", text)
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, b.base+"/duty/table", body)
		s.must(err)
		req.Header.Set("Content-Type", kind)
		return b.do(req)
	}
	bad := send("日期,姓名\n2026-11-24,何同事\n2026-11-25,无名氏\n")
	if bad.status != http.StatusUnprocessableEntity || !strings.Contains(bad.body, "第 3 行") || !strings.Contains(bad.body, "无名氏") {
		t.Errorf("a bad row: %d", bad.status)
	}
	tables, err := duty.New(s.store).Tables(t.Context())
	s.must(err)
	if len(tables) != 0 {
		t.Error("half a table was taken in")
	}
	// As spreadsheets of offices save it: GB18030.
	if got := send("\xc8\xd5\xc6\xda,\xd0\xd5\xc3\xfb\n2026-11-24,\xba\xce\xcd\xac\xca\xc2\n"); got.status != http.StatusSeeOther {
		t.Errorf("a good table in GB18030: %d %s", got.status, got.body)
	}
	if body := b.get("/duty").body; !strings.Contains(body, "何同事") {
		t.Error("the table does not count")
	}
	if got := send("日期,姓名\n2026-11-20,何同事\n2026-11-25,何同事\n"); got.status != http.StatusSeeOther {
		t.Errorf("a month's table in its midst: %d %s", got.status, got.body)
	}
	tables, err = duty.New(s.store).Tables(t.Context())
	s.must(err)
	if rows := tables["main"]; len(rows) != 2 || rows[0].Date != "2026-11-24" || rows[1].Date != "2026-11-25" {
		t.Errorf("what is over was changed: %+v", rows)
	}
}

// Findings name cases of every unit: they are for those who can see to them.
func TestFindingsAreForThoseWhoCanSeeToThem(t *testing.T) {
	s := newSeeded(t)
	if _, err := duty.New(s.store).Find(t.Context(), huiying.DutyFinding{ID: "df-1", Kind: ladder.FindingStuck, Subject: "HY20261120-0009", FoundAt: s.clock()}); err != nil {
		t.Fatal(err)
	}
	for who, sees := range map[string]bool{"officer": true, "manager": true, "admin": true, "hall": false} {
		for _, path := range []string{"/duty", "/api/v1/duty"} {
			if got := strings.Contains(s.as(who).get(path).body, "HY20261120-0009"); got != sees {
				t.Errorf("%s sees the finding on %s: %v", who, path, got)
			}
		}
	}
}

func TestAPIDuty(t *testing.T) {
	s := newSeeded(t)
	s.roster()
	b := s.as("manager")
	var out struct {
		Rosters []struct {
			Now    []huiying.DutyShift
			Shifts []huiying.DutyShift
			Gaps   []huiying.DutyGap
		}
		Escalations []huiying.Ladder
	}
	res := b.call(http.MethodGet, "/api/v1/duty?days=2", nil, &out)
	if res.status != http.StatusOK || len(out.Rosters) != 1 || len(out.Rosters[0].Now) != 1 || out.Rosters[0].Now[0].Person != "officer" || len(out.Escalations) != 2 {
		t.Fatalf("%d %s", res.status, res.body)
	}
	if !strings.Contains(res.body, "+08:00") || strings.Contains(res.body, "null") {
		t.Errorf("times or lists are not as promised: %s", res.body)
	}
	gaps := out.Rosters[0].Gaps
	if len(gaps) != 1 || gaps[0].Kind != huiying.GapUnreachable || gaps[0].Person != "manager" {
		t.Errorf("gaps %+v", gaps)
	}
	var made struct{ Change huiying.DutyChange }
	swap := map[string]any{
		"roster": "main", "kind": "swap", "instead": "officer", "who": "hall", "reason": "家中有事",
		"from": "2026-11-23T15:00:00+08:00", "until": "2026-11-23T18:00:00+08:00",
		"back_from": "2026-11-23T18:00:00+08:00", "back_until": "2026-11-23T21:00:00+08:00",
	}
	if res := b.call(http.MethodPost, "/api/v1/duty/changes", swap, &made); res.status != http.StatusOK || made.Change.By != "manager" || made.Change.ID == "" {
		t.Errorf("a swap: %d %s", res.status, res.body)
	}
	s.pass(time.Hour)
	if res := b.call(http.MethodGet, "/api/v1/duty", nil, &out); res.status != http.StatusOK || out.Rosters[0].Now[0].Person != "hall" {
		t.Errorf("after the swap %s is on duty", out.Rosters[0].Now[0].Person)
	}
	if res := b.call(http.MethodDelete, "/api/v1/duty/changes/"+made.Change.ID, nil, nil); res.status >= http.StatusBadRequest {
		t.Errorf("taking it back: %d %s", res.status, res.body)
	}
	file := base64.StdEncoding.EncodeToString([]byte("日期,工号\n2026-11-24,nobody\n"))
	var taken struct{ Problems []string }
	if res := b.call(http.MethodPut, "/api/v1/duty/rosters/main/table", map[string]any{"name": "t.csv", "file": file}, &taken); res.status != http.StatusOK || len(taken.Problems) != 1 {
		t.Errorf("a bad table: %d %s", res.status, res.body)
	}
	if res := b.call(http.MethodPut, "/api/v1/duty/rosters/other", map[string]any{"id": "other", "name": "空", "layers": []any{}}, nil); res.status != http.StatusUnprocessableEntity {
		t.Errorf("a roster without layers: %d %s", res.status, res.body)
	}
}

func TestMyShiftsAsACalendar(t *testing.T) {
	s := newSeeded(t)
	s.roster()
	res := s.as("hall").get("/duty/mine.ics")
	if res.status != http.StatusOK || !strings.HasPrefix(res.header.Get("Content-Type"), "text/calendar") || strings.Count(res.body, "BEGIN:VEVENT") != 61 {
		t.Errorf("%d, %d entries", res.status, strings.Count(res.body, "BEGIN:VEVENT"))
	}
}
