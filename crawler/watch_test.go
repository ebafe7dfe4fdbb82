package crawler_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"huiying"
	"huiying/crawler"
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
