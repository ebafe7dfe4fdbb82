package app

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strconv"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"huiying"
	"huiying/analyzer"
	"huiying/internal/store"
	"huiying/internal/store/posts"
	"huiying/internal/store/record"
	"huiying/notifier/casework"
)

// text is one thing that people say.
func (l *loaded) text(r *rand.Rand) string {
	pick := func(list []string) string { return list[r.IntN(len(list))] }
	out := pick(loadPlaces) + pick(loadMatters) + "，" + pick(loadSayings) + "。"
	for range r.IntN(3) {
		out += pick(loadMatters) + pick(loadSayings) + "，"
	}
	return out + pick(loadTails)
}

// judge has the analyzer judge some of them; the load varies these.
func (l *loaded) judge() {
	rules, err := analyzer.LoadRules([]byte(rulesOfLoad))
	l.must(err)
	a, err := analyzer.New(analyzer.Options{Rules: rules, Registerer: prometheus.NewRegistry()})
	l.must(err)
	defer a.Close()
	r := rand.New(rand.NewPCG(1, 2))
	platforms := []string{"weibo", "weibo", "weibo", "portal", "forum", "hotline"}
	for i := range 5000 {
		p := huiying.Post{
			ID: "weibo:base" + strconv.Itoa(i), Platform: platforms[r.IntN(len(platforms))], Kind: huiying.KindPost, Text: l.text(r),
			Author:      huiying.Author{ID: "p-" + strconv.Itoa(r.IntN(9000)), Verified: []string{"none", "none", "person", "media", "enterprise"}[r.IntN(5)]},
			PublishedAt: l.now, CollectedAt: l.now,
		}
		p.Source = p.Platform + "-" + strconv.Itoa(r.IntN(3))
		ev, err := a.Judge(l.t.Context(), p)
		l.must(err)
		l.base = append(l.base, ev.Data)
	}
}

// say is the i-th post of n, spread over thirty days.
func (l *loaded) say(i, n int) huiying.Judgement {
	j := l.base[i*7919%len(l.base)]
	j.Post.ID = "weibo:" + strconv.Itoa(i)
	j.Post.Text += strconv.Itoa(i % 100_000)
	j.Topic = "t-" + strconv.Itoa(i%50_000)
	j.Post.CollectedAt = l.now.Add(-30 * 24 * time.Hour / time.Duration(n) * time.Duration(n-i)) // in this order: thirty days times a million is no duration
	j.Post.PublishedAt = j.Post.CollectedAt.Add(-time.Minute)
	return j
}

// fill keeps n posts, 2,000 a transaction: it is not the archive that is
// measured.
func (l *loaded) fill(n int) {
	l.fillFrom(0, n, n)
	// The office has kept up with all but the newest and a few.
	l.must(l.app.store.Write(l.t.Context(), store.Bulk, func(ctx context.Context, tx *store.Tx) error {
		_, err := tx.ExecContext(ctx, `UPDATE posts SET triaged = 1 WHERE rule <> '' AND n % 500 <> 0 AND n < $1`, n-100)
		return err
	}))
	l.n = n
}

// fillFrom keeps the posts from one on up to another of n.
func (l *loaded) fillFrom(from, to, n int) {
	for ; from < to; from += 2000 {
		l.must(l.app.store.Write(l.t.Context(), store.Bulk, func(ctx context.Context, tx *store.Tx) error {
			for i := from; i < min(from+2000, to); i++ {
				if _, err := posts.SaveEvent(ctx, tx, huiying.NewEvent(l.say(i, n), l.now)); err != nil {
					return err
				}
			}
			return nil
		}))
	}
}

// work opens cases, of which one in twenty-five is not dealt with, and raises
// alerts.
func (l *loaded) work(cases, alerts int) {
	var all sync.WaitGroup
	for worker := range 8 {
		all.Go(func() {
			for i := worker; i < cases; i += 8 {
				post := l.say(l.n-1-i*97%l.n, l.n)
				c, err := l.app.OpenCase(l.t.Context(), casework.Opening{
					Level: []huiying.Level{"orange", "red"}[i%2], Title: loadMatters[i%len(loadMatters)] + " " + loadPlaces[i%len(loadPlaces)],
					Topic: "case-" + strconv.Itoa(i), Rule: "r-money", Post: post.Post.ID, FirstSeenAt: post.Post.CollectedAt, PublishedAt: post.Post.PublishedAt,
				})
				if err == nil && i%25 != 0 {
					_, err = l.app.Step(l.t.Context(), huiying.Command{CaseNo: c.No, Action: "dismiss", Actor: huiying.Actor{ID: "duty", Roles: []huiying.Role{huiying.RoleOfficer}},
						Fields: map[string]string{"reason": "与本地无关，" + loadSayings[i%len(loadSayings)]}})
				}
				if err != nil {
					l.t.Error(err)
					return
				}
			}
		})
	}
	all.Wait()
	for from := 0; from < alerts; from += 500 {
		l.must(l.app.room.ledger.InTx(l.t.Context(), func(tx *record.Tx) error { return l.raise(tx, from, min(from+500, alerts)) }))
	}
}

// raise keeps alerts that were told and acknowledged long ago.
func (l *loaded) raise(tx *record.Tx, from, to int) error {
	for i := from; i < to; i++ {
		post := l.say(i*19%l.n, l.n)
		a := huiying.Alert{
			ID: fmt.Sprintf("a-%d", i), PostID: post.Post.ID, Platform: "weibo", Rule: "r-queue", RuleName: "排队", Level: huiying.LevelYellow, Unit: "u-hall",
			AcceptedAt: post.Post.CollectedAt, RaisedAt: post.Post.CollectedAt,
		}
		if _, err := tx.AddAlert(l.t.Context(), a); err != nil {
			return err
		}
		d := huiying.Delivery{
			ID: fmt.Sprintf("d-%d", i), Alert: a, Person: "hall", Unit: "u-hall", Channel: "none", State: huiying.DeliveryAccepted,
			CreatedAt: a.RaisedAt, AcceptedAt: a.RaisedAt, AckedAt: a.RaisedAt.Add(time.Minute),
		}
		if _, err := tx.Enqueue(l.t.Context(), d); err != nil {
			return err
		}
	}
	return nil
}
