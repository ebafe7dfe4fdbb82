package analyzer_test

import (
	"bytes"
	"encoding/json"
	"io"
	"testing"
	"time"

	"huiying"
	"huiying/analyzer"
	"huiying/analyzer/analyzertest"
)

// lines are posts as a stream of them comes in.
func lines(tb testing.TB, posts []huiying.Post) []byte {
	tb.Helper()
	var in bytes.Buffer
	enc := json.NewEncoder(&in)
	for _, p := range posts {
		if err := enc.Encode(p); err != nil {
			tb.Fatal(err)
		}
	}
	return in.Bytes()
}

// TestStreamSpeed prints the speed of posts in and events out, JSON and all,
// beside raw gojieba Cut of the same posts, in turns in processor time; and how
// much sooner two workers are done than one.
func TestStreamSpeed(t *testing.T) {
	if testing.Short() || raceEnabled {
		t.Skip("speed is measured without -short and -race")
	}
	const turns, turn = 12, 4000
	posts, j := generate((turns+1)*turn, 100, 3), rawJieba(t)
	took, walls := map[string]time.Duration{}, map[int]time.Duration{}
	streams := map[int]*analyzer.Analyzer{}
	for _, workers := range []int{1, 2} {
		streams[workers] = newAnalyzer(t, analyzer.Options{Rules: someRules(t, 1000)})
	}
	measure := func(at int, name string, f func()) time.Duration {
		began, from := analyzertest.CPU(t), time.Now()
		f()
		if at > 0 { // the first turn warms up
			took[name] += analyzertest.CPU(t) - began
		}
		return time.Since(from)
	}
	for at := range turns + 1 {
		part := posts[at*turn : (at+1)*turn]
		in := lines(t, part)
		measure(at, "raw Cut", func() {
			for _, p := range part {
				j.Cut(p.Text, true)
			}
		})
		for workers, a := range streams {
			wall := measure(at, []string{"", "one worker", "two workers"}[workers], func() {
				if _, err := a.AnalyzeStream(t.Context(), analyzer.Stream{In: bytes.NewReader(in), Out: io.Discard, Workers: workers}); err != nil {
					t.Error(err)
				}
			})
			if at > 0 {
				walls[workers] += wall
			}
		}
	}
	speed := func(name string) float64 { return turns * turn / took[name].Seconds() }
	for _, name := range []string{"raw Cut", "one worker", "two workers"} {
		t.Logf("%-12s %7.0f posts/s of processor time, %.2f of raw Cut", name, speed(name), speed(name)/speed("raw Cut"))
	}
	t.Logf("two workers are done %.2f times as soon as one (%.0f and %.0f posts/s)", walls[1].Seconds()/walls[2].Seconds(), turns*turn/walls[2].Seconds(), turns*turn/walls[1].Seconds())
	// Asked is 0.60 (docs/measurements.md); the test only guards, because what
	// else runs on the machine and where tables lie in memory moves it.
	if ratio := speed("one worker") / speed("raw Cut"); ratio < 0.4 {
		t.Errorf("posts in and events out run at %.2f of raw Cut", ratio)
	}
}
