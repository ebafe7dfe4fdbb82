package chaos_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

// postsPerSecond is how fast the site grows while things go wrong.
const postsPerSecond = 40

// TestChaos plays faults by a seed. HUIYING_CHAOS is for how long (make chaos),
// with three nodes of the message server; without it, in make test, every kind
// is played once within about a minute, with one node. HUIYING_CHAOS_SEED
// repeats a run.
func TestChaos(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("lets six real processes go wrong for a minute: not with -short")
	}
	d, nodes, p := time.Duration(1), 1, pace{600 * time.Millisecond, 2 * time.Second, 500 * time.Millisecond}
	if long, ok := asked(t); ok {
		d, nodes, p = long, 3, pace{time.Second, 8 * time.Second, 3 * time.Second}
	}
	seed := seedOf(t)
	t.Logf("seed %d: HUIYING_CHAOS_SEED=%d repeats it", seed, seed)
	o := newOffice(t, nodes)
	writer := o.publish()
	for _, f := range plan(seed, d, o.nodes, p) {
		how := o.play(f)
		t.Logf("%s %s", f, how)
		time.Sleep(f.Rest) // quiet between two faults
	}
	posts := writer.stop()
	o.lookAgain()
	o.settle(posts, 45*time.Second)
	o.pagesCut()
	o.stop()
	o.verdict(posts)
}

// asked is for how long things are to go wrong, where that is said.
func asked(t *testing.T) (d time.Duration, ok bool) {
	t.Helper()
	long := os.Getenv("HUIYING_CHAOS")
	if long == "" {
		return 0, false
	}
	d, err := time.ParseDuration(long)
	if err != nil {
		t.Fatalf("HUIYING_CHAOS: %v", err)
	}
	return d, true
}

func seedOf(t *testing.T) uint64 {
	t.Helper()
	text := os.Getenv("HUIYING_CHAOS_SEED")
	if text == "" {
		return uint64(time.Now().UnixNano())
	}
	seed, err := strconv.ParseUint(text, 10, 64)
	if err != nil {
		t.Fatalf("HUIYING_CHAOS_SEED: %v", err)
	}
	return seed
}

// writer fills the site until it is stopped, and keeps for which posts a rule
// holds.
type writer struct {
	o      *office
	cancel context.CancelFunc
	done   sync.WaitGroup
	posts  map[string]bool
}

func (o *office) publish() *writer { return o.publishAt(postsPerSecond) }

func (o *office) publishAt(perSecond float64) *writer {
	ctx, cancel := context.WithCancel(context.Background())
	w := &writer{o: o, cancel: cancel, posts: map[string]bool{}}
	w.done.Go(func() {
		tick, begun, n := time.NewTicker(20*time.Millisecond), time.Now(), 0
		defer tick.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
				for due := int(time.Since(begun).Seconds() * perSecond); n < due; n++ {
					w.write(n)
				}
			}
		}
	})
	return w
}

// write publishes the nth post: one in ten is about the queue; of fifty one is
// about a fault, and two each about the same one, in words of its own.
func (w *writer) write(n int) {
	text, matching := fmt.Sprintf("流水号%06d：今天路过河边，天气不错，记一笔。", n), true
	switch {
	case n%50 == 7:
		places := []rune("东西南北中山河湖海桥路街巷园村镇塔寺庙城门楼台亭阁坊弄里湾岭沟坡坪")
		matter := n / 100
		name := fmt.Sprintf("%c%c%c%d", places[matter%len(places)], places[matter/3%len(places)], places[matter/7%len(places)], matter*7919)
		text = fmt.Sprintf("系统瘫痪：%s站%s所%s处%s厅，编号%d", name, name, name, name, n)
	case n%10 == 3:
		text = fmt.Sprintf("取号%06d，排队超时，第%d次来", n, n*104729)
	default:
		matching = false
	}
	id, err := w.o.site.append(n, text)
	if err != nil {
		w.o.t.Errorf("publish: %v", err)
		return
	}
	w.posts[id] = matching
}

// stop ends it and gives every post with whether a rule holds.
func (w *writer) stop() map[string]bool {
	w.cancel()
	w.done.Wait()
	return w.posts
}

// settle waits until nothing is missing any more; who gets no further for so
// long is stuck.
func (o *office) settle(posts map[string]bool, patience time.Duration) {
	o.t.Helper()
	o.untilReady("office", 60*time.Second)
	last, moved := "", time.Now()
	for time.Since(moved) < patience {
		broken, figures := compared(o.t, o.database(), outside{posts, o.receiver.log()})
		if len(broken) == 0 {
			return
		}
		if now := figures + brief(broken); now != last {
			last, moved = now, time.Now()
		}
		time.Sleep(500 * time.Millisecond) // the processes have their own clock
	}
	o.t.Errorf("stuck: %s", last)
	for name, p := range o.all {
		o.t.Logf("%s, started %d times:\n%s", name, p.starts, p.output.tail(25))
	}
}

func (o *office) database() string { return filepath.Join(o.dir, "office-data", "huiying.db") }

// verdict compares both sides, verifies the record, and tells what the processes
// made of it all.
func (o *office) verdict(posts map[string]bool) {
	o.t.Helper()
	broken, figures := compared(o.t, o.database(), outside{posts, o.receiver.log()})
	o.t.Logf("compared: %s", figures)
	if len(broken) > 0 {
		o.t.Errorf("the promise is broken\n%s", brief(broken))
	}
	out, err := exec.Command(o.binary, "audit", "verify", "--config", o.path("office.yaml")).CombinedOutput()
	if err != nil {
		o.t.Errorf("audit verify: %v\n%s", err, out)
	}
	for name, p := range o.all {
		for _, line := range p.output.alarms() {
			o.t.Errorf("%s: %s", name, line)
		}
		if alone := p.badly(); len(alone) > 0 {
			o.t.Logf("%s, started %d times, ended by itself %d times, first: %s", name, p.starts, len(alone), alone[0])
		}
	}
}

// pagesCut: a sealed page of which a part is gone is an error, never half a page.
func (o *office) pagesCut() {
	o.t.Helper()
	err := o.bus(func(ctx context.Context, js jetstream.JetStream) error {
		pages, err := js.ObjectStore(ctx, "evidence")
		if err != nil {
			return err
		}
		for _, name := range o.cut {
			if _, err := pages.GetBytes(ctx, name); err == nil {
				o.t.Errorf("page %s was cut and reads as whole", name)
			}
		}
		return nil
	})
	if err != nil {
		o.t.Error(err)
	}
}
