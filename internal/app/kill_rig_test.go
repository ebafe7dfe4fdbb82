package app_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"huiying/internal/drill/replica"
)

// killRig is the binary, the site it reads, and the receiver it alerts.
type killRig struct {
	t        *testing.T
	binary   string
	dir      string
	dsn      string // of PostgreSQL, "" = SQLite in dir
	listen   string
	feed     *replica.Feed
	by       []replica.Account // who posts, ten posts each in turn
	receiver *alertLog
	matching sync.Map // ids of the posts the rule holds for

	earlier map[string]int // what the receiver had before a restore: some of it stands in no record any more
}

func newKillRig(t *testing.T) *killRig {
	t.Helper()
	return newRigOf(t, 1, 1000)
}

// newRigOf has a number of accounts, each a source of its own, and a number of
// posts on a page.
func newRigOf(t *testing.T, accounts, perPage int) *killRig {
	t.Helper()
	feed, err := replica.NewFeed(t.Context(), replica.FeedOptions{PerPage: perPage})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = feed.Close() })
	rig := &killRig{t: t, binary: binary(t), dir: t.TempDir(), listen: freeAddress(t), feed: feed, receiver: newAlertLog(t)}
	rig.write("rules.yaml", `
rules:
  - {id: r-queue, name: 排队, level: yellow, when: 排队超时}
  - {id: r-fault, name: 故障, level: orange, when: 系统瘫痪}
`)
	rig.write("huiying.yaml", fmt.Sprintf(`
office: {name: 演练中心}
data: data
listen: %s
public_url: http://%s
bus: {duplicate_window: 1s}
crawler: {host_delay: 50ms}
rules: [rules.yaml]
channels: [{id: hook, kind: webhook, url: "%s", secret: 0123456789abcdef}]
users: [{id: duty, name: 值班, roles: [officer], contacts: [{channel: hook}]}]
sources:
%s`, rig.listen, rig.listen, rig.receiver.URL, rig.sources(accounts)))
	return rig
}

// sources are the accounts, as the configuration has them. Each is asked at an
// address of its own, for a host has two visits at a time at most.
func (r *killRig) sources(n int) string {
	r.t.Helper()
	var b strings.Builder
	for i := range n {
		by := replica.Account{UID: r.feed.UID() + int64(i), Name: fmt.Sprintf("街道镜像%d", i), Verified: "media"}
		r.by = append(r.by, by)
		id, site := "feed", r.feed.Server
		if i > 0 {
			var err error
			if site, err = replica.Serve(r.t.Context(), "", replica.Weibo(r.feed.World)); err != nil {
				r.t.Fatal(err)
			}
			r.t.Cleanup(func() { _ = site.Close() })
			id += strconv.Itoa(i)
		}
		fmt.Fprintf(&b, `  - id: %s
    kind: weibo
    base_url: %s
    every: 1s
    options: {accounts: ["%d"], max_pages: 50}
`, id, site.URL, by.UID)
	}
	return b.String()
}

func (r *killRig) write(name, text string) {
	r.t.Helper()
	if err := os.WriteFile(filepath.Join(r.dir, name), []byte(text), 0o600); err != nil {
		r.t.Fatal(err)
	}
}

// publish fills the replica until the returned function is called.
func (r *killRig) publish() (stop func()) { return r.publishAt(rate) }

// publishAt fills the replica with some posts a second.
func (r *killRig) publishAt(perSecond float64) (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		tick := time.NewTicker(10 * time.Millisecond)
		defer tick.Stop()
		n, began := 0, time.Now()
		for {
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
				for due := int(time.Since(began).Seconds() * perSecond); n < due; n++ {
					r.append(n)
				}
			}
		}
	}()
	return func() { cancel(); <-done }
}

// append publishes the n-th post: one in ten is about the queue, one in a
// hundred about the fault, each in words of its own.
func (r *killRig) append(n int) {
	text := fmt.Sprintf("流水号%06d：今天路过河边，天气不错，记一笔。", n)
	matching := true
	switch {
	case n%100 == 7:
		text = fmt.Sprintf("窗口%06d号来电说系统瘫痪，编号%d的业务没办成", n, n*7919)
	case n%10 == 3:
		text = fmt.Sprintf("取号%06d，排队超时，第%d次来", n, n*104729)
	default:
		matching = false
	}
	id, err := r.feed.AppendBy(r.by[n/10%len(r.by)], text)
	if err != nil {
		r.t.Errorf("publish: %v", err)
		return
	}
	if matching {
		r.matching.Store(id, true)
	}
}
