package crawler

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"huiying"
)

// tally counts what a visit does; readers may work in several goroutines.
type tally struct {
	mu     sync.Mutex
	n      numbers
	closed bool
}

type numbers struct {
	pages    int
	accepted int
	held     int // of them, those that will not alert
	declined int // not taken: their authors refuse
	invalid  int
	answers  huiying.AnswerCounts
	noProof  int   // pages whose evidence was not kept
	refused  error // the first post the sink did not take
}

// notes are what the ledger's row says beside the outcome.
func (n numbers) notes() []string {
	var out []string
	if n.noProof > 0 {
		out = append(out, fmt.Sprintf("evidence not kept: %d", n.noProof))
	}
	if n.invalid > 0 {
		out = append(out, fmt.Sprintf("posts without a name: %d", n.invalid))
	}
	return out
}

func (t *tally) numbers() numbers {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.n
}

func (t *tally) note(f func(*numbers)) {
	t.mu.Lock()
	defer t.mu.Unlock()
	f(&t.n)
}

func (t *tally) page() { t.note(func(n *numbers) { n.pages++ }) }
func (t *tally) asked(c huiying.AnswerCounts) {
	t.note(func(n *numbers) { n.answers = n.answers.Plus(c) })
}

func (t *tally) unkept(error) { t.note(func(n *numbers) { n.noProof++ }) }

func (t *tally) close() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.closed = true
}

func (t *tally) isClosed() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.closed
}

// gate is the Sink a visit is given: it drops what this process has handed on
// already, counts, and remembers a refusal so that the cursor stays behind it.
type gate struct {
	c      *Crawler
	source string
	tally  *tally
	holds  time.Time // posts published before are held
}

// Accept implements Sink.
func (g *gate) Accept(ctx context.Context, p huiying.Post) error {
	if g.tally.isClosed() {
		return huiying.Errorf(huiying.Unavailable, "crawler.stuck", g.source)
	}
	g.c.meter.Offered()
	if err := p.Validate(); err != nil {
		// It would be refused for ever and hold up all that follow.
		g.tally.note(func(n *numbers) { n.invalid++ })
		g.c.meter.Invalid()
		g.c.o.Logger.Error("a post cannot be named", "source", g.source, "err", err)
		return nil
	}
	id := p.MessageID()
	if g.c.seen.has(id) {
		return nil
	}
	p.Held = p.Held || g.old(p)
	err := g.c.o.Sink.Accept(ctx, p)
	if errors.Is(err, ErrDeclined) {
		g.c.seen.add(id) // counted once
		g.tally.note(func(n *numbers) { n.declined++ })
		return nil
	}
	if err != nil {
		g.tally.note(func(n *numbers) {
			if n.refused == nil {
				n.refused = err
			}
		})
		return err
	}
	g.c.seen.add(id)
	g.c.meter.Accepted(g.source)
	g.tally.note(func(n *numbers) {
		n.accepted++
		if p.Held {
			n.held++
		}
	})
	return nil
}

// old reports a post that a first reading or a back-fill holds. Where only the
// day is known it counts to its end; a post without a time may be of any age. A
// hand-over is work to be done, however long it lay, and is not held.
func (g *gate) old(p huiying.Post) bool {
	at := p.PublishedAt
	if p.PublishedPrecision == huiying.PrecisionDay && !at.IsZero() {
		at = at.AddDate(0, 0, 1)
	}
	return !g.holds.IsZero() && p.Finding == nil && p.Kind != huiying.KindTicket && at.Before(g.holds)
}
