package chaos_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"sync"
	"testing"

	"huiying/internal/drill/replica"
)

// The ways in which a peer may go wrong.
const (
	stalls = "stalls"
	cuts   = "cuts"
	walled = "walled"
	hangs  = "hangs"
	busy   = "busy"
)

// mood is how a peer behaves at the moment, "" well.
type mood struct {
	mu  sync.Mutex
	now string
	hit map[string]int // requests it met, by mood
}

func (m *mood) set(now string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.now = now
}

// meet counts a request and says how to treat it.
func (m *mood) meet() string {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.hit == nil {
		m.hit = map[string]int{}
	}
	m.hit[m.now]++
	return m.now
}

func (m *mood) met(how string) int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.hit[how]
}

// site is the replica of Weibo in front of which stands something that stalls,
// cuts and lies.
type site struct {
	*httptest.Server
	mood
	feed     *replica.Feed
	accounts []replica.Account // that write by turns; nil = the feed's own alone
}

// append publishes the nth post.
func (s *site) append(n int, text string) (string, error) {
	if len(s.accounts) == 0 {
		return s.feed.Append(text)
	}
	return s.feed.AppendBy(s.accounts[n%len(s.accounts)], text)
}

func newSite(t *testing.T) *site {
	t.Helper()
	feed, err := replica.NewFeed(t.Context(), replica.FeedOptions{PerPage: 500})
	if err != nil {
		t.Fatal(err)
	}
	s := &site{feed: feed}
	well, wall := replica.Weibo(feed.World), replica.Walled(replica.WallLogin)
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch s.meet() {
		case stalls:
			<-r.Context().Done() // until the reader gives up
		case cuts:
			cut(w, r, well)
		case walled:
			wall.ServeHTTP(w, r)
		default:
			well.ServeHTTP(w, r)
		}
	}))
	t.Cleanup(func() { s.CloseClientConnections(); s.Close(); _ = feed.Close() })
	return s
}

// cut promises the whole answer and sends half of it.
func cut(w http.ResponseWriter, r *http.Request, whole http.Handler) {
	rec := httptest.NewRecorder()
	whole.ServeHTTP(rec, r)
	for k, v := range rec.Header() {
		w.Header()[k] = v
	}
	body := rec.Body.Bytes()
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(rec.Code)
	_, _ = w.Write(body[:len(body)/2]) // the reader may be gone
	panic(http.ErrAbortHandler)
}

// receiver takes alerts over a webhook and keeps its own log of what it took.
type receiver struct {
	*httptest.Server
	mood
	logged sync.Mutex
	took   map[string]int // by delivery id
}

func newReceiver(t *testing.T) *receiver {
	r := &receiver{took: map[string]int{}}
	r.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		_, err := io.Copy(io.Discard, req.Body)
		how := r.meet()
		if err != nil || how == busy {
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		r.logged.Lock()
		r.took[req.Header.Get("X-Huiying-Delivery")]++
		r.logged.Unlock()
		if how == hangs {
			<-req.Context().Done() // it has it, and the sender never learns
		}
	}))
	t.Cleanup(func() { r.CloseClientConnections(); r.Close() })
	return r
}

func (r *receiver) log() map[string]int {
	r.logged.Lock()
	defer r.logged.Unlock()
	out := make(map[string]int, len(r.took))
	for id, n := range r.took {
		out[id] = n
	}
	return out
}
