package browsers_test

import (
	"fmt"
	"slices"
	"testing"

	"huiying"
	"huiying/internal/query"
	"huiying/internal/store/browsers"
	"huiying/internal/store/storetest"
	"huiying/internal/store/users"
)

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// A person's browsers are one contact, first or last, that nobody writes down;
// the same browser has one person, who has ten at most.
func TestBrowsers(t *testing.T) {
	s, _ := storetest.Open(t)
	book, people := browsers.New(s), users.New(s, users.Options{})
	for _, id := range []string{"lin", "wu"} {
		must(t, people.Create(t.Context(), "admin", huiying.Person{ID: id, Name: id, Roles: []huiying.Role{huiying.RoleOfficer}, Contacts: []huiying.Contact{{Channel: "mail", Address: id + "@office.example"}}}))
	}
	add := func(id, endpoint string, first bool) error {
		return book.Add(t.Context(), query.NewBrowser{Account: id, Channel: "browser", Endpoint: endpoint, Key: "k", Auth: "a", Agent: "Firefox/150", First: first})
	}
	contacts := func(id string, want ...string) {
		t.Helper()
		a, err := people.ByID(t.Context(), id)
		must(t, err)
		var got []string
		for _, c := range a.Person.Contacts {
			got = append(got, c.Channel+" "+c.Address)
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s is told over %q, want %q", id, got, want)
		}
	}
	contacts("lin", "mail lin@office.example")
	must(t, add("lin", "https://push.example/1", false))
	contacts("lin", "mail lin@office.example", "browser browsers:lin")
	must(t, book.Order(t.Context(), "lin", true))
	contacts("lin", "browser browsers:lin", "mail lin@office.example")

	a, err := people.ByID(t.Context(), "lin")
	must(t, err)
	must(t, people.Update(t.Context(), "admin", a.Person)) // as a page does that shows and saves them
	must(t, add("wu", "https://push.example/1", false))    // somebody else signs in at the same browser
	contacts("lin", "mail lin@office.example")
	contacts("wu", "mail wu@office.example", "browser browsers:wu")

	mine, err := book.Of(t.Context(), "wu")
	must(t, err)
	if err := book.Remove(t.Context(), "lin", mine[0].ID); huiying.ErrorCode(err) != huiying.NotFound {
		t.Errorf("somebody else's was removed: %v", err)
	}
	must(t, book.Gone(t.Context(), mine[0].ID, "410"))
	targets, err := book.Targets(t.Context(), "wu")
	must(t, err)
	if mine, err = book.Of(t.Context(), "wu"); err != nil || len(targets) != 0 || len(mine) != 1 || mine[0].EndedWhy != "410" {
		t.Errorf("%v %+v %v", targets, mine, err)
	}
	contacts("wu", "mail wu@office.example")

	for i := range 10 {
		must(t, add("lin", fmt.Sprintf("https://push.example/lin/%d", i), true))
	}
	if err := add("lin", "https://push.example/lin/11", true); huiying.ErrorCode(err) != huiying.Conflict {
		t.Errorf("the eleventh: %v", err)
	}
	must(t, add("lin", "https://push.example/lin/3", true)) // again, with new keys
	if mine, err = book.Of(t.Context(), "lin"); err != nil || len(mine) != 10 {
		t.Errorf("%d %v", len(mine), err)
	}
	i := slices.IndexFunc(mine, func(b query.Browser) bool { return b.Endpoint == "https://push.example/lin/3" })
	must(t, book.Remove(t.Context(), "lin", mine[i].ID))
}
