package app

import (
	"math/rand/v2"
	"os"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"huiying"
	"huiying/internal/store/storetest"
)

const (
	// growthPosts go through the whole pipeline at each size.
	growthPosts = 100_000
	// growthAhead is how many of them may wait for the archive.
	growthAhead = 4_000
	// growthMost is how many times as much a post may cost in a larger store.
	growthMost = 1.2
)

// TestGrowth fills one store to each of several sizes and lets posts go through
// the whole pipeline at each: what one costs must not grow with what is kept.
// make growth SIZES="100000 1000000"; HUIYING_GROWTH_STORE=postgres keeps them
// there, whose own time shows in the pace only.
func TestGrowth(t *testing.T) {
	sizes := strings.Fields(os.Getenv("HUIYING_GROWTH"))
	if len(sizes) == 0 {
		t.Skip("fills a database for minutes: run make growth")
	}
	l := &loaded{t: t, now: time.Now()}
	if os.Getenv("HUIYING_GROWTH_STORE") == "postgres" {
		l.dsn = storetest.Fresh(t)
	}
	l.start()
	l.judge()
	posts := growthPosts
	if n, err := strconv.Atoi(os.Getenv("HUIYING_GROWTH_POSTS")); err == nil {
		posts = n
	}
	var first growthCost
	for _, size := range sizes {
		n, err := strconv.Atoi(size)
		l.must(err)
		l.fillTo(n)
		l.indexed()
		cost := l.pass(posts)
		if first.busy == 0 {
			first = cost
		}
		busy, took := float64(cost.busy)/float64(first.busy), float64(cost.took)/float64(first.took)
		t.Logf("%d posts kept: %v of processor time and %v by the clock for a post, %.2f and %.2f times those of the first size", n, cost.busy, cost.took, busy, took)
		if busy > growthMost {
			t.Errorf("with %d posts kept one more costs %.2f times as much, at most %.1f is asked", n, busy, growthMost)
		}
	}
	l.memory()
}

// growthCost is what one post takes.
type growthCost struct{ busy, took time.Duration }

// fillTo keeps more posts until there are n.
func (l *loaded) fillTo(n int) {
	began, kept := time.Now(), l.kept()
	for ; kept < n; kept = l.kept() {
		l.fillFrom(kept, min(kept+100_000, n), n)
	}
	l.t.Logf("%d posts kept after %v", n, time.Since(began).Round(time.Second))
}

// pass sends posts through analyzer, archive, record and index and waits until
// the last is everywhere.
func (l *loaded) pass(posts int) growthCost {
	before, began, busy := l.kept(), time.Now(), everybody()
	var sent, kept atomic.Int64
	kept.Store(int64(before))
	var all sync.WaitGroup
	for worker := range 4 {
		all.Go(func() {
			r := rand.New(rand.NewPCG(uint64(before), uint64(worker)))
			for i := sent.Add(1); i <= int64(posts); i = sent.Add(1) {
				for i-(kept.Load()-int64(before)) > growthAhead {
					kept.Store(int64(l.kept()))
					time.Sleep(time.Millisecond)
				}
				if err := l.app.bus.PublishPost(l.t.Context(), l.fresh(r, before+int(i))); err != nil {
					l.t.Error(err)
					return
				}
			}
		})
	}
	all.Wait()
	for l.kept() < before+posts && l.t.Context().Err() == nil && !l.t.Failed() {
		time.Sleep(10 * time.Millisecond)
	}
	l.indexed()
	n := time.Duration(posts)
	return growthCost{busy: (everybody() - busy) / n, took: time.Since(began) / n}
}

// fresh is a post that comes in now.
func (l *loaded) fresh(r *rand.Rand, i int) huiying.Post {
	now := time.Now()
	return huiying.Post{
		ID: "weibo:" + strconv.FormatInt(l.now.Unix(), 36) + "-" + strconv.Itoa(i), Source: "weibo-0", Platform: "weibo", Kind: huiying.KindPost,
		Text: l.text(r), PublishedAt: now, CollectedAt: now,
	}
}
