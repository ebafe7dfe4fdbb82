package saved_test

import (
	"testing"

	"huiying"
	"huiying/internal/query"
	"huiying/internal/store/saved"
	"huiying/internal/store/storetest"
)

func account(id, unit string, roles ...huiying.Role) query.Account {
	return query.Account{Person: huiying.Person{ID: id, Unit: unit, Roles: roles}}
}

var (
	officer  = account("lin", "", huiying.RoleOfficer)
	other    = account("wu", "", huiying.RoleOfficer)
	hall     = account("han", "u-hall", huiying.RoleResponder)
	upstairs = account("qi", "u-it", huiying.RoleResponder)
)

func TestViews(t *testing.T) {
	s, _ := storetest.Open(t)
	b := saved.New(s)
	save := func(a query.Account, name, shared string) string {
		t.Helper()
		page := "stream"
		if !a.Scope().All {
			page = "cases"
		}
		id, err := b.Save(t.Context(), a, query.SavedView{Page: page, Name: name, Query: "level=red", Shared: shared})
		if err != nil {
			t.Fatal(err)
		}
		return id
	}
	names := func(a query.Account) (out string) {
		t.Helper()
		list, err := b.Views(t.Context(), a)
		if err != nil {
			t.Fatal(err)
		}
		for _, v := range list {
			out += v.Name
			if v.Default {
				out += "*"
			}
			if v.Subscription != nil {
				out += "!"
			}
			out += " "
		}
		return out
	}
	do := func(a query.Account, c query.ViewChange, want huiying.Code) {
		t.Helper()
		err := b.Change(t.Context(), a, c)
		if (err == nil) != (want == "") || err != nil && huiying.ErrorCode(err) != want {
			t.Errorf("%s of %s: %v, want %q", c.Action, a.Person.ID, err, want)
		}
	}
	own := save(officer, "甲", "")
	shared := save(officer, "乙", "role:officer")
	units := save(hall, "丙", "unit:u-hall")
	for a, want := range map[string]string{"lin": "甲 乙 ", "wu": "乙 ", "han": "丙 ", "qi": ""} {
		for _, one := range []query.Account{officer, other, hall, upstairs} {
			if got := names(one); one.Person.ID == a && got != want {
				t.Errorf("%s sees %q, want %q", a, got, want)
			}
		}
	}
	if _, err := b.Save(t.Context(), officer, query.SavedView{Page: "stream", Name: " 甲 "}); huiying.ErrorCode(err) != huiying.Conflict {
		t.Errorf("a name twice: %v", err)
	}
	for _, v := range []query.SavedView{{Page: "stream", Name: " "}, {Page: "admin", Name: "x"}, {Page: "cases", Name: "x", Shared: "role:king"}, {Page: "cases", Name: "x", Shared: "role:display"}} {
		if _, err := b.Save(t.Context(), hall, v); huiying.ErrorCode(err) != huiying.Invalid {
			t.Errorf("%+v: %v", v, err)
		}
	}
	if _, err := b.Save(t.Context(), hall, query.SavedView{Page: "cases", Name: "x", Shared: "unit:u-it"}); huiying.ErrorCode(err) != huiying.Invalid {
		t.Errorf("shared with another unit: %v", err)
	}
	do(other, query.ViewChange{View: own, Action: query.ViewDefault}, huiying.NotFound)
	do(other, query.ViewChange{View: shared, Action: query.ViewDelete}, huiying.Forbidden)
	do(other, query.ViewChange{View: shared, Action: query.ViewDefault}, "")
	do(other, query.ViewChange{View: shared, Action: query.ViewSubscribe, Every: 30, Hours: "always"}, "")
	do(other, query.ViewChange{View: shared, Action: query.ViewSubscribe, Every: 1, Hours: "always"}, huiying.Invalid)
	do(officer, query.ViewChange{View: own, Action: query.ViewRename, Name: "乙"}, huiying.Conflict)
	do(officer, query.ViewChange{View: own, Action: query.ViewRename, Name: "丁"}, "")
	do(officer, query.ViewChange{View: own, Action: query.ViewShare, Shared: "role:officer"}, "")
	do(officer, query.ViewChange{View: own, Action: "burn"}, huiying.Invalid)
	if got := names(other); got != "丁 乙*! " {
		t.Errorf("wu sees %q", got)
	}
	do(officer, query.ViewChange{View: shared, Action: query.ViewShare, Shared: ""}, "")
	if got := names(other); got != "丁 " {
		t.Errorf("no longer shared: wu sees %q", got)
	}
	do(officer, query.ViewChange{View: own, Action: query.ViewDelete}, "")
	do(hall, query.ViewChange{View: units, Action: query.ViewDelete}, "")
	if names(hall)+names(other) != "" {
		t.Error("deleted views are left")
	}
}
