package machine

import (
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"huiying"
)

// Policy is what an office may decide for itself about the machine.
type Policy struct {
	// Approvers narrows, by level, who may approve a reply for release; a level
	// that is not named is free to every role of the table.
	Approvers map[huiying.Level][]huiying.Role
	// Classified refuses to close a case without its kind, disposition and
	// settlement.
	Classified bool
	// ReturnBy is until when a unit may return the case; nil and the zero time =
	// always.
	ReturnBy func(huiying.Case) time.Time
}

// DefaultPolicy has the head of the office sign red and orange replies.
func DefaultPolicy() Policy {
	head := []huiying.Role{huiying.RoleManager}
	return Policy{Approvers: map[huiying.Level][]huiying.Role{huiying.LevelRed: head, huiying.LevelOrange: head}}
}

// Attempt is a step somebody asks for, with all a guard may look at.
type Attempt struct {
	Case   huiying.Case
	Row    Transition
	Actor  huiying.Actor
	Fields map[string]string
	Now    time.Time
	Zone   *time.Location
	Policy Policy
}

// Guard is one condition of a step with its own refusal. Those with Early set
// need no fields and are told before anybody fills in a form.
type Guard struct {
	Name  string
	Early bool
	Check func(Attempt) error
}

// Check asks role, guards and required fields, in this order.
func (a Attempt) Check() error {
	if err := a.Early(); err != nil {
		return err
	}
	for _, f := range a.Row.Required {
		if a.Fields[f] == "" {
			return huiying.Errorf(huiying.Invalid, "case.need."+f, a.Case.No)
		}
	}
	for f := range a.Fields {
		if !a.Row.takes(f) {
			return huiying.Errorf(huiying.Invalid, "case.unknown_field", a.Row.Action, f)
		}
	}
	for _, g := range a.Row.Guards {
		if err := g.Check(a); err != nil {
			return err
		}
	}
	return nil
}

// Early is what can be refused before any field is filled in.
func (a Attempt) Early() error {
	if !a.Actor.Has(a.Row.Roles...) {
		return huiying.Errorf(huiying.Forbidden, "case.role."+a.Row.Action, a.Case.No)
	}
	for _, g := range a.Row.Guards {
		if !g.Early {
			continue
		}
		if err := g.Check(a); err != nil {
			return err
		}
	}
	return nil
}

// refuse is a guard's sentence about the case.
func (a Attempt) refuse(code huiying.Code, name string) error {
	return huiying.Errorf(code, "case.guard."+name, a.Case.No)
}

var (
	// guardOwnUnit keeps a responder to the cases the own unit leads or assists.
	// Whoever may take the step by another role as well is not bound.
	guardOwnUnit = Guard{"own_unit", true, func(a Attempt) error {
		for _, r := range a.Row.Roles {
			if r != huiying.RoleResponder && a.Actor.Has(r) {
				return nil
			}
		}
		assists := slices.Contains(a.Case.Helpers, a.Actor.Unit) && helperMay(a.Row.Action)
		if a.Actor.Unit == "" || a.Actor.Unit != a.Case.Unit && !assists {
			return a.refuse(huiying.Forbidden, "own_unit")
		}
		return nil
	}}
	guardReturnOnce = Guard{"return_once", true, func(a Attempt) error {
		if a.Case.Returned > 0 {
			return a.refuse(huiying.Conflict, "return_once")
		}
		return nil
	}}
	guardDesignated = Guard{"designated", true, func(a Attempt) error {
		if a.Case.Designated {
			return a.refuse(huiying.Conflict, "designated")
		}
		return nil
	}}
	guardReturnInTime = Guard{"return_in_time", true, func(a Attempt) error {
		if a.Policy.ReturnBy == nil {
			return nil
		}
		if by := a.Policy.ReturnBy(a.Case); !by.IsZero() && a.Now.After(by) {
			return a.refuse(huiying.Conflict, "return_in_time")
		}
		return nil
	}}
	guardTarget = Guard{"target", false, func(a Attempt) error {
		if a.Fields[FieldUnit] == "" && a.Fields[FieldOwner] == "" {
			return a.refuse(huiying.Invalid, "target")
		}
		return nil
	}}
	// guardWithinUnit lets a responder hand on to a colleague only.
	guardWithinUnit = Guard{"within_unit", false, func(a Attempt) error {
		unit := a.Fields[FieldUnit]
		plain := a.Fields[FieldHelpers] == "" && a.Fields[FieldDesignated] == "" && (unit == "" || unit == a.Case.Unit)
		if a.Actor.Has(huiying.RoleOfficer, huiying.RoleManager) || plain {
			return nil
		}
		return a.refuse(huiying.Forbidden, "within_unit")
	}}
	guardHelpers = Guard{"helpers", false, func(a Attempt) error {
		lead := a.Fields[FieldUnit]
		if lead == "" {
			lead = a.Case.Unit
		}
		if slices.Contains(strings.Fields(a.Fields[FieldHelpers]), lead) {
			return a.refuse(huiying.Invalid, "helpers")
		}
		return nil
	}}
	guardLevel = Guard{"level", false, func(a Attempt) error {
		if v := a.Fields[FieldLevel]; v != "" && !huiying.Level(v).Valid() {
			return huiying.Errorf(huiying.Invalid, "case.guard.level", v)
		}
		return nil
	}}
	guardOtherLevel = Guard{"other_level", false, func(a Attempt) error {
		if huiying.Level(a.Fields[FieldLevel]) == a.Case.Level {
			return a.refuse(huiying.Conflict, "other_level")
		}
		return nil
	}}
	guardKind        = oneOf("kind", FieldKind, Kinds)
	guardDisposition = oneOf("disposition", FieldDisposition, Dispositions)
	guardSettlement  = oneOf("settlement", FieldSettlement, Settlements)
	guardOrgan       = oneOf("organ", FieldOrgan, Organs)
	guardPlatform    = oneOf("platform", FieldPlatform, Platforms)
	guardInto        = Guard{"into", false, func(a Attempt) error {
		if a.Fields[FieldInto] == a.Case.No {
			return a.refuse(huiying.Invalid, "into_itself")
		}
		return nil
	}}
	// guardSecondPerson has another person agree that nothing will be done.
	guardSecondPerson = Guard{"second_person", true, func(a Attempt) error {
		if a.Actor.ID == a.Case.Watcher {
			return a.refuse(huiying.Forbidden, "second_person")
		}
		return nil
	}}
	// guardOtherThanHandler keeps the one who handled a case from saying what
	// the citizen thinks of it.
	guardOtherThanHandler = Guard{"other_than_handler", true, func(a Attempt) error {
		if a.Actor.ID == a.Case.Owner || a.Actor.ID == a.Case.Drafter {
			return a.refuse(huiying.Forbidden, "other_than_handler")
		}
		return nil
	}}
	guardPausable = Guard{"pausable", true, func(a Attempt) error {
		for _, k := range a.Case.Clocks {
			if k.Running() && !k.Pausable {
				return huiying.Errorf(huiying.Conflict, "case.guard.pausable", a.Case.No, k.Preset)
			}
		}
		return nil
	}}
	guardNewPost = Guard{"new_post", false, func(a Attempt) error {
		if slices.Contains(a.Case.Posts, a.Fields[FieldPost]) {
			return a.refuse(huiying.Conflict, "new_post")
		}
		return nil
	}}
	guardCoAck = Guard{"co_ack", true, func(a Attempt) error {
		l := a.Case.Ladder
		switch {
		case len(l.Acks) == 0 || len(l.Acks) >= max(l.Needs, 1):
			return a.refuse(huiying.Conflict, "co_ack")
		case slices.Contains(l.Acks, a.Actor.ID):
			return a.refuse(huiying.Conflict, "co_ack_same")
		}
		return nil
	}}
	guardFile = Guard{"file", false, func(a Attempt) error {
		n, err := strconv.ParseInt(a.Fields[FieldSize], 10, 64)
		if err != nil || n <= 0 || !strings.HasPrefix(a.Fields[FieldDigest], "sha256:") {
			return a.refuse(huiying.Invalid, "file")
		}
		for _, f := range a.Case.Files {
			if f.Digest == a.Fields[FieldDigest] {
				return a.refuse(huiying.Conflict, "file_twice")
			}
		}
		return nil
	}}
	guardNotOwner = Guard{"not_owner", true, func(a Attempt) error {
		if a.Actor.ID == a.Case.Owner {
			return a.refuse(huiying.Forbidden, "not_owner")
		}
		return nil
	}}
	// guardExtension: before it runs out, once, and only a clock that runs.
	guardExtension = Guard{"extension", false, func(a Attempt) error {
		if n, err := strconv.Atoi(a.Fields[FieldDays]); err != nil || n <= 0 {
			return a.refuse(huiying.Invalid, "days")
		}
		if err := a.runs(a.Fields[FieldPreset]); err != nil {
			return err
		}
		extended := func(k huiying.Clock) bool { return k.Preset == a.Fields[FieldPreset] && k.Extended }
		if slices.ContainsFunc(a.Case.Clocks, extended) {
			return huiying.Errorf(huiying.Conflict, "case.guard.extended", a.Case.No, a.Fields[FieldPreset])
		}
		return nil
	}}
	guardRuns    = Guard{"runs", false, func(a Attempt) error { return a.runs(a.Fields[FieldPreset]) }}
	guardInstead = Guard{"instead", false, func(a Attempt) error {
		instead := a.Fields[FieldInstead]
		switch {
		case instead == "":
			return nil
		case !a.Actor.Has(heads()...): // a limit of the law gives way by the head's word alone
			return a.refuse(huiying.Forbidden, "instead")
		}
		return a.runs(instead)
	}}
)

// runs refuses a limit that does not run, has ended or is suspended.
func (a Attempt) runs(preset string) error {
	if slices.ContainsFunc(a.Case.Clocks, func(k huiying.Clock) bool { return k.Preset == preset && k.Running() }) {
		return nil
	}
	return huiying.Errorf(huiying.Conflict, "case.guard.no_clock", a.Case.No, preset)
}

// helperMay lists what an assisting unit does: it helps with the words and the
// papers; the lead unit answers for the case.
func helperMay(action string) bool {
	switch action {
	case ActionNote, ActionDraft, ActionAttachFile, ActionEscalate:
		return true
	}
	return false
}

// webAddress refuses what the record should not make a link of: javascript:,
// data:, and addresses without a host.
func webAddress(text string) bool {
	u, err := url.Parse(text)
	return err == nil && (u.Scheme == "https" || u.Scheme == "http") && u.Host != ""
}

func ticked(name, field string) Guard {
	return Guard{name, false, func(a Attempt) error {
		if Ticked(a.Fields[field]) {
			return nil
		}
		return a.refuse(huiying.Invalid, name)
	}}
}

// Ticked reports whether a field of a form is a tick.
func Ticked(v string) bool {
	switch v {
	case "true", "on", "yes", "1":
		return true
	}
	return false
}

func oneOf(name, field string, values func() []string) Guard {
	return Guard{name, false, func(a Attempt) error {
		if v := a.Fields[field]; v != "" && !slices.Contains(values(), v) {
			return huiying.Errorf(huiying.Invalid, "case.guard."+name, v, strings.Join(values(), " "))
		}
		return nil
	}}
}

// ParseWhen reads a time of a form: with an offset, or in the office zone as
// browsers send it (2026-11-23T09:30).
func ParseWhen(s string, zone *time.Location) (time.Time, error) {
	if t, err := time.Parse(time.RFC3339Nano, s); err == nil {
		return t.UTC().Truncate(time.Microsecond), nil
	}
	if t, err := time.ParseInLocation("2006-01-02T15:04:05", s, zone); err == nil {
		return t.UTC(), nil
	}
	t, err := time.ParseInLocation("2006-01-02T15:04", s, zone)
	return t.UTC(), err
}
