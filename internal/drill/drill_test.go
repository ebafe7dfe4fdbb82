package drill_test

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"huiying"
	"huiying/internal/drill"
	"huiying/internal/locale"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func catalogue(t *testing.T) *locale.Catalogue {
	t.Helper()
	c, err := locale.Load()
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func begin(t *testing.T, o drill.Options) *drill.Drill {
	t.Helper()
	o.Catalogue = catalogue(t)
	d, err := drill.Start(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := d.Close(); err != nil {
			t.Error(err)
		}
	})
	return d
}

// fetch asks like a crawler, with a cookie.
func fetch(t *testing.T, address string) (int, []byte) {
	t.Helper()
	client := &http.Client{Transport: &http.Transport{}}
	defer client.CloseIdleConnections()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Cookie", "SUB=drill")
	resp, err := client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	raw, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, raw
}

func definitions(t *testing.T, d *drill.Drill) drill.Definitions {
	t.Helper()
	defs, err := d.Definitions()
	if err != nil {
		t.Fatal(err)
	}
	return defs
}

func source(t *testing.T, defs drill.Definitions, id string) huiying.Source {
	t.Helper()
	for _, s := range defs.Sources {
		if s.ID == id {
			return s
		}
	}
	t.Fatalf("no source %s", id)
	return huiying.Source{}
}

func TestUnknownIncident(t *testing.T) {
	_, err := drill.Start(t.Context(), drill.Options{Incident: "nothing", Catalogue: catalogue(t)})
	if huiying.ErrorCode(err) != huiying.Invalid {
		t.Errorf("%v", err)
	}
}

func TestDefinitionsFitTogether(t *testing.T) {
	defs := definitions(t, begin(t, drill.Options{}))
	units := map[string]bool{}
	for _, u := range defs.Units {
		units[u.ID] = huiying.ValidSubject(u.ID)
	}
	roles := map[huiying.Role]bool{}
	for _, p := range defs.People {
		roles[p.Roles[0]] = true
		if !units[p.Unit] || p.Contacts[0].Channel != defs.Channel.ID {
			t.Errorf("%s has unit %q and channel %q", p.ID, p.Unit, p.Contacts[0].Channel)
		}
	}
	for _, r := range huiying.Working() {
		if !roles[r] {
			t.Errorf("nobody is %s", r)
		}
	}
	for _, s := range defs.Sources {
		if !huiying.ValidSubject(s.ID) || s.Every <= 0 || !strings.HasPrefix(s.BaseURL, "http://127.0.0.1:") || !json.Valid(s.Options) {
			t.Errorf("source %+v", s)
		}
	}
	for _, unit := range []string{"u-hall", "u-info", "u-office"} {
		if !units[unit] || !bytes.Contains(defs.Rules, []byte(unit)) {
			t.Errorf("unit %s is not in the units or in no rule", unit)
		}
	}
	if status, _ := fetch(t, source(t, defs, "drill-turned-away").BaseURL+"/api/container/getIndex"); status != 432 {
		t.Errorf("the wall answers %d", status)
	}
	if _, raw := fetch(t, source(t, defs, "drill-login-wall").BaseURL+"/api/container/getIndex"); !bytes.Contains(raw, []byte("-100")) {
		t.Errorf("the login wall answers %s", raw)
	}
}

// truth is what a service would have stored; the test fills it.
type truth struct {
	mu         sync.Mutex
	archived   []drill.Archived
	alerts     []huiying.Alert
	deliveries []huiying.Delivery
	totals     drill.Totals
	err        error
}

func (tr *truth) Archived(context.Context) ([]drill.Archived, error) {
	tr.mu.Lock()
	defer tr.mu.Unlock()
	return tr.archived, tr.err
}
func (tr *truth) Alerts(context.Context) ([]huiying.Alert, error)        { return tr.alerts, nil }
func (tr *truth) Deliveries(context.Context) ([]huiying.Delivery, error) { return tr.deliveries, nil }
func (tr *truth) Totals(context.Context) (drill.Totals, error)           { return tr.totals, nil }

// keep archives everything served so far but the post named.
func (tr *truth) keep(d *drill.Drill, but string) {
	tr.mu.Lock()
	defer tr.mu.Unlock()
	tr.archived = nil
	for _, s := range d.Served() {
		if s.ID != but {
			tr.archived = append(tr.archived, drill.Archived{ID: s.ID, Edited: s.Edited, Answers: s.Answers, Level: huiying.LevelNone, Rule: huiying.Untagged})
		}
	}
}

func hallURL(t *testing.T, defs drill.Definitions) string {
	return source(t, defs, "drill-hall").BaseURL + "/api/container/getIndex?containerid=1076032100000001"
}

func TestQuiesceAndScore(t *testing.T) {
	d := begin(t, drill.Options{})
	defs := definitions(t, d)
	if _, raw := fetch(t, hallURL(t, defs)); !bytes.Contains(raw, []byte(`"ok":0`)) {
		t.Errorf("before the beginning: %s", raw)
	}
	d.Begin()
	fetch(t, hallURL(t, defs))
	if len(d.Served()) == 0 {
		t.Fatal("nothing was served")
	}
	tr := &truth{deliveries: []huiying.Delivery{{ID: "d-of-an-earlier-drill", CreatedAt: time.Now().Add(-time.Hour)}}}
	tr.keep(d, "")
	if err := d.Quiesce(t.Context(), tr); err != nil {
		t.Fatal(err)
	}
	b, err := d.Score(t.Context(), tr)
	if err != nil {
		t.Fatal(err)
	}
	if b.Lost != 0 || b.PostsServed == 0 || b.PostsServed != b.PostsCollected {
		t.Errorf("%+v", b)
	}
	// What is served after it came to rest no longer counts.
	_, raw := fetch(t, source(t, defs, "drill-media").BaseURL+"/api/container/getIndex?containerid=1076032100000002")
	if !bytes.Contains(raw, []byte(`"ok":1`)) {
		t.Fatalf("%s", raw)
	}
	if b, err = d.Score(t.Context(), tr); err != nil || b.Lost != 0 {
		t.Errorf("after the rest: %+v, %v", b, err)
	}
}

func TestQuiesceEndsWithItsContextAndCountsTheLoss(t *testing.T) {
	d := begin(t, drill.Options{})
	d.Begin()
	fetch(t, hallURL(t, definitions(t, d)))
	tr := &truth{}
	tr.keep(d, d.Served()[0].ID)
	ctx, cancel := context.WithTimeout(t.Context(), 700*time.Millisecond)
	defer cancel()
	if err := d.Quiesce(ctx, tr); err != nil {
		t.Fatal(err)
	}
	b, err := d.Score(t.Context(), tr)
	if err != nil || b.Lost != 1 {
		t.Errorf("%+v, %v", b, err)
	}
	tr.err = fmt.Errorf("disk full")
	if err := d.Quiesce(t.Context(), tr); err == nil {
		t.Error("an archive that cannot be read is no error")
	}
}

// office is the least of a service: it signs in, lists cases in one state
// each, and takes every step.
func office(t *testing.T) *httptest.Server {
	var mu sync.Mutex
	c := huiying.Case{No: "HY20261123-0001", Version: 1, State: huiying.StatePendingTriage, Rule: "r-queue"}
	next := map[string]huiying.CaseState{
		"assign": huiying.StateAwaitingAck, "ack": huiying.StateHandling, "submit": huiying.StateInReview, "review_reject": huiying.StateHandling,
		"approve": huiying.StateApproved, "publish": huiying.StateResponded, "close": huiying.StateClosed,
	}
	mux := http.NewServeMux()
	mux.HandleFunc("/link/{who}", func(http.ResponseWriter, *http.Request) {})
	mux.HandleFunc("/a/{token}", func(http.ResponseWriter, *http.Request) {})
	mux.HandleFunc("GET /api/v1/cases", func(rw http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		list := []huiying.Case{}
		if string(c.State) == r.URL.Query().Get("state") {
			list = append(list, c)
		}
		_ = json.NewEncoder(rw).Encode(map[string]any{"cases": list})
	})
	mux.HandleFunc("POST /api/v1/cases/{no}/actions", func(_ http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		var in struct {
			Action string
			Fields map[string]string
		}
		if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
			t.Error(err)
		}
		c.State, c.Version = next[in.Action], c.Version+1
		if in.Action == "assign" {
			c.Unit, c.Owner = in.Fields["unit"], in.Fields["owner"]
		}
	})
	s := httptest.NewServer(mux)
	t.Cleanup(s.Close)
	return s
}

// lines is a writer that several goroutines use, and that tells of new lines.
type lines struct {
	mu   sync.Mutex
	text strings.Builder
	news chan struct{}
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.text.Write(p)
	select {
	case l.news <- struct{}{}:
	default:
	}
	return len(p), nil
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

func (l *lines) until(t *testing.T, want string) {
	t.Helper()
	late := time.After(20 * time.Second)
	for !strings.Contains(l.String(), want) {
		select {
		case <-l.news:
		case <-late:
			t.Fatalf("%q was never told:\n%s", want, l)
		}
	}
}

func TestPlayTellsTheAudience(t *testing.T) {
	out := &lines{news: make(chan struct{}, 1)}
	d := begin(t, drill.Options{Speed: 30, Out: out, Lang: locale.English, Zone: time.FixedZone("", 8*3600)})
	service := office(t)
	s := drill.Service{URL: service.URL, SignIn: map[string]string{}, Show: map[string]string{}}
	defs := definitions(t, d)
	for _, p := range defs.People {
		s.SignIn[p.ID], s.Show[p.ID] = service.URL+"/link/"+p.ID, service.URL+"/link/show-"+p.ID
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	d.Begin()
	go func() { done <- d.Play(ctx, s) }()
	out.until(t, "Administrator")
	send(t, defs.Channel, service.URL+"/a/x")
	out.until(t, "closed case HY20261123-0001")
	out.until(t, "A rumour is deleted")
	cancel()
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"Everything in it is made up", "link/show-zhou", "acknowledged case", "Red alert delivered", "sent the reply of case"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("%q was never told:\n%s", want, out)
		}
	}
	if strings.Contains(out.String(), "drill.") || strings.Contains(out.String(), "%!") {
		t.Errorf("a sentence is missing or wrong:\n%s", out)
	}
	if taken := d.Taken(); len(taken) != 1 || taken[0].DeliveryID != "d-1" {
		t.Errorf("taken %+v", taken)
	}
}

// send delivers an alert as the service would.
func send(t *testing.T, c drill.Channel, link string) {
	t.Helper()
	body := fmt.Sprintf(`{"delivery_id":"d-1","alert_id":"a-1","level":"red","title":"x","case_no":"HY20261123-0001","person":"zhou","link":%q}`, link)
	stamp := strconv.FormatInt(time.Now().Unix(), 10)
	mac := hmac.New(sha256.New, []byte(c.Secret))
	mac.Write([]byte(stamp + "." + body))
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, c.URL, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("X-Huiying-Delivery", "d-1")
	r.Header.Set("X-Huiying-Timestamp", stamp)
	r.Header.Set("X-Huiying-Signature", "sha256="+hex.EncodeToString(mac.Sum(nil)))
	client := &http.Client{Transport: &http.Transport{}}
	defer client.CloseIdleConnections()
	resp, err := client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		t.Errorf("the receiver answers %d", resp.StatusCode)
	}
}
