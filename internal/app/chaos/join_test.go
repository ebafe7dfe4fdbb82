package chaos_test

import (
	"context"
	"database/sql"
	"fmt"
	"net/http"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"huiying/internal/drill/replica"
	"huiying/internal/store/storetest"
)

// loadPerSecond is how many posts a second come while processes join.
const loadPerSecond = 100

// TestJoin adds processes while posts come: two crawlers, an analyzer and an
// office at an outside message server and PostgreSQL are joined by a third
// crawler, a second analyzer and a second office, which stands by; then the
// office, a crawler and the analyzer that were there first are killed. Nobody is
// started twice, each newcomer takes work by its own figures, and in the end the
// site's list and the receiver's log are compared with the database.
// HUIYING_CHAOS is for how long posts come (make chaos).
func TestJoin(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("runs eight real processes: not with -short")
	}
	storetest.NeedsPostgres(t)
	least := 150 // posts that are archived between two changes
	if d, long := asked(t); long {
		least = max(least, int(d.Seconds()*loadPerSecond/4))
	}
	j := newJoined(t)
	writer := j.publishAt(loadPerSecond)
	j.more(least)
	j.join()
	j.more(least)
	j.takeOver()
	j.more(least)
	j.lose("crawler-1", "analyzer-1")
	j.more(least)
	posts := writer.stop()
	j.settle(posts)
	j.verdict(posts)
}

// joined is an office that others join.
type joined struct {
	*office
	db *sql.DB // its PostgreSQL
}

func newJoined(t *testing.T) *joined {
	t.Helper()
	j := &joined{office: bareOffice(t)}
	j.dsn = storetest.Fresh(t)
	var err error
	if j.db, err = sql.Open("pgx", j.dsn); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := j.db.Close(); err != nil {
			t.Error(err)
		}
	})
	j.site, j.receiver = newSite(t), newReceiver(t)
	for n := range 6 {
		j.site.accounts = append(j.site.accounts, replica.Account{UID: int64(2000000011 + n), Name: fmt.Sprint("热线镜像", n), Verified: "media"})
	}
	j.startNodes(1)
	j.write("rules.yaml", rulesText)
	for _, name := range []string{"office-1", "crawler-1", "crawler-2", "analyzer-1"} {
		j.open(name)
	}
	for name := range j.listens {
		j.untilReady(name, 60*time.Second)
	}
	return j
}

// archived is how many posts of the site the office has.
func (j *joined) archived() (n int) {
	j.t.Helper()
	if err := j.db.QueryRow(`SELECT count(*) FROM posts WHERE platform <> 'system'`).Scan(&n); err != nil {
		j.t.Fatal(err)
	}
	return n
}

// more waits until so many more posts are archived.
func (j *joined) more(n int) {
	j.t.Helper()
	was := j.archived()
	j.until(fmt.Sprintf("%d more posts are archived", n), 60*time.Second+time.Duration(n)*time.Second/loadPerSecond*2, func() bool { return j.archived() >= was+n })
}

// join adds a process of each kind. A crawler and an analyzer have work at once;
// an office stands by: it is alive, and not ready.
func (j *joined) join() {
	j.t.Helper()
	for _, name := range []string{"crawler-3", "analyzer-2", "office-2"} {
		j.open(name)
	}
	for _, name := range []string{"crawler-3", "analyzer-2"} {
		j.untilReady(name, 60*time.Second)
	}
	j.takes("crawler-3", "huiying_crawler_visits_total")
	j.takes("crawler-3", "huiying_crawler_posts_accepted_total")
	j.takes("analyzer-2", `huiying_bus_delivered_total{consumer="analyzer"}`)
	j.standsBy("office-2")
	for path, want := range map[string]int{"/healthz": http.StatusOK, "/readyz": http.StatusServiceUnavailable} {
		resp, err := http.Get("http://" + j.listens["office-2"] + path)
		if err != nil {
			j.t.Fatal(err)
		}
		resp.Body.Close()
		if resp.StatusCode != want {
			j.t.Errorf("%s of who stands by: %d, want %d", path, resp.StatusCode, want)
		}
	}
}

func (j *joined) standsBy(name string) {
	j.t.Helper()
	j.until(name+" stands by", 30*time.Second, func() bool { return strings.Contains(j.all[name].output.tail(20), "standing by") })
}

// takes waits until a figure of a room's own says that it has work.
func (j *joined) takes(name, figure string) {
	j.t.Helper()
	j.until(fmt.Sprint(name, " takes work: ", figure), 30*time.Second, func() bool { return j.metric(name, figure) > 0 })
}

// takeOver kills the office that works; the one that stands by goes on.
func (j *joined) takeOver() {
	j.t.Helper()
	began := time.Now()
	j.lose("office-1")
	j.untilReady("office-2", 30*time.Second)
	j.t.Logf("the office that stood by took over within %v", time.Since(began).Round(10*time.Millisecond))
	j.takes("office-2", `huiying_bus_delivered_total{consumer="archive"}`)
	j.open("office-3") // which stands by until it is asked to end
	j.standsBy("office-3")
}

// lose kills processes for good.
func (j *joined) lose(names ...string) {
	for _, name := range names {
		j.all[name].hold(true)
		j.all[name].kill()
	}
}

// copied is the office's side of the comparison as a file of SQLite.
func (j *joined) copied() string {
	j.t.Helper()
	file := filepath.Join(j.t.TempDir(), "office.db")
	to, err := sql.Open("sqlite3", file)
	if err != nil {
		j.t.Fatal(err)
	}
	defer to.Close()
	to.SetMaxOpenConns(1) // of the transaction
	for table, columns := range map[string]string{
		"posts": "id, platform", "alerts": "id, post_id, rule, level, case_no", "deliveries": "id, alert_id, person, channel", "cases": "no, topic",
	} {
		if err := j.copyTable(to, table, columns); err != nil {
			j.t.Fatalf("%s: %v", table, err)
		}
	}
	return file
}

func (j *joined) copyTable(to *sql.DB, table, columns string) error {
	n := strings.Count(columns, ",") + 1
	if _, err := to.Exec(fmt.Sprintf("CREATE TABLE %s (%s)", table, columns)); err != nil {
		return err
	}
	rows, err := j.db.QueryContext(context.Background(), fmt.Sprintf("SELECT %s FROM %s", columns, table))
	if err != nil {
		return err
	}
	defer rows.Close()
	tx, err := to.Begin()
	if err != nil {
		return err
	}
	for rows.Next() {
		values, into := make([]string, n), make([]any, n)
		for i := range values {
			into[i] = &values[i]
		}
		if err := rows.Scan(into...); err != nil {
			return err
		}
		if _, err := tx.Exec(fmt.Sprintf("INSERT INTO %s VALUES (?%s)", table, strings.Repeat(", ?", n-1)), into...); err != nil {
			return err
		}
	}
	if err := rows.Err(); err != nil {
		return err
	}
	return tx.Commit()
}

// settle waits until nothing is missing any more; who gets no further is stuck.
func (j *joined) settle(posts map[string]bool) {
	j.t.Helper()
	last, moved := "", time.Now()
	for time.Since(moved) < 45*time.Second {
		broken, figures := compared(j.t, j.copied(), outside{posts, j.receiver.log()})
		if len(broken) == 0 {
			return
		}
		if now := figures + brief(broken); now != last {
			last, moved = now, time.Now()
		}
		time.Sleep(500 * time.Millisecond) // the processes have their own clock
	}
	j.t.Errorf("stuck: %s", last)
}

// verdict compares both sides, verifies the record, and fails where somebody was
// started twice, ended badly or said that something is wrong.
func (j *joined) verdict(posts map[string]bool) {
	j.t.Helper()
	broken, figures := compared(j.t, j.copied(), outside{posts, j.receiver.log()})
	j.t.Logf("compared: %s", figures)
	for _, name := range []string{"crawler-2", "crawler-3"} {
		j.t.Logf("%s: %.0f visits, %.0f posts", name, j.metric(name, "huiying_crawler_visits_total"), j.metric(name, "huiying_crawler_posts_accepted_total"))
	}
	j.t.Logf("analyzer-2 judged %.0f posts; office-2 archived %.0f", j.metric("analyzer-2", `huiying_bus_delivered_total{consumer="analyzer"}`), j.metric("office-2", `huiying_bus_delivered_total{consumer="archive"}`))
	if len(broken) > 0 {
		j.t.Errorf("the promise is broken\n%s", brief(broken))
	}
	if out, err := exec.Command(j.binary, "audit", "verify", "--config", j.path("office-2.yaml")).CombinedOutput(); err != nil {
		j.t.Errorf("audit verify: %v\n%s", err, out)
	}
	for _, name := range []string{"office-3", "office-2", "office-1", "crawler-1", "crawler-2", "crawler-3", "analyzer-1", "analyzer-2", "node-1"} {
		p := j.all[name]
		if p.stop(); p.starts != 1 || len(p.badly()) > 0 {
			j.t.Errorf("%s was started %d times: %q", name, p.starts, p.badly())
		}
		for _, line := range p.output.alarms() {
			j.t.Errorf("%s: %s", name, line)
		}
	}
}
