package analyzer_test

import (
	"sync"
	"testing"
	"time"

	"huiying/analyzer"
)

// TestReloadUnderLoad exchanges 10,000 rules again and again while 500 posts a
// second come in: every post gets its answer within 100 ms of its arrival, by
// the old rules or by the new ones. It keeps real time, because delay is what
// it is about.
func TestReloadUnderLoad(t *testing.T) {
	if testing.Short() || raceEnabled {
		t.Skip("delay is measured without -short and -race")
	}
	const rate, seconds = 500, 4
	first, second := someRules(t, 10_000), someRules(t, 10_000)
	first.Rules[0].Name, second.Rules[0].Name = "旧", "新"
	a := newAnalyzer(t, analyzer.Options{Rules: first})
	posts := generate(rate*seconds, 100, 9)
	delays := make([]time.Duration, len(posts))
	var wait sync.WaitGroup
	stop := make(chan struct{})
	reloads := 0
	wait.Add(1)
	go func() {
		defer wait.Done()
		for {
			select {
			case <-stop:
				return
			default:
			}
			rules := second
			if reloads%2 == 1 {
				rules = first
			}
			if err := a.Reload(rules); err != nil {
				t.Error(err)
				return
			}
			reloads++
		}
	}()
	begin, tick := time.Now(), time.NewTicker(time.Second/rate)
	defer tick.Stop()
	for i, p := range posts {
		due := begin.Add(time.Duration(i) * time.Second / rate)
		for time.Now().Before(due) {
			<-tick.C
		}
		if ev := a.Analyze(p); ev.Subject != p.ID || len(ev.Data.Failed) > 0 {
			t.Fatalf("post %d: %+v", i, ev.Data.Failed)
		}
		delays[i] = time.Since(due)
	}
	close(stop)
	wait.Wait()
	most := time.Duration(0)
	for _, d := range delays {
		most = max(most, d)
	}
	t.Logf("%d posts, %d reloads of 10,000 rules, at most %v from arrival to answer", len(posts), reloads, most.Round(time.Millisecond))
	if reloads < 3 {
		t.Errorf("only %d reloads", reloads)
	}
	if most > 100*time.Millisecond {
		t.Errorf("a post waited %v, at most 100 ms are asked", most)
	}
}
