package bus

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"unicode/utf8"

	"huiying"
)

// maxPost is the encoded size a post may have, so that the event that carries
// it has room for the judgement.
const maxPost = 700_000

// PublishPost publishes one revision of a post as
// huiying.post.<platform>.<source>, cut to size and with times in the office
// zone. It returns once JetStream has acknowledged. Errors: those of
// Post.Validate and of Publish.
func (b *Bus) PublishPost(ctx context.Context, p huiying.Post) error {
	if err := p.Validate(); err != nil {
		return err
	}
	p, body, err := b.encodePost(p)
	if err != nil {
		return err
	}
	return b.Publish(ctx, "huiying.post."+p.Platform+"."+p.Source, p.MessageID(), body)
}

// encodePost gives the post as it is published: valid UTF-8, so that what is
// decoded has the revision its message id names, and small enough.
func (b *Bus) encodePost(p huiying.Post) (huiying.Post, []byte, error) {
	p = validText(p).Trim().In(b.o.Zone)
	for {
		body, err := encode(p)
		if err != nil {
			return p, nil, fmt.Errorf("encode post %s: %w", p.ID, err)
		}
		if len(body) <= maxPost {
			return p, body, nil
		}
		// Quotes, newlines and control characters grow in JSON.
		cut, ok := shorten(p)
		if !ok {
			return p, nil, huiying.Errorf(huiying.Invalid, "bus.too_large", p.ID, len(body), maxPost)
		}
		p = cut
	}
}

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

// PublishEvent publishes a judgement as huiying.event.<level>.<rule>, rule
// being its most urgent tag or "untagged". An event too large for a message
// keeps the first matches of each tag and the weightiest keywords. Errors:
// huiying.Invalid for a post without id or a level or rule that cannot be a
// subject, and those of Publish.
func (b *Bus) PublishEvent(ctx context.Context, e huiying.Event) error {
	if err := e.Data.Post.Validate(); err != nil {
		return err
	}
	level, rule := e.Data.Level, e.Data.SubjectRule()
	if !level.Valid() || !huiying.ValidSubject(rule) {
		return huiying.Errorf(huiying.Invalid, "bus.bad_event", e.ID, string(level), rule)
	}
	e = withLists(e.In(b.o.Zone))
	body, err := encode(e)
	if err == nil && len(body) > MaxMessage {
		body, err = encode(fewerMatches(e))
	}
	if err != nil {
		return fmt.Errorf("encode event %s: %w", e.ID, err)
	}
	return b.Publish(ctx, "huiying.event."+string(level)+"."+rule, e.ID, body)
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

func decodePost(m Message) (any, error) {
	var p huiying.Post
	if err := json.Unmarshal(m.Body, &p); err != nil {
		return nil, fmt.Errorf("decode post: %w", err)
	}
	return p, p.Validate()
}

func decodeEvent(m Message) (any, error) {
	var e huiying.Event
	if err := json.Unmarshal(m.Body, &e); err != nil {
		return nil, fmt.Errorf("decode event: %w", err)
	}
	if e.Type != huiying.EventType {
		return nil, fmt.Errorf("event of type %q, not %q", e.Type, huiying.EventType)
	}
	return e, e.Data.Post.Validate()
}
