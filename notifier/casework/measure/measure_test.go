package measure_test

import (
	"encoding/json"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"
	"time"

	"huiying"
	"huiying/internal/locale"
	"huiying/notifier/casework/limit"
	"huiying/notifier/casework/machine"
	"huiying/notifier/casework/measure"
)

var (
	office = time.FixedZone("office", 8*3600)
	start  = time.Date(2026, 11, 23, 1, 0, 0, 0, time.UTC)
	month  = measure.Period{From: start.Add(-time.Hour), To: start.Add(30 * 24 * time.Hour), Now: start.Add(30 * 24 * time.Hour)}
	ours   = measure.Office{Zone: office, MetBy: metBy}
)

var (
	theMachine = machine.New()
	presets    = limit.Presets()
)

func metBy(preset string) string {
	p, _ := limit.Find(presets, preset)
	return p.MetBy
}

// history is a case made of steps: each names what happens and how long after
// the case was first seen.
type history struct {
	t     testing.TB
	steps []huiying.Step
	c     huiying.Case
	m     *machine.Machine
}

func open(t testing.TB, no string, level huiying.Level, o huiying.Origin) *history {
	h := &history{t: t, m: theMachine}
	h.c.No = no
	due := machine.Span{Start: start, Due: start.Add(48 * time.Hour)}.String()
	return h.step(0, "detect", "system", map[string]string{
		"level": string(level), "post": "weibo:1", "first_seen_at": machine.Stamp(start), "published_at": machine.Stamp(start.Add(-time.Hour)),
		"origin.platform": o.Platform, "origin.kind": o.Kind, machine.ClockStart + "yq.other.respond": due,
	})
}

func (h *history) step(after time.Duration, action, who string, payload map[string]string) *history {
	h.t.Helper()
	row, ok, _ := h.m.Find(h.c.State, action)
	if !ok {
		h.t.Fatalf("%s in %s", action, h.c.State)
	}
	s := huiying.Step{CaseNo: h.c.No, N: len(h.steps) + 1, At: start.Add(after), Actor: who, Action: action, From: h.c.State, To: row.Target(h.c.State), Payload: payload}
	c, err := h.m.Apply(h.c, s)
	if err != nil {
		h.t.Fatal(err)
	}
	h.c, h.steps = c, append(h.steps, s)
	return h
}

func (h *history) answered(after time.Duration) *history {
	ack := machine.Span{Start: start, Due: start.Add(30 * time.Minute)}.String()
	h.step(time.Minute, "assign", "desk", map[string]string{"unit": "u", machine.ClockStart + "yq.ack": ack})
	h.step(11*time.Minute, "ack", "resp", map[string]string{machine.ClockMet + "yq.ack": machine.Stamp(start.Add(11 * time.Minute))})
	h.step(after-time.Minute, "submit", "resp", map[string]string{"text": "sha256:1"})
	h.step(after, "approve", "boss", map[string]string{"secrecy": "on", "business": "on"})
	return h.step(after, "publish", "resp", map[string]string{"at": machine.Stamp(start.Add(after)), machine.ClockMet + "yq.other.respond": machine.Stamp(start.Add(after))})
}

func (h *history) done() measure.History { return measure.History{Case: h.c, Steps: h.steps} }

func figures(all ...measure.History) map[string]measure.Figure {
	out := map[string]measure.Figure{}
	for _, f := range measure.Figures(all, ours, month) {
		out[f.ID] = f
	}
	return out
}

// Every figure over a month of seven cases, worked out by hand.
func TestFiguresByHand(t *testing.T) {
	weibo, hotline := huiying.Origin{Platform: "weibo", Kind: "post"}, huiying.Origin{Platform: "hotline", Kind: "ticket"}
	quick := open(t, "1-quick", huiying.LevelOrange, weibo).answered(2*time.Hour).step(3*time.Hour, "close", "desk", map[string]string{"settlement": "solved"})
	slow := open(t, "2-slow", huiying.LevelYellow, weibo)
	slow.step(48*time.Hour, "breach", "system", map[string]string{machine.ClockBreach + "yq.other.respond": machine.Stamp(start.Add(48 * time.Hour))})
	slow.answered(60*time.Hour).step(61*time.Hour, "close", "desk", map[string]string{"settlement": "explained"}).
		step(70*time.Hour, "reopen", "desk", map[string]string{"reason": "sha256:2"})
	late := open(t, "3-late", huiying.LevelOrange, weibo)
	late.step(48*time.Hour, "breach", "system", map[string]string{machine.ClockBreach + "yq.other.respond": machine.Stamp(start.Add(48 * time.Hour))})
	returned := open(t, "4-returned", huiying.LevelBlue, weibo)
	returned.step(time.Minute, "assign", "desk", map[string]string{"unit": "u"}).step(2*time.Minute, "return_back", "resp", map[string]string{"reason": "sha256:3"})
	red := open(t, "5-red", huiying.LevelRed, hotline).answered(4*time.Hour).
		step(10*time.Hour, "publish_update", "boss", map[string]string{"digest": "sha256:1", "at": machine.Stamp(start.Add(9 * time.Hour)), "platform": "hotline"}).
		step(20*time.Hour, "request_rating", "resp", map[string]string{}).step(30*time.Hour, "rate_ok", "desk", map[string]string{"grade": "satisfied"})
	false1 := open(t, "6-false", huiying.LevelOrange, weibo).step(time.Minute, "dismiss", "desk", map[string]string{"reason": "sha256:4"})
	bad := open(t, "7-bad", huiying.LevelOrange, huiying.Origin{Platform: "mailbox", Kind: "letter"}).answered(5*time.Hour).
		step(6*time.Hour, "request_rating", "resp", map[string]string{}).step(7*time.Hour, "rate_bad", "desk", map[string]string{"grade": "dissatisfied", "reason": "sha256:5"})

	got := figures(quick.done(), slow.done(), late.done(), returned.done(), red.done(), false1.done(), bad.done())
	for id, want := range map[string][2]int{
		"ack_rate":         {4, 5}, // returned was not acknowledged
		"instant_rate":     {3, 6}, // answered by 22:00 office time of the first day
		"on_time_official": {3, 4}, // slow was late; late is not answered at all
		"on_time_honest":   {3, 6}, // with late and returned, which are overdue
		"on_time_seen":     {3, 6}, // nothing was suspended or extended
		"hit_5h":           {1, 1},
		"hit_24h":          {1, 1},
		"hit_48h":          {2, 5},
		"closing_rate":     {3, 6},
		"reply_rate":       {2, 2},
		"response_rate":    {4, 6},
		"solved_rate":      {1, 2},
		"satisfied_rate":   {1, 2},
		"return_rate":      {1, 5},
		"redo_rate":        {1, 3}, // slow was reopened; bad never closed
		"reopen_rate":      {1, 3},
		"closing_in_time":  {2, 3}, // slow missed its 48 hours
		"follow_up_rate":   {2, 2},
		"repeat_rate":      {0, 6},
	} {
		if f := got[id]; f.Numerator != want[0] || f.Denominator != want[1] {
			t.Errorf("%s: %d of %d (in %v, out %v), want %d of %d", id, f.Numerator, f.Denominator, f.In, f.Out, want[0], want[1])
		}
	}
	for id, want := range map[string][3]time.Duration{
		"ack_time":                {10 * time.Minute, 10 * time.Minute, 10 * time.Minute},
		"response_time":           {4 * time.Hour, 60 * time.Hour, 60 * time.Hour},
		"response_time_published": {5 * time.Hour, 61 * time.Hour, 61 * time.Hour},
		"closing_time":            {30 * time.Hour, 61 * time.Hour, 61 * time.Hour},
		"update_gap":              {5 * time.Hour, 5 * time.Hour, 5 * time.Hour},
		"follow_up_time":          {time.Hour, 10 * time.Hour, 10 * time.Hour},
	} {
		if f := got[id]; f.Median != want[0] || f.P90 != want[1] || f.Max != want[2] {
			t.Errorf("%s: %v %v %v of %d, want %v", id, f.Median, f.P90, f.Max, f.Denominator, want)
		}
	}
}

// A case that another one was merged into was reported again; one that a post
// joined was not. A rating that missed its limit is no follow-up in time.
func TestRepeatsAndFollowUp(t *testing.T) {
	weibo := huiying.Origin{Platform: "weibo", Kind: "post"}
	again := open(t, "1-again", huiying.LevelOrange, weibo).step(time.Hour, "attach_mention", "desk", map[string]string{"from": "2-other", "posts": "weibo:2"})
	more := open(t, "3-more", huiying.LevelOrange, weibo).step(time.Hour, "attach_mention", "desk", map[string]string{"post": "weibo:3"})
	due := machine.Span{Start: start.Add(6 * time.Hour), Due: start.Add(8 * time.Hour)}.String()
	late := open(t, "4-late", huiying.LevelOrange, weibo).answered(5*time.Hour).
		step(6*time.Hour, "request_rating", "resp", map[string]string{machine.ClockStart + "hcp.rating": due}).
		step(9*time.Hour, "rate_ok", "desk", map[string]string{"grade": "satisfied", machine.ClockBreach + "hcp.rating": machine.Stamp(start.Add(8 * time.Hour))})
	got := figures(again.done(), more.done(), late.done())
	if f := got["repeat_rate"]; f.Numerator != 1 || f.Denominator != 3 || f.In[0] != "1-again" {
		t.Errorf("%+v", f)
	}
	if f := got["follow_up_rate"]; f.Numerator != 0 || f.Denominator != 1 {
		t.Errorf("%+v", f)
	}
	if f := got["follow_up_time"]; f.Denominator != 1 || f.Median != 3*time.Hour {
		t.Errorf("%+v", f)
	}
}

// The backlog is what is to be handled and not finished, as old as it is now.
func TestBacklog(t *testing.T) {
	weibo := huiying.Origin{Platform: "weibo", Kind: "post"}
	var sheets []*measure.Sheet
	for _, h := range []measure.History{
		open(t, "1-open", huiying.LevelOrange, weibo).done(), open(t, "2-false", huiying.LevelOrange, weibo).step(time.Minute, "dismiss", "desk", map[string]string{"reason": "sha256:4"}).done(),
		open(t, "3-closed", huiying.LevelOrange, weibo).answered(2*time.Hour).step(3*time.Hour, "close", "desk", map[string]string{}).done(),
	} {
		sheets = append(sheets, measure.Sum(h, ours))
	}
	f, list := measure.Backlog(sheets, start.Add(30*time.Hour))
	if f.Denominator != 1 || f.Median != 30*time.Hour || len(list) != 1 || list[0].No != "1-open" {
		t.Errorf("%+v %+v", f, list)
	}
	if f, _ := measure.Backlog(sheets, start.Add(-time.Hour)); f.Denominator != 0 {
		t.Errorf("before anything was seen: %+v", f)
	}
}

// A rate of nothing is none, and not 100 %.
func TestNothingIsNoRate(t *testing.T) {
	for _, f := range measure.Figures(nil, ours, month) {
		if _, ok := f.Rate(); ok || f.Denominator != 0 || f.P90 != 0 {
			t.Errorf("%+v", f)
		}
	}
}

// What a month of random histories gives does not depend on their order, is
// the same from the record alone, adds up over two halves of the cases, and
// names the cases of every count.
func TestFiguresAreRecomputable(t *testing.T) {
	rnd := rand.New(rand.NewPCG(uint64(time.Now().UnixNano()), 3))
	for range 40 {
		var all, folded []measure.History
		for i := range 30 {
			h := randomHistory(t, rnd, string(rune('a'+i)))
			all = append(all, h)
			c, err := theMachine.Fold(h.Steps)
			if err != nil {
				t.Fatal(err)
			}
			folded = append(folded, measure.History{Case: c, Steps: h.Steps})
		}
		want := figures(all...)
		if got := figures(folded...); !reflect.DeepEqual(got, want) {
			t.Fatal("the record gives other figures than the cases")
		}
		sheets := make([]*measure.Sheet, len(all))
		for i, h := range all {
			sheets[i] = measure.Sum(h, ours)
		}
		for id, f := range want {
			var in, out []string
			var took []time.Duration
			for _, s := range measure.Behind(sheets, month, id) {
				if took = append(took, s.Took); s.Hit {
					in = append(in, s.No)
				} else {
					out = append(out, s.No)
				}
			}
			if slices.Sort(took); !slices.Equal(in, f.In) || !slices.Equal(out, f.Out) || f.Lasts && measure.Quantile(took, 90) != f.P90 {
				t.Fatalf("behind %s stand %v and %v, it names %v and %v", id, in, out, f.In, f.Out)
			}
		}
		first, second := figures(all[:15]...), figures(all[15:]...)
		rnd.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
		shuffled := figures(all...)
		for id, f := range want {
			if s := shuffled[id]; s.Numerator != f.Numerator || s.Denominator != f.Denominator || s.P90 != f.P90 || s.Median != f.Median {
				t.Fatalf("%s depends on the order: %+v %+v", id, s, f)
			}
			if first[id].Numerator+second[id].Numerator != f.Numerator || first[id].Denominator+second[id].Denominator != f.Denominator {
				t.Fatalf("%s does not add up", id)
			}
			named := slices.Concat(f.In, f.Out)
			slices.Sort(named)
			if len(f.In) != f.Numerator || len(named) != f.Denominator || len(slices.Compact(named)) != f.Denominator {
				t.Fatalf("%s names %v and %v for %d of %d", id, f.In, f.Out, f.Numerator, f.Denominator)
			}
		}
		if o, h := want["on_time_official"], want["on_time_honest"]; o.Numerator != h.Numerator || h.Denominator < o.Denominator {
			t.Fatalf("honest %+v, official %+v", h, o)
		}
	}
}

// randomHistory takes whatever rows of the machine come, with their clocks.
func randomHistory(t *testing.T, rnd *rand.Rand, no string) measure.History {
	levels := huiying.Levels()
	h := open(t, no, levels[rnd.IntN(len(levels))], huiying.Origin{Platform: "hotline", Kind: []string{"post", "ticket"}[rnd.IntN(2)]})
	after, table := time.Duration(0), machine.Table()
	for range rnd.IntN(25) {
		after += time.Duration(rnd.IntN(20*3600)) * time.Second
		var rows []machine.Transition
		for _, r := range table {
			if r.Leads(h.c.State) && r.From != machine.AnyOpen && r.Action != "archive" && r.Action != "dismiss" {
				rows = append(rows, r)
			}
		}
		if len(rows) == 0 {
			break
		}
		row := rows[rnd.IntN(len(rows))]
		payload := map[string]string{"unit": "u", "text": "sha256:1", "at": machine.Stamp(start.Add(after)), "grade": machine.Grades()[rnd.IntN(5)], "settlement": machine.Settlements()[rnd.IntN(4)]}
		for _, k := range h.c.Clocks {
			if k.Running() && !k.DueAt.After(start.Add(after)) {
				payload[machine.ClockBreach+k.Preset] = machine.Stamp(k.DueAt)
			} else if k.Running() && row.Action == "publish" {
				payload[machine.ClockMet+k.Preset] = machine.Stamp(start.Add(after))
			}
		}
		h.step(after, row.Action, "p", payload)
	}
	return h.done()
}

func TestQuantile(t *testing.T) {
	list := []time.Duration{1, 2, 3, 4, 5, 6, 7, 8, 9, 10}
	for percent, want := range map[int]time.Duration{0: 1, 50: 5, 90: 9, 91: 10, 100: 10} {
		if got := measure.Quantile(list, percent); got != want {
			t.Errorf("%d: %d, want %d", percent, got, want)
		}
	}
}

// Every figure has its name and formula in both languages.
func TestEveryFigureSpeaks(t *testing.T) {
	words, err := locale.Load()
	if err != nil {
		t.Fatal(err)
	}
	for _, id := range measure.IDs() {
		if !words.Has("measure."+id) || !words.Has("measure.formula."+id) {
			t.Errorf("no words for %s", id)
		}
	}
	if raw, err := json.Marshal(measure.Figures(nil, ours, month)[0]); err != nil || string(raw) != `{"id":"ack_rate","numerator":0,"denominator":0,"in":[],"out":[]}` {
		t.Errorf("%s %v", raw, err)
	}
}
