package app_test

import (
	"os"
	"slices"
	"testing"
	"time"
)

// TestPace measures how long an alert takes from the post's acceptance to the
// receiver's hands at 200 posts a second, in the real binary with its pages,
// archive and record: p99 below a second.
func TestPace(t *testing.T) {
	if os.Getenv("HUIYING_SOAK") == "" {
		t.Skip("a minute at full pace: run make soak")
	}
	rig := newKillRig(t)
	cmd, output := rig.start()
	rig.untilReady(output)
	stop := rig.publish()
	time.Sleep(time.Minute) // the load is what is measured
	stop()
	rig.settle(cmd, output)
	cpu := cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
	t.Logf("%v of processor time a post", cpu/time.Duration(max(rig.feed.Len(), 1)))
	rig.check()
	took := rig.took()
	if len(took) < 100 {
		t.Fatalf("only %d alerts were delivered", len(took))
	}
	p50, p99 := took[len(took)/2], took[len(took)*99/100]
	t.Logf("%d posts, %d alerts: post accepted to receiver p50 %v, p99 %v, longest %v",
		rig.feed.Len(), len(took), p50, p99, took[len(took)-1])
	if p99 > time.Second {
		t.Errorf("p99 is %v", p99)
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
