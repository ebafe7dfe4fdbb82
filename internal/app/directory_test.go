package app

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"huiying"
	"huiying/notifier"
	"huiying/notifier/casework/machine"
	"huiying/notifier/route"
)

// Who is told, by what is named and who is on duty.
func TestRecipients(t *testing.T) {
	hook := []huiying.Contact{{Channel: "hook"}}
	people := []huiying.Person{
		{ID: "zhou", Unit: "u-office", Roles: []huiying.Role{huiying.RoleOfficer}, Contacts: hook},
		{ID: "han", Unit: "u-hall", Roles: []huiying.Role{huiying.RoleResponder}, Contacts: hook},
		{ID: "lin", Unit: "u-hall", Roles: []huiying.Role{huiying.RoleManager}, Contacts: hook},
		{ID: "boss", Roles: []huiying.Role{huiying.RoleManager}, Contacts: hook},
		{ID: "mute", Roles: []huiying.Role{huiying.RoleAdmin}},
		{ID: "old", Roles: []huiying.Role{huiying.RoleOfficer}, Contacts: []huiying.Contact{{Channel: "gone"}}},
	}
	for _, c := range []struct {
		name    string
		rosters map[string][]string
		notify  string
		told    string // by Recipients
		present string // by Present; "=" as told, then "gap" where it reports one
	}{
		{"no roster, nobody named", nil, "", "zhou old", ""},
		{"a roster, nobody named", map[string][]string{"main": {"han"}}, "", "han", ""},
		{"on duty", map[string][]string{"main": {"han"}, "night": {"boss"}}, "duty", "han boss", "="},
		{"one roster", map[string][]string{"main": {"han"}, "night": {"boss"}}, "duty:night", "boss", "="},
		{"a gap is told to the officers, and a ladder goes on", map[string][]string{"main": nil}, "duty:main", "zhou old", " gap"},
		{"whoever is on duty cannot be told", map[string][]string{"main": {"mute"}}, "duty", "zhou old", " gap"},
		{"one who has left", map[string][]string{"main": {"nobody"}}, "duty", "zhou old", " gap"},
		{"no such roster", map[string][]string{"main": {"han"}}, "duty:other", "zhou old", ""},
		{"a unit and who is on duty", map[string][]string{"main": {"han"}}, "u-hall duty", "han@u-hall han", "="},
		{"the unit's management", nil, "head:u-hall", "", "lin"},
		{"the management of a unit without any", nil, "head:u-office", "", "lin boss"},
		{"officers who can be told", nil, "officers", "", "zhou"},
		{"no administrator can be told", nil, "admins", "", ""},
		{"a shared channel", nil, "hook", "/hook", "="},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := &directory{
				people: func(context.Context) ([]huiying.Person, error) { return people, nil }, now: time.Now,
				units: []huiying.Unit{{ID: "u-hall"}, {ID: "u-office"}}, channels: []string{"hook"},
				onDuty: func(_ context.Context, id string) (on []string, there bool, err error) {
					for _, name := range []string{"main", "night"} {
						if who, ok := c.rosters[name]; ok && (id == "" || id == name) {
							on, there = append(on, who...), true
						}
					}
					return on, there, nil
				},
			}
			got, err := d.Recipients(t.Context(), strings.Fields(c.notify))
			if err != nil {
				t.Fatal(err)
			}
			if names(got) != c.told {
				t.Errorf("told %q, want %q", names(got), c.told)
			}
			if c.notify == "" {
				return
			}
			present, gap, err := d.Present(t.Context(), strings.Fields(c.notify))
			if err != nil {
				t.Fatal(err)
			}
			want, wantGap := strings.CutSuffix(c.present, " gap")
			if want == "=" {
				want = c.told
			}
			if names(present) != want || gap != wantGap {
				t.Errorf("present %q, gap %v; want %q, %v", names(present), gap, want, wantGap)
			}
		})
	}
}

// names writes recipients: a person, @ the unit that would have the case, or a
// channel alone.
func names(list []notifier.Recipient) string {
	var out []string
	for _, r := range list {
		switch {
		case r.Person.ID == "":
			out = append(out, "/"+r.Channel)
		case r.Unit != "":
			out = append(out, r.Person.ID+"@"+r.Unit)
		default:
			out = append(out, r.Person.ID)
		}
	}
	return strings.Join(out, " ")
}

// Everybody who is found carries their own quiet hours, in whatever way they are
// found; a duty in the roster puts them off, and hours nobody can read are an error
// and not silence.
func TestRecipientsAreQuiet(t *testing.T) {
	now := time.Date(2026, 11, 23, 15, 0, 0, 0, time.UTC) // 23:00 in the office
	seven := now.Add(8 * time.Hour)
	hook := []huiying.Contact{{Channel: "hook"}}
	hours := []string{"22:00-07:00"}
	people := []huiying.Person{
		{ID: "zhou", Roles: []huiying.Role{huiying.RoleOfficer}, Contacts: hook, Quiet: hours},
		{ID: "han", Unit: "u-hall", Roles: []huiying.Role{huiying.RoleResponder}, Contacts: hook, Quiet: hours},
		{ID: "he", Unit: "u-hall", Roles: []huiying.Role{huiying.RoleResponder}, Contacts: hook},
		{ID: "lin", Roles: []huiying.Role{huiying.RoleManager}, Contacts: hook, Quiet: hours},
	}
	asked := 0
	d := &directory{
		people: func(context.Context) ([]huiying.Person, error) { return people, nil }, now: func() time.Time { return now }, units: []huiying.Unit{{ID: "u-hall"}}, channels: []string{"hook"},
		clock: route.Clock{Zone: time.FixedZone("office", 8*3600)},
		shifts: func(_ context.Context, from, until time.Time) ([]huiying.DutyShift, error) {
			asked++
			if !from.Before(now.Add(-12*time.Hour)) || !until.After(now.AddDate(0, 0, 3)) {
				t.Errorf("shifts of %v–%v", from, until)
			}
			return []huiying.DutyShift{{Person: "zhou", From: now.Add(-time.Hour), Until: now.Add(time.Hour)}}, nil
		},
	}
	for _, c := range []struct {
		id    string
		until map[string]time.Time
	}{
		{"u-hall", map[string]time.Time{"han": seven, "he": now}}, {"zhou", map[string]time.Time{"zhou": now}}, {"", map[string]time.Time{"zhou": now}}, {"lin", map[string]time.Time{"lin": seven}},
	} {
		found, err := d.Recipients(t.Context(), strings.Fields(c.id))
		if err != nil || len(found) != len(c.until) {
			t.Fatalf("%q: %d found, %v", c.id, len(found), err)
		}
		for _, r := range found {
			if got := r.Quiet.Holds(huiying.LevelOrange, now); !got.Equal(c.until[r.Person.ID]) {
				t.Errorf("%s by %q: held until %v", r.Person.ID, c.id, got)
			}
			if got := r.Quiet.Holds(huiying.LevelRed, now); !got.Equal(now) {
				t.Errorf("%s by %q: red is held until %v", r.Person.ID, c.id, got)
			}
		}
	}
	present, _, err := d.Present(t.Context(), []string{"head:u-hall", "u-hall"})
	if err != nil || len(present) != 3 || !present[0].Quiet.Holds(huiying.LevelOrange, now).Equal(seven) {
		t.Errorf("present %+v %v", present, err)
	}
	if until, err := d.quietUntil(t.Context(), "han", now); err != nil || !until.Equal(seven) {
		t.Errorf("%v %v", until, err)
	}
	if asked != 1 {
		t.Errorf("the rosters were asked %d times", asked)
	}
	people[1].Quiet, d.list = []string{"someday"}, nil
	if _, err := d.Recipients(t.Context(), []string{"han"}); huiying.ErrorCode(err) != huiying.Invalid {
		t.Errorf("hours nobody can read: %v", err)
	}
}

// An office without rosters may have a user called duty.
func TestUserCalledDuty(t *testing.T) {
	d := &directory{now: time.Now, channels: []string{"hook"}, people: func(context.Context) ([]huiying.Person, error) {
		return []huiying.Person{
			{ID: "duty", Roles: []huiying.Role{huiying.RoleOfficer}, Contacts: []huiying.Contact{{Channel: "hook"}}},
			{ID: "zhou", Roles: []huiying.Role{huiying.RoleOfficer}, Contacts: []huiying.Contact{{Channel: "hook"}}},
		}, nil
	}}
	got, err := d.Recipients(t.Context(), []string{"duty"})
	if err != nil || !slices.Equal(strings.Fields(names(got)), []string{"duty"}) {
		t.Errorf("%q, %v", names(got), err)
	}
}

// Of a draft hear those who may approve it: not its author, and where the
// office lets the head alone sign, nobody else.
func TestSigners(t *testing.T) {
	hook := []huiying.Contact{{Channel: "hook"}}
	people := []huiying.Person{
		{ID: "boss", Roles: []huiying.Role{huiying.RoleManager}, Contacts: hook},
		{ID: "rev", Roles: []huiying.Role{huiying.RoleReviewer}, Contacts: hook},
		{ID: "author", Roles: []huiying.Role{huiying.RoleManager, huiying.RoleResponder}, Contacts: hook},
		{ID: "mute", Roles: []huiying.Role{huiying.RoleManager}},
		{ID: "zhou", Roles: []huiying.Role{huiying.RoleOfficer}, Contacts: hook},
	}
	d := &directory{people: func(context.Context) ([]huiying.Person, error) { return people, nil }, now: time.Now, channels: []string{"hook"}}
	policy := machine.DefaultPolicy()
	for level, want := range map[huiying.Level]string{huiying.LevelRed: "boss", huiying.LevelYellow: "boss rev"} {
		found, err := d.signers(t.Context(), &policy, huiying.Case{Level: level, Drafter: "author"})
		var got []string
		for _, r := range found {
			got = append(got, r.Person.ID)
		}
		if err != nil || strings.Join(got, " ") != want {
			t.Errorf("%s: %v, %v; want %s", level, got, err, want)
		}
	}
}
