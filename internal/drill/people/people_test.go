package people_test

import (
	"context"
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
