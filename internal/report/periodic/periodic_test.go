package periodic_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"huiying"
	"huiying/internal/locale"
	"huiying/internal/report/periodic"
)

// However posts come and however loud praise is, criticism that was said is
// quoted, at least in its share of the places; the order of arrival decides
// nothing.
func TestChoose(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		n := rapid.IntRange(0, 60).Draw(r, "posts")
		each := rapid.IntRange(1, 6).Draw(r, "each")
		var list []periodic.View
		bad := 0
		for i := range n {
			v := periodic.View{Post: fmt.Sprintf("p:%02d", i), Side: periodic.SideCitizen, Critical: rapid.Bool().Draw(r, "critical"), Heat: int64(rapid.IntRange(0, 9).Draw(r, "heat")), Tagged: rapid.Bool().Draw(r, "tagged")}
			if !v.Critical {
				v.Heat += 100
			} else {
				bad++
			}
			list = append(list, v)
		}
		choose := func(list []periodic.View) []periodic.View {
			c := periodic.NewChooser()
			for _, v := range list {
				c.See(v)
			}
			return c.Choose(each)
		}
		got := choose(list)
		critical := 0
		for _, v := range got {
			if v.Critical {
				critical++
			}
		}
		if len(got) != min(each, n) || bad > 0 && critical == 0 || critical*n < bad*len(got) && critical < bad {
			r.Fatalf("%d of %d quoted are critical, %d of %d said", critical, len(got), bad, n)
		}
		if again := choose(rapid.Permutation(list).Draw(r, "order")); fmt.Sprint(again) != fmt.Sprint(got) {
			r.Fatalf("another order chooses %v, not %v", again, got)
		}
	})
}

// A paper that names a figure which was not counted is none.
func TestEveryNumberIsAFigure(t *testing.T) {
	words, err := locale.Load()
	if err != nil {
		t.Fatal(err)
	}
	day := time.Date(2026, 11, 26, 0, 0, 0, 0, time.UTC)
	facts := periodic.Facts{Kind: periodic.Daily, From: day, To: day.AddDate(0, 0, 1), Before: day.AddDate(0, 0, -1), Figures: []periodic.Figure{{ID: "posts", N: 3}}}
	_, err = periodic.Document(periodic.Report{Facts: facts}, periodic.Words{Catalogue: words, Lang: locale.Chinese, Zone: time.UTC})
	if err == nil || !strings.Contains(err.Error(), "was not counted") {
		t.Errorf("%v", err)
	}
	facts.To = day
	if _, err := periodic.Document(periodic.Report{Facts: facts}, periodic.Words{Catalogue: words, Zone: time.UTC}); err == nil {
		t.Error("a period without length makes a paper")
	}
}

func TestTexts(t *testing.T) {
	for _, c := range []struct {
		kind, place string
		n           int
		ok          bool
	}{
		{periodic.Special, periodic.PlaceCore, 200, true}, {periodic.Special, periodic.PlaceCore, 201, false}, {periodic.Special, periodic.PlaceRisk, 81, false},
		{periodic.Daily, periodic.PlaceAdvice, 1, false}, {periodic.Weekly, periodic.PlaceAdvice, 3000, true},
	} {
		err := periodic.CheckTexts(c.kind, map[string]string{c.place: strings.Repeat("字", c.n)})
		if (err == nil) != c.ok || err != nil && huiying.ErrorCode(err) != huiying.Invalid {
			t.Errorf("%s %s of %d: %v", c.kind, c.place, c.n, err)
		}
	}
	if err := periodic.Ready(periodic.Special, map[string]string{periodic.PlaceAdvice: " \n"}); huiying.ErrorCode(err) != huiying.Conflict {
		t.Errorf("blank advice: %v", err)
	}
}

// What differs between two counts is listed, also where one lacks a figure.
func TestCompare(t *testing.T) {
	f := func(list ...periodic.Figure) periodic.Facts { return periodic.Facts{Figures: list} }
	got := periodic.Compare(f(periodic.Figure{ID: "a", N: 1}, periodic.Figure{ID: "b", N: 2}, periodic.Figure{ID: "z", N: 0}), f(periodic.Figure{ID: "b", N: 3}, periodic.Figure{ID: "c", N: 4}))
	var said []string
	for _, d := range got {
		said = append(said, fmt.Sprintf("%s %d→%d", d.Was.ID, d.Was.N, d.Now.N))
	}
	if s := strings.Join(said, ", "); s != "a 1→0, b 2→3, c 0→4" {
		t.Error(s)
	}
}
