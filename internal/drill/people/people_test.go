package people_test

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"huiying"
	"huiying/internal/drill/people"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// service is a small stand-in for the service: it signs people in by link,
// keeps cases, and lets each role take its own steps only.
type service struct {
	t      *testing.T
	people map[string]huiying.Person

	mu      sync.Mutex
	used    map[string]bool
	cases   map[string]*huiying.Case
	steps   []string // action by person
	acked   []string // links pressed
	broken  int      // answers 500 this many times more
	busy    int      // answers 409 this many times more
	changed chan struct{}
}

func newService(t *testing.T, crew []huiying.Person) *service {
	s := &service{t: t, people: map[string]huiying.Person{}, used: map[string]bool{}, cases: map[string]*huiying.Case{}, changed: make(chan struct{}, 1000)}
	for _, p := range crew {
		s.people[p.ID] = p
	}
	return s
}

func (s *service) handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /link/{who}", func(rw http.ResponseWriter, _ *http.Request) { _, _ = rw.Write([]byte("<form><button>")) })
	mux.HandleFunc("POST /link/{who}", s.signIn)
	mux.HandleFunc("GET /{$}", func(rw http.ResponseWriter, _ *http.Request) { _, _ = rw.Write([]byte("overview")) })
	mux.HandleFunc("GET /api/v1/cases", s.list)
	mux.HandleFunc("POST /api/v1/cases/{no}/actions", s.act)
	mux.HandleFunc("GET /a/{link}", func(rw http.ResponseWriter, _ *http.Request) { _, _ = rw.Write([]byte("card")) })
	mux.HandleFunc("POST /a/{link}", s.link)
	return mux
}

func (s *service) signIn(rw http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	who := r.PathValue("who")
	if _, known := s.people[who]; !known || s.used[who] {
		http.Error(rw, "used", http.StatusForbidden)
		return
	}
	s.used[who] = true
	http.SetCookie(rw, &http.Cookie{Name: "session", Value: who, Path: "/"})
	http.Redirect(rw, r, "/", http.StatusSeeOther)
}

// who is the person asking, or an answer already given.
func (s *service) who(rw http.ResponseWriter, r *http.Request) (huiying.Person, bool) {
	c, err := r.Cookie("session")
	if err != nil {
		http.Error(rw, "sign in", http.StatusUnauthorized)
		return huiying.Person{}, false
	}
	if s.broken > 0 {
		s.broken--
		http.Error(rw, "broken", http.StatusInternalServerError)
		return huiying.Person{}, false
	}
	return s.people[c.Value], true
}

func (s *service) list(rw http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, ok := s.who(rw, r); !ok {
		return
	}
	list := []huiying.Case{}
	for _, c := range s.cases {
		if c.State == huiying.CaseState(r.URL.Query().Get("state")) {
			list = append(list, *c)
		}
	}
	_ = json.NewEncoder(rw).Encode(map[string]any{"cases": list, "total": len(list)})
}

// machine is who may take which step from where to where.
var machine = map[string]struct {
	from, to huiying.CaseState
	role     huiying.Role
	needs    []string
}{
	"assign":        {huiying.StatePendingTriage, huiying.StateAwaitingAck, huiying.RoleOfficer, []string{"unit"}},
	"ack":           {huiying.StateAwaitingAck, huiying.StateHandling, huiying.RoleResponder, nil},
	"submit":        {huiying.StateHandling, huiying.StateInReview, huiying.RoleResponder, []string{"text"}},
	"review_reject": {huiying.StateInReview, huiying.StateHandling, huiying.RoleReviewer, []string{"reason"}},
	"approve":       {huiying.StateInReview, huiying.StateApproved, huiying.RoleReviewer, []string{"secrecy", "business"}},
	"publish":       {huiying.StateApproved, huiying.StateResponded, huiying.RoleResponder, []string{"url", "at"}},
	"close":         {huiying.StateResponded, huiying.StateClosed, huiying.RoleOfficer, nil},
}

func (s *service) act(rw http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	p, ok := s.who(rw, r)
	if !ok {
		return
	}
	var in struct {
		Action  string
		Version int
		Fields  map[string]string
	}
	if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
		http.Error(rw, err.Error(), http.StatusBadRequest)
		return
	}
	c := s.cases[r.PathValue("no")]
	if s.busy > 0 || c == nil || c.Version != in.Version {
		s.busy = max(0, s.busy-1)
		http.Error(rw, "changed", http.StatusConflict)
		return
	}
	if status, why := s.step(p, c, in.Action, in.Fields); status != http.StatusOK {
		http.Error(rw, why, status)
	}
}

func (s *service) step(p huiying.Person, c *huiying.Case, action string, fields map[string]string) (int, string) {
	row, ok := machine[action]
	switch {
	case !ok || c.State != row.from:
		return http.StatusConflict, "not now"
	case !slices.Contains(p.Roles, row.role):
		s.t.Errorf("%s tried to %s", p.ID, action)
		return http.StatusForbidden, "role"
	}
	for _, f := range row.needs {
		if fields[f] == "" {
			s.t.Errorf("%s without %s", action, f)
			return http.StatusUnprocessableEntity, f
		}
	}
	switch action {
	case "assign":
		c.Unit, c.Owner = fields["unit"], fields["owner"]
	case "submit":
		c.Draft = huiying.Reply{Digest: huiying.Digest(fields["text"]), By: p.ID}
	case "approve":
		c.Approved = c.Draft
	case "publish":
		if huiying.Digest(fields["text"]) != c.Approved.Digest && fields["digest"] != c.Approved.Digest {
			s.t.Error("published something else than what was approved")
		}
	}
	c.State = row.to
	c.Version++
	s.steps = append(s.steps, action+" by "+p.ID)
	s.changed <- struct{}{}
	return http.StatusOK, ""
}

// link acknowledges by the link of an alert: /a/<person>.<case>.
func (s *service) link(rw http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	who, no, _ := strings.Cut(r.PathValue("link"), ".")
	if r.FormValue("action") != "ack" {
		http.Error(rw, "action", http.StatusUnprocessableEntity)
		return
	}
	if c := s.cases[no]; c != nil && slices.Contains(s.people[who].Roles, huiying.RoleResponder) {
		if status, why := s.step(s.people[who], c, "ack", nil); status != http.StatusOK {
			http.Error(rw, why, status)
			return
		}
	}
	s.acked = append(s.acked, r.PathValue("link"))
	s.changed <- struct{}{}
}

func (s *service) open(no string, c huiying.Case) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c.No, c.Version = no, 1
	s.cases[no] = &c
}

// until waits for a condition on the service.
func (s *service) until(what string, done func() bool) {
	s.t.Helper()
	late := time.After(20 * time.Second)
	for {
		s.mu.Lock()
		ok := done()
		s.mu.Unlock()
		if ok {
			return
		}
		select {
		case <-s.changed:
		case <-late:
			s.mu.Lock()
			defer s.mu.Unlock()
			s.t.Fatalf("waited in vain for %s; steps %v", what, s.steps)
		}
	}
}

func crew() []huiying.Person {
	return []huiying.Person{
		{ID: "o", Unit: "u-a", Roles: []huiying.Role{huiying.RoleOfficer}},
		{ID: "r1", Unit: "u-b", Roles: []huiying.Role{huiying.RoleResponder}},
		{ID: "r2", Unit: "u-c", Roles: []huiying.Role{huiying.RoleResponder}},
		{ID: "v", Unit: "u-a", Roles: []huiying.Role{huiying.RoleReviewer}},
		{ID: "m", Unit: "u-a", Roles: []huiying.Role{huiying.RoleManager}},
		{ID: "x", Unit: "u-a", Roles: []huiying.Role{huiying.RoleAdmin}},
	}
}

type stage struct {
	*service
	cast  *people.Cast
	url   string
	deeds chan people.Deed
	end   func() error
}

func play(t *testing.T, change func(*people.Options)) *stage {
	t.Helper()
	s := newService(t, crew())
	server := httptest.NewServer(s.handler())
	t.Cleanup(server.Close)
	deeds := make(chan people.Deed, 1000)
	o := people.Options{
		BaseURL: server.URL, SignIn: map[string]string{}, People: crew(), Publish: "http://127.0.0.1/notice", Speed: 200, Every: time.Millisecond,
		UnitOf: func(c huiying.Case) string { return map[bool]string{true: "u-b", false: "u-c"}[c.Rule == "r-b"] },
		Words:  people.Words{Drafts: []string{"第一稿。", "第二稿。"}, Better: "补充一句。", Reject: "不完整", Done: "好"},
		Did:    func(d people.Deed) { deeds <- d },
	}
	for _, p := range crew() {
		o.SignIn[p.ID] = server.URL + "/link/" + p.ID
	}
	if change != nil {
		change(&o)
	}
	st := &stage{service: s, cast: people.New(o), url: server.URL, deeds: deeds}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- st.cast.Run(ctx) }()
	st.end = sync.OnceValue(func() error {
		cancel()
		return <-done
	})
	t.Cleanup(func() { _ = st.end() })
	return st
}

func (s *stage) closed(nos ...string) func() bool {
	return func() bool {
		return !slices.ContainsFunc(nos, func(no string) bool { return s.cases[no].State != huiying.StateClosed })
	}
}

func TestCasesAreCarriedToTheirEnd(t *testing.T) {
	s := play(t, nil)
	s.open("HY1", huiying.Case{State: huiying.StatePendingTriage, Rule: "r-b"})
	s.until("HY1 closed", s.closed("HY1"))
	s.open("HY2", huiying.Case{State: huiying.StatePendingTriage, Rule: "r-c"})
	s.until("HY2 closed", s.closed("HY2"))
	if err := s.end(); err != nil {
		t.Fatal(err)
	}
	want := "assign by o, ack by r1, submit by r1, review_reject by v, submit by r1, approve by v, publish by r1, close by o, " +
		"assign by o, ack by r2, submit by r2, approve by v, publish by r2, close by o"
	if got := strings.Join(s.steps, ", "); got != want {
		t.Errorf("steps\n%s\nwant\n%s", got, want)
	}
	close(s.deeds)
	for d := range s.deeds {
		if d.Err != nil {
			t.Errorf("%s could not %s: %v", d.Person.ID, d.Action, d.Err)
		}
	}
}

func TestResponderUsesTheLinkOfTheAlert(t *testing.T) {
	s := play(t, nil)
	s.cast.Alerted("r1", "HY1", s.url+"/a/r1.HY1")
	s.cast.Alerted("o", "HY1", s.url+"/a/o.HY1")
	s.cast.Alerted("r2", "", s.url+"/a/r2.")
	s.cast.Alerted("nobody", "HY1", s.url+"/a/nobody.HY1")
	s.cast.Alerted("r1", "HY1", "")
	s.open("HY1", huiying.Case{State: huiying.StateAwaitingAck, Unit: "u-b", Rule: "r-b"})
	s.until("HY1 closed and every link pressed", func() bool { return s.closed("HY1")() && len(s.acked) == 3 })
	if err := s.end(); err != nil {
		t.Fatal(err)
	}
	slices.Sort(s.acked)
	if got := strings.Join(s.acked, " "); got != "o.HY1 r1.HY1 r2." {
		t.Errorf("links pressed: %s", got)
	}
	close(s.deeds)
	byLink := 0
	for d := range s.deeds {
		if d.Action == "ack" && d.Link {
			byLink++
		}
	}
	if byLink != 1 {
		t.Errorf("acknowledged by link %d times", byLink)
	}
}

func TestSpentLinkIsNoObstacle(t *testing.T) {
	s := play(t, nil)
	s.cast.Alerted("r1", "HY1", s.url+"/a/r1.HY9")
	s.open("HY9", huiying.Case{State: huiying.StateClosed})
	s.open("HY1", huiying.Case{State: huiying.StateAwaitingAck, Unit: "u-b", Rule: "r-b"})
	s.until("HY1 closed", s.closed("HY1"))
}

func TestConflictsAndFailuresAreTriedAgain(t *testing.T) {
	s := play(t, nil)
	s.mu.Lock()
	s.broken, s.busy = 7, 3
	s.mu.Unlock()
	s.open("HY1", huiying.Case{State: huiying.StatePendingTriage, Rule: "r-b"})
	s.until("HY1 closed", s.closed("HY1"))
	if err := s.end(); err != nil {
		t.Fatal(err)
	}
	close(s.deeds)
	failed := 0
	for d := range s.deeds {
		if d.Err == nil {
			continue
		}
		failed++
		if strings.Contains(d.Err.Error(), "409") {
			t.Errorf("a conflict was told: %v", d.Err)
		}
	}
	if failed == 0 {
		t.Error("the failures were not told")
	}
}

func TestOthersCasesAreLeftAlone(t *testing.T) {
	s := play(t, nil)
	s.open("HY1", huiying.Case{State: huiying.StateAwaitingAck, Unit: "u-b", Owner: "somebody"})
	s.open("HY2", huiying.Case{State: huiying.StateHandling, Unit: "u-z"})
	s.open("HY3", huiying.Case{State: huiying.StatePendingTriage, Rule: "r-b"})
	s.until("HY3 closed", s.closed("HY3"))
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.cases["HY1"].Version != 1 || s.cases["HY2"].Version != 1 {
		t.Error("somebody took a case that is not theirs")
	}
}

func TestBadSignInLinkEndsTheRun(t *testing.T) {
	s := newService(t, crew())
	server := httptest.NewServer(s.handler())
	defer server.Close()
	cast := people.New(people.Options{
		BaseURL: server.URL, People: crew(), Every: time.Millisecond, SignIn: map[string]string{"o": server.URL + "/link/nobody"},
	})
	if err := cast.Run(t.Context()); err == nil || !strings.Contains(err.Error(), "403") {
		t.Errorf("a bad sign-in link: %v", err)
	}
}

func TestNobodyToPlayWaitsForTheEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- people.New(people.Options{People: crew()}).Run(ctx) }()
		synctest.Wait()
		select {
		case err := <-done:
			t.Fatalf("ended at once: %v", err)
		default:
		}
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
}
