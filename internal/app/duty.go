package app

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"huiying"
	"huiying/internal/app/rota"
	"huiying/internal/store/definitions"
	"huiying/notifier"
	"huiying/notifier/casework/machine"
	"huiying/notifier/ladder"
)

// rosterOf is the roster an id of a recipient means; ok is false when it means
// something else.
func rosterOf(id string) (roster string, ok bool) {
	if id == ladder.WordDuty {
		return "", true
	}
	return strings.CutPrefix(id, ladder.PrefixDuty)
}

// duty is who is on duty and can be told; there reports whether there is such a
// roster.
func (d *directory) duty(ctx context.Context, roster string, people []huiying.Person) (found []notifier.Recipient, there bool, err error) {
	if d.onDuty == nil {
		return nil, false, nil
	}
	ids, there, err := d.onDuty(ctx, roster)
	if err != nil {
		return nil, false, err
	}
	for _, p := range people {
		if slices.Contains(ids, p.ID) && rota.Reachable(p, d.channels) {
			found = append(found, onCall(p))
		}
	}
	return found, there, nil
}

// onCall tells a person who stands for the office, not for the own unit: the
// case does not become that unit's.
func onCall(p huiying.Person) notifier.Recipient {
	r := recipient(p)
	r.Unit = ""
	return r
}

// Present resolves ids and the words of ladders. Unlike Recipients it puts
// nobody in the place of somebody who is missing: a ladder goes on instead.
func (d *directory) Present(ctx context.Context, ids []string) (found []notifier.Recipient, gap bool, err error) {
	people, err := d.everybody(ctx)
	if err != nil {
		return nil, false, err
	}
	for _, id := range ids {
		if roster, ok := rosterOf(id); ok {
			on, there, err := d.duty(ctx, roster, people)
			if err != nil {
				return nil, false, err
			}
			if !there {
				on = d.known(id, people)
			}
			gap = gap || there && len(on) == 0
			found = append(found, on...)
			continue
		}
		if role, unit, ok := roleOf(id); ok {
			found = append(found, d.holders(people, role, unit)...)
			continue
		}
		resolved, err := d.resolve(ctx, id, people)
		if err != nil {
			return nil, false, err
		}
		found = append(found, resolved...)
	}
	found = slices.DeleteFunc(found, func(r notifier.Recipient) bool { return r.Channel == "" })
	return d.quieted(dropRepeats(found)), gap, nil
}

// roleOf is the role a word of a ladder stands for, and the unit whose people
// come first.
func roleOf(word string) (role huiying.Role, unit string, ok bool) {
	switch word {
	case ladder.WordHead:
		return huiying.RoleManager, "", true
	case ladder.WordOfficers:
		return huiying.RoleOfficer, "", true
	case ladder.WordAdmins:
		return huiying.RoleAdmin, "", true
	}
	unit, ok = strings.CutPrefix(word, ladder.PrefixHead)
	return huiying.RoleManager, unit, ok
}

// holders are those with a role who can be told: of the unit where it has any,
// else everybody.
func (d *directory) holders(people []huiying.Person, role huiying.Role, unit string) []notifier.Recipient {
	var of, all []notifier.Recipient
	for _, p := range people {
		if !slices.Contains(p.Roles, role) || !rota.Reachable(p, d.channels) {
			continue
		}
		all = append(all, onCall(p))
		if unit != "" && p.Unit == unit {
			of = append(of, onCall(p))
		}
	}
	if len(of) > 0 {
		return of
	}
	return all
}

// signers are those who may approve the reply of a case and can be told.
func (d *directory) signers(ctx context.Context, policy *machine.Policy, c huiying.Case) ([]notifier.Recipient, error) {
	people, err := d.everybody(ctx)
	if err != nil {
		return nil, err
	}
	var out []notifier.Recipient
	for _, p := range people {
		if policy.MayApprove(c, huiying.Actor{ID: p.ID, Unit: p.Unit, Roles: p.Roles}) && rota.Reachable(p, d.channels) {
			out = append(out, onCall(p))
		}
	}
	return d.quieted(out), nil
}

// rosterDefinitions are the rosters of the configuration.
func (a *App) rosterDefinitions() ([]definitions.Definition, error) {
	out := make([]definitions.Definition, 0, len(a.config.Rosters))
	for _, r := range a.config.Rosters {
		body, err := json.Marshal(r.Roster())
		if err != nil {
			return nil, fmt.Errorf("encode roster %s: %w", r.ID, err)
		}
		out = append(out, definitions.Definition{ID: r.ID, Author: "file", Body: body})
	}
	return out, nil
}
