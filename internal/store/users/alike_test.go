package users_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"huiying"
	"huiying/internal/query"
	"huiying/internal/store/users"
)

// An account that does not exist takes as long to refuse as one that does: how
// long an answer takes tells nobody who works here. The middle of many, taken by
// turns, so that what else the machine does falls on both.
func TestUnknownTakesAsLong(t *testing.T) {
	s, c := open(t, t.TempDir())
	t.Cleanup(func() { s.Close() })
	u := users.New(s, users.Options{Cost: users.Cost{Memory: 8 << 10, Time: 2, Threads: 1}})
	must(t, u.Create(t.Context(), "test", person("hall", huiying.RoleOfficer)))
	must(t, u.SetPassword(t.Context(), "hall", password))
	took := map[string][]time.Duration{}
	for n := range 15 {
		for _, id := range []string{"hall", "nobody"} {
			began := time.Now()
			_, err := u.SignIn(t.Context(), id, "wrong wrong wrong", query.Visitor{Address: fmt.Sprintf("192.0.2.%d", n)})
			took[id] = append(took[id], time.Since(began))
			code(t, err, huiying.Unauthorized)
			c.pass(time.Hour) // no lock stands
		}
	}
	middle := func(id string) time.Duration {
		slices.Sort(took[id])
		return took[id][len(took[id])/2]
	}
	if known, unknown := middle("hall"), middle("nobody"); known > 3*unknown || unknown > 3*known {
		t.Errorf("known %v, unknown %v", known, unknown)
	}
}
