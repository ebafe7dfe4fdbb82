package chaos_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// alarms are what processes said of crashes and refusals.
func (o *office) alarms() (out []string) {
	for name, p := range o.all {
		for _, line := range p.output.alarms() {
			out = append(out, name+": "+line)
		}
	}
	return out
}

// TestRights runs the rooms against a server with deploy/nats, where each has
// its own key and rights: posts become alerts and cases, and nobody is refused
// anything. Then each room's key is tried for what that room must not do.
func TestRights(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("runs six real processes: not with -short")
	}
	o := newOffice(t, 1)
	w := o.publish()
	time.Sleep(2 * time.Second) // posts come meanwhile
	posts := w.stop()
	for end := time.Now().Add(60 * time.Second); len(o.alarms()) == 0 && time.Now().Before(end); time.Sleep(200 * time.Millisecond) {
		if broken, _ := compared(t, o.database(), outside{posts, o.receiver.log()}); len(broken) == 0 {
			break
		}
	}
	o.verdict(posts)
	for room, tries := range forbidden() {
		for _, subject := range tries {
			if err := o.tries(room, subject); !errors.Is(err, nats.ErrPermissionViolation) {
				t.Errorf("%s at %s: %v, want to be refused", room, subject, err)
			}
		}
	}
	if err := o.tries("crawler", "huiying.ledger.feed"); err != nil {
		t.Errorf("what a crawler may do: %v", err)
	}
	if _, err := nats.Connect(o.urls, nats.RootCAs(o.path("ca.crt"))); err == nil {
		t.Error("somebody without certificate and key was let in")
	}
	o.stop()
}

// forbidden are subjects a room must not be able to publish, or hear.
func forbidden() map[string][]string {
	return map[string][]string{
		"crawler": {
			"huiying.event.red.r-x", "huiying.alert.red.u-x", "huiying.case.opened", "huiying.topic.merged", "huiying.dead.alerts",
			"$KV.definitions.rules.x", "$KV.refusals.x", "$KV.switch.x", "$KV.topics.x", "$O.evidence-cases.C.x",
			"$JS.API.STREAM.PURGE.POSTS", "$JS.API.STREAM.PURGE.OBJ_evidence-cases", "$JS.API.STREAM.DELETE.POSTS", "$JS.API.STREAM.UPDATE.POSTS", "$JS.API.STREAM.MSG.DELETE.POSTS",
			"$JS.API.CONSUMER.CREATE.POSTS.spy", "$JS.API.CONSUMER.CREATE.EVENTS.spy", "$JS.API.DIRECT.GET.POSTS", "$JS.API.STREAM.MSG.GET.POSTS",
			"$JS.API.CONSUMER.DELETE.POSTS.analyzer", "$JS.API.STREAM.CREATE.SPY", "$JS.ACK.POSTS.analyzer.1.1.1.1.1",
			"hear huiying.>", "hear _INBOX.>", "hear _INBOX_analyzer.>", "hear >",
		},
		"analyzer": {
			"huiying.post.weibo.x", "huiying.alert.red.u-x", "huiying.case.opened", "huiying.ledger.x", "huiying.job.x", "huiying.dead.alerts",
			"$KV.cursors.x", "$KV.definitions.rules.x", "$KV.refusals.x", "$KV.switch.x", "$O.evidence.C.x", "$JS.API.DIRECT.GET.OBJ_evidence.x",
			"$JS.API.STREAM.PURGE.EVENTS", "$JS.API.STREAM.DELETE.POSTS", "$JS.API.STREAM.UPDATE.POSTS", "$JS.API.CONSUMER.CREATE.CASES.spy",
			"$JS.API.CONSUMER.DELETE.EVENTS.archive", "hear huiying.>", "hear _INBOX_crawler.>", "hear $KV.>",
		},
		"office": {
			"huiying.event.red.r-x", "$JS.API.STREAM.DELETE.POSTS", "$JS.API.META.LEADER.STEPDOWN", "$JS.API.SERVER.REMOVE", "$SYS.REQ.SERVER.PING",
			"hear huiying.post.>", "hear $SYS.>", "hear _INBOX_crawler.>",
		},
	}
}

// connect is a connection with a member's key.
func (o *office) connect(member string, more ...nats.Option) (*nats.Conn, error) {
	key, err := nats.NkeyOptionFromSeed(o.path(member + ".nkey"))
	if err != nil {
		return nil, err
	}
	return nats.Connect(o.urls, append([]nats.Option{
		key, nats.RootCAs(o.path("ca.crt")), nats.ClientCert(o.path(member+".crt"), o.path(member+".key")),
	}, more...)...)
}

// tries publishes to a subject with a member's key, or hears it, and gives the
// server's refusal.
func (o *office) tries(member, subject string) error {
	refused := make(chan error, 1)
	conn, err := o.connect(member, nats.ErrorHandler(func(_ *nats.Conn, _ *nats.Subscription, err error) {
		select {
		case refused <- err:
		default:
		}
	}))
	if err != nil {
		return err
	}
	defer conn.Close()
	if what, hear := strings.CutPrefix(subject, "hear "); hear {
		_, err = conn.SubscribeSync(what)
	} else {
		err = conn.Publish(subject, []byte(`{}`))
	}
	// The answer to the ping behind it comes after the refusal.
	if err := errors.Join(err, conn.FlushTimeout(10*time.Second)); err != nil {
		return err
	}
	select {
	case err := <-refused:
		return err
	case <-time.After(200 * time.Millisecond): // handlers run beside us
		return nil
	}
}

// bus asks something of the message server with the office's key, with patience.
func (o *office) bus(ask func(context.Context, jetstream.JetStream) error) error {
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	conn, err := o.connect("office", nats.RetryOnFailedConnect(true), nats.MaxReconnects(-1), nats.ReconnectWait(100*time.Millisecond))
	if err != nil {
		return err
	}
	defer conn.Close()
	js, err := jetstream.New(conn)
	if err != nil {
		return err
	}
	for {
		err := ask(ctx, js)
		if err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("given up: %w", err)
		case <-time.After(200 * time.Millisecond):
		}
	}
}
