package newcomer_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"huiying"
	"huiying/internal/query"
	"huiying/internal/web/door"
	"huiying/internal/web/newcomer"
)

// sessions are all of one administrator.
type sessions struct{}

func (sessions) Session(context.Context, string) (query.Account, error) {
	return query.Account{Person: huiying.Person{ID: "root"}}, nil
}

// people notes who was made, and by whom.
type people struct {
	by     string
	made   huiying.Person
	refuse error
}

func (p *people) Create(_ context.Context, by string, one huiying.Person) error {
	p.by, p.made = by, one
	return p.refuse
}

// A form becomes an account with its invitation; what was refused is given back
// to be mended, and nobody is invited.
func TestAdd(t *testing.T) {
	form := url.Values{"id": {" zhou "}, "name": {"周值班 "}, "unit": {"u-hall"}, "role": {"officer", "responder"}, "channel": {"hook"}, "address": {" zhou@example.org"}}
	want := huiying.Person{
		ID: "zhou", Name: "周值班", Unit: "u-hall", Roles: []huiying.Role{"officer", "responder"},
		Contacts: []huiying.Contact{{Channel: "hook", Address: "zhou@example.org"}},
	}
	ask := func() *http.Request {
		r := httptest.NewRequest(http.MethodPost, "/admin/users", strings.NewReader(form.Encode()))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Authorization", "Bearer x")
		r, err := door.Identify(r, door.Known{Sessions: sessions{}})
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	invited := ""
	invite := func(_ *http.Request, id string) (string, error) {
		invited = id
		return "https://office.example/link/x", nil
	}
	p := &people{}
	typed, link, err := newcomer.Add(ask(), p, invite)
	if err != nil || link != "https://office.example/link/x" || typed.ID != "" || invited != "zhou" || p.by != "root" {
		t.Errorf("%+v %q %v; invited %q by %q", typed, link, err, invited, p.by)
	}
	if diff := cmp.Diff(want, p.made); diff != "" {
		t.Error(diff)
	}
	invited, p.refuse = "", errors.New("taken")
	typed, link, err = newcomer.Add(ask(), p, invite)
	if diff := cmp.Diff(want, typed); diff != "" || link != "" || !errors.Is(err, p.refuse) || invited != "" {
		t.Errorf("%q %v; invited %q\n%s", link, err, invited, diff)
	}
	form.Del("channel")
	if _, _, err := newcomer.Add(ask(), &people{}, invite); err != nil {
		t.Error(err)
	}
}
