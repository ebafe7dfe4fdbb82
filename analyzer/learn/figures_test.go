package learn_test

import (
	"math"
	"testing"

	"huiying/analyzer/learn"
)

func TestFigures(t *testing.T) {
	classes := []string{"a", "b", "c", "d"}
	list := []learn.Answer{
		{"a", "a", "b", true}, {"a", "b", "a", true}, {"b", "b", "c", true}, {"b", "c", "d", false},
		{"c", "c", "a", false}, {"c", "a", "b", false}, {"c", "c", "b", true}, {"d", "c", "a", false},
	}
	for _, c := range []struct {
		figure string
		of     []string
		want   float64
	}{
		{"accuracy", nil, 4. / 8},
		{"top_two", nil, 5. / 8},
		{"recall", []string{"a"}, 1. / 2},
		{"recall", []string{"a", "b"}, 3. / 4},    // said a or b: 3 of the 4 that are
		{"precision", []string{"a", "b"}, 3. / 4}, // and one c
		{"precision", []string{"d"}, 0},           // never said
		{"macro_f1", []string{"c"}, 4. / 7},
		{"macro_f1", []string{"a", "d"}, (1./2 + 0) / 2},
		{"macro_f1", nil, (1./2 + 1./2 + 4./7 + 0) / 4},
		{"sure_share", nil, 4. / 8},
		{"sure_accuracy", nil, 3. / 4},
		{"calibration", nil, 0}, // each half sure, half of them right
	} {
		if got := learn.Figure(learn.Bar{Figure: c.figure, Of: c.of}, classes, list); math.Abs(got-c.want) > 1e-9 {
			t.Errorf("%s of %v: %v, want %v", c.figure, c.of, got, c.want)
		}
		if got := learn.Figure(learn.Bar{Figure: c.figure, Of: c.of}, classes, nil); got != 0 {
			t.Errorf("%s of no answers: %v", c.figure, got)
		}
	}
}
