// Package receiver is a webhook receiver: it takes alerts over HTTP as an
// office's own system would, checks their signature, and keeps its own
// append-only log of what arrived and when. It can be told to fail now and
// then. It refuses what is not signed.
package receiver

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"sync"
	"time"
)

// The headers of a delivery.
const (
	headerDelivery  = "X-Huiying-Delivery"
	headerTimestamp = "X-Huiying-Timestamp"
	headerSignature = "X-Huiying-Signature"
)

// maxBody bounds a delivery; maxAge is how old a signature may be.
const (
	maxBody = 1 << 20
	maxAge  = 5 * time.Minute
)

// Alert is what a delivery says.
type Alert struct {
	DeliveryID string `json:"delivery_id"`
	AlertID    string `json:"alert_id"`
	Level      string `json:"level"`
	Title      string `json:"title"`
	CaseNo     string `json:"case_no"`
	Person     string `json:"person"`
	Link       string `json:"link"`
}

// Receipt is one row of the log: a delivery id, when it was first taken, and how
// often it came.
type Receipt struct {
	Alert
	First time.Time
	Times int // taken with status 200
}

// Failure is how an attempt is made to fail.
type Failure string

// The failures.
const (
	FailNone  Failure = ""
	Fail500   Failure = "500"
	FailStall Failure = "stall" // no answer until the sender gives up
)

// Options set a receiver up.
type Options struct {
	Secret string
	Now    func() time.Time
	Host   string                      // 127.0.0.1 when empty
	Fail   func(attempt int) Failure   // of the n-th attempt overall, from 1; nil never fails
	Taken  func(a Alert, at time.Time) // told of each delivery the first time it is taken; must not block
}

// Receiver is the server and its log.
type Receiver struct {
	URL string // where deliveries go

	o      Options
	server *http.Server
	done   chan error
	stop   chan struct{}

	mu       sync.Mutex
	attempts int
	refused  int
	log      map[string]*Receipt
	order    []string
}

// Start listens on a free port.
func Start(ctx context.Context, o Options) (*Receiver, error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Host == "" {
		o.Host = "127.0.0.1"
	}
	var config net.ListenConfig
	l, err := config.Listen(ctx, "tcp", net.JoinHostPort(o.Host, "0"))
	if err != nil {
		return nil, fmt.Errorf("listen for deliveries: %w", err)
	}
	r := &Receiver{
		URL: "http://" + l.Addr().String() + "/alerts", o: o,
		done: make(chan error, 1), stop: make(chan struct{}), log: map[string]*Receipt{},
	}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /alerts", r.take)
	r.server = &http.Server{Handler: mux, ReadHeaderTimeout: 10 * time.Second}
	go func() { r.done <- r.server.Serve(l) }()
	return r, nil
}

// Close stops the server and waits for it. The log stays readable.
func (r *Receiver) Close() error {
	close(r.stop)
	err := r.server.Close()
	if served := <-r.done; !errors.Is(served, http.ErrServerClosed) {
		err = errors.Join(err, served)
	}
	if err != nil {
		return fmt.Errorf("stop the receiver: %w", err)
	}
	return nil
}

// Log lists what was taken, in the order of first arrival.
func (r *Receiver) Log() []Receipt {
	r.mu.Lock()
	defer r.mu.Unlock()
	out := make([]Receipt, 0, len(r.order))
	for _, id := range r.order {
		out = append(out, *r.log[id])
	}
	return out
}

// Refused is how many requests were no genuine deliveries.
func (r *Receiver) Refused() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.refused
}

func (r *Receiver) take(rw http.ResponseWriter, req *http.Request) {
	body, err := io.ReadAll(io.LimitReader(req.Body, maxBody+1))
	if err != nil || len(body) > maxBody {
		http.Error(rw, http.StatusText(http.StatusRequestEntityTooLarge), http.StatusRequestEntityTooLarge)
		return
	}
	var a Alert
	if !r.genuine(req.Header, body) || json.Unmarshal(body, &a) != nil || a.DeliveryID == "" || a.DeliveryID != req.Header.Get(headerDelivery) {
		r.mu.Lock()
		r.refused++
		r.mu.Unlock()
		http.Error(rw, http.StatusText(http.StatusForbidden), http.StatusForbidden)
		return
	}
	switch r.failure() {
	case Fail500:
		http.Error(rw, http.StatusText(http.StatusInternalServerError), http.StatusInternalServerError)
		return
	case FailStall:
		select {
		case <-req.Context().Done():
		case <-r.stop:
		}
		return
	case FailNone:
	}
	r.write(a)
	rw.WriteHeader(http.StatusOK)
}

func (r *Receiver) failure() Failure {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.attempts++
	if r.o.Fail == nil {
		return FailNone
	}
	return r.o.Fail(r.attempts)
}

// write adds to the log before the delivery is answered.
func (r *Receiver) write(a Alert) {
	at := r.o.Now()
	r.mu.Lock()
	row, again := r.log[a.DeliveryID]
	if !again {
		row = &Receipt{Alert: a, First: at}
		r.log[a.DeliveryID] = row
		r.order = append(r.order, a.DeliveryID)
	}
	row.Times++
	r.mu.Unlock()
	if !again && r.o.Taken != nil {
		r.o.Taken(a, at)
	}
}

// genuine checks the signature over "<timestamp>.<body>" and its age.
func (r *Receiver) genuine(h http.Header, body []byte) bool {
	stamp := h.Get(headerTimestamp)
	sent, err := strconv.ParseInt(stamp, 10, 64)
	if err != nil || r.o.Now().Sub(time.Unix(sent, 0)).Abs() > maxAge {
		return false
	}
	mac := hmac.New(sha256.New, []byte(r.o.Secret))
	mac.Write([]byte(stamp + "."))
	mac.Write(body)
	return hmac.Equal([]byte(h.Get(headerSignature)), []byte("sha256="+hex.EncodeToString(mac.Sum(nil))))
}

// Every makes a Fail that turns away each n-th attempt with status 500; n of 0
// never.
func Every(n int) func(int) Failure {
	return func(attempt int) Failure {
		if n > 0 && attempt%n == 0 {
			return Fail500
		}
		return FailNone
	}
}
