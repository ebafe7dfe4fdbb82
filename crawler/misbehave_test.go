package crawler_test

import (
	"context"
	"fmt"
	"net/http"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"huiying"
	"huiying/crawler"
	"huiying/crawler/badsites"
)

// TestMisbehavingSites runs a source on a bad site for seven hours, beside one
// on the same host and one on another, and then lets the site become good. The
// bad one ends in the named state and is asked no more often than promised, the
// others keep their interval, and it comes back by itself.
func TestMisbehavingSites(t *testing.T) {
	if testing.Short() {
		t.Skip("thirteen days of made time: not with -short")
	}
	for _, bad := range badsites.All(t) {
		t.Run(bad.Name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { misbehave(t, bad) })
		})
	}
}

func misbehave(t *testing.T, bad badsites.Site) {
	const badFor, whole = 7 * time.Hour, 32 * time.Hour
	begun := time.Now()
	net := badsites.New()
	var mu sync.Mutex
	asked := 0
	site := func(w http.ResponseWriter, r *http.Request) {
		switch since := time.Since(begun); {
		case r.URL.Path == "/robots.txt":
			http.NotFound(w, r)
		case r.URL.Path == "/bad" && since < badFor:
			mu.Lock()
			asked++
			mu.Unlock()
			bad.Answer(w, r)
		default:
			fmt.Fprint(w, badsites.GoodPage)
		}
	}
	stops := []func(){net.Serve("bad.test", site), net.Serve("good.test", site)}
	rows := newLedger()
	c, err := crawler.New(crawler.Options{
		Fetch: crawler.FetchOptions{UserAgent: "x", HostDelay: time.Second, Transport: &http.Transport{DialContext: net.Dial, DisableCompression: true}},
		Kinds: []crawler.Kind{{Name: "test", Reader: badsites.List{}}}, Sink: discard{}, State: &badsites.States{}, Ledger: rows, Now: time.Now,
	})
	if err != nil {
		t.Fatal(err)
	}
	var list []huiying.Source
	for id, host := range map[string]string{"bad": "bad.test", "beside": "bad.test", "good": "good.test"} {
		list = append(list, huiying.Source{ID: id, Kind: "test", BaseURL: "http://" + host, Every: 10 * time.Minute})
	}
	if err := c.Apply(list); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- c.Run(ctx) }()
	time.Sleep(whole)
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
	c.Close()
	for _, stop := range stops {
		stop()
	}
	close(rows.rows)
	judgeMisbehaviour(t, bad, begun.Add(badFor), rows, asked)
}

func judgeMisbehaviour(t *testing.T, bad badsites.Site, better time.Time, rows *ledger, asked int) {
	t.Helper()
	bySource := map[string][]huiying.LedgerEntry{}
	for e := range rows.rows {
		bySource[e.Source] = append(bySource[e.Source], e)
	}
	first, last := bySource["bad"][0], bySource["bad"][len(bySource["bad"])-1]
	if first.State != bad.State || first.Reason != bad.Reason || first.Capped != bad.Capped {
		t.Errorf("first visit: %s, %q, capped %v", first.State, first.Reason, first.Capped)
	}
	if again := bySource["bad"][1]; !bad.Rests && again.At.Sub(first.At) < bad.Wait {
		t.Errorf("visited again after %s, not %s", again.At.Sub(first.At), bad.Wait)
	}
	if asked < 1 || asked > bad.Most {
		t.Errorf("the list was asked %d times in seven hours, at most %d is promised", asked, bad.Most)
	}
	if last.State != huiying.SourceOK || last.Capped {
		t.Errorf("it does not come back: %+v", last)
	}
	for _, e := range bySource["bad"] {
		if e.At.After(better.Add(24*time.Hour)) && e.State != huiying.SourceOK {
			t.Errorf("a day after the site got better: %s", e.State)
		}
	}
	others := []string{"good"}
	if !bad.Rests {
		others = append(others, "beside")
	}
	for _, id := range others {
		for i, e := range bySource[id] {
			if e.State != huiying.SourceOK {
				t.Errorf("%s: %s %s", id, e.State, e.Reason)
			}
			if i > 0 && e.At.Sub(bySource[id][i-1].At) > 12*time.Minute {
				t.Errorf("%s waited %s", id, e.At.Sub(bySource[id][i-1].At))
			}
		}
	}
	if beside := bySource["beside"]; beside[len(beside)-1].State != huiying.SourceOK {
		t.Errorf("the source beside it does not come back: %+v", beside[len(beside)-1])
	}
}
