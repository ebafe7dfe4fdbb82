// Package tidings holds news of a post back until the post can be asked for.
// Pages are told what the bus says, and ask at once; the archive takes the same
// message at its own pace, so that a page told too early finds nothing, and in a
// quiet office nothing would tell it again. It holds nothing back for long: a
// post that is not kept (its author refused) is told of all the same.
package tidings

import (
	"context"
	"encoding/json"
	"math"
	"strings"
	"sync"
	"time"
)

const (
	// Pause is how long lies between two looks into the archive.
	Pause = 25 * time.Millisecond
	// Patience is how long news is held back at most: less than the two seconds
	// within which a red post is to be seen, because others wait with the one that
	// is not kept.
	Patience = time.Second
	// most is how many posts are looked for at once; where more come in one
	// pause, pages are told without end and ask again anyway.
	most = 100
	// Room is how much news is held at once. Pages are then not told any more of
	// single posts, the least important first; whoever asks finds them all.
	Room = 4000
)

// room is how much may be held while news of a subject is still taken in. What
// alerts at once, alerts themselves and cases always are.
func room(subject string) int {
	for level, n := range map[string]int{"none": Room / 4, "blue": Room / 2, "yellow": Room} {
		if strings.HasPrefix(subject, "huiying.event."+level+".") {
			return n
		}
	}
	return math.MaxInt
}

// Gate passes news on. Hear may be called by one at a time.
type Gate struct {
	archived func(context.Context, map[string]time.Time) (bool, error)
	tell     func(subject string, body []byte)
	shed     func(subject string)

	mu    sync.Mutex
	held  []message
	posts map[string]time.Time // of what is held, with when they were collected
	came  chan struct{}
}

type message struct {
	subject string
	body    []byte
}

// New makes a gate in front of tell, which is called by one at a time. archived
// says whether the archive has all of the posts as they were collected at these
// times, or later. shed hears of what pages are not told because too much is held.
func New(archived func(context.Context, map[string]time.Time) (bool, error), tell func(subject string, body []byte), shed func(subject string)) *Gate {
	return &Gate{archived: archived, tell: tell, shed: shed, posts: map[string]time.Time{}, came: make(chan struct{}, 1)}
}

// Hear takes a message of the bus. What is not of a post is passed on at once;
// it never waits.
func (g *Gate) Hear(subject string, body []byte) {
	if !strings.HasPrefix(subject, "huiying.event.") {
		g.pass([]message{{subject, body}})
		return
	}
	id, at := "", time.Time{}
	if g.looks() {
		id, at = read(body)
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if len(g.held) >= room(subject) {
		g.shed(subject)
		return
	}
	g.held = append(g.held, message{subject, body})
	if id != "" {
		g.posts[id] = at
	}
	select {
	case g.came <- struct{}{}:
	default:
	}
}

// looks reports that one more post is looked for.
func (g *Gate) looks() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return len(g.posts) < most
}

// read gives the post of an event; none when it cannot be read.
func read(body []byte) (id string, collected time.Time) {
	var event struct {
		Data struct {
			Post struct {
				ID          string    `json:"id"`
				CollectedAt time.Time `json:"collected_at"`
			} `json:"post"`
		} `json:"data"`
	}
	if json.Unmarshal(body, &event) != nil {
		return "", time.Time{}
	}
	return event.Data.Post.ID, event.Data.Post.CollectedAt
}

// Run passes on what was held back until ctx ends. What is held then is passed
// on, too.
func (g *Gate) Run(ctx context.Context) {
	for {
		select {
		case <-g.came:
			held, posts := g.take()
			g.wait(ctx, posts)
			g.pass(held)
		case <-ctx.Done():
			held, _ := g.take()
			g.pass(held)
			return
		}
	}
}

func (g *Gate) take() ([]message, map[string]time.Time) {
	g.mu.Lock()
	defer g.mu.Unlock()
	held, posts := g.held, g.posts
	g.held, g.posts = nil, map[string]time.Time{}
	return held, posts
}

func (g *Gate) pass(held []message) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, m := range held {
		g.tell(m.subject, m.body)
	}
}

// wait returns when the archive has the posts, or patience or ctx has ended. An
// archive that cannot be read is its readers' trouble: the pages will say so.
func (g *Gate) wait(ctx context.Context, posts map[string]time.Time) {
	if len(posts) == 0 {
		return
	}
	patience := time.NewTimer(Patience)
	defer patience.Stop()
	again := time.NewTicker(Pause)
	defer again.Stop()
	for {
		if all, err := g.archived(ctx, posts); all || err != nil {
			return
		}
		select {
		case <-again.C:
		case <-patience.C:
			return
		case <-ctx.Done():
			return
		}
	}
}
