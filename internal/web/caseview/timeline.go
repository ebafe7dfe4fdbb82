package caseview

import (
	"slices"
	"strings"
	"time"

	"huiying"
	"huiying/internal/query"
	"huiying/internal/web/diff"
)

// Moment is one entry of the timeline, the newest first.
type Moment struct {
	At       time.Time
	Step     *huiying.Step
	Delivery *huiying.Delivery
	Words    []string // kept texts of the step, in the order of their fields; a draft stands with the drafts
	Purged   bool     // the step names words that are no longer kept
	Facts    []Fact
}

// Fact is one thing a step says, as name and value.
type Fact struct {
	Name, Value string
	At          time.Time // of a fact that is a time
}

// Draft is one version of the reply.
type Draft struct {
	N        int
	By       string
	At       time.Time
	Text     string // "" when purged
	Digest   string
	Current  bool
	Approved bool
	Changes  []diff.Part // from the version before; none for the first, and where either is purged
}

// shown are the fields of a step that the timeline names, in its order: those
// of every account of a step, and who was told by a rung of the ladder. Words
// (text, reason, note) are shown as they are kept.
func shown() []string { return append(huiying.StepFields(), "told", "why") }

// words are the fields of a step whose texts the timeline shows.
func words() []string { return []string{"reason", "note"} }

// Names gives people and units their names.
type Names interface {
	Person(id string) string
	Unit(id string) string
}

// Timeline is everything that happened to a case: steps and deliveries, the
// newest first.
func Timeline(page query.CasePage, n Names) []Moment {
	var out []Moment
	for _, step := range page.Steps {
		m := Moment{At: step.At, Step: &step, Facts: facts(step, n)}
		for _, name := range words() {
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
func facts(step huiying.Step, n Names) []Fact {
	var out []Fact
	for _, name := range shown() {
		v := step.Payload[name]
		switch {
		case v == "", name == "post" && step.Action == "detect":
			continue
		case name == "unit":
			v = n.Unit(v)
		case name == "owner":
			v = n.Person(v)
		case name == "helpers":
			units := strings.Fields(v)
			for i, id := range units {
				units[i] = n.Unit(id)
			}
			v = strings.Join(units, "、")
		case name == "secrecy", name == "business", name == "checked", name == "designated":
			v = "" // a tick: its name says it
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

// Drafts are the versions of the reply, the newest first.
func Drafts(page query.CasePage) []Draft {
	var out []Draft
	for _, step := range page.Steps {
		if step.Action != "submit" && step.Action != "draft" {
			continue
		}
		digest := step.Payload["text"]
		out = append(out, Draft{
			N: len(out) + 1, By: step.Actor, At: step.At, Text: page.Texts[digest], Digest: digest,
			Approved: page.Case.Approved.Digest != "" && page.Case.Approved.Digest == digest,
		})
	}
	for i := 1; i < len(out); i++ {
		if out[i-1].Text != "" && out[i].Text != "" {
			out[i].Changes = diff.Texts(out[i-1].Text, out[i].Text)
		}
	}
	if len(out) > 0 {
		out[len(out)-1].Current = true
	}
	slices.Reverse(out)
	return out
}

// Suggestion is what the analyzer would do, with its reasons.
type Suggestion struct {
	Unit  string
	Score float64
	Rule  bool // a rule names the unit; else the text does
	Why   []string
}

// Suggest names the unit that a rule or, failing that, the text speaks for.
func Suggest(j huiying.Judgement, units []huiying.Unit) Suggestion {
	sug := Suggestion{Why: j.LevelWhy}
	known := func(id string) bool {
		return slices.ContainsFunc(units, func(u huiying.Unit) bool { return u.ID == id })
	}
	if tag, ok := j.TopTag(); ok {
		for _, id := range tag.Notify {
			if known(id) {
				sug.Unit, sug.Rule = id, true
				return sug
			}
		}
	}
	for _, route := range j.Routing {
		if known(route.Unit) && route.Score > sug.Score {
			sug.Unit, sug.Score = route.Unit, route.Score
		}
	}
	return sug
}
