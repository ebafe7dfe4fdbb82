// Package caseview is a case as people see it: every action as a form or as
// the reason why it is not one, everything that happened in one line of time,
// and the versions of the reply. It decides nothing: what may be done comes
// from the case machine.
package caseview

import (
	"cmp"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"huiying"
)

// Choice is one action as a form, or the reason why it is not one.
type Choice struct {
	huiying.Choice
	Inputs []Input
	Key    string // the shortcut in the inbox
	Main   bool   // the step the state waits for
}

// Input is one field of an action.
type Input struct {
	Name     string
	Kind     string // unit, units, owner, level, kind, preset, instead …, area, line, days, url, when, tick, case, post, hidden
	Required bool
	Value    string
	Options  []Option
}

// Chosen reports whether an option is the value, or one of several.
func (in Input) Chosen(option string) bool {
	if in.Kind == "units" {
		return slices.Contains(strings.Fields(in.Value), option)
	}
	return option == in.Value
}

// Option is one value of a select.
type Option struct{ Value, Label string }

// KeepTyped puts what was typed back into the form that was refused.
func KeepTyped(choices []Choice, r *http.Request) {
	action := r.PostFormValue("action")
	for i := range choices {
		if choices[i].Action != action || r.Method != http.MethodPost {
			continue
		}
		choices[i].Main = true
		for k, in := range choices[i].Inputs {
			if typed := strings.Join(r.PostForm["f."+in.Name], " "); typed != "" && in.Kind != "hidden" {
				choices[i].Inputs[k].Value = typed
			}
		}
	}
}

// Fields are the fields of a form of a step. The digest of the approved words
// stands in the form unseen: words that were typed go out in their place, and
// the machine says whether they may.
func Fields(form url.Values) map[string]string {
	out := map[string]string{}
	for name, values := range form {
		// A name with a further dot is one case's own field.
		if field, ok := strings.CutPrefix(name, "f."); ok && values[0] != "" && !strings.Contains(field, ".") {
			out[field] = strings.Join(values, " ") // a list of units is several values
		}
	}
	if strings.TrimSpace(out["text"]) != "" {
		delete(out, "digest")
	}
	return out
}

// mainSteps are the steps each state waits for.
func mainStep(s huiying.CaseState) string {
	switch s {
	case huiying.StatePendingTriage:
		return "assign"
	case huiying.StateAwaitingAck:
		return "ack"
	case huiying.StateHandling:
		return "submit"
	case huiying.StateInReview:
		return "approve"
	case huiying.StateApproved:
		return "publish"
	case huiying.StateWatching:
		return "assign"
	case huiying.StateSuspended:
		return "resume"
	case huiying.StateResponded:
		return "close"
	case huiying.StateFollowUp:
		return "rate_ok"
	case huiying.StateTransferred:
		return "receipt"
	}
	return ""
}

// inboxKey is the shortcut of an action in triage, "" for none.
func inboxKey(action string) string {
	switch action {
	case "assign":
		return "1"
	case "merge":
		return "2"
	case "dismiss":
		return "3"
	case "watch":
		return "4"
	case "regrade":
		return "e"
	}
	return ""
}

// Choices are the machine's choices as forms, the awaited step first.
func Choices(c huiying.Case, offered []huiying.Choice) []Choice {
	var out []Choice
	for _, choice := range offered {
		if choice.Action == "attach_file" {
			continue // has a form of its own, which carries the file
		}
		if choice.Allowed && len(choice.Presets) == 0 && slices.Contains(choice.Fields, "preset!") {
			continue // it takes a time limit, and there is none
		}
		v := Choice{Choice: choice, Main: choice.Action == mainStep(c.State), Key: inboxKey(choice.Action)}
		for _, name := range choice.Fields {
			bare, required := strings.CutSuffix(name, "!")
			if kind := inputKind(bare); kind != "" {
				v.Inputs = append(v.Inputs, Input{Name: bare, Kind: kind, Required: required})
			}
		}
		out = append(out, v)
	}
	slices.SortStableFunc(out, func(x, y Choice) int { return cmp.Compare(rank(x), rank(y)) })
	return out
}

func rank(c Choice) int {
	switch {
	case c.Main && c.Allowed:
		return 0
	case c.Allowed:
		return 1
	}
	return 2
}

// inputKind is how a field of a command is asked for; "" for those that no
// form fills in.
func inputKind(field string) string {
	switch field {
	case "unit", "owner", "level", "kind", "disposition", "settlement", "organ", "platform", "grade", "preset", "instead":
		return field
	case "helpers":
		return "units"
	case "into":
		return "line"
	case "days":
		return "days"
	case "text", "note", "reason":
		return "area"
	case "url":
		return "url"
	case "receipt", "post":
		return "line"
	case "at":
		return "when"
	case "secrecy", "business", "designated", "checked":
		return "tick"
	case "digest":
		return "hidden"
	}
	return ""
}

// values are those the machine knows for a field, as it lists them.
func values(kind, action string) []string {
	switch kind {
	case "kind":
		return []string{"policy", "vital_interest", "livelihood", "emergency", "superior"}
	case "disposition":
		return []string{"constructive", "difficulty", "major_problem", "unclear", "mistaken", "false"}
	case "settlement":
		return []string{"solved", "explained", "helped", "by_law"}
	case "organ":
		return []string{"police", "cyberspace", "petition", "other"}
	case "platform":
		return []string{"weibo", "portal", "forum", "feed", "hotline", "mailbox", "consult", "news", "wechat", "other"}
	case "grade":
		if action == "rate_bad" {
			return []string{"dissatisfied", "very_dissatisfied"}
		}
		return []string{"very_satisfied", "satisfied", "basically_satisfied"}
	}
	return nil
}

// running are the time limits that another may take the place of.
func running(c huiying.Case) []string {
	var out []string
	for _, k := range c.Clocks {
		if k.Running() {
			out = append(out, k.Preset)
		}
	}
	return out
}

// Lists is what the selects of forms choose from.
type Lists struct {
	Units  []huiying.Unit
	People []huiying.Person
	Unit   func(id string) string // names a unit
	Now    time.Time              // in the office zone
}

// Fill gives the inputs of a choice their options and first values.
func (v *Choice) Fill(c huiying.Case, l Lists) {
	publish := v.Action == "publish"
	v.Inputs = slices.DeleteFunc(v.Inputs, func(in Input) bool { return publish && in.Name == "text" })
	for i := range v.Inputs {
		in := &v.Inputs[i]
		switch in.Kind {
		case "unit", "units":
			in.Options = unitOptions(l.Units)
			if v.Action == "reassign" && in.Kind == "unit" {
				in.Value = c.Unit
			}
		case "owner":
			in.Options = peopleOptions(l)
		case "level":
			for _, l := range huiying.Levels() {
				in.Options = append(in.Options, Option{Value: string(l)})
			}
			in.Value = string(c.Level)
		case "kind", "disposition", "settlement", "organ", "grade":
			in.Options, in.Value = plainOptions(values(in.Kind, v.Action)), chosen(c, in.Kind)
		case "platform":
			in.Options, in.Value = plainOptions(values(in.Kind, v.Action)), owed(c)
		case "preset":
			in.Options = plainOptions(v.Presets)
		case "instead":
			in.Options = plainOptions(running(c))
		case "when":
			in.Value = l.Now.Format("2006-01-02T15:04")
		case "hidden":
			in.Value = c.Approved.Digest
		}
	}
}

// chosen is what the case says already.
func chosen(c huiying.Case, kind string) string {
	switch kind {
	case "kind":
		return c.Kind
	case "disposition":
		return c.Disposition
	case "settlement":
		return c.Settlement
	}
	return ""
}

// owed is the first platform of the case's posts that has no answer yet.
func owed(c huiying.Case) string {
	for _, post := range c.Posts {
		platform, _, _ := strings.Cut(post, ":")
		answered := slices.ContainsFunc(c.Answers, func(r huiying.Response) bool { return r.Platform == platform })
		if !answered && slices.Contains(values("platform", ""), platform) {
			return platform
		}
	}
	return ""
}

func unitOptions(units []huiying.Unit) []Option {
	out := make([]Option, len(units))
	for i, u := range units {
		out[i] = Option{u.ID, u.Name}
	}
	return out
}

func peopleOptions(l Lists) []Option {
	out := make([]Option, len(l.People))
	for i, p := range l.People {
		out[i] = Option{p.ID, p.Name}
		if p.Unit != "" {
			out[i].Label = p.Name + " · " + l.Unit(p.Unit)
		}
	}
	return out
}

func plainOptions(values []string) []Option {
	out := make([]Option, len(values))
	for i, v := range values {
		out[i] = Option{Value: v}
	}
	return out
}

// Step reads a step of a case from a form, with the version that was looked at.
func Step(r *http.Request, no string, actor huiying.Actor) (huiying.Command, error) {
	if err := r.ParseForm(); err != nil {
		return huiying.Command{}, err
	}
	version, err := strconv.Atoi(r.PostFormValue("version"))
	if err != nil {
		return huiying.Command{}, huiying.Errorf(huiying.Invalid, "web.error.no_version")
	}
	return huiying.Command{CaseNo: no, Action: r.PostFormValue("action"), Actor: actor, Version: version, Fields: Fields(r.PostForm)}, nil
}
