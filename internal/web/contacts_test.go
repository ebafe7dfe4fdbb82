package web_test

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"huiying"
	"huiying/internal/query"
)

// codeRoom keeps the code that it would have sent.
type codeRoom struct {
	w       *world
	sent    query.ContactCode
	refused string // by the provider
}

func (c *codeRoom) SendCode(ctx context.Context, to query.CodeTo) (t query.Trial, err error) {
	c.sent, err = c.w.users.NewContactCode(ctx, to.By.ID, to.Channel)
	return query.Trial{Channel: to.Channel, Accepted: c.refused == "", Sentence: c.refused}, err
}

func (c *codeRoom) ProveContact(ctx context.Context, id, channel, code string) error {
	return c.w.users.ProveContact(ctx, id, channel, code)
}

func (c *codeRoom) ContactCodes(ctx context.Context, id string) (map[string]query.PendingCode, error) {
	return c.w.users.ContactCodes(ctx, id)
}

func contactForm(action, channel string, more ...string) url.Values {
	v := url.Values{"action": {action}, "channel": {channel}}
	for i := 0; i < len(more); i += 2 {
		v.Set(more[i], more[i+1])
	}
	return v
}

// From a new address to a verified one; the code stands nowhere but in the
// message, and everybody who must know sees what is not verified yet.
func TestVerifyContact(t *testing.T) {
	s := newSeeded(t)
	b := s.as("hall")
	if body := b.get("/me").body; !strings.Contains(body, "未验证") || !strings.Contains(body, "发送验证码") || strings.Contains(body, `name="code"`) {
		t.Error("a contact that is not verified")
	}
	for _, bad := range []url.Values{contactForm("put", "mail", "address", "not an address"), contactForm("put", "mail", "address", "甲 <a@example.org>"), contactForm("put", "other", "address", "a@example.org")} {
		if res := b.post("/me/contacts", bad); res.status != http.StatusUnprocessableEntity {
			t.Errorf("%v: %d", bad, res.status)
		}
	}
	if res := b.post("/me/contacts", contactForm("put", "mail", "address", "han@example.org")); res.status != http.StatusSeeOther {
		t.Fatalf("%d %s", res.status, res.body)
	}
	if res := b.post("/me/contacts", contactForm("prove", "mail", "code", "123456")); res.status != http.StatusUnprocessableEntity && res.status != http.StatusConflict {
		t.Errorf("without a code: %d", res.status)
	}
	res := b.post("/me/contacts", contactForm("code", "mail"))
	right := s.proofs.sent.Code
	if res.status != http.StatusOK || !strings.Contains(res.body, "验证码已发往 mail") || !strings.Contains(res.body, `name="code"`) || s.proofs.sent.Contact.Address != "han@example.org" {
		t.Fatalf("%d", res.status)
	}
	if strings.Contains(res.body, right) || strings.Contains(b.get("/me").body, right) || strings.Contains(s.log.String(), right) {
		t.Error("the code is shown or logged")
	}
	wrong := "000000"
	if right == wrong {
		wrong = "000001"
	}
	if res := b.post("/me/contacts", contactForm("prove", "mail", "code", wrong)); res.status != http.StatusUnprocessableEntity || !strings.Contains(res.body, "还可以试 4 次") {
		t.Errorf("a wrong code: %d", res.status)
	}
	if res := s.as("hall2").post("/me/contacts", contactForm("prove", "mail", "code", right)); res.status == http.StatusSeeOther {
		t.Error("somebody else's code")
	}
	if res := b.post("/me/contacts", contactForm("prove", "mail", "code", right)); res.status != http.StatusSeeOther || !strings.HasPrefix(res.header.Get("Location"), "/me?done=contact_proven") {
		t.Fatalf("the right code: %d", res.status)
	}
	if body := b.get("/me").body; !strings.Contains(body, "已验证") || !strings.Contains(body, "14:20") {
		t.Error("that and when it was verified")
	}
	for range 2 {
		b.post("/me/contacts", contactForm("code", "hook"))
	}
	s.proofs.refused = "对方拒收"
	if res := b.post("/me/contacts", contactForm("code", "hook")); !strings.Contains(res.body, "没有收下验证码") || !strings.Contains(res.body, "对方拒收") {
		t.Error("what the provider refused")
	}
	if res := b.post("/me/contacts", contactForm("code", "hook")); res.status == http.StatusOK || !strings.Contains(res.body, "一小时内最多发 3 个") {
		t.Errorf("the fourth code: %d", res.status)
	}
	b.post("/me/contacts", contactForm("put", "mail", "address", "other@example.org"))
	if body := b.get("/me").body; strings.Contains(body, "已验证") {
		t.Error("another address is verified")
	}
	if res := b.post("/me/contacts", contactForm("drop", "hook")); res.status != http.StatusSeeOther {
		t.Errorf("%d", res.status)
	}
	if res := b.post("/me/contacts", contactForm("drop", "mail")); res.status == http.StatusSeeOther || !strings.Contains(res.body, "最后一个联系方式") {
		t.Errorf("the last contact: %d", res.status)
	}
}

// The lists of those who look after people say whose contacts nobody has
// verified, and what to do.
func TestUnverifiedIsShown(t *testing.T) {
	s := newSeeded(t)
	s.roster()
	what := "请本人在“我的”页发送验证码并填写"
	if body := s.as("admin").get("/admin/users").body; strings.Count(body, "未验证</span>") != 4 || !strings.Contains(body, what) {
		t.Errorf("%d people without a verified contact", strings.Count(body, "未验证</span>"))
	}
	b := s.as("officer")
	said := func() bool {
		body := b.get("/duty").body
		return strings.Contains(body, "未验证") && strings.Contains(body, what)
	}
	d, err := s.duty.Duty(t.Context(), s.clock(), s.clock().Add(time.Hour))
	s.must(err)
	if len(d.Rosters) == 0 || len(d.Rosters[0].Now) == 0 || !said() {
		t.Fatalf("nothing is said of whoever is on duty: %+v", d.Rosters)
	}
	for _, r := range d.Rosters {
		for _, on := range r.Now {
			for _, c := range contactsOf(d.People, on.Person) {
				if !c.Unproven() {
					continue
				}
				made, err := s.users.NewContactCode(t.Context(), on.Person, c.Channel)
				s.must(err)
				s.must(s.users.ProveContact(t.Context(), on.Person, c.Channel, made.Code))
			}
		}
	}
	if said() {
		t.Error("said of verified contacts")
	}
}

// toldAtNight is a person with quiet hours, of whose contacts one is verified and
// one waits for its code.
func (s *seeded) toldAtNight() (cookie string) {
	ctx := context.Background()
	s.must(s.users.SetQuiet(ctx, "hall2", []string{"mon,tue,wed,thu,fri 20:00-07:30", "sat,sun", "12:00-14:30"}))
	s.must(s.users.PutContact(ctx, "hall2", huiying.Contact{Channel: "mail", Address: "a.rather.long.name@service-centre.example.org"}))
	made, err := s.users.NewContactCode(ctx, "hall2", "mail")
	s.must(err)
	s.must(s.users.ProveContact(ctx, "hall2", "mail", made.Code))
	_, err = s.users.NewContactCode(ctx, "hall2", "hook")
	s.must(err)
	s.shifts = append(s.shifts, huiying.DutyShift{Person: "hall2", From: s.clock().Add(-time.Hour), Until: s.clock().Add(time.Hour)})
	return s.session("hall2")
}

func contactsOf(list []huiying.Person, id string) []huiying.Contact {
	for _, p := range list {
		if p.ID == id {
			return p.Contacts
		}
	}
	return nil
}
