package caseview_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"huiying"
	"huiying/internal/query"
	"huiying/internal/web/caseview"
)

type names struct{}

func (names) Person(id string) string { return "name of " + id }
func (names) Unit(id string) string   { return "unit " + id }

func TestChoices(t *testing.T) {
	c := huiying.Case{State: huiying.StateHandling, Level: huiying.LevelOrange, Unit: "u-hall"}
	why := huiying.Errorf(huiying.Forbidden, "case.guard.return_once", "x")
	got := caseview.Choices(c, []huiying.Choice{
		{Action: "return_back", Why: why, Fields: []string{"reason!"}},
		{Action: "reassign", Allowed: true, Fields: []string{"unit", "owner", "delivery_id"}},
		{Action: "submit", Allowed: true, Fields: []string{"text!"}},
		{Action: "regrade", Allowed: true, Fields: []string{"level!", "reason!"}},
	})
	var order []string
	for _, v := range got {
		order = append(order, v.Action)
	}
	if strings.Join(order, " ") != "submit reassign regrade return_back" {
		t.Errorf("the awaited step first, the refused last: %v", order)
	}
	if !got[0].Main || got[0].Inputs[0].Kind != "area" || !got[0].Inputs[0].Required || got[2].Key != "e" {
		t.Errorf("%+v", got)
	}
	if len(got[1].Inputs) != 2 {
		t.Errorf("a field no form fills in is asked for: %+v", got[1].Inputs)
	}
	lists := caseview.Lists{
		Units: []huiying.Unit{{ID: "u-hall", Name: "大厅"}}, People: []huiying.Person{{ID: "a", Name: "甲", Unit: "u-hall"}, {ID: "b", Name: "乙"}},
		Unit: names{}.Unit, Now: time.Date(2026, 11, 23, 14, 20, 0, 0, time.UTC),
	}
	got[1].Fill(c, lists)
	if in := got[1].Inputs; in[0].Value != "u-hall" || in[1].Options[0].Label != "甲 · unit u-hall" || in[1].Options[1].Label != "乙" {
		t.Errorf("%+v", in)
	}
	publish := caseview.Choices(huiying.Case{State: huiying.StateApproved, Approved: huiying.Reply{Digest: "sha256:aa"}}, []huiying.Choice{
		{Action: "publish", Allowed: true, Fields: []string{"at!", "url", "text", "digest"}},
	})
	publish[0].Fill(huiying.Case{Approved: huiying.Reply{Digest: "sha256:aa"}}, lists)
	for _, in := range publish[0].Inputs {
		switch in.Name {
		case "text":
			t.Error("publishing asks for the text again")
		case "digest":
			if in.Value != "sha256:aa" {
				t.Errorf("%+v", in)
			}
		case "at":
			if in.Value != "2026-11-23T14:20" {
				t.Errorf("%+v", in)
			}
		}
	}
}

// A step that names a time limit is a form where there is one it may name; what
// it may take the place of are those that run.
func TestPresets(t *testing.T) {
	c := huiying.Case{State: huiying.StateHandling, Clocks: []huiying.Clock{{Preset: "yq.other.respond"}, {Preset: "yq.ack", MetAt: time.Unix(1, 0)}}}
	got := caseview.Choices(c, []huiying.Choice{
		{Action: "extend", Allowed: true, Fields: []string{"preset!", "days!"}},
		{Action: "start_clock", Allowed: true, Fields: []string{"preset!", "instead"}, Presets: []string{"foi.reply", "yq.verify"}},
	})
	if len(got) != 1 || got[0].Action != "start_clock" {
		t.Fatalf("offered %+v", got)
	}
	got[0].Fill(c, caseview.Lists{})
	if in := got[0].Inputs[0]; len(in.Options) != 2 || in.Options[0].Value != "foi.reply" {
		t.Errorf("%+v", in)
	}
	if in := got[0].Inputs[1]; len(in.Options) != 1 || in.Options[0].Value != "yq.other.respond" {
		t.Errorf("%+v", in)
	}
}

// Several cases take a step together with a time limit that all of them may
// name.
func TestPresetsInCommon(t *testing.T) {
	one := func(presets ...string) []huiying.Choice {
		return []huiying.Choice{{Action: "meet_clock", Allowed: true, Fields: []string{"preset!"}, Presets: presets}}
	}
	for want, offered := range map[string][][]huiying.Choice{
		"a b": {one("a", "b", "c"), one("b", "a")}, "": {one("a"), one("b")}, "a": {one("a")},
	} {
		if got := strings.Join(caseview.Common(offered)[0].Presets, " "); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

// What was refused keeps what was typed, except what nobody types.
func TestKeepTyped(t *testing.T) {
	form := url.Values{"action": {"submit"}, "f.text": {"一稿"}, "f.digest": {"forged"}}
	r := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	choices := []caseview.Choice{
		{Choice: huiying.Choice{Action: "submit"}, Inputs: []caseview.Input{{Name: "text", Kind: "area"}, {Name: "digest", Kind: "hidden", Value: "own"}}},
		{Choice: huiying.Choice{Action: "note"}, Inputs: []caseview.Input{{Name: "text", Kind: "area"}}},
	}
	caseview.KeepTyped(choices, r)
	if choices[0].Inputs[0].Value != "一稿" || choices[0].Inputs[1].Value != "own" || !choices[0].Main || choices[1].Inputs[0].Value != "" {
		t.Errorf("%+v", choices)
	}
}

func page() query.CasePage {
	at := time.Date(2026, 11, 23, 6, 0, 0, 0, time.UTC)
	reply := func(s string) string { return huiying.Digest(s) }
	return query.CasePage{
		Case: huiying.Case{No: "HY20261123-0001", Approved: huiying.Reply{Digest: reply("二稿")}},
		Steps: []huiying.Step{
			{N: 1, At: at, Actor: "rule:r", Action: "detect", Payload: map[string]string{"level": "red", "post": "weibo:1"}},
			{N: 2, At: at, Actor: "officer", Action: "assign", Payload: map[string]string{"unit": "u-hall", "owner": "hall", "note": reply("请快办"), "clock.start.yq.ack": "x/y"}},
			{N: 3, At: at.Add(time.Minute), Actor: "hall", Action: "submit", Payload: map[string]string{"text": reply("一稿")}},
			{N: 4, At: at.Add(2 * time.Minute), Actor: "reviewer", Action: "review_reject", Payload: map[string]string{"reason": reply("不妥")}},
			{N: 5, At: at.Add(3 * time.Minute), Actor: "hall", Action: "submit", Payload: map[string]string{"text": reply("二稿")}},
			{N: 6, At: at.Add(4 * time.Minute), Actor: "hall", Action: "publish", Payload: map[string]string{"at": "2026-11-23T06:04:00Z", "url": "https://example.org"}},
			{N: 7, At: at.Add(5 * time.Minute), Actor: "system", Action: "breach", Payload: map[string]string{"clock.breach.yq.ack": "2026-11-23T06:00:00Z"}},
		},
		Texts:      map[string]string{reply("请快办"): "请快办", reply("二稿"): "二稿"},
		Deliveries: []huiying.Delivery{{ID: "d-1", Person: "hall", CreatedAt: at.Add(30 * time.Second)}},
	}
}

func TestTimeline(t *testing.T) {
	got := caseview.Timeline(page(), names{})
	var order []string
	for _, m := range got {
		if m.Step != nil {
			order = append(order, m.Step.Action)
		} else {
			order = append(order, m.Delivery.ID)
		}
	}
	if strings.Join(order, " ") != "breach publish submit review_reject submit d-1 assign detect" {
		t.Errorf("%v", order)
	}
	if f := got[0].Facts; len(f) != 1 || f[0].Name != "breach" || f[0].Value != "yq.ack" {
		t.Errorf("%+v", f)
	}
	if f := got[1].Facts; f[1].At.IsZero() {
		t.Errorf("a time is not read: %+v", f)
	}
	if !got[3].Purged || len(got[3].Words) != 0 {
		t.Errorf("words that are gone: %+v", got[3])
	}
	assign := got[6]
	if assign.Facts[0].Value != "unit u-hall" || assign.Facts[1].Value != "name of hall" || assign.Words[0] != "请快办" || len(assign.Facts) != 2 {
		t.Errorf("%+v", assign)
	}
}

func TestDrafts(t *testing.T) {
	got := caseview.Drafts(page())
	if len(got) != 2 || got[0].N != 2 || !got[0].Current || !got[0].Approved || got[0].Text != "二稿" || got[1].Text != "" || got[1].Current {
		t.Errorf("%+v", got)
	}
	if got := caseview.Drafts(query.CasePage{}); len(got) != 0 {
		t.Errorf("%+v", got)
	}
}

func TestSuggest(t *testing.T) {
	units := []huiying.Unit{{ID: "u-a"}, {ID: "u-b"}}
	j := huiying.Judgement{Routing: []huiying.Route{{Unit: "u-b", Score: 0.4}, {Unit: "u-a", Score: 0.6}, {Unit: "u-gone", Score: 0.9}}}
	if got := caseview.Suggest(j, units); got.Unit != "u-a" || got.Rule {
		t.Errorf("by the text: %+v", got)
	}
	j.Tags = []huiying.Tag{{Rule: "r", Level: huiying.LevelRed, Notify: []string{"person", "u-b"}}}
	if got := caseview.Suggest(j, units); got.Unit != "u-b" || !got.Rule {
		t.Errorf("by the rule: %+v", got)
	}
	if got := caseview.Suggest(huiying.Judgement{}, units); got.Unit != "" {
		t.Errorf("nothing speaks for anybody: %+v", got)
	}
}
