package machine

import (
	"slices"
	"strings"
	"time"

	"huiying"
)

// The guards of reply, review and publication.
var (
	// guardApprover narrows the roles by level: for the highest levels the head
	// of the office signs, as far as the office says so.
	guardApprover = Guard{"approver", true, func(a Attempt) error {
		if !a.Policy.signs(a.Case.Level, a.Actor) {
			return a.refuse(huiying.Forbidden, "approver")
		}
		return nil
	}}
	// guardNotDrafter counts everybody who wrote a version in this round, not
	// only who submitted the last one.
	guardNotDrafter = Guard{"not_drafter", true, func(a Attempt) error {
		if wrote(a.Case, a.Actor.ID) {
			return a.refuse(huiying.Forbidden, "not_drafter")
		}
		return nil
	}}
	guardSecrecy   = ticked("secrecy", FieldSecrecy)
	guardBusiness  = ticked("business", FieldBusiness)
	guardDraftable = Guard{"draftable", true, func(a Attempt) error {
		switch a.Case.State {
		case huiying.StateInReview, huiying.StateApproved:
			return a.refuse(huiying.Conflict, "draftable")
		}
		return nil
	}}
	guardPlace = Guard{"place", false, func(a Attempt) error {
		if a.Fields[FieldURL] == "" && a.Fields[FieldReceipt] == "" {
			return a.refuse(huiying.Invalid, "place")
		}
		if at := a.Fields[FieldURL]; at != "" && !webAddress(at) {
			return huiying.Errorf(huiying.Invalid, "case.guard.url", at)
		}
		return nil
	}}
	guardTime = Guard{"time", false, func(a Attempt) error {
		at, err := ParseWhen(a.Fields[FieldAt], a.Zone)
		if err != nil {
			return huiying.Errorf(huiying.Invalid, "case.guard.time", a.Fields[FieldAt])
		}
		if at.After(a.Now) {
			return huiying.Errorf(huiying.Invalid, "case.guard.future", a.Fields[FieldAt])
		}
		return nil
	}}
	guardAfterApproval = after("after_approval", func(c huiying.Case) time.Time { return c.Approved.At })
	guardAfterTransfer = after("after_transfer", func(c huiying.Case) time.Time { return c.Transfer.At })
	guardApprovedText  = Guard{"approved_text", false, func(a Attempt) error {
		digest, err := a.published()
		if err != nil {
			return err
		}
		if digest != a.Case.Approved.Digest {
			return a.refuse(huiying.Conflict, "text_altered")
		}
		return nil
	}}
	// guardUpdate lets the approved words go out on a further platform by
	// anybody who may publish; other words are a draft that somebody else wrote
	// and the reviewer checks here.
	guardUpdate = Guard{"update", false, func(a Attempt) error {
		digest, err := a.published()
		if err != nil || digest == a.Case.Approved.Digest {
			return err
		}
		for _, g := range []Guard{guardApprover, guardSecrecy, guardBusiness} {
			if err := g.Check(a); err != nil {
				return err
			}
		}
		by := authors(a.Case, digest)
		switch {
		case len(by) == 0:
			return a.refuse(huiying.Conflict, "update_draft")
		case !a.Actor.Has(checkers()...):
			return a.refuse(huiying.Forbidden, "update_role")
		case slices.Contains(by, a.Actor.ID):
			return a.refuse(huiying.Forbidden, "not_drafter")
		}
		return nil
	}}
	guardPublished = Guard{"published", true, func(a Attempt) error {
		if a.Case.Response.Digest == "" {
			return a.refuse(huiying.Conflict, "published")
		}
		return nil
	}}
	// guardEveryPlatform: who asked the office directly is answered where he
	// asked.
	guardEveryPlatform = Guard{"every_platform", true, func(a Attempt) error {
		var missing []string
		for _, p := range askedDirectly() {
			asked := slices.ContainsFunc(a.Case.Posts, func(post string) bool { return strings.HasPrefix(post, p+":") })
			if asked && !slices.ContainsFunc(a.Case.Answers, func(r huiying.Response) bool { return r.Platform == p }) {
				missing = append(missing, p)
			}
		}
		if len(missing) == 0 {
			return nil
		}
		return huiying.Errorf(huiying.Conflict, "case.guard.every_platform", a.Case.No, strings.Join(missing, " "))
	}}
	guardClassified = Guard{"classified", false, func(a Attempt) error {
		if !a.Policy.Classified {
			return nil
		}
		for field, has := range map[string]string{
			FieldKind: a.Case.Kind, FieldDisposition: a.Case.Disposition, FieldSettlement: a.Case.Settlement,
		} {
			if has == "" && a.Fields[field] == "" {
				return a.refuse(huiying.Invalid, "classified")
			}
		}
		return nil
	}}
)

// published is the digest of the words that a publication names.
func (a Attempt) published() (string, error) {
	digest := a.Fields[FieldDigest]
	if text := a.Fields[FieldText]; text != "" {
		if digest != "" && digest != huiying.Digest(text) {
			return "", a.refuse(huiying.Conflict, "text_altered")
		}
		digest = huiying.Digest(text)
	}
	if digest == "" {
		return "", a.refuse(huiying.Invalid, "text_needed")
	}
	return digest, nil
}

// after compares whole minutes, because forms carry no seconds.
func after(name string, earliest func(huiying.Case) time.Time) Guard {
	return Guard{name, false, func(a Attempt) error {
		at, err := ParseWhen(a.Fields[FieldAt], a.Zone)
		if err == nil && at.Before(earliest(a.Case).Truncate(time.Minute)) {
			return a.refuse(huiying.Invalid, name)
		}
		return nil
	}}
}

// wrote reports whether the person wrote a version of the reply in this round.
func wrote(c huiying.Case, who string) bool {
	return who == c.Drafter || who == c.Draft.By ||
		slices.ContainsFunc(c.Drafts, func(r huiying.Reply) bool { return r.By == who })
}

// authors are all who handed in these very words in this round.
func authors(c huiying.Case, digest string) []string {
	var out []string
	for _, r := range c.Drafts {
		if r.Digest == digest {
			out = append(out, r.By)
		}
	}
	return out
}

// signs reports that the office lets the person sign replies of the level.
func (p Policy) signs(level huiying.Level, who huiying.Actor) bool {
	roles, narrowed := p.Approvers[level]
	return !narrowed || who.Has(roles...)
}

// MayApprove reports that the person may approve the reply of the case.
func (p Policy) MayApprove(c huiying.Case, who huiying.Actor) bool {
	return who.Has(checkers()...) && p.signs(c.Level, who) && !wrote(c, who.ID)
}
