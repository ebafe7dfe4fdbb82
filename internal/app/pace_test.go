package app_test

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strings"
	"testing"
	"time"

	"huiying/internal/store/storetest"
)

// TestPace measures the real binary with its pages, archive and record, reading
// a replica over HTTP: how long an alert takes from the post's acceptance to the
// receiver's hands (p99 below a second, but where every message is forced to the
// disk), that it keeps up, that nothing is lost, and that the memory is bounded
// (600 MiB); with everything inside, and with PostgreSQL and a
// message server beside.
func TestPace(t *testing.T) {
	if os.Getenv("HUIYING_SOAK") == "" {
		t.Skip("minutes at full pace: run make soak")
	}
	paces := []struct {
		name      string
		perSecond float64
		during    time.Duration
		synced    bool
		accounts  int // who post in turn, each a source that is read every second
		perPage   int
	}{
		{"200 a second", 200, time.Minute, false, 1, 1000},
		{"300 a second, every message synced", 300, time.Minute, true, 1, 1000},
		{"1000 a second", 1000, 10 * time.Minute, false, 10, 120},
	}
	for _, place := range []string{"inside", "beside"} {
		for _, pace := range paces {
			t.Run(place+"/"+pace.name, func(t *testing.T) {
				rig := newRigOf(t, pace.accounts, pace.perPage)
				switch {
				case place == "beside":
					rig.beside(pace.synced)
				case pace.synced:
					rig.rewrite("duplicate_window: 1s", "duplicate_window: 1s, sync: always")
				}
				rig.pace(pace.perSecond, pace.during)
				rig.byMinute()
				if took := rig.alerted(); !pace.synced && took > time.Second {
					t.Errorf("p99 is %v", took)
				}
			})
		}
	}
}

// pace runs the binary while posts are published and judges it.
func (r *killRig) pace(perSecond float64, during time.Duration) {
	r.t.Helper()
	defer debug.SetGCPercent(debug.SetGCPercent(400)) // the site and the receiver take less of the processors
	cmd, output := r.start()
	r.untilReady(output)
	stop := r.publishAt(perSecond)
	sizes := sampled(cmd.Process.Pid, during) // the load is what is measured
	stop()
	behind := r.behind()
	r.settle(cmd, output)
	cpu := cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
	r.t.Logf("%v of processor time a post; %d posts not archived yet when the last came; resident at most %d MB, at last %d",
		cpu/time.Duration(max(r.feed.Len(), 1)), behind, slices.Max(sizes), sizes[len(sizes)-1])
	r.check()
	if most := slices.Max(sizes); most > 600 {
		r.t.Errorf("%d MB are resident", most)
	}
	if float64(behind) > 10*perSecond {
		r.t.Errorf("the archive is %d posts behind: it does not keep up", behind)
	}
}

// beside has the service keep its data in a PostgreSQL that forces them to the
// disk, and its messages in a server of their own, which does so with each or not.
func (r *killRig) beside(synced bool) {
	r.t.Helper()
	storetest.NeedsPostgres(r.t)
	c, err := storetest.StartCluster(storetest.Durable()...)
	if err != nil {
		r.t.Fatal(err)
	}
	r.t.Cleanup(func() {
		if err := c.Close(); err != nil {
			r.t.Error(err)
		}
	})
	if err := c.Exec("postgres", "CREATE DATABASE office"); err != nil {
		r.t.Fatal(err)
	}
	r.dsn = c.DSN("office")
	raw, err := os.ReadFile(filepath.Join(r.dir, "huiying.yaml"))
	if err != nil {
		r.t.Fatal(err)
	}
	r.write("huiying.yaml", fmt.Sprintf("%sstore: {dsn: %q}\n", raw, r.dsn))
	r.rewrite("duplicate_window: 1s", fmt.Sprintf("duplicate_window: 1s, url: %q", outsideNATS(r.t, synced)))
}

// rewrite changes the service's configuration.
func (r *killRig) rewrite(from, to string) {
	r.t.Helper()
	raw, err := os.ReadFile(filepath.Join(r.dir, "huiying.yaml"))
	if err != nil {
		r.t.Fatal(err)
	}
	r.write("huiying.yaml", strings.Replace(string(raw), from, to, 1))
}

// behind is how many posts are published and not yet archived.
func (r *killRig) behind() int {
	r.t.Helper()
	db := r.database()
	defer db.Close()
	var n int
	if err := db.QueryRow(`SELECT count(*) FROM posts`).Scan(&n); err != nil {
		r.t.Fatal(err)
	}
	return r.feed.Len() - n
}

// alerted gives the 99th percentile of how long alerts took.
func (r *killRig) alerted() (p99 time.Duration) {
	r.t.Helper()
	took := r.took()
	if len(took) < 100 {
		r.t.Fatalf("only %d alerts were delivered", len(took))
	}
	p99 = took[len(took)*99/100]
	r.t.Logf("%d posts, %d alerts: post accepted to receiver p50 %v, p99 %v, longest %v", r.feed.Len(), len(took), took[len(took)/2], p99, took[len(took)-1])
	return p99
}

// byMinute tells, minute by minute, where the time of alerts went: from the
// post's acceptance to the alert, and from there to the channel's acceptance.
func (r *killRig) byMinute() {
	r.t.Helper()
	db := r.database()
	defer db.Close()
	rows, err := db.Query(`SELECT (accepted - (SELECT min(accepted_at) FROM alerts WHERE post_id <> '')) / 60000000 AS minute, count(*),
		avg(raised - accepted), max(raised - accepted), avg(told - raised), max(told - raised)
		FROM (SELECT a.accepted_at AS accepted, a.raised_at AS raised, min(d.accepted_at) AS told FROM deliveries d JOIN alerts a ON a.id = d.alert_id
			WHERE d.accepted_at > 0 AND a.post_id <> '' GROUP BY a.id) GROUP BY minute ORDER BY minute`)
	if err != nil {
		r.t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var minute, n int
		var us [4]float64
		if err := rows.Scan(&minute, &n, &us[0], &us[1], &us[2], &us[3]); err != nil {
			r.t.Fatal(err)
		}
		r.t.Logf("minute %d: %d alerts; until they were raised %.2f s in the mean, %.1f at most; from then until they were told %.2f and %.1f", minute+1, n, us[0]/1e6, us[1]/1e6, us[2]/1e6, us[3]/1e6)
	}
	if err := rows.Err(); err != nil {
		r.t.Fatal(err)
	}
}

// took lists, shortest first, how long each alert took from the post's
// acceptance to the channel's.
func (r *killRig) took() []time.Duration {
	r.t.Helper()
	db := r.database()
	defer db.Close()
	rows, err := db.Query(`SELECT min(d.accepted_at) - a.accepted_at FROM deliveries d JOIN alerts a ON a.id = d.alert_id
		WHERE d.accepted_at > 0 AND a.post_id <> '' GROUP BY a.id`)
	if err != nil {
		r.t.Fatal(err)
	}
	defer rows.Close()
	var out []time.Duration
	for rows.Next() {
		var us int64
		if err := rows.Scan(&us); err != nil {
			r.t.Fatal(err)
		}
		out = append(out, time.Duration(us)*time.Microsecond)
	}
	if err := rows.Err(); err != nil {
		r.t.Fatal(err)
	}
	slices.Sort(out)
	return out
}
