package receiver_test

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"huiying/internal/drill/receiver"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const secret = "密钥 for tests"

var now = time.Date(2026, 11, 23, 4, 0, 0, 0, time.UTC)

type sender struct {
	t      *testing.T
	r      *receiver.Receiver
	client *http.Client
}

func start(t *testing.T, o receiver.Options) *sender {
	t.Helper()
	o.Secret, o.Now = secret, func() time.Time { return now }
	r, err := receiver.Start(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	s := &sender{t, r, &http.Client{Transport: &http.Transport{}}}
	t.Cleanup(func() {
		s.client.CloseIdleConnections()
		if err := r.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

type message struct {
	id, body, stamp, signature string
}

func signed(id, body string) message {
	stamp := strconv.FormatInt(now.Unix(), 10)
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(stamp + "." + body))
	return message{id, body, stamp, "sha256=" + hex.EncodeToString(mac.Sum(nil))}
}

func alert(id string) message {
	return signed(id, fmt.Sprintf(`{"delivery_id":%q,"alert_id":"a-1","level":"red","title":"试","case_no":"HY1","person":"ma","link":"http://x/a/1"}`, id))
}

func (s *sender) send(ctx context.Context, m message) int {
	s.t.Helper()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, s.r.URL, bytes.NewReader([]byte(m.body)))
	if err != nil {
		s.t.Fatal(err)
	}
	req.Header.Set("X-Huiying-Delivery", m.id)
	req.Header.Set("X-Huiying-Timestamp", m.stamp)
	req.Header.Set("X-Huiying-Signature", m.signature)
	resp, err := s.client.Do(req)
	if err != nil {
		return 0
	}
	_ = resp.Body.Close()
	return resp.StatusCode
}

func TestLogKeepsOrderAndCounts(t *testing.T) {
	var told []string
	var mu sync.Mutex
	s := start(t, receiver.Options{Taken: func(a receiver.Alert, at time.Time) {
		mu.Lock()
		defer mu.Unlock()
		told = append(told, a.DeliveryID+" "+a.CaseNo+" "+at.Format("15:04"))
	}})
	for _, id := range []string{"d-2", "d-1", "d-2"} {
		if status := s.send(t.Context(), alert(id)); status != http.StatusOK {
			t.Errorf("%s: status %d", id, status)
		}
	}
	log := s.r.Log()
	if len(log) != 2 || log[0].DeliveryID != "d-2" || log[0].Times != 2 || log[1].Times != 1 || !log[0].First.Equal(now) {
		t.Errorf("log %+v", log)
	}
	mu.Lock()
	defer mu.Unlock()
	if strings.Join(told, ",") != "d-2 HY1 04:00,d-1 HY1 04:00" {
		t.Errorf("told %v", told)
	}
}

func TestRefusesWhatIsNotGenuine(t *testing.T) {
	s := start(t, receiver.Options{})
	good := alert("d-1")
	changed, old, other, noID, garbage := good, good, good, good, signed("d-1", "{")
	changed.body += " "
	old.stamp = strconv.FormatInt(now.Add(-time.Hour).Unix(), 10)
	other.id = "d-2"
	noID.signature = ""
	for i, m := range []message{changed, old, other, noID, garbage} {
		if status := s.send(t.Context(), m); status != http.StatusForbidden {
			t.Errorf("forgery %d: status %d", i, status)
		}
	}
	if len(s.r.Log()) != 0 || s.r.Refused() != 5 {
		t.Errorf("log %v, refused %d", s.r.Log(), s.r.Refused())
	}
	if status := s.send(t.Context(), signed("d-1", strings.Repeat("x", 1<<20+1))); status != http.StatusRequestEntityTooLarge {
		t.Errorf("too large: status %d", status)
	}
}

func TestFailsWhenTold(t *testing.T) {
	s := start(t, receiver.Options{Fail: receiver.Every(2)})
	want := []int{200, 500, 200, 500}
	for i, status := range want {
		if got := s.send(t.Context(), alert("d-1")); got != status {
			t.Errorf("attempt %d: status %d, want %d", i+1, got, status)
		}
	}
	if log := s.r.Log(); len(log) != 1 || log[0].Times != 2 {
		t.Errorf("log %+v", log)
	}
}

// TestStallsUntilTheSenderGivesUp must end with the sender, and nothing may be
// in the log.
func TestStallsUntilTheSenderGivesUp(t *testing.T) {
	stalled := make(chan struct{})
	s := start(t, receiver.Options{Fail: func(int) receiver.Failure {
		close(stalled)
		return receiver.FailStall
	}})
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		<-stalled
		cancel()
	}()
	if status := s.send(ctx, alert("d-1")); status != 0 {
		t.Errorf("a stalled attempt got status %d", status)
	}
	if len(s.r.Log()) != 0 {
		t.Error("a stalled attempt is in the log")
	}
}
