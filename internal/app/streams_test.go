package app_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

// crowd is everybody who has a page open: what they hear and what they ask.
type crowd struct {
	rig    *killRig
	client *http.Client

	heard  atomic.Int64 // batches of news, by all streams together
	broken atomic.Int64 // streams that ended before they were told to
	last   []atomic.Int64

	mu    sync.Mutex
	took  []time.Duration // of pages
	wrong map[string]int  // answers other than 200
}

// TestStreams keeps 1,000 live streams open on the real binary while 40 pages a
// second are asked for and posts arrive: no stream breaks off, no page fails,
// every stream hears the end, and the memory is what it was. Five minutes in
// make soak, a tenth of everything otherwise.
func TestStreams(t *testing.T) {
	streams, pace, d := 100, 10, 4*time.Second
	long := os.Getenv("HUIYING_SOAK") != ""
	if long {
		streams, pace, d = 1000, 40, 5*time.Minute
	}
	rig := newKillRig(t)
	c := &crowd{rig: rig, client: rig.signedIn("duty"), last: make([]atomic.Int64, streams), wrong: map[string]int{}}
	cmd, _ := rig.start()
	rig.untilReady(&tail{})
	ctx, leave := context.WithCancel(t.Context())
	var open, asking sync.WaitGroup
	for i := range streams {
		open.Go(func() { c.listen(ctx, i) })
	}
	c.untilOpen(streams)
	stop := rig.publishAt(20)
	asking.Go(func() { c.ask(pace, d) })
	sizes := sampled(cmd.Process.Pid, d)
	asking.Wait()
	stop()
	c.untilAllHeard()
	leave()
	open.Wait()
	c.report(t, sizes)
	if long {
		flat(t, sizes)
	}
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Wait(); err != nil {
		t.Errorf("the clean stop failed: %v", err)
	}
}

// signedIn makes a person's password while the service is down, and signs in
// with the next request.
func (r *killRig) signedIn(id string) *http.Client {
	r.t.Helper()
	cmd, output := r.start()
	r.untilReady(output) // now the accounts are there
	if err := errors.Join(cmd.Process.Signal(syscall.SIGTERM), cmd.Wait()); err != nil {
		r.t.Fatal(err)
	}
	link, err := exec.Command(r.binary, "user", "link", "--config", filepath.Join(r.dir, "huiying.yaml"), id).Output()
	if err != nil {
		r.t.Fatal(err)
	}
	jar, err := cookiejar.New(nil)
	if err != nil {
		r.t.Fatal(err)
	}
	cmd, output = r.start()
	r.untilReady(output)
	const words = "korrekt-pferd-batterie"
	client := &http.Client{Jar: jar, Transport: &http.Transport{MaxIdleConnsPerHost: 64}}
	for _, form := range []struct {
		to     string
		values url.Values
	}{
		{strings.TrimSpace(string(link)), url.Values{"password": {words}, "again": {words}}},
		{"http://" + r.listen + "/login", url.Values{"id": {id}, "password": {words}}},
	} {
		resp, err := client.PostForm(form.to, form.values)
		if err != nil {
			r.t.Fatal(err)
		}
		resp.Body.Close()
		if resp.StatusCode != http.StatusOK {
			r.t.Fatalf("%s: %s", form.to, resp.Status)
		}
	}
	if err := errors.Join(cmd.Process.Signal(syscall.SIGTERM), cmd.Wait()); err != nil {
		r.t.Fatal(err)
	}
	return client
}

// listen is one browser's stream until ctx ends.
func (c *crowd) listen(ctx context.Context, i int) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+c.rig.listen+"/live", http.NoBody)
	if err != nil {
		c.rig.t.Error(err)
		return
	}
	resp, err := c.client.Do(req)
	if err != nil || resp.StatusCode != http.StatusOK {
		c.broken.Add(1)
		c.rig.t.Errorf("stream %d does not open: %v", i, err)
		return
	}
	defer resp.Body.Close()
	for lines := bufio.NewScanner(resp.Body); lines.Scan(); {
		if id, ok := strings.CutPrefix(lines.Text(), "id: "); ok {
			n, _ := strconv.ParseInt(id, 10, 64)
			c.last[i].Store(n)
			c.heard.Add(1)
		}
	}
	if ctx.Err() == nil {
		c.broken.Add(1)
	}
}

// untilOpen waits for every stream's greeting.
func (c *crowd) untilOpen(streams int) {
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); time.Sleep(50 * time.Millisecond) {
		if c.heard.Load() >= int64(streams) || c.broken.Load() > 0 {
			return
		}
	}
	c.rig.t.Fatalf("%d of %d streams are open after a minute", c.heard.Load(), streams)
}

// untilAllHeard waits until every stream has heard the same last batch.
func (c *crowd) untilAllHeard() {
	for deadline := time.Now().Add(30 * time.Second); time.Now().Before(deadline); time.Sleep(100 * time.Millisecond) {
		most, least := c.last[0].Load(), c.last[0].Load()
		for i := range c.last {
			most, least = max(most, c.last[i].Load()), min(least, c.last[i].Load())
		}
		if least == most {
			return
		}
	}
	c.rig.t.Error("half a minute after the last post some streams have not heard of it")
}

// ask opens pages at a pace, whether or not the earlier ones were answered.
func (c *crowd) ask(pace int, d time.Duration) {
	paths := []string{"/", "/stream", "/inbox", "/cases", "/alerts", "/events", "/outcomes", "/sources", "/me"}
	tick := time.NewTicker(time.Second / time.Duration(pace))
	defer tick.Stop()
	var all sync.WaitGroup
	defer all.Wait()
	for n := range int(d.Seconds()) * pace {
		<-tick.C
		all.Go(func() { c.page(paths[n%len(paths)]) })
	}
}

func (c *crowd) page(path string) {
	began := time.Now()
	answer := ""
	resp, err := c.client.Get("http://" + c.rig.listen + path)
	if err != nil {
		answer = err.Error()
	} else {
		_, err = io.Copy(io.Discard, resp.Body)
		resp.Body.Close()
		if err != nil || resp.StatusCode != http.StatusOK || resp.Request.URL.Path != path {
			answer = fmt.Sprintf("%s: %s %s %v", path, resp.Status, resp.Request.URL.Path, err)
		}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.took = append(c.took, time.Since(began))
	if answer != "" {
		c.wrong[answer]++
	}
}

func (c *crowd) report(t *testing.T, sizes []int) {
	t.Helper()
	slices.Sort(c.took)
	t.Logf("%d streams heard %d batches; %d pages, p50 %v, p95 %v, longest %v; resident %d MB at first, %d at most, %d at last",
		len(c.last), c.heard.Load(), len(c.took), c.took[len(c.took)/2].Round(time.Millisecond), c.took[len(c.took)*95/100].Round(time.Millisecond),
		c.took[len(c.took)-1].Round(time.Millisecond), sizes[0], slices.Max(sizes), sizes[len(sizes)-1])
	if n := c.broken.Load(); n > 0 {
		t.Errorf("%d streams broke off", n)
	}
	for answer, n := range c.wrong {
		t.Errorf("%d times %s", n, answer)
	}
	if c.heard.Load() < 2*int64(len(c.last)) {
		t.Errorf("%d streams heard only %d batches", len(c.last), c.heard.Load())
	}
}

// sampled is the resident memory of a process in MB, thirty times over d.
func sampled(pid int, d time.Duration) (sizes []int) {
	tick := time.NewTicker(d / 30)
	defer tick.Stop()
	for range 30 {
		<-tick.C
		raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/statm", pid))
		if err != nil {
			return append(sizes, 0)
		}
		pages, _ := strconv.Atoi(strings.Fields(string(raw))[1])
		sizes = append(sizes, pages*os.Getpagesize()>>20)
	}
	return sizes
}

// flat holds the last third against the middle one: what grows by the minute
// shows, what the start needed does not.
func flat(t *testing.T, sizes []int) {
	t.Helper()
	third := len(sizes) / 3
	middle, last := slices.Max(sizes[third:2*third]), slices.Max(sizes[2*third:])
	if last > middle+middle/10 {
		t.Errorf("resident memory grows: at most %d MB in the middle third, %d in the last", middle, last)
	}
}
