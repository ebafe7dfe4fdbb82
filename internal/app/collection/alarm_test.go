package collection_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"huiying"
	"huiying/crawler"
	"huiying/crawler/badsites"
	"huiying/internal/app/collection"
	"huiying/internal/locale"
	"huiying/internal/store"
	"huiying/internal/store/coverage"
	"huiying/internal/store/definitions"
	"huiying/internal/store/posts"
	"huiying/internal/store/storetest"
	"huiying/notifier/vigil"
)

// alarms are the checks that a source on a bad site raises, with their levels:
// a wall or a ban at once, since a person must act, and what passes by itself
// when it lasts.
var alarms = map[string]map[string]huiying.Level{
	"432":               {vigil.CheckWall: huiying.LevelOrange},
	"-100":              {vigil.CheckWall: huiying.LevelOrange},
	"403 and a sign-in": {vigil.CheckWall: huiying.LevelOrange},
	"403":               {vigil.CheckWall: huiying.LevelOrange},
	"block page in GBK": {vigil.CheckWall: huiying.LevelOrange},
	"418":               {vigil.CheckFailing: huiying.LevelYellow, vigil.CheckDead: huiying.LevelOrange},
	"414":               {vigil.CheckFailing: huiying.LevelYellow, vigil.CheckDead: huiying.LevelOrange},
	"redirect loop":     {vigil.CheckFailing: huiying.LevelYellow, vigil.CheckDead: huiying.LevelOrange},
	"truncated":         {vigil.CheckFailing: huiying.LevelYellow, vigil.CheckDead: huiying.LevelOrange},
	"gzip bomb":         {vigil.CheckFailing: huiying.LevelYellow, vigil.CheckDead: huiying.LevelOrange},
	"slow drip":         {vigil.CheckFailing: huiying.LevelYellow, vigil.CheckDead: huiying.LevelOrange},
	"500":               {vigil.CheckFailing: huiying.LevelYellow, vigil.CheckDead: huiying.LevelOrange},
	"endless list":      {vigil.CheckCapped: huiying.LevelYellow},
}

// A source on a site that misbehaves raises its alert, each check once however
// often it is looked at, and calls it off when the site is well again; the
// sources beside it raise none of their own.
func TestBadSitesRaiseAlerts(t *testing.T) {
	if testing.Short() {
		t.Skip("days of made time: not with -short")
	}
	for _, site := range badsites.All(t) {
		t.Run(site.Name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { alarm(t, site) })
		})
	}
}

// badFor is how long a site misbehaves.
const badFor = 9 * time.Hour

func alarm(t *testing.T, site badsites.Site) {
	w := &watched{t: t, told: map[string][]huiying.Finding{}}
	w.open()
	begun := time.Now()
	net := badsites.New()
	stops := []func(){
		net.Serve("bad.test", func(rw http.ResponseWriter, r *http.Request) {
			switch {
			case r.URL.Path == "/robots.txt":
				http.NotFound(rw, r)
			case time.Since(begun) < badFor:
				site.Answer(rw, r)
			default:
				fmt.Fprint(rw, badsites.GoodPage)
			}
		}),
		net.Serve("good.test", func(rw http.ResponseWriter, _ *http.Request) { fmt.Fprint(rw, badsites.GoodPage) }),
	}
	c, err := crawler.New(crawler.Options{
		Fetch: crawler.FetchOptions{UserAgent: "x", HostDelay: time.Second, MaxBody: 1 << 20, Transport: &http.Transport{DialContext: net.Dial, DisableCompression: true}},
		Kinds: []crawler.Kind{{Name: "test", Reader: badsites.List{}}}, Sink: w, State: &badsites.States{}, Ledger: ledger{w.ledger}, Now: time.Now,
	})
	w.must(err)
	w.must(c.Apply([]huiying.Source{w.define("bad"), w.define("good")}))
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- c.Run(ctx) }()
	v := vigil.New(vigil.Options{
		Ledger: collection.Watched{Ledger: w.ledger}, Sink: w, Now: time.Now,
		Texts: func(key string, args ...any) string { return w.words.Text(locale.Chinese, key, args...) },
	})
	look := func(d time.Duration) {
		const every = 20 * vigil.Every // which is often enough here
		for range d / every {
			time.Sleep(every)
			w.must(v.Look(t.Context()))
		}
	}
	look(badFor)
	w.judge(alarms[site.Name], false)
	look(26 * time.Hour)
	w.judge(alarms[site.Name], true)
	cancel()
	w.must(<-done)
	c.Close()
	for _, stop := range stops {
		stop()
	}
	w.must(w.store.Close())
}

// watched is a ledger and an archive in which findings are told.
type watched struct {
	t      *testing.T
	store  *store.Store
	ledger *coverage.Ledger
	words  *locale.Catalogue

	mu   sync.Mutex
	told map[string][]huiying.Finding // by source
}

func (w *watched) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

func (w *watched) open() {
	var err error
	w.store = storetest.Engines()[0].Open(w.t, store.Options{Now: time.Now})
	w.ledger = coverage.New(w.store)
	w.words, err = locale.Load()
	w.must(err)
}

func (w *watched) define(id string) huiying.Source {
	s := huiying.Source{ID: id, Name: "源 " + id, Kind: "test", BaseURL: "http://" + id + ".test", Every: 30 * time.Minute}
	body, err := json.Marshal(s)
	w.must(err)
	_, _, err = definitions.New(w.store).Put(w.t.Context(), definitions.Definition{Kind: "source", ID: id, Author: "t", Body: body})
	w.must(err)
	return s
}

// Accept takes what the crawler collects and what the watch tells; findings go
// into the archive, where the watch sees what it has told.
func (w *watched) Accept(ctx context.Context, p huiying.Post) error {
	if p.Finding == nil {
		return nil
	}
	w.mu.Lock()
	w.told[p.Source] = append(w.told[p.Source], *p.Finding)
	w.mu.Unlock()
	level := p.Finding.Level
	if p.Finding.Over {
		level = huiying.LevelNone
	}
	ev := huiying.NewEvent(huiying.Judgement{Post: p, Level: level, Tags: []huiying.Tag{{Rule: "finding-" + p.Finding.Check, Level: level}}}, p.CollectedAt)
	return posts.NewArchive(w.store).SaveEvents(ctx, []huiying.Event{ev})
}

// judge holds what was told against what is wanted; over: and called off.
func (w *watched) judge(wanted map[string]huiying.Level, over bool) {
	w.t.Helper()
	w.mu.Lock()
	defer w.mu.Unlock()
	raised, off := map[string]int{}, map[string]int{}
	for _, f := range w.told["bad"] {
		switch {
		case f.Over:
			off[f.Check]++
		case wanted[f.Check] != f.Level:
			w.t.Errorf("told: %+v", f)
		default:
			raised[f.Check]++
		}
	}
	for check := range wanted {
		if raised[check] != 1 || (off[check] == 1) != over {
			w.t.Errorf("%s told %d times, called off %d times (over: %v), %d in all", check, raised[check], off[check], over, len(w.told["bad"]))
		}
	}
	if len(w.told["good"]) > 0 || len(w.told["collection"]) > 0 {
		w.t.Errorf("told of others: %+v", w.told)
	}
}

// ledger is the coverage ledger as the crawler writes it.
type ledger struct{ *coverage.Ledger }

func (l ledger) Record(ctx context.Context, e huiying.LedgerEntry) error { return l.Save(ctx, e) }
