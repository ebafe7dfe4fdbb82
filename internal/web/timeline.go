package web

import (
	"slices"
	"strings"
	"time"

	"huiying"
	"huiying/internal/query"
)

// shown are the fields of a step that the timeline names, in its order. Words
// (text, reason, note) are shown as they are kept.
var (
	shown = []string{"unit", "owner", "level", "kind", "disposition", "url", "receipt", "at", "post", "channel"}
	words = []string{"reason", "note"}
)

// timeline is everything that happened to a case: steps and deliveries, the
// newest first.
func (s *Server) timeline(page query.CasePage) []Moment {
	var out []Moment
	for _, step := range page.Steps {
		m := Moment{At: step.At, Step: &step, Facts: s.facts(step)}
		for _, name := range words {
			digest := step.Payload[name]
			if digest == "" {
				continue
			}
			if text, kept := page.Texts[digest]; kept {
				m.Words = append(m.Words, text)
			} else {
				m.Purged = true
			}
		}
		out = append(out, m)
	}
	for _, d := range page.Deliveries {
		out = append(out, Moment{At: d.CreatedAt, Delivery: &d})
	}
	slices.SortStableFunc(out, func(a, b Moment) int {
		if c := b.At.Compare(a.At); c != 0 {
			return c
		}
		return order(b) - order(a)
	})
	return out
}

// order keeps steps of one moment in their own order, deliveries before them.
func order(m Moment) int {
	if m.Step == nil {
		return 0
	}
	return m.Step.N
}

// facts are what a step says beside words.
func (s *Server) facts(step huiying.Step) []Fact {
	var out []Fact
	for _, name := range shown {
		v := step.Payload[name]
		switch {
		case v == "", name == "post" && step.Action == "detect":
			continue
		case name == "unit":
			v = s.names.Unit(v)
		case name == "owner":
			v = s.names.Person(v)
		}
		fact := Fact{Name: name, Value: v}
		if name == "at" {
			// A time that cannot be read is shown as it stands.
			fact.At, _ = time.Parse(time.RFC3339Nano, v)
		}
		out = append(out, fact)
	}
	for key := range step.Payload {
		if preset, ok := strings.CutPrefix(key, "clock.breach."); ok {
			out = append(out, Fact{Name: "breach", Value: preset})
		}
	}
	return out
}

// drafts are the versions of the reply, the newest first.
func drafts(page query.CasePage) []Draft {
	var out []Draft
	for _, step := range page.Steps {
		if step.Action != "submit" {
			continue
		}
		digest := step.Payload["text"]
		out = append(out, Draft{
			N: len(out) + 1, By: step.Actor, At: step.At, Text: page.Texts[digest], Digest: digest,
			Approved: page.Case.Approved.Digest != "" && page.Case.Approved.Digest == digest,
		})
	}
	if len(out) > 0 {
		out[len(out)-1].Current = true
	}
	slices.Reverse(out)
	return out
}
