package identities_test

import (
	"strings"
	"testing"
	"time"

	"huiying"
	"huiying/internal/query"
	"huiying/internal/store"
	"huiying/internal/store/identities"
	"huiying/internal/store/storetest"
	"huiying/internal/store/users"
)

const issuer = "https://id.example.org"

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func newBook(t testing.TB) (*identities.Book, *users.Users) {
	t.Helper()
	s := storetest.New(t, store.Options{Now: time.Now})
	u := users.New(s, users.Options{Cost: users.Cost{Memory: 64, Time: 1, Threads: 1}})
	for _, p := range []huiying.Person{
		{ID: "boss", Name: "甲", Roles: []huiying.Role{huiying.RoleAdmin}},
		{ID: "officer", Name: "乙", Roles: []huiying.Role{huiying.RoleOfficer}, Contacts: []huiying.Contact{{Channel: "mail", Address: "Yi@example.org"}}},
		{ID: "deputy", Name: "丙", Roles: []huiying.Role{huiying.RoleOfficer}, Contacts: []huiying.Contact{{Channel: "mail", Address: "shared@example.org"}}},
		{ID: "third", Name: "丁", Roles: []huiying.Role{huiying.RoleOfficer}, Contacts: []huiying.Contact{{Channel: "mail", Address: "shared@example.org"}}},
	} {
		must(t, u.Create(t.Context(), "", p))
	}
	return identities.New(s, u), u
}

func TestResolve(t *testing.T) {
	b, u := newBook(t)
	resolve := func(p query.SSOPerson) (string, error) {
		p.Issuer = issuer
		return b.Resolve(t.Context(), p)
	}
	officer := []huiying.Role{huiying.RoleOfficer}
	for _, c := range []struct {
		name string
		who  query.SSOPerson
		want string // the account, or a part of the error
	}{
		{"nobody knows them", query.SSOPerson{Subject: "s1"}, "sso.unknown (unauthorized) s1"},
		{"by e-mail, whatever the case", query.SSOPerson{Subject: "s1", Email: "yi@EXAMPLE.org"}, "officer"},
		{"known by now", query.SSOPerson{Subject: "s1"}, "officer"},
		{"another subject with that e-mail", query.SSOPerson{Subject: "s2", Email: "yi@example.org"}, "sso.has_one"},
		{"an address of two", query.SSOPerson{Subject: "s3", Email: "shared@example.org"}, "sso.two"},
		{"by name", query.SSOPerson{Subject: "s4", Account: "deputy"}, "deputy"},
		{"no account, none is made", query.SSOPerson{Subject: "s5", Account: "fresh"}, "sso.unknown"},
		{"no role, none is made", query.SSOPerson{Subject: "s5", New: "fresh", Mapped: true}, "sso.no_role"},
		{"made", query.SSOPerson{Subject: "s5", New: "fresh", Name: "戊", Mapped: true, Roles: officer}, "fresh"},
		{"a name that is taken", query.SSOPerson{Subject: "s6", New: "boss", Mapped: true, Roles: officer}, "account.exists"},
		{"a name that is no account", query.SSOPerson{Subject: "s6", New: "Not An Id", Mapped: true, Roles: officer}, "sso.unknown"},
		{"roles of the table", query.SSOPerson{Subject: "s4", Mapped: true, Roles: []huiying.Role{huiying.RoleResponder}, Unit: "u-hall"}, "deputy"},
		{"none of them", query.SSOPerson{Subject: "s4", Mapped: true}, "sso.no_role"},
	} {
		got, err := resolve(c.who)
		if err != nil {
			got = err.Error()
		}
		if !strings.Contains(got, c.want) {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
	a, err := u.ByID(t.Context(), "deputy")
	must(t, err)
	if a.Person.Unit != "u-hall" || len(a.Person.Roles) != 1 || a.Person.Roles[0] != huiying.RoleResponder || len(a.Person.Contacts) != 1 {
		t.Errorf("%+v", a.Person)
	}
	if a, err = u.ByID(t.Context(), "fresh"); err != nil || a.Person.Name != "戊" || a.HasPassword {
		t.Errorf("%+v %v", a, err)
	}
	must(t, u.SetDisabled(t.Context(), "", "deputy", true))
	if _, err := resolve(query.SSOPerson{Subject: "s4"}); err == nil || !strings.Contains(err.Error(), "sso.disabled") {
		t.Errorf("%v", err)
	}
}

// Who enters somebody else's address as a contact gets nobody's sign-in: it counts
// only when its code was entered.
func TestOwnAddressMustBeVerified(t *testing.T) {
	b, u := newBook(t)
	must(t, u.Create(t.Context(), "", huiying.Person{ID: "an", Name: "安", Roles: []huiying.Role{huiying.RoleOfficer}}))
	must(t, u.PutContact(t.Context(), "an", huiying.Contact{Channel: "mail", Address: "other@example.org"}))
	who := query.SSOPerson{Issuer: "https://id.example.org", Subject: "s-own", Email: "other@example.org"}
	if got, err := b.Resolve(t.Context(), who); err == nil {
		t.Fatalf("signed in as %s", got)
	}
	code, err := u.NewContactCode(t.Context(), "an", "mail")
	must(t, err)
	must(t, u.ProveContact(t.Context(), "an", "mail", code.Code))
	if got, err := b.Resolve(t.Context(), who); err != nil || got != "an" {
		t.Errorf("%q %v", got, err)
	}
}

// The table never takes the last administrator away.
func TestLastAdministratorStays(t *testing.T) {
	b, u := newBook(t)
	must(t, b.Link(t.Context(), query.Identity{Issuer: issuer, Subject: "s", Account: "boss", LinkedBy: "boss"}))
	_, err := b.Resolve(t.Context(), query.SSOPerson{Issuer: issuer, Subject: "s", Mapped: true, Roles: []huiying.Role{huiying.RoleOfficer}})
	if huiying.ErrorCode(err) != huiying.Conflict {
		t.Errorf("%v", err)
	}
	if a, err := u.ByID(t.Context(), "boss"); err != nil || !a.Actor().Has(huiying.RoleAdmin) {
		t.Errorf("%+v %v", a, err)
	}
}

// People of a file keep the roles of the file.
func TestFileKeepsItsRoles(t *testing.T) {
	b, u := newBook(t)
	must(t, u.Import(t.Context(), "huiying.yaml", []huiying.Person{{ID: "filed", Name: "己", Roles: []huiying.Role{huiying.RoleReviewer}}}))
	got, err := b.Resolve(t.Context(), query.SSOPerson{Issuer: issuer, Subject: "f", Account: "filed", Mapped: true, Roles: []huiying.Role{huiying.RoleAdmin}})
	must(t, err)
	if a, err := u.ByID(t.Context(), got); err != nil || a.Actor().Has(huiying.RoleAdmin) {
		t.Errorf("%+v %v", a, err)
	}
}

func TestLink(t *testing.T) {
	b, _ := newBook(t)
	link := func(subject, account string) error {
		return b.Link(t.Context(), query.Identity{Issuer: issuer, Subject: subject, Account: account, LinkedBy: "boss"})
	}
	must(t, link("s", "officer"))
	for _, c := range []struct {
		subject, account string
		want             huiying.Code
	}{{"s", "deputy", huiying.Conflict}, {"t", "officer", huiying.Conflict}, {"s", "officer", huiying.Conflict}, {" ", "deputy", huiying.Invalid}, {"u", "nobody", huiying.NotFound}, {strings.Repeat("x", 256), "deputy", huiying.Invalid}} {
		if err := link(c.subject, c.account); huiying.ErrorCode(err) != c.want {
			t.Errorf("%q to %s: %v", c.subject, c.account, err)
		}
	}
	list, err := b.Of(t.Context(), "officer")
	must(t, err)
	if len(list) != 1 || list[0].LinkedBy != "boss" || list[0].LinkedAt.IsZero() {
		t.Errorf("%+v", list)
	}
	must(t, b.Unlink(t.Context(), "boss", list[0]))
	if err := b.Unlink(t.Context(), "boss", list[0]); huiying.ErrorCode(err) != huiying.NotFound {
		t.Errorf("%v", err)
	}
	must(t, link("s", "deputy"))
}
