package crawler_test

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"huiying"
	"huiying/crawler"
	"huiying/crawler/badsites"
)

// The watch wakes the loop by itself: while nothing else is due for a day,
// every post is looked at as often as was promised.
func TestWatchWakesTheLoop(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		listed := watches{"a": {{ID: "forum:example.org/t1", Source: "a", Text: "第一贴"}}}
		looks := 0
		w := newWorld(t, answers(crawler.AnswerOK, ""), func(o *crawler.Options) {
			o.Kinds[0].Look = func(_ context.Context, _ crawler.Visit, p huiying.Post) (crawler.Parsed, error) {
				looks++
				return crawler.Parsed{Posts: []huiying.Post{p}, Answer: crawler.AnswerOK}, nil
			}
			o.Watches, o.Workers, o.Now, o.WatchEvery = listed, 1, time.Now, 10*time.Second
		})
		s := source("a")
		s.Every = 24 * time.Hour
		w.apply(t, s)
		stop := w.run(t)
		time.Sleep(time.Hour)
		stop()
		if looks < 355 || looks > 361 {
			t.Errorf("%d looks in an hour, want 360", looks)
		}
	})
}

// However long it takes to look at the watched posts, what is new is read as
// often as was promised, and each post has its turn in the end.
func TestWatchGivesWay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var posts []huiying.Post
		for i := range 30 {
			posts = append(posts, huiying.Post{ID: fmt.Sprintf("forum:example.org/t%d", i), Source: "a", Text: "一贴"})
		}
		looked, read := map[string]int{}, []time.Time{}
		w := newWorld(t, func(context.Context, crawler.Visit) (crawler.Report, error) {
			read = append(read, time.Now())
			return crawler.Report{Answer: crawler.AnswerOK}, nil
		}, func(o *crawler.Options) {
			o.Kinds[0].Look = func(ctx context.Context, _ crawler.Visit, p huiying.Post) (crawler.Parsed, error) {
				select {
				case <-time.After(5 * time.Second): // politely
				case <-ctx.Done():
					return crawler.Parsed{}, ctx.Err()
				}
				looked[p.ID]++
				return crawler.Parsed{Posts: []huiying.Post{p}, Answer: crawler.AnswerOK}, nil
			}
			o.Watches, o.Workers, o.Now, o.WatchEvery = watches{"a": posts}, 1, time.Now, 10*time.Minute
		})
		s := source("a")
		s.Every = time.Minute
		w.apply(t, s)
		stop := w.run(t)
		time.Sleep(time.Hour)
		stop()
		longest := time.Duration(0)
		for i := range read[1:] {
			longest = max(longest, read[i+1].Sub(read[i]))
		}
		if longest > 90*time.Second { // a minute, its jitter, and one look
			t.Errorf("news waited for %v", longest)
		}
		for _, p := range posts {
			if n := looked[p.ID]; n < 5 || n > 7 {
				t.Errorf("%s was looked at %d times in an hour, want 6", p.ID, n)
			}
		}
	})
}

// Posts of open cases are looked at every ten minutes: an edit and a deletion
// are news, the rest is nothing, a wall ends the look and stops the source.
func TestWatch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		now, listed := map[string]huiying.Post{}, watches{}
		var wall crawler.Answer
		var looks []string
		w := newWorld(t, answers(crawler.AnswerOK, ""), func(o *crawler.Options) {
			o.Kinds[0].Look = func(_ context.Context, v crawler.Visit, p huiying.Post) (crawler.Parsed, error) {
				looks = append(looks, p.ID)
				if wall != "" || v.Cursor != nil {
					return crawler.Parsed{Answer: wall}, nil
				}
				return crawler.Parsed{Posts: []huiying.Post{now[p.ID]}, Answer: crawler.AnswerOK}, nil
			}
			o.Watches, o.Workers, o.Now = listed, 1, time.Now
		})
		a := source("a")
		a.Every = time.Hour
		var ids []string
		for i := range 3 {
			p := badsites.Thread(crawler.Visit{Source: a, Now: time.Now}, i)
			now[p.ID], listed["a"], ids = p, append(listed["a"], p), append(ids, p.ID)
		}
		w.apply(t, a)
		stop := w.run(t)
		look := func() huiying.LedgerEntry {
			for e := range w.ledger.rows {
				if e.Job == huiying.JobWatch {
					return e
				}
			}
			return huiying.LedgerEntry{}
		}
		if e := look(); e.Posts != 3 || e.Accepted != 3 || !slices.Equal(looks, ids) {
			t.Fatalf("first look: %+v at %v", e, looks)
		}
		edited, gone := now[ids[0]], now[ids[1]]
		edited.Text, gone.Deleted = "改过了", true
		now[ids[0]], now[ids[1]] = edited, gone
		w.apply(t, a)
		if e := look(); e.Posts != 3 || e.Accepted != 2 {
			t.Errorf("second look: %+v", e)
		}
		wall = crawler.AnswerLoginWall
		w.apply(t, a)
		e := look()
		if e.State != huiying.SourceLoginNeeded || e.NextAt.Sub(e.At) < 6*time.Hour {
			t.Errorf("a wall: %+v", e)
		}
		if h := w.health(t, "a"); h.State != huiying.SourceLoginNeeded {
			t.Errorf("then %+v", h)
		}
		stop()
	})
}
