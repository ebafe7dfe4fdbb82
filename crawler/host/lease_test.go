package host_test

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"huiying"
	"huiying/crawler/host"
)

// memory is what processes share of hosts.
type memory struct {
	mu  sync.Mutex
	m   map[string][]byte
	rev map[string]uint64
	ice bool // it cannot be reached
}

var errFrozen = errors.New("not reached")

func (s *memory) freeze() { s.mu.Lock(); defer s.mu.Unlock(); s.ice = true }
func (s *memory) thaw()   { s.mu.Lock(); defer s.mu.Unlock(); s.ice = false }

func newMemory() *memory { return &memory{m: map[string][]byte{}, rev: map[string]uint64{}} }

func (s *memory) Load(_ context.Context, name string) ([]byte, uint64, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ice {
		return nil, 0, errFrozen
	}
	return s.m[name], s.rev[name], nil
}

func (s *memory) Save(_ context.Context, name string, state []byte, revision uint64) (uint64, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ice {
		return 0, errFrozen
	}
	if s.rev[name] != revision {
		return 0, huiying.Errorf(huiying.Conflict, "bus.key_changed", "hosts", name)
	}
	s.m[name], s.rev[name] = bytes.Clone(state), revision+1
	return revision + 1, nil
}

// Three processes ask one host no faster than one would, and another host
// meanwhile; all of their questions are answered.
func TestOneTurnAmongProcesses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const delay, each = 2 * time.Second, 7
		shared := newMemory()
		var mu sync.Mutex
		var at []time.Time
		others := 0
		transport := roundTrip(func(r *http.Request) (*http.Response, error) {
			mu.Lock()
			if r.URL.Host == "a.test" {
				at = append(at, time.Now())
			} else {
				others++
			}
			mu.Unlock()
			time.Sleep(100 * time.Millisecond) // the answer takes a while; the pause begins after it
			if r.URL.Path == "/robots.txt" {
				return response(r, 404, ""), nil
			}
			return response(r, 200, "x"), nil
		})
		var wg sync.WaitGroup
		for range 3 {
			h := hosts(t, func(o *host.Options) {
				o.NoDelay, o.Delay, o.Shared, o.Transport, o.Timeout = false, delay, shared, transport, time.Minute
			})
			for range each {
				wg.Go(func() {
					if _, _, err := ask(t, h, "https://a.test/x"); err != nil {
						t.Error(err)
					}
				})
			}
			wg.Go(func() {
				if _, _, err := ask(t, h, "https://b.test/x"); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if len(at) != 3*each+3 || others != 6 { // each process reads robots.txt once
			t.Fatalf("asked %d and %d times", len(at), others)
		}
		for i := 1; i < len(at); i++ {
			if gap := at[i].Sub(at[i-1]); gap < delay {
				t.Errorf("question %d came %s after the one before", i, gap)
			}
		}
		if took, most := at[len(at)-1].Sub(at[0]), time.Duration(len(at))*(delay+300*time.Millisecond); took > most {
			t.Errorf("the host was idle: %s for %d questions", took, len(at))
		}
	})
}

// A process that dies with the turn holds the host up until the turn has run
// out, and a rest that one process met holds for all.
func TestTurnRunsOutAndRestsAreShared(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		shared := newMemory()
		status := 200
		process := func() *host.Hosts {
			return hosts(t, func(o *host.Options) {
				o.NoDelay, o.Delay, o.Shared, o.Timeout = false, time.Second, shared, 10*time.Second
				o.Transport = roundTrip(func(r *http.Request) (*http.Response, error) {
					if r.URL.Path == "/robots.txt" {
						return response(r, 404, ""), nil
					}
					return response(r, status, "x"), nil
				})
			})
		}
		begun := time.Now()
		dead := []byte(`{"until":"` + begun.Add(15*time.Second).Format(time.RFC3339Nano) + `"}`)
		if _, err := shared.Save(t.Context(), "a.test", dead, 0); err != nil {
			t.Fatal(err)
		}
		one, two := process(), process()
		if _, _, err := ask(t, one, "https://a.test/x"); err != nil || time.Since(begun) < 15*time.Second || time.Since(begun) > 20*time.Second {
			t.Errorf("asked after %s: %v", time.Since(begun), err)
		}
		status = 418
		if code, _, err := ask(t, one, "https://a.test/x"); code != 418 || err != nil {
			t.Errorf("got %d, %v", code, err)
		}
		var resting *host.RestingError
		if _, _, err := ask(t, two, "https://a.test/x"); !errors.As(err, &resting) || resting.Status != 418 || time.Until(resting.Until) < time.Hour {
			t.Errorf("the other process: %v", err)
		}
	})
}
