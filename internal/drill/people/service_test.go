package people_test

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"huiying"
)

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
