package web_test

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"huiying"
	"huiying/internal/query"
	"huiying/internal/store/access"
	"huiying/internal/web/caseview"
	"huiying/notifier/casework/machine"
)

func TestSignIn(t *testing.T) {
	w := newWorld(t)
	w.must(w.users.SetPassword(t.Context(), "officer", password))
	b := w.as("")
	if res := b.get("/cases?view=all"); res.status != http.StatusSeeOther || res.header.Get("Location") != "/login?next=%2Fcases%3Fview%3Dall" {
		t.Errorf("nobody is sent to %s", res.header.Get("Location"))
	}
	res := b.post("/login", url.Values{"id": {"officer"}, "password": {password}, "next": {"/cases?view=all"}})
	if res.status != http.StatusSeeOther || res.header.Get("Location") != "/cases?view=all" {
		t.Fatalf("%d to %s", res.status, res.header.Get("Location"))
	}
	cookie := res.header.Get("Set-Cookie")
	for _, want := range []string{"HttpOnly", "SameSite=Lax", "Path=/"} {
		if !strings.Contains(cookie, want) {
			t.Errorf("the cookie lacks %s: %s", want, cookie)
		}
	}
	if res := b.get("/cases?view=all"); res.status != http.StatusOK {
		t.Errorf("signed in: %d", res.status)
	}
	if res := b.post("/logout", nil); res.status != http.StatusSeeOther {
		t.Errorf("signing out: %d", res.status)
	}
	if res := b.get("/"); res.status != http.StatusSeeOther {
		t.Errorf("signed out: %d", res.status)
	}
}

// A wrong password and an unknown account look alike, up to the lock-out.
func TestSignInFailsAlike(t *testing.T) {
	w := newWorld(t)
	w.must(w.users.SetPassword(t.Context(), "officer", password))
	b := w.as("")
	said := map[string][]string{}
	for _, id := range []string{"officer", "no-such-person"} {
		for range 6 {
			res := b.post("/login", url.Values{"id": {id}, "password": {"wrong wrong wrong"}})
			if res.status != http.StatusUnauthorized || res.header.Get("Set-Cookie") != "" {
				t.Fatalf("%s: %d", id, res.status)
			}
			body := res.body[strings.Index(res.body, `role="alert"`):]
			said[id] = append(said[id], body[:strings.Index(body, "</div>")])
		}
	}
	for i := range said["officer"] {
		if said["officer"][i] != said["no-such-person"][i] {
			t.Errorf("attempt %d tells: %s / %s", i, said["officer"][i], said["no-such-person"][i])
		}
	}
	if !strings.Contains(said["officer"][4], "15 分钟") {
		t.Errorf("the fifth failure does not lock: %s", said["officer"][4])
	}
	if res := b.post("/login", url.Values{"id": {"officer"}, "password": {password}}); res.status != http.StatusUnauthorized {
		t.Error("a locked account was let in")
	}
	w.pass(16 * time.Minute)
	if res := b.post("/login", url.Values{"id": {"officer"}, "password": {password}}); res.status != http.StatusSeeOther {
		t.Error("the lock did not end")
	}
}

func TestNextStaysHere(t *testing.T) {
	w := newWorld(t)
	w.must(w.users.SetPassword(t.Context(), "officer", password))
	for _, next := range []string{"https://elsewhere.example/", "//elsewhere.example", `/\elsewhere.example`, "javascript:alert(1)", ""} {
		res := w.as("").post("/login", url.Values{"id": {"officer"}, "password": {password}, "next": {next}})
		if got := res.header.Get("Location"); got != "/" {
			t.Errorf("next=%q leads to %q", next, got)
		}
	}
}

// The first person makes the administrator by the set-up link, which then is
// over; opening it changes nothing.
func TestSetup(t *testing.T) {
	w := newWorld(t)
	b := w.as("")
	path, err := w.users.Link(t.Context(), query.LinkSetup, "", time.Hour)
	w.must(err)
	form := url.Values{"id": {"first"}, "name": {"甲"}, "password": {password}, "again": {password}}
	if res := b.post(path, form); res.status != http.StatusConflict {
		t.Errorf("set up although there are people: %d", res.status)
	}
	if none, err := w.users.EnsureSetupLink(t.Context(), time.Hour); err != nil || none != "" {
		t.Errorf("a set-up link although there are people: %q %v", none, err)
	}
}

func TestInvitation(t *testing.T) {
	w := newWorld(t)
	admin := w.as("admin")
	res := admin.post("/admin/users", url.Values{"action": {"add"}, "id": {"newcomer"}, "name": {"新同事"}, "role": {"responder", "reviewer"}, "unit": {"u-hall"}, "channel": {"mail"}, "address": {"n@example.org"}})
	if res.status != http.StatusOK {
		t.Fatalf("%d", res.status)
	}
	i := strings.Index(res.body, "/link/")
	if i < 0 {
		t.Fatal("no invitation")
	}
	link := res.body[i : i+strings.IndexAny(res.body[i:], "< \n")]
	b := w.as("")
	for range 3 { // previews open it, too
		if res := b.get(link); res.status != http.StatusOK || !strings.Contains(res.body, "newcomer") {
			t.Fatalf("the invitation answers %d", res.status)
		}
	}
	for _, bad := range []url.Values{
		{"password": {"short"}, "again": {"short"}}, {"password": {password}, "again": {"something else"}}, {"password": {"newcomernewcomer"[:8]}, "again": {"newcomer"}},
		{"password": {"aaaaaaaaaaaa"}, "again": {"aaaaaaaaaaaa"}},
	} {
		if res := b.post(link, bad); res.status != http.StatusUnprocessableEntity || !strings.Contains(res.body, `role="alert"`) {
			t.Errorf("%v: %d", bad, res.status)
		}
	}
	if res := b.post(link, url.Values{"password": {password}, "again": {password}}); res.status != http.StatusSeeOther {
		t.Fatalf("setting the password: %d", res.status)
	}
	if res := b.get("/alerts"); res.status != http.StatusOK {
		t.Errorf("the newcomer is not signed in: %d", res.status)
	}
	if res := w.as("").get(link); res.status != http.StatusNotFound {
		t.Errorf("the link works again: %d", res.status)
	}
	if res := admin.post("/admin/users", url.Values{"action": {"disable"}, "id": {"newcomer"}}); res.status != http.StatusSeeOther {
		t.Errorf("disabling: %d", res.status)
	}
	if res := b.get("/alerts"); res.status != http.StatusSeeOther {
		t.Errorf("a disabled person is still in: %d", res.status)
	}
	if res := admin.post("/admin/users", url.Values{"action": {"disable"}, "id": {"admin"}}); res.status != http.StatusConflict {
		t.Errorf("the last administrator was disabled: %d", res.status)
	}
	if res := admin.post("/admin/users", url.Values{"action": {"add"}, "id": {"Bad Id"}, "name": {"x"}, "role": {"officer"}}); res.status != http.StatusUnprocessableEntity || !strings.Contains(res.body, "Bad Id") {
		t.Errorf("a bad id: %d", res.status)
	}
}

// The whole way of a case through the forms, each step by who must take it.
func TestCaseThroughForms(t *testing.T) {
	s := newSeeded(t)
	officer, hall, reviewer := s.as("officer"), s.as("hall"), s.as("manager")
	step := func(b *browser, path string, form url.Values, want int) answer {
		t.Helper()
		c, err := s.ledger.Case(t.Context(), s.pending)
		s.must(err)
		if form.Get("version") == "" {
			form.Set("version", itoa(c.Version))
		}
		res := b.post(path, form)
		if res.status != want {
			t.Fatalf("%s: %d, want %d", form.Get("action"), res.status, want)
		}
		return res
	}
	page := "/cases/" + s.pending
	next := step(officer, "/inbox", url.Values{"item": {"case:" + s.pending}, "next": {"post:" + s.post}, "action": {"assign"}, "f.unit": {"u-hall"}, "f.owner": {"hall"}}, http.StatusSeeOther)
	if to := next.header.Get("Location"); !strings.HasPrefix(to, "/inbox?") || !strings.Contains(to, url.QueryEscape("post:"+s.post)) {
		t.Errorf("after triage the next item is not there: %s", to)
	}
	step(hall, page, url.Values{"action": {"ack"}}, http.StatusSeeOther)
	res := step(hall, page, url.Values{"action": {"submit"}, "f.text": {""}}, http.StatusUnprocessableEntity)
	if !strings.Contains(res.body, "还没有文稿") {
		t.Error("a refusal does not say what is missing")
	}
	step(hall, page, url.Values{"action": {"submit"}, "f.text": {reply}}, http.StatusSeeOther)
	res = step(hall, page, url.Values{"action": {"approve"}, "f.secrecy": {"true"}, "f.business": {"true"}}, http.StatusForbidden)
	if !strings.Contains(res.body, "需要审核人或领导") {
		t.Error("a refusal does not say who may")
	}
	res = step(reviewer, page, url.Values{"action": {"approve"}, "f.business": {"true"}, "f.note": {"先看看"}}, http.StatusUnprocessableEntity)
	if !strings.Contains(res.body, "保密审查") || !strings.Contains(res.body, "先看看") {
		t.Error("what was typed is gone, or the missing check is not named")
	}
	step(reviewer, page, url.Values{"action": {"approve"}, "f.secrecy": {"true"}, "f.business": {"true"}}, http.StatusSeeOther)
	c, err := s.ledger.Case(t.Context(), s.pending)
	s.must(err)
	step(hall, page, url.Values{"action": {"publish"}, "f.url": {"https://example.org/r"}, "f.at": {s.clock().Format("2006-01-02T15:04")}, "f.digest": {c.Approved.Digest}}, http.StatusSeeOther)
	step(officer, page, url.Values{"action": {"close"}, "version": {"1"}}, http.StatusConflict) // somebody was faster
	step(officer, page, url.Values{"action": {"close"}}, http.StatusSeeOther)
	if c, err = s.ledger.Case(t.Context(), s.pending); err != nil || c.State != huiying.StateClosed {
		t.Errorf("%s %v", c.State, err)
	}
	if body := officer.get(page).body; !strings.Contains(body, "加开三个窗口") || !strings.Contains(body, "已达标") {
		t.Error("the page does not show the reply or the met clock")
	}
}

// An answer goes out on a further platform as it was approved, or in other words
// that a colleague has drafted; the form carries the digest of the approved ones.
func TestUpdateThroughTheForm(t *testing.T) {
	s := newSeeded(t)
	other := "您好，补充说明：大厅下周起延长服务一小时，请放心前来办理。"
	s.step(s.responded, "hrss", "draft", map[string]string{"text": other})
	c, err := s.ledger.Case(t.Context(), s.responded)
	s.must(err)
	b := s.as("manager")
	if page := b.get("/cases/" + s.responded).body; !strings.Contains(page, `name="f.digest" value="`+c.Approved.Digest+`"`) {
		t.Error("the form does not name the approved words")
	}
	for platform, words := range map[string]string{"portal": "", "weibo": other} {
		form := url.Values{
			"action": {"publish_update"}, "version": {itoa(s.version(s.responded))}, "f.at": {s.clock().Format("2006-01-02T15:04")}, "f.url": {"https://example.org/" + platform},
			"f.platform": {platform}, "f.text": {words}, "f.digest": {c.Approved.Digest}, "f.secrecy": {"true"}, "f.business": {"true"},
		}
		if res := b.post("/cases/"+s.responded, form); res.status != http.StatusSeeOther {
			t.Fatalf("%s: %d %s", platform, res.status, res.body)
		}
	}
	if c, err = s.ledger.Case(t.Context(), s.responded); err != nil {
		t.Fatal(err)
	}
	out := map[string]string{}
	for _, r := range c.Answers[1:] {
		out[r.Platform] = r.Digest
	}
	if out["portal"] != c.Approved.Digest || out["weibo"] != huiying.Digest(other) {
		t.Errorf("%v", out)
	}
	// Words nobody approved do not pass as an answer.
	form := url.Values{
		"action": {"publish"}, "version": {itoa(s.version(s.approved))}, "f.at": {s.clock().Format("2006-01-02T15:04")}, "f.url": {"https://example.org/x"}, "f.text": {other},
	}
	if res := s.as("hall").post("/cases/"+s.approved, form); res.status != http.StatusConflict {
		t.Errorf("other words than the approved: %d", res.status)
	}
}

// A time limit that people start is started on the page and recorded as met
// there; one that a step meets is not offered for that.
func TestTimeLimitsOnThePage(t *testing.T) {
	s := newSeeded(t)
	b := s.as("officer")
	path := "/cases/" + s.handling
	page := b.get(path).body
	if !strings.Contains(page, `<option value="yq.report_leader">`) || strings.Contains(page, `>登记完成时限<`) && strings.Contains(page, `id="meet_clock-preset"`) {
		t.Error("what may be started is not offered, or what cannot be recorded is")
	}
	do := func(fields url.Values) {
		t.Helper()
		fields.Set("version", itoa(s.version(s.handling)))
		if res := b.post(path, fields); res.status != http.StatusSeeOther {
			t.Fatalf("%d %s", res.status, res.body)
		}
	}
	do(url.Values{"action": {"start_clock"}, "f.preset": {"yq.report_leader"}, "f.reason": {"涉及群体性事件"}})
	page = b.get(path).body
	if i := strings.Index(page, `id="meet_clock-preset"`); i < 0 || !strings.Contains(page[i:i+400], `<option value="yq.report_leader">`) || strings.Contains(page[i:i+400], "yq.other.respond") {
		t.Error("the limit that was started cannot be recorded as met")
	}
	do(url.Values{"action": {"meet_clock"}, "f.preset": {"yq.report_leader"}, "f.note": {"已报分管领导"}})
}

// What forms let people choose is what the machine knows, and every state can be
// asked for.
func TestFormsKnowWhatTheMachineKnows(t *testing.T) {
	for action, lists := range map[string]map[string][]string{
		"publish":      {"platform": machine.Platforms()},
		"close":        {"kind": machine.Kinds(), "disposition": machine.Dispositions(), "settlement": machine.Settlements()},
		"transfer_out": {"organ": machine.Organs()},
		"rate_ok":      {"grade": machine.Grades()[:3]},
		"rate_bad":     {"grade": machine.Grades()[3:]},
	} {
		var fields []string
		for field := range lists {
			fields = append(fields, field)
		}
		choice := caseview.Choices(huiying.Case{}, []huiying.Choice{{Action: action, Allowed: true, Fields: fields}})[0]
		choice.Fill(huiying.Case{}, caseview.Lists{})
		for _, in := range choice.Inputs {
			var got []string
			for _, o := range in.Options {
				got = append(got, o.Value)
			}
			if !slices.Equal(got, lists[in.Name]) {
				t.Errorf("%s: %v, want %v", in.Name, got, lists[in.Name])
			}
		}
	}
	s := newSeeded(t)
	page := s.as("officer").get("/cases?view=all&state=suspended").body
	for _, state := range huiying.CaseStates() {
		if !strings.Contains(page, `<option value="`+string(state)+`"`) {
			t.Errorf("%s cannot be asked for", state)
		}
	}
	if !strings.Contains(page, `<option value="suspended" selected`) {
		t.Error("what was asked for is not chosen")
	}
}

// Posts without a case: opened and assigned in one step, joined to a case, or
// set aside.
func TestTriageOfPosts(t *testing.T) {
	s := newSeeded(t)
	b := s.as("officer")
	if body := b.get("/inbox?item=post:" + s.post).body; !strings.Contains(body, `value="u-hrss" selected`) || !strings.Contains(body, "按内容") {
		t.Error("no unit is suggested")
	}
	if res := b.post("/inbox", url.Values{"item": {"post:" + s.post}, "action": {"open"}, "unit": {"u-hrss"}, "level": {"orange"}}); res.status != http.StatusSeeOther {
		t.Fatalf("opening: %d", res.status)
	}
	list := b.get("/cases?view=all&q=" + url.QueryEscape("社保卡")).body
	if !strings.Contains(list, "社保卡") || !strings.Contains(list, "待签收") {
		t.Error("the case was not opened and assigned")
	}
	if res := b.post("/inbox", url.Values{"item": {"post:" + s.private}, "action": {"attach_mention"}, "case": {s.handling}}); res.status != http.StatusSeeOther {
		t.Errorf("joining: %d", res.status)
	}
	c, err := s.ledger.Case(t.Context(), s.handling)
	if err != nil || len(c.Posts) != 2 {
		t.Errorf("%d posts, %v", len(c.Posts), err)
	}
	aside := s.say(utterance{text: "国足中卫受伤", rule: "r-x", ruleName: "误中", level: huiying.LevelBlue, hit: "中卫"})
	if res := b.post("/inbox", url.Values{"item": {"post:" + aside}, "action": {"false_alarm"}}); res.status != http.StatusSeeOther {
		t.Errorf("setting aside: %d", res.status)
	}
	if strings.Contains(b.get("/inbox").body, "post:"+aside) {
		t.Error("what was set aside is still in the inbox")
	}
	log, err := s.access.Entries(t.Context(), aside, 5)
	if err != nil || len(log) != 1 || log[0].Action != access.Aside || log[0].Actor != "officer" || log[0].Detail != query.AsideFalseAlarm {
		t.Errorf("%v %v", log, err)
	}
	for _, bad := range []url.Values{{"item": {"nonsense"}}, {"item": {"post:" + aside}, "action": {"burn"}}, {"item": {"case:" + s.pending}, "action": {"assign"}}} {
		if res := b.post("/inbox", bad); res.status != http.StatusUnprocessableEntity {
			t.Errorf("%v: %d", bad, res.status)
		}
	}
}

// Personal data is masked until somebody who works on the case asks, which is
// logged before it is shown.
func TestReveal(t *testing.T) {
	s := newSeeded(t)
	const number = "13900001234"
	officer := s.as("officer")
	paths := []string{"/posts/" + s.private, "/stream?period=all", "/inbox?item=post:" + s.private, "/", "/api/v1/posts?q=" + url.QueryEscape("入学"), "/api/v1/posts/" + url.PathEscape(s.private), "/api/v1/inbox"}
	for _, path := range paths {
		res := officer.get(path)
		if res.status != http.StatusOK || strings.Contains(res.body, number) {
			t.Errorf("%s: %d, or shows the number", path, res.status)
		}
	}
	if res := officer.post("/reveal/"+s.private, nil); res.status != http.StatusForbidden || strings.Contains(res.body, number) {
		t.Errorf("without a case: %d", res.status)
	}
	s.must(postErr(officer.post("/inbox", url.Values{"item": {"post:" + s.private}, "action": {"attach_mention"}, "case": {s.handling}})))
	if res := officer.post("/reveal/"+s.private, nil); res.status != http.StatusOK || !strings.Contains(res.body, number) {
		t.Errorf("within a case: %d", res.status)
	}
	log, err := s.access.Entries(t.Context(), s.private, 5)
	if err != nil || len(log) == 0 || log[0].Action != access.Revealed || log[0].Actor != "officer" {
		t.Errorf("the log: %v %v", log, err)
	}
	if res := s.as("hrss").post("/reveal/"+s.private, nil); res.status != http.StatusNotFound {
		t.Errorf("another unit: %d", res.status)
	}
	if body := officer.get("/cases/" + s.handling).body; strings.Contains(body, number) {
		t.Error("the case shows the number unasked")
	}
}

// The card in an alert shows on GET, acts on POST, for the one it was made for.
func TestCard(t *testing.T) {
	s := newSeeded(t)
	path := "/a/" + s.links.Token(s.delivery, s.clock())
	phone := s.as("")
	for range 3 {
		if res := phone.get(path); res.status != http.StatusOK || !strings.Contains(res.body, "窗口冲突") {
			t.Fatalf("%d", res.status)
		}
	}
	if c, _ := s.ledger.Case(t.Context(), s.fresh); c.State != huiying.StateAwaitingAck {
		t.Fatal("looking has acknowledged")
	}
	res := phone.post(path, url.Values{"action": {"ack"}})
	if res.status != http.StatusOK || !strings.Contains(res.body, "已确认收到") {
		t.Errorf("%d", res.status)
	}
	if c, _ := s.ledger.Case(t.Context(), s.fresh); c.State != huiying.StateHandling || c.Owner != "hall" {
		t.Errorf("%s owned by %s", c.State, c.Owner)
	}
	res = phone.post(path, url.Values{"action": {"hand_on"}, "to": {"hall2"}})
	if res.status != http.StatusOK || !strings.Contains(res.body, "已转交") {
		t.Errorf("handing on: %d", res.status)
	}
	if c, _ := s.ledger.Case(t.Context(), s.fresh); c.Owner != "hall2" {
		t.Errorf("owned by %s", c.Owner)
	}
	if res := phone.get(path + "x"); res.status != http.StatusNotFound {
		t.Errorf("a forged link: %d", res.status)
	}
	if res := phone.post(path, url.Values{"action": {"close"}}); res.status != http.StatusUnprocessableEntity {
		t.Errorf("what a link cannot do: %d", res.status)
	}
	s.pass(25 * time.Hour)
	if res := phone.get(path); res.status != http.StatusForbidden {
		t.Errorf("after a day: %d", res.status)
	}
}
