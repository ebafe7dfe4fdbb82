package push_test

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"huiying"
	"huiying/crawler/intake/push"
	"huiying/internal/locale"
)

const secret = "0123456789abcdef"

var now = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

// counter accepts what it is told to.
type counter struct {
	out   huiying.Intake
	err   error
	taken int
}

func (c *counter) Secret(_ context.Context, source string) (string, error) {
	if source != "letters" {
		return "", huiying.Errorf(huiying.NotFound, "intake.no_source", source)
	}
	return secret, nil
}

func (c *counter) TakeJSON(context.Context, string, locale.Lang, []byte) (huiying.Intake, error) {
	c.taken++
	return c.out, c.err
}

type sent struct {
	source, body, stamp, signature string
}

func signed(at time.Time, body string) sent {
	stamp := strconv.FormatInt(at.Unix(), 10)
	return sent{"letters", body, stamp, push.Sign(secret, stamp, []byte(body))}
}

func send(t *testing.T, c *counter, s sent) (int, map[string]any) {
	t.Helper()
	words, err := locale.Load()
	if err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	mux.Handle("POST /intake/{source}", &push.Handler{
		Counter: c, Words: words, Now: func() time.Time { return now }, Failed: func(context.Context, error) {},
	})
	r := httptest.NewRequest(http.MethodPost, "/intake/"+s.source, strings.NewReader(s.body))
	r.Header.Set(push.HeaderTimestamp, s.stamp)
	r.Header.Set(push.HeaderSignature, s.signature)
	w := httptest.NewRecorder()
	mux.ServeHTTP(w, r)
	var out map[string]any
	if err := json.Unmarshal(w.Body.Bytes(), &out); err != nil {
		t.Fatalf("%s: %v", w.Body, err)
	}
	return w.Code, out
}

// The example of the guide: openssl gives the same.
func TestSign(t *testing.T) {
	const want = "v1=292c4d411f7a6efeddb4a7602a444472c969d5c13154ed87c3b7444f0b942f4c"
	if got := push.Sign("0123456789abcdef", "1767580200", []byte(`{"number":"X1"}`)); got != want {
		t.Error(got)
	}
}

func TestSignature(t *testing.T) {
	good := signed(now, `{}`)
	other := good
	other.source = "weibo"
	changed := good
	changed.body = `{ }`
	late := good
	late.stamp = strconv.FormatInt(now.Add(time.Minute).Unix(), 10)
	rotated := good
	rotated.signature = "v1=00, " + good.signature
	empty := sent{"weibo", "{}", good.stamp, push.Sign("", good.stamp, []byte("{}"))}
	for name, c := range map[string]struct {
		sent
		want int
	}{
		"good": {good, 200}, "another key beside it": {rotated, 200}, "four minutes": {signed(now.Add(-4*time.Minute), "{}"), 200},
		"six minutes": {signed(now.Add(-6*time.Minute), "{}"), 401}, "six minutes ahead": {signed(now.Add(6*time.Minute), "{}"), 401},
		"other source": {other, 401}, "other body": {changed, 401}, "other time": {late, 401}, "empty key": {empty, 401},
		"nothing": {sent{"letters", "{}", "", ""}, 401}, "no number": {sent{"letters", "{}", "now", good.signature}, 401},
	} {
		got := &counter{}
		status, _ := send(t, got, c.sent)
		if status != c.want || (got.taken == 1) != (c.want == 200) {
			t.Errorf("%s: %d, taken %d", name, status, got.taken)
		}
	}
}

func TestAnswers(t *testing.T) {
	fault := []huiying.IntakeFault{{Index: 1, Number: "X2", Message: "m"}}
	for _, c := range []struct {
		counter
		want int
	}{
		{counter{out: huiying.Intake{Accepted: 2}}, 200},
		{counter{out: huiying.Intake{Accepted: 1, Errors: fault}}, 207},
		{counter{out: huiying.Intake{Errors: fault}}, 422},
		{counter{err: huiying.Errorf(huiying.Invalid, "intake.push_no_json")}, 422},
		{counter{err: huiying.Errorf(huiying.Unavailable, "intake.not_stored", "x")}, 503},
		{counter{err: context.Canceled}, 500},
	} {
		if status, out := send(t, &c.counter, signed(now, `[]`)); status != c.want {
			t.Errorf("%d %v, want %d", status, out, c.want)
		}
	}
	if status, out := send(t, &counter{}, signed(now, strings.Repeat(" ", push.MaxBody+1))); status != 413 || out["message"] == "" {
		t.Errorf("%d %v", status, out)
	}
}
