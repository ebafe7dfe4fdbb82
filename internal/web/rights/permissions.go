package rights

import (
	"net/http"
	"slices"
	"strings"

	"huiying"
	"huiying/internal/query"
	"huiying/internal/web/door"
)

// Door is one page or one operation of the API with those whom it lets in.
type Door struct {
	Method, Path string
	Key          string // catalogue key of what it does, "" = the address says it
	Who          door.Who
	API          bool
}

// DoorRow is a door as the table shows it.
type DoorRow struct {
	Method, Path, Key string
	Changes           bool
	Public            bool
	Lets              []bool // by role, in the order of huiying.Roles
	Scope             string // of tokens, "" = none opens it
	Any               bool   // every token opens it
}

// DoorGroup is the doors under one first part of the address.
type DoorGroup struct {
	Name string
	Rows []DoorRow
}

// PermissionsView is the table of permissions: pages, then the API.
type PermissionsView struct {
	Roles  []huiying.Role
	Pages  []DoorGroup
	API    []DoorGroup
	Scopes []ScopeRow
}

// ScopeRow is what tokens of one scope may be used for by whom.
type ScopeRow struct {
	Scope string
	Lets  []bool // roles for which the scope opens anything
	Doors int
}

// Permissions shows the table.
func (s *Pages) Permissions(w http.ResponseWriter, r *http.Request) error {
	doors := s.o.Doors()
	v := PermissionsView{Roles: huiying.Roles(), Scopes: scopes(s.o.Scopes, doors)}
	for _, d := range doors {
		into := &v.Pages
		if d.API {
			into = &v.API
		}
		put(into, groupOf(d), row(d))
	}
	p := s.Base(r, "web.permissions.title")
	p.Main = v
	return s.Answer(w, r, "permissions", p)
}

func put(groups *[]DoorGroup, name string, r DoorRow) {
	i := slices.IndexFunc(*groups, func(g DoorGroup) bool { return g.Name == name })
	if i < 0 {
		*groups, i = append(*groups, DoorGroup{Name: name}), len(*groups)
	}
	(*groups)[i].Rows = append((*groups)[i].Rows, r)
}

// groupOf is the first part of an address.
func groupOf(d Door) string {
	path := strings.TrimPrefix(d.Path, "/api/v1")
	first, _, _ := strings.Cut(strings.TrimPrefix(path, "/"), "/")
	return "/" + strings.TrimSuffix(first, "{$}")
}

func row(d Door) DoorRow {
	r := DoorRow{
		Method: d.Method, Path: d.Path, Key: d.Key, Changes: d.Method != http.MethodGet && d.Method != "", Public: d.Who.Public,
		Scope: d.Who.Scope, Any: d.Who.Scope == door.AnyScope,
	}
	for _, role := range huiying.Roles() {
		r.Lets = append(r.Lets, lets(d, role))
	}
	return r
}

func lets(d Door, role huiying.Role) bool {
	return d.Who.Lets(query.Account{Person: huiying.Person{Roles: []huiying.Role{role}}})
}

func scopes(list []string, doors []Door) []ScopeRow {
	out := make([]ScopeRow, 0, len(list))
	for _, scope := range list {
		r := ScopeRow{Scope: scope, Lets: make([]bool, len(huiying.Roles()))}
		for _, d := range doors {
			if d.Who.Scope != scope {
				continue
			}
			r.Doors++
			for i, role := range huiying.Roles() {
				r.Lets[i] = r.Lets[i] || lets(d, role)
			}
		}
		out = append(out, r)
	}
	return out
}
