package web_test

import (
	"bufio"
	"context"
	"net/http"
	"strings"
	"testing"
	"time"
)

// What passes on the bus reaches a signed-in browser as counts; nobody else
// may listen.
func TestLive(t *testing.T) {
	w := newWorld(t)
	ctx, cancel := context.WithCancel(t.Context())
	ran := make(chan error, 1)
	go func() { ran <- w.server.Run(ctx) }()
	if res := w.as("").get("/live"); res.status != http.StatusUnauthorized {
		t.Errorf("nobody listens: %d", res.status)
	}
	b := w.as("hall")
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, b.base+"/live", nil)
	w.must(err)
	res, err := b.http.Do(r)
	w.must(err)
	defer res.Body.Close()
	lines := bufio.NewScanner(res.Body)
	until := func(word string) {
		t.Helper()
		for lines.Scan() {
			if strings.Contains(lines.Text(), word) {
				return
			}
		}
		t.Fatalf("the stream ended before %q", word)
	}
	until("event: hello")
	sent := time.Now()
	w.live <- [2]string{"huiying.event.red.r-queue", `{"data":{"post":{"text":"secret"}}}`}
	until(`"posts":{"red":1}`)
	if took := time.Since(sent); took > 2*time.Second {
		t.Errorf("news took %s", took)
	}
	cancel()
	for lines.Scan() { // the end comes by itself
		if strings.Contains(lines.Text(), "secret") {
			t.Error("words are on the stream")
		}
	}
	if err := <-ran; err != nil {
		t.Error(err)
	}
}
