package app_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"sync"
	"syscall"
	"testing"
	"time"

	"huiying/internal/drill/replica"
)

// TestStorm raises alerts quickly while the receiver does everything a receiver
// can do wrong and the real binary is killed every few seconds. When the queue
// has drained every alert is in the receiver's own log, none under two ids, a
// case's in order, and the ledger has a row for every attempt the receiver saw.
// The long form raises 2,000 alerts in two minutes.
func TestStorm(t *testing.T) {
	t.Parallel()
	alerts, within, drain := 120, 6*time.Second, 2*time.Minute
	if os.Getenv("HUIYING_SOAK") != "" {
		alerts, within, drain = 2000, 2*time.Minute, 10*time.Minute
	} else if testing.Short() {
		t.Skip("kills the real binary several times: not with -short")
	}
	rig := newStorm(t)
	begun := time.Now()
	stop := rig.raise(alerts, within)
	kills := 0
	for chance := rand.New(rand.NewPCG(11, 23)); time.Since(begun) < within; kills++ {
		rig.killAfter(time.Duration(1000+chance.IntN(3000)) * time.Millisecond)
	}
	stop()
	rig.drain(drain)
	took := time.Since(begun)
	rig.checkStorm(alerts)
	t.Logf("%d kills, drained %v after the first alert: %s", kills, took.Round(time.Second), rig.wild)
}

// stormRig is the rig of the kill test with a receiver that misbehaves.
type stormRig struct {
	*killRig
	wild *wild
}

func newStorm(t *testing.T) *stormRig {
	t.Helper()
	feed, err := replica.NewFeed(t.Context(), replica.FeedOptions{PerPage: 1000})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = feed.Close() })
	rig := &stormRig{&killRig{t: t, binary: binary(t), dir: t.TempDir(), listen: freeAddress(t), feed: feed}, newWild(t)}
	rig.write("rules.yaml", `
rules:
  - {id: r-queue, name: 排队, level: yellow, when: 排队超时}
  - {id: r-fault, name: 故障, level: orange, when: 系统瘫痪}
`)
	rig.write("huiying.yaml", fmt.Sprintf(`
office: {name: 演练中心}
data: data
listen: %s
public_url: http://%s
bus: {duplicate_window: 1s}
crawler: {host_delay: 50ms}
rules: [rules.yaml]
routes: {to: [rules], joins: every} # so that every alert must reach somebody
notifier: {retry: [100ms, 250ms, 500ms, 1s], workers: 8}
channels:
  - {id: hook, kind: webhook, url: "%s", secret: 0123456789abcdef, timeout: 1500ms, success_path: code, success_is: [ok], retry_on: [busy]}
users: [{id: duty, name: 值班, roles: [officer], contacts: [{channel: hook}]}]
sources:
  - id: feed
    kind: weibo
    base_url: %s
    every: 1s
    options: {accounts: ["%d"], max_pages: 50}
`, rig.listen, rig.listen, rig.wild.URL, feed.URL, feed.UID()))
	return rig
}

// raise publishes matching posts evenly; one in five is of a matter that opens
// a case, and every matter comes up twice.
func (r *stormRig) raise(n int, within time.Duration) (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		begun := time.Now()
		tick := time.NewTicker(10 * time.Millisecond)
		defer tick.Stop()
		for i := 0; i < n; {
			select {
			case <-ctx.Done():
			case <-tick.C:
			}
			for due := int(float64(n) * float64(time.Since(begun)) / float64(within)); i < min(due, n) || ctx.Err() != nil && i < n; i++ {
				r.append(i)
			}
		}
	}()
	return func() { cancel(); <-done }
}

func (r *stormRig) append(i int) {
	text := fmt.Sprintf("取号%06d，排队超时，第%d次来", i, i*104729)
	if i%5 == 0 {
		// Two of one matter share their words and no others do.
		matter := i / 10
		places := []rune("东西南北中山河湖海桥路街巷园村镇塔寺庙城门楼台亭阁坊弄里湾岭沟坡坪")
		a, b, c := places[matter%len(places)], places[matter/3%len(places)], places[matter/7%len(places)]
		name := fmt.Sprintf("%c%c%c%d", a, b, c, matter*7919)
		text = fmt.Sprintf("系统瘫痪：%s站%s所%s处%s厅，编号%d", name, name, name, name, i)
	}
	id, err := r.feed.Append(text)
	if err != nil {
		r.t.Errorf("publish: %v", err)
		return
	}
	r.matching.Store(id, true)
}

// drain runs the binary unharmed until every delivery is settled and every post
// has its alert.
func (r *stormRig) drain(limit time.Duration) {
	r.t.Helper()
	cmd, output := r.start()
	r.untilReady(output)
	deadline := time.Now().Add(limit)
	for r.left() != "" && time.Now().Before(deadline) {
		time.Sleep(500 * time.Millisecond) // the process under test has its own clock
	}
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		r.t.Fatal(err)
	}
	if err := cmd.Wait(); err != nil {
		r.t.Errorf("the clean stop failed: %v\n%s", err, output.tail())
	}
	if what := r.left(); what != "" {
		r.t.Errorf("not drained within %v: %s\n%s", limit, what, output.tail())
	}
}

func (r *stormRig) left() string {
	db := r.database()
	defer db.Close()
	alerted := r.ids(db, `SELECT post_id FROM alerts`)
	missing := 0
	for _, id := range r.feed.Published() {
		if alerted[id] == 0 {
			missing++
		}
	}
	if open := len(r.ids(db, `SELECT id FROM deliveries WHERE state NOT IN ('accepted', 'read')`)); missing+open > 0 {
		return fmt.Sprintf("%d posts without an alert, %d deliveries open", missing, open)
	}
	return ""
}

func (r *stormRig) checkStorm(alerts int) {
	r.t.Helper()
	db := r.database()
	defer db.Close()
	if got := len(r.ids(db, `SELECT id FROM alerts`)); got != alerts {
		r.t.Errorf("%d alerts, want %d", got, alerts)
	}
	for id := range r.ids(db, `SELECT post_id FROM alerts GROUP BY post_id HAVING count(*) > 1`) {
		r.t.Errorf("two alerts for %s", id)
	}
	for id := range r.ids(db, `SELECT alert_id FROM deliveries GROUP BY alert_id, person, channel HAVING count(*) > 1`) {
		r.t.Errorf("alert %s under two ids", id)
	}
	for id := range r.ids(db, `SELECT id FROM alerts a WHERE NOT EXISTS (SELECT 1 FROM deliveries d WHERE d.alert_id = a.id)`) {
		r.t.Errorf("nobody is told of alert %s", id)
	}
	r.checkOrder()
	r.checkLedger()
}

// checkOrder holds the receiver's own log against the order in which a case's
// deliveries were made.
func (r *stormRig) checkOrder() {
	r.t.Helper()
	db := r.database()
	defer db.Close()
	rows, err := db.Query(`SELECT id, case_no FROM deliveries ORDER BY created_at, id`)
	if err != nil {
		r.t.Fatal(err)
	}
	defer rows.Close()
	last, ordered := map[string]int{}, 0
	for rows.Next() {
		var id, no string
		if err := rows.Scan(&id, &no); err != nil {
			r.t.Fatal(err)
		}
		at, received := r.wild.first(id)
		if !received {
			r.t.Errorf("%s is not in the receiver's log", id)
		}
		if before, again := last[no]; no != "" && again {
			if ordered++; at < before {
				r.t.Errorf("%s of %s overtook", id, no)
			}
		}
		last[no] = at
	}
	if err := rows.Err(); err != nil {
		r.t.Fatal(err)
	}
	if ordered < 5 {
		r.t.Errorf("only %d cases have an order to keep: the test shows nothing", ordered)
	}
}

// checkLedger: every attempt the receiver saw has a row, what the ledger has
// more was cut off before it reached the receiver, and each story ends well.
func (r *stormRig) checkLedger() {
	r.t.Helper()
	db := r.database()
	defer db.Close()
	rows := r.ids(db, `SELECT delivery FROM attempts`)
	begun := r.ids(db, `SELECT delivery FROM attempts WHERE result = 'begun'`)
	last := r.ids(db, `SELECT delivery FROM attempts WHERE result = 'accepted'`)
	seen := r.wild.seenAll()
	cut := 0
	for id := range r.ids(db, `SELECT id FROM deliveries`) {
		if cut += begun[id]; rows[id] < seen[id] || rows[id]-begun[id] > seen[id] {
			r.t.Errorf("%s: %d rows (%d cut off), the receiver saw %d attempts", id, rows[id], begun[id], seen[id])
		}
		if last[id] != 1 {
			r.t.Errorf("%s was accepted %d times in the ledger", id, last[id])
		}
		delete(seen, id)
	}
	for id := range seen {
		r.t.Errorf("the receiver has %s, which the outbox does not know", id)
	}
	r.t.Logf("%d rows of the ledger, %d of them cut off by a kill", len(r.ids(db, `SELECT n FROM attempts`)), cut)
}

// wild is a receiver that does everything wrong by chance, with a log of its
// own: in what order it took each delivery first, and how often it was asked.
type wild struct {
	*httptest.Server
	chance *rand.Rand

	mu    sync.Mutex
	order map[string]int
	seen  map[string]int
	did   map[string]int
}

func newWild(t *testing.T) *wild {
	w := &wild{chance: rand.New(rand.NewPCG(2026, 11)), order: map[string]int{}, seen: map[string]int{}, did: map[string]int{}}
	w.Server = httptest.NewServer(w)
	t.Cleanup(func() { w.CloseClientConnections(); w.Close() })
	return w
}

// misdeeds and how often of a hundred; the rest is taken as it should be.
func misdeeds() []struct {
	name string
	of   int
} {
	return []struct {
		name string
		of   int
	}{{"fails with 503", 6}, {"answers 500", 6}, {"answers 429", 5}, {"takes it and says busy in 200", 5}, {"says busy in 200", 6}, {"drops the connection", 5}, {"takes it and drops the connection", 5}, {"hangs", 2}, {"takes it and hangs", 2}}
}

func (w *wild) ServeHTTP(rw http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	var given struct {
		ID string `json:"delivery_id"`
	}
	if err != nil || json.Unmarshal(body, &given) != nil || given.ID != r.Header.Get("X-Huiying-Delivery") {
		http.Error(rw, "no delivery", http.StatusBadRequest)
		return
	}
	misdeed := w.note(given.ID)
	switch misdeed {
	case "fails with 503":
		rw.WriteHeader(http.StatusServiceUnavailable)
	case "answers 500":
		rw.WriteHeader(http.StatusInternalServerError)
	case "answers 429":
		rw.Header().Set("Retry-After", "1")
		rw.WriteHeader(http.StatusTooManyRequests)
	case "says busy in 200", "takes it and says busy in 200":
		_, _ = io.WriteString(rw, `{"code":"busy"}`)
	case "drops the connection", "takes it and drops the connection":
		panic(http.ErrAbortHandler)
	case "hangs", "takes it and hangs":
		<-r.Context().Done() // until the sender gives up or is killed
	default:
		_, _ = io.WriteString(rw, `{"code":"ok"}`)
	}
}

// note writes the request into the log and says what is to be done to it.
func (w *wild) note(id string) (misdeed string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.seen[id]++
	at := w.chance.IntN(100)
	for _, m := range misdeeds() {
		if at -= m.of; at < 0 {
			misdeed = m.name
			break
		}
	}
	w.did[misdeed]++
	if taken := misdeed == "" || len(misdeed) > 5 && misdeed[:5] == "takes"; taken {
		if _, again := w.order[id]; !again {
			w.order[id] = len(w.order)
		}
	}
	return misdeed
}

func (w *wild) first(id string) (at int, ok bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	at, ok = w.order[id]
	return at, ok
}

func (w *wild) seenAll() map[string]int {
	w.mu.Lock()
	defer w.mu.Unlock()
	out := make(map[string]int, len(w.seen))
	for id, n := range w.seen {
		out[id] = n
	}
	return out
}

func (w *wild) String() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	requests := 0
	for _, n := range w.seen {
		requests += n
	}
	return fmt.Sprintf("%d deliveries taken in %d requests, misdeeds %v", len(w.order), requests, w.did)
}
