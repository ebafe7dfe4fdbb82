package users_test

import (
	"slices"
	"testing"

	"huiying"
	"huiying/internal/store"
	"huiying/internal/store/access"
	"huiying/internal/store/storetest"
	"huiying/internal/store/users"
)

// Quiet hours are a person's own: a file that defines the person anew and an
// administrator who edits them leave the hours as they are.
func TestQuietHoursAreKept(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store, _ *storetest.Clock) {
		u := users.New(s, users.Options{Cost: users.Cost{Memory: 64, Time: 1, Threads: 1}})
		must(t, u.Import(t.Context(), "huiying.yaml", []huiying.Person{person("file", huiying.RoleOfficer)}))
		must(t, u.Create(t.Context(), "", person("page", huiying.RoleOfficer)))
		hours := []string{"mon,tue 22:00-07:00", "sat"}
		must(t, u.SetQuiet(t.Context(), "file", hours))
		must(t, u.SetQuiet(t.Context(), "page", hours))
		must(t, u.Import(t.Context(), "huiying.yaml", []huiying.Person{person("file", huiying.RoleReviewer)}))
		must(t, u.Update(t.Context(), "admin", person("page", huiying.RoleManager)))
		list, err := u.List(t.Context())
		must(t, err)
		for _, p := range list {
			if !slices.Equal(p.Quiet, hours) {
				t.Errorf("%s: %v", p.ID, p.Quiet)
			}
		}
		must(t, u.SetQuiet(t.Context(), "page", nil))
		if a, err := u.ByID(t.Context(), "page"); err != nil || len(a.Person.Quiet) != 0 {
			t.Errorf("%v %v", a.Person.Quiet, err)
		}
		code(t, u.SetQuiet(t.Context(), "nobody", hours), huiying.NotFound)
		log, err := access.New(s).Of(t.Context(), "page", access.QuietSet, 9)
		must(t, err)
		if len(log) != 2 || log[1].Detail != "mon,tue 22:00-07:00; sat" || log[0].Detail != "" {
			t.Errorf("%+v", log)
		}
	})
}
