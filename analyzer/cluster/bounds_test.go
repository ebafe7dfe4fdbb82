package cluster_test

import (
	"fmt"
	"math/rand/v2"
	"runtime"
	"strconv"
	"testing"
	"time"

	"huiying/analyzer/analyzertest"
	"huiying/analyzer/cluster"
	"huiying/analyzer/fold"
)

// stream makes posts as a large city writes them: 3,000 places, 400 matters in
// several wordings, a few loud events, words drawn with the frequencies that
// words have (Zipf).
type stream struct {
	random *rand.Rand
	words  []string
	zipf   *rand.Zipf
	n      int
}

func newStream(seed uint64) *stream {
	s := &stream{random: rand.New(rand.NewPCG(seed, 2))}
	vocabulary := rand.New(rand.NewPCG(7, 7)) // the same for every stream
	for range 4000 {
		word := make([]rune, 2+vocabulary.IntN(2))
		for i := range word {
			word[i] = rune(0x4E00 + int(2500*vocabulary.Float64()*vocabulary.Float64()))
		}
		s.words = append(s.words, string(word))
	}
	s.zipf = rand.NewZipf(s.random, 1.1, 8, uint64(len(s.words)-1))
	return s
}

func (s *stream) say(words int) string {
	out := ""
	for range words {
		out += s.words[s.zipf.Uint64()]
	}
	return out
}

// next is a post a second later than the one before.
func (s *stream) next() cluster.Post {
	s.n++
	loud := s.random.IntN(4) == 0
	place, matter := s.random.IntN(3000), s.random.IntN(400)
	if loud {
		place = s.random.IntN(20)
		matter = place
	}
	fixed := rand.New(rand.NewPCG(uint64(place), 3))
	name := s.words[fixed.IntN(len(s.words))] + s.words[fixed.IntN(len(s.words))] + string([]rune("路街苑城")[place%4])
	about := rand.New(rand.NewPCG(uint64(matter), 4))
	what := ""
	for range 3 {
		what += s.words[about.IntN(len(s.words))]
	}
	return cluster.Post{
		ID: fmt.Sprint("weibo:", s.n), Title: fold.New(name + what + s.say(2)), Text: fold.New(s.say(25)),
		Author: s.random.Uint64N(5000) + 1, Platform: "weibo", At: monday.Add(time.Duration(s.n) * time.Second),
	}
}

// What a book holds has bounds, whatever comes: not more than 5,000 events,
// and no more after many posts than after some.
func TestBounded(t *testing.T) {
	if testing.Short() || raceEnabled {
		t.Skip("280,000 posts take some seconds, with the race detector a minute")
	}
	b := cluster.New(cluster.Options{})
	s := newStream(1)
	posts := make([]cluster.Post, 20_000)
	for i := range posts {
		posts[i] = s.next()
	}
	var heaps []uint64
	for round := range 14 {
		for i, p := range posts {
			p.ID = fmt.Sprint("weibo:", round, "-", i)
			p.At = p.At.Add(time.Duration(round) * 20_000 * time.Second)
			b.Assign(p)
		}
		b.Changes() // else what may go is remembered until somebody asks
		heaps = append(heaps, heap()>>20)
	}
	if open := b.Open(); len(open) != 5000 {
		t.Errorf("%d events are open, want as many as may be", len(open))
	}
	t.Logf("heap after each 20,000 posts: %d MB", heaps)
	if last, before := heaps[13], heaps[11]; last > before+before/50 || last > 150 {
		t.Errorf("the heap grows: %d MB", heaps)
	}
	largest, all := 0, 0
	for _, r := range b.Export() {
		largest = max(largest, len(r.Value))
		all += len(r.Value)
	}
	t.Logf("%d KB of records, the largest has %d KB", all>>10, largest>>10)
	if largest > 128<<10 {
		t.Errorf("a record has %d KB", largest>>10)
	}
}

func heap() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// BenchmarkAssign gives the processor time of one answer while 5,000 events are
// open: cpu-ns/op.
func BenchmarkAssign(b *testing.B) {
	book := cluster.New(cluster.Options{})
	s := newStream(1)
	for range 30_000 { // until 5,000 events are open
		book.Assign(s.next())
	}
	posts := make([]cluster.Post, 20_000)
	for i := range posts {
		posts[i] = s.next()
	}
	began, i := 0, 0
	from := analyzertest.CPU(b)
	for b.Loop() {
		p := posts[i%len(posts)]
		if i >= len(posts) { // again, as another post
			p.ID = p.ID + strconv.Itoa(i)
		}
		if i++; book.Assign(p).New {
			began++
		}
	}
	b.ReportMetric(float64(analyzertest.CPU(b)-from)/float64(b.N), "cpu-ns/op")
	b.ReportMetric(float64(began)/float64(b.N), "new/op")
	b.ReportMetric(float64(len(book.Open())), "open")
}
