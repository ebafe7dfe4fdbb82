package record_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"huiying"
	"huiying/internal/store"
	"huiying/internal/store/outbox"
	"huiying/internal/store/record"
	"huiying/internal/store/storetest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const day = "20261123"

// fold is a case machine of the simplest kind: a step names the new state, and
// what its payload says is so.
func fold(steps []huiying.Step) (c huiying.Case, err error) {
	for i, s := range steps {
		if s.N != i+1 || s.From != c.State {
			return c, fmt.Errorf("step %d does not follow", s.N)
		}
		c.No, c.Version, c.State, c.Level = s.CaseNo, s.N, s.To, huiying.LevelOrange
		if c.OpenedAt.IsZero() {
			c.OpenedAt = s.At
		}
		if unit, ok := s.Payload["unit"]; ok {
			c.Unit = unit
		}
		if topic, ok := s.Payload["topic"]; ok {
			c.Topic = topic
		}
		if post, ok := s.Payload["post"]; ok {
			c.Posts = append(c.Posts, post)
		}
	}
	return c, nil
}

// act takes one step of a case as the case machine would: case, step and
// message in one transaction.
func act(ctx context.Context, tx *record.Tx, no, action string, to huiying.CaseState, payload map[string]string) error {
	steps, err := tx.Steps(ctx, no)
	if err != nil {
		return err
	}
	step := huiying.Step{CaseNo: no, N: len(steps) + 1, At: tx.Now(), Actor: "u-lin", Action: action, To: to, Payload: payload}
	if len(steps) > 0 {
		step.From = steps[len(steps)-1].To
	}
	c, err := fold(append(steps, step))
	if err != nil {
		return err
	}
	if err := tx.PutCase(ctx, c); err != nil {
		return err
	}
	_, err = tx.Append(ctx, step)
	return err
}

// openCase opens a case of a topic with one post.
func openCase(ctx context.Context, tx *record.Tx, topic string) (string, error) {
	no, err := tx.NextCaseNo(ctx, day)
	if err != nil {
		return "", err
	}
	payload := map[string]string{"topic": topic, "post": "weibo:" + topic}
	return no, act(ctx, tx, no, "detect", huiying.StatePendingTriage, payload)
}

func inTx(tb testing.TB, l *record.Ledger, fn func(ctx context.Context, tx *record.Tx) error) {
	tb.Helper()
	ctx := context.Background()
	if err := l.InTx(ctx, func(tx *record.Tx) error { return fn(ctx, tx) }); err != nil {
		tb.Fatal(err)
	}
}

// office fills a record with five cases of four steps each, taken in turns.
func office(tb testing.TB, s *store.Store, clock *storetest.Clock) *record.Ledger {
	tb.Helper()
	l := record.New(s)
	var numbers []string
	for i := range 5 {
		inTx(tb, l, func(ctx context.Context, tx *record.Tx) error {
			no, err := openCase(ctx, tx, fmt.Sprintf("t-%d", i))
			numbers = append(numbers, no)
			return err
		})
		clock.Advance(time.Minute)
	}
	text := "您好，窗口已增开两个。"
	for _, do := range []struct {
		action  string
		to      huiying.CaseState
		payload map[string]string
	}{
		{"assign", huiying.StateAwaitingAck, map[string]string{"unit": "u-hall"}},
		{"ack", huiying.StateHandling, nil},
		{"submit", huiying.StateInReview, map[string]string{"draft": huiying.Digest(text)}},
	} {
		for _, no := range numbers {
			inTx(tb, l, func(ctx context.Context, tx *record.Tx) error {
				if err := tx.PutText(ctx, huiying.Digest(text), text); err != nil {
					return err
				}
				return act(ctx, tx, no, do.action, do.to, do.payload)
			})
			clock.Advance(time.Minute)
		}
	}
	return l
}

func verify(tb testing.TB, l *record.Ledger, exported record.Exported) record.Report {
	tb.Helper()
	report, err := l.Verify(context.Background(), record.VerifyOptions{Exported: exported, Fold: fold})
	if err != nil {
		tb.Fatal(err)
	}
	return report
}

func TestAppendChainsAndSigns(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store, clock *storetest.Clock) {
		l := office(t, s, clock)
		steps, err := l.Steps(t.Context(), "HY20261123-0002")
		if err != nil || len(steps) != 4 {
			t.Fatalf("%d steps, %v", len(steps), err)
		}
		for i, step := range steps {
			hash, err := record.Hash(step)
			if err != nil || hash != step.Hash {
				t.Errorf("step %d: hash %s (%v), want %s", i, step.Hash, err, hash)
			}
			if step.N != i+1 || step.Seq == 0 || step.MAC == "" || step.At.IsZero() {
				t.Errorf("step %d: %+v", i, step)
			}
		}
		report := verify(t, l, record.Exported{})
		want := record.Report{Steps: 20, Cases: 5, Texts: 1, FirstAt: storetest.Start(), LastAt: storetest.Start().Add(19 * time.Minute)}
		if d := cmp.Diff(want, report); d != "" {
			t.Error(d)
		}
		if !report.Clean() {
			t.Error("not clean")
		}
	})
}

// The canonical form is a contract: another office's program must be able to
// compute it, and old records must verify for ever.
func TestHashIsFixed(t *testing.T) {
	got, err := record.Hash(huiying.Step{
		Seq: 7, CaseNo: "HY20261123-0001", N: 2, At: time.Date(2026, 11, 23, 1, 2, 3, 4000, time.UTC),
		Actor: "u-lin", Action: "assign", From: huiying.StatePendingTriage, To: huiying.StateAwaitingAck,
		Payload: map[string]string{"unit": "u-hall", "note": "请<尽快>"}, Prev: "00",
		Hash: "not part of it", MAC: "nor this",
	})
	if err != nil {
		t.Fatal(err)
	}
	if want := "af2f421198ee1e88c020e2d670cf5ba59289d9e6333b85605c4c7d3e6c511d09"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// Every field counts for the hash, and no two differ by where a border lies.
func TestHashCoversEveryField(t *testing.T) {
	base := huiying.Step{
		Seq: 1, CaseNo: "HY20261123-0001", N: 1, At: storetest.Start(), Actor: "a", Action: "b",
		From: "c", To: "d", Payload: map[string]string{"k": "v"}, Prev: "p",
	}
	variants := map[string]func(*huiying.Step){
		"seq":     func(s *huiying.Step) { s.Seq = 2 },
		"case":    func(s *huiying.Step) { s.CaseNo = "HY20261123-0002" },
		"n":       func(s *huiying.Step) { s.N = 2 },
		"at":      func(s *huiying.Step) { s.At = s.At.Add(time.Microsecond) },
		"actor":   func(s *huiying.Step) { s.Actor = "x" },
		"action":  func(s *huiying.Step) { s.Action = "x" },
		"from":    func(s *huiying.Step) { s.From = "x" },
		"to":      func(s *huiying.Step) { s.To = "x" },
		"key":     func(s *huiying.Step) { s.Payload = map[string]string{"l": "v"} },
		"value":   func(s *huiying.Step) { s.Payload = map[string]string{"k": "w"} },
		"more":    func(s *huiying.Step) { s.Payload = map[string]string{"k": "v", "l": ""} },
		"none":    func(s *huiying.Step) { s.Payload = nil },
		"prev":    func(s *huiying.Step) { s.Prev = "q" },
		"borders": func(s *huiying.Step) { s.Actor, s.Action = "ab", "" },
	}
	seen := map[string]string{}
	for name, change := range variants {
		s := base
		change(&s)
		h, err := record.Hash(s)
		if err != nil {
			t.Fatal(err)
		}
		if other, twice := seen[h]; twice {
			t.Errorf("%s and %s hash alike", name, other)
		}
		seen[h] = name
	}
}

func TestAppendQueuesTheMessage(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store, _ *storetest.Clock) {
		l := record.New(s)
		inTx(t, l, func(ctx context.Context, tx *record.Tx) error {
			_, err := tx.Append(ctx, huiying.Step{CaseNo: "HY20261123-0001", At: tx.Now(), Actor: "system", Action: "attach_mention"})
			return err
		})
		messages, err := outbox.NewBus(s).Pending(t.Context(), 10)
		if err != nil || len(messages) != 1 {
			t.Fatalf("%d messages, %v", len(messages), err)
		}
		m := messages[0]
		if m.Subject != "huiying.case.attach-mention" || m.MsgID != "case:HY20261123-0001:1" {
			t.Errorf("%s %s", m.Subject, m.MsgID)
		}
		var step huiying.Step
		if err := json.Unmarshal(m.Body, &step); err != nil || step.Hash == "" || !strings.Contains(string(m.Body), "+08:00") {
			t.Errorf("%s: %v", m.Body, err)
		}
	})
}

func TestAppendChecksTheNumber(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store, _ *storetest.Clock) {
		l := record.New(s)
		try := func(n int) error {
			return l.InTx(t.Context(), func(tx *record.Tx) error {
				_, err := tx.Append(t.Context(), huiying.Step{CaseNo: "HY20261123-0001", N: n, At: tx.Now(), Action: "note"})
				return err
			})
		}
		for _, c := range []struct {
			n    int
			code huiying.Code
		}{{2, huiying.Conflict}, {1, ""}, {1, huiying.Conflict}, {0, ""}, {3, ""}} {
			if err := try(c.n); huiying.ErrorCode(err) != c.code {
				t.Errorf("n %d: %v, want %q", c.n, err, c.code)
			}
		}
	})
}

func TestAppendNeedsAKey(t *testing.T) {
	o := storetest.Options(storetest.NewClock())
	o.MACKey = nil
	s := storetest.Engines()[0].Open(t, o)
	err := record.New(s).InTx(t.Context(), func(tx *record.Tx) error {
		_, err := tx.Append(t.Context(), huiying.Step{CaseNo: "HY20261123-0001", Action: "note"})
		return err
	})
	if huiying.ErrorCode(err) != huiying.Unavailable {
		t.Error(err)
	}
}

func TestPutText(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store, _ *storetest.Clock) {
		l := record.New(s)
		digest := huiying.Digest("已答复")
		for range 2 {
			inTx(t, l, func(ctx context.Context, tx *record.Tx) error { return tx.PutText(ctx, digest, "已答复") })
		}
		if text, err := l.Text(t.Context(), digest); err != nil || text != "已答复" {
			t.Errorf("%q, %v", text, err)
		}
		if _, err := l.Text(t.Context(), huiying.Digest("")); huiying.ErrorCode(err) != huiying.NotFound {
			t.Error(err)
		}
		err := l.InTx(t.Context(), func(tx *record.Tx) error { return tx.PutText(t.Context(), digest, "别的话") })
		if huiying.ErrorCode(err) != huiying.Invalid {
			t.Error(err)
		}
	})
}

// What one cause brings about is there whole or not at all.
func TestTransactionIsWhole(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store, _ *storetest.Clock) {
		l := record.New(s)
		refused := errors.New("refused")
		cause := func(end error) error {
			return l.InTx(t.Context(), func(tx *record.Tx) error {
				ctx := t.Context()
				post := huiying.Post{ID: "weibo:1", Source: "weibo-mentions", Platform: "weibo", Text: "排队三小时", CollectedAt: tx.Now()}
				if _, err := tx.SaveEvent(ctx, huiying.NewEvent(huiying.Judgement{Post: post}, tx.Now())); err != nil {
					return err
				}
				no, err := openCase(ctx, tx, "t-queue")
				if err != nil {
					return err
				}
				alert := huiying.Alert{ID: "a-1", PostID: "weibo:1", Level: huiying.LevelRed, CaseNo: no}
				if _, err := tx.AddAlert(ctx, alert); err != nil {
					return err
				}
				if _, err := tx.Enqueue(ctx, huiying.Delivery{ID: "d-1", Alert: alert, Person: "u-lin", Channel: "robot"}); err != nil {
					return err
				}
				return errors.Join(tx.MarkAcked(ctx, "d-1", tx.Now()), end)
			})
		}
		count := func() (n int) {
			err := s.Reader().QueryRowContext(t.Context(), `
				SELECT (SELECT count(*) FROM posts) + (SELECT count(*) FROM alerts) + (SELECT count(*) FROM deliveries)
				+ (SELECT count(*) FROM cases) + (SELECT count(*) FROM record) + (SELECT count(*) FROM record_head)
				+ (SELECT count(*) FROM bus_outbox) + (SELECT count(*) FROM counters) + (SELECT count(*) FROM case_posts)`).Scan(&n)
			if err != nil {
				t.Fatal(err)
			}
			return n
		}
		if err := cause(refused); !errors.Is(err, refused) || count() != 0 {
			t.Errorf("after a refusal: %d rows, %v", count(), err)
		}
		if err := cause(nil); err != nil || count() != 9+1 {
			t.Errorf("after success: %d rows, %v", count(), err)
		}
		if no, found, err := openOf(t, l, "t-queue"); err != nil || !found || no != "HY20261123-0001" {
			t.Errorf("open case %q %v %v", no, found, err)
		}
		if report := verify(t, l, record.Exported{}); report.Clean() {
			// weibo:t-queue is attached but not archived: nothing wrong with it.
			return
		}
		t.Error("not clean")
	})
}

func openOf(t *testing.T, l *record.Ledger, topic string) (no string, found bool, err error) {
	err = l.InTx(t.Context(), func(tx *record.Tx) (err error) {
		no, found, err = tx.OpenCase(t.Context(), topic)
		return err
	})
	return no, found, err
}

// Many hands at once still make one chain.
func TestManyHands(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store, clock *storetest.Clock) {
		l := record.New(s)
		var all sync.WaitGroup
		for i := range 16 {
			all.Go(func() {
				for j := range 8 {
					err := l.InTx(context.Background(), func(tx *record.Tx) error {
						_, err := openCase(context.Background(), tx, fmt.Sprintf("t-%d-%d", i, j))
						if err == nil && j%4 == 3 {
							return errors.New("undone")
						}
						return err
					})
					if (err != nil) != (j%4 == 3) {
						t.Error(err)
					}
				}
			})
		}
		all.Wait()
		report := verify(t, l, record.Exported{})
		if !report.Clean() || report.Steps != 16*6 || report.Cases != 16*6 {
			t.Errorf("%d steps, %d cases, %v", report.Steps, report.Cases, report.Findings)
		}
	})
}
