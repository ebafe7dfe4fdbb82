package machine

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"huiying"
)

// Effect is one change a step makes to its case. It reads the step alone, so
// that the record rebuilds the case.
type Effect func(c *huiying.Case, s huiying.Step) error

// Stamp writes a time as the record does: UTC, to the microsecond.
func Stamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339Nano)
}

func parseStamp(s string) (time.Time, error) {
	if s == "" {
		return time.Time{}, nil
	}
	t, err := time.Parse(time.RFC3339Nano, s)
	if err != nil {
		return time.Time{}, fmt.Errorf("time in the record: %w", err)
	}
	return t.UTC(), nil
}

func effectDetect(c *huiying.Case, s huiying.Step) error {
	var err error
	c.Level = huiying.Level(s.Payload[FieldLevel])
	c.Title, c.Topic, c.Rule = s.Payload[PayloadTitle], s.Payload[PayloadTopic], s.Payload[PayloadRule]
	c.OpenedAt = s.At
	c.Posts = []string{s.Payload[FieldPost]}
	c.Origin = huiying.Origin{Platform: s.Payload[PayloadPlatform], Kind: s.Payload[PayloadKind], Intent: s.Payload[PayloadIntent]}
	c.Clocks = []huiying.Clock{}
	if c.FirstSeenAt, err = parseStamp(s.Payload[PayloadFirstSeen]); err != nil {
		return err
	}
	c.PublishedAt, err = parseStamp(s.Payload[PayloadPublished])
	return err
}

// effectAssign gives the case to a unit, and to a person where one is named.
// What was acknowledged before has to be acknowledged again.
func effectAssign(c *huiying.Case, s huiying.Step) error {
	if unit := s.Payload[FieldUnit]; unit != "" {
		c.Unit = unit
	}
	c.Owner = s.Payload[FieldOwner]
	c.AssignedAt, c.AckedAt, c.Watcher = s.At, time.Time{}, ""
	c.Designated = c.Designated || Ticked(s.Payload[FieldDesignated])
	return nil
}

// effectHelpers sets the assisting units where the step names them; the lead
// unit is never one of them.
func effectHelpers(c *huiying.Case, s huiying.Step) error {
	if named := strings.Fields(s.Payload[FieldHelpers]); len(named) > 0 {
		slices.Sort(named)
		c.Helpers = slices.Compact(named)
	}
	if i := slices.Index(c.Helpers, c.Unit); i >= 0 {
		c.Helpers = slices.Delete(slices.Clone(c.Helpers), i, i+1)
	}
	if len(c.Helpers) == 0 {
		c.Helpers = nil
	}
	return nil
}

func effectLevel(c *huiying.Case, s huiying.Step) error {
	if level := s.Payload[FieldLevel]; level != "" {
		c.Level = huiying.Level(level)
	}
	return nil
}

func effectKind(c *huiying.Case, s huiying.Step) error {
	for field, at := range map[string]*string{
		FieldKind: &c.Kind, FieldDisposition: &c.Disposition, FieldSettlement: &c.Settlement,
	} {
		if v := s.Payload[field]; v != "" {
			*at = v
		}
	}
	return nil
}

func effectWatch(c *huiying.Case, s huiying.Step) error {
	c.Watcher = s.Actor
	return nil
}

func effectMerge(c *huiying.Case, s huiying.Step) error {
	c.MergedInto = s.Payload[FieldInto]
	return nil
}

func effectTransfer(c *huiying.Case, s huiying.Step) error {
	c.Transfer = huiying.Transfer{Organ: s.Payload[FieldOrgan], At: s.At}
	return nil
}

func effectReceipt(c *huiying.Case, s huiying.Step) error {
	c.Transfer.Receipt = s.Payload[FieldReceipt]
	return nil
}

func effectAck(c *huiying.Case, s huiying.Step) error {
	c.Owner, c.AckedAt = s.Actor, s.At
	return nil
}

// effectUnack takes the acknowledgement back; who had it stays the owner, so
// that the alert goes to the same desk first.
func effectUnack(c *huiying.Case, s huiying.Step) error {
	c.AckedAt, c.AssignedAt = time.Time{}, s.At
	return nil
}

func effectReturn(c *huiying.Case, _ huiying.Step) error {
	unassign(c)
	c.Returned++
	return nil
}

func unassign(c *huiying.Case) {
	c.Unit, c.Owner, c.Helpers = "", "", nil
	c.AssignedAt, c.AckedAt = time.Time{}, time.Time{}
}

func effectDraft(c *huiying.Case, s huiying.Step) error {
	c.Drafts = append(c.Drafts, huiying.Reply{Digest: s.Payload[FieldText], By: s.Actor, At: s.At})
	return nil
}

func effectSubmit(c *huiying.Case, s huiying.Step) error {
	c.Draft = huiying.Reply{Digest: s.Payload[FieldText], By: s.Actor, At: s.At}
	c.Drafter, c.Reviewer, c.Approved = s.Actor, "", huiying.Reply{}
	return effectDraft(c, s)
}

func effectApprove(c *huiying.Case, s huiying.Step) error {
	c.Approved = huiying.Reply{Digest: c.Draft.Digest, By: s.Actor, At: s.At}
	c.Reviewer = s.Actor
	return nil
}

func effectReject(c *huiying.Case, s huiying.Step) error {
	c.Reviewer = s.Actor
	return nil
}

func effectRecall(c *huiying.Case, _ huiying.Step) error {
	c.Approved = huiying.Reply{}
	return nil
}

// effectPublish begins the answers of this round; drafts kept from here on are
// those of updates.
func effectPublish(c *huiying.Case, s huiying.Step) error {
	r, err := response(*c, s, c.Approved.Digest)
	if err != nil {
		return err
	}
	c.Response, c.RespondedAt = r, r.At
	c.Answers, c.Drafts = append(c.Answers, r), nil
	return nil
}

func effectUpdate(c *huiying.Case, s huiying.Step) error {
	digest := s.Payload[FieldDigest]
	if text := s.Payload[FieldText]; text != "" {
		digest = text // words enter the record as their digest
	}
	r, err := response(*c, s, digest)
	if err != nil {
		return err
	}
	c.Answers = append(c.Answers, r)
	return nil
}

func response(c huiying.Case, s huiying.Step, digest string) (huiying.Response, error) {
	at, err := parseStamp(s.Payload[FieldAt])
	if err != nil {
		return huiying.Response{}, err
	}
	place, platform := s.Payload[FieldURL], s.Payload[FieldPlatform]
	if place == "" {
		place = s.Payload[FieldReceipt]
	}
	if platform == "" {
		platform = firstPlatform(c)
	}
	return huiying.Response{URL: place, Digest: digest, At: at, By: s.Actor, Platform: platform}, nil
}

// firstPlatform is where the case began: the reply is given there unless the
// publication says otherwise.
func firstPlatform(c huiying.Case) string {
	if len(c.Posts) == 0 {
		return ""
	}
	platform, _, _ := strings.Cut(c.Posts[0], ":")
	if !slices.Contains(Platforms(), platform) {
		return "other"
	}
	return platform
}

func effectClosed(c *huiying.Case, s huiying.Step) error {
	c.ClosedAt = s.At
	return nil
}

// effectRound begins a new round of work: what was published stays published,
// but the next publication needs its own draft and approval. A round that owes
// its answer still goes on as the one it is.
func effectRound(c *huiying.Case, s huiying.Step) error {
	if c.Answered() {
		c.RoundAt = s.At
	}
	c.ClosedAt = time.Time{}
	c.Approved = huiying.Reply{}
	c.Drafts, c.Answers = nil, nil
	return nil
}

// effectReopen lets the case go on, wherever it had gone. In triage it is
// nobody's.
func effectReopen(c *huiying.Case, s huiying.Step) error {
	c.MergedInto, c.Watcher, c.Transfer = "", "", huiying.Transfer{}
	if s.To == huiying.StatePendingTriage {
		unassign(c)
		c.Designated = false
	}
	return effectRound(c, s)
}

func effectRating(c *huiying.Case, s huiying.Step) error {
	c.Rating = s.Payload[FieldGrade]
	return nil
}

func effectSupervise(c *huiying.Case, _ huiying.Step) error {
	c.Supervised++
	return nil
}

func effectExtend(c *huiying.Case, s huiying.Step) error {
	for i := range c.Clocks {
		if k := &c.Clocks[i]; k.Preset == s.Payload[FieldPreset] && k.Running() {
			k.Extended = true
		}
	}
	return nil
}

func effectFile(c *huiying.Case, s huiying.Step) error {
	size, err := strconv.ParseInt(s.Payload[FieldSize], 10, 64)
	if err != nil {
		return fmt.Errorf("size of the attachment: %w", err)
	}
	c.Files = append(c.Files, huiying.File{
		Digest: s.Payload[FieldDigest], Name: s.Payload[FieldName], Type: s.Payload[FieldType], Size: size, By: s.Actor, At: s.At,
	})
	return nil
}

// effectAttach lets a post join, or all of a case that was merged into this
// one; the earliest sighting and publication count.
func effectAttach(c *huiying.Case, s huiying.Step) error {
	posts := strings.Fields(s.Payload[PayloadPosts])
	if post := s.Payload[FieldPost]; post != "" {
		posts = append(posts, post)
	}
	for _, post := range posts {
		if !slices.Contains(c.Posts, post) {
			c.Posts = append(c.Posts, post)
		}
	}
	for key, at := range map[string]*time.Time{PayloadPublished: &c.PublishedAt, PayloadFirstSeen: &c.FirstSeenAt} {
		t, err := parseStamp(s.Payload[key])
		if err != nil {
			return err
		}
		if !t.IsZero() && (at.IsZero() || t.Before(*at)) {
			*at = t
		}
	}
	return nil
}
