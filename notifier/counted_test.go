package notifier_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"huiying"
	"huiying/notifier"
	"huiying/notifier/channel"
	"huiying/notifier/channel/dingtalk"
	"huiying/notifier/channel/wecom"
)

// strict is a robot that counts as its provider does: any 60 seconds hold 20
// messages, and whoever sends more is muted for ten minutes.
type strict struct {
	pipe
	mu    sync.Mutex
	taken []time.Time
	muted time.Time
	over  int
}

func (s *strict) count(int) channel.Outcome {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := time.Now()
	recent := 0
	for _, at := range s.taken {
		if now.Sub(at) < time.Minute {
			recent++
		}
	}
	if recent >= 20 || now.Before(s.muted) {
		s.over++
		s.muted = now.Add(10 * time.Minute)
		return channel.Outcome{Result: channel.Retry, RetryAfter: 10 * time.Minute, Reason: huiying.Errorf(huiying.Unavailable, "channel.busy", "钉钉", 130101, "")}
	}
	s.taken = append(s.taken, now)
	return channel.Outcome{Result: channel.Accepted, Code: "0"}
}

// strictRoom is a sender over one strict robot.
func strictRoom(t *testing.T, limits channel.Limits, change ...func(*notifier.SenderOptions)) (*postRoom, *strict) {
	robot := &strict{}
	robot.reply = robot.count
	p := newPostRoom(t, append([]func(*notifier.SenderOptions){func(o *notifier.SenderOptions) {
		o.Channels["robot"], o.Limits = robot, map[string]channel.Limits{"robot": limits}
	}}, change...)...)
	return p, robot
}

// storm is a delivery of one of many causes, some of them of cases.
func storm(n int, level huiying.Level, caseNo string) huiying.Delivery {
	d := delivery("", "robot", level)
	d.Alert.ID, d.Alert.CaseNo = fmt.Sprintf("a-%04d", n), caseNo
	d.ID, d.Person = huiying.DeliveryID(d.Alert.ID, "", "robot"), ""
	return d
}

// accounted says which deliveries the robot was told of, and in which message.
func (s *strict) accounted() map[string][]int {
	out := map[string][]int{}
	for i, m := range s.messages() {
		if len(m.Digest) == 0 {
			out[m.DeliveryID] = append(out[m.DeliveryID], i)
		}
		for _, d := range m.Digest {
			out[d.DeliveryID] = append(out[d.DeliveryID], i)
		}
	}
	return out
}

// 500 red alerts in one minute over a robot that takes twenty: the first
// arrives within five seconds, the cap is never passed, and every one is told
// once, in its order.
func TestFiveHundredRed(t *testing.T) {
	for name, limits := range map[string]channel.Limits{"dingtalk": dingtalk.Limits(), "wecom": wecom.Limits()} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p, robot := strictRoom(t, limits)
				stop := p.run()
				begun := time.Now()
				for i := range 500 {
					p.store.add(storm(i, huiying.LevelRed, fmt.Sprintf("HY20261123-%04d", i%50)))
					p.sender.Wake()
					time.Sleep(120 * time.Millisecond)
				}
				time.Sleep(time.Minute)
				stop()
				if first := robot.times()[0].Sub(begun); first > 5*time.Second {
					t.Errorf("the first came after %v", first)
				}
				robot.checkStorm(t, p, 500)
				if n := len(robot.messages()); n > 40 || n < 20 {
					t.Errorf("%d messages in two minutes", n)
				}
				for _, d := range p.store.snapshot().deliveries {
					if late := d.AcceptedAt.Sub(d.CreatedAt); late > 15*time.Second {
						t.Errorf("%s waited %v", d.ID, late)
					}
				}
			})
		})
	}
}

// checkStorm holds the robot's own log against the ledger.
func (s *strict) checkStorm(t *testing.T, p *postRoom, want int) {
	t.Helper()
	if s.over > 0 {
		t.Errorf("the robot was asked for too much %d times", s.over)
	}
	told, data := s.accounted(), p.store.snapshot()
	if len(told) != want || len(data.deliveries) != want {
		t.Errorf("%d of %d deliveries were told", len(told), len(data.deliveries))
	}
	last := map[string]int{}
	for _, id := range data.order {
		d := data.deliveries[id]
		if len(told[id]) != 1 || d.State != huiying.DeliveryAccepted {
			t.Fatalf("%s (%s) was told %d times", id, d.State, len(told[id]))
		}
		at := told[id][0]
		if m := s.messages()[at]; (len(m.Digest) > 0) != (d.Digest != "") || d.Digest != "" && m.DeliveryID != d.Digest {
			t.Errorf("%s says that %q carried it, not %q", id, d.Digest, m.DeliveryID)
		}
		if no := d.Alert.CaseNo; no != "" && at < last[no] {
			t.Errorf("%s of %s overtook", id, no)
		}
		last[d.Alert.CaseNo] = max(at, last[d.Alert.CaseNo])
	}
	if len(data.ledger) != want {
		t.Errorf("the ledger has %d rows", len(data.ledger))
	}
}

// All at once, of every level: red goes first, by itself, and one digest
// carries the rest.
func TestRestIsFolded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, robot := strictRoom(t, dingtalk.Limits())
		levels := []huiying.Level{huiying.LevelBlue, huiying.LevelYellow, huiying.LevelOrange, huiying.LevelRed}
		for i := range 40 {
			p.store.add(storm(i, levels[i%4], ""))
		}
		stop := p.run()
		time.Sleep(time.Second)
		stop()
		robot.checkStorm(t, p, 40)
		sent := robot.messages()
		if len(sent) != 2 || sent[0].Level != huiying.LevelRed || len(sent[0].Digest) != 0 || len(sent[1].Digest) != 39 {
			t.Fatalf("sent %+v", sent)
		}
		digest := sent[1]
		if digest.Title != "【红】还有 39 条提醒" || digest.Lines[0] != "红 9、橙 10、黄 10、蓝 10" || digest.Level != huiying.LevelRed {
			t.Errorf("%s\n%s", digest.Title, strings.Join(digest.Lines, "\n"))
		}
		for i := 1; i < len(digest.Digest); i++ {
			if digest.Digest[i].Level.Rank() > digest.Digest[i-1].Level.Rank() {
				t.Fatalf("%s stands before %s", digest.Digest[i-1].Level, digest.Digest[i].Level)
			}
		}
	})
}

// A few messages are sent one by one: nobody reads a digest of two where there
// is room.
func TestFewAreNotFolded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, robot := strictRoom(t, dingtalk.Limits())
		for i := range 8 {
			p.store.add(storm(i, huiying.LevelYellow, ""))
		}
		stop := p.run()
		time.Sleep(time.Second)
		stop()
		robot.checkStorm(t, p, 8)
		if n := len(robot.messages()); n != 8 {
			t.Errorf("%d messages", n)
		}
	})
}

// A start counts what went out before it: a process that is killed and started
// again sends no burst after a burst.
func TestRestartKeepsTheCap(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, robot := strictRoom(t, dingtalk.Limits())
		n := 0
		for range 12 {
			stop := p.run()
			for range 15 {
				p.store.add(storm(n, huiying.LevelRed, ""))
				p.sender.Wake()
				n++
				time.Sleep(100 * time.Millisecond)
			}
			stop()
			next, _ := strictRoom(t, dingtalk.Limits(), func(o *notifier.SenderOptions) {
				o.Outbox, o.Turns, o.Ledger, o.Lates, o.Channels["robot"] = p.store, p.store, p.store, p.store, robot
			})
			p.sender = next.sender
		}
		stop := p.run()
		time.Sleep(2 * time.Minute)
		stop()
		robot.checkStorm(t, p, n)
	})
}

// A digest that fails is tried again whole; one that is refused leaves every
// delivery dead, with its person's next channel in the outbox.
func TestDigestFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, robot := strictRoom(t, dingtalk.Limits(), func(o *notifier.SenderOptions) {
			o.Sending.Retry = []time.Duration{time.Second}
		})
		for i := range 30 {
			d := delivery("amin", "robot", huiying.LevelRed)
			d.Alert.ID, d.Alert.CaseNo = fmt.Sprintf("a-%d", i), ""
			d.ID = huiying.DeliveryID(d.Alert.ID, "amin", "robot")
			p.store.add(d)
		}
		robot.reply = func(n int) channel.Outcome {
			switch n {
			case 1:
				return channel.Outcome{Result: channel.Accepted}
			case 2, 3:
				return later(n)
			}
			return refuse(n)
		}
		stop := p.run()
		time.Sleep(time.Minute)
		stop()
		states := map[huiying.DeliveryState]int{}
		for _, d := range p.store.snapshot().deliveries {
			states[d.State]++
			if d.State == huiying.DeliveryDead && d.Attempts != 3 {
				t.Errorf("%s had %d attempts", d.ID, d.Attempts)
			}
		}
		if states[huiying.DeliveryAccepted] != 1+29 || states[huiying.DeliveryDead] != 29 {
			t.Errorf("states %v", states)
		}
		if n := len(p.mail.messages()); n != 29 {
			t.Errorf("%d went over the next channel", n)
		}
	})
}

// Where the provider counts by person, one person's digest holds up nobody.
func TestPerAddress(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPostRoom(t, func(o *notifier.SenderOptions) {
			o.Limits = map[string]channel.Limits{"robot": {PerAddress: true, Rates: []channel.Rate{{Messages: 2, Window: time.Minute}}}}
		})
		for i := range 20 {
			for _, to := range []string{"+1", "+2"} {
				d := storm(i, huiying.LevelOrange, "")
				d.Person, d.Address = to, to
				d.ID = huiying.DeliveryID(d.Alert.ID, to, "robot")
				p.store.add(d)
			}
		}
		stop := p.run()
		time.Sleep(5 * time.Minute) // what another worker had in hand comes with the next digest
		stop()
		told := map[string]int{}
		for _, m := range p.robot.messages() {
			if to := m.Addressed(); len(to) != 1 {
				t.Errorf("a message for %v", to)
			}
			told[m.Addressed()[0]] += max(len(m.Digest), 1)
		}
		if told["+1"] != 20 || told["+2"] != 20 || len(p.robot.messages()) > 8 {
			t.Errorf("told %v in %d messages", told, len(p.robot.messages()))
		}
	})
}

// Where each address is a reader of its own, a digest is for one of them, though
// the provider counts the whole channel.
func TestApart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPostRoom(t, func(o *notifier.SenderOptions) {
			o.Limits = map[string]channel.Limits{"mail": {Apart: true, Rates: []channel.Rate{{Messages: 4, Window: time.Minute}}}}
		})
		for i := range 20 {
			for _, to := range []string{"amin@office.example", "bo@office.example", ""} {
				d := storm(i, huiying.LevelOrange, "")
				d.Person, d.Address, d.Channel = to, to, "mail"
				d.ID = huiying.DeliveryID(d.Alert.ID, to, "mail")
				p.store.add(d)
			}
		}
		stop := p.run()
		time.Sleep(5 * time.Minute)
		stop()
		told := map[string]int{}
		for _, m := range p.mail.messages() {
			if to := m.Addressed(); len(to) > 1 || len(to) == 1 && to[0] != m.Address {
				t.Errorf("a message to %q for %v", m.Address, to)
			}
			told[m.Address] += max(len(m.Digest), 1)
		}
		if told["amin@office.example"] != 20 || told["bo@office.example"] != 20 || told[""] != 20 || len(p.mail.messages()) > 16 {
			t.Errorf("told %v in %d messages", told, len(p.mail.messages()))
		}
	})
}

// Deliveries without an address are a reader of their own where the provider
// counts by address: they do not carry everybody else's.
func TestNoAddress(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPostRoom(t, func(o *notifier.SenderOptions) {
			o.Limits = map[string]channel.Limits{"robot": {PerAddress: true, Rates: []channel.Rate{{Messages: 2, Window: time.Minute}}}}
		})
		for i := range 10 {
			for _, to := range []string{"", "+1"} {
				d := storm(i, huiying.LevelOrange, "")
				d.Person, d.Address = "p"+to, to
				d.ID = huiying.DeliveryID(d.Alert.ID, d.Person, "robot")
				p.store.add(d)
			}
		}
		stop := p.run()
		time.Sleep(5 * time.Minute)
		stop()
		told := map[string]int{}
		for _, m := range p.robot.messages() {
			if to := m.Addressed(); len(to) > 1 || len(to) == 1 && to[0] != m.Address {
				t.Errorf("a message to %q for %v", m.Address, to)
			}
			told[m.Address] += max(len(m.Digest), 1)
		}
		if told[""] != 10 || told["+1"] != 10 {
			t.Errorf("told %v", told)
		}
	})
}

// A channel that does not accept in time has the person's next one take over;
// it goes on being tried, and nobody is handed on twice.
func TestHandedOnInTime(t *testing.T) {
	for name, c := range map[string]struct {
		level huiying.Level
		step  time.Duration
		want  time.Duration
	}{
		"red":         {huiying.LevelRed, 0, 2 * time.Minute},
		"orange":      {huiying.LevelOrange, 0, 10 * time.Minute},
		"blue never":  {huiying.LevelBlue, 0, 0},
		"step's end":  {huiying.LevelBlue, 30 * time.Second, 30 * time.Second},
		"a long step": {huiying.LevelRed, time.Hour, 2 * time.Minute},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := newPostRoom(t)
				p.robot.reply = later
				d := delivery("amin", "robot", c.level)
				if c.step > 0 {
					d.StepDue = d.CreatedAt.Add(c.step)
				}
				p.store.add(d)
				stop := p.run()
				time.Sleep(3 * time.Hour)
				stop()
				mails := p.mail.times()
				if c.want == 0 {
					if len(mails) != 0 {
						t.Errorf("handed on at %v", mails)
					}
					return
				}
				if len(mails) != 1 || mails[0].Sub(d.CreatedAt) < c.want || mails[0].Sub(d.CreatedAt) > c.want+2*time.Second {
					t.Fatalf("handed on at %v, made at %v", mails, d.CreatedAt)
				}
				if got := p.store.delivery(t, d.ID); got.State != huiying.DeliveryRetrying || got.HandedOnAt.IsZero() {
					t.Errorf("got %+v", got)
				}
			})
		})
	}
}

// One late delivery that cannot be handed on keeps nobody else's from it.
func TestHandedOnDespiteOne(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPostRoom(t, func(o *notifier.SenderOptions) { o.Directory = halfBook{} })
		p.robot.reply = later
		for _, person := range []string{"broken", "amin"} {
			p.store.add(delivery(person, "robot", huiying.LevelRed))
		}
		stop := p.run()
		time.Sleep(3 * time.Minute)
		stop()
		if n := len(p.mail.messages()); n != 1 || !strings.Contains(p.log.String(), "disk full") {
			t.Errorf("%d mails, log %s", n, p.log)
		}
	})
}

// halfBook cannot read one person.
type halfBook struct{ directory }

func (b halfBook) Recipients(ctx context.Context, ids []string) ([]notifier.Recipient, error) {
	if len(ids) == 1 && ids[0] == "broken" {
		return nil, errDisk
	}
	return b.directory.Recipients(ctx, ids)
}

// A counted channel that hangs holds up no other: what it has in hand is one
// message, however many wait for it.
func TestHangingCountedChannel(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPostRoom(t, func(o *notifier.SenderOptions) {
			o.Limits = map[string]channel.Limits{"robot": {Rates: []channel.Rate{{Messages: 20, Window: time.Minute}}}}
		})
		p.robot.hold = make(chan struct{})
		for i := range 40 {
			p.store.add(storm(i, huiying.LevelRed, ""))
		}
		begun := time.Now()
		stop := p.run()
		time.Sleep(time.Second)
		p.store.add(delivery("bo", "mail", huiying.LevelYellow))
		p.sender.Wake()
		time.Sleep(time.Minute)
		close(p.robot.hold)
		stop()
		if at := p.mail.times(); len(at) != 1 || at[0].Sub(begun) > 3*time.Second {
			t.Errorf("mailed at %v, begun at %v", at, begun)
		}
		if n := p.store.leases; n > 400 {
			t.Errorf("%d looks for what waits", n)
		}
	})
}

// Troubles of the store on the way of a digest lose nothing.
func TestFoldTroubles(t *testing.T) {
	for _, method := range []string{"Waiting", "Fold", "Settle", "Late", "SentSince"} {
		t.Run(method, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p, robot := strictRoom(t, dingtalk.Limits())
				p.store.fail[method] = errDisk
				for i := range 60 {
					p.store.add(storm(i, huiying.LevelRed, ""))
				}
				stop := p.run()
				time.Sleep(5 * time.Minute)
				stop()
				if told := robot.accounted(); len(told) != 60 {
					t.Errorf("%d told", len(told))
				}
				for _, d := range p.store.snapshot().deliveries {
					if d.State != huiying.DeliveryAccepted {
						t.Errorf("%s is %s", d.ID, d.State)
					}
				}
				if !strings.Contains(p.log.String(), "disk full") {
					t.Errorf("log %s", p.log)
				}
			})
		})
	}
}

// A trial says what the provider answers, counts for its limit, and cannot be
// repeated at once.
func TestTry(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, robot := strictRoom(t, dingtalk.Limits())
		got, err := p.sender.Try(t.Context(), "t-1", "robot", "u1")
		if err != nil || got.Result != channel.Accepted || got.Code != "0" {
			t.Fatalf("%+v, %v", got, err)
		}
		if m := robot.messages()[0]; m.Title != "【测试】渠道试发" || m.DeliveryID != "t-1" || m.Address != "u1" || m.Link != "" {
			t.Errorf("%+v", m)
		}
		if _, err := p.sender.Try(t.Context(), "t-2", "robot", ""); huiying.ErrorCode(err) != huiying.Unavailable {
			t.Errorf("at once: %v", err)
		}
		if _, err := p.sender.Try(t.Context(), "t-3", "pigeon", ""); huiying.ErrorCode(err) != huiying.NotFound {
			t.Errorf("unknown: %v", err)
		}
		for i := range 60 {
			p.store.add(storm(i, huiying.LevelRed, ""))
		}
		stop := p.run()
		time.Sleep(3 * time.Second)
		stop()
		if robot.over > 0 {
			t.Error("the trial was not counted")
		}
	})
}
