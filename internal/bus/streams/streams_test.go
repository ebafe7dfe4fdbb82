package streams_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"huiying"
	"huiying/internal/bus/broker"
	"huiying/internal/bus/streams"
)

var now = time.Date(2126, 1, 1, 0, 0, 0, 0, time.UTC) // far after every message

func start(t *testing.T, o streams.Options) (jetstream.JetStream, streams.Options) {
	t.Helper()
	b, err := broker.Open(t.Context(), broker.Options{Dir: t.TempDir(), SyncInterval: time.Second})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := b.Close(true); err != nil {
			t.Error(err)
		}
	})
	js, err := jetstream.New(b.Conn)
	if err != nil {
		t.Fatal(err)
	}
	o.Replicas, o.Duplicates = 1, time.Minute
	if o.Now == nil {
		o.Now = func() time.Time { return now }
	}
	if o.MaxBytes == 0 {
		o.MaxBytes = 1 << 20
	}
	for range 2 { // the second time nothing changes
		if err := streams.Ensure(t.Context(), js, o); err != nil {
			t.Fatal(err)
		}
	}
	return js, o
}

func publish(t *testing.T, js jetstream.JetStream, subject string, n int) {
	t.Helper()
	for i := range n {
		if _, err := js.Publish(t.Context(), subject, []byte(fmt.Sprint(i))); err != nil {
			t.Fatal(err)
		}
	}
}

func TestOf(t *testing.T) {
	for subject, want := range map[string]string{
		"huiying.post.weibo.a": "POSTS", "huiying.event.red.>": "EVENTS", "huiying.topic.burst": "TOPICS",
		"huiying.alert.red.u-1": "ALERTS", "huiying.case.ack": "CASES", "huiying.ledger.a": "LEDGER",
		"huiying.dead.alerts": "DEAD", "huiying.replay.event.alerts": "EVENTS",
		"huiying.post": "", "huiying.weather.x": "", "post.a.b": "", "huiying.post.": "", "": "",
	} {
		s, ok := streams.Of(subject)
		if s.Name != want || ok != (want != "") {
			t.Errorf("%q: %q, %v", subject, s.Name, ok)
		}
	}
}

// left is how many messages a stream holds after trimming.
func left(t *testing.T, js jetstream.JetStream, o streams.Options, name string) int {
	t.Helper()
	if _, err := streams.Trim(t.Context(), js, o); err != nil {
		t.Fatal(err)
	}
	s, err := js.Stream(t.Context(), name)
	if err != nil {
		t.Fatal(err)
	}
	return int(s.CachedInfo().State.Msgs)
}

func take(t *testing.T, c jetstream.Consumer, n int) []jetstream.Msg {
	t.Helper()
	batch, err := c.Fetch(n)
	if err != nil {
		t.Fatal(err)
	}
	var out []jetstream.Msg
	for m := range batch.Messages() {
		out = append(out, m)
	}
	if len(out) != n {
		t.Fatalf("took %d of %d", len(out), n)
	}
	return out
}

func ack(t *testing.T, msgs ...jetstream.Msg) {
	t.Helper()
	for _, m := range msgs {
		if err := m.DoubleAck(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
}

func TestTrimKeepsWhatSomebodyNeeds(t *testing.T) {
	js, o := start(t, streams.Options{Keep: time.Hour})
	publish(t, js, "huiying.event.red.r", 5)
	publish(t, js, "huiying.event.none.untagged", 5)
	if n := left(t, js, o, "EVENTS"); n != 10 {
		t.Errorf("nobody reads yet: %d left", n)
	}
	events, _ := streams.Of("huiying.event.>")
	alerts := streams.Consumer{Stream: events, Name: "alerts", Groups: [][]string{{"huiying.event.red.>"}, {"huiying.event.orange.>"}}, AckWait: time.Minute}
	archive := streams.Consumer{Stream: events, Name: "archive", Groups: [][]string{{"huiying.event.>"}}, AckWait: time.Minute}
	a, err := alerts.Ensure(t.Context(), js)
	if err != nil {
		t.Fatal(err)
	}
	r, err := archive.Ensure(t.Context(), js)
	if err != nil {
		t.Fatal(err)
	}
	ack(t, take(t, r[0], 10)...)
	if n := left(t, js, o, "EVENTS"); n != 10 {
		t.Errorf("alerts has read nothing: %d left", n)
	}
	red := take(t, a[0], 5)
	ack(t, red[0], red[1], red[3], red[4])
	if n := left(t, js, o, "EVENTS"); n != 8 {
		t.Errorf("the third is in hand: %d left", n)
	}
	ack(t, red[2])
	if n := left(t, js, o, "EVENTS"); n != 0 {
		t.Errorf("all is read, the filtered group past its last: %d left", n)
	}
	// New ones go on where the old ended.
	publish(t, js, "huiying.event.orange.r", 1)
	ack(t, take(t, a[1], 1)...)
	if n := left(t, js, o, "EVENTS"); n != 1 {
		t.Errorf("archive has not read it: %d left", n)
	}
}

func TestTrimKeepsTheRecentWhileThereIsRoom(t *testing.T) {
	js, o := start(t, streams.Options{Keep: time.Hour, Now: time.Now, MaxBytes: 4000})
	publish(t, js, "huiying.case.ack", 10)
	if n := left(t, js, o, "CASES"); n != 10 {
		t.Errorf("recent news: %d left", n)
	}
	o.Now = func() time.Time { return now }
	if n := left(t, js, o, "CASES"); n != 0 {
		t.Errorf("old news nobody reads: %d left", n)
	}

	o.Now = time.Now
	posts, _ := streams.Of("huiying.post.>")
	c, err := streams.Consumer{Stream: posts, Name: "analyzer", Groups: [][]string{{"huiying.post.>"}}, AckWait: time.Minute}.Ensure(t.Context(), js)
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for ; ; n++ {
		if _, err := js.Publish(t.Context(), "huiying.post.weibo.a", make([]byte, 100)); err != nil {
			if !streams.Full(err) {
				t.Fatal(err)
			}
			break
		}
	}
	if got := left(t, js, o, "POSTS"); got != n {
		t.Errorf("a full stream gave up unread posts: %d of %d left", got, n)
	}
	ack(t, take(t, c[0], n-2)...)
	if got := left(t, js, o, "POSTS"); got != 2 {
		t.Errorf("a full stream kept read posts: %d left", got)
	}
}

// What the old durables had not acknowledged comes to the new ones, also when
// the process dies half-way through the change.
func TestChangedGroupsPassNothingOver(t *testing.T) {
	js, _ := start(t, streams.Options{Keep: time.Hour})
	events, _ := streams.Of("huiying.event.>")
	two := streams.Consumer{Stream: events, Name: "alerts", Groups: [][]string{{"huiying.event.red.>"}, {"huiying.event.none.>"}}, AckWait: time.Minute}
	c, err := two.Ensure(t.Context(), js)
	if err != nil {
		t.Fatal(err)
	}
	for range 4 {
		publish(t, js, "huiying.event.red.r", 1)
		publish(t, js, "huiying.event.none.r", 1)
	}
	ack(t, take(t, c[0], 4)...)
	ack(t, take(t, c[1], 1)...) // sequence 2; 4, 6 and 8 are owed
	one := streams.Consumer{Stream: events, Name: "alerts", Groups: [][]string{{"huiying.event.>"}}, AckWait: time.Minute}
	c, err = one.Ensure(t.Context(), js)
	if err != nil {
		t.Fatal(err)
	}
	for i, m := range take(t, c[0], 6) {
		meta, err := m.Metadata()
		if err != nil || meta.Sequence.Stream != uint64(i+3) {
			t.Errorf("message %d is %d of the stream, %v", i, meta.Sequence.Stream, err)
		}
	}
	stream, err := js.Stream(t.Context(), "EVENTS")
	if err != nil {
		t.Fatal(err)
	}
	// Killed when only the placeholder stands.
	_, err = stream.CreateConsumer(t.Context(), jetstream.ConsumerConfig{Durable: "alerts-moving", AckPolicy: jetstream.AckExplicitPolicy,
		DeliverPolicy: jetstream.DeliverByStartSequencePolicy, OptStartSeq: 5, Metadata: map[string]string{"huiying-consumer": "alerts"}})
	if err = errors.Join(err, stream.DeleteConsumer(t.Context(), "alerts")); err != nil {
		t.Fatal(err)
	}
	c, err = one.Ensure(t.Context(), js)
	if err != nil {
		t.Fatal(err)
	}
	if meta, err := take(t, c[0], 1)[0].Metadata(); err != nil || meta.Sequence.Stream != 5 {
		t.Errorf("goes on at %d, %v", meta.Sequence.Stream, err)
	}
	for info := range stream.ListConsumers(t.Context()).Info() {
		if info.Name != "alerts" {
			t.Errorf("%s was left", info.Name)
		}
	}
}

func TestCheck(t *testing.T) {
	events, _ := streams.Of("huiying.event.>")
	for name, groups := range map[string][][]string{
		"another stream": {{"huiying.post.>"}},
		"empty group":    {{"huiying.event.>"}, {}},
		"overlap":        {{"huiying.event.*.r"}, {"huiying.event.red.*"}},
	} {
		if err := (streams.Consumer{Stream: events, Name: "a", Groups: groups}).Check(); huiying.ErrorCode(err) != huiying.Invalid {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// A server that is just making a durable, or takes one over, lists it with
// nothing given and nothing pending: that is not believed, what the durable
// wants stays.
func TestNothingPendingIsNotBelieved(t *testing.T) {
	js, _ := start(t, streams.Options{})
	publish(t, js, "huiying.post.weibo.s", 3)
	publish(t, js, "huiying.post.portal.s", 2)
	stream, err := js.Stream(t.Context(), "POSTS")
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		info jetstream.ConsumerInfo
		want uint64
	}{
		"all":             {jetstream.ConsumerInfo{}, 0},
		"of one filter":   {jetstream.ConsumerInfo{Config: jetstream.ConsumerConfig{FilterSubject: "huiying.post.portal.>"}}, 3},
		"of two":          {jetstream.ConsumerInfo{Config: jetstream.ConsumerConfig{FilterSubjects: []string{"huiying.post.forum.>", "huiying.post.portal.>"}}}, 3},
		"of none":         {jetstream.ConsumerInfo{Config: jetstream.ConsumerConfig{FilterSubject: "huiying.post.forum.>"}}, 5},
		"from the fifth":  {jetstream.ConsumerInfo{Config: jetstream.ConsumerConfig{OptStartSeq: 5}}, 4},
		"has two":         {jetstream.ConsumerInfo{Delivered: jetstream.SequenceInfo{Stream: 2}, AckFloor: jetstream.SequenceInfo{Stream: 2}}, 2},
		"has all":         {jetstream.ConsumerInfo{Delivered: jetstream.SequenceInfo{Stream: 5}, AckFloor: jetstream.SequenceInfo{Stream: 5}}, 5},
		"one not settled": {jetstream.ConsumerInfo{Delivered: jetstream.SequenceInfo{Stream: 5}, AckFloor: jetstream.SequenceInfo{Stream: 1}, NumAckPending: 1}, 1},
	} {
		got, err := streams.DoneBy(t.Context(), stream, &c.info, 5)
		if err != nil || got != c.want {
			t.Errorf("%s: done by %d, %v, want %d", name, got, err, c.want)
		}
	}
}
