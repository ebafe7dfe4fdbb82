package notifier_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
	"go.uber.org/goleak"

	"huiying"
	"huiying/notifier"
	"huiying/notifier/channel"
	"huiying/notifier/message"
)

// Connections that idle for the next alert are no leak.
func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m, goleak.IgnoreAnyFunction("net/http.(*persistConn).readLoop"), goleak.IgnoreAnyFunction("net/http.(*persistConn).writeLoop"))
}

// postRoom is a sender over a memory outbox with a robot and a mail channel.
type postRoom struct {
	t           testing.TB
	store       *memory
	robot, mail *pipe
	sender      *notifier.Sender
	log         *bytes.Buffer
	reg         *prometheus.Registry
}

func newPostRoom(t testing.TB, change ...func(*notifier.SenderOptions)) *postRoom {
	t.Helper()
	p := &postRoom{t: t, store: newMemory(), robot: &pipe{}, mail: &pipe{}, log: &bytes.Buffer{}, reg: prometheus.NewRegistry()}
	o := notifier.SenderOptions{
		Outbox: p.store, Turns: p.store, Lates: p.store, Ledger: p.store, Directory: directory{}, Now: time.Now,
		Channels: map[string]channel.Channel{"robot": p.robot, "mail": p.mail},
		Texts:    message.Texts{Catalogue: catalogue(t), Zone: office},
		Logger:   slog.New(slog.NewTextHandler(p.log, nil)), Registerer: p.reg,
	}
	for _, f := range change {
		f(&o)
	}
	p.sender = notifier.NewSender(o)
	return p
}

// run starts the sender and gives what stops it and waits for it.
func (p *postRoom) run() (stop func()) {
	p.t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- p.sender.Run(ctx) }()
	return func() {
		cancel()
		if err := <-ended; err != nil {
			p.t.Errorf("the sender ended with %v", err)
		}
	}
}

func delivery(person, over string, level huiying.Level) huiying.Delivery {
	alert := huiying.Alert{
		ID: huiying.AlertID("weibo:1", "r-queue", level), PostID: "weibo:1", Platform: "weibo", Rule: "r-queue", RuleName: "排队",
		Level: level, CaseNo: "HY20261123-0001", AcceptedAt: time.Now().UTC(), RaisedAt: time.Now().UTC(),
	}
	return huiying.Delivery{
		ID: huiying.DeliveryID(alert.ID, person, over), Alert: alert, Person: person, Unit: "u-hall", Channel: over,
		State: huiying.DeliveryQueued, NextAt: time.Now().UTC(), CreatedAt: time.Now().UTC(),
	}
}

// A new delivery goes out as soon as the sender is woken, not at its next look.
func TestSendsAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPostRoom(t)
		defer p.run()()
		synctest.Wait()
		d := delivery("amin", "robot", huiying.LevelRed)
		p.store.add(d)
		asked := time.Now()
		p.sender.Wake()
		synctest.Wait()
		if sent := p.robot.times(); len(sent) != 1 || !sent[0].Equal(asked) {
			t.Fatalf("sent at %v, queued at %v", sent, asked)
		}
		got := p.store.delivery(t, d.ID)
		if got.State != huiying.DeliveryAccepted || got.Attempts != 1 || got.AcceptedAt.IsZero() || got.LastError != "" {
			t.Errorf("got %+v", got)
		}
		if n := testutil.ToFloat64(counter(t, p.reg, "huiying_notifier_post_to_alert_seconds")); n != 1 {
			t.Errorf("%v observations", n)
		}
	})
}

// What waits for an earlier message of its case goes out when that is settled,
// not at the next look.
func TestSendsTheNextOfACase(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPostRoom(t)
		begun := time.Now()
		for _, level := range []huiying.Level{huiying.LevelOrange, huiying.LevelRed} {
			p.store.add(delivery("amin", "robot", level))
		}
		defer p.run()()
		synctest.Wait()
		if sent := p.robot.times(); len(sent) != 2 || !sent[1].Equal(begun) {
			t.Errorf("sent at %v, queued at %v", sent, begun)
		}
		if first := p.robot.messages()[0].Level; first != huiying.LevelOrange {
			t.Errorf("the later one overtook: %s first", first)
		}
	})
}

// The waits between attempts are those of the policy, the last one for ever,
// and the delivery id is the same each time.
func TestRetrySchedule(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPostRoom(t)
		p.robot.reply = func(n int) channel.Outcome {
			if n == 10 {
				return channel.Outcome{Result: channel.Accepted}
			}
			return later(n)
		}
		d := delivery("amin", "robot", huiying.LevelOrange)
		p.store.add(d)
		stop := p.run()
		time.Sleep(2 * time.Hour)
		stop()
		times := p.robot.times()
		policy := notifier.DefaultSending().Retry
		if len(times) != 10 {
			t.Fatalf("%d attempts, want 10", len(times))
		}
		for i := 1; i < len(times); i++ {
			want := policy[min(i-1, len(policy)-1)]
			// The sender looks once a second.
			if gap := times[i].Sub(times[i-1]); gap < want || gap > want+time.Second {
				t.Errorf("wait %d was %v, want %v", i, gap, want)
			}
		}
		for _, m := range p.robot.messages() {
			if m.DeliveryID != d.ID {
				t.Errorf("attempt under id %s", m.DeliveryID)
			}
		}
		if got := p.store.delivery(t, d.ID); got.State != huiying.DeliveryAccepted || got.Attempts != 10 {
			t.Errorf("got %+v", got)
		}
	})
}

func TestJitterAndRetryAfter(t *testing.T) {
	for name, c := range map[string]struct {
		jitter float64
		asked  time.Duration
		want   time.Duration
	}{
		"policy":          {0, 0, 15 * time.Second},
		"jitter":          {0.5, 0, 16500 * time.Millisecond},
		"asked for more":  {0, 3 * time.Minute, 3 * time.Minute},
		"asked for less":  {0, time.Second, 15 * time.Second},
		"jitter and less": {0.5, 16 * time.Second, 16500 * time.Millisecond},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := newPostRoom(t, func(o *notifier.SenderOptions) { o.Jitter = func() float64 { return c.jitter } })
				p.robot.reply = func(n int) channel.Outcome { o := later(n); o.RetryAfter = c.asked; return o }
				d := delivery("amin", "robot", huiying.LevelOrange)
				p.store.add(d)
				stop := p.run()
				synctest.Wait()
				stop()
				got := p.store.delivery(t, d.ID)
				if wait := got.NextAt.Sub(d.CreatedAt); wait != c.want || got.State != huiying.DeliveryRetrying {
					t.Errorf("next attempt after %v, want %v (%s)", wait, c.want, got.State)
				}
				if !strings.Contains(got.LastError, "503") {
					t.Errorf("last error %q", got.LastError)
				}
			})
		})
	}
}

// A channel that refuses for good hands over to the person's next one at once.
func TestRefusedGoesToNextChannel(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPostRoom(t)
		p.robot.reply = refuse
		d := delivery("amin", "robot", huiying.LevelRed)
		p.store.add(d)
		stop := p.run()
		synctest.Wait()
		stop()
		dead := p.store.delivery(t, d.ID)
		if dead.State != huiying.DeliveryDead || !strings.Contains(dead.LastError, "404") {
			t.Errorf("got %+v", dead)
		}
		next := p.store.delivery(t, huiying.DeliveryID(d.Alert.ID, "amin", "mail"))
		if next.State != huiying.DeliveryAccepted || next.Address != "amin@office.example" || next.Alert.ID != d.Alert.ID {
			t.Errorf("next channel: %+v", next)
		}
		if len(p.mail.messages()) != 1 || p.mail.messages()[0].Address != "amin@office.example" {
			t.Errorf("mail %+v", p.mail.messages())
		}
	})
}

// Every repeat that a channel refuses goes to the next one, not the first alone;
// and doing it again changes nothing.
func TestRepeatsGoToNextChannel(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPostRoom(t)
		p.robot.reply = refuse
		first := delivery("amin", "robot", huiying.LevelRed)
		p.store.add(first)
		again := huiying.Repeat{ID: huiying.RepeatID(first.Alert, "amin", "robot")}
		stop := p.run()
		for n := 1; n <= 3; n++ {
			time.Sleep(time.Minute)
			d := delivery("amin", "robot", huiying.LevelRed)
			d.Alert, d.ID = first.Alert, again.Delivery(n)
			p.store.add(d)
			p.sender.Wake()
		}
		time.Sleep(time.Minute)
		stop()
		ids := map[string]bool{}
		for _, m := range p.mail.messages() {
			ids[m.DeliveryID] = true
		}
		if len(ids) != 4 || !ids[huiying.DeliveryID(first.Alert.ID, "amin", "mail")] {
			t.Errorf("mailed under %v", ids)
		}
		d := p.store.delivery(t, again.Delivery(1))
		if err := p.sender.HandOn(t.Context(), d); err != nil {
			t.Fatal(err)
		}
		if n := len(p.store.snapshot().deliveries); n != 8 {
			t.Errorf("%d deliveries", n)
		}
	})
}

// What a digest's refusal leaves dead goes to the next channels in one
// transaction: five hundred of them would not fit into the time to settle.
func TestRefusedDigestIsOneTransaction(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var most, inTx atomic.Int32
		p, robot := strictRoom(t, channel.Limits{Rates: []channel.Rate{{Messages: 20, Window: time.Minute}}})
		next := newPostRoom(t, func(o *notifier.SenderOptions) {
			o.Outbox, o.Turns, o.Lates, o.Channels["robot"] = p.store, p.store, p.store, robot
			o.Limits = map[string]channel.Limits{"robot": {Rates: []channel.Rate{{Messages: 20, Window: time.Minute}}}}
			o.Ledger = notifier.LedgerFunc(func(ctx context.Context, f func(notifier.Tx) error) error {
				most.Store(max(most.Load(), inTx.Add(1)))
				return p.store.InTx(ctx, f)
			})
			o.Checkpoint = func(string) { inTx.Store(0) }
		})
		robot.reply = refuse
		for i := range 40 {
			d := delivery("amin", "robot", huiying.LevelRed)
			d.Alert.ID, d.Alert.CaseNo = fmt.Sprintf("a-%d", i), ""
			d.ID = huiying.DeliveryID(d.Alert.ID, "amin", "robot")
			p.store.add(d)
		}
		stop := next.run()
		time.Sleep(time.Minute)
		stop()
		made := map[time.Time]bool{}
		for _, d := range p.store.snapshot().deliveries {
			made[d.CreatedAt] = made[d.CreatedAt] || d.Channel == "mail"
		}
		if len(made) < 39 { // the first was by itself
			t.Errorf("made at %d times: those made at one have no order", len(made))
		}
		if n := len(next.mail.messages()); n != 40 || most.Load() != 1 {
			t.Errorf("%d mails, %d transactions after an attempt", n, most.Load())
		}
	})
}

func TestNoNextChannel(t *testing.T) {
	for name, d := range map[string]struct{ person, over string }{
		"only channel":    {"bo", "mail"},
		"shared channel":  {"", "mail"},
		"unknown person":  {"gone", "mail"},
		"last channel":    {"amin", "mail"},
		"unknown channel": {"bo", "pigeon"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := newPostRoom(t)
				p.mail.reply = refuse
				v := delivery(d.person, d.over, huiying.LevelRed)
				p.store.add(v)
				stop := p.run()
				synctest.Wait()
				stop()
				if got := p.store.delivery(t, v.ID); got.State != huiying.DeliveryDead || got.LastError == "" {
					t.Errorf("got %+v", got)
				}
				if n := len(p.store.snapshot().deliveries); n != 1 {
					t.Errorf("%d deliveries", n)
				}
			})
		})
	}
}

func TestDeadline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPostRoom(t, func(o *notifier.SenderOptions) { o.Sending.Deadline = 10 * time.Minute })
		p.robot.reply, p.mail.reply = later, later
		d := delivery("amin", "robot", huiying.LevelRed)
		old := delivery("bo", "mail", huiying.LevelRed)
		old.CreatedAt = old.CreatedAt.Add(-time.Hour)
		p.store.add(d, old)
		stop := p.run()
		time.Sleep(time.Hour)
		stop()
		if got := p.store.delivery(t, d.ID); got.State != huiying.DeliveryDead {
			t.Errorf("got %+v", got)
		}
		next := p.store.delivery(t, huiying.DeliveryID(d.Alert.ID, "amin", "mail"))
		if next.State != huiying.DeliveryDead || next.CreatedAt.Sub(d.CreatedAt) > 10*time.Minute {
			t.Errorf("next channel: %+v", next)
		}
		if got := p.store.delivery(t, old.ID); got.State != huiying.DeliveryDead || !strings.Contains(got.LastError, "时限") {
			t.Errorf("too old to be sent: %+v", got)
		}
		for _, m := range p.mail.messages() {
			if m.DeliveryID == old.ID {
				t.Error("sent after its deadline")
			}
		}
	})
}

// A sender that dies between sending and settling leaves a lease behind; when
// it has ended, another sends the same delivery under the same id.
func TestCrashAfterSendRepeatsSameID(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := newMemory()
		gone := make(chan struct{})
		crash := newPostRoom(t, func(o *notifier.SenderOptions) {
			o.Outbox, o.Turns, o.Lates, o.Ledger = store, store, store, store
			o.Sending.Workers = 1 // so that it takes nothing more
			o.Checkpoint = func(point string) {
				if point != "outbox.sent" {
					t.Errorf("unknown point %q", point)
				}
				<-gone // the process is dead: it never comes back from here
			}
		})
		d := delivery("amin", "robot", huiying.LevelRed)
		store.add(d)
		ctx, cancel := context.WithCancel(context.Background())
		go func() { _ = crash.sender.Run(ctx) }()
		synctest.Wait()
		if len(crash.robot.messages()) != 1 || store.delivery(t, d.ID).State != huiying.DeliverySending {
			t.Fatalf("not in the middle: %+v", store.delivery(t, d.ID))
		}

		second := newPostRoom(t, func(o *notifier.SenderOptions) { o.Outbox, o.Turns, o.Lates, o.Ledger = store, store, store, store })
		stop := second.run()
		time.Sleep(notifier.DefaultSending().Lease - time.Second)
		if len(second.robot.messages()) != 0 {
			t.Error("sent while another held the lease")
		}
		time.Sleep(3 * time.Second)
		sent := second.robot.messages()
		if len(sent) != 1 || sent[0].DeliveryID != d.ID {
			t.Errorf("repeat %+v", sent)
		}
		// The dead one comes back too late to settle what is no longer its own.
		close(gone)
		cancel()
		synctest.Wait()
		stop()
		if got := store.delivery(t, d.ID); got.State != huiying.DeliveryAccepted || got.Attempts != 1 {
			t.Errorf("got %+v", got)
		}
		if second.log.Len()+crash.log.Len() > 0 {
			t.Errorf("logged: %s%s", second.log, crash.log)
		}
	})
}

// A stop waits for the attempt under way and takes no further.
func TestStopDrains(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPostRoom(t, func(o *notifier.SenderOptions) { o.Sending.Workers = 1 })
		p.robot.hold = make(chan struct{})
		first, second := delivery("amin", "robot", huiying.LevelRed), delivery("duty", "robot", huiying.LevelBlue)
		p.store.add(first, second)
		stop := p.run()
		synctest.Wait()
		time.AfterFunc(5*time.Second, func() { close(p.robot.hold) })
		stop()
		if got := p.store.delivery(t, first.ID); got.State != huiying.DeliveryAccepted {
			t.Errorf("the attempt under way: %+v", got)
		}
		if got := p.store.delivery(t, second.ID); got.State != huiying.DeliveryQueued {
			t.Errorf("taken after the stop: %+v", got)
		}
	})
}

// An attempt that outlasts the stop is left to its lease.
func TestStopGivesUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPostRoom(t, func(o *notifier.SenderOptions) { o.Sending.Drain, o.Sending.Timeout = 2*time.Second, time.Minute })
		p.robot.hold = make(chan struct{})
		d := delivery("amin", "robot", huiying.LevelRed)
		p.store.add(d)
		stop := p.run()
		synctest.Wait()
		asked := time.Now()
		stop()
		if took := time.Since(asked); took != 2*time.Second {
			t.Errorf("the stop took %v", took)
		}
		if got := p.store.delivery(t, d.ID); got.State != huiying.DeliverySending || got.Attempts != 0 {
			t.Errorf("got %+v", got)
		}
	})
}

// A channel that hangs is given up after the timeout and tried again.
func TestTimeout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPostRoom(t)
		p.robot.hold = make(chan struct{})
		d := delivery("amin", "robot", huiying.LevelRed)
		p.store.add(d)
		stop := p.run()
		time.Sleep(notifier.DefaultSending().Timeout + time.Second)
		got := p.store.delivery(t, d.ID)
		if got.State != huiying.DeliveryRetrying || !strings.Contains(got.LastError, "及时") {
			t.Errorf("got %+v", got)
		}
		close(p.robot.hold)
		stop()
	})
}

// What cannot be read or settled is logged once by the sender and made good.
func TestStoreTroubles(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPostRoom(t)
		p.store.fail["Lease"], p.store.fail["Settle"] = errDisk, errDisk
		d := delivery("amin", "robot", huiying.LevelRed)
		p.store.add(d)
		stop := p.run()
		time.Sleep(2 * notifier.DefaultSending().Lease)
		stop()
		if got := p.store.delivery(t, d.ID); got.State != huiying.DeliveryAccepted {
			t.Errorf("got %+v", got)
		}
		if n := len(p.robot.messages()); n != 2 {
			t.Errorf("sent %d times, want the repeat after the lease", n)
		}
		if log := p.log.String(); strings.Count(log, "\n") != 2 || !strings.Contains(log, "disk full") {
			t.Errorf("log: %s", log)
		}
	})
}

// A person who cannot be looked up keeps the delivery alive: dead without the
// next channel would be a lost alert.
func TestNextChannelIsQueuedFirst(t *testing.T) {
	for _, spoilt := range []string{"directory", "ledger"} {
		t.Run(spoilt, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := newPostRoom(t, func(o *notifier.SenderOptions) {
					if spoilt == "directory" {
						o.Directory = directory{err: errDisk}
					}
				})
				d := delivery("amin", "robot", huiying.LevelRed)
				p.store.add(d)
				p.robot.reply = refuse
				if spoilt == "ledger" {
					p.store.fail["Enqueue"] = errDisk
				}
				stop := p.run()
				synctest.Wait()
				stop()
				if got := p.store.delivery(t, d.ID); got.State != huiying.DeliverySending {
					t.Errorf("got %+v", got)
				}
			})
		})
	}
}

// Red goes before blue, and a slow channel does not hold up more workers than
// it has messages.
func TestUrgentFirst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPostRoom(t, func(o *notifier.SenderOptions) { o.Sending.Workers = 1 })
		for i, level := range []huiying.Level{huiying.LevelBlue, huiying.LevelYellow, huiying.LevelRed, huiying.LevelOrange} {
			p.store.add(delivery("p"+strconv.Itoa(i), "robot", level))
		}
		stop := p.run()
		synctest.Wait()
		stop()
		var order []string
		for _, m := range p.robot.messages() {
			order = append(order, string(m.Level))
		}
		if got := strings.Join(order, " "); got != "red orange yellow blue" {
			t.Errorf("order %s", got)
		}
	})
}

// A channel that hangs does not hold up another: half of the workers stay
// free, and after three failures in a row it is left alone for a while.
func TestHangingChannelHoldsUpNobody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPostRoom(t, func(o *notifier.SenderOptions) { o.Sending.Workers = 4 })
		p.robot.hold = make(chan struct{})
		defer p.run()()
		for i := range 3 { // the first hang before anybody knows
			p.store.add(delivery("early"+strconv.Itoa(i), "robot", huiying.LevelBlue))
		}
		p.sender.Wake()
		time.Sleep(2 * time.Second)
		for i := range 50 {
			p.store.add(delivery("later"+strconv.Itoa(i), "robot", huiying.LevelBlue))
		}
		for range 60 {
			p.sender.Wake()
			time.Sleep(time.Second)
			d := delivery("bo"+time.Now().Format("150405"), "mail", huiying.LevelOrange)
			p.store.add(d)
			p.sender.Wake()
			synctest.Wait()
			if got := p.store.delivery(t, d.ID); got.State != huiying.DeliveryAccepted {
				t.Fatalf("after %v the mail waits behind the robot: %+v", time.Since(d.CreatedAt), got)
			}
		}
		if n := len(p.robot.messages()); n > 12 {
			t.Errorf("%d attempts over a channel that hangs", n)
		}
		close(p.robot.hold)
		time.Sleep(20 * time.Minute)
		for id, d := range p.store.snapshot().deliveries {
			if d.State != huiying.DeliveryAccepted {
				t.Errorf("%s was forgotten: %+v", id, d)
			}
		}
	})
}

// Everything queued by many at once is sent once.
func TestManyAtOnce(t *testing.T) {
	p := newPostRoom(t)
	stop := p.run()
	var queuing sync.WaitGroup
	for i := range 4 {
		queuing.Go(func() {
			for j := range 50 {
				p.store.add(delivery(fmt.Sprintf("p%d-%d", i, j), "robot", huiying.LevelOrange))
				p.sender.Wake()
			}
		})
	}
	queuing.Wait()
	until := time.Now().Add(10 * time.Second)
	for len(p.robot.messages()) < 200 && time.Now().Before(until) {
		p.sender.Wake()
	}
	stop()
	seen := map[string]bool{}
	for _, m := range p.robot.messages() {
		if seen[m.DeliveryID] {
			t.Errorf("%s was sent twice", m.DeliveryID)
		}
		seen[m.DeliveryID] = true
	}
	if len(seen) != 200 {
		t.Errorf("%d deliveries were sent, want 200", len(seen))
	}
}

// publisher is a bus that fails when told to.
type publisher struct {
	mu   sync.Mutex
	ids  []string
	fail map[string]int // how often a message fails
}

func (p *publisher) Publish(_ context.Context, _, id string, _ []byte) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.fail[id] > 0 {
		p.fail[id]--
		return errors.New("no leader")
	}
	p.ids = append(p.ids, id)
	return nil
}

func (p *publisher) published() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return strings.Join(p.ids, " ")
}

func withMessages(n int) *memory {
	m := newMemory()
	for i := range n {
		m.data.bus = append(m.data.bus, notifier.OutMessage{N: int64(i + 1), Subject: "huiying.case.ack", MsgID: strconv.Itoa(i + 1)})
	}
	return m
}

func runRelay(t *testing.T, o notifier.RelayOptions) (*notifier.Relay, func()) {
	r := notifier.NewRelay(o)
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- r.Run(ctx) }()
	return r, func() {
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("the relay ended with %v", err)
		}
	}
}

// Messages go out in the order of their commits, also over a failure, and
// leave the outbox only when they are on the bus.
func TestRelayOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store, bus, log := withMessages(5), &publisher{fail: map[string]int{"3": 2}}, &bytes.Buffer{}
		reg := prometheus.NewRegistry()
		_, stop := runRelay(t, notifier.RelayOptions{Outbox: store, Publisher: bus, Registerer: reg, Logger: slog.New(slog.NewTextHandler(log, nil))})
		synctest.Wait()
		if got := bus.published(); got != "1 2" {
			t.Errorf("published %q before the failure", got)
		}
		if left := len(store.snapshot().bus); left != 3 {
			t.Errorf("%d left", left)
		}
		time.Sleep(5 * time.Second)
		stop()
		if got := bus.published(); got != "1 2 3 4 5" {
			t.Errorf("published %q", got)
		}
		if n := testutil.ToFloat64(counter(t, reg, "huiying_notifier_relayed_total")); n != 5 {
			t.Errorf("counted %v", n)
		}
		if strings.Count(log.String(), "no leader") != 2 {
			t.Errorf("log: %s", log)
		}
	})
}

// A relay that dies after publishing publishes again, under the same ids.
func TestRelayCrashRepeats(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store, bus := withMessages(2), &publisher{}
		var dead atomic.Bool
		_, stop := runRelay(t, notifier.RelayOptions{Outbox: crashing{store, &dead}, Publisher: bus, Checkpoint: func(point string) {
			dead.Store(point == "relay.published")
		}})
		synctest.Wait()
		stop()
		bus2 := &publisher{}
		_, stop = runRelay(t, notifier.RelayOptions{Outbox: store, Publisher: bus2})
		synctest.Wait()
		stop()
		if bus.published() != "1 2" || bus2.published() != "1 2" || len(store.snapshot().bus) != 0 {
			t.Errorf("published %q, then %q, left %d", bus.published(), bus2.published(), len(store.snapshot().bus))
		}
	})
}

// crashing is the outbox of a process that has died.
type crashing struct {
	*memory
	dead *atomic.Bool
}

func (c crashing) Done(ctx context.Context, n ...int64) error {
	if c.dead.Load() {
		return errors.New("killed")
	}
	return c.memory.Done(ctx, n...)
}

func (c crashing) Pending(ctx context.Context, n int) ([]notifier.OutMessage, error) {
	if c.dead.Load() {
		return nil, errors.New("killed")
	}
	return c.memory.Pending(ctx, n)
}

func TestRelayWake(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store, bus := newMemory(), &publisher{}
		relay, stop := runRelay(t, notifier.RelayOptions{Outbox: store, Publisher: bus, Every: time.Hour})
		synctest.Wait()
		store.mu.Lock()
		for i := range 250 {
			store.data.bus = append(store.data.bus, notifier.OutMessage{N: int64(i + 1), MsgID: strconv.Itoa(i + 1)})
		}
		store.mu.Unlock()
		relay.Wake()
		synctest.Wait()
		if n := len(strings.Fields(bus.published())); n != 250 {
			t.Errorf("%d published at once, want 250", n)
		}
		stop()
	})
}

// What waits for a delivery of its case goes out by the same worker, in order,
// without being looked for; after some of them what is more urgent has its turn,
// and a stop takes nothing more.
func TestGoesOutInTurn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPostRoom(t, func(o *notifier.SenderOptions) { o.Sending.Workers = 1 })
		var want []string
		for i := range 40 {
			d := delivery("amin", "robot", huiying.LevelYellow)
			d.ID, d.CreatedAt = fmt.Sprintf("d-%02d", i), time.Now().Add(time.Duration(i)*time.Microsecond).UTC()
			p.store.add(d)
			want = append(want, d.ID)
		}
		red := delivery("bo", "mail", huiying.LevelRed)
		p.robot.reply = func(n int) channel.Outcome {
			if n == 3 { // it comes in the middle
				p.store.add(red)
			}
			return channel.Outcome{Result: channel.Accepted}
		}
		stop := p.run()
		synctest.Wait()
		var got []string
		for _, m := range p.robot.messages() {
			got = append(got, m.DeliveryID)
		}
		if !slices.Equal(got, want) {
			t.Errorf("went out as %v", got)
		}
		if p.store.leases != 4 || p.store.follows != 37 { // 16, the red one, 16, 8
			t.Errorf("%d looks, %d followed", p.store.leases, p.store.follows)
		}
		if n := p.store.delivery(t, red.ID); n.State != huiying.DeliveryAccepted {
			t.Errorf("the red one is %s", n.State)
		}
		stop()
	})
}
