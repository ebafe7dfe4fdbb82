// Package newcomer makes the account of a new person from the form that pages
// have for it, with the invitation to it. It asks nobody whether whoever sends
// the form may: the pages' doors do.
package newcomer

import (
	"context"
	"net/http"
	"strings"

	"huiying"
	"huiying/internal/web/frame"
)

// People makes accounts.
type People interface {
	Create(ctx context.Context, by string, p huiying.Person) error
}

// Invite makes the whole address by which a person sets a password.
type Invite func(r *http.Request, id string) (string, error)

// Add makes the account that a form describes and an invitation to it. What was
// typed is given back where the account could not be made.
func Add(r *http.Request, people People, invite Invite) (typed huiying.Person, link string, err error) {
	if err := r.ParseForm(); err != nil {
		return typed, "", err
	}
	typed = read(r)
	if err := people.Create(r.Context(), frame.Must(r).Person.ID, typed); err != nil {
		return typed, "", err
	}
	link, err = invite(r, typed.ID)
	return huiying.Person{}, link, err
}

func read(r *http.Request) huiying.Person {
	value := func(name string) string { return strings.TrimSpace(r.PostFormValue(name)) }
	p := huiying.Person{ID: value("id"), Name: value("name"), Unit: value("unit")}
	for _, role := range r.PostForm["role"] {
		p.Roles = append(p.Roles, huiying.Role(role))
	}
	if channel := value("channel"); channel != "" {
		p.Contacts = []huiying.Contact{{Channel: channel, Address: value("address")}}
	}
	return p
}
