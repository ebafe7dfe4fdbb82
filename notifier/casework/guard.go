package casework

import (
	"net/url"
	"slices"
	"strings"
	"time"

	"huiying"
)

// attempt is a step somebody asks for, with all a guard may look at.
type attempt struct {
	c      huiying.Case
	row    Transition
	actor  huiying.Actor
	fields map[string]string
	now    time.Time
	zone   *time.Location
	policy Policy
}

// Guard is one condition of a step with its own refusal. Those with Early set
// need no fields and are told before anybody fills in a form.
type Guard struct {
	Name  string
	Early bool
	Check func(attempt) error
}

// The five kinds of matters that must be answered (国办发〔2016〕61号) and the six
// dispositions (国办发〔2016〕80号), as they stand in Case.Kind and
// Case.Disposition; their names are in the catalogue.
func kinds() []string {
	return []string{"policy", "vital_interest", "livelihood", "emergency", "superior"}
}

func dispositions() []string {
	return []string{"constructive", "difficulty", "major_problem", "unclear", "mistaken", "false"}
}

var (
	// guardOwnUnit keeps a responder to the cases of the own unit. Whoever may
	// take the step by another role as well is not bound.
	guardOwnUnit = Guard{"own_unit", true, func(a attempt) error {
		for _, r := range a.row.Roles {
			if r != huiying.RoleResponder && a.actor.Has(r) {
				return nil
			}
		}
		if a.actor.Unit == "" || a.actor.Unit != a.c.Unit {
			return huiying.Errorf(huiying.Forbidden, "case.guard.own_unit", a.c.No)
		}
		return nil
	}}
	guardReturnOnce = Guard{"return_once", true, func(a attempt) error {
		if a.c.Returned > 0 {
			return huiying.Errorf(huiying.Conflict, "case.guard.return_once", a.c.No)
		}
		return nil
	}}
	guardTarget = Guard{"target", false, func(a attempt) error {
		if a.fields[FieldUnit] == "" && a.fields[FieldOwner] == "" {
			return huiying.Errorf(huiying.Invalid, "case.guard.target", a.c.No)
		}
		return nil
	}}
	// guardWithinUnit lets a responder hand on to a colleague only.
	guardWithinUnit = Guard{"within_unit", false, func(a attempt) error {
		unit := a.fields[FieldUnit]
		if a.actor.Has(huiying.RoleOfficer, huiying.RoleManager) || unit == "" || unit == a.c.Unit {
			return nil
		}
		return huiying.Errorf(huiying.Forbidden, "case.guard.within_unit", a.c.No)
	}}
	guardLevel = Guard{"level", false, func(a attempt) error {
		if v := a.fields[FieldLevel]; v != "" && !huiying.Level(v).Valid() {
			return huiying.Errorf(huiying.Invalid, "case.guard.level", v)
		}
		return nil
	}}
	guardOtherLevel = Guard{"other_level", false, func(a attempt) error {
		if huiying.Level(a.fields[FieldLevel]) == a.c.Level {
			return huiying.Errorf(huiying.Conflict, "case.guard.other_level", a.c.No)
		}
		return nil
	}}
	guardKind        = oneOf("kind", FieldKind, kinds)
	guardDisposition = oneOf("disposition", FieldDisposition, dispositions)
	// guardApprover narrows the roles by level: for the highest levels the head
	// of the office signs, as far as the office says so.
	guardApprover = Guard{"approver", true, func(a attempt) error {
		if roles, ok := a.policy.Approvers[a.c.Level]; ok && !a.actor.Has(roles...) {
			return huiying.Errorf(huiying.Forbidden, "case.guard.approver", a.c.No)
		}
		return nil
	}}
	guardNotDrafter = Guard{"not_drafter", true, func(a attempt) error {
		if a.actor.ID == a.c.Drafter || a.actor.ID == a.c.Draft.By {
			return huiying.Errorf(huiying.Forbidden, "case.guard.not_drafter", a.c.No)
		}
		return nil
	}}
	guardSecrecy  = ticked("secrecy", FieldSecrecy)
	guardBusiness = ticked("business", FieldBusiness)
	guardPlace    = Guard{"place", false, func(a attempt) error {
		if strings.TrimSpace(a.fields[FieldURL]) == "" && strings.TrimSpace(a.fields[FieldReceipt]) == "" {
			return huiying.Errorf(huiying.Invalid, "case.guard.place", a.c.No)
		}
		if at := strings.TrimSpace(a.fields[FieldURL]); at != "" && !webAddress(at) {
			return huiying.Errorf(huiying.Invalid, "case.guard.url", at)
		}
		return nil
	}}
	guardTime = Guard{"time", false, func(a attempt) error {
		at, err := parseWhen(a.fields[FieldAt], a.zone)
		if err != nil {
			return huiying.Errorf(huiying.Invalid, "case.guard.time", a.fields[FieldAt])
		}
		if at.After(a.now) {
			return huiying.Errorf(huiying.Invalid, "case.guard.future", a.fields[FieldAt])
		}
		return nil
	}}
	// guardAfterApproval compares whole minutes, because forms carry no seconds.
	guardAfterApproval = Guard{"after_approval", false, func(a attempt) error {
		at, err := parseWhen(a.fields[FieldAt], a.zone)
		if err == nil && at.Before(a.c.Approved.At.Truncate(time.Minute)) {
			return huiying.Errorf(huiying.Invalid, "case.guard.after_approval", a.c.No)
		}
		return nil
	}}
	guardApprovedText = Guard{"approved_text", false, func(a attempt) error {
		digest := a.fields[FieldDigest]
		if text := a.fields[FieldText]; text != "" {
			if digest != "" && digest != huiying.Digest(text) {
				return huiying.Errorf(huiying.Conflict, "case.guard.text_altered", a.c.No)
			}
			digest = huiying.Digest(text)
		}
		switch digest {
		case "":
			return huiying.Errorf(huiying.Invalid, "case.guard.text_needed", a.c.No)
		case a.c.Approved.Digest:
			return nil
		}
		return huiying.Errorf(huiying.Conflict, "case.guard.text_altered", a.c.No)
	}}
	guardPublished = Guard{"published", true, func(a attempt) error {
		if a.c.Response.Digest == "" {
			return huiying.Errorf(huiying.Conflict, "case.guard.published", a.c.No)
		}
		return nil
	}}
	guardNewPost = Guard{"new_post", false, func(a attempt) error {
		if slices.Contains(a.c.Posts, a.fields[FieldPost]) {
			return huiying.Errorf(huiying.Conflict, "case.guard.new_post", a.c.No)
		}
		return nil
	}}
)

// webAddress refuses what the record should not make a link of: javascript:,
// data:, and addresses without a host.
func webAddress(text string) bool {
	u, err := url.Parse(text)
	return err == nil && (u.Scheme == "https" || u.Scheme == "http") && u.Host != ""
}

func ticked(name, field string) Guard {
	return Guard{name, false, func(a attempt) error {
		switch a.fields[field] {
		case "true", "on", "yes", "1":
			return nil
		}
		return huiying.Errorf(huiying.Invalid, "case.guard."+name, a.c.No)
	}}
}

func oneOf(name, field string, values func() []string) Guard {
	return Guard{name, false, func(a attempt) error {
		if v := a.fields[field]; v != "" && !slices.Contains(values(), v) {
			return huiying.Errorf(huiying.Invalid, "case.guard."+name, v, strings.Join(values(), " "))
		}
		return nil
	}}
}

// parseWhen reads a time of a form: with an offset, or in the office zone as
// browsers send it (2026-11-23T09:30).
func parseWhen(s string, zone *time.Location) (time.Time, error) {
	if t, err := time.Parse(time.RFC3339Nano, s); err == nil {
		return t.UTC().Truncate(time.Microsecond), nil
	}
	if t, err := time.ParseInLocation("2006-01-02T15:04:05", s, zone); err == nil {
		return t.UTC(), nil
	}
	t, err := time.ParseInLocation("2006-01-02T15:04", s, zone)
	return t.UTC(), err
}
