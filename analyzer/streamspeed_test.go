package analyzer_test

import (
	"bytes"
	"encoding/json"
	"io"
	"slices"
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
// much sooner two workers are done than one. Ratios are medians of the turns: a
// machine that is shared slows down and speeds up by the second. What Cut costs
// hangs on how much of its 130 MB of nodes the posts' words touch, so there are
// three kinds of posts: of the words of the language (100,000), public ones where
// they are at hand, and of a few hundred words that Cut has in the processor's
// memory all the time, which is the least ratio that can be and is like nothing
// that people write.
func TestStreamSpeed(t *testing.T) {
	if testing.Short() || raceEnabled {
		t.Skip("speed is measured without -short and -race")
	}
	t.Run("as people write", func(t *testing.T) { streamSpeed(t, wide(t, 50*streamTurn, 100, 3), 0.6) })
	t.Run("public posts", func(t *testing.T) { streamSpeed(t, public(t), 0.6) })
	t.Run("of few words", func(t *testing.T) { streamSpeed(t, generate(25*streamTurn, 100, 3), 0.4) })
}

// streamTurn is how many posts one turn of TestStreamSpeed measures.
const streamTurn = 2000

func streamSpeed(t *testing.T, posts []huiying.Post, least float64) {
	t.Helper()
	j := rawJieba(t)
	streams := []*analyzer.Analyzer{newAnalyzer(t, analyzer.Options{Rules: someRules(t, 1000)}), newAnalyzer(t, analyzer.Options{Rules: someRules(t, 1000)})}
	var took, walls [3][]time.Duration // of raw Cut, one worker, two workers, by turn
	for part := range slices.Chunk(posts[:len(posts)/streamTurn*streamTurn], streamTurn) {
		in := lines(t, part)
		for what := range took {
			began, from := analyzertest.CPU(t), time.Now()
			if what == 0 {
				for _, p := range part {
					j.Cut(p.Text, true)
				}
			} else if _, err := streams[what-1].AnalyzeStream(t.Context(), analyzer.Stream{In: bytes.NewReader(in), Out: io.Discard, Workers: what}); err != nil {
				t.Fatal(err)
			}
			took[what], walls[what] = append(took[what], analyzertest.CPU(t)-began), append(walls[what], time.Since(from))
		}
	}
	for what, name := range []string{"raw Cut", "one worker", "two workers"} {
		took[what], walls[what] = took[what][1:], walls[what][1:] // the first turn warms up
		t.Logf("%-12s %7.0f posts/s of processor time, %.2f of raw Cut", name, streamTurn/median(took[what]), ratio(took[0], took[what]))
	}
	t.Logf("two workers are done %.2f times as soon as one (%.0f and %.0f posts/s)", ratio(walls[1], walls[2]), streamTurn/median(walls[2]), streamTurn/median(walls[1]))
	if r := ratio(took[0], took[1]); r < least {
		t.Errorf("posts in and events out run at %.2f of raw Cut, at least %.2f is asked", r, least)
	}
}

// ratio is the median of how many times as long each of a took as that of b.
func ratio(a, b []time.Duration) float64 {
	out := make([]float64, len(a))
	for i := range a {
		out[i] = a[i].Seconds() / b[i].Seconds()
	}
	slices.Sort(out)
	return out[len(out)/2]
}

// median is in seconds.
func median(list []time.Duration) float64 {
	return slices.Sorted(slices.Values(list))[len(list)/2].Seconds()
}
