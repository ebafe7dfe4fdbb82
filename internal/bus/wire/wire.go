// Package wire is the contract on the wire: posts and events as JSON, cut to
// the size of a message, under their subjects. docs/events.md describes it. It
// refuses what could not be read back with the id it was sent under.
package wire

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"huiying"
)

// maxPost is the encoded size a post may have, so that the event that carries
// it has room for the judgement.
const maxPost = 700_000

// MaxMessage is the largest body that is published, in bytes; NATS itself
// takes 1 MiB with headers.
const MaxMessage = 900_000

// Encoded is a message ready to be published.
type Encoded struct {
	Subject string
	ID      string // Nats-Msg-Id
	Body    []byte
}

// Post encodes one revision of a post as huiying.post.<platform>.<source>, cut
// to size and with times in the zone. Errors: huiying.Invalid, as
// Post.Validate and for what cannot be cut small enough.
func Post(p huiying.Post, zone *time.Location) (Encoded, error) {
	if err := p.Validate(); err != nil {
		return Encoded{}, err
	}
	p, body, err := fit(validText(p).Trim().In(zone))
	if err != nil {
		return Encoded{}, err
	}
	return Encoded{"huiying.post." + p.Platform + "." + p.Source, p.MessageID(), body}, nil
}

// fit shortens a post until it is small enough: quotes, newlines and control
// characters grow in JSON.
func fit(p huiying.Post) (huiying.Post, []byte, error) {
	for {
		body, err := encode(p)
		if err != nil {
			return p, nil, fmt.Errorf("encode post %s: %w", p.ID, err)
		}
		if len(body) <= maxPost {
			return p, body, nil
		}
		cut, ok := shorten(p)
		if !ok {
			return p, nil, huiying.Errorf(huiying.Invalid, "bus.too_large", p.ID, len(body), maxPost)
		}
		p = cut
	}
}

// validText makes the texts valid UTF-8, so that what is decoded has the
// revision its message id names.
func validText(p huiying.Post) huiying.Post {
	p.Title, p.Text = valid(p.Title), valid(p.Text)
	answers := make([]huiying.Answer, len(p.Answers))
	for i, a := range p.Answers {
		a.Org, a.Text = valid(a.Org), valid(a.Text)
		answers[i] = a
	}
	p.Answers = answers
	return p
}

func valid(s string) string { return strings.ToValidUTF8(s, "\ufffd") }

// shorten takes a quarter off the longest text of p; false when none is left
// to take from.
func shorten(p huiying.Post) (huiying.Post, bool) {
	longest := &p.Text
	if len(p.Title) > len(*longest) {
		longest = &p.Title
	}
	for i := range p.Answers {
		if len(p.Answers[i].Text) > len(*longest) {
			longest = &p.Answers[i].Text
		}
	}
	if len(*longest) < 1000 {
		return p, false
	}
	end := len(*longest) / 4 * 3
	for end > 0 && !utf8.RuneStart((*longest)[end]) {
		end--
	}
	*longest = (*longest)[:end]
	p.Truncated = true
	return p, true
}

// maxMatches is how many matches of one rule an event keeps when it would be
// too large with all of them.
const maxMatches = 50

// Event encodes a judgement as huiying.event.<level>.<rule>, rule being its
// most urgent tag or "untagged". An event too large for a message keeps the
// first matches of each tag and the weightiest keywords. Errors:
// huiying.Invalid for a post that is none, and for a level or rule that cannot
// stand in a subject.
func Event(e huiying.Event, zone *time.Location) (Encoded, error) {
	if err := e.Data.Post.Validate(); err != nil {
		return Encoded{}, err
	}
	level, rule := e.Data.Level, e.Data.SubjectRule()
	if !level.Valid() || !huiying.ValidSubject(rule) {
		return Encoded{}, huiying.Errorf(huiying.Invalid, "bus.bad_event", e.ID, string(level), rule)
	}
	e = withLists(e.In(zone))
	body, err := encode(e)
	if err == nil && len(body) > MaxMessage {
		body, err = encode(fewerMatches(e))
	}
	if err != nil {
		return Encoded{}, fmt.Errorf("encode event %s: %w", e.ID, err)
	}
	return Encoded{"huiying.event." + string(level) + "." + rule, e.ID, body}, nil
}

// withLists gives the lists of the contract that are always there as [], never
// as null.
func withLists(e huiying.Event) huiying.Event {
	if e.Data.Tags == nil {
		e.Data.Tags = []huiying.Tag{}
	}
	if e.Data.Keywords == nil {
		e.Data.Keywords = []huiying.Keyword{}
	}
	if e.Data.LevelWhy == nil {
		e.Data.LevelWhy = []string{}
	}
	return e
}

func fewerMatches(e huiying.Event) huiying.Event {
	tags := make([]huiying.Tag, len(e.Data.Tags))
	for i, t := range e.Data.Tags {
		t.Matches = t.Matches[:min(len(t.Matches), maxMatches)]
		tags[i] = t
	}
	e.Data.Tags = tags
	e.Data.Keywords = e.Data.Keywords[:min(len(e.Data.Keywords), maxMatches)]
	return e
}

// encode is json.Marshal without the escapes for HTML, which would make
// Chinese quotation of markup six times as long.
func encode(v any) ([]byte, error) {
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(out.Bytes(), []byte("\n")), nil
}

// DecodePost reads a post. Unknown fields are ignored: fields are only ever
// added.
func DecodePost(body []byte) (huiying.Post, error) {
	var p huiying.Post
	if err := json.Unmarshal(body, &p); err != nil {
		return p, fmt.Errorf("decode post: %w", err)
	}
	return p, p.Validate()
}

// DecodeEvent reads an event.
func DecodeEvent(body []byte) (huiying.Event, error) {
	var e huiying.Event
	if err := json.Unmarshal(body, &e); err != nil {
		return e, fmt.Errorf("decode event: %w", err)
	}
	if e.Type != huiying.EventType {
		return e, fmt.Errorf("event of type %q, not %q", e.Type, huiying.EventType)
	}
	return e, e.Data.Post.Validate()
}
