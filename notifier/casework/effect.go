package casework

import (
	"fmt"
	"slices"
	"time"

	"huiying"
)

// Effect is one change a step makes to its case. It reads the step alone, so
// that the record rebuilds the case.
type Effect func(c *huiying.Case, s huiying.Step) error

// Payload keys that are not fields of a command.
const (
	payloadTitle     = "title"
	payloadTopic     = "topic"
	payloadRule      = "rule"
	payloadFirstSeen = "first_seen_at"
	payloadPublished = "published_at"
)

// stamp writes a time as the record does: UTC, to the microsecond.
func stamp(t time.Time) string {
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

// apply makes the case that follows c by the step s. It is the one place where
// a case changes: the engine and Fold both go through it.
func apply(table []Transition, c huiying.Case, s huiying.Step) (huiying.Case, error) {
	row, ok, _ := find(table, s.From, s.Action)
	if !ok || s.From != c.State || s.To != row.target(s.From) {
		return c, fmt.Errorf("step %d of case %s: no step %s from %q to %q", c.Version+1, s.CaseNo, s.Action, s.From, s.To)
	}
	c.Clocks = slices.Clone(c.Clocks)
	c.Posts = slices.Clone(c.Posts)
	c.No, c.State = s.CaseNo, s.To
	c.Version++
	for _, effect := range row.Effects {
		if err := effect(&c, s); err != nil {
			return c, fmt.Errorf("step %d of case %s: %w", c.Version, s.CaseNo, err)
		}
	}
	if err := applyClocks(&c, s.Payload); err != nil {
		return c, fmt.Errorf("step %d of case %s: %w", c.Version, s.CaseNo, err)
	}
	return c, nil
}

func effectDetect(c *huiying.Case, s huiying.Step) error {
	var err error
	c.Level = huiying.Level(s.Payload[FieldLevel])
	c.Title, c.Topic, c.Rule = s.Payload[payloadTitle], s.Payload[payloadTopic], s.Payload[payloadRule]
	c.OpenedAt = s.At
	c.Posts = []string{s.Payload[FieldPost]}
	c.Clocks = []huiying.Clock{}
	if c.FirstSeenAt, err = parseStamp(s.Payload[payloadFirstSeen]); err != nil {
		return err
	}
	c.PublishedAt, err = parseStamp(s.Payload[payloadPublished])
	return err
}

// effectAssign gives the case to a unit, and to a person where one is named.
// What was acknowledged before has to be acknowledged again.
func effectAssign(c *huiying.Case, s huiying.Step) error {
	if unit := s.Payload[FieldUnit]; unit != "" {
		c.Unit = unit
	}
	c.Owner = s.Payload[FieldOwner]
	c.AssignedAt, c.AckedAt = s.At, time.Time{}
	return nil
}

func effectLevel(c *huiying.Case, s huiying.Step) error {
	if level := s.Payload[FieldLevel]; level != "" {
		c.Level = huiying.Level(level)
	}
	return nil
}

func effectKind(c *huiying.Case, s huiying.Step) error {
	if v := s.Payload[FieldKind]; v != "" {
		c.Kind = v
	}
	if v := s.Payload[FieldDisposition]; v != "" {
		c.Disposition = v
	}
	return nil
}

func effectAck(c *huiying.Case, s huiying.Step) error {
	c.Owner, c.AckedAt = s.Actor, s.At
	return nil
}

func effectReturn(c *huiying.Case, _ huiying.Step) error {
	c.Unit, c.Owner = "", ""
	c.AssignedAt, c.AckedAt = time.Time{}, time.Time{}
	c.Returned++
	return nil
}

func effectSubmit(c *huiying.Case, s huiying.Step) error {
	c.Draft = huiying.Reply{Digest: s.Payload[FieldText], By: s.Actor, At: s.At}
	c.Drafter, c.Reviewer, c.Approved = s.Actor, "", huiying.Reply{}
	return nil
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

func effectPublish(c *huiying.Case, s huiying.Step) error {
	at, err := parseStamp(s.Payload[FieldAt])
	if err != nil {
		return err
	}
	place := s.Payload[FieldURL]
	if place == "" {
		place = s.Payload[FieldReceipt]
	}
	c.Response = huiying.Response{URL: place, Digest: c.Approved.Digest, At: at, By: s.Actor}
	c.RespondedAt = at
	return nil
}

func effectClosed(c *huiying.Case, s huiying.Step) error {
	c.ClosedAt = s.At
	return nil
}

// effectReopen lets the case go on; what was published stays published, but
// the next publication needs its own draft and approval.
func effectReopen(c *huiying.Case, _ huiying.Step) error {
	c.ClosedAt = time.Time{}
	c.Approved = huiying.Reply{}
	return nil
}

func effectAttach(c *huiying.Case, s huiying.Step) error {
	if post := s.Payload[FieldPost]; !slices.Contains(c.Posts, post) {
		c.Posts = append(c.Posts, post)
	}
	published, err := parseStamp(s.Payload[payloadPublished])
	if err != nil {
		return err
	}
	if !published.IsZero() && (c.PublishedAt.IsZero() || published.Before(c.PublishedAt)) {
		c.PublishedAt = published
	}
	return nil
}
